-- The cases that figures count, of a forum and of a product; those of a company
-- have an index already.

CREATE INDEX threads_forum_cases ON threads (forum_id, post_id)
    WHERE kind IN ('grievance', 'review') AND NOT hidden AND NOT incomplete AND merged_into = 0;
CREATE INDEX threads_product_cases ON threads (product_id, post_id) WHERE product_id <> 0 AND NOT hidden;

-- What people add to their profiles, as label and value, and when the pages that
-- values link to are next asked whether they belong to the person.

ALTER TABLE actors ADD COLUMN fields TEXT NOT NULL DEFAULT ''; -- JSON

ALTER TABLE actors ADD COLUMN links_due_at BIGINT NOT NULL DEFAULT 0; -- local actors only; 0: no link

CREATE INDEX actors_links_due ON actors (links_due_at) WHERE links_due_at > 0;

-- Threads about the same thing, both ways, the best few of each. A job finds them
-- when a thread is written (storage/related.go); those that were there before are
-- taken in while the server runs.

CREATE TABLE related_threads (
    thread_id BIGINT NOT NULL REFERENCES threads (post_id),
    other_id  BIGINT NOT NULL REFERENCES threads (post_id),
    score     BIGINT NOT NULL,
    PRIMARY KEY (thread_id, other_id)
);
CREATE INDEX related_threads_best ON related_threads (thread_id, score, other_id);
CREATE INDEX related_threads_other ON related_threads (other_id);

ALTER TABLE search_backlog DROP CONSTRAINT search_backlog_what_check;
ALTER TABLE search_backlog ADD CONSTRAINT search_backlog_what_check CHECK (what IN ('posts', 'actors', 'related'));

INSERT INTO search_backlog (what, up_to) SELECT 'related', 0 WHERE EXISTS (SELECT 1 FROM threads);

-- Lists of the top threads of a day, a week, a month, a year and of all time; and
-- how far each reader has read.

ALTER TABLE threads ADD COLUMN merit BIGINT NOT NULL DEFAULT 0; -- the root post's

UPDATE threads SET merit = (SELECT posts.merit FROM posts WHERE posts.id = threads.post_id);

CREATE INDEX threads_top ON threads (merit, post_id) WHERE NOT hidden;

CREATE INDEX threads_forum_top ON threads (forum_id, merit, post_id) WHERE NOT hidden;

CREATE TABLE visits (
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    thread_id  BIGINT NOT NULL REFERENCES threads (post_id),
    seen_up_to BIGINT NOT NULL,                   -- the newest post that was there
    replies    BIGINT NOT NULL,                   -- how many replies there were
    visited_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, thread_id)
);

CREATE INDEX visits_age ON visits (visited_at);

-- Hashtags: of posts as they are written, of threads to find them by, and those
-- that people follow. A tag is its letters and digits, without accents and
-- capitals; its label is how it was written.

ALTER TABLE posts ADD COLUMN tags TEXT NOT NULL DEFAULT ''; -- labels, separated by spaces

CREATE TABLE thread_tags (
    tag       TEXT   NOT NULL,
    thread_id BIGINT NOT NULL REFERENCES threads (post_id),
    label     TEXT   NOT NULL,
    PRIMARY KEY (tag, thread_id)
);

CREATE INDEX thread_tags_thread ON thread_tags (thread_id);

CREATE TABLE tag_follows (
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    tag        TEXT   NOT NULL,
    label      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, tag)
);

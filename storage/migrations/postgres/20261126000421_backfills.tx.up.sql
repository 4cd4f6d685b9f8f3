-- Reading what is missing of conversations on other servers, and what those
-- servers count.

CREATE TABLE backfills (
    subject_id  BIGINT PRIMARY KEY, -- a thread, or a remote forum
    state       TEXT   NOT NULL,
    changed_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL DEFAULT 0,
    read        INTEGER NOT NULL DEFAULT 0,
    added       INTEGER NOT NULL DEFAULT 0,
    known       INTEGER NOT NULL DEFAULT 0,
    missing     TEXT   NOT NULL DEFAULT '' -- JSON
);

CREATE TABLE collection_tags (
    uri     TEXT   PRIMARY KEY,
    etag    TEXT   NOT NULL,
    read_at BIGINT NOT NULL
);
CREATE INDEX collection_tags_by_time ON collection_tags (read_at);

ALTER TABLE posts ADD COLUMN tally_replies INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN tally_supports INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN tally_boosts INTEGER NOT NULL DEFAULT 0;

-- Small pictures of other servers, such as those of custom emoji, that posts and
-- profiles show; and the copies that are kept of them for a while.

CREATE TABLE remote_pictures (
    key        TEXT   PRIMARY KEY,
    kind       TEXT   NOT NULL,
    url        TEXT   NOT NULL,
    host       TEXT   NOT NULL,            -- the server whose post or profile names it
    file       TEXT   NOT NULL DEFAULT '', -- on the shelf; '' for none
    media_type TEXT   NOT NULL DEFAULT '',
    width      BIGINT NOT NULL DEFAULT 0,
    height     BIGINT NOT NULL DEFAULT 0,
    bytes      BIGINT NOT NULL DEFAULT 0,
    fetched_at BIGINT NOT NULL DEFAULT 0,
    failed_at  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX remote_pictures_fetched ON remote_pictures (fetched_at) WHERE file <> '';
CREATE INDEX remote_pictures_file ON remote_pictures (file) WHERE file <> '';

ALTER TABLE posts ADD COLUMN emojis TEXT NOT NULL DEFAULT '';
ALTER TABLE actors ADD COLUMN emojis TEXT NOT NULL DEFAULT '';

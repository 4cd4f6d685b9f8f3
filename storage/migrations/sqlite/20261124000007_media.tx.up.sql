-- Pictures that people here uploaded, and the files they are kept in.

CREATE TABLE pictures (
    id         BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES actors (id), -- who uploaded it
    post_id    BIGINT NOT NULL DEFAULT 0,              -- the post that shows it; 0: none (yet)
    actor_id   BIGINT NOT NULL DEFAULT 0,              -- the person or forum it stands for; 0: none
    alt        TEXT   NOT NULL DEFAULT '',
    focus_x    DOUBLE PRECISION NOT NULL DEFAULT 0,
    focus_y    DOUBLE PRECISION NOT NULL DEFAULT 0,
    blurhash   TEXT   NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);

CREATE INDEX pictures_account ON pictures (account_id, id);

CREATE INDEX pictures_post ON pictures (post_id) WHERE post_id <> 0;

CREATE INDEX pictures_actor ON pictures (actor_id) WHERE actor_id <> 0;

CREATE INDEX pictures_unused ON pictures (created_at) WHERE post_id = 0 AND actor_id = 0;

CREATE TABLE picture_files (
    picture_id BIGINT NOT NULL REFERENCES pictures (id),
    name       TEXT   NOT NULL,                        -- SHA-256 of the content and an extension
    media_type TEXT   NOT NULL,
    width      BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    PRIMARY KEY (picture_id, name)
);

CREATE INDEX picture_files_name ON picture_files (name);

CREATE TABLE discarded_files (                         -- to be deleted, unless a picture needs them by then
    name TEXT PRIMARY KEY
);

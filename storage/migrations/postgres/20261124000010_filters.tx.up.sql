-- What people do not want to read, and lists they bring along.

CREATE TABLE filters (
    id         BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    kind       TEXT   NOT NULL CHECK (kind IN ('words', 'person', 'server', 'forum')),
    value      TEXT   NOT NULL DEFAULT '',  -- words, or a server's host
    target_id  BIGINT NOT NULL DEFAULT 0,   -- the person or forum
    action     TEXT   NOT NULL CHECK (action IN ('hide', 'warn')),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL DEFAULT 0,   -- 0: never
    UNIQUE (account_id, kind, value, target_id)
);
CREATE INDEX filters_target ON filters (target_id) WHERE target_id <> 0;
CREATE INDEX filters_expiry ON filters (expires_at) WHERE expires_at <> 0;

CREATE TABLE imports (
    id          BIGINT PRIMARY KEY,
    account_id  BIGINT NOT NULL REFERENCES accounts (actor_id),
    kind        TEXT   NOT NULL CHECK (kind IN ('follows', 'blocks', 'mutes')),
    handles     TEXT   NOT NULL,            -- one a line, in the order of the file; '' when finished
    total       BIGINT NOT NULL,
    done        BIGINT NOT NULL DEFAULT 0,  -- lines worked off, right or wrong
    failed      BIGINT NOT NULL DEFAULT 0,
    problems    TEXT   NOT NULL DEFAULT '', -- JSON, the first of them
    created_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX imports_account ON imports (account_id, id);

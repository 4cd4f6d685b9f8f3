-- What cases rest on: documents that are kept sealed, who opened them, and how far
-- anybody has looked.

CREATE TABLE evidence (
    id          BIGINT PRIMARY KEY,
    thread_id   BIGINT  NOT NULL REFERENCES threads (post_id),
    account_id  BIGINT  NOT NULL DEFAULT 0,      -- whose it is; 0: another server holds it
    address_key TEXT    NOT NULL DEFAULT '',     -- in its address; '' elsewhere
    kind        TEXT    NOT NULL,
    words       TEXT    NOT NULL DEFAULT '',
    media_type  TEXT    NOT NULL DEFAULT '',
    extension   TEXT    NOT NULL DEFAULT '',
    bytes       BIGINT  NOT NULL DEFAULT 0,
    width       INTEGER NOT NULL DEFAULT 0,
    height      INTEGER NOT NULL DEFAULT 0,
    sha256      TEXT    NOT NULL,
    file        TEXT    NOT NULL DEFAULT '',     -- on the shelf, sealed
    for_company BOOLEAN NOT NULL DEFAULT FALSE,
    redacted_at BIGINT  NOT NULL DEFAULT 0,
    added_at    BIGINT  NOT NULL
);
CREATE UNIQUE INDEX evidence_address ON evidence (address_key) WHERE address_key <> '';
CREATE INDEX evidence_thread ON evidence (thread_id, id);
CREATE INDEX evidence_account ON evidence (account_id, id) WHERE account_id <> 0;

CREATE TABLE evidence_views (
    evidence_id BIGINT NOT NULL,
    account_id  BIGINT NOT NULL,
    capacity    TEXT   NOT NULL CHECK (capacity IN ('author', 'moderator', 'representative')),
    seen_at     BIGINT NOT NULL,
    PRIMARY KEY (evidence_id, account_id, seen_at)
);

CREATE TABLE evidence_steps (
    thread_id BIGINT NOT NULL,
    level     TEXT   NOT NULL CHECK (level IN ('seen', 'matched')),
    by_id     BIGINT NOT NULL,
    set_at    BIGINT NOT NULL,
    PRIMARY KEY (thread_id, level)
);

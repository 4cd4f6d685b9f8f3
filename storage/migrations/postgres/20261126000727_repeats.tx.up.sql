-- Calls of programs that carried a key, and what was answered.

CREATE TABLE repeats (
    token_id     BIGINT NOT NULL,
    key          TEXT   NOT NULL,
    account_id   BIGINT NOT NULL,
    fingerprint  BYTEA NOT NULL,
    status       INTEGER NOT NULL DEFAULT 0, -- 0: not answered yet
    content_type TEXT   NOT NULL DEFAULT '',
    location     TEXT   NOT NULL DEFAULT '',
    body         BYTEA NOT NULL,
    begun_at     BIGINT NOT NULL,
    PRIMARY KEY (token_id, key)
);
CREATE INDEX repeats_age ON repeats (begun_at);
CREATE INDEX repeats_account ON repeats (account_id);

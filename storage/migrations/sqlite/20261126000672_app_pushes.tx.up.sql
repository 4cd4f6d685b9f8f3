-- Where apps want to be pushed notifications. Each ends with its token.

CREATE TABLE app_pushes (
    id           BIGINT  PRIMARY KEY,
    account_id   BIGINT  NOT NULL REFERENCES accounts (actor_id),
    token_id     BIGINT  NOT NULL UNIQUE REFERENCES access_tokens (id) ON DELETE CASCADE,
    endpoint     TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    auth         TEXT    NOT NULL,
    standard     BOOLEAN NOT NULL,
    alerts       TEXT    NOT NULL,              -- separated by spaces
    policy       TEXT    NOT NULL CHECK (policy IN ('all', 'followed', 'follower', 'none')),
    sealed_token TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL
);
CREATE INDEX app_pushes_account ON app_pushes (account_id, id);

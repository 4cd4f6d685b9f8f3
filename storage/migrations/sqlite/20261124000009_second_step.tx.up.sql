-- Two-step sign-in and passkeys.

CREATE TABLE second_steps (
    account_id   BIGINT PRIMARY KEY REFERENCES accounts (actor_id),
    secret       TEXT   NOT NULL,            -- shared with an app; opens nothing without password or mail
    confirmed_at BIGINT NOT NULL DEFAULT 0,  -- 0 while it is being set up
    last_step    BIGINT NOT NULL DEFAULT 0,  -- of the last code used: none is taken twice
    attempts     BIGINT NOT NULL DEFAULT 0,  -- since the last right code
    attempted_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE recovery_codes (
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    code_hash  TEXT   NOT NULL,
    PRIMARY KEY (account_id, code_hash)
);

CREATE TABLE passkeys (
    id            BIGINT PRIMARY KEY,
    account_id    BIGINT NOT NULL REFERENCES accounts (actor_id),
    credential_id TEXT   NOT NULL UNIQUE,    -- base64url, as the browser names it
    credential    TEXT   NOT NULL,           -- JSON: public key and counter
    name          TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    used_at       BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX passkeys_account ON passkeys (account_id, id);

CREATE TABLE challenges (
    token_hash TEXT   PRIMARY KEY,
    purpose    TEXT   NOT NULL,
    account_id BIGINT NOT NULL DEFAULT 0,
    state      TEXT   NOT NULL DEFAULT '',
    expires_at BIGINT NOT NULL
);
CREATE INDEX challenges_expiry ON challenges (expires_at);
CREATE INDEX challenges_account ON challenges (account_id) WHERE account_id <> 0;

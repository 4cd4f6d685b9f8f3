-- Programs that people let act for them (OAuth 2.0), and what they are entitled to.

CREATE TABLE apps (
    id            BIGINT PRIMARY KEY,
    client_id     TEXT   NOT NULL UNIQUE,
    secret_hash   TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    website       TEXT   NOT NULL DEFAULT '',
    redirect_uris TEXT   NOT NULL,                -- one a line
    scopes        TEXT   NOT NULL,                -- separated by spaces
    created_at    BIGINT NOT NULL
);
CREATE INDEX apps_age ON apps (created_at);

-- Somebody's consent, until the app fetches its token.
CREATE TABLE app_codes (
    code_hash    TEXT   PRIMARY KEY,
    app_id       BIGINT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    account_id   BIGINT NOT NULL REFERENCES accounts (actor_id),
    redirect_uri TEXT   NOT NULL,
    scopes       TEXT   NOT NULL,
    challenge    TEXT   NOT NULL DEFAULT '',
    expires_at   BIGINT NOT NULL
);
CREATE INDEX app_codes_app ON app_codes (app_id);
CREATE INDEX app_codes_account ON app_codes (account_id);
CREATE INDEX app_codes_expiry ON app_codes (expires_at);

-- Tokens of apps that act for nobody.
CREATE TABLE app_tokens (
    id         BIGINT PRIMARY KEY,
    token_hash TEXT   NOT NULL UNIQUE,
    app_id     BIGINT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    scopes     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX app_tokens_app ON app_tokens (app_id, id);
CREATE INDEX app_tokens_age ON app_tokens (created_at);

ALTER TABLE access_tokens ADD COLUMN app_id BIGINT NOT NULL DEFAULT 0;  -- 0: an administrator gave it out
CREATE INDEX access_tokens_app ON access_tokens (app_id, account_id, id) WHERE app_id <> 0;

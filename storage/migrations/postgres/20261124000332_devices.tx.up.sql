-- Browsers that show notifications although no page is open (web push).

CREATE TABLE devices (
    id           BIGINT PRIMARY KEY,
    account_id   BIGINT NOT NULL REFERENCES accounts (actor_id),
    session_hash TEXT   NOT NULL,            -- of the browser: who signs out there is not told there any more
    endpoint     TEXT   NOT NULL UNIQUE,     -- where messages to it are sent
    key          TEXT   NOT NULL,            -- its public key, base64url
    auth         TEXT   NOT NULL,            -- a secret that only it and this server know, base64url
    name         TEXT   NOT NULL,            -- to recognise it by
    created_at   BIGINT NOT NULL
);

CREATE INDEX devices_account ON devices (account_id, id);

ALTER TABLE notification_settings ADD COLUMN push TEXT NOT NULL DEFAULT ''; -- JSON: topic to whether, where it is not the default

-- Sign-in through an OpenID Connect provider.

CREATE TABLE identities (
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    account_id BIGINT NOT NULL UNIQUE REFERENCES accounts (actor_id), -- one identity an account
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);

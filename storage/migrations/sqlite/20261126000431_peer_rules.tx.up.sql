-- What administrators decided about other servers, and how it goes with these.

CREATE TABLE peer_rules (
    host        TEXT    PRIMARY KEY,            -- and its subdomains, where these have no rule of their own
    severity    TEXT    NOT NULL DEFAULT '' CHECK (severity IN ('', 'limit', 'block')),
    media_off   BOOLEAN NOT NULL DEFAULT FALSE,
    votes_off   BOOLEAN NOT NULL DEFAULT FALSE,
    reports_off BOOLEAN NOT NULL DEFAULT FALSE,
    allowed     BOOLEAN NOT NULL DEFAULT FALSE, -- where only those on a list are spoken with
    obfuscate   BOOLEAN NOT NULL DEFAULT FALSE, -- its name, where rules are shown
    reason      TEXT    NOT NULL DEFAULT '',
    expires_at  BIGINT  NOT NULL DEFAULT 0,
    changed_at  BIGINT  NOT NULL
);
CREATE INDEX peer_rules_expiry ON peer_rules (expires_at) WHERE expires_at <> 0;

-- 1: limited, 2: blocked; what the rules come to for each server and its people.
ALTER TABLE peers ADD COLUMN standing BIGINT NOT NULL DEFAULT 0;
ALTER TABLE actors ADD COLUMN standing BIGINT NOT NULL DEFAULT 0;

ALTER TABLE peers ADD COLUMN delivered        BIGINT NOT NULL DEFAULT 0;
ALTER TABLE peers ADD COLUMN undeliverable    BIGINT NOT NULL DEFAULT 0; -- it refused them for good
ALTER TABLE peers ADD COLUMN bytes_out        BIGINT NOT NULL DEFAULT 0;
ALTER TABLE peers ADD COLUMN accepted         BIGINT NOT NULL DEFAULT 0;
ALTER TABLE peers ADD COLUMN refused          BIGINT NOT NULL DEFAULT 0;
ALTER TABLE peers ADD COLUMN bytes_in         BIGINT NOT NULL DEFAULT 0;
ALTER TABLE peers ADD COLUMN last_received_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE peers ADD COLUMN last_refusal     TEXT   NOT NULL DEFAULT '';

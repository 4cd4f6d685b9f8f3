-- Threats that representatives of a company report before anything was written, and
-- the concerns that become of them.

ALTER TABLE concerns DROP CONSTRAINT concerns_kind_check, ADD CONSTRAINT concerns_kind_check CHECK (kind IN ('pressure', 'flag', 'threat'));
DROP INDEX concerns_by;
CREATE INDEX concerns_by ON concerns (by_id);

CREATE TABLE threats (
    id             BIGINT PRIMARY KEY,
    company_id     BIGINT NOT NULL REFERENCES actors (id),
    by_id          BIGINT NOT NULL REFERENCES actors (id),
    handle         TEXT   NOT NULL DEFAULT '',
    experienced_on TEXT   NOT NULL DEFAULT '',
    amount         BIGINT NOT NULL DEFAULT 0,
    currency       TEXT   NOT NULL DEFAULT '',
    words          TEXT   NOT NULL,
    reported_at    BIGINT NOT NULL
);
CREATE INDEX threats_company ON threats (company_id, reported_at);
CREATE INDEX threats_age ON threats (reported_at);
CREATE INDEX threats_by ON threats (by_id);

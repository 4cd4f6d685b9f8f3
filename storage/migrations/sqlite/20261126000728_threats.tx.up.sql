-- Threats that representatives of a company report before anything was written, and
-- the concerns that become of them.

CREATE TABLE concerns_rebuilt (
    id         BIGINT PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('pressure', 'flag', 'threat')),
    thread_id  BIGINT NOT NULL REFERENCES threads (post_id),
    post_id    BIGINT NOT NULL,
    company_id BIGINT NOT NULL,
    by_id      BIGINT NOT NULL REFERENCES actors (id),
    reason     TEXT   NOT NULL,
    words      TEXT   NOT NULL,
    reply      TEXT   NOT NULL DEFAULT '',
    state      TEXT   NOT NULL CHECK (state IN ('open', 'upheld', 'refused')),
    decision   TEXT   NOT NULL DEFAULT '',
    decided_by BIGINT NOT NULL DEFAULT 0,
    raised_at  BIGINT NOT NULL,
    decided_at BIGINT NOT NULL DEFAULT 0
);
INSERT INTO concerns_rebuilt SELECT * FROM concerns;
DROP TABLE concerns;
ALTER TABLE concerns_rebuilt RENAME TO concerns;
CREATE INDEX concerns_thread ON concerns (thread_id, id);
CREATE INDEX concerns_open ON concerns (id) WHERE state = 'open';
CREATE INDEX concerns_by ON concerns (by_id);
CREATE INDEX concerns_company ON concerns (company_id, raised_at);

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

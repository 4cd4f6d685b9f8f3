-- What one side of a case tells moderators of the other: pressure on its author, and
-- flags by representatives of its company.

CREATE TABLE concerns (
    id         BIGINT PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('pressure', 'flag')),
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
CREATE INDEX concerns_thread ON concerns (thread_id, id);
CREATE INDEX concerns_open ON concerns (id) WHERE state = 'open';
CREATE INDEX concerns_by ON concerns (by_id) WHERE state = 'open';
CREATE INDEX concerns_company ON concerns (company_id, raised_at);

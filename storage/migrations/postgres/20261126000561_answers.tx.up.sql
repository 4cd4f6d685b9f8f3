-- Who answers for companies, how they showed it, and what they answered.

CREATE TABLE representatives (
    company_id    BIGINT  NOT NULL REFERENCES actors (id),
    actor_id      BIGINT  NOT NULL REFERENCES actors (id),
    id            BIGINT  NOT NULL,
    method        TEXT    NOT NULL CHECK (method IN ('dns', 'file', 'link', 'mail', 'actor')),
    domain        TEXT    NOT NULL,
    token         TEXT    NOT NULL,
    email         TEXT    NOT NULL DEFAULT '',
    holds         BOOLEAN NOT NULL DEFAULT FALSE,
    asked_at      BIGINT  NOT NULL,
    verified_at   BIGINT  NOT NULL DEFAULT 0,
    checked_at    BIGINT  NOT NULL DEFAULT 0,
    failing_since BIGINT  NOT NULL DEFAULT 0,
    revoked_at    BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (company_id, actor_id)
);
CREATE UNIQUE INDEX representatives_token ON representatives (token);
CREATE INDEX representatives_actor ON representatives (actor_id);
CREATE INDEX representatives_checked ON representatives (checked_at) WHERE verified_at <> 0 AND revoked_at = 0;

CREATE TABLE answers (
    post_id    BIGINT PRIMARY KEY REFERENCES posts (id),
    thread_id  BIGINT NOT NULL REFERENCES threads (post_id),
    company_id BIGINT NOT NULL,
    actor_id   BIGINT NOT NULL,
    type       TEXT   NOT NULL DEFAULT '',
    detail     TEXT   NOT NULL DEFAULT '',
    promise_by TEXT   NOT NULL DEFAULT '',
    method     TEXT   NOT NULL,
    domain     TEXT   NOT NULL,
    verdict    TEXT   NOT NULL DEFAULT '' CHECK (verdict IN ('', 'resolved', 'partly', 'no')),
    verdict_at BIGINT NOT NULL DEFAULT 0,
    given_at   BIGINT NOT NULL
);
CREATE INDEX answers_thread ON answers (thread_id, post_id);
CREATE INDEX answers_company ON answers (company_id, given_at);

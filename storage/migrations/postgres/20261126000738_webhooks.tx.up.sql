-- Programs that are told what happens in a forum or on the server, and the log of the
-- calls.

CREATE TABLE webhooks (
    id            BIGINT PRIMARY KEY,
    forum_id      BIGINT NOT NULL, -- 0: the server
    by_id         BIGINT NOT NULL,
    url           TEXT   NOT NULL,
    events        TEXT   NOT NULL, -- separated by spaces
    secret        TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    paused_at     BIGINT NOT NULL DEFAULT 0,
    failing_since BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX webhooks_forum ON webhooks (forum_id, id);

CREATE TABLE webhook_deliveries (
    id         BIGINT PRIMARY KEY,
    webhook_id BIGINT  NOT NULL REFERENCES webhooks (id),
    event      TEXT    NOT NULL,
    body       BYTEA,
    tries      INTEGER NOT NULL DEFAULT 0,
    status     INTEGER NOT NULL DEFAULT 0,
    error      TEXT    NOT NULL DEFAULT '',
    next_at    BIGINT  NOT NULL DEFAULT 0,
    done_at    BIGINT  NOT NULL DEFAULT 0
);
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (done_at) WHERE done_at <> 0;

-- Notes to one actor elsewhere, and who wants no more of them.

CREATE TABLE messages (
    id          BIGINT PRIMARY KEY,
    from_id     BIGINT NOT NULL,
    to_id       BIGINT NOT NULL,
    uri         TEXT   NOT NULL UNIQUE,
    purpose     TEXT   NOT NULL,
    subject     BIGINT NOT NULL DEFAULT 0,
    content     TEXT   NOT NULL,
    language    TEXT   NOT NULL DEFAULT '',
    in_reply_to TEXT   NOT NULL DEFAULT '',
    choices     TEXT   NOT NULL DEFAULT '', -- one a line
    closes_at   BIGINT NOT NULL DEFAULT 0,
    sent_at     BIGINT NOT NULL
);
CREATE INDEX messages_sent ON messages (sent_at);
CREATE INDEX messages_to ON messages (to_id);

CREATE TABLE message_stops (
    actor_id   BIGINT PRIMARY KEY,
    stopped_at BIGINT NOT NULL
);

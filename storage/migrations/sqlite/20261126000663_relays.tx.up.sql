-- Servers that pass public threads on between those that follow them.

CREATE TABLE relays (
    id          BIGINT PRIMARY KEY,
    url         TEXT   NOT NULL, -- as it was given
    style       TEXT   NOT NULL CHECK (style IN ('mastodon', 'litepub')),
    state       TEXT   NOT NULL CHECK (state IN ('pending', 'accepted', 'refused')),
    host        TEXT   NOT NULL,
    inbox       TEXT   NOT NULL,
    actor_id    BIGINT NOT NULL DEFAULT 0, -- 0: not known before it answers
    follow_id   BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    answered_at BIGINT NOT NULL DEFAULT 0,
    received    BIGINT NOT NULL DEFAULT 0,
    taken       BIGINT NOT NULL DEFAULT 0,
    sent        BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX relays_inbox ON relays (inbox);
CREATE INDEX relays_actor ON relays (actor_id) WHERE actor_id <> 0;

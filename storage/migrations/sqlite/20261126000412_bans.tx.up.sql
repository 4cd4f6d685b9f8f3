-- Who may not take part in a forum, or in any of this server's.

CREATE TABLE bans (
    forum_id   BIGINT NOT NULL DEFAULT 0,  -- 0: the whole server
    actor_id   BIGINT NOT NULL REFERENCES actors (id),
    by_id      BIGINT NOT NULL DEFAULT 0,
    uri        TEXT   NOT NULL DEFAULT '', -- of the Block
    reason     TEXT   NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL DEFAULT 0,  -- 0: for good
    PRIMARY KEY (forum_id, actor_id)
);
CREATE INDEX bans_actor ON bans (actor_id);
CREATE INDEX bans_expiry ON bans (expires_at) WHERE expires_at <> 0;

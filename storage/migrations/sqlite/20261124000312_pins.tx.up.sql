-- Posts that people show at the head of their profile.

CREATE TABLE pins (
    actor_id  BIGINT NOT NULL REFERENCES actors (id),
    post_id   BIGINT NOT NULL REFERENCES posts (id),
    pinned_at BIGINT NOT NULL,
    PRIMARY KEY (actor_id, post_id)
);

CREATE INDEX pins_post ON pins (post_id);

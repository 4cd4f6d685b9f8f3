-- Forums that only their members read. Threads in them are hidden from every list;
-- "inside" are those that the list of their own forum shows. What is written there
-- is marked post by post, so that reading what is public costs nothing more.

ALTER TABLE actors ADD COLUMN private BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE forums ADD COLUMN joinable BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE posts ADD COLUMN private BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE threads ADD COLUMN inside BOOLEAN NOT NULL DEFAULT FALSE;

CREATE INDEX threads_inside_hot ON threads (forum_id, score, post_id) WHERE inside;
CREATE INDEX threads_inside_active ON threads (forum_id, active_at, post_id) WHERE inside;
CREATE INDEX threads_inside_top ON threads (forum_id, merit, post_id) WHERE inside;
CREATE INDEX threads_inside_new ON threads (forum_id, post_id) WHERE inside;
CREATE INDEX threads_inside_author ON threads (author_id, post_id) WHERE inside;

CREATE TABLE memberships (
    forum_id   BIGINT NOT NULL REFERENCES actors (id),
    account_id BIGINT NOT NULL,
    state      TEXT   NOT NULL, -- invited, asked or member
    by_id      BIGINT NOT NULL, -- who invited, or let them in; 0 for nobody
    reason     TEXT   NOT NULL, -- of who asks
    created_at BIGINT NOT NULL, -- since when the state is so
    PRIMARY KEY (forum_id, account_id)
);
CREATE INDEX memberships_account ON memberships (account_id, state, forum_id);
CREATE INDEX memberships_state ON memberships (forum_id, state, created_at, account_id);

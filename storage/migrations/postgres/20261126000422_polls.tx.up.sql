-- Polls in posts, and who voted for what.

ALTER TABLE posts ADD COLUMN poll TEXT NOT NULL DEFAULT ''; -- JSON; counts too, because polls elsewhere have only those
ALTER TABLE drafts ADD COLUMN poll TEXT NOT NULL DEFAULT ''; -- JSON

CREATE TABLE poll_votes (
    post_id  BIGINT  NOT NULL,
    actor_id BIGINT  NOT NULL,
    choice   INTEGER NOT NULL,
    voted_at BIGINT  NOT NULL,
    PRIMARY KEY (post_id, actor_id, choice)
);
CREATE INDEX poll_votes_actor ON poll_votes (actor_id, post_id);

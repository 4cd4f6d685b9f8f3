-- What people do in apps that pages do not offer, and what apps ask in other orders.

CREATE TABLE bookmarks (
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    post_id    BIGINT NOT NULL REFERENCES posts (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, post_id)
);
CREATE INDEX bookmarks_order ON bookmarks (account_id, created_at, post_id);
CREATE INDEX bookmarks_post ON bookmarks (post_id);

-- What somebody wrote down for themselves about somebody.
CREATE TABLE notes (
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    actor_id   BIGINT NOT NULL REFERENCES actors (id),
    words      TEXT   NOT NULL,
    PRIMARY KEY (account_id, actor_id)
);
CREATE INDEX notes_actor ON notes (actor_id);

-- How far somebody has read in a list.
CREATE TABLE markers (
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    timeline   TEXT   NOT NULL CHECK (timeline IN ('home', 'notifications')),
    last_id    BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, timeline)
);

-- What came of a post that an app may send again.
CREATE TABLE sent_posts (
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    key        TEXT   NOT NULL,
    post_id    BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX sent_posts_age ON sent_posts (sent_at);

CREATE INDEX supports_given ON supports (actor_id, created_at, post_id);

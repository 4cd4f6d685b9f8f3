-- Threads that people follow or have muted, and what their home feed reads.

CREATE TABLE thread_follows (
    account_id BIGINT  NOT NULL REFERENCES accounts (actor_id),
    thread_id  BIGINT  NOT NULL REFERENCES threads (post_id),
    following  BOOLEAN NOT NULL,                  -- FALSE: not, and not by default either
    muted      BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL,                  -- since when it is followed
    PRIMARY KEY (account_id, thread_id)
);

CREATE INDEX thread_follows_thread ON thread_follows (thread_id, account_id) WHERE following AND NOT muted;

CREATE INDEX threads_author_active ON threads (author_id, active_at, post_id) WHERE NOT hidden;

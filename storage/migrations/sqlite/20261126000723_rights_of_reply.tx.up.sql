-- Replies by right of whoever is named in a thread.

ALTER TABLE guest_replies ADD COLUMN capacity TEXT NOT NULL DEFAULT ''; -- '': no reply by right
ALTER TABLE guest_replies ADD COLUMN passage TEXT NOT NULL DEFAULT '';
ALTER TABLE guest_replies ADD COLUMN held_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE guest_replies ADD COLUMN reminded BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX guest_replies_by_right ON guest_replies (held_at) WHERE state = 'held' AND capacity <> '';

CREATE TABLE rights_of_reply (
    post_id   BIGINT PRIMARY KEY REFERENCES posts (id),
    thread_id BIGINT NOT NULL REFERENCES threads (post_id),
    capacity  TEXT   NOT NULL CHECK (capacity IN ('person', 'company', 'other')),
    passage   TEXT   NOT NULL,
    given_at  BIGINT NOT NULL
);
CREATE INDEX rights_of_reply_thread ON rights_of_reply (thread_id, post_id);

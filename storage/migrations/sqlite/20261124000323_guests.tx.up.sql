-- Guests: accounts that have only a confirmed e-mail, and what people without an
-- account have written and not confirmed yet, or moderators have yet to look at.

ALTER TABLE actors ADD COLUMN guest BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE forums ADD COLUMN guests TEXT NOT NULL DEFAULT 'allowed' CHECK (guests IN ('allowed', 'held', 'refused'));

CREATE TABLE guest_replies (
    id         BIGINT PRIMARY KEY,
    thread_id  BIGINT NOT NULL REFERENCES threads (post_id),
    parent_id  BIGINT NOT NULL REFERENCES posts (id),
    forum_id   BIGINT NOT NULL REFERENCES actors (id),
    account_id BIGINT NOT NULL DEFAULT 0,       -- of the guest, once the address is confirmed
    name       TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    language   TEXT   NOT NULL DEFAULT '',
    locale     TEXT   NOT NULL DEFAULT '',
    token_hash TEXT   NOT NULL DEFAULT '',      -- of the mailed link; '' before it is made, and once it is used
    state      TEXT   NOT NULL CHECK (state IN ('unconfirmed', 'held')),
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX guest_replies_token ON guest_replies (token_hash) WHERE token_hash <> '';
CREATE INDEX guest_replies_email ON guest_replies (lower(email));
CREATE INDEX guest_replies_unconfirmed ON guest_replies (created_at) WHERE state = 'unconfirmed';
CREATE INDEX guest_replies_held ON guest_replies (forum_id, id) WHERE state = 'held';
CREATE INDEX guest_replies_account ON guest_replies (account_id) WHERE account_id <> 0;

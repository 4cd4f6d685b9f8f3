-- Posts that are being written, or that wait for the moment to be published.

CREATE TABLE drafts (
    id         BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    forum      TEXT   NOT NULL DEFAULT '',  -- of a new thread, as a handle
    thread_id  BIGINT NOT NULL DEFAULT 0,   -- of a reply
    parent_id  BIGINT NOT NULL DEFAULT 0,   -- of a reply
    kind       TEXT   NOT NULL DEFAULT '',
    title      TEXT   NOT NULL DEFAULT '',
    body       TEXT   NOT NULL DEFAULT '',
    language   TEXT   NOT NULL DEFAULT '',
    pictures   TEXT   NOT NULL DEFAULT '',  -- ids in their order, separated by spaces
    saved_at   BIGINT NOT NULL,
    due_at     BIGINT NOT NULL DEFAULT 0,   -- when it is published; 0: not by itself
    problem    TEXT   NOT NULL DEFAULT '',  -- JSON: why it could not be published
    post_id    BIGINT NOT NULL DEFAULT 0    -- what became of it; 0: nothing yet
);
CREATE INDEX drafts_account ON drafts (account_id, id);
CREATE INDEX drafts_sent ON drafts (saved_at) WHERE post_id <> 0;

ALTER TABLE pictures ADD COLUMN draft_id BIGINT NOT NULL DEFAULT 0; -- the draft that keeps it from being swept away
CREATE INDEX pictures_draft ON pictures (draft_id) WHERE draft_id <> 0;
DROP INDEX pictures_unused;
CREATE INDEX pictures_unused ON pictures (created_at) WHERE post_id = 0 AND actor_id = 0 AND draft_id = 0;

ALTER TABLE accounts ADD COLUMN sends_at_once BOOLEAN NOT NULL DEFAULT FALSE; -- without time to undo

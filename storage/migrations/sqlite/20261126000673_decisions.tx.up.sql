-- What moderators and administrators decided, and why: the moderation log. A forum of
-- 0 is the whole server; by 0 is whoever runs commands, or an account that is gone.

CREATE TABLE decisions (
    id           BIGINT  PRIMARY KEY,
    kind         TEXT    NOT NULL,
    forum_id     BIGINT  NOT NULL DEFAULT 0,
    by_id        BIGINT  NOT NULL DEFAULT 0,
    subject_kind TEXT    NOT NULL CHECK (subject_kind IN ('post', 'account', 'action', 'peer')),
    subject_id   BIGINT  NOT NULL DEFAULT 0,
    host         TEXT    NOT NULL DEFAULT '',
    obfuscated   BOOLEAN NOT NULL DEFAULT FALSE,
    other_id     BIGINT  NOT NULL DEFAULT 0,
    number       BIGINT  NOT NULL DEFAULT 0,
    reason       TEXT    NOT NULL DEFAULT '',
    automatic    BOOLEAN NOT NULL DEFAULT FALSE,
    decided_at   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL DEFAULT 0,
    undoes       BIGINT  NOT NULL DEFAULT 0
);
CREATE INDEX decisions_kind ON decisions (kind, id);
CREATE INDEX decisions_forum ON decisions (forum_id, id);
CREATE INDEX decisions_forum_kind ON decisions (forum_id, kind, id);
CREATE INDEX decisions_subject ON decisions (subject_id, id);
CREATE INDEX decisions_by ON decisions (by_id) WHERE by_id <> 0;
CREATE INDEX decisions_host ON decisions (host, id) WHERE subject_kind = 'peer';
CREATE UNIQUE INDEX decisions_undone ON decisions (undoes) WHERE undoes <> 0;

-- What mail people want about their notifications, and when the next is due.

CREATE TABLE notification_settings (
    account_id  BIGINT PRIMARY KEY REFERENCES accounts (actor_id),
    mail        TEXT   NOT NULL DEFAULT '',  -- JSON: topic to pace, where it is not the default
    former_mail TEXT   NOT NULL DEFAULT '',  -- the same before the last unsubscription by a link; '' for none
    mail_at     BIGINT NOT NULL DEFAULT 0,   -- when what is mailed at once is due; 0: nothing is
    daily_at    BIGINT NOT NULL DEFAULT 0,
    weekly_at   BIGINT NOT NULL DEFAULT 0,
    due_at      BIGINT NOT NULL DEFAULT 0,   -- the soonest of these
    news_at     BIGINT NOT NULL DEFAULT 0,   -- new threads were listed up to then; 0: they are not wanted
    seen_at     BIGINT NOT NULL DEFAULT 0,   -- what happened before needs no mail
    mail_day    BIGINT NOT NULL DEFAULT 0,   -- when the mails were first counted that
    mails       BIGINT NOT NULL DEFAULT 0    -- counts
);

CREATE INDEX notification_settings_due ON notification_settings (due_at) WHERE due_at <> 0;

-- 0: not mailed yet. Nobody is mailed of what happened before there was mail,
-- hence the default; new ones are stored with 0.
ALTER TABLE notifications ADD COLUMN mailed_at BIGINT NOT NULL DEFAULT 1;

-- Random strings that sign what leaves this server and comes back.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

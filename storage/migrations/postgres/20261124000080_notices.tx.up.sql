-- Notifications of one kind about one thing are gathered in a group, as long as
-- it is unread; people read and count groups.

CREATE TABLE notification_groups (
    id         BIGINT PRIMARY KEY,                -- of its first notification
    account_id BIGINT NOT NULL REFERENCES accounts (actor_id),
    kind       TEXT   NOT NULL,
    subject_id BIGINT NOT NULL,                   -- the post or thread that is replied to, supported …; 0 for none
    latest_id  BIGINT NOT NULL,                   -- of its newest notification
    size       BIGINT NOT NULL,
    read_at    BIGINT NOT NULL DEFAULT 0
);

ALTER TABLE notifications ADD COLUMN group_id BIGINT NOT NULL DEFAULT 0;

INSERT INTO notification_groups (id, account_id, kind, subject_id, latest_id, size, read_at)
SELECT min(id), account_id, kind, subject_id, max(id), count(*), read_at
FROM (SELECT notifications.id, notifications.account_id, notifications.kind, notifications.read_at,
        CASE notifications.kind WHEN 'follow' THEN 0 WHEN 'reply' THEN COALESCE(posts.parent_id, 0) ELSE notifications.post_id END AS subject_id
    FROM notifications LEFT JOIN posts ON posts.id = notifications.post_id) AS existing
GROUP BY account_id, kind, subject_id, read_at;

UPDATE notifications SET group_id = (SELECT g.id FROM notification_groups AS g
    WHERE g.account_id = notifications.account_id AND g.kind = notifications.kind AND g.read_at = notifications.read_at
    AND g.subject_id = CASE notifications.kind WHEN 'follow' THEN 0
        WHEN 'reply' THEN COALESCE((SELECT posts.parent_id FROM posts WHERE posts.id = notifications.post_id), 0) ELSE notifications.post_id END);

UPDATE accounts SET unread = (SELECT count(*) FROM notification_groups AS g WHERE g.account_id = accounts.actor_id AND g.read_at = 0);

CREATE UNIQUE INDEX notification_groups_unread ON notification_groups (account_id, kind, subject_id) WHERE read_at = 0;

CREATE INDEX notification_groups_account ON notification_groups (account_id, latest_id);

CREATE INDEX notification_groups_kind ON notification_groups (account_id, kind, latest_id);

CREATE INDEX notification_groups_empty ON notification_groups (account_id) WHERE size = 0; -- about to be deleted

CREATE INDEX notifications_group ON notifications (group_id, id);

CREATE INDEX notifications_post ON notifications (post_id) WHERE post_id <> 0;

DROP INDEX notifications_account;

ALTER TABLE notifications DROP COLUMN read_at;

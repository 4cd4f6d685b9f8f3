package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

// Notify implements forum.Tx.
func (t *tx) Notify(ctx context.Context, n forum.Notification) error {
	mutable := n.PostID
	if n.Kind == forum.NotifyRemoval || n.Kind == forum.NotifyReport { // what moderators say or hear is not silenced
		mutable = 0
	}
	added, err := t.exec(ctx, `INSERT INTO notifications (id, account_id, kind, actor_id, post_id, created_at)
		SELECT ?, actor_id, ?, ?, ?, ? FROM accounts
		WHERE actor_id = ? AND NOT EXISTS (SELECT 1 FROM blocks WHERE by_id = ? AND whom_id = ?)
		AND NOT EXISTS (SELECT 1 FROM posts JOIN thread_follows ON thread_follows.thread_id = posts.thread_id
			WHERE posts.id = ? AND thread_follows.account_id = ? AND thread_follows.muted)
		ON CONFLICT DO NOTHING`,
		n.ID, n.Kind, n.ActorID, n.PostID, millis(n.At), n.AccountID, n.AccountID, n.ActorID, mutable, n.AccountID)
	if err != nil || added == 0 {
		return err
	}
	_, err = t.exec(ctx, "UPDATE accounts SET unread = unread + 1 WHERE actor_id = ?", n.AccountID)
	return err
}

// forgetNotifications deletes notifications and corrects the counts of unread
// ones.
func (t *tx) forgetNotifications(ctx context.Context, where string, args ...any) error {
	_, err := t.exec(ctx, `UPDATE accounts SET unread = unread - (SELECT count(*) FROM notifications WHERE account_id = accounts.actor_id AND read_at = 0 AND `+where+`)
		WHERE actor_id IN (SELECT account_id FROM notifications WHERE read_at = 0 AND `+where+`)`, append(args, args...)...)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "DELETE FROM notifications WHERE "+where, args...)
	return err
}

// ReadNotifications implements forum.Tx.
func (t *tx) ReadNotifications(ctx context.Context, account, upTo forum.ID, when time.Time) error {
	n, err := t.exec(ctx, "UPDATE notifications SET read_at = ? WHERE account_id = ? AND id <= ? AND read_at = 0", millis(when), account, upTo)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "UPDATE accounts SET unread = unread - ? WHERE actor_id = ?", n, account)
	return err
}

type notificationRow struct {
	ID          forum.ID
	AccountID   forum.ID
	Kind        forum.NotificationKind
	ActorID     forum.ID
	PostID      forum.ID
	CreatedAt   stamp
	ReadAt      stamp
	Actor       bylineRow `bun:"embed:actor__"`
	ThreadID    forum.ID
	ThreadTitle string
	Depth       int
	Content     string
	Reason      string
}

// excerptLength is how much of a post's content goes with its notification, in
// bytes of HTML; the page makes a line of text from it.
const excerptLength = 1000

// Notifications implements forum.PageReader.
func (r reader) Notifications(ctx context.Context, account forum.ID, after string, limit int) (forum.NotificationPage, error) {
	where, args := "", []any{excerptLength, account}
	if after != "" {
		_, id, err := readCursor(after)
		if err != nil {
			return forum.NotificationPage{}, err
		}
		where, args = " AND n.id < ?", append(args, id)
	}
	var rows []notificationRow
	err := r.scan(ctx, &rows, `SELECT n.id, n.account_id, n.kind, n.actor_id, n.post_id, n.created_at, n.read_at,
		COALESCE(actor.id, 0) AS actor__id, COALESCE(actor.name, '') AS actor__name, COALESCE(actor.host, '') AS actor__host,
		COALESCE(actor.uri, '') AS actor__uri, COALESCE(actor.url, '') AS actor__url,
		COALESCE(actor.display_name, '') AS actor__display_name, COALESCE(actor.kind, '') AS actor__kind,
		COALESCE(posts.thread_id, 0) AS thread_id, CASE WHEN root.removed_at = 0 OR root.id = n.post_id THEN root.title ELSE '' END AS thread_title, COALESCE(posts.depth, 0) AS depth,
		COALESCE(substr(posts.content, 1, ?), '') AS content, COALESCE(posts.removed_reason, '') AS reason
		FROM notifications AS n
		LEFT JOIN actors AS actor ON actor.id = n.actor_id
		LEFT JOIN posts ON posts.id = n.post_id
		LEFT JOIN posts AS root ON root.id = posts.thread_id
		WHERE n.account_id = ?`+where+` ORDER BY n.id DESC LIMIT ?`, append(args, limit+1)...)
	if err != nil {
		return forum.NotificationPage{}, err
	}
	page := forum.NotificationPage{}
	for i, row := range rows {
		if i == limit {
			page.Next = writeCursor(0, rows[i-1].ID)
			break
		}
		view := forum.NotificationView{
			Notification: forum.Notification{ID: row.ID, AccountID: row.AccountID, Kind: row.Kind, ActorID: row.ActorID, PostID: row.PostID, At: row.CreatedAt.Time, ReadAt: row.ReadAt.Time},
			ThreadID:     row.ThreadID, ThreadTitle: row.ThreadTitle, Reply: row.Depth > 0, Excerpt: row.Content, Reason: row.Reason,
		}
		if row.Actor.ID != 0 {
			b := row.Actor.byline()
			view.Actor = &b
		}
		page.Notifications = append(page.Notifications, view)
	}
	return page, nil
}

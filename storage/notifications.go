package storage

import (
	"context"
	"strings"
	"time"

	"portevoix/forum"
)

// Notify implements forum.Tx. What moderators say or hear is not silenced by
// muting; of a reply that somebody is told of already, they are not told again
// because they follow the thread. It takes two statements for however many.
func (t *tx) Notify(ctx context.Context, list []forum.Notification) ([]forum.Notification, error) {
	if len(list) == 0 {
		return nil, nil
	}
	added, err := t.addNotifications(ctx, list)
	if err != nil || len(added) == 0 {
		return nil, err
	}
	groups, err := t.addToGroups(ctx, list[0], added)
	if err != nil {
		return nil, err
	}
	told := make([]forum.Notification, 0, len(added))
	for _, one := range added {
		group := groups[one.AccountID]
		if group.ID != one.GroupID { // another process began it at the same time
			if _, err := t.exec(ctx, "UPDATE notifications SET group_id = ? WHERE id = ?", group.ID, one.ID); err != nil {
				return nil, err
			}
		}
		n := list[0]
		n.ID, n.AccountID = one.ID, one.AccountID
		told = append(told, n)
		if group.Size == 1 {
			if err := t.moveUnread(ctx, one.AccountID, 1); err != nil {
				return nil, err
			}
		}
	}
	return told, nil
}

type addedNotification struct{ ID, AccountID, GroupID forum.ID }

// addNotifications stores the notifications of those who are to be told, in the
// group that is open for each or one that begins with it.
func (t *tx) addNotifications(ctx context.Context, list []forum.Notification) ([]addedNotification, error) {
	n := list[0]
	muting, silenced, told := n.PostID, n.ActorID, forum.ID(0)
	switch n.Kind {
	case forum.NotifyRemoval, forum.NotifyBan, forum.NotifyReport, forum.NotifyHeld, forum.NotifyInvited, forum.NotifyAsked, forum.NotifyAdmitted:
		muting, silenced = 0, 0
	case forum.NotifyThread:
		told = n.PostID
	}
	var args []any
	for _, one := range list {
		args = append(args, one.ID, one.AccountID)
	}
	args = append(args, n.Kind, n.ActorID, n.PostID, millis(n.At), n.Kind, n.SubjectID, n.ActorID, silenced, millis(n.At), muting, silenced, n.PostID, told)
	var added []addedNotification
	err := t.scan(ctx, &added, `INSERT INTO notifications (id, account_id, kind, actor_id, post_id, created_at, mailed_at, group_id)
		WITH told (id, account_id) AS (VALUES `+strings.Repeat("(?, ?), ", len(list)-1)+`(?, ?))
		SELECT told.id, told.account_id, ?, ?, ?, ?, 0,
			COALESCE((SELECT open.id FROM notification_groups AS open WHERE open.account_id = told.account_id AND open.kind = ? AND open.subject_id = ? AND open.read_at = 0), told.id)
		FROM told JOIN accounts ON accounts.actor_id = told.account_id
		WHERE NOT EXISTS (SELECT 1 FROM blocks WHERE by_id = told.account_id AND whom_id = ?)
		AND NOT EXISTS (SELECT 1 FROM filters JOIN actors ON actors.id = ? WHERE filters.account_id = told.account_id AND filters.action = 'hide'
			AND (filters.kind = 'person' AND filters.target_id = actors.id OR filters.kind = 'server' AND filters.value = actors.host)
			AND (filters.expires_at = 0 OR filters.expires_at > ?))
		AND NOT EXISTS (SELECT 1 FROM posts JOIN thread_follows ON thread_follows.thread_id = posts.thread_id
			WHERE posts.id = ? AND thread_follows.account_id = told.account_id AND thread_follows.muted)
		AND NOT EXISTS (SELECT 1 FROM actors WHERE actors.id = ? AND actors.standing <> 0
			AND NOT EXISTS (SELECT 1 FROM follows WHERE follows.target_id = actors.id AND follows.follower_id = told.account_id AND follows.state = 'accepted'))
		AND NOT EXISTS (SELECT 1 FROM posts WHERE posts.id = ? AND posts.private AND NOT `+readsForum("told.account_id", "posts.forum_id")+`)
		AND NOT EXISTS (SELECT 1 FROM notifications AS earlier WHERE earlier.post_id = ? AND earlier.post_id <> 0 AND earlier.account_id = told.account_id)
		ON CONFLICT DO NOTHING RETURNING id, account_id, group_id`, args...)
	return added, err
}

type grown struct {
	ID, AccountID forum.ID
	Size          int
}

// addToGroups counts notifications in their groups, and says how large each is by
// account.
func (t *tx) addToGroups(ctx context.Context, n forum.Notification, added []addedNotification) (map[forum.ID]grown, error) {
	var args []any
	for _, one := range added {
		t.events = append(t.events, forum.Event{Kind: forum.NoticeAdded, Account: one.AccountID, Notice: one.ID})
		args = append(args, one.ID, one.AccountID, n.Kind, n.SubjectID, one.ID)
	}
	var rows []grown
	err := t.scan(ctx, &rows, `INSERT INTO notification_groups (id, account_id, kind, subject_id, latest_id, size)
		VALUES `+strings.Repeat("(?, ?, ?, ?, ?, 1), ", len(added)-1)+`(?, ?, ?, ?, ?, 1)
		ON CONFLICT (account_id, kind, subject_id) WHERE read_at = 0
		DO UPDATE SET latest_id = excluded.latest_id, size = notification_groups.size + 1 RETURNING id, account_id, size`, args...)
	groups := map[forum.ID]grown{}
	for _, row := range rows {
		groups[row.AccountID] = row
	}
	return groups, err
}

// moveUnread adds to an account's count of unread groups.
func (t *tx) moveUnread(ctx context.Context, account forum.ID, by int64) error {
	var unread []int
	if err := t.scan(ctx, &unread, "UPDATE accounts SET unread = unread + ? WHERE actor_id = ? RETURNING unread", by, account); err != nil {
		return err
	}
	for _, n := range unread {
		t.events = append(t.events, forum.Event{Kind: forum.UnreadChanged, Account: account, Unread: n})
	}
	return nil
}

// forgetNotifications deletes notifications, and the groups that have no other,
// and corrects the counts of unread ones.
func (t *tx) forgetNotifications(ctx context.Context, where string, args ...any) error {
	_, err := t.exec(ctx, `UPDATE notification_groups SET size = size - (SELECT count(*) FROM notifications WHERE notifications.group_id = notification_groups.id AND (`+where+`))
		WHERE id IN (SELECT group_id FROM notifications WHERE `+where+`)`, append(args, args...)...)
	if err != nil {
		return err
	}
	if _, err = t.exec(ctx, "DELETE FROM notifications WHERE "+where, args...); err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE accounts SET unread = unread - (SELECT count(*) FROM notification_groups WHERE account_id = accounts.actor_id AND size = 0 AND read_at = 0)
		WHERE actor_id IN (SELECT account_id FROM notification_groups WHERE size = 0 AND read_at = 0)`)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "DELETE FROM notification_groups WHERE size = 0")
	return err
}

// ReadNotifications implements forum.Tx.
func (t *tx) ReadNotifications(ctx context.Context, account, upTo forum.ID, when time.Time) error {
	return t.readGroups(ctx, account, when, "latest_id <= ?", upTo)
}

// ReadNotificationGroup implements forum.Tx.
func (t *tx) ReadNotificationGroup(ctx context.Context, account, group forum.ID, when time.Time) error {
	return t.readGroups(ctx, account, when, "id = ?", group)
}

func (t *tx) readGroups(ctx context.Context, account forum.ID, when time.Time, where string, args ...any) error {
	n, err := t.exec(ctx, "UPDATE notification_groups SET read_at = ? WHERE account_id = ? AND read_at = 0 AND "+where, append([]any{millis(when), account}, args...)...)
	if err != nil || n == 0 {
		return err
	}
	return t.moveUnread(ctx, account, -n)
}

// ThreadFollowers implements forum.Reader.
func (r reader) ThreadFollowers(ctx context.Context, thread, after forum.ID, limit int) ([]forum.ID, error) {
	var ids []forum.ID
	err := r.scan(ctx, &ids, "SELECT account_id FROM thread_follows WHERE thread_id = ? AND following AND NOT muted AND account_id > ? ORDER BY account_id LIMIT ?", thread, after, limit)
	return ids, err
}

type notificationRow struct {
	ID          forum.ID
	AccountID   forum.ID
	Kind        forum.NotificationKind
	ActorID     forum.ID
	PostID      forum.ID
	CreatedAt   stamp
	GroupID     forum.ID
	SubjectID   forum.ID
	Actor       bylineRow `bun:"embed:actor__"`
	ThreadID    forum.ID
	ThreadTitle string
	Depth       int
	Content     string
	Reason      string
	Post        closedPost `bun:"embed:post__"`
}

func (row notificationRow) view() forum.NotificationView {
	view := forum.NotificationView{
		Notification: forum.Notification{ID: row.ID, AccountID: row.AccountID, Kind: row.Kind, ActorID: row.ActorID, PostID: row.PostID, SubjectID: row.SubjectID, At: row.CreatedAt.Time},
		GroupID:      row.GroupID, ThreadID: row.ThreadID, ThreadTitle: row.ThreadTitle, Reply: row.Depth > 0, Excerpt: row.Content, Reason: row.Reason,
	}
	if row.Actor.ID != 0 {
		b := row.Actor.byline()
		view.Actor = &b
	}
	return view
}

type notificationGroupRow struct {
	ID        forum.ID
	Kind      forum.NotificationKind
	SubjectID forum.ID
	LatestID  forum.ID
	Size      int
	ReadAt    stamp
}

const (
	// excerptLength is how much of a post's content goes with its notification,
	// in bytes of HTML; the page makes a line of text from it.
	excerptLength = 1000
	// newestOfGroup is how many notifications of a group are shown by themselves.
	newestOfGroup = 2
)

// Notifications implements forum.PageReader. It takes two queries: one for the
// page of groups, one for the newest of each.
func (r reader) Notifications(ctx context.Context, q forum.NotificationQuery) (forum.NotificationPage, error) {
	query, args, err := groupsQuery(q)
	if err != nil {
		return forum.NotificationPage{}, err
	}
	var rows []notificationGroupRow
	if err := r.scan(ctx, &rows, query, args...); err != nil {
		return forum.NotificationPage{}, err
	}
	page := forum.NotificationPage{}
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		page.Next = writeCursor(0, rows[q.Limit-1].LatestID)
	}
	if len(rows) == 0 {
		return page, nil
	}
	newest, err := r.newestOf(ctx, rows)
	if err != nil {
		return forum.NotificationPage{}, err
	}
	for _, row := range rows {
		group := forum.NotificationGroup{ID: row.ID, Kind: row.Kind, SubjectID: row.SubjectID, LatestID: row.LatestID, Count: row.Size, ReadAt: row.ReadAt.Time}
		for _, n := range newest {
			if n.GroupID == row.ID {
				group.Newest = append(group.Newest, n.view())
			}
		}
		if len(group.Newest) > 0 {
			page.Groups = append(page.Groups, group)
		}
	}
	return page, nil
}

func groupsQuery(q forum.NotificationQuery) (string, []any, error) {
	where, args := "WHERE account_id = ?", []any{q.AccountID}
	if len(q.Kinds) > 0 {
		where += " AND kind IN (?" + strings.Repeat(", ?", len(q.Kinds)-1) + ")"
		for _, kind := range q.Kinds {
			args = append(args, kind)
		}
	}
	if q.Unread {
		where += " AND read_at = 0"
	}
	if q.After != "" {
		_, id, err := readCursor(q.After)
		if err != nil {
			return "", nil, err
		}
		where, args = where+" AND latest_id < ?", append(args, id)
	}
	return "SELECT id, kind, subject_id, latest_id, size, read_at FROM notification_groups " + where + " ORDER BY latest_id DESC LIMIT ?", append(args, q.Limit+1), nil
}

// selectNotifications takes as argument how much of a post to read.
const selectNotifications = `SELECT n.id, n.account_id, n.kind, n.actor_id, n.post_id, n.created_at, n.group_id, g.subject_id,
		COALESCE(actor.id, 0) AS actor__id, COALESCE(actor.name, '') AS actor__name, COALESCE(actor.host, '') AS actor__host,
		COALESCE(actor.uri, '') AS actor__uri, COALESCE(actor.url, '') AS actor__url,
		COALESCE(actor.display_name, '') AS actor__display_name, COALESCE(actor.kind, '') AS actor__kind, COALESCE(actor.group_role, '') AS actor__group_role, COALESCE(actor.icon_small, '') AS actor__icon_small, COALESCE(actor.emojis, '') AS actor__emojis,
		COALESCE(posts.thread_id, 0) AS thread_id, CASE WHEN opener.leaves_at <> 0 THEN '' WHEN root.removed_at = 0 OR root.id = n.post_id THEN root.title ELSE '' END AS thread_title, COALESCE(posts.depth, 0) AS depth,
		CASE WHEN author.leaves_at <> 0 THEN '' WHEN posts.content_note <> '' THEN replace(replace(posts.content_note, '&', '&amp;'), '<', '&lt;') ELSE COALESCE(substr(posts.content, 1, ?), '') END AS content,
		CASE WHEN n.kind = 'ban' THEN COALESCE((SELECT bans.reason FROM bans WHERE bans.forum_id = g.subject_id AND bans.actor_id = n.account_id), '')
			ELSE COALESCE(posts.removed_reason, '') END AS reason,
		COALESCE(posts.private, FALSE) AS post__private, COALESCE(posts.forum_id, 0) AS post__forum_id
		FROM notification_groups AS g
		JOIN notifications AS n ON n.group_id = g.id
		LEFT JOIN actors AS actor ON actor.id = n.actor_id
		LEFT JOIN posts ON posts.id = n.post_id
		LEFT JOIN posts AS root ON root.id = posts.thread_id
		LEFT JOIN actors AS author ON author.id = posts.author_id
		LEFT JOIN actors AS opener ON opener.id = root.author_id`

// newestOf reads the newest notifications of each group, newest first.
func (r reader) newestOf(ctx context.Context, groups []notificationGroupRow) ([]notificationRow, error) {
	args := []any{excerptLength}
	var parts []string
	for _, g := range groups {
		parts = append(parts, "SELECT id FROM (SELECT id FROM notifications WHERE group_id = ? ORDER BY id DESC LIMIT ?) AS newest")
		args = append(args, g.ID, newestOfGroup)
	}
	var rows []notificationRow
	err := r.scan(ctx, &rows, selectNotifications+`
		WHERE n.id IN (`+strings.Join(parts, " UNION ALL ")+`) ORDER BY n.id DESC`, args...)
	return rows, err
}

package storage

import (
	"context"
	"slices"
	"time"

	"portevoix/forum"
)

// ActorCards implements forum.StatusReader.
func (r reader) ActorCards(ctx context.Context, ids []forum.ID) ([]forum.ActorCard, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []struct {
		Actor   actorRow `bun:"embed:actor__"`
		Threads int
		Active  stamp
		Last    forum.ID
	}
	err := r.scan(ctx, &rows, "SELECT "+actorColumns("actor")+`, actor.fields AS actor__fields, actor.moved_to AS actor__moved_to, actor.leaves_at AS actor__leaves_at, COALESCE(forums.threads, 0) AS threads, COALESCE(forums.last_active_at, 0) AS active,
		COALESCE((SELECT max(posts.id) FROM posts WHERE posts.author_id = actor.id AND NOT posts.private), 0) AS last
		FROM actors AS actor LEFT JOIN forums ON forums.actor_id = actor.id WHERE actor.id IN (?)`, listOf(ids))
	list := make([]forum.ActorCard, len(rows))
	for i := range rows {
		row := &rows[i]
		list[i] = forum.ActorCard{Actor: row.Actor.actor(), Threads: row.Threads, LastPostAt: row.Active.Time}
		if row.Last != 0 && list[i].LastPostAt.IsZero() {
			list[i].LastPostAt = row.Last.Time()
		}
	}
	return list, err
}

// Relationships implements forum.StatusReader. They come in the order asked for.
func (r reader) Relationships(ctx context.Context, viewer forum.ID, ids []forum.ID) ([]forum.Relationship, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []forum.Relationship
	err := r.scan(ctx, &rows, `SELECT actors.id, COALESCE(ours.state, '') AS following, COALESCE(theirs.state, '') AS followed_by,
		EXISTS (SELECT 1 FROM blocks WHERE by_id = ? AND whom_id = actors.id) AS blocking,
		EXISTS (SELECT 1 FROM blocks WHERE by_id = actors.id AND whom_id = ?) AS blocked_by,
		EXISTS (SELECT 1 FROM filters WHERE account_id = ? AND kind IN ('person', 'forum') AND target_id = actors.id AND action = 'hide') AS muting,
		EXISTS (SELECT 1 FROM filters WHERE account_id = ? AND kind = 'server' AND value = actors.host AND actors.host <> '' AND action = 'hide') AS hides_host,
		COALESCE((SELECT words FROM notes WHERE account_id = ? AND actor_id = actors.id), '') AS note
		FROM actors LEFT JOIN follows AS ours ON ours.target_id = actors.id AND ours.follower_id = ?
		LEFT JOIN follows AS theirs ON theirs.target_id = ? AND theirs.follower_id = actors.id
		WHERE actors.id IN (?)`, viewer, viewer, viewer, viewer, viewer, viewer, viewer, listOf(ids))
	slices.SortFunc(rows, func(a, b forum.Relationship) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return rows, err
}

func (r reader) idsIn(ctx context.Context, query, column string, s forum.Span, args ...any) ([]forum.ID, error) {
	where, order, bounds := spanned(column, s)
	args = append(append(args, bounds...), s.Limit)
	var ids []forum.ID
	err := r.scan(ctx, &ids, query+where+" ORDER BY "+order+" LIMIT ?", args...)
	if s.Min != 0 {
		slices.Reverse(ids)
	}
	return ids, err
}

// FollowersIn implements forum.StatusReader.
func (r reader) FollowersIn(ctx context.Context, actor forum.ID, s forum.Span) ([]forum.ID, error) {
	return r.idsIn(ctx, "SELECT follower_id FROM follows WHERE target_id = ? AND state = 'accepted'", "follower_id", s, actor)
}

// FollowedIn implements forum.StatusReader.
func (r reader) FollowedIn(ctx context.Context, actor forum.ID, s forum.Span) ([]forum.ID, error) {
	return r.idsIn(ctx, "SELECT target_id FROM follows WHERE follower_id = ? AND state = 'accepted'", "target_id", s, actor)
}

// SupportersOf implements forum.StatusReader.
func (r reader) SupportersOf(ctx context.Context, post forum.ID, boosted bool, s forum.Span) ([]forum.ID, error) {
	if boosted {
		return r.idsIn(ctx, "SELECT actor_id FROM boosts WHERE post_id = ?", "actor_id", s, post)
	}
	return r.idsIn(ctx, "SELECT actor_id FROM supports WHERE post_id = ? AND NOT withdrawn", "actor_id", s, post)
}

// NotificationsIn implements forum.StatusReader.
func (r reader) NotificationsIn(ctx context.Context, q forum.NotificationSpan) ([]forum.NotificationView, error) {
	where, order, bounds := spanned("n.id", q.Span)
	args := []any{q.AccountID, listOf(q.Kinds)}
	if q.ID != 0 {
		where, bounds = where+" AND n.id = ?", append(bounds, q.ID)
	}
	if q.ActorID != 0 {
		where, bounds = where+" AND n.actor_id = ?", append(bounds, q.ActorID)
	}
	var rows []struct {
		ID        forum.ID
		Kind      forum.NotificationKind
		ActorID   forum.ID
		PostID    forum.ID
		CreatedAt stamp
		GroupID   forum.ID
	}
	err := r.scan(ctx, &rows, "SELECT n.id, n.kind, n.actor_id, n.post_id, n.created_at, n.group_id FROM notifications AS n WHERE n.account_id = ? AND n.actor_id <> 0 AND n.kind IN (?)"+where+" ORDER BY "+order+" LIMIT ?", append(append(args, bounds...), q.Limit)...)
	list := make([]forum.NotificationView, len(rows))
	for i, row := range rows {
		list[i] = forum.NotificationView{Notification: forum.Notification{ID: row.ID, AccountID: q.AccountID, Kind: row.Kind, ActorID: row.ActorID, PostID: row.PostID, At: row.CreatedAt.Time}, GroupID: row.GroupID}
	}
	if q.Min != 0 {
		slices.Reverse(list)
	}
	return list, err
}

// ForgetNotifications implements forum.StatusTx.
func (t *tx) ForgetNotifications(ctx context.Context, account, id forum.ID) error {
	if id == 0 {
		return t.forgetNotifications(ctx, "account_id = ?", account)
	}
	return t.forgetNotifications(ctx, "account_id = ? AND id = ?", account, id)
}

// Bookmark implements forum.StatusTx.
func (t *tx) Bookmark(ctx context.Context, account, post forum.ID, on bool, when time.Time) error {
	query, args := "INSERT INTO bookmarks (account_id, post_id, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", []any{account, post, millis(when)}
	if !on {
		query, args = "DELETE FROM bookmarks WHERE account_id = ? AND post_id = ?", args[:2]
	}
	_, err := t.exec(ctx, query, args...)
	return err
}

// SetNote implements forum.StatusTx.
func (t *tx) SetNote(ctx context.Context, account, actor forum.ID, text string) error {
	if text == "" {
		_, err := t.exec(ctx, "DELETE FROM notes WHERE account_id = ? AND actor_id = ?", account, actor)
		return err
	}
	_, err := t.exec(ctx, "INSERT INTO notes (account_id, actor_id, words) VALUES (?, ?, ?) ON CONFLICT (account_id, actor_id) DO UPDATE SET words = excluded.words", account, actor, text)
	return err
}

// Markers implements forum.StatusReader.
func (r reader) Markers(ctx context.Context, account forum.ID) ([]forum.Marker, error) {
	var rows []struct {
		Timeline  string
		LastID    forum.ID
		Version   int
		UpdatedAt stamp
	}
	err := r.scan(ctx, &rows, "SELECT timeline, last_id, version, updated_at FROM markers WHERE account_id = ?", account)
	list := make([]forum.Marker, len(rows))
	for i, row := range rows {
		list[i] = forum.Marker{Timeline: row.Timeline, LastID: row.LastID, Version: row.Version, UpdatedAt: row.UpdatedAt.Time}
	}
	return list, err
}

// SetMarker implements forum.StatusTx.
func (t *tx) SetMarker(ctx context.Context, account forum.ID, m forum.Marker) error {
	_, err := t.exec(ctx, `INSERT INTO markers (account_id, timeline, last_id, version, updated_at) VALUES (?, ?, ?, 1, ?)
		ON CONFLICT (account_id, timeline) DO UPDATE SET last_id = excluded.last_id, version = markers.version + 1, updated_at = excluded.updated_at WHERE markers.last_id < excluded.last_id`,
		account, m.Timeline, m.LastID, millis(m.UpdatedAt))
	return err
}

// SentPost implements forum.StatusReader.
func (r reader) SentPost(ctx context.Context, account forum.ID, key string) (forum.ID, error) {
	var ids []forum.ID
	err := r.scan(ctx, &ids, "SELECT post_id FROM sent_posts WHERE account_id = ? AND key = ?", account, key)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}

// KeepSent implements forum.StatusTx.
func (t *tx) KeepSent(ctx context.Context, account forum.ID, key string, post forum.ID, when time.Time) error {
	_, err := t.exec(ctx, "INSERT INTO sent_posts (account_id, key, post_id, sent_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", account, key, post, millis(when))
	return err
}

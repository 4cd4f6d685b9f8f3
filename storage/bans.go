package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

type banRow struct {
	ForumID   forum.ID
	ActorID   forum.ID
	ByID      forum.ID
	URI       string `bun:"uri"`
	Reason    string
	CreatedAt stamp
	ExpiresAt stamp
}

func (r banRow) ban() forum.Ban {
	return forum.Ban{ForumID: r.ForumID, ActorID: r.ActorID, ByID: r.ByID, URI: r.URI, Reason: r.Reason, At: r.CreatedAt.Time, Until: r.ExpiresAt.Time}
}

// BanOf implements forum.Reader: the ban that lasts longest.
func (r reader) BanOf(ctx context.Context, actor, forumID forum.ID, now time.Time) (*forum.Ban, error) {
	var row banRow
	err := r.scan(ctx, &row, `SELECT * FROM bans WHERE actor_id = ? AND forum_id IN (0, ?) AND (expires_at = 0 OR expires_at > ?)
		ORDER BY expires_at <> 0, expires_at DESC, forum_id DESC LIMIT 1`, actor, forumID, millis(now))
	if err != nil {
		return nil, err
	}
	b := row.ban()
	return &b, nil
}

// Bans implements forum.PageReader.
func (r reader) Bans(ctx context.Context, forumID, before forum.ID, now time.Time, limit int) ([]forum.BanView, error) {
	var rows []struct {
		banRow
		Actor bylineRow `bun:"embed:actor__"`
	}
	query, args := "", []any{forumID, millis(now)}
	if before != 0 {
		query, args = " AND bans.actor_id < ?", append(args, before)
	}
	err := r.scan(ctx, &rows, "SELECT bans.*, "+bylineColumns("actor")+` FROM bans JOIN actors AS actor ON actor.id = bans.actor_id
		WHERE bans.forum_id = ? AND (bans.expires_at = 0 OR bans.expires_at > ?)`+query+" ORDER BY bans.actor_id DESC LIMIT ?", append(args, limit)...)
	list := make([]forum.BanView, len(rows))
	for i, row := range rows {
		list[i] = forum.BanView{Ban: row.ban(), Actor: row.Actor.byline()}
	}
	return list, err
}

// VisiblePosts implements forum.Reader.
func (r reader) VisiblePosts(ctx context.Context, author, forumID forum.ID, limit int) ([]forum.ID, error) {
	var ids []forum.ID
	err := r.scan(ctx, &ids, "SELECT id FROM posts WHERE author_id = ? AND (forum_id = ? OR ? = 0) AND deleted_at = 0 AND removed_at = 0 ORDER BY id LIMIT ?",
		author, forumID, forumID, limit)
	return ids, err
}

// AddBan implements forum.Tx.
func (t *tx) AddBan(ctx context.Context, b forum.Ban) error {
	_, err := t.exec(ctx, `INSERT INTO bans (forum_id, actor_id, by_id, uri, reason, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (forum_id, actor_id) DO UPDATE SET by_id = excluded.by_id, uri = excluded.uri, reason = excluded.reason,
		created_at = excluded.created_at, expires_at = excluded.expires_at`,
		b.ForumID, b.ActorID, b.ByID, b.URI, b.Reason, millis(b.At), millis(b.Until))
	return err
}

// RemoveBan implements forum.Tx.
func (t *tx) RemoveBan(ctx context.Context, forumID, actor forum.ID) (*forum.Ban, error) {
	var rows []banRow
	err := t.scan(ctx, &rows, "DELETE FROM bans WHERE forum_id = ? AND actor_id = ? RETURNING *", forumID, actor)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	b := rows[0].ban()
	return &b, nil
}

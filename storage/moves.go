package storage

import (
	"context"
	"strings"
	"time"

	"portevoix/forum"
)

// SetAliases implements forum.Tx.
func (t *tx) SetAliases(ctx context.Context, actor forum.ID, uris []string) error {
	_, err := t.exec(ctx, "UPDATE actors SET also_known_as = ? WHERE id = ?", strings.Join(uris, " "), actor)
	return err
}

// SetMove implements forum.Tx.
func (t *tx) SetMove(ctx context.Context, actor forum.ID, to string, when time.Time) error {
	_, err := t.exec(ctx, "UPDATE actors SET moved_to = ?, moved_at = ? WHERE id = ?", to, millis(when), actor)
	return err
}

// LocalFollowers implements forum.Reader.
func (r reader) LocalFollowers(ctx context.Context, target forum.ID, limit int) ([]forum.Actor, error) {
	var rows []actorRow
	err := r.db.NewSelect().Model(&rows).Join("JOIN follows ON follows.follower_id = actors.id").
		Where("follows.target_id = ? AND actors.host = ''", target).Order("actors.id").Limit(int64(limit)).Scan(ctx)
	return actorsFrom(rows), err
}

package storage

import (
	"context"

	"portevoix/forum"
)

// AddPin implements forum.Tx.
func (t *tx) AddPin(ctx context.Context, p forum.Pin, most int) (bool, error) {
	if pinned, err := t.exists(ctx, "SELECT 1 FROM pins WHERE actor_id = ? AND post_id = ?", p.ActorID, p.PostID); err != nil || pinned {
		return false, err
	}
	n, err := t.exec(ctx, "INSERT INTO pins (actor_id, post_id, pinned_at) SELECT ?, ?, ? WHERE (SELECT count(*) FROM pins WHERE actor_id = ?) < ?",
		p.ActorID, p.PostID, millis(p.At), p.ActorID, most)
	if err == nil && n == 0 {
		err = &forum.Error{Code: forum.Conflict, Key: "TooManyPins", Args: map[string]any{"Max": most}}
	}
	return n == 1, err
}

// RemovePin implements forum.Tx.
func (t *tx) RemovePin(ctx context.Context, actor, post forum.ID) (bool, error) {
	n, err := t.exec(ctx, "DELETE FROM pins WHERE actor_id = ? AND post_id = ?", actor, post)
	return n == 1, err
}

// RemovePins implements forum.Tx.
func (t *tx) RemovePins(ctx context.Context, actor forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM pins WHERE actor_id = ?", actor)
	return err
}

// Pinned implements forum.PageReader.
func (r reader) Pinned(ctx context.Context, actor, viewer forum.ID) ([]forum.PersonPostView, error) {
	var rows []personPostRow
	err := r.scan(ctx, &rows, selectPersonPost+`JOIN pins ON pins.post_id = posts.id
		WHERE pins.actor_id = ? AND NOT posts.private ORDER BY pins.pinned_at DESC, pins.post_id DESC`, viewer, viewer, actor)
	list := make([]forum.PersonPostView, len(rows))
	for i := range rows {
		list[i] = rows[i].personView()
	}
	return list, err
}

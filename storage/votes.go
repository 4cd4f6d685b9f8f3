package storage

import (
	"context"

	"portevoix/forum"
)

type voteRow struct {
	PostID    forum.ID
	ActorID   forum.ID
	URI       string `bun:"uri"`
	Withdrawn bool
	CreatedAt stamp
}

// AddSupport implements forum.Tx.
func (t *tx) AddSupport(ctx context.Context, v forum.Support) (int, error) {
	n, err := t.exec(ctx, "INSERT INTO supports (post_id, actor_id, uri, withdrawn, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		v.PostID, v.ActorID, v.URI, v.Withdrawn, millis(v.At))
	if err != nil {
		return 0, err
	}
	if n == 1 {
		if v.Withdrawn {
			return 0, nil
		}
		return 1, nil
	}
	n, err = t.exec(ctx, "UPDATE supports SET withdrawn = ?, uri = ?, created_at = ? WHERE post_id = ? AND actor_id = ? AND withdrawn <> ?",
		v.Withdrawn, v.URI, millis(v.At), v.PostID, v.ActorID, v.Withdrawn)
	switch {
	case err != nil || n == 0:
		return 0, err
	case v.Withdrawn:
		return -1, nil
	}
	return 1, nil
}

// RemoveSupport implements forum.Tx.
func (t *tx) RemoveSupport(ctx context.Context, post, actor forum.ID) (*forum.Support, error) {
	var rows []voteRow
	err := t.scan(ctx, &rows, "DELETE FROM supports WHERE post_id = ? AND actor_id = ? RETURNING *", post, actor)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	v := rows[0]
	return &forum.Support{PostID: v.PostID, ActorID: v.ActorID, URI: v.URI, Withdrawn: v.Withdrawn, At: v.CreatedAt.Time}, nil
}

// AddBoost implements forum.Tx.
func (t *tx) AddBoost(ctx context.Context, b forum.Boost) (bool, error) {
	n, err := t.exec(ctx, "INSERT INTO boosts (post_id, actor_id, uri, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", b.PostID, b.ActorID, b.URI, millis(b.At))
	return n == 1, err
}

// RemoveBoost implements forum.Tx.
func (t *tx) RemoveBoost(ctx context.Context, post, actor forum.ID) (*forum.Boost, error) {
	var rows []voteRow
	err := t.scan(ctx, &rows, "DELETE FROM boosts WHERE post_id = ? AND actor_id = ? RETURNING *", post, actor)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	b := rows[0]
	return &forum.Boost{PostID: b.PostID, ActorID: b.ActorID, URI: b.URI, At: b.CreatedAt.Time}, nil
}

// MoveCounters implements forum.Tx. A vote that is taken back is none of those that
// the post's own server told of either. Posts come before threads, as wherever a
// transaction changes both: the other way round, two would wait for each other.
func (t *tx) MoveCounters(ctx context.Context, post forum.ID, supports, boosts int) error {
	merit := supports + 2*boosts
	if _, err := t.exec(ctx, `UPDATE posts SET supports = supports + ?, boosts = boosts + ?, merit = merit + ?,
		tally_supports = CASE WHEN supports > supports + ? AND tally_supports > 0 THEN tally_supports - 1 ELSE tally_supports END,
		tally_boosts = CASE WHEN boosts > boosts + ? AND tally_boosts > 0 THEN tally_boosts - 1 ELSE tally_boosts END
		WHERE id = ?`, supports, boosts, merit, supports, boosts, post); err != nil {
		return err
	}
	_, err := t.exec(ctx, "UPDATE threads SET merit = merit + ? WHERE post_id = ?", merit, post)
	return err
}

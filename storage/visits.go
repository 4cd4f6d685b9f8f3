package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

// Visit implements forum.PageReader.
func (r reader) Visit(ctx context.Context, account, thread forum.ID) (forum.Visit, error) {
	var v forum.Visit
	err := r.scan(ctx, &v, `SELECT COALESCE((SELECT seen_up_to FROM visits WHERE account_id = ? AND thread_id = ?), 0) AS seen_up_to,
		COALESCE((SELECT replies FROM visits WHERE account_id = ? AND thread_id = ?), 0) AS replies,
		COALESCE((SELECT max(id) FROM posts WHERE thread_id = ?), 0) AS newest`, account, thread, account, thread, thread)
	return v, err
}

// RecordVisit implements forum.Tx.
func (t *tx) RecordVisit(ctx context.Context, account, thread forum.ID, when time.Time) error {
	_, err := t.exec(ctx, `INSERT INTO visits (account_id, thread_id, seen_up_to, replies, visited_at)
		SELECT CAST(? AS BIGINT), post_id, (SELECT max(id) FROM posts WHERE thread_id = post_id), replies, CAST(? AS BIGINT) FROM threads WHERE post_id = ?
		ON CONFLICT (account_id, thread_id) DO UPDATE SET seen_up_to = excluded.seen_up_to, replies = excluded.replies, visited_at = excluded.visited_at`,
		account, millis(when), thread)
	if err != nil {
		return err
	}
	return t.readGroups(ctx, account, when, "kind = ? AND subject_id = ?", forum.NotifyThread, thread)
}

package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

// Statistics implements forum.PageReader. The counts run over whole tables:
// callers keep the answer for a while.
func (r reader) Statistics(ctx context.Context, now time.Time) (forum.Statistics, error) {
	var s forum.Statistics
	err := r.scan(ctx, &s, `SELECT
		(SELECT count(*) FROM accounts WHERE email_confirmed_at <> 0 AND approved_at <> 0) AS accounts,
		(SELECT count(*) FROM accounts WHERE email_confirmed_at <> 0 AND seen_at > ?) AS active_month,
		(SELECT count(*) FROM accounts WHERE email_confirmed_at <> 0 AND seen_at > ?) AS active_half_year,
		(SELECT count(*) FROM threads JOIN actors ON actors.id = threads.author_id WHERE NOT threads.hidden AND actors.host = '') AS threads,
		(SELECT count(*) FROM posts JOIN actors ON actors.id = posts.author_id WHERE posts.depth > 0 AND posts.deleted_at = 0 AND posts.removed_at = 0 AND NOT posts.private AND actors.host = '') AS replies,
		(SELECT count(*) FROM forums JOIN actors ON actors.id = forums.actor_id WHERE actors.host = '' AND actors.deleted_at = 0 AND NOT actors.private) AS forums,
		(SELECT count(*) FROM peers) AS peers`, millis(now.AddDate(0, 0, -30)), millis(now.AddDate(0, 0, -180)))
	return s, err
}

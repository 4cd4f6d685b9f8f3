package storage

import (
	"context"
	"slices"
	"strings"

	"portevoix/forum"
)

// AccountsIn implements forum.AccountLister.
func (r reader) AccountsIn(ctx context.Context, q forum.AccountQuery) ([]forum.ID, error) {
	where, args := "actors.deleted_at = 0 AND NOT actors.guest AND actors.kind <> 'Application' AND (actors.host <> '' OR accounts.actor_id IS NOT NULL)", []any(nil)
	and := func(more string, values ...any) {
		where += " AND " + more
		args = append(args, values...)
	}
	switch {
	case q.Local && !q.Remote:
		and("actors.host = ''")
	case q.Remote && !q.Local:
		and("actors.host <> ''")
	}
	switch q.Status {
	case forum.ActiveAccount:
		and("actors.suspended_at = 0 AND COALESCE(accounts.approved_at, 1) <> 0")
	case forum.PendingAccount:
		and("accounts.approved_at = 0")
	case forum.LimitedAccount:
		and("actors.standing = ?", forum.Limited)
	case forum.SuspendedAccount:
		and("actors.suspended_at <> 0")
	}
	if q.Host != "" {
		and("actors.host = ?", strings.ToLower(q.Host))
	}
	for column, begins := range map[string]string{"actors.name": q.Name, "actors.display_name": q.DisplayName} {
		if begins != "" {
			and("lower("+column+") LIKE ? ESCAPE '!'", likePrefix(begins))
		}
	}
	if q.EmailKey != "" {
		and("accounts.email_key = ?", q.EmailKey)
	}
	if q.Staff {
		and("(accounts.role = 'admin' OR actors.host = '' AND EXISTS (SELECT 1 FROM moderators WHERE moderators.actor_id = actors.id))")
	}
	bounded, order, bounds := spanned("actors.id", q.Span)
	var rows []struct{ ID forum.ID }
	err := r.scan(ctx, &rows, "SELECT actors.id FROM actors LEFT JOIN accounts ON accounts.actor_id = actors.id WHERE "+where+bounded+" ORDER BY "+order+" LIMIT ?", append(append(args, bounds...), q.Limit)...)
	ids := make([]forum.ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	if q.Min != 0 {
		slices.Reverse(ids)
	}
	return ids, err
}

// LocalAccounts implements forum.AccountLister.
func (r reader) LocalAccounts(ctx context.Context, ids []forum.ID) ([]forum.Account, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return r.accountsWhere(ctx, "WHERE accounts.actor_id IN (?)", listOf(ids))
}

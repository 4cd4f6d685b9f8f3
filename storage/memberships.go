package storage

import (
	"context"

	"portevoix/forum"
)

type membershipRow struct {
	ForumID   forum.ID
	AccountID forum.ID
	State     forum.MembershipState
	ByID      forum.ID
	Reason    string
	CreatedAt stamp
}

func (r membershipRow) membership() forum.Membership {
	return forum.Membership{ForumID: r.ForumID, AccountID: r.AccountID, State: r.State, By: r.ByID, Reason: r.Reason, At: r.CreatedAt.Time}
}

// Membership implements forum.MembershipReader.
func (r reader) Membership(ctx context.Context, forumID, account forum.ID) (*forum.Membership, error) {
	var row membershipRow
	if err := r.scan(ctx, &row, "SELECT * FROM memberships WHERE forum_id = ? AND account_id = ?", forumID, account); err != nil {
		return nil, err
	}
	m := row.membership()
	return &m, nil
}

// ReadsForum implements forum.MembershipReader.
func (r reader) ReadsForum(ctx context.Context, account, forumID forum.ID) (bool, error) {
	return r.exists(ctx, "SELECT 1 FROM actors WHERE actors.id = ? AND (NOT actors.private OR "+readsForum("?", "actors.id")+")", forumID, account, account, account)
}

// CountMemberships implements forum.MembershipReader.
func (r reader) CountMemberships(ctx context.Context, forumID forum.ID, state forum.MembershipState) (int, error) {
	var n int
	err := r.scan(ctx, &n, "SELECT count(*) FROM memberships WHERE forum_id = ? AND state = ?", forumID, state)
	return n, err
}

// MembershipsOf implements forum.MembershipReader.
func (r reader) MembershipsOf(ctx context.Context, account forum.ID, state forum.MembershipState) (int, error) {
	var n int
	err := r.scan(ctx, &n, "SELECT count(*) FROM memberships WHERE account_id = ? AND state = ?", account, state)
	return n, err
}

// Memberships implements forum.MembershipReader.
func (r reader) Memberships(ctx context.Context, q forum.MembershipQuery) (forum.MembershipPage, error) {
	where, args := "WHERE memberships.forum_id = ? AND memberships.state = ?", []any{q.ForumID, q.State}
	if q.After != "" {
		when, id, err := readCursor(q.After)
		if err != nil {
			return forum.MembershipPage{}, err
		}
		where, args = where+" AND (memberships.created_at, memberships.account_id) < (?, ?)", append(args, int64(when), id)
	}
	var rows []struct {
		membershipRow
		Account bylineRow `bun:"embed:account__"`
		By      bylineRow `bun:"embed:who__"`
	}
	err := r.scan(ctx, &rows, "SELECT memberships.*, "+bylineColumns("account")+", "+optionalByline("who")+`
		FROM memberships JOIN actors AS account ON account.id = memberships.account_id LEFT JOIN actors AS who ON who.id = memberships.by_id AND who.deleted_at = 0
		`+where+" ORDER BY memberships.created_at DESC, memberships.account_id DESC LIMIT ?", append(args, q.Limit+1)...)
	if err != nil {
		return forum.MembershipPage{}, err
	}
	page := forum.MembershipPage{}
	for i, row := range rows {
		if i == q.Limit {
			last := page.List[i-1]
			page.Next = writeCursor(float64(last.At.UnixMilli()), last.AccountID)
			break
		}
		view := forum.MembershipView{Membership: row.membership(), Account: row.Account.byline()}
		if row.By.ID != 0 {
			by := row.By.byline()
			view.By = &by
		}
		page.List = append(page.List, view)
	}
	return page, nil
}

// SaveMembership implements forum.MembershipTx.
func (t *tx) SaveMembership(ctx context.Context, m forum.Membership) error {
	_, err := t.exec(ctx, `INSERT INTO memberships (forum_id, account_id, state, by_id, reason, created_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (forum_id, account_id) DO UPDATE SET state = excluded.state, by_id = excluded.by_id, reason = excluded.reason, created_at = excluded.created_at`,
		m.ForumID, m.AccountID, m.State, m.By, m.Reason, millis(m.At))
	return err
}

// RemoveMembership implements forum.MembershipTx.
func (t *tx) RemoveMembership(ctx context.Context, forumID, account forum.ID) error {
	if _, err := t.exec(ctx, "DELETE FROM memberships WHERE forum_id = ? AND account_id = ?", forumID, account); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "DELETE FROM thread_follows WHERE account_id = ? AND thread_id IN (SELECT post_id FROM threads WHERE forum_id = ?)", account, forumID); err != nil {
		return err
	}
	return t.forgetNotifications(ctx, "account_id = ? AND (actor_id = ? OR post_id IN (SELECT id FROM posts WHERE forum_id = ? AND private))", account, forumID, forumID)
}

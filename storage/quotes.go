package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

type quoteRow struct {
	ID        forum.ID `bun:"id"`
	PostID    forum.ID `bun:"post_id"`
	QuoterID  forum.ID `bun:"quoter_id"`
	QuotedIn  string   `bun:"quoted_in"`
	CreatedAt stamp    `bun:"created_at"`
	RevokedAt stamp    `bun:"revoked_at"`
}

func (r quoteRow) authorization() forum.QuoteAuthorization {
	return forum.QuoteAuthorization{ID: r.ID, PostID: r.PostID, QuoterID: r.QuoterID, QuotedIn: r.QuotedIn, CreatedAt: r.CreatedAt.Time, RevokedAt: r.RevokedAt.Time}
}

// AuthorizeQuote implements forum.Tx.
func (t *tx) AuthorizeQuote(ctx context.Context, a forum.QuoteAuthorization) (forum.QuoteAuthorization, error) {
	_, err := t.exec(ctx, "INSERT INTO quote_authorizations (id, post_id, quoter_id, quoted_in, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		a.ID, a.PostID, a.QuoterID, a.QuotedIn, millis(a.CreatedAt))
	if err != nil {
		return a, err
	}
	var row quoteRow
	err = t.scan(ctx, &row, "SELECT * FROM quote_authorizations WHERE post_id = ? AND quoted_in = ?", a.PostID, a.QuotedIn)
	return row.authorization(), err
}

// RevokeQuote implements forum.Tx.
func (t *tx) RevokeQuote(ctx context.Context, id forum.ID, when time.Time) error {
	_, err := t.exec(ctx, "UPDATE quote_authorizations SET revoked_at = ? WHERE id = ?", millis(when), id)
	return err
}

// ForgetAuthorization implements forum.Tx.
func (t *tx) ForgetAuthorization(ctx context.Context, uri string) error {
	_, err := t.exec(ctx, "UPDATE posts SET quote_approved = FALSE, quote_auth = '' WHERE quote_auth = ? AND quote_auth <> ''", uri)
	return err
}

// SetQuote implements forum.Tx.
func (t *tx) SetQuote(ctx context.Context, post forum.ID, q *forum.Quote) error {
	if q == nil {
		q = &forum.Quote{}
	}
	_, err := t.exec(ctx, "UPDATE posts SET quote_uri = ?, quote_id = ?, quote_auth = ?, quote_approved = ? WHERE id = ?", q.URI, q.PostID, q.Authorization, q.Approved, post)
	return err
}

// QuoteAuthorization implements forum.Reader.
func (r reader) QuoteAuthorization(ctx context.Context, id forum.ID) (*forum.QuoteAuthorization, error) {
	var row quoteRow
	if err := r.scan(ctx, &row, "SELECT * FROM quote_authorizations WHERE id = ?", id); err != nil {
		return nil, err
	}
	a := row.authorization()
	return &a, nil
}

// QuoteAuthorized implements forum.Reader.
func (r reader) QuoteAuthorized(ctx context.Context, post forum.ID, quotedIn string) (bool, error) {
	return r.exists(ctx, "SELECT 1 FROM quote_authorizations WHERE post_id = ? AND quoted_in = ? AND revoked_at = 0", post, quotedIn)
}

// QuotesOf implements forum.PageReader.
func (r reader) QuotesOf(ctx context.Context, post forum.ID, limit int) ([]forum.QuoteAuthorization, error) {
	var rows []quoteRow
	err := r.scan(ctx, &rows, "SELECT * FROM quote_authorizations WHERE post_id = ? AND revoked_at = 0 ORDER BY id DESC LIMIT ?", post, limit)
	list := make([]forum.QuoteAuthorization, len(rows))
	for i := range rows {
		list[i] = rows[i].authorization()
	}
	return list, err
}

// Posts implements forum.PageReader.
func (r reader) Posts(ctx context.Context, ids []forum.ID, viewer forum.ID) ([]forum.PostView, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []postViewRow
	err := r.scan(ctx, &rows, selectPost+"WHERE posts.id IN (?)", viewer, viewer, listOf(ids))
	list := make([]forum.PostView, len(rows))
	for i := range rows {
		list[i] = rows[i].view()
	}
	return list, err
}

package storage

import (
	"context"

	"portevoix/forum"
)

type identityRow struct {
	Issuer    string
	Subject   string
	AccountID forum.ID
	CreatedAt stamp
}

func (r identityRow) identity() *forum.Identity {
	return &forum.Identity{Issuer: r.Issuer, Subject: r.Subject, AccountID: r.AccountID, CreatedAt: r.CreatedAt.Time}
}

// Identity implements forum.Reader.
func (r reader) Identity(ctx context.Context, issuer, subject string) (*forum.Identity, error) {
	var row identityRow
	if err := r.scan(ctx, &row, "SELECT * FROM identities WHERE issuer = ? AND subject = ?", issuer, subject); err != nil {
		return nil, err
	}
	return row.identity(), nil
}

// IdentityOfAccount implements forum.Reader.
func (r reader) IdentityOfAccount(ctx context.Context, account forum.ID) (*forum.Identity, error) {
	var row identityRow
	if err := r.scan(ctx, &row, "SELECT * FROM identities WHERE account_id = ?", account); err != nil {
		return nil, err
	}
	return row.identity(), nil
}

// AddIdentity implements forum.Tx.
func (t *tx) AddIdentity(ctx context.Context, i forum.Identity) error {
	_, err := t.exec(ctx, "INSERT INTO identities (issuer, subject, account_id, created_at) VALUES (?, ?, ?, ?)", i.Issuer, i.Subject, i.AccountID, millis(i.CreatedAt))
	if isDuplicate(err) {
		return &forum.Error{Code: forum.Conflict, Key: "IdentityKnown", Err: err}
	}
	return err
}

// RemoveIdentities implements forum.Tx.
func (t *tx) RemoveIdentities(ctx context.Context, account forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM identities WHERE account_id = ?", account)
	return err
}

package storage

import (
	"context"

	"portevoix/forum"
)

type passkeyRow struct {
	ID           forum.ID
	AccountID    forum.ID
	CredentialID string
	Credential   string
	Name         string
	CreatedAt    stamp
	UsedAt       stamp
}

// Passkeys implements forum.Reader.
func (r reader) Passkeys(ctx context.Context, account forum.ID) ([]forum.Passkey, error) {
	var rows []passkeyRow
	if err := r.scan(ctx, &rows, "SELECT * FROM passkeys WHERE account_id = ? ORDER BY id LIMIT 100", account); err != nil {
		return nil, err
	}
	list := make([]forum.Passkey, len(rows))
	for i, row := range rows {
		list[i] = forum.Passkey{ID: row.ID, AccountID: row.AccountID, CredentialID: row.CredentialID, Credential: row.Credential, Name: row.Name,
			CreatedAt: row.CreatedAt.Time, UsedAt: row.UsedAt.Time}
	}
	return list, nil
}

// AddPasskey implements forum.Tx.
func (t *tx) AddPasskey(ctx context.Context, p forum.Passkey) error {
	_, err := t.exec(ctx, "INSERT INTO passkeys (id, account_id, credential_id, credential, name, created_at) VALUES (?, ?, ?, ?, ?, ?)",
		p.ID, p.AccountID, p.CredentialID, p.Credential, p.Name, millis(p.CreatedAt))
	if isDuplicate(err) {
		return &forum.Error{Code: forum.Conflict, Key: "PasskeyKnown", Err: err}
	}
	return err
}

// UsePasskey implements forum.Tx.
func (t *tx) UsePasskey(ctx context.Context, p forum.Passkey) error {
	_, err := t.exec(ctx, "UPDATE passkeys SET credential = ?, used_at = ? WHERE id = ?", p.Credential, millis(p.UsedAt), p.ID)
	return err
}

// RenamePasskey implements forum.Tx.
func (t *tx) RenamePasskey(ctx context.Context, account, id forum.ID, name string) error {
	_, err := t.exec(ctx, "UPDATE passkeys SET name = ? WHERE id = ? AND account_id = ?", name, id, account)
	return err
}

// RemovePasskey implements forum.Tx.
func (t *tx) RemovePasskey(ctx context.Context, account, id forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM passkeys WHERE id = ? AND account_id = ?", id, account)
	return err
}

// RemovePasskeys implements forum.Tx.
func (t *tx) RemovePasskeys(ctx context.Context, account forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM passkeys WHERE account_id = ?", account)
	return err
}

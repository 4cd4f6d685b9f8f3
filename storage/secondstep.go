package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

// SecondStep implements forum.Reader.
func (r reader) SecondStep(ctx context.Context, account forum.ID) (*forum.SecondStep, error) {
	var row struct {
		AccountID   forum.ID
		Secret      string
		ConfirmedAt stamp
	}
	if err := r.scan(ctx, &row, "SELECT account_id, secret, confirmed_at FROM second_steps WHERE account_id = ?", account); err != nil {
		return nil, err
	}
	return &forum.SecondStep{AccountID: row.AccountID, Secret: row.Secret, ConfirmedAt: row.ConfirmedAt.Time}, nil
}

// RecoveryCodes implements forum.PageReader.
func (r reader) RecoveryCodes(ctx context.Context, account forum.ID) (int, error) {
	var n int
	err := r.scan(ctx, &n, "SELECT count(*) FROM recovery_codes WHERE account_id = ?", account)
	return n, err
}

// SaveSecondStep implements forum.Tx.
func (t *tx) SaveSecondStep(ctx context.Context, s forum.SecondStep) error {
	_, err := t.exec(ctx, `INSERT INTO second_steps (account_id, secret, confirmed_at) VALUES (?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, confirmed_at = excluded.confirmed_at`, s.AccountID, s.Secret, millis(s.ConfirmedAt))
	return err
}

// RemoveSecondStep implements forum.Tx.
func (t *tx) RemoveSecondStep(ctx context.Context, account forum.ID) error {
	if _, err := t.exec(ctx, "DELETE FROM recovery_codes WHERE account_id = ?", account); err != nil {
		return err
	}
	_, err := t.exec(ctx, "DELETE FROM second_steps WHERE account_id = ?", account)
	return err
}

// CountCodeAttempt implements forum.Tx. The row is locked until the end of the
// transaction, so that attempts made at once are all counted.
func (t *tx) CountCodeAttempt(ctx context.Context, account forum.ID, now, since time.Time) (int, error) {
	var attempts int
	err := t.scan(ctx, &attempts, `UPDATE second_steps SET attempts = CASE WHEN attempted_at < ? THEN 1 ELSE attempts + 1 END, attempted_at = ?
		WHERE account_id = ? RETURNING attempts`, millis(since), millis(now), account)
	return attempts, err
}

// UseCode implements forum.Tx.
func (t *tx) UseCode(ctx context.Context, account forum.ID, step int64) (bool, error) {
	n, err := t.exec(ctx, "UPDATE second_steps SET last_step = ?, attempts = 0 WHERE account_id = ? AND last_step < ?", step, account, step)
	return n == 1, err
}

// SetRecoveryCodes implements forum.Tx.
func (t *tx) SetRecoveryCodes(ctx context.Context, account forum.ID, hashes []string) error {
	if _, err := t.exec(ctx, "DELETE FROM recovery_codes WHERE account_id = ?", account); err != nil {
		return err
	}
	for _, hash := range hashes {
		if _, err := t.exec(ctx, "INSERT INTO recovery_codes (account_id, code_hash) VALUES (?, ?)", account, hash); err != nil {
			return err
		}
	}
	return nil
}

// UseRecoveryCode implements forum.Tx.
func (t *tx) UseRecoveryCode(ctx context.Context, account forum.ID, hash string) (bool, error) {
	n, err := t.exec(ctx, "DELETE FROM recovery_codes WHERE account_id = ? AND code_hash = ?", account, hash)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = t.exec(ctx, "UPDATE second_steps SET attempts = 0 WHERE account_id = ?", account)
	return err == nil, err
}

// Challenge implements forum.Tx.
func (r reader) Challenge(ctx context.Context, purpose forum.ChallengePurpose, hash string, now time.Time) (*forum.Challenge, error) {
	var row struct {
		TokenHash string
		Purpose   forum.ChallengePurpose
		AccountID forum.ID
		State     string
		ExpiresAt stamp
	}
	err := r.scan(ctx, &row, "SELECT * FROM challenges WHERE token_hash = ? AND purpose = ? AND expires_at > ?", hash, purpose, millis(now))
	if err != nil {
		return nil, err
	}
	return &forum.Challenge{TokenHash: row.TokenHash, Purpose: row.Purpose, AccountID: row.AccountID, State: row.State, ExpiresAt: row.ExpiresAt.Time}, nil
}

// AddChallenge implements forum.Tx.
func (t *tx) AddChallenge(ctx context.Context, c forum.Challenge) error {
	_, err := t.exec(ctx, "INSERT INTO challenges (token_hash, purpose, account_id, state, expires_at) VALUES (?, ?, ?, ?, ?)", c.TokenHash, c.Purpose, c.AccountID, c.State, millis(c.ExpiresAt))
	return err
}

// RemoveChallenge implements forum.Tx.
func (t *tx) RemoveChallenge(ctx context.Context, hash string) error {
	_, err := t.exec(ctx, "DELETE FROM challenges WHERE token_hash = ?", hash)
	return err
}

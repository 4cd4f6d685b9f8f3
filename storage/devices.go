package storage

import (
	"context"

	"portevoix/forum"
)

type deviceRow struct {
	ID          forum.ID
	AccountID   forum.ID
	SessionHash string
	Endpoint    string
	Key         string
	Auth        string
	Name        string
	CreatedAt   stamp
}

// Devices implements forum.Reader.
func (r reader) Devices(ctx context.Context, account forum.ID) ([]forum.Device, error) {
	var rows []deviceRow
	err := r.scan(ctx, &rows, `SELECT devices.* FROM devices WHERE devices.account_id = ?
		AND EXISTS (SELECT 1 FROM sessions WHERE token_hash = devices.session_hash AND sessions.account_id = devices.account_id) ORDER BY devices.id`, account)
	if err != nil {
		return nil, err
	}
	list := make([]forum.Device, len(rows))
	for i, d := range rows {
		list[i] = forum.Device{ID: d.ID, AccountID: d.AccountID, SessionHash: d.SessionHash, Endpoint: d.Endpoint, Key: d.Key, Auth: d.Auth, Name: d.Name, CreatedAt: d.CreatedAt.Time}
	}
	return list, nil
}

// AddDevice implements forum.Tx.
func (t *tx) AddDevice(ctx context.Context, d forum.Device, most int) error {
	if _, err := t.exec(ctx, "DELETE FROM devices WHERE endpoint = ?", d.Endpoint); err != nil {
		return err
	}
	n, err := t.exec(ctx, `INSERT INTO devices (id, account_id, session_hash, endpoint, key, auth, name, created_at)
		SELECT CAST(? AS BIGINT), CAST(? AS BIGINT), ?, ?, ?, ?, ?, CAST(? AS BIGINT) 
			WHERE (SELECT count(*) FROM devices JOIN sessions ON sessions.token_hash = devices.session_hash WHERE devices.account_id = ?) < ?`,
		d.ID, d.AccountID, d.SessionHash, d.Endpoint, d.Key, d.Auth, d.Name, millis(d.CreatedAt), d.AccountID, most)
	if err == nil && n == 0 {
		return &forum.Error{Code: forum.Conflict, Key: "TooManyDevices", Args: map[string]any{"Max": most}}
	}
	return err
}

// RemoveDevice implements forum.Tx.
func (t *tx) RemoveDevice(ctx context.Context, account, id forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM devices WHERE account_id = ? AND id = ?", account, id)
	return err
}

package storage

import (
	"context"
	"strings"

	"portevoix/forum"
)

type appPushRow struct {
	ID          forum.ID
	AccountID   forum.ID
	TokenID     forum.ID
	Endpoint    string
	Key         string
	Auth        string
	Standard    bool
	Alerts      string // separated by spaces
	Policy      forum.AppPushPolicy
	SealedToken string
	CreatedAt   stamp
}

func (r appPushRow) push() forum.AppPush {
	return forum.AppPush{
		ID: r.ID, AccountID: r.AccountID, TokenID: r.TokenID, Endpoint: r.Endpoint, Key: r.Key, Auth: r.Auth, Standard: r.Standard, Alerts: strings.Fields(r.Alerts),
		Policy: r.Policy, SealedToken: r.SealedToken, CreatedAt: r.CreatedAt.Time,
	}
}

// AppPushOf implements forum.AppPushReader.
func (r reader) AppPushOf(ctx context.Context, token forum.ID) (*forum.AppPush, error) {
	var row appPushRow
	if err := r.scan(ctx, &row, "SELECT * FROM app_pushes WHERE token_id = ?", token); err != nil {
		return nil, err
	}
	return new(row.push()), nil
}

// AppPushes implements forum.AppPushReader.
func (r reader) AppPushes(ctx context.Context, account forum.ID) ([]forum.AppPush, error) {
	var rows []appPushRow
	if err := r.scan(ctx, &rows, "SELECT * FROM app_pushes WHERE account_id = ? ORDER BY id", account); err != nil {
		return nil, err
	}
	list := make([]forum.AppPush, len(rows))
	for i, row := range rows {
		list[i] = row.push()
	}
	return list, nil
}

// SaveAppPush implements forum.AppPushTx.
func (t *tx) SaveAppPush(ctx context.Context, p forum.AppPush, most int) error {
	if _, err := t.exec(ctx, "DELETE FROM app_pushes WHERE token_id = ? OR account_id = ? AND endpoint = ?", p.TokenID, p.AccountID, p.Endpoint); err != nil {
		return err
	}
	n, err := t.exec(ctx, `INSERT INTO app_pushes (id, account_id, token_id, endpoint, key, auth, standard, alerts, policy, sealed_token, created_at)
		SELECT CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), ?, ?, ?, CAST(? AS BOOLEAN), ?, ?, ?, CAST(? AS BIGINT) WHERE (SELECT count(*) FROM app_pushes WHERE account_id = ?) < ?`,
		p.ID, p.AccountID, p.TokenID, p.Endpoint, p.Key, p.Auth, p.Standard, strings.Join(p.Alerts, " "), p.Policy, p.SealedToken, millis(p.CreatedAt), p.AccountID, most)
	if err == nil && n == 0 {
		return &forum.Error{Code: forum.Conflict, Key: "TooManyDevices", Args: map[string]any{"Max": most}}
	}
	return err
}

// RemoveAppPush implements forum.AppPushTx.
func (t *tx) RemoveAppPush(ctx context.Context, id forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM app_pushes WHERE id = ?", id)
	return err
}

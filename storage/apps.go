package storage

import (
	"context"
	"strings"
	"time"

	"portevoix/forum"
)

type appRow struct {
	ID           forum.ID
	ClientID     string
	SecretHash   string
	Name         string
	Website      string
	RedirectURIs string `bun:"redirect_uris"` // one a line
	Scopes       string
	CreatedAt    stamp
}

func (r appRow) app() *forum.App {
	return &forum.App{
		ID: r.ID, ClientID: r.ClientID, SecretHash: r.SecretHash, Name: r.Name, Website: r.Website,
		RedirectURIs: strings.Split(r.RedirectURIs, "\n"), Scopes: forum.ParseScopes(r.Scopes), CreatedAt: r.CreatedAt.Time,
	}
}

func (r reader) appWhere(ctx context.Context, where string, args ...any) (*forum.App, error) {
	var row appRow
	if err := r.scan(ctx, &row, "SELECT * FROM apps WHERE "+where, args...); err != nil {
		return nil, err
	}
	return row.app(), nil
}

// App implements forum.AppStore.
func (r reader) App(ctx context.Context, id forum.ID) (*forum.App, error) {
	return r.appWhere(ctx, "id = ?", id)
}

// AppByClientID implements forum.AppStore.
func (r reader) AppByClientID(ctx context.Context, clientID string) (*forum.App, error) {
	return r.appWhere(ctx, "client_id = ?", clientID)
}

// AppToken implements forum.AppStore.
func (r reader) AppToken(ctx context.Context, hash string) (*forum.App, *forum.AccessToken, error) {
	var row struct {
		ID        forum.ID
		TokenHash string
		AppID     forum.ID
		Scopes    string
		CreatedAt stamp
	}
	if err := r.scan(ctx, &row, "SELECT * FROM app_tokens WHERE token_hash = ?", hash); err != nil {
		return nil, nil, err
	}
	app, err := r.App(ctx, row.AppID)
	if err != nil {
		return nil, nil, err
	}
	return app, &forum.AccessToken{ID: row.ID, TokenHash: row.TokenHash, AppID: row.AppID, Name: app.Name, Scopes: forum.ParseScopes(row.Scopes), CreatedAt: row.CreatedAt.Time}, nil
}

// AddApp implements forum.AppTx.
func (t *tx) AddApp(ctx context.Context, a forum.App) error {
	_, err := t.exec(ctx, "INSERT INTO apps (id, client_id, secret_hash, name, website, redirect_uris, scopes, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		a.ID, a.ClientID, a.SecretHash, a.Name, a.Website, strings.Join(a.RedirectURIs, "\n"), forum.JoinScopes(a.Scopes), millis(a.CreatedAt))
	return err
}

// AddAppCode implements forum.AppTx.
func (t *tx) AddAppCode(ctx context.Context, c forum.AppCode) error {
	_, err := t.exec(ctx, "INSERT INTO app_codes (code_hash, app_id, account_id, redirect_uri, scopes, challenge, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		c.Hash, c.AppID, c.AccountID, c.RedirectURI, forum.JoinScopes(c.Scopes), c.Challenge, millis(c.ExpiresAt))
	return err
}

// UseAppCode implements forum.AppTx.
func (t *tx) UseAppCode(ctx context.Context, hash string, now time.Time) (*forum.AppCode, error) {
	var row struct {
		CodeHash    string
		AppID       forum.ID
		AccountID   forum.ID
		RedirectURI string
		Scopes      string
		Challenge   string
		ExpiresAt   stamp
	}
	err := t.scan(ctx, &row, "DELETE FROM app_codes WHERE code_hash = ? AND expires_at > ? RETURNING *", hash, millis(now))
	if err != nil {
		return nil, err
	}
	return &forum.AppCode{Hash: row.CodeHash, AppID: row.AppID, AccountID: row.AccountID, RedirectURI: row.RedirectURI, Scopes: forum.ParseScopes(row.Scopes), Challenge: row.Challenge, ExpiresAt: row.ExpiresAt.Time}, nil
}

// AddAppToken implements forum.AppTx.
func (t *tx) AddAppToken(ctx context.Context, token forum.AccessToken, most int) error {
	_, err := t.exec(ctx, "INSERT INTO app_tokens (id, token_hash, app_id, scopes, created_at) VALUES (?, ?, ?, ?, ?)",
		token.ID, token.TokenHash, token.AppID, forum.JoinScopes(token.Scopes), millis(token.CreatedAt))
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "DELETE FROM app_tokens WHERE app_id = ? AND id NOT IN (SELECT id FROM app_tokens WHERE app_id = ? ORDER BY id DESC LIMIT ?)", token.AppID, token.AppID, most)
	return err
}

// LimitTokens implements forum.AppTx.
func (t *tx) LimitTokens(ctx context.Context, account, app forum.ID, most int) error {
	_, err := t.exec(ctx, "DELETE FROM access_tokens WHERE account_id = ? AND app_id = ? AND id NOT IN (SELECT id FROM access_tokens WHERE account_id = ? AND app_id = ? ORDER BY id DESC LIMIT ?)",
		account, app, account, app, most)
	return err
}

// RemoveToken implements forum.AppTx.
func (t *tx) RemoveToken(ctx context.Context, app forum.ID, hash string) error {
	for _, table := range []string{"access_tokens", "app_tokens"} {
		if _, err := t.exec(ctx, "DELETE FROM "+table+" WHERE token_hash = ? AND app_id = ?", hash, app); err != nil {
			return err
		}
	}
	return nil
}

// keepApps is how long apps are known that nobody uses.
const keepApps = 30 * 24 * time.Hour

// sweepApps forgets codes that nobody fetched a token with, and apps without any
// token.
func (t *tx) sweepApps(ctx context.Context, now time.Time) (int64, error) {
	codes, err := t.exec(ctx, "DELETE FROM app_codes WHERE code_hash IN (SELECT code_hash FROM app_codes WHERE expires_at < ? LIMIT ?)", millis(now), sweepSlice)
	if err != nil {
		return 0, err
	}
	tokens, err := t.exec(ctx, "DELETE FROM app_tokens WHERE id IN (SELECT id FROM app_tokens WHERE created_at < ? LIMIT ?)", millis(now.Add(-keepApps)), sweepSlice)
	if err != nil {
		return 0, err
	}
	apps, err := t.exec(ctx, `DELETE FROM apps WHERE id IN (SELECT id FROM apps WHERE created_at < ?
		AND NOT EXISTS (SELECT 1 FROM access_tokens WHERE access_tokens.app_id = apps.id) AND NOT EXISTS (SELECT 1 FROM app_tokens WHERE app_tokens.app_id = apps.id)
		AND NOT EXISTS (SELECT 1 FROM app_codes WHERE app_codes.app_id = apps.id) LIMIT ?)`, millis(now.Add(-keepApps)), sweepSlice)
	return codes + tokens + apps, err
}

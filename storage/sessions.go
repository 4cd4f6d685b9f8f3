package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

type sessionRow struct {
	TokenHash string
	AccountID forum.ID
	CreatedAt stamp
	SeenAt    stamp
	Browser   string
}

func (r sessionRow) session() forum.Session {
	return forum.Session{TokenHash: r.TokenHash, AccountID: r.AccountID, Browser: r.Browser, CreatedAt: r.CreatedAt.Time, SeenAt: r.SeenAt.Time}
}

// Session implements forum.Reader.
func (r reader) Session(ctx context.Context, hash string) (*forum.Session, *forum.Account, error) {
	var row sessionRow
	if err := r.scan(ctx, &row, "SELECT * FROM sessions WHERE token_hash = ?", hash); err != nil {
		return nil, nil, err
	}
	account, err := r.Account(ctx, row.AccountID)
	session := row.session()
	return &session, account, err
}

// Sessions implements forum.PageReader.
func (r reader) Sessions(ctx context.Context, account forum.ID) ([]forum.Session, error) {
	var rows []sessionRow
	if err := r.scan(ctx, &rows, "SELECT * FROM sessions WHERE account_id = ? ORDER BY seen_at DESC, token_hash LIMIT 100", account); err != nil {
		return nil, err
	}
	list := make([]forum.Session, len(rows))
	for i := range rows {
		list[i] = rows[i].session()
	}
	return list, nil
}

// NameSession implements forum.Tx.
func (t *tx) NameSession(ctx context.Context, hash, browser string) error {
	_, err := t.exec(ctx, "UPDATE sessions SET browser = ? WHERE token_hash = ?", browser, hash)
	return err
}

// RemoveSessionOf implements forum.Tx.
func (t *tx) RemoveSessionOf(ctx context.Context, account forum.ID, hash string) error {
	_, err := t.exec(ctx, "DELETE FROM sessions WHERE token_hash = ? AND account_id = ?", hash, account)
	return err
}

// AddSession implements forum.Tx.
func (t *tx) AddSession(ctx context.Context, s forum.Session) error {
	_, err := t.exec(ctx, "INSERT INTO sessions (token_hash, account_id, created_at, seen_at) VALUES (?, ?, ?, ?)", s.TokenHash, s.AccountID, millis(s.CreatedAt), millis(s.SeenAt))
	if err != nil {
		return err
	}
	return t.seen(ctx, s.AccountID, s.SeenAt)
}

// TouchSession implements forum.Tx.
func (t *tx) TouchSession(ctx context.Context, hash string, when time.Time) error {
	var ids []forum.ID
	err := t.scan(ctx, &ids, "UPDATE sessions SET seen_at = ? WHERE token_hash = ? RETURNING account_id", millis(when), hash)
	if err != nil || len(ids) == 0 {
		return err
	}
	return t.seen(ctx, ids[0], when)
}

// seen notes when an account was last active; NodeInfo counts those.
func (t *tx) seen(ctx context.Context, account forum.ID, when time.Time) error {
	_, err := t.exec(ctx, "UPDATE accounts SET seen_at = ? WHERE actor_id = ?", millis(when), account)
	return err
}

// RemoveSession implements forum.Tx.
func (t *tx) RemoveSession(ctx context.Context, hash string) error {
	_, err := t.exec(ctx, "DELETE FROM sessions WHERE token_hash = ?", hash)
	return err
}

// EndSessions implements forum.Tx.
func (t *tx) EndSessions(ctx context.Context, account forum.ID, exceptHash string) error {
	_, err := t.exec(ctx, "DELETE FROM sessions WHERE account_id = ? AND token_hash <> ?", account, exceptHash)
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, "DELETE FROM app_codes WHERE account_id = ?", account); err != nil {
		return err
	}
	_, err = t.exec(ctx, "DELETE FROM access_tokens WHERE account_id = ? AND app_id <> 0", account)
	return err
}

// AccessToken implements forum.Reader.
func (r reader) AccessToken(ctx context.Context, hash string) (*forum.AccessToken, *forum.Account, error) {
	var row accessTokenRow
	if err := r.scan(ctx, &row, "SELECT * FROM access_tokens WHERE token_hash = ?", hash); err != nil {
		return nil, nil, err
	}
	token := row.token()
	account, err := r.Account(ctx, row.AccountID)
	return &token, account, err
}

type accessTokenRow struct {
	ID        forum.ID
	TokenHash string
	AccountID forum.ID
	Name      string
	Scopes    string
	CreatedAt stamp
	AppID     forum.ID
}

func (r accessTokenRow) token() forum.AccessToken {
	return forum.AccessToken{ID: r.ID, TokenHash: r.TokenHash, AccountID: r.AccountID, AppID: r.AppID, Name: r.Name, Scopes: forum.ParseScopes(r.Scopes), CreatedAt: r.CreatedAt.Time}
}

// AccessTokens implements forum.PageReader.
func (r reader) AccessTokens(ctx context.Context, account forum.ID) ([]forum.AccessToken, error) {
	var rows []accessTokenRow
	if err := r.scan(ctx, &rows, "SELECT * FROM access_tokens WHERE account_id = ? ORDER BY id DESC LIMIT 100", account); err != nil {
		return nil, err
	}
	list := make([]forum.AccessToken, len(rows))
	for i := range rows {
		list[i] = rows[i].token()
	}
	return list, nil
}

// RemoveAccessToken implements forum.Tx.
func (t *tx) RemoveAccessToken(ctx context.Context, account, id forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM access_tokens WHERE id = ? AND account_id = ?", id, account)
	return err
}

// AddAccessToken implements forum.Tx.
func (t *tx) AddAccessToken(ctx context.Context, token forum.AccessToken) error {
	_, err := t.exec(ctx, "INSERT INTO access_tokens (id, token_hash, account_id, app_id, name, scopes, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		token.ID, token.TokenHash, token.AccountID, token.AppID, token.Name, forum.JoinScopes(token.Scopes), millis(token.CreatedAt))
	return err
}

type linkRow struct {
	TokenHash string
	Purpose   forum.LinkPurpose
	AccountID forum.ID
	Email     string
	ExpiresAt stamp
}

func (r linkRow) link() *forum.Link {
	return &forum.Link{TokenHash: r.TokenHash, Purpose: r.Purpose, AccountID: r.AccountID, Email: r.Email, ExpiresAt: r.ExpiresAt.Time}
}

// Link implements forum.Reader.
func (r reader) Link(ctx context.Context, hash string) (*forum.Link, error) {
	var row linkRow
	if err := r.scan(ctx, &row, "SELECT * FROM links WHERE token_hash = ?", hash); err != nil {
		return nil, err
	}
	return row.link(), nil
}

// AddLink implements forum.Tx.
func (t *tx) AddLink(ctx context.Context, l forum.Link) error {
	_, err := t.exec(ctx, "INSERT INTO links (token_hash, purpose, account_id, email, expires_at) VALUES (?, ?, ?, ?, ?)", l.TokenHash, l.Purpose, l.AccountID, l.Email, millis(l.ExpiresAt))
	return err
}

// UseLink implements forum.Tx.
func (t *tx) UseLink(ctx context.Context, purpose forum.LinkPurpose, hash string, now time.Time) (*forum.Link, error) {
	var row linkRow
	err := t.scan(ctx, &row, "DELETE FROM links WHERE token_hash = ? AND purpose = ? AND expires_at > ? RETURNING *", hash, purpose, millis(now))
	if err != nil {
		return nil, err
	}
	return row.link(), nil
}

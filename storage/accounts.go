package storage

import (
	"context"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type accountRow struct {
	bun.BaseModel `bun:"table:accounts,alias:accounts"`

	ActorID        forum.ID    `bun:"actor_id,pk"`
	Email          string      `bun:"email"`
	EmailKey       string      `bun:"email_key"`
	EmailConfirmed stamp       `bun:"email_confirmed_at"`
	PasswordHash   string      `bun:"password_hash"`
	Role           forum.Role  `bun:"role"`
	Locale         string      `bun:"locale"`
	Theme          forum.Theme `bun:"theme"`
	SendsAtOnce    bool        `bun:"sends_at_once"`
	ApprovedAt     stamp       `bun:"approved_at"`
	Application    string      `bun:"application"`
	SeenAt         stamp       `bun:"seen_at"`
	Unread         int         `bun:"unread"`
}

// accountWithActor is an account joined with its actor.
type accountWithActor struct {
	accountRow `bun:",extend"`
	Actor      actorRow `bun:"embed:actor__"`
	Moderates  bool     `bun:"moderates,scanonly"`
}

func (r *accountWithActor) account() *forum.Account {
	return &forum.Account{
		Actor: r.Actor.actor(), Email: r.Email, EmailConfirmed: r.EmailConfirmed.Time, PasswordHash: r.PasswordHash, Role: r.Role,
		Locale: r.Locale, Theme: r.Theme, SendsAtOnce: r.SendsAtOnce, ApprovedAt: r.ApprovedAt.Time, Application: r.Application, Unread: r.Unread,
		Moderates: r.Moderates,
	}
}

func newAccountRow(a *forum.Account) *accountRow {
	return &accountRow{
		ActorID: a.ID, Email: a.Email, EmailKey: forum.EmailKey(a.Email), EmailConfirmed: at(a.EmailConfirmed), PasswordHash: a.PasswordHash,
		Role: a.Role, Locale: a.Locale, Theme: a.Theme, SendsAtOnce: a.SendsAtOnce, ApprovedAt: at(a.ApprovedAt), Application: a.Application, Unread: a.Unread,
	}
}

// actorColumns selects what lists show of an actor joined as alias into fields
// embedded with the prefix "<alias>__".
func actorColumns(alias string) string {
	columns := ""
	for _, c := range []string{"id", "kind", "group_role", "name", "host", "peer_host", "uri", "url", "display_name", "summary", "summary_source",
		"inbox", "shared_inbox", "outbox", "followers_uri", "featured_uri", "moderators_uri", "icon_url", "icon_small", "banner_url", "locked", "restricted", "local_only", "private", "guest", "imported_from", "emojis", "followers",
		"following", "posts", "created_at", "fetched_at", "suspended_at", "suspended_reason", "deleted_at", "standing"} {
		if columns != "" {
			columns += ", "
		}
		columns += alias + "." + c + " AS " + alias + "__" + c
	}
	return columns
}

var selectAccount = "SELECT accounts.*, " + actorColumns("actor") + `, actor.fields AS actor__fields, actor.also_known_as AS actor__also_known_as, actor.moved_to AS actor__moved_to, actor.moved_at AS actor__moved_at, actor.leaves_at AS actor__leaves_at,
	EXISTS (SELECT 1 FROM moderators WHERE moderators.actor_id = accounts.actor_id) AS moderates
	FROM accounts JOIN actors AS actor ON actor.id = accounts.actor_id `

func (r reader) accountWhere(ctx context.Context, where string, args ...any) (*forum.Account, error) {
	var row accountWithActor
	if err := r.scan(ctx, &row, selectAccount+where, args...); err != nil {
		return nil, err
	}
	return row.account(), nil
}

func (r reader) accountsWhere(ctx context.Context, where string, args ...any) ([]forum.Account, error) {
	var rows []accountWithActor
	if err := r.scan(ctx, &rows, selectAccount+where, args...); err != nil {
		return nil, err
	}
	accounts := make([]forum.Account, len(rows))
	for i := range rows {
		accounts[i] = *rows[i].account()
	}
	return accounts, nil
}

// Account implements forum.Reader.
func (r reader) Account(ctx context.Context, id forum.ID) (*forum.Account, error) {
	return r.accountWhere(ctx, "WHERE accounts.actor_id = ?", id)
}

// AccountByEmail implements forum.Reader.
func (r reader) AccountByEmail(ctx context.Context, emailKey string) (*forum.Account, error) {
	return r.accountWhere(ctx, "WHERE accounts.email_key = ?", emailKey)
}

// AccountByName implements forum.Reader.
func (r reader) AccountByName(ctx context.Context, name string) (*forum.Account, error) {
	return r.accountWhere(ctx, "WHERE actor.name = ? AND actor.host = ''", name)
}

// Admins implements forum.Reader.
func (r reader) Admins(ctx context.Context) ([]forum.Account, error) {
	return r.accountsWhere(ctx, "WHERE accounts.role = 'admin' ORDER BY accounts.actor_id")
}

// PendingAccounts implements forum.PageReader.
func (r reader) PendingAccounts(ctx context.Context) ([]forum.Account, error) {
	return r.accountsWhere(ctx, "WHERE accounts.approved_at = 0 ORDER BY accounts.actor_id LIMIT 200")
}

// Accounts lists local accounts in the order of their names, for the command
// line.
func (r reader) Accounts(ctx context.Context, afterName string, limit int) ([]forum.Account, error) {
	return r.accountsWhere(ctx, "WHERE actor.host = '' AND actor.name > ? ORDER BY actor.name LIMIT ?", afterName, limit)
}

// AddAccount implements forum.Tx.
func (t *tx) AddAccount(ctx context.Context, a *forum.Account, key forum.KeyPair) error {
	if err := t.addLocalActor(ctx, &a.Actor, key); err != nil {
		return err
	}
	row := newAccountRow(a)
	row.SeenAt = at(a.CreatedAt)
	return t.insert(ctx, row, "")
}

// UpdateAccount implements forum.Tx.
func (t *tx) UpdateAccount(ctx context.Context, a *forum.Account) error {
	_, err := t.db.NewUpdate().Model(newAccountRow(a)).WherePK().
		Column("email", "email_key", "email_confirmed_at", "password_hash", "role", "locale", "theme", "sends_at_once", "approved_at", "application").Exec(ctx)
	if isDuplicate(err) {
		return &forum.Error{Code: forum.Conflict, Key: "EmailTaken", Field: "email", Err: err}
	}
	return err
}

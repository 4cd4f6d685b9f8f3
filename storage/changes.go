package storage

import (
	"context"
	"database/sql"
	"strings"

	"github.com/uptrace/bun"
)

// Changes counts what was committed here that visitors or other servers might
// see: it has moved by the time that such a change is acknowledged. Answers that
// were made before it moved must not be given after.
//
// Other processes' changes it counts only as far as their events are heard.
func (s *Store) Changes() uint64 { return s.changes.Load() }

// private are the tables that nothing shown to everybody is read from. Whatever
// else is written counts as a change.
var private = map[string]bool{
	"received": true, "outgoing": true, "outgoing_payloads": true, "deliveries": true, "peers": true, // work with other servers
	"visits": true, "sessions": true, "access_tokens": true, "devices": true, "app_pushes": true, "challenges": true, // whom one is to this server
	"notifications": true, "notification_groups": true, "notification_settings": true, "drafts": true, "thread_follows": true, // one's own
}

// privateUpdates are the updates of other tables that nobody else sees.
var privateUpdates = []string{"UPDATE accounts SET unread ", "UPDATE accounts SET seen_at "}

// visible says whether a statement changes what others may see. It is true of
// whatever it does not recognise.
func visible(query string) bool {
	query = strings.TrimSpace(query)
	for _, verb := range []string{"SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM "} {
		rest, found := strings.CutPrefix(query, verb)
		if !found {
			continue
		}
		if verb == "SELECT " {
			return false
		}
		for _, known := range privateUpdates {
			if strings.HasPrefix(query, known) {
				return false
			}
		}
		name := rest
		if i := strings.IndexAny(rest, " \t\n("); i >= 0 {
			name = rest[:i]
		}
		return !private[strings.Trim(name, `"`)]
	}
	return true
}

// noting is a transaction that notes whether it changes what others may see. All
// that is written in a transaction goes through one of these methods; jobs are
// queued around them, and change nothing until they are done.
type noting struct {
	bun.Tx
	visible *bool
}

func (n noting) note(query string) { *n.visible = *n.visible || visible(query) }

// NewRaw implements bun.IDB.
func (n noting) NewRaw(query string, args ...any) *bun.RawQuery {
	n.note(query)
	return n.Tx.NewRaw(query, args...)
}

// NewInsert implements bun.IDB.
func (n noting) NewInsert() *bun.InsertQuery {
	*n.visible = true
	return n.Tx.NewInsert()
}

// NewUpdate implements bun.IDB.
func (n noting) NewUpdate() *bun.UpdateQuery {
	*n.visible = true
	return n.Tx.NewUpdate()
}

// NewDelete implements bun.IDB.
func (n noting) NewDelete() *bun.DeleteQuery {
	*n.visible = true
	return n.Tx.NewDelete()
}

// NewMerge implements bun.IDB.
func (n noting) NewMerge() *bun.MergeQuery {
	*n.visible = true
	return n.Tx.NewMerge()
}

// ExecContext implements bun.IDB.
func (n noting) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	n.note(query)
	return n.Tx.ExecContext(ctx, query, args...)
}

// QueryContext implements bun.IDB.
func (n noting) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	n.note(query)
	return n.Tx.QueryContext(ctx, query, args...)
}

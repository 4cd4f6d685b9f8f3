package storage

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"portevoix/forum"
)

// reader holds the reads, which are the same inside and outside a transaction.
type reader struct {
	db     bun.IDB
	driver Driver
}

// tx implements forum.Tx.
type tx struct {
	reader
	sql    *sql.Tx
	jobs   *jobs
	commit Commit
	events []forum.Event // to be told of after the commit
}

var _ forum.Tx = (*tx)(nil)

// exec runs a statement and returns how many rows it changed.
func (r reader) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := r.raw(query, args...).Exec(ctx)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// scan runs a query into dest, and leaves out what the reader of the context may
// not read; no row is NotFound.
func (r reader) scan(ctx context.Context, dest any, query string, args ...any) error {
	if err := r.raw(query, args...).Scan(ctx, dest); err != nil {
		return translate(err)
	}
	return r.guard(ctx, dest)
}

// exists says whether a query finds a row.
func (r reader) exists(ctx context.Context, query string, args ...any) (bool, error) {
	var n int
	err := r.raw("SELECT 1 WHERE EXISTS ("+query+")", args...).Scan(ctx, &n)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return n == 1, err
}

// isDuplicate recognises a unique constraint that refused a row.
func isDuplicate(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23505"
	}
	return false
}

// Enqueue implements forum.Tx.
func (t *tx) Enqueue(ctx context.Context, job forum.Job) error {
	return t.jobs.enqueue(ctx, t.sql, job, time.Time{})
}

// EnqueueAt implements forum.Tx.
func (t *tx) EnqueueAt(ctx context.Context, job forum.Job, when time.Time) error {
	return t.jobs.enqueue(ctx, t.sql, job, when)
}

// Remember implements forum.Tx.
func (t *tx) Remember(ctx context.Context, key string, when time.Time) (bool, error) {
	n, err := t.exec(ctx, "INSERT INTO received (activity, received_at) VALUES (?, ?) ON CONFLICT DO NOTHING", key, millis(when))
	return n == 1, err
}

// Forget implements forum.Tx.
func (t *tx) Forget(ctx context.Context, key string) error {
	_, err := t.exec(ctx, "DELETE FROM received WHERE activity = ?", key)
	return err
}

// Received says whether an activity was applied before. It is a hint that
// spares work; only Remember decides.
func (s *Store) Received(ctx context.Context, key string) (bool, error) {
	return s.exists(ctx, "SELECT 1 FROM received WHERE activity = ?", key)
}

// Bury implements forum.Tx.
func (t *tx) Bury(ctx context.Context, uri string, when time.Time) error {
	_, err := t.exec(ctx, "INSERT INTO tombstones (uri, deleted_at) VALUES (?, ?) ON CONFLICT DO NOTHING", uri, millis(when))
	return err
}

// Tombstoned implements forum.Reader.
func (r reader) Tombstoned(ctx context.Context, uri string) (bool, error) {
	return r.exists(ctx, "SELECT 1 FROM tombstones WHERE uri = ?", uri)
}

package storage

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"slices"

	"modernc.org/sqlite"
)

// SQLite takes longer to read a statement than to carry most of them out, so each
// connection keeps those that it read, by their text. (On PostgreSQL, pgx does.)

// keptStatements bounds how many a connection keeps: some hundred, of a few
// kilobytes each.
const keptStatements = 150

// keptArguments is the most arguments that a statement may have to be kept: those
// with long lists seldom come twice with the same length.
const keptArguments = 80

// openKeeping is a connector for SQLite whose connections keep their statements.
func openKeeping(dsn string) (driver.Connector, error) {
	c, err := sqlite.NewConnector(dsn)
	return keepingConnector{c}, err
}

type keepingConnector struct{ driver.Connector }

// Connect implements driver.Connector.
func (k keepingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	whole, ok := c.(sqliteConn)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lacks an interface"), c.Close())
	}
	return &keepingConn{sqliteConn: whole, kept: map[string]*keptStatement{}}, nil
}

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type sqliteStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keepingConn is a connection that keeps statements. Like any, it is used by one
// goroutine at a time.
type keepingConn struct {
	sqliteConn
	kept  map[string]*keptStatement
	clock uint64
}

type keptStatement struct {
	sqliteStatement
	used uint64 // when, by the connection's clock
	busy bool   // its rows are being read
}

// Unwrap returns the driver's own connection, for its functions.
func (c *keepingConn) Unwrap() driver.Conn { return c.sqliteConn }

// statement returns a statement that is kept from now on, or nil when it is not
// one to keep.
func (c *keepingConn) statement(ctx context.Context, query string, args []driver.NamedValue) (*keptStatement, error) {
	if (len(args) == 0 && !savepoints[query]) || len(args) > keptArguments {
		return nil, nil
	}
	c.clock++
	if s := c.kept[query]; s != nil {
		if s.busy {
			return nil, nil
		}
		s.used = c.clock
		return s, nil
	}
	if err := c.makeRoom(); err != nil {
		return nil, err
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	whole, ok := prepared.(sqliteStatement)
	if !ok {
		return nil, prepared.Close()
	}
	s := &keptStatement{sqliteStatement: whole, used: c.clock}
	c.kept[query] = s
	return s, nil
}

// savepoints are the statements without arguments that come all the time.
var savepoints = map[string]bool{"SAVEPOINT one": true, "RELEASE one": true, "ROLLBACK TO one": true}

// makeRoom lets go of the tenth that was used longest ago, once too many are kept.
func (c *keepingConn) makeRoom() error {
	if len(c.kept) < keptStatements {
		return nil
	}
	times := make([]uint64, 0, len(c.kept))
	for _, s := range c.kept {
		times = append(times, s.used)
	}
	slices.Sort(times)
	var errs []error
	for query, s := range c.kept {
		if s.used <= times[len(times)/10] && !s.busy {
			errs = append(errs, s.Close())
			delete(c.kept, query)
		}
	}
	return errors.Join(errs...)
}

// ExecContext implements driver.ExecerContext.
func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query, args)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	return s.ExecContext(ctx, args)
}

// QueryContext implements driver.QueryerContext.
func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query, args)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &keptRows{Rows: rows, of: s}, nil
}

// Close lets go of what is kept, then of the connection.
func (c *keepingConn) Close() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.Close())
	}
	clear(c.kept)
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// keptRows give their statement back when they are closed.
type keptRows struct {
	driver.Rows
	of *keptStatement
}

// Close implements driver.Rows.
func (r *keptRows) Close() error {
	if r.of == nil {
		return nil
	}
	r.of.busy, r.of = false, nil
	return r.Rows.Close()
}

// Next implements driver.Rows.
func (r *keptRows) Next(dest []driver.Value) error {
	if r.of == nil {
		return io.EOF
	}
	return r.Rows.Next(dest)
}

package storage

import (
	"strings"

	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// Text is stored and looked for without NUL characters: PostgreSQL has none,
// and bun turns a statement with one into a syntax error, which would look like
// our fault to whoever sent it and make servers send it again for ever.

type sqliteText struct{ *sqlitedialect.Dialect }

// AppendString implements schema.Dialect.
func (d sqliteText) AppendString(b []byte, s string) []byte {
	return d.Dialect.AppendString(b, withoutNUL(s))
}

type postgresText struct{ *pgdialect.Dialect }

// AppendString implements schema.Dialect.
func (d postgresText) AppendString(b []byte, s string) []byte {
	return d.Dialect.AppendString(b, withoutNUL(s))
}

func withoutNUL(s string) string { return strings.ReplaceAll(s, "\x00", "") }

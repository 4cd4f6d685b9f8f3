package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"reflect"
	"strings"
	"sync"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// bun writes values into the text of a statement. On SQLite they go beside it
// instead, so that the text is always the same and its statement can be kept:
// of whatever is written in SQL, through raw, and of rows, through find and
// insert.

// raw is a query with its arguments.
func (r reader) raw(query string, args ...any) *bun.RawQuery {
	if r.driver == SQLite && len(args) > 0 {
		if text, values, ok := bind(query, args); ok {
			return r.db.NewRaw(text).Conn(arguments{plain(r.db), values})
		}
	}
	return r.db.NewRaw(query, args...)
}

// plain is the connection below bun's.
func plain(db bun.IDB) bun.IConn {
	switch db := db.(type) {
	case *bun.DB:
		return db.DB
	case bun.Tx:
		return db.Tx
	case noting:
		return db.Tx.Tx
	case bun.Conn:
		return db.Conn
	}
	return db
}

// arguments adds to a statement what bun does not know of.
type arguments struct {
	bun.IConn
	values []any
}

// QueryContext implements bun.IConn.
func (a arguments) QueryContext(ctx context.Context, query string, _ ...any) (*sql.Rows, error) {
	return a.IConn.QueryContext(ctx, query, a.values...)
}

// ExecContext implements bun.IConn.
func (a arguments) ExecContext(ctx context.Context, query string, _ ...any) (sql.Result, error) {
	return a.IConn.ExecContext(ctx, query, a.values...)
}

// list is the values of an IN (?).
type list struct {
	bun.ListValues
	slice any
}

func listOf(slice any) list { return list{bun.List(slice), slice} }

// bind makes values for the driver of arguments for bun; lists become as many.
// It returns false for what only bun can write: names, parts of statements.
func bind(query string, args []any) (text string, values []any, ok bool) {
	if strings.Contains(query, `\?`) || strings.Count(query, "?") != len(args) {
		return "", nil, false
	}
	values = make([]any, 0, len(args))
	var b strings.Builder
	rest := query
	for i, arg := range args {
		if l, isList := arg.(list); isList {
			before, after, _ := cutPlaceholder(rest, i-placeholders(query, rest))
			b.WriteString(before)
			rest = after
			slice := reflect.ValueOf(l.slice)
			for j := range slice.Len() {
				v, ok := bound(slice.Index(j).Interface())
				if !ok {
					return "", nil, false
				}
				if j > 0 {
					b.WriteString(", ")
				}
				b.WriteByte('?')
				values = append(values, v)
			}
			if slice.Len() == 0 {
				b.WriteString("NULL")
			}
			continue
		}
		v, ok := bound(arg)
		if !ok {
			return "", nil, false
		}
		values = append(values, v)
	}
	b.WriteString(rest)
	return b.String(), values, true
}

// placeholders is how many of query's are no longer in rest.
func placeholders(query, rest string) int {
	return strings.Count(query[:len(query)-len(rest)], "?")
}

// cutPlaceholder cuts s around its nth placeholder.
func cutPlaceholder(s string, n int) (before, after string, found bool) {
	at := 0
	for i := range len(s) {
		if s[i] == '?' {
			if at == n {
				return s[:i], s[i+1:], true
			}
			at++
		}
	}
	return s, "", false
}

// bound is a value for the driver; false when it is none.
func bound(v any) (any, bool) {
	switch v := v.(type) {
	case nil, bool, int64, float64:
		return v, true
	case int:
		return int64(v), true
	case string:
		return withoutNUL(v), true
	case []byte:
		if v == nil {
			return nil, true
		}
		return v, true
	case schema.QueryAppender:
		return nil, false
	case driver.Valuer:
		value, err := v.Value()
		if err != nil {
			return nil, false
		}
		if _, again := value.(driver.Valuer); again {
			return nil, false
		}
		return bound(value)
	}
	value := reflect.ValueOf(v)
	switch value.Kind() {
	case reflect.Bool:
		return value.Bool(), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return value.Int(), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return int64(value.Uint()), true
	case reflect.Float32, reflect.Float64:
		return value.Float(), true
	case reflect.String:
		return withoutNUL(value.String()), true
	default:
		return nil, false
	}
}

// tables remember how the rows of a type are read and written.
var tables sync.Map // reflect.Type to *table

type table struct {
	fields   []*schema.Field
	selected string // SELECT … FROM …
	inserted string // INSERT INTO … VALUES (…)
}

func (r reader) table(row reflect.Type) *table {
	key := [2]any{row, r.driver}
	if known, ok := tables.Load(key); ok {
		return known.(*table)
	}
	meta := r.db.Dialect().Tables().Get(row)
	t := &table{fields: meta.Fields}
	var columns, read, marks []string
	for _, f := range meta.Fields {
		columns = append(columns, string(f.SQLName))
		read = append(read, string(meta.SQLAlias)+"."+string(f.SQLName))
		marks = append(marks, "?")
	}
	t.selected = "SELECT " + strings.Join(read, ", ") + " FROM " + string(meta.SQLName) + " AS " + string(meta.SQLAlias) + " "
	t.inserted = "INSERT INTO " + string(meta.SQLName) + " AS " + string(meta.SQLAlias) + " (" + strings.Join(columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
	tables.Store(key, t)
	return t
}

// find reads rows of a model into dest, a pointer to one or to a slice of them;
// tail is what follows FROM. No row for one is NotFound.
func (r reader) find(ctx context.Context, dest any, tail string, args ...any) error {
	row := reflect.TypeOf(dest).Elem()
	if row.Kind() == reflect.Slice {
		row = row.Elem()
	}
	return r.scan(ctx, dest, r.table(row).selected+tail, args...)
}

// insert writes a row of a model; tail is what follows VALUES.
func (r reader) insert(ctx context.Context, row any, tail string) error {
	value := reflect.ValueOf(row).Elem()
	t := r.table(value.Type())
	args := make([]any, len(t.fields))
	for i, f := range t.fields {
		args[i] = f.Value(value).Interface()
	}
	_, err := r.exec(ctx, t.inserted+tail, args...)
	return err
}

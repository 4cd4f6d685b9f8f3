package storage

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

// TestBind holds what becomes of a query with its arguments.
func TestBind(t *testing.T) {
	for _, c := range []struct {
		query string
		args  []any
		text  string // "" when only bun can write it
		want  string
	}{
		{"a = ? AND b = ?", []any{forum.ID(7), "x\x00y"}, "a = ? AND b = ?", "[7 xy]"},
		{"a IN (?) AND b = ? AND c IN (?)", []any{listOf([]forum.ID{1, 2}), true, listOf([]string{"x"})}, "a IN (?, ?) AND b = ? AND c IN (?)", "[1 2 true x]"},
		{"b = ? AND a IN (?)", []any{stamp{}, listOf([]int{})}, "b = ? AND a IN (NULL)", "[0]"},
		{"DELETE FROM ? WHERE a = ?", []any{bun.Ident("t"), 1}, "", "[]"},
		{"a = ?", []any{struct{ A int }{1}}, "", "[]"},
		{"a = ?0 AND b = ?0", []any{1}, "", "[]"},
	} {
		text, values, ok := bind(c.query, c.args)
		if ok != (c.text != "") || text != c.text || fmt.Sprint(values) != c.want {
			t.Errorf("%s %v becomes %q %v", c.query, c.args, text, values)
		}
	}
}

// TestKeptStatements reads with the same statement while its rows are open, after
// the table has changed, and with more statements than are kept.
func TestKeptStatements(t *testing.T) {
	connector, err := openKeeping(sqliteDSN(filepath.Join(t.TempDir(), "kept.db"), "OFF", false))
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	db.SetMaxOpenConns(1)
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE n (n INTEGER PRIMARY KEY)")
	for i := range 5 {
		exec("INSERT INTO n (n) VALUES (?)", i)
	}
	sum := func(depth int) int {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		var walk func(depth int) int
		walk = func(depth int) int {
			rows, err := tx.Query("SELECT * FROM n WHERE n < ? ORDER BY n", 5)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			all := 0
			for rows.Next() {
				var n int
				if err := rows.Scan(&n); err != nil {
					t.Fatal(err)
				}
				all += n
				if depth > 0 {
					all += walk(depth - 1)
				}
			}
			return all
		}
		return walk(depth)
	}
	if got := sum(1); got != 60 {
		t.Errorf("nested reads add up to %d", got)
	}
	for i := range 3 * keptStatements {
		exec(fmt.Sprintf("UPDATE n SET n = n WHERE n = ? + %d", i), 1)
	}
	exec("DELETE FROM n WHERE n = ?", 4)
	if got := sum(0); got != 6 {
		t.Errorf("after a change reads add up to %d", got)
	}
	exec("ALTER TABLE n ADD COLUMN m INTEGER")
	rows, err := db.Query("SELECT * FROM n WHERE n < ? ORDER BY n", 5)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if columns, err := rows.Columns(); err != nil || len(columns) != 2 {
		t.Errorf("after a change of the table: %v %v", columns, err)
	}
}

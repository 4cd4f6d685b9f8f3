// Package storagetest opens empty databases for tests, on SQLite and on
// PostgreSQL, and removes them afterwards.
//
// Nothing here is linked into the program.
package storagetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/storage"
)

// defaultPostgres is the server that development machines and CI have.
const defaultPostgres = "postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable"

// Skip skips a test that needs what a bare machine lacks; with CI=true it fails
// instead, because there nothing may be left out.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI=true: "+format, args...)
	}
	t.Skipf(format, args...)
}

// templates are an empty, migrated database of each kind, which Open copies: to
// copy takes a small part of the time that all migrations take.
var templates struct {
	sqlite   func() ([]byte, error) // the file
	postgres func() (string, error) // the name of a database
	drop     []func()
}

func init() {
	templates.sqlite = sync.OnceValues(sqliteTemplate)
	templates.postgres = sync.OnceValues(postgresTemplate)
}

// Main runs the tests of a package that opens stores, and removes what they
// shared. Such a package calls it from its TestMain.
func Main(m *testing.M) {
	code := m.Run()
	for _, drop := range templates.drop {
		drop()
	}
	os.Exit(code)
}

func sqliteTemplate() ([]byte, error) {
	dir, err := os.MkdirTemp("", "portevoix-template")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrate(storage.Options{Driver: storage.SQLite, DSN: path, Synchronous: "OFF"}); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func postgresTemplate() (string, error) {
	admin, err := sql.Open("pgx", server())
	if err != nil {
		return "", err
	}
	name := databaseName()
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		return "", err
	}
	templates.drop = append(templates.drop, func() {
		_, _ = admin.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
		_ = admin.Close()
	})
	dsn, err := address(name)
	if err != nil {
		return "", err
	}
	return name, migrate(storage.Options{Driver: storage.Postgres, DSN: dsn})
}

// migrate brings an empty database up to date and closes it.
func migrate(o storage.Options) error {
	s, err := storage.Open(context.Background(), o)
	if err != nil {
		return err
	}
	_, err = s.Migrate(context.Background())
	return errors.Join(err, s.Close())
}

// server is where the tests' PostgreSQL is: PORTEVOIX_TEST_POSTGRES, by default
// the one on this machine.
func server() string {
	if dsn := os.Getenv("PORTEVOIX_TEST_POSTGRES"); dsn != "" {
		return dsn
	}
	return defaultPostgres
}

// address is the DSN of a database on that server.
func address(database string) (string, error) {
	u, err := url.Parse(server())
	if err != nil {
		return "", err
	}
	u.Path = "/" + database
	return u.String(), nil
}

func databaseName() string { return fmt.Sprintf("portevoix_test_%d", rand.Int64()) }

// PostgresDSN makes an empty PostgreSQL database, and drops it at the end of the
// test. Without a server the test is skipped.
func PostgresDSN(t testing.TB) string {
	t.Helper()
	return postgresDSN(t, func() (string, error) { return "template1", nil })
}

func postgresDSN(t testing.TB, template func() (string, error)) string {
	t.Helper()
	admin, err := sql.Open("pgx", server())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := admin.PingContext(ctx); err != nil {
		Skip(t, "needs PostgreSQL at %s (set PORTEVOIX_TEST_POSTGRES): %v", server(), err)
	}
	from, err := template()
	if err != nil {
		t.Fatal(err)
	}
	name := databaseName()
	if _, err := admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	dsn, err := address(name)
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

// WriteSQLite makes the file of an empty, migrated SQLite database.
func WriteSQLite(t testing.TB, path string) {
	t.Helper()
	template, err := templates.sqlite()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, template, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Open returns an empty, migrated store, closed at the end of the test.
func Open(t testing.TB, driver storage.Driver) *storage.Store {
	t.Helper()
	return OpenWith(t, driver, nil)
}

// OpenWith is Open with a clock.
func OpenWith(t testing.TB, driver storage.Driver, clock forum.Clock) *storage.Store {
	t.Helper()
	return OpenOptions(t, storage.Options{Driver: driver, Clock: clock})
}

// OpenOptions is Open with whatever else a test needs; where the data is, is
// chosen here.
func OpenOptions(t testing.TB, o storage.Options) *storage.Store {
	t.Helper()
	o.Synchronous = "OFF"
	if o.Driver == storage.Postgres {
		o.DSN = postgresDSN(t, templates.postgres)
	} else {
		o.DSN = filepath.Join(t.TempDir(), "portevoix.db")
		WriteSQLite(t, o.DSN)
	}
	s, err := storage.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

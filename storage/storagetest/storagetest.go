// Package storagetest opens empty databases for tests, on SQLite and on
// PostgreSQL, and removes them afterwards.
//
// Nothing here is linked into the program.
package storagetest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
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

// PostgresDSN makes an empty PostgreSQL database, and drops it at the end of the
// test. Its server is PORTEVOIX_TEST_POSTGRES, by default the one on this
// machine; without one the test is skipped.
func PostgresDSN(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv("PORTEVOIX_TEST_POSTGRES")
	if dsn == "" {
		dsn = defaultPostgres
	}
	admin, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := admin.PingContext(ctx); err != nil {
		_ = admin.Close()
		Skip(t, "needs PostgreSQL at %s (set PORTEVOIX_TEST_POSTGRES): %v", dsn, err)
	}
	name := fmt.Sprintf("portevoix_test_%d", rand.Int64())
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
		_ = admin.Close()
	})
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
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
		o.DSN = PostgresDSN(t)
	} else {
		o.DSN = filepath.Join(t.TempDir(), "portevoix.db")
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
	if _, err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

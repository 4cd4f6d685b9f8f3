package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/migrate"

	"portevoix/forum"
	"portevoix/storage/migrations"
)

// Driver names a database.
type Driver string

// The databases.
const (
	SQLite   Driver = "sqlite"
	Postgres Driver = "postgres"
)

// Options say where the data is.
type Options struct {
	Driver Driver
	// DSN is the file for SQLite, a connection string for PostgreSQL.
	DSN string
	// Synchronous is SQLite's pragma: FULL (the default) survives a power cut,
	// NORMAL a crash of the process only.
	Synchronous string
	// Shelf is where files are swept away that nothing shows any more.
	Shelf  forum.Shelf
	Logger *slog.Logger // default: none
	Clock  forum.Clock  // default: forum.SystemClock
}

// Store implements forum.Store, and the queue that federation delivers from. It
// is safe for concurrent use.
type Store struct {
	reader
	driver   Driver
	writing  *bun.DB // one connection on SQLite
	reading  *bun.DB
	writer   *writer // SQLite only
	jobs     *jobs
	logger   *slog.Logger
	clock    forum.Clock
	shelf    forum.Shelf
	changes  atomic.Uint64
	mu       sync.Mutex
	onCommit []func(Commit)
	onEvents []func([]forum.Event)
	shared   *shared // PostgreSQL only, once events are shared
}

// Commit says what a transaction that just became durable set in motion.
type Commit struct {
	Deliveries bool // something is to be delivered to other servers
}

var _ forum.Store = (*Store)(nil)

// Open connects to the database. It changes nothing in it: call Migrate before
// use, and Close at the end.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = forum.SystemClock{}
	}
	s := &Store{driver: o.Driver, logger: o.Logger, clock: o.Clock, shelf: o.Shelf}
	var err error
	switch o.Driver {
	case SQLite:
		err = s.openSQLite(o)
	case Postgres:
		err = s.openPostgres(o)
	default:
		err = fmt.Errorf("unknown driver %q", o.Driver)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := s.writing.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("reach database: %w", err), s.Close())
	}
	s.reader = reader{db: s.reading, driver: o.Driver}
	if s.jobs, err = newJobs(s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openSQLite opens one connection that writes and a pool that only reads:
// SQLite has a single writer, and readers never wait for it in WAL mode.
func (s *Store) openSQLite(o Options) error {
	if err := os.MkdirAll(filepath.Dir(o.DSN), 0o700); err != nil {
		return err
	}
	if o.Synchronous == "" {
		o.Synchronous = "FULL"
	}
	writing, err := openKeeping(sqliteDSN(o.DSN, o.Synchronous, false))
	if err != nil {
		return err
	}
	readOnly, err := openKeeping(sqliteDSN(o.DSN, o.Synchronous, true))
	if err != nil {
		return err
	}
	write, read := sql.OpenDB(writing), sql.OpenDB(readOnly)
	write.SetMaxOpenConns(1)
	readers := max(4, 2*runtime.NumCPU())
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	s.writing = bun.NewDB(write, sqliteText{sqlitedialect.New()}).WithQueryHook(counter{})
	s.reading = bun.NewDB(read, sqliteText{sqlitedialect.New()}).WithQueryHook(counter{})
	s.writer = newWriter(s.writing)
	return nil
}

// sqliteDSN sets the pragmas in the order in which they must be: waiting for
// locks first, because switching to WAL takes one.
func sqliteDSN(file, synchronous string, readOnly bool) string {
	// The system keeps the file's pages too: readers need no large caches of their own.
	cache := "cache_size(-16000)"
	if readOnly {
		cache = "cache_size(-4000)"
	}
	q := url.Values{"_pragma": {
		"busy_timeout(10000)",
		"journal_mode(WAL)",
		"journal_size_limit(67108864)",
		cache,
		"foreign_keys(ON)",
		"temp_store(MEMORY)",
		"synchronous(" + synchronous + ")",
	}}
	if readOnly {
		q.Add("_pragma", "query_only(ON)")
	} else {
		q.Set("_txlock", "immediate")
	}
	return "file:" + (&url.URL{Path: file}).EscapedPath() + "?" + q.Encode()
}

// openPostgres makes two pools of connections. A transaction may read beside
// itself, a key to sign with say: with one pool, and all of it taken by transactions
// that wait for this one, it would never end.
func (s *Store) openPostgres(o Options) error {
	connect := func() (*bun.DB, error) {
		db, err := sql.Open("pgx", o.DSN)
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(max(6, 2*runtime.NumCPU()))
		db.SetMaxIdleConns(6)
		db.SetConnMaxIdleTime(5 * time.Minute)
		return bun.NewDB(db, postgresText{pgdialect.New()}).WithQueryHook(counter{}), nil
	}
	var err error
	if s.writing, err = connect(); err != nil {
		return err
	}
	s.reading, err = connect()
	return err
}

// Close waits for writes that were begun and closes the database. On SQLite the
// write-ahead log is folded into the file.
func (s *Store) Close() error {
	var errs []error
	if s.shared != nil {
		s.shared.stop()
	}
	if s.writer != nil {
		s.writer.stop()
		_, err := s.writing.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
		errs = append(errs, err)
	}
	if s.reading != nil {
		errs = append(errs, s.reading.Close())
	}
	if s.writing != nil {
		errs = append(errs, s.writing.Close())
	}
	return errors.Join(errs...)
}

// OnCommit calls f after every transaction that set something in motion. f must
// not block.
func (s *Store) OnCommit(f func(Commit)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onCommit = append(s.onCommit, f)
}

// Write implements forum.Store.
func (s *Store) Write(ctx context.Context, change func(context.Context, forum.Tx) error) error {
	var commit Commit
	var events []forum.Event
	var visible bool
	run := func(ctx context.Context, btx bun.Tx) error {
		visible = false
		t := &tx{reader: reader{db: noting{Tx: btx, visible: &visible}, driver: s.driver}, sql: btx.Tx, jobs: s.jobs}
		err := change(ctx, t)
		commit, events = t.commit, t.events
		return err
	}
	var err error
	if s.writer != nil {
		err = s.writer.write(ctx, run)
	} else {
		err = s.writePostgres(ctx, run)
	}
	if visible { // even after an error: whether a commit failed is not always known
		s.changes.Add(1)
	}
	if err != nil {
		return err
	}
	if commit != (Commit{}) {
		s.mu.Lock()
		callbacks := s.onCommit
		s.mu.Unlock()
		for _, f := range callbacks {
			f(commit)
		}
	}
	if len(events) > 0 {
		s.happened(events)
	}
	return nil
}

// CountQueries returns a context whose statements are counted in n, for
// measurements: what one page costs, whatever the server does meanwhile by itself.
func CountQueries(ctx context.Context, n *atomic.Int64) context.Context {
	return context.WithValue(ctx, countedQueries{}, n)
}

// countedQueries is the key of a context's count of statements.
type countedQueries struct{}

// counter counts statements for who asked for it by CountQueries.
type counter struct{}

// BeforeQuery implements bun.QueryHook.
func (counter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery implements bun.QueryHook.
func (counter) AfterQuery(ctx context.Context, _ *bun.QueryEvent) {
	if n, ok := ctx.Value(countedQueries{}).(*atomic.Int64); ok {
		n.Add(1)
	}
}

// Migrate brings the schema up to date and returns the names of the migrations
// that were applied. Several processes may call it at once.
func (s *Store) Migrate(ctx context.Context) ([]string, error) {
	dir, err := fs.Sub(migrations.Files(), string(s.driver))
	if err != nil {
		return nil, err
	}
	list := migrate.NewMigrations()
	if err := list.Discover(dir); err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	unlock, err := s.lockMigrations(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	m := migrate.NewMigrator(s.writing, list, migrate.WithMarkAppliedOnSuccess(true))
	if err := m.Init(ctx); err != nil {
		return nil, fmt.Errorf("prepare migrations: %w", err)
	}
	group, err := m.Migrate(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	var names []string
	for _, a := range group.Migrations {
		names = append(names, a.Name+"_"+a.Comment)
	}
	more, err := s.jobs.migrate(ctx)
	return append(names, more...), err
}

// lockMigrations keeps other processes out on PostgreSQL; on SQLite the file's
// own lock does.
func (s *Store) lockMigrations(ctx context.Context) (unlock func(), err error) {
	if s.driver != Postgres {
		return func() {}, nil
	}
	conn, err := s.writing.Conn(ctx)
	if err != nil {
		return nil, err
	}
	const key = 7_303_014_825_309_184 // any number that is ours alone
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("SELECT pg_advisory_lock(%d)", key)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf("SELECT pg_advisory_unlock(%d)", key))
		_ = conn.Close()
	}, nil
}

// Pending lists the migrations that Migrate would apply.
func (s *Store) Pending(ctx context.Context) ([]string, error) {
	dir, err := fs.Sub(migrations.Files(), string(s.driver))
	if err != nil {
		return nil, err
	}
	list := migrate.NewMigrations()
	if err := list.Discover(dir); err != nil {
		return nil, err
	}
	m := migrate.NewMigrator(s.writing, list)
	applied, err := m.MigrationsWithStatus(ctx)
	if err != nil {
		if strings.Contains(err.Error(), "bun_migrations") { // no table yet: a new database
			applied = list.Sorted()
		} else {
			return nil, err
		}
	}
	var names []string
	for _, a := range applied.Unapplied() {
		names = append(names, a.Name+"_"+a.Comment)
	}
	return names, nil
}

// translate turns database errors into domain errors: no row is NotFound.
func translate(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return err
}

package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
)

// writer is SQLite's single writer. Changes that arrive while a commit is being
// flushed to disk wait together and share the next one: each runs in its own
// savepoint, so that one that fails takes nothing of the others along, and all
// are answered after the common commit. The flush is what durability costs; the
// more writers, the less each pays.
type writer struct {
	db      *bun.DB
	queue   chan *write
	done    chan struct{}
	closing sync.RWMutex // held for reading while a write is handed over
	closed  bool
}

type write struct {
	ctx    context.Context
	run    func(context.Context, bun.Tx) error
	result chan error
}

// maxBatch bounds how many changes share a commit, and so how long the first of
// them waits.
const maxBatch = 128

var errClosed = errors.New("the store is closed")

func newWriter(db *bun.DB) *writer {
	w := &writer{db: db, queue: make(chan *write, maxBatch), done: make(chan struct{})}
	go w.loop()
	return w
}

// stop finishes what was handed over and refuses the rest.
func (w *writer) stop() {
	w.closing.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.closing.Unlock()
	<-w.done
}

// write runs a change and returns after it is durable, or its error. Once
// handed over, it is carried through even when ctx ends: the caller would not
// know otherwise whether it happened.
func (w *writer) write(ctx context.Context, run func(context.Context, bun.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	one := &write{ctx: context.WithoutCancel(ctx), run: run, result: make(chan error, 1)}
	w.closing.RLock()
	if w.closed {
		w.closing.RUnlock()
		return errClosed
	}
	w.queue <- one
	w.closing.RUnlock()
	return <-one.result
}

func (w *writer) loop() {
	defer close(w.done)
	for first := range w.queue {
		batch := []*write{first}
	fill:
		for len(batch) < maxBatch {
			select {
			case next, ok := <-w.queue:
				if !ok {
					break fill
				}
				batch = append(batch, next)
			default:
				break fill
			}
		}
		w.commit(batch)
	}
}

// commit runs a batch in one transaction and answers each of its changes.
func (w *writer) commit(batch []*write) {
	ctx := context.Background()
	results := make([]error, len(batch))
	err := func() error {
		tx, err := w.db.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		for i, one := range batch {
			if results[i], err = inSavepoint(tx, one); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		return tx.Commit()
	}()
	for i, one := range batch {
		if err != nil {
			results[i] = errors.Join(results[i], fmt.Errorf("commit: %w", err))
		}
		one.result <- results[i]
	}
}

// inSavepoint runs one change. The first result is the change's own error, after
// which nothing of it remains; the second means that the whole transaction is
// lost.
func inSavepoint(tx bun.Tx, one *write) (result, fatal error) {
	if _, err := tx.ExecContext(one.ctx, "SAVEPOINT one"); err != nil {
		return nil, err
	}
	result = func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic in a transaction: %v", p)
			}
		}()
		return one.run(one.ctx, tx)
	}()
	if result != nil {
		if _, err := tx.ExecContext(one.ctx, "ROLLBACK TO one"); err != nil {
			return result, err
		}
	}
	_, err := tx.ExecContext(one.ctx, "RELEASE one")
	return result, err
}

// writePostgres runs a change in a transaction of its own, again when it lost
// against another one; after a pause of random length, so that the two do not
// meet again.
func (s *Store) writePostgres(ctx context.Context, run func(context.Context, bun.Tx) error) error {
	const (
		attempts = 8
		pause    = 20 * time.Millisecond // at most, the first time
	)
	var err error
	for i := range attempts {
		err = s.writing.RunInTx(context.WithoutCancel(ctx), &sql.TxOptions{}, run)
		if !lostRace(err) {
			return err
		}
		select {
		case <-time.After(rand.N(pause << i)):
		case <-ctx.Done():
			return err
		}
	}
	return err
}

// lostRace recognises serialization_failure and deadlock_detected.
func lostRace(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "40001" || pg.Code == "40P01")
}

package storage

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

// snapshot runs reads that must agree with each other: all of them see the data
// as it was at one moment. On SQLite any transaction in WAL mode does; on
// PostgreSQL each statement sees its own moment unless the reads are repeatable.
// They hold one connection of the pool until read returns.
func (s *Store) snapshot(ctx context.Context, read func(ctx context.Context, r reader) error) error {
	var options *sql.TxOptions
	if s.driver == Postgres {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return s.reading.RunInTx(ctx, options, func(ctx context.Context, btx bun.Tx) error {
		return read(ctx, reader{db: btx, driver: s.driver})
	})
}

// ThreadWithReplies implements forum.PageReader.
func (s *Store) ThreadWithReplies(ctx context.Context, q forum.ReplyQuery) (*forum.ThreadView, forum.ReplyPage, error) {
	var thread *forum.ThreadView
	var replies forum.ReplyPage
	err := s.snapshot(ctx, func(ctx context.Context, r reader) (err error) {
		if thread, err = r.ThreadView(ctx, q.ThreadID, q.Viewer); err != nil {
			return err
		}
		replies, err = r.replies(ctx, q)
		return err
	})
	return thread, replies, err
}

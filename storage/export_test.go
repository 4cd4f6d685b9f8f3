package storage

import (
	"context"
	"strings"

	"portevoix/forum"
)

// ExplainThreads returns SQLite's plan for a list of threads.
func (s *Store) ExplainThreads(ctx context.Context, q forum.ThreadQuery) (string, error) {
	q.Limit = 10
	query, args, err := threadsQuery(q)
	if err != nil {
		return "", err
	}
	return s.explain(ctx, selectThreadHead+query, args...)
}

// ExplainReplies returns SQLite's plan for a page of first-level replies.
func (s *Store) ExplainReplies(ctx context.Context, q forum.ReplyQuery) (string, error) {
	query, args, err := firstLevelQuery(q)
	if err != nil {
		return "", err
	}
	return s.explain(ctx, query, args...)
}

func (s *Store) explain(ctx context.Context, query string, args ...any) (string, error) {
	var rows []struct {
		ID      int    `bun:"id"`
		Parent  int    `bun:"parent"`
		NotUsed int    `bun:"notused"`
		Detail  string `bun:"detail"`
	}
	if err := s.reading.NewRaw("EXPLAIN QUERY PLAN "+query, args...).Scan(ctx, &rows); err != nil {
		return "", err
	}
	var lines []string
	for _, r := range rows {
		lines = append(lines, r.Detail)
	}
	return strings.Join(lines, "\n"), nil
}

// Sweep runs the hourly clean-up now.
func (s *Store) Sweep(ctx context.Context) error { return s.sweep(ctx, sweepJob{}) }

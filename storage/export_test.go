package storage

import (
	"context"
	"io/fs"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"

	"portevoix/forum"
	"portevoix/storage/migrations"
)

// JobWorkers is how many jobs a store does at once.
const JobWorkers = jobWorkers

// ExplainThreads returns SQLite's plan for a list of threads.
func (s *Store) ExplainThreads(ctx context.Context, q forum.ThreadQuery) (string, error) {
	q.Limit = 10
	query, args, err := threadsQuery(q, q.Linked)
	if err != nil {
		return "", err
	}
	return s.explain(ctx, selectThreadHead+query, args...)
}

// ExplainHome returns SQLite's plan for a home feed.
func (s *Store) ExplainHome(ctx context.Context, q forum.HomeQuery) (string, error) {
	q.Limit = 10
	query, args, err := homeQuery(SQLite, q)
	if err != nil {
		return "", err
	}
	return s.explain(ctx, selectThreadHead+query, append(viewerArgs(q.Viewer), args...)...)
}

// ExplainReplies returns SQLite's plan for a page of first-level replies.
func (s *Store) ExplainReplies(ctx context.Context, q forum.ReplyQuery) (string, error) {
	query, args, err := firstLevelQuery(q)
	if err != nil {
		return "", err
	}
	return s.explain(ctx, query, args...)
}

// ExplainRecentReplies returns SQLite's plan for the newest replies of a thread.
func (s *Store) ExplainRecentReplies(ctx context.Context) (string, error) {
	return s.explain(ctx, selectPost+recentReplies, 0, 0, 1, 10)
}

// ExplainSitemap returns SQLite's plans for a page of the sitemap and its end.
func (s *Store) ExplainSitemap(ctx context.Context) (string, error) {
	page, err := s.explain(ctx, sitemapThreads, 1, 10)
	if err != nil {
		return "", err
	}
	end, err := s.explain(ctx, sitemapPageEnd, 1, 10)
	return page + "\n" + end, err
}

// ExplainSearch returns SQLite's plan for a search of posts.
func (s *Store) ExplainSearch(ctx context.Context, q forum.SearchQuery) (string, error) {
	query, args := s.foundPostsQuery(q, s.match(wanted{terms: wantedTerms(q.Terms), facets: searchFacets(q)}, titleLacks), 7, 10)
	return s.explain(ctx, query, args...)
}

// ExplainRelated returns SQLite's plan for what a thread is related to.
func (s *Store) ExplainRelated(ctx context.Context) (string, error) {
	query, args := relatedQuery(forum.RelatedQuery{ThreadID: 1, Viewer: 7, Limit: 5})
	return s.explain(ctx, query, args...)
}

// ExplainAlike returns SQLite's plan for threads that share words.
func (s *Store) ExplainAlike(ctx context.Context) (string, error) {
	query, args := s.alikeQuery(likeness{terms: tellingTerms("a bank and its fees")}, 2, titleHas)
	return s.explain(ctx, query, args...)
}

// ExplainDirectory returns SQLite's plan for the directory of forums.
func (s *Store) ExplainDirectory(ctx context.Context, q forum.ForumQuery) (string, error) {
	query, args, err := s.directoryQuery(q)
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

// MigrateTo applies the first n migrations only, as an older version had them.
func (s *Store) MigrateTo(ctx context.Context, n int) error {
	dir, err := fs.Sub(migrations.Files(), string(s.driver))
	if err != nil {
		return err
	}
	all := migrate.NewMigrations()
	if err := all.Discover(dir); err != nil {
		return err
	}
	some := migrate.NewMigrations()
	for _, m := range all.Sorted()[:n] {
		some.Add(m)
	}
	m := migrate.NewMigrator(s.writing, some, migrate.WithMarkAppliedOnSuccess(true))
	if err := m.Init(ctx); err != nil {
		return err
	}
	_, err = m.Migrate(ctx)
	return err
}

// Exec runs a statement.
func (s *Store) Exec(ctx context.Context, query string) error {
	_, err := s.writing.NewRaw(query).Exec(ctx)
	return err
}

// TakeJobs takes the jobs of a kind out of the queue, and returns their JSON.
func (s *Store) TakeJobs(ctx context.Context, kind string) ([]string, error) {
	var jobs []string
	args := "args"
	if s.driver == SQLite {
		args = "json(args)"
	}
	if err := s.writing.NewRaw("DELETE FROM river_job WHERE kind = ? RETURNING "+args, kind).Scan(ctx, &jobs); err != nil {
		return nil, err
	}
	return jobs, nil
}

// ExplainMailings returns SQLite's plans for what mail is due, and for what is to
// be mailed to an account.
func (s *Store) ExplainMailings(ctx context.Context) (string, error) {
	due, err := s.explain(ctx, mailingsDue, 1, 10)
	if err != nil {
		return "", err
	}
	pending, err := s.explain(ctx, selectNotifications+" WHERE "+pendingNotices+" AND "+stillNews+" ORDER BY n.id DESC LIMIT ?", excerptLength, 1, 1, 1, "reply", 10)
	return due + "\n" + pending, err
}

// Sweep runs the hourly clean-up now.
func (s *Store) Sweep(ctx context.Context) error { return s.sweep(ctx, sweepJob{}) }

// Record calls f with every statement from now on.
func (s *Store) Record(f func(query string)) {
	//lint:ignore SA1019 a handle with the hook would be another one than the store's readers hold
	s.reading.AddQueryHook(recorder(f))
	//lint:ignore SA1019 likewise
	s.writing.AddQueryHook(recorder(f))
}

type recorder func(query string)

func (r recorder) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (r recorder) AfterQuery(_ context.Context, e *bun.QueryEvent) { r(e.Query) }

// Plan is how SQLite would carry a statement out.
func (s *Store) Plan(query string) ([]string, error) {
	rows, err := s.writing.DB.Query("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

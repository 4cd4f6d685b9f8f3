package storage

import (
	"context"

	"portevoix/forum"
)

// The threads of local authors that follow one, in order. CROSS JOIN keeps SQLite
// to that order of tables, so that it runs along threads_new; TestListsUseIndexes
// holds that.
const (
	sitemapThreads = `SELECT threads.post_id AS id, posts.title, threads.active_at, posts.edited_at
		FROM threads CROSS JOIN actors CROSS JOIN posts
		WHERE NOT threads.hidden AND actors.id = threads.author_id AND actors.host = '' AND posts.id = threads.post_id AND threads.post_id > ?
		ORDER BY threads.post_id LIMIT ?`
	sitemapPageEnd = `SELECT threads.post_id FROM threads CROSS JOIN actors
		WHERE NOT threads.hidden AND actors.id = threads.author_id AND actors.host = '' AND threads.post_id > ?
		ORDER BY threads.post_id LIMIT 1 OFFSET ?`
)

// SitemapThreads implements forum.PageReader.
func (r reader) SitemapThreads(ctx context.Context, after forum.ID, limit int) ([]forum.SitemapThread, error) {
	var rows []struct {
		ID       forum.ID `bun:"id"`
		Title    string   `bun:"title"`
		ActiveAt stamp    `bun:"active_at"`
		EditedAt stamp    `bun:"edited_at"`
	}
	if err := r.scan(ctx, &rows, sitemapThreads, after, limit); err != nil {
		return nil, err
	}
	list := make([]forum.SitemapThread, len(rows))
	for i, row := range rows {
		list[i] = forum.SitemapThread{ID: row.ID, Title: row.Title, ChangedAt: row.ActiveAt.Time}
		if row.EditedAt.After(row.ActiveAt.Time) {
			list[i].ChangedAt = row.EditedAt.Time
		}
	}
	return list, nil
}

// SitemapPageEnd implements forum.PageReader.
func (r reader) SitemapPageEnd(ctx context.Context, after forum.ID, size int) (forum.ID, error) {
	var ends []forum.ID
	if err := r.scan(ctx, &ends, sitemapPageEnd, after, size-1); err != nil || len(ends) == 0 {
		return 0, err
	}
	return ends[0], nil
}

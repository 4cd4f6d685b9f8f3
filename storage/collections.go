package storage

import (
	"context"

	"portevoix/forum"
)

// ThreadURIs lists the posts of a thread in the order they were written, for its
// context collection (FEP-7888). What was deleted is left out.
func (r reader) ThreadURIs(ctx context.Context, thread, after forum.ID, limit int) ([]forum.PostURI, error) {
	return r.uris(ctx, "thread_id = ? AND id > ?", thread, after, limit)
}

// ReplyURIs lists the direct replies to a post.
func (r reader) ReplyURIs(ctx context.Context, parent, after forum.ID, limit int) ([]forum.PostURI, error) {
	return r.uris(ctx, "parent_id = ? AND parent_id <> 0 AND id > ?", parent, after, limit)
}

func (r reader) uris(ctx context.Context, where string, of, after forum.ID, limit int) ([]forum.PostURI, error) {
	var rows []struct {
		ID  forum.ID
		URI string `bun:"uri"`
	}
	err := r.scan(ctx, &rows, "SELECT id, uri FROM posts WHERE "+where+" AND deleted_at = 0 AND removed_at = 0 AND NOT private ORDER BY id LIMIT ?", of, after, limit)
	list := make([]forum.PostURI, len(rows))
	for i, row := range rows {
		list[i] = forum.PostURI{ID: row.ID, URI: row.URI}
	}
	return list, err
}

// PostsBy lists an author's threads and replies, newest first, for the outbox,
// without those in forums that no other server hears of.
// before is 0 for the first page.
func (r reader) PostsBy(ctx context.Context, author, before forum.ID, limit int) ([]forum.ID, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	var ids []forum.ID
	err := r.scan(ctx, &ids, `SELECT id FROM posts WHERE author_id = ? AND id < ? AND deleted_at = 0 AND removed_at = 0
		AND NOT EXISTS (SELECT 1 FROM actors WHERE actors.id = posts.forum_id AND actors.local_only) ORDER BY id DESC LIMIT ?`, author, before, limit)
	return ids, err
}

package storage

import (
	"context"

	"portevoix/forum"
)

var _ forum.ExportReader = (*Store)(nil)

// Blocks implements forum.ExportReader.
func (r reader) Blocks(ctx context.Context, account, after forum.ID, limit int) ([]forum.Actor, error) {
	var rows []actorRow
	err := r.db.NewSelect().Model(&rows).Join("JOIN blocks ON blocks.whom_id = actors.id").
		Where("blocks.by_id = ? AND actors.id > ?", account, after).Order("actors.id").Limit(int64(limit)).Scan(ctx)
	return actorsFrom(rows), err
}

// Follows implements forum.ExportReader.
func (r reader) Follows(ctx context.Context, account, after forum.ID, limit int) ([]forum.Actor, error) {
	var rows []actorRow
	err := r.db.NewSelect().Model(&rows).Join("JOIN follows ON follows.target_id = actors.id").
		Where("follows.follower_id = ? AND actors.id > ?", account, after).Order("actors.id").Limit(int64(limit)).Scan(ctx)
	return actorsFrom(rows), err
}

// PostsWhole implements forum.ExportReader.
func (r reader) PostsWhole(ctx context.Context, account, after forum.ID, limit int) ([]forum.Post, error) {
	var rows []postRow
	err := r.db.NewSelect().Model(&rows).Where("author_id = ? AND id > ? AND deleted_at = 0", account, after).Order("id").Limit(int64(limit)).Scan(ctx)
	posts := make([]forum.Post, len(rows))
	for i := range rows {
		posts[i] = rows[i].post()
	}
	return posts, err
}

// VotedFor implements forum.ExportReader.
func (r reader) VotedFor(ctx context.Context, account forum.ID, boosted bool, after forum.ID, limit int) ([]forum.PostURI, error) {
	from := "supports JOIN posts ON posts.id = supports.post_id WHERE supports.actor_id = ? AND NOT supports.withdrawn"
	if boosted {
		from = "boosts JOIN posts ON posts.id = boosts.post_id WHERE boosts.actor_id = ?"
	}
	return r.postURIs(ctx, from, account, after, limit)
}

// PollsVotedIn implements forum.ExportReader.
func (r reader) PollsVotedIn(ctx context.Context, account, after forum.ID, limit int) ([]forum.PostURI, error) {
	return r.postURIs(ctx, "posts WHERE posts.id IN (SELECT post_id FROM poll_votes WHERE actor_id = ?)", account, after, limit)
}

// postURIs reads a page of the posts that a query of an account's finds.
func (r reader) postURIs(ctx context.Context, from string, account, after forum.ID, limit int) ([]forum.PostURI, error) {
	var rows []struct {
		ID  forum.ID
		URI string `bun:"uri"`
	}
	err := r.scan(ctx, &rows, "SELECT posts.id, posts.uri FROM "+from+" AND posts.id > ? ORDER BY posts.id LIMIT ?", account, after, limit)
	list := make([]forum.PostURI, len(rows))
	for i, row := range rows {
		list[i] = forum.PostURI{ID: row.ID, URI: row.URI}
	}
	return list, err
}

// ParticipationsBy implements forum.ExportReader.
func (r reader) ParticipationsBy(ctx context.Context, account, after forum.ID, limit int) ([]forum.Participation, error) {
	var rows []participationRow
	err := r.db.NewSelect().Model(&rows).Where("actor_id = ? AND actor_id <> 0 AND id > ?", account, after).Order("id").Limit(int64(limit)).Scan(ctx)
	list := make([]forum.Participation, len(rows))
	for i := range rows {
		list[i] = rows[i].participation()
	}
	return list, err
}

// ConcernsBy implements forum.ExportReader.
func (r reader) ConcernsBy(ctx context.Context, account forum.ID) ([]forum.Concern, error) {
	var rows []concernRow
	err := r.db.NewSelect().Model(&rows).Where("by_id = ?", account).Order("id").Scan(ctx)
	list := make([]forum.Concern, len(rows))
	for i := range rows {
		list[i] = rows[i].concern()
	}
	return list, err
}

// ThreatsBy implements forum.ExportReader.
func (r reader) ThreatsBy(ctx context.Context, account forum.ID) ([]forum.Threat, error) {
	return r.threatsWhere(ctx, "by_id = ?", account)
}

// ReportsBy implements forum.ExportReader.
func (r reader) ReportsBy(ctx context.Context, account forum.ID) ([]forum.Report, error) {
	var rows []reportRow
	err := r.scan(ctx, &rows, "SELECT * FROM reports WHERE reporter_id = ? ORDER BY id", account)
	list := make([]forum.Report, len(rows))
	for i := range rows {
		list[i] = rows[i].report()
	}
	return list, err
}

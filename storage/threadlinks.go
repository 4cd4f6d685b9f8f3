package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

type threadLinkRow struct {
	ForumID    forum.ID
	PostID     forum.ID
	ViaID      forum.ID
	AnnounceID forum.ID
	URI        string `bun:"uri"`
	CreatedAt  stamp
}

func (r threadLinkRow) link() forum.ThreadLink {
	return forum.ThreadLink{ForumID: r.ForumID, PostID: r.PostID, ViaID: r.ViaID, AnnounceID: r.AnnounceID, URI: r.URI, At: r.CreatedAt.Time}
}

const selectLink = "SELECT thread_links.forum_id, thread_links.post_id, via_id, announce_id, thread_links.uri, created_at FROM thread_links "

// ThreadLink implements forum.Reader.
func (r reader) ThreadLink(ctx context.Context, forumID, post forum.ID) (*forum.ThreadLink, error) {
	var row threadLinkRow
	if err := r.scan(ctx, &row, selectLink+"WHERE thread_links.forum_id = ? AND thread_links.post_id = ?", forumID, post); err != nil {
		return nil, err
	}
	l := row.link()
	return &l, nil
}

// LinksVia implements forum.Reader.
func (r reader) LinksVia(ctx context.Context, via forum.ID, announce, thread string) ([]forum.ThreadLink, error) {
	var rows []threadLinkRow
	err := r.scan(ctx, &rows, selectLink+`JOIN posts ON posts.id = thread_links.post_id
		WHERE via_id = ? AND (thread_links.uri = ? AND thread_links.uri <> '' OR posts.uri = ?)`, via, announce, thread)
	list := make([]forum.ThreadLink, len(rows))
	for i := range rows {
		list[i] = rows[i].link()
	}
	return list, err
}

// ForumsFollowing implements forum.Reader.
func (r reader) ForumsFollowing(ctx context.Context, target forum.ID) ([]forum.Follow, error) {
	return r.follows(ctx, "WHERE follows.target_id = ? AND follows.state = 'accepted' AND follower.kind = 'Group' AND follower.host = '' ORDER BY follower.id", target)
}

// Followed implements forum.PageReader.
func (r reader) Followed(ctx context.Context, follower forum.ID, limit int) ([]forum.Follow, error) {
	return r.follows(ctx, "WHERE follows.follower_id = ? ORDER BY follows.created_at DESC, target.id DESC LIMIT ?", follower, limit)
}

func (r reader) follows(ctx context.Context, where string, args ...any) ([]forum.Follow, error) {
	var rows []followRow
	err := r.scan(ctx, &rows, selectFollow+where, args...)
	list := make([]forum.Follow, len(rows))
	for i := range rows {
		list[i] = rows[i].follow()
	}
	return list, err
}

// copyLink copies what lists are ordered by from threads; what follows chooses
// the threads. It takes the forum, the source, our Announce, the source's, and the
// time.
const copyLink = `INSERT INTO thread_links (forum_id, post_id, via_id, announce_id, uri, created_at, score, active_at, merit, hidden)
	SELECT CAST(? AS BIGINT), threads.post_id, CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), threads.score, threads.active_at, threads.merit, threads.hidden
	FROM threads `

// LinkThread implements forum.Tx.
func (t *tx) LinkThread(ctx context.Context, l forum.ThreadLink) (bool, error) {
	n, err := t.exec(ctx, copyLink+"WHERE threads.post_id = ? AND threads.forum_id <> ? ON CONFLICT DO NOTHING",
		l.ForumID, l.ViaID, l.AnnounceID, l.URI, millis(l.At), l.PostID, l.ForumID)
	return n == 1, err
}

// LinkRecent implements forum.Tx: threads that stand in the source, and those it
// shows from its own.
func (t *tx) LinkRecent(ctx context.Context, forumID, source forum.ID, when time.Time, limit int) error {
	for _, of := range []string{"threads", "thread_links"} {
		_, err := t.exec(ctx, copyLink+`WHERE threads.post_id IN (SELECT post_id FROM `+of+` WHERE forum_id = ? AND NOT hidden ORDER BY post_id DESC LIMIT ?) AND threads.forum_id <> ?
			AND NOT EXISTS (SELECT 1 FROM bans WHERE bans.actor_id = threads.author_id AND bans.forum_id IN (0, ?) AND (bans.expires_at = 0 OR bans.expires_at > ?))
			ON CONFLICT DO NOTHING`, forumID, source, 0, "", millis(when), source, limit, forumID, forumID, millis(when))
		if err != nil {
			return err
		}
	}
	return nil
}

// LeaveOut implements forum.Tx.
func (t *tx) LeaveOut(ctx context.Context, forumID, post forum.ID, out bool) error {
	_, err := t.exec(ctx, `UPDATE thread_links SET left_out = ?, hidden = ? OR (SELECT threads.hidden FROM threads WHERE threads.post_id = thread_links.post_id)
		WHERE forum_id = ? AND post_id = ?`, out, out, forumID, post)
	return err
}

// UnlinkThread implements forum.Tx.
func (t *tx) UnlinkThread(ctx context.Context, forumID, post forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM thread_links WHERE forum_id = ? AND post_id = ?", forumID, post)
	return err
}

// UnlinkAuthor implements forum.Tx.
func (t *tx) UnlinkAuthor(ctx context.Context, forumID, author forum.ID) error {
	where, args := "post_id IN (SELECT post_id FROM threads WHERE author_id = ?)", []any{author}
	if forumID != 0 {
		where, args = where+" AND forum_id = ?", append(args, forumID)
	}
	_, err := t.exec(ctx, "DELETE FROM thread_links WHERE "+where, args...)
	return err
}

// unlinkSource ends that a forum shows what came by a source. What stands in
// another one stays.
func (t *tx) unlinkSource(ctx context.Context, forumID, source forum.ID) error {
	_, err := t.exec(ctx, `UPDATE thread_links SET via_id = (SELECT threads.forum_id FROM threads WHERE threads.post_id = thread_links.post_id)
		WHERE forum_id = ? AND via_id = ? AND post_id IN (SELECT threads.post_id FROM threads JOIN follows ON follows.target_id = threads.forum_id
			WHERE threads.post_id = thread_links.post_id AND follows.follower_id = thread_links.forum_id AND follows.state = 'accepted')`, forumID, source)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "DELETE FROM thread_links WHERE forum_id = ? AND via_id = ?", forumID, source)
	return err
}

package storage

import (
	"context"
	"strings"
	"time"

	"portevoix/forum"
)

// FollowThread implements forum.Tx.
func (t *tx) FollowThread(ctx context.Context, account, thread forum.ID, on bool, when time.Time) error {
	_, err := t.exec(ctx, `INSERT INTO thread_follows (account_id, thread_id, following, muted, created_at) VALUES (?, ?, ?, FALSE, ?)
		ON CONFLICT (account_id, thread_id) DO UPDATE SET following = excluded.following,
			muted = thread_follows.muted AND NOT excluded.following,
			created_at = CASE WHEN thread_follows.following THEN thread_follows.created_at ELSE excluded.created_at END`,
		account, thread, on, millis(when))
	return err
}

// FollowByDefault implements forum.Tx.
func (t *tx) FollowByDefault(ctx context.Context, account, thread forum.ID, when time.Time) error {
	_, err := t.exec(ctx, "INSERT INTO thread_follows (account_id, thread_id, following, muted, created_at) VALUES (?, ?, TRUE, FALSE, ?) ON CONFLICT DO NOTHING",
		account, thread, millis(when))
	return err
}

// CopyThreadFollows implements forum.Tx.
func (t *tx) CopyThreadFollows(ctx context.Context, from, to forum.ID, when time.Time) error {
	_, err := t.exec(ctx, `INSERT INTO thread_follows (account_id, thread_id, following, muted, created_at)
		SELECT account_id, CAST(? AS BIGINT), TRUE, FALSE, CAST(? AS BIGINT) FROM thread_follows WHERE thread_id = ? AND following AND NOT muted ON CONFLICT DO NOTHING`, to, millis(when), from)
	return err
}

// MuteThread implements forum.Tx.
func (t *tx) MuteThread(ctx context.Context, account, thread forum.ID, on bool, when time.Time) error {
	_, err := t.exec(ctx, `INSERT INTO thread_follows (account_id, thread_id, following, muted, created_at) VALUES (?, ?, FALSE, ?, ?)
		ON CONFLICT (account_id, thread_id) DO UPDATE SET muted = excluded.muted`, account, thread, on, millis(when))
	return err
}

// ThreadsFollowed implements forum.ExportReader.
func (r reader) ThreadsFollowed(ctx context.Context, account forum.ID, muted bool, after forum.ID, limit int) ([]forum.PostURI, error) {
	choice := "following"
	if muted {
		choice = "muted"
	}
	return r.postURIs(ctx, "thread_follows JOIN posts ON posts.id = thread_follows.thread_id WHERE thread_follows.account_id = ? AND thread_follows."+choice,
		account, after, limit)
}

// attentionColumns tell whether a reader follows the thread or has muted it;
// they take the reader twice as argument.
const attentionColumns = `EXISTS (SELECT 1 FROM thread_follows WHERE thread_follows.account_id = ? AND thread_follows.thread_id = threads.post_id AND thread_follows.following) AS following,
	EXISTS (SELECT 1 FROM thread_follows WHERE thread_follows.account_id = ? AND thread_follows.thread_id = threads.post_id AND thread_follows.muted) AS muted`

// oneIsMember is the condition on the memberships of an account, which is its argument.
const oneIsMember = "memberships.account_id = ? AND memberships.state = 'member'"

// tagsInHome bounds how many threads of a hashtag, the newest, a home feed reads.
const tagsInHome = 200

// Home implements forum.PageReader. A page of each forum, person and hashtag that
// the account follows, and of each forum that it is a member of, is read along its index, and a page is made of these; so
// it costs as much as the account follows, however much there is of it.
func (r reader) Home(ctx context.Context, q forum.HomeQuery) (forum.ThreadPage, error) {
	query, args, err := homeQuery(r.driver, q)
	if err != nil {
		return forum.ThreadPage{}, err
	}
	var rows []threadViewRow
	if err := r.scan(ctx, &rows, threadsWith(q.Whole)+query, append(viewerArgs(q.Viewer), args...)...); err != nil {
		return forum.ThreadPage{}, err
	}
	page := forum.ThreadPage{}
	for i := range rows {
		if i == q.Limit {
			page.Next = threadCursor(q.Sort, page.Threads[i-1].Thread)
			break
		}
		page.Threads = append(page.Threads, rows[i].view())
	}
	return page, nil
}

func homeQuery(driver Driver, q forum.HomeQuery) (string, []any, error) {
	order, before, place := "t.post_id DESC", "", []any(nil)
	if q.Sort == forum.SortActive {
		order = "t.active_at DESC, t.post_id DESC"
	}
	if q.After != "" {
		key, id, err := readCursor(q.After)
		if err != nil {
			return "", nil, err
		}
		before, place = " AND t.post_id < ?", []any{id}
		if q.Sort == forum.SortActive {
			before, place = " AND (t.active_at, t.post_id) < (?, ?)", []any{int64(key), id}
		}
	}
	visible := "NOT t.hidden AND NOT EXISTS (SELECT 1 FROM thread_follows AS m WHERE m.account_id = ? AND m.thread_id = t.post_id AND m.muted)" + before
	followed, whose, who := "follows", "follows.follower_id = ? AND follows.state = 'accepted'"+atHome, q.Viewer
	if q.List != 0 {
		followed, whose, who = "list_members AS follows", "follows.list_id = ?", q.List
	}
	var parts []string
	var args []any
	for _, source := range []string{"threads AS t WHERE t.forum_id", "threads AS t WHERE t.author_id", "thread_links AS t WHERE t.forum_id"} {
		newest := "SELECT t.post_id FROM " + source + " = follows.target_id AND " + visible + " ORDER BY " + order + " LIMIT ?"
		if driver == Postgres {
			parts = append(parts, "SELECT newest.post_id FROM "+followed+" CROSS JOIN LATERAL ("+newest+") AS newest WHERE "+whose)
		} else {
			parts = append(parts, "SELECT one.post_id FROM "+followed+" CROSS JOIN threads AS one ON one.post_id IN ("+newest+") WHERE "+whose)
		}
		args = append(args, q.Viewer)
		args = append(args, place...)
		args = append(args, q.Limit+1, who)
	}
	outer := "ORDER BY " + strings.ReplaceAll(order, "t.", "threads.") + " LIMIT ?"
	if q.List != 0 { // tags and single threads are on none
		return "WHERE threads.post_id IN (" + strings.Join(parts, " UNION ALL ") + ") " + outer, append(args, q.Limit+1), nil
	}
	tagged := "SELECT t.post_id FROM threads AS t WHERE t.post_id IN (SELECT thread_id FROM thread_tags WHERE thread_tags.tag = tag_follows.tag ORDER BY thread_id DESC LIMIT ?) AND " + visible + " ORDER BY " + order + " LIMIT ?"
	if driver == Postgres {
		parts = append(parts, "SELECT newest.post_id FROM tag_follows CROSS JOIN LATERAL ("+tagged+") AS newest WHERE tag_follows.account_id = ?")
	} else {
		parts = append(parts, "SELECT one.post_id FROM tag_follows CROSS JOIN threads AS one ON one.post_id IN ("+tagged+") WHERE tag_follows.account_id = ?")
	}
	args = append(args, tagsInHome, q.Viewer)
	args = append(args, place...)
	args = append(args, q.Limit+1, q.Viewer)
	inside := "SELECT t.post_id FROM threads AS t WHERE t.forum_id = memberships.forum_id AND " + strings.Replace(visible, "NOT t.hidden", "t.inside", 1) + " ORDER BY " + order + " LIMIT ?"
	if driver == Postgres {
		parts = append(parts, "SELECT newest.post_id FROM memberships CROSS JOIN LATERAL ("+inside+") AS newest WHERE "+oneIsMember)
	} else {
		parts = append(parts, "SELECT one.post_id FROM memberships CROSS JOIN threads AS one ON one.post_id IN ("+inside+") WHERE "+oneIsMember)
	}
	args = append(args, q.Viewer)
	args = append(args, place...)
	args = append(args, q.Limit+1, q.Viewer)
	parts = append(parts, `SELECT t.post_id FROM thread_follows JOIN threads AS t ON t.post_id = thread_follows.thread_id
		WHERE thread_follows.account_id = ? AND thread_follows.following AND t.active_at > thread_follows.created_at AND `+visible)
	args = append(args, q.Viewer, q.Viewer)
	args = append(args, place...)
	return "WHERE threads.post_id IN (" + strings.Join(parts, " UNION ALL ") + ") " + outer, append(args, q.Limit+1), nil
}

package storage

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"portevoix/forum"
)

type postViewRow struct {
	Post      postRow   `bun:"embed:post__"`
	Author    bylineRow `bun:"embed:author__"`
	Supported bool      `bun:"supported"`
	Boosted   bool      `bun:"boosted"`
	Answered  bool      `bun:"answered"` // of first-level replies: something hangs under it, if only tombstones
}

func (r *postViewRow) view() forum.PostView {
	view := forum.PostView{Post: r.Post.post(), Author: r.Author.byline(), Supported: r.Supported, Boosted: r.Boosted}
	hideDeparting(&view.Post, r.Author)
	hideBlocked(&view.Post, r.Author)
	return view
}

var selectPost = "SELECT " + prefixed("posts", "post", postWhole...) + ", " + bylineColumns("author") + ", " + viewedColumns + `
	FROM posts JOIN actors AS author ON author.id = posts.author_id `

// PostView implements forum.PageReader.
func (r reader) PostView(ctx context.Context, id, viewer forum.ID) (*forum.PostView, error) {
	var row postViewRow
	if err := r.scan(ctx, &row, selectPost+"WHERE posts.id = ?", viewer, viewer, id); err != nil {
		return nil, err
	}
	view := row.view()
	return &view, nil
}

const answered = "EXISTS (SELECT 1 FROM posts AS child WHERE child.parent_id = posts.id AND child.parent_id <> 0)"

var selectFirstLevel = strings.Replace(selectPost, "SELECT ", "SELECT "+answered+" AS answered, ", 1)

// shown leaves out deleted replies that nothing hangs under. Where only deleted
// ones do, something else may hang under those: grow decides.
const shown = "(posts.deleted_at = 0 AND posts.removed_at = 0 OR posts.children > 0 OR " + answered + ")"

// replies answers a page of a thread. It takes two queries: one for the page of
// branches, one for what hangs under them.
func (r reader) replies(ctx context.Context, q forum.ReplyQuery) (forum.ReplyPage, error) {
	var rows []postViewRow
	if q.Under != 0 {
		if err := r.scan(ctx, &rows, selectPost+"WHERE posts.id = ? AND posts.thread_id = ?", q.Viewer, q.Viewer, q.Under, q.ThreadID); err != nil {
			return forum.ReplyPage{}, err
		}
	} else {
		query, args, err := firstLevelQuery(q)
		if err != nil {
			return forum.ReplyPage{}, err
		}
		if err := r.scan(ctx, &rows, query, args...); err != nil {
			return forum.ReplyPage{}, err
		}
	}
	page := forum.ReplyPage{}
	if q.Under == 0 && len(rows) > q.Limit {
		rows = rows[:q.Limit]
		last := rows[q.Limit-1].Post
		page.Next = writeCursor(float64(last.Merit), last.ID)
	}
	if len(rows) == 0 {
		return page, nil
	}
	below, err := r.below(ctx, q, rows)
	if err != nil {
		return forum.ReplyPage{}, err
	}
	page.Branches = grow(rows, below, q.Sort)
	return page, nil
}

func firstLevelQuery(q forum.ReplyQuery) (string, []any, error) {
	where := "WHERE posts.thread_id = ? AND posts.depth = 1 AND " + shown
	args := []any{q.Viewer, q.Viewer, q.ThreadID}
	merit, id := 0.0, forum.ID(0)
	if q.After != "" {
		var err error
		if merit, id, err = readCursor(q.After); err != nil {
			return "", nil, err
		}
	}
	order := ""
	switch q.Sort {
	case forum.SortNewest:
		order = "posts.id DESC"
		if id != 0 {
			where += " AND posts.id < ?"
			args = append(args, id)
		}
	case forum.SortOldest:
		order = "posts.id"
		if id != 0 {
			where += " AND posts.id > ?"
			args = append(args, id)
		}
	default:
		order = "posts.merit DESC, posts.id DESC"
		if id != 0 {
			where += " AND (posts.merit, posts.id) < (?, ?)"
			args = append(args, int64(merit), id)
		}
	}
	return selectFirstLevel + where + " ORDER BY " + order + " LIMIT ?", append(args, q.Limit+1), nil
}

// below reads what hangs under the given replies, each branch cut at its share
// of the page. Under one reply the tree is walked; under first-level replies the
// branch index serves, level by level.
func (r reader) below(ctx context.Context, q forum.ReplyQuery, roots []postViewRow) ([]postViewRow, error) {
	share := max(10, q.PerPage/len(roots))
	var parts []string
	var args []any
	if q.Under != 0 {
		args = append(args, q.Under, roots[0].Post.Depth+q.Depth, q.PerPage)
		parts = append(parts, `SELECT id FROM (WITH RECURSIVE under (id, depth) AS (
			SELECT id, depth FROM posts WHERE id = ?
			UNION ALL SELECT posts.id, posts.depth FROM posts JOIN under ON posts.parent_id = under.id AND posts.parent_id <> 0 WHERE posts.depth < ?)
			SELECT id FROM under ORDER BY depth, id LIMIT ?) AS walked`)
	} else {
		for i := range roots {
			if !roots[i].Answered {
				continue
			}
			parts = append(parts, "SELECT id FROM (SELECT id FROM posts WHERE branch_id = ? AND branch_id <> 0 AND depth BETWEEN 2 AND ? ORDER BY depth, id LIMIT ?) AS branch")
			args = append(args, roots[i].Post.ID, q.Depth, share)
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	var rows []postViewRow
	query := selectPost + "WHERE posts.id IN (" + strings.Join(parts, " UNION ALL ") + ") AND " + shown + " ORDER BY posts.depth, posts.id"
	err := r.scan(ctx, &rows, query, append([]any{q.Viewer, q.Viewer}, args...)...)
	return rows, err
}

// grow builds the tree. A reply whose parent was cut off is left out with it,
// and so is a tombstone that holds nothing together.
func grow(roots, below []postViewRow, sort forum.ReplySort) []*forum.Branch {
	known := map[forum.ID]*forum.Branch{}
	var branches []*forum.Branch
	for i := range roots {
		b := &forum.Branch{PostView: roots[i].view()}
		known[b.ID] = b
		branches = append(branches, b)
	}
	for i := range below { // parents come before their children
		if known[below[i].Post.ID] != nil {
			continue
		}
		if parent := known[below[i].Post.ParentID]; parent != nil {
			b := &forum.Branch{PostView: below[i].view()}
			known[b.ID] = b
			parent.Replies = append(parent.Replies, b)
		}
	}
	for _, b := range known {
		visible := 0
		for _, reply := range b.Replies {
			if !reply.Post.Hidden() {
				visible++
			}
		}
		b.More = max(0, b.Children-visible)
		slices.SortFunc(b.Replies, compareBranches(sort))
	}
	return prune(branches)
}

func prune(branches []*forum.Branch) []*forum.Branch {
	return slices.DeleteFunc(branches, func(b *forum.Branch) bool {
		b.Replies = prune(b.Replies)
		return b.Post.Hidden() && len(b.Replies) == 0 && b.More == 0
	})
}

func compareBranches(sort forum.ReplySort) func(a, b *forum.Branch) int {
	return func(a, b *forum.Branch) int {
		switch sort {
		case forum.SortNewest:
			return cmp.Compare(b.ID, a.ID)
		case forum.SortOldest:
			return cmp.Compare(a.ID, b.ID)
		}
		return cmp.Or(cmp.Compare(b.Supports+2*b.Boosts, a.Supports+2*a.Boosts), cmp.Compare(b.ID, a.ID))
	}
}

// RepliesFlat implements forum.PageReader.
func (r reader) RepliesFlat(ctx context.Context, q forum.FlatQuery) (forum.PostPage, error) {
	from := q.NewerThan
	if q.After != "" {
		_, id, err := readCursor(q.After)
		if err != nil {
			return forum.PostPage{}, err
		}
		from = max(from, id)
	}
	where, args, order := "WHERE posts.thread_id = ? AND posts.depth > 0 AND posts.id > ?", []any{q.Viewer, q.Viewer, q.ThreadID, from}, "posts.id"
	if q.OlderThan != 0 {
		where, args = where+" AND posts.id < ?", append(args, q.OlderThan)
	}
	backwards := q.OlderThan != 0 && from == 0
	if backwards {
		order = "posts.id DESC"
	}
	var rows []postViewRow
	if err := r.scan(ctx, &rows, selectPost+where+" ORDER BY "+order+" LIMIT ?", append(args, q.Limit+1)...); err != nil {
		return forum.PostPage{}, err
	}
	more := len(rows) > q.Limit
	rows = rows[:min(len(rows), q.Limit)]
	if backwards {
		slices.Reverse(rows)
		more = true // at least what it is older than
	}
	page := forum.PostPage{}
	for i := range rows {
		page.Posts = append(page.Posts, rows[i].view())
	}
	if more && len(rows) > 0 {
		page.Next = writeCursor(0, rows[len(rows)-1].Post.ID)
	}
	return page, nil
}

const recentReplies = "WHERE posts.thread_id = ? AND posts.depth > 0 AND posts.deleted_at = 0 AND posts.removed_at = 0 ORDER BY posts.id DESC LIMIT ?"

// RecentReplies implements forum.PageReader.
func (r reader) RecentReplies(ctx context.Context, thread, viewer forum.ID, limit int) ([]forum.PostView, error) {
	var rows []postViewRow
	if err := r.scan(ctx, &rows, selectPost+recentReplies, viewer, viewer, thread, limit); err != nil {
		return nil, err
	}
	list := make([]forum.PostView, len(rows))
	for i := range rows {
		list[i] = rows[i].view()
	}
	return list, nil
}

// personPostRow is a post as its author's page lists it.
type personPostRow struct {
	postViewRow
	ThreadTitle string    `bun:"thread_title"`
	Forum       bylineRow `bun:"embed:forum__"`
}

func (r *personPostRow) personView() forum.PersonPostView {
	return forum.PersonPostView{PostView: r.view(), ThreadTitle: r.ThreadTitle, Forum: r.Forum.byline()}
}

var selectPersonPost = strings.Replace(selectPost, "SELECT ", "SELECT CASE WHEN root.removed_at = 0 THEN root.title ELSE '' END AS thread_title, "+bylineColumns("forum")+", ", 1) +
	"JOIN posts AS root ON root.id = posts.thread_id JOIN actors AS forum ON forum.id = posts.forum_id "

// RepliesBy implements forum.PageReader.
func (r reader) RepliesBy(ctx context.Context, author, viewer forum.ID, after string, limit int) ([]forum.PersonPostView, string, error) {
	where, args := "", []any{viewer, viewer, author}
	if after != "" {
		_, id, err := readCursor(after)
		if err != nil {
			return nil, "", err
		}
		where, args = " AND posts.id < ?", append(args, id)
	}
	var rows []personPostRow
	query := selectPersonPost + `
		WHERE posts.author_id = ? AND posts.depth > 0 AND posts.deleted_at = 0 AND posts.removed_at = 0 AND NOT posts.private` + where + " ORDER BY posts.id DESC LIMIT ?"
	if err := r.scan(ctx, &rows, query, append(args, limit+1)...); err != nil {
		return nil, "", err
	}
	var list []forum.PersonPostView
	for i := range rows {
		if i == limit {
			return list, writeCursor(0, rows[i-1].Post.ID), nil
		}
		list = append(list, rows[i].personView())
	}
	return list, "", nil
}

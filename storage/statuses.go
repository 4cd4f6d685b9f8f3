package storage

import (
	"context"
	"slices"
	"strings"

	"portevoix/forum"
	"portevoix/forum/words"
)

// spanned narrows a query to a part of a list: what to add to its conditions, the
// order, and the arguments.
func spanned(column string, s forum.Span) (where, order string, args []any) {
	for _, bound := range []struct {
		sign string
		id   forum.ID
	}{{" < ?", s.Max}, {" > ?", s.Min}, {" > ?", s.Since}} {
		if bound.id != 0 {
			where += " AND " + column + bound.sign
			args = append(args, bound.id)
		}
	}
	order = column + " DESC"
	if s.Min != 0 {
		order = column
	}
	return where, order, args
}

// StatusRefs implements forum.StatusReader. Every list runs along an index.
func (r reader) StatusRefs(ctx context.Context, q forum.StatusQuery) ([]forum.StatusRef, error) {
	query, args := statusRefsQuery(r.driver, q)
	var rows []struct {
		ID    forum.ID
		Place forum.ID
	}
	if err := r.scan(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	list := make([]forum.StatusRef, len(rows))
	for i, row := range rows {
		list[i] = forum.StatusRef(row)
	}
	if q.Min != 0 {
		slices.Reverse(list)
	}
	return list, nil
}

func statusRefsQuery(driver Driver, q forum.StatusQuery) (string, []any) {
	switch q.List {
	case forum.StatusesHome, forum.StatusesListed:
		return homeRefsQuery(driver, q)
	case forum.StatusesBy:
		where, order, bounds := spanned("posts.id", q.Span)
		if q.RootsOnly {
			where += " AND posts.depth = 0"
		}
		if q.OnlyMedia {
			where += " AND posts.attachments <> ''"
		}
		args := append([]any{q.Actor}, bounds...)
		return "SELECT id, id AS place FROM posts WHERE author_id = ? AND deleted_at = 0 AND removed_at = 0 AND NOT private" + where + " ORDER BY " + order + " LIMIT ?", append(args, q.Limit)
	case forum.StatusesPinned:
		return "SELECT post_id AS id, post_id AS place FROM pins WHERE actor_id = ? ORDER BY pinned_at DESC, post_id DESC LIMIT ?", []any{q.Actor, q.Limit}
	case forum.StatusesSupported:
		where, order, bounds := spanned("created_at", q.Span)
		args := append([]any{q.Viewer}, bounds...)
		return "SELECT post_id AS id, created_at AS place FROM supports WHERE actor_id = ? AND NOT withdrawn" + where + " ORDER BY " + order + ", post_id DESC LIMIT ?", append(args, q.Limit)
	case forum.StatusesBookmarks:
		where, order, bounds := spanned("created_at", q.Span)
		args := append([]any{q.Viewer}, bounds...)
		return "SELECT post_id AS id, created_at AS place FROM bookmarks WHERE account_id = ?" + where + " ORDER BY " + order + ", post_id DESC LIMIT ?", append(args, q.Limit)
	}
	return threadRefsQuery(q)
}

// threadRefsQuery asks for threads: all of them, those of a forum, or those with a
// hashtag.
func threadRefsQuery(q forum.StatusQuery) (string, []any) {
	id, from := "threads.post_id", "threads"
	condition, args := "NOT threads.hidden AND author.leaves_at = 0", []any(nil)
	and := func(more string, values ...any) {
		condition += " AND " + more
		args = append(args, values...)
	}
	switch q.List {
	case forum.StatusesIn:
		and("threads.forum_id = ?"+listedInForum, q.Actor, q.Viewer)
	case forum.StatusesTagged:
		id, from = "thread_tags.thread_id", "thread_tags JOIN threads ON threads.post_id = thread_tags.thread_id"
		and("thread_tags.tag = ?"+listed, words.Tag(q.Tag), q.Viewer)
	default:
		condition, args = condition+listed, append(args, q.Viewer)
	}
	condition, args = condition+unblocked("threads.author_id"), append(args, q.Viewer, q.Viewer)
	switch {
	case q.Local:
		and("(forum.host = '' OR author.host = '')")
	case q.Remote:
		and("forum.host <> '' AND author.host <> ''")
	}
	if q.OnlyMedia {
		and("EXISTS (SELECT 1 FROM posts WHERE posts.id = threads.post_id AND posts.attachments <> '')")
	}
	where, order, bounds := spanned(id, q.Span)
	args = append(args, bounds...)
	return "SELECT " + id + " AS id, " + id + " AS place FROM " + from + ` JOIN actors AS author ON author.id = threads.author_id JOIN actors AS forum ON forum.id = threads.forum_id
		WHERE ` + condition + where + " ORDER BY " + order + " LIMIT ?", append(args, q.Limit)
}

// homeRefsQuery asks for what the viewer follows, as Home does: a page of each
// forum, person and hashtag is read along its index, and of their own threads.
func homeRefsQuery(driver Driver, q forum.StatusQuery) (string, []any) {
	bounded, order, bounds := spanned("t.post_id", q.Span)
	visible := "NOT t.hidden AND NOT EXISTS (SELECT 1 FROM thread_follows AS m WHERE m.account_id = ? AND m.thread_id = t.post_id AND m.muted)" + bounded
	newest := func(args ...any) []any {
		return append(append(append([]any{}, args...), append([]any{q.Viewer}, bounds...)...), q.Limit)
	}
	tail := visible + " ORDER BY " + order + " LIMIT ?"
	var parts []string
	var args []any
	who := q.Viewer
	each := func(of, part, condition string) {
		if driver == Postgres {
			parts = append(parts, "SELECT newest.post_id FROM "+of+" CROSS JOIN LATERAL ("+part+") AS newest WHERE "+condition)
		} else {
			parts = append(parts, "SELECT one.post_id FROM "+of+" CROSS JOIN threads AS one ON one.post_id IN ("+part+") WHERE "+condition)
		}
		args = append(args, who)
	}
	followed, whose := "follows", "follows.follower_id = ? AND follows.state = 'accepted'"+atHome
	if q.List == forum.StatusesListed {
		followed, whose, who = "list_members AS follows", "follows.list_id = ?", q.Of
	}
	for _, column := range []string{"forum_id", "author_id"} {
		args = append(args, newest()...)
		each(followed, "SELECT t.post_id FROM threads AS t WHERE t."+column+" = follows.target_id AND "+tail, whose)
	}
	if q.List == forum.StatusesHome {
		args = append(args, newest(tagsInHome)...)
		each("tag_follows", "SELECT t.post_id FROM threads AS t WHERE t.post_id IN (SELECT thread_id FROM thread_tags WHERE thread_tags.tag = tag_follows.tag ORDER BY thread_id DESC LIMIT ?) AND "+tail, "tag_follows.account_id = ?")
		args = append(args, newest()...)
		each("memberships", "SELECT t.post_id FROM threads AS t WHERE t.forum_id = memberships.forum_id AND "+strings.Replace(tail, "NOT t.hidden", "t.inside", 1), oneIsMember)
		args = append(args, newest(q.Viewer)...)
		parts = append(parts, "SELECT mine.post_id FROM (SELECT t.post_id FROM threads AS t WHERE t.author_id = ? AND "+tail+") AS mine")
	}
	args = append(args, q.Viewer, q.Viewer, q.Limit)
	return `SELECT threads.post_id AS id, threads.post_id AS place FROM threads JOIN actors AS author ON author.id = threads.author_id JOIN actors AS forum ON forum.id = threads.forum_id
		WHERE threads.post_id IN (` + strings.Join(parts, " UNION ALL ") + ") AND author.leaves_at = 0 AND " + unblockedServers + unblocked("threads.author_id") +
		" ORDER BY " + strings.ReplaceAll(order, "t.", "threads.") + " LIMIT ?", args
}

type statusRow struct {
	postViewRow
	Forum        bylineRow `bun:"embed:forum__"`
	ParentAuthor forum.ID
	Kind         forum.ThreadKind
	ThreadSize   int
	Locked       bool
	Bookmarked   bool
	Pinned       bool
	Muted        bool
	FollowsForum bool
	FollowsBy    bool
}

// selectStatus takes the viewer six times as argument.
var selectStatus = "SELECT " + prefixed("posts", "post", postWhole...) + ", " + bylineColumns("author") + ", " + bylineColumns("forum") + ", " + viewedColumns + `,
	COALESCE(parent.author_id, 0) AS parent_author, threads.kind, threads.replies AS thread_size, threads.locked_at <> 0 AS locked,
	EXISTS (SELECT 1 FROM bookmarks WHERE bookmarks.account_id = ? AND bookmarks.post_id = posts.id) AS bookmarked,
	EXISTS (SELECT 1 FROM pins WHERE pins.actor_id = posts.author_id AND pins.post_id = posts.id) AS pinned,
	EXISTS (SELECT 1 FROM thread_follows AS m WHERE m.account_id = ? AND m.thread_id = posts.thread_id AND m.muted) AS muted,
	EXISTS (SELECT 1 FROM follows WHERE follows.follower_id = ? AND follows.target_id = posts.forum_id AND follows.state = 'accepted') AS follows_forum,
	EXISTS (SELECT 1 FROM follows WHERE follows.follower_id = ? AND follows.target_id = posts.author_id AND follows.state = 'accepted') AS follows_by
	FROM posts JOIN actors AS author ON author.id = posts.author_id JOIN actors AS forum ON forum.id = posts.forum_id
	JOIN threads ON threads.post_id = posts.thread_id LEFT JOIN posts AS parent ON parent.id = posts.parent_id `

// Statuses implements forum.StatusReader.
func (r reader) Statuses(ctx context.Context, ids []forum.ID, viewer forum.ID) ([]forum.StatusView, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []statusRow
	err := r.scan(ctx, &rows, selectStatus+"WHERE posts.id IN (?) AND posts.deleted_at = 0 AND posts.removed_at = 0", viewer, viewer, viewer, viewer, viewer, viewer, listOf(ids))
	if err != nil {
		return nil, err
	}
	list := make([]forum.StatusView, 0, len(rows))
	for i := range rows {
		row := &rows[i]
		view := forum.StatusView{
			PostView: row.view(), Forum: row.Forum.byline(), ParentAuthor: row.ParentAuthor, Kind: row.Kind, ReplyCount: row.ThreadSize, Locked: row.Locked,
			Bookmarked: row.Bookmarked, Pinned: row.Pinned, Muted: row.Muted, FollowsForum: row.FollowsForum, FollowsBy: row.FollowsBy,
		}
		if !view.Hidden() {
			list = append(list, view)
		}
	}
	return list, nil
}

// Ancestors implements forum.StatusReader.
func (r reader) Ancestors(ctx context.Context, post forum.ID, limit int) ([]forum.ID, error) {
	var rows []struct{ ID forum.ID }
	err := r.scan(ctx, &rows, `WITH RECURSIVE above (id, parent_id, depth) AS (
			SELECT id, parent_id, depth FROM posts WHERE id = ?
			UNION ALL SELECT posts.id, posts.parent_id, posts.depth FROM posts JOIN above ON posts.id = above.parent_id)
		SELECT id FROM above WHERE id <> ? ORDER BY depth DESC LIMIT ?`, post, post, limit)
	list := make([]forum.ID, len(rows))
	for i, row := range rows {
		list[len(rows)-1-i] = row.ID
	}
	return list, err
}

// Descendants implements forum.StatusReader. Of a thread they are read along its
// index, of a reply by walking the tree.
func (r reader) Descendants(ctx context.Context, post forum.ID, limit int) ([]forum.ID, error) {
	var rows []struct {
		ID       forum.ID
		ParentID forum.ID
	}
	err := r.scan(ctx, &rows, "SELECT id, parent_id FROM posts WHERE thread_id = ? AND depth > 0 ORDER BY id LIMIT ?", post, limit)
	if err == nil && len(rows) == 0 {
		err = r.scan(ctx, &rows, `WITH RECURSIVE under (id, parent_id) AS (
				SELECT id, parent_id FROM posts WHERE parent_id = ? AND parent_id <> 0
				UNION ALL SELECT posts.id, posts.parent_id FROM posts JOIN under ON posts.parent_id = under.id)
			SELECT id, parent_id FROM under ORDER BY id LIMIT ?`, post, limit)
	}
	if err != nil {
		return nil, err
	}
	below := map[forum.ID][]forum.ID{}
	for _, row := range rows {
		below[row.ParentID] = append(below[row.ParentID], row.ID)
	}
	var list []forum.ID
	var walk func(id forum.ID)
	walk = func(id forum.ID) {
		for _, child := range below[id] {
			list = append(list, child)
			walk(child)
		}
	}
	walk(post)
	return list, nil
}

// MentionsIn implements forum.StatusReader.
func (r reader) MentionsIn(ctx context.Context, posts []forum.ID) (map[forum.ID][]forum.Byline, error) {
	if len(posts) == 0 {
		return nil, nil
	}
	var rows []struct {
		PostID forum.ID
		Actor  bylineRow `bun:"embed:actor__"`
	}
	err := r.scan(ctx, &rows, "SELECT mentions.post_id, "+bylineColumns("actor")+" FROM mentions JOIN actors AS actor ON actor.id = mentions.actor_id WHERE mentions.post_id IN (?) AND NOT actor.private ORDER BY mentions.post_id, actor.id", listOf(posts))
	found := map[forum.ID][]forum.Byline{}
	for _, row := range rows {
		found[row.PostID] = append(found[row.PostID], row.Actor.byline())
	}
	return found, err
}

// ActiveTags implements forum.StatusReader: of the newest threads, as far as a
// bound.
func (r reader) ActiveTags(ctx context.Context, since forum.ID, limit int) ([]forum.Tag, error) {
	var rows []struct{ Tag, Label string }
	err := r.scan(ctx, &rows, `SELECT tag, max(label) AS label FROM (SELECT thread_tags.tag, thread_tags.label FROM thread_tags JOIN threads ON threads.post_id = thread_tags.thread_id
			WHERE thread_tags.thread_id >= ? AND NOT threads.hidden ORDER BY thread_tags.thread_id DESC LIMIT ?) AS newest
		GROUP BY tag ORDER BY count(*) DESC, tag LIMIT ?`, since, rankedByTag, limit)
	list := make([]forum.Tag, len(rows))
	for i, row := range rows {
		list[i] = forum.Tag{Name: row.Tag, Label: row.Label}
	}
	return list, err
}

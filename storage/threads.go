package storage

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
	"portevoix/forum/words"
)

type threadRow struct {
	bun.BaseModel `bun:"table:threads,alias:threads"`

	PostID     forum.ID         `bun:"post_id,pk"`
	ForumID    forum.ID         `bun:"forum_id"`
	AuthorID   forum.ID         `bun:"author_id"`
	Kind       forum.ThreadKind `bun:"kind"`
	Language   string           `bun:"language"`
	LockedAt   stamp            `bun:"locked_at"`
	Replies    int              `bun:"replies"`
	ActiveAt   stamp            `bun:"active_at"`
	Score      float64          `bun:"score"`
	Merit      int              `bun:"merit"`
	ContextURI string           `bun:"context_uri"`
	AnnounceID forum.ID         `bun:"announce_id"`
	FoundBy    string           `bun:"found_by"`
	Hidden     bool             `bun:"hidden"` // from every list but that of a private forum
	Inside     bool             `bun:"inside"` // shown in that one
	CoClaims   int              `bun:"co_claims"`
	ClaimsTold string           `bun:"co_claims_told"`
	caseRow    `bun:"embed:"`
}

func newThreadRow(t *forum.Thread) *threadRow {
	return &threadRow{
		PostID: t.ID, ForumID: t.ForumID, AuthorID: t.AuthorID, Kind: t.Kind, Language: t.Language, LockedAt: at(t.LockedAt),
		Replies: t.ReplyCount, ActiveAt: at(t.ActiveAt), Score: t.Score, Merit: t.Supports + 2*t.Boosts,
		ContextURI: t.ContextURI, AnnounceID: t.AnnounceID, FoundBy: t.FoundBy, Hidden: t.Hidden() || t.Private, Inside: t.Private && !t.Hidden(),
		ClaimsTold: packTally(t.CoClaimsTold), caseRow: newCaseRow(t.Case),
	}
}

func (r *threadRow) thread(p forum.Post) forum.Thread {
	return forum.Thread{Post: p, Kind: r.Kind, LockedAt: r.LockedAt.Time, ReplyCount: r.Replies, ActiveAt: r.ActiveAt.Time,
		Score: r.Score, ContextURI: r.ContextURI, AnnounceID: r.AnnounceID, FoundBy: r.FoundBy, Case: r.facts(r.Kind), CoClaims: r.CoClaims, CoClaimsTold: unpackTally(r.ClaimsTold)}
}

// bylineRow is the part of an actor that lists show.
type bylineRow struct {
	ID          forum.ID        `bun:"id"`
	Name        string          `bun:"name"`
	Host        string          `bun:"host"`
	URI         string          `bun:"uri"`
	URL         string          `bun:"url"`
	DisplayName string          `bun:"display_name"`
	IconSmall   string          `bun:"icon_small"`
	Emojis      string          `bun:"emojis"`
	Guest       bool            `bun:"guest"`
	Imported    string          `bun:"imported_from"`
	Kind        forum.ActorKind `bun:"kind"`
	GroupRole   forum.GroupRole `bun:"group_role"`
	LeavesAt    stamp           `bun:"leaves_at"`
	Standing    forum.Standing  `bun:"standing"`
	LocalOnly   bool            `bun:"local_only"`
	Private     bool            `bun:"private"`
}

func (r bylineRow) byline() forum.Byline {
	return forum.Byline{ID: r.ID, Name: r.Name, Host: r.Host, URI: r.URI, URL: r.URL, DisplayName: r.DisplayName, Kind: r.Kind, GroupRole: r.GroupRole, IconSmall: r.IconSmall, Emojis: unpackEmojis(r.Emojis), Guest: r.Guest, ImportedFrom: r.Imported, LocalOnly: r.LocalOnly, Private: r.Private}
}

// bylineColumns selects an actor joined as alias into a bylineRow embedded with
// the prefix "<alias>__".
func bylineColumns(alias string) string {
	columns := ""
	for _, c := range []string{"id", "name", "host", "uri", "url", "display_name", "kind", "group_role", "icon_small", "emojis", "guest", "imported_from", "leaves_at", "standing", "local_only", "private"} {
		if columns != "" {
			columns += ", "
		}
		columns += alias + "." + c + " AS " + alias + "__" + c
	}
	return columns
}

// viewedColumns tells what a reader did with the post joined as posts; it takes
// the reader twice as argument.
const viewedColumns = `EXISTS (SELECT 1 FROM supports WHERE supports.post_id = posts.id AND supports.actor_id = ? AND NOT supports.withdrawn) AS supported,
	EXISTS (SELECT 1 FROM boosts WHERE boosts.post_id = posts.id AND boosts.actor_id = ?) AS boosted`

// visitedColumn tells how many replies there were when a reader last visited the
// thread, -1 for never; it takes the reader as argument.
const visitedColumn = `COALESCE((SELECT visits.replies FROM visits WHERE visits.account_id = ? AND visits.thread_id = threads.post_id), -1) AS seen_replies`

// guestsColumn tells what a thread's forum does with replies by guests; those of
// other servers take none from here.
const guestsColumn = "COALESCE((SELECT forums.guests FROM forums WHERE forums.actor_id = threads.forum_id AND forum.host = ''), 'refused') AS guests"

// featuredColumn tells whether a thread stands at the head of its forum.
const featuredColumn = "EXISTS (SELECT 1 FROM pins WHERE pins.actor_id = threads.forum_id AND pins.post_id = threads.post_id) AS featured"

type threadViewRow struct {
	Post      postRow   `bun:"embed:post__"`
	Thread    threadRow `bun:"embed:thread__"`
	Author    bylineRow `bun:"embed:author__"`
	Forum     bylineRow `bun:"embed:forum__"`
	Supported bool      `bun:"supported"`
	Boosted   bool      `bun:"boosted"`
	Following bool      `bun:"following"`
	Muted     bool      `bun:"muted"`

	Featured    bool              `bun:"featured"`
	SeenReplies int               `bun:"seen_replies"`
	Guests      forum.GuestPolicy `bun:"guests"`
	Rights      bool              `bun:"rights"`
}

func (r *threadViewRow) view() forum.ThreadView {
	view := forum.ThreadView{Thread: r.Thread.thread(r.Post.post()), Author: r.Author.byline(), Forum: r.Forum.byline(), Supported: r.Supported, Boosted: r.Boosted, Following: r.Following, Muted: r.Muted, Rights: r.Rights}
	view.Guests, view.Thread.Featured = r.Guests, r.Featured
	hideDeparting(&view.Post, r.Author)
	hideBlocked(&view.Post, r.Author)
	if r.SeenReplies >= 0 {
		view.Visited, view.Fresh = true, max(0, view.ReplyCount-r.SeenReplies)
	}
	return view
}

func prefixed(table, prefix string, columns ...string) string {
	list := ""
	for i, c := range columns {
		if i > 0 {
			list += ", "
		}
		list += table + "." + c + " AS " + prefix + "__" + c
	}
	return list
}

// Lists leave out what they do not show: the texts.
var (
	postHead = []string{"id", "tags", "thread_id", "parent_id", "branch_id", "depth", "forum_id", "author_id", "uri", "url", "title", "language",
		"content_note", "emojis", "published_at", "edited_at", "deleted_at", "removed_at", "removed_reason", "create_id", "children", "supports", "boosts", "merit",
		"tally_replies", "tally_supports", "tally_boosts", "private"}
	postWhole   = append([]string{"body", "content", "attachments", "card", "poll", "quote_uri", "quote_id", "quote_auth", "quote_approved"}, postHead...)
	threadHead  = append([]string{"post_id", "forum_id", "author_id", "kind", "language", "locked_at", "replies", "active_at", "score", "merit", "context_uri", "announce_id", "found_by", "hidden", "co_claims", "co_claims_told"}, caseColumns...)
	threadWhole = append([]string{"feeling"}, threadHead...)
)

// threadViewColumns selects a threadViewRow; viewerArgs are its arguments.
func threadViewColumns(whole bool) string {
	post, thread := postHead, threadHead
	if whole {
		post, thread = postWhole, threadWhole
	}
	rights := ""
	if whole {
		rights = ", EXISTS (SELECT 1 FROM rights_of_reply WHERE rights_of_reply.thread_id = threads.post_id) AS rights"
	}
	return prefixed("posts", "post", post...) + ", " + prefixed("threads", "thread", thread...) + ", " +
		bylineColumns("author") + ", " + bylineColumns("forum") + ", " + viewedColumns + ", " + visitedColumn + ", " + attentionColumns + ", " + guestsColumn + ", " + featuredColumn + rights
}

func selectThread(whole bool) string {
	return "SELECT " + threadViewColumns(whole) + `
	FROM threads JOIN posts ON posts.id = threads.post_id
	JOIN actors AS author ON author.id = threads.author_id
	JOIN actors AS forum ON forum.id = threads.forum_id `
}

// viewerArgs are the arguments of threadViewColumns.
func viewerArgs(viewer forum.ID) []any { return []any{viewer, viewer, viewer, viewer, viewer} }

var (
	selectThreadHead  = selectThread(false)
	selectThreadWhole = selectThread(true)
)

// threadsWith selects threads with their texts, or without.
func threadsWith(texts bool) string {
	if texts {
		return selectThreadWhole
	}
	return selectThreadHead
}

// Thread implements forum.Reader.
func (r reader) Thread(ctx context.Context, id forum.ID) (*forum.Thread, error) {
	view, err := r.ThreadView(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	return &view.Thread, nil
}

// ThreadView implements forum.PageReader.
func (r reader) ThreadView(ctx context.Context, id, viewer forum.ID) (*forum.ThreadView, error) {
	var row threadViewRow
	if err := r.scan(ctx, &row, selectThreadWhole+"WHERE threads.post_id = ?", append(viewerArgs(viewer), id)...); err != nil {
		return nil, err
	}
	view := row.view()
	return &view, nil
}

// Threads implements forum.PageReader. Every order runs along an index that
// leaves hidden threads out; TestThreadsUseIndexes holds that.
func (r reader) Threads(ctx context.Context, q forum.ThreadQuery) (forum.ThreadPage, error) {
	query, args, err := threadsQuery(q, false)
	if err != nil {
		return forum.ThreadPage{}, err
	}
	query = threadsWith(q.Whole) + query
	if q.Linked && q.ForumID != 0 {
		linked, more, err := threadsQuery(q, true)
		if err != nil {
			return forum.ThreadPage{}, err
		}
		query, args = merged(q, query, threadsWith(q.Whole)+linked), append(append(args, more...), q.Limit+1)
	}
	var rows []threadViewRow
	if err := r.scan(ctx, &rows, query, args...); err != nil {
		return forum.ThreadPage{}, err
	}
	more := len(rows) > q.Limit
	rows = rows[:min(len(rows), q.Limit)]
	if backwards(q) {
		slices.Reverse(rows)
		more = true // at least what it is newer than
	}
	page := forum.ThreadPage{}
	for i := range rows {
		view := rows[i].view()
		if q.ForumID != 0 && view.ForumID != q.ForumID {
			view.Featured = false // in its own forum, not in this one
		}
		page.Threads = append(page.Threads, view)
	}
	if more && len(rows) > 0 {
		page.Next = threadCursor(q.Sort, page.Threads[len(rows)-1].Thread)
	}
	return page, nil
}

// FeaturedThreads implements forum.PageReader.
func (r reader) FeaturedThreads(ctx context.Context, forumID, viewer forum.ID) ([]forum.ThreadView, error) {
	var rows []threadViewRow
	err := r.scan(ctx, &rows, selectThreadHead+`JOIN pins ON pins.post_id = threads.post_id
		WHERE pins.actor_id = ? AND (NOT threads.hidden OR threads.inside) ORDER BY pins.pinned_at DESC, pins.post_id DESC`, append(viewerArgs(viewer), forumID)...)
	list := make([]forum.ThreadView, len(rows))
	for i := range rows {
		list[i] = rows[i].view()
	}
	return list, err
}

// backwards says whether a page is read from its end: the one just newer than a
// thread, in a list that begins with the newest.
func backwards(q forum.ThreadQuery) bool {
	return q.NewerThan != 0 && (q.Sort == forum.SortNew || q.Sort == "")
}

// threadsQuery is what follows the columns: the threads that stand somewhere, or
// those that a forum shows from its sources.
func threadsQuery(q forum.ThreadQuery, linked bool) (string, []any, error) {
	args := viewerArgs(q.Viewer)
	from, where, id := "threads", "WHERE NOT threads.hidden", "threads.post_id"
	if q.Inside { // whoever may not read them gets none; see guard
		where = "WHERE threads.inside"
	}
	if linked { // the same, by its own indexes
		from, where, id = "thread_links", "JOIN thread_links ON thread_links.post_id = threads.post_id WHERE NOT thread_links.hidden", "thread_links.post_id"
	}
	and := func(condition string, values ...any) {
		where += " AND " + condition
		args = append(args, values...)
	}
	if q.ForumID != 0 {
		and(from+".forum_id = ?", q.ForumID)
	}
	if q.AuthorID != 0 {
		and("threads.author_id = ?", q.AuthorID)
	}
	if q.CompanyID != 0 {
		and("threads.company_id = ? AND threads.company_id <> 0", q.CompanyID)
	}
	if q.State != "" {
		and("threads.state = ?", q.State)
	}
	if q.ProductID != 0 {
		and("threads.product_id = ?", q.ProductID)
	}
	if q.Kind != "" {
		and("threads.kind = ?", q.Kind)
	}
	if q.Language != "" {
		and("threads.language = ?", q.Language)
	}
	switch tag := words.Tag(q.Tag); {
	case q.Tag == "":
	case linked:
		and("EXISTS (SELECT 1 FROM thread_tags WHERE thread_tags.thread_id = threads.post_id AND thread_tags.tag = ?)", tag)
	case q.Sort == forum.SortNew || q.Sort == "": // along the index of the tag
		where, id = "JOIN thread_tags ON thread_tags.thread_id = threads.post_id "+where, "thread_tags.thread_id"
		and("thread_tags.tag = ?", tag)
	default:
		and(ranked, tag, rankedByTag)
	}
	if !q.Since.IsZero() {
		and(from+".post_id >= ?", forum.FirstID(q.Since))
	}
	if q.Local {
		and("forum.host = ''")
	}
	switch {
	case q.AuthorID != 0:
		and(unblockedServers)
	case q.ForumID != 0:
		where, args = where+listedInForum, append(args, q.Viewer)
	default:
		where, args = where+listed, append(args, q.Viewer)
	}
	order := id + " DESC"
	if column := sortColumns[q.Sort]; column != "" {
		order = from + "." + column + " DESC, " + from + ".post_id DESC"
		if q.After != "" {
			key, id, err := readCursor(q.After)
			if err != nil {
				return "", nil, err
			}
			var before any = key
			if q.Sort == forum.SortTop {
				before = int64(key)
			}
			and("("+from+"."+column+", "+from+".post_id) < (?, ?)", before, id)
		}
	} else {
		if q.After != "" {
			_, before, err := readCursor(q.After)
			if err != nil {
				return "", nil, err
			}
			and(id+" < ?", before)
		}
		if q.OlderThan != 0 {
			and(id+" < ?", q.OlderThan)
		}
		if q.NewerThan != 0 {
			and(id+" > ?", q.NewerThan)
			order = id
		}
	}
	args = append(args, q.Limit+1)
	return where + " ORDER BY " + order + " LIMIT ?", args, nil
}

// sortColumns are what threads are ordered by, then by their ID; the other orders
// go by ID alone.
var sortColumns = map[forum.ThreadSort]string{forum.SortHot: "score", forum.SortActive: "active_at", forum.SortTop: "merit"}

// merged is a page of both of two lists.
func merged(q forum.ThreadQuery, own, linked string) string {
	order := "post__id DESC"
	if column := sortColumns[q.Sort]; column != "" {
		order = "thread__" + column + " DESC, " + order
	} else if q.NewerThan != 0 {
		order = "post__id"
	}
	return "SELECT * FROM (" + own + ") AS own UNION ALL SELECT * FROM (" + linked + ") AS linked ORDER BY " + order + " LIMIT ?"
}

func threadCursor(sort forum.ThreadSort, t forum.Thread) string {
	switch sort {
	case forum.SortHot:
		return writeCursor(t.Score, t.ID)
	case forum.SortActive:
		return writeCursor(float64(t.ActiveAt.UnixMilli()), t.ID)
	case forum.SortTop:
		return writeCursor(float64(t.Supports+2*t.Boosts), t.ID)
	}
	return writeCursor(0, t.ID)
}

// LockThread implements forum.Tx.
func (t *tx) LockThread(ctx context.Context, id forum.ID, locked bool, when time.Time) error {
	if !locked {
		when = time.Time{}
	}
	_, err := t.exec(ctx, "UPDATE threads SET locked_at = ? WHERE post_id = ?", millis(when), id)
	return err
}

// RankThread implements forum.Tx.
func (t *tx) RankThread(ctx context.Context, id forum.ID, active time.Time, score float64) error {
	_, err := t.exec(ctx, "UPDATE threads SET active_at = ?, score = ? WHERE post_id = ?", millis(active), score, id)
	return err
}

package storage

import (
	"context"
	"strings"

	"portevoix/forum"
	"portevoix/forum/markup"
	"portevoix/forum/words"
)

// Search implements forum.PageReader. What has everything in its title comes
// first; each part begins with the newest, along the index, and the page stops
// where it is full.
func (r reader) Search(ctx context.Context, q forum.SearchQuery) (forum.SearchPage, error) {
	w := wanted{terms: wantedTerms(q.Terms), facets: searchFacets(q), without: wantedTerms(q.Without)}
	find, sort := r.findPosts, q.Sort
	if !q.Kind.OfPosts() {
		find, w.terms = r.findActors, wantedNames(q.Terms)
	}
	if len(w.terms) == 0 {
		sort = forum.SearchNewest
	}
	part, before, err := readSearchCursor(q.After)
	if err != nil {
		return forum.SearchPage{}, err
	}
	page := forum.SearchPage{}
	parts := []inTitle{titleHas, titleLacks}
	if sort == forum.SearchNewest {
		parts, part = []inTitle{anywhere}, 0
	}
	for ; part < len(parts); part++ {
		found, err := find(ctx, q, r.match(w, parts[part]), before, q.Limit+1-len(page.Findings))
		if err != nil {
			return forum.SearchPage{}, err
		}
		for _, f := range found {
			if len(page.Findings) == q.Limit {
				return page, nil
			}
			w.mark(&f)
			page.Findings = append(page.Findings, f)
			page.Next = writeCursor(float64(part), idOf(f))
		}
		before = 0
	}
	page.Next = ""
	return page, nil
}

// readSearchCursor reads the part of the findings that a page begins in, and the
// ID it begins after.
func readSearchCursor(after string) (part int, before forum.ID, err error) {
	if after == "" {
		return 0, 0, nil
	}
	key, id, err := readCursor(after)
	if err == nil && key != 0 && key != 1 {
		err = &forum.Error{Code: forum.Invalid, Key: "CursorUnreadable", Field: "after"}
	}
	return int(key), id, err
}

func idOf(f forum.Finding) forum.ID {
	switch {
	case f.Thread != nil:
		return f.Thread.ID
	case f.Reply != nil:
		return f.Reply.ID
	case f.Forum != nil:
		return f.Forum.ID
	}
	return f.Person.ID
}

func searchFacets(q forum.SearchQuery) [][]string {
	kinds := map[forum.SearchKind][]string{
		forum.SearchPosts: {facetThread, facetReply}, forum.SearchThreads: {facetThread}, forum.SearchReplies: {facetReply},
		forum.SearchForums: {facetForum}, forum.SearchPeople: {facetPerson},
	}
	facets := [][]string{kinds[q.Kind]}
	if q.Kind == forum.SearchPosts && q.OfCases() {
		facets[0] = []string{facetThread}
	}
	if !q.Kind.OfPosts() {
		return facets
	}
	if q.AuthorID != 0 {
		facets = append(facets, []string{facetAuthor + q.AuthorID.String()})
	}
	if q.ForumID != 0 {
		facets = append(facets, []string{facetIn + q.ForumID.String()})
	}
	if q.Thread != "" {
		facets = append(facets, []string{facetKind + string(q.Thread)})
	}
	if q.Language != "" {
		facets = append(facets, []string{facetLanguage + primaryLanguage(q.Language)})
	}
	return facets
}

type foundPostRow struct {
	threadViewRow
	RootTitle string `bun:"root_title"`
}

// CROSS JOIN keeps SQLite from beginning anywhere but at the index of words.
var selectFoundPost = "SELECT root.title AS root_title, " + threadViewColumns(true) + `
	FROM post_search CROSS JOIN posts JOIN posts AS root ON root.id = posts.thread_id JOIN threads ON threads.post_id = posts.thread_id
	JOIN actors AS author ON author.id = posts.author_id JOIN actors AS forum ON forum.id = posts.forum_id
	WHERE posts.id = post_search.rowid AND posts.deleted_at = 0 AND posts.removed_at = 0 AND NOT threads.hidden AND author.leaves_at = 0 AND `

// unblocked leaves out whom a reader blocks and who blocks them; it takes the
// reader twice as argument.
func unblocked(column string) string {
	return " AND NOT EXISTS (SELECT 1 FROM blocks WHERE by_id = ? AND whom_id = " + column + ") AND NOT EXISTS (SELECT 1 FROM blocks WHERE by_id = " + column + " AND whom_id = ?)"
}

func (r reader) findPosts(ctx context.Context, q forum.SearchQuery, match string, before forum.ID, limit int) ([]forum.Finding, error) {
	query, args := r.foundPostsQuery(q, match, before, limit)
	var rows []foundPostRow
	if err := r.scan(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	list := make([]forum.Finding, len(rows))
	for i := range rows {
		view := rows[i].view()
		if view.Post.IsRoot() {
			list[i].Thread = &view
			continue
		}
		list[i].Reply = &forum.PersonPostView{PostView: view.Root(), ThreadTitle: rows[i].RootTitle, Forum: view.Forum}
	}
	return list, nil
}

func (r reader) foundPostsQuery(q forum.SearchQuery, match string, before forum.ID, limit int) (string, []any) {
	where, args := r.matching("post_search"), append(viewerArgs(q.Viewer), match)
	if !q.Search.Before.IsZero() && (before == 0 || forum.FirstID(q.Search.Before) < before) {
		before = max(forum.FirstID(q.Search.Before), 1)
	}
	if before != 0 {
		where, args = where+" AND post_search.rowid < ?", append(args, before)
	}
	if !q.Since.IsZero() {
		where, args = where+" AND post_search.rowid >= ?", append(args, forum.FirstID(q.Since))
	}
	about, aboutArgs := aboutCases(q)
	where, args = where+about, append(args, aboutArgs...)
	where, args = where+listed, append(args, q.Viewer)
	if q.Viewer != 0 {
		where, args = where+unblocked("posts.author_id"), append(args, q.Viewer, q.Viewer)
	}
	return selectFoundPost + where + " ORDER BY post_search.rowid DESC LIMIT ?", append(args, limit)
}

// aboutCases leaves what is about one company, one product, or stands somewhere;
// among replies, those in such cases.
func aboutCases(q forum.SearchQuery) (where string, args []any) {
	in := " AND post_search.rowid IN ("
	if q.Kind == forum.SearchReplies {
		in = " AND posts.thread_id IN ("
	}
	switch {
	case q.CompanyID != 0:
		where, args = in+"SELECT post_id FROM threads WHERE company_id = ? AND company_id <> 0 AND NOT hidden)", []any{q.CompanyID}
	case q.Company != "":
		where, args = in+"SELECT post_id FROM threads WHERE lower(company) = lower(?) AND company_id = 0 AND company <> '')", []any{q.Company}
	}
	if q.Product != "" {
		where += in + `SELECT post_id FROM threads WHERE lower(product) = lower(?) AND product <> ''
			UNION SELECT post_id FROM threads WHERE product_id IN (SELECT id FROM products WHERE gtin = ? AND gtin <> '') AND product_id <> 0 AND NOT hidden)`
		args = append(args, q.Product, q.GTIN)
	}
	if q.State != "" {
		where, args = where+" AND threads.state = ?", append(args, q.State)
	}
	return where, args
}

// findActors finds forums or people. Whoever is suspended, or has not been let in
// yet, is nobody to be found.
func (r reader) findActors(ctx context.Context, q forum.SearchQuery, match string, before forum.ID, limit int) ([]forum.Finding, error) {
	query := "SELECT forums.*, " + actorColumns("actor") + `, COALESCE(follows.state, '') AS followed
		FROM actor_search CROSS JOIN actors AS actor LEFT JOIN forums ON forums.actor_id = actor.id
		LEFT JOIN accounts ON accounts.actor_id = actor.id
		LEFT JOIN follows ON follows.target_id = actor.id AND follows.follower_id = ?
		WHERE actor.id = actor_search.rowid AND actor.deleted_at = 0 AND actor.suspended_at = 0 AND actor.leaves_at = 0 AND NOT actor.private
		AND (actor.host <> '' OR actor.kind = 'Group' OR accounts.email_confirmed_at <> 0 AND accounts.approved_at <> 0)` + listedActor + " AND " + r.matching("actor_search")
	args := []any{q.Viewer, match}
	if before != 0 {
		query, args = query+" AND actor_search.rowid < ?", append(args, before)
	}
	if q.Language != "" && q.Kind == forum.SearchForums {
		query, args = query+" AND forums.language = ?", append(args, q.Language)
	}
	if q.Viewer != 0 {
		query, args = query+unblocked("actor.id"), append(args, q.Viewer, q.Viewer)
	}
	var rows []struct {
		ActorID      *forum.ID `bun:"actor_id"`
		Rules        *string
		RulesHTML    *string `bun:"rules_html"`
		Language     *string
		Guests       *string
		Threads      *int
		LastActiveAt *stamp
		Joinable     *bool
		Actor        actorRow `bun:"embed:actor__"`
		Followed     forum.FollowState
	}
	if err := r.scan(ctx, &rows, query+" ORDER BY actor_search.rowid DESC LIMIT ?", append(args, limit)...); err != nil {
		return nil, err
	}
	list := make([]forum.Finding, len(rows))
	for i := range rows {
		actor := rows[i].Actor.actor()
		if !actor.IsForum() {
			list[i].Person = &actor
			continue
		}
		list[i].Forum = &forum.ForumCard{Forum: forum.Forum{Actor: actor}, Followed: rows[i].Followed}
		if rows[i].Threads != nil {
			list[i].Forum.Threads, list[i].Forum.Language = *rows[i].Threads, *rows[i].Language
		}
	}
	return list, nil
}

// maxSnippet bounds what is shown of a text, in bytes.
const maxSnippet = 280

// mark shows where in a finding the words stand. The text behind a content note is
// not shown: the note is.
func (w wanted) mark(f *forum.Finding) {
	if actor := actorOf(f); actor != nil {
		text := markup.Text(actor.Summary)
		split := words.Split(actor.Label())
		f.Title = words.Mark(actor.Label(), split, w.hits(words.Other))
		f.Snippet = words.Excerpt(text, maxSnippet, w.hits(words.LanguageOf("", words.Split(text))))
		return
	}
	var post *forum.Post
	title := ""
	if f.Thread != nil {
		post, title = &f.Thread.Post, f.Thread.Title
	} else {
		post, title = &f.Reply.Post, f.Reply.ThreadTitle
	}
	text := postText(post)
	titleWords := words.Split(title)
	hit := w.hits(postLanguage(post, titleWords, cutWords(words.Split(text))))
	if post.ContentNote != "" {
		text = post.ContentNote
	}
	f.Title, f.Snippet = words.Mark(title, titleWords, hit), words.Excerpt(text, maxSnippet, hit)
}

func actorOf(f *forum.Finding) *forum.Actor {
	if f.Forum != nil {
		return &f.Forum.Actor
	}
	return f.Person
}

// hits tells the words that were looked for, in a text of a language.
func (w wanted) hits(l words.Language) func(string) bool {
	whole, prefix := map[string]bool{}, ""
	for _, a := range w.terms {
		for _, one := range a {
			for _, word := range one.words {
				whole[word] = true
			}
			if one.prefix {
				prefix = one.words[len(one.words)-1]
			}
		}
	}
	return func(word string) bool {
		return whole[words.Stem(word, l)] || prefix != "" && strings.HasPrefix(word, prefix)
	}
}

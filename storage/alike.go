package storage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"portevoix/forum"
	"portevoix/forum/words"
)

// Threads are alike that share words of their titles, what one's title says with
// the other's text, or hashtags. Which, and in which order, is decided here and not
// by the ranking of a database, so both find the same. The work is bounded: a few
// words of a title, the newest few threads for each way of being alike.
const (
	wordsCompared  = 5  // of a title, the longest: they tell most
	tagsCompared   = 5  // of a thread
	candidatesRead = 40 // of each way of being alike, the newest

	wordsInTitle    = 2 // that must be shared by titles, where there are as many
	wordsInTextOnly = 3 // or found anywhere in the other thread
)

// Scores add up; where they are equal, the newer thread goes first.
const (
	scoreWord  = 4 // each word that both titles have
	scoreText  = 5 // the words are there, but not in the title
	scoreTag   = 5 // each common hashtag
	scoreForum = 4 // the same forum, where there is something else in common
)

// likeness is what others may have in common with a thread.
type likeness struct {
	terms   []alternatives
	tags    []string
	forumID forum.ID
	except  forum.ID // the thread itself
}

// alike is a thread that has something in common with another one.
type alike struct {
	id    forum.ID
	score int
}

// tellingTerms are the words of a title that tell most of what it is about.
func tellingTerms(title string) []alternatives {
	list := slices.DeleteFunc(words.Split(title), func(w words.Word) bool { return len(w.Text) < 2 || words.Little(w.Text) })
	slices.SortStableFunc(list, func(a, b words.Word) int {
		return utf8.RuneCountInString(b.Text) - utf8.RuneCountInString(a.Text)
	})
	var terms []alternatives
	seen := map[string]bool{}
	for _, w := range list {
		a := alternatives{}
		for _, variant := range words.Variants([]words.Word{w}) {
			a = append(a, sequence{words: variant})
		}
		if stem := a[0].words[0]; !seen[stem] && len(terms) < wordsCompared {
			seen[stem] = true
			terms = append(terms, a)
		}
	}
	return terms
}

// titleScore counts the terms that a title has. One that says little else goes
// before one that says much else.
func titleScore(title string, terms []alternatives) int {
	split := words.Split(title)
	has := map[string]bool{}
	for _, variant := range words.Variants(split) {
		for _, word := range variant {
			has[word] = true
		}
	}
	shared, telling := 0, 0
	for _, a := range terms {
		if slices.ContainsFunc(a, func(one sequence) bool { return has[one.words[0]] }) {
			shared++
		}
	}
	for _, w := range split {
		if !words.Little(w.Text) {
			telling++
		}
	}
	return scoreWord*shared + scoreWord*shared/max(telling, 1)
}

const selectAlike = `SELECT posts.id, posts.title, posts.forum_id
	FROM post_search CROSS JOIN posts JOIN threads ON threads.post_id = posts.id
	WHERE posts.id = post_search.rowid AND NOT threads.hidden AND posts.id <> ? AND `

// alikeQuery selects the newest threads that have at least so many of the terms.
func (r reader) alikeQuery(l likeness, least int, where inTitle) (string, []any) {
	return selectAlike + r.matching("post_search") + " ORDER BY post_search.rowid DESC LIMIT ?", []any{l.except, r.matchSome(l.terms, least, where), candidatesRead}
}

type alikeRow struct {
	ID      forum.ID
	Title   string
	ForumID forum.ID
}

// alike ranks the threads that have something in common with one.
func (r reader) alike(ctx context.Context, l likeness) ([]alike, error) {
	scores := map[forum.ID]int{}
	add := func(row alikeRow, score int) {
		if _, known := scores[row.ID]; !known && row.ForumID == l.forumID {
			score += scoreForum
		}
		scores[row.ID] += score
	}
	for _, only := range []inTitle{titleHas, anywhere} {
		least := wordsInTitle
		if only == anywhere {
			least = wordsInTextOnly
		}
		if least = min(least, len(l.terms)); least == 0 || only == anywhere && (least == 1 || len(scores) >= relatedKept) {
			break
		}
		var rows []alikeRow
		query, args := r.alikeQuery(l, least, only)
		if err := r.scan(ctx, &rows, query, args...); err != nil {
			return nil, err
		}
		for _, row := range rows {
			if _, known := scores[row.ID]; only == titleHas {
				add(row, titleScore(row.Title, l.terms))
			} else if !known {
				add(row, scoreText)
			}
		}
	}
	for _, tag := range l.tags[:min(len(l.tags), tagsCompared)] {
		var rows []alikeRow
		err := r.scan(ctx, &rows, `SELECT threads.post_id AS id, '' AS title, threads.forum_id FROM thread_tags JOIN threads ON threads.post_id = thread_tags.thread_id
			WHERE thread_tags.tag = ? AND thread_tags.thread_id <> ? AND NOT threads.hidden ORDER BY thread_tags.thread_id DESC LIMIT ?`, words.Tag(tag), l.except, candidatesRead)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			add(row, scoreTag)
		}
	}
	list := make([]alike, 0, len(scores))
	for id, score := range scores {
		list = append(list, alike{id, score})
	}
	slices.SortFunc(list, func(a, b alike) int { return cmp.Or(b.score-a.score, cmp.Compare(b.id, a.id)) })
	return list, nil
}

// matchSome writes a search for threads that have at least so many of the terms.
func (r reader) matchSome(terms []alternatives, least int, where inTitle) string {
	if r.driver == SQLite {
		match := "(" + strings.Join(combinations(termsFTS5(terms), least, " AND "), " OR ") + ")"
		if where == titleHas {
			match = "title : " + match
		}
		return `"` + facetThread + `" AND ` + match
	}
	weight := ""
	if where == titleHas {
		weight = "A"
	}
	return "'" + facetThread + "' & (" + strings.Join(combinations(termsVector(terms, weight), least, " & "), " | ") + ")"
}

// combinations joins each choice of n of a list.
func combinations(list []string, n int, with string) []string {
	var out []string
	var choose func(chosen []string, from int)
	choose = func(chosen []string, from int) {
		if len(chosen) == n {
			out = append(out, "("+strings.Join(chosen, with)+")")
			return
		}
		for i := from; i < len(list); i++ {
			choose(append(slices.Clip(chosen), list[i]), i+1)
		}
	}
	choose(nil, 0)
	return out
}

// Similar implements forum.PageReader.
func (r reader) Similar(ctx context.Context, q forum.SimilarQuery) ([]forum.ThreadView, error) {
	found, err := r.alike(ctx, likeness{terms: tellingTerms(q.Title), forumID: q.ForumID})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	found = found[:min(len(found), candidatesRead)]
	ids, place := make([]forum.ID, len(found)), map[forum.ID]int{}
	for i, f := range found {
		ids[i], place[f.id] = f.id, i
	}
	var rows []threadViewRow
	err = r.scan(ctx, &rows, threadsWith(q.Whole)+"WHERE threads.post_id IN (?) AND NOT threads.hidden"+listed+unblocked("threads.author_id"),
		append(viewerArgs(q.Viewer), listOf(ids), q.Viewer, q.Viewer, q.Viewer)...)
	if err != nil {
		return nil, err
	}
	list := views(rows)
	slices.SortFunc(list, func(a, b forum.ThreadView) int { return place[a.ID] - place[b.ID] })
	return list[:min(len(list), q.Limit)], nil
}

func views(rows []threadViewRow) []forum.ThreadView {
	list := make([]forum.ThreadView, len(rows))
	for i := range rows {
		list[i] = rows[i].view()
	}
	return list
}

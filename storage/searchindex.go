package storage

import (
	"context"
	"strconv"
	"strings"

	"portevoix/forum"
	"portevoix/forum/markup"
	"portevoix/forum/words"
)

// The index of words is FTS5 on SQLite and a tsvector on PostgreSQL. Both hold the
// same words, made here, and know nothing of languages; so both find the same. What
// narrows a search down (author, forum, kind, language) is a word of its own, a
// facet: narrowing down then costs no more than another word.

// maxIndexedWords bounds what is taken in of one text. PostgreSQL counts no
// further than 16383.
const maxIndexedWords = 5000

// A facet begins with a letter that no word has.
const (
	facetThread   = "§t"
	facetReply    = "§r"
	facetForum    = "§g" // of actors
	facetPerson   = "§p" // of actors
	facetAuthor   = "§a" // and the author's ID
	facetIn       = "§f" // and the forum's ID
	facetKind     = "§k" // and the kind of the thread
	facetLanguage = "§l" // and the language, without its subtags
)

// document is what the index holds of a row.
type document struct {
	title  []string
	text   []string
	facets []string
}

func cutWords(list []words.Word) []words.Word { return list[:min(len(list), maxIndexedWords)] }

// postText is what a post says, as people read it.
func postText(p *forum.Post) string {
	text := p.ContentNote + "\n" + markup.Text(p.Content)
	for _, a := range p.Attachments {
		text += "\n" + a.Alt
	}
	return text
}

func postLanguage(p *forum.Post, title, text []words.Word) words.Language {
	if len(text) == 0 {
		return words.LanguageOf(p.Language, title)
	}
	return words.LanguageOf(p.Language, text)
}

func postDocument(p *forum.Post, kind forum.ThreadKind) document {
	title, text := cutWords(words.Split(p.Title)), cutWords(words.Split(postText(p)))
	language := postLanguage(p, title, text)
	d := document{title: words.Stems(title, language), text: words.Stems(text, language)}
	what := facetThread
	if !p.IsRoot() {
		what = facetReply
	}
	d.facets = []string{what, facetAuthor + p.AuthorID.String(), facetIn + p.ForumID.String(), facetKind + string(kind)}
	if p.Language != "" {
		d.facets = append(d.facets, facetLanguage+primaryLanguage(p.Language))
	}
	return d
}

func primaryLanguage(tag string) string {
	primary, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(primary)
}

// actorDocument takes names as they are: they have no endings.
func actorDocument(a *forum.Actor) document {
	text := cutWords(words.Split(markup.Text(a.Summary)))
	d := document{title: words.Texts(cutWords(words.Split(a.DisplayName + " " + a.Name)))}
	d.text = append(words.Stems(text, words.LanguageOf("", text)), words.Texts(cutWords(words.Split(a.Host)))...)
	d.facets = []string{facetPerson}
	if a.IsForum() {
		d.facets = []string{facetForum}
	}
	return d
}

// indexPost takes a post that is shown into the index, or its new text. What only
// the members of a forum read is not in it.
func (t *tx) indexPost(ctx context.Context, p *forum.Post) error {
	if p.Private {
		return nil
	}
	var kind forum.ThreadKind
	if err := t.scan(ctx, &kind, "SELECT kind FROM threads WHERE post_id = ?", p.ThreadID); err != nil {
		return err
	}
	if err := t.indexDocument(ctx, "post_search", p.ID, postDocument(p, kind)); err != nil || !p.IsRoot() {
		return err
	}
	return t.learn(ctx, p)
}

func (t *tx) indexActor(ctx context.Context, a *forum.Actor) error {
	if a.Kind == forum.Application || a.Private {
		return nil
	}
	return t.indexDocument(ctx, "actor_search", a.ID, actorDocument(a))
}

func (t *tx) indexDocument(ctx context.Context, table string, id forum.ID, d document) error {
	var err error
	if t.driver == SQLite {
		_, err = t.exec(ctx, "INSERT OR REPLACE INTO "+table+" (rowid, title, text) VALUES (?, ?, ?)",
			id, strings.Join(d.title, " "), strings.Join(append(d.text, d.facets...), " "))
	} else {
		_, err = t.exec(ctx, "INSERT INTO "+table+" (rowid, words) VALUES (?, ?::tsvector) ON CONFLICT (rowid) DO UPDATE SET words = excluded.words", id, d.vector())
	}
	return err
}

// vector writes a document as PostgreSQL reads it. Words hold letters and digits
// only, facets that and §: nothing in them needs escaping. The text begins two
// places after the title, so that no sequence of words leads from one to the other.
func (d document) vector() string {
	var out strings.Builder
	write := func(word string, place int, weight string) {
		out.WriteString("'" + word + "'")
		if place > 0 {
			out.WriteString(":" + strconv.Itoa(place) + weight)
		}
		out.WriteByte(' ')
	}
	for i, w := range d.title {
		write(w, i+1, "A")
	}
	for i, w := range d.text {
		write(w, len(d.title)+2+i, "")
	}
	for _, f := range d.facets {
		write(f, 0, "")
	}
	return out.String()
}

// A backlog is what was there before the index was. A job takes it in, slice by
// slice, while the server runs.
const (
	backlogSlice  = 200
	slicesPerTurn = 25 // then the job makes room for others
	relateTurns   = 5  // likewise, of threads to relate: each is a search
)

// indexJob takes in the next part of the backlog.
type indexJob struct{}

func (indexJob) Kind() string { return "index" }

// beginBacklog asks for the backlog to be taken in, where there is one.
func (s *Store) beginBacklog(ctx context.Context) error {
	waiting, err := s.exists(ctx, "SELECT 1 FROM search_backlog")
	if err != nil || !waiting {
		return err
	}
	return s.EnqueueJob(ctx, indexJob{})
}

func (s *Store) workBacklog(ctx context.Context, _ indexJob) error {
	for _, what := range []string{"posts", "actors"} {
		for range slicesPerTurn {
			more := false
			err := s.change(ctx, func(ctx context.Context, t *tx) error {
				var err error
				more, err = t.indexSlice(ctx, what)
				return err
			})
			if err != nil {
				return err
			}
			if !more {
				break
			}
		}
	}
	for range relateTurns {
		if more, err := s.relateSlice(ctx); err != nil || !more {
			if err != nil {
				return err
			}
			break
		}
	}
	if err := s.logBacklog(ctx); err != nil {
		return err
	}
	return s.beginBacklog(ctx)
}

// logBacklog says how far the index has come.
func (s *Store) logBacklog(ctx context.Context) error {
	for _, what := range []string{"posts", "actors"} {
		var left int
		err := s.scan(ctx, &left, "SELECT count(*) FROM "+what+" WHERE id > (SELECT up_to FROM search_backlog WHERE what = ?)", what)
		if err != nil {
			return err
		}
		s.logger.InfoContext(ctx, "existing rows are taken into the search index", "what", what, "left", left)
	}
	return nil
}

// indexSlice takes in the next few rows. What was written since has been taken in
// by whoever wrote it; once more does no harm.
func (t *tx) indexSlice(ctx context.Context, what string) (more bool, err error) {
	var upTo []forum.ID
	if err := t.scan(ctx, &upTo, "SELECT up_to FROM search_backlog WHERE what = ?", what); err != nil || len(upTo) == 0 {
		return false, err
	}
	var last forum.ID
	n := 0
	if what == "posts" {
		var rows []postRow
		if err := t.db.NewSelect().Model(&rows).Where("id > ?", upTo[0]).Order("id").Limit(backlogSlice).Scan(ctx); err != nil {
			return false, err
		}
		for i := range rows {
			p := rows[i].post()
			if n, last = n+1, p.ID; p.Hidden() {
				continue
			}
			if err := t.indexPost(ctx, &p); err != nil {
				return false, err
			}
		}
	} else {
		var rows []actorRow
		if err := t.db.NewSelect().Model(&rows).Where("id > ?", upTo[0]).Order("id").Limit(backlogSlice).Scan(ctx); err != nil {
			return false, err
		}
		for i := range rows {
			a := rows[i].actor()
			if n, last = n+1, a.ID; !a.DeletedAt.IsZero() {
				continue
			}
			if err := t.indexActor(ctx, &a); err != nil {
				return false, err
			}
		}
	}
	if n < backlogSlice {
		_, err = t.exec(ctx, "DELETE FROM search_backlog WHERE what = ?", what)
		return false, err
	}
	_, err = t.exec(ctx, "UPDATE search_backlog SET up_to = ? WHERE what = ?", last, what)
	return true, err
}

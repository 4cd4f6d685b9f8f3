package importing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the spool is a file of it

	"portevoix/forum"
)

// spool is what was read so far, in a file that goes when all is done.
type spool struct {
	ctx context.Context
	dir string
	db  *sql.DB
	tx  *sql.Tx // while it is filled
	put map[string]*sql.Stmt
}

const spoolSchema = `
CREATE TABLE authors (id TEXT PRIMARY KEY, foreign_id TEXT NOT NULL, name TEXT NOT NULL, joined INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE categories (id TEXT PRIMARY KEY, name TEXT NOT NULL, closed TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE topics (id TEXT PRIMARY KEY, category TEXT NOT NULL, title TEXT NOT NULL, root TEXT NOT NULL, locked INTEGER NOT NULL, lost TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE posts (id TEXT PRIMARY KEY, foreign_id TEXT NOT NULL, topic TEXT NOT NULL, depth INTEGER NOT NULL, parents TEXT NOT NULL, author TEXT NOT NULL, guest TEXT NOT NULL,
	uri TEXT NOT NULL, body TEXT NOT NULL, extra TEXT NOT NULL, note TEXT NOT NULL, created INTEGER NOT NULL, edited INTEGER NOT NULL, lost TEXT NOT NULL);
`

var spoolInserts = map[string]string{
	"author":   "INSERT OR REPLACE INTO authors VALUES (?, ?, ?, ?)",
	"category": "INSERT OR REPLACE INTO categories VALUES (?, ?, ?)",
	"topic":    "INSERT OR REPLACE INTO topics VALUES (?, ?, ?, ?, ?, ?)",
	"post":     "INSERT OR REPLACE INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
}

func newSpool(ctx context.Context) (*spool, error) {
	dir, err := os.MkdirTemp("", "portevoix-import")
	if err != nil {
		return nil, err
	}
	s := &spool{ctx: ctx, dir: dir, put: map[string]*sql.Stmt{}}
	// One connection: nobody else reads it, and a crash may cost it all.
	s.db, err = sql.Open("sqlite", "file:"+filepath.Join(dir, "spool.db")+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=cache_size(-16384)")
	if err == nil {
		s.db.SetMaxOpenConns(1)
		_, err = s.db.ExecContext(ctx, spoolSchema)
	}
	if err == nil {
		s.tx, err = s.db.BeginTx(context.WithoutCancel(ctx), nil)
	}
	for name, query := range spoolInserts {
		if err == nil {
			s.put[name], err = s.tx.PrepareContext(ctx, query)
		}
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("open spool: %w", err)
	}
	return s, nil
}

func (s *spool) close() {
	if s.db != nil {
		_ = s.db.Close()
	}
	_ = os.RemoveAll(s.dir)
}

// finish ends the filling.
func (s *spool) finish() error {
	if err := s.tx.Commit(); err != nil {
		return err
	}
	_, err := s.db.ExecContext(s.ctx, "CREATE INDEX posts_topic ON posts (topic, depth, created)")
	return err
}

func (s *spool) insert(kind string, values ...any) error {
	if s.put == nil { // of a test that only wants to see what a reader takes
		return nil
	}
	_, err := s.put[kind].ExecContext(s.ctx, values...)
	return err
}

type author struct {
	id, foreign, name string
	joined            time.Time
}

func (s *spool) author(a author) error {
	return s.insert("author", a.id, a.foreign, a.name, unixMilli(a.joined))
}

func (s *spool) category(c Category) error {
	return s.insert("category", c.ID, c.Name, c.Closed)
}

type topic struct {
	id, category, title string
	root                string // the post that opens it; "": the first
	locked              bool
	lost                Reason
}

func (s *spool) topic(t topic) error {
	return s.insert("topic", t.id, t.category, t.title, t.root, t.locked, string(t.lost))
}

type post struct {
	id      string   // in the archive
	foreign string   // by which it is known for good
	topic   string   // in the archive
	order   int      // within its thread, before the date
	parents []string // in the archive, the nearest first
	author  string
	guest   string // the name, where the author has no account
	uri     string
	body    string
	extra   string // what the reader needs to turn body into Markdown
	note    string
	created time.Time
	edited  time.Time
	lost    Reason
}

func (s *spool) post(p post) error {
	return s.insert("post", p.id, p.foreign, p.topic, p.order, strings.Join(p.parents, " "), p.author, p.guest,
		p.uri, p.body, p.extra, p.note, unixMilli(p.created), unixMilli(p.edited), string(p.lost))
}

func unixMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMilli(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

func (s *spool) categories() ([]Category, error) {
	rows, err := s.db.QueryContext(s.ctx, `SELECT topics.category, coalesce(categories.name, ''), coalesce(categories.closed, ''), count(*) FROM topics
		LEFT JOIN categories ON categories.id = topics.category WHERE topics.lost = '' GROUP BY topics.category ORDER BY count(*) DESC, topics.category`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Category
	for rows.Next() {
		var c Category
		if err := rows.Scan(&c.ID, &c.Name, &c.Closed, &c.Threads); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// chosen is a condition for some categories; posts without a thread belong to none
// and to all.
func chosen(categories []string) (string, []any) {
	if len(categories) == 0 {
		return "", nil
	}
	args := make([]any, len(categories))
	for i, c := range categories {
		args[i] = c
	}
	return " WHERE (topics.category IN (?" + strings.Repeat(", ?", len(categories)-1) + "))", args
}

func (s *spool) size(categories []string) (threads, posts int, err error) {
	where, args := chosen(categories)
	err = s.db.QueryRowContext(s.ctx, "SELECT count(DISTINCT topics.id), count(*) FROM posts LEFT JOIN topics ON topics.id = posts.topic"+where, args...).Scan(&threads, &posts)
	return threads, posts, err
}

// spooled is a post with what is known of its thread and author.
type spooled struct {
	ID, Foreign, Topic, Parents, URI, Body, Extra, Note, Lost string
	Created, Edited                                           int64
	First                                                     bool // of its thread
	Root                                                      string
	RootForeign, RootLost                                     string

	TopicKnown               int
	Title, TopicLost, Closed string
	Locked                   bool
	AuthorID, AuthorName     string
	Joined                   int64
	AnsweredForeign          []string
}

// each reads all posts, thread by thread.
func (s *spool) each(categories []string, each func(*spooled) error) error {
	where, args := chosen(categories)
	rows, err := s.db.QueryContext(s.ctx, `SELECT posts.id, posts.foreign_id, posts.topic, posts.parents, posts.uri, posts.body, posts.extra, posts.note, posts.lost, posts.created, posts.edited,
		topics.id IS NOT NULL, coalesce(topics.title, ''), coalesce(topics.lost, ''), coalesce(topics.root, ''), coalesce(topics.locked, 0), coalesce(categories.closed, ''),
		coalesce(authors.foreign_id, 'guest:' || posts.guest), coalesce(authors.name, posts.guest), coalesce(authors.joined, 0)
		FROM posts LEFT JOIN topics ON topics.id = posts.topic LEFT JOIN categories ON categories.id = topics.category LEFT JOIN authors ON authors.id = posts.author`+
		where+" ORDER BY posts.topic, posts.id = coalesce(topics.root, '') DESC, posts.depth, posts.created, posts.rowid", args...)
	if err != nil {
		return err
	}
	// The rows hold the only connection, so what is asked in between is asked of a
	// second one.
	other, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, "spool.db"))
	if err != nil {
		return errors.Join(err, rows.Close())
	}
	w := walk{spool: s, db: other, each: each}
	for rows.Next() && err == nil {
		row := new(spooled)
		err = rows.Scan(&row.ID, &row.Foreign, &row.Topic, &row.Parents, &row.URI, &row.Body, &row.Extra, &row.Note, &row.Lost, &row.Created, &row.Edited,
			&row.TopicKnown, &row.Title, &row.TopicLost, &row.Root, &row.Locked, &row.Closed, &row.AuthorID, &row.AuthorName, &row.Joined)
		if err == nil {
			err = w.next(row)
		}
	}
	return errors.Join(err, rows.Err(), rows.Close(), other.Close())
}

// walk goes through the posts of threads, and gives the one that opens a thread
// first.
type walk struct {
	*spool
	db   *sql.DB
	each func(*spooled) error

	topic             string
	root              string // of the thread that it is in
	rootForeign, lost string
	begun             bool
}

func (w *walk) next(row *spooled) error {
	if !w.begun || row.Topic != w.topic {
		w.begun, w.topic, w.root, w.lost = true, row.Topic, row.Root, ""
		if w.root == "" {
			w.root = row.ID
		}
		err := w.db.QueryRowContext(w.ctx, "SELECT foreign_id, lost FROM posts WHERE id = ? AND topic = ?", w.root, w.topic).Scan(&w.rootForeign, &w.lost)
		if errors.Is(err, sql.ErrNoRows) {
			w.rootForeign, w.lost, err = "", string(LostNoThread), nil
		}
		if err != nil {
			return err
		}
	}
	row.Root, row.RootForeign, row.RootLost = w.root, w.rootForeign, w.lost
	for parent := range strings.FieldsSeq(row.Parents) {
		var foreign string
		err := w.db.QueryRowContext(w.ctx, "SELECT foreign_id FROM posts WHERE id = ?", parent).Scan(&foreign)
		if err == nil {
			row.AnsweredForeign = append(row.AnsweredForeign, foreign)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	return w.each(row)
}

// whyNot is why a post cannot be brought; "" when it can.
func (r *spooled) whyNot() Reason {
	switch {
	case r.Lost != "":
		return Reason(r.Lost)
	case r.TopicKnown == 0:
		return LostNoThread
	case r.Closed != "":
		return LostClosed
	case r.TopicLost != "" && r.ID == r.Root, Reason(r.TopicLost) == LostPrivate:
		return Reason(r.TopicLost)
	case r.TopicLost != "", r.RootLost != "":
		return LostNoThread
	}
	return ""
}

// name tells the people who read the report which post it is.
func (r *spooled) name() string {
	if r.URI != "" {
		return r.URI
	}
	if Reason(r.TopicLost) == LostPrivate || r.Closed != "" {
		return "post " + r.Foreign
	}
	return strings.TrimSpace("post " + r.Foreign + " " + strings.Join(strings.Fields(r.Title), " "))
}

func (r *spooled) post() forum.BroughtPost {
	p := forum.BroughtPost{
		ForeignID: r.Foreign, Thread: r.RootForeign, Answers: r.AnsweredForeign, URI: r.URI, Note: r.Note,
		Author:      forum.BroughtAuthor{ForeignID: r.AuthorID, Name: r.AuthorName, JoinedAt: fromMilli(r.Joined)},
		PublishedAt: fromMilli(r.Created), EditedAt: fromMilli(r.Edited),
	}
	if p.Author.Name == "" {
		p.Author.Name = "?"
	}
	if r.ID == r.Root {
		p.Title, p.Locked = r.Title, r.Locked
	}
	return p
}

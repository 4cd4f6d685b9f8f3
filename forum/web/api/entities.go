package api

import (
	"time"

	"portevoix/forum"
)

// The entities as the API shows them. IDs are decimal strings, times RFC 3339
// in UTC with milliseconds; null means "not".

type authorEntity struct {
	Handle      string `json:"handle"` // "name", or "name@host" elsewhere
	URI         string `json:"uri"`
	URL         string `json:"url"`
	DisplayName string `json:"display_name"`
}

type countsEntity struct {
	Replies  int `json:"replies"`
	Supports int `json:"supports"`
	Boosts   int `json:"boosts"`
	CoClaims int `json:"co_claims"`
}

type threadEntity struct {
	ID        string        `json:"id"`
	URI       string        `json:"uri"` // the id as ActivityStreams
	URL       string        `json:"url"` // the page
	Forum     string        `json:"forum"`
	Kind      string        `json:"kind"`
	Title     string        `json:"title"`
	Body      string        `json:"body"`         // Markdown; "" where it came as HTML
	Content   string        `json:"content"`      // sanitised HTML
	Note      *string       `json:"content_note"` // text and media are folded behind it
	Media     []mediaEntity `json:"media"`
	Card      *cardEntity   `json:"card"` // of the first link
	Poll      *pollEntity   `json:"poll"`
	Quote     *quoteEntity  `json:"quote"`
	Language  *string       `json:"language"`
	State     *string       `json:"state"` // of a case; null for other kinds
	Locked    bool          `json:"locked"`
	Featured  bool          `json:"featured"`
	Author    authorEntity  `json:"author"`
	Counts    countsEntity  `json:"counts"`
	Supported bool          `json:"supported"` // by whom the token acts for
	Boosted   bool          `json:"boosted"`
	Following bool          `json:"following"`
	Muted     bool          `json:"muted"`
	Filtered  *string       `json:"filtered"` // what a filter of theirs that warns is called
	CreatedAt string        `json:"created_at"`
	EditedAt  *string       `json:"edited_at"`
	Case      *caseEntity   `json:"case"` // of grievances and reviews
	Tags      []string      `json:"tags"` // as written, without their sign
}

type replyEntity struct {
	ID        string        `json:"id"`
	URI       string        `json:"uri"`
	URL       string        `json:"url"`
	ThreadID  string        `json:"thread_id"`
	ParentID  string        `json:"parent_id"` // the thread's id for first-level replies
	Author    authorEntity  `json:"author"`
	Body      string        `json:"body"`
	Content   string        `json:"content"`
	Note      *string       `json:"content_note"`
	Media     []mediaEntity `json:"media"`
	Card      *cardEntity   `json:"card"` // of the first link
	Poll      *pollEntity   `json:"poll"`
	Quote     *quoteEntity  `json:"quote"`
	Language  *string       `json:"language"`
	Counts    countsEntity  `json:"counts"`
	Supported bool          `json:"supported"`
	Boosted   bool          `json:"boosted"`
	Filtered  *string       `json:"filtered"`
	CreatedAt string        `json:"created_at"`
	EditedAt  *string       `json:"edited_at"`
	Deleted   bool          `json:"deleted"` // a tombstone: body and content are empty
}

type forumEntity struct {
	Name     string            `json:"name"` // "name", or "name@host" elsewhere
	URI      string            `json:"uri"`
	URL      string            `json:"url"`
	Title    string            `json:"title"`
	Summary  string            `json:"summary"` // sanitised HTML
	Rules    string            `json:"rules"`   // sanitised HTML
	Language *string           `json:"language"`
	Counts   forumCountsEntity `json:"counts"`

	Restricted bool `json:"restricted"` // only moderators open threads
	LocalOnly  bool `json:"local_only"` // no other server hears of it
	Private    bool `json:"private"`    // only its members read it
	Joinable   bool `json:"joinable"`   // of a private one: others may ask to join

	Following  *string `json:"following"`  // "accepted", "pending" or null
	Membership *string `json:"membership"` // of a private one, shown alone: "member", "asked", "invited" or null
	CreatedAt  string  `json:"created_at"`
}

type forumCountsEntity struct {
	Threads   int `json:"threads"`
	Followers int `json:"followers"`
}

// quoteEntity is what a post quotes.
type quoteEntity struct {
	URI      string  `json:"uri"`
	ID       *string `json:"id"`       // of that post here; null where it is not known
	Approved bool    `json:"approved"` // its author let it be quoted
}

func quoteOf(q *forum.Quote) *quoteEntity {
	if q == nil {
		return nil
	}
	e := &quoteEntity{URI: q.URI, Approved: q.Approved}
	if q.PostID != 0 {
		id := q.PostID.String()
		e.ID = &id
	}
	return e
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

func momentOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := moment(t)
	return &s
}

func stringOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func author(b forum.Byline) authorEntity {
	return authorEntity{Handle: b.Handle(), URI: b.URI, URL: b.URL, DisplayName: b.Label()}
}

func (a *API) thread(t *forum.ThreadView) threadEntity {
	tags := t.Tags
	if tags == nil {
		tags = []string{}
	}
	return threadEntity{
		ID: t.ID.String(), URI: t.URI, URL: a.page("/t/", t.ID), Forum: t.Forum.Handle(), Kind: string(t.Kind), Title: t.Title,
		Body: t.Body, Content: t.Content, Note: stringOrNull(t.ContentNote), Media: a.mediaOf(t.Attachments), Card: a.cardOf(t.Card), Poll: a.pollOf(t.Poll), Quote: quoteOf(t.Quote), Language: stringOrNull(t.Language), State: stringOrNull(t.State()), Locked: t.Locked(),
		Featured: t.Featured,
		Author:   author(t.Author), Counts: countsEntity{Replies: t.ReplyCount, Supports: t.ShownSupports(), Boosts: t.ShownBoosts(), CoClaims: t.ShownCoClaims()},
		Supported: t.Supported, Boosted: t.Boosted, Following: t.Following, Muted: t.Muted, Filtered: stringOrNull(t.Filtered.Label), CreatedAt: moment(t.PublishedAt), EditedAt: momentOrNull(t.EditedAt), Case: caseOf(t.Case), Tags: tags,
	}
}

func (a *API) replyOf(r *forum.PostView) replyEntity {
	e := replyEntity{
		ID: r.ID.String(), URI: r.URI, URL: a.page("/p/", r.ID), ThreadID: r.ThreadID.String(), ParentID: r.ParentID.String(),
		Author: author(r.Author), Body: r.Body, Content: r.Content, Note: stringOrNull(r.ContentNote), Media: a.mediaOf(r.Attachments), Card: a.cardOf(r.Card), Poll: a.pollOf(r.Poll), Quote: quoteOf(r.Quote), Language: stringOrNull(r.Language),
		Counts: countsEntity{Replies: r.Children, Supports: r.ShownSupports(), Boosts: r.ShownBoosts()}, Supported: r.Supported, Boosted: r.Boosted, Filtered: stringOrNull(r.Filtered.Label),
		CreatedAt: moment(r.PublishedAt), EditedAt: momentOrNull(r.EditedAt), Deleted: r.Hidden(),
	}
	if e.Deleted {
		e.Body, e.Content, e.Note, e.Media, e.Card, e.Poll, e.Quote = "", "", nil, a.mediaOf(nil), nil, nil, nil
	}
	return e
}

func (a *API) forumOf(f *forum.Forum, followed forum.FollowState) forumEntity {
	return forumEntity{
		Name: f.Handle(), URI: f.URI, URL: a.service.Addresses().Base() + "/f/" + f.Handle(), Title: f.Label(), Summary: f.Summary, Rules: f.RulesHTML,
		Language: stringOrNull(f.Language), Counts: forumCountsEntity{Threads: f.Threads, Followers: f.Followers},
		Restricted: f.Restricted, LocalOnly: f.LocalOnly, Private: f.Private, Joinable: f.Joinable,
		Following: stringOrNull(string(followed)), CreatedAt: moment(f.CreatedAt),
	}
}

// page is the address of a post's page on this server.
func (a *API) page(kind string, id forum.ID) string {
	return a.service.Addresses().Base() + kind + id.String()
}

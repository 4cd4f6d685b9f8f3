package importing

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// lemmyView is what Lemmy (v3 and v4) and PieFed answer of a post or a comment.
// They differ in a few names.
type lemmyView struct {
	Post      *lemmyPost      `json:"post"`
	Comment   *lemmyComment   `json:"comment"`
	Creator   *lemmyPerson    `json:"creator"`
	Community *lemmyCommunity `json:"community"`
}

type lemmyPost struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Title   string `json:"title"` // PieFed
	URL     string `json:"url"`
	Body    string `json:"body"`
	Locked  bool   `json:"locked"`
	NSFW    bool   `json:"nsfw"`
	Poll    any    `json:"poll"` // PieFed
	Deleted bool   `json:"deleted"`
	Removed bool   `json:"removed"`
	APID    string `json:"ap_id"`
	lemmyDates
}

type lemmyComment struct {
	ID      int64  `json:"id"`
	PostID  int64  `json:"post_id"`
	Content string `json:"content"`
	Body    string `json:"body"` // PieFed
	Path    string `json:"path"`
	Deleted bool   `json:"deleted"`
	Removed bool   `json:"removed"`
	APID    string `json:"ap_id"`
	lemmyDates
}

type lemmyDates struct {
	Published   string `json:"published"`
	PublishedAt string `json:"published_at"` // v4
	Updated     string `json:"updated"`
	UpdatedAt   string `json:"updated_at"` // v4
	EditedAt    string `json:"edited_at"`  // PieFed
}

type lemmyPerson struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	UserName    string `json:"user_name"` // PieFed
	DisplayName string `json:"display_name"`
	Title       string `json:"title"` // PieFed
	ActorID     string `json:"actor_id"`
	APID        string `json:"ap_id"` // v4
	Deleted     bool   `json:"deleted"`
	lemmyDates
}

type lemmyCommunity struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	Title      string `json:"title"`
	ActorID    string `json:"actor_id"`
	APID       string `json:"ap_id"` // v4
	Removed    bool   `json:"removed"`
	Deleted    bool   `json:"deleted"`
	Visibility string `json:"visibility"`
}

// readLemmy reads API answers, one or many after another, or a list of them.
func (r *reading) readLemmy(in io.Reader) error {
	decoder := json.NewDecoder(in)
	for {
		err := r.lemmyValue(decoder, 0)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
	}
}

// maxNesting bounds how deep answers are looked for in lists.
const maxNesting = 8

// lemmyValue reads one value: an answer, a view, or a list of them.
func (r *reading) lemmyValue(decoder *json.Decoder, depth int) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	open, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth > maxNesting {
		return errors.New("nested too deeply to be an API answer")
	}
	var view lemmyView
	for decoder.More() {
		if open == '[' {
			err = r.lemmyValue(decoder, depth+1)
		} else {
			err = r.lemmyField(decoder, depth, &view)
		}
		if err != nil {
			return unexpected(err)
		}
	}
	if _, err := decoder.Token(); err != nil {
		return unexpected(err)
	}
	return r.lemmyView(&view)
}

// unexpected says that a file ends where it should not.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// lemmyField reads what a field of an object holds.
func (r *reading) lemmyField(decoder *json.Decoder, depth int, view *lemmyView) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	var into any
	switch token {
	case "posts", "comments", "items", "post_view", "comment_view", "replies": // of PieFed's trees
		return r.lemmyValue(decoder, depth+1)
	case "post":
		into = &view.Post
	case "comment":
		into = &view.Comment
	case "creator":
		into = &view.Creator
	case "community":
		into = &view.Community
	default:
		into = new(json.RawMessage)
	}
	err = decoder.Decode(into)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok { // the rest of the value was read
		r.Lost.add(LostUnreadable, fmt.Sprintf("%v: %v", token, wrong))
		return nil
	}
	return err
}

func (r *reading) lemmyView(v *lemmyView) error {
	if v.Post == nil && v.Comment == nil {
		return nil // an answer, whose views were read already
	}
	if err := r.lemmyCommunity(v.Community); err != nil {
		return err
	}
	who := ""
	if v.Creator != nil {
		var err error
		if who, err = r.lemmyPerson(v.Creator); err != nil {
			return err
		}
	}
	if v.Comment != nil {
		return r.lemmyComment(v.Comment, who)
	}
	return r.lemmyPost(v, who)
}

func (r *reading) lemmyCommunity(c *lemmyCommunity) error {
	if c == nil || c.ID == 0 {
		return nil
	}
	address := first(c.ActorID, c.APID)
	if u, err := url.Parse(address); err == nil && r.Source == "" {
		r.Source = u.Host
	}
	category := Category{ID: number(c.ID), Name: first(c.Title, c.Name)}
	if c.Removed || c.Deleted {
		category.Closed = "removed"
	}
	switch strings.ToLower(c.Visibility) {
	case "private", "localonly", "localonlyprivate":
		category.Closed = "private"
	}
	return r.spool.category(category)
}

func (r *reading) lemmyPerson(p *lemmyPerson) (string, error) {
	id := number(p.ID)
	name := first(p.DisplayName, p.Title, p.UserName, p.Name)
	if p.Deleted {
		name = "deleted"
	}
	return id, r.spool.author(author{id: id, foreign: first(p.ActorID, p.APID, id), name: name, joined: p.published()})
}

func (r *reading) lemmyPost(v *lemmyView, who string) error {
	p := v.Post
	t := topic{id: number(p.ID), title: first(p.Name, p.Title), root: "p" + number(p.ID), locked: p.Locked}
	if v.Community != nil {
		t.category = number(v.Community.ID)
	}
	body := p.Body
	if p.URL != "" && !strings.Contains(body, p.URL) {
		body = strings.TrimSpace("<" + p.URL + ">\n\n" + body)
	}
	one := post{id: t.root, foreign: first(p.APID, t.root), topic: t.id, author: who, uri: p.APID, body: body, created: p.published(), edited: p.edited(), lost: lemmyLost(p.Deleted, p.Removed)}
	if p.NSFW {
		one.note = "NSFW"
	}
	if p.Poll != nil {
		r.Lost.add(LostPoll, one.foreign)
	}
	r.undated(one)
	if err := r.spool.topic(t); err != nil {
		return err
	}
	return r.spool.post(one)
}

func (r *reading) lemmyComment(c *lemmyComment, who string) error {
	id := "c" + number(c.ID)
	var parents []string // the path begins with 0 and ends with the comment itself
	for part := range strings.SplitSeq(c.Path, ".") {
		if part != "0" && "c"+part != id && part != "" {
			parents = append([]string{"c" + part}, parents...)
		}
	}
	if len(parents) > maxAncestors {
		parents = parents[:maxAncestors]
	}
	one := post{id: id, foreign: first(c.APID, id), topic: number(c.PostID), order: strings.Count(c.Path, ".") + 1, parents: parents, author: who, uri: c.APID,
		body: first(c.Content, c.Body), created: c.published(), edited: c.edited(), lost: lemmyLost(c.Deleted, c.Removed)}
	r.undated(one)
	return r.spool.post(one)
}

// maxAncestors bounds how far up a parent is looked for that was brought.
const maxAncestors = 100

func (r *reading) undated(p post) {
	if p.created.IsZero() {
		r.Lost.add(LostUndated, p.foreign)
	}
}

func lemmyLost(deleted, removed bool) Reason {
	switch {
	case deleted:
		return LostDeleted
	case removed:
		return LostHidden
	}
	return ""
}

func (d *lemmyDates) published() time.Time { return readTime(first(d.Published, d.PublishedAt)) }
func (d *lemmyDates) edited() time.Time {
	return readTime(first(d.Updated, d.UpdatedAt, d.EditedAt))
}

// readTime reads the dates of APIs and of dumps; without a zone they are in UTC.
func readTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

var (
	spoilerOpen  = regexp.MustCompile(`(?m)^[ \t]*:::[ \t]*spoiler[ \t]*(.*)$`)
	spoilerClose = regexp.MustCompile(`(?m)^[ \t]*:::[ \t]*$`)
	markdownImg  = regexp.MustCompile(`!\[([^\]\n]*)\]\(\s*<?(https?://[^\s)>]+)>?[^)\n]*\)`)
)

// lemmyMarkdown is Markdown already; spoilers lose their cover, and pictures become
// links when they are rendered.
func lemmyMarkdown(body string) (string, []Reason) {
	var lost []Reason
	if spoilerOpen.MatchString(body) {
		lost = append(lost, LostMarkup)
		body = spoilerClose.ReplaceAllString(spoilerOpen.ReplaceAllString(body, "**$1**\n"), "")
	}
	for range markdownImg.FindAllString(body, -1) {
		lost = append(lost, LostPicture)
	}
	return body, lost
}

package web

import (
	"cmp"
	"fmt"
	stdhtml "html"
	"slices"
	"strings"
	"time"

	"portevoix/forum"
	"portevoix/forum/web/feed"
)

const entriesPerFeed = 40

// feedPath is where the feed of a page is; format is "atom" or "json".
func feedPath(page, format string) string {
	path, query, found := strings.Cut(page, "?")
	path = strings.TrimSuffix(path, "/") + "/feed." + format
	if found {
		path += "?" + query
	}
	return path
}

// frontFeed is the newest threads of all forums.
func (s *Site) frontFeed(v *visit) error {
	page, err := s.store.Threads(v.ctx(), forum.ThreadQuery{Whole: true, Sort: forum.SortNew, Limit: entriesPerFeed})
	if err != nil {
		return err
	}
	server, err := s.store.InstanceActor(v.ctx())
	if err != nil {
		return err
	}
	f := s.newFeed(v, "/", s.o.Instance.Name, v.print.T("Tagline"), v.print.Tag)
	s.addThreads(f, page.Threads)
	return v.serveFeed(f, server.CreatedAt)
}

// forumFeed is the newest threads of a forum.
func (s *Site) forumFeed(v *visit) error {
	of, err := v.forumNamed()
	if err != nil {
		return err
	}
	page, err := s.store.Threads(v.ctx(), forum.ThreadQuery{ForumID: of.ID, Linked: of.Following > 0, Whole: true, Sort: forum.SortNew, Limit: entriesPerFeed})
	if err != nil {
		return err
	}
	f := s.newFeed(v, forumPath(of.Handle()), of.Label()+" · "+s.o.Instance.Name, firstLine(s.o.Renderer.Text(of.Summary)), of.Language)
	s.addThreads(f, page.Threads)
	return v.serveFeed(f, of.CreatedAt)
}

// personFeed is what a person wrote last, threads and replies.
func (s *Site) personFeed(v *visit) error {
	who, err := v.personNamed()
	if err != nil {
		return err
	}
	page, err := s.store.Threads(v.ctx(), forum.ThreadQuery{AuthorID: who.ID, Whole: true, Sort: forum.SortNew, Limit: entriesPerFeed})
	if err != nil {
		return err
	}
	replies, _, err := s.store.RepliesBy(v.ctx(), who.ID, 0, "", entriesPerFeed)
	if err != nil {
		return err
	}
	f := s.newFeed(v, personPath(who.Handle()), who.Label()+" · "+s.o.Instance.Name, firstLine(s.o.Renderer.Text(who.Summary)), "")
	s.addThreads(f, page.Threads)
	for i := range replies {
		f.Entries = append(f.Entries, s.replyEntry(v, &replies[i].PostView, replies[i].ThreadTitle))
	}
	slices.SortStableFunc(f.Entries, func(a, b feed.Entry) int { return cmp.Compare(b.Published.UnixMilli(), a.Published.UnixMilli()) })
	f.Entries = f.Entries[:min(len(f.Entries), entriesPerFeed)]
	return v.serveFeed(f, who.CreatedAt)
}

// threadFeed is the newest replies of a thread.
func (s *Site) threadFeed(v *visit) error {
	t, err := v.shownThread()
	if err != nil {
		return err
	}
	replies, err := s.store.RecentReplies(v.ctx(), t.ID, 0, entriesPerFeed)
	if err != nil {
		return err
	}
	v.print = s.printerFor(t)
	f := s.newFeed(v, threadPath(t.ID, ""), t.Title+" · "+s.o.Instance.Name, v.print.T("Feed.Replies", "Title", t.Title), t.Language)
	f.Home = s.base() + threadPath(t.ID, t.Title)
	for i := range replies {
		f.Entries = append(f.Entries, s.replyEntry(v, &replies[i], t.Title))
	}
	return v.serveFeed(f, t.PublishedAt)
}

func (s *Site) base() string { return s.service.Addresses().Base() }

func (s *Site) newFeed(v *visit, path, title, subtitle, language string) *feed.Feed {
	base := s.base()
	return &feed.Feed{
		Title: title, Subtitle: subtitle, Language: language, Home: base + path, Icon: base + s.o.Files.URL("icon-192.png"),
		Atom: base + feedPath(path, "atom"), JSON: base + feedPath(path, "json"),
	}
}

func (s *Site) addThreads(f *feed.Feed, threads []forum.ThreadView) {
	for i := range threads {
		t := &threads[i]
		e := s.entry(&t.Post, t.Author)
		e.Title, e.Tags = t.Title, append([]string{t.Forum.Label(), string(t.Kind)}, t.Tags...)
		f.Entries = append(f.Entries, e)
	}
}

func (s *Site) replyEntry(v *visit, r *forum.PostView, title string) feed.Entry {
	e := s.entry(&r.Post, r.Author)
	if title == "" {
		e.Title = v.print.T("Feed.ReplyToDeleted", "Name", r.Author.Label())
	} else {
		e.Title = v.print.T("Feed.Reply", "Name", r.Author.Label(), "Title", title)
	}
	return e
}

// entry is what threads and replies have in common. Its id is the post's own,
// which no edit changes and which is the same on every server.
func (s *Site) entry(p *forum.Post, author forum.Byline) feed.Entry {
	e := feed.Entry{
		ID: p.URI, URL: s.base() + postPath(p), Language: p.Language, Published: p.PublishedAt, Updated: p.PublishedAt,
		Author: feed.Author{Name: author.Label(), URL: author.URL}, Content: p.Content,
	}
	if author.Host == "" {
		e.Author.URL = s.base() + bylinePath(author)
	}
	if !p.EditedAt.IsZero() {
		e.Updated = p.EditedAt
	}
	for _, a := range picturesOf(p) {
		e.Content += fmt.Sprintf(`<p><img src="%s" alt="%s" width="%d" height="%d"></p>`, s.base()+mediaPath(usual(a)), stdhtml.EscapeString(a.Alt), usual(a).Width, usual(a).Height)
	}
	for _, a := range recordingsOf(p) {
		file := s.base() + mediaPath(a.Whole())
		e.Content += `<p><a href="` + file + `">` + stdhtml.EscapeString(a.Alt) + `</a></p>`
		e.Enclosures = append(e.Enclosures, feed.Enclosure{URL: file, MediaType: a.MediaType, Bytes: a.Whole().Bytes, Duration: a.Whole().Duration})
	}
	if files := linked(p); len(files) > 0 {
		e.Content += "<ul>"
		for _, a := range files {
			label := a.Alt
			if label == "" {
				label = a.URL
			}
			e.Content += `<li><a href="` + stdhtml.EscapeString(a.URL) + `">` + stdhtml.EscapeString(label) + "</a></li>"
		}
		e.Content += "</ul>"
	}
	if p.ContentNote != "" {
		e.Content = "<details><summary>" + stdhtml.EscapeString(p.ContentNote) + "</summary>" + e.Content + "</details>"
	}
	return e
}

// serveFeed answers in the format of the address. A feed changed when the newest
// of its entries did; one without entries when what it is about began.
func (v *visit) serveFeed(f *feed.Feed, begun time.Time) error {
	f.Updated = begun
	for _, e := range f.Entries {
		if e.Updated.After(f.Updated) {
			f.Updated = e.Updated
		}
	}
	write, contentType := f.WriteAtom, feed.AtomType+"; charset=utf-8"
	if v.variable("format") == "json" {
		write, contentType = f.WriteJSON, feed.JSONType
	}
	body, err := write()
	if err != nil {
		return err
	}
	return v.serve(contentType, body, f.Updated, briefly)
}

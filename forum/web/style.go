package web

import (
	"net/http"
	"time"

	"portevoix/forum"
)

// developing says whether this is a development build, which shows its look.
func (s *Site) developing() bool { return s.o.Instance.Version == "dev" }

// What the look is made of; a test holds these lists to static/files.
var (
	styleColours = []string{"paper", "sheet", "sunk", "ink", "ink-2", "line", "line-strong", "signal", "on-signal", "signal-wash", "link", "good", "wait"}
	styleSizes   = []string{"s-1", "s0", "s1", "s2", "s3"}
	styleIcons   = []string{
		"horn", "heart", "boost", "reply", "check", "link", "share", "copy", "mail", "qr", "feed", "bell", "mute", "close", "pen", "person",
		"globe", "lock", "pin", "flag", "more", "clip", "follow", "search", "trash", "gear", "leave", "picture", "play",
	}
	stylePictures = []string{"thread", "quiet", "lost", "post"}
)

// style shows every component with samples, in the reader's language and theme:
// whoever changes the look sees at once what becomes of it.
func (s *Site) style(v *visit) error {
	p := v.newPage(v.print.T("Style.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, styleView(p, v.samples(s.service.Now())))
}

// styleSamples are what the components are shown with.
type styleSamples struct {
	Threads []*forum.ThreadView
	Page    threadPage
	Card    *forum.Card
	Draft   drawing
}

// samples makes up a thread from here, a locked one from elsewhere, and a branch
// of replies with a removed one. Nothing of it is stored.
func (v *visit) samples(now time.Time) styleSamples {
	text := func(name string) string { return v.print.T("Style.Sample." + name) }
	here := forum.Byline{ID: 1, Name: "lea", DisplayName: "Léa", Kind: forum.Person}
	away := forum.Byline{ID: 2, Name: "max", Host: "social.example", URL: "https://social.example/@max", Kind: forum.Person}
	in := forum.Byline{ID: 3, Name: "telecoms", Kind: forum.Group}
	post := func(id, parent forum.ID, depth int, age time.Duration, body string) forum.Post {
		return forum.Post{ID: id, ThreadID: 10, ParentID: parent, Depth: depth, Content: "<p>" + body + "</p>", Language: v.print.Tag, URL: "https://social.example/@max/1", PublishedAt: now.Add(-age)}
	}
	open := &forum.ThreadView{Thread: forum.Thread{Post: post(10, 0, 0, 50*time.Hour, text("Body")), Kind: forum.Grievance, ReplyCount: 12}, Author: here, Forum: in, Fresh: 3}
	open.Title, open.Supports, open.Boosts, open.Tags = text("Title"), 1204, 8, []string{"telecoms", "bills"}
	locked := &forum.ThreadView{Thread: forum.Thread{Post: post(11, 0, 0, 900*time.Hour, text("Body")), Kind: forum.Question, LockedAt: now}, Author: away, Forum: in}
	locked.Title = text("Question")
	reply := &forum.Branch{PostView: forum.PostView{Post: post(12, 10, 1, 30*time.Hour, text("Reply")), Author: away}}
	removed := &forum.Branch{PostView: forum.PostView{Post: post(13, 12, 2, 20*time.Hour, ""), Author: here}}
	removed.RemovedAt, removed.RemovedReason = now, text("Reason")
	deep := &forum.Branch{PostView: forum.PostView{Post: post(14, 13, 3, 10*time.Hour, text("Reply")), Author: here}, More: 4}
	reply.Children, removed.Children, reply.Supports = 2, 1, 5
	reply.Poll = &forum.Poll{Choices: []forum.PollChoice{{Title: text("Yes"), Votes: 31}, {Title: text("No"), Votes: 12}}, Voters: 43, ClosesAt: now.Add(48 * time.Hour)}
	quoted := open.Root()
	deep.Quote = &forum.Quote{URI: "https://social.example/@max/1", Approved: true, Post: &quoted, Excerpt: text("Reply")}
	removed.Replies, reply.Replies = []*forum.Branch{deep}, []*forum.Branch{removed}
	return styleSamples{
		Threads: []*forum.ThreadView{open, locked},
		Page:    threadPage{Thread: open, Root: open.Root(), Replies: forum.ReplyPage{Branches: []*forum.Branch{reply}}},
		Card:    &forum.Card{URL: "https://news.example/1", Title: text("CardTitle"), Description: text("Reply"), Site: "news.example"},
		Draft:   drawing{Title: open.Title, Note: text("Note"), HTML: open.Content, First: true, Poll: &forum.NewPoll{Choices: []string{text("Yes"), text("No")}, Lasts: forum.DefaultPollLasts}},
	}
}

package forumtest

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portevoix/forum"
)

// testResolve has people come from elsewhere with an address of something.
func testResolve(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	gone := w.Reply(lea, th.ID, 0, "a slip")
	w.Must(w.Service.Delete(w.Ctx(), lea, gone.ID, ""))
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	stranger := &forum.Actor{Kind: forum.Person, Name: "max", Host: "away.example", URI: "https://away.example/users/max"}
	w.Resolver["max@away.example"] = stranger

	for _, c := range []struct {
		address string
		want    string // the id of what is found
	}{
		{th.URI, th.URI}, {" " + th.URI + "\n", th.URI}, {lea.URI, lea.URI}, {ines.URI, ines.URI}, {stranger.URI, stranger.URI},
		{"acct:ines@mastodon.example", ines.URI}, {"@max@away.example", stranger.URI}, {"!telecoms", "https://here.example/f/telecoms"},
	} {
		found, err := w.Service.Resolve(w.Ctx(), lea, c.address)
		if err != nil {
			t.Errorf("%q: %v", c.address, err)
			continue
		}
		got := ""
		if found.Post != nil {
			got = found.Post.URI
		}
		if found.Actor != nil {
			got += found.Actor.URI
		}
		if got != c.want {
			t.Errorf("%q: got %q, want %q", c.address, got, c.want)
		}
	}
	for _, c := range []struct {
		by      *forum.Account
		address string
		code    forum.Code
	}{
		{nil, th.URI, forum.Unauthenticated}, {lea, "", forum.Invalid}, {lea, "https://x.example/" + strings.Repeat("a", 3000), forum.Invalid},
		{lea, gone.URI, forum.Gone}, {lea, "https://here.example/t/1", forum.NotFound}, {lea, "https://away.example/nothing", forum.NotFound},
		{lea, "nobody@away.example", forum.NotFound}, {lea, "what is this", forum.NotFound},
	} {
		if _, err := w.Service.Resolve(w.Ctx(), c.by, c.address); forum.CodeOf(err) != c.code {
			t.Errorf("%q: %v, want %s", c.address, err, c.code)
		}
	}

	// A thread of a remote forum that nobody follows is kept when somebody asked
	// for it, and only where the forum's own server vouches for its author.
	cars := w.Remote(forum.Group, "cars", "mastodon.example")
	asked := w.RemotePost(ines, "A car\nbroke")
	asked.Addressed = []string{cars.URI}
	in := forum.Inbound{Actor: ines, Asked: true}
	if o, err := w.Service.ReceivePost(w.Ctx(), in, asked); err != nil || !o.Done {
		t.Fatalf("asked for: %+v %v", o, err)
	}
	if p, err := w.Store.PostByURI(w.Ctx(), asked.URI); err != nil || p.Title != "A car" || p.ForumID != cars.ID {
		t.Errorf("kept as %+v, %v", p, err)
	}
	foreign := w.Remote(forum.Person, "eve", "evil.example")
	claimed := w.RemotePost(foreign, "An advertisement\nfor cars")
	claimed.Addressed = []string{cars.URI}
	if o, err := w.Service.ReceivePost(w.Ctx(), forum.Inbound{Actor: foreign, Asked: true}, claimed); err != nil || o.Done {
		t.Errorf("a place in a forum was claimed: %+v %v", o, err)
	}
}

// testReceiveTwice has the same post come several ways at the same moment.
func testReceiveTwice(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	const posts, ways = 10, 6
	var wait sync.WaitGroup
	var done atomic.Int64
	for range posts {
		reply := w.RemotePost(ines, "me too")
		reply.ParentID = th.ID
		for range ways {
			in := w.Inbound(ines)
			wait.Go(func() {
				o, err := w.Service.ReceivePost(w.Ctx(), in, reply)
				if err != nil {
					t.Error(err)
				}
				if o.Done {
					done.Add(1)
				}
			})
		}
	}
	wait.Wait()
	view, err := w.Store.ThreadView(w.Ctx(), th.ID, 0)
	w.Must(err)
	if done.Load() != posts || view.ReplyCount != posts {
		t.Errorf("%d of %d posts took effect, %d are counted", done.Load(), posts, view.ReplyCount)
	}
}

func testRecentReplies(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Forum("telecoms")
	th, other := w.Thread(lea, "telecoms", "one"), w.Thread(lea, "telecoms", "two")
	first := w.Reply(lea, th.ID, 0, "r1")
	w.Reply(lea, th.ID, first.ID, "r2")
	slip := w.Reply(lea, th.ID, first.ID, "r3")
	w.Reply(lea, other.ID, 0, "elsewhere")
	w.Reply(lea, th.ID, 0, "r4")
	w.Must(w.Service.Delete(w.Ctx(), lea, slip.ID, ""))
	got := func(limit int) string {
		list, err := w.Store.RecentReplies(w.Ctx(), th.ID, 0, limit)
		w.Must(err)
		s := ""
		for _, p := range list {
			s += p.Body + " " + p.Author.Name + ", "
		}
		return s
	}
	if s := got(10); s != "r4 lea, r2 lea, r1 lea, " {
		t.Errorf("all: %s", s)
	}
	if s := got(2); s != "r4 lea, r2 lea, " {
		t.Errorf("two: %s", s)
	}
}

func testSitemap(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	f := w.Forum("telecoms")
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	var ids []forum.ID
	for i := range 7 {
		ids = append(ids, w.Thread(lea, "telecoms", fmt.Sprintf("t%d", i)).ID)
		w.Clock.Advance(time.Second)
		opening := w.RemotePost(ines, "From afar\ntext")
		opening.Addressed = []string{f.URI}
		_, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(ines), opening)
		w.Must(err)
	}
	w.Must(w.Service.Delete(w.Ctx(), lea, ids[3], ""))
	w.Clock.Advance(time.Hour)
	_, err := w.Service.Edit(w.Ctx(), lea, ids[1], forum.Edit{Title: "t1", Body: "edited"})
	w.Must(err)
	edited := w.Clock.Now()
	replied := w.Reply(lea, ids[2], 0, "news").PublishedAt

	var pages []string
	for after := forum.ID(0); ; {
		list, err := w.Store.SitemapThreads(w.Ctx(), after, 3)
		w.Must(err)
		page := ""
		for _, th := range list {
			page += th.Title + " "
			switch {
			case th.ID == ids[1] && !th.ChangedAt.Equal(edited), th.ID == ids[2] && !th.ChangedAt.Equal(replied), th.ChangedAt.IsZero():
				t.Errorf("%s changed at %s", th.Title, th.ChangedAt)
			}
		}
		pages = append(pages, page)
		end, err := w.Store.SitemapPageEnd(w.Ctx(), after, 3)
		w.Must(err)
		if end == 0 {
			break
		}
		if end != list[len(list)-1].ID {
			t.Fatalf("the page %q ends at %s", page, end)
		}
		after = end
	}
	if got := strings.Join(pages, "| "); got != "t0 t1 t2 | t4 t5 t6 | " {
		t.Errorf("pages: %s", got)
	}
}

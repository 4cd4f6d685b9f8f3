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

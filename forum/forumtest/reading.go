package forumtest

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

func testTopThreads(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim, ines := w.Person("lea"), w.Person("max"), w.Person("ines")
	banks := w.Forum("banks")
	w.Forum("telecoms")
	old := w.Thread(lea, "banks", "old")
	w.Clock.Advance(3 * 24 * time.Hour)
	recent := w.Thread(lea, "telecoms", "recent")
	w.Clock.Advance(2 * time.Hour)
	plain := w.Thread(lea, "banks", "plain")
	w.Must(w.Service.Support(w.Ctx(), maxim, old.ID, true))
	w.Must(w.Service.Boost(w.Ctx(), maxim, old.ID, true)) // 3 points
	w.Must(w.Service.Support(w.Ctx(), maxim, recent.ID, true))
	w.Must(w.Service.Support(w.Ctx(), ines, recent.ID, true)) // 2 points
	top := func(q forum.ThreadQuery) string {
		t.Helper()
		q.Sort, q.Limit = forum.SortTop, 1
		var titles []string
		for range 5 {
			page, err := w.Store.Threads(w.Ctx(), q)
			w.Must(err)
			for _, th := range page.Threads {
				titles = append(titles, th.Title)
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		return strings.Join(titles, " ")
	}
	now := w.Clock.Now()
	for _, c := range []struct {
		name, want string
		q          forum.ThreadQuery
	}{
		{"ever", "old recent plain", forum.ThreadQuery{Since: forum.AllTime.Since(now)}},
		{"this week", "old recent plain", forum.ThreadQuery{Since: forum.Week.Since(now)}},
		{"today", "recent plain", forum.ThreadQuery{Since: forum.Day.Since(now)}},
		{"of a forum", "old plain", forum.ThreadQuery{ForumID: banks.ID}},
	} {
		if got := top(c.q); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	// What is taken back no longer counts, nor does what a closed account gave.
	w.Must(w.Service.Boost(w.Ctx(), maxim, old.ID, false))
	w.Must(w.Service.Support(w.Ctx(), lea, plain.ID, true))
	w.Delete(maxim)
	if got := top(forum.ThreadQuery{}); got != "plain recent old" {
		t.Errorf("after the end of an account: %q", got)
	}
}

func testVisits(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	first := w.Reply(maxim, th.ID, 0, "first")
	visit := func(by *forum.Account) forum.Visit {
		t.Helper()
		v, err := w.Service.VisitThread(w.Ctx(), by, th.ID)
		w.Must(err)
		return v
	}
	fresh := func(by forum.ID) (bool, int) {
		t.Helper()
		page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{Viewer: by, Sort: forum.SortNew, Limit: 1})
		w.Must(err)
		return page.Threads[0].Visited, page.Threads[0].Fresh
	}
	if visit(nil) != (forum.Visit{}) {
		t.Error("visitors leave a trace")
	}
	if v := visit(lea); v.SeenUpTo != 0 || v.Fresh(first.ID) {
		t.Errorf("a first visit: %+v", v)
	}
	if visited, n := fresh(lea.ID); !visited || n != 0 {
		t.Errorf("after the first visit: %v, %d fresh", visited, n)
	}
	second := w.Reply(maxim, th.ID, first.ID, "second")
	w.Reply(maxim, th.ID, 0, "third")
	if visited, n := fresh(lea.ID); !visited || n != 2 {
		t.Errorf("two replies later: %v, %d fresh", visited, n)
	}
	if visited, n := fresh(maxim.ID); visited || n != 0 {
		t.Errorf("who never looked: %v, %d fresh", visited, n)
	}
	if v := visit(lea); v.Fresh(first.ID) || !v.Fresh(second.ID) {
		t.Errorf("the second visit: %+v", v)
	}
	if v := visit(lea); v.Fresh(second.ID) {
		t.Errorf("the third visit: %+v", v)
	}
	w.Delete(lea) // takes the visits along
}

// testThreadWithReplies reads a thread while it grows: at every moment as many
// replies are listed as are counted.
func testThreadWithReplies(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	const replies = 40
	written := make(chan struct{})
	go func() {
		defer close(written)
		for range replies {
			if _, err := w.Service.Reply(w.Ctx(), lea, forum.NewReply{ThreadID: th.ID, Body: "one more"}); err != nil {
				t.Error(err)
			}
		}
	}()
	for done := false; !done; {
		select {
		case <-written:
			done = true
		default:
		}
		view, page, err := w.Store.ThreadWithReplies(w.Ctx(), forum.ReplyQuery{ThreadID: th.ID, Sort: forum.SortOldest, Limit: replies, Depth: 3, PerPage: 100})
		w.Must(err)
		if view.ReplyCount != len(page.Branches) {
			t.Fatalf("%d replies are counted and %d listed", view.ReplyCount, len(page.Branches))
		}
		if done && view.ReplyCount != replies {
			t.Errorf("%d replies in the end, want %d", view.ReplyCount, replies)
		}
	}
	_, _, err := w.Store.ThreadWithReplies(w.Ctx(), forum.ReplyQuery{ThreadID: 1})
	w.Refused(err, forum.NotFound, "NothingHere")
}

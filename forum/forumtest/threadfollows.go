package forumtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

func testFollowThreads(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim, ines := w.Person("lea"), w.Person("max"), w.Person("ines")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	attention := func(by *forum.Account) string {
		t.Helper()
		view, err := w.Store.ThreadView(w.Ctx(), th.ID, by.ID)
		w.Must(err)
		var is []string
		if view.Following {
			is = append(is, "follows")
		}
		if view.Muted {
			is = append(is, "muted")
		}
		return strings.Join(is, " ")
	}
	expect := func(what string, by *forum.Account, want string) {
		t.Helper()
		if got := attention(by); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	unread := func(by *forum.Account) int {
		t.Helper()
		a, err := w.Store.Account(w.Ctx(), by.ID)
		w.Must(err)
		return a.Unread
	}
	expect("who opened it", lea, "follows")
	expect("who looks on", maxim, "")
	w.Reply(maxim, th.ID, 0, "a reply")
	expect("who replied", maxim, "follows")
	for range 2 { // twice is once
		w.Must(w.Service.FollowThread(w.Ctx(), maxim, th.ID, false))
	}
	w.Reply(maxim, th.ID, 0, "another")
	expect("who stopped, and replied again", maxim, "")

	before := unread(lea)
	w.Must(w.Service.MuteThread(w.Ctx(), lea, th.ID, true))
	expect("muted", lea, "follows muted")
	w.Reply(maxim, th.ID, 0, "hey @lea")
	w.Must(w.Service.Support(w.Ctx(), maxim, th.ID, true))
	if got := unread(lea); got != before {
		t.Errorf("%d notifications from a muted thread", got-before)
	}
	w.Must(w.Service.MuteThread(w.Ctx(), lea, th.ID, false))
	expect("no longer muted", lea, "follows")
	w.Must(w.Service.Boost(w.Ctx(), maxim, th.ID, true))
	if got := unread(lea); got != before+1 {
		t.Errorf("%d notifications after the silence", got-before)
	}
	w.Must(w.Service.MuteThread(w.Ctx(), ines, th.ID, true))
	expect("muted without following", ines, "muted")
	w.Must(w.Service.FollowThread(w.Ctx(), ines, th.ID, true))
	expect("following ends the silence", ines, "follows")

	w.Refused(w.Service.FollowThread(w.Ctx(), nil, th.ID, true), forum.Unauthenticated, "SignInFirst")
	w.Refused(w.Service.MuteThread(w.Ctx(), lea, 42, true), forum.NotFound, "")
	w.Must(w.Service.Delete(w.Ctx(), lea, th.ID, ""))
	w.Refused(w.Service.FollowThread(w.Ctx(), maxim, th.ID, true), forum.Gone, "PostDeleted")
	w.Must(w.Service.FollowThread(w.Ctx(), ines, th.ID, false))
	w.Delete(ines) // takes its choices along
}

func testHome(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim, ines := w.Person("lea"), w.Person("max"), w.Person("ines")
	for _, name := range []string{"banks", "telecoms", "cars"} {
		w.Forum(name)
	}
	home := func(sort forum.ThreadSort) []string {
		t.Helper()
		titles := []string{}
		q := forum.HomeQuery{Viewer: lea.ID, Sort: sort, Limit: 2}
		for range 10 {
			page, err := w.Store.Home(w.Ctx(), q)
			w.Must(err)
			if len(page.Threads) > q.Limit {
				t.Fatalf("a page of %d", len(page.Threads))
			}
			for i := range page.Threads {
				titles = append(titles, page.Threads[i].Title)
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		return titles
	}
	expect := func(what, active, newest string) {
		t.Helper()
		if got := home(forum.SortActive); !slices.Equal(got, strings.Fields(active)) {
			t.Errorf("%s, active: %q, want %q", what, got, active)
		}
		if got := home(forum.SortNew); !slices.Equal(got, strings.Fields(newest)) {
			t.Errorf("%s, new: %q, want %q", what, got, newest)
		}
	}
	b1 := w.Thread(maxim, "banks", "b1")
	t1 := w.Thread(ines, "telecoms", "t1")
	c1 := w.Thread(maxim, "cars", "c1")
	own := w.Thread(lea, "cars", "own")
	w.Thread(ines, "banks", "b2")
	expect("follows nothing but what she wrote", "", "")

	_, err := w.Service.Follow(w.Ctx(), lea, "banks")
	w.Must(err)
	expect("a forum", "b2 b1", "b2 b1")
	_, err = w.Service.Follow(w.Ctx(), lea, "ines")
	w.Must(err)
	expect("and a person", "b2 t1 b1", "b2 t1 b1") // b2 is in both, and shown once
	w.Clock.Advance(time.Second)
	w.Must(w.Service.FollowThread(w.Ctx(), lea, c1.ID, true))
	expect("and a thread without new replies", "b2 t1 b1", "b2 t1 b1")
	w.Reply(ines, c1.ID, 0, "r")
	w.Reply(ines, b1.ID, 0, "r")
	expect("after replies", "b1 c1 b2 t1", "b2 c1 t1 b1")
	w.Reply(maxim, own.ID, 0, "r")
	expect("after a reply to her own", "own b1 c1 b2 t1", "b2 own c1 t1 b1")
	w.Must(w.Service.MuteThread(w.Ctx(), lea, b1.ID, true))
	w.Must(w.Service.MuteThread(w.Ctx(), lea, own.ID, true))
	expect("after muting", "c1 b2 t1", "b2 c1 t1")
	w.Must(w.Service.Delete(w.Ctx(), ines, t1.ID, ""))
	w.Must(w.Service.FollowThread(w.Ctx(), lea, c1.ID, false))
	expect("after a deletion and unfollowing", "b2", "b2")
	page, err := w.Store.Home(w.Ctx(), forum.HomeQuery{Viewer: lea.ID, Sort: forum.SortNew, Limit: 1, Whole: true})
	w.Must(err)
	if th := page.Threads[0]; th.Content == "" || th.Forum.Name != "banks" || th.Author.Name != "ines" || page.Next != "" {
		t.Errorf("a thread of the feed: %+v", th)
	}
	_, err = w.Store.Home(w.Ctx(), forum.HomeQuery{Viewer: lea.ID, Sort: forum.SortNew, Limit: 1, After: "rubbish"})
	w.Refused(err, forum.Invalid, "CursorUnreadable")

	// A follow that was asked for and not accepted brings nothing yet.
	group := w.Remote(forum.Group, "wheels", "lemmy.example")
	_, err = w.Service.Follow(w.Ctx(), lea, group.Handle())
	w.Must(err)
	post := w.RemotePost(w.Remote(forum.Person, "joe", "lemmy.example"), "w1\ntext")
	post.Addressed = []string{group.URI}
	in := w.Inbound(post.Author)
	in.Asked = true
	_, err = w.Service.ReceivePost(w.Ctx(), in, post)
	w.Must(err)
	expect("pending", "b2", "b2")
	follow, err := w.Store.FollowBetween(w.Ctx(), lea.URI, group.URI)
	w.Must(err)
	_, err = w.Service.ReceiveAnswer(w.Ctx(), w.Inbound(group), follow.URI, "", true)
	w.Must(err)
	expect("accepted", "w1 b2", "w1 b2")
}

package forumtest

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// listed is what a forum's list shows, by title, in an order.
func (w *World) listed(f *forum.Forum, q forum.ThreadQuery) string {
	w.T.Helper()
	var titles []string
	for { // page by page
		q.ForumID, q.Linked, q.Limit = f.ID, true, 2
		page, err := w.Store.Threads(w.Ctx(), q)
		w.Must(err)
		for i := range page.Threads {
			titles = append(titles, page.Threads[i].Title)
		}
		if q.After = page.Next; page.Next == "" {
			return strings.Join(titles, " ")
		}
	}
}

func (w *World) shows(f *forum.Forum, want string) {
	w.T.Helper()
	if got := w.listed(f, forum.ThreadQuery{Sort: forum.SortNew}); got != want {
		w.T.Errorf("%s shows %q, want %q", f.Name, got, want)
	}
}

// testSources has forums of one server follow each other, in a circle too.
func testSources(t *testing.T, open func(t *testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mia, boss := w.Person("lea"), w.Person("mia"), w.Admin("boss")
	a, b, c := w.Forum("aa", "mia"), w.Forum("bb"), w.Forum("cc")
	old := w.Thread(lea, "cc", "old")
	_, err := w.Service.FollowForum(w.Ctx(), lea, "aa", "bb")
	w.Refused(err, forum.Forbidden, "ModeratorsOnly")
	_, err = w.Service.FollowForum(w.Ctx(), mia, "aa", "aa")
	w.Refused(err, forum.Invalid, "FollowSelf")
	_, err = w.Service.FollowForum(w.Ctx(), mia, "aa", "lea")
	w.Refused(err, forum.NotFound, "ForumUnknown")
	follow := func(by *forum.Account, f, source string) {
		t.Helper()
		w.Clock.Advance(time.Second)
		state, err := w.Service.FollowForum(w.Ctx(), by, f, source)
		w.Must(err)
		if state != forum.FollowAccepted {
			t.Errorf("%s follows %s: %s", f, source, state)
		}
	}
	follow(boss, "bb", "cc")
	follow(mia, "aa", "!bb")
	follow(boss, "bb", "aa") // a circle
	follow(boss, "bb", "aa") // again

	// What was there already is shown, not passed on; what comes is both, once.
	max := w.Remote(forum.Person, "max", "far.example")
	if _, err := w.Service.ReceiveFollow(w.Ctx(), w.Inbound(max), a.URI); err != nil {
		t.Fatal(err)
	}
	w.deliverAll(map[string]string{"far.example": ""})
	w.shows(a, "old")
	w.shows(b, "old")
	fresh := w.Thread(lea, "cc", "fresh")
	w.shows(a, "fresh old")
	w.shows(b, "fresh old")
	w.shows(c, "fresh old")
	if got := w.Delivered("far.example", forum.Microblog); len(got) != 1 || !strings.Contains(got[0], fresh.URI) {
		t.Errorf("passed on: %q", got)
	}
	own := w.Thread(lea, "aa", "own")
	w.shows(a, "own fresh old")
	w.shows(b, "own fresh old")
	w.shows(c, "fresh old")
	w.Must(w.Service.Support(w.Ctx(), mia, fresh.ID, true))
	w.Clock.Advance(time.Second)
	w.Reply(mia, fresh.ID, fresh.ID, "so it is")
	for sort, want := range map[forum.ThreadSort]string{forum.SortHot: "fresh own old", forum.SortTop: "fresh own old", forum.SortActive: "fresh own old"} {
		if got := w.listed(a, forum.ThreadQuery{Sort: sort}); got != want {
			t.Errorf("%s: %q", sort, got)
		}
	}
	home, err := w.Service.Follow(w.Ctx(), mia, "aa")
	if err != nil || home != forum.FollowAccepted {
		t.Fatal(home, err)
	}
	feed, err := w.Store.Home(w.Ctx(), forum.HomeQuery{Viewer: mia.ID, Sort: forum.SortNew, Limit: 10})
	if w.Must(err); len(feed.Threads) != 3 || feed.Threads[1].Forum.Name != "cc" {
		t.Errorf("at home: %+v", feed.Threads)
	}

	// An edit follows it to where it was passed on; a deletion takes it away.
	w.deliverAll(map[string]string{"far.example": ""})
	_, err = w.Service.Edit(w.Ctx(), lea, fresh.ID, forum.Edit{Title: "fresh", Body: "Other text."})
	w.Must(err)
	if got := w.Delivered("far.example", forum.Microblog); len(got) != 1 {
		t.Errorf("the edit: %q", got)
	}
	w.deliverAll(map[string]string{"far.example": ""})

	// A moderator leaves a thread out; the boost is taken back, and it stays out.
	w.Must(w.Service.LeaveOut(w.Ctx(), mia, "aa", fresh.ID, true))
	w.shows(a, "own old")
	w.shows(b, "own fresh old")
	if got := w.Delivered("far.example", forum.Microblog); len(got) != 1 || !strings.Contains(got[0], "Undo") {
		t.Errorf("taken back: %q", got)
	}
	w.Must(w.Service.Support(w.Ctx(), boss, fresh.ID, true)) // the trigger keeps it out
	w.shows(a, "own old")
	w.Must(w.Service.LeaveOut(w.Ctx(), mia, "aa", fresh.ID, false))
	w.shows(a, "own fresh old")

	// Whoever is banned from the follower stays out of it.
	w.Must(w.Service.Ban(w.Ctx(), mia, forum.NewBan{Forum: "aa", Whom: "lea", Reason: "rude"}))
	w.shows(a, "own")
	w.Thread(lea, "cc", "late")
	w.shows(a, "own")
	w.shows(b, "late own fresh old")
	w.Must(w.Service.Unban(w.Ctx(), mia, "aa", "lea"))

	// The end of it takes the links away, and nothing else.
	w.Must(w.Service.Delete(w.Ctx(), lea, own.ID, ""))
	w.shows(b, "late fresh old")
	w.Must(w.Service.UnfollowForum(w.Ctx(), boss, "bb", "cc"))
	w.shows(b, "")
	w.shows(c, "late fresh old")
	w.Must(w.Service.UnfollowForum(w.Ctx(), boss, "bb", "cc"))
	if p, err := w.Store.Post(w.Ctx(), old.ID); err != nil || p.Hidden() {
		t.Error("the thread went with its link")
	}
}

// testRemoteSources has a forum follow groups elsewhere, and one elsewhere take
// back what it passed on.
func testRemoteSources(t *testing.T, open func(t *testing.T) Store) {
	w := NewWorld(t, open(t))
	boss := w.Admin("boss")
	a := w.Forum("aa")
	inside, err := w.Service.CreateForum(w.Ctx(), forum.Operator(), "inside", forum.ForumDetails{Title: "Inside", LocalOnly: true}, nil)
	w.Must(err)
	group, other := w.Remote(forum.Group, "cars", "lemmy.example"), w.Remote(forum.Group, "bikes", "hub.example")
	author := w.Remote(forum.Person, "noor", "lemmy.example")
	_, err = w.Service.FollowForum(w.Ctx(), boss, "inside", "cars@lemmy.example")
	w.Refused(err, forum.Forbidden, "SourceElsewhere")
	_, err = w.Service.FollowForum(w.Ctx(), boss, "aa", "inside")
	w.Refused(err, forum.Forbidden, "SourceLocalOnly")
	_, err = w.Service.FollowForum(w.Ctx(), boss, "inside", "aa")
	w.Must(err)

	for _, g := range []*forum.Actor{group, other} {
		state, err := w.Service.FollowForum(w.Ctx(), boss, "aa", g.Handle())
		w.Must(err)
		if state != forum.FollowPending {
			t.Errorf("%s: %s", g.Name, state)
		}
	}
	if got := w.Delivered("lemmy.example", forum.GroupAware); len(got) != 1 || !strings.Contains(got[0], "Follow") {
		t.Fatalf("sent %q", got)
	}
	for _, g := range []*forum.Actor{group, other} {
		if outcome, err := w.Service.ReceiveAnswer(w.Ctx(), w.Inbound(g), "", a.URI, true); err != nil || !outcome.Done {
			t.Fatal(outcome, err)
		}
	}
	list, err := w.Store.Followed(w.Ctx(), a.ID, 10)
	if w.Must(err); len(list) != 2 || list[0].State != forum.FollowAccepted {
		t.Errorf("follows %+v", list)
	}
	w.Clock.Advance(time.Second)
	post := w.RemotePost(author, "<p>first</p>")
	post.Title, post.Addressed = "first", []string{group.URI}
	in := w.Inbound(author)
	in.Via, in.Raw = group, nil
	if outcome, err := w.Service.ReceivePost(w.Ctx(), in, post); err != nil || !outcome.Done {
		t.Fatal(outcome, err)
	}
	w.shows(a, "first")
	w.shows(inside, "first") // which follows aa

	// Another group passes on a thread of the first, and one of a third.
	share := w.Inbound(other)
	if outcome, err := w.Service.ReceiveBoost(w.Ctx(), share, post.URI, w.Clock.Now()); err != nil || !outcome.Done {
		t.Fatal(outcome, err)
	}
	th, err := w.Store.PostByURI(w.Ctx(), post.URI)
	if w.Must(err); th.Boosts != 0 {
		t.Error("what a group passes on counts as a boost")
	}
	third := w.Remote(forum.Group, "trains", "far.example")
	writer := w.Remote(forum.Person, "kim", "far.example")
	w.Clock.Advance(time.Second)
	second := w.RemotePost(writer, "<p>second</p>")
	second.Title, second.Addressed = "second", []string{third.URI}
	in = forum.Inbound{URI: other.URI + "/announces/2", Actor: writer, Via: other, Shares: true}
	if outcome, err := w.Service.ReceivePost(w.Ctx(), in, second); err != nil || !outcome.Done {
		t.Fatal(outcome, err)
	}
	w.shows(a, "second first")
	if p, err := w.Store.PostByURI(w.Ctx(), second.URI); err != nil || p.ForumID != third.ID {
		t.Errorf("it stands in %v, %v", p, err)
	}
	if outcome, err := w.Service.ReceiveUndo(w.Ctx(), w.Inbound(other), forum.Undone{URI: in.URI, Type: "Announce"}); err != nil || !outcome.Done {
		t.Fatal(outcome, err)
	}
	w.shows(a, "first")

	// One that refuses is no source.
	if _, err := w.Service.ReceiveAnswer(w.Ctx(), w.Inbound(group), "", a.URI, false); err != nil {
		t.Fatal(err)
	}
	w.shows(a, "")
}

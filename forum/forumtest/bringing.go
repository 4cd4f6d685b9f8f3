package forumtest

import (
	"slices"
	"testing"
	"time"

	"portevoix/forum"
)

// archive is a thread as it could stand in an archive, older than IDs can tell.
func archive() []forum.BroughtPost {
	when := time.Date(2006, 5, 4, 10, 0, 0, 0, time.UTC)
	marie := forum.BroughtAuthor{ForeignID: "7", Name: "Marie L.", JoinedAt: when.AddDate(-1, 0, 0)}
	luc := forum.BroughtAuthor{ForeignID: "8", Name: "marie-l"}
	return []forum.BroughtPost{
		{ForeignID: "1", Thread: "1", Author: marie, Title: "The meter runs", Body: "By itself. #meter @lea", PublishedAt: when, Locked: true},
		{ForeignID: "2", Thread: "1", Author: luc, Body: "Mine too", PublishedAt: when.Add(time.Minute), EditedAt: when.Add(time.Hour)},
		{ForeignID: "3", Thread: "1", Answers: []string{"gone", "2"}, Author: marie, Body: "Since when?", PublishedAt: when.Add(2 * time.Minute)},
		{ForeignID: "5", Thread: "4", Author: luc, Body: "An answer to nothing", PublishedAt: when},
	}
}

// testBrought brings a thread from an archive, twice, and looks for what must not
// come of it.
func testBrought(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	f := w.Forum("energy", "lea")
	follower := w.Remote(forum.Person, "zoe", "far.example")
	_, err := w.Service.ReceiveFollow(w.Ctx(), w.Inbound(follower), f.URI)
	w.Must(err)
	w.deliverAll(map[string]string{"far.example": ""})
	b := forum.Bringing{Source: "old.example", Forum: "energy"}
	_, err = w.Service.Bring(w.Ctx(), lea, b, archive())
	w.Refused(err, forum.Forbidden, "")
	bring := func(want ...forum.BroughtFate) {
		t.Helper()
		fates, err := w.Service.Bring(w.Ctx(), forum.Operator(), b, archive())
		w.Must(err)
		if !slices.Equal(fates, want) {
			t.Errorf("came to %q, want %q", fates, want)
		}
	}
	bring(forum.FateAdded, forum.FateAdded, forum.FateAdded, forum.FateNoThread)
	bring(forum.FateBefore, forum.FateBefore, forum.FateBefore, forum.FateNoThread)

	page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{ForumID: f.ID, Limit: 10})
	w.Must(err)
	if len(page.Threads) != 1 {
		t.Fatalf("%d threads", len(page.Threads))
	}
	th := page.Threads[0]
	if th.Title != "The meter runs" || th.ReplyCount != 2 || !th.Locked() || th.Author.ImportedFrom != "old.example" || th.Author.Label() != "Marie L." || th.Author.Name != "old_marie_l" ||
		!th.PublishedAt.Equal(archive()[0].PublishedAt) || !th.ActiveAt.Equal(archive()[2].PublishedAt) || !slices.Equal(th.Tags, []string{"meter"}) {
		t.Errorf("the thread is %+v", th)
	}
	ids, err := w.Store.Brought(w.Ctx(), "old.example", forum.BroughtPosts, []string{"1", "2", "3", "5"})
	w.Must(err)
	third, err := w.Store.Post(w.Ctx(), ids["3"])
	w.Must(err)
	if len(ids) != 3 || third.ParentID != ids["2"] || third.Depth != 2 || third.BranchID != ids["2"] || ids["1"] >= ids["2"] || ids["2"] >= ids["3"] {
		t.Errorf("brought are %v, the third is %+v", ids, third)
	}
	if luc, err := w.Store.ActorByHandle(w.Ctx(), forum.Handle{Name: "old_marie_l_2"}); err != nil || luc.DisplayName != "marie-l" || luc.Posts != 1 {
		t.Errorf("the other author is %+v: %v", luc, err)
	}
	if n, err := w.Store.PendingDeliveries(w.Ctx()); err != nil || n != 0 {
		t.Errorf("%d deliveries wait: %v", n, err)
	}
	if fresh, err := w.Store.Account(w.Ctx(), lea.ID); err != nil || fresh.Unread != 0 {
		t.Errorf("somebody was told: %+v %v", fresh, err)
	}

	// What was deleted here does not come back, and takes no more replies.
	w.Must(w.Service.Delete(w.Ctx(), lea, ids["1"], "spam"))
	bring(forum.FateBefore, forum.FateBefore, forum.FateBefore, forum.FateNoThread)
	late := archive()[1:2]
	late[0].ForeignID = "9"
	fates, err := w.Service.Bring(w.Ctx(), forum.Operator(), b, late)
	if err != nil || fates[0] != forum.FateHidden {
		t.Errorf("a late reply came to %v, %v", fates, err)
	}
}

// testBroughtClaims answers somebody from an archive, bans them, and gives them an
// account.
func testBroughtClaims(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Forum("energy", "lea")
	b := forum.Bringing{Source: "old.example", Forum: "energy"}
	posts := archive()[:3]
	posts[0].Locked = false
	_, err := w.Service.Bring(w.Ctx(), forum.Operator(), b, posts)
	w.Must(err)
	ids, err := w.Store.Brought(w.Ctx(), "old.example", forum.BroughtPosts, []string{"1"})
	w.Must(err)
	w.Reply(lea, ids["1"], 0, "And now?")
	w.Must(w.Service.Ban(w.Ctx(), lea, forum.NewBan{Forum: "energy", Whom: "old_marie_l_2", Reason: "rude"}))

	claim := func(name, email string) error {
		_, err := w.Service.ClaimImported(w.Ctx(), forum.Operator(), name, email)
		return err
	}
	w.Refused(claim("lea", "other@here.example"), forum.Conflict, "NotImported")
	w.Refused(claim("nobody", "other@here.example"), forum.NotFound, "AccountUnknown")
	w.Refused(claim("old_marie_l", "lea@here.example"), forum.Conflict, "EmailTaken")
	w.Must(claim("old_marie_l", "marie@here.example"))
	w.Refused(claim("old_marie_l", "marie2@here.example"), forum.Conflict, "NotImported")
	marie, err := w.Store.AccountByEmail(w.Ctx(), "marie@here.example")
	w.Must(err)
	if marie.ImportedFrom != "" || marie.MayWrite() != nil {
		t.Errorf("marie has %+v", marie)
	}
	w.Reply(marie, ids["1"], 0, "It is me")
}

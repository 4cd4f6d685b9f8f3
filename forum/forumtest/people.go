package forumtest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"portevoix/forum"
)

func rollback(a *forum.Account, reason error) func(context.Context, forum.Tx) error {
	return func(ctx context.Context, tx forum.Tx) error {
		changed := *a
		changed.DisplayName = "changed"
		if err := tx.UpdateActor(ctx, &changed.Actor); err != nil {
			return err
		}
		seen, err := tx.Account(ctx, a.ID)
		if err != nil {
			return err
		}
		if seen.DisplayName != "changed" {
			return fmt.Errorf("a transaction does not see its own write: %q", seen.DisplayName)
		}
		return reason
	}
}

func testConcurrency(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	const people, each = 8, 10
	var wait sync.WaitGroup
	for i := range people {
		p := w.Person(fmt.Sprintf("p%d", i))
		wait.Go(func() {
			for j := range each {
				if _, err := w.Service.Reply(w.Ctx(), p, forum.NewReply{ThreadID: th.ID, Body: fmt.Sprintf("%d", j)}); err != nil {
					t.Error(err)
				}
				if err := w.Service.Support(w.Ctx(), p, th.ID, true); err != nil { // again and again
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	got, err := w.Store.ThreadView(w.Ctx(), th.ID, 0)
	w.Must(err)
	if got.ReplyCount != people*each || got.Supports != people {
		t.Errorf("%d replies, %d supports; want %d and %d", got.ReplyCount, got.Supports, people*each, people)
	}
	account, err := w.Store.Account(w.Ctx(), lea.ID)
	w.Must(err)
	page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, Unread: true, Limit: 10})
	w.Must(err)
	counts := map[forum.NotificationKind]int{}
	for _, g := range page.Groups {
		counts[g.Kind] += g.Count
	}
	if account.Unread != 2 || len(page.Groups) != 2 || counts[forum.NotifyReply] != people*each || counts[forum.NotifySupport] != people {
		t.Errorf("%d unread, in the groups %v; want 2 with %d and %d", account.Unread, counts, people*each, people)
	}
}

func testVotes(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	reply := w.Reply(lea, th.ID, 0, "r")
	score := func() float64 {
		got, err := w.Store.Thread(w.Ctx(), th.ID)
		w.Must(err)
		return got.Score
	}
	before := score()
	for range 2 { // twice is once
		w.Must(w.Service.Support(w.Ctx(), maxim, th.ID, true))
		w.Must(w.Service.Boost(w.Ctx(), maxim, th.ID, true))
		w.Must(w.Service.Support(w.Ctx(), maxim, reply.ID, true))
	}
	view, err := w.Store.ThreadView(w.Ctx(), th.ID, maxim.ID)
	w.Must(err)
	if view.Supports != 1 || view.Boosts != 1 || !view.Supported || !view.Boosted || score() <= before {
		t.Errorf("after voting: %+v", view)
	}
	w.Refused(w.Service.Support(w.Ctx(), nil, th.ID, true), forum.Unauthenticated, "SignInFirst")
	for range 2 {
		w.Must(w.Service.Support(w.Ctx(), maxim, th.ID, false))
		w.Must(w.Service.Boost(w.Ctx(), maxim, th.ID, false))
	}
	view, err = w.Store.ThreadView(w.Ctx(), th.ID, maxim.ID)
	w.Must(err)
	if view.Supports != 0 || view.Boosts != 0 || view.Supported || view.Boosted || score() != before {
		t.Errorf("after taking it back: %+v, score %v, was %v", view, score(), before)
	}
}

func testFollows(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	f := w.Forum("telecoms")
	state, err := w.Service.Follow(w.Ctx(), lea, "telecoms")
	w.Must(err)
	if state != forum.FollowAccepted {
		t.Errorf("follow of a local forum is %s", state)
	}
	_, err = w.Service.Follow(w.Ctx(), lea, "@max@here.example")
	w.Must(err)
	_, err = w.Service.Follow(w.Ctx(), lea, "max")
	w.Must(err)
	_, err = w.Service.Follow(w.Ctx(), lea, "lea")
	w.Refused(err, forum.Invalid, "FollowSelf")
	_, err = w.Service.Follow(w.Ctx(), lea, "nobody")
	w.Refused(err, forum.NotFound, "")
	_, err = w.Service.Follow(w.Ctx(), lea, "nobody@there.example")
	w.Refused(err, forum.NotFound, "")
	got, err := w.Store.Actor(w.Ctx(), f.ID)
	w.Must(err)
	person, err := w.Store.Actor(w.Ctx(), maxim.ID)
	w.Must(err)
	follower, err := w.Store.Actor(w.Ctx(), lea.ID)
	w.Must(err)
	if got.Followers != 1 || person.Followers != 1 || follower.Following != 2 {
		t.Errorf("counts %d %d %d", got.Followers, person.Followers, follower.Following)
	}

	group := w.Remote(forum.Group, "cars", "lemmy.example")
	state, err = w.Service.Follow(w.Ctx(), lea, "!cars@lemmy.example")
	w.Must(err)
	if state != forum.FollowPending {
		t.Errorf("follow of a remote forum is %s", state)
	}
	if got := w.Delivered("lemmy.example", forum.GroupAware); len(got) != 1 {
		t.Errorf("sent %q", got)
	}
	accept := w.Inbound(group)
	follow, err := w.Store.FollowBetween(w.Ctx(), lea.URI, group.URI)
	w.Must(err)
	outcome, err := w.Service.ReceiveAnswer(w.Ctx(), accept, follow.URI, "", true)
	w.Must(err)
	if rel, err := w.Store.Relation(w.Ctx(), lea.ID, group.ID); err != nil || rel.Following != forum.FollowAccepted || !outcome.Done {
		t.Errorf("after the Accept: %+v %v %v", rel, outcome, err)
	}
	// Somebody else's Accept changes nothing.
	stranger := w.Remote(forum.Person, "eve", "evil.example")
	_, err = w.Service.Follow(w.Ctx(), maxim, "!cars@lemmy.example")
	w.Must(err)
	pending, err := w.Store.FollowBetween(w.Ctx(), maxim.URI, group.URI)
	w.Must(err)
	if outcome, err := w.Service.ReceiveAnswer(w.Ctx(), w.Inbound(stranger), pending.URI, maxim.URI, true); err != nil || outcome.Done {
		t.Errorf("a stranger accepted a follow: %v %v", outcome, err)
	}
	if _, err := w.Service.ReceiveAnswer(w.Ctx(), w.Inbound(group), "", maxim.URI, false); err != nil {
		t.Fatal(err)
	}
	if rel, err := w.Store.Relation(w.Ctx(), maxim.ID, group.ID); err != nil || rel.Following != "" {
		t.Errorf("after the Reject: %+v %v", rel, err)
	}
	w.Must(w.Service.Unfollow(w.Ctx(), lea, "cars@lemmy.example"))
	w.Must(w.Service.Unfollow(w.Ctx(), lea, "telecoms"))
	w.Must(w.Service.Unfollow(w.Ctx(), lea, "telecoms"))
	if got, err := w.Store.Actor(w.Ctx(), f.ID); err != nil || got.Followers != 0 {
		t.Errorf("after unfollowing: %d %v", got.Followers, err)
	}

	// Who follows one can be sent away, and may come again.
	w.Must(w.Service.RemoveFollower(w.Ctx(), maxim, "lea"))
	w.Must(w.Service.RemoveFollower(w.Ctx(), maxim, "lea"))
	w.Refused(w.Service.RemoveFollower(w.Ctx(), maxim, "nobody"), forum.NotFound, "")
	w.Refused(w.Service.RemoveFollower(w.Ctx(), nil, "lea"), forum.Unauthenticated, "SignInFirst")
	if got, err := w.Store.Actor(w.Ctx(), maxim.ID); err != nil || got.Followers != 0 {
		t.Errorf("after lea was sent away max has %d followers, %v", got.Followers, err)
	}
	_, err = w.Service.Follow(w.Ctx(), lea, "max")
	w.Must(err)
	in := w.Inbound(stranger)
	_, err = w.Service.ReceiveFollow(w.Ctx(), in, maxim.URI)
	w.Must(err)
	before := len(w.Delivered("evil.example", forum.Microblog)) // the Accept
	w.Must(w.Service.RemoveFollower(w.Ctx(), maxim, "eve@evil.example"))
	w.Must(w.Service.RemoveFollower(w.Ctx(), maxim, "eve@evil.example"))
	if got := w.Delivered("evil.example", forum.Microblog); len(got) != before+1 || !strings.Contains(got[before], in.URI) {
		t.Errorf("eve's server is told %q", got)
	}
}

func testBlocks(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, troll := w.Person("lea"), w.Person("troll")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	_, err := w.Service.Follow(w.Ctx(), troll, "lea")
	w.Must(err)
	w.Must(w.Service.Block(w.Ctx(), lea, "troll"))
	w.Must(w.Service.Block(w.Ctx(), lea, "troll"))
	w.Refused(w.Service.Block(w.Ctx(), lea, "telecoms"), forum.Invalid, "BlockWhom")
	_, err = w.Service.Reply(w.Ctx(), troll, forum.NewReply{ThreadID: th.ID, Body: "ha"})
	w.Refused(err, forum.Forbidden, "BlockedByAuthor")
	w.Refused(w.Service.Support(w.Ctx(), troll, th.ID, true), forum.Forbidden, "BlockedByAuthor")
	_, err = w.Service.Follow(w.Ctx(), troll, "lea")
	w.Refused(err, forum.Forbidden, "BlockedByThem")
	if rel, err := w.Store.Relation(w.Ctx(), troll.ID, lea.ID); err != nil || rel.Following != "" {
		t.Errorf("a follow survived the block: %+v %v", rel, err)
	}
	w.Thread(troll, "telecoms", "hey @lea")
	if n, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, Limit: 10}); err != nil || len(n.Groups) != 1 { // the follow of before
		t.Errorf("notified by a blocked account: %+v %v", n.Groups, err)
	}
	w.Must(w.Service.Unblock(w.Ctx(), lea, "troll"))
	w.Must(w.Service.Support(w.Ctx(), troll, th.ID, true))

	remote := w.Remote(forum.Person, "eve", "evil.example")
	w.Must(w.Service.Block(w.Ctx(), lea, "eve@evil.example"))
	if got := w.Delivered("evil.example", forum.Microblog); len(got) != 1 {
		t.Errorf("sent %q", got)
	}
	post := w.RemotePost(remote, "ha")
	post.ParentID = th.ID
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(remote), post)
	w.Refused(err, forum.Forbidden, "BlockedByAuthor")
}

func testNotifications(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	w.Reply(maxim, th.ID, 0, "a reply @lea") // a reply is not announced twice
	w.Must(w.Service.Support(w.Ctx(), maxim, th.ID, true))
	w.Must(w.Service.Support(w.Ctx(), lea, th.ID, true)) // one's own doings are no news
	unread := func() int {
		a, err := w.Store.Account(w.Ctx(), lea.ID)
		w.Must(err)
		return a.Unread
	}
	page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, Limit: 1})
	w.Must(err)
	if len(page.Groups) != 1 || page.Groups[0].Kind != forum.NotifySupport || page.Next == "" || unread() != 2 {
		t.Fatalf("first page %+v, %d unread", page, unread())
	}
	page, err = w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, After: page.Next, Limit: 1})
	w.Must(err)
	n := page.Groups[0].Newest[0]
	if n.Kind != forum.NotifyReply || n.Actor.Name != "max" || n.ThreadTitle != "one" || n.ThreadID != th.ID || !n.Reply || n.Excerpt == "" {
		t.Errorf("second page %+v", n)
	}
	w.Must(w.Service.ReadNotifications(w.Ctx(), lea, n.ID))
	if unread() != 1 {
		t.Errorf("%d unread after reading one", unread())
	}
	w.Must(w.Service.Delete(w.Ctx(), lea, th.ID, ""))
	if unread() != 0 {
		t.Errorf("%d unread after the thread is gone", unread())
	}
}

func testReports(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mod, boss := w.Person("lea"), w.Person("mod"), w.Admin("boss")
	f := w.Forum("telecoms", "mod")
	w.Forum("banks")
	remote := w.Remote(forum.Person, "eve", "evil.example")
	th := w.Thread(lea, "telecoms", "one")
	post := w.RemotePost(remote, "spam")
	post.ParentID = th.ID
	_, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(remote), post)
	w.Must(err)
	spam, err := w.Store.PostByURI(w.Ctx(), post.URI)
	w.Must(err)

	w.Refused(w.Service.Report(w.Ctx(), lea, forum.NewReport{PostID: spam.ID}), forum.Invalid, "ReportWordsMissing")
	w.Must(w.Service.Report(w.Ctx(), lea, forum.NewReport{PostID: spam.ID, Words: "spam", Forward: true}))
	sent := w.Delivered("evil.example", forum.Microblog)
	if len(sent) == 0 || sent[0] != `{"actor":"https://here.example/actor","object":"`+remote.URI+`","type":"Flag"}` {
		t.Errorf("the reporter stays hidden: %q", sent)
	}
	reports, err := w.Store.Reports(w.Ctx(), []forum.ID{f.ID}, false)
	w.Must(err)
	if len(reports) != 1 || reports[0].Words != "spam" || reports[0].Reporter.Name != "lea" || reports[0].Target.Name != "eve" || len(reports[0].Posts) != 1 {
		t.Fatalf("reports %+v", reports)
	}
	if n, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: mod.ID, Limit: 5}); err != nil || len(n.Groups) != 1 || n.Groups[0].Newest[0].Actor != nil {
		t.Errorf("the moderator is told: %+v %v", n, err)
	}
	// From another server, about an actor only: for administrators.
	_, err = w.Service.ReceiveReport(w.Ctx(), w.Inbound(remote), []string{lea.URI, "https://nowhere.example/x"}, "rude")
	w.Must(err)
	outcome, err := w.Service.ReceiveReport(w.Ctx(), w.Inbound(remote), []string{"https://nowhere.example/x"}, "rude")
	if err != nil || outcome.Done {
		t.Errorf("a report about nothing known: %v %v", outcome, err)
	}
	all, err := w.Store.Reports(w.Ctx(), nil, true)
	w.Must(err)
	if len(all) != 2 {
		t.Fatalf("%d reports", len(all))
	}
	w.Refused(w.Service.CloseReport(w.Ctx(), lea, reports[0].ID), forum.Forbidden, "ModeratorsOnly")
	w.Must(w.Service.CloseReport(w.Ctx(), mod, reports[0].ID))
	w.Refused(w.Service.CloseReport(w.Ctx(), mod, all[1].ID), forum.Forbidden, "ModeratorsOnly")
	w.Must(w.Service.CloseReport(w.Ctx(), boss, all[1].ID))
	if all, err := w.Store.Reports(w.Ctx(), nil, true); err != nil || len(all) != 0 {
		t.Errorf("closed reports are listed: %v %v", all, err)
	}
}

func testForums(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mod := w.Person("lea"), w.Person("mod")
	_, err := w.Service.CreateForum(w.Ctx(), lea, "telecoms", forum.ForumDetails{Title: "Telecoms"}, nil)
	w.Refused(err, forum.Forbidden, "AdminsOnly")
	_, err = w.Service.CreateForum(w.Ctx(), forum.Operator(), "lea", forum.ForumDetails{Title: "Telecoms"}, nil)
	w.Refused(err, forum.Conflict, "NameTaken") // one name space
	_, err = w.Service.CreateForum(w.Ctx(), forum.Operator(), "telecoms", forum.ForumDetails{}, nil)
	w.Refused(err, forum.Invalid, "TitleMissing")
	_, err = w.Service.CreateForum(w.Ctx(), forum.Operator(), "telecoms", forum.ForumDetails{Title: "Telecoms"}, []string{"nobody"})
	w.Refused(err, forum.NotFound, "AccountUnknown")
	if _, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "telecoms"}); forum.CodeOf(err) != forum.NotFound {
		t.Fatal("a forum that was refused exists")
	}
	_, err = w.Service.CreateForum(w.Ctx(), forum.Operator(), "telecoms", forum.ForumDetails{Title: "Telecoms", Summary: "s", Language: "FR"}, []string{"mod"})
	w.Must(err)
	details := forum.ForumDetails{Title: "Télécoms", Summary: "fibre", Rules: "be kind", Language: "fr"}
	w.Refused(w.Service.UpdateForum(w.Ctx(), lea, "telecoms", details), forum.Forbidden, "ModeratorsOnly")
	w.Must(w.Service.UpdateForum(w.Ctx(), mod, "telecoms", details))
	got, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "telecoms"})
	w.Must(err)
	if got.DisplayName != "Télécoms" || got.Rules != "be kind" || got.RulesHTML != "<p>be kind</p>" || got.Language != "fr" {
		t.Errorf("forum %+v", got)
	}
	_, err = w.Service.Follow(w.Ctx(), lea, "telecoms")
	w.Must(err)
	cards, err := w.Store.Forums(w.Ctx(), lea.ID)
	w.Must(err)
	if len(cards) != 1 || cards[0].Followed != forum.FollowAccepted {
		t.Errorf("list of forums %+v", cards)
	}
	moderators, err := w.Store.ModeratorsOf(w.Ctx(), got.ID)
	w.Must(err)
	if len(moderators) != 1 || moderators[0].ID != mod.ID {
		t.Errorf("moderators %+v", moderators)
	}
	w.Must(w.Service.SetModerator(w.Ctx(), forum.Operator(), "telecoms", "mod", false))
	w.Refused(w.Service.UpdateForum(w.Ctx(), mod, "telecoms", details), forum.Forbidden, "ModeratorsOnly")
}

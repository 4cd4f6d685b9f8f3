package forumtest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// group is a forum of another server with a moderator of its own, a follower
// here, and a thread by somebody of that server.
type group struct {
	*forum.Actor
	moderator, author *forum.Actor
	thread            forum.RemotePost
}

func (w *World) group(follower *forum.Account) group {
	w.T.Helper()
	g := group{Actor: w.Remote(forum.Group, "cars", "lemmy.example"), moderator: w.Remote(forum.Person, "mod", "lemmy.example"), author: w.Remote(forum.Person, "ole", "lemmy.example")}
	w.Must(w.Store.Write(w.Ctx(), func(ctx context.Context, tx forum.Tx) error { return tx.SetModerator(ctx, g.ID, g.moderator.ID, true) }))
	state, err := w.Service.Follow(w.Ctx(), follower, "cars@lemmy.example")
	w.Must(err)
	if state != forum.FollowPending {
		w.T.Fatal(state)
	}
	g.thread = w.RemotePost(g.author, "The brakes\nfail")
	w.done(w.Service.ReceivePost(w.Ctx(), w.via(g, g.author), g.thread))
	return g
}

// via is an activity that a group passes on.
func (w *World) via(g group, by *forum.Actor) forum.Inbound {
	in := w.Inbound(by)
	in.Via = g.Actor
	return in
}

// done fails the test unless an inbound activity took effect.
func (w *World) done(outcome forum.Outcome, err error) {
	w.T.Helper()
	w.Must(err)
	if !outcome.Done {
		w.T.Fatal("ignored: " + outcome.Reason)
	}
}

// told lists the types of what waits for a server: "Lock" for one that is
// relayed or sent, "Undo Lock" for one that is taken back.
func (w *World) told(host string, family forum.Family) []string {
	w.T.Helper()
	var list []string
	for _, body := range w.Delivered(host, family) {
		body = strings.ReplaceAll(body, `\`, "")
		kinds := []string{}
		for _, kind := range []string{"Undo", "Lock", "Add", "Remove", "Delete", "Block", "Announce", "Flag", "Update"} {
			if strings.Contains(body, `"type":"`+kind+`"`) {
				kinds = append(kinds, kind)
			}
		}
		list = append(list, strings.Join(kinds, " "))
	}
	w.deliverAll(map[string]string{host: ""})
	return list
}

func (w *World) threadAt(uri string) *forum.ThreadView {
	w.T.Helper()
	p, err := w.Store.PostByURI(w.Ctx(), uri)
	w.Must(err)
	view, err := w.Store.ThreadView(w.Ctx(), p.ID, 0)
	w.Must(err)
	return view
}

// testLocks has moderators, here and elsewhere, close threads.
func testLocks(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mia := w.Person("lea"), w.Person("mia")
	f := w.Forum("telecoms", "mia")
	th := w.Thread(lea, "telecoms", "one")
	w.Must(w.Store.SavePeerSoftware(w.Ctx(), "mbin.example", "mbin", "1", w.Clock.Now()))
	follower := w.Remote(forum.Person, "ines", "mbin.example")
	w.done(w.Service.ReceiveFollow(w.Ctx(), w.Inbound(follower), f.URI))
	w.deliverAll(map[string]string{"mbin.example": ""})

	w.Refused(w.Service.LockThread(w.Ctx(), nil, th.ID, true), forum.Unauthenticated, "SignInFirst")
	w.Refused(w.Service.LockThread(w.Ctx(), lea, th.ID, true), forum.Forbidden, "ModeratorsOnly")
	for range 2 {
		w.Must(w.Service.LockThread(w.Ctx(), mia, th.ID, true))
	}
	_, err := w.Service.Reply(w.Ctx(), lea, forum.NewReply{ThreadID: th.ID, Body: "late"})
	w.Refused(err, forum.Forbidden, "ThreadLocked")
	w.Must(w.Service.LockThread(w.Ctx(), mia, th.ID, false))
	if got := w.told("mbin.example", forum.GroupAware); !slices.Equal(got, []string{"Lock", "Undo Lock"}) {
		t.Errorf("followers are told %q", got)
	}
	w.Reply(lea, th.ID, 0, "open again")
	w.deliverAll(map[string]string{"mbin.example": ""})

	// A moderator elsewhere, and somebody who is none.
	_, err = w.Service.ReceiveLock(w.Ctx(), w.Inbound(follower), th.URI, true)
	w.Refused(err, forum.Forbidden, "ModeratorsOnly")
	w.Must(w.Store.Write(w.Ctx(), func(ctx context.Context, tx forum.Tx) error { return tx.SetModerator(ctx, f.ID, follower.ID, true) }))
	w.done(w.Service.ReceiveLock(w.Ctx(), w.Inbound(follower), th.URI, true))
	if o, err := w.Service.ReceiveLock(w.Ctx(), w.Inbound(follower), th.URI, true); err != nil || o.Done {
		t.Errorf("twice: %+v, %v", o, err)
	}
	if !w.threadAt(th.URI).Locked() {
		t.Error("it is open")
	}
	if got := w.Delivered("mbin.example", forum.GroupAware); len(got) != 1 || !strings.Contains(got[0], "Relay") {
		t.Errorf("it is passed on as %q", got)
	}

	// A group elsewhere closes its own threads, and no others.
	g := w.group(lea)
	_, err = w.Service.ReceiveLock(w.Ctx(), w.via(g, g.moderator), th.URI, false)
	w.Refused(err, forum.Forbidden, "OtherForum")
	_, err = w.Service.ReceiveLock(w.Ctx(), w.Inbound(g.author), g.thread.URI, true)
	w.Refused(err, forum.Forbidden, "ModeratorsOnly")
	w.done(w.Service.ReceiveLock(w.Ctx(), w.via(g, g.moderator), g.thread.URI, true))
	remote := w.threadAt(g.thread.URI)
	_, err = w.Service.Reply(w.Ctx(), lea, forum.NewReply{ThreadID: remote.ID, Body: "late"})
	w.Refused(err, forum.Forbidden, "ThreadLocked")
	// What it lets through all the same, and what was written before, comes in.
	reply := func(at time.Time) forum.RemotePost {
		r := w.RemotePost(g.author, "reply")
		r.ParentID, r.PublishedAt = remote.ID, at
		return r
	}
	locked := w.Clock.Now()
	w.Clock.Advance(time.Minute)
	w.done(w.Service.ReceivePost(w.Ctx(), w.via(g, g.author), reply(w.Clock.Now())))
	w.done(w.Service.ReceivePost(w.Ctx(), w.Inbound(g.author), reply(locked.Add(-time.Second))))
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(g.author), reply(w.Clock.Now()))
	w.Refused(err, forum.Forbidden, "ThreadLocked")
	for uri, why := range map[string]string{"https://lemmy.example/unknown": "not known", w.Reply(lea, w.Thread(lea, "telecoms", "two").ID, 0, "x").URI: "whole threads"} {
		if o, err := w.Service.ReceiveLock(w.Ctx(), w.via(g, g.moderator), uri, true); err != nil || o.Done || !strings.Contains(o.Reason, why) {
			t.Errorf("%s: %+v, %v", uri, o, err)
		}
	}

	// Its server may also just say so.
	takesReplies := true
	edited := g.thread
	edited.UpdatedAt, edited.Replies = w.Clock.Now(), &takesReplies
	_, err = w.Service.ReceiveEdit(w.Ctx(), w.Inbound(g.author), edited)
	w.Must(err)
	if w.threadAt(g.thread.URI).Locked() {
		t.Error("it is still closed")
	}

	// Somebody here moderates there.
	w.deliverAll(map[string]string{"lemmy.example": ""})
	w.Refused(w.Service.LockThread(w.Ctx(), mia, remote.ID, true), forum.Forbidden, "ModeratorsOnly")
	w.Must(w.Store.Write(w.Ctx(), func(ctx context.Context, tx forum.Tx) error { return tx.SetModerator(ctx, g.ID, mia.ID, true) }))
	w.Must(w.Service.LockThread(w.Ctx(), mia, remote.ID, true))
	if got := w.told("lemmy.example", forum.GroupAware); !slices.Equal(got, []string{"Lock"}) {
		t.Errorf("the group is told %q", got)
	}
	// An administrator who is no moderator there decides for this server only.
	w.Must(w.Service.LockThread(w.Ctx(), w.Admin("ada"), remote.ID, false))
	if got := w.told("lemmy.example", forum.GroupAware); len(got) != 0 {
		t.Errorf("the group is told %q", got)
	}
}

// testFeatured has moderators put threads at the head of a forum.
func testFeatured(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mia := w.Person("lea"), w.Person("mia")
	f := w.Forum("telecoms", "mia")
	w.Must(w.Store.SavePeerSoftware(w.Ctx(), "mbin.example", "mbin", "1", w.Clock.Now()))
	follower := w.Remote(forum.Person, "ines", "mbin.example")
	w.done(w.Service.ReceiveFollow(w.Ctx(), w.Inbound(follower), f.URI))
	var threads []*forum.Thread
	for range forum.MaxFeatured + 1 {
		threads = append(threads, w.Thread(lea, "telecoms", "one"))
	}
	w.deliverAll(map[string]string{"mbin.example": ""})
	featured := func(in forum.ID) []forum.ID {
		t.Helper()
		list, err := w.Store.FeaturedThreads(w.Ctx(), in, 0)
		w.Must(err)
		var ids []forum.ID
		for _, th := range list {
			if !th.Featured {
				t.Errorf("%+v is listed", th)
			}
			ids = append(ids, th.ID)
		}
		return ids
	}
	w.Refused(w.Service.Feature(w.Ctx(), lea, threads[0].ID, true), forum.Forbidden, "ModeratorsOnly")
	w.Must(w.Service.Feature(w.Ctx(), mia, threads[0].ID, true))
	w.Must(w.Service.Feature(w.Ctx(), mia, threads[0].ID, true))
	w.Clock.Advance(time.Second)
	w.Must(w.Service.Feature(w.Ctx(), mia, threads[1].ID, true))
	if got := featured(f.ID); !slices.Equal(got, []forum.ID{threads[1].ID, threads[0].ID}) {
		t.Errorf("at the head are %v", got)
	}
	w.Must(w.Service.Feature(w.Ctx(), mia, threads[1].ID, false))
	if got := w.told("mbin.example", forum.GroupAware); !slices.Equal(got, []string{"Add", "Add", "Remove"}) {
		t.Errorf("followers are told %q", got)
	}
	for i := range forum.MaxFeatured {
		w.Must(w.Service.Feature(w.Ctx(), mia, threads[i].ID, true))
	}
	w.Refused(w.Service.Feature(w.Ctx(), mia, threads[forum.MaxFeatured].ID, true), forum.Conflict, "TooManyFeatured")
	w.Must(w.Service.Delete(w.Ctx(), lea, threads[0].ID, ""))
	if got := featured(f.ID); len(got) != forum.MaxFeatured-1 {
		t.Errorf("a deleted thread stays at the head: %v", got)
	}
	w.Refused(w.Service.Feature(w.Ctx(), mia, threads[0].ID, true), forum.Gone, "PostDeleted")

	g := w.group(lea)
	collection := g.Featured
	if o, err := w.Service.ReceiveFeature(w.Ctx(), w.via(g, g.moderator), g.thread.URI, "https://lemmy.example/c/other/featured", true); err != nil || o.Done {
		t.Errorf("in another collection: %+v, %v", o, err)
	}
	_, err := w.Service.ReceiveFeature(w.Ctx(), w.via(g, g.moderator), threads[2].URI, f.Featured, false)
	w.Refused(err, forum.Forbidden, "OtherForum")
	_, err = w.Service.ReceiveFeature(w.Ctx(), w.Inbound(g.author), g.thread.URI, collection, true)
	w.Refused(err, forum.Forbidden, "ModeratorsOnly")
	w.done(w.Service.ReceiveFeature(w.Ctx(), w.via(g, g.moderator), g.thread.URI, collection, true))
	if !w.threadAt(g.thread.URI).Featured {
		t.Error("it is not at the head")
	}
	w.done(w.Service.ReceiveFeature(w.Ctx(), w.Inbound(g.moderator), g.thread.URI, collection, false))
	if w.threadAt(g.thread.URI).Featured {
		t.Error("it is still at the head")
	}
}

// testModerators appoints moderators here, and hears of those of groups
// elsewhere.
func testModerators(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, ada := w.Person("lea"), w.Admin("ada")
	f := w.Forum("telecoms")
	for _, host := range []string{"mbin.example", "lemmy.example"} {
		w.Must(w.Store.SavePeerSoftware(w.Ctx(), host, "lemmy", "1", w.Clock.Now()))
	}
	follower, ole := w.Remote(forum.Person, "ines", "mbin.example"), w.Remote(forum.Person, "ole", "lemmy.example")
	w.done(w.Service.ReceiveFollow(w.Ctx(), w.Inbound(follower), f.URI))
	w.deliverAll(map[string]string{"mbin.example": ""})
	names := func(id forum.ID) []string {
		t.Helper()
		list, err := w.Store.ModeratorsOf(w.Ctx(), id)
		w.Must(err)
		var handles []string
		for i := range list {
			handles = append(handles, list[i].Handle())
		}
		slices.Sort(handles)
		return handles
	}
	if got := names(f.ID); !slices.Equal(got, []string{"ada"}) {
		t.Errorf("without moderators: %q", got)
	}
	w.Refused(w.Service.SetModerator(w.Ctx(), lea, "telecoms", "lea", true), forum.Forbidden, "AdminsOnly")
	for _, nobody := range []string{"nobody", "telecoms", "nobody@lemmy.example", ""} {
		w.Refused(w.Service.SetModerator(w.Ctx(), ada, "telecoms", nobody, true), forum.NotFound, "AccountUnknown")
	}
	for range 2 {
		w.Must(w.Service.SetModerator(w.Ctx(), ada, "telecoms", "@ole@lemmy.example", true))
	}
	w.Must(w.Service.SetModerator(w.Ctx(), forum.Operator(), "telecoms", "lea", true))
	w.Must(w.Service.SetModerator(w.Ctx(), ada, "telecoms", "lea", false))
	if got := names(f.ID); !slices.Equal(got, []string{"ole@lemmy.example"}) {
		t.Errorf("moderators are %q", got)
	}
	if got := w.told("mbin.example", forum.GroupAware); !slices.Equal(got, []string{"Add", "Add", "Remove"}) {
		t.Errorf("followers are told %q", got)
	}
	if got := w.told("lemmy.example", forum.GroupAware); !slices.Equal(got, []string{"Add"}) {
		t.Errorf("the moderator is told %q", got)
	}
	// With no moderator here, reports are for administrators.
	th := w.Thread(lea, "telecoms", "one")
	w.Must(w.Service.Report(w.Ctx(), lea, forum.NewReport{PostID: th.ID, Words: "look"}))
	if n, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: ada.ID, Limit: 5}); err != nil || len(n.Groups) != 1 || n.Groups[0].Kind != forum.NotifyReport {
		t.Errorf("the administrator is told %+v, %v", n, err)
	}

	g := w.group(lea)
	if got := names(g.ID); !slices.Equal(got, []string{"mod@lemmy.example"}) {
		t.Errorf("there moderate %q", got)
	}
	w.done(w.Service.ReceiveModerator(w.Ctx(), w.via(g, g.moderator), g.Actor, &lea.Actor, true))
	if got := names(g.ID); !slices.Equal(got, []string{"lea", "mod@lemmy.example"}) {
		t.Errorf("there moderate %q", got)
	}
	if ids, err := w.Store.ModeratedForums(w.Ctx(), lea.ID); err != nil || !slices.Equal(ids, []forum.ID{g.ID}) {
		t.Errorf("lea moderates %v, %v", ids, err)
	}
	_, err := w.Service.ReceiveModerator(w.Ctx(), w.Inbound(g.author), g.Actor, g.author, true)
	w.Refused(err, forum.Forbidden, "ModeratorsOnly")
	_, err = w.Service.ReceiveModerator(w.Ctx(), w.Inbound(ole), &f.Actor, ole, true) // who moderates here is decided here
	w.Refused(err, forum.Forbidden, "AdminsOnly")
	w.Must(w.Service.ReceiveModerators(w.Ctx(), g.Actor, []forum.Actor{*g.author, *ole}))
	if got := names(g.ID); len(got) == 0 || slices.Contains(got, "lea") || !slices.Contains(got, "ole@lemmy.example") {
		t.Errorf("there moderate %q", got)
	}
	w.Must(w.Service.ReceiveModerators(w.Ctx(), g.Actor, nil))
	if got := names(g.ID); got != nil {
		t.Errorf("there moderate %q", got)
	}
	w.Refused(w.Service.ReceiveModerators(w.Ctx(), &f.Actor, nil), forum.Forbidden, "AdminsOnly")

	w.Must(w.Service.ReceiveFeatured(w.Ctx(), g.Actor, []string{g.thread.URI, th.URI, "https://lemmy.example/unknown"}))
	list, err := w.Store.FeaturedThreads(w.Ctx(), g.ID, 0)
	w.Must(err)
	if len(list) != 1 || list[0].URI != g.thread.URI {
		t.Errorf("at its head are %+v", list)
	}
	w.Must(w.Service.ReceiveFeatured(w.Ctx(), g.Actor, nil))
	if w.threadAt(g.thread.URI).Featured {
		t.Error("it is still at the head")
	}
}

// testRemovals has moderators elsewhere remove posts of a forum here, and take
// that back.
func testRemovals(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mia := w.Person("lea"), w.Person("mia")
	f := w.Forum("telecoms", "mia")
	for host, software := range map[string]string{"mbin.example": "mbin", "mastodon.example": "mastodon"} {
		w.Must(w.Store.SavePeerSoftware(w.Ctx(), host, software, "1", w.Clock.Now()))
		follower := w.Remote(forum.Person, "follower", host)
		w.done(w.Service.ReceiveFollow(w.Ctx(), w.Inbound(follower), f.URI))
	}
	ole, eve := w.Remote(forum.Person, "ole", "mbin.example"), w.Remote(forum.Person, "eve", "mbin.example")
	w.Must(w.Store.Write(w.Ctx(), func(ctx context.Context, tx forum.Tx) error { return tx.SetModerator(ctx, f.ID, ole.ID, true) }))
	th := w.Thread(lea, "telecoms", "one")
	reply := w.Reply(lea, th.ID, 0, "rude")
	everyone := map[string]string{"mbin.example": "", "mastodon.example": ""}
	w.deliverAll(everyone)

	_, err := w.Service.ReceiveDelete(w.Ctx(), w.Inbound(eve), reply.URI, "")
	w.Refused(err, forum.Forbidden, "AuthorOnly")
	w.done(w.Service.ReceiveDelete(w.Ctx(), w.Inbound(ole), reply.URI, "Rude."))
	got, err := w.Store.Post(w.Ctx(), reply.ID)
	w.Must(err)
	if got.RemovedAt.IsZero() || got.RemovedReason != "Rude." || got.Body != "rude" {
		t.Errorf("removed as %+v", got)
	}
	if n, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, Limit: 5}); err != nil || len(n.Groups) != 1 || n.Groups[0].Newest[0].Reason != "Rude." {
		t.Errorf("the author is told %+v, %v", n, err)
	}
	if n := w.threadAt(th.URI).ReplyCount; n != 0 {
		t.Errorf("%d replies are counted", n)
	}
	w.deliverAll(everyone)
	_, err = w.Service.ReceiveRestore(w.Ctx(), w.Inbound(eve), reply.URI)
	w.Refused(err, forum.Forbidden, "ModeratorsOnly")
	w.done(w.Service.ReceiveRestore(w.Ctx(), w.Inbound(ole), reply.URI))
	if n := w.threadAt(th.URI).ReplyCount; n != 1 {
		t.Errorf("%d replies are counted", n)
	}
	if o, err := w.Service.ReceiveRestore(w.Ctx(), w.Inbound(ole), reply.URI); err != nil || o.Done {
		t.Errorf("restored twice: %+v, %v", o, err)
	}

	// Somebody here does the same.
	w.deliverAll(everyone)
	w.Refused(w.Service.Restore(w.Ctx(), lea, th.ID), forum.Forbidden, "ModeratorsOnly")
	w.Must(w.Service.Delete(w.Ctx(), mia, th.ID, "Off topic."))
	before, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "telecoms"})
	w.Must(err)
	for range 2 {
		w.Must(w.Service.Restore(w.Ctx(), mia, th.ID))
	}
	page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{ForumID: f.ID, Limit: 5})
	w.Must(err)
	after, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "telecoms"})
	w.Must(err)
	if len(page.Threads) != 1 || page.Threads[0].Title != "one" || after.Threads != before.Threads+1 {
		t.Errorf("listed are %+v; %d threads, %d before", page.Threads, after.Threads, before.Threads)
	}
	search, err := forum.ParseSearch("text")
	w.Must(err)
	if found, err := w.Store.Search(w.Ctx(), forum.SearchQuery{Search: search, Limit: 5}); err != nil || len(found.Findings) == 0 {
		t.Errorf("found are %+v, %v", found, err)
	}
	if got := w.told("mbin.example", forum.GroupAware); !slices.Equal(got, []string{"Delete", "Undo Delete"}) {
		t.Errorf("followers are told %q", got)
	}
	w.Must(w.Service.Delete(w.Ctx(), lea, th.ID, ""))
	w.Must(w.Service.Restore(w.Ctx(), mia, th.ID)) // its author took it back: nothing to show
	if !w.threadAt(th.URI).Hidden() {
		t.Error("what its author deleted is shown again")
	}
}

// testBans keeps people out of a forum and of the server, for a while and for
// good, by moderators here and elsewhere.
func testBans(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mia, ada, max := w.Person("lea"), w.Person("mia"), w.Admin("ada"), w.Person("max")
	f := w.Forum("telecoms", "mia")
	w.Forum("banks")
	w.Must(w.Store.SavePeerSoftware(w.Ctx(), "mbin.example", "mbin", "1", w.Clock.Now()))
	ole := w.Remote(forum.Person, "ole", "mbin.example")
	w.done(w.Service.ReceiveFollow(w.Ctx(), w.Inbound(ole), f.URI))
	th, elsewhere := w.Thread(lea, "telecoms", "one"), w.Thread(lea, "banks", "two")
	rude := w.Reply(max, th.ID, 0, "rude")
	w.deliverAll(map[string]string{"mbin.example": ""})
	until := w.Clock.Now().Add(time.Hour)
	ban := forum.NewBan{Forum: "telecoms", Whom: "max", Reason: "Rude.", Until: until, RemovePosts: true}

	w.Refused(w.Service.Ban(w.Ctx(), nil, ban), forum.Unauthenticated, "SignInFirst")
	w.Refused(w.Service.Ban(w.Ctx(), lea, ban), forum.Forbidden, "ModeratorsOnly")
	for _, c := range []struct {
		change func(*forum.NewBan)
		code   forum.Code
		key    string
	}{
		{func(n *forum.NewBan) { n.Reason = " " }, forum.Invalid, "ReasonMissing"},
		{func(n *forum.NewBan) { n.Reason = strings.Repeat("x", 1001) }, forum.Invalid, "TextTooLong"},
		{func(n *forum.NewBan) { n.Until = w.Clock.Now() }, forum.Invalid, "BanOver"},
		{func(n *forum.NewBan) { n.Whom = "nobody" }, forum.NotFound, "AccountUnknown"},
		{func(n *forum.NewBan) { n.Whom = "banks" }, forum.NotFound, "AccountUnknown"},
		{func(n *forum.NewBan) { n.Whom = "mia" }, forum.Forbidden, "BanModerator"},
		{func(n *forum.NewBan) { n.Whom = "ada" }, forum.Forbidden, "BanModerator"},
		{func(n *forum.NewBan) { n.Forum = "" }, forum.Forbidden, "AdminsOnly"},
		{func(n *forum.NewBan) { n.Forum = "nothing" }, forum.NotFound, ""},
	} {
		n := ban
		c.change(&n)
		w.Refused(w.Service.Ban(w.Ctx(), mia, n), c.code, c.key)
	}
	w.Must(w.Service.Ban(w.Ctx(), mia, ban))
	if got := w.told("mbin.example", forum.GroupAware); !slices.Equal(got, []string{"Block"}) {
		t.Errorf("followers are told %q", got)
	}
	w.Must(w.Service.WorkRemoval(w.Ctx(), forum.RemovalJob{Forum: f.ID, Author: max.ID, By: mia.ID, Reason: "Rude."}))
	if p, err := w.Store.Post(w.Ctx(), rude.ID); err != nil || p.RemovedReason != "Rude." {
		t.Errorf("the reply is %+v, %v", p, err)
	}
	groups, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: max.ID, Limit: 5})
	w.Must(err)
	if len(groups.Groups) != 1 || groups.Groups[0].Kind != forum.NotifyBan || groups.Groups[0].Newest[0].Reason != "Rude." || groups.Groups[0].Newest[0].Actor.Name != "telecoms" {
		t.Errorf("max is told %+v", groups.Groups)
	}
	// He may do nothing there, all elsewhere.
	refused := func(err error) { t.Helper(); w.Refused(err, forum.Forbidden, "BannedUntil") }
	_, err = w.Service.Reply(w.Ctx(), max, forum.NewReply{ThreadID: th.ID, Body: "x"})
	refused(err)
	_, err = w.Service.StartThread(w.Ctx(), max, forum.NewThread{Forum: "telecoms", Title: "x", Body: "x"})
	refused(err)
	refused(w.Service.Support(w.Ctx(), max, th.ID, true))
	refused(w.Service.Boost(w.Ctx(), max, th.ID, true))
	w.Reply(max, elsewhere.ID, 0, "polite")
	if why, err := w.Service.BannedFrom(w.Ctx(), max, f.ID); err != nil || why == nil || why.Args["Reason"] != "Rude." || !why.Args["Until"].(time.Time).Equal(until) {
		t.Errorf("max is told %+v, %v", why, err)
	}
	list := func(id forum.ID) int {
		t.Helper()
		bans, err := w.Store.Bans(w.Ctx(), id, 0, w.Clock.Now(), 10)
		w.Must(err)
		return len(bans)
	}
	if list(f.ID) != 1 || list(0) != 0 {
		t.Error("the ban is not listed")
	}
	// It ends by itself, or is lifted.
	w.Clock.Advance(time.Hour)
	w.Reply(max, th.ID, 0, "sorry")
	if list(f.ID) != 0 {
		t.Error("the ban that is over is listed")
	}
	ban.Until, ban.RemovePosts = time.Time{}, false
	w.Must(w.Service.Ban(w.Ctx(), mia, ban))
	_, err = w.Service.Reply(w.Ctx(), max, forum.NewReply{ThreadID: th.ID, Body: "x"})
	w.Refused(err, forum.Forbidden, "BannedForGood")
	w.Refused(w.Service.Unban(w.Ctx(), lea, "telecoms", "max"), forum.Forbidden, "ModeratorsOnly")
	w.deliverAll(map[string]string{"mbin.example": ""})
	for range 2 {
		w.Must(w.Service.Unban(w.Ctx(), mia, "telecoms", "max"))
	}
	if got := w.told("mbin.example", forum.GroupAware); !slices.Equal(got, []string{"Undo Block"}) {
		t.Errorf("followers are told %q", got)
	}
	w.Reply(max, th.ID, 0, "thanks")

	// From the whole server.
	w.Must(w.Service.Ban(w.Ctx(), ada, forum.NewBan{Whom: "max", Reason: "Spam."}))
	_, err = w.Service.Reply(w.Ctx(), max, forum.NewReply{ThreadID: elsewhere.ID, Body: "x"})
	w.Refused(err, forum.Forbidden, "BannedForGood")
	w.Must(w.Service.Unban(w.Ctx(), ada, "", "max"))
	w.Reply(max, elsewhere.ID, 0, "y")

	// People elsewhere, and moderators elsewhere.
	w.Must(w.Service.Ban(w.Ctx(), mia, forum.NewBan{Forum: "telecoms", Whom: "ole@mbin.example", Reason: "Spam."}))
	reply := w.RemotePost(ole, "spam")
	reply.ParentID = th.ID
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(ole), reply)
	w.Refused(err, forum.Forbidden, "BannedForGood")
	opening := w.RemotePost(ole, "spam\nspam")
	opening.Addressed = []string{f.URI}
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(ole), opening)
	w.Refused(err, forum.Forbidden, "BannedForGood")
	_, err = w.Service.ReceiveSupport(w.Ctx(), w.Inbound(ole), th.URI, false)
	w.Refused(err, forum.Forbidden, "BannedForGood")
	_, err = w.Service.ReceiveUnban(w.Ctx(), w.Inbound(ole), &f.Actor, ole)
	w.Refused(err, forum.Forbidden, "ModeratorsOnly")
	g := w.group(lea)
	_, err = w.Service.ReceiveBan(w.Ctx(), w.via(g, g.moderator), &f.Actor, forum.InboundBan{Whom: &lea.Actor})
	w.Refused(err, forum.Forbidden, "OtherForum")
	w.done(w.Service.ReceiveBan(w.Ctx(), w.via(g, g.moderator), g.Actor, forum.InboundBan{Whom: &lea.Actor, Reason: "No.", Until: w.Clock.Now().Add(time.Hour)}))
	remote := w.threadAt(g.thread.URI)
	_, err = w.Service.Reply(w.Ctx(), lea, forum.NewReply{ThreadID: remote.ID, Body: "x"})
	w.Refused(err, forum.Forbidden, "BannedUntil")
	w.done(w.Service.ReceiveUnban(w.Ctx(), w.via(g, g.moderator), g.Actor, &lea.Actor))
	w.Reply(lea, remote.ID, 0, "x")
	if o, err := w.Service.ReceiveBan(w.Ctx(), w.via(g, g.moderator), g.Actor, forum.InboundBan{Whom: &lea.Actor, Until: w.Clock.Now()}); err != nil || o.Done {
		t.Errorf("a ban that is over: %+v, %v", o, err)
	}
	// A server bans its own people, no others; what was decided here stays.
	if o, err := w.Service.ReceiveBan(w.Ctx(), w.Inbound(g.moderator), nil, forum.InboundBan{Whom: ole}); err != nil || o.Done {
		t.Errorf("another's server bans ole: %+v, %v", o, err)
	}
	if o, err := w.Service.ReceiveBan(w.Ctx(), w.Inbound(g.moderator), nil, forum.InboundBan{Whom: &lea.Actor}); err != nil || o.Done {
		t.Errorf("another's server bans lea: %+v, %v", o, err)
	}
	w.done(w.Service.ReceiveBan(w.Ctx(), w.Inbound(g.moderator), nil, forum.InboundBan{Whom: g.author, Reason: "Spam.", RemovePosts: true}))
	w.Must(w.Service.WorkRemoval(w.Ctx(), forum.RemovalJob{Author: g.author.ID, By: g.moderator.ID, Reason: "Spam."}))
	if !w.threadAt(g.thread.URI).Hidden() {
		t.Error("what was to be removed is there")
	}
	w.done(w.Service.ReceiveUnban(w.Ctx(), w.Inbound(g.moderator), nil, g.author))
	w.Must(w.Service.Ban(w.Ctx(), ada, forum.NewBan{Whom: "ole@lemmy.example", Reason: "Spam."}))
	if o, err := w.Service.ReceiveUnban(w.Ctx(), w.Inbound(g.moderator), nil, g.author); err != nil || o.Done {
		t.Errorf("its server lifts what was decided here: %+v, %v", o, err)
	}
	if list(0) != 1 {
		t.Error("the ban is gone")
	}
	w.Delete(max)
}

// testRestrictedForums keeps the opening of threads to moderators.
func testRestrictedForums(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mia, ada := w.Person("lea"), w.Person("mia"), w.Admin("ada")
	f := w.Forum("news", "mia")
	w.Must(w.Service.UpdateForum(w.Ctx(), mia, "news", forum.ForumDetails{Title: "News", Restricted: true}))
	_, err := w.Service.StartThread(w.Ctx(), lea, forum.NewThread{Forum: "news", Title: "x", Body: "x"})
	w.Refused(err, forum.Forbidden, "ModeratorsOpen")
	w.Thread(ada, "news", "by an administrator")
	th := w.Thread(mia, "news", "by a moderator")
	w.Reply(lea, th.ID, 0, "everybody may reply")
	ole := w.Remote(forum.Person, "ole", "mbin.example")
	opening := w.RemotePost(ole, "Mine\ntext")
	opening.Addressed = []string{f.URI}
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(ole), opening)
	w.Refused(err, forum.Forbidden, "ModeratorsOpen")
	w.Must(w.Service.SetModerator(w.Ctx(), ada, "news", "ole@mbin.example", true))
	w.done(w.Service.ReceivePost(w.Ctx(), w.Inbound(ole), opening))

	g := w.group(lea)
	g.Restricted = true
	_, err = w.Service.ReceiveActor(w.Ctx(), g.Actor, nil)
	w.Must(err)
	_, err = w.Service.StartThread(w.Ctx(), lea, forum.NewThread{Forum: "cars@lemmy.example", Title: "x", Body: "x"})
	w.Refused(err, forum.Forbidden, "ModeratorsOpen")
}

// testForwardedReports holds who is told of a report, in which form, and that
// nobody elsewhere learns who reported.
func testForwardedReports(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	for host, software := range map[string]string{"mastodon.example": "mastodon", "lemmy.example": "lemmy"} {
		w.Must(w.Store.SavePeerSoftware(w.Ctx(), host, software, "1", w.Clock.Now()))
	}
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	reply := w.RemotePost(ines, "rude")
	reply.ParentID = th.ID
	w.done(w.Service.ReceivePost(w.Ctx(), w.Inbound(ines), reply))
	g := w.group(lea)
	there := w.threadAt(g.thread.URI)
	mine := w.Reply(lea, there.ID, 0, "mine, there")
	everyone := map[string]string{"mastodon.example": "", "lemmy.example": ""}
	known, err := w.Store.PostByURI(w.Ctx(), reply.URI)
	w.Must(err)
	for _, c := range []struct {
		name            string
		post            forum.ID
		forward         bool
		mastodon, lemmy int
	}{
		{"not forwarded", known.ID, false, 0, 0},
		{"by somebody elsewhere", known.ID, true, 1, 0},
		{"in a forum elsewhere", there.ID, true, 0, 1},
		{"by somebody here, in a forum elsewhere", mine.ID, true, 0, 1},
		{"all of it here", th.ID, true, 0, 0},
	} {
		w.deliverAll(everyone)
		w.Must(w.Service.Report(w.Ctx(), max, forum.NewReport{PostID: c.post, Words: "look", Forward: c.forward}))
		mastodon, lemmy := w.Delivered("mastodon.example", forum.Microblog), w.Delivered("lemmy.example", forum.GroupAware)
		if len(mastodon) != c.mastodon || len(lemmy) != c.lemmy {
			t.Errorf("%s: Mastodon is told %q, Lemmy %q", c.name, mastodon, lemmy)
		}
		for _, body := range slices.Concat(mastodon, lemmy) {
			if !strings.Contains(body, `"actor":"https://here.example/actor"`) || strings.Contains(body, max.URI) {
				t.Errorf("%s: sent %s", c.name, body)
			}
		}
		for _, body := range mastodon { // the account first
			if !strings.Contains(body, ines.URI+`"`) {
				t.Errorf("%s: sent %s", c.name, body)
			}
		}
	}

	// Moderators of a forum here who are elsewhere hear of every report, unless it
	// comes from their own server.
	far := w.Remote(forum.Person, "noor", "lemmy.example")
	w.Must(w.Service.SetModerator(w.Ctx(), forum.Operator(), "telecoms", far.Handle(), true))
	w.deliverAll(everyone)
	w.Must(w.Service.Report(w.Ctx(), max, forum.NewReport{PostID: th.ID, Words: "look"}))
	if got := w.Delivered("lemmy.example", forum.GroupAware); len(got) != 1 || !strings.Contains(got[0], "Flag") || !strings.Contains(got[0], `"actor":"https://here.example/actor"`) || !strings.Contains(got[0], th.URI) {
		t.Errorf("a moderator elsewhere is told %q", got)
	}
	w.deliverAll(everyone)
	w.done(w.Service.ReceiveReport(w.Ctx(), w.Inbound(w.Remote(forum.Person, "kim", "lemmy.example")), []string{th.URI}, "look"))
	if got := w.Delivered("lemmy.example", forum.GroupAware); len(got) != 0 {
		t.Errorf("their own server is told %q", got)
	}
	w.done(w.Service.ReceiveReport(w.Ctx(), w.Inbound(ines), []string{th.URI}, "look"))
	if got := w.Delivered("lemmy.example", forum.GroupAware); len(got) != 1 {
		t.Errorf("of a report from a third server they are told %q", got)
	}
}

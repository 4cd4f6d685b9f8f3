package forumtest

import (
	"testing"
	"time"

	"portevoix/forum"
)

// testPeerRules limits and blocks servers: what is listed, taken and sent, for
// whom, and what becomes of follows; and the way back.
func testPeerRules(t *testing.T, open func(t *testing.T) Store) {
	w := NewWorld(t, open(t))
	ada, lea := w.Admin("ada"), w.Person("lea")
	f := w.Forum("banks")
	w.Forum("telecoms")
	far := w.Remote(forum.Person, "zoe", "social.far.example")
	near := w.Remote(forum.Person, "max", "near.example")
	for _, a := range []*forum.Actor{far, near} {
		w.Must(w.Store.SavePeerSoftware(w.Ctx(), a.Host, "lemmy", "1", w.Clock.Now()))
		_, err := w.Service.ReceiveFollow(w.Ctx(), forum.Inbound{Key: "follow" + a.URI, URI: a.URI + "/follow", Actor: a}, f.URI)
		w.Must(err)
	}
	threadOf := func(by *forum.Actor, n string) forum.Outcome {
		w.Clock.Advance(time.Second)
		by, err := w.Store.ActorByURI(w.Ctx(), by.URI)
		w.Must(err)
		uri := by.URI + "/posts/" + n
		outcome, err := w.Service.ReceivePost(w.Ctx(), forum.Inbound{Key: uri, URI: uri, Actor: by}, forum.RemotePost{URI: uri, Author: by, Public: true,
			Addressed: []string{f.URI}, Title: "Mobile tariffs " + n, Content: "<p>Tariffs rise</p>", Attachments: []forum.Attachment{{URL: "https://x.example/" + n + ".png", MediaType: "image/png"}}})
		if err != nil {
			return forum.Outcome{Reason: string(forum.CodeOf(err))}
		}
		return outcome
	}
	for _, by := range []*forum.Actor{far, near} {
		if got := threadOf(by, "1"); !got.Done {
			t.Fatalf("thread: %+v", got)
		}
	}
	ownThread := w.Thread(lea, "banks", "ours")
	listed := func(q forum.ThreadQuery) int {
		t.Helper()
		q.Limit = 10
		page, err := w.Store.Threads(w.Ctx(), q)
		w.Must(err)
		return len(page.Threads)
	}
	found := func(viewer forum.ID, kind forum.SearchKind, word string) int {
		page, err := w.Store.Search(w.Ctx(), forum.SearchQuery{Search: forum.Search{Terms: []forum.SearchTerm{{Text: word}}}, Kind: kind, Viewer: viewer, Limit: 10})
		w.Must(err)
		return len(page.Findings)
	}
	waiting := func(a *forum.Actor) int {
		list, err := w.Store.Deliveries(w.Ctx(), a.Host, forum.GroupAware, 100)
		w.Must(err)
		return len(list)
	}
	state := func(what string, lists, inForum, byAuthor, leaLists, search, people int) {
		t.Helper()
		got := [6]int{listed(forum.ThreadQuery{}), listed(forum.ThreadQuery{ForumID: f.ID}), listed(forum.ThreadQuery{AuthorID: far.ID}), listed(forum.ThreadQuery{Viewer: lea.ID}),
			found(0, forum.SearchThreads, "tariffs"), found(0, forum.SearchPeople, "zoe")}
		if want := [6]int{lists, inForum, byAuthor, leaLists, search, people}; got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	state("at first", 3, 3, 1, 3, 2, 1)

	// Only administrators decide, and not about nonsense.
	_, err := w.Service.SetPeerRule(w.Ctx(), lea, forum.PeerRule{Host: "far.example", Severity: forum.SeverityBlock})
	w.Refused(err, forum.Forbidden, "AdminsOnly")
	for key, r := range map[string]forum.PeerRule{
		"HostInvalid": {Host: "a b", Severity: forum.SeverityBlock}, "HostIsOurs": {Host: "HERE.example", Severity: forum.SeverityBlock}, "RuleEmpty": {Host: "x.example"},
		"SeverityUnknown": {Host: "x.example", Severity: "some"}, "ExpiryPast": {Host: "x.example", VotesOff: true, ExpiresAt: w.Clock.Now()},
	} {
		_, err := w.Service.SetPeerRule(w.Ctx(), ada, r)
		w.Refused(err, forum.Invalid, key)
	}

	// Limited: in no list but for followers; subdomains too.
	_, err = w.Service.SetPeerRule(w.Ctx(), ada, forum.PeerRule{Host: "Far.example", Severity: forum.SeverityLimit, ExpiresAt: w.Clock.Now().Add(time.Hour)})
	w.Must(err)
	state("limited", 2, 2, 1, 2, 1, 0)
	if got := threadOf(far, "2"); !got.Done {
		t.Errorf("a thread from a limited server: %+v", got)
	}
	_, err = w.Service.Follow(w.Ctx(), lea, "zoe@social.far.example")
	w.Must(err)
	follow, err := w.Store.FollowBetween(w.Ctx(), lea.URI, far.URI)
	w.Must(err)
	_, err = w.Service.ReceiveAnswer(w.Ctx(), forum.Inbound{Key: "accept", URI: far.URI + "/accept", Actor: far}, follow.URI, "", true)
	w.Must(err)
	state("limited and followed", 2, 2, 2, 4, 1, 0)

	// Time ends it.
	w.Clock.Advance(2 * time.Hour)
	w.Must(w.Service.WorkPeerRules(w.Ctx(), forum.PeerRulesJob{}))
	state("after its time", 4, 4, 2, 4, 3, 1)

	// Blocked: nothing in, nothing out, follows end, what is here is hidden.
	before := waiting(far)
	if before == 0 {
		t.Fatal("nothing waits for the server that will be blocked")
	}
	effects, err := w.Service.SetPeerRule(w.Ctx(), ada, forum.PeerRule{Host: "far.example", Severity: forum.SeverityBlock, Reason: "Spam"})
	w.Must(err)
	if effects.Follows != 2 || effects.Deliveries != before {
		t.Errorf("effects %+v, %d waited", effects, before)
	}
	state("blocked", 2, 2, 0, 2, 1, 0)
	if got := threadOf(far, "3"); got.Done || got.Reason != string(forum.Forbidden) {
		t.Errorf("a thread from a blocked server: %+v", got)
	}
	hidden, err := w.Store.PostByURI(w.Ctx(), far.URI+"/posts/1")
	w.Must(err)
	if view, err := w.Store.ThreadView(w.Ctx(), hidden.ID, 0); err != nil || !view.Post.Hidden() || view.Content != "" {
		t.Errorf("the thread of a blocked server: %+v %v", view, err)
	}
	w.Thread(lea, "banks", "after the block")
	if waiting(far) != 0 || waiting(near) == 0 {
		t.Errorf("%d deliveries wait for the blocked server, %d for another", waiting(far), waiting(near))
	}
	w.Refused(w.Service.Admits(w.Ctx(), "social.far.example"), forum.Forbidden, "ServerBlocked")
	w.Must(w.Service.Admits(w.Ctx(), "near.example"))
	if now, err := w.Store.Actor(w.Ctx(), f.ID); err != nil || now.Followers != 1 {
		t.Errorf("followers of the forum: %+v %v", now, err)
	}
	if now, err := w.Store.Actor(w.Ctx(), lea.ID); err != nil || now.Following != 0 {
		t.Errorf("followed by lea: %+v %v", now, err)
	}
	_, err = w.Service.Follow(w.Ctx(), lea, "zoe@social.far.example")
	w.Refused(err, forum.Forbidden, "ServerBlocked")

	// A server that is met for the first time is under the rule too, and one with
	// a rule of its own is not.
	_, err = w.Service.SetPeerRule(w.Ctx(), ada, forum.PeerRule{Host: "good.far.example", MediaOff: true, VotesOff: true, ReportsOff: true})
	w.Must(err)
	if a := w.Remote(forum.Person, "eve", "new.far.example"); a.Standing != forum.Blocked {
		t.Errorf("standing of a new person there: %d", a.Standing)
	}
	good := w.Remote(forum.Person, "eva", "good.far.example")
	if got := threadOf(good, "1"); !got.Done || good.Standing != forum.InGoodStanding {
		t.Errorf("%+v %+v", got, good)
	}
	if post, err := w.Store.PostByURI(w.Ctx(), good.URI+"/posts/1"); err != nil || len(post.Attachments) != 0 {
		t.Errorf("media are off: %+v %v", post, err)
	}
	in := forum.Inbound{Key: "like", URI: good.URI + "/like", Actor: good}
	if outcome, err := w.Service.ReceiveSupport(w.Ctx(), in, ownThread.URI, false); err != nil || outcome.Done {
		t.Errorf("votes are off: %+v %v", outcome, err)
	}
	in.Key = "flag"
	if outcome, err := w.Service.ReceiveReport(w.Ctx(), in, []string{ownThread.URI}, "bad"); err != nil || outcome.Done {
		t.Errorf("reports are off: %+v %v", outcome, err)
	}

	// Lifted: everything is there again, but the follows.
	w.Must(w.Service.LiftPeerRule(w.Ctx(), ada, "far.example"))
	w.Refused(w.Service.LiftPeerRule(w.Ctx(), ada, "far.example"), forum.NotFound, "NoPeerRule")
	state("lifted", 6, 6, 2, 6, 4, 1)
	if got := threadOf(far, "4"); !got.Done {
		t.Errorf("after the block: %+v", got)
	}
	if now, err := w.Store.Actor(w.Ctx(), f.ID); err != nil || now.Followers != 1 {
		t.Errorf("followers of the forum: %+v %v", now, err)
	}
}

// testPeerViews looks at servers as administrators do.
func testPeerViews(t *testing.T, open func(t *testing.T) Store) {
	w := NewWorldWith(t, open(t), forum.Options{AllowedHosts: []string{"Friend.example"}})
	ada, lea := w.Admin("ada"), w.Person("lea")
	f := w.Forum("banks")
	for _, host := range []string{"a.example", "b.example", "c.example"} {
		a := w.Remote(forum.Person, "max", host)
		w.Must(w.Store.SavePeerSoftware(w.Ctx(), host, "lemmy", "0.19", w.Clock.Now()))
		_, err := w.Service.ReceiveFollow(w.Ctx(), forum.Inbound{Key: "follow" + a.URI, URI: a.URI + "/follow", Actor: a}, f.URI)
		w.Must(err)
	}
	since := w.Clock.Now()
	w.Clock.Advance(time.Minute)
	w.Thread(lea, "banks", "one")
	list := func(q forum.PeerQuery) (hosts string) {
		t.Helper()
		page, err := w.Store.Peers(w.Ctx(), q, w.Clock.Now())
		w.Must(err)
		for _, p := range page.Peers {
			hosts += p.Host[:1]
		}
		return hosts + page.Next
	}
	settle := func(host string, s forum.Settlement) {
		waiting, err := w.Store.Deliveries(w.Ctx(), host, forum.GroupAware, 100)
		w.Must(err)
		for _, d := range waiting {
			s.Done = append(s.Done, d.ID)
		}
		s.Host, s.Now = host, w.Clock.Now()
		w.Must(w.Store.Settle(w.Ctx(), s))
	}
	settle("a.example", forum.Settlement{Reached: true, Delivered: 3, Refused: 1, Bytes: 5000})
	w.Must(w.Store.Settle(w.Ctx(), forum.Settlement{Host: "b.example", Failed: true, Error: "status 502", NextTry: w.Clock.Now().Add(time.Hour), Now: w.Clock.Now(), GiveUpAfter: time.Hour}))
	w.Must(w.Store.AddTraffic(w.Ctx(), map[string]forum.Traffic{"a.example": {Accepted: 7, Refused: 2, Bytes: 900, LastAt: w.Clock.Now(), LastRefusal: "Create: no"}, "unknown.example": {Accepted: 1}}))
	w.Must(w.Store.AddTraffic(w.Ctx(), map[string]forum.Traffic{"a.example": {Accepted: 1, Bytes: 100, LastAt: since}}))
	for want, q := range map[string]forum.PeerQuery{
		"abc": {Limit: 10}, "abb.example": {Limit: 2}, "c": {After: "b.example", Limit: 2}, "b": {Filter: forum.PeersFailing, Limit: 10},
		"bc": {Filter: forum.PeersWaiting, Limit: 10}, "": {Words: "100%", Limit: 10},
	} {
		if got := list(q); got != want {
			t.Errorf("%+v: %q, want %q", q, got, want)
		}
	}
	if got := list(forum.PeerQuery{Words: "B.ex", Limit: 10}); got != "b" {
		t.Errorf("by name: %q", got)
	}
	a, err := w.Store.PeerView(w.Ctx(), "a.example", w.Clock.Now())
	w.Must(err)
	if a.Delivered != 3 || a.Undeliverable != 1 || a.BytesOut != 5000 || a.Pending != 0 || !a.OldestAt.IsZero() || a.People != 1 || a.Software != "lemmy" ||
		a.Received != (forum.Traffic{Accepted: 8, Refused: 2, Bytes: 1000, LastAt: w.Clock.Now(), LastRefusal: "Create: no"}) {
		t.Errorf("%+v", a)
	}
	b, err := w.Store.PeerView(w.Ctx(), "b.example", w.Clock.Now())
	w.Must(err)
	if b.Pending == 0 || b.OldestAt.Before(since.Add(-time.Second)) || b.OldestAt.After(w.Clock.Now()) || b.LastError != "status 502" || b.FailingSince.IsZero() {
		t.Errorf("%+v", b)
	}

	// Retried by hand.
	w.Refused(w.Service.RetryPeer(w.Ctx(), lea, "b.example"), forum.Forbidden, "AdminsOnly")
	w.Refused(w.Service.RetryPeer(w.Ctx(), ada, "z.example"), forum.NotFound, "PeerUnknown")
	w.Must(w.Service.RetryPeer(w.Ctx(), ada, "b.example"))
	if b, err = w.Store.PeerView(w.Ctx(), "b.example", w.Clock.Now()); err != nil || !b.FailingSince.IsZero() || !b.NextTryAt.IsZero() || b.Pending == 0 {
		t.Errorf("%+v %v", b, err)
	}

	// Only those on the list.
	w.Must(w.Service.Admits(w.Ctx(), "friend.example"))
	w.Must(w.Service.Admits(w.Ctx(), "sub.friend.example:8443"))
	w.Refused(w.Service.Admits(w.Ctx(), "c.example"), forum.Forbidden, "ServerNotAllowed")
	rules := []forum.PeerRule{{Host: "c.example", Allowed: true}, {Host: "friend.example", Severity: forum.SeverityBlock}, {Host: "c.example", Severity: forum.SeverityBlock}}
	for _, dry := range []bool{true, false} {
		result, err := w.Service.ImportPeerRules(w.Ctx(), ada, rules, dry)
		w.Must(err)
		if len(result.Added) != 2 || len(result.Kept) != 1 {
			t.Errorf("import: %+v", result)
		}
		if all, err := w.Store.PeerRules(w.Ctx(), w.Clock.Now()); err != nil || (len(all) == 0) != dry {
			t.Errorf("rules after import, dry %v: %+v %v", dry, all, err)
		}
	}
	w.Must(w.Service.Admits(w.Ctx(), "c.example"))
	w.Refused(w.Service.Admits(w.Ctx(), "friend.example"), forum.Forbidden, "ServerBlocked")
	_, err = w.Service.ImportPeerRules(w.Ctx(), lea, rules, false)
	w.Refused(err, forum.Forbidden, "AdminsOnly")
	if c, err := w.Store.PeerView(w.Ctx(), "c.example", w.Clock.Now()); err != nil || !c.Rule.Allowed {
		t.Errorf("%+v %v", c, err)
	}
}

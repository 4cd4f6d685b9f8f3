package forumtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// relayed is what waits for a relay since it was last asked: the types of activities,
// with a star for those that are signed for others to pass on.
func (w *World) relayed(host string) string {
	w.T.Helper()
	var kinds []string
	for _, body := range w.Delivered(host, forum.Microblog) {
		kind, _, _ := strings.Cut(strings.TrimPrefix(body[strings.Index(body, `"type":"`):], `"type":"`), `"`)
		if kind == "Signed" {
			for _, inner := range []string{"Create", "Update", "Delete"} {
				if strings.Contains(body, inner) {
					kind = inner + "*"
				}
			}
		}
		kinds = append(kinds, kind)
	}
	w.deliverAll(map[string]string{host: ""})
	return strings.Join(kinds, " ")
}

// testRelays follows relays of both styles, hears their answers, and tells them of
// threads.
func testRelays(t *testing.T, open func(t *testing.T) Store) {
	w := NewWorld(t, open(t))
	ada, lea, max := w.Admin("ada"), w.Person("lea"), w.Person("max")
	w.Forum("telecoms", "max")
	const masto, lite = "masto.example", "lite.example"
	actor, other := w.Remote(forum.Application, "relay", masto), w.Remote(forum.Person, "eve", masto)
	pub := w.Remote(forum.Application, "relay", lite)
	inbox := "https://" + masto + "/inbox"

	_, err := w.Service.AddRelay(w.Ctx(), lea, inbox)
	w.Refused(err, forum.Forbidden, "AdminsOnly")
	_, err = w.Service.Relays(w.Ctx(), lea)
	w.Refused(err, forum.Forbidden, "AdminsOnly")
	for address, key := range map[string]string{"": "RelayAddress", "ftp://" + masto + "/inbox": "RelayAddress", "https://here.example/inbox": "RelayAddress", "https://eve@" + masto + "/inbox": "RelayAddress", "https://" + lite + "/nothing": "RelayNone", other.URI: "RelayNone"} {
		_, err := w.Service.AddRelay(w.Ctx(), ada, address)
		w.Refused(err, forum.Invalid, key)
	}
	_, err = w.Service.SetPeerRule(w.Ctx(), ada, forum.PeerRule{Host: "bad.example", Severity: forum.SeverityBlock})
	w.Must(err)
	_, err = w.Service.AddRelay(w.Ctx(), ada, "https://bad.example/inbox")
	w.Refused(err, forum.Forbidden, "ServerBlocked")

	given := w.Clock.Now().Add(-time.Hour)
	w.Must(w.Store.Settle(w.Ctx(), forum.Settlement{Host: masto, Failed: true, Now: given, NextTry: given, Error: "down"}))
	w.Must(w.Store.Settle(w.Ctx(), forum.Settlement{Host: masto, Failed: true, Now: w.Clock.Now(), NextTry: given, Error: "down", GiveUpAfter: time.Minute}))
	if p, err := w.Store.PeerView(w.Ctx(), masto, w.Clock.Now()); err != nil || p.DeadAt.IsZero() {
		t.Fatalf("not given up: %+v, %v", p, err)
	}
	first, err := w.Service.AddRelay(w.Ctx(), ada, " "+inbox+" ")
	w.Must(err)
	second, err := w.Service.AddRelay(w.Ctx(), ada, pub.URI)
	w.Must(err)
	_, err = w.Service.AddRelay(w.Ctx(), ada, inbox)
	w.Refused(err, forum.Conflict, "RelayKnown")
	states := func(want string) {
		t.Helper()
		list, err := w.Service.Relays(w.Ctx(), ada)
		w.Must(err)
		var got []string
		for _, r := range list {
			got = append(got, fmt.Sprintf("%s %s %s %d/%d/%d", r.Host, r.Style, r.State, r.Received, r.Taken, r.Sent))
		}
		if got := strings.Join(got, "; "); got != want {
			t.Errorf("relays are %q, want %q", got, want)
		}
	}
	states(masto + " mastodon pending 0/0/0; " + lite + " litepub pending 0/0/0")
	hears := func(host, want string) {
		t.Helper()
		if got := w.relayed(host); got != want {
			t.Errorf("%s hears %q, want %q", host, got, want)
		}
	}
	hears(masto, "Follow")
	hears(lite, "Follow")
	w.Thread(lea, "telecoms", "too early")
	hears(masto, "")

	// Answers: of the relay alone, to our Follow.
	answers := func(by *forum.Actor, followURI, follower string, accepted, found bool) {
		t.Helper()
		outcome, err := w.Service.ReceiveAnswer(w.Ctx(), w.Inbound(by), followURI, follower, accepted)
		w.Must(err)
		if outcome.Done != found {
			t.Errorf("%s answers %q: %+v", by.URI, followURI, outcome)
		}
	}
	follow := func(r *forum.Relay) string { return w.Service.Addresses().Activity(r.FollowID) }
	answers(actor, "https://here.example/activities/1", "", true, false)
	answers(pub, follow(first), "", true, false)
	answers(other, follow(second), "", true, false)
	answers(actor, follow(first), "", true, true)
	answers(other, follow(first), "", false, false)
	answers(pub, "", "https://here.example/actor", true, true)
	states(masto + " mastodon accepted 0/0/0; " + lite + " litepub accepted 0/0/0")
	if r, err := w.Store.RelayBy(w.Ctx(), actor.ID); err != nil || r.ID != first.ID || !r.Since().Equal(w.Clock.Now()) {
		t.Errorf("by its actor: %+v, %v", r, err)
	}
	if _, err := w.Store.RelayBy(w.Ctx(), other.ID); forum.CodeOf(err) != forum.NotFound {
		t.Errorf("eve is a relay: %v", err)
	}
	_, err = w.Service.ReceiveFollow(w.Ctx(), w.Inbound(other), "https://here.example/actor")
	w.Refused(err, forum.NotFound, "NobodyHere")
	_, err = w.Service.ReceiveFollow(w.Ctx(), w.Inbound(pub), "https://here.example/actor")
	w.Must(err)
	hears(lite, "Accept")

	// Threads, edits, deletions; once each.
	thread := w.Thread(lea, "telecoms", "bill")
	hears(masto, "Create*")
	hears(lite, "Announce")
	_, err = w.Service.Edit(w.Ctx(), lea, thread.ID, forum.Edit{Title: "bill", Body: "twice"})
	w.Must(err)
	hears(masto, "Update*")
	hears(lite, "Update*")
	reply := w.Reply(max, thread.ID, 0, "me too")
	_, err = w.Service.Edit(w.Ctx(), max, reply.ID, forum.Edit{Body: "me three"})
	w.Must(err)
	w.Must(w.Service.Support(w.Ctx(), max, thread.ID, true))
	w.Must(w.Service.Delete(w.Ctx(), max, reply.ID, ""))
	for name, details := range map[string]forum.ForumDetails{"inside": {Title: "Inside", LocalOnly: true}, "secret": {Title: "Secret", Private: true}} {
		_, err := w.Service.CreateForum(w.Ctx(), forum.Operator(), name, details, []string{"lea"})
		w.Must(err)
		w.Thread(lea, name, "among us")
	}
	group := w.Remote(forum.Group, "cars", "lemmy.example")
	_, err = w.Service.Follow(w.Ctx(), lea, group.Handle())
	w.Must(err)
	w.Thread(lea, group.Handle(), "elsewhere")
	hears(masto, "")
	hears(lite, "")
	w.Must(w.Service.Delete(w.Ctx(), max, thread.ID, "Spam"))
	hears(masto, "Delete*")
	hears(lite, "Delete*")
	states(masto + " mastodon accepted 0/0/3; " + lite + " litepub accepted 0/0/3")
	w.Must(w.Store.AddRelayCounts(w.Ctx(), map[forum.ID]forum.RelayCount{first.ID: {Received: 7, Taken: 2}, 77: {Received: 1}}))
	w.Must(w.Store.AddRelayCounts(w.Ctx(), map[forum.ID]forum.RelayCount{first.ID: {Received: 1}}))
	states(masto + " mastodon accepted 8/2/3; " + lite + " litepub accepted 0/0/3")

	// A relay that is blocked, that thinks better of it, that is removed.
	_, err = w.Service.SetPeerRule(w.Ctx(), ada, forum.PeerRule{Host: masto, Severity: forum.SeverityBlock})
	w.Must(err)
	w.Thread(lea, "telecoms", "unheard")
	hears(masto, "")
	hears(lite, "Announce")
	w.Must(w.Service.LiftPeerRule(w.Ctx(), ada, masto))
	answers(actor, follow(first), "", false, true)
	states(masto + " mastodon refused 8/2/3; " + lite + " litepub accepted 0/0/4")
	w.Thread(lea, "telecoms", "unheard too")
	hears(masto, "")
	hears(lite, "Announce")
	w.Refused(w.Service.RemoveRelay(w.Ctx(), lea, inbox), forum.Forbidden, "AdminsOnly")
	w.Refused(w.Service.RemoveRelay(w.Ctx(), ada, "https://nowhere.example/inbox"), forum.NotFound, "RelayUnknown")
	w.Must(w.Service.RemoveRelay(w.Ctx(), ada, inbox))
	hears(masto, "Undo")
	w.Delete(lea) // what she wrote goes with her; every server that is known hears of it as well
	hears(lite, "Delete Delete*")
	w.Must(w.Service.RemoveRelay(w.Ctx(), ada, pub.URI))
	hears(lite, "Undo")
	states("")
	_, err = w.Service.ReceiveFollow(w.Ctx(), w.Inbound(pub), "https://here.example/actor")
	w.Refused(err, forum.NotFound, "NobodyHere")
}

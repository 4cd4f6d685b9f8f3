package forumtest

import (
	"testing"
	"time"

	"portevoix/forum"
)

// testSponsorsElsewhere asks accounts on other servers to stand behind an action, before
// it is published and after, and takes what they answer.
func testSponsorsElsewhere(t *testing.T, open func(*testing.T) Store) {
	two := 2
	w := NewWorldWith(t, open(t), forum.Options{Sponsors: &two})
	lea, max := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	_, err := w.Service.StartAction(w.Ctx(), lea, forum.NewAction{Kind: forum.Petition, Title: "Refund", Text: "Now.", ClosesOn: "2026-05-31", Forum: "telecoms", Goal: 20}, false)
	w.Must(err)
	grown := func(name string) *forum.Actor {
		uri := "https://assoc.example/users/" + name
		known, err := w.Service.ReceiveActor(w.Ctx(), &forum.Actor{Kind: forum.Person, Name: name, Host: "assoc.example", URI: uri, URL: uri, Inbox: uri + "/inbox", SharedInbox: "https://assoc.example/inbox",
			FollowersURI: uri + "/followers", Summary: "<p>Consumers of Lyon</p>", CreatedAt: w.Clock.Now().AddDate(-1, 0, 0)}, &forum.KeyPair{URI: uri + "#main-key", Public: "key"})
		w.Must(err)
		w.Resolver[name+"@assoc.example"] = known
		return known
	}
	assoc, friends, young := grown("assoc"), grown("friends"), w.Remote(forum.Person, "young", "assoc.example")
	invite := func(by *forum.Account, who string) error { return w.Service.InviteSponsor(w.Ctx(), by, "refund", who) }
	w.Refused(invite(max, "assoc@assoc.example"), forum.Forbidden, "ActionAuthorOnly")
	w.Refused(invite(lea, "max"), forum.Invalid, "SponsorAccount")
	w.Refused(invite(lea, "nobody@assoc.example"), forum.Invalid, "AccountUnknown")
	for _, who := range []string{"@assoc@assoc.example", "young@assoc.example"} {
		w.Must(invite(lea, who))
	}
	w.Refused(invite(lea, "assoc@assoc.example"), forum.Conflict, "SponsorAsked")
	choose := func(by *forum.Actor, choice string) bool {
		t.Helper()
		messages, err := w.Store.MessagesTo(w.Ctx(), by.ID, 0, 10)
		w.Must(err)
		if len(messages) != 1 {
			t.Fatalf("%s got %d messages", by.Name, len(messages))
		}
		w.Clock.Advance(time.Second)
		in := w.Inbound(by)
		o, err := w.Service.ReceivePrivateNote(w.Ctx(), in, forum.PrivateNote{URI: in.URI + "/vote", ParentURI: messages[0].URI, Choices: []string{choice}})
		w.Must(err)
		return o.Done
	}
	sponsors := func(want ...string) {
		t.Helper()
		list, err := w.Store.Sponsors(w.Ctx(), w.actionNamed("refund").ID)
		w.Must(err)
		var got []string
		for _, s := range list {
			got = append(got, s.Handle())
		}
		if len(got) != len(want) || w.actionNamed("refund").Sponsors != len(want) {
			t.Fatalf("sponsors are %v, not %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("sponsors are %v, not %v", got, want)
			}
		}
	}
	if choose(young, "I stand behind it") || choose(assoc, "Perhaps") {
		t.Error("a young account, or an answer that was not offered, counts")
	}
	sponsors()
	for _, choice := range []string{"I stand behind it", "I stand behind it", "No", "Je m’y associe"} {
		if !choose(assoc, choice) {
			t.Errorf("%q does nothing", choice)
		}
	}
	sponsors("assoc@assoc.example")
	w.Refused(w.Service.PublishAction(w.Ctx(), lea, "refund"), forum.Forbidden, "SponsorsMissing")
	w.Clock.Advance(time.Second)
	w.Must(w.Service.SponsorAction(w.Ctx(), max, "refund", true))
	page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, Kinds: []forum.NotificationKind{forum.NotifySponsored}, Limit: 10})
	w.Must(err)
	if len(page.Groups) != 1 {
		t.Errorf("the author is told %d times that there are enough", len(page.Groups))
	}
	w.Must(w.Service.PublishAction(w.Ctx(), lea, "refund"))
	w.Must(invite(lea, "friends@assoc.example"))
	choose(friends, "I stand behind it")
	sponsors("assoc@assoc.example", "max", "friends@assoc.example")
	w.Must(w.Service.CloseAction(w.Ctx(), lea, "refund", "They paid."))
	if choose(friends, "No") {
		t.Error("answered after the end")
	}
	w.Refused(invite(lea, "other@assoc.example"), forum.Invalid, "AccountUnknown")
	grown("other")
	w.Refused(invite(lea, "other@assoc.example"), forum.Conflict, "ActionState")
}

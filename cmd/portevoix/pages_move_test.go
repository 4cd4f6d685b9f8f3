package main

import (
	"net/url"
	"strings"
	"testing"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestMove moves an account from this server to a Mastodon, after that one says
// that it is the same person's, and another one from there to here.
func TestMove(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	mastodon := newPeer(t, "mastodon")
	mastodon.accepted(v.base+"/u/lea/inbox", mastodon.activity("Follow", v.base+"/u/lea"))
	mastodon.await("Accept", 1)
	v.max.post("/u/lea/follow", url.Values{"on": {"true"}})
	v.lea.get("/settings").shows(`href="/settings/move"`)
	v.visitor.get("/settings/move").is(303)

	form := url.Values{"target": {"@ines@" + mastodon.host()}, "confirmation": {"lea"}}
	v.lea.post("/settings/move", url.Values{"target": {mastodon.actor()}, "confirmation": {"x"}}).is(422).shows("That is not your name", `value="`+mastodon.actor()+`"`)
	v.lea.post("/settings/move", form).is(422).shows("does not name @lea@" + v.host())
	mastodon.mu.Lock()
	mastodon.profile = map[string]any{"alsoKnownAs": []any{v.base + "/u/lea"}}
	mastodon.mu.Unlock()
	v.lea.post("/settings/move", form).leadsTo("/settings/move")
	v.lea.get("/settings/move").is(200).shows("you moved to", "@ines@"+mastodon.host(), "Come back")
	move := mastodon.await("Move", 1)[0]
	if move["object"] != v.base+"/u/lea" || move["target"] != mastodon.actor() || move["actor"] != v.base+"/u/lea" {
		t.Errorf("followers are told %v", move)
	}
	follow := mastodon.await("Follow", 1)[0] // max comes along
	if follow["actor"] != v.base+"/u/max" || follow["object"] != mastodon.actor() {
		t.Errorf("the new server is asked %v", follow)
	}
	v.max.get("/notifications").shows("has a new account, which you now follow")
	v.visitor.get("/u/lea").shows("This person has moved to", "@ines@"+mastodon.host()).lacks("/interact?do=follow")
	if actor := v.get("/u/lea", "Accept", "application/activity+json").body; !strings.Contains(actor, `"movedTo":"`+mastodon.actor()+`"`) {
		t.Errorf("the actor is %s", actor)
	}
	v.lea.post("/t/"+v.thread+"/reply", url.Values{"body": {"x"}}).is(403).shows("You have moved to another account")
	v.lea.post("/settings/move/undo", nil).leadsTo("/settings/move")
	v.lea.post("/t/"+v.thread+"/reply", url.Values{"body": {"back again"}}).is(303)
	v.lea.post("/settings/move", form).is(409).shows("once in 30 days")

	// From there to here.
	mastodon.accepted(v.base+"/inbox", mastodon.activity("Accept", follow))
	v.mia.post("/settings/move/alias", url.Values{"alias": {mastodon.url("/users/nobody")}}).is(422).shows("nobody at this address")
	move = mastodon.activity("Move", mastodon.actor())
	move["target"] = v.base + "/u/mia"
	mastodon.accepted(v.base+"/inbox", move) // not confirmed yet
	v.mia.post("/settings/move/alias", url.Values{"alias": {"@ines@" + mastodon.host()}}).leadsTo("/settings/move")
	v.mia.get("/settings/move").shows("@ines@"+mastodon.host(), `value="`+mastodon.actor()+`"`)
	if actor := v.get("/u/mia", "Accept", "application/activity+json").body; !strings.Contains(actor, `"alsoKnownAs":["`+mastodon.actor()+`"]`) {
		t.Errorf("the actor is %s", actor)
	}
	v.settle()
	mia, max := v.accountNamed("mia"), v.accountNamed("max")
	following := func() forum.FollowState {
		r, err := v.store.Relation(t.Context(), max.ID, mia.ID)
		if err != nil {
			t.Fatal(err)
		}
		return r.Following
	}
	if following() != "" {
		t.Error("a move that is not confirmed took effect")
	}
	move = mastodon.activity("Move", mastodon.actor())
	move["target"] = v.base + "/u/mia"
	mastodon.accepted(v.base+"/inbox", move)
	forumtest.Eventually(t, patience, "max to follow mia", func() bool { return following() == forum.FollowAccepted })
	mastodon.await("Undo", 1)
	v.visitor.get("/u/ines@"+mastodon.host()).shows("This person has moved to", "@mia")
	v.mia.post("/settings/move/unalias", url.Values{"uri": {mastodon.actor()}}).leadsTo("/settings/move")
	v.mia.get("/settings/move").lacks(`value="` + mastodon.actor() + `"`)
}

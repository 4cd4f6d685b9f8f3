package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestMembersPages opens a forum for members, invites, asks, lets in, leaves, and
// looks at what others see of it.
func TestMembersPages(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	v.account("noor")
	noor := v.textBrowser("noor")
	v.ada.get("/forums/new").is(200).shows("For members only")
	v.ada.post("/forums/new", url.Values{"name": {"house"}, "title": {"The house"}, "summary": {"Where we *plan*."}, "rules": {"Tell nobody."}, "moderators": {"mia"}, "private": {"true"}}).leadsTo("/f/house")
	v.ada.get("/f/house").is(200).shows("Members only", "/f/house/members", "Leave this forum").lacks("feed.atom", "/f/house/follow", "/f/house/figures", "/f/house/sources", "/live?forum")
	if f, err := v.store.Forum(t.Context(), forum.Handle{Name: "house"}); err != nil || !f.Private || !f.LocalOnly {
		t.Fatalf("opened %+v, %v", f, err)
	}

	// For others there is none, until who knows its address may ask.
	for _, b := range []*textBrowser{v.visitor, v.max, noor} {
		b.get("/f/house").is(404).lacks("The house")
		b.get("/forums").is(200).lacks("house")
	}
	noor.post("/f/house/membership", url.Values{"on": {"true"}}).is(404)
	v.mia.get("/f/house/settings").is(200).shows("may ask to join").lacks("For members only: nobody", "guests")
	v.mia.post("/f/house/settings", url.Values{"title": {"The house"}, "summary": {"Where we *plan*."}, "rules": {"Tell nobody."}, "joinable": {"true"}}).leadsTo("/f/house")
	v.visitor.get("/f/house").is(404).lacks("The house")
	door := noor.get("/f/house").is(200).shows("The house", "Tell nobody", "Ask to join")
	door.lacks("mia", "Threads", "feed.atom")
	v.visitor.get("/f/house/members").is(303)
	noor.get("/f/house/members").is(404)

	// Asked, listed for the moderator, let in.
	noor.post("/f/house/membership", url.Values{"on": {"true"}, "reason": {strings.Repeat("x", 501)}}).is(422).shows("The house")
	noor.post("/f/house/membership", url.Values{"on": {"true"}, "reason": {"I <b>know</b> lea"}}).leadsTo("/f/house")
	noor.get("/f/house").is(200).shows("Take the request back")
	noor.get("/forums/inside").is(200).lacks("The house")
	v.mia.get("/notifications").is(200).shows("Somebody asks to join The house", "/f/house/members")
	v.mia.get("/f/house/members?state=asked").is(200).shows("I &lt;b&gt;know&lt;/b&gt; lea", "Let in", "Refuse")
	v.mia.post("/f/house/members/decide", url.Values{"account": {"noor"}, "on": {"true"}}).leadsTo("/f/house/members")
	noor.get("/notifications").is(200).shows("You are now a member of The house")
	noor.get("/forums/inside").is(200).shows("The house")
	noor.get("/f/house/members").is(200).shows("noor").lacks("Invite", "Remove")
	v.mia.post("/f/house/members", url.Values{"account": {"nobody"}}).is(404).shows("nobody")
	v.mia.post("/f/house/members", url.Values{"account": {"lea"}}).leadsTo("/f/house/members?state=invited")
	v.lea.get("/f/house").is(200).shows("Accept the invitation")
	v.lea.post("/f/house/membership", url.Values{"on": {"true"}}).leadsTo("/f/house")

	// A thread there, for members.
	v.lea.get("/f/house/new").is(200).shows(`value="discussion"`).lacks(`value="grievance"`, "experienced_on")
	v.lea.post("/new", url.Values{"forum": {"house"}, "title": {"Bad"}, "body": {"x"}, "kind": {"grievance"}, "experienced_on": {"2026-11-02"}}).is(422).shows("in public")
	made := v.lea.post("/new", url.Values{"forum": {"house"}, "title": {"The plan"}, "body": {"Words of it"}, "kind": {"discussion"}}).is(http.StatusSeeOther)
	path := made.header.Get("Location")
	noor.get(path).is(200).shows("The plan", "Members only").lacks("feed.atom", "/live?thread")
	noor.get("/f/house").is(200).shows("The plan")
	v.max.get(path).is(404).lacks("The plan")
	v.visitor.get(path).is(404).lacks("The plan")
	v.max.get("/f/house").is(200).lacks("The plan") // its door
	noor.get("/home").is(200).shows("The plan", "Members only")
	v.max.get("/home").is(200).lacks("The plan")
	noor.get("/u/lea").is(200).lacks("The plan")
	noor.get("/").is(200).lacks("The plan")

	// Who leaves reads nothing of it; moderators stay.
	noor.post("/f/house/membership", url.Values{"on": {"false"}}).leadsTo("/forums/inside")
	noor.get(path).is(404)
	noor.get("/notifications").is(200).lacks("The house")
	v.mia.post("/f/house/membership", url.Values{"on": {"false"}}).is(409)
	v.mia.post("/f/house/members/decide", url.Values{"account": {"lea"}, "on": {"false"}}).leadsTo("/f/house/members")
	v.lea.get(path).is(404)
}

package main

import (
	"net/http"
	"net/url"
	"testing"

	"portevoix/forum"
)

// TestBots marks an account as a program, and as a person again: readers, apps and
// other servers are told, and it is counted nowhere meanwhile.
func TestBots(t *testing.T) {
	s := startInProcess(t, nil)
	s.account("lea")
	s.account("max")
	s.forum("telecoms")
	made := s.program("lea", forum.ScopeRead, forum.ScopeWrite).do("POST", "/threads", map[string]any{"forum": "telecoms", "kind": "grievance", "title": "Two bills", "body": "In March.", "case": map[string]any{"experienced_on": "2026-03-01"}}).is(201)
	thread := text(made.object, "id")
	owner, api, app := s.textBrowser("max"), s.program("max", forum.ScopeRead, forum.ScopeWrite), s.mastodon("max")
	server := s.textBrowser("")
	server.header.Set("Accept", "application/activity+json")
	told := func(kind, bot string) {
		t.Helper()
		sameJSON(t, app.api(http.MethodGet, "/api/v1/accounts/verify_credentials", nil).is(200).object, "bot", bot)
		server.get("/u/max").shows(`"type":"` + kind + `"`)
	}
	told("Person", "false")
	owner.post("/settings/profile", url.Values{"display_name": {"Max"}, "bot": {"true"}}).leadsTo("/settings#profile")
	owner.get("/settings").shows(`name="bot" value="true" checked`)
	told("Service", "true")
	id, err := forum.ParseID(thread)
	if err != nil {
		t.Fatal(err)
	}
	max, err := s.store.AccountByName(t.Context(), "max")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.Reply(t.Context(), max, forum.NewReply{ThreadID: id, Body: "#concerne"}); err != nil { // a reply as any other
		t.Fatal(err)
	}
	s.textBrowser("").get("/t/" + thread).shows("A program writes this, not a person.")
	s.textBrowser("").get("/u/max").shows("A program writes this, not a person.")
	api.do("POST", "/threads/"+thread+"/co-claim", nil).is(403)
	counted := func(want string) {
		t.Helper()
		sameJSON(t, api.do("GET", "/threads/"+thread+"/counted", nil).is(200).object["counts"].(map[string]any), "signed", want)
	}
	counted("0")
	app.api(http.MethodPatch, "/api/v1/accounts/update_credentials", map[string]any{"bot": false}).is(200)
	told("Person", "false")
	api.do("POST", "/threads/"+thread+"/co-claim", nil).is(200)
	counted("1")
}

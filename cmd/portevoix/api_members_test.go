package main

import (
	"strings"
	"testing"

	"portevoix/forum"
)

// TestMembersByAPI opens a forum for members by the API, and lets people in and out.
func TestMembersByAPI(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	for _, name := range []string{"ada", "mia", "lea", "max"} {
		s.account(name)
	}
	if err := s.service.SetRole(t.Context(), forum.Operator(), "ada", forum.Admin); err != nil {
		t.Fatal(err)
	}
	app := func(name string) *program { return s.program(name, forum.ScopeRead, forum.ScopeWrite) }
	ada, mia, lea, max := app("ada"), app("mia"), app("lea"), app("max")
	made := ada.do("POST", "/forums", map[string]any{"name": "house", "title": "The house", "rules": "Tell nobody.", "moderators": []string{"mia"}, "private": true, "joinable": true}).is(201)
	if made.object["private"] != true || made.object["local_only"] != true || made.object["joinable"] != true || text(made.object, "membership") != "member" {
		t.Errorf("made %v", made.object)
	}
	anyone := s.program("")
	anyone.do("GET", "/forums/house", nil).is(404)
	if list := anyone.do("GET", "/forums", nil).is(200).list; len(list) != 0 {
		t.Errorf("listed %v", list)
	}
	anyone.do("GET", "/forums?from=members", nil).is(401)

	// Asked, refused, asked, let in.
	if door := lea.do("GET", "/forums/house", nil).is(200).object; door["membership"] != nil || text(door, "title") != "The house" {
		t.Errorf("the door shows %v", door)
	}
	lea.do("POST", "/forums/house/membership", map[string]any{"reason": strings.Repeat("x", 501)}).is(422)
	if got := lea.do("POST", "/forums/house/membership", map[string]any{"reason": "I know mia"}).is(200).object; text(got, "membership") != "asked" {
		t.Errorf("asking is answered %v", got)
	}
	if got := lea.do("GET", "/forums/house", nil).is(200).object; text(got, "membership") != "asked" {
		t.Errorf("who asked sees %v", got)
	}
	lea.do("GET", "/forums/house/members", nil).is(404)
	if list := mia.do("GET", "/forums/house/members?state=asked", nil).is(200).list; len(list) != 1 || text(list[0], "reason") != "I know mia" || list[0]["by"] != nil {
		t.Errorf("asked: %v", list)
	}
	mia.do("GET", "/forums/house/members?state=enemy", nil).is(422)
	mia.do("DELETE", "/forums/house/members/lea", nil).is(204)
	lea.do("POST", "/forums/house/membership", nil).is(200)
	mia.do("POST", "/forums/house/members/lea", nil).is(204)
	if list := lea.do("GET", "/forums/house/members?limit=1", nil).is(200); len(list.list) != 1 || list.link("next") == "" {
		t.Errorf("members: %v", list.list)
	}
	if list := lea.do("GET", "/forums?from=members", nil).is(200).list; len(list) != 1 || text(list[0], "membership") != "member" {
		t.Errorf("hers: %v", list)
	}

	// A thread is there for members; apps that do not read posts, and others, get none.
	lea.do("POST", "/threads", map[string]any{"forum": "house", "kind": "grievance", "title": "x", "body": "y", "case": map[string]any{"experienced_on": "2026-11-02"}}).is(422)
	thread := lea.do("POST", "/threads", map[string]any{"forum": "house", "kind": "discussion", "title": "The plan", "body": "Words"}).is(201)
	path := "/threads/" + text(thread.object, "id")
	mia.do("GET", path, nil).is(200)
	if list := mia.do("GET", "/threads?forum=house", nil).is(200).list; len(list) != 1 {
		t.Errorf("its threads: %v", list)
	}
	max.do("GET", path, nil).is(404)
	s.program("lea", forum.ScopeProfile).do("GET", path, nil).is(404)
	max.do("GET", "/threads?forum=house", nil).is(404)

	// Invited, declined; removed, left.
	mia.do("POST", "/forums/house/members/max", nil).is(204)
	if got := max.do("GET", "/forums/house", nil).is(200).object; text(got, "membership") != "invited" {
		t.Errorf("who is invited sees %v", got)
	}
	if got := max.do("DELETE", "/forums/house/membership", nil).is(200).object; got["membership"] != nil {
		t.Errorf("declining is answered %v", got)
	}
	mia.do("POST", "/forums/house/members/max", nil).is(204)
	if got := max.do("POST", "/forums/house/membership", nil).is(200).object; text(got, "membership") != "member" {
		t.Errorf("accepting is answered %v", got)
	}
	max.do("GET", path, nil).is(200)
	max.do("POST", "/forums/house/members/nobody", nil).is(403)
	mia.do("POST", "/forums/house/members/nobody", nil).is(404)
	max.do("DELETE", "/forums/house/membership", nil).is(200)
	max.do("GET", path, nil).is(404)
	mia.do("DELETE", "/forums/house/membership", nil).is(409)
	anyone.do("POST", "/forums/house/membership", nil).is(401)
}

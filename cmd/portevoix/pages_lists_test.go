package main

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"testing"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestListsOnPages makes a list on pages, by an app and by a program, puts forums and
// people on it, and reads it.
func TestListsOnPages(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	for _, name := range []string{"lea", "max"} {
		s.account(name)
	}
	s.forum("banks")
	telecoms := s.forum("telecoms")
	s.thread(s.person("max"), "telecoms", "No dial tone")
	s.thread(s.person("max"), "banks", "Charged twice")
	lea, max := s.textBrowser("lea"), s.textBrowser("max")
	lea.post("/f/telecoms/follow", url.Values{"on": {"true"}})
	lea.get("/home").shows("All lists")
	lea.get("/lists").shows("You have no list yet")
	lea.post("/lists", url.Values{"title": {""}}).is(http.StatusUnprocessableEntity).shows("Give the list a name.")
	path := lea.post("/lists", url.Values{"title": {"<Phones>"}}).is(http.StatusSeeOther).header.Get("Location")
	lea.get(path).shows("&lt;Phones&gt;", "Nothing here yet")
	max.get(path).is(http.StatusNotFound)
	max.post(path, url.Values{"do": {"delete"}}).is(http.StatusNotFound)
	lea.post(path, url.Values{"account": {"banks"}}).is(http.StatusUnprocessableEntity).shows("You do not follow", `value="banks"`)
	lea.post(path, url.Values{"account": {"nobody_there"}}).is(http.StatusUnprocessableEntity)
	lea.post(path, url.Values{"account": {"!telecoms"}}).leadsTo(path)
	lea.get(path).shows("No dial tone", "Take off").lacks("Charged twice")
	lea.get("/home").shows(path)
	lea.post(path, url.Values{"title": {"Telephones"}}).leadsTo(path)

	// An exclusive list is read apart: home is without it.
	lea.get("/home").shows("No dial tone")
	lea.post(path, url.Values{"title": {"Telephones"}, "apart": {"true"}}).leadsTo(path)
	lea.get(path).shows("No dial tone", `name="apart" value="true" checked`)
	lea.get("/home").lacks("No dial tone")

	app, id := s.mastodon("lea"), regexp.MustCompile(`[0-9]+`).FindString(path)
	if list := app.api("GET", "/api/v1/lists", nil).is(200).list; len(list) != 1 || text(list[0], "title") != "Telephones" || text(list[0], "id") != id {
		t.Errorf("the app reads %v", list)
	}
	if list := app.api("GET", "/api/v1/timelines/home", nil).is(200).list; len(list) != 0 {
		t.Errorf("the app's home is %v", list)
	}
	changed := app.api("PUT", "/api/v1/lists/"+id, map[string]any{"exclusive": false, "replies_policy": "followed"}).is(200).object
	if text(changed, "title") != "Telephones" || text(changed, "replies_policy") != "followed" || changed["exclusive"] != false {
		t.Errorf("the list is %v", changed)
	}
	app.api("PUT", "/api/v1/lists/"+id, map[string]any{"replies_policy": "all"}).is(422)
	if list := app.api("GET", "/api/v1/timelines/home", nil).is(200).list; len(list) != 1 {
		t.Errorf("the app's home is %v", list)
	}
	if list := app.api("GET", "/api/v1/timelines/list/"+id, nil).is(200).list; len(list) != 1 {
		t.Errorf("the list's timeline is %v", list)
	}
	if list := app.api("GET", "/api/v1/lists/"+id+"/accounts", nil).is(200).list; len(list) != 1 || text(list[0], "acct") != "telecoms" {
		t.Errorf("on the list are %v", list)
	}
	if list := app.api("GET", "/api/v1/accounts/"+telecoms.ID.String()+"/lists", nil).is(200).list; len(list) != 1 {
		t.Errorf("the forum is on %v", list)
	}
	app.api("DELETE", "/api/v1/lists/"+id+"/accounts", map[string]any{"account_ids": []string{telecoms.ID.String()}}).is(200)
	lea.get(path).shows("Nothing here yet")
	app.api("POST", "/api/v1/lists/"+id+"/accounts", map[string]any{"account_ids": []string{telecoms.ID.String()}}).is(200)
	s.mastodon("max").api("GET", "/api/v1/lists/"+id, nil).is(404)
	s.mastodon("max").api("GET", "/api/v1/streaming/list?list="+id, nil).is(404)
	s.mastodon("lea", "read:statuses").api("GET", "/api/v1/streaming/list?list="+id, nil).is(403)
	s.mastodon("").api("GET", "/api/v1/streaming/list?list="+id, nil).is(401)
	app.api("GET", "/api/v1/streaming/list", nil).is(404)
	second := app.api("POST", "/api/v1/lists", map[string]any{"title": "Second"}).is(200).object
	app.api("PUT", "/api/v1/lists/"+text(second, "id"), map[string]any{"title": "2nd"}).is(200)
	app.api("DELETE", "/api/v1/lists/"+text(second, "id"), nil).is(200)

	program := s.program("lea", forum.ScopeRead, forum.ScopeWrite)
	if shown := program.do("GET", "/lists/"+id, nil).is(200).object; len(shown["members"].([]any)) != 1 {
		t.Errorf("the program reads %v", shown)
	}
	if list := program.do("GET", "/lists/"+id+"/threads?sort=active", nil).is(200).list; len(list) != 1 || text(list[0], "title") != "No dial tone" {
		t.Errorf("the program reads %v", list)
	}
	program.do("DELETE", "/lists/"+id+"/members/telecoms", nil).is(200)
	program.do("PUT", "/lists/"+id+"/members/telecoms", nil).is(200)
	program.do("PUT", "/lists/"+id+"/members/banks", nil).is(422)
	third := text(program.do("POST", "/lists", map[string]any{"title": "Third"}).is(201).object, "id")
	program.do("PATCH", "/lists/"+third, map[string]any{"title": "3rd", "exclusive": true}).is(200)
	program.do("GET", "/lists", nil).is(200)
	program.do("DELETE", "/lists/"+third, nil).is(204)
	listed := app.streamed("/api/v1/streaming/list?list=" + id)
	forumtest.Eventually(t, patience, "the list's stream to tell of a thread", func() bool {
		s.thread(s.person("max"), "telecoms", "Line cut")
		return listed("event: update")
	})
	lea.post(path, url.Values{"do": {"delete"}}).leadsTo("/lists")
	lea.get("/lists").lacks("Telephones")
}

// streamed listens to server-sent events until the end of the test, and says whether a
// line was heard.
func (p *program) streamed(path string) func(line string) bool {
	t := p.s.t
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.s.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d", path, response.StatusCode)
	}
	var mu sync.Mutex
	heard := map[string]bool{}
	go func() {
		defer response.Body.Close()
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			mu.Lock()
			heard[lines.Text()] = true
			mu.Unlock()
		}
	}()
	return func(line string) bool {
		mu.Lock()
		defer mu.Unlock()
		return heard[line]
	}
}

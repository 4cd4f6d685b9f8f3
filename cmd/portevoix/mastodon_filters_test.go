package main

import (
	"net/http"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestMastodonFirstFilters keeps filters in the words of the first version.
func TestMastodonFirstFilters(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	s.account("lea")
	s.account("max")
	app := s.mastodon("lea")
	const path = "/api/v1/filters"
	app.api(http.MethodPost, path, map[string]any{"context": []string{"home"}}).is(422)
	s.mastodon("lea", forum.ScopeRead).api(http.MethodPost, path, map[string]any{"phrase": "spam"}).is(403)
	made := app.api(http.MethodPost, path, map[string]any{"phrase": "Spam", "context": []string{"home"}, "irreversible": true, "expires_in": 60}).is(200).object
	sameJSON(t, made, "phrase", `"spam"`)
	sameJSON(t, made, "irreversible", "true")
	one := path + "/" + text(made, "id")
	s.mastodon("max").api(http.MethodGet, one, nil).is(404)
	s.mastodon("max").api(http.MethodDelete, one, nil).is(404)
	changed := app.api(http.MethodPut, one, map[string]any{"phrase": "ads", "irreversible": false, "expires_in": ""}).is(200).object
	sameJSON(t, changed, "irreversible", "false")
	sameJSON(t, changed, "expires_at", "null")
	if list := app.api(http.MethodGet, path, nil).is(200).list; len(list) != 1 || text(list[0], "phrase") != "ads" {
		t.Errorf("the filters are %v", list)
	}
	app.api(http.MethodDelete, path+"/"+text(changed, "id"), nil).is(200)
	if list := app.api(http.MethodGet, "/api/v2/filters", nil).is(200).list; len(list) != 0 {
		t.Errorf("left are %v", list)
	}
}

// TestMastodonFilterContexts keeps where a filter looks and whether it wants whole
// words, and obeys both: in apps, in our own API and on pages.
func TestMastodonFilterContexts(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea, max := s.account("lea"), s.account("max")
	s.forum("telecoms")
	if _, err := s.service.Follow(t.Context(), lea, "telecoms"); err != nil {
		t.Fatal(err)
	}
	thread := s.thread(max, "telecoms", "Telephones again")
	app, own := s.mastodon("lea"), s.program("lea", forum.ScopeRead, forum.ScopeWrite)
	visitor := s.textBrowser("lea")

	id := thread.ID.String()
	places := map[string]func() bool{
		"home": func() bool {
			return strings.Contains(app.api(http.MethodGet, "/api/v1/timelines/home", nil).is(200).body, "Telephones")
		},
		"public": func() bool {
			return strings.Contains(app.api(http.MethodGet, "/api/v1/timelines/public", nil).is(200).body, "Telephones")
		},
		"account": func() bool {
			return strings.Contains(app.api(http.MethodGet, "/api/v1/accounts/"+max.ID.String()+"/statuses", nil).is(200).body, "Telephones")
		},
		"own home":   func() bool { return len(own.do(http.MethodGet, "/home", nil).is(200).list) == 1 },
		"own list":   func() bool { return len(own.do(http.MethodGet, "/threads?forum=telecoms", nil).is(200).list) == 1 },
		"home page":  func() bool { return strings.Contains(visitor.get("/home").is(200).body, id) },
		"forum page": func() bool { return strings.Contains(visitor.get("/f/telecoms").is(200).body, id) },
	}
	shown := func(want map[string]bool) {
		t.Helper()
		for name, shows := range places {
			if got := shows(); got != want[name] {
				t.Errorf("%s shows it: %v", name, got)
			}
		}
	}
	all := map[string]bool{"home": true, "public": true, "account": true, "own home": true, "own list": true, "home page": true, "forum page": true}
	shown(all)
	const first, second = "/api/v1/filters", "/api/v2/filters"
	app.api(http.MethodPost, first, map[string]any{"phrase": "phone", "context": []string{"elsewhere"}}).is(422)
	made := app.api(http.MethodPost, first, map[string]any{"phrase": "phone", "context": []string{"public"}, "irreversible": true}).is(200).object
	sameJSON(t, made, "whole_word", "true")
	shown(all) // it is no whole word
	made = app.api(http.MethodPut, first+"/"+text(made, "id"), map[string]any{"whole_word": false}).is(200).object
	sameJSON(t, made, "whole_word", "false")
	sameJSON(t, made, "context", `["public"]`)
	shown(map[string]bool{"home": true, "account": true, "own home": true, "home page": true})
	made = app.api(http.MethodPut, second+"/"+text(made, "id"), map[string]any{"context": []string{"account", "home"}}).is(200).object
	sameJSON(t, made, "context", `["home","account"]`)
	sameJSON(t, made["keywords"].([]any)[0].(map[string]any), "whole_word", "false")
	shown(map[string]bool{"public": true, "own list": true, "forum page": true})
	if page := visitor.get("/settings/filters").is(200).body; !strings.Contains(page, "within longer words too, only in: home and lists, profiles") {
		t.Error("the page of filters does not say where it looks")
	}
	changed := map[string]any{"keywords_attributes": []map[string]any{{"id": text(made, "id"), "whole_word": true}}}
	made = app.api(http.MethodPut, second+"/"+text(made, "id"), changed).is(200).object
	sameJSON(t, made["keywords"].([]any)[0].(map[string]any), "keyword", `"phone"`)
	shown(all)
	app.api(http.MethodDelete, first+"/"+text(made, "id"), nil).is(200)

	// Of several keywords each has its own.
	app.api(http.MethodPost, second, map[string]any{"title": "x", "context": []string{"notifications", "thread"}, "filter_action": "hide",
		"keywords_attributes": []map[string]any{{"keyword": "phone", "whole_word": false}, {"keyword": "again"}}}).is(200)
	list := app.api(http.MethodGet, first, nil).is(200).list
	if len(list) != 2 {
		t.Fatalf("the filters are %v", list)
	}
	sameJSON(t, list[0], "whole_word", "true")
	sameJSON(t, list[1], "whole_word", "false")
	shown(all)
}

package main

import (
	"net/http"
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

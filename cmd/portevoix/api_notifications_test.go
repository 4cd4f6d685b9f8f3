package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"portevoix/forum"
)

const notificationFields = "id kind topic count text authors url post_id thread_id title excerpt reason filtered latest_id latest_at read_at"

// TestAPINotifications reads notifications as a program, marks them as read and
// chooses what is mailed and pushed.
func TestAPINotifications(t *testing.T) {
	s := startInProcess(t, nil)
	lea, maxim := s.account("lea"), s.account("max")
	s.forum("telecoms")
	one, two := s.thread(lea, "telecoms", "one"), s.thread(lea, "telecoms", "two")
	reply := func(in *forum.Thread, body string) *forum.Post {
		t.Helper()
		p, err := s.service.Reply(t.Context(), maxim, forum.NewReply{ThreadID: in.ID, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	reply(one, "first")
	reply(one, "second")
	last := reply(two, "a **third**")
	if err := s.service.Support(t.Context(), maxim, one.ID, true); err != nil {
		t.Fatal(err)
	}
	program := s.program("lea", forum.ScopeRead, forum.ScopeWrite)
	list := func(path string) (string, answer) {
		t.Helper()
		a := program.do(http.MethodGet, path, nil).is(http.StatusOK)
		var kinds []string
		for _, n := range a.list {
			hasFields(t, n, notificationFields)
			kind := fmt.Sprintf("%s %v", text(n, "kind"), n["count"])
			if n["read_at"] == nil {
				kind += "*"
			}
			kinds = append(kinds, kind)
		}
		return strings.Join(kinds, ", "), a
	}
	expect := func(path, want string) answer {
		t.Helper()
		got, a := list(path)
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
		return a
	}
	all := expect("/notifications", "support 1*, reply 1*, reply 2*")
	n := all.list[1]
	for field, want := range map[string]any{"topic": "replies", "text": "max replied to you", "url": s.base + "/p/" + last.ID.String(), "post_id": last.ID.String(),
		"thread_id": two.ID.String(), "title": "two", "excerpt": "a third", "reason": nil, "filtered": nil} {
		if n[field] != want {
			t.Errorf("%s is %v, want %v", field, n[field], want)
		}
	}
	if authors, ok := n["authors"].([]any); !ok || len(authors) != 1 || authors[0].(map[string]any)["handle"] != "max" {
		t.Errorf("authors are %v", n["authors"])
	}
	program.header.Set("Accept-Language", "fr")
	if a := expect("/notifications?limit=1&topic=replies", "reply 1*"); text(a.list[0], "text") != "max vous a répondu" || a.link("next") == "" {
		t.Errorf("in French %v, next %q", a.list[0], a.link("next"))
	} else {
		expect(a.link("next"), "reply 2*")
	}
	program.header.Del("Accept-Language")

	program.do(http.MethodPost, "/notifications/"+text(n, "id")+"/read", nil).is(http.StatusNoContent)
	expect("/notifications", "support 1*, reply 1, reply 2*")
	expect("/notifications?unread=true", "support 1*, reply 2*")
	program.do(http.MethodPost, "/notifications/read", map[string]any{"up_to": all.list[2]["latest_id"]}).is(http.StatusNoContent)
	expect("/notifications?unread=true", "support 1*")
	program.do(http.MethodPost, "/notifications/read", map[string]any{}).is(http.StatusNoContent)
	expect("/notifications?unread=true", "")

	settings := program.do(http.MethodGet, "/notifications/settings", nil).is(http.StatusOK)
	hasFields(t, settings.object, "mail push")
	hasFields(t, settings.object["mail"].(map[string]any), "replies threads moderation support follows actions news")
	changed := program.do(http.MethodPatch, "/notifications/settings", `{"mail": {"support": "weekly"}, "push": {"replies": false}}`).is(http.StatusOK)
	if mail, push := changed.object["mail"].(map[string]any), changed.object["push"].(map[string]any); mail["support"] != "weekly" || mail["replies"] != "at_once" || push["replies"] != false || push["moderation"] != true {
		t.Errorf("changed to %s", changed.body)
	}
	for body, status := range map[string]int{
		`{"mail": {"support": "hourly"}}`: 422, `{"mail": {"rubbish": "daily"}}`: 422, `{"mail": {"support": "daily"}, "push": {"news": true}}`: 422,
		`{"phone": {}}`: 422, `{"push": {"replies": 1}}`: 400,
	} {
		program.do(http.MethodPatch, "/notifications/settings", body).is(status)
	}
	if again := program.do(http.MethodGet, "/notifications/settings", nil); again.body != changed.body {
		t.Errorf("what was refused changed something: %s", again.body)
	}
	program.do(http.MethodGet, "/notifications?topic=news", nil).is(http.StatusUnprocessableEntity)
	program.do(http.MethodGet, "/notifications?after=rubbish", nil).is(http.StatusUnprocessableEntity)
	program.do(http.MethodPost, "/notifications/read", `{"up_to": "x"}`).is(http.StatusUnprocessableEntity)
	for _, path := range []string{"/notifications", "/notifications/settings"} {
		s.program("").do(http.MethodGet, path, nil).is(http.StatusUnauthorized)
		s.program("lea", forum.ScopeWrite).do(http.MethodGet, path, nil).is(http.StatusForbidden)
	}
	reader := s.program("lea", forum.ScopeRead)
	reader.do(http.MethodPost, "/notifications/read", `{}`).is(http.StatusForbidden)
	reader.do(http.MethodPost, "/notifications/1/read", nil).is(http.StatusForbidden)
	reader.do(http.MethodPatch, "/notifications/settings", `{}`).is(http.StatusForbidden)
}

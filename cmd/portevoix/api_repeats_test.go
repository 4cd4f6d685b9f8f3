package main

import (
	"net/url"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestAPIRepeats sends calls again: with a key they are made once, and what has not
// changed is not sent twice.
func TestAPIRepeats(t *testing.T) {
	s := startInProcess(t, nil)
	s.account("lea")
	s.forum("telecoms")
	lea, other := s.program("lea", forum.ScopeRead, forum.ScopeWrite), s.program("lea", forum.ScopeRead, forum.ScopeWrite)
	lea.header.Set("Idempotency-Key", "one")
	other.header.Set("Idempotency-Key", "one")
	thread := map[string]any{"forum": "telecoms", "title": "Two bills", "body": "In March."}
	made := lea.do("POST", "/threads", thread).is(201)
	again := lea.do("POST", "/threads", thread).is(201)
	if text(again.object, "id") != text(made.object, "id") || again.header.Get("Location") != made.header.Get("Location") || again.header.Get("Content-Type") != "application/json" {
		t.Errorf("sent again, it is %s at %q, not %s", again.body, again.header.Get("Location"), made.body)
	}
	lea.do("POST", "/threads", map[string]any{"forum": "telecoms", "title": "Three bills", "body": "In March."}).is(422)
	if id := text(other.do("POST", "/threads", thread).is(201).object, "id"); id == text(made.object, "id") {
		t.Error("another token with the same key gets the first one's answer")
	}
	lea.header.Set("Idempotency-Key", "two")
	for range 2 {
		lea.do("POST", "/threads", map[string]any{"forum": "telecoms", "body": "No title."}).is(422)
	}
	for _, wrong := range []string{strings.Repeat("k", forum.MaxRepeatKey+1), "\xff", "clé"} {
		lea.header.Set("Idempotency-Key", wrong)
		lea.do("POST", "/threads", thread).is(422)
	}
	lea.header.Set("Idempotency-Key", "three")
	lea.do("POST", "/threads", `{"forum":"telecoms","title":"Long","body":"`+strings.Repeat("x", 1<<20)+`"}`).is(413)
	reader := s.program("lea", forum.ScopeRead)
	reader.header.Set("Idempotency-Key", "four")
	reader.do("POST", "/threads", thread).is(403)
	lea.header.Del("Idempotency-Key")
	if list := lea.do("GET", "/threads", nil).is(200).list; len(list) != 2 {
		t.Errorf("there are %d threads, not 2", len(list))
	}

	first := lea.do("GET", "/threads", nil).is(200)
	if !strings.Contains(first.header.Get("RateLimit"), `"token";r=`) || first.header.Get("RateLimit-Policy") != `"token";q=300;w=60` {
		t.Errorf("how many calls are left: %v", first.header)
	}
	lea.header.Set("If-None-Match", first.header.Get("ETag"))
	if unchanged := lea.do("GET", "/threads", nil).is(304); unchanged.body != "" || unchanged.header.Get("ETag") != first.header.Get("ETag") {
		t.Errorf("unchanged, it is %q %v", unchanged.body, unchanged.header)
	}
	lea.do("POST", "/threads", thread).is(201)
	lea.do("GET", "/threads", nil).is(200)
}

// TestAPIRepeatedUpload sends a picture again with its key: it is kept once.
func TestAPIRepeatedUpload(t *testing.T) {
	s := startInProcess(t, nil)
	s.account("lea")
	lea := s.program("lea", forum.ScopeRead, forum.ScopeWrite)
	lea.header.Set("Idempotency-Key", "one")
	upload := func(width int) answer {
		t.Helper()
		body, contentType := multipartForm(t, url.Values{"alt": {"A bill"}}, map[string][]byte{"file": drawing(t, width, 40)})
		lea.header.Set("Content-Type", contentType) // with another boundary each time
		return lea.do("POST", "/media", string(body))
	}
	first := upload(60).is(201)
	if again := upload(60).is(201); again.body != first.body {
		t.Errorf("sent again, it is %s, not %s", again.body, first.body)
	}
	upload(600).is(422)
	lea.header.Set("Idempotency-Key", "two")
	if other := upload(60).is(201); text(other.object, "id") == text(first.object, "id") {
		t.Error("with another key it is the same picture")
	}
}

// TestAPIDraftsAndReports saves drafts and brings a reply to moderators, who deal
// with it.
func TestAPIDraftsAndReports(t *testing.T) {
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.account("mia")
	s.account("max")
	s.forum("telecoms", "mia")
	thread := s.thread(lea, "telecoms", "Two bills").ID.String()
	max, mia := s.program("max", forum.ScopeRead, forum.ScopeWrite), s.program("mia", forum.ScopeRead, forum.ScopeWrite)
	max.do("POST", "/drafts", map[string]any{}).is(422)
	saved := max.do("POST", "/drafts", map[string]any{"forum": "telecoms", "kind": "question", "title": "And now"}).is(201)
	path := strings.TrimPrefix(saved.header.Get("Location"), apiPrefix)
	sameJSON(t, max.do("PUT", path, map[string]any{"parent_id": thread, "body": "I *wonder*."}).is(200).object, "thread_id", `"`+thread+`"`)
	sameJSON(t, max.do("GET", path, nil).is(200).object, "title", "null")
	if list := max.do("GET", "/drafts", nil).is(200).list; len(list) != 1 || text(list[0], "body") != "I *wonder*." {
		t.Errorf("drafts are %v", list)
	}
	mia.do("GET", path, nil).is(404)
	mia.do("PUT", path, map[string]any{"body": "x"}).is(404)
	mia.do("DELETE", path, nil).is(404)
	max.do("DELETE", path, nil).is(204)
	max.do("GET", path, nil).is(404)

	max.do("POST", "/threads/"+thread+"/report", map[string]any{"words": " "}).is(422)
	max.do("POST", "/replies/"+thread+"/report", map[string]any{"words": "Spam"}).is(404)
	max.do("POST", "/threads/"+thread+"/report", map[string]any{"words": "Spam"}).is(204)
	max.do("GET", "/reports", nil).is(403)
	reports := mia.do("GET", "/reports", nil).is(200).list
	if len(reports) != 1 || text(reports[0], "reporter") != "max" || text(reports[0], "target") != "lea" || text(reports[0], "words") != "Spam" || text(reports[0], "forum") != "telecoms" {
		t.Fatalf("reports are %v", reports)
	}
	report := "/reports/" + text(reports[0], "id")
	max.do("DELETE", report, nil).is(403)
	mia.do("DELETE", report, nil).is(204)
	if list := mia.do("GET", "/reports", nil).is(200).list; len(list) != 0 {
		t.Errorf("dealt with, there is %v", list)
	}
}

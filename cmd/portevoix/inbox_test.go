package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/federation/signature"
	"portevoix/forum"
)

// TestInboxRefusals sends what must not be believed, one thing wrong at a time.
func TestInboxRefusals(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.forum("telecoms")
	thread := s.thread(lea, "telecoms", "one")
	p, other := newPeer(t, "mastodon"), newPeer(t, "mastodon")
	inbox := s.base + "/inbox"
	group := s.base + "/f/telecoms"
	p.accepted(inbox, p.activity("Follow", group))
	other.accepted(inbox, other.activity("Follow", group))
	mine := p.note("<p>mine</p>", thread.URI)
	p.accepted(inbox, p.activity("Create", mine))

	with := func(a map[string]any, change map[string]any) map[string]any {
		out := maps.Clone(a)
		maps.Copy(out, change)
		return out
	}
	like := func() map[string]any { return p.activity("Like", thread.URI) }
	reply := p.note("<p>reply</p>", thread.URI)
	theirs := other.note("<p>theirs</p>", thread.URI)
	for _, c := range []struct {
		name     string
		activity map[string]any
		status   int
	}{
		{"no id", with(like(), map[string]any{"id": nil}), 400},
		{"no type", with(like(), map[string]any{"type": nil}), 400},
		{"no actor", with(like(), map[string]any{"actor": nil}), 400},
		{"two actors", with(like(), map[string]any{"actor": []any{p.actor(), other.actor()}}), 400},
		{"no object", with(like(), map[string]any{"object": nil}), 400},
		{"id is a script", with(like(), map[string]any{"id": "javascript:alert(1)"}), 400},
		{"id on another server", with(like(), map[string]any{"id": other.id("activities")}), 403},
		{"actor on another server", with(like(), map[string]any{"actor": other.actor()}), 401},
		{"actor of ours", with(like(), map[string]any{"actor": lea.URI}), 403},
		{"another's post as mine", with(p.activity("Create", theirs), nil), 403},
		{"a post in another's name", p.activity("Create", with(reply, map[string]any{"attributedTo": other.actor()})), 400},
		{"a post with an id elsewhere", p.activity("Create", with(reply, map[string]any{"id": other.id("statuses")})), 400},
		{"an edit of another's post", p.activity("Update", with(theirs, map[string]any{"content": "forged"})), 403},
		{"a deletion of another's post", p.activity("Delete", theirs["id"]), 403},
		{"a deletion of our post", p.activity("Delete", thread.URI), 403},
		{"a deletion of our account", p.activity("Delete", lea.URI), 403},
		{"undoing what another did", p.activity("Undo", other.activity("Follow", group)), 403},
		{"closing a thread without moderating", p.activity("Lock", thread.URI), 403},
		{"following nobody", p.activity("Follow", s.base+"/u/nobody"), 404},
		{"following the server", p.activity("Follow", s.base+"/actor"), 404},
	} {
		if got := p.send(inbox, c.activity); got != c.status {
			t.Errorf("%s: answered %d, want %d", c.name, got, c.status)
		}
	}
	for _, c := range []struct {
		name     string
		activity map[string]any
	}{
		{"an account unknown here ended", map[string]any{"id": "https://gone.example/1", "type": "Delete", "actor": "https://gone.example/u", "object": "https://gone.example/u"}},
		{"a type that is not known", p.activity("Dance", thread.URI)},
		{"a reaction that is no support", with(p.activity("EmojiReact", thread.URI), map[string]any{"content": "😡"})},
		{"a direct message", p.activity("Create", map[string]any{"id": p.id("chats"), "type": "ChatMessage", "attributedTo": p.actor(), "to": []any{lea.URI}, "content": "hello"})},
		{"a report that was dealt with", p.activity("Resolve", map[string]any{"id": p.id("flags"), "type": "Flag", "actor": p.actor(), "object": thread.URI})},
		{"a warning", with(p.activity("Warn", lea.URI), map[string]any{"summary": "Careful."})},
		{"what somebody hears", p.activity("Listen", map[string]any{"id": p.id("songs"), "type": "Audio", "name": "A song"})},
		{"a feed", p.activity("Update", map[string]any{"id": p.id("feeds"), "type": "Feed", "name": "Forums"})},
		{"an answer in a poll of PieFed's", with(p.activity("PollVote", thread.URI), map[string]any{"choice_text": "Yes"})},
		{"a ban from an unknown group", with(p.activity("Block", lea.URI), map[string]any{"target": p.url("/c/unknown")})},
		{"a moderator of an unknown group", with(p.activity("Add", lea.URI), map[string]any{"target": p.url("/c/unknown/moderators")})},
		{"a vote for something unknown", p.activity("Like", s.base+"/t/42")},
		{"a boost of something unknown", p.activity("Announce", "https://elsewhere.example/1")},
		{"an answer to no follow", p.activity("Accept", s.base+"/activities/1")},
		{"undoing what was not done", p.activity("Undo", map[string]any{"id": p.id("x"), "type": "Like", "actor": p.actor(), "object": thread.URI})},
		{"a poll vote", p.activity("Create", map[string]any{"id": p.id("votes"), "type": "Note", "attributedTo": p.actor(), "to": []any{public}, "name": "Yes", "inReplyTo": thread.URI})},
		{"breakfast", p.activity("Create", p.note("<p>breakfast</p>", ""))},
	} {
		if got := p.send(inbox, c.activity); got != http.StatusAccepted {
			t.Errorf("%s: answered %d, want to be ignored", c.name, got)
		}
	}
	s.settle()
	view, err := s.store.ThreadView(t.Context(), thread.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if view.ReplyCount != 1 || view.Supports != 0 || view.Title != "one" || view.Hidden() {
		t.Errorf("something took effect: %+v", view)
	}
}

// What is not known is named in the answer and in the log, up to a length.
func TestInboxNamesTypes(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Log.Level = "debug" })
	s.forum("telecoms")
	st := newStage(t)
	actor := st.cast("http://"+st.host()+"/ines", forum.Person)
	for name, want := range map[string]string{
		"Dance":                          "Dance is not acted upon",
		"Dance\r\nSet-Cookie: a=b\x00":   "DanceSet-Cookie: a=b is not acted upon",
		strings.Repeat("Dance", 100_000): strings.Repeat("Dance", 20) + " is not acted upon",
	} {
		body, err := json.Marshal(map[string]any{"id": actor + "/activities/" + url.QueryEscape(want), "type": name, "actor": actor, "object": s.base + "/f/telecoms"})
		if err != nil {
			t.Fatal(err)
		}
		status, ignored, _ := st.send(s.base+"/inbox", actor, body)
		if status != http.StatusAccepted || ignored != want {
			t.Errorf("%.40q: answered %d, ignored because %.200q", name, status, ignored)
		}
	}
	for line := range strings.Lines(s.printed.String()) {
		if len(line) > 5000 {
			t.Errorf("a line of %d bytes in the log: %.200s", len(line), line)
		}
	}
}

// TestInboxTransport sends good activities in bad envelopes.
func TestInboxTransport(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	s.forum("telecoms")
	p := newPeer(t, "mastodon")
	inbox := s.base + "/inbox"
	key := signature.Key{ID: p.actor() + "#main-key", Private: p.key}
	good := func() []byte {
		body, err := json.Marshal(p.activity("Follow", s.base+"/f/telecoms"))
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	nested := []byte(`{"id":"x","type":"Like","a":` + strings.Repeat(`{"a":`, 1000) + "1" + strings.Repeat("}", 1001))
	for _, c := range []struct {
		name   string
		body   []byte
		change func(r *http.Request)
		status int
	}{
		{"good", good(), nil, 202},
		{"unsigned", good(), func(r *http.Request) { r.Header.Del("Signature") }, 401},
		{"body changed on the way", good(), func(r *http.Request) { r.Header.Set("Digest", "SHA-256=AAAA") }, 401},
		{"signature of something else", good(), func(r *http.Request) { r.Header.Set("Date", time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)) }, 401},
		{"key that cannot be had", good(), func(r *http.Request) {
			r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), p.host(), "127.0.0.1:1", 1))
		}, 503},
		{"key that does not exist", good(), func(r *http.Request) {
			r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), "/users/ines", "/users/nobody", 1))
		}, 401},
		{"key of ours", good(), func(r *http.Request) {
			r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), p.url("/users/ines"), s.base+"/f/telecoms", 1))
		}, 403},
		{"no media type", good(), func(r *http.Request) { r.Header.Del("Content-Type") }, 400},
		{"a form", good(), func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 400},
		{"not JSON", []byte("{"), nil, 400},
		{"no object", []byte("[]"), nil, 400},
		{"two objects", append(good(), good()...), nil, 400},
		{"too deep", nested, nil, 400},
		{"too large", bytes.Repeat([]byte(" "), 2<<20), nil, 400},
		{"empty", []byte{}, nil, 400},
	} {
		r, err := http.NewRequest(http.MethodPost, inbox, bytes.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/activity+json")
		if err := signature.Sign(r, c.body, key, forum.DraftCavage, time.Now()); err != nil {
			t.Fatal(err)
		}
		if c.change != nil {
			c.change(r)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		response.Body.Close()
		if response.StatusCode != c.status {
			t.Errorf("%s: answered %s, want %d", c.name, response.Status, c.status)
		}
		if response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") == "" {
			t.Errorf("%s: 503 without Retry-After", c.name)
		}
	}
}

// TestKeyRotation has a server change its key: what is signed with the new one
// is believed once the old one was known for a while, and the old one no longer.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	s.forum("telecoms")
	p, source := newPeer(t, "mastodon"), newPeer(t, "mastodon")
	group := s.base + "/f/telecoms"
	p.accepted(group+"/inbox", p.activity("Follow", group))
	old := p.key
	p.key = source.key
	if status := p.send(group+"/inbox", p.activity("Follow", group)); status != http.StatusUnauthorized {
		t.Errorf("a moment after the first contact the key is not asked for again: %d", status)
	}
	s.clock.advance(10 * time.Minute)
	if status := p.send(group+"/inbox", p.activity("Follow", group)); status != http.StatusAccepted {
		t.Errorf("signed with the new key: %d", status)
	}
	s.clock.advance(10 * time.Minute)
	published := p.key
	p.key = old
	activity := p.activity("Follow", group)
	body, _ := json.Marshal(activity)
	r, _ := http.NewRequest(http.MethodPost, group+"/inbox", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/activity+json")
	if err := signature.Sign(r, body, signature.Key{ID: p.actor() + "#main-key", Private: old}, forum.DraftCavage, time.Now()); err != nil {
		t.Fatal(err)
	}
	p.key = published
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("signed with the old key: %s", response.Status)
	}
}

// TestEndlessChain is a peer whose every post answers another one: the chain is
// followed to a limit and no further.
func TestEndlessChain(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.forum("telecoms")
	s.thread(lea, "telecoms", "one")
	p := newPeer(t, "mastodon")
	asked := 0
	for i := range 500 {
		path := fmt.Sprintf("/chain/%d", i)
		p.objects[path] = func(*http.Request) any {
			p.mu.Lock()
			asked++
			p.mu.Unlock()
			return map[string]any{"id": p.url(path), "type": "Note", "attributedTo": p.actor(), "to": []any{public}, "content": "x", "inReplyTo": p.url(fmt.Sprintf("/chain/%d", i+1))}
		}
	}
	p.accepted(s.base+"/inbox", p.activity("Create", p.note("<p>begin</p>", p.url("/chain/0"))))
	s.settle()
	p.mu.Lock()
	defer p.mu.Unlock()
	if asked == 0 || asked > 60 {
		t.Errorf("the peer was asked %d times", asked)
	}
}

// TestGroupPassesOn is what a remote group may tell us, and what not.
func TestGroupPassesOn(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.forum("telecoms")
	ours := s.thread(lea, "telecoms", "ours")
	lemmy, author := newPeer(t, "lemmy"), newPeer(t, "mastodon")
	group := lemmy.actor() // the peer's actor is a group here
	lemmy.publish(map[string]any{"id": lemmy.url("/c/cars"), "type": "Group", "preferredUsername": "cars", "name": "Cars", "inbox": lemmy.url("/c/cars/inbox"), "outbox": lemmy.url("/c/cars/outbox"),
		"publicKey": map[string]any{"id": lemmy.url("/c/cars") + "#main-key", "owner": lemmy.url("/c/cars"), "publicKeyPem": lemmy.publicKey()}})
	group = lemmy.url("/c/cars")
	announce := func(object any) map[string]any {
		return map[string]any{"id": lemmy.id("activities/announce"), "type": "Announce", "actor": group, "object": object, "to": []any{public}, "cc": []any{group + "/followers"}}
	}
	send := func(activity map[string]any) int {
		t.Helper()
		body, err := json.Marshal(activity)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := http.NewRequest(http.MethodPost, s.base+"/inbox", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/activity+json")
		if err := signature.Sign(r, body, signature.Key{ID: group + "#main-key", Private: lemmy.key}, forum.DraftCavage, time.Now()); err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	page := author.publish(map[string]any{"id": author.id("post"), "type": "Page", "attributedTo": author.actor(), "to": []any{group, public}, "audience": group,
		"name": "Enel: in the car", "content": "<p>text</p>", "published": "2026-03-14T09:00:00Z"})
	create := author.activity("Create", page)
	// Nobody here follows the group: its bare announces are none of our business.
	if status := send(announce(page["id"])); status != http.StatusAccepted {
		t.Fatalf("bare announce: %d", status)
	}
	s.settle()
	actor, err := s.service.FindActor(t.Context(), "cars@"+lemmy.host())
	if err == nil {
		t.Logf("known as %s", actor.Handle())
	}
	if _, err := s.store.PostByURI(t.Context(), page["id"].(string)); forum.CodeOf(err) != forum.NotFound {
		t.Errorf("a thread of a group that nobody follows was kept: %v", err)
	}
	// Passed on with its Create, the thread is read from its author's server.
	forged := maps.Clone(create)
	forged["object"] = map[string]any{"id": page["id"], "type": "Page", "attributedTo": author.actor(), "to": []any{public}, "name": "forged", "content": "forged"}
	if status := send(announce(forged)); status != http.StatusAccepted {
		t.Fatalf("wrapped announce: %d", status)
	}
	s.settle()
	post, err := s.store.PostByURI(t.Context(), page["id"].(string))
	if err != nil || post.Title != "Enel: in the car" || post.Content != "<p>text</p>" {
		t.Fatalf("thread passed on: %+v %v", post, err)
	}
	// Votes in its threads, by anyone, on its word; elsewhere not.
	send(announce(author.activity("Like", page["id"])))
	s.settle()
	if post, err = s.store.PostByURI(t.Context(), page["id"].(string)); err != nil || post.Supports != 1 {
		t.Errorf("vote passed on: %d %v", post.Supports, err)
	}
	if status := send(announce(author.activity("Like", ours.URI))); status != http.StatusForbidden {
		t.Errorf("a vote in a forum that is not its own: %d", status)
	}
	if status := send(announce(author.activity("Delete", ours.URI))); status != http.StatusForbidden {
		t.Errorf("a removal from a forum that is not its own: %d", status)
	}
	follow := author.activity("Follow", s.base+"/f/telecoms")
	author.accepted(s.base+"/inbox", follow)
	send(announce(author.activity("Undo", follow)))
	s.settle()
	f, err := s.store.Forum(t.Context(), forum.Handle{Name: "telecoms"})
	if err != nil || f.Followers != 1 {
		t.Errorf("a group ended another's follow: %d %v", f.Followers, err)
	}
	// A removal from its own thread counts, with its reason.
	removal := author.activity("Delete", page["id"])
	removal["actor"], removal["summary"] = lemmy.actor(), "off topic"
	removal["id"] = lemmy.id("delete")
	send(announce(removal))
	s.settle()
	if post, err = s.store.PostByURI(t.Context(), page["id"].(string)); err != nil || post.RemovedReason != "off topic" {
		t.Errorf("removal passed on: %+v %v", post, err)
	}
}

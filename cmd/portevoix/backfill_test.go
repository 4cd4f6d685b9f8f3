package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portevoix/forum/forumtest"
)

// collection makes a collection of replies to a post available, all on one page
// unless a next one is named.
func (p *peer) collection(path string, next string, items ...any) string {
	page := map[string]any{"type": "CollectionPage", "partOf": p.url(path), "items": items}
	if next != "" {
		page["next"] = next
	}
	p.publish(map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": p.url(path), "type": "Collection", "totalItems": len(items), "first": page})
	return p.url(path)
}

// old makes a post of the peer one of an hour ago, with its replies listed at a
// path.
func (p *peer) old(note map[string]any, replies string) map[string]any {
	note["published"] = time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	if replies != "" {
		note["replies"] = replies
	}
	return note
}

func (p *peer) count(counts map[string]int, path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return counts[path]
}

// TestBackfill reads a conversation among Mastodons that began elsewhere: page by
// page, across servers, through a loop, with a server that is gone. Asked again, it
// takes what is new and does not read what has not changed.
func TestBackfill(t *testing.T) {
	t.Parallel()
	home := newProcess(t)
	home.binary = plainBinary
	home.start()
	lea := home.person("lea")
	home.must("forum", "create", "telecoms", "--title", "Telecoms")
	group := "http://" + home.addr + "/f/telecoms"
	one, two, gone := newPeer(t, "mastodon"), newPeer(t, "mastodon"), newPeer(t, "mastodon")

	root := one.old(one.note("<p>@telecoms Débitée deux fois</p><p>Et vous ?</p>", "", group), one.url("/replies"))
	root["likes"] = map[string]any{"id": one.url("/likes"), "type": "Collection", "totalItems": 7}
	first := one.old(one.note("<p>first</p>", root["id"].(string)), "")
	second := two.old(two.note("<p>second</p>", root["id"].(string)), two.url("/replies"))
	third := one.old(one.note("<p>third</p>", second["id"].(string)), "")
	lost := gone.old(gone.note("<p>lost</p>", second["id"].(string)), "")
	// The second page names itself as the next one; what is no address is skipped.
	one.collection("/replies", one.url("/replies2"), first["id"], "not an address", nil)
	one.publish(map[string]any{"id": one.url("/replies2"), "type": "CollectionPage", "next": one.url("/replies2"), "items": []any{second["id"], first["id"]}})
	two.collection("/replies", "", third["id"], lost["id"])
	gone.server.Close()

	one.accepted(group+"/inbox", one.activity("Create", root))
	var thread map[string]any
	replies := func() []map[string]any { return lea.list("/threads/" + text(thread, "id") + "/replies") }
	progress := func() map[string]any {
		_, b := lea.api(http.MethodGet, "/threads/"+text(thread, "id")+"/backfill", nil)
		return b
	}
	forumtest.Eventually(t, patience, "the thread", func() bool {
		list := lea.list("/threads?forum=telecoms")
		if len(list) == 1 {
			thread = list[0]
		}
		return thread != nil
	})
	forumtest.Eventually(t, patience, "the end of the reading", func() bool { return progress()["state"] == "done" })
	var texts []string
	for _, r := range replies() {
		texts = append(texts, strings.Trim(text(r, "content"), "<p>/"))
	}
	if got := strings.Join(texts, " "); len(texts) != 3 || !strings.Contains(got, "first") || !strings.Contains(got, "second") || !strings.Contains(got, "third") {
		t.Errorf("replies %q", texts)
	}
	if _, now := lea.api(http.MethodGet, "/threads/"+text(thread, "id"), nil); number(now, "supports") != 7 {
		t.Errorf("counts %v", now["counts"])
	}
	missing, _ := progress()["missing"].([]any)
	if len(missing) != 1 || missing[0].(map[string]any)["host"] != gone.host() || missing[0].(map[string]any)["reason"] != "unreachable" || missing[0].(map[string]any)["count"] != 1.0 {
		t.Errorf("missing %v", missing)
	}
	page := lea.page("/t/" + text(thread, "id"))
	for _, want := range []string{"1 reply is on " + gone.host() + " and could not be read", lost["id"].(string)} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := one.count(one.asked, "/replies2"); n != 1 {
		t.Errorf("the page that names itself was read %d times", n)
	}
	// It was read a moment ago.
	if status, _ := lea.api(http.MethodPost, "/threads/"+text(thread, "id")+"/backfill", nil); status != http.StatusConflict {
		t.Errorf("asking at once again is answered %d", status)
	}
}

// TestBackfillHere asks for what Mastodons said among each other about a thread of
// this server, which they never sent; and asks again.
func TestBackfillHere(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.forum("telecoms")
	th := s.thread(lea, "telecoms", "Box never came")
	one, two := newPeer(t, "mastodon"), newPeer(t, "mastodon")
	first := one.old(one.note("<p>first</p>", th.URI), one.url("/replies"))
	second := two.old(two.note("<p>second</p>", first["id"].(string)), two.url("/replies"))
	one.collection("/replies", "", second["id"])
	two.collection("/replies", "")
	one.accepted(s.base+"/inbox", one.activity("Create", first))
	s.settle()

	b := s.textBrowser("lea")
	read := func() string {
		b.post("/t/"+th.ID.String()+"/backfill", url.Values{})
		s.settle()
		return b.get("/t/" + th.ID.String() + "?fetch=1").body
	}
	if page := read(); !strings.Contains(page, "second") || !strings.Contains(page, "1 was not here before") {
		t.Errorf("the page after reading:\n%s", page)
	}
	s.clock.advance(20 * time.Minute)
	third := one.old(one.note("<p>third</p>", second["id"].(string)), "")
	two.collection("/replies", "", third["id"])
	if page := read(); !strings.Contains(page, "third") {
		t.Errorf("the page after reading again:\n%s", page)
	}
	if n := one.count(one.unchanged, "/replies"); n != 1 {
		t.Errorf("a collection that has not changed was answered so %d times", n)
	}
}

// TestBackfillForum follows a Lemmy community: its recent threads are read, with
// their whole conversations.
func TestBackfillForum(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	s.account("lea")
	lemmy, other := newPeer(t, "lemmy"), newPeer(t, "mastodon")
	group := lemmy.url("/c/cars")
	lemmy.publish(map[string]any{
		"@context": "https://www.w3.org/ns/activitystreams", "id": group, "type": "Group", "preferredUsername": "cars", "inbox": group + "/inbox", "outbox": group + "/outbox",
		"publicKey": map[string]any{"id": group + "#main-key", "owner": group, "publicKeyPem": lemmy.publicKey()},
	})
	page := lemmy.old(lemmy.note("<p>It rattles.</p>", "", group), "")
	page["type"], page["name"], page["audience"], page["context"] = "Page", "Which car?", group, lemmy.url("/context")
	comment := other.old(other.note("<p>none</p>", page["id"].(string)), "")
	lemmy.publish(map[string]any{"id": lemmy.url("/context"), "type": "OrderedCollection", "totalItems": 3, "orderedItems": []any{page["id"], comment["id"], lemmy.url("/removed")}})
	create := map[string]any{"id": lemmy.url("/create"), "type": "Create", "actor": lemmy.actor(), "object": page}
	lemmy.publish(map[string]any{"id": group + "/outbox", "type": "OrderedCollection", "totalItems": 2, "orderedItems": []any{
		map[string]any{"id": lemmy.url("/announce"), "type": "Announce", "actor": group, "object": create},
		map[string]any{"id": lemmy.url("/announce2"), "type": "Announce", "actor": group, "object": map[string]any{"id": lemmy.url("/like"), "type": "Like", "object": page["id"]}},
	}})

	s.textBrowser("lea").get("/authorize_interaction?uri=" + url.QueryEscape(group))
	s.textBrowser("lea").post("/f/cars@"+lemmy.host()+"/follow", url.Values{"on": {"true"}})
	follow := lemmy.await("Follow", 1)[0]
	accept := map[string]any{"id": lemmy.url("/accept"), "type": "Accept", "actor": group, "object": follow}
	if status, err := lemmy.postAs(group, s.base+"/inbox", accept, "cavage"); err != nil || status > 299 {
		t.Fatal(status, err)
	}
	s.settle()
	list := s.textBrowser("lea").get("/f/cars@" + lemmy.host()).body
	if !strings.Contains(list, "Which car?") {
		t.Fatalf("the forum after following it:\n%s", list)
	}
	known, err := s.store.PostByURI(t.Context(), page["id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if body := s.textBrowser("lea").get("/t/" + known.ID.String()).body; !strings.Contains(body, "none") {
		t.Errorf("the thread after following its forum:\n%s", body)
	}
	b, err := s.store.Backfill(t.Context(), known.ID)
	if err != nil || b.Known != 2 || b.Added != 1 || len(b.Missing) != 0 {
		t.Errorf("backfill %+v %v", b, err)
	}
}

// TestBackfillBounds has a server that lists replies without end.
func TestBackfillBounds(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	s.account("lea")
	s.forum("telecoms")
	evil, victim := newPeer(t, "mastodon"), newPeer(t, "mastodon")
	root := evil.old(evil.note("<p>@telecoms Endless</p>", "", s.base+"/f/telecoms"), evil.url("/replies"))
	evil.mu.Lock()
	evil.objects["/replies"] = func(r *http.Request) any {
		n := len(r.URL.RawQuery)
		var items []any
		for i := range 40 {
			items = append(items, victim.url(fmt.Sprintf("/%d/%d", n, i)))
		}
		return map[string]any{"id": evil.url("/replies?" + r.URL.RawQuery), "type": "CollectionPage", "next": evil.url("/replies?" + r.URL.RawQuery + "x"), "items": items}
	}
	evil.mu.Unlock()
	evil.accepted(s.base+"/inbox", evil.activity("Create", root))
	var done bool
	forumtest.Eventually(t, patience, "the end of the reading", func() bool {
		known, err := s.store.PostByURI(t.Context(), root["id"].(string))
		if err != nil {
			return false
		}
		b, err := s.store.Backfill(t.Context(), known.ID)
		if err == nil && b.State == "done" {
			done = len(b.Missing) == 1 && b.Missing[0].Reason == "limit" && b.Missing[0].Host == victim.host()
			return true
		}
		return false
	})
	if !done {
		t.Error("what a limit left out is not named")
	}
	if n := evil.count(evil.asked, "/replies"); n > 50 {
		t.Errorf("%d pages were read", n)
	}
	asked := 0
	victim.mu.Lock()
	for _, n := range victim.asked {
		asked += n
	}
	victim.mu.Unlock()
	if asked == 0 || asked > 200 {
		t.Errorf("a server that somebody else named was asked %d times", asked)
	}
}

package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestMicroblog has somebody on a Mastodon follow a forum: they get the Accept,
// then each thread once as a boost that resolves to a Note with the whole text,
// its edits and its end, and nothing else. Their reply, favourite and boost show
// on the page.
func TestMicroblog(t *testing.T) {
	t.Parallel()
	home := newProcess(t).start()
	lea := home.person("lea")
	max := home.person("max")
	home.must("forum", "create", "telecoms", "--title", "Telecoms")
	base := "http://" + home.addr
	group := base + "/f/telecoms"
	mastodon := newPeer(t, "mastodon")

	follow := mastodon.activity("Follow", group)
	mastodon.accepted(group+"/inbox", follow)
	accept := mastodon.await("Accept", 1)[0]
	if inner, _ := accept["object"].(map[string]any); accept["actor"] != group || inner["id"] != follow["id"] || inner["type"] != "Follow" {
		t.Errorf("Accept %v", accept)
	}

	thread := lea.startThread("telecoms", "Box: never came", "I ordered it **in March**.")
	announce := mastodon.await("Announce", 1)[0]
	if announce["actor"] != group || announce["object"] != thread["uri"] || fmt.Sprint(announce["to"]) != "["+public+"]" {
		t.Fatalf("Announce %v", announce)
	}
	if _, a := object(t, announce["id"].(string)); a["type"] != "Announce" || a["object"] != thread["uri"] {
		t.Errorf("the Announce at its own address: %v", a)
	}
	_, note := object(t, text(thread, "uri"))
	if note["type"] != "Note" || note["id"] != thread["uri"] || note["name"] != "Box: never came" || note["attributedTo"] != base+"/u/lea" || note["inReplyTo"] != nil ||
		note["audience"] != group || note["context"] != text(thread, "uri")+"/context" || note["summary"] != nil {
		t.Errorf("Note %v", note)
	}
	if content := text(note, "content"); !strings.HasPrefix(content, "<p><strong>Box: never came</strong></p>") || !strings.Contains(content, "<strong>in March</strong>") {
		t.Errorf("content %s", content)
	}
	if tags, _ := note["tag"].([]any); len(tags) != 1 || tags[0].(map[string]any)["href"] != group || tags[0].(map[string]any)["name"] != "@telecoms@"+home.addr {
		t.Errorf("a Note mentions its forum, in an array: %v", note["tag"])
	}

	// A reply that addresses nobody but the author joins the thread.
	reply := mastodon.note("<p>Pareil chez moi</p>", text(thread, "uri"), base+"/u/lea")
	mastodon.accepted(base+"/inbox", mastodon.activity("Create", reply))
	replies := func() []map[string]any { return lea.list("/threads/" + text(thread, "id") + "/replies") }
	forumtest.Eventually(t, patience, "the reply", func() bool { return len(replies()) == 1 })
	if r := replies()[0]; r["language"] != "fr" || r["author"].(map[string]any)["handle"] != "ines@"+mastodon.host() {
		t.Errorf("reply %v", r)
	}
	like, boost := mastodon.activity("Like", thread["uri"]), mastodon.activity("Announce", thread["uri"])
	mastodon.accepted(base+"/u/lea/inbox", like)
	mastodon.accepted(base+"/inbox", boost)
	page := lea.page("/t/" + text(thread, "id"))
	for _, want := range []string{"Pareil chez moi", "@ines@" + mastodon.host(), `<span class="num">1</span>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	_, now := lea.api(http.MethodGet, "/threads/"+text(thread, "id"), nil)
	if number(now, "supports") != 1 || number(now, "boosts") != 1 || number(now, "replies") != 1 {
		t.Errorf("counts %v", now["counts"])
	}
	_, note = object(t, text(thread, "uri"))
	if likes, _ := note["likes"].(map[string]any); likes["totalItems"] != 1.0 {
		t.Errorf("the Note tells its likes: %v", note["likes"])
	}
	if _, c := object(t, text(thread, "uri")+"/replies?page=1"); fmt.Sprint(c["items"]) != "["+reply["id"].(string)+"]" {
		t.Errorf("replies %v", c)
	}
	if _, c := object(t, text(thread, "uri")+"/context?page=1"); fmt.Sprint(c["orderedItems"]) != fmt.Sprintf("[%s %s]", thread["uri"], reply["id"]) {
		t.Errorf("context %v", c)
	}
	mastodon.accepted(base+"/u/lea/inbox", mastodon.activity("Undo", like))
	mastodon.accepted(base+"/inbox", mastodon.activity("Undo", boost))
	_, now = lea.api(http.MethodGet, "/threads/"+text(thread, "id"), nil)
	if number(now, "supports") != 0 || number(now, "boosts") != 0 {
		t.Errorf("counts after Undo %v", now["counts"])
	}

	// An answer to the person reaches them; talk among others does not.
	lea.api(http.MethodPost, "/threads/"+text(thread, "id")+"/replies", map[string]any{"body": "When?", "parent_id": replies()[0]["id"]})
	create := mastodon.await("Create", 1)[0]
	answer, _ := create["object"].(map[string]any)
	if answer["inReplyTo"] != reply["id"] || answer["name"] != nil || !strings.Contains(fmt.Sprint(answer["tag"]), mastodon.actor()) {
		t.Errorf("answer %v", answer)
	}
	if _, a := object(t, create["id"].(string)); a["type"] != "Create" {
		t.Errorf("the Create at its own address: %v", a)
	}
	max.api(http.MethodPost, "/threads/"+text(thread, "id")+"/replies", map[string]any{"body": "Not for you."})
	max.api(http.MethodPost, "/threads/"+text(thread, "id")+"/support", nil)

	// Edit and end of the thread do, from its author.
	lea.submit("/t/"+text(thread, "id")+"/edit", url.Values{"title": {"Box: came"}, "body": {"At last."}})
	update := mastodon.await("Update", 1)[0]
	if update["actor"] != base+"/u/lea" || update["object"].(map[string]any)["name"] != "Box: came" {
		t.Errorf("Update %v", update)
	}
	second := lea.startThread("telecoms", "Second", "Text.")
	mastodon.await("Announce", 2)
	lea.submit("/t/"+text(second, "id")+"/delete", nil)
	deletion := mastodon.await("Delete", 1)[0]
	if deletion["actor"] != base+"/u/lea" || deletion["object"].(map[string]any)["id"] != second["uri"] {
		t.Errorf("Delete %v", deletion)
	}
	if status, d := object(t, text(second, "uri")); status != http.StatusGone || d["type"] != "Tombstone" {
		t.Errorf("the deleted thread answers %d %v", status, d)
	}
	if n := len(mastodon.of("Announce")); n != 2 {
		t.Errorf("%d announces for two threads", n)
	}
	if n := len(mastodon.of("Create")); n != 1 {
		t.Errorf("%d Creates, one was for them", n)
	}
	if n := len(mastodon.of("Like")); n != 0 {
		t.Errorf("%d votes reached a microblog", n)
	}

	// The end of an account is told to everyone who may have a copy.
	lea.submit("/settings/delete", url.Values{"confirmation": {"correct horse battery"}, "name": {"lea"}})
	end := mastodon.await("Delete", 2)[1]
	if end["object"] != base+"/u/lea" {
		t.Errorf("end of the account %v", end)
	}
	if status, _ := object(t, base+"/u/lea"); status != http.StatusGone {
		t.Errorf("the ended account answers %d", status)
	}
}

// TestMention opens a thread from a Mastodon, by mentioning the forum in a
// public post.
func TestMention(t *testing.T) {
	t.Parallel()
	home := newProcess(t).start()
	lea := home.person("lea")
	home.must("forum", "create", "telecoms", "--title", "Telecoms", "--moderator", "lea")
	base := "http://" + home.addr
	group := base + "/f/telecoms"
	author, follower := newPeer(t, "mastodon"), newPeer(t, "gotosocial")
	follower.accepted(group+"/inbox", follower.activity("Follow", group))
	follower.await("Accept", 1)

	note := author.note(`<p><span class="h-card"><a href="`+group+`" class="u-url mention">@<span>telecoms</span></a></span> Débitée deux fois</p><p>44,50 € le même jour.</p>`, "", group)
	author.accepted(group+"/inbox", author.activity("Create", note))
	threads := func() []map[string]any { return lea.list("/threads?forum=telecoms") }
	forumtest.Eventually(t, patience, "the thread", func() bool { return len(threads()) == 1 })
	thread := threads()[0]
	if thread["title"] != "Débitée deux fois" || thread["content"] != "<p>44,50 € le même jour.</p>" || thread["uri"] != note["id"] || thread["language"] != "fr" {
		t.Errorf("thread %v", thread)
	}
	if announce := follower.await("Announce", 1)[0]; announce["object"] != note["id"] || announce["actor"] != group {
		t.Errorf("Announce %v", announce)
	}
	// What is not for everybody stays out.
	private := author.note("<p>@telecoms secret</p>", "", group)
	private["to"], private["cc"] = []any{group}, []any{}
	author.accepted(group+"/inbox", author.activity("Create", private))
	direct := author.note("<p>secret answer</p>", text(thread, "uri"), base+"/u/lea")
	direct["to"], direct["cc"] = []any{base + "/u/lea"}, []any{}
	author.accepted(base+"/inbox", author.activity("Create", direct))
	// A reply to a reply whose own server has to be asked for it, and for the
	// one between.
	first := author.note("<p>first</p>", text(thread, "uri"))
	second := author.note("<p>second</p>", first["id"].(string))
	third := author.note("<p>third</p>", second["id"].(string))
	author.accepted(base+"/inbox", author.activity("Create", third))
	forumtest.Eventually(t, patience, "the whole chain", func() bool { return len(lea.list("/threads/"+text(thread, "id")+"/replies")) == 3 })
	page := lea.page("/t/" + text(thread, "id"))
	if strings.Contains(page, "secret") {
		t.Error("a private post is on the page")
	}
	for _, want := range []string{"first", "second", "third", "Débitée deux fois"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	// A moderator removes it: the forum takes its boost back.
	lea.submit("/t/"+text(thread, "id")+"/delete", url.Values{"reason": {"advert"}})
	undo := follower.await("Undo", 1)[0]
	if inner, _ := undo["object"].(map[string]any); undo["actor"] != group || inner["type"] != "Announce" || inner["object"] != note["id"] {
		t.Errorf("Undo %v", undo)
	}
}

// TestPatience has peers that do not take things at once: one is down for a
// while, one understands only the other form of signature, one asks to wait.
func TestPatience(t *testing.T) {
	t.Parallel()
	home := newProcess(t).start()
	lea := home.person("lea")
	home.must("forum", "create", "telecoms", "--title", "Telecoms")
	group := "http://" + home.addr + "/f/telecoms"
	down, modern := newPeer(t, "mastodon"), newPeer(t, "wordpress")
	for _, p := range []*peer{down, modern} {
		p.accepted(group+"/inbox", p.activity("Follow", group))
		p.await("Accept", 1)
	}
	modern.mu.Lock()
	modern.answer = func(r *http.Request, _ map[string]any) int {
		if r.Header.Get("Signature-Input") == "" {
			return http.StatusUnauthorized
		}
		return 0
	}
	modern.mu.Unlock()
	var refusals atomic.Int64 // answers are given side by side
	down.mu.Lock()
	down.answer = func(*http.Request, map[string]any) int {
		if refusals.Add(1) < 3 {
			return http.StatusServiceUnavailable
		}
		return 0
	}
	down.mu.Unlock()
	thread := lea.startThread("telecoms", "one", "Text.")
	modern.await("Announce", 1)
	lea.submit("/t/"+text(thread, "id")+"/edit", url.Values{"title": {"one"}, "body": {"Edited."}})
	modern.await("Update", 1)
	// A sign of life of the failing peer ends the waiting.
	forumtest.Eventually(t, patience, "what waited for the peer that was down", func() bool {
		if tried := refusals.Load(); tried > 0 && tried < 3 {
			_, _ = down.post(group+"/inbox", down.activity("Like", thread["uri"]), forum.DraftCavage)
		}
		return len(down.of("Update")) == 1
	})
	var order []string
	for _, a := range down.log() {
		order = append(order, a["type"].(string))
	}
	if got := strings.Join(order, " "); got != "Accept Announce Update" {
		t.Errorf("arrived in the order %s", got)
	}
}

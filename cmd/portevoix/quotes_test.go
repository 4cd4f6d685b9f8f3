package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portevoix/forum/forumtest"
)

// TestQuotes lets a Mastodon quote a thread of this server, takes that back, and
// shows what a reply from a Mastodon quotes: with its author's word, without it,
// and with a forged one.
func TestQuotes(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.forum("telecoms")
	th := s.thread(lea, "telecoms", "Box never came")
	one, two := newPeer(t, "mastodon"), newPeer(t, "mastodon")

	// Asked, and allowed.
	quoting := one.note("<p>Look at that</p>", th.URI)
	quoting["quote"] = th.URI
	one.accepted(s.base+"/inbox", one.activity("Create", quoting))
	browser := s.textBrowser("lea")
	path := "/t/" + th.ID.String()
	if page := browser.get(path).body; strings.Contains(page, "<blockquote") || !strings.Contains(page, "Quotes a post on "+s.host()) {
		t.Errorf("a quote that was not allowed yet:\n%s", page)
	}
	request := one.activity("QuoteRequest", th.URI)
	request["instrument"] = quoting
	one.accepted(s.base+"/u/lea/inbox", request)
	accept := one.await("Accept", 1)[0]
	inner, _ := accept["object"].(map[string]any)
	authorization, _ := accept["result"].(string)
	if accept["actor"] != s.base+"/u/lea" || inner["id"] != request["id"] || inner["type"] != "QuoteRequest" || authorization == "" {
		t.Fatalf("Accept %v", accept)
	}
	if status, a := object(t, authorization); status != http.StatusOK || a["type"] != "QuoteAuthorization" || a["id"] != authorization || a["attributedTo"] != s.base+"/u/lea" ||
		a["interactingObject"] != quoting["id"] || a["interactionTarget"] != th.URI {
		t.Errorf("authorization %d %v", status, a)
	}
	if page := browser.get(path).body; !strings.Contains(page, "<blockquote") || !strings.Contains(page, "Text of Box never came") {
		t.Errorf("a quote that was allowed:\n%s", page)
	}
	// Taken back.
	list := browser.get(path + "/quotes").body
	if !strings.Contains(list, quoting["id"].(string)) {
		t.Fatalf("the list of quotes:\n%s", list)
	}
	id := authorization[strings.LastIndex(authorization, "/")+1:]
	s.account("max")
	s.textBrowser("max").post("/quotes/"+id+"/revoke", url.Values{})
	if status, _ := object(t, authorization); status != http.StatusOK {
		t.Fatal("somebody else revoked it")
	}
	browser.post("/quotes/"+id+"/revoke", url.Values{})
	deletion := one.await("Delete", 1)[0]
	if o, _ := deletion["object"].(map[string]any); deletion["actor"] != s.base+"/u/lea" || o["id"] != authorization {
		t.Errorf("Delete %v", deletion)
	}
	if status, _ := object(t, authorization); status != http.StatusGone {
		t.Errorf("a revoked authorization answers %d", status)
	}
	if page := browser.get(path).body; strings.Contains(page, "<blockquote") {
		t.Errorf("a quote that was revoked:\n%s", page)
	}
	again := one.activity("QuoteRequest", th.URI)
	again["instrument"] = quoting["id"]
	one.accepted(s.base+"/u/lea/inbox", again)
	one.await("Reject", 1)

	// A quote of a post from yet another server needs its author's word, there.
	said := one.note("<p>said by Inès</p>", th.URI)
	one.accepted(s.base+"/inbox", one.activity("Create", said))
	reply := two.note("<p>as she said</p>", th.URI)
	reply["_misskey_quote"] = said["id"]
	forged := two.publish(map[string]any{"id": two.url("/forged"), "type": "QuoteAuthorization", "attributedTo": one.actor(), "interactingObject": reply["id"], "interactionTarget": said["id"]})
	reply["quoteAuthorization"] = forged["id"]
	two.accepted(s.base+"/inbox", two.activity("Create", reply))
	s.settle()
	quoted := func() bool { return strings.Count(browser.get(path).body, "said by Inès") == 2 }
	if quoted() || two.count(two.asked, "/forged") != 0 {
		t.Error("a server vouched for another's author")
	}
	stamp := func(path, interacting string) string {
		one.publish(map[string]any{"id": one.url(path), "type": "QuoteAuthorization", "attributedTo": one.actor(), "interactingObject": interacting, "interactionTarget": said["id"]})
		reply["quoteAuthorization"] = one.url(path)
		two.accepted(s.base+"/inbox", two.activity("Update", reply))
		s.settle()
		return one.url(path)
	}
	stamp("/stamp1", two.url("/another"))
	if quoted() {
		t.Error("an authorization for another quote counted")
	}
	good := stamp("/stamp2", reply["id"].(string))
	if !quoted() {
		t.Errorf("a quote that its author allowed:\n%s", browser.get(path).body)
	}
	one.accepted(s.base+"/inbox", one.activity("Delete", good))
	forumtest.Eventually(t, patience, "the end of the quote", func() bool { return !quoted() })
}

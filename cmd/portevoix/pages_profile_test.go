package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"portevoix/forum/forumtest"
)

// TestProfileFields has somebody say more of herself, and a page confirm that it
// is hers; then the same of somebody elsewhere, whose word is not taken for it.
func TestProfileFields(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/lea" {
			_, _ = fmt.Fprintf(w, `<!doctype html><p>I am <a rel="me" href="%s/u/lea/">Léa</a>.`, v.base)
		}
	}))
	defer site.Close()
	v.lea.get("/settings").is(200).shows(`name="field_label"`, `rel=&#34;me&#34; href=&#34;`+v.base+`/u/lea&#34;`)
	profile := url.Values{"display_name": {"Léa"}, "field_label": {"Site", "", "City", "Other"}, "field_value": {site.URL + "/lea", "", "Lyon <3", site.URL + "/other"}}
	v.lea.post("/settings/profile", profile).leadsTo("/settings#profile")
	v.lea.get("/settings").shows(`value="Lyon &lt;3"`)
	v.visitor.get("/u/lea").shows("<dt dir=\"auto\">City</dt>", "Lyon &lt;3", `href="`+site.URL+`/lea" rel="me nofollow noopener"`)
	v.settle()
	shown := v.visitor.get("/u/lea")
	if strings.Count(shown.body, `class="verified"`) != 1 {
		t.Errorf("one page names Léa; her profile is %s", shown.body)
	}
	actor := v.get("/u/lea", "Accept", "application/activity+json")
	if !strings.Contains(actor.body, `"type":"PropertyValue"`) || !strings.Contains(actor.body, `rel=\"me nofollow noopener\"`) {
		t.Errorf("the actor is %s", actor.body)
	}
	profile["field_value"][0] = ""
	v.lea.post("/settings/profile", profile).is(422).shows("needs both a label and a text", `value="Lyon &lt;3"`)

	mastodon := newPeer(t, "mastodon")
	mastodon.profile = map[string]any{"attachment": []any{map[string]any{"type": "PropertyValue", "name": "Blog",
		"value": `<a href="https://ines.example/" target="_blank" rel="nofollow noopener me" translate="no"><span class="invisible">https://</span><span>ines.example/</span></a>`}}}
	mastodon.accepted(v.base+"/u/lea/inbox", mastodon.activity("Follow", v.base+"/u/lea"))
	forumtest.Eventually(t, patience, "somebody elsewhere", func() bool { return v.get("/u/ines@"+mastodon.host()).status == 200 })
	v.visitor.get("/u/ines@"+mastodon.host()).shows("Blog", `href="https://ines.example/" rel="nofollow noopener"`, ">ines.example</a>").lacks(`class="verified"`)
}

// TestPins has somebody pin a thread and a reply, which stand at the head of her
// page, in her collection, and with those who follow from elsewhere; then
// somebody elsewhere do the same.
func TestPins(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	mastodon := newPeer(t, "mastodon")
	mastodon.profile = map[string]any{"featured": mastodon.url("/users/ines/featured")}
	mastodon.accepted(v.base+"/u/lea/inbox", mastodon.activity("Follow", v.base+"/u/lea"))
	mastodon.await("Accept", 1)

	v.visitor.get("/u/lea").lacks(`class="box pinned"`)
	v.lea.get("/t/"+v.thread).shows(`action="/t/`+v.thread+`/pin"`, `action="/p/`+v.reply+`/pin"`)
	v.max.get("/t/" + v.thread).lacks("/pin")
	v.max.post("/t/"+v.thread+"/pin", url.Values{"on": {"true"}}).is(403).shows("only what you wrote")
	v.lea.post("/t/"+v.thread+"/pin", url.Values{"on": {"true"}}).leadsTo("/u/lea")
	v.lea.post("/p/"+v.reply+"/pin", url.Values{"on": {"true"}}).leadsTo("/u/lea")
	v.lea.get("/u/lea").shows("at the head of your page now", `class="box pinned"`, "And <strong>again</strong>.", "Unpin")
	v.visitor.get("/u/lea").shows(`class="box pinned"`, "<h3><a").lacks("Unpin")
	v.visitor.get("/u/lea?show=replies").lacks(`class="box pinned"`)
	featured := v.get("/u/lea/featured", "Accept", "application/activity+json")
	if want := fmt.Sprintf(`"orderedItems":["%s/p/%s","%s/t/%s"]`, v.base, v.reply, v.base, v.thread); !strings.Contains(featured.body, want) {
		t.Errorf("the collection is %s", featured.body)
	}
	adds := mastodon.await("Add", 2) // in any order: they are about two posts
	add := adds[0]
	if add["object"] != v.base+"/t/"+v.thread {
		add = adds[1]
	}
	if add["object"] != v.base+"/t/"+v.thread || add["target"] != v.base+"/u/lea/featured" || add["actor"] != v.base+"/u/lea" {
		t.Errorf("followers are told %v", add)
	}
	v.lea.post("/p/"+v.reply+"/pin", url.Values{"on": {"false"}}).leadsTo("/u/lea")
	mastodon.await("Remove", 1)
	v.visitor.get("/u/lea").shows("<h3><a").lacks("And <strong>again</strong>.")

	note := mastodon.note("<p>Pareil chez moi</p>", v.base+"/t/"+v.thread, v.base+"/u/lea")
	mastodon.accepted(v.base+"/inbox", mastodon.activity("Create", note))
	page := "/u/ines@" + mastodon.host()
	forumtest.Eventually(t, patience, "the reply", func() bool { return strings.Contains(v.get(page+"?show=replies").body, "Pareil chez moi") })
	pin := mastodon.activity("Add", note["id"])
	pin["target"] = mastodon.url("/users/ines/elsewhere")
	mastodon.accepted(v.base+"/inbox", pin)
	v.visitor.get(page).lacks(`class="box pinned"`)
	pin = mastodon.activity("Add", note["id"])
	pin["target"] = mastodon.url("/users/ines/featured")
	mastodon.accepted(v.base+"/inbox", pin)
	v.visitor.get(page).shows(`class="box pinned"`, "Pareil chez moi")
	pin = mastodon.activity("Remove", note["id"])
	pin["target"] = mastodon.url("/users/ines/featured")
	mastodon.accepted(v.base+"/inbox", pin)
	v.visitor.get(page).lacks(`class="box pinned"`)
}

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

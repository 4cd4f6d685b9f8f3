package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestFilterPages mutes a person on their page, and filters words for a while.
func TestFilterPages(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	v.max.get("/u/lea").shows("Mute").lacks("Unmute")
	v.max.post("/u/lea/mute", url.Values{"on": {"true"}}).leadsTo("/u/lea")
	v.max.get("/u/lea").shows("They do not learn of it.", "Unmute", "/t/"+v.thread) // who opens their page sees it
	v.max.get("/").lacks("/t/" + v.thread)
	v.max.get("/f/telecoms").lacks("/t/" + v.thread)
	v.max.get("/t/"+v.thread).shows("Filtered: @lea", "<details").lacks("<strong>again</strong>")
	v.max.get("/p/"+v.reply).shows("Filtered: @lea", "<strong>again</strong>")
	v.visitor.get("/").shows("/t/" + v.thread)
	v.max.get("/settings/filters").shows("@lea", "hidden")
	v.max.post("/u/lea/mute", url.Values{"on": {"false"}}).leadsTo("/u/lea")
	v.max.get("/").shows("/t/" + v.thread)

	form := url.Values{"kind": {"words"}, "value": {"TWICE"}, "action": {"warn"}, "days": {"7"}}
	v.max.post("/settings/filters", form).leadsTo("/settings/filters")
	page := v.max.get("/settings/filters").shows("The filter is in place.", "twice", "folded", "until")
	v.max.get("/").shows("Filtered: twice", "/t/"+v.thread)
	v.lea.get("/").lacks("Filtered")
	remove := regexp.MustCompile(`/settings/filters/[0-9]+/remove`).FindString(page.body)
	v.lea.post(remove, nil).leadsTo("/settings/filters")
	v.max.get("/").shows("Filtered: twice")
	v.max.post(remove, nil).leadsTo("/settings/filters")
	v.max.get("/settings/filters").shows("You filter nothing.")
	form = url.Values{"kind": {"person"}, "value": {"nobody"}, "action": {"hide"}, "days": {"30"}}
	v.max.post("/settings/filters", form).is(404).keeps(form, "kind", "value", "days")
}

// TestFiltersElsewhere holds that filters count in searches and in the lists of the
// API, and that pages of these go on where everything on one is hidden.
func TestFiltersElsewhere(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	max := s.account("max")
	lea := s.account("lea")
	s.forum("telecoms")
	one := s.thread(lea, "telecoms", "The box came twice")
	if _, err := s.service.Reply(t.Context(), max, forum.NewReply{ThreadID: one.ID, Body: "A box in shards"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.Reply(t.Context(), lea, forum.NewReply{ThreadID: one.ID, Body: "That box again"}); err != nil {
		t.Fatal(err)
	}
	s.thread(lea, "telecoms", "Another box")
	b := s.textBrowser("max")
	token, err := s.service.NewAccessToken(t.Context(), forum.Operator(), "max", "test", []forum.Scope{forum.ScopeRead})
	if err != nil {
		t.Fatal(err)
	}
	api := func(path string) fetched {
		return s.get("/api/portevoix/v1"+path, "Authorization", "Bearer "+token)
	}
	b.post("/settings/filters", url.Values{"kind": {"words"}, "value": {"twice"}, "action": {"warn"}, "days": {"0"}}).leadsTo("/settings/filters")
	b.get("/search?q=box").shows("Filtered: twice", "Another <mark>box</mark>")
	if got := api("/threads"); !strings.Contains(got.body, `"filtered":"twice"`) || !strings.Contains(got.body, `"filtered":null`) {
		t.Errorf("threads: %s", got.body)
	}
	b.post("/u/lea/mute", url.Values{"on": {"true"}}).leadsTo("/u/lea")
	b.get("/search?q=box").shows("shards").lacks("Another", "That")
	for path, want := range map[string]string{"/threads?limit=1": "[]", "/threads/" + one.ID.String() + "/replies": "shards", "/search?q=box": "shards", "/threads/similar?title=another+box": "[]"} {
		if got := api(path); !strings.Contains(got.body, want) || strings.Contains(got.body, `"handle":"lea"`) {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	if link := api("/threads?limit=1").header.Get("Link"); !strings.Contains(link, `rel="next"`) {
		t.Errorf("where all is hidden, no way on: %q", link)
	}
	if got := s.get("/api/portevoix/v1/threads"); !strings.Contains(got.body, `"handle":"lea"`) {
		t.Errorf("without a token: %s", got.body)
	}
}

// upload sends a file as a browser does.
func (b *textBrowser) upload(path, field, content string, form url.Values) *page {
	t := b.s.t
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		if err := w.WriteField(name, values[0]); err != nil {
			t.Fatal(err)
		}
	}
	file, err := w.CreateFormFile(field, "list.csv")
	if err == nil {
		_, err = file.Write([]byte(content))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, b.s.base+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.send(r)
}

// TestImportPages brings a list along, and has mistakes in one told by line.
func TestImportPages(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	kind := url.Values{"kind": {"follows"}}
	v.lea.upload("/settings/import", "file", "max\nmi a\n\"ada\n", kind).is(422).shows("Line 2: “mi a”", "Line 3 cannot be read")
	v.lea.upload("/settings/import", "other", "max\n", kind).is(422).shows("Please choose a file.")
	v.lea.upload("/settings/import", "file", strings.Repeat("x", 600<<10), kind).is(422).shows("at most 512 kB")
	v.lea.upload("/settings/import", "file", strings.Repeat("x", 2<<20), kind).is(422).shows("too large")
	v.lea.upload("/settings/import", "file", "Account address,Show boosts\nmax,true\nlea,true\n", kind).leadsTo("/settings/import")
	forumtest.Eventually(t, patience, "the list to be worked off", func() bool {
		return strings.Contains(v.lea.get("/settings/import").is(200).body, "1 taken over")
	})
	v.lea.get("/settings/import").shows("1 did not work", "lea</span>: This input cannot be used.")
	v.lea.get("/u/max").shows("Unfollow")
}

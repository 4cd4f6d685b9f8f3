package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

func searchPath(q string) string { return "/search?q=" + url.QueryEscape(q) }

// TestSearchPages looks for things as visitors and members do.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.account("max")
	s.forum("banks")
	th, err := s.service.StartThread(t.Context(), lea, forum.NewThread{Forum: "banks", Kind: forum.Grievance, Case: &forum.NewCase{ExperiencedOn: "2026-03-01"}, Title: "Fees <b>charged</b> twice", Body: "They charge & charge, and 1 < 2 cafés.", Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	reply, err := s.service.Reply(t.Context(), lea, forum.NewReply{ThreadID: th.ID, Body: "Charged me as well"})
	if err != nil {
		t.Fatal(err)
	}
	visitor, member := s.textBrowser(""), s.textBrowser("max")

	visitor.get("/").is(http.StatusOK).shows(`<form class="find" role="search" method="get" action="/search">`)
	visitor.get("/search").is(http.StatusOK).shows(`name="robots" content="noindex"`, "from:lea")
	page := visitor.get(searchPath("charges")).is(http.StatusOK)
	page.shows("<mark>charged</mark>", "&lt;b&gt;", "They <mark>charge</mark> &amp; <mark>charge</mark>, and 1 &lt; 2", "/p/"+reply.ID.String(), `href="/search/feed.atom?q=charges"`)
	page.lacks("<b>charged")
	visitor.get(searchPath("cafe")).shows("cafés</mark>")
	visitor.get(searchPath("charges") + "&kind=question").is(http.StatusOK).shows("Nothing found").lacks("/p/" + reply.ID.String())
	visitor.get(searchPath("chargde tiwce")+"&kind=grievance").shows("Nothing found", "Did you mean:", `href="/search?kind=grievance&amp;q=charged+twice"`)
	answer, err := http.Get(s.base + "/api/portevoix/v1/search?q=chargde+tiwce&kind=grievance")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if links := answer.Header.Get("Link"); !strings.Contains(links, `/search?kind=grievance&q=charged+twice>; rel="related"`) {
		t.Errorf("the API suggests %s", links)
	}
	visitor.get(searchPath("charges")).lacks("Did you mean:")
	visitor.get(searchPath("charges") + "&type=replies").lacks(`href="/t/` + th.ID.String() + `-`)
	visitor.get(searchPath("lea")+"&type=people").shows(`href="/u/lea"`, "@lea@"+s.host())
	visitor.get(searchPath("bank")+"&type=forums").shows(`href="/f/banks"`, "/interact?do=follow")
	member.get(searchPath("ban")).shows(`href="/search?q=ban&amp;type=forums"`)
	member.get(searchPath("bank") + "&type=forums").shows(`action="/f/banks/follow"`)
	for words, want := range map[string]string{
		"before:yesterday": "“yesterday” is not a date", "from:nobody": "no account “nobody”", "in:nowhere x": "no forum “nowhere”",
		strings.Repeat("x", 301): "at most 300 characters", "…": "write what you are looking for",
	} {
		page := visitor.get(searchPath(words)).shows(want)
		if page.status != http.StatusUnprocessableEntity && page.status != http.StatusNotFound {
			t.Errorf("%q: %d", words, page.status)
		}
		if got := page.field("q"); got == "" {
			t.Errorf("%q is gone from the field", words)
		}
	}
	feed := s.get("/search/feed.json?q=charged&type=threads")
	if feed.status != http.StatusOK || strings.Count(feed.body, `"content_html"`) != 1 || !strings.Contains(feed.body, s.base+`/search/feed.json?q=charged\u0026type=threads`) {
		t.Errorf("the feed: %d %s", feed.status, feed.body)
	}
	for path, want := range map[string]int{"/search/feed.atom": http.StatusUnprocessableEntity, "/search/feed.atom?q=lea&type=people": http.StatusNotFound} {
		if got := s.get(path); got.status != want {
			t.Errorf("%s: %d, want %d", path, got.status, want)
		}
	}
	testSearchAPI(s, th)
}

// testSearchAPI asks a program's way.
func testSearchAPI(s *inProcess, th *forum.Thread) {
	t := s.t
	ask := func(query string) (fetched, []map[string]any) {
		t.Helper()
		got := s.get("/api/portevoix/v1/search?" + query)
		var list []map[string]any
		if got.status == http.StatusOK {
			if err := json.Unmarshal([]byte(got.body), &list); err != nil {
				t.Fatal(err)
			}
		}
		return got, list
	}
	got, list := ask("q=charged&limit=1")
	if len(list) != 1 || list[0]["type"] != "thread" || list[0]["title"] != "Fees &lt;b&gt;<mark>charged</mark>&lt;/b&gt; twice" || list[0]["thread"].(map[string]any)["id"] != th.ID.String() {
		t.Fatalf("the first page: %v", list)
	}
	next, _, _ := strings.Cut(strings.TrimPrefix(got.header.Get("Link"), "<"+s.base+"/api/portevoix/v1/search?"), ">")
	if _, list = ask(next); len(list) != 1 || list[0]["type"] != "reply" || list[0]["snippet"] != "<mark>Charged</mark> me as well" {
		t.Errorf("the second page: %v", list)
	}
	if _, list = ask("q=lea&type=people"); len(list) != 1 || list[0]["person"].(map[string]any)["handle"] != "lea" {
		t.Errorf("people: %v", list)
	}
	if _, list = ask("q=banks&type=forums"); len(list) != 1 || list[0]["forum"].(map[string]any)["name"] != "banks" {
		t.Errorf("forums: %v", list)
	}
	for query, want := range map[string]int{"": 422, "q=a&type=cats": 422, "q=a&kind=cat": 422, "q=a&after=x": 422, "q=from:nobody": 404, "q=a&forum=nowhere": 404} {
		if got, _ := ask(query); got.status != want {
			t.Errorf("%q: %d, want %d", query, got.status, want)
		}
	}
}

// TestSearchAddresses pastes addresses and handles into the search field: members
// have other servers asked, visitors find what is known.
func TestSearchAddresses(t *testing.T) {
	t.Parallel()
	away := startInProcess(t, nil)
	zoe := away.account("zoe")
	away.forum("locataires")
	there := away.thread(zoe, "locataires", "Caution jamais rendue")
	s := startInProcess(t, func(cfg *config.Config) { cfg.Limits.LookupsPerHour = 8 })
	s.account("lea")
	own := s.thread(s.account("max"), s.forum("banks").Name, "Fees")
	visitor, member := s.textBrowser(""), s.textBrowser("lea")

	group, person := "!locataires@"+away.host(), "@zoe@"+away.host()
	visitor.get(searchPath(group)).is(http.StatusNotFound).shows("Once you are signed in", "/login?back=")
	member.get(searchPath(group)).is(http.StatusOK).shows(`href="/f/locataires@`+away.host()+`"`, "/f/locataires@"+away.host()+"/follow")
	visitor.get(searchPath(group)).is(http.StatusOK).shows(`href="/f/locataires@` + away.host() + `"`)
	member.get(searchPath(person)).is(http.StatusOK).shows(`href="/u/zoe@` + away.host() + `"`)
	member.get(searchPath(there.URI)).is(http.StatusOK).shows("Caution jamais rendue")
	visitor.get(searchPath(there.URI)).is(http.StatusOK).shows("Caution jamais rendue")
	forumtest.Eventually(t, patience, "the thread to be found by its words", func() bool {
		return strings.Contains(visitor.get(searchPath("cautions rendues")).body, "/t/")
	})
	member.get(searchPath("@nobody@" + away.host())).is(http.StatusNotFound).shows("nobody called")
	visitor.get(searchPath(own.URI)).leadsTo("/t/" + own.ID.String())
	for range 4 {
		member.get(searchPath(person))
	}
	member.get(searchPath(person)).is(http.StatusTooManyRequests)
}

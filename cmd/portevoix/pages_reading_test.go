package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"portevoix/forum"
)

// TestPageLanguages speaks to a person as their account says, the cookie, the
// browser, in that order.
func TestPageLanguages(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	b := v.textBrowser("")
	in := func(tag string) {
		t.Helper()
		title := map[string]string{"en": "Front page", "fr": "À la une"}[tag]
		b.get("/").is(200).shows(`<html lang="`+tag+`"`, "<title>"+title+" · Portevoix</title>")
	}
	in("en")
	b.header.Set("Accept-Language", "fr-BE,fr;q=0.9,en;q=0.5")
	in("fr")
	b.header.Set("Accept-Language", "ja, de;q=0.5")
	in("en")
	b.post("/language", url.Values{"language": {"fr"}, "back": {"/f/telecoms?sort=new"}}).leadsTo("/f/telecoms?sort=new")
	in("fr")
	b.header.Set("Accept-Language", "en")
	in("fr")
	b.post("/language", url.Values{"language": {"tlh"}}).is(422).shows("« tlh »")
	in("fr")

	b = v.max
	in("en")
	b.post("/settings/appearance", url.Values{"locale": {"fr"}, "theme": {"dark"}}).leadsTo("/settings#appearance")
	in("fr")
	b.get("/").shows(`data-theme="dark"`)
	b.header.Set("Accept-Language", "en")
	in("fr")
	again := v.textBrowser("max") // another browser of the same person
	again.get("/").shows(`<html lang="fr"`)
	b = again
	b.post("/language", url.Values{"language": {"en"}}).leadsTo("/")
	in("en")
	b.post("/settings/appearance", url.Values{"locale": {""}}).leadsTo("/settings#appearance")
	b.header.Set("Accept-Language", "fr")
	in("fr")
	b.get("/").lacks("data-theme")
}

// TestContentLanguage marks what is written in which language, and counts as
// French does.
func TestContentLanguage(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	b := v.lea
	b.header.Set("Accept-Language", "fr")
	to := b.post("/new", url.Values{"forum": {"telecoms"}, "kind": {"grievance"}, "experienced_on": {"2026-03-01"}, "title": {"Rechnung doppelt"}, "body": {"Zweimal *abgebucht*."}, "language": {"de-AT"}}).is(303).header.Get("Location")
	b.get(to).is(200).shows(`<h1 lang="de-AT" dir="auto">Rechnung doppelt</h1>`, `<div class="prose" lang="de-AT" dir="auto">`, "<em>abgebucht</em>")
	id := regexp.MustCompile(`^/t/(\d+)`).FindStringSubmatch(to)[1]
	count := func(want string) {
		t.Helper()
		b.get("/f/telecoms?sort=new&kind=grievance").is(200).shows(`<h2 lang="de-AT" dir="auto">`, want)
	}
	count(`<span class="hidden">0 réponse</span>`)
	b.post("/t/"+id+"/reply", url.Values{"body": {"Une."}}).is(303)
	count(`<span class="hidden">1 réponse</span>`)
	b.post("/t/"+id+"/reply", url.Values{"body": {"Deux."}}).is(303)
	count(`<span class="hidden">2 réponses</span>`)
	b.get("/forums").shows("<span>3 fils</span> <span>personne ne le suit</span>")
	b.post("/f/telecoms/follow", url.Values{"on": {"true"}}).leadsTo("/f/telecoms")
	b.get("/f/telecoms").shows("3 fils · 1 personne le suit · ")
	v.max.post("/t/"+id+"/support", url.Values{"on": {"true"}}).is(303)
	count("<span>soutien</span>")
	v.mia.post("/t/"+id+"/support", url.Values{"on": {"true"}}).is(303)
	count("<span>soutiens</span>")
}

// TestNegotiation asks every address that pages and other servers share, in
// every way.
func TestNegotiation(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	shared := map[string]string{"/": "Application", "/u/lea": "Person", "/f/telecoms": "Group", "/t/" + v.thread: "Note", "/t/" + v.thread + "-slug": "Note", "/p/" + v.reply: "Note"}
	const page, activity = "text/html; charset=utf-8", "application/activity+json"
	for path, kind := range shared {
		for accept, want := range map[string]string{
			"": page, "*/*": page, "text/html": page, "application/json": page, "image/png": page,
			"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8":                                                  page,
			"application/activity+json;q=0.5, text/html":                                                                       page,
			"application/activity+json;q=0, text/html;q=0.1":                                                                   page,
			"application/activity+json":                                                                                        activity,
			`application/ld+json; profile="https://www.w3.org/ns/activitystreams"`:                                             activity,
			`application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams", text/html;q=0.1`: activity,
			"APPLICATION/ACTIVITY+JSON":                                                                                        activity,
		} {
			b := v.textBrowser("")
			b.header.Set("Accept", accept)
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				p := b.request(method, path, nil).is(200)
				if got := p.header.Get("Content-Type"); got != want {
					t.Errorf("%s with Accept %q is %s, want %s", p.what, accept, got, want)
				}
				if !strings.Contains(p.header.Get("Vary"), "Accept") {
					t.Errorf("%s: Vary %q", p.what, p.header.Get("Vary"))
				}
				if method == http.MethodHead && p.body != "" {
					t.Errorf("%s has a body", p.what)
				}
				if method == http.MethodGet && want == activity && !strings.Contains(p.body, `"type":"`+kind+`"`) {
					t.Errorf("%s is no %s: %s", p.what, kind, p.body)
				}
			}
		}
		if path != "/" && !strings.HasSuffix(path, "-slug") {
			v.visitor.get(path).shows(`<link rel="alternate" type="application/activity+json" href="` + v.base + path + `">`)
		}
	}
	v.visitor.get("/t/" + v.thread + "-any-slug").shows(`<link rel="canonical" href="` + v.base + "/t/" + v.thread + "-lea-s-bill-twice" + `">`)
	v.visitor.get("/t/" + v.thread).shows(`href="/t/` + v.thread + `-lea-s-bill-twice"`)
}

// TestDeleted shows people a page, and other servers a tombstone.
func TestDeleted(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	tombstone := func(path string) {
		t.Helper()
		status, d := object(t, v.base+path)
		if status != http.StatusGone || d["type"] != "Tombstone" || d["id"] != v.base+path {
			t.Errorf("%s to another server: %d %v", path, status, d)
		}
	}
	// With replies, the conversation stays; without, nothing does.
	v.lea.post("/t/"+v.thread+"/delete", nil).leadsTo("/f/telecoms")
	v.visitor.get("/t/"+v.thread).is(410).shows("by its author", "<strong>again</strong>").lacks("bill", `action="/t/`+v.thread+`/support"`)
	v.lea.post("/t/"+v.other+"/delete", nil).is(303)
	v.visitor.get("/t/" + v.other).is(410).lacks("Text of other")
	tombstone("/t/" + v.thread)
	tombstone("/t/" + v.other)
	v.visitor.get("/f/telecoms").is(200).lacks("other</a>")
	for _, action := range []string{"edit", "reply", "delete", "report", "history"} {
		v.lea.get("/t/" + v.other + "/" + action).is(410)
	}
	for _, action := range []string{"edit", "reply", "delete", "report", "support", "boost"} {
		v.lea.post("/t/"+v.other+"/"+action, url.Values{"body": {"x"}, "title": {"x"}, "words": {"x"}, "on": {"true"}}).is(410)
	}

	// What a moderator removes is kept, and shows nowhere: neither in the page
	// nor in its address nor in what search engines are told.
	to := v.max.post("/new", url.Values{"forum": {"telecoms"}, "kind": {"question"}, "title": {"Cheap phones"}, "body": {"Buy now"}}).is(303).header.Get("Location")
	id := regexp.MustCompile(`^/t/(\d+)`).FindStringSubmatch(to)[1]
	reply := func(b *textBrowser, path, body string) string {
		t.Helper()
		return regexp.MustCompile(`#p(\d+)$`).FindStringSubmatch(b.post(path+"/reply", url.Values{"body": {body}}).is(303).header.Get("Location"))[1]
	}
	question := reply(v.lea, "/t/"+id, "An advert?")
	spam := reply(v.max, "/p/"+question, "Cheap watches")
	below := reply(v.lea, "/p/"+spam, "More adverts")
	v.mia.post("/p/"+spam+"/delete", url.Values{"reason": {"Watches."}}).leadsTo("/t/" + id)
	v.visitor.get("/p/"+spam).is(410).shows("More adverts", "Cheap phones").lacks("watches")
	v.mia.post("/t/"+id+"/delete", url.Values{"reason": {"An advert."}}).leadsTo("/f/telecoms")
	v.mia.get("/f/telecoms").shows("Removed.")
	for _, path := range []string{"/t/" + id, "/t/" + id + "-x?sort=new", "/p/" + question, "/p/" + spam} {
		v.visitor.get(path).shows("More adverts").lacks("Buy now", "Cheap", "cheap")
	}
	v.visitor.get("/t/" + id).is(410)
	v.visitor.get("/p/" + id).leadsTo("/t/" + id)
	v.lea.get("/p/" + below + "/reply").is(410)
	v.lea.post("/p/"+below+"/reply", url.Values{"body": {"x"}}).is(410).lacks("Cheap")
	v.lea.get("/notifications").is(200).lacks("Cheap")
	if notices := v.max.get("/notifications").is(200).shows("An advert.", "Watches."); strings.Count(notices.body, "Cheap phones") != 1 {
		t.Errorf("the author is told of the removal, and reads the title there only:\n%s", notices.body)
	}
	tombstone("/t/" + id)
	tombstone("/p/" + spam)
	v.lea.get("/u/max?show=replies").is(200).lacks("Cheap")
	v.lea.get("/u/lea?show=replies").is(200).shows("More adverts").lacks("Cheap")

	if err := v.service.LeaveAccount(t.Context(), v.accountNamed("max"), forum.Departure{Confirmation: "max", Name: "max"}); err != nil {
		t.Fatal(err)
	}
	v.visitor.get("/u/max").is(410).shows("deleted")
	tombstone("/u/max")
	v.visitor.get("/.well-known/webfinger?resource=acct:max@" + v.host()).is(410)
}

func (s *inProcess) accountNamed(name string) *forum.Account {
	s.t.Helper()
	a, err := s.store.AccountByName(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// TestPageMethods asks pages with methods they do not take.
func TestPageMethods(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	for _, c := range []struct{ method, path, allow string }{
		{"POST", "/", "GET, HEAD"}, {"PUT", "/t/" + v.thread, "GET, HEAD"}, {"DELETE", "/f/telecoms", "GET, HEAD"}, {"PATCH", "/settings", "GET, HEAD"},
		{"GET", "/logout", "POST"}, {"HEAD", "/t/" + v.thread + "/support", "POST"}, {"GET", "/settings/profile", "POST"}, {"PUT", "/login", "GET, HEAD, POST"},
		{"GET", "/inbox", "POST"}, {"POST", "/actor", "GET, HEAD"}, {"PUT", "/static/look.css", "GET, HEAD"},
	} {
		if p := v.lea.request(c.method, c.path, nil).is(405); p.header.Get("Allow") != c.allow {
			t.Errorf("%s: Allow %q, want %q", p.what, p.header.Get("Allow"), c.allow)
		}
	}
	v.lea.get("/logout").is(405).shows("it takes POST", `href="/"`)
	v.lea.get("/settings").is(200) // and nothing came of it
	for _, path := range []string{"/", "/forums", "/f/telecoms", "/t/" + v.thread, "/p/" + v.reply, "/u/lea", "/about", "/login", "/register", "/robots.txt"} {
		get, head := v.visitor.get(path).is(200), v.visitor.request("HEAD", path, nil).is(200)
		if head.body != "" || head.header.Get("Content-Type") != get.header.Get("Content-Type") || head.header.Get("Content-Security-Policy") != get.header.Get("Content-Security-Policy") {
			t.Errorf("%s: %v %q", head.what, head.header, head.body)
		}
	}
	v.visitor.request("HEAD", "/t/42", nil).is(404)
	v.visitor.request("HEAD", "/settings", nil).is(303)
}

// TestPaging follows the links from page to page of every list.
func TestPaging(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	lea, max := v.accountNamed("lea"), v.accountNamed("max")
	first, err := forum.ParseID(v.thread)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		th := v.inProcess.thread(lea, "telecoms", fmt.Sprint("number ", i))
		if err := v.service.Support(t.Context(), max, th.ID, true); err != nil {
			t.Fatal(err)
		}
		if _, err := v.service.Reply(t.Context(), max, forum.NewReply{ThreadID: first, Body: fmt.Sprint("word ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		by         *textBrowser
		path, what string // what each entry shows, once
		count      int
		pages      int
	}{
		{v.visitor, "/?sort=new", `<h2 [^>]*><a href="/t/(\d+)-number-`, 60, 3},
		{v.visitor, "/?sort=hot", `<h2 [^>]*><a href="/t/(\d+)-number-`, 60, 3},
		{v.visitor, "/f/telecoms?sort=active&kind=discussion", `<h2 [^>]*><a href="/t/(\d+)-number-`, 60, 3},
		{v.visitor, "/u/lea", `<h2 [^>]*><a href="/t/(\d+)-number-`, 60, 3},
		{v.visitor, "/u/max?show=replies", `<p>word (\d+)</p>`, 60, 3},
		{v.visitor, "/t/" + v.thread, `<p>word (\d+)</p>`, 60, 3},
		{v.visitor, "/t/" + v.thread + "?sort=old", `<p>word (\d+)</p>`, 60, 3},
		{v.lea, "/notifications?kind=support", `<a href="/t/(\d+)"><strong>max supports`, 60, 2},
	} {
		var entries []string
		pages := 0
		for path := c.path; path != "" && pages < 10; pages++ {
			p := c.by.get(path).is(200)
			for _, found := range regexp.MustCompile(c.what).FindAllStringSubmatch(p.body, -1) {
				entries = append(entries, found[1])
			}
			path = ""
			p.each(func(n *html.Node) {
				if attribute(n, "rel") == "next" {
					path = attribute(n, "href")
				}
			})
			path, _, _ = strings.Cut(path, "#")
		}
		seen := len(entries)
		slices.Sort(entries)
		if len(slices.Compact(entries)) != c.count || seen != c.count || pages != c.pages {
			t.Errorf("%s shows %d entries, %d of them different, on %d pages; want %d on %d", c.path, seen, len(slices.Compact(entries)), pages, c.count, c.pages)
		}
	}
	v.lea.get("/").shows("61 unread notifications")
	upTo := regexp.MustCompile(`name="upto" value="(\d+)"`).FindStringSubmatch(v.lea.get("/notifications").is(200).body)
	if upTo == nil {
		t.Fatal("notifications cannot be marked as read")
	}
	v.lea.post("/notifications", url.Values{"upto": {upTo[1]}}).leadsTo("/notifications")
	v.lea.get("/notifications").is(200).lacks(`name="upto"`, "unread notification")
}

// TestStatic serves files that browsers may keep for ever.
func TestStatic(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	var files []string
	v.visitor.get("/").is(200).each(func(n *html.Node) {
		for _, key := range []string{"href", "src"} {
			if path, _, _ := strings.Cut(attribute(n, key), "#"); strings.HasPrefix(path, "/static/") && !slices.Contains(files, path) {
				files = append(files, path)
			}
		}
	})
	if len(files) < 3 {
		t.Errorf("a page loads only %v", files)
	}
	for _, path := range files {
		p := v.visitor.get(path).is(200)
		if p.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || p.header.Get("X-Content-Type-Options") != "nosniff" || p.header.Get("ETag") == "" || p.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", path, p.header)
		}
		b := v.textBrowser("")
		b.header.Set("If-None-Match", p.header.Get("ETag"))
		if again := b.get(path).is(304); again.body != "" {
			t.Errorf("%s is sent again", path)
		}
		bare, _, _ := strings.Cut(path, "?")
		for _, other := range []string{bare, bare + "?v=former"} {
			if got := v.visitor.get(other).is(200).header.Get("Cache-Control"); got != "public, max-age=3600" {
				t.Errorf("%s: Cache-Control %s", other, got)
			}
		}
		if strings.Contains(p.header.Get("Content-Type"), "css") && regexp.MustCompile(`url\(["']?(https?:)?//`).MatchString(p.body) {
			t.Errorf("%s loads something from elsewhere", path)
		}
	}
	for path, want := range map[string]string{"/robots.txt": "text/plain; charset=utf-8", "/favicon.ico": "image/svg+xml"} {
		if got := v.visitor.get(path).is(200).header.Get("Content-Type"); got != want {
			t.Errorf("%s is %s", path, got)
		}
	}
	for _, path := range []string{"/static/", "/static/none.css", "/static/../routes.go", "/static/%2e%2e/static.go"} {
		if p := v.visitor.get(path); p.status != 404 && p.status != 301 {
			t.Errorf("%s: %d", p.what, p.status)
		}
	}
}

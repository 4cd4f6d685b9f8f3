package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// fetched is an answer to a program.
type fetched struct {
	status int
	header http.Header
	body   string
}

// get asks like a program without cookies; headers are names and values.
func (s *inProcess) get(path string, headers ...string) fetched {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.base+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.answer(r)
}

// answer is what a request is answered with, wherever that leads.
func (s *inProcess) answer(r *http.Request) fetched {
	s.t.Helper()
	client := http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return fetched{status: response.StatusCode, header: response.Header, body: string(body)}
}

// member opens an account and returns it with the cookie of a browser that is
// signed in.
func (s *inProcess) member(name string) (*forum.Account, string) {
	s.t.Helper()
	a, err := s.service.CreateAccount(s.t.Context(), forum.Operator(), forum.NewAccount{Name: name, Email: name + "@mail.example", Password: "correct horse battery"}, forum.Member)
	if err != nil {
		s.t.Fatal(err)
	}
	entry, err := s.service.SignIn(s.t.Context(), name, "correct horse battery")
	if err != nil {
		s.t.Fatal(err)
	}
	return a, "session=" + entry.Session
}

// outside is a server with things that others may show: a thread of three
// replies, one of them deleted, an edited one, one from elsewhere, and one that
// moderators removed.
type outside struct {
	*inProcess
	lea               *forum.Account
	thread            *forum.Thread
	edited, removed   *forum.Thread
	reply, lastReply  *forum.Post
	orphan            *forum.Post // a reply in the removed thread
	remoteURI, remote string      // a thread from elsewhere, and its path here
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	o := &outside{inProcess: startInProcess(t, nil)}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	o.lea = o.account("lea")
	boss := o.account("boss")
	must(o.service.SetRole(ctx, forum.Operator(), "boss", forum.Admin))
	boss.Role = forum.Admin
	_, err := o.service.CreateForum(ctx, forum.Operator(), "telecoms", forum.ForumDetails{Title: "Télécoms", Summary: "Fibre & mobile.", Language: "fr"}, nil)
	must(err)
	step := func() { o.clock.advance(time.Minute) }
	start := func(title, body string) *forum.Thread {
		step()
		th, err := o.service.StartThread(ctx, o.lea, forum.NewThread{Forum: "telecoms", Kind: forum.Grievance, Case: &forum.NewCase{ExperiencedOn: "2026-03-01"}, Title: title, Body: body, Language: "fr"})
		must(err)
		return th
	}
	answer := func(text string) *forum.Post {
		step()
		p, err := o.service.Reply(ctx, boss, forum.NewReply{ThreadID: o.thread.ID, Body: text})
		must(err)
		return p
	}
	o.removed = start("Secret accusation", "Unspeakable words")
	o.thread = start("Box <jamais> arrivée", "Commandée **en mars** & rien.")
	o.edited = start("Double facture", "Une fois")
	o.reply = answer("Moi aussi")
	must(o.service.Delete(ctx, boss, answer("slip").ID, ""))
	o.lastReply = answer("Réglé")
	must(o.service.Support(ctx, boss, o.thread.ID, true))
	step()
	_, err = o.service.Edit(ctx, o.lea, o.edited.ID, forum.Edit{Title: "Double facture", Body: "Deux fois", Language: "fr"})
	must(err)
	o.orphan, err = o.service.Reply(ctx, boss, forum.NewReply{ThreadID: o.removed.ID, Body: "so that the thread stays"})
	must(err)
	must(o.service.Delete(ctx, boss, o.removed.ID, "an insult"))

	author := "https://away.example/users/ines"
	ines, err := o.service.ReceiveActor(ctx, &forum.Actor{Kind: forum.Person, Name: "ines", Host: "away.example", URI: author, URL: "https://away.example/@ines", Inbox: author + "/inbox"}, nil)
	must(err)
	f, err := o.store.ActorByHandle(ctx, forum.Handle{Name: "telecoms"})
	must(err)
	o.remoteURI = "https://away.example/notes/1"
	_, err = o.service.ReceivePost(ctx, forum.Inbound{Actor: ines}, forum.RemotePost{URI: o.remoteURI, Author: ines, Public: true, Addressed: []string{f.URI},
		Content: "<p>From afar</p><p>It happened here too.</p>", Language: "en", PublishedAt: o.clock.Now()})
	must(err)
	p, err := o.store.PostByURI(ctx, o.remoteURI)
	must(err)
	o.remote = "/t/" + p.ID.String()
	return o
}

func path(t *forum.Thread) string { return "/t/" + t.ID.String() }

// meta finds what a page says in its head under a name.
func meta(page, name string) string {
	m := regexp.MustCompile(`<meta (?:name|property)="` + regexp.QuoteMeta(name) + `" content="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return m[1]
}

// TestHead reads what pages tell programs in their heads.
func TestHead(t *testing.T) {
	o := newOutside(t)
	page := o.get(path(o.thread), "Accept-Language", "fr").body
	host := o.host()
	for name, want := range map[string]string{
		"og:type": "article", "og:title": "Box &lt;jamais&gt; arrivée", "og:locale": "fr_FR", "og:site_name": "Portevoix",
		"og:description": "Commandée en mars &amp; rien.", "og:image": o.base + path(o.thread) + "/preview.png", "og:image:width": "1200",
		"og:image:alt": "Box &lt;jamais&gt; arrivée", "og:url": o.base + path(o.thread) + "-box-jamais-arrivee", "article:section": "Télécoms",
		"article:published_time": o.thread.PublishedAt.UTC().Format(time.RFC3339), "article:modified_time": "",
		"twitter:card": "summary_large_image", "fediverse:creator": "@lea@" + host, "robots": "",
	} {
		if got := meta(page, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, want := range []string{
		`<link rel="canonical" href="` + o.base + path(o.thread) + `-box-jamais-arrivee"`, `type="application/atom+xml" title="Box &lt;jamais&gt; arrivée (Atom)" href="` + path(o.thread) + `/feed.atom"`,
		`type="application/feed+json"`, `<link rel="alternate" type="application/json+oembed"`, `<link rel="manifest" href="/manifest.webmanifest"`, `rel="apple-touch-icon"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the head lacks %s", want)
		}
	}
	remote := o.get(o.remote).body
	if got := meta(remote, "fediverse:creator"); got != "@ines@away.example" || meta(remote, "robots") != "noindex" {
		t.Errorf("the author from elsewhere is %q, robots %q", got, meta(remote, "robots"))
	}
	edited := o.get(path(o.edited)).body
	if at, err := time.Parse(time.RFC3339, meta(edited, "article:modified_time")); err != nil || !at.After(o.edited.PublishedAt) {
		t.Errorf("modified at %s, %v", at, err)
	}
	front := o.get("/").body
	if meta(front, "og:type") != "website" || meta(front, "og:image") != o.base+"/preview.png" || !strings.Contains(front, `href="/feed.atom"`) || meta(front, "fediverse:creator") != "" {
		t.Errorf("the front page says %s", meta(front, "og:type"))
	}
}

// TestStructuredData reads the posting as schema.org has it.
func TestStructuredData(t *testing.T) {
	o := newOutside(t)
	find := func(page string) map[string]any {
		_, rest, ok := strings.Cut(page, `<script type="application/ld+json">`)
		if !ok {
			return nil
		}
		text, _, _ := strings.Cut(rest, "</script>")
		var posting map[string]any
		if err := json.Unmarshal([]byte(text), &posting); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return posting
	}
	p := find(o.get(path(o.thread)).body)
	author, _ := p["author"].(map[string]any)
	if p["@type"] != "DiscussionForumPosting" || p["headline"] != "Box <jamais> arrivée" || p["text"] != "Commandée en mars & rien." || p["inLanguage"] != "fr" ||
		p["datePublished"] != o.thread.PublishedAt.UTC().Format(time.RFC3339) || p["commentCount"] != 2.0 || author["name"] != "lea" || author["url"] != o.base+"/u/lea" {
		t.Errorf("the posting is %v", p)
	}
	counted := map[string]any{}
	for _, c := range p["interactionStatistic"].([]any) {
		c := c.(map[string]any)
		counted[c["interactionType"].(string)] = c["userInteractionCount"]
	}
	if counted["https://schema.org/LikeAction"] != 1.0 || counted["https://schema.org/CommentAction"] != 2.0 || counted["https://schema.org/ShareAction"] != 0.0 {
		t.Errorf("counted %v", counted)
	}
	if p := find(o.get(o.remote).body); p["author"].(map[string]any)["url"] != "https://away.example/@ines" {
		t.Errorf("the author from elsewhere is %v", p["author"])
	}
	if p := find(o.get("/t/" + o.removed.ID.String()).body); p != nil {
		t.Errorf("a removed thread is described: %v", p)
	}
}

// TestRemovedIsOutOfSight holds that nothing tells what a moderator removed.
func TestRemovedIsOutOfSight(t *testing.T) {
	o := newOutside(t)
	for _, c := range []struct {
		suffix string
		status int
	}{
		{"", http.StatusGone}, {"/feed.atom", http.StatusGone}, {"/preview.png", http.StatusGone}, {"/qr.svg", http.StatusGone},
		{"/embed", http.StatusGone},
	} {
		got := o.get(path(o.removed) + c.suffix)
		if got.status != c.status {
			t.Errorf("%s answers %d", c.suffix, got.status)
		}
		if strings.Contains(got.body, "Unspeakable") || strings.Contains(strings.ToLower(got.body), "accusation") {
			t.Errorf("%q tells what was removed:\n%s", c.suffix, got.body)
		}
	}
	_, cookie := o.member("max")
	if form := o.get("/p/"+o.orphan.ID.String()+"/reply", "Cookie", cookie); form.status != http.StatusGone || strings.Contains(form.body, "Secret") {
		t.Errorf("the form for a reply in a removed thread: %d\n%s", form.status, form.body)
	}
	for _, path := range []string{"/sitemap/threads-0.xml", "/feed.atom", "/f/telecoms/feed.json", "/u/lea/feed.atom"} {
		if body := o.get(path).body; strings.Contains(body, o.removed.ID.String()) {
			t.Errorf("%s lists what was removed", path)
		}
	}
	if got := o.get("/api/oembed?url=" + url.QueryEscape(o.removed.URI)); got.status != http.StatusGone {
		t.Errorf("oEmbed answers %d", got.status)
	}
}

// TestSitemap follows robots.txt to the pages.
func TestSitemap(t *testing.T) {
	o := newOutside(t)
	robots := o.get("/robots.txt")
	_, address, found := strings.Cut(robots.body, "\nSitemap: ")
	if !found || !strings.Contains(robots.body, "Disallow: /settings") {
		t.Fatalf("robots.txt: %s", robots.body)
	}
	type located struct {
		Address string `xml:"loc"`
		Changed string `xml:"lastmod"`
	}
	var index struct {
		XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
		Maps    []located `xml:"sitemap"`
	}
	read := func(address string, into any) {
		t.Helper()
		got := o.get(strings.TrimPrefix(strings.TrimSpace(address), o.base))
		if err := xml.Unmarshal([]byte(got.body), into); err != nil || !strings.HasPrefix(got.header.Get("Content-Type"), "application/xml") {
			t.Fatalf("%s: %v %s", address, err, got.body)
		}
		if again := o.get(strings.TrimPrefix(strings.TrimSpace(address), o.base), "If-None-Match", got.header.Get("ETag")); again.status != http.StatusNotModified {
			t.Errorf("%s asked again: %d", address, again.status)
		}
	}
	read(address, &index)
	listed := map[string]string{}
	for _, m := range index.Maps {
		var set struct {
			XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
			URLs    []located `xml:"url"`
		}
		read(m.Address, &set)
		for _, u := range set.URLs {
			listed[u.Address] = u.Changed
			if page := o.get(strings.TrimPrefix(u.Address, o.base)); page.status != http.StatusOK || meta(page.body, "robots") != "" || !strings.Contains(page.body, `rel="canonical" href="`+u.Address+`"`) {
				t.Errorf("%s: %d, robots %q", u.Address, page.status, meta(page.body, "robots"))
			}
		}
	}
	for _, want := range []string{"/", "/forums", "/f/telecoms", path(o.thread) + "-box-jamais-arrivee", path(o.edited) + "-double-facture"} {
		if _, ok := listed[o.base+want]; !ok {
			t.Errorf("the sitemap lacks %s: %v", want, listed)
		}
	}
	if len(listed) != 7 { // and /actions, /about
		t.Errorf("the sitemap lists %v", listed)
	}
	if at, err := time.Parse(time.RFC3339, listed[o.base+path(o.thread)+"-box-jamais-arrivee"]); err != nil || at.Before(o.lastReply.PublishedAt.Truncate(time.Second)) {
		t.Errorf("the thread changed at %s, %v", at, err)
	}
}

// TestOEmbed asks how to show a thread, and reads the card it leads to.
func TestOEmbed(t *testing.T) {
	o := newOutside(t)
	ask := func(address, more string) fetched { return o.get("/api/oembed?url=" + url.QueryEscape(address) + more) }
	for _, address := range []string{o.thread.URI, o.thread.URI + "-box-jamais-arrivee", o.thread.URI + "-any?sort=new#replies"} {
		got := ask(address, "&format=json")
		var answer struct {
			Version, Type, Title, HTML string
			Author                     string `json:"author_name"`
			Width, Height              int
		}
		if err := json.Unmarshal([]byte(got.body), &answer); err != nil || got.header.Get("Content-Type") != "application/json" {
			t.Fatalf("%v %s", err, got.body)
		}
		if answer.Version != "1.0" || answer.Type != "rich" || answer.Title != "Box <jamais> arrivée" || answer.Author != "lea" || answer.Width != 600 || answer.Height != 320 ||
			!strings.Contains(answer.HTML, `<iframe src="`+o.base+path(o.thread)+`/embed" title="Box &lt;jamais&gt; arrivée"`) {
			t.Errorf("%s: %+v", address, answer)
		}
	}
	if got := ask(o.thread.URI, "&maxwidth=300&maxheight=1"); !strings.Contains(got.body, `"width":300,"height":160`) {
		t.Errorf("made smaller: %s", got.body)
	}
	for address, want := range map[string]int{
		"https://evil.example" + path(o.thread): http.StatusNotFound, o.base + ".evil.example" + path(o.thread): http.StatusNotFound,
		o.base + "/": http.StatusNotFound, "": http.StatusNotFound, path(o.thread): http.StatusNotFound, o.base + "/t/99": http.StatusNotFound,
	} {
		if got := ask(address, ""); got.status != want {
			t.Errorf("%s: %d", address, got.status)
		}
	}
	if got := ask(o.thread.URI, "&format=xml"); got.status != http.StatusNotImplemented {
		t.Errorf("as XML: %d", got.status)
	}

	card := o.get(path(o.thread)+"/embed", "Accept-Language", "fr", "Cookie", "session=nonsense; done=Saved")
	if card.status != http.StatusOK || !strings.Contains(card.body, "Box &lt;jamais&gt; arrivée") || !strings.Contains(card.body, "1 soutien · 2 réponses") {
		t.Errorf("the card: %d %s", card.status, card.body)
	}
	policy := card.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "frame-ancestors *") || strings.Contains(policy, "script-src") || strings.Contains(card.body, "<script") || card.header.Get("Set-Cookie") != "" {
		t.Errorf("the card's policy is %q, its cookie %q", policy, card.header.Get("Set-Cookie"))
	}
	for _, path := range []string{"/", path(o.thread), "/interact?do=open&uri=" + url.QueryEscape(o.thread.URI), "/login"} {
		if got := o.get(path).header.Get("Content-Security-Policy"); !strings.Contains(got, "frame-ancestors 'none'") || !strings.Contains(got, "script-src 'self'") {
			t.Errorf("%s may be framed: %s", path, got)
		}
	}
}

// TestPreviewsAndCodes looks at pictures as programs do.
func TestPreviewsAndCodes(t *testing.T) {
	o := newOutside(t)
	for _, path := range []string{"/preview.png", path(o.thread) + "/preview.png", o.remote + "/preview.png"} {
		got := o.get(path)
		picture, err := png.DecodeConfig(bytes.NewReader([]byte(got.body)))
		if err != nil || picture.Width != 1200 || picture.Height != 630 || got.header.Get("Content-Type") != "image/png" {
			t.Errorf("%s: %v %v", path, picture, err)
		}
		if again := o.get(path, "If-None-Match", got.header.Get("ETag")); again.status != http.StatusNotModified {
			t.Errorf("%s asked again: %d", path, again.status)
		}
		if len(got.body) > 100<<10 {
			t.Errorf("%s weighs %d bytes", path, len(got.body))
		}
	}
	before := o.get(path(o.thread) + "/preview.png").header.Get("ETag")
	if err := o.service.Support(t.Context(), o.lea, o.edited.ID, true); err != nil {
		t.Fatal(err)
	}
	if again := o.get(path(o.thread) + "/preview.png").header.Get("ETag"); again != before {
		t.Error("the picture changed with another thread's numbers")
	}
	if err := o.service.Support(t.Context(), o.lea, o.thread.ID, true); err != nil {
		t.Fatal(err)
	}
	if after := o.get(path(o.thread) + "/preview.png").header.Get("ETag"); after == before {
		t.Error("the picture does not show the new numbers")
	}
	code := o.get(path(o.thread) + "/qr.svg")
	if code.header.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(code.body, "<svg ") {
		t.Errorf("the QR code: %s %.80s", code.header.Get("Content-Type"), code.body)
	}
}

// TestInstallation reads what a browser needs to install the site, and what it
// keeps for when there is no network.
func TestInstallation(t *testing.T) {
	o := newOutside(t)
	got := o.get("/manifest.webmanifest")
	var manifest struct {
		Name     string
		StartURL string `json:"start_url"`
		Display  string
		Icons    []struct{ Src, Sizes, Type, Purpose string }
	}
	if err := json.Unmarshal([]byte(got.body), &manifest); err != nil || got.header.Get("Content-Type") != "application/manifest+json" {
		t.Fatalf("%v %s", err, got.body)
	}
	if manifest.Name != "Portevoix" || manifest.StartURL != "/" || manifest.Display != "standalone" {
		t.Errorf("the manifest is %+v", manifest)
	}
	purposes := map[string]bool{}
	for _, i := range manifest.Icons {
		icon := o.get(i.Src)
		if icon.status != http.StatusOK || icon.header.Get("Content-Type") != i.Type {
			t.Errorf("the icon %s: %d %s", i.Src, icon.status, icon.header.Get("Content-Type"))
		}
		if i.Type == "image/png" {
			purposes[i.Purpose+" "+i.Sizes] = true
			picture, err := png.DecodeConfig(strings.NewReader(icon.body))
			if want := strings.Split(i.Sizes, "x")[0]; err != nil || want != forum.ID(picture.Width).String() || picture.Width != picture.Height {
				t.Errorf("the icon %s measures %v, not %s: %v", i.Src, picture, i.Sizes, err)
			}
		}
	}
	for _, want := range []string{"any 192x192", "any 512x512", "maskable 512x512"} {
		if !purposes[want] {
			t.Errorf("no icon serves for %s", want)
		}
	}
	worker := o.get("/service-worker.js")
	if worker.status != http.StatusOK || !strings.HasPrefix(worker.header.Get("Content-Type"), "text/javascript") {
		t.Errorf("the service worker: %d %s", worker.status, worker.header.Get("Content-Type"))
	}
	offline := o.get("/offline?lang=fr", "Accept-Language", "en", "Cookie", "session=nonsense; done=Saved")
	if !strings.Contains(offline.body, "Pas de réseau") || strings.Contains(offline.body, "/login") || offline.header.Get("Set-Cookie") != "" {
		t.Errorf("the offline page: %s", offline.body)
	}
}

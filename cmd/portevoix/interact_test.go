package main

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum/forumtest"
	"portevoix/storage/storagetest"
)

// visitor is somebody without an account, whose browser keeps cookies and shows
// where it is sent instead of going there.
func (p *process) visitor() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return &person{p: p, browser: &http.Client{Jar: jar, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// sent submits a form and returns where it leads.
func (u *person) sent(path string, form url.Values) string {
	u.p.t.Helper()
	response, err := u.browser.PostForm("http://"+u.p.addr+path, form)
	if err != nil {
		u.p.t.Fatal(err)
	}
	page := readPage(u.p.t, response)
	if response.StatusCode != http.StatusSeeOther {
		u.p.t.Fatalf("POST %s %v: %s\n%s", path, form, response.Status, page)
	}
	return response.Header.Get("Location")
}

// post sends a form without cookies.
func (s *inProcess) post(path string, form url.Values) fetched {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.answer(r)
}

// TestFromAnyServer takes the way from a button, by a visitor's own server, to the
// same thing there, and back: each button on one server leads to what it says on
// another.
func TestFromAnyServer(t *testing.T) {
	t.Parallel()
	home := newProcess(t).start()
	away := newProcess(t, "PORTEVOIX_STORAGE_DRIVER=postgres", "PORTEVOIX_STORAGE_DSN="+storagetest.PostgresDSN(t)).start()
	lea := home.person("lea")
	home.must("forum", "create", "telecoms", "--title", "Telecoms", "--moderator", "lea")
	thread := lea.startThread("telecoms", "Enel: double bill", "Billed twice.")
	max := away.person("max")
	visitor := home.visitor()
	uri := text(thread, "uri")
	page := visitor.page("/t/" + text(thread, "id") + "-any")
	for _, do := range []string{"support", "boost", "reply", "share"} {
		if want := "/interact?do=" + do + "&amp;uri=" + url.QueryEscape(uri); !strings.Contains(page, want) {
			t.Errorf("the thread's page does not lead to %s", want)
		}
	}
	for path, of := range map[string]string{"/f/telecoms": "http://" + home.addr + "/f/telecoms", "/u/lea": "http://" + home.addr + "/u/lea", "/forums": "http://" + home.addr + "/f/telecoms"} {
		if want := "/interact?do=follow&amp;uri=" + url.QueryEscape(of); !strings.Contains(visitor.page(path), want) {
			t.Errorf("%s does not lead to %s", path, want)
		}
	}

	// The server is asked for once, and remembered until told otherwise.
	leads := func(do, about, server string) string {
		t.Helper()
		return visitor.sent("/interact", url.Values{"do": {do}, "uri": {about}, "server": {server}})
	}
	there := "http://" + away.addr
	if to := leads("support", uri, "https://"+away.addr+"/@max"); to != there+"/authorize_interaction?uri="+url.QueryEscape(uri) {
		t.Fatalf("support leads to %s", to)
	}
	ask := "/interact?do=boost&uri=" + url.QueryEscape(uri)
	if page := visitor.page(ask); !strings.Contains(page, `value="`+away.addr+`"`) || !strings.Contains(page, "Enel: double bill") || !strings.Contains(page, "/login?back=%2Ft%2F"+text(thread, "id")) {
		t.Errorf("the next page does not know the server, the thread, or the way in:\n%s", page)
	}
	visitor.sent("/interact", url.Values{"do": {"boost"}, "uri": {uri}, "forget": {"true"}})
	if page := visitor.page(ask); strings.Contains(page, `value="`+away.addr+`"`) {
		t.Error("the server was not forgotten")
	}

	// A person is sent to sign in over there first, and comes back to it.
	to := strings.TrimPrefix(leads("reply", uri, "@max@"+away.addr), there)
	if want := "/share?title=&text=&in_reply_to=" + url.QueryEscape(uri); to != want {
		t.Fatalf("reply leads to %s, want %s", to, want)
	}
	stranger := away.visitor()
	for range 2 { // by way of /authorize_interaction
		response, err := stranger.browser.Get(there + to)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		to = response.Header.Get("Location")
	}
	if !strings.HasPrefix(to, "/login?back=") {
		t.Fatalf("a visitor is sent to %s", to)
	}
	back, err := url.QueryUnescape(strings.TrimPrefix(to, "/login?back="))
	if err != nil || !strings.HasPrefix(back, "/authorize_interaction?") {
		t.Fatalf("and from there to %q, %v", back, err)
	}
	form := max.page(back)
	action := regexp.MustCompile(`action="(/t/[0-9]+/reply)"`).FindStringSubmatch(form)
	if action == nil || !strings.Contains(form, "Billed twice.") || !strings.Contains(form, "@lea@"+home.addr) {
		t.Fatalf("the way to a reply ends at\n%s", form)
	}
	copied := strings.TrimSuffix(action[1], "/reply")

	// What is done there shows here.
	max.submit(action[1], url.Values{"body": {"Same here"}, "language": {"en"}})
	max.submit(copied+"/support", url.Values{"on": {"true"}})
	max.submit(copied+"/boost", url.Values{"on": {"true"}})
	forumtest.Eventually(t, patience, "reply, support and boost at home", func() bool {
		_, now := lea.api(http.MethodGet, "/threads/"+text(thread, "id"), nil)
		return number(now, "replies") == 1 && number(now, "supports") == 1 && number(now, "boosts") == 1
	})
	// A reply too is found from its address.
	answer := lea.list("/threads/" + text(thread, "id") + "/replies")[0]
	if status, second := lea.api(http.MethodPost, "/threads/"+text(thread, "id")+"/replies", map[string]any{"body": "When was that?", "parent_id": answer["id"]}); status != http.StatusCreated {
		t.Fatal(second)
	} else if page := max.page("/authorize_interaction?uri=" + url.QueryEscape(text(second, "uri"))); !strings.Contains(page, "When was that?") {
		t.Errorf("a reply is found as\n%s", page)
	}

	// Follows: of a forum, and of a person, by id and by handle.
	if page := max.page(strings.TrimPrefix(leads("follow", "http://"+home.addr+"/f/telecoms", away.addr), there)); !strings.Contains(page, `action="/f/telecoms@`+home.addr+`/follow"`) {
		t.Errorf("follow leads to\n%s", page)
	}
	for _, name := range []string{"acct:lea@" + home.addr, "@lea@" + home.addr, "http://" + home.addr + "/u/lea"} {
		if page := max.page("/authorize_interaction?uri=" + url.QueryEscape(name)); !strings.Contains(page, `action="/u/lea@`+home.addr+`/follow"`) {
			t.Errorf("%s leads to\n%s", name, page)
		}
	}
	// Sharing opens the form for a thread there, with what it is about.
	share := strings.TrimPrefix(leads("share", uri, away.addr), there)
	away.must("forum", "create", "talk", "--title", "Talk")
	if page := max.page(share); !strings.Contains(page, `action="/new"`) || !strings.Contains(page, `value="Enel: double bill"`) || !strings.Contains(page, uri+"</textarea>") {
		t.Errorf("%s leads to\n%s", share, page)
	}
	for _, p := range []*process{home, away} {
		if code := p.stop(); code != exitOK {
			t.Errorf("%s stopped with code %d", p.addr, code)
		}
	}
}

// TestInteractionMistakes is what can go wrong on the way out: the page then says
// what, and how to do it by hand.
func TestInteractionMistakes(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	mastodon := newPeer(t, "mastodon") // it answers WebFinger, and names no page
	post := func(form url.Values) fetched { return o.post("/interact", form) }
	for _, c := range []struct {
		server, says string
		status       int
		byHand       bool
	}{
		{"", "This names no server", http.StatusUnprocessableEntity, false},
		{"ines", "This names no server", http.StatusUnprocessableEntity, false},
		{"javascript:alert(1)", "This names no server", http.StatusUnprocessableEntity, false},
		{"http://evil.example\\@good.example", "This names no server", http.StatusUnprocessableEntity, false},
		{o.host(), "sign in here instead", http.StatusUnprocessableEntity, false},
		{"ines@" + mastodon.host(), "does not say where to go", http.StatusNotFound, true},
		{"127.0.0.1:1", "cannot be reached", http.StatusServiceUnavailable, true},
		{"10.0.0.1", "cannot be reached", http.StatusServiceUnavailable, true},
		{"[::1]:80", "This names no server", http.StatusUnprocessableEntity, false},
	} {
		got := post(url.Values{"do": {"reply"}, "uri": {o.thread.URI}, "server": {c.server}})
		if got.status != c.status || !strings.Contains(got.body, c.says) || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%q: %d, remembered %q\n%s", c.server, got.status, got.header.Get("Set-Cookie"), got.body)
		}
		if byHand := strings.Contains(strings.Split(got.body, `id="server"`)[0], `<code class="handle">`+o.thread.URI); byHand != c.byHand {
			t.Errorf("%q: the address to copy comes first: %v", c.server, byHand)
		}
	}
	for _, uri := range []string{"", "https://evil.example/", o.base + "/t/77", o.base + "/actor"} {
		if got := o.get("/interact?do=follow&uri=" + url.QueryEscape(uri)); got.status != http.StatusNotFound {
			t.Errorf("%q: %d", uri, got.status)
		}
		if got := post(url.Values{"do": {"follow"}, "uri": {uri}, "server": {mastodon.host()}}); got.status != http.StatusNotFound {
			t.Errorf("%q sent: %d", uri, got.status)
		}
	}
	// The pages are as sound as all others, whatever is asked for.
	visitor := o.textBrowser("")
	for _, do := range []string{"follow", "reply", "boost", "support", "share", "open", "nonsense"} {
		visitor.get("/interact?do="+do+"&uri="+url.QueryEscape(o.thread.URI)).is(http.StatusOK).shows("jamais", "/login?back=%2Ft%2F")
		visitor.post("/interact", url.Values{"do": {do}, "uri": {o.reply.URI}, "server": {"127.0.0.1:1"}}).is(http.StatusServiceUnavailable).shows(o.reply.URI)
	}
	visitor.get(path(o.thread)+"/share").is(http.StatusOK).shows(path(o.thread)+"/qr.svg", "mailto:?subject=Box%20%3Cjamais%3E%20arriv%C3%A9e&amp;body=", "&lt;iframe src=")
	for _, address := range []string{path(o.removed) + "/share", "/interact?do=reply&uri=" + url.QueryEscape(o.removed.URI)} {
		visitor.get(address).is(http.StatusGone).lacks("Unspeakable", "accusation")
	}
	// An actor is searched for by handle.
	if got := o.get("/interact?do=follow&uri=" + url.QueryEscape(o.base+"/f/telecoms")); !strings.Contains(got.body, "@telecoms@"+o.host()) || !strings.Contains(got.body, "Follow Télécoms") {
		t.Errorf("following a forum: %s", got.body)
	}
}

// TestLookupsAreThrottled holds that nobody can make this server ask others again
// and again, and that one who may not take part cannot at all.
func TestLookupsAreThrottled(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Limits.LookupsPerHour = 2 })
	lea, cookie := s.member("lea")
	s.forum("telecoms")
	th := s.thread(lea, "telecoms", "one")
	for i, want := range []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusTooManyRequests} {
		if got := s.post("/interact", url.Values{"do": {"reply"}, "uri": {th.URI}, "server": {"127.0.0.1:1"}}); got.status != want {
			t.Errorf("lookup %d: %d, want %d", i+1, got.status, want)
		}
	}
	for i, want := range []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusTooManyRequests} {
		if got := s.get("/authorize_interaction?uri=https://127.0.0.1:1/x", "Cookie", cookie); got.status != want {
			t.Errorf("resolution %d: %d, want %d", i+1, got.status, want)
		}
	}
	if got := s.get("/authorize_interaction?uri=https://127.0.0.1:1/x"); got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/login?back=") {
		t.Errorf("a visitor: %d %s", got.status, got.header.Get("Location"))
	}
	// What is here needs no question, and no account.
	if got := s.get("/authorize_interaction?uri=" + url.QueryEscape(th.URI)); got.header.Get("Location") != "/t/"+th.ID.String() {
		t.Errorf("a thread of ours: %d %s", got.status, got.header.Get("Location"))
	}
	for _, path := range []string{"//evil.example", "/\\evil.example"} {
		if got := s.get("/authorize_interaction?uri=" + url.QueryEscape(s.base+path)); strings.Contains(got.header.Get("Location"), "evil.example") && !strings.HasPrefix(got.header.Get("Location"), "/login?back=%2F") {
			t.Errorf("%s leads to %s", path, got.header.Get("Location"))
		}
	}
}

// TestStrangePosts asks for posts from elsewhere that belong to no forum here.
func TestStrangePosts(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	_, cookie := s.member("lea")
	mastodon, lemmy := newPeer(t, "mastodon"), newPeer(t, "lemmy")
	cars := lemmy.url("/c/cars")
	lemmy.objects["/c/cars"] = map[string]any{"id": cars, "type": "Group", "preferredUsername": "cars", "name": "Cars", "inbox": cars + "/inbox",
		"publicKey": map[string]any{"id": cars + "#main-key", "owner": cars, "publicKeyPem": lemmy.publicKey()}}
	note := func(p *peer, path string, more map[string]any) string {
		n := map[string]any{"id": p.url(path), "type": "Note", "attributedTo": p.actor(), "to": []any{public}, "content": "<p>A car broke</p><p>On the road.</p>", "published": "2026-03-14T12:00:00Z"}
		for k, v := range more {
			n[k] = v
		}
		p.objects[path] = n
		return p.url(path)
	}
	breakfast := note(mastodon, "/notes/1", nil)
	secret := note(mastodon, "/notes/2", map[string]any{"to": []any{mastodon.actor() + "/followers"}})
	crossed := note(mastodon, "/notes/3", map[string]any{"cc": []any{cars}})
	inside := note(lemmy, "/notes/4", map[string]any{"cc": []any{cars}})
	below := note(lemmy, "/notes/5", map[string]any{"inReplyTo": inside, "content": "<p>Mine too</p>"})
	ask := func(uri string) fetched {
		return s.get("/authorize_interaction?uri="+url.QueryEscape(uri), "Cookie", cookie)
	}
	if got := ask(breakfast); got.status != http.StatusOK || !strings.Contains(got.body, "belongs to no forum") || !strings.Contains(got.body, "/u/ines@"+mastodon.host()) ||
		!strings.Contains(got.body, "/share?url="+url.QueryEscape(breakfast)) {
		t.Errorf("a post of no forum: %d\n%s", got.status, got.body)
	}
	if got := ask(secret); got.status != http.StatusForbidden || !strings.Contains(got.body, "not public") {
		t.Errorf("a private post: %d\n%s", got.status, got.body)
	}
	if got := ask(crossed); got.status != http.StatusOK || !strings.Contains(got.body, "/f/cars@"+lemmy.host()) || !strings.Contains(got.body, "nobody here follows") {
		t.Errorf("a post that its forum does not vouch for: %d\n%s", got.status, got.body)
	}
	got := ask(below)
	if got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/p/") {
		t.Fatalf("a reply in a thread that nobody follows: %d\n%s", got.status, got.body)
	}
	if page := s.get(got.header.Get("Location")); !strings.Contains(page.body, "Mine too") || !strings.Contains(page.body, "A car broke") || !strings.Contains(page.body, "/f/cars@"+lemmy.host()) {
		t.Errorf("it is shown as\n%s", page.body)
	}
	if got := ask(mastodon.url("/nothing")); got.status != http.StatusNotFound {
		t.Errorf("nothing: %d", got.status)
	}
}

// TestShareIn opens the form for a thread with what other sites and apps bring.
func TestShareIn(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	_, cookie := s.member("lea")
	s.forum("telecoms")
	for query, want := range map[string][]string{
		"text=Look+%3Cb%3E&url=https%3A%2F%2Fnews.example%2F1&title=News":        {`value="News"`, "Look &lt;b&gt;\n\nhttps://news.example/1</textarea>"},
		"text=https%3A%2F%2Fnews.example%2F1&url=https%3A%2F%2Fnews.example%2F1": {">https://news.example/1</textarea>"},
		"title=" + strings.Repeat("%C3%A9", 300):                                 {`value="` + strings.Repeat("é", 200) + `"`},
		"":                                                                       {`<option value="telecoms"`},
	} {
		got := s.get("/share?"+query, "Cookie", cookie)
		for _, w := range want {
			if got.status != http.StatusOK || !strings.Contains(got.body, w) {
				t.Errorf("%s: %d, without %s\n%s", query, got.status, w, got.body)
			}
		}
	}
	if got := s.get("/share?text=Look"); got.status != http.StatusSeeOther || got.header.Get("Location") != "/login?back=%2Fshare%3Ftext%3DLook" {
		t.Errorf("a visitor: %d %s", got.status, got.header.Get("Location"))
	}
}

// TestShareTarget has a device's other apps lead here.
func TestShareTarget(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	var manifest struct {
		Share struct {
			Action, Method string
			Params         map[string]string
		} `json:"share_target"`
	}
	if err := json.Unmarshal([]byte(s.get("/manifest.webmanifest").body), &manifest); err != nil || manifest.Share.Action != "/share" || manifest.Share.Method != "GET" || manifest.Share.Params["url"] != "url" {
		t.Errorf("%+v, %v", manifest, err)
	}
	if robots := s.get("/robots.txt").body; !strings.Contains(robots, "\nDisallow: /interact\n") {
		t.Errorf("crawlers may ask for interactions: %s", robots)
	}
}

// TestIntents reads where this server says its people do things.
func TestIntents(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	s.account("lea")
	s.forum("telecoms")
	host := s.host()
	for resource, has := range map[string]bool{
		"acct:lea@" + host: true, "acct:" + host + "@" + host: true, s.base + "/": true, "acct:telecoms@" + host: false,
	} {
		got := s.get("/.well-known/webfinger?resource=" + url.QueryEscape(resource))
		for _, want := range []string{
			`{"rel":"http://ostatus.org/schema/1.0/subscribe","template":"` + s.base + `/authorize_interaction?uri={uri}"}`,
			`{"rel":"https://w3id.org/fep/3b86/Like","href":"` + s.base + `/authorize_interaction?uri={object}","template":"` + s.base + `/authorize_interaction?uri={object}"}`,
			`"rel":"https://w3id.org/fep/3b86/Create"`, `"rel":"https://w3id.org/fep/3b86/Object"`, `"rel":"https://w3id.org/fep/3b86/Follow"`, `"rel":"https://w3id.org/fep/3b86/Announce"`,
		} {
			if strings.Contains(strings.ReplaceAll(got.body, `\u0026`, "&"), want) != has {
				t.Errorf("%s has %s: %v\n%s", resource, want, !has, got.body)
			}
		}
	}
}

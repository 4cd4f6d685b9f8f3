package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"portevoix/cmd/portevoix/config"
	"portevoix/federation/signature"
	"portevoix/forum"
)

// What stands in the forum for members of these tests has one of these words; its
// name and its hashtag are looked for where nobody asked by them.
const (
	secretWord = "zzmarker"
	secretName = "quiethouse"
	secretTag  = "quiettag"
)

// house is a server with a forum for members, where something of every kind stands:
// lea and mia read it, max did, noor never.
type house struct {
	*inProcess
	mia, lea, max, noor *forum.Account
	forum               *forum.Forum
	thread              *forum.Thread
	reply               *forum.Post
	numbers             map[string]string // of what stands in it
	names               map[string]string
}

// known are names and numbers in addresses, each with one that does not exist.
type known struct{ real, none string }

func newHouse(t *testing.T, change func(*config.Config)) *house {
	t.Helper()
	h := &house{inProcess: startInProcess(t, func(c *config.Config) {
		c.Limits.WritesPerMinute, c.Limits.SignInsPerHour, c.Limits.RegistrationsPerHour, c.Limits.APIPerMinute, c.Limits.LookupsPerHour = 0, 0, 0, 0, 0
		if change != nil {
			change(c)
		}
	}), numbers: map[string]string{}, names: map[string]string{}}
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h.mia, h.lea, h.max, h.noor = h.account("mia"), h.account("lea"), h.account("max"), h.account("noor")
	h.forum0("telecoms")
	h.inProcess.thread(h.noor, "telecoms", "A public plan")
	var err error
	h.forum, err = h.service.CreateForum(ctx, forum.Operator(), secretName, forum.ForumDetails{Title: secretWord + " title", Summary: secretWord + " summary", Rules: secretWord + " rules", Private: true}, []string{"mia"})
	must(err)
	for _, who := range []*forum.Account{h.lea, h.max} {
		must(h.service.InviteMember(ctx, h.mia, secretName, who.Name))
		_, err := h.service.JoinForum(ctx, who, secretName, "")
		must(err)
	}
	must(h.service.SetPortrait(ctx, h.mia, secretName, forum.Icon, dots(t, 5)))
	whole := dots(t, 3)
	picture, err := h.service.UploadPicture(ctx, h.lea, forum.PictureUpload{File: bytes.NewReader(whole), Size: int64(len(whole)), Alt: secretWord + " alt"})
	must(err)
	h.thread, err = h.service.StartThread(ctx, h.lea, forum.NewThread{
		Forum: secretName, Kind: forum.Question, Title: "quietword plan " + secretWord, Body: secretWord + " first text, quietword, #" + secretTag + " @noor", Language: "oc", Note: secretWord + " note",
		Pictures: []forum.PictureChoice{{ID: picture.ID}}, Poll: &forum.NewPoll{Choices: []string{secretWord + " yes", secretWord + " no"}, Lasts: time.Hour},
	})
	must(err)
	h.reply, err = h.service.Reply(ctx, h.max, forum.NewReply{ThreadID: h.thread.ID, Body: secretWord + " answer, quietword @noor @lea", Language: "oc"})
	must(err)
	_, err = h.service.Edit(ctx, h.lea, h.thread.ID, forum.Edit{Title: "quietword plan " + secretWord, Body: secretWord + " second text, quietword, #" + secretTag + " @noor", Language: "oc", Pictures: []forum.PictureChoice{{ID: picture.ID}}})
	must(err)
	_, err = h.service.Edit(ctx, h.max, h.reply.ID, forum.Edit{Body: secretWord + " better answer, quietword @noor @lea", Language: "oc"})
	must(err)
	draft, err := h.service.SaveDraft(ctx, h.lea, forum.Draft{Forum: secretName, Title: secretWord + " draft", Body: secretWord}, nil)
	must(err)
	held, err := h.service.HoldReply(ctx, h.lea, forum.NewReply{ThreadID: h.thread.ID, Body: secretWord + " held"}, h.clock.Now().Add(time.Hour))
	must(err)
	_, err = h.service.SaveDraft(ctx, h.max, forum.Draft{ThreadID: h.thread.ID, ParentID: h.thread.ID, Body: "mine"}, nil)
	must(err)
	must(h.service.Report(ctx, h.lea, forum.NewReport{PostID: h.reply.ID, Words: secretWord + " report"}))
	must(h.service.Bookmark(ctx, h.max, h.thread.ID, true))
	must(h.service.Support(ctx, h.max, h.thread.ID, true))
	must(h.service.Boost(ctx, h.max, h.thread.ID, true))
	must(h.service.FollowThread(ctx, h.max, h.thread.ID, true))
	must(h.service.Vote(ctx, h.max, h.thread.ID, []int{0}))
	must(h.service.Feature(ctx, h.mia, h.thread.ID, true))
	reports, err := h.store.Reports(ctx, nil, true)
	must(err)
	shown, err := h.store.Post(ctx, h.thread.ID)
	must(err)
	icon, err := h.store.Actor(ctx, h.forum.ID)
	must(err)
	must(h.service.RemoveMember(ctx, h.mia, secretName, "max"))

	h.numbers["thread"], h.numbers["reply"], h.numbers["forum"] = h.thread.ID.String(), h.reply.ID.String(), h.forum.ID.String()
	h.numbers["draft"], h.numbers["held"], h.numbers["report"], h.numbers["picture"] = draft.ID.String(), held.ID.String(), reports[0].ID.String(), picture.ID.String()
	h.numbers["create"], h.numbers["announce"] = h.thread.CreateID.String(), h.thread.AnnounceID.String()
	h.names["forum"] = secretName
	h.names["handle"] = secretName + "@" + h.host()
	h.names["tag"] = secretTag
	for i, f := range shown.Attachments[0].Files {
		h.names[fmt.Sprintf("file%d", i)] = f.Name
	}
	h.names["icon"] = icon.IconSmall
	return h
}

func (h *house) forum0(name string) { h.inProcess.forum(name) }

// dots is a small picture like no other.
func dots(t *testing.T, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 40+n, 30+n))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// pairs are the numbers or names of what stands in the house, each with one of
// nothing that looks the same.
func (h *house) pairs(of map[string]string) []known {
	var list []known
	for _, kind := range slices.Sorted(maps.Keys(of)) {
		real := of[kind]
		list = append(list, known{real, h.none(real)})
	}
	return list
}

// none is the text with everything of the house in it replaced by what looks the
// same, and is of nothing.
func (h *house) none(s string) string {
	for _, real := range h.numbers {
		s = strings.ReplaceAll(s, real, real[:len(real)-6]+"000042")
	}
	s = strings.NewReplacer(secretName, "nothinghaus", secretTag, "nothtag0", "quietword", "notaword9").Replace(s)
	for _, real := range h.names {
		if i := strings.IndexByte(real, '.'); i == 64 {
			s = strings.ReplaceAll(s, real, strings.Repeat("0", 64)+real[i:])
			s = strings.ReplaceAll(s, real[:59], strings.Repeat("0", 59)) // where it is cut
		}
	}
	return s
}

// onlooker is somebody who must not learn of the house.
type onlooker struct {
	name   string
	header http.Header
	sign   func(r *http.Request)
	pages  bool // reads pages
	api    bool // calls what programs call
}

func (h *house) onlookers(t *testing.T) []onlooker {
	t.Helper()
	base, err := url.Parse(h.base)
	if err != nil {
		t.Fatal(err)
	}
	list := []onlooker{{name: "a visitor", header: http.Header{}, pages: true, api: true}}
	for _, name := range []string{"noor", "max"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		for _, c := range h.textBrowser(name).client.Jar.Cookies(base) {
			r.AddCookie(c)
		}
		list = append(list, onlooker{name: name, header: r.Header, pages: true})
		list = append(list, onlooker{name: name + "’s app", header: http.Header{"Authorization": {"Bearer " + h.program(name, forum.ScopeRead, forum.ScopeWrite, forum.ScopeFollow).token}}, api: true})
	}
	// The token of a member that does not read posts.
	list = append(list, onlooker{name: "a narrow app of lea", header: http.Header{"Authorization": {"Bearer " + h.program("lea", forum.ScopeProfile).token}}, api: true})
	peer := newPeer(t, "mastodon")
	list = append(list, onlooker{name: "a server", header: http.Header{}, pages: true, sign: func(r *http.Request) {
		if err := signature.Sign(r, nil, signature.Key{ID: peer.actor() + "#main-key", Private: peer.key}, forum.DraftCavage, time.Now()); err != nil {
			t.Error(err)
		}
	}})
	return list
}

// seen is what was answered.
type seen struct {
	status int
	header http.Header
	body   string
}

// stream says whether an address answers without an end.
func stream(path string) bool {
	return strings.HasPrefix(path, "/live") || strings.Contains(path, "/streaming") && !strings.HasSuffix(path, "/health")
}

// wireTime is how long is listened to an answer that may have no end.
func wireTime(path string) time.Duration {
	if stream(path) {
		return 150 * time.Millisecond
	}
	return patience
}

func (h *house) ask(t *testing.T, by onlooker, method, path, accept, contentType, body string) seen {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, content)
	base, _ := url.Parse(h.base)
	r.Host = base.Host
	r.Header = by.header.Clone()
	r.Header.Set("Accept", accept)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if by.sign != nil {
		r.URL.Host, r.URL.Scheme = base.Host, base.Scheme
		by.sign(r)
		r.URL.Host, r.URL.Scheme = "", ""
	}
	if !stream(r.URL.Path) && r.URL.Path != "/settings/export" { // which needs time on the wire
		answer := httptest.NewRecorder()
		h.http.Handler.ServeHTTP(answer, r)
		return seen{answer.Code, answer.Result().Header, answer.Body.String()}
	}
	ctx, cancel := context.WithTimeout(t.Context(), wireTime(r.URL.Path))
	defer cancel()
	r = r.WithContext(ctx)
	r.RequestURI, r.URL.Host, r.URL.Scheme = "", base.Host, base.Scheme
	response, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body) //nolint:errcheck // it is cut off
	return seen{response.StatusCode, response.Header, string(text)}
}

// route is an address of the server's, with variables, and a method.
type route struct{ method, template string }

func (h *house) routes(t *testing.T) []route {
	t.Helper()
	var list []route
	err := h.router.Walk(func(r *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		template, err := r.GetPathTemplate()
		if err != nil || r.GetHandler() == nil {
			return nil //nolint:nilerr // a group of others
		}
		methods, err := r.GetMethods()
		if err != nil {
			methods = []string{http.MethodGet}
		}
		for _, m := range methods {
			if m != http.MethodHead && m != http.MethodOptions {
				list = append(list, route{m, template})
			}
		}
		return nil
	})
	if err != nil || len(list) < 500 {
		t.Fatalf("%d routes, %v", len(list), err)
	}
	return list
}

// forPrograms says whether an address is called by programs, with a token.
func forPrograms(template string) bool {
	return strings.HasPrefix(template, "/api/") || strings.HasPrefix(template, "/oauth/")
}

var pathVariable = regexp.MustCompile(`\{(\w+)(?::((?:[^{}]|\{[^}]*\})*))?\}`)

// fill writes addresses of a route: of what stands in the house, and the same of
// nothing. What a variable may stand for is found by its pattern, so a new route is
// filled too.
func (h *house) fill(t *testing.T, template string) []known {
	t.Helper()
	numbers, names := h.pairs(h.numbers), h.pairs(h.names)
	list := []known{{"", ""}}
	rest := template
	for {
		at := pathVariable.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		text, pattern := rest[:at[0]], ""
		if at[4] >= 0 {
			pattern = rest[at[4]:at[5]]
		}
		matches, err := regexp.Compile("^(?:" + pattern + ")$")
		if err != nil {
			t.Fatal(err)
		}
		var options []known
		for _, k := range append(append([]known{}, numbers...), names...) {
			if pattern == "" || matches.MatchString(k.real) && matches.MatchString(k.none) {
				options = append(options, k)
			}
		}
		if strings.Contains(pattern, "|") && regexp.MustCompile(`^[\w|]+$`).MatchString(pattern) { // a choice of words
			for _, word := range strings.Split(pattern, "|") {
				options = append(options, known{word, word})
			}
		}
		if len(options) == 0 {
			options = []known{{"1", "1"}, {"guessed", "guessed"}}
		}
		var longer []known
		for _, k := range list {
			for _, o := range options {
				longer = append(longer, known{k.real + text + o.real, k.none + text + o.none})
			}
		}
		if len(longer) > 400 {
			longer = longer[:400]
		}
		list, rest = longer, rest[at[1]:]
	}
	for i := range list {
		list[i].real, list[i].none = list[i].real+rest, list[i].none+rest
	}
	return list
}

// queries are what lists are narrowed down by.
func (h *house) listQueries() []string {
	encode := func(of ...string) string {
		q := url.Values{}
		for i := 0; i < len(of); i += 2 {
			q.Add(of[i], of[i+1])
		}
		return "?" + q.Encode()
	}
	thread, of, acct := h.thread.URI, h.forum.URI, secretName+"@"+h.host()
	return []string{
		"",
		encode("q", "quietword", "title", "quietword plan", "name", "quiet", "prefix", "quiet", "text", "quietword", "tag", secretTag, "begin", "quiet", "show", "replies", "sort", "new"),
		encode("q", "#"+secretTag, "tag", secretTag, "acct", secretName, "forum", secretName, "in", secretName, "resource", "acct:"+acct, "name", "!quiet", "lang", "oc"),
		encode("q", thread, "uri", thread, "url", thread, "do", "reply", "resource", thread, "resolve", "true"),
		encode("q", h.reply.URI, "uri", h.reply.URI, "url", h.reply.URI, "do", "reply", "resource", h.reply.URI),
		encode("q", of, "uri", of, "url", of, "do", "follow", "resource", of, "resolve", "true"),
		encode("q", acct, "uri", acct, "acct", acct, "type", "accounts", "resolve", "true"),
		encode("thread", h.numbers["thread"], "id", h.numbers["thread"], "id[]", h.numbers["thread"], "replies", "0", "in_reply_to_id", h.numbers["thread"], "status_id", h.numbers["thread"]),
		encode("forum", h.numbers["forum"], "id", h.numbers["forum"], "id[]", h.numbers["forum"], "account_id", h.numbers["forum"], "account", h.numbers["forum"]),
		encode("q", "quietword in:"+secretName, "kind", "question", "lang", "oc", "language", "oc", "sort", "top"),
		encode("q", "quietwrod", "sort", "active", "type", "statuses"),
		encode("q", "quiet", "kind", "forums", "type", "accounts", "sort", "hot"),
	}
}

// TestPrivateForumLeaks walks every address of the server as somebody who does not
// read a forum for members, with everything that stands in it: nothing of it is in
// any answer, and each answer is that for what does not exist.
func TestPrivateForumLeaks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	if a := h.textBrowser("lea").get("/t/" + h.numbers["thread"]); !strings.Contains(a.body, secretWord) { // the words are there
		t.Fatalf("lea does not read it: %d", a.status)
	}
	routes, onlookers := h.routes(t), h.onlookers(t)
	asked, failures := 0, 0
	told := map[string]bool{}
	compare := func(by onlooker, of route, accept, contentType, body string, path known) {
		method := of.method
		if failures > 60 || told[of.method+of.template] { // one failure of each is enough
			return
		}
		real := h.ask(t, by, method, path.real, accept, contentType, body)
		asked++
		header := fmt.Sprint(real.header)
		hidden := []string{secretWord}
		for _, name := range []string{secretName, secretTag} {
			if !strings.Contains(path.real+body, name) {
				hidden = append(hidden, name)
			}
		}
		for _, word := range hidden {
			for where, text := range map[string]string{"body": real.body, "header": header} {
				if i := strings.Index(text, word); i >= 0 {
					failures++
					told[of.method+of.template] = true
					t.Errorf("%s: %s %s (%s): the %s tells %q", by.name, method, path.real, accept, where, text[max(0, i-100):min(len(text), i+60)])
				}
			}
		}
		if path.real == path.none && body == h.none(body) {
			return
		}
		none := h.ask(t, by, method, path.none, accept, contentType, h.none(body))
		if real.status != none.status {
			failures++
			told[of.method+of.template] = true
			t.Errorf("%s: %s %s (%s): %d, but %d for %s: %.200s", by.name, method, path.real, accept, real.status, none.status, path.none, real.body)
			return
		}
		if real.status < 400 {
			return
		}
		if a, b := h.none(real.body), h.none(none.body); a != b {
			failures++
			told[of.method+of.template] = true
			t.Errorf("%s: %s %s (%s): another error than for what does not exist:\n%.600s\n%.600s", by.name, method, path.real, accept, a, b)
		}
	}
	for _, of := range routes { // what is only read first
		if of.method != http.MethodGet {
			continue
		}
		program, varied := forPrograms(of.template), strings.Contains(of.template, "{")
		queries := h.listQueries()
		switch {
		case varied:
			queries = queries[:1]
		case stream(of.template):
			queries = []string{queries[0], queries[2], queries[7], queries[8]}
		}
		for _, by := range onlookers {
			if program && !by.api || !program && !by.pages {
				continue
			}
			accepts := []string{"text/html"}
			switch {
			case program:
				accepts = []string{"application/json"}
			case by.sign != nil:
				accepts = []string{"application/activity+json"}
			case len(by.header) == 0 && !stream(of.template):
				accepts = append(accepts, "application/activity+json")
			}
			for _, accept := range accepts {
				for _, path := range h.fill(t, of.template) {
					for _, query := range queries {
						compare(by, of, accept, "", "", known{path.real + query, path.none + h.none(query)})
					}
				}
			}
		}
	}
	for _, of := range routes {
		if of.method == http.MethodGet || !strings.Contains(of.template, "{") { // the address names nothing of the house; see TestPrivateForumForms
			continue
		}
		program := forPrograms(of.template)
		for _, by := range onlookers {
			if program && !by.api || !program && !by.pages || by.sign != nil {
				continue
			}
			for _, path := range h.fill(t, of.template) {
				if program {
					compare(by, of, "application/json", "application/json", "{}", path)
				} else {
					compare(by, of, "text/html", "application/x-www-form-urlencoded", "on=true&body=x&title=x&reason=x&words=x", path)
				}
			}
		}
	}
	t.Logf("%d questions about %d addresses", asked, len(routes))
	if asked < 10_000 {
		t.Errorf("only %d questions were asked", asked)
	}
}

// TestPrivateForumForms names what stands in a forum for members in forms and calls,
// as somebody who does not read it: the answer is that for what does not exist.
func TestPrivateForumForms(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	thread, reply, of := h.numbers["thread"], h.numbers["reply"], h.numbers["forum"]
	const form, program = "application/x-www-form-urlencoded", "application/json"
	write := func(of ...string) string {
		v := url.Values{}
		for i := 0; i < len(of); i += 2 {
			v.Add(of[i], of[i+1])
		}
		return v.Encode()
	}
	for _, c := range []struct{ method, path, kind, body string }{
		{"POST", "/new", form, write("forum", secretName, "title", "x", "body", "y", "kind", "question")},
		{"POST", "/new/preview", form, write("forum", secretName, "body", "#"+secretTag+" @"+secretName+" !"+secretName+" "+h.thread.URI)},
		{"POST", "/new/similar", form, write("forum", secretName, "title", "quietword plan")},
		{"POST", "/authorize_interaction", form, write("uri", h.thread.URI, "do", "reply")},
		{"POST", "/interact", form, write("uri", h.thread.URI, "do", "reply", "server", "there.example")},
		{"POST", "/lists", form, write("title", "x", "account_ids", of)},
		{"POST", "/api/portevoix/v1/threads", program, `{"forum":"` + secretName + `","title":"x","body":"y","kind":"question"}`},
		{"POST", "/api/portevoix/v1/drafts", program, `{"forum":"` + secretName + `","title":"x","body":"y"}`},
		{"POST", "/api/portevoix/v1/drafts", program, `{"parent_id":"` + reply + `","thread_id":"` + thread + `","body":"y"}`},
		{"POST", "/api/portevoix/v1/reports", program, `{"account":"` + secretName + `","words":"x"}`},
		{"POST", "/api/v1/statuses", program, `{"status":"x","in_reply_to_id":"` + reply + `"}`},
		{"POST", "/api/v1/statuses", program, `{"status":"@` + secretName + ` x\n\ny"}`},
		{"POST", "/api/v1/statuses", program, `{"status":"x","quoted_status_id":"` + reply + `","quote_id":"` + reply + `"}`},
		{"POST", "/api/v1/reports", program, `{"account_id":"` + h.max.ID.String() + `","status_ids":["` + reply + `"],"comment":"x"}`},
		{"POST", "/api/v1/reports", program, `{"account_id":"` + of + `","comment":"x"}`},
		{"POST", "/api/v1/mutes", program, `{"id":"` + of + `"}`},
		{"POST", "/api/v2/filters", program, `{"title":"x","context":["home"],"keywords_attributes":[{"keyword":"quietword"}]}`},
		{"GET", "/api/oembed?url=" + url.QueryEscape(h.thread.URI), program, ""},
		{"GET", "/api/oembed?url=" + url.QueryEscape(h.forum.URI), program, ""},
		{"GET", "/.well-known/webfinger?resource=" + url.QueryEscape("acct:"+secretName+"@"+h.host()), program, ""},
		{"GET", "/.well-known/webfinger?resource=" + url.QueryEscape(h.forum.URI), program, ""},
		{"GET", "/api/v1/accounts/lookup?acct=" + secretName, program, ""},
		{"GET", "/api/v2/search?resolve=true&q=" + url.QueryEscape(h.thread.URI), program, ""},
		{"GET", "/api/v1/accounts/relationships?id[]=" + of, program, ""},
		{"GET", "/api/v1/statuses?id[]=" + thread, program, ""},
		{"GET", "/api/v1/accounts?id[]=" + of, program, ""},
	} {
		for _, by := range h.onlookers(t) {
			api := strings.HasPrefix(c.path, "/api/")
			if api && !by.api || !api && !by.pages || by.sign != nil && c.method != "GET" {
				continue
			}
			real := h.ask(t, by, c.method, c.path, "application/json, text/html", c.kind, c.body)
			none := h.ask(t, by, c.method, h.none(c.path), "application/json, text/html", c.kind, h.none(c.body))
			if real.status != none.status || strings.Contains(real.body, secretWord) {
				t.Errorf("%s: %s %s %s: %d, but %d\n%.300s\n%.300s", by.name, c.method, c.path, c.body, real.status, none.status, real.body, none.body)
			}
			if a, b := h.none(real.body), h.none(none.body); real.status >= 400 && a != b {
				t.Errorf("%s: %s %s %s: another error:\n%.400s\n%.400s", by.name, c.method, c.path, c.body, a, b)
			}
		}
	}
}

// TestPrivateForumIsSilent writes in a forum for members while others listen: pages,
// apps, a server that follows the author, and devices hear nothing of it.
func TestPrivateForumIsSilent(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ctx := t.Context()
	peer := newPeer(t, "mastodon")
	for _, target := range []string{h.lea.URI, h.base + "/f/telecoms"} {
		peer.accepted(target+"/inbox", peer.activity("Follow", target))
	}
	peer.await("Accept", 2)
	if status := peer.send(h.base+"/inbox", peer.activity("Follow", h.forum.URI)); status < 400 {
		t.Errorf("following the forum is answered %d", status)
	}
	noor := h.textBrowser("noor")
	pages := []*liveStream{noor.listen(t, "?feed=all"), noor.listen(t, "?forum="+h.numbers["forum"]), noor.listen(t, "?feed=home"), h.textBrowser("").listen(t, "?feed=all")}
	if l := noor.listen(t, "?thread="+h.numbers["thread"]); l.status != http.StatusNotFound {
		t.Errorf("listening to the thread is answered %d", l.status)
	}
	write := func(forumName, word string) {
		th, err := h.service.StartThread(ctx, h.lea, forum.NewThread{Forum: forumName, Title: word, Body: word + " @noor #" + word, Kind: forum.Discussion})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.service.Reply(ctx, h.lea, forum.NewReply{ThreadID: th.ID, Body: word}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.service.Edit(ctx, h.lea, th.ID, forum.Edit{Title: word, Body: word + " edited"}); err != nil {
			t.Fatal(err)
		}
		if err := h.service.Support(ctx, h.mia, th.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	type heard struct{ body string }
	apps := make(chan heard, 10)
	for _, address := range []string{"/api/v1/streaming/public", "/api/v1/streaming/user", "/api/v1/streaming/hashtag?tag=" + secretWord} {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.base+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+h.program("noor", forum.ScopeRead).token)
		response, err := http.DefaultClient.Do(r)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v, %v", address, response, err)
		}
		go func() {
			defer response.Body.Close()
			text, buffer := "", make([]byte, 4096)
			for !strings.Contains(text, "loudword") || strings.Contains(address, "hashtag") {
				n, err := response.Body.Read(buffer)
				if text += string(buffer[:n]); err != nil {
					break
				}
			}
			apps <- heard{text}
		}()
	}
	write(secretName, secretWord)
	write("telecoms", "loudword")
	for i, l := range pages[:1] {
		if got := l.next(); !strings.HasPrefix(got, "unread") && !strings.HasPrefix(got, "news 1") {
			t.Errorf("page %d heard %q", i, got)
		}
	}
	for range 2 { // the public one, and one's own; no hashtag is told of
		if got := <-apps; strings.Contains(got.body, secretWord) || strings.Contains(got.body, secretName) || !strings.Contains(got.body, "loudword") {
			t.Errorf("an app heard %s", got.body)
		}
	}
	creates := peer.await("Create", 2) // the public thread and its reply
	for _, activity := range peer.log() {
		if text := fmt.Sprint(activity); strings.Contains(text, secretWord) || strings.Contains(text, secretName) {
			t.Errorf("the server that follows lea got %s", text)
		}
	}
	if !strings.Contains(fmt.Sprint(creates), "loudword") {
		t.Errorf("it got %v", creates)
	}
	for _, host := range []string{peer.host()} {
		queued, err := h.store.Deliveries(ctx, host, forum.AllFamilies, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range queued {
			if strings.Contains(string(d.Body), secretWord) {
				t.Errorf("waiting for the server: %s", d.Body)
			}
		}
	}
	if mail := h.printed.String(); strings.Contains(mail, secretWord) && strings.Contains(mail, "noor@mail.example") {
		t.Errorf("mail: %s", mail)
	}
}

// TestPrivateForumInExports holds that whoever left a forum for members takes along
// what they wrote there, and nothing of others.
func TestPrivateForumInExports(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for _, who := range []*forum.Account{h.max, h.noor} {
		var out bytes.Buffer
		if err := h.service.Export(forum.ReadAs(t.Context(), who.ID), who, &out); err != nil {
			t.Fatal(err)
		}
		archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.File {
			file, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(file)
			if err != nil {
				t.Fatal(err)
			}
			own := who == h.max && f.Name == "posts.json"
			if strings.Contains(string(text), secretWord) != own || own && strings.Contains(string(text), "plan") {
				t.Errorf("%s of %s: %s", f.Name, who.Name, text)
			}
		}
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"portevoix/federation/signature"
	"portevoix/forum"
)

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

// listened is how long a stream is listened to.
const listened = 150 * time.Millisecond

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
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r = r.WithContext(ctx)
	r.RequestURI, r.URL.Host, r.URL.Scheme = "", base.Host, base.Scheme
	response, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	if stream(r.URL.Path) { // which has no end
		defer time.AfterFunc(listened, cancel).Stop()
	}
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
		encode("thread", h.numbers["thread"], "id", h.numbers["thread"], "id[]", h.numbers["thread"], "replies", "0", "in_reply_to_id", h.numbers["thread"], "status_id", h.numbers["thread"], "post", h.numbers["reply"]),
		encode("forum", h.numbers["forum"], "id", h.numbers["forum"], "id[]", h.numbers["forum"], "account_id", h.numbers["forum"], "account", h.numbers["forum"]),
		encode("q", "quietword in:"+secretName, "kind", "question", "lang", "oc", "language", "oc", "sort", "top"),
		encode("q", "quietwrod", "sort", "active", "type", "statuses"),
		encode("q", "quiet", "kind", "forums", "type", "accounts", "sort", "hot"),
		encode("word", "!quiet", "type", "forums", "q", "quiet"),
		encode("word", "@quiet", "type", "hashtags", "q", "quiet"),
		encode("word", "#quiet", "type", "replies", "q", "quietword"),
		encode("from", "members", "forum", secretName, "featured", "true", "linked", "true", "show", "threads"),
		encode("max_id", h.numbers["announce"], "forum", secretName, "kind", "question", "who", secretName, "source", secretName, "group", secretName),
	}
}

// walk asks for everything, as somebody who must not learn of the house.
type walk struct {
	*house
	t               *testing.T
	asked, failures int
	told            map[string]bool // one failure of each address is enough
	// door says whether somebody may learn by an address what the forum says of itself.
	door func(by onlooker, path string) bool
}

func (w *walk) fails(of route, format string, args ...any) {
	w.t.Helper()
	w.failures++
	w.told[of.method+of.template] = true
	w.t.Errorf(format, args...)
}

// compare asks for what stands in the house, and for the same of nothing.
func (w *walk) compare(by onlooker, of route, accept, contentType, body string, path known) {
	if w.failures > 60 || w.told[of.method+of.template] || w.door(by, path.real) {
		return
	}
	real := w.ask(w.t, by, of.method, path.real, accept, contentType, body)
	w.asked++
	hidden := []string{secretWord}
	for _, name := range []string{secretName, secretTag} {
		if !strings.Contains(path.real+body, name) {
			hidden = append(hidden, name)
		}
	}
	for _, word := range hidden {
		for where, text := range map[string]string{"body": real.body, "header": fmt.Sprint(real.header)} {
			if i := strings.Index(text, word); i >= 0 {
				w.fails(of, "%s: %s %s (%s): the %s tells %q", by.name, of.method, path.real, accept, where, text[max(0, i-100):min(len(text), i+60)])
			}
		}
	}
	if path.real == path.none && body == w.none(body) {
		return
	}
	none := w.ask(w.t, by, of.method, path.none, accept, contentType, w.none(body))
	if real.status != none.status {
		w.fails(of, "%s: %s %s (%s): %d, but %d for %s: %.200s", by.name, of.method, path.real, accept, real.status, none.status, path.none, real.body)
	} else if a, b := w.none(real.body), w.none(none.body); real.status >= 400 && a != b {
		w.fails(of, "%s: %s %s (%s): another error than for what does not exist:\n%.600s\n%.600s", by.name, of.method, path.real, accept, a, b)
	}
}

// read asks for what changes nothing.
func (w *walk) read(routes []route, onlookers []onlooker) {
	for _, of := range routes {
		if of.method != http.MethodGet {
			continue
		}
		program, varied := forPrograms(of.template), strings.Contains(of.template, "{")
		queries := w.listQueries()
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
				for _, path := range w.fill(w.t, of.template) {
					for _, query := range queries {
						w.compare(by, of, accept, "", "", known{path.real + query, path.none + w.none(query)})
					}
				}
			}
		}
	}
}

// write sends forms and calls to whatever has something of the house in its address;
// see TestPrivateForumForms for the others.
func (w *walk) write(routes []route, onlookers []onlooker) {
	for _, of := range routes {
		if of.method == http.MethodGet || !strings.Contains(of.template, "{") {
			continue
		}
		program := forPrograms(of.template)
		for _, by := range onlookers {
			if program && !by.api || !program && !by.pages || by.sign != nil {
				continue
			}
			for _, path := range w.fill(w.t, of.template) {
				if program {
					w.compare(by, of, "application/json", "application/json", "{}", path)
				} else {
					w.compare(by, of, "text/html", "application/x-www-form-urlencoded", "on=true&body=x&title=x&reason=x&words=x", path)
				}
			}
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portevoix/federation/signature"
	"portevoix/forum"
)

// TestExplainFetch has a document go wrong at each step of its way.
func TestExplainFetch(t *testing.T) {
	t.Parallel()
	c := newTerminal(t)
	_, out, _ := c.run("", "forum", "create", "telecoms", "--title", "Telecoms")
	group := strings.TrimSpace(out[strings.Index(out, "http"):])
	p := newPeer(t, "mastodon")
	odd := func(w http.ResponseWriter, r *http.Request) {
		activity := "application/activity+json"
		answer := func(status int, contentType, body string) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(strings.ReplaceAll(body, "HERE", "http://"+r.Host)))
		}
		switch r.URL.Path {
		case "/page":
			answer(200, "text/html", "<p>")
		case "/away":
			http.Redirect(w, r, p.actor(), http.StatusFound)
		case "/large":
			answer(200, activity, `{"a":"`+strings.Repeat("a", 2<<20)+`"}`)
		case "/broken":
			answer(200, activity, `{"a":`)
		case "/other":
			answer(200, activity, `{"id":"https://elsewhere.example/1","type":"Note"}`)
		case "/tombstone":
			answer(200, activity, `{"id":"HERE/tombstone","type":"Tombstone"}`)
		case "/feed":
			answer(200, activity, `{"id":"HERE/feed","type":"Feed"}`)
		case "/private":
			answer(200, activity, `{"id":"HERE/private","type":"Note","attributedTo":"HERE/u","to":["HERE/u/followers"],"content":"x"}`)
		case "/keyless":
			answer(200, activity, `{"id":"HERE/keyless","type":"Person","preferredUsername":"k","inbox":"HERE/inbox"}`)
		case "/closed":
			answer(401, "text/plain", "Request not signed\nby anybody")
		default:
			http.NotFound(w, r)
		}
	}
	server, secured := httptest.NewServer(http.HandlerFunc(odd)), httptest.NewTLSServer(http.HandlerFunc(odd))
	t.Cleanup(server.Close)
	t.Cleanup(secured.Close)
	for _, one := range []struct{ address, step, what string }{
		{server.URL + "/page", "content type", "text/html"},
		{server.URL + "/away", "redirect", "another server"},
		{server.URL + "/large", "size", "too large"},
		{server.URL + "/broken", "JSON", "not JSON"},
		{server.URL + "/other", "id", "https://elsewhere.example/1"},
		{server.URL + "/tombstone", "type", "deleted"},
		{server.URL + "/feed", "type", "Feed is neither"},
		{server.URL + "/private", "audience", "not addressed to the public"},
		{server.URL + "/keyless", "key", "no key"},
		{server.URL + "/closed", "status", "401, signed as rfc9421: Request not signed$"},
		{server.URL + "/none", "status", "404"},
		{secured.URL + "/page", "TLS", "certificate"},
		{"http://" + freeAddress(t) + "/x", "connection", "refused"},
		{"https://10.1.2.3/x", "guard", "not public"},
		{"https://nowhere.invalid/x", "name", "nowhere.invalid"},
		{"ftp://x.example/x", "address", "not https"},
		{group, "address", "this very server"},
		{p.note("<p>Breakfast</p>", "")["id"].(string), "rules", "addresses no forum"},
	} {
		c.steps([]step{{line: "fetch --explain " + one.address, code: exitFailed, out: `(?m)^fail  ` + one.step + ` +.*` + one.what, errs: `would be refused`}})
	}
	thread := p.note("<p>Billed twice</p>", "", group)["id"].(string)
	c.steps([]step{
		{line: "fetch --explain " + p.actor(), out: `(?s)ok +connection.*ok +status +200, signed by \S+/actor#main-key \(cavage\).*ok +rules +ines@\S+ would be kept`},
		{line: "fetch --explain " + thread, out: `ok +rules +it would open a thread in telecoms`},
		{line: "fetch " + thread, out: `type +thread`},
		{line: "fetch --explain " + thread, out: `ok +rules +it is here already`},
		{line: "fetch --explain " + p.note("<p>Me too</p>", thread)["id"].(string), out: `would join that thread`},
		{line: "fetch --explain " + p.note("<p>Me too</p>", p.url("/unknown"))["id"].(string), out: `would be read first`},
		{line: "peer block " + p.host(), out: `holds`},
		{line: "fetch --explain " + p.actor(), code: exitFailed, out: `fail +rules +.*ServerBlocked`, errs: `would be refused`},
	})
}

// TestExplainRequest has a request to the inbox go wrong at each step.
func TestExplainRequest(t *testing.T) {
	t.Parallel()
	c := newTerminal(t)
	_, out, _ := c.run("", "forum", "create", "telecoms", "--title", "Telecoms")
	group := strings.TrimSpace(out[strings.Index(out, "http"):])
	base := strings.TrimSuffix(group, "/f/telecoms")
	p := newPeer(t, "mastodon")
	like := p.activity("Like", base+"/t/1")
	save := func(activity any, sign func(r *http.Request, body []byte)) string {
		t.Helper()
		body, err := json.Marshal(activity)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "request")
		if sign != nil {
			r, err := http.NewRequest(http.MethodPost, base+"/inbox", bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			sign(r, body)
			if body, err = httputil.DumpRequestOut(r, true); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(name, body, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	signedAt := func(at time.Time) func(*http.Request, []byte) {
		return func(r *http.Request, body []byte) {
			if err := signature.Sign(r, body, signature.Key{ID: p.actor() + "#main-key", Private: p.key}, forum.DraftCavage, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	foreign := p.activity("Like", base+"/t/1")
	foreign["id"] = "https://elsewhere.example/1"
	c.steps([]step{
		{line: "fetch --explain " + save(like, signedAt(time.Now())), out: `(?s)ok +signature +cavage with the key.*ok +signature +it is ` + p.actor() + `'s.*ok +origin +actor, id and object belong together`},
		{line: "fetch --explain " + save(like, nil), out: `ok +signature +there is no head.*`},
		{line: "fetch --explain " + save(like, signedAt(time.Now().Add(-3*time.Hour))), code: exitFailed, out: `fail +signature .*3h0m\d+s (behind|slow|from)`, errs: `would be refused`},
		{line: "fetch --explain " + save(like, func(*http.Request, []byte) {}), code: exitFailed, out: `fail +signature +the request is not signed`, errs: `would be refused`},
		{line: "fetch --explain " + save(foreign, signedAt(time.Now())), code: exitFailed, out: `fail +origin +its id https://elsewhere.example/1`, errs: `would be refused`},
		{line: "fetch --explain " + save(map[string]any{"type": "Like"}, nil), code: exitFailed, out: `fail +envelope .*no id`, errs: `would be refused`},
		{line: "fetch --explain " + save([]int{1}, nil), code: exitFailed, out: `fail +request`, errs: `would be refused`},
		{line: "fetch --explain " + filepath.Join(t.TempDir(), "none"), code: exitFailed, errs: `neither an address nor a file`},
		{line: "fetch --explain -", stdin: `{"type":`, code: exitFailed, out: `fail +JSON`, errs: `would be refused`},
	})
}

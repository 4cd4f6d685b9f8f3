package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"portevoix/forum"
)

// textBrowser is somebody at the pages of a server in this process, without
// JavaScript. Redirects are shown, not followed, and every page is looked over.
type textBrowser struct {
	s      *inProcess
	client *http.Client
	header http.Header // of every request
}

// textBrowser returns one that is signed in, or a visitor's for "".
func (s *inProcess) textBrowser(name string) *textBrowser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	b := &textBrowser{s: s, header: http.Header{}, client: &http.Client{Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if name != "" {
		token, err := s.service.ResetPassword(s.t.Context(), forum.Operator(), name)
		if err != nil {
			s.t.Fatal(err)
		}
		b.post("/link/"+token, nil).leadsTo("/")
	}
	return b
}

// queries is how many statements it takes to answer a request for the path.
func (b *textBrowser) queries(path string) int64 {
	b.s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header = b.header.Clone()
	base, err := url.Parse(b.s.base)
	if err != nil {
		b.s.t.Fatal(err)
	}
	r.Host = base.Host
	for _, c := range b.client.Jar.Cookies(base) {
		r.AddCookie(c)
	}
	return b.s.queries(r)
}

// page is what a text browser got.
type page struct {
	t      testing.TB
	what   string // method and path
	status int
	header http.Header
	body   string
	root   *html.Node // of HTML
}

func (b *textBrowser) get(path string) *page { return b.request(http.MethodGet, path, nil) }

func (b *textBrowser) post(path string, form url.Values) *page {
	return b.request(http.MethodPost, path, form)
}

func (b *textBrowser) request(method, path string, form url.Values) *page {
	t := b.s.t
	t.Helper()
	r, err := http.NewRequest(method, b.s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.send(r)
}

// send sends a request with the headers of this browser.
func (b *textBrowser) send(r *http.Request) *page {
	t := b.s.t
	t.Helper()
	for name, values := range b.header {
		r.Header[name] = values
	}
	response, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{t: t, what: r.Method + " " + r.URL.RequestURI(), status: response.StatusCode, header: response.Header, body: string(body)}
	part := r.URL.Path == "/new/preview" && p.status == http.StatusOK // of a page, for a script
	if !part && strings.HasPrefix(p.header.Get("Content-Type"), "text/html") && p.status != http.StatusSeeOther && r.Method != http.MethodHead {
		p.look()
	}
	return p
}

// is wants a status.
func (p *page) is(status int) *page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s: %d, want %d\n%s", p.what, p.status, status, p.body)
	}
	return p
}

// leadsTo wants a redirect after a form.
func (p *page) leadsTo(path string) *page {
	p.t.Helper()
	if to := p.header.Get("Location"); p.status != http.StatusSeeOther || to != path {
		p.t.Fatalf("%s: %d to %q, want %q\n%s", p.what, p.status, to, path, p.body)
	}
	return p
}

// shows wants texts in the page's source.
func (p *page) shows(texts ...string) *page {
	p.t.Helper()
	for _, s := range texts {
		if !strings.Contains(p.body, s) {
			p.t.Errorf("%s does not show %q\n%s", p.what, s, p.body)
		}
	}
	return p
}

// lacks wants texts not to be there.
func (p *page) lacks(texts ...string) *page {
	p.t.Helper()
	for _, s := range texts {
		if strings.Contains(p.body, s) {
			p.t.Errorf("%s shows %q", p.what, s)
		}
	}
	return p
}

const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self' blob:; script-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// consentTo finds where a consent page leads to: a scheme of an app's own.
var consentTo = regexp.MustCompile(`name="redirect_uri" value="([a-z.]+:)//`)

// look checks what is true of every page: its headers, and that nothing in it
// would need a weaker content policy or leads a person astray.
func (p *page) look() {
	p.t.Helper()
	policy := contentPolicy
	if strings.Contains(p.body, `action="/interact"`) || strings.Contains(p.body, `action="/settings/identity"`) { // these forms lead to other servers
		policy = strings.Replace(policy, "form-action 'self'", "form-action 'self' https: http:", 1)
	}
	if app := consentTo.FindStringSubmatch(p.body); app != nil { // back to the app
		policy = strings.Replace(policy, "form-action 'self'", "form-action 'self' "+app[1], 1)
	}
	for header, want := range map[string]string{
		"Content-Security-Policy": policy, "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
		"Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()", "Cross-Origin-Opener-Policy": "same-origin",
		"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Accept, Accept-Language, Cookie", "Content-Type": "text/html; charset=utf-8",
	} {
		if got := strings.Join(p.header.Values(header), ", "); got != want {
			p.t.Errorf("%s: %s is %q, want %q", p.what, header, got, want)
		}
	}
	var err error
	if p.root, err = html.Parse(strings.NewReader(p.body)); err != nil {
		p.t.Errorf("%s: %v", p.what, err)
		return
	}
	if !strings.HasPrefix(p.body, "<!doctype html>") {
		p.t.Errorf("%s begins with %.40q", p.what, p.body)
	}
	ids, wanted := map[string]bool{"": true}, map[string]string{}
	labels := map[string]bool{}
	p.each(func(n *html.Node) {
		p.lookAt(n)
		if id := attribute(n, "id"); id != "" {
			if ids[id] {
				p.t.Errorf("%s: two elements have the id %s", p.what, id)
			}
			ids[id] = true
		}
		if n.Data == "label" {
			labels[attribute(n, "for")] = true
			wanted[attribute(n, "for")] = "label"
		}
		wanted[attribute(n, "aria-describedby")] = "hint"
		if target, ok := strings.CutPrefix(attribute(n, "href"), "#"); ok {
			wanted[target] = "link"
		}
	})
	for id, what := range wanted {
		if !ids[id] {
			p.t.Errorf("%s: a %s points to %s, which is not there", p.what, what, id)
		}
	}
	p.each(func(n *html.Node) {
		if isField(n) && !labels[attribute(n, "id")] && attribute(n, "aria-label") == "" && n.Parent.Data != "label" {
			p.t.Errorf("%s: the field %s has no label", p.what, attribute(n, "name"))
		}
	})
}

func isField(n *html.Node) bool {
	switch n.Data {
	case "select", "textarea":
		return true
	case "input":
		return attribute(n, "type") != "hidden"
	}
	return false
}

// messageID is the name of a message that is in no catalogue.
var messageID = regexp.MustCompile(`^[A-Z][A-Za-z]+\.[A-Za-z_.]+$`)

// lookAt checks one element.
func (p *page) lookAt(n *html.Node) {
	p.t.Helper()
	switch n.Data {
	case "html":
		if attribute(n, "lang") == "" || attribute(n, "lang") != p.header.Get("Content-Language") {
			p.t.Errorf("%s: lang is %q, Content-Language %q", p.what, attribute(n, "lang"), p.header.Get("Content-Language"))
		}
	case "style":
		p.t.Errorf("%s has a style element", p.what)
	case "script":
		if attribute(n, "type") == "application/ld+json" { // data, which is not run
			if n.FirstChild == nil || !json.Valid([]byte(n.FirstChild.Data)) {
				p.t.Errorf("%s has data that is no JSON", p.what)
			}
		} else if attribute(n, "src") == "" || n.FirstChild != nil {
			p.t.Errorf("%s has an inline script", p.what)
		}
	case "form":
		if attribute(n, "method") != "post" && attribute(n, "method") != "get" {
			p.t.Errorf("%s has a form with method %q", p.what, attribute(n, "method"))
		}
	}
	for _, a := range n.Attr {
		switch {
		case a.Key == "style", strings.HasPrefix(a.Key, "on"):
			p.t.Errorf("%s: <%s %s=%q>", p.what, n.Data, a.Key, a.Val)
		case a.Key == "src", a.Key == "action", a.Key == "href" && n.Data == "use", a.Key == "href" && n.Data == "link" && attribute(n, "rel") != "canonical" && attribute(n, "rel") != "alternate":
			if !strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "//") {
				p.t.Errorf("%s: <%s %s=%q> is not on this server", p.what, n.Data, a.Key, a.Val)
			}
		case a.Key == "href" && !regexp.MustCompile(`^(/|#|https?://|mailto:|about:invalid#)`).MatchString(a.Val):
			p.t.Errorf("%s: a link leads to %q", p.what, a.Val)
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if s := strings.TrimSpace(c.Data); c.Type == html.TextNode && (messageID.MatchString(s) || strings.Contains(s, "<no value>") || strings.Contains(s, "{{")) {
			p.t.Errorf("%s shows the unwritten message %q", p.what, s)
		}
	}
}

// each visits every element.
func (p *page) each(visit func(n *html.Node)) {
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			visit(n)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	if p.root != nil {
		walk(p.root)
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// field is the value that a field shows, as a browser would send it.
func (p *page) field(name string) string {
	p.t.Helper()
	value, found := "", false
	p.each(func(n *html.Node) {
		if attribute(n, "name") != name || found {
			return
		}
		switch n.Data {
		case "textarea":
			found = true
			if n.FirstChild != nil {
				value = n.FirstChild.Data
			}
		case "select":
			found = true
			for o := n.FirstChild; o != nil; o = o.NextSibling {
				for _, a := range o.Attr {
					if a.Key == "selected" {
						value = attribute(o, "value")
					}
				}
			}
		case "input":
			for _, a := range n.Attr {
				found = found || a.Key == "checked" || attribute(n, "type") != "radio"
			}
			if found {
				value = attribute(n, "value")
			}
		}
	})
	if !found {
		p.t.Errorf("%s has no field %s", p.what, name)
	}
	return value
}

// keeps wants fields to show what was typed.
func (p *page) keeps(form url.Values, names ...string) *page {
	p.t.Helper()
	for _, name := range names {
		if got := p.field(name); got != form.Get(name) {
			p.t.Errorf("%s: the field %s lost %q for %q", p.what, name, form.Get(name), got)
		}
	}
	return p
}

package main

import (
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// TestLinkCards holds that a post shows what its link leads to, asked once, and
// that the player of a video may be framed by that page only.
func TestLinkCards(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get("Signature") != "" || r.Header.Get("Cookie") != "" {
			t.Error("a page is asked by name")
		}
		if r.URL.Path == "/still.png" {
			_ = png.Encode(w, image.NewGray(image.Rect(0, 0, 800, 400)))
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=iso-8859-1")
		head := "<title>Pr\xe9avis &lt;b&gt;</title><meta name=description content='What to know'><meta property=og:image content=/still.png>"
		if strings.HasPrefix(r.URL.Path, "/w/") {
			head = "<meta property='og:title' content='A film'><meta property='og:platform' content='PeerTube'>"
		}
		_, _ = w.Write([]byte("<html><head>" + head + "</head><body>" + strings.Repeat("x", 2<<20)))
	}))
	defer pages.Close()
	v := newVillage(t, nil)
	start := func(body string) string {
		t.Helper()
		path := v.lea.post("/new", url.Values{"forum": {"telecoms"}, "kind": {"discussion"}, "title": {"t"}, "body": {body}}).is(http.StatusSeeOther).header.Get("Location")
		v.settle()
		return path
	}
	article := start("[here](" + pages.URL + "/article)")
	v.visitor.get(article).is(http.StatusOK).shows(`class="linkcard"`, "Préavis &lt;b&gt;", "What to know", "127.0.0.1").lacks("data-player", pages.URL+"/still.png")
	still := regexp.MustCompile(`<img src="(/media/[0-9a-f]+\.(?:png|jpg))" width="480" height="252" alt=""`).FindStringSubmatch(v.visitor.get(article).body)
	if still == nil {
		t.Fatalf("the card has no picture:\n%s", v.visitor.get(article).body)
	}
	v.visitor.get(still[1]).is(http.StatusOK)
	start(pages.URL + "/article")
	if asked.Load() != 2 { // with the picture
		t.Errorf("the page was asked %d times", asked.Load())
	}
	const film = "/w/9c9de5e8-0a1e-484a-b099-e80766180a6d"
	path := start(pages.URL + film)
	b := *v.visitor
	r, err := http.NewRequest(http.MethodGet, v.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text := readPage(t, response)
	if player := regexp.MustCompile(`<button[^>]* hidden data-player="([^"]+)"`).FindStringSubmatch(text); player == nil || player[1] != pages.URL+strings.Replace(film, "/w/", "/videos/embed/", 1) {
		t.Errorf("the card plays %v\n%s", player, text)
	}
	if got := response.Header.Get("Content-Security-Policy"); got != contentPolicy+"; frame-src "+pages.URL {
		t.Errorf("the policy is %q", got)
	}
	id := regexp.MustCompile(`^/t/(\d+)`).FindStringSubmatch(path)[1]
	v.lea.get("/t/"+id+"/delete").is(http.StatusOK).shows(`class="linkcard"`, "A film").lacks("data-player") // its policy allows no frame
	if strings.Contains(text, "<iframe") {
		t.Error("the player is there unasked")
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"portevoix/forum/forumtest"
)

// shown is a server with one thread, and its path.
func shown(t *testing.T) (*process, string) {
	t.Helper()
	p := newProcess(t).start()
	lea := p.person("lea")
	p.must("forum", "create", "telecoms", "--title", "Telecoms")
	return p, "/t/" + text(lea.startThread("telecoms", "Box </script> never came", "Ordered *in March*."), "id")
}

// TestCardInFrames shows a thread on another site, as that site's oEmbed reader
// would, and tries the same with a page that may not be framed.
func TestCardInFrames(t *testing.T) {
	t.Parallel()
	needChromium(t)
	home, path := shown(t)
	response, err := http.Get("http://" + home.addr + "/api/oembed?url=" + url.QueryEscape("http://"+home.addr+path))
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ HTML string }
	if err := json.Unmarshal([]byte(readPage(t, response)), &answer); err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		frame := answer.HTML
		if r.URL.Path == "/page" {
			frame = fmt.Sprintf(`<iframe src="http://%s%s"></iframe>`, home.addr, path)
		}
		fmt.Fprintf(w, "<!DOCTYPE html><title>News</title><body>%s", frame)
	}))
	t.Cleanup(site.Close)
	b := newBrowser(t, site.URL, desktop, "en")
	b.open("/card")
	forumtest.Eventually(t, patience, "the card to be asked for", func() bool { return strings.Contains(home.log.String(), path+"/embed") })
	b.check()

	b.do(chromedp.Navigate(site.URL + "/page"))
	forumtest.Eventually(t, patience, "the browser to refuse the frame", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return strings.Contains(strings.Join(b.troubles, "\n"), "frame-ancestors")
	})
	b.mu.Lock()
	b.troubles = nil
	b.mu.Unlock()
}

// TestOffline stops the server under an open browser.
func TestOffline(t *testing.T) {
	t.Parallel()
	needChromium(t)
	home, path := shown(t)
	b := newBrowser(t, "http://"+home.addr, phone, "fr")
	b.open(path)
	forumtest.Eventually(t, patience, "the service worker", func() bool {
		return ask(b, chromedp.Evaluate[bool](`navigator.serviceWorker.controller?.state === "activated"`))
	})
	b.open(path) // by way of the service worker
	b.sees("never came")
	home.stop()
	b.do(chromedp.Navigate(b.base + path))
	b.sees("Pas de réseau")
	if family := ask(b, chromedp.Evaluate[string](`getComputedStyle(document.querySelector(".empty")).display`)); family != "grid" {
		t.Error("the offline page has lost its stylesheet")
	}
	if kept := ask(b, chromedp.Evaluate[string](`document.body.innerText`)); strings.Contains(kept, "never came") {
		t.Error("a page that was read is kept")
	}
}

package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"portevoix/forum/forumtest"
)

// withFile hands a picture to the form that is open, in the way that a script
// says of d, its DataTransfer.
const withFile = `(async () => {
	const canvas = document.createElement("canvas");
	canvas.width = 60; canvas.height = 40;
	canvas.getContext("2d").fillRect(5, 5, 20, %d);
	const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
	const d = new DataTransfer();
	d.items.add(new File([blob], "%s", {type: "%s"}));
	const form = document.querySelector("form:has([data-pictures])");
	%s;
	return true;
})()`

// TestPicturesInBrowser chooses, drops and pastes pictures and a film, publishes them, and
// plays videos where that is asked for.
func TestPicturesInBrowser(t *testing.T) {
	t.Parallel()
	needChromium(t)
	site := videoSite(t)
	p := newProcess(t).start()
	lea := p.person("lea")
	p.must("forum", "create", "telecoms", "--title", "Telecoms")
	film := lea.startThread("telecoms", "A film", site+"/w/9c9de5e8-0a1e-484a-b099-e80766180a6d")
	b := signIn(t, p, "lea", phone, "en")
	b.open("/f/telecoms/new")
	rows := func() int {
		return ask(b, chromedp.Evaluate[int](`document.querySelectorAll(".picture [name=picture_id]").length`))
	}
	status := func() string {
		return ask(b, chromedp.Evaluate[string](`document.querySelector("[data-status]").textContent`))
	}
	for i, give := range []string{
		`const input = form.querySelector("[data-drop] input"); input.files = d.files; input.dispatchEvent(new Event("change"))`,
		`form.dispatchEvent(new DragEvent("drop", {dataTransfer: d, bubbles: true, cancelable: true}))`,
		`form.querySelector("#body").dispatchEvent(new ClipboardEvent("paste", {clipboardData: d, bubbles: true, cancelable: true}))`,
	} {
		ask(b, chromedp.Evaluate[bool](fmt.Sprintf(withFile, i+1, "x.png", "image/png", give), chromedp.EvalAwaitPromise))
		forumtest.Eventually(t, patience, "the picture to arrive", func() bool { return rows() == i+1 && status() == "" })
	}
	broken := `form.dispatchEvent(new DragEvent("drop", {dataTransfer: new DataTransfer(), bubbles: true})); const bad = new DataTransfer();
		bad.items.add(new File(["nothing"], "bad.png", {type: "image/png"})); form.dispatchEvent(new DragEvent("drop", {dataTransfer: bad, bubbles: true, cancelable: true}))`
	ask(b, chromedp.Evaluate[bool](fmt.Sprintf(withFile, 1, "x.png", "image/png", broken), chromedp.EvalAwaitPromise))
	forumtest.Eventually(t, patience, "the refusal to be told", func() bool {
		return rows() == 3 && strings.HasPrefix(status(), "This file cannot be used.")
	})
	recorded := `const bytes = Uint8Array.from(atob("` + base64.StdEncoding.EncodeToString(recorded(t, "film.webm")) + `"), (c) => c.charCodeAt(0)); const film = new DataTransfer();
		film.items.add(new File([bytes], "film.webm", {type: "video/webm"})); form.dispatchEvent(new DragEvent("drop", {dataTransfer: film, bubbles: true, cancelable: true}))`
	ask(b, chromedp.Evaluate[bool](fmt.Sprintf(withFile, 1, "x.png", "image/png", recorded), chromedp.EvalAwaitPromise))
	forumtest.Eventually(t, patience, "the film to arrive with a poster", func() bool {
		return ask(b, chromedp.Evaluate[bool](`!!document.querySelector(".picture video[poster]")`)) && status() == ""
	})
	b.check()
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll(".picture textarea").forEach((t, i) => { t.value = "Picture no. " + i; }); document.querySelector("[name=kind][value=discussion]").checked = true; document.querySelector("[name^=remove-]").checked = true`))
	b.write("#title", "Two are left")
	b.write("#body", "See.")
	b.press("form .loud")
	b.sees("Two are left", "Published.")
	forumtest.Eventually(t, patience, "the pictures to be loaded", func() bool {
		return ask(b, chromedp.Evaluate[int](`[...document.querySelectorAll(".gallery img")].filter((i) => { i.loading = "eager"; return i.naturalWidth > 0 && i.alt.startsWith("Picture no. "); }).length`)) == 2
	})

	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector(".recording video").muted = true; document.querySelector(".recording video").play()`))
	forumtest.Eventually(t, patience, "the film to play", func() bool {
		return ask(b, chromedp.Evaluate[bool](`document.querySelector(".recording video").currentTime > 0`))
	})

	player := func() string {
		return ask(b, chromedp.Evaluate[string](`document.querySelector(".linkcard iframe")?.src ?? ""`))
	}
	forumtest.Eventually(t, patience, "the card of the video", func() bool {
		b.open("/t/" + text(film, "id"))
		return ask(b, chromedp.Evaluate[bool](`!!document.querySelector(".linkcard button:not([hidden])")`))
	})
	if src := player(); src != "" {
		t.Errorf("%s is loaded unasked", src)
	}
	b.do(chromedp.Click(chromedp.CSS(".linkcard button"), chromedp.NodeVisible))
	if src := player(); src != site+"/videos/embed/9c9de5e8-0a1e-484a-b099-e80766180a6d" {
		t.Errorf("the player is %q", src)
	}
	b.check() // the page's policy lets it load
}

// videoSite is a PeerTube server with one film.
func videoSite(t testing.TB) string {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><html lang="en"><head><title>How a bill is read</title><meta property="og:title" content="How a bill is read, line by line"><meta property="og:site_name" content="Tube"><meta property="og:description" content="Five minutes that save a year of payments."><meta property="og:platform" content="PeerTube"></head><body></body></html>`)
	}))
	t.Cleanup(site.Close)
	return site.URL
}

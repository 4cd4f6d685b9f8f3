package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// liveStream is a browser that listens to /live.
type liveStream struct {
	t      *testing.T
	status int
	lines  chan string // "kind count: text", or "start id"; closed at the end
	stop   context.CancelFunc
}

// listen opens a stream, and waits until it has begun.
func (b *textBrowser) listen(t *testing.T, query string, headers ...string) *liveStream {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.s.base+"/live"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = b.header.Clone()
	r.Header.Set("Accept-Encoding", "gzip")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Jar: b.client.Jar, CheckRedirect: b.client.CheckRedirect}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	l := &liveStream{t: t, status: response.StatusCode, lines: make(chan string, 100), stop: stop}
	if l.status != http.StatusOK {
		response.Body.Close()
		return l
	}
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" || response.Header.Get("Content-Encoding") != "" {
		t.Errorf("a stream is %s, %s", kind, response.Header.Get("Content-Encoding"))
	}
	go l.read(response.Body)
	if first := l.next(); !strings.HasPrefix(first, "start ") {
		t.Fatalf("a stream begins with %q", first)
	}
	return l
}

func (l *liveStream) read(body io.ReadCloser) {
	defer close(l.lines)
	defer body.Close()
	kind, id := "", ""
	for in := bufio.NewScanner(body); in.Scan(); {
		name, value, _ := strings.Cut(in.Text(), ": ")
		switch {
		case name == "event":
			kind = value
		case name == "id":
			id = value
		case name == "data" && kind == "start":
			l.lines <- "start " + id
		case name == "data":
			var message struct {
				Count int
				Text  string
			}
			if err := json.Unmarshal([]byte(value), &message); err != nil {
				l.lines <- err.Error()
			}
			l.lines <- fmt.Sprintf("%s %d: %s", kind, message.Count, message.Text)
		}
	}
}

// next is the next message, "" at the end of the stream.
func (l *liveStream) next() string {
	l.t.Helper()
	select {
	case line := <-l.lines:
		return line
	case <-time.After(patience):
		l.t.Fatal("no message in time")
		return ""
	}
}

func (l *liveStream) hears(want string) {
	l.t.Helper()
	if got := l.next(); got != want {
		l.t.Fatalf("heard %q, want %q", got, want)
	}
}

// TestLiveUpdates listens to what pages listen to.
func TestLiveUpdates(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	const form = "/reply"
	reply := func(b *textBrowser, text string) {
		t.Helper()
		b.post("/t/"+v.thread+form, url.Values{"body": {text}}).is(303)
	}
	visitor := v.visitor.listen(t, "?thread="+v.thread+"&replies=1")
	author := v.lea.listen(t, "?thread="+v.thread+"&replies=1")
	author.hears("unread 0: Notifications")
	reply(v.max, "one")
	visitor.hears("news 1: 1 new reply – show")
	author.hears("unread 1: 1 unread notification")
	author.hears("news 1: 1 new reply – show")
	v.lea.header.Set("Accept-Language", "fr")
	late := v.lea.listen(t, "?thread="+v.thread+"&replies=1") // a page that was made before
	late.hears("unread 1: 1 notification non lue")
	late.hears("news 1: 1 nouvelle réponse : voir")
	reply(v.lea, "mine") // no news to herself
	visitor.hears("news 2: 2 new replies – show")
	v.lea.post("/notifications", url.Values{"upto": {forum.FirstID(v.clock.Now().Add(time.Second)).String()}}).is(303)
	late.hears("unread 0: Notifications")
	author.hears("unread 0: Notifications")

	all, banks := v.visitor.listen(t, "?feed=all"), v.visitor.listen(t, "?forum="+v.forum("banks").ID.String())
	questions := v.visitor.listen(t, "?feed=all&kind=question")
	telecoms := func(kind, title string) {
		t.Helper()
		v.ada.post("/new", url.Values{"forum": {"telecoms"}, "kind": {kind}, "experienced_on": {"2026-03-01"}, "title": {title}, "body": {"x"}}).is(303)
	}
	telecoms("grievance", "first")
	all.hears("news 1: 1 new thread – show")
	home := v.max.listen(t, "?feed=home")
	home.hears("unread 1: 1 unread notification") // lea replied in a thread he wrote in
	v.max.post("/f/telecoms/follow", url.Values{"on": {"true"}}).is(303)
	telecoms("question", "second")
	all.hears("news 2: 2 new threads – show")
	home.hears("news 1: 1 new thread – show") // of what he follows
	questions.hears("news 1: 1 new thread – show")
	v.ada.post("/new", url.Values{"forum": {"banks"}, "kind": {"question"}, "title": {"third"}, "body": {"x"}}).is(303)
	banks.hears("news 1: 1 new thread – show")
	telecoms("grievance", "fourth")
	home.hears("news 2: 2 new threads – show")

	// A stream that broke tells what was missed.
	start := forum.FirstID(v.clock.Now().Add(-time.Hour)).String()
	v.visitor.listen(t, "?feed=all", "Last-Event-ID", start).hears("news 6: 6 new threads – show")
	v.visitor.listen(t, "?feed=all&kind=question&since="+start).hears("news 2: 2 new threads – show")
	again := v.max.listen(t, "?feed=home&since="+start)
	again.hears("unread 1: 1 unread notification")
	again.hears("news 5: 5 new threads – show")

	for query, want := range map[string]int{"?thread=x": 404, "?thread=42": 404, "?feed=home": 401} {
		if l := v.visitor.listen(t, query); l.status != want {
			t.Errorf("/live%s: %d, want %d", query, l.status, want)
		}
	}
	// A message for the next page is not lost to the stream.
	v.max.post("/t/"+v.thread+"/mute", url.Values{"on": {"true"}}).is(303)
	v.max.listen(t, "")
	v.max.get("/").shows("no more notifications")
	v.visitor.get("/t/"+v.thread).shows(`data-stream="/live?replies=3&amp;thread=`+v.thread+`"`, "live.js")
	v.visitor.get("/p/"+v.reply).shows(`data-stream="/live?replies=3&amp;thread=`+v.thread+`"`, `?sort=new#replies"`)
	v.visitor.get("/about").lacks("data-stream")
	v.lea.get("/about").shows(`data-stream="/live"`)
}

// TestLiveLimits opens too many streams, and stops the server while some are
// open.
func TestLiveLimits(t *testing.T) {
	t.Parallel()
	v := newVillage(t, func(c *config.Config) { c.Limits.Streams, c.Limits.StreamsPerAddress = 4, 3 })
	first, second := v.visitor.listen(t, "?feed=all"), v.lea.listen(t, "")
	v.ada.listen(t, "")
	if l := v.max.listen(t, ""); l.status != http.StatusTooManyRequests {
		t.Errorf("a fourth stream of one address: %d", l.status)
	}
	first.stop()
	forumtest.Eventually(t, patience, "room for another stream", func() bool { return v.max.listen(t, "").status == http.StatusOK })
	begun := time.Now()
	if err := v.http.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for line := range second.lines {
		if !strings.HasPrefix(line, "unread") {
			t.Errorf("at the end: %s", line)
		}
	}
	if took := time.Since(begun); took > patience/2 {
		t.Errorf("open streams hold up the end of the server for %s", took)
	}

	off := newVillage(t, func(c *config.Config) { c.Limits.Streams = 0 })
	off.lea.get("/").is(200).lacks("data-stream")
	if l := off.lea.listen(t, ""); l.status != http.StatusTooManyRequests {
		t.Errorf("a stream where there are none: %d", l.status)
	}
}

// TestLivePage reads a thread in a real browser while others reply.
func TestLivePage(t *testing.T) {
	t.Parallel()
	needChromium(t)
	v := newVillage(t, nil)
	b := newBrowser(t, v.base, phone, "en")
	token, err := v.service.ResetPassword(t.Context(), forum.Operator(), "lea")
	if err != nil {
		t.Fatal(err)
	}
	b.open("/link/" + token)
	b.press("form.form .loud")
	b.open("/t/" + v.thread)
	b.do(chromedp.Evaluate[chromedp.Void](`scrollTo(0, 120)`))
	shown := func() string {
		return ask(b, chromedp.Evaluate[string](`[document.querySelector(".live > span").hidden ? "" : document.querySelector(".live a").textContent, document.querySelector("[data-bell] b").textContent, scrollY].join("|")`))
	}
	top := ask(b, chromedp.Evaluate[string](`String(scrollY)`))
	for i, want := range []string{"1 new reply – show|1|", "2 new replies – show|1|"} {
		v.max.post("/t/"+v.thread+"/reply", url.Values{"body": {fmt.Sprint("word ", i)}}).is(303)
		forumtest.Eventually(t, patience, want, func() bool { return shown() == want+top })
	}
	b.do(chromedp.Click(chromedp.CSS(".live button")))
	if got := shown(); got != "|1|"+top {
		t.Errorf("after hiding: %q", got)
	}
	v.max.post("/t/"+v.thread+"/reply", url.Values{"body": {"word 2"}}).is(303)
	forumtest.Eventually(t, patience, "what came later", func() bool { return shown() == "3 new replies – show|1|"+top })
	if dir := os.Getenv("PORTEVOIX_TEST_SCREENSHOTS"); dir != "" {
		b.screenshot(screenshotName(dir, "live", "en", "light", phone))
	}
	b.press(".live a")
	b.sees("word 0", "word 1")
}

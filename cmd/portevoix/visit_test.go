package main

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"portevoix/forum/forumtest"
)

// TestBrowser does what people do, in a real browser, on a phone and on a desktop,
// and on a phone without JavaScript: a server's first administrator sets it up, a
// consumer registers by a mailed link, finds a forum and opens a thread with a
// picture; somebody on another server follows the forum and answers; the consumer
// hears of it, answers back, edits, finds the thread again, and in the end takes
// everything along and deletes the account.
func TestBrowser(t *testing.T) {
	t.Parallel()
	needChromium(t)
	for _, c := range []struct {
		name   string
		size   screen
		script bool
	}{{"phone", phone, true}, {"desktop", desktop, true}, {"without JavaScript", phone, false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			j := &journey{t: t, home: newProcess(t).start(), away: newProcess(t).start(), size: c.size, script: c.script}
			j.setUp()
			j.followFromAway()
			j.register()
			lea := j.signIn(j.home, "lea", "fr")
			j.openThread(lea)
			j.answer(lea)
			j.replyAndSupport(lea)
			j.edit(lea)
			j.find(lea)
			j.leave(lea)
		})
	}
}

// journey is the way of a consumer through the whole product.
type journey struct {
	t          *testing.T
	home, away *process
	size       screen
	script     bool   // the browsers run JavaScript
	thread     string // path
}

// browser opens a window at a server.
func (j *journey) browser(p *process, language string) *browser {
	j.t.Helper()
	b := newBrowser(j.t, "http://"+p.addr, j.size, language)
	if !j.script {
		command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	}
	return b
}

// signIn opens a window for somebody who has an account.
func (j *journey) signIn(p *process, name, language string) *browser {
	j.t.Helper()
	b := j.browser(p, language)
	b.open("/login")
	b.enter(name)
	return b
}

// enter fills the form to sign in.
func (b *browser) enter(name string) {
	b.t.Helper()
	b.write("#name", name)
	b.write("#password", "correct horse battery")
	b.press("form[action='/login'] .loud")
}

// setUp follows the printed link, becomes the administrator and opens a forum.
func (j *journey) setUp() {
	j.t.Helper()
	boss := j.browser(j.home, "en")
	boss.open(j.home.linkIn("/setup/"))
	boss.write("#name", "boss")
	boss.write("#email", "boss@mail.example")
	boss.write("#password", "correct horse battery")
	boss.press("form.form .loud")
	boss.write("#name", "telecoms")
	boss.write("#title", "Télécoms et internet")
	boss.write("#summary", "Fibre, mobile, box : **retards**, pannes et factures.")
	boss.press("form.form .loud")
	boss.sees("Télécoms et internet", "@telecoms@"+j.home.addr)
}

// followFromAway presses a visitor's button, names the other server, signs in
// there and follows the forum from there.
func (j *journey) followFromAway() {
	j.t.Helper()
	client := j.away.person("max")
	max := j.browser(j.home, "en")
	max.open("/f/telecoms")
	max.press("a.btn[href*='do=follow']")
	max.write("#server", j.away.addr)
	max.press("form[action='/interact'] .loud")
	max.enter("max")
	max.sees("telecoms@" + j.home.addr)
	max.press("form[action^='/f/telecoms@'] button")
	forumtest.Eventually(j.t, patience, "the Accept", func() bool {
		_, f := client.api(http.MethodGet, "/forums/telecoms@"+j.home.addr, nil)
		return f["following"] == "accepted"
	})
}

// register opens an account and confirms it by the link in the mail.
func (j *journey) register() {
	j.t.Helper()
	b := j.browser(j.home, "fr")
	b.open("/")
	b.open("/register")
	b.write("#name", "lea")
	b.write("#email", "lea@mail.example")
	b.write("#password", "correct horse battery")
	b.press("form.form .loud")
	b.sees("lea@mail.example")
	forumtest.Eventually(j.t, patience, "the mail", func() bool { return strings.Contains(j.home.log.String(), "mail to lea@mail.example") })
	b.open(j.home.linkIn("/link/"))
	b.press("form.form .loud")
	b.sees("Votre adresse est confirmée")
}

// openThread finds the forum, writes a thread with a picture, looks at its preview
// and publishes it.
func (j *journey) openThread(b *browser) {
	j.t.Helper()
	b.open("/forums")
	b.press("a[href='/f/telecoms']")
	b.press("a[href='/f/telecoms/new']")
	b.do(chromedp.Click(chromedp.CSS("input[name=kind][value=grievance]")))
	b.do(chromedp.SetAttributeValue(chromedp.CSS("#experienced_on"), "value", time.Now().Add(-48*time.Hour).Format(time.DateOnly)))
	b.write("#title", "Box : jamais arrivée")
	b.write("#body", "Commandée **en mars**.\n\nRien depuis.")
	j.attach(b)
	b.press("button[name=preview]")
	b.sees("Commandée en mars.")
	b.press("form.form .loud")
	b.sees("Box : jamais arrivée", "Commandée en mars.", "Rien depuis.")
	if alt := ask(b, chromedp.Evaluate[string](`document.querySelector(".gallery img").alt`)); alt != "Le bon de commande" {
		j.t.Errorf("the picture's description is %q", alt)
	}
	j.thread = strings.TrimPrefix(b.address(), b.base)
}

// attach adds a picture to the form, by the button that uploads it at once or,
// without a script, with the form.
func (j *journey) attach(b *browser) {
	j.t.Helper()
	file := filepath.Join(j.t.TempDir(), "order.png")
	if err := os.WriteFile(file, drawn(j.t), 0o600); err != nil {
		j.t.Fatal(err)
	}
	if !j.script {
		b.do(chromedp.Click(chromedp.CSS("[data-slots] summary")))
		b.do(chromedp.SetUploadFiles(chromedp.CSS("[name=picture-1]"), []string{file}))
		b.write("[name=new-alt-1]", "Le bon de commande")
		return
	}
	b.do(chromedp.SetUploadFiles(chromedp.CSS("[data-drop] input"), []string{file}))
	b.do(chromedp.WaitVisible(chromedp.CSS(".picture textarea")))
	b.write(".picture textarea", "Le bon de commande")
}

// drawn is a picture in PNG form.
func drawn(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 60, 40))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// answer has somebody on the other server find the thread in the forum followed
// there and answer it; the answer shows on the page that is open here, by itself
// where there are scripts, and among the notifications.
func (j *journey) answer(lea *browser) {
	j.t.Helper()
	max := j.signIn(j.away, "max", "en")
	forumtest.Eventually(j.t, patience, "the thread on the other server", func() bool {
		max.open("/f/telecoms@" + j.home.addr)
		return strings.Contains(max.text(), "Box : jamais arrivée")
	})
	max.press(".item h2 a")
	max.sees("Box : jamais arrivée", "@lea@"+j.home.addr)
	max.write("#answer textarea", "Same here since Monday")
	max.press("#answer .loud")
	max.sees("Same here since Monday")
	if j.script {
		lea.do(chromedp.WaitVisible(chromedp.CSS(".live a")))
		lea.press(".live a")
	} else {
		forumtest.Eventually(j.t, patience, "the answer on the page", func() bool {
			lea.open(j.thread)
			return strings.Contains(lea.text(), "Same here since Monday")
		})
	}
	lea.sees("Same here since Monday", "@max@"+j.away.addr, "1 réponse")
	lea.open("/notifications")
	lea.sees("max vous a répondu")
	lea.open(j.thread)
}

// replyAndSupport answers the reply and supports it.
func (j *journey) replyAndSupport(b *browser) {
	j.t.Helper()
	b.press(".reply .under a.btn.quiet")
	b.write("#body", "Depuis lundi aussi.")
	b.press("form.form .loud")
	b.sees("Depuis lundi aussi.")
	b.press(".reply form[action$=support] button")
	b.sees("1")
	b.do(chromedp.WaitVisible(chromedp.CSS(".reply form[action$=support] button[aria-pressed=true]")))
}

// edit adds to the thread; readers see that, here and on the other server.
func (j *journey) edit(b *browser) {
	j.t.Helper()
	id, _, _ := strings.Cut(j.thread, "-")
	b.open(id + "/edit")
	b.write("#body", "\n\nRemboursée en mai.")
	b.press("form.form .loud")
	b.sees("Remboursée en mai.", "modifié")
	max := j.signIn(j.away, "max", "en")
	forumtest.Eventually(j.t, patience, "the edit on the other server", func() bool {
		max.open("/f/telecoms@" + j.home.addr)
		max.press(".item h2 a")
		return strings.Contains(max.text(), "Remboursée en mai.")
	})
}

// find searches for the thread with an accent that is wrong and one that is
// missing.
func (j *journey) find(b *browser) {
	j.t.Helper()
	b.open("/search")
	b.write("main input[name=q]", "bôx jamais arrivee")
	b.press("main form[role=search] .btn")
	b.sees("Box : jamais arrivée")
	b.press("main article a[href^='/t/']")
	b.sees("Remboursée en mai.")
}

// leave takes everything along and deletes the account; of the thread nothing is
// left, here or on the other server.
func (j *journey) leave(b *browser) {
	j.t.Helper()
	b.open("/settings")
	archive := ask(b, chromedp.Evaluate[string](`fetch(document.querySelector("#export a").href).then(async (r) => r.headers.get("Content-Type") + " " + new TextDecoder().decode((await r.arrayBuffer()).slice(0, 2)))`, chromedp.EvalAwaitPromise))
	if archive != "application/zip PK" {
		j.t.Errorf("the archive is %q", archive)
	}
	b.write("#confirmation", "correct horse battery")
	b.write("#delete_name", "lea") // at once
	b.press("#delete form .btn")
	id, _, _ := strings.Cut(j.thread, "-")
	b.open(id)
	if text := b.text(); strings.Contains(text, "Remboursée") {
		j.t.Errorf("the deleted thread still says\n%s", text)
	}
	max := j.signIn(j.away, "max", "en")
	forumtest.Eventually(j.t, patience, "the other server to forget the thread", func() bool {
		max.open("/f/telecoms@" + j.home.addr)
		return !strings.Contains(max.text(), "jamais arrivée")
	})
}

// signIn opens a browser for someone who has an account.
func signIn(t *testing.T, p *process, name string, size screen, language string) *browser {
	t.Helper()
	b := newBrowser(t, "http://"+p.addr, size, language)
	b.open("/login")
	b.enter(name)
	return b
}

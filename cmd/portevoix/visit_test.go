package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"portevoix/forum/forumtest"
)

// TestBrowser does what people do, in a real browser: a server's first
// administrator sets it up, a consumer registers by a mailed link and opens a
// thread, somebody on another server follows the forum and answers, and all of
// it shows on the page.
func TestBrowser(t *testing.T) {
	for _, c := range []struct {
		name string
		size screen
	}{{"phone", phone}, {"desktop", desktop}} {
		t.Run(c.name, func(t *testing.T) {
			needChromium(t)
			home, away := newProcess(t).start(), newProcess(t).start()
			setUp(t, home, c.size)
			max := away.person("max")
			remote := "telecoms@" + home.addr
			if status, out := max.api(http.MethodPost, "/forums/"+remote+"/follow", nil); status != http.StatusOK {
				t.Fatalf("follow: %d %v", status, out)
			}
			forumtest.Eventually(t, patience, "the Accept", func() bool {
				_, f := max.api(http.MethodGet, "/forums/"+remote, nil)
				return f["following"] == "accepted"
			})
			register(t, home, c.size)
			lea := signIn(t, home, "lea", c.size, "fr")
			openThread(lea)
			thread := strings.TrimPrefix(lea.address(), lea.base)
			answerFromAway(signIn(t, away, "max", c.size, "en"), remote, home.addr)
			forumtest.Eventually(t, patience, "the answer on the page", func() bool {
				lea.open(thread)
				return strings.Contains(lea.text(), "Same here since Monday")
			})
			lea.sees("@max@"+away.addr, "1 réponse")
			lea.open("/notifications")
			lea.sees("max vous a répondu")
			lea.open(thread)
			replyAndSupport(lea)
		})
	}
}

// setUp follows the printed link, becomes the administrator and opens a forum.
func setUp(t *testing.T, home *process, size screen) {
	t.Helper()
	boss := newBrowser(t, "http://"+home.addr, size, "en")
	boss.open(home.linkIn("/setup/"))
	boss.write("#name", "boss")
	boss.write("#email", "boss@mail.example")
	boss.write("#password", "correct horse battery")
	boss.press("form.form .loud")
	boss.write("#name", "telecoms")
	boss.write("#title", "Télécoms et internet")
	boss.write("#summary", "Fibre, mobile, box : **retards**, pannes et factures.")
	boss.press("form.form .loud")
	boss.sees("Télécoms et internet", "@telecoms@"+home.addr)
}

// register opens an account and confirms it by the link in the mail.
func register(t *testing.T, home *process, size screen) {
	t.Helper()
	b := newBrowser(t, "http://"+home.addr, size, "fr")
	b.open("/")
	b.open("/register")
	b.write("#name", "lea")
	b.write("#email", "lea@mail.example")
	b.write("#password", "correct horse battery")
	b.press("form.form .loud")
	b.sees("lea@mail.example")
	forumtest.Eventually(t, patience, "the mail", func() bool { return strings.Contains(home.log.String(), "mail to lea@mail.example") })
	b.open(home.linkIn("/link/"))
	b.press("form.form .loud")
	b.sees("Votre adresse est confirmée")
}

// signIn opens a browser for someone who has an account.
func signIn(t *testing.T, p *process, name string, size screen, language string) *browser {
	t.Helper()
	b := newBrowser(t, "http://"+p.addr, size, language)
	b.open("/login")
	b.write("#name", name)
	b.write("#password", "correct horse battery")
	b.press("form[action='/login'] .loud")
	return b
}

// openThread writes a thread, looks at its preview and publishes it.
func openThread(b *browser) {
	b.t.Helper()
	b.open("/f/telecoms/new")
	b.do(chromedp.Click(chromedp.CSS("input[name=kind][value=grievance]")))
	b.write("#title", "Box : jamais arrivée")
	b.write("#body", "Commandée **en mars**.\n\nRien depuis.")
	b.press("button[name=preview]")
	b.sees("Commandée en mars.")
	b.press("form.form .loud")
	b.sees("Box : jamais arrivée", "Commandée en mars.", "Rien depuis.")
}

// answerFromAway finds the thread in the followed forum, on another server, and
// answers it there.
func answerFromAway(b *browser, remote, host string) {
	b.t.Helper()
	forumtest.Eventually(b.t, patience, "the thread on the other server", func() bool {
		b.open("/f/" + remote)
		return strings.Contains(b.text(), "Box : jamais arrivée")
	})
	b.press(".item h2 a")
	b.sees("Box : jamais arrivée", "@lea@"+host)
	b.write("#answer textarea", "Same here since Monday")
	b.press("#answer .loud")
	b.sees("Same here since Monday")
}

// replyAndSupport answers a reply, supports it, and takes that back.
func replyAndSupport(b *browser) {
	b.t.Helper()
	b.press(".reply .under a.btn.quiet")
	b.write("#body", "Depuis lundi aussi.")
	b.press("form.form .loud")
	b.sees("Depuis lundi aussi.")
	b.press(".reply form[action$=support] button")
	b.sees("1")
	b.do(chromedp.WaitVisible(chromedp.CSS(".reply form[action$=support] button[aria-pressed=true]")))
}

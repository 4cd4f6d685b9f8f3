package main

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"portevoix/storage/storagetest"
)

// TestGallery looks at every page of a demo server, several at once. The server is
// built without the race detector, which has every other test to find something
// in, and would make this one the longest by far.
func TestGallery(t *testing.T) {
	needChromium(t)
	p := newProcess(t, "PORTEVOIX_REGISTRATION_MODE=approval", "PORTEVOIX_REGISTRATION_GUESTS=allowed")
	p.binary = plainBinary
	p.must("demo")
	p.start()
	pages := gallery(p)
	galleryIsWhole(t, pages)
	for _, language := range []string{"en", "fr"} {
		t.Run("screenshots/"+language, func(t *testing.T) {
			t.Parallel()
			takeScreenshots(t, p, pages, language)
		})
	}
	t.Run("redaction", func(t *testing.T) {
		t.Parallel()
		redact(signIn(t, p, "boss", phone, "fr"), pages["document"].path)
	})
	for who, signedIn := range map[string]bool{"visitor": false, "member": true} {
		t.Run("accessibility/"+who, func(t *testing.T) {
			t.Parallel()
			examine(t, p, pages, signedIn)
		})
	}
}

// notInGallery are the routes of no page in the gallery, and why.
var notInGallery = map[string]string{
	"/t/{id:[0-9]+}-{slug}": "as without the slug", "/new": "leads to the form of a forum", "/authorize_interaction": "leads on",
	"/moderation/peers/rules.csv": "a file", "/moderation/peers/lists/{id:[0-9]+}": "see TestPeerListsInBrowser", "/settings/export": "a file", "/dossiers/{id:[0-9]+}.zip": "a file", "/evidence/{key:[a-z0-9]+}": "a file",
	"/modlog/{id:[0-9]+}": "a line of the log by itself",
	"/setup/{token}":      "see TestPagesBehindLinks", "/guest/{token}": "likewise", "/participation/{token}": "likewise", "/link/{token}": "likewise", "/represent/{token}": "likewise", "/c/{handle}/threats": "likewise", "/case/{token}": "likewise", "/login/second": "likewise",
	"/t/{id:[0-9]+}/answer": "see TestStoryInBrowser", "/oauth/authorize": "see TestConsentInBrowser",
	"/login/identity": "leads to the provider", "/login/identity/callback": "leads on", "/register/identity": "needs a provider, see TestIdentityPages",
	"/t/{id:[0-9]+}/complete": "needs a case opened elsewhere", "/unsubscribe/{token}": "see TestNotificationMail",
}

// galleryIsWhole holds that every page is looked at.
func galleryIsWhole(t *testing.T, pages map[string]galleryPage) {
	t.Helper()
	variable := regexp.MustCompile(`\\\{[^}]*\\\}`)
	for _, route := range routesIn(t, "get") {
		shape := regexp.MustCompile("^" + variable.ReplaceAllString(regexp.QuoteMeta(regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(route, "{}")), "[^/]+") + "$")
		shown := false
		for _, page := range pages {
			path, _, _ := strings.Cut(page.path, "?")
			shown = shown || shape.MatchString(path)
		}
		if _, left := notInGallery[route]; shown == left {
			t.Errorf("%s: in the gallery %v, left out of it %v", route, shown, left)
		}
	}
}

// examine checks pages with axe-core, in both themes: no violation of WCAG 2.2 AA
// nor of its best practices.
func examine(t *testing.T, p *process, pages map[string]galleryPage, signedIn bool) {
	axe := axeScript(t)
	var b *browser
	if signedIn {
		b = signIn(t, p, "boss", phone, "fr")
	} else {
		b = newBrowser(t, "http://"+p.addr, phone, "fr")
	}
	b.resize(tall)
	for name, page := range pages {
		if page.signedIn != signedIn {
			continue
		}
		b.open(page.path)
		for _, theme := range []string{"light", "dark"} {
			b.theme(theme)
			for _, violation := range ask(b, chromedp.Evaluate[[]string](axe+axeRun, chromedp.EvalAwaitPromise)) {
				t.Errorf("%s (%s), %s: %s", name, page.path, theme, violation)
			}
		}
	}
}

// redact covers parts of a document, with the pointer and with keys, and takes one of
// the boxes away.
func redact(b *browser, path string) {
	b.open(path)
	b.do(chromedp.WaitVisible(`.redact canvas`), chromedp.ScrollIntoView(`.redact canvas`))
	corner := ask(b, chromedp.Evaluate[[]float64](`(() => { const r = document.querySelector(".redact canvas").getBoundingClientRect(); return [r.x, r.y, r.width, r.height] })()`))
	at := func(x, y float64) (float64, float64) { return corner[0] + x*corner[2], corner[1] + y*corner[3] }
	x, y := at(.1, .1)
	toX, toY := at(.5, .2)
	for _, e := range []input.DispatchMouseEventParams{
		{Type: "mousePressed", X: x, Y: y, Button: input.MouseButtonLeft, Buttons: 1, ClickCount: 1}, {Type: "mouseMoved", X: toX, Y: toY, Button: input.MouseButtonLeft, Buttons: 1}, {Type: "mouseReleased", X: toX, Y: toY, Button: input.MouseButtonLeft, Buttons: 1, ClickCount: 1},
	} {
		command(b, input.DispatchMouseEvent, e)
	}
	status := func() string {
		return ask(b, chromedp.Evaluate[string](`document.querySelector("[data-status]").textContent`))
	}
	if got := status(); !strings.Contains(got, "1/1: 10 %, 10 %, 40 × 10 %") {
		b.t.Errorf("a box was drawn: %q", got)
	}
	for _, keys := range []string{kb.Enter, kb.ArrowRight, kb.ArrowDown} {
		b.do(chromedp.SendKeys(`.redact canvas`, keys))
	}
	if got := status(); !strings.Contains(got, "2/2: 42 %, 47 %, 20 × 10 %") {
		b.t.Errorf("a box was moved by keys: %q", got)
	}
	b.do(chromedp.SendKeys(`.redact canvas`, kb.Enter), chromedp.SendKeys(`.redact canvas`, kb.Delete))
	if got := status(); !strings.Contains(got, "2/2") {
		b.t.Errorf("a box was taken away: %q", got)
	}
	if got := ask(b, chromedp.Evaluate[string](`[...new FormData(document.querySelector(".redact"))].map(([n, v]) => n + "=" + v).join(" ")`)); got != "left-1=10.00 top-1=10.00 width-1=40.00 height-1=10.00 cover-1=black left-2=42.00 top-2=47.00 width-2=20.00 height-2=10.00 cover-2=black" {
		b.t.Errorf("what would be sent is %s", got)
	}
}

// axeScript reads axe-core: from PORTEVOIX_TEST_AXE, the file axe.min.js of the
// npm package.
func axeScript(t *testing.T) string {
	t.Helper()
	file := os.Getenv("PORTEVOIX_TEST_AXE")
	if file == "" {
		storagetest.Skip(t, "needs axe-core: npm install axe-core, and PORTEVOIX_TEST_AXE=…/axe.min.js")
	}
	script, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// axeRun lists what is wrong, with the first place where it is.
const axeRun = `;axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r =>
	r.violations.map(v => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? "")).join(" | ")))`

// takeScreenshots makes a picture of every page in both themes, on a phone and a
// desktop, for people to look at, where PORTEVOIX_TEST_SCREENSHOTS names a
// directory. Without one it still holds that every page fits the smallest window
// and breaks none of its own rules.
func takeScreenshots(t *testing.T, p *process, pages map[string]galleryPage, language string) {
	dir := os.Getenv("PORTEVOIX_TEST_SCREENSHOTS")
	visitor := newBrowser(t, "http://"+p.addr, desktop, language)
	member := signIn(t, p, "boss", desktop, language)
	for name, page := range pages {
		b := visitor
		if page.signedIn {
			b = member
		}
		b.open(page.path)
		for _, size := range []screen{smallest, phone, desktop} {
			b.resize(size)
			b.check()
			for _, theme := range []string{"light", "dark"} {
				if dir != "" && size != smallest {
					b.theme(theme)
					b.screenshot(screenshotName(dir, name, language, theme, size))
				}
			}
		}
	}
}

// galleryPage is a page worth a picture.
type galleryPage struct {
	path     string
	signedIn bool
}

// gallery makes things happen on a demo server, so that no page of it is empty
// by accident, and lists its pages.
func gallery(p *process) map[string]galleryPage {
	p.t.Helper()
	boss := p.person("boss", "--role", "admin")
	victor := p.person("victor")
	thread := victor.list("/threads?sort=active&kind=grievance&limit=1")[0]
	path := "/t/" + text(thread, "id")
	own := boss.startThread(text(thread, "forum"), "Two bills for one month, and nobody answers the phone", "They took **44.50 €** twice.\n\n- 2 March\n- 4 March\n\n> We will call you back.\n\nNobody did.")
	boss.submit("/t/"+text(own, "id")+"/edit", url.Values{"title": {"Two bills for one month"}, "body": {"They took **44.50 €** twice. Edited. #Réclamation #bills #energy #phone"}, "language": {"en"}})
	_, reply := victor.api(http.MethodPost, "/threads/"+text(own, "id")+"/replies", map[string]any{"body": "Same here, @boss"})
	victor.api(http.MethodPost, "/threads/"+text(own, "id")+"/support", nil)
	victor.api(http.MethodPost, "/threads/"+text(own, "id")+"/boost", nil)
	for _, name := range []string{"camille", "noor"} {
		p.person(name).api(http.MethodPost, "/threads/"+text(own, "id")+"/support", nil)
	}
	illustrated := boss.illustrated(text(thread, "forum"))
	boss.portray()
	_, scheduled := boss.api(http.MethodPost, "/threads", map[string]any{"forum": text(thread, "forum"), "kind": "grievance", "case": map[string]any{"experienced_on": "2026-03-01"}, "title": "Still no answer after a month", "body": "I wrote **three times**.", "scheduled_at": time.Now().AddDate(0, 0, 3)})
	victor.submit(path+"/report", url.Values{"words": {"This looks like an advertisement."}})
	boss.api(http.MethodPost, "/forums/"+text(thread, "forum")+"/follow", nil)
	boss.api(http.MethodPost, "/threads/"+text(own, "id")+"/feature", nil)
	boss.submit("/f/"+text(thread, "forum")+"/bans", url.Values{"who": {"noor"}, "reason": {"Three advertisements in one day."}, "days": {"7"}})
	other := boss.list("/forums?limit=2")
	boss.submit("/f/"+text(thread, "forum")+"/sources", url.Values{"source": {text(other[0], "name")}})
	boss.submit("/f/"+text(thread, "forum")+"/sources", url.Values{"source": {text(other[1], "name")}})
	boss.submit("/forums/new", url.Values{"name": {"preparation"}, "title": {"What we prepare"}, "summary": {"The letter to *Exemple Télécom*, before it goes out."}, "private": {"true"}, "joinable": {"true"}})
	victor.submit("/f/preparation/membership", url.Values{"on": {"true"}, "reason": {"I have the same contract, and time on Tuesdays."}})
	boss.submit("/f/preparation/members", url.Values{"account": {"noor"}})
	_, prepared := boss.api(http.MethodPost, "/threads", map[string]any{"forum": "preparation", "kind": "discussion", "title": "A first draft of the letter", "body": "Please read it until *Friday*."})
	boss.submit("/settings/security/begin", nil)
	boss.submit("/settings/filters", url.Values{"kind": {"words"}, "value": {"Black Friday"}, "action": {"warn"}, "days": {"7"}})
	boss.submit("/settings/filters", url.Values{"kind": {"server"}, "value": {"spam.example"}, "action": {"hide"}, "days": {"0"}})
	visitor := *victor
	visitor.browser = &http.Client{Timeout: patience}
	visitor.submit("/register", url.Values{"name": {"newcomer"}, "email": {"new@mail.example"}, "application": {"I would like to tell of my bank."}})
	petition, letter, draft := boss.actions(text(thread, "forum"))
	told := "/t/" + text(victor.list("/threads?kind=grievance&limit=1")[0], "id")
	boss.submit(told+"/dossier", nil)
	mine := "/t/" + text(own, "id")
	_, added := boss.api(http.MethodPost, "/webhooks", map[string]any{"url": "https://bot.example/portevoix", "events": []string{"thread.created", "case.state_changed"}})
	hook := "/webhooks/" + text(added, "id")
	boss.api(http.MethodPost, hook+"/test", nil)
	_, listed := boss.api(http.MethodPost, "/lists", map[string]any{"title": "What I keep an eye on"})
	list := "/lists/" + text(listed, "id")
	boss.api(http.MethodPut, list+"/members/"+text(thread, "forum"), nil)
	document := "/evidence/" + text(boss.sendFiles("/threads/"+text(own, "id")+"/evidence", url.Values{"kind": {"invoice"}, "words": {"The bill of March"}}, map[string][]byte{"file": drawing(p.t, 500, 700)}), "key") + "/about"
	return map[string]galleryPage{
		"evidence": {path: mine + "/evidence", signedIn: true}, "document": {path: document, signedIn: true},
		"concerns": {path: told + "/concerns", signedIn: true}, "co-claim": {path: path + "/co-claim", signedIn: true}, "co-claim-visitor": {path: path + "/co-claim"},
		"counted": {path: petition + "/counted"}, "counted-moderate": {path: petition + "/counted/moderate?tier=paper", signedIn: true}, "action-figures": {path: petition + "/figures"}, "company-figures": {path: "/c/about_exemple_telecom/figures"},
		"webhooks": {path: "/f/" + text(thread, "forum") + "/webhooks", signedIn: true}, "webhooks-server": {path: "/moderation/webhooks", signedIn: true}, "webhook": {path: hook, signedIn: true},
		"represent": {path: "/c/about_exemple_telecom/represent", signedIn: true}, "action-dossier": {path: petition + "/dossier", signedIn: true},
		"private-forum": {path: "/f/preparation", signedIn: true}, "private-thread": {path: "/t/" + text(prepared, "id"), signedIn: true}, "members": {path: "/f/preparation/members?state=asked", signedIn: true}, "inside": {path: "/forums/inside", signedIn: true},
		"server-bans": {path: "/moderation/bans", signedIn: true}, "peer-new": {path: "/moderation/peers/new", signedIn: true}, "quotes": {path: mine + "/quotes", signedIn: true},
		"guides": {path: "/guides"}, "guide": {path: "/guides/fr"}, "figures": {path: "/f/" + text(thread, "forum") + "/figures"}, "figures-about": {path: "/about/figures"}, "data": {path: "/data"},
		"dossier": {path: told + "/dossier", signedIn: true}, "forum-embed": {path: "/f/" + text(thread, "forum") + "/embed"},
		"actions": {path: "/actions"}, "actions-member": {path: "/actions", signedIn: true}, "actions-none": {path: "/actions?kind=video"}, "action": {path: petition}, "action-member": {path: petition, signedIn: true},
		"action-former": {path: petition + "/v1"}, "action-new": {path: "/actions/new", signedIn: true}, "action-edit": {path: draft + "/edit", signedIn: true}, "action-draft": {path: draft, signedIn: true},
		"action-desk": {path: petition + "/desk", signedIn: true}, "letter": {path: letter + "/letter"}, "action-letter": {path: letter, signedIn: true}, "action-embed": {path: petition + "/embed"},
		"companies": {path: "/companies"}, "company": {path: "/c/about_exemple_telecom"}, "company-member": {path: "/c/about_exemple_telecom", signedIn: true},
		"company-new": {path: "/companies/new?name=exemple", signedIn: true}, "company-settings": {path: "/c/about_exemple_telecom/settings", signedIn: true},
		"case": {path: "/t/" + text(own, "id") + "/state"}, "case-author": {path: "/t/" + text(own, "id") + "/state", signedIn: true},
		"front": {path: "/"}, "front-member": {path: "/", signedIn: true}, "front-new": {path: "/?sort=new&kind=question"},
		"forums": {path: "/forums"}, "forum": {path: "/f/" + text(thread, "forum")}, "forum-member": {path: "/f/" + text(thread, "forum"), signedIn: true},
		"forum-new": {path: "/forums/new", signedIn: true}, "forum-settings": {path: "/f/" + text(thread, "forum") + "/settings", signedIn: true},
		"thread": {path: path}, "thread-member": {path: path, signedIn: true}, "thread-own": {path: "/t/" + text(own, "id"), signedIn: true},
		"reply": {path: "/p/" + text(reply, "id")}, "reply-to": {path: "/p/" + text(reply, "id") + "/reply", signedIn: true},
		"guest": {path: path + "/guest"}, "right-of-reply": {path: path + "/right-of-reply"}, "messages": {path: "/messages", signedIn: true},
		"pictures": {path: illustrated}, "pictures-edit": {path: illustrated + "/edit", signedIn: true},
		"history": {path: "/t/" + text(own, "id") + "/history"}, "edit": {path: "/t/" + text(own, "id") + "/edit", signedIn: true},
		"delete": {path: "/t/" + text(own, "id") + "/delete", signedIn: true}, "remove": {path: path + "/delete", signedIn: true},
		"report": {path: path + "/report", signedIn: true}, "lists": {path: "/lists", signedIn: true}, "list": {path: list, signedIn: true}, "report-person": {path: "/u/victor/report", signedIn: true}, "compose": {path: "/f/" + text(thread, "forum") + "/new", signedIn: true},
		"drafts": {path: "/drafts", signedIn: true}, "held": {path: "/drafts/" + text(scheduled, "id"), signedIn: true},
		"person": {path: "/u/boss"}, "person-replies": {path: "/u/" + text(thread["author"].(map[string]any), "handle") + "?show=replies", signedIn: true},
		"alerts": {path: "/settings/notifications", signedIn: true},
		"home":   {path: "/home", signedIn: true}, "notifications": {path: "/notifications", signedIn: true}, "notifications-none": {path: "/notifications?kind=follow&unread=1", signedIn: true}, "settings": {path: "/settings", signedIn: true}, "security": {path: "/settings/security", signedIn: true}, "filters": {path: "/settings/filters", signedIn: true}, "import": {path: "/settings/import", signedIn: true}, "move": {path: "/settings/move", signedIn: true}, "moderation": {path: "/moderation", signedIn: true}, "bans": {path: "/f/" + text(thread, "forum") + "/bans?who=camille", signedIn: true}, "sources": {path: "/f/" + text(thread, "forum") + "/sources", signedIn: true}, "peers": {path: "/moderation/peers", signedIn: true}, "peer": {path: "/moderation/peers/far.example", signedIn: true}, "peers-import": {path: "/moderation/peers/import", signedIn: true}, "peers-lists": {path: "/moderation/peers/lists", signedIn: true}, "peers-relays": {path: "/moderation/peers/relays", signedIn: true},
		"register": {path: "/register"}, "login": {path: "/login?back=/new"}, "about": {path: "/about"}, "modlog": {path: "/modlog", signedIn: true}, "modlog-visitor": {path: "/f/" + text(thread, "forum") + "/modlog"}, "modlog-none": {path: "/modlog?kind=stopped"}, "namespace": {path: "/ns"}, "api-docs": {path: "/api/docs"}, "style": {path: "/about/style"},
		"interact": {path: "/interact?do=support&uri=" + url.QueryEscape(text(own, "uri"))}, "interact-follow": {path: "/interact?do=follow&uri=" + url.QueryEscape("http://"+p.addr+"/f/"+text(thread, "forum"))},
		"share": {path: path + "/share"}, "share-in": {path: "/share?title=News&text=They+admit+it&url=https%3A%2F%2Fnews.example%2F1", signedIn: true},
		"embed": {path: path + "/embed"}, "offline": {path: "/offline?lang=fr"},
		"search": {path: "/search?q=box"}, "search-member": {path: "/search?q=paid&lang=en", signedIn: true}, "search-help": {path: "/search"},
		"search-nothing": {path: "/search?q=unicorns&kind=review"}, "search-forums": {path: "/search?q=ban&type=forums"}, "search-people": {path: "/search?q=boss&type=people"},
		"tag": {path: "/tags/reclamation"}, "tag-member": {path: "/tags/reclamation", signedIn: true}, "tag-empty": {path: "/tags/unicorns"}, "front-tag": {path: "/?tag=bills"},
		"search-address": {path: "/search?q=" + url.QueryEscape("!forum@nowhere.example")},
		"not-found":      {path: "/nowhere"}, "forbidden": {path: "/moderation"},
	}
}

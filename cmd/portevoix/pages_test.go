package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
)

// village is a server with somebody in every role: lea writes, mia moderates,
// ada administers, max looks on.
type village struct {
	*inProcess
	thread, other, reply string // ids
	visitor, lea, mia    *textBrowser
	ada, max             *textBrowser
}

func newVillage(t *testing.T, change func(*config.Config)) *village {
	t.Helper()
	v := &village{inProcess: startInProcess(t, func(c *config.Config) {
		c.Limits.WritesPerMinute, c.Limits.SignInsPerHour, c.Limits.RegistrationsPerHour = 0, 0, 0
		if change != nil {
			change(c)
		}
	})}
	lea := v.account("lea")
	for _, name := range []string{"mia", "ada", "max"} {
		v.account(name)
	}
	if err := v.service.SetRole(t.Context(), forum.Operator(), "ada", forum.Admin); err != nil {
		t.Fatal(err)
	}
	v.forum("telecoms", "mia")
	th := v.inProcess.thread(lea, "telecoms", "Léa’s bill: twice!")
	r, err := v.service.Reply(t.Context(), lea, forum.NewReply{ThreadID: th.ID, Body: "And **again**."})
	if err != nil {
		t.Fatal(err)
	}
	v.thread, v.reply, v.other = th.ID.String(), r.ID.String(), v.inProcess.thread(lea, "telecoms", "other").ID.String()
	v.visitor, v.lea, v.mia, v.ada, v.max = v.textBrowser(""), v.textBrowser("lea"), v.textBrowser("mia"), v.textBrowser("ada"), v.textBrowser("max")
	return v
}

// routesIn lists the addresses of forum/web/routes.go with a method.
func routesIn(t *testing.T, method string) []string {
	t.Helper()
	source, err := os.ReadFile("../../forum/web/routes.go")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, found := range regexp.MustCompile(`(?m)^\t`+method+`\("([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		list = append(list, found[1])
	}
	if len(list) < 20 {
		t.Fatalf("found only %v", list)
	}
	return list
}

// TestPagesByRole opens every page as a visitor, as a member (the author), as a
// moderator and as an administrator.
func TestPagesByRole(t *testing.T) {
	v := newVillage(t, nil)
	v.actions(t)
	const signIn = 303
	type row struct {
		path                              string
		visitor, member, moderator, admin int
	}
	tp := func(action string) []row { // the same for threads and replies
		rights := map[string]row{"history": {"", 200, 200, 200, 200}, "reply": {"", signIn, 200, 200, 200}, "edit": {"", signIn, 200, 403, 403}, "quotes": {"", signIn, 200, 403, 403},
			"delete": {"", signIn, 200, 200, 200}, "report": {"", signIn, 200, 200, 200}}[action]
		var list []row
		for _, path := range []string{"/t/" + v.thread, "/p/" + v.reply} {
			rights.path = path + "/" + action
			list = append(list, rights)
		}
		missing := row{"/t/42/" + action, 404, 404, 404, 404}
		if rights.visitor == signIn {
			missing.visitor = signIn
		}
		return append(list, missing)
	}
	pages := map[string][]row{
		"/":                                   {{"/", 200, 200, 200, 200}, {"/?sort=new&kind=grievance", 200, 200, 200, 200}, {"/?sort=x&kind=y", 200, 200, 200, 200}, {"/?after=rubbish", 422, 422, 422, 422}},
		"/forums":                             {{"/forums", 200, 200, 200, 200}},
		"/tags/{tag}":                         {{"/tags/bill", 200, 200, 200, 200}, {"/tags/42", 404, 404, 404, 404}},
		"/search":                             {{"/search", 200, 200, 200, 200}, {"/search?q=bill", 200, 200, 200, 200}, {"/search?q=lang:!", 422, 422, 422, 422}},
		"/f/{handle}":                         {{"/f/telecoms", 200, 200, 200, 200}, {"/f/nothing", 404, 404, 404, 404}, {"/f/lea", 404, 404, 404, 404}, {"/f/a%20b", 404, 404, 404, 404}, {"/f/x@elsewhere.example", 404, 404, 404, 404}},
		"/t/{id:[0-9]+}":                      {{"/t/" + v.thread, 200, 200, 200, 200}, {"/t/42", 404, 404, 404, 404}, {"/t/" + v.reply, 404, 404, 404, 404}, {"/t/99999999999999999999", 404, 404, 404, 404}},
		"/t/{id:[0-9]+}-{slug}":               {{"/t/" + v.thread + "-lea-s-bill-twice", 200, 200, 200, 200}, {"/t/" + v.thread + "-anything", 200, 200, 200, 200}},
		"/p/{id:[0-9]+}":                      {{"/p/" + v.reply, 200, 200, 200, 200}, {"/p/" + v.thread, 303, 303, 303, 303}, {"/p/42", 404, 404, 404, 404}},
		"/{kind:t|p}/{id:[0-9]+}/history":     tp("history"),
		"/u/{handle}":                         {{"/u/lea", 200, 200, 200, 200}, {"/u/lea?show=replies", 200, 200, 200, 200}, {"/u/nobody", 404, 404, 404, 404}, {"/u/telecoms", 404, 404, 404, 404}, {"/u/instance_actor", 404, 404, 404, 404}},
		"/u/{handle}/report":                  {{"/u/max/report", signIn, 200, 200, 200}, {"/u/nobody/report", 404, 404, 404, 404}, {"/u/telecoms/report", 404, 404, 404, 404}},
		"/lists":                              {{"/lists", signIn, 200, 200, 200}},
		"/lists/{id:[0-9]+}":                  {{"/lists/42", signIn, 404, 404, 404}},
		"/about":                              {{"/about", 200, 200, 200, 200}},
		"/actions":                            {{"/actions", 200, 200, 200, 200}, {"/actions?sort=ending&kind=letter&state=closed", 200, 200, 200, 200}, {"/actions?company=nobody", 404, 404, 404, 404}, {"/actions?after=rubbish", 422, 422, 422, 422}},
		"/actions/new":                        {{"/actions/new", signIn, 200, 200, 200}},
		"/a/{handle}":                         {{"/a/refund", 200, 200, 200, 200}, {"/a/draft", 404, 200, 404, 200}, {"/a/telecoms", 404, 404, 404, 404}, {"/a/a%20b", 404, 404, 404, 404}},
		"/a/{handle}/v{version:[0-9]+}":       {{"/a/refund/v1", 200, 200, 200, 200}, {"/a/refund/v2", 200, 200, 200, 200}, {"/a/refund/v3", 404, 404, 404, 404}},
		"/a/{handle}/edit":                    {{"/a/draft/edit", signIn, 200, 404, 200}, {"/a/refund/edit", signIn, 409, 409, 409}},
		"/a/{handle}/desk":                    {{"/a/refund/desk", signIn, 200, 200, 200}, {"/a/nothing/desk", signIn, 404, 404, 404}},
		"/a/{handle}/letter":                  {{"/a/refund/letter", 404, 404, 404, 404}},
		"/ns":                                 {{"/ns", 200, 200, 200, 200}},
		"/api/docs":                           {{"/api/docs", 200, 200, 200, 200}},
		"/about/figures":                      {{"/about/figures", 200, 200, 200, 200}},
		"/data":                               {{"/data", 200, 200, 200, 200}},
		"/{kind:f|c|a}/{handle}/figures":      {{"/f/telecoms/figures", 200, 200, 200, 200}, {"/c/telecoms/figures", 404, 404, 404, 404}, {"/f/nothing/figures", 404, 404, 404, 404}},
		"/t/{id:[0-9]+}/dossier":              {{"/t/" + v.thread + "/dossier", signIn, 404, 404, 404}}, // no case; see TestDossierPages
		"/a/{handle}/dossier":                 {{"/a/nothing/dossier", signIn, 404, 404, 404}},
		"/dossiers/{id:[0-9]+}.zip":           {{"/dossiers/42.zip", signIn, 404, 404, 404}},
		"/guides":                             {{"/guides", 200, 200, 200, 200}},
		"/guides/{country}":                   {{"/guides/fr", 200, 200, 200, 200}, {"/guides/eu", 200, 200, 200, 200}, {"/guides/nowhere", 404, 404, 404, 404}},
		"/oauth/authorize":                    {{"/oauth/authorize?client_id=unknown", 404, 404, 404, 404}},
		"/interact":                           {{"/interact?do=reply&uri=" + url.QueryEscape(v.base+"/t/"+v.thread), 200, 200, 200, 200}, {"/interact", 404, 404, 404, 404}},
		"/authorize_interaction":              {{"/authorize_interaction", signIn, 422, 422, 422}},
		"/share":                              {{"/share?text=x", signIn, 200, 200, 200}},
		"/t/{id:[0-9]+}/share":                {{"/t/" + v.thread + "/share", 200, 200, 200, 200}, {"/t/42/share", 404, 404, 404, 404}},
		"/new":                                {{"/new", signIn, 200, 200, 200}, {"/new?title=x&body=y", signIn, 200, 200, 200}},
		"/f/{handle}/new":                     {{"/f/telecoms/new", signIn, 200, 200, 200}, {"/f/nothing/new", signIn, 404, 404, 404}},
		"/messages":                           {{"/messages", signIn, 200, 200, 200}},
		"/drafts":                             {{"/drafts", signIn, 200, 200, 200}},
		"/drafts/{id:[0-9]+}":                 {{"/drafts/42", signIn, 404, 404, 404}}, // see TestUndo
		"/{kind:t|p}/{id:[0-9]+}/reply":       tp("reply"),
		"/{kind:t|p}/{id:[0-9]+}/guest":       {{"/t/" + v.thread + "/guest", 403, 303, 303, 303}, {"/t/42/guest", 404, 303, 303, 303}},       // not welcome; see TestGuestPages
		"/t/{id:[0-9]+}/evidence":             {{"/t/" + v.thread + "/evidence", 404, 404, 404, 404}, {"/t/42/evidence", 404, 404, 404, 404}}, // no case; see TestEvidencePages
		"/evidence/{key:[a-z0-9]+}":           {{"/evidence/guessed", 404, 404, 404, 404}},
		"/evidence/{key:[a-z0-9]+}/about":     {{"/evidence/guessed/about", 404, 404, 404, 404}},
		"/c/{handle}/represent":               {{"/c/about_nobody/represent", 404, 404, 404, 404}},
		"/c/{handle}/threats":                 {{"/c/about_nobody/threats", 404, 404, 404, 404}},
		"/represent/{token}":                  {{"/represent/rubbish", 404, 404, 404, 404}},
		"/t/{id:[0-9]+}/answer":               {{"/t/" + v.thread + "/answer", signIn, 403, 403, 403}, {"/t/42/answer", signIn, 404, 404, 404}},
		"/t/{id:[0-9]+}/concerns":             {{"/t/" + v.thread + "/concerns", signIn, 404, 404, 404}, {"/t/42/concerns", signIn, 404, 404, 404}}, // no case
		"/t/{id:[0-9]+}/right-of-reply":       {{"/t/" + v.thread + "/right-of-reply", 200, 200, 200, 200}, {"/t/42/right-of-reply", 404, 404, 404, 404}},
		"/guest/{token}":                      {{"/guest/rubbish", 404, 404, 404, 404}},
		"/t/{id:[0-9]+}/co-claim":             {{"/t/" + v.thread + "/co-claim", 409, 409, 409, 409}, {"/t/42/co-claim", 404, 404, 404, 404}}, // no case; see TestCountedPages
		"/participation/{token}":              {{"/participation/rubbish", 404, 404, 404, 404}},
		"/{kind:t|p}/{id:[0-9]+}/edit":        tp("edit"),
		"/{kind:t|p}/{id:[0-9]+}/quotes":      tp("quotes"),
		"/{kind:t|p}/{id:[0-9]+}/delete":      tp("delete"),
		"/{kind:t|p}/{id:[0-9]+}/report":      tp("report"),
		"/t/{id:[0-9]+}/state":                {{"/t/42/state", 404, 404, 404, 404}}, // see TestCasePages
		"/case/{token}":                       {{"/case/rubbish", 404, 404, 404, 404}},
		"/companies":                          {{"/companies", 200, 200, 200, 200}, {"/companies?after=rubbish", 422, 422, 422, 422}},
		"/companies/new":                      {{"/companies/new", signIn, 200, 200, 200}},
		"/c/{handle}":                         {{"/c/about_nothing", 404, 404, 404, 404}, {"/c/telecoms", 404, 404, 404, 404}}, // see TestCompanyPages
		"/c/{handle}/settings":                {{"/c/about_nothing/settings", signIn, 404, 404, 404}},
		"/t/{id:[0-9]+}/complete":             {{"/t/42/complete", 404, 404, 404, 404}},
		"/home":                               {{"/home", signIn, 200, 200, 200}, {"/home?sort=new", signIn, 200, 200, 200}, {"/home?after=rubbish", signIn, 422, 422, 422}},
		"/notifications":                      {{"/notifications", signIn, 200, 200, 200}, {"/notifications?after=rubbish", signIn, 422, 422, 422}},
		"/register":                           {{"/register", 200, 303, 303, 303}},
		"/login":                              {{"/login", 200, 303, 303, 303}, {"/login?back=/about", 200, 303, 303, 303}},
		"/link/{token}":                       {{"/link/rubbish", 404, 404, 404, 404}},
		"/setup/{token}":                      {{"/setup/rubbish", 404, 404, 404, 404}},
		"/settings":                           {{"/settings", signIn, 200, 200, 200}},
		"/login/second":                       {{"/login/second", 401, 303, 303, 303}},
		"/settings/filters":                   {{"/settings/filters", signIn, 200, 200, 200}},
		"/settings/notifications":             {{"/settings/notifications", signIn, 200, 200, 200}},
		"/unsubscribe/{token}":                {{"/unsubscribe/rubbish", 404, 404, 404, 404}},
		"/settings/move":                      {{"/settings/move", signIn, 200, 200, 200}},
		"/moderation/peers":                   {{"/moderation/peers", signIn, 403, 403, 200}, {"/moderation/peers?show=limited", signIn, 403, 403, 200}},
		"/moderation/peers/new":               {{"/moderation/peers/new", signIn, 403, 403, 200}},
		"/moderation/peers/import":            {{"/moderation/peers/import", signIn, 403, 403, 200}},
		"/moderation/peers/rules.csv":         {{"/moderation/peers/rules.csv", signIn, 403, 403, 200}},
		"/moderation/peers/lists":             {{"/moderation/peers/lists", signIn, 403, 403, 200}},
		"/moderation/peers/lists/{id:[0-9]+}": {{"/moderation/peers/lists/1", signIn, 403, 403, 404}},
		"/moderation/peers/relays":            {{"/moderation/peers/relays", signIn, 403, 403, 200}},
		"/moderation/peers/{host}":            {{"/moderation/peers/far.example", signIn, 403, 403, 200}, {"/moderation/peers/a%20b", signIn, 403, 403, 404}},
		"/settings/import":                    {{"/settings/import", signIn, 200, 200, 200}},
		"/settings/security":                  {{"/settings/security", signIn, 200, 200, 200}},
		"/settings/export":                    {{"/settings/export", signIn, 200, 200, 200}},
		"/moderation":                         {{"/moderation", signIn, 403, 200, 200}},
		"/moderation/bans":                    {{"/moderation/bans", signIn, 403, 403, 200}},
		"/modlog":                             {{"/modlog", 200, 200, 200, 200}, {"/modlog?kind=removed", 200, 200, 200, 200}, {"/modlog?kind=x&post=42", 200, 200, 200, 200}, {"/modlog?after=x", 404, 404, 404, 404}},
		"/modlog/{id:[0-9]+}":                 {{"/modlog/42", 404, 404, 404, 404}}, // see TestModlog
		"/f/{handle}/modlog":                  {{"/f/telecoms/modlog", 200, 200, 200, 200}, {"/f/nothing/modlog", 404, 404, 404, 404}},
		"/f/{handle}/bans":                    {{"/f/telecoms/bans", signIn, 403, 200, 200}, {"/f/telecoms/bans?who=max", signIn, 403, 200, 200}, {"/f/nothing/bans", signIn, 404, 404, 404}},
		"/f/{handle}/webhooks":                {{"/f/telecoms/webhooks", signIn, 403, 200, 200}, {"/f/nothing/webhooks", 404, 404, 404, 404}},
		"/moderation/webhooks":                {{"/moderation/webhooks", signIn, 403, 403, 200}},
		"/webhooks/{id:[0-9]+}":               {{"/webhooks/42", signIn, 404, 404, 404}},
		"/f/{handle}/sources":                 {{"/f/telecoms/sources", signIn, 403, 200, 200}, {"/f/nothing/sources", signIn, 404, 404, 404}},
		"/about/style":                        {{"/about/style", 200, 200, 200, 200}},
		"/login/identity":                     {{"/login/identity", 404, 404, 404, 404}}, // without a provider; see TestIdentityPages
		"/login/identity/callback":            {{"/login/identity/callback", 404, 404, 404, 404}},
		"/register/identity":                  {{"/register/identity", 404, 404, 404, 404}},
		"/forums/new":                         {{"/forums/new", signIn, 403, 403, 200}},
		"/f/{handle}/settings":                {{"/f/telecoms/settings", signIn, 403, 200, 200}, {"/f/nothing/settings", 404, 404, 404, 404}},
		"/f/{handle}/members":                 {{"/f/telecoms/members", signIn, 404, 404, 404}, {"/f/nothing/members", signIn, 404, 404, 404}}, // see TestMembersPages
		"/forums/inside":                      {{"/forums/inside", signIn, 200, 200, 200}},
	}
	for _, route := range routesIn(t, "get") {
		if pages[route] == nil {
			t.Errorf("%s is not in the table", route)
		}
	}
	for _, route := range slices.Sorted(maps.Keys(pages)) {
		for _, r := range pages[route] {
			for i, b := range []*textBrowser{v.visitor, v.lea, v.mia, v.ada} {
				want := []int{r.visitor, r.member, r.moderator, r.admin}[i]
				p := b.get(r.path)
				if p.status != want {
					t.Errorf("%s as %s: %d, want %d", p.what, []string{"visitor", "member", "moderator", "administrator"}[i], p.status, want)
				}
				if to := "/login?back=" + url.QueryEscape(r.path); want == signIn && i == 0 && !strings.HasPrefix(r.path, "/p/"+v.thread) && p.header.Get("Location") != to {
					t.Errorf("%s leads a visitor to %s, want %s", p.what, p.header.Get("Location"), to)
				}
			}
		}
	}
	for _, path := range []string{"/t/" + v.thread + "/edit", "/t/" + v.thread + "/delete", "/p/" + v.reply + "/delete"} {
		v.max.get(path).is(403)
	}
	v.visitor.get("/no/such/page").is(404).shows("There is nothing at this address", `href="/"`)
}

// TestFormsByRole sends every form as a visitor, who is led to the sign-in page
// and comes back to where they were, and those of moderators as a member.
func TestFormsByRole(t *testing.T) {
	v := newVillage(t, nil)
	fill := strings.NewReplacer("{step:ask|redraft|drop|publish}", "publish", "{kind:t|p}/{id:[0-9]+}", "t/"+v.thread, "{kind:f|u|c|a}/{handle}", "f/telecoms", "{id:[0-9]+}", v.thread, "{handle}", "telecoms", "{name}", "max", "{token}", "rubbish", "{key:[a-z0-9]+}", "guessed")
	open := map[string]int{ // what a visitor may send
		"/register": 422, "/login": 401, "/login/link": 303, "/logout": 303, "/language": 422, "/link/{token}": 404, "/setup/{token}": 422,
		"/interact": 404, "/login/second": 401, "/login/passkey/options": 503, "/login/passkey": 503, // a number has no passkeys
		"/register/identity":            404, // there is no provider
		"/unsubscribe/{token}":          404,
		"/{kind:t|p}/{id:[0-9]+}/guest": 403, "/t/{id:[0-9]+}/right-of-reply": 422, "/guest/{token}": 404, "/a/{handle}/letter": 404, "/a/{handle}/mail": 404,
		"/case/{token}":                404,
		"/t/{id:[0-9]+}/co-claim/mail": 409, "/participation/{token}": 404, // no case
		"/t/{id:[0-9]+}/complete": 404, // no case
		"/c/{handle}/represent":   404, "/c/{handle}/threats": 404, "/represent/{token}": 404,
		"/t/{id:[0-9]+}/evidence": 404, "/evidence/{key:[a-z0-9]+}/about": 404, "/evidence/{key:[a-z0-9]+}/redact": 404, "/evidence/{key:[a-z0-9]+}/delete": 404,
	}
	guarded := map[string]int{ // what members may not
		"/moderation/accounts/{name}": 403, "/moderation/invite": 403, "/moderation/suspend": 403, "/t/{id:[0-9]+}/lock": 403, "/t/{id:[0-9]+}/feature": 403, "/{kind:t|p}/{id:[0-9]+}/restore": 403, "/f/{handle}/bans": 403, "/f/{handle}/bans/lift": 403, "/f/{handle}/webhooks": 403, "/moderation/webhooks": 403, "/webhooks/{id:[0-9]+}": 404, "/lists/{id:[0-9]+}": 404, "/f/{handle}/sources": 403, "/f/{handle}/members": 404, "/f/{handle}/members/decide": 404, "/f/{handle}/membership": 404, "/f/{handle}/sources/remove": 403, "/f/{handle}/sources/leave-out": 403, "/moderation/bans": 403, "/moderation/bans/lift": 403, "/forums/new": 403,
		"/f/{handle}/settings": 403, "/moderation/reports/{id:[0-9]+}": 404, "/moderation/guests/{id:[0-9]+}": 404, "/messages/{id:[0-9]+}": 422,
		"/moderation/peers": 403, "/moderation/peers/import": 403, "/moderation/peers/lift": 403, "/moderation/peers/retry": 403, "/moderation/peers/lists": 403, "/moderation/peers/relays": 403, "/moderation/peers/lists/{id:[0-9]+}": 403,
	}
	form := url.Values{"back": {"/about"}, "title": {"x"}, "upto": {"1"}}
	for _, route := range routesIn(t, "post") {
		path := strings.Replace(fill.Replace(route), "/u/telecoms", "/u/lea", 1)
		p := v.textBrowser("").post(path, form)
		switch want, ok := open[route]; {
		case ok && p.status != want:
			t.Errorf("%s as a visitor: %d, want %d", p.what, p.status, want)
		case ok, route == "/moderation/reports/{id:[0-9]+}" && p.status == 404: // no report to hide
		case p.status != 303 || p.header.Get("Location") != "/login?back=%2Fabout":
			t.Errorf("%s as a visitor: %d to %s", p.what, p.status, p.header.Get("Location"))
		}
		if want := guarded[route]; want != 0 {
			if p := v.max.post(path, form); p.status != want {
				t.Errorf("%s as a member: %d, want %d", p.what, p.status, want)
			}
		}
		if route == "/unsubscribe/{token}" { // mail programs press that button (RFC 8058); the secret is in the address
			continue
		}
		for header, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
			v.ada.header.Set(header, value)
			v.ada.post(path, form).is(403).shows("sent from another site")
			v.ada.header.Del(header)
		}
	}
	for _, h := range []http.Header{{"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"null"}}, {"Origin": {"http://127.0.0.1:1"}}, {"Origin": {v.base}, "Sec-Fetch-Site": {"cross-site"}}} {
		v.lea.header = h
		if h.Get("Origin") == v.base { // the server's own address is trusted, whatever a proxy does to Host
			v.lea.post("/t/"+v.thread+"/support", nil).is(303)
			continue
		}
		v.lea.post("/new", url.Values{"forum": {"telecoms"}, "title": {"forged"}, "body": {"x"}}).is(403)
	}
	v.lea.header = http.Header{"Origin": {v.base}, "Sec-Fetch-Site": {"same-origin"}}
	v.lea.post("/new", url.Values{"forum": {"telecoms"}, "title": {"mine"}, "body": {"x"}, "kind": {"question"}}).is(303)
	v.visitor.get("/?sort=new").shows(">mine<").lacks("forged")
}

// TestFormsKeepWhatWasTyped has something wrong in each form.
func TestFormsKeepWhatWasTyped(t *testing.T) {
	v := newVillage(t, nil)
	const evil = `"><script>alert(1)</script>`
	thread := url.Values{"forum": {"telecoms"}, "kind": {"review"}, "experienced_on": {"2026-03-01"}, "title": {evil}, "body": {""}, "language": {"nl"}}
	v.lea.header.Set("Accept-Language", "fr")
	v.lea.post("/new", thread).is(422).keeps(thread, "forum", "kind", "title", "body", "language").shows("Il manque le texte.", `lang="fr"`)
	v.lea.header.Set("Accept-Language", "en")
	thread.Set("body", evil+"\n\nSecond *paragraph*.")
	thread.Set("title", strings.Repeat("x", 201))
	v.lea.post("/new", thread).is(422).keeps(thread, "forum", "kind", "title", "body", "language").shows("at most 200 characters")
	thread.Set("preview", "true")
	v.lea.post("/new", thread).is(200).keeps(thread, "title", "body").shows("<em>paragraph</em>", `id="preview"`)
	thread.Del("preview")
	thread.Set("forum", "nothing")
	v.lea.post("/new", thread).is(422).keeps(thread, "title", "body")
	v.lea.post("/new", url.Values{}).is(422).shows("A title is missing.", "The text is missing.", "Some things are not right yet")

	for _, path := range []string{"/t/" + v.thread, "/p/" + v.reply} {
		reply := url.Values{"body": {" "}, "language": {"de"}}
		v.lea.post(path+"/reply", reply).is(422).keeps(reply, "language").shows("The text is missing.")
		reply.Set("body", evil+strings.Repeat("x", 20000))
		v.lea.post(path+"/reply", reply).is(422).keeps(reply, "body", "language").shows("at most 20000 characters")
		edit := url.Values{"title": {evil}, "body": {""}, "language": {"de"}}
		names := []string{"body", "language"}
		if path[1] == 't' {
			names = append(names, "title")
		}
		v.lea.post(path+"/edit", edit).is(422).keeps(edit, names...)
		v.mia.post(path+"/delete", url.Values{"reason": {" "}}).is(422).shows("Please give a reason")
		reason := url.Values{"reason": {evil + strings.Repeat("x", 1000)}}
		v.mia.post(path+"/delete", reason).is(422).keeps(reason, "reason")
		v.max.post(path+"/report", url.Values{"words": {""}}).is(422).shows("Please say what is wrong")
		words := url.Values{"words": {evil + strings.Repeat("x", 5000)}}
		v.max.post(path+"/report", words).is(422).keeps(words, "words")
	}

	account := url.Values{"name": {"Léa"}, "email": {evil}, "password": {"short"}}
	p := v.visitor.post("/register", account).is(422).keeps(account, "name", "email").shows("small letters", "e-mail address", "at least 10 characters")
	if p.field("password") != "" {
		t.Error("a password is sent back")
	}
	account = url.Values{"name": {"lea"}, "email": {"new@mail.example"}, "password": {"correct horse battery"}}
	v.visitor.post("/register", account).is(409).keeps(account, "name", "email").shows("“lea” is taken").lacks("correct horse")
	login := url.Values{"name": {"lea"}, "password": {"wrong password"}, "back": {"/about"}}
	v.visitor.post("/login", login).is(401).keeps(login, "name", "back").shows("do not match").lacks("wrong password")

	profile := url.Values{"display_name": {evil + strings.Repeat("x", 60)}, "summary": {"*me*"}}
	v.lea.post("/settings/profile", profile).is(422).keeps(profile, "display_name", "summary").shows("at most 60 characters")
	v.lea.post("/settings/appearance", url.Values{"theme": {"pink"}}).is(422).shows("no such colour scheme")
	mail := url.Values{"email": {"nonsense"}}
	v.lea.post("/settings/email", mail).is(422).keeps(mail, "email").shows("does not look like an e-mail address")
	v.lea.post("/settings/password", url.Values{"password": {"short"}}).is(422).shows("at least 10 characters")
	v.lea.post("/settings/delete", url.Values{"confirmation": {"max"}}).is(422).shows("That is not your name.")

	f := url.Values{"name": {"Banks"}, "title": {"Banks"}, "summary": {evil}, "rules": {"1. Be kind"}, "language": {"it"}, "moderators": {"mia max"}}
	v.ada.post("/forums/new", f).is(422).keeps(f, "name", "title", "summary", "rules", "language", "moderators")
	f.Set("name", "telecoms")
	v.ada.post("/forums/new", f).is(409).keeps(f, "name", "title")
	f.Set("name", "banks")
	f.Set("moderators", "mia nobody")
	v.ada.post("/forums/new", f).is(404).keeps(f, "name", "moderators").shows("“nobody”")
	f.Set("title", "")
	v.mia.post("/f/telecoms/settings", f).is(422).keeps(f, "title", "summary", "rules", "language").shows("A title is missing.")
	suspend := url.Values{"handle": {"nobody"}, "reason": {evil}}
	v.ada.post("/moderation/suspend", suspend).is(404).keeps(suspend, "handle", "reason").shows("“nobody”")

	v.lea.post("/new", url.Values{"body": {strings.Repeat("x", 1<<20)}}).is(422).shows("too large to be sent")
	v.lea.request("POST", "/new", nil).is(422)
}

// TestBackStaysHere offers addresses elsewhere to every form that comes back.
func TestBackStaysHere(t *testing.T) {
	v := newVillage(t, nil)
	for _, back := range []string{"//evil.example", `/\evil.example`, "https://evil.example", "http:evil.example", `\\evil.example`, "/\t/evil.example", "/\r\nSet-Cookie: a=b", "javascript:alert(1)", "evil", "", "//", "///evil.example", "/%0d%0aX: y//"} {
		form := url.Values{"back": {back}, "on": {"true"}, "language": {"en"}}
		for path, otherwise := range map[string]string{
			"/t/" + v.thread + "/support": "/t/" + v.thread, "/p/" + v.reply + "/boost": "/p/" + v.reply, "/f/telecoms/follow": "/f/telecoms", "/t/" + v.thread + "/follow": "/t/" + v.thread, "/language": "/",
		} {
			p := v.lea.post(path, form).is(303)
			if to := p.header.Get("Location"); to != otherwise && !(back == "/%0d%0aX: y//" && strings.HasPrefix(to, "/%0d")) {
				t.Errorf("%s with back=%q leads to %q", p.what, back, to)
			}
			if p.header.Get("Set-Cookie") == "a=b" {
				t.Errorf("%s with back=%q sets a cookie", p.what, back)
			}
		}
		if to := v.lea.get("/login?back=" + url.QueryEscape(back)).header.Get("Location"); !regexp.MustCompile(`^/([^/\\]|$)`).MatchString(to) {
			t.Errorf("/login with back=%q leads to %q", back, to)
		}
		if kept := v.visitor.get("/login?back=" + url.QueryEscape(back)).is(200).field("back"); kept != "" && back != "/%0d%0aX: y//" {
			t.Errorf("the form to sign in comes back to %q", kept)
		}
		if p := v.visitor.post("/new", form); !strings.HasPrefix(p.header.Get("Location"), "/login?back=%2F") || strings.Contains(p.header.Get("Location"), "evil") {
			t.Errorf("a visitor's form with back=%q leads to %q", back, p.header.Get("Location"))
		}
	}
	for _, path := range []string{"//evil.example/%2e%2e", "//evil.example/..", "/%5cevil.example", "//evil.example//"} {
		r, err := http.NewRequest("GET", v.base, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Opaque = path
		response, err := v.visitor.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if to := response.Header.Get("Location"); strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) {
			t.Errorf("GET %s leads to %s", path, to)
		}
	}
	back := "/t/" + v.thread + "?sort=new#p" + v.reply
	v.lea.post("/t/"+v.thread+"/support", url.Values{"back": {back}, "on": {"true"}}).leadsTo(back)
	v.lea.get("/login?back=/settings").leadsTo("/settings")
}

// TestThrottle sends too much from one address, and from one account.
func TestThrottle(t *testing.T) {
	v := newVillage(t, func(c *config.Config) {
		c.Limits.WritesPerMinute, c.Limits.SignInsPerHour, c.Limits.RegistrationsPerHour = 4, 3, 2
		c.Server.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	tooMany := func(p *page) {
		t.Helper()
		if p.is(429).shows("too much in a short time"); p.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", p.what)
		}
	}
	from := func(address string) *textBrowser {
		b := v.textBrowser("")
		b.header.Set("X-Forwarded-For", address)
		return b
	}
	one := from("203.0.113.1")
	for range 2 {
		one.post("/login", url.Values{"name": {"lea"}, "password": {"wrong password"}}).is(401)
	}
	one.post("/login/link", url.Values{"name": {"lea"}}).leadsTo("/login?sent=1")
	tooMany(one.post("/login", url.Values{"name": {"lea"}, "password": {"wrong password"}}))
	tooMany(one.post("/login/link", url.Values{"name": {"lea"}}))
	tooMany(from("198.51.100.9, 203.0.113.1").post("/login", url.Values{"name": {"max"}}))
	tooMany(from("198.51.100.9,203.0.113.1, 127.0.0.2").post("/login", url.Values{"name": {"max"}}))
	from("203.0.113.2").post("/login", url.Values{"name": {"lea"}, "password": {"wrong password"}}).is(401)
	one.get("/login").is(200)
	for range 2 {
		one.post("/register", url.Values{}).is(422)
	}
	tooMany(one.post("/register", url.Values{}))
	for i := range 4 {
		v.lea.post("/t/"+v.thread+"/reply", url.Values{"body": {fmt.Sprint(i)}}).is(303)
	}
	tooMany(v.lea.post("/t/"+v.thread+"/reply", url.Values{"body": {"5"}}))
	v.max.post("/t/"+v.thread+"/reply", url.Values{"body": {"mine"}}).is(303)
	v.lea.get("/t/" + v.thread).is(200).shows("mine")
}

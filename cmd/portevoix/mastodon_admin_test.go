package main

import (
	"context"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/storage/storagetest"
)

const adminTokens = "read write admin:read admin:write"

// adminTown is a server with an administrator, a moderator, two members, and a report
// about what one of them wrote. It returns the report.
func adminTown(t *testing.T) (*inProcess, *forum.Report) {
	t.Helper()
	s := startInProcess(t, func(c *config.Config) { c.Limits.APIPerMinute = 0; c.Registration.Mode = "approval" })
	lea, max := s.account("lea"), s.account("max")
	s.account("mod")
	s.account("boss")
	if err := s.service.SetRole(t.Context(), forum.Operator(), "boss", forum.Admin); err != nil {
		t.Fatal(err)
	}
	s.forum("telecoms", "mod")
	s.forum("banks", "lea")
	th := s.thread(max, "telecoms", "Buy this")
	if err := s.service.Report(t.Context(), lea, forum.NewReport{PostID: th.ID, Words: "spam"}); err != nil {
		t.Fatal(err)
	}
	reports, err := s.store.ReportsIn(t.Context(), forum.ReportQuery{All: true, Span: forum.Span{Limit: 1}})
	if err != nil || len(reports) != 1 {
		t.Fatalf("%v, %v", reports, err)
	}
	return s, &reports[0]
}

// adminRoutes lists what is for administrators, and how: each route with its path.
func (s *inProcess) adminRoutes() []string {
	var list []string
	for _, route := range s.mastodonRoutes() {
		if strings.Contains(route, "/admin/") {
			list = append(list, route)
		}
	}
	return list
}

// TestMastodonAdminRefusals holds that no token does more than its owner may at that
// moment, and than it was given.
func TestMastodonAdminRefusals(t *testing.T) {
	t.Parallel()
	s, report := adminTown(t)
	all := forum.ParseScopes(adminTokens)
	boss, mod, max, anyone := s.mastodon("boss", all...), s.mastodon("mod", all...), s.mastodon("max", all...), s.mastodon("")
	plain := s.mastodon("boss", forum.ScopeRead, forum.ScopeWrite, forum.ScopeFollow)
	reads, writes := s.mastodon("boss", forum.ScopeAdminRead), s.mastodon("boss", forum.ScopeAdminWrite)
	routes := s.adminRoutes()
	if len(routes) < 40 {
		t.Fatalf("only %d routes", len(routes))
	}
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		id := s.accountNamed("max").ID.String()
		if strings.Contains(path, "/reports/") {
			id = report.ID.String()
		}
		template := path
		path = routeVariable.ReplaceAllString(template, id)
		sameJSON(t, anyone.api(method, path, nil).is(401).object, "error", `"The access token is invalid"`)
		sameJSON(t, plain.api(method, path, nil).is(403).object, "error", `"This action is outside the authorized scopes"`)
		sameJSON(t, max.api(method, path, nil).is(403).object, "error", `"This action is not allowed"`)
		if !strings.Contains(path, "/reports") {
			sameJSON(t, mod.api(method, path, nil).is(403).object, "error", `"This action is not allowed"`)
		}
		reading := method == http.MethodGet || strings.HasSuffix(path, "/test") || strings.HasSuffix(path, "/measures") || strings.HasSuffix(path, "/dimensions") || strings.HasSuffix(path, "/retention")
		narrow := writes
		if !reading {
			narrow = reads
		}
		sameJSON(t, narrow.api(method, path, nil).is(403).object, "error", `"This action is outside the authorized scopes"`)
		for _, id := range []string{"42", "9223372036854775807", "x"} {
			if where := routeVariable.ReplaceAllString(template, id); where != path && !strings.Contains(where, "/trends/") {
				boss.api(method, where, nil).is(404)
			}
		}
	}

	// A narrow scope opens what it names.
	narrow := s.mastodon("boss", "admin:read:accounts")
	narrow.api(http.MethodGet, "/api/v1/admin/accounts", nil).is(200)
	narrow.api(http.MethodGet, "/api/v1/admin/reports", nil).is(403)
	narrow.api(http.MethodGet, "/api/v1/admin/trends/tags", nil).is(403)

	// Moderators deal with the reports of their forums, and see no more of people than
	// everybody.
	path := "/api/v1/admin/reports/" + report.ID.String()
	if list := mod.api(http.MethodGet, "/api/v1/admin/reports", nil).is(200).list; len(list) != 1 {
		t.Errorf("the moderator sees %v", list)
	}
	shown := mod.api(http.MethodGet, path, nil).is(200).object
	if who := shown["target_account"].(map[string]any); who["role"] != nil || who["email"] != "" || who["locale"] != nil {
		t.Errorf("the moderator is told %v", who)
	}
	keeper := s.mastodon("lea", all...) // of another forum
	if list := keeper.api(http.MethodGet, "/api/v1/admin/reports", nil).is(200).list; len(list) != 0 {
		t.Errorf("another moderator sees %v", list)
	}
	for _, one := range []string{"GET ", "PUT ", "POST /resolve", "POST /reopen", "POST /assign_to_self", "POST /unassign"} {
		method, rest, _ := strings.Cut(one, " ")
		keeper.api(method, path+rest, nil).is(404)
	}
	mod.api(http.MethodPost, path+"/assign_to_self", nil).is(200)
	s.textBrowser("mod").get("/moderation").is(200).shows("@mod looks after it", "Leave it to others")

	// A role that is lost takes the power along.
	s.account("ada")
	if err := s.service.SetRole(t.Context(), forum.Operator(), "ada", forum.Admin); err != nil {
		t.Fatal(err)
	}
	if err := s.service.SetRole(t.Context(), forum.Operator(), "boss", forum.Member); err != nil {
		t.Fatal(err)
	}
	boss.api(http.MethodGet, "/api/v1/admin/accounts", nil).is(403)
	boss.api(http.MethodPost, path+"/resolve", nil).is(403)
	if err := s.service.SetModerator(t.Context(), forum.Operator(), "telecoms", "mod", false); err != nil {
		t.Fatal(err)
	}
	mod.api(http.MethodGet, "/api/v1/admin/reports", nil).is(403)
	mod.api(http.MethodPost, path+"/resolve", nil).is(403)
}

// TestMastodonAdmin decides about accounts, reports and servers.
func TestMastodonAdmin(t *testing.T) {
	t.Parallel()
	s, report := adminTown(t)
	boss := s.mastodon("boss", forum.ParseScopes(adminTokens)...)
	at := func(a *forum.Account) string { return "/api/v1/admin/accounts/" + a.ID.String() }
	apply := func(name string) *forum.Account {
		t.Helper()
		if err := s.service.Register(t.Context(), forum.NewAccount{Name: name, Email: name + "@mail.example", Password: "correct horse battery", Application: "I was billed twice."}); err != nil {
			t.Fatal(err)
		}
		return s.accountNamed(name)
	}
	kim, eve := apply("kim"), apply("eve")
	pending := boss.api(http.MethodGet, "/api/v2/admin/accounts?status=pending&origin=local", nil).is(200)
	if len(pending.list) != 2 || text(pending.list[1], "username") != "kim" || text(pending.list[1], "invite_request") != "I was billed twice." || pending.list[1]["approved"] != false {
		t.Errorf("pending are %s", pending.body)
	}
	if strings.Contains(pending.body, "mail.example") {
		t.Errorf("e-mail addresses are told: %s", pending.body)
	}
	if found := boss.api(http.MethodGet, "/api/v1/admin/accounts?email=kim@mail.example", nil).is(200).list; len(found) != 1 {
		t.Errorf("at that address are %v", found)
	}
	sameJSON(t, boss.api(http.MethodPost, at(kim)+"/approve", nil).is(200).object, "approved", "true")
	boss.api(http.MethodPost, at(kim)+"/approve", nil).is(403)
	sameJSON(t, boss.api(http.MethodPost, at(eve)+"/reject", nil).is(200).object, "username", `"eve"`)
	boss.api(http.MethodGet, at(eve), nil).is(404)

	max := s.accountNamed("max")
	action := func(in map[string]any) answer { return boss.api(http.MethodPost, at(max)+"/action", in) }
	for _, kind := range []string{"silence", "disable", "sensitive", "", "delete"} {
		if a := action(map[string]any{"type": kind, "text": "x"}).is(422); !strings.Contains(a.body, "no such thing on this server") {
			t.Errorf("%s is answered %s", kind, a.body)
		}
	}
	action(map[string]any{"type": "suspend"}).is(422)
	action(map[string]any{"type": "none", "text": "Mind your words"}).is(422)
	action(map[string]any{"type": "none"}).is(200)
	action(map[string]any{"type": "none", "report_id": "42"}).is(404)
	boss.api(http.MethodPost, at(kim)+"/action", map[string]any{"type": "suspend", "text": "x", "report_id": report.ID.String()}).is(422)
	boss.api(http.MethodPost, at(s.accountNamed("boss"))+"/action", map[string]any{"type": "suspend", "text": "x"}).is(403)
	action(map[string]any{"type": "none", "report_id": report.ID.String()}).is(200)
	path := "/api/v1/admin/reports/" + report.ID.String()
	sameJSON(t, boss.api(http.MethodGet, path, nil).is(200).object, "action_taken", "true")
	sameJSON(t, boss.api(http.MethodPost, path+"/reopen", nil).is(200).object, "action_taken_by_account", "null")
	boss.api(http.MethodPut, path, map[string]any{"category": "other"}).is(200)
	boss.api(http.MethodPut, path, map[string]any{"category": "spam"}).is(422)
	action(map[string]any{"type": "suspend", "text": "Spam."}).is(200)
	sameJSON(t, boss.api(http.MethodGet, path, nil).is(200).object, "action_taken", "true")
	if a := s.mastodon("max", "read").api(http.MethodGet, "/api/v1/timelines/home", nil); a.status == 200 {
		t.Error("a suspended account reads")
	}
	sameJSON(t, boss.api(http.MethodPost, at(max)+"/unsuspend", nil).is(200).object, "suspended", "false")
	boss.api(http.MethodDelete, at(max), nil).is(422)
	for _, one := range []string{"enable", "unsilence", "unsensitive"} {
		boss.api(http.MethodPost, at(max)+"/"+one, nil).is(200)
	}

	// One rule about a server may block and allow.
	const blocks, allows = "/api/v1/admin/domain_blocks", "/api/v1/admin/domain_allows"
	boss.api(http.MethodPost, blocks, nil).is(422)
	boss.api(http.MethodPost, blocks, map[string]any{"domain": s.host(), "severity": "suspend"}).is(422)
	boss.api(http.MethodPost, blocks, map[string]any{"domain": "far.example", "severity": "annoy"}).is(422)
	block := boss.api(http.MethodPost, blocks, map[string]any{"domain": "Far.example", "reject_media": true, "public_comment": "Spam"}).is(200).object
	sameJSON(t, block, "severity", `"silence"`)
	id := text(block, "id")
	if again := boss.api(http.MethodPost, blocks, map[string]any{"domain": "far.example"}).is(422); !strings.Contains(again.body, `"existing_domain_block":{"id":"`+id) {
		t.Errorf("a second block is answered %s", again.body)
	}
	allow := boss.api(http.MethodPost, allows, map[string]any{"domain": "far.example"}).is(200).object
	sameJSON(t, allow, "id", `"`+id+`"`)
	changed := boss.api(http.MethodPut, blocks+"/"+id, map[string]any{"severity": "noop"}).is(200).object
	sameJSON(t, changed, "reject_media", "true")
	sameJSON(t, changed, "created_at", `"`+text(block, "created_at")+`"`)
	s.textBrowser("boss").get("/moderation/peers").is(200)
	boss.api(http.MethodDelete, blocks+"/"+id, nil).is(200)
	boss.api(http.MethodGet, blocks+"/"+id, nil).is(404)
	boss.api(http.MethodDelete, blocks+"/"+id, nil).is(404)
	sameJSON(t, boss.api(http.MethodGet, allows+"/"+id, nil).is(200).object, "domain", `"far.example"`)
	boss.api(http.MethodDelete, allows+"/"+id, nil).is(200)
	if list := boss.api(http.MethodGet, allows, nil).is(200).list; len(list) != 0 {
		t.Errorf("allowed are %v", list)
	}
	for _, host := range []string{"a.example", "b.example", "c.example"} {
		boss.api(http.MethodPost, blocks, map[string]any{"domain": host, "severity": "suspend"}).is(200)
	}
	first := boss.api(http.MethodGet, blocks+"?limit=2", nil).is(200)
	older := boss.api(http.MethodGet, blocks+"?limit=2&max_id="+text(first.list[1], "id"), nil).is(200).list
	newer := boss.api(http.MethodGet, blocks+"?limit=1&min_id="+text(older[0], "id"), nil).is(200).list
	if text(first.list[0], "domain") != "c.example" || len(older) != 1 || text(older[0], "domain") != "a.example" || text(newer[0], "domain") != "b.example" || !strings.Contains(first.link("next"), "max_id=") {
		t.Errorf("the pages of blocks are %s, %v, %v", first.body, older, newer)
	}
	for _, what := range []string{"email_domain_blocks", "ip_blocks", "canonical_email_blocks"} {
		if list := boss.api(http.MethodGet, "/api/v1/admin/"+what, nil).is(200).list; len(list) != 0 {
			t.Errorf("%s are %v", what, list)
		}
		boss.api(http.MethodPost, "/api/v1/admin/"+what, map[string]any{"domain": "x.example", "ip": "192.0.2.1", "email": "x@x.example"}).is(422)
	}
	s.thread(s.accountNamed("lea"), "telecoms", "See #bills")
	for _, what := range []string{"tags", "statuses", "links"} {
		boss.api(http.MethodGet, "/api/v1/admin/trends/"+what, nil).is(200)
		boss.api(http.MethodPost, "/api/v1/admin/trends/"+what+"/bills/approve", nil).is(422)
	}
}

// TestMastodonAdminConsent asks administrators, in plain words, and grants others what
// they have to give.
func TestMastodonAdminConsent(t *testing.T) {
	t.Parallel()
	s, _ := adminTown(t)
	const redirect = "trompette://back"
	app := s.register(redirect, adminTokens)
	for name, c := range map[string]struct{ scope, words string }{
		"boss": {adminTokens, "decide everything that you decide as an administrator"},
		"mod":  {"read write admin:read:reports admin:write:reports", "deal with reports for you"},
		"max":  {"read write", "do everything you can do here"},
	} {
		path := app.request(redirect, adminTokens)
		b := s.textBrowser(name)
		page := b.get(path).is(200).shows(c.words)
		if name == "max" {
			page.lacks("administrator", "deal with reports")
		}
		asked, _ := url.Parse(path)
		form := asked.Query()
		form.Set("answer", "allow")
		to, err := url.Parse(b.post("/oauth/authorize", form).is(303).header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		got := app.form("/oauth/token", url.Values{"grant_type": {"authorization_code"}, "client_id": {app.id}, "client_secret": {app.secret}, "redirect_uri": {redirect}, "code_verifier": {app.verifier}, "code": {to.Query().Get("code")}}).is(200)
		sameJSON(t, got.object, "scope", `"`+c.scope+`"`)
	}
	only := app.request(redirect, "admin:read")
	if to := s.textBrowser("max").get(only).is(303).header.Get("Location"); !strings.HasPrefix(to, redirect+"?error=invalid_scope") {
		t.Errorf("a member is sent to %s", to)
	}
}

// TestMastodonPyAdmin administers with Mastodon.py.
func TestMastodonPyAdmin(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import mastodon").Run() != nil {
		storagetest.Skip(t, "needs python3-mastodon")
	}
	s, report := adminTown(t)
	token := s.mastodon("boss", forum.ParseScopes(adminTokens)...).token
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "testdata/mastodon_admin.py", s.base, token, s.accountNamed("max").ID.String(), report.ID.String())
	s.converse(cmd, "AUTHORIZE ", "DONE", func(string) {})
}

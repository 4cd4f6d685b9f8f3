package forumtest

import (
	"slices"
	"testing"
	"time"

	"portevoix/forum"
)

// testReportDesk follows reports from being filed to being closed, and open again.
func testReportDesk(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max, mod, other, boss := w.Person("lea"), w.Person("max"), w.Person("mod"), w.Person("other"), w.Admin("boss")
	telecoms := w.Forum("telecoms", "mod")
	w.Forum("banks", "other")
	spam := w.Thread(max, "telecoms", "Buy this")
	w.Must(w.Service.Report(w.Ctx(), lea, forum.NewReport{PostID: spam.ID, Words: "spam", Forward: true}))
	w.Clock.Advance(time.Minute)
	w.Must(w.Service.Report(w.Ctx(), lea, forum.NewReport{ActorID: max.ID, Words: "the person"}))

	list := func(q forum.ReportQuery) []forum.Report {
		t.Helper()
		if q.Limit == 0 {
			q.Limit = 10
		}
		reports, err := w.Store.ReportsIn(w.Ctx(), q)
		w.Must(err)
		return reports
	}
	words := func(q forum.ReportQuery, want ...string) {
		t.Helper()
		var got []string
		for _, r := range list(q) {
			got = append(got, r.Words)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v finds %q, want %q", q, got, want)
		}
	}
	all := list(forum.ReportQuery{All: true})
	if len(all) != 2 || len(all[0].PostIDs) != 0 || !slices.Equal(all[1].PostIDs, []forum.ID{spam.ID}) || !all[1].Forwarded || all[0].Forwarded || !all[0].ChangedAt.Equal(all[0].At) {
		t.Fatalf("the reports are %+v", all)
	}
	words(forum.ReportQuery{All: true}, "the person", "spam")
	words(forum.ReportQuery{Forums: []forum.ID{telecoms.ID}}, "spam")
	words(forum.ReportQuery{})
	words(forum.ReportQuery{All: true, Closed: true})
	words(forum.ReportQuery{All: true, Target: max.ID, Reporter: lea.ID, Span: forum.Span{Limit: 1}}, "the person")
	words(forum.ReportQuery{All: true, Target: lea.ID})
	words(forum.ReportQuery{All: true, Reporter: max.ID})
	words(forum.ReportQuery{All: true, Span: forum.Span{Max: all[0].ID, Limit: 5}}, "spam")
	words(forum.ReportQuery{All: true, Span: forum.Span{Min: all[1].ID - 1, Limit: 5}}, "the person", "spam")

	person, post := all[0].ID, all[1].ID
	for what, do := range map[string]func(by *forum.Account, id forum.ID) error{
		"close":  func(by *forum.Account, id forum.ID) error { return w.Service.CloseReport(w.Ctx(), by, id) },
		"reopen": func(by *forum.Account, id forum.ID) error { return w.Service.ReopenReport(w.Ctx(), by, id) },
		"assign": func(by *forum.Account, id forum.ID) error { return w.Service.AssignReport(w.Ctx(), by, id, true) },
	} {
		for _, by := range []*forum.Account{lea, other} {
			if err := do(by, post); forum.CodeOf(err) != forum.Forbidden {
				t.Errorf("%s may %s it: %v", by.Name, what, err)
			}
		}
		w.Refused(do(mod, person), forum.Forbidden, "ModeratorsOnly")
		w.Refused(do(nil, post), forum.Unauthenticated, "SignInFirst")
		w.Refused(do(boss, 42), forum.NotFound, "")
	}
	w.Clock.Advance(time.Minute)
	w.Must(w.Service.AssignReport(w.Ctx(), mod, post, true))
	r, err := w.Store.Report(w.Ctx(), post)
	w.Must(err)
	if r.AssignedTo != mod.ID || !r.ChangedAt.After(r.At) {
		t.Errorf("assigned, the report is %+v", r)
	}
	shown, err := w.Store.Reports(w.Ctx(), []forum.ID{telecoms.ID}, false)
	w.Must(err)
	if len(shown) != 1 || shown[0].Assigned == nil || shown[0].Assigned.Name != "mod" {
		t.Errorf("pages show %+v", shown)
	}
	w.Must(w.Service.CloseReport(w.Ctx(), boss, post))
	words(forum.ReportQuery{All: true, Closed: true}, "spam")
	w.Must(w.Service.AssignReport(w.Ctx(), boss, post, false))
	w.Must(w.Service.ReopenReport(w.Ctx(), mod, post))
	w.Must(w.Service.ReopenReport(w.Ctx(), mod, post))
	r, err = w.Store.Report(w.Ctx(), post)
	w.Must(err)
	if r.State != forum.ReportOpen || r.ClosedBy != 0 || !r.ClosedAt.IsZero() || r.AssignedTo != 0 {
		t.Errorf("open again, the report is %+v", r)
	}
}

// testAccountLists lists accounts as administrators look for them.
func testAccountLists(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Person("leonie")
	w.Person("mod")
	boss := w.Admin("boss")
	w.Forum("telecoms", "mod")
	w.Remote(forum.Person, "kim", "far.example")
	w.Remote(forum.Group, "cars", "lemmy.example")
	w.Must(w.Service.Suspend(w.Ctx(), boss, "kim@far.example", "Spam"))
	w.Refused(w.Service.Suspend(w.Ctx(), boss, "boss", "no more"), forum.Forbidden, "SuspendSelf")
	_, err := w.Service.SetPeerRule(w.Ctx(), boss, forum.PeerRule{Host: "lemmy.example", Severity: forum.SeverityLimit})
	w.Must(err)
	for what, c := range map[string]struct {
		q    forum.AccountQuery
		want []string
	}{
		"all":       {forum.AccountQuery{}, []string{"boss", "cars", "kim", "lea", "leonie", "mod"}},
		"local":     {forum.AccountQuery{Local: true}, []string{"boss", "lea", "leonie", "mod"}},
		"remote":    {forum.AccountQuery{Remote: true}, []string{"cars", "kim"}},
		"active":    {forum.AccountQuery{Remote: true, Status: forum.ActiveAccount}, []string{"cars"}},
		"suspended": {forum.AccountQuery{Status: forum.SuspendedAccount}, []string{"kim"}},
		"limited":   {forum.AccountQuery{Status: forum.LimitedAccount}, []string{"cars"}},
		"pending":   {forum.AccountQuery{Status: forum.PendingAccount}, nil},
		"host":      {forum.AccountQuery{Host: "FAR.example"}, []string{"kim"}},
		"name":      {forum.AccountQuery{Name: "Le"}, []string{"lea", "leonie"}},
		"no joker":  {forum.AccountQuery{Name: "%"}, nil},
		"displayed": {forum.AccountQuery{DisplayName: "x"}, nil},
		"e-mail":    {forum.AccountQuery{EmailKey: forum.EmailKey(lea.Email)}, []string{"lea"}},
		"staff":     {forum.AccountQuery{Staff: true}, []string{"boss", "mod"}},
	} {
		c.q.Limit = 10
		ids, err := w.Store.AccountsIn(w.Ctx(), c.q)
		w.Must(err)
		var got []string
		for _, id := range ids {
			a, err := w.Store.Actor(w.Ctx(), id)
			w.Must(err)
			got = append(got, a.Name)
		}
		if !slices.IsSortedFunc(ids, func(a, b forum.ID) int { return int(min(max(b-a, -1), 1)) }) {
			t.Errorf("%s: not the newest first", what)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
	ids, err := w.Store.AccountsIn(w.Ctx(), forum.AccountQuery{Span: forum.Span{Limit: 2}})
	w.Must(err)
	next, err := w.Store.AccountsIn(w.Ctx(), forum.AccountQuery{Span: forum.Span{Limit: 10, Max: ids[1]}})
	w.Must(err)
	back, err := w.Store.AccountsIn(w.Ctx(), forum.AccountQuery{Span: forum.Span{Limit: 1, Min: ids[1]}})
	w.Must(err)
	if len(next) != 4 || !slices.Equal(back, ids[:1]) {
		t.Errorf("the pages are %v, %v and %v", ids, next, back)
	}
	local, err := w.Store.LocalAccounts(w.Ctx(), append(ids, next...))
	w.Must(err)
	if len(local) != 4 {
		t.Errorf("%d accounts are here", len(local))
	}
}

// testAdminScopes gives apps no more than their users have.
func testAdminScopes(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, boss := w.Person("lea"), w.Admin("boss")
	w.Person("mod")
	w.Forum("telecoms", "mod")
	mod := w.fresh("mod")
	asked := forum.ParseScopes("read admin:read admin:read:accounts admin:write:reports admin:write:domain_blocks")
	for who, want := range map[*forum.Account]string{lea: "read", mod: "read admin:read:reports admin:write:reports", boss: forum.JoinScopes(asked), nil: "read"} {
		if got := forum.JoinScopes(forum.Grantable(asked, who)); got != want {
			t.Errorf("grantable is %q, want %q", got, want)
		}
	}
	app, secret, err := w.Service.RegisterApp(w.Ctx(), forum.NewApp{Name: "App", RedirectURIs: []string{forum.OutOfBand}, Scopes: asked})
	w.Must(err)
	grant := func(by *forum.Account, scopes ...forum.Scope) (string, error) {
		t.Helper()
		code, err := w.Service.AuthorizeApp(w.Ctx(), by, forum.AppRequest{ClientID: app.ClientID, RedirectURI: forum.OutOfBand, ResponseType: "code", Scopes: scopes})
		if err != nil {
			return "", err
		}
		_, token, err := w.Service.NewTokenOfCode(w.Ctx(), app.ClientID, secret, code, forum.OutOfBand, "")
		w.Must(err)
		return forum.JoinScopes(token.Scopes), nil
	}
	for who, want := range map[*forum.Account]string{lea: "read", mod: "read admin:read:reports", boss: "read admin:read"} {
		got, err := grant(who, forum.ScopeRead, forum.ScopeAdminRead)
		w.Must(err)
		if got != want {
			t.Errorf("%s grants %q, want %q", who.Name, got, want)
		}
	}
	_, err = grant(lea, forum.ScopeAdminRead)
	w.Refused(err, forum.Invalid, "ScopeNotYours")
	for scope, within := range map[forum.Scope]bool{"admin:read:accounts": true, "admin:read": true, "admin:write:accounts": false, "read:accounts": false, "admin:write": false} {
		if got := scope.Within([]forum.Scope{forum.ScopeAdminRead}); got != within {
			t.Errorf("admin:read includes %s: %v", scope, got)
		}
	}
	if forum.Scope("admin:read:accounts").Within([]forum.Scope{forum.ScopeRead, forum.ScopeWrite, forum.ScopeFollow}) {
		t.Error("to read is to administer")
	}
}

package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
)

// mastodonRoutes lists every address of Mastodon's API: its method, a space, and its
// path with variables.
func (s *inProcess) mastodonRoutes() []string {
	s.t.Helper()
	r := mux.NewRouter()
	s.apps.Register(r)
	var list []string
	err := r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		methods, errMethods := route.GetMethods()
		if err != nil || errMethods != nil {
			return nil //nolint:nilerr // a prefix
		}
		for _, m := range methods {
			if m != http.MethodHead && m != http.MethodOptions {
				list = append(list, m+" "+path)
			}
		}
		return nil
	})
	if err != nil || len(list) < 150 {
		s.t.Fatalf("%d routes, %v", len(list), err)
	}
	slices.Sort(list)
	return list
}

var routeVariable = regexp.MustCompile(`\{(\w+)[^}]*\}`)

// TestMastodonBadInput calls every address with nonsense: what is asked for wrongly
// is refused with words, what is another's or nobody's stays so, and nothing breaks.
func TestMastodonBadInput(t *testing.T) {
	s := startInProcess(t, func(c *config.Config) { c.Limits.APIPerMinute = 0 })
	lea, max := s.account("lea"), s.account("max")
	s.forum("telecoms")
	thread := s.thread(lea, "telecoms", "The bill")
	if _, err := s.service.Reply(t.Context(), max, forum.NewReply{ThreadID: thread.ID, Body: "Same here"}); err != nil {
		t.Fatal(err)
	}
	s.account("boss")
	if err := s.service.SetRole(t.Context(), forum.Operator(), "boss", forum.Admin); err != nil {
		t.Fatal(err)
	}
	anyone, narrow, member := s.mastodon(""), s.mastodon("max", forum.ScopeProfile), s.mastodon("max")
	boss := s.mastodon("boss", forum.ScopeRead, forum.ScopeAdminRead, forum.ScopeAdminWrite)
	bodies := []string{
		"", "{", "[]", `"x"`, `{"status":{"a":[{"b":1}]},"media_ids":"x","poll":7,"id":{"x":[]},"choices":[{}],"limit":[],"scopes":{},"types":{"a":1}}`,
		`{"status":"` + strings.Repeat("x", 30000) + `","in_reply_to_id":"-1","scheduled_at":"tomorrow","language":"!!","visibility":"public"}`,
		`{"status":"@telecoms\u0000","display_name":"\u0000","note":"` + strings.Repeat("n", 5000) + `","title":"","comment":"\u0000","domain":"..","acct":"@@","q":"\"","status_ids":["9"],"account_id":"9"}`,
	}
	queries := []string{"", "?limit=-1&max_id=0&min_id=x&since_id=99999999999999999999", "?limit=9999999999&q=%00&type=accounts&offset=-5&acct=%F0&tag=%23&timeline[]=x", "?id[]=x&id[]=1&id=2&local=maybe&types[]=nothing"}
	for _, route := range s.mastodonRoutes() {
		method, path, _ := strings.Cut(route, " ")
		if strings.HasPrefix(path, "/api/v1/streaming/") && path != "/api/v1/streaming/health" {
			continue // see TestMasto
		}
		wide := member
		if strings.Contains(path, "/admin/") {
			wide = boss
		}
		id := thread.ID.String()
		if strings.Contains(path, "/accounts/") {
			id = lea.ID.String()
		}
		for i, value := range []string{"42", "9223372036854775807", id} {
			address := routeVariable.ReplaceAllString(path, value)
			for _, query := range queries {
				for _, app := range []*program{anyone, narrow} {
					if a := app.raw(method, address+query, bodies[i]); a.status >= 500 || a.status == http.StatusForbidden && app == anyone {
						t.Errorf("%s as nobody: %d %s", a.what, a.status, a.body)
					}
				}
				if method == http.MethodGet {
					if a := wide.raw(method, address+query, ""); a.status >= 500 {
						t.Errorf("%s: %d %s", a.what, a.status, a.body)
					}
				}
			}
			if method == http.MethodGet {
				continue
			}
			if a := narrow.raw(method, address, "{}"); a.status == http.StatusOK && !strings.HasPrefix(path, "/oauth/") {
				t.Errorf("%s without the scope: %d %s", a.what, a.status, a.body)
			}
			for _, body := range bodies {
				if a := wide.raw(method, address, body); a.status >= 500 || a.status >= 400 && !strings.Contains(a.body, `{"error":`) {
					t.Errorf("%s with %.60s: %d %s", a.what, body, a.status, a.body)
				}
			}
		}
	}
	// Another's thread is as it was.
	sameJSON(t, anyone.api(http.MethodGet, "/api/v1/statuses/"+thread.ID.String(), nil).is(200).object, "edited_at", "null")
	for _, path := range []string{"/api/v1/nothing", "/api/v2/nothing/", "/api/v1/statuses/x"} {
		sameJSON(t, member.api(http.MethodGet, path, nil).is(404).object, "error", `"Record not found"`)
	}
	sameJSON(t, narrow.api(http.MethodGet, "/api/v1/timelines/home", nil).is(403).object, "error", `"This action is outside the authorized scopes"`)
	narrow.api(http.MethodGet, "/api/v1/accounts/verify_credentials", nil).is(200)
	if e := member.api(http.MethodPost, "/api/v1/statuses", `{"status":"x","visibility":"private"}`).is(422); !strings.Contains(e.body, "Everything here is public") {
		t.Errorf("a private post is answered %s", e.body)
	}
}

// raw is api for what may answer anything.
func (p *program) raw(method, path, body string) answer {
	p.s.t.Helper()
	r, err := http.NewRequest(method, p.s.base+path, strings.NewReader(body))
	if err != nil {
		p.s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	got := p.s.answer(r)
	return answer{t: p.s.t, what: method + " " + path, status: got.status, body: got.body}
}

// TestMastodonQueries holds that a page of a timeline costs as many queries,
// however long it is.
func TestMastodonQueries(t *testing.T) {
	s := startInProcess(t, nil)
	lea, max := s.account("lea"), s.account("max")
	s.forum("telecoms")
	if _, err := s.service.Follow(t.Context(), max, "telecoms"); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		thread := s.thread(lea, "telecoms", "A bill")
		if _, err := s.service.Reply(t.Context(), lea, forum.NewReply{ThreadID: thread.ID, Body: "and more, @max"}); err != nil {
			t.Fatal(err)
		}
	}
	s.settle()
	app := s.mastodon("max")
	cost := func(path string) int64 {
		t.Helper()
		app.api(http.MethodGet, path, nil).is(200) // what is kept for a while is there afterwards
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Authorization", "Bearer "+app.token)
		return s.queries(r)
	}
	for path, most := range map[string]int64{
		"/api/v1/timelines/home": 7, "/api/v1/timelines/public": 7, "/api/v1/notifications": 7, "/api/v2/notifications": 7, "/api/v1/accounts/" + lea.ID.String() + "/statuses": 8,
	} {
		one, many := cost(path+"?limit=1"), cost(path+"?limit=10")
		if one != many || many > most {
			t.Errorf("%s: %d queries for one, %d for ten; at most %d", path, one, many, most)
		}
	}
}

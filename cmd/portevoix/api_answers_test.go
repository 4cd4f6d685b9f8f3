package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestAPIProblems has one thing wrong with each call; the answers are problem
// details (RFC 9457).
func TestAPIProblems(t *testing.T) {
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.account("max")
	s.account("ada")
	if err := s.service.SetRole(t.Context(), forum.Operator(), "ada", forum.Admin); err != nil {
		t.Fatal(err)
	}
	s.forum("telecoms")
	one, two, locked := s.thread(lea, "telecoms", "one"), s.thread(lea, "telecoms", "two"), s.thread(lea, "telecoms", "three")
	admin, err := s.store.AccountByName(t.Context(), "ada")
	if err == nil {
		err = s.service.LockThread(t.Context(), admin, locked.ID, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := s.service.Reply(t.Context(), lea, forum.NewReply{ThreadID: two.ID, Body: "x"})
	if err != nil {
		t.Fatal(err)
	}
	path, other, closed := "/threads/"+one.ID.String(), "/replies/"+elsewhere.ID.String(), "/threads/"+locked.ID.String()
	max := s.program("max", forum.ScopeRead, forum.ScopeWrite)
	ada := s.program("ada", forum.ScopeRead, forum.ScopeWrite)
	type j = map[string]any
	thread := func(change j) j {
		full := j{"forum": "telecoms", "kind": "question", "title": "Title", "body": "Body", "language": "en"}
		for k, v := range change {
			full[k] = v
		}
		return full
	}
	for _, c := range []struct {
		by           *program
		method, path string
		in           any
		status       int
		problems     string // field and type of each, separated by commas
	}{
		// Unreadable.
		{max, "POST", "/threads", "", 400, "JSONInvalid"},
		{max, "POST", "/threads", "{", 400, "JSONInvalid"},
		{max, "POST", "/threads", "[]", 400, "JSONInvalid"},
		{max, "POST", "/threads", "{} {}", 400, "JSONInvalid"},
		{max, "POST", "/threads", `{"title": 1}`, 400, "JSONInvalid"},
		{max, "POST", path + "/replies", `{"parent_id": 1}`, 400, "JSONInvalid"},
		{max, "POST", "/threads", `{"body": "` + strings.Repeat("x", 1<<20) + `"}`, 413, "JSONInvalid"},
		// Nothing there.
		{max, "GET", "/nothing", nil, 404, " NothingHere"},
		{max, "GET", "/threads/42", nil, 404, " NothingHere"},
		{max, "GET", "/threads/99999999999999999999", nil, 404, " NothingHere"},
		{max, "GET", "/threads/x", nil, 404, " NothingHere"},
		{max, "GET", "/threads/42/replies", nil, 404, " NothingHere"},
		{max, "GET", "/threads/" + elsewhere.ID.String(), nil, 404, " NothingHere"},
		{max, "GET", "/replies/" + one.ID.String(), nil, 404, " NothingHere"},
		{max, "DELETE", "/replies/" + one.ID.String(), nil, 404, " NothingHere"},
		{max, "POST", "/threads/" + elsewhere.ID.String() + "/support", nil, 404, " NothingHere"},
		{max, "GET", "/forums/nothing", nil, 404, " NothingHere"},
		{max, "GET", "/forums/lea", nil, 404, " NothingHere"},
		{max, "GET", "/threads?forum=nothing", nil, 404, "forum ForumUnknown"},
		{max, "POST", "/threads", thread(j{"forum": "nothing"}), 404, "forum ForumUnknown"},
		{max, "POST", "/threads", thread(j{"forum": "a b"}), 404, "forum ForumUnknown"},
		{max, "POST", path + "/replies", j{"body": "x", "parent_id": "42"}, 404, " NothingHere"},
		{max, "POST", path + "/replies", j{"body": "x", "parent_id": "x"}, 404, "parent_id NothingHere"},
		// Against a rule.
		{max, "POST", "/threads", thread(j{"forum": ""}), 422, "forum ForumMissing"},
		{max, "POST", "/threads", thread(j{"title": " "}), 422, "title TitleMissing"},
		{max, "POST", "/threads", thread(j{"title": strings.Repeat("x", 201)}), 422, "title TitleTooLong"},
		{max, "POST", "/threads", thread(j{"body": ""}), 422, "body BodyMissing"},
		{max, "POST", "/threads", thread(j{"body": strings.Repeat("x", 20001)}), 422, "body TextTooLong"},
		{max, "POST", "/threads", thread(j{"kind": "rant"}), 422, "kind KindUnknown"},
		{max, "POST", "/threads", thread(j{"language": "english"}), 422, "language LanguageUnknown"},
		{max, "POST", "/threads", "{}", 422, "title TitleMissing, body BodyMissing"},
		{max, "POST", "/threads", thread(j{"title": "", "body": "", "kind": "rant", "language": "?"}), 422, "title TitleMissing, body BodyMissing, kind KindUnknown, language LanguageUnknown"},
		{max, "POST", "/threads", thread(j{"flavour": "sweet"}), 422, "flavour FieldUnknown"},
		{max, "POST", "/threads", thread(j{"mood": "bad"}), 422, "mood FieldUnknown"},
		{max, "POST", path + "/replies", j{"body": "x", "title": "y"}, 422, "title FieldUnknown"},
		{max, "POST", path + "/replies", j{"body": " "}, 422, "body BodyMissing"},
		{max, "POST", path + "/replies", j{"body": "x", "parent_id": elsewhere.ID.String()}, 422, "parent_id ParentElsewhere"},
		{max, "POST", "/forums/max/follow", nil, 422, "handle FollowSelf"},
		{max, "GET", "/threads?after=rubbish", nil, 422, "after CursorUnreadable"},
		{max, "GET", "/threads?sort=hot&after=rubbish", nil, 422, "after CursorUnreadable"},
		{max, "GET", "/threads?max_id=x", nil, 422, "max_id CursorUnreadable"},
		{max, "GET", "/threads?min_id=-1", nil, 422, "min_id CursorUnreadable"},
		{max, "GET", "/threads?sort=active&min_id=1", nil, 422, "min_id CursorUnreadable"},
		{max, "GET", path + "/replies?after=rubbish", nil, 422, "after CursorUnreadable"},
		{max, "GET", path + "/replies?max_id=rubbish", nil, 422, "max_id CursorUnreadable"},
		{ada, "POST", "/forums", j{"name": "Banks", "title": "Banks"}, 422, "name NameShape"},
		{ada, "POST", "/forums", j{"name": "banks", "title": ""}, 422, "title TitleMissing"},
		{ada, "POST", "/forums", j{"name": "banks", "title": "Banks", "colour": "red"}, 422, "colour FieldUnknown"},
		// Not for this account.
		{max, "POST", "/forums", j{"name": "banks", "title": "Banks"}, 403, " AdminsOnly"},
		{max, "PATCH", path, j{"title": "mine"}, 403, " AuthorOnly"},
		{ada, "PATCH", path, j{"title": "mine"}, 403, " AuthorOnly"},
		{max, "PATCH", other, j{"body": "mine"}, 403, " AuthorOnly"},
		{max, "DELETE", path, nil, 403, " AuthorOrModerator"},
		{max, "POST", closed + "/replies", j{"body": "x"}, 403, " ThreadLocked"},
		// Taken.
		{ada, "POST", "/forums", j{"name": "telecoms", "title": "Again"}, 409, "name NameTaken"},
		{ada, "POST", "/forums", j{"name": "lea", "title": "Lea"}, 409, "name NameTaken"},
	} {
		a := c.by.do(c.method, c.path, c.in)
		if a.status != c.status || problems(t, a) != c.problems {
			t.Errorf("%s: %d with %q, want %d with %q\n%s", a.what, a.status, problems(t, a), c.status, c.problems, a.body)
		}
	}
	if list := max.do("GET", "/threads", nil).is(200).list; len(list) != 3 {
		t.Errorf("something was stored: %v", list)
	}
}

// problems reads problem details into "field type" of each; without any it is the
// type of the whole.
func problems(t *testing.T, a answer) string {
	t.Helper()
	const prefix = "urn:portevoix:error:"
	if ct := a.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("%s answers %s", a.what, ct)
	}
	list, _ := a.object["errors"].([]any)
	fields := "type title status detail"
	if list != nil {
		fields += " errors"
	}
	hasFields(t, a.object, fields)
	if a.object["status"] != float64(a.status) || a.object["title"] != http.StatusText(a.status) || a.object["detail"] == "" {
		t.Errorf("%s: %s", a.what, a.body)
	}
	kind, ok := strings.CutPrefix(text(a.object, "type"), prefix)
	if !ok {
		t.Errorf("%s: type %s", a.what, kind)
	}
	if list == nil {
		return kind
	}
	var all []string
	for _, one := range list {
		e := one.(map[string]any)
		all = append(all, text(e, "field")+" "+strings.TrimPrefix(text(e, "type"), prefix))
		if text(e, "detail") == "" || strings.Contains(text(e, "detail"), "{{") {
			t.Errorf("%s: %s", a.what, a.body)
		}
	}
	if len(all) == 1 && all[0] != text(list[0].(map[string]any), "field")+" "+kind {
		t.Errorf("%s: the only problem is not the type of all: %s", a.what, a.body)
	}
	return strings.Join(all, ", ")
}

// TestAPILanguages reads problems in the caller's language.
func TestAPILanguages(t *testing.T) {
	s := startInProcess(t, nil)
	s.account("max")
	for _, c := range []struct{ header, tag, detail, field string }{
		{"", "en", "A title is missing. The text is missing.", "A title is missing."},
		{"fr-CA, en;q=0.5", "fr", "Il manque un titre. Il manque le texte.", "Il manque un titre."},
		{"de, en;q=0.5, fr;q=0.7", "fr", "Il manque un titre. Il manque le texte.", "Il manque un titre."},
		{"ja", "en", "A title is missing. The text is missing.", "A title is missing."},
	} {
		p := s.program("max", forum.ScopeWrite)
		p.header.Set("Accept-Language", c.header)
		a := p.do("POST", "/threads", map[string]any{"forum": "x"}).is(422)
		first := a.object["errors"].([]any)[0].(map[string]any)
		if a.header.Get("Content-Language") != c.tag || a.object["detail"] != c.detail || first["detail"] != c.field {
			t.Errorf("%q: %s %s", c.header, a.header.Get("Content-Language"), a.body)
		}
		if vary := strings.Join(a.header.Values("Vary"), ", "); !strings.Contains(vary, "Accept-Language") {
			t.Errorf("Vary: %s", vary)
		}
	}
}

// TestAPIPages walks lists page by page, in both directions, while new entries
// come.
func TestAPIPages(t *testing.T) {
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.forum("telecoms")
	var threads, replies []string
	for i := range 12 {
		threads = append(threads, s.thread(lea, "telecoms", fmt.Sprint(i)).ID.String())
	}
	first, err := forum.ParseID(threads[0])
	if err != nil {
		t.Fatal(err)
	}
	for range 105 {
		r, err := s.service.Reply(t.Context(), lea, forum.NewReply{ThreadID: first, Body: "x"})
		if err != nil {
			t.Fatal(err)
		}
		replies = append(replies, r.ID.String())
	}
	p := s.program("")
	ids := func(a answer) []string {
		var list []string
		for _, one := range a.list {
			list = append(list, text(one, "id"))
		}
		return list
	}
	// walk follows a relation from page to page; between runs between two.
	walk := func(path, relation string, between func()) (all []string, pages int) {
		for ; path != "" && pages < 50; pages++ {
			a := p.do("GET", path, nil).is(200)
			if relation == "prev" {
				all = append(ids(a), all...)
			} else {
				all = append(all, ids(a)...)
			}
			path = a.link(relation)
			between()
		}
		return all, pages
	}
	newest := slices.Clone(threads)
	slices.Reverse(newest)
	come := func() { s.thread(lea, "telecoms", "late") }
	stay := func() {}

	if got, pages := walk("/threads?forum=telecoms&limit=5", "next", come); !slices.Equal(got, newest) || pages != 3 {
		t.Errorf("new threads in %d pages: %v, want %v", pages, got, newest)
	}
	if got, _ := walk("/threads?limit=2&min_id="+threads[3], "prev", stay); len(got) != 8+3 || !slices.Equal(got[3:], newest[:8]) {
		t.Errorf("threads newer than one: %v", got)
	}
	if got := ids(p.do("GET", "/threads?limit=3&max_id="+threads[6], nil)); !slices.Equal(got, newest[6:9]) {
		t.Errorf("threads older than one: %v", got)
	}
	if got := ids(p.do("GET", "/threads?min_id="+threads[2]+"&max_id="+threads[5], nil)); !slices.Equal(got, newest[7:9]) {
		t.Errorf("threads between two: %v", got)
	}
	for _, sort := range []string{"hot", "active"} {
		got, pages := walk("/threads?limit=4&sort="+sort, "next", stay)
		slices.Sort(got)
		if len(got) != 15 || len(slices.Compact(got)) != 15 || pages != 4 {
			t.Errorf("%s threads in %d pages: %v", sort, pages, got)
		}
	}
	if next := p.do("GET", "/threads?sort=hot&limit=1&forum=telecoms", nil).link("next"); !strings.HasPrefix(next, s.base+apiPrefix+"/threads?after=") || !strings.HasSuffix(next, "&forum=telecoms&limit=1&sort=hot") {
		t.Errorf("the next page of hot threads is at %s", next)
	}

	path := "/threads/" + threads[0] + "/replies"
	if got, pages := walk(path+"?limit=25", "next", stay); !slices.Equal(got, replies) || pages != 5 {
		t.Errorf("replies in %d pages: %v", pages, got)
	}
	if got, _ := walk(path+"?limit=10&max_id="+replies[45], "prev", stay); !slices.Equal(got, replies[:45]) {
		t.Errorf("replies older than one: %v", got)
	}
	if a := p.do("GET", path+"?limit=5&min_id="+replies[99], nil); !slices.Equal(ids(a), replies[100:]) || a.link("next") != "" {
		t.Errorf("replies newer than one: %v, next %s", ids(a), a.link("next"))
	}
	if a := p.do("GET", path+"?min_id="+replies[104], nil); strings.TrimSpace(a.body) != "[]" || a.header.Get("Link") != "" {
		t.Errorf("replies newer than the last: %s", a.body)
	}
	if got, _ := walk(path+"?limit=50&after=0_"+replies[1], "next", stay); !slices.Equal(got, replies[2:]) {
		t.Errorf("replies after a cursor: %v", got)
	}
	for limit, want := range map[string]int{"": 40, "1": 1, "100": 100, "101": 100, "0": 40, "-3": 40, "many": 40} {
		if got := ids(p.do("GET", path+"?limit="+limit, nil)); len(got) != want {
			t.Errorf("limit=%s answers %d", limit, len(got))
		}
	}
	if list := p.do("GET", "/threads?kind=grievance", nil).is(200).body; strings.TrimSpace(list) != "[]" {
		t.Errorf("grievances: %s", list)
	}
}

// TestAPIMethods is how the API answers to methods, and to browsers.
func TestAPIMethods(t *testing.T) {
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.forum("telecoms")
	th := s.thread(lea, "telecoms", "one")
	path := "/threads/" + th.ID.String()
	p := s.program("")
	p.header.Set("Origin", "https://elsewhere.example")
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST"} {
		for _, at := range []string{"/threads", path, path + "/replies", "/forums/telecoms", "/nothing"} {
			a := p.do(method, at, nil)
			for header, want := range map[string]string{"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept-Language, If-None-Match, Idempotency-Key",
				"Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE", "Access-Control-Expose-Headers": "ETag, Link, Location, RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset", "X-Content-Type-Options": "nosniff",
				"Cache-Control": "private, no-cache", "Access-Control-Allow-Credentials": "", "Set-Cookie": ""} {
				if got := a.header.Get(header); got != want {
					t.Errorf("%s: %s is %q, want %q", a.what, header, got, want)
				}
			}
		}
	}
	for _, at := range []string{"/threads", path, path + "/replies", "/forums"} {
		get, head := p.do("GET", at, nil).is(200), p.do("HEAD", at, nil).is(200)
		if head.body != "" || head.header.Get("Content-Type") != "application/json" || head.header.Get("Link") != get.header.Get("Link") {
			t.Errorf("%s: %v %q", head.what, head.header, head.body)
		}
		if a := p.do("OPTIONS", at, nil).is(204); a.body != "" {
			t.Errorf("%s: %s", a.what, a.body)
		}
	}
	p.do("HEAD", "/threads/42", nil).is(404)
	for at, allowed := range map[string]string{
		"/threads": "GET, HEAD, POST", path: "GET, HEAD, PATCH, DELETE", path + "/replies": "GET, HEAD, POST", path + "/support": "POST, DELETE", "/forums/telecoms/follow": "POST, DELETE",
	} {
		a := p.do("PUT", at, "{}").is(405)
		if a.header.Get("Allow") != allowed || problems(t, a) != "MethodNotAllowed" || !strings.Contains(text(a.object, "detail"), allowed) {
			t.Errorf("%s: Allow %q, want %q\n%s", a.what, a.header.Get("Allow"), allowed, a.body)
		}
	}
	p.do("PUT", "/nothing", nil).is(404)
}

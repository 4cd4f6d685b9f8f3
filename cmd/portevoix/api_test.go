package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

const apiPrefix = "/api/portevoix/v1"

// program is a client of a server's API.
type program struct {
	s      *inProcess
	token  string
	header http.Header // of every request
}

// program returns a client with a token for an account; "" for none.
func (s *inProcess) program(account string, scopes ...forum.Scope) *program {
	s.t.Helper()
	p := &program{s: s, header: http.Header{}}
	if account != "" {
		var err error
		if p.token, err = s.service.NewAccessToken(s.t.Context(), forum.Operator(), account, "label of the token", scopes); err != nil {
			s.t.Fatal(err)
		}
	}
	return p
}

// answer is what the API answered.
type answer struct {
	t      testing.TB
	what   string // method and path
	status int
	header http.Header
	link   func(relation string) string
	body   string
	object map[string]any // of a JSON object
	list   []map[string]any
}

// do makes a call. in is sent as it is if it is a string, as JSON otherwise.
func (p *program) do(method, path string, in any) answer {
	p.s.t.Helper()
	var sent []byte
	switch in := in.(type) {
	case nil:
	case string:
		sent = []byte(in)
	default:
		var err error
		if sent, err = json.Marshal(in); err != nil {
			p.s.t.Fatal(err)
		}
	}
	if !strings.HasPrefix(path, "http") {
		path = p.s.base + apiPrefix + path
	}
	r, err := http.NewRequest(method, path, bytes.NewReader(sent))
	if err != nil {
		p.s.t.Fatal(err)
	}
	r.Header = p.header.Clone()
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		p.s.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		p.s.t.Fatal(err)
	}
	holdAgainstDocument(p.s.t, r, sent, response, content)
	a := answer{t: p.s.t, what: method + " " + strings.TrimPrefix(path, p.s.base+apiPrefix), status: response.StatusCode, header: response.Header, body: string(content)}
	a.link = func(relation string) string { return linkTo(response, relation) }
	if len(content) > 0 {
		if err := json.Unmarshal(content, &a.object); err != nil && json.Unmarshal(content, &a.list) != nil {
			p.s.t.Errorf("%s answers no JSON: %s", a.what, content)
		}
	}
	return a
}

// is wants a status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d\n%s", a.what, a.status, status, a.body)
	}
	return a
}

// hasFields wants exactly these fields.
func hasFields(t testing.TB, object map[string]any, names string) {
	t.Helper()
	got, want := slices.Sorted(maps.Keys(object)), strings.Fields(names)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("fields %v, want %v", got, want)
	}
}

const (
	threadFields = "id uri url forum kind title body content content_note media card poll quote language state locked featured author counts supported boosted following muted filtered created_at edited_at case tags"
	replyFields  = "id uri url thread_id parent_id author body content content_note media card poll quote language counts supported boosted filtered created_at edited_at deleted"
	forumFields  = "name uri url title summary rules language counts restricted local_only private joinable following membership created_at"
)

var momentShape = regexp.MustCompile(`^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

// sameJSON compares one field with JSON.
func sameJSON(t testing.TB, object map[string]any, field, want string) {
	t.Helper()
	var got strings.Builder
	e := json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	if err := e.Encode(object[field]); err != nil || strings.TrimSpace(got.String()) != want {
		t.Errorf("%s is %s, want %s", field, got.String(), want)
	}
}

// TestAPIContract takes forums, threads and replies through their lives, and
// holds every field name.
func TestAPIContract(t *testing.T) {
	s := startInProcess(t, nil)
	s.account("lea")
	s.account("max")
	if err := s.service.SetRole(t.Context(), forum.Operator(), "lea", forum.Admin); err != nil {
		t.Fatal(err)
	}
	admin, max, anyone := s.program("lea", forum.ScopeRead, forum.ScopeWrite), s.program("max", forum.ScopeRead, forum.ScopeWrite), s.program("")

	// Forums.
	a := admin.do("POST", "/forums", map[string]any{"name": "telecoms", "title": "Telecoms", "summary": "*All*", "rules": "Be kind.", "language": "FR", "moderators": []string{"lea"}}).is(201)
	if to := a.header.Get("Location"); to != apiPrefix+"/forums/telecoms" {
		t.Errorf("Location %s", to)
	}
	hasFields(t, a.object, forumFields)
	for field, want := range map[string]string{"name": `"telecoms"`, "uri": `"` + s.base + `/f/telecoms"`, "url": `"` + s.base + `/f/telecoms"`, "title": `"Telecoms"`, "summary": `"<p><em>All</em></p>"`,
		"rules": `"<p>Be kind.</p>"`, "language": `"fr"`, "following": "null", "counts": `{"followers":0,"threads":0}`} {
		sameJSON(t, a.object, field, want)
	}
	if a := max.do("POST", "/forums/telecoms/follow", nil).is(200); strings.TrimSpace(a.body) != `{"state":"accepted"}` {
		t.Errorf("follow: %s", a.body)
	}
	sameJSON(t, max.do("GET", "/forums/telecoms", nil).is(200).object, "following", `"accepted"`)
	sameJSON(t, anyone.do("GET", "/forums/telecoms", nil).is(200).object, "following", "null")
	if list := max.do("GET", "/forums", nil).is(200).list; len(list) != 1 || list[0]["following"] != "accepted" {
		t.Errorf("forums %v", list)
	}
	if a := max.do("DELETE", "/forums/telecoms/follow", nil).is(200); strings.TrimSpace(a.body) != `{"state":null}` {
		t.Errorf("unfollow: %s", a.body)
	}

	// Threads.
	facts := map[string]any{"company": "Exemple Télécom", "product": "Box", "experienced_on": "2026-03-02", "amount": map[string]any{"value": "89.5", "currency": "eur"}, "wants": []string{"refund", "apology"}, "place": "Lyon", "feeling": "Robbed."}
	max.do("POST", "/threads", map[string]any{"forum": "telecoms", "kind": "grievance", "title": "x", "body": "x"}).is(422)
	a = max.do("POST", "/threads", map[string]any{"forum": "telecoms", "kind": "grievance", "case": facts, "title": " Double  bill ", "body": "It *was* <b>billed</b> twice.", "language": "en-GB"}).is(201)
	id := text(a.object, "id")
	if to := a.header.Get("Location"); to != apiPrefix+"/threads/"+id {
		t.Errorf("Location %s", to)
	}
	hasFields(t, a.object, threadFields)
	hasFields(t, a.object["author"].(map[string]any), "handle uri url display_name")
	address := `"` + s.base + "/t/" + id + `"`
	for field, want := range map[string]string{"uri": address, "url": address, "forum": `"telecoms"`, "kind": `"grievance"`, "title": `"Double bill"`, "body": `"It *was* <b>billed</b> twice."`,
		"language": `"en-GB"`, "state": `"open"`, "locked": "false", "counts": `{"boosts":0,"co_claims":0,"replies":0,"supports":0}`, "supported": "false", "boosted": "false", "edited_at": "null", "media": "[]", "card": "null",
		"case": `{"amount":{"currency":"EUR","value":"89.50"},"company":null,"company_name":"Exemple Télécom","evidence":"confirmed","experienced_on":"2026-03-02","feeling":"Robbed.","incomplete":false,"merged_into":null,"place":"Lyon","product":"Box","promised_on":null,"state_at":null,"wants":["refund","apology"]}`} {
		sameJSON(t, a.object, field, want)
	}
	if content := text(a.object, "content"); !strings.Contains(content, "<em>was</em>") || strings.Contains(content, "<b>") {
		t.Errorf("content %s", content)
	}
	if created := text(a.object, "created_at"); !momentShape.MatchString(created) {
		t.Errorf("created_at %s", created)
	}
	plain := admin.do("POST", "/threads", map[string]any{"forum": "telecoms", "title": "Plain", "body": "x"}).is(201).object
	for field, want := range map[string]string{"kind": `"discussion"`, "state": "null", "language": "null"} {
		sameJSON(t, plain, field, want)
	}
	edited := max.do("PATCH", "/threads/"+id, map[string]any{"title": "Bill, twice"}).is(200).object
	if !reflect.DeepEqual(edited["case"], a.object["case"]) {
		t.Errorf("the case is %v, was %v", edited["case"], a.object["case"])
	}
	restated := max.do("PATCH", "/threads/"+id, map[string]any{"case": map[string]any{"experienced_on": "2026-03-03"}}).is(200).object["case"].(map[string]any)
	sameJSON(t, restated, "experienced_on", `"2026-03-03"`)
	sameJSON(t, restated, "company_name", "null")
	hasFields(t, edited, threadFields)
	if edited["title"] != "Bill, twice" || edited["body"] != a.object["body"] || edited["language"] != "en-GB" || !momentShape.MatchString(text(edited, "edited_at")) {
		t.Errorf("edited %v", edited)
	}

	// A poll.
	polled := admin.do("POST", "/threads", map[string]any{"forum": "telecoms", "title": "Who?", "body": "x", "poll": map[string]any{"choices": []string{"a", "b"}, "expires_in": 3600}}).is(201).object
	voted := max.do("POST", "/threads/"+text(polled, "id")+"/vote", map[string]any{"choices": []int{1}}).is(200).object
	poll, _ := voted["poll"].(map[string]any)
	hasFields(t, poll, "choices multiple voters closes_at closed chosen")
	sameJSON(t, poll, "choices", `[{"title":"a","votes":0},{"title":"b","votes":1}]`)
	sameJSON(t, poll, "chosen", "[1]")
	max.do("POST", "/threads/"+text(polled, "id")+"/vote", map[string]any{"choices": []int{0}}).is(409)
	anyone.do("POST", "/threads/"+text(polled, "id")+"/vote", map[string]any{"choices": []int{0}}).is(401)
	max.do("POST", "/threads", map[string]any{"forum": "telecoms", "title": "Who?", "body": "x", "poll": map[string]any{"choices": []string{"a"}, "expires_in": 3600}}).is(422)
	admin.do("DELETE", "/threads/"+text(polled, "id"), nil).is(204)
	b := anyone.do("GET", "/threads/"+id+"/backfill", nil).is(200).object
	hasFields(t, b, "state read added known finished_at missing")
	max.do("POST", "/threads/"+id+"/backfill", nil).is(202)
	max.do("POST", "/threads/"+id+"/backfill", nil).is(409)

	// Replies.
	a = admin.do("POST", "/threads/"+id+"/replies", map[string]any{"body": "Same **here**.", "language": "en"}).is(201)
	reply := text(a.object, "id")
	if to := a.header.Get("Location"); to != apiPrefix+"/replies/"+reply {
		t.Errorf("Location %s", to)
	}
	hasFields(t, a.object, replyFields)
	for field, want := range map[string]string{"uri": `"` + s.base + "/p/" + reply + `"`, "thread_id": `"` + id + `"`, "parent_id": `"` + id + `"`, "deleted": "false", "language": `"en"`, "edited_at": "null"} {
		sameJSON(t, a.object, field, want)
	}
	below := max.do("POST", "/threads/"+id+"/replies", map[string]any{"body": "When?", "parent_id": reply}).is(201).object
	sameJSON(t, below, "parent_id", `"`+reply+`"`)
	list := anyone.do("GET", "/threads/"+id+"/replies", nil).is(200).list
	if len(list) != 2 || list[0]["id"] != reply || number(list[0], "replies") != 1 {
		t.Errorf("replies %v", list)
	}
	if r := admin.do("PATCH", "/replies/"+reply, map[string]any{"language": "fr"}).is(200).object; r["language"] != "fr" || r["body"] != "Same **here**." {
		t.Errorf("edited %v", r)
	}
	if r := anyone.do("GET", "/replies/"+reply, nil).is(200).object; !momentShape.MatchString(text(r, "edited_at")) {
		t.Errorf("reply %v", r)
	}

	// Support and boost, twice each: the second changes nothing.
	for _, path := range []string{"/threads/" + id, "/replies/" + reply} {
		for action, field := range map[string]string{"support": "supported", "boost": "boosted"} {
			for range 2 {
				if o := max.do("POST", path+"/"+action, nil).is(200).object; number(o, action+"s") != 1 || o[field] != true {
					t.Errorf("%s of %s: %v", action, path, o)
				}
			}
			if o := admin.do("GET", path, nil).is(200).object; number(o, action+"s") != 1 || o[field] != false {
				t.Errorf("%s of %s as others see it: %v", action, path, o)
			}
			for range 2 {
				if o := max.do("DELETE", path+"/"+action, nil).is(200).object; number(o, action+"s") != 0 || o[field] != false {
					t.Errorf("end of the %s of %s: %v", action, path, o)
				}
			}
		}
	}

	// The end.
	for range 2 {
		if a := admin.do("DELETE", "/replies/"+reply, nil).is(204); a.body != "" {
			t.Errorf("DELETE answers with %s", a.body)
		}
	}
	anyone.do("GET", "/replies/"+reply, nil).is(410)
	first := anyone.do("GET", "/threads/"+id+"/replies", nil).is(200).list[0]
	hasFields(t, first, replyFields)
	if first["deleted"] != true || first["body"] != "" || first["content"] != "" {
		t.Errorf("tombstone %v", first)
	}
	if t2 := anyone.do("GET", "/threads/"+id, nil).is(200).object; number(t2, "replies") != 1 {
		t.Errorf("counts %v", t2["counts"])
	}
	max.do("DELETE", "/threads/"+id, nil).is(204)
	for _, call := range [][2]string{{"GET", ""}, {"PATCH", ""}, {"POST", "/replies"}, {"POST", "/support"}, {"DELETE", "/boost"}} {
		max.do(call[0], "/threads/"+id+call[1], map[string]any{"body": "x"}).is(410)
	}
	if list := anyone.do("GET", "/threads?forum=telecoms", nil).is(200).list; len(list) != 1 || list[0]["title"] != "Plain" {
		t.Errorf("threads %v", list)
	}
}

// TestAPIRemoval has a moderator remove posts, with a reason that the author
// reads.
func TestAPIRemoval(t *testing.T) {
	s := startInProcess(t, nil)
	author, _ := s.account("lea"), s.account("max")
	s.forum("telecoms", "max")
	th := s.thread(author, "telecoms", "one")
	lea, moderator := s.program("lea", forum.ScopeWrite), s.program("max", forum.ScopeRead, forum.ScopeWrite)
	reply := text(lea.do("POST", "/threads/"+th.ID.String()+"/replies", map[string]any{"body": "spam"}).is(201).object, "id")
	s.account("ines")
	s.program("ines", forum.ScopeWrite).do("DELETE", "/replies/"+reply+"?reason=mine", nil).is(403)
	a := moderator.do("DELETE", "/replies/"+reply, nil).is(422)
	if e := a.object["errors"].([]any)[0].(map[string]any); e["field"] != "reason" || e["type"] != "urn:portevoix:error:ReasonMissing" {
		t.Errorf("without a reason: %s", a.body)
	}
	moderator.do("DELETE", "/replies/"+reply+"?reason="+strings.Repeat("x", 1001), nil).is(422)
	moderator.do("DELETE", "/replies/"+reply+"?reason=Off%20topic", nil).is(204)
	moderator.do("DELETE", "/threads/"+th.ID.String()+"?reason=Advert", nil).is(204)
	lea.do("GET", "/replies/"+reply, nil).is(410)
	lea.do("PATCH", "/threads/"+th.ID.String(), map[string]any{"body": "again"}).is(410)
	page, err := s.store.Notifications(t.Context(), forum.NotificationQuery{AccountID: author.ID, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, n := range page.Groups {
		reasons = append(reasons, string(n.Kind)+" "+n.Newest[0].Reason)
	}
	if got := strings.Join(reasons, ", "); got != "removal Advert, removal Off topic" {
		t.Errorf("the author reads: %s", got)
	}
}

// TestAPITokens is what a token can do, and what a thief of the database finds.
func TestAPITokens(t *testing.T) {
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.forum("telecoms")
	th := s.thread(lea, "telecoms", "one")
	path := "/threads/" + th.ID.String()
	reader, writer := s.program("lea", forum.ScopeRead), s.program("lea", forum.ScopeWrite)
	writer.do("POST", path+"/support", nil).is(200)
	if o := reader.do("GET", path, nil).is(200).object; o["supported"] != true {
		t.Errorf("a token that may read is not told what its account did: %v", o)
	}
	if o := writer.do("GET", path, nil).is(200).object; o["supported"] != false {
		t.Errorf("a token that may only write is told what its account did: %v", o)
	}
	for _, call := range [][2]string{{"POST", "/threads"}, {"PATCH", path}, {"DELETE", path}, {"POST", path + "/replies"}, {"POST", path + "/support"}, {"DELETE", path + "/support"},
		{"POST", path + "/boost"}, {"DELETE", path + "/boost"}, {"POST", "/forums"}, {"POST", "/forums/telecoms/follow"}, {"DELETE", "/forums/telecoms/follow"}} {
		a := reader.do(call[0], call[1], map[string]any{}).is(403)
		if a.object["type"] != "urn:portevoix:error:ScopeNeeded" || !strings.Contains(text(a.object, "detail"), "write") {
			t.Errorf("%s without the scope: %s", a.what, a.body)
		}
		a = s.program("").do(call[0], call[1], map[string]any{}).is(401)
		if a.header.Get("WWW-Authenticate") != `Bearer realm="portevoix"` {
			t.Errorf("%s without a token: %v", a.what, a.header)
		}
	}
	for _, wrong := range []string{"Bearer nonsense", "Bearer", "Basic bGVhOng=", reader.token} {
		p := s.program("")
		p.header.Set("Authorization", wrong)
		p.do("GET", path, nil).is(401)
	}
	p := s.program("")
	p.header.Set("Authorization", "bearer  "+reader.token)
	p.do("GET", path, nil).is(200)

	found := map[string]bool{}
	sum := sha256.Sum256([]byte(reader.token))
	hash := hex.EncodeToString(sum[:])
	err := filepath.WalkDir(s.config.Server.DataDir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		for _, secret := range []string{reader.token, writer.token, hash, "label of the token"} {
			found[secret] = found[secret] || bytes.Contains(content, []byte(secret))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if found[reader.token] || found[writer.token] {
		t.Error("a token's secret is in the database")
	}
	if !found[hash] || !found["label of the token"] {
		t.Error("not even its hash is: this was the wrong place to look")
	}

	if err := s.service.Suspend(t.Context(), forum.Operator(), "lea", "holiday"); err != nil {
		t.Fatal(err)
	}
	if a := reader.do("GET", path, nil).is(403); !strings.Contains(text(a.object, "detail"), "holiday") {
		t.Errorf("suspended: %s", a.body)
	}
}

// TestAPIRemoteForum follows a forum of another server, and writes in it.
func TestAPIRemoteForum(t *testing.T) {
	home, away := startInProcess(t, nil), startInProcess(t, nil)
	home.forum("telecoms")
	away.account("max")
	max := away.program("max", forum.ScopeRead, forum.ScopeWrite)
	name := "telecoms@" + home.host()
	max.do("GET", "/forums/"+name, nil).is(404)
	max.do("POST", "/threads", map[string]any{"forum": name, "title": "x", "body": "x"}).is(404)
	if a := max.do("POST", "/forums/"+name+"/follow", nil).is(200); a.object["state"] != "pending" {
		t.Errorf("follow: %s", a.body)
	}
	var f map[string]any
	forumtest.Eventually(t, patience, "the Accept", func() bool {
		f = max.do("GET", "/forums/"+name, nil).is(200).object
		return f["following"] == "accepted"
	})
	hasFields(t, f, forumFields)
	for field, want := range map[string]string{"name": name, "uri": home.base + "/f/telecoms", "url": away.base + "/f/" + name} {
		if f[field] != want {
			t.Errorf("%s is %v, want %s", field, f[field], want)
		}
	}
	if a := max.do("POST", "/forums/"+name+"/follow", nil).is(200); a.object["state"] != "accepted" {
		t.Errorf("following again: %s", a.body)
	}
	if list := max.do("GET", "/forums", nil).is(200).list; len(list) != 1 || list[0]["name"] != name {
		t.Errorf("forums %v", list)
	}
	th := max.do("POST", "/threads", map[string]any{"forum": "!" + name, "title": "From afar", "body": "x"}).is(201).object
	sameJSON(t, th, "forum", `"`+name+`"`)
	if list := max.do("GET", "/threads?forum="+name, nil).is(200).list; len(list) != 1 || list[0]["id"] != th["id"] {
		t.Errorf("threads %v", list)
	}
	if a := max.do("POST", "/forums/nobody@"+home.host()+"/follow", nil).is(404); a.object["type"] != "urn:portevoix:error:NobodyThere" {
		t.Errorf("nobody: %s", a.body)
	}
	if a := max.do("POST", "/forums/x@"+freeAddress(t)+"/follow", nil).is(503); a.header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	if a := max.do("DELETE", "/forums/"+name+"/follow", nil).is(200); fmt.Sprint(a.object) != "map[state:<nil>]" {
		t.Errorf("unfollow: %s", a.body)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
	"portevoix/forum/web/api"
)

var writeExamples = flag.Bool("examples", false, "write the answers of TestAPIExamples into the API's description")

// withoutExample are operations that the story has no call of, and why.
var withoutExample = map[string]string{
	"POST /companies/{handle}/representatives/check": "its answer hangs on what a domain shows",
	"POST /replies/{id}/vote":                        "only replies from elsewhere have polls",
	"POST /forums/{name}/links/{id}":                 "it is about what a source brought",
	"DELETE /forums/{name}/links/{id}":               "likewise",
}

// moving are the operations whose figures what goes on meanwhile changes: of their
// answers only fields and types are held.
var moving = map[string]bool{"GET /data": true, "GET /guides/{country}": true, "GET /peers": true, "GET /peers/{host}": true}

// storyteller plays the examples through.
type storyteller struct {
	*inProcess
	elsewhere *inProcess
	tokens    map[string]*program
	values    map[string]string
	named     *strings.Replacer // servers as the description names them
}

// TestAPIExamples makes every call of the API's description against a server and
// holds the answers against those that stand there. After a change that is meant:
// go test ./cmd/portevoix -run TestAPIExamples -examples
func TestAPIExamples(t *testing.T) {
	t.Parallel()
	story, err := api.Examples()
	if err != nil {
		t.Fatal(err)
	}
	open := func(c *config.Config) {
		c.Limits.APIPerMinute, c.Federation.ShowLimits, c.Actions.Sponsors = 0, true, 3
	}
	s := &storyteller{inProcess: startInProcess(t, open), elsewhere: startInProcess(t, open), tokens: map[string]*program{}}
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".csv") { // else it is told of what happened
			_, _ = io.WriteString(w, "#domain,#severity\nspam.example,suspend\nloud.example,silence\n")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(program.Close)
	s.named = strings.NewReplacer(program.URL, "https://program.example", s.base, "https://forum.example", s.elsewhere.base, "https://elsewhere.example", s.host(), "forum.example", s.elsewhere.host(), "elsewhere.example")
	s.prepare()
	s.values["program"] = program.URL
	given := maps.Clone(s.values)
	long := s.overreacher()
	for i := range story.Calls {
		e := &story.Calls[i]
		if e.Aside != "" {
			act, ok := s.asides()[e.Aside]
			if !ok {
				t.Fatalf("nobody knows how %q is done", e.Aside)
			}
			act()
			continue
		}
		filled := e.With(s.values)
		if !*writeExamples {
			long.overreach(e, filled)
		}
		status, body := s.make(filled)
		if status >= http.StatusBadRequest || !*writeExamples && status != e.Status {
			t.Errorf("%s (call %d): %d, want %d: %s", e.Call, i, status, e.Status, body)
			continue
		}
		kept, err := e.Kept(body)
		if err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		maps.Copy(s.values, kept)
		shown := []byte(s.named.Replace(string(body)))
		if !json.Valid(shown) {
			shown = nil // an archive
		}
		if *writeExamples {
			shown = secret.ReplaceAll(shown, []byte("whsec_c2hvd24gb25jZSwgYW5kIG5vdCBpbiBoZXJl"))
			e.Status, e.Answer = status, shown
		} else if got, want := steady(shown, moving[e.Call]), steady(e.Answer, moving[e.Call]); got != want {
			t.Errorf("%s (call %d) is answered\n%s\nand described as\n%s", e.Call, i, got, want)
		}
	}
	if *writeExamples {
		for name, value := range given {
			given[name] = s.named.Replace(value)
		}
		story.Given = given
		s.write(story)
		return
	}
	long.all()
	for _, area := range api.Areas() {
		for i := range area.Operations {
			o := &area.Operations[i]
			if call := o.Method + " " + o.Path; (o.Example() == nil) != (withoutExample[call] != "") {
				t.Errorf("%s: has an example: %v; reason for having none: %q", call, o.Example() != nil, withoutExample[call])
			}
		}
	}
}

// write keeps the story, a call to a line.
func (s *storyteller) write(story *api.Story) {
	var out bytes.Buffer
	encode := func(value any) {
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		if err := e.Encode(value); err != nil {
			s.t.Fatal(err)
		}
	}
	out.WriteString(`{"given":`)
	encode(story.Given)
	out.WriteString(`,"calls":[` + "\n")
	for i := range story.Calls {
		if i > 0 {
			out.WriteString(",")
		}
		encode(story.Calls[i])
	}
	out.WriteString("]}\n")
	if err := os.WriteFile("../../forum/web/api/examples.json", out.Bytes(), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// unsteady are the parts of an answer that differ with every run.
var unsteady = regexp.MustCompile(`\b20\d\d-\d\d-\d\d(T[\d:.]+Z)?|\b\d{15,}\b|\b[0-9a-f]{32,}\b|whsec_[\w+/=]+|portevoix-domain=\w+|"(sha256|key|blurhash|webhook-id|show)":"[^"]*"|"bytes":\d+`)

var secret = regexp.MustCompile(`whsec_[\w+/=]+`)

// steady is an answer without them, in one order; of a moving one, its fields.
func steady(answer []byte, moves bool) string {
	var value any
	if len(answer) == 0 || json.Unmarshal(answer, &value) != nil {
		return ""
	}
	if moves {
		value = fieldsOf(value)
	}
	ordered, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return unsteady.ReplaceAllString(string(ordered), "…")
}

// fieldsOf has the names of a value's fields, of a list those of its first.
func fieldsOf(value any) any {
	switch v := value.(type) {
	case map[string]any:
		fields := map[string]any{}
		for name, field := range v {
			fields[name] = fieldsOf(field)
		}
		return fields
	case []any:
		if len(v) > 0 {
			return fieldsOf(v[0])
		}
	}
	return nil
}

// token is that of somebody in the story.
func (s *storyteller) token(name string) *program {
	who := s.tokens[name]
	if who == nil {
		who = s.program(name, forum.ScopeRead, forum.ScopeWrite)
		s.tokens[name] = who
	}
	return who
}

// make makes a call.
func (s *storyteller) make(e api.Example) (status int, body []byte) {
	s.t.Helper()
	who := s.token(e.As)
	sent, contentType := []byte(e.Body), "application/json"
	if e.File != "" {
		fields := url.Values{}
		for name, value := range e.Form {
			fields.Set(name, value)
		}
		file := drawing(s.t, 60, 40)
		if strings.HasSuffix(e.File, ".mp4") {
			file = recorded(s.t, "film.mp4")
		}
		sent, contentType = multipartForm(s.t, fields, map[string][]byte{"file": file})
	}
	r, err := http.NewRequestWithContext(s.t.Context(), e.Method(), s.base+apiPrefix+e.Address(), bytes.NewReader(sent))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	if who.token != "" {
		r.Header.Set("Authorization", "Bearer "+who.token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(response.Body); err != nil {
		s.t.Fatal(err)
	}
	if e.File == "" {
		holdAgainstDocument(s.t, r, sent, response, body)
	}
	return response.StatusCode, body
}

// prepare is what the story finds: people, a forum on another server, days.
func (s *storyteller) prepare() {
	for _, name := range []string{"lea", "max", "mo", "care", "eve"} {
		s.account(name)
	}
	if _, err := s.service.CreateAccount(s.t.Context(), forum.Operator(), forum.NewAccount{Name: "ada", Email: "ada@mail.example"}, forum.Admin); err != nil {
		s.t.Fatal(err)
	}
	s.elsewhere.account("ines")
	s.elsewhere.forum("consumers")
	day := func(days int) string { return string(forum.DateOf(s.clock.Now().AddDate(0, 0, days))) }
	s.values = map[string]string{"elsewhere": s.elsewhere.host(), "a_week_ago": day(-7), "in_a_week": day(7), "in_a_month": day(30), "tomorrow": day(1) + "T12:00:00.000Z"}
}

// ask has an action on the other server send a ballot to somebody here who follows it.
func (s *storyteller) ask() {
	program := s.elsewhere.program("ines", forum.ScopeRead, forum.ScopeWrite)
	handle := text(program.do("POST", "/actions", map[string]any{"kind": "petition", "title": "Contracts of one year", "text": "No longer ones.", "goal": 10, "language": "en", "forum": "consumers", "closes_on": s.values["in_a_month"]}).is(201).object, "handle")
	for _, name := range []string{"ida", "ian", "ivo"} {
		s.elsewhere.account(name)
		s.elsewhere.program(name, forum.ScopeRead, forum.ScopeWrite).do("POST", "/actions/"+handle+"/sponsors", nil).is(200)
	}
	program.do("POST", "/actions/"+handle+"/publish", nil).is(200)
	if _, err := s.service.Follow(s.t.Context(), s.person("lea"), handle+"@"+s.elsewhere.host()); err != nil {
		s.t.Fatal(err)
	}
	forumtest.Eventually(s.t, patience, "the ballot", func() bool {
		return len(s.program("lea", forum.ScopeRead).do("GET", "/messages", nil).is(200).list) > 0
	})
}

// asides are the things that happen beside the API.
func (s *storyteller) asides() map[string]func() {
	later := func(what, as, call string, done func(body string) bool) {
		forumtest.Eventually(s.t, patience, what, func() bool {
			e := (&api.Example{Call: call, As: as, Path: map[string]string{"id": "$hook", "handle": "$action"}}).With(s.values)
			if strings.HasPrefix(call, "GET /threads/") {
				e.Path["id"] = s.values["case"]
			}
			_, body := s.make(e)
			return done(string(body))
		})
	}
	made := func(body string) bool { return strings.Contains(body, `"state":"ready"`) }
	return map[string]func(){
		"an action elsewhere asks lea": s.ask,
		"the first archive is made": func() {
			later("the archive", "", "GET /data", func(body string) bool { return strings.Contains(body, "sha256") })
		},
		"the program was called": func() {
			later("the call", "mo", "GET /webhooks/{id}/calls", func(body string) bool { return strings.Contains(body, `"status":204`) })
		},
		"the dossier of the case is made":   func() { later("the dossier", "lea", "GET /threads/{id}/dossiers", made) },
		"the dossier of the action is made": func() { later("the dossier", "lea", "GET /actions/{handle}/dossiers", made) },
		"the company opens the link that it was mailed": func() {
			var link string
			forumtest.Eventually(s.t, patience, "the mail to the company", func() bool {
				link = claimLinkForm.FindString(s.printed.String())
				return link != ""
			})
			s.textBrowser("").post(link, nil).is(http.StatusSeeOther)
		},
	}
}

package main

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/web/api"
)

// wrongValues are no value of any field, or too much of one.
var wrongValues = []string{`7`, `-1e300`, `"\u0000"`, `"` + strings.Repeat("x", 40_000) + `"`, `{"a":[{"b":null}]}`, `[[],{}]`, `null`}

// TestAPIBadInput calls every address of the description with nonsense in each of its
// fields and parameters, with the ids of another's things and of nothing: whatever is
// refused is refused with a problem that says so, nothing breaks, and what is another's
// stays as it was.
func TestAPIBadInput(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Limits.APIPerMinute, c.Federation.ShowLimits = 0, true })
	lea := s.account("lea")
	s.account("max")
	s.forum("telecoms")
	mine := s.grievance(lea, "telecoms", "Charged twice")
	owner, stranger := s.program("lea", forum.ScopeRead, forum.ScopeWrite), s.program("max", forum.ScopeRead, forum.ScopeWrite)
	before := owner.do("GET", "/threads/"+mine.ID.String(), nil).is(200).object

	body, err := api.Document(forum.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(body)
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	call := func(method, path, body string) {
		calls++
		a := stranger.raw(method, path, body)
		var problem struct {
			Status int
			Title  string
		}
		switch {
		case a.status >= 500:
			t.Errorf("%s with %.80s: %d %s", a.what, body, a.status, a.body)
		case a.status >= 400 && (json.Unmarshal([]byte(a.body), &problem) != nil || problem.Status != a.status || problem.Title == ""):
			t.Errorf("%s with %.80s: %d without a problem: %s", a.what, body, a.status, a.body)
		}
	}
	paths := document.Paths.Map()
	for _, template := range slices.Sorted(maps.Keys(paths)) {
		for method, operation := range paths[template].Operations() {
			for _, id := range []string{mine.ID.String(), "42", "9223372036854775807"} {
				path := strings.NewReplacer("{id}", id, "{thread}", id, "{invalidation}", id, "{level}", "seen", "{key}", "abc", "{country}", "fr", "{host}", "example.org", "{tag}", "tag", "{name}", "telecoms", "{handle}", "telecoms").Replace(template)
				call(method, path, "")
				if id != mine.ID.String() {
					continue
				}
				for _, query := range wrongQueries(operation) {
					call(method, path+query, "")
				}
				for _, body := range wrongBodies(operation) {
					call(method, path, body)
				}
			}
		}
	}
	if calls < 1500 {
		t.Errorf("%d calls: the description is not gone through", calls)
	}
	after := owner.do("GET", "/threads/"+mine.ID.String(), nil).is(200).object
	for _, field := range []string{"title", "body", "kind", "state", "locked", "edited_at"} {
		if before[field] != after[field] {
			t.Errorf("%s of another's thread was %v and is %v", field, before[field], after[field])
		}
	}
}

// wrongQueries are nonsense in each parameter of an operation.
func wrongQueries(o *openapi3.Operation) []string {
	var list []string
	for _, p := range o.Parameters {
		if p.Value.In == openapi3.ParameterInQuery {
			for _, value := range []string{"\x00", "-1", "99999999999999999999", "'\"%_\\", strings.Repeat("y", 3000)} {
				list = append(list, "?"+url.Values{p.Value.Name: {value}}.Encode())
			}
		}
	}
	return list
}

// wrongBodies are bodies that are none, and nonsense in each field of one.
func wrongBodies(o *openapi3.Operation) []string {
	list := []string{"{", "[]", `"x"`, "null", `{"no_such_field":1}`, "\xff"}
	if o.RequestBody == nil || o.RequestBody.Value.Content["application/json"] == nil {
		return list
	}
	schema := o.RequestBody.Value.Content["application/json"].Schema.Value
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		for _, wrong := range wrongValues {
			fields := map[string]json.RawMessage{}
			for other, property := range schema.Properties { // the others are of their types
				if other != name && slices.Contains(schema.Required, other) {
					fields[other] = json.RawMessage(`"x"`)
					if property.Value.Type.Is("array") {
						fields[other] = json.RawMessage(`["x"]`)
					}
				}
			}
			fields[name] = json.RawMessage(wrong)
			body, _ := json.Marshal(fields)
			list = append(list, string(body))
		}
	}
	return list
}

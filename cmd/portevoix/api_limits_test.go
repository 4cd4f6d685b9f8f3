package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"portevoix/forum"
	"portevoix/forum/web/api"
)

// unreached are limited texts that the story brings to no handler, and why.
var unreached = map[string]string{
	"PATCH /actions/{handle} recipient": "no letter is a draft in the story; POST /actions goes by the same rule",
	"PATCH /actions/{handle} place":     "no gathering is; likewise",
}

// beyond are calls that only reach fields which those of the story have not.
var beyond = []api.Example{
	{Call: "PATCH /threads/{id}", As: "lea", Path: map[string]string{"id": "$case"}, Body: json.RawMessage(`{"case":{"experienced_on":"2026-01-02"}}`)},
	{Call: "POST /actions", As: "lea", Body: json.RawMessage(`{"kind":"gathering","title":"Meet","text":"Come.","closes_on":"$in_a_month","starts_at":"2126-01-02T10:00:00Z","place":"Lyon"}`)},
	{Call: "PATCH /concerns/{id}", As: "mo", Path: map[string]string{"id": "$concern"}, Body: json.RawMessage(`{"reply":"So it was."}`)},
}

// ofKinds are fields that only some of what is sent may have.
var ofKinds = map[string]bool{"recipient": true, "place": true, "reply": true}

// overreacher sends calls of a story with one character too many in each text of
// which the description says how long it may be.
type overreacher struct {
	*storyteller
	document *openapi3.T
	tried    map[string]bool // by call and field
}

func (s *storyteller) overreacher() *overreacher {
	body, err := api.Document(forum.DefaultLimits)
	if err != nil {
		s.t.Fatal(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(body)
	if err != nil {
		s.t.Fatal(err)
	}
	return &overreacher{s, document, map[string]bool{}}
}

// schema is that of what a call takes; nil for nothing.
func (o *overreacher) schema(e *api.Example) *openapi3.Schema {
	method, path, _ := strings.Cut(e.Call, " ")
	body := o.document.Paths.Find(api.Prefix + path).GetOperation(method).RequestBody
	if body == nil || body.Value.Content["application/json"] == nil {
		return nil
	}
	return body.Value.Content["application/json"].Schema.Value
}

// overreach makes a call once for each limited text, which has to be refused for it.
func (o *overreacher) overreach(e *api.Example, filled api.Example) {
	o.t.Helper()
	schema := o.schema(e)
	if schema == nil {
		return
	}
	for field, limit := range limitedTexts("", schema) {
		if o.tried[e.Call+" "+field] {
			continue
		}
		body := map[string]any{}
		if len(filled.Body) > 0 {
			if err := json.Unmarshal(filled.Body, &body); err != nil {
				o.t.Fatal(err)
			}
		}
		outer, inner, nested := strings.Cut(field, ".")
		inside := body
		if nested {
			if inside, _ = body[outer].(map[string]any); inside == nil {
				continue // another call has it
			}
		} else {
			inner = outer
		}
		if _, given := body[outer]; !given && ofKinds[outer] {
			continue // likewise
		}
		name := e.Call + " " + field
		long := strings.Repeat("é", int(limit.length)+1)
		if inside[inner] = long; limit.list {
			inside[inner] = []any{long, "b"}
		}
		sent, err := json.Marshal(body)
		if err != nil {
			o.t.Fatal(err)
		}
		answer := o.token(e.As).raw(e.Method(), apiPrefix+filled.Address(), string(sent))
		o.tried[name] = true
		var problem struct{ Errors []struct{ Field string } }
		_ = json.Unmarshal([]byte(answer.body), &problem)
		named := slices.ContainsFunc(problem.Errors, func(p struct{ Field string }) bool { return p.Field == outer || p.Field == field })
		if answer.status < http.StatusBadRequest || answer.status >= http.StatusInternalServerError || !named {
			o.t.Errorf("%s with %d characters: %d %s", name, limit.length+1, answer.status, answer.body)
		}
	}
}

type textLimit struct {
	length uint64
	list   bool
}

// limitedTexts are the texts of a schema that have a bound, also those in objects.
func limitedTexts(within string, schema *openapi3.Schema) map[string]textLimit {
	list := map[string]textLimit{}
	for name, ref := range schema.Properties {
		switch property := ref.Value; {
		case property.MaxLength != nil:
			list[within+name] = textLimit{length: *property.MaxLength}
		case property.Items != nil && property.Items.Value != nil && property.Items.Value.MaxLength != nil:
			list[within+name] = textLimit{*property.Items.Value.MaxLength, true}
		case within == "":
			for field, limit := range limitedTexts(name+".", property) {
				list[field] = limit
			}
		}
	}
	return list
}

// all wants every limited text of the description tried.
func (o *overreacher) all() {
	for i := range beyond {
		o.overreach(&beyond[i], beyond[i].With(o.values))
	}
	for path, item := range o.document.Paths.Map() {
		for method := range item.Operations() {
			call := method + " " + strings.TrimPrefix(path, api.Prefix)
			schema := o.schema(&api.Example{Call: call})
			if schema == nil {
				continue
			}
			for field := range limitedTexts("", schema) {
				if name := call + " " + field; o.tried[name] == (unreached[name] != "") {
					o.t.Errorf("%s: one character too many was tried: %v; reason for not trying: %q", name, o.tried[name], unreached[name])
				}
			}
		}
	}
}

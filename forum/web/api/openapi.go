package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"portevoix/forum"
)

// DocumentPath is where the API's description is served (OpenAPI 3.1).
const DocumentPath = "/api/portevoix/openapi.json"

// Operation describes one method of one address. A new route needs an entry in
// the list of its area; a test holds the lists against the router.
type Operation struct {
	Method  string
	Path    string      // below Prefix, with its variables in braces
	Scope   forum.Scope // of the token it needs; empty: it needs none
	Status  int         // of its success
	Summary string
	Query   []string // names of its parameters
	in      any      // a value of the JSON it takes, or its fields; nil: none
	out     any      // a value of the JSON it answers with; nil: none
	held    bool     // it may answer 202 with what waits for its time
	upload  bool     // it takes a form with a file instead of JSON
	media   string   // of what it answers with, where that is not JSON
}

// Area is what belongs together in the documentation.
type Area struct {
	Name       string
	Operations []Operation
}

// fields are those of a request without a type of its own: names divided by
// spaces, each with ":" and its type where that is not "string". An asterisk
// marks those that must be there.
type fields string

// object is the JSON of a schema or of another part of the document.
type object = map[string]any

// pathVariable finds the variables of an address.
var pathVariable = regexp.MustCompile(`{([a-z_]+)}`)

// Document is the description as JSON, of a server with these limits.
func Document(l forum.Limits) ([]byte, error) { return json.Marshal(describe(l)) }

func (a *API) sendDocument(c *call) error {
	body, err := a.document()
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = c.w.Write(body)
	return nil
}

// describe makes the document of all areas.
func describe(l forum.Limits) object {
	s := &schemas{named: object{}, types: map[string]reflect.Type{}, limits: limitsOf(l)}
	paths, tags := object{}, []object{}
	failure := object{"description": "What went wrong, as problem details (RFC 9457).", "content": object{"application/problem+json": object{"schema": s.of(reflect.TypeFor[problem]())}}}
	for _, area := range Areas() {
		tags = append(tags, object{"name": area.Name})
		for i := range area.Operations {
			o := &area.Operations[i]
			address := Prefix + o.Path
			if paths[address] == nil {
				paths[address] = object{}
			}
			paths[address].(object)[strings.ToLower(o.Method)] = s.operation(area.Name, o)
		}
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Portevoix", "version": "1",
			"description": "What Portevoix has beside the Mastodon client API. The latter is served under /api/v1, /api/v2 and /oauth; its reference is https://docs.joinmastodon.org/client/. Times are RFC 3339 in UTC, days YYYY-MM-DD, IDs decimal numbers as strings. Fields that are not known are refused.",
		},
		"servers": []object{{"url": "/"}}, "tags": tags, "paths": paths,
		"components": object{
			"schemas": s.named, "responses": object{"Problem": failure},
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer", "description": "An access token, by OAuth2 or from “portevoix account token NAME --scope …”. Scopes: read, write."}},
		},
	}
}

// operation is the description of one.
func (s *schemas) operation(tag string, o *Operation) object {
	success := object{"description": http.StatusText(o.Status)}
	switch {
	case o.media != "":
		success["content"] = object{o.media: object{}}
	case o.out != nil:
		success["content"] = object{"application/json": object{"schema": s.of(reflect.TypeOf(o.out))}}
	}
	d := object{
		"operationId": strings.ToLower(o.Method) + strings.NewReplacer("/", "_", "{", "", "}", "", "-", "_", ".", "_").Replace(o.Path),
		"tags":        []string{tag}, "summary": o.Summary,
		"responses": object{strconv.Itoa(o.Status): success, "default": object{"$ref": "#/components/responses/Problem"}},
	}
	if o.held {
		d["responses"].(object)[strconv.Itoa(http.StatusAccepted)] = object{"description": "It is held until scheduled_at.", "content": object{"application/json": object{"schema": s.of(reflect.TypeFor[scheduledEntity]())}}}
	}
	// A token is welcome everywhere: it says what the reader did with a post.
	d["security"] = []object{{}, {"token": []string{}}}
	if o.Scope != "" {
		d["security"] = []object{{"token": []string{string(o.Scope)}}}
		d["description"] = "Needs a token with the scope “" + string(o.Scope) + "”."
	}
	parameters := []object{}
	for _, match := range pathVariable.FindAllStringSubmatch(o.Path, -1) {
		parameters = append(parameters, parameter(match[1], "path"))
	}
	for _, name := range o.Query {
		parameters = append(parameters, parameter(name, "query"))
	}
	switch {
	case o.Method == http.MethodGet && o.out != nil:
		parameters = append(parameters, parameter("If-None-Match", "header"))
		success["headers"] = object{"ETag": object{"description": "Names what is answered.", "schema": object{"type": "string"}}}
		d["responses"].(object)["304"] = object{"description": "As it was with that ETag."}
	case o.Method == http.MethodPost:
		p := parameter(repeatHeader, "header")
		p["schema"] = object{"type": "string", "maxLength": forum.MaxRepeatKey, "pattern": "^[ -~]*$"}
		parameters = append(parameters, p)
	}
	if len(parameters) > 0 {
		d["parameters"] = parameters
	}
	if body := s.body(o); body != nil {
		d["requestBody"] = body
	}
	o.exemplify(d, success)
	return d
}

func parameter(name, place string) object {
	p := object{"name": name, "in": place, "schema": object{"type": "string"}}
	if place == "path" {
		p["required"] = true
	}
	if name == "limit" {
		p["schema"] = object{"type": "integer", "minimum": 1, "maximum": maxLimit, "default": defaultLimit}
	}
	if text := meanings[name]; text != "" {
		p["description"] = text
	}
	return p
}

func (s *schemas) body(o *Operation) object {
	var schema object
	switch in := o.in.(type) {
	case nil:
		return nil
	case fields:
		schema = in.schema(s)
	default:
		schema = s.input(reflect.TypeOf(in))
	}
	bound(schema, s.limits[o.Call()])
	if o.upload {
		return object{"required": true, "content": object{"multipart/form-data": object{"schema": schema}}}
	}
	return object{"content": object{"application/json": object{"schema": schema}}}
}

// schema is the object that the fields make.
func (f fields) schema(s *schemas) object {
	properties, required := object{}, []string{}
	for _, field := range strings.Fields(string(f)) {
		name, kind, _ := strings.Cut(field, ":")
		if bare, ok := strings.CutSuffix(name, "*"); ok {
			name = bare
			required = append(required, name)
		}
		properties[name] = described(name, s.word(kind))
	}
	schema := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// word is the schema that a type has in fields.
func (s *schemas) word(kind string) object {
	if item, ok := strings.CutPrefix(kind, "[]"); ok {
		return object{"type": "array", "items": s.word(item)}
	}
	switch kind {
	case "":
		return object{"type": "string"}
	case "time":
		return object{"type": "string", "format": "date-time"}
	case "file":
		return object{"type": "string", "contentMediaType": "application/octet-stream"}
	case "amount":
		return s.input(reflect.TypeFor[amountEntity]())
	case "poll":
		return s.input(reflect.TypeFor[newPoll]())
	case "case":
		return s.input(reflect.TypeFor[newCase]())
	case "registry":
		return s.input(reflect.TypeFor[registryEntity]())
	default:
		return object{"type": kind}
	}
}

// described adds what a field of that name means.
func described(name string, schema object) object {
	if text := meanings[name]; text != "" {
		if _, ok := schema["description"]; !ok {
			schema["description"] = text
		}
	}
	return schema
}

// schemas are made of Go types; structs with a name are kept by it.
type schemas struct {
	named object
	types map[string]reflect.Type // whose the names are
	// limits are those of calls' fields.
	limits map[string]map[string]Limit
}

// input is of for requests, where every field may be missing.
func (s *schemas) input(t reflect.Type) object {
	schema := s.structure(t)
	delete(schema, "required")
	schema["additionalProperties"] = false
	return schema
}

var marshaler = reflect.TypeFor[json.Marshaler]()

// of is the schema of a type.
func (s *schemas) of(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[forum.ID]():
		return object{"type": "string"}
	case t == reflect.TypeFor[json.Number]():
		return object{"type": "number"}
	case t.Kind() == reflect.Pointer:
		return object{"anyOf": []object{s.of(t.Elem()), {"type": "null"}}}
	case t.Implements(marshaler):
		return object{}
	}
	switch t.Kind() {
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice, reflect.Array:
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		if t.Name() == "" {
			return s.structure(t)
		}
		name := strings.TrimSuffix(t.Name(), "Entity")
		name = strings.ToUpper(name[:1]) + name[1:]
		if _, ok := s.named[name]; !ok {
			s.types[name] = t
			s.named[name] = object{} // for those that hold themselves
			s.named[name] = s.structure(t)
		}
		if s.types[name] != t { // TestDocumentHoldsTogether comes by here
			panic("the API's description calls two types " + name)
		}
		return object{"$ref": "#/components/schemas/" + name}
	case reflect.Interface:
		return object{}
	default: // what is left of what JSON can hold
		return object{"type": "integer"}
	}
}

func (s *schemas) structure(t reflect.Type) object {
	properties, required := object{}, []string{}
	for _, field := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || field.Anonymous && name == "" || !field.IsExported() {
			continue
		}
		if name == "" {
			name = field.Name
		}
		properties[name] = described(name, s.of(field.Type))
		// Fields of an embedded pointer are missing with it.
		if !strings.Contains(options, "omit") && !throughPointer(t, field.Index) {
			required = append(required, name)
		}
	}
	return object{"type": "object", "properties": properties, "required": required}
}

func throughPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			return true
		}
	}
	return false
}

// Takes are the names of the fields that the request's JSON may have.
func (o *Operation) Takes() []string {
	var names []string
	switch in := o.in.(type) {
	case nil:
	case fields:
		for _, field := range strings.Fields(string(in)) {
			name, _, _ := strings.Cut(field, ":")
			names = append(names, strings.TrimSuffix(name, "*"))
		}
	default:
		for _, field := range reflect.VisibleFields(reflect.TypeOf(in)) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	return names
}

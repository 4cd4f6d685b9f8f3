package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Example is one call of a story, and its answer. A test plays the story through
// against a server and writes the answers, so that what the description shows is what
// happens.
type Example struct {
	// Aside is what happens beside the API before the next call; such an entry has
	// nothing else.
	Aside  string            `json:"aside,omitempty"`
	Call   string            `json:"call,omitempty"`  // method and path, as in the list of operations
	As     string            `json:"as,omitempty"`    // whose token is sent; "": none
	Path   map[string]string `json:"path,omitempty"`  // values of the path's variables
	Query  map[string]string `json:"query,omitempty"` // parameters
	Body   json.RawMessage   `json:"body,omitempty"`
	File   string            `json:"file,omitempty"` // the file that a form brings, by its name
	Form   map[string]string `json:"form,omitempty"` // the form's other fields
	Keep   map[string]string `json:"keep,omitempty"` // names for fields of the answer, as "poll.id" or "0.id"; in later calls "$name" stands for the value
	Status int               `json:"status,omitempty"`
	Answer json.RawMessage   `json:"answer,omitempty"`
}

// Story are the examples in their order.
type Story struct {
	Given map[string]string `json:"given"` // what stands for names from the beginning
	Calls []Example         `json:"calls"`
}

//go:embed examples.json
var examples []byte

// Examples is the story as it was written down, with names where later calls need
// what earlier ones answered.
func Examples() (*Story, error) {
	var s Story
	if err := json.Unmarshal(examples, &s); err != nil {
		return nil, fmt.Errorf("examples: %w", err)
	}
	return &s, nil
}

var placeholder = regexp.MustCompile(`\$[a-z_]+`)

// With puts values in the place of their names.
func (e *Example) With(values map[string]string) Example {
	filled := *e
	put := func(text string) string {
		return placeholder.ReplaceAllStringFunc(text, func(name string) string {
			if value, ok := values[name[1:]]; ok {
				return value
			}
			return name
		})
	}
	filled.Path, filled.Query = maps.Clone(e.Path), maps.Clone(e.Query)
	for _, m := range []map[string]string{filled.Path, filled.Query} {
		for name, value := range m {
			m[name] = put(value)
		}
	}
	filled.Body = json.RawMessage(put(string(e.Body)))
	return filled
}

// Method is that of the call.
func (e *Example) Method() string {
	method, _, _ := strings.Cut(e.Call, " ")
	return method
}

// Address is the call's path below Prefix, with its parameters.
func (e *Example) Address() string {
	_, path, _ := strings.Cut(e.Call, " ")
	path = pathVariable.ReplaceAllStringFunc(path, func(name string) string { return url.PathEscape(e.Path[name[1:len(name)-1]]) })
	if len(e.Query) == 0 {
		return path
	}
	query := url.Values{}
	for name, value := range e.Query {
		query.Set(name, value)
	}
	return path + "?" + query.Encode()
}

// Kept are the values of an answer that have names.
func (e *Example) Kept(answer []byte) (map[string]string, error) {
	kept := map[string]string{}
	for name, at := range e.Keep {
		var value any
		if err := json.Unmarshal(answer, &value); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Call, err)
		}
		for step := range strings.SplitSeq(at, ".") {
			switch v := value.(type) {
			case map[string]any:
				value = v[step]
			case []any:
				var i int
				if _, err := fmt.Sscanf(step, "%d", &i); err != nil || i >= len(v) {
					return nil, fmt.Errorf("%s: no %s in its answer", e.Call, at)
				}
				value = v[i]
			}
		}
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("%s: no %s in its answer", e.Call, at)
		}
		kept[name] = text
	}
	return kept, nil
}

// shown are the examples as the description has them, the first of each operation.
var shown = sync.OnceValues(func() (map[string]*Example, error) {
	story, err := Examples()
	if err != nil {
		return nil, err
	}
	values, first := maps.Clone(story.Given), map[string]*Example{}
	for i := range story.Calls {
		e := story.Calls[i].With(values)
		if e.Call == "" {
			continue
		}
		if first[e.Call] == nil {
			first[e.Call] = &e
		}
		kept, err := e.Kept(e.Answer)
		if err != nil {
			return nil, err
		}
		maps.Copy(values, kept)
	}
	return first, nil
})

// Example is a call of the operation with its answer, or nil.
func (o *Operation) Example() *Example {
	first, err := shown()
	if err != nil {
		return nil // TestAPIExamples says what is wrong
	}
	return first[o.Method+" "+o.Path]
}

// Curl is the call as a command; TOKEN stands for a token.
func (e *Example) Curl(base string) string {
	line := []string{"curl"}
	if method := e.Method(); method != "GET" && (method != "POST" || len(e.Body) == 0 && e.File == "") {
		line = append(line, "-X "+method)
	}
	if e.As != "" {
		line = append(line, `-H "Authorization: Bearer $TOKEN"`)
	}
	if len(e.Body) > 0 {
		line = append(line, `-H 'Content-Type: application/json'`, "-d "+quoted(string(e.Body)))
	}
	if e.File != "" {
		line = append(line, "-F file=@"+e.File)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Form)) {
		line = append(line, "-F "+quoted(name+"="+e.Form[name]))
	}
	line = append(line, quoted(base+Prefix+e.Address()))
	if len(line) == 2 {
		return strings.Join(line, " ")
	}
	return strings.Join(line, " \\\n  ")
}

// quoted is text as one word of a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// Indented is the answer for reading; "" for none in JSON.
func (e *Example) Indented() string {
	var text bytes.Buffer
	if json.Indent(&text, e.Answer, "", "  ") != nil {
		return ""
	}
	return text.String()
}

// exemplify adds an example to the description of its operation.
func (o *Operation) exemplify(d object, success object) {
	e := o.Example()
	if e == nil {
		return
	}
	parameters, _ := d["parameters"].([]object)
	for _, p := range parameters {
		values := map[any]map[string]string{"path": e.Path, "query": e.Query}[p["in"]]
		if value, ok := values[p["name"].(string)]; ok {
			p["example"] = value
			if schema, _ := p["schema"].(object); schema["type"] == "integer" {
				p["example"] = json.Number(value)
			}
		}
	}
	for _, part := range []struct {
		of   any
		with json.RawMessage
	}{{d["requestBody"], e.Body}, {success, e.Answer}} {
		holder, _ := part.of.(object)
		content, _ := holder["content"].(object)
		if media, ok := content["application/json"].(object); ok && len(part.with) > 0 {
			media["example"] = part.with
		}
	}
}

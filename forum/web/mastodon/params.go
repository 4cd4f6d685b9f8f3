package mastodon

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// params are what an app sends, however it does: in the address, as a form, or as
// JSON. Keys are those of forms: "poll[options][]", "fields_attributes[0][name]".
type params struct{ values url.Values }

// unreadable is a request that cannot be read at all.
type unreadable struct{ err error }

func (e *unreadable) Error() string { return "read request: " + e.err.Error() }
func (e *unreadable) Unwrap() error { return e.err }

// maxMemory is how much of an upload is held in memory; what is larger goes to
// temporary files, which the server removes.
const maxMemory = 1 << 20

// maxDepth bounds how deep JSON may be, and maxValues how many there may be.
const (
	maxDepth  = 6
	maxValues = 2000
)

// read reads what the app sent.
func (c *call) read() error {
	c.in = params{values: c.r.URL.Query()}
	if c.r.Body == nil || c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	switch {
	case kind == "multipart/form-data":
		if err := c.r.ParseMultipartForm(maxMemory); err != nil {
			return &unreadable{err}
		}
		c.in.merge(c.r.MultipartForm.Value)
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		return c.readJSON()
	default:
		// Not through ParseForm: it leaves the body of a DELETE alone.
		body, err := io.ReadAll(c.r.Body)
		if err != nil {
			return &unreadable{err}
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return &unreadable{err}
		}
		c.in.merge(form)
	}
	return nil
}

func (c *call) readJSON() error {
	body, err := io.ReadAll(c.r.Body)
	if err != nil {
		return &unreadable{err}
	}
	values, err := flatten(body)
	if err != nil {
		return &unreadable{err}
	}
	c.in.merge(values)
	return nil
}

func (p params) merge(more url.Values) {
	for key, list := range more {
		p.values[key] = list
	}
}

// flatten writes a JSON object as a form would be.
func flatten(body []byte) (url.Values, error) {
	values := url.Values{}
	if len(bytes.TrimSpace(body)) == 0 {
		return values, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return nil, err
	}
	count := 0
	var add func(key string, v any, depth int)
	add = func(key string, v any, depth int) {
		if count++; count > maxValues || depth > maxDepth {
			return
		}
		switch v := v.(type) {
		case string:
			values.Add(key, v)
		case json.Number:
			values.Add(key, v.String())
		case bool:
			values.Add(key, strconv.FormatBool(v))
		case []any:
			for i, item := range v {
				if _, nested := item.(map[string]any); nested {
					add(key+"["+strconv.Itoa(i)+"]", item, depth+1)
				} else {
					add(key+"[]", item, depth+1)
				}
			}
		case map[string]any:
			for name, item := range v {
				add(key+"["+name+"]", item, depth+1)
			}
		}
	}
	for name, v := range object {
		add(name, v, 0)
	}
	return values, nil
}

// get is a value, "" for none.
func (p params) get(name string) string { return p.values.Get(name) }

// has says whether a value was sent, be it an empty one.
func (p params) has(name string) bool { return p.values.Has(name) }

// list is every value of a name, written as "name[]", "name[0]" or "name".
func (p params) list(name string) []string {
	if list, ok := p.values[name+"[]"]; ok {
		return list
	}
	var list []string
	for i := 0; p.has(name + "[" + strconv.Itoa(i) + "]"); i++ {
		list = append(list, p.get(name+"["+strconv.Itoa(i)+"]"))
	}
	if list == nil {
		return p.values[name]
	}
	return list
}

// is reads a truth value as Rails does: anything but these is true.
func (p params) is(name string) bool { return p.has(name) && truth(p.get(name)) }

func truth(text string) bool {
	return !slices.Contains([]string{"", "0", "f", "F", "false", "FALSE", "off", "OFF"}, text)
}

// number is a number, 0 for what is none.
func (p params) number(name string) int {
	n, _ := strconv.Atoi(p.get(name))
	return n
}

// hasList says whether a list was sent.
func (p params) hasList(name string) bool {
	return p.has(name+"[]") || p.has(name+"[0]") || p.has(name)
}

package vocabulary

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Document is a JSON object from another server. Its methods take what the
// fediverse really sends: single values for arrays and the reverse, objects or
// their ids, strings or language maps. They never fail; what is not there, or
// not of the kind asked for, is empty.
type Document map[string]any

const (
	// MaxDepth bounds how deep a document may nest. Real ones stay below 10.
	MaxDepth = 50
	// maxList bounds how many members of a list are looked at.
	maxList = 1000
	// maxType bounds a type, in bytes: those that are not known end up in logs
	// and answers.
	maxType = 100
)

// ErrNotObject means that a document is JSON, but no object.
var ErrNotObject = errors.New("the document is not a JSON object")

// Parse reads a document.
func Parse(body []byte) (Document, error) {
	if err := checkDepth(body); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("the document is not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the document is followed by something else")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, ErrNotObject
	}
	return object, nil
}

// checkDepth counts brackets outside strings, without building anything.
func checkDepth(body []byte) error {
	depth, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{', c == '[':
			if depth++; depth > MaxDepth {
				return fmt.Errorf("the document nests deeper than %d levels", MaxDepth)
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return nil
}

// ID is the document's id, or "" when it has none or it is no web address.
func (d Document) ID() string {
	id, _ := d["id"].(string)
	return webAddress(id)
}

// webAddress returns s when it is an http or https URL of sensible length.
func webAddress(s string) string {
	if len(s) > 2048 || strings.ContainsAny(s, " \t\r\n<>\"") {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return ""
	}
	return s
}

// Type is the document's type: the first that Portevoix knows, where there are
// several, else the first.
func (d Document) Type() string {
	switch t := d["type"].(type) {
	case string:
		return local(t)
	case []any:
		first := ""
		for _, v := range t {
			s, ok := v.(string)
			if !ok {
				continue
			}
			if s = local(s); known[s] {
				return s
			}
			if first == "" {
				first = s
			}
		}
		return first
	}
	return ""
}

// local strips the namespace of a type, and what cannot be printed.
func local(t string) string {
	t = strings.TrimPrefix(t, "https://www.w3.org/ns/activitystreams#")
	t = clip(strings.TrimPrefix(t, "as:"), maxType)
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, t)
}

// known are the types that are acted upon.
var known = set("Accept", "Add", "Announce", "Block", "Create", "Delete", "Dislike", "Flag", "Follow", "Like", "Lock", "Move",
	"Reject", "Remove", "Undo", "Update", "Application", "Group", "Organization", "Person", "Service",
	"Article", "Audio", "Event", "Image", "Note", "Page", "Question", "Video", "Tombstone",
	"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage")

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// String is the first string under key.
func (d Document) String(key string) string {
	switch v := first(d[key]).(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// Text is a natural-language property: the plain string, else the entry of its
// language map. lang is the language that the map gives, "" without one; a map
// that holds the plain string under a language tells that language.
func (d Document) Text(key string) (text, lang string) {
	text = d.String(key)
	languages, _ := d[key+"Map"].(map[string]any)
	var tags []string
	for tag, v := range languages {
		if s, ok := v.(string); ok && (text == "" || s == text) {
			tags = append(tags, tag)
		}
	}
	if len(tags) == 0 {
		return text, ""
	}
	slices.Sort(tags)
	s, _ := languages[tags[0]].(string)
	if tags[0] == "und" {
		return s, ""
	}
	return s, tags[0]
}

// IRI is the first address under key: a string, or the id (else href) of an
// object.
func (d Document) IRI(key string) string {
	list := d.IRIs(key)
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// IRIs are all addresses under key.
func (d Document) IRIs(key string) []string {
	var list []string
	for _, v := range all(d[key]) {
		if s := iriOf(v); s != "" {
			list = append(list, s)
		}
	}
	return list
}

func iriOf(v any) string {
	switch v := v.(type) {
	case string:
		if v == "as:Public" || v == "Public" {
			return Public
		}
		return webAddress(v)
	case map[string]any:
		if id := Document(v).ID(); id != "" {
			return id
		}
		href, _ := v["href"].(string)
		return webAddress(href)
	}
	return ""
}

// Object is the first embedded object under key, nil when there is none.
func (d Document) Object(key string) Document {
	if o, ok := first(d[key]).(map[string]any); ok {
		return o
	}
	return nil
}

// Objects are all embedded objects under key.
func (d Document) Objects(key string) []Document {
	var list []Document
	for _, v := range all(d[key]) {
		if o, ok := v.(map[string]any); ok {
			list = append(list, o)
		}
	}
	return list
}

// Bool is the boolean under key.
func (d Document) Bool(key string) bool {
	b, _ := first(d[key]).(bool)
	return b
}

// Time is the moment under key, the zero time when it cannot be read. Besides
// RFC 3339, forms without a zone or without seconds are met.
func (d Document) Time(key string) time.Time {
	s := d.String(key)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 && t.Year() < 10000 {
			return t.UTC()
		}
	}
	return time.Time{}
}

// Addresses are everyone a document is addressed to, in to, cc and audience.
func (d Document) Addresses() []string {
	var list []string
	for _, key := range []string{"to", "cc", "audience"} {
		list = append(list, d.IRIs(key)...)
	}
	return list
}

// IsPublic says whether everyone may read a document.
func (d Document) IsPublic() bool {
	return slices.Contains(d.IRIs("to"), Public) || slices.Contains(d.IRIs("cc"), Public)
}

func first(v any) any {
	if list, ok := v.([]any); ok {
		if len(list) == 0 {
			return nil
		}
		return list[0]
	}
	return v
}

func all(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v[:min(len(v), maxList)]
	}
	return []any{v}
}

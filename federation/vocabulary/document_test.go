package vocabulary_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"portevoix/federation/vocabulary"
)

// parse reads a document that is known to be one.
func parse(t testing.TB, text string) vocabulary.Document {
	t.Helper()
	d, err := vocabulary.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

func TestParse(t *testing.T) {
	nested := func(depth int) string {
		return `{"a":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + "}"
	}
	for _, c := range []struct {
		name, text string
		ok         bool
	}{
		{"an object", `{"type":"Note"}`, true},
		{"with space around it", "\n {} \n", true},
		{"as deep as allowed", nested(vocabulary.MaxDepth), true},
		{"one deeper", nested(vocabulary.MaxDepth + 1), false},
		{"brackets in a string", `{"a":"` + strings.Repeat("[", 99) + `"}`, true},
		{"brackets after an escaped quote", `{"a":"\"` + strings.Repeat("[", 99) + `"}`, true},
		{"brackets after an escaped backslash", `{"a":"\\",` + nested(99)[1:], false},
		{"a list", `[{"type":"Note"}]`, false},
		{"a string", `"https://x.example/1"`, false},
		{"null", `null`, false},
		{"two objects", `{}{}`, false},
		{"an object and a comma", `{},`, false},
		{"half an object", `{"a":`, false},
		{"nothing", ``, false},
		{"XML", `<feed/>`, false},
		{"a comment", `{} // no`, false},
	} {
		d, err := vocabulary.Parse([]byte(c.text))
		if (err == nil) != c.ok || (d != nil) != c.ok {
			t.Errorf("%s: %v, %v", c.name, d, err)
		}
	}
}

func TestType(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{`"Note"`, "Note"},
		{`"as:Note"`, "Note"},
		{`"https://www.w3.org/ns/activitystreams#Note"`, "Note"},
		{`["Note"]`, "Note"},
		{`["Edition","Note"]`, "Note"},
		{`["Place","geojson:Feature"]`, "Place"},
		{`[1,null,"Note"]`, "Note"},
		{`"Edition"`, "Edition"},
		{`[]`, ""},
		{`null`, ""},
		{`1`, ""},
		{`{"id":"Note"}`, ""},
		// It is repeated to the sender and in the log.
		{`"` + strings.Repeat("x", 1000) + `"`, strings.Repeat("x", 100)},
		{`["` + strings.Repeat("é", 1000) + `"]`, strings.Repeat("é", 50)},
		{`"No\r\nte\u0000"`, "Note"},
	} {
		if got := parse(t, `{"type":`+c.value+`}`).Type(); got != c.want {
			t.Errorf("%.60s: got %q, want %q", c.value, got, c.want)
		}
	}
}

func TestID(t *testing.T) {
	for _, c := range []struct {
		value string
		ok    bool
	}{
		{"https://x.example/1", true},
		{"http://127.0.0.1:8080/1", true},
		{"https://x.example/1#likes/2", true},
		{"https://x.example/é", true},
		{"HTTPS://X.example/1", true},
		{"https://x.example/%zz", false},
		{"https://user@x.example/1", false},
		{"https:///1", false},
		{"https:x.example", false},
		{"//x.example/1", false},
		{"/1", false},
		{"", false},
		{"javascript:alert(1)", false},
		{"data:text/html,x", false},
		{"tag:x.example,2026:1", false},
		{"https://x.example/a b", false},
		{"https://x.example/<b>", false},
		{`https://x.example/\"`, false},
		{`https://x.example/\n`, false},
		{`https://x.example/\u0000`, false},
		{"https://x.example/" + strings.Repeat("a", 2048), false},
	} {
		d := parse(t, `{"id":"`+c.value+`"}`)
		var want string
		if c.ok {
			want = d["id"].(string)
		}
		if got := d.ID(); got != want {
			t.Errorf("%.60q: got %q", c.value, got)
		}
	}
	for _, text := range []string{`{}`, `{"id":null}`, `{"id":["https://x.example/1"]}`, `{"id":{"id":"https://x.example/1"}}`, `{"@id":"https://x.example/1"}`} {
		if got := parse(t, text).ID(); got != "" {
			t.Errorf("%s has the id %q", text, got)
		}
	}
}

// A property may come as a value, a list, an object or its id.
func TestIRIs(t *testing.T) {
	const one, two = "https://x.example/1", "https://y.example/2"
	for _, c := range []struct {
		value string
		want  []string
	}{
		{`null`, nil},
		{`""`, nil},
		{`[]`, nil},
		{`"` + one + `"`, []string{one}},
		{`["` + one + `"]`, []string{one}},
		{`["` + one + `","` + two + `"]`, []string{one, two}},
		{`{"id":"` + one + `","type":"Note"}`, []string{one}},
		{`[{"id":"` + one + `"},"` + two + `"]`, []string{one, two}},
		{`{"type":"Link","href":"` + one + `"}`, []string{one}},
		{`{"id":"` + one + `","href":"` + two + `"}`, []string{one}},
		{`[null,1,true,[],{},"` + one + `"]`, []string{one}},
		{`[["` + one + `"]]`, nil},
		{`"SCRUBBED_ID"`, nil},
		{`"as:Public"`, []string{vocabulary.Public}},
		{`["Public","` + one + `"]`, []string{vocabulary.Public, one}},
	} {
		d := parse(t, `{"to":`+c.value+`}`)
		if got := d.IRIs("to"); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.value, got, c.want)
		}
		first := ""
		if len(c.want) > 0 {
			first = c.want[0]
		}
		if got := d.IRI("to"); got != first {
			t.Errorf("%s: the first is %q", c.value, got)
		}
	}
	long, err := json.Marshal(map[string]any{"to": slicesOf(one, 5000)})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(parse(t, string(long)).IRIs("to")); n != 1000 {
		t.Errorf("%d members of an endless list were looked at", n)
	}
}

func slicesOf(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

func TestObjects(t *testing.T) {
	for _, c := range []struct {
		value string
		ids   []string
	}{
		{`null`, nil},
		{`"https://x.example/1"`, nil},
		{`{"id":"https://x.example/1"}`, []string{"https://x.example/1"}},
		{`[{"id":"https://x.example/1"},"https://x.example/2",{"id":"https://x.example/3"}]`, []string{"https://x.example/1", "https://x.example/3"}},
	} {
		d := parse(t, `{"object":`+c.value+`}`)
		var ids []string
		for _, o := range d.Objects("object") {
			ids = append(ids, o.ID())
		}
		if !reflect.DeepEqual(ids, c.ids) {
			t.Errorf("%s: objects %v", c.value, ids)
		}
		if o := d.Object("object"); (o != nil) != (c.ids != nil) || o.ID() != append(c.ids, "")[0] {
			t.Errorf("%s: object %v", c.value, o)
		}
	}
	// The first member decides what is embedded: an id means that it is not.
	if o := parse(t, `{"object":["https://x.example/1",{"id":"https://x.example/2"}]}`).Object("object"); o != nil {
		t.Errorf("the second member was taken: %v", o)
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ name, text, want, lang string }{
		{"plain", `{"name":"Enel: double bill"}`, "Enel: double bill", ""},
		{"none", `{}`, "", ""},
		{"null", `{"name":null}`, "", ""},
		{"a list", `{"name":["Enel: double bill","second"]}`, "Enel: double bill", ""},
		{"a number", `{"name":42}`, "42", ""},
		{"an object", `{"name":{"en":"x"}}`, "", ""},
		{"a map only", `{"nameMap":{"fr":"Facture"}}`, "Facture", "fr"},
		{"a map that tells the language", `{"name":"Facture","nameMap":{"fr":"Facture"}}`, "Facture", "fr"},
		{"several languages", `{"name":"Bill","nameMap":{"fr":"Facture","en":"Bill"}}`, "Bill", "en"},
		{"several languages only", `{"nameMap":{"fr":"Facture","en":"Bill"}}`, "Bill", "en"},
		{"a map of something else", `{"name":"Bill","nameMap":{"fr":"Facture"}}`, "Bill", ""},
		{"an undetermined language", `{"name":"Bill","nameMap":{"und":"Bill"}}`, "Bill", ""},
		{"a null map", `{"name":"Bill","nameMap":null}`, "Bill", ""},
		{"a map of numbers", `{"nameMap":{"fr":1}}`, "", ""},
		{"a map that is a string", `{"name":"Bill","nameMap":"fr"}`, "Bill", ""},
	} {
		if got, lang := parse(t, c.text).Text("name"); got != c.want || lang != c.lang {
			t.Errorf("%s: got %q in %q, want %q in %q", c.name, got, lang, c.want, c.lang)
		}
	}
}

func TestTime(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{"2026-03-14T09:26:53Z", "2026-03-14T09:26:53Z"},
		{"2026-03-14T09:26:53.589Z", "2026-03-14T09:26:53.589Z"},
		{"2026-03-14T10:26:53+01:00", "2026-03-14T09:26:53Z"},
		{"2026-03-14T10:26:53.589793238+01:00", "2026-03-14T09:26:53.589793238Z"},
		{"2026-03-14T10:26:53+0100", "2026-03-14T09:26:53Z"},
		{"2026-03-14T09:26:53", "2026-03-14T09:26:53Z"},
		{"2026-03-14T09:26:53.589793", "2026-03-14T09:26:53.589793Z"},
		{"2026-03-14T09:26Z", "2026-03-14T09:26:00Z"},
		{"2026-03-14 09:26:53", "2026-03-14T09:26:53Z"},
		{"2026-03-14", ""},
		{"1773480413", ""},
		{"SCRUBBED_DATE", ""},
		{"0001-01-01T00:00:00Z", ""},
		{"1969-12-31T23:59:59Z", ""},
		{"99999-01-01T00:00:00Z", ""},
		{"2026-13-14T09:26:53Z", ""},
		{"2026-02-30T09:26:53Z", ""},
		{"", ""},
		{strings.Repeat("2026", 10000), ""},
	} {
		got := parse(t, `{"published":"`+c.value+`"}`).Time("published")
		text := ""
		if !got.IsZero() {
			text = got.Format(time.RFC3339Nano)
		}
		if text != c.want {
			t.Errorf("%.40s: got %s, want %s", c.value, text, c.want)
		}
	}
	for _, value := range []string{`null`, `{}`, `[]`, `true`, `1773480413`} {
		if got := parse(t, `{"published":`+value+`}`).Time("published"); !got.IsZero() {
			t.Errorf("%s: got %s", value, got)
		}
	}
}

func TestPublic(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{`{"to":"https://www.w3.org/ns/activitystreams#Public"}`, true},
		{`{"to":["https://x.example/f"],"cc":["as:Public"]}`, true},
		{`{"to":["Public"]}`, true},
		{`{"to":{"id":"https://www.w3.org/ns/activitystreams#Public"}}`, true},
		{`{"to":["https://x.example/followers"]}`, false},
		{`{"audience":"https://www.w3.org/ns/activitystreams#Public"}`, false},
		{`{"bto":"https://www.w3.org/ns/activitystreams#Public"}`, false},
		{`{"to":["https://www.w3.org/ns/activitystreams#public"]}`, false},
		{`{}`, false},
	} {
		if got := parse(t, c.text).IsPublic(); got != c.want {
			t.Errorf("%s: %v", c.text, got)
		}
	}
}

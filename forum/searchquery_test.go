package forum_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

func TestParseSearch(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	term := func(s string) forum.SearchTerm { return forum.SearchTerm{Text: s} }
	quoted := func(s string) forum.SearchTerm { return forum.SearchTerm{Text: s, Quoted: true} }
	for written, want := range map[string]forum.Search{
		"":                        {},
		"  Orange  fibre ":        {Terms: []forum.SearchTerm{term("Orange"), term("fibre")}},
		`"box never came" free`:   {Terms: []forum.SearchTerm{quoted("box never came"), term("free")}},
		"« jamais arrivée » “a b": {Terms: []forum.SearchTerm{quoted(" jamais arrivée "), quoted("a b")}},
		"bank -fees - --":         {Terms: []forum.SearchTerm{term("bank")}, Without: []forum.SearchTerm{term("fees")}},
		"from:@lea in:!telecoms@b.example lang:FR":  {From: "@lea", In: "!telecoms@b.example", Language: "fr"},
		"de:lea dans:banques langue:fr-CA":          {From: "lea", In: "banques", Language: "fr-CA"},
		"before:2026-03-14":                         {Before: day("2026-03-14")},
		"after:2026-03-14":                          {Since: day("2026-03-15")},
		"Après:2025 avant:2026-03":                  {Since: day("2026-01-01"), Before: day("2026-03-01")},
		`"from:lea" from: to:max`:                   {Terms: []forum.SearchTerm{quoted("from:lea"), term("from:"), term("to:max")}},
		`company:about_orange state:Resolved`:       {Company: "about_orange", State: forum.CaseResolved},
		"entreprise:« Banque A » état:non-résolu x": {Company: "Banque A", State: forum.CaseUnresolved, Terms: []forum.SearchTerm{term("x")}},
		`produit:"Box 4`:                            {Product: "Box 4"},
		`…! ""`:                                     {},
	} {
		got, err := forum.ParseSearch(written)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q\n got %+v %v\nwant %+v", written, got, err, want)
		}
		if got.Empty() != (written == "" || written == `…! ""`) {
			t.Errorf("%q: empty is %v", written, got.Empty())
		}
	}
	for written, key := range map[string]string{
		strings.Repeat("a", 301):  "SearchTooLong",
		strings.Repeat("a ", 21):  "SearchTooManyTerms",
		"state:lost":              "SearchState",
		"before:yesterday":        "SearchDate",
		"after:2026-13-01":        "SearchDate",
		"lang:'; DROP TABLE post": "LanguageUnknown",
	} {
		if _, err := forum.ParseSearch(written); forum.CodeOf(err) != forum.Invalid || !strings.Contains(err.Error(), key) {
			t.Errorf("%q: %v, want %s", written, err, key)
		}
	}
}

// FuzzParseSearch holds that whatever is written is read or refused, and that no
// term comes out that nothing can be looked for with.
func FuzzParseSearch(f *testing.F) {
	for _, s := range []string{`a "b c" -d from:e`, "«", `"""`, "-", "before:2026-02-30", "\x00\xff:", "in::"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := forum.ParseSearch(s)
		if err != nil {
			if forum.CodeOf(err) != forum.Invalid {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		for _, term := range append(q.Terms, q.Without...) {
			if strings.TrimSpace(term.Text) == "" || !term.Quoted && strings.Contains(term.Text, " ") {
				t.Fatalf("%q: the term %+v", s, term)
			}
		}
	})
}

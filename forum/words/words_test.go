package words_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"portevoix/forum/words"
)

func TestSplit(t *testing.T) {
	for text, want := range map[string]string{
		"L’arnaque à 44,50 €":       "l arnaque a 44 50",
		"Œuvre STRASSE ﬁbre Łódź":   "oeuvre strasse fibre lodz",
		"cafe\u0301 — naïve façade": "cafe naive facade",
		"東京タワ1":                     "東 京 タ ワ 1",
		"a_b.c@d":                   "a b c d",
		"…!?":                       "",
	} {
		if got := strings.Join(words.Texts(words.Split(text)), " "); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestStem holds that words that mean the same thing meet, and others do not.
func TestStem(t *testing.T) {
	for _, c := range []struct {
		language words.Language
		together string
		apart    string
	}{
		{words.French, "remboursé remboursée remboursées rembourser remboursement remboursements", "bourse"},
		{words.French, "résilié résiliée résilier résiliation resiliation", "réseau"},
		{words.French, "payé payée payer paiement", "paix"},
		{words.French, "banque banques", "bancaire"},
		{words.French, "réseau réseaux", "réservé"},
		{words.French, "facturé factures facturation", "fracture"},
		{words.English, "refund refunds refunded refunding", "fund"},
		{words.English, "company companies", "compare"},
		{words.English, "charge charged charging charges", "change"},
	} {
		var stems []string
		for _, w := range words.Split(c.together) {
			stems = append(stems, words.Stem(w.Text, c.language))
		}
		if other := slices.IndexFunc(stems, func(s string) bool { return s != stems[0] }); other >= 0 {
			t.Errorf("%s: %v", c.together, stems)
		}
		if apart := words.Stem(words.Split(c.apart)[0].Text, c.language); apart == stems[0] {
			t.Errorf("%s and %s have the stem %s", c.together, c.apart, apart)
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for _, c := range []struct {
		declared, text string
		want           words.Language
	}{
		{"fr-CA", "the bank", words.French},
		{"de", "la banque", words.Other},
		{"", "La banque ne répond pas", words.French},
		{"", "The bank does not answer", words.English},
		{"", "Orange", words.French},
	} {
		if got := words.LanguageOf(c.declared, words.Split(c.text)); got != c.want {
			t.Errorf("%q %q: got %q", c.declared, c.text, got)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"L’été", "\u0301", "½ ﷺ İ", "a\x00b\xff", "東京"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, w := range words.Split(text) {
			if w.Start < at || w.End <= w.Start || w.End > len(text) {
				t.Fatalf("%q: the word %+v stands nowhere", text, w)
			}
			at = w.End
			if w.Text == "" || !utf8.ValidString(w.Text) || strings.ContainsAny(w.Text, " '\"\\*()\x00") {
				t.Fatalf("%q: the word %q", text, w.Text)
			}
			for _, variant := range words.Variants([]words.Word{w}) {
				if variant[0] == "" {
					t.Fatalf("%q has no stem", w.Text)
				}
			}
		}
	})
}

func TestExcerpt(t *testing.T) {
	hit := func(w string) bool { return w == "remboursee" }
	show := func(text string, max int) string {
		out := ""
		for _, f := range words.Excerpt(text, max, hit) {
			if f.Hit {
				out += "[" + f.Text + "]"
			} else {
				out += f.Text
			}
		}
		return out
	}
	long := strings.Repeat("avant ", 30) + "<b>Remboursée</b> enfin " + strings.Repeat("après ", 30)
	for _, c := range []struct {
		text string
		max  int
		want string
	}{
		{"Jamais\n\nremboursée !", 100, "Jamais [remboursée] !"},
		{"Rien de tel ici", 8, "Rien de …"},
		{long, 90, "… avant avant avant avant avant avant avant avant avant <b>[Remboursée]</b> enfin après …"},
		{"", 10, ""},
	} {
		if got := show(c.text, c.max); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

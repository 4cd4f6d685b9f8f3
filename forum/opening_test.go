package forum

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplitOpening(t *testing.T) {
	long := strings.Repeat("word ", 30)
	for _, c := range []struct{ text, title, body string }{
		{"@telecoms The bill\n\nIt came twice.", "The bill", "It came twice."},
		{"!telecoms: The bill\nIt came twice.", "The bill", "It came twice."},
		{"@telecoms\nThe bill\n\nIt came twice.", "The bill", "It came twice."},
		{"The bill @telecoms\n\nIt came twice.", "The bill", "It came twice."},
		{"The bill came twice, @telecoms", "The bill came twice, @telecoms", "The bill came twice, @telecoms"},
		{"The bill came twice", "The bill came twice", "The bill came twice"},
		{"@telecomsx The bill\nx", "@telecomsx The bill", "x"},
		{"# The bill\n\ntwice", "The bill", "twice"},
		{"@telecoms", "", ""},
		{long + "\n\nend", "word word word word word word word…", strings.TrimSpace(long) + " \n\nend"},
	} {
		title, body := SplitOpening(c.text, "telecoms", 40)
		if title != c.title || strings.ReplaceAll(body, " \n", "\n") != strings.ReplaceAll(c.body, " \n", "\n") {
			t.Errorf("%q: %q and %q, want %q and %q", c.text, title, body, c.title, c.body)
		}
	}
}

func FuzzSplitOpening(f *testing.F) {
	f.Add("@telecoms a\nb", "telecoms")
	f.Add("###", "")
	f.Fuzz(func(t *testing.T, text, mention string) {
		title, body := SplitOpening(text, mention, 40)
		if utf8.RuneCountInString(title) > 40 || strings.ContainsAny(title, "\n\r") {
			t.Errorf("the title is %q", title)
		}
		if title != "" && body == "" {
			t.Errorf("%q leaves no text", text)
		}
	})
}

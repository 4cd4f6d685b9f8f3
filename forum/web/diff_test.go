package web

import (
	"strings"
	"testing"
)

func TestWordDiff(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"same", "same", "same"},
		{"", "new", "[+new]"},
		{"old", "", "[-old]"},
		{"They paid late.", "They paid nothing.", "They paid [-late][+nothing]."},
		{"44,50 € deux fois", "44,50 € trois fois", "44,50 € [-deux][+trois] fois"},
		{"one\ntwo", "one\nand two", "one\n[+and ]two"},
		{"été", "étés", "[-été][+étés]"},
	} {
		if got := marked(wordDiff(c.before, c.after)); got != c.want {
			t.Errorf("%q to %q: got %q, want %q", c.before, c.after, got, c.want)
		}
	}
}

// marked writes a comparison as one line.
func marked(parts []diffPart) string {
	var out strings.Builder
	for _, p := range parts {
		switch p.Kind {
		case partRemoved:
			out.WriteString("[-" + p.Text + "]")
		case partAdded:
			out.WriteString("[+" + p.Text + "]")
		default:
			out.WriteString(p.Text)
		}
	}
	return out.String()
}

// FuzzWordDiff holds that both texts can be read back from their comparison.
func FuzzWordDiff(f *testing.F) {
	f.Add("a b c", "a c b")
	f.Add(strings.Repeat("x ", 100), "\xff\xfe")
	f.Fuzz(func(t *testing.T, before, after string) {
		before, after = strings.ToValidUTF8(before, ""), strings.ToValidUTF8(after, "")
		from, to := "", ""
		for _, p := range wordDiff(before, after) {
			if p.Kind != partAdded {
				from += p.Text
			}
			if p.Kind != partRemoved {
				to += p.Text
			}
		}
		if from != before || to != after {
			t.Errorf("%q to %q reads back as %q to %q", before, after, from, to)
		}
	})
}

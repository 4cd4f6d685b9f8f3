package web

import (
	"strings"
	"testing"

	"portevoix/forum"
)

func TestQuotation(t *testing.T) {
	post := &forum.PostView{Post: forum.Post{URL: "https://here.example/p/1"}, Author: forum.Byline{Name: "lea", DisplayName: "Léa [*] Roux"}}
	head := "> [Léa \\[\\*\\] Roux](<https://here.example/p/1>):\n>\n"
	for _, c := range []struct{ text, part, want string }{
		{"One line", "", head + "> One line\n\n"},
		{"One\r\n\r\n\r\nTwo  \n", "", head + "> One\n>\n> Two\n\n"},
		{"> as you say\n\nNo.", "", head + "> No.\n\n"},
		{"All of it", "of", head + "> of\n\n"},
		{"All of it", " ", head + "> All of it\n\n"},
	} {
		if got := quotation(post, c.text, c.part); got != c.want {
			t.Errorf("%q, %q:\n got %q\nwant %q", c.text, c.part, got, c.want)
		}
	}
	long := quotation(post, strings.Repeat("word ", 1000), "")
	if n := len([]rune(long)); n > maxQuote+200 || !strings.HasSuffix(long, "word …\n\n") {
		t.Errorf("a long one has %d characters and ends with %q", n, long[len(long)-20:])
	}
}

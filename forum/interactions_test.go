package forum_test

import (
	"strings"
	"testing"

	"portevoix/forum"
)

func TestParseHome(t *testing.T) {
	for in, want := range map[string]string{
		"mastodon.example": "mastodon.example", " Mastodon.Example/ ": "mastodon.example", "https://mastodon.example/@ines?x=1": "mastodon.example",
		"@ines@mastodon.example": "ines@mastodon.example", "ines@Mastodon.example": "ines@mastodon.example", "acct:ines@mastodon.example": "ines@mastodon.example",
		"!cars@lemmy.example": "cars@lemmy.example", "localhost:8080": "localhost:8080", "localhost": "localhost", "127.0.0.1:80": "127.0.0.1:80",
		"réclame.example": "réclame.example", "http://[::1]:80/": "",
		"": "", "ines": "", "@ines": "", "ines@": "", "a b.example": "", "a.example:port": "", ".": "", ".example": "", "a.example/b": "",
		"https://": "", "https://a.example\\@b.example": "", "a@b@c.example": "", "{uri}.example": "", "javascript:alert(1)": "", "a..": "",
		strings.Repeat("a", 300) + ".example": "",
	} {
		got := ""
		if h, ok := forum.ParseHome(in); ok {
			got = h.String()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzParseHome holds that what is remembered in a cookie is read again as the
// same.
func FuzzParseHome(f *testing.F) {
	f.Add("@ines@mastodon.example")
	f.Add("https://mastodon.example:443/x")
	f.Fuzz(func(t *testing.T, in string) {
		h, ok := forum.ParseHome(in)
		if !ok {
			return
		}
		again, ok := forum.ParseHome(h.String())
		if !ok || again != h || strings.ContainsAny(h.Host, " /\\@?#\r\n\"'<>") {
			t.Errorf("%q is %+v, and that %+v", in, h, again)
		}
	})
}

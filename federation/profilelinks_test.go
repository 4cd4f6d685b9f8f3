package federation

import (
	"strings"
	"testing"
)

const leaHere = "https://here.example/u/lea"

func linksToLea(page string) bool {
	return linksAsMe(strings.NewReader(page), "https://lea.example/about", []string{leaHere})
}

func TestLinksAsMe(t *testing.T) {
	for page, want := range map[string]bool{
		`<a rel="me" href="https://here.example/u/lea">me</a>`:                                            true,
		`<A REL="nofollow ME" HREF="https://HERE.example/u/lea/#top">me</A>`:                              true,
		`<html><head><link rel=me href=https://here.example/u/lea></head>`:                                true,
		`<link rel="me" href=" https://here.example/u/lea "/>`:                                            true,
		`<a href="https://here.example/u/lea">me</a>`:                                                     false,
		`<a rel="mention" href="https://here.example/u/lea">me</a>`:                                       false,
		`<a rel="me" href="https://here.example/u/leah">me</a>`:                                           false,
		`<a rel="me" href="http://here.example/u/lea">me</a>`:                                             false,
		`<a rel="me" href="https://here.example/u/lea?x=1">me</a>`:                                        false,
		`<a rel="me" href="/u/lea">me</a>`:                                                                false,
		`<a rel="me">me</a>`:                                                                              false,
		`<form rel="me" href="https://here.example/u/lea">`:                                               false,
		`<!-- <a rel="me" href="https://here.example/u/lea"> -->`:                                         false,
		`<script>"<a rel='me' href='https://here.example/u/lea'>"</script>`:                               false,
		`<textarea><a rel="me" href="https://here.example/u/lea"></textarea>`:                             false,
		`<a href="https://evil.example/" href="https://here.example/u/lea" rel="me">me</a>`:               false,
		`<a rel="me" href="%zz">x</a><a rel="me" href="https://here.example/u/%6cea">percent-encoded</a>`: true,
	} {
		if got := linksToLea(page); got != want {
			t.Errorf("%s: got %v", page, got)
		}
	}
}

func FuzzLinksAsMe(f *testing.F) {
	f.Add(`<a rel="me" href="https://here.example/u/lea">me</a>`)
	f.Add(`<link rel=me href=//here.example/u/lea><a href=`)
	f.Add("<a rel='me\x00' href='%")
	f.Fuzz(func(t *testing.T, page string) {
		if linksToLea(page) && !strings.Contains(strings.ToLower(page), "me") {
			t.Error("a link was found that is not there")
		}
	})
}

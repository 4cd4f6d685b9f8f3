package importing

import (
	"os"
	"strings"
	"testing"
)

// fuzzReader feeds a reader with what may be broken: it may refuse, and
// never fails in another way.
func fuzzReader(f *testing.F, format Format, read func(*reading, string) error, seeds ...string) {
	for _, seed := range seeds {
		text, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		// Without a file, which would take a thousand times as long as reading.
		a := &Archive{format: format, spool: &spool{}, Lost: &Losses{}}
		_ = read(&reading{a, t.Context()}, text)
		for _, loss := range a.Lost.List() {
			if loss.Count == 0 || len(loss.Examples) > maxExamples {
				t.Errorf("lost is %+v", loss)
			}
		}
	})
}

func FuzzLemmy(f *testing.F) {
	fuzzReader(f, Lemmy, func(r *reading, s string) error { return r.readLemmy(strings.NewReader(s)) },
		"testdata/lemmy/posts-1.json", "testdata/lemmy/comments.json", "testdata/piefed.json")
}

func FuzzPHPBB(f *testing.F) {
	fuzzReader(f, PHPBB, func(r *reading, s string) error { return r.readPHPBB(strings.NewReader(s)) }, "testdata/phpbb.sql")
}

func FuzzDiscourse(f *testing.F) {
	fuzzReader(f, Discourse, func(r *reading, s string) error { return r.readDiscourse(strings.NewReader(s)) }, "testdata/discourse.sql")
}

package guides

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestShipped(t *testing.T) {
	g, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	for _, country := range []string{"fr", "eu"} {
		var sections int
		for _, language := range []string{"fr", "en"} {
			guide := g.Find(country, language)
			if guide == nil || guide.Language != language {
				t.Fatalf("no guide for %s in %s", country, language)
			}
			if sections == 0 {
				sections = len(guide.Sections)
			}
			if len(guide.Sections) != sections || sections < 5 || guide.Summary == "" || !strings.Contains(guide.Intro, "juridique") && !strings.Contains(guide.Intro, "legal advice") {
				t.Errorf("%s in %s: %d sections, the other language has %d; summary %q, intro %q", country, language, len(guide.Sections), sections, guide.Summary, guide.Intro)
			}
		}
	}
	if list := g.List("fr"); len(list) != 2 || list[0].Country != "fr" || list[1].Country != "eu" {
		t.Errorf("the list is %v", list)
	}
	if g.Find("fr", "de").Language != "en" || g.Find("xx", "en") != nil {
		t.Error("a language that is missing is not English, or an unknown country has a guide")
	}
}

func TestReplaced(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("fr.en.md", "title: Ours\nreviewed: 2026-01-02\n\nHello.\r\n\r\n## One\nText\n")
	write("be.fr.md", "title: Belgique\nreviewed: 2026-01-02\n\nBonjour.\n")
	write("notes.txt", "not a guide")
	g, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if ours := g.Find("fr", "en"); ours.Title != "Ours" || len(ours.Sections) != 1 || ours.Sections[0].Text != "Text\n" {
		t.Errorf("the replaced guide is %+v", ours)
	}
	if g.Find("fr", "fr").Title == "Ours" || g.Find("be", "en").Title != "Belgique" {
		t.Error("another language was replaced, or the new country is not there")
	}
	for name, text := range map[string]string{"de.en.md": "no head", "germany.md": "title: x\nreviewed: 2026-01-02\n\n", "it.en.md": "title: x\nreviewed: yesterday\n\n"} {
		write(name, text)
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s was taken: %v", name, err)
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("title: x\nreviewed: 2026-01-02\n\n## a\nb")
	f.Fuzz(func(t *testing.T, text string) {
		if g, err := Parse(text); err == nil && g.Title == "" {
			t.Error("a guide without a title was taken")
		}
	})
}

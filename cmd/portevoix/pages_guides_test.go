package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portevoix/cmd/portevoix/config"
)

// TestGuidePages reads the guides of next steps in both languages, one of which
// the administrator has replaced.
func TestGuidePages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "eu.en.md"), []byte("title: Our own\nsummary: Short.\nreviewed: 2026-02-03\n\nNot advice.\n\n## First\n<script>x</script>\n\n**Do** it\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startInProcess(t, func(c *config.Config) { c.Instance.GuidesDir = dir })
	visitor := s.textBrowser("")
	visitor.get("/").shows(`href="/guides"`)
	visitor.get("/guides").is(http.StatusOK).shows("What to do in France", "Our own", "Last reviewed on 3 February 2026")
	visitor.get("/guides/fr").shows(`href="#s1"`, `<h2 class="section" id="s1">`, "This is not legal advice.", "mise en demeure", "economie.gouv.fr")
	visitor.get("/guides/eu").shows("Our own", `&lt;script&gt;`, "<strong>Do</strong>").lacks("<script>x")
	if page := s.get("/guides/fr", "Accept-Language", "fr"); !strings.Contains(page.body, "Que faire en France") || !strings.Contains(page.body, "Ce n’est pas un conseil juridique.") || !strings.Contains(page.body, "26 novembre 2026") {
		t.Errorf("in French: %s", page.body)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(s.get("/api/portevoix/v1/guides?lang=fr").body), &list); err != nil || len(list) != 2 || list[0]["country"] != "fr" || list[0]["language"] != "fr" || list[1]["title"] == "Our own" {
		t.Errorf("the API lists %v %v", list, err)
	}
	var one struct {
		Sections []struct{ Title, Body string }
	}
	if err := json.Unmarshal([]byte(s.get("/api/portevoix/v1/guides/eu").body), &one); err != nil || len(one.Sections) != 1 || one.Sections[0].Title != "First" {
		t.Errorf("the API shows %v %v", one, err)
	}
	if got := s.get("/api/portevoix/v1/guides/nowhere"); got.status != http.StatusNotFound {
		t.Errorf("an unknown country: %d", got.status)
	}
}

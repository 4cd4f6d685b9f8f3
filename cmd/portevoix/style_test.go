package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestStylePage holds the page that shows the look to what the look is made of:
// every icon and picture, every colour and every size.
func TestStylePage(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	page := s.textBrowser("").get("/about/style").is(200)
	read := func(file string) string {
		t.Helper()
		text, err := os.ReadFile(root + "/static/files/" + file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	icons := regexp.MustCompile(`id="([a-z-]+)"`).FindAllStringSubmatch(read("icons.svg"), -1)
	colours := regexp.MustCompile(`(?m)^  --([a-z0-9-]+): light-dark`).FindAllStringSubmatch(read("look.css"), -1)
	sizes := regexp.MustCompile(`(?m)^  --(s-?[0-9]): `).FindAllStringSubmatch(read("look.css"), -1)
	if len(icons) < 20 || len(colours) < 10 || len(sizes) < 4 {
		t.Fatalf("found %d icons, %d colours, %d sizes", len(icons), len(colours), len(sizes))
	}
	specimens := read("style.css")
	for kind, found := range map[string][][]string{"#": icons, "colour-": colours, "size-": sizes} {
		for _, f := range found {
			page.shows(kind + f[1] + `"`)
			if kind != "#" && !strings.Contains(specimens, "."+kind+f[1]+" { ") {
				t.Errorf("style.css has no specimen of --%s", f[1])
			}
		}
	}
}

// Package guides holds what people can do next, country by country: texts in
// Markdown, some of which come with the program, and which whoever runs a server
// may replace or add to.
//
// It knows files and their form; it renders nothing.
package guides

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

//go:embed shipped
var shipped embed.FS

// A Guide is what one country's (or union's) guide says in one language.
type Guide struct {
	Country  string // as in its address: fr, eu
	Language string
	Title    string
	Summary  string
	Reviewed time.Time
	Intro    string // Markdown
	Sections []Section
}

// Section is a part of a guide, with a heading of its own.
type Section struct {
	ID    string // of its place in the page
	Title string
	Text  string // Markdown
}

// Guides are all guides of a server. A nil *Guides has none.
type Guides struct {
	byCountry map[string]map[string]*Guide
	countries []string
}

var fileName = regexp.MustCompile(`^([a-z]{2}(?:-[a-z0-9]{1,8})?)\.([a-z]{2})\.md$`)

// Load reads the guides that come with the program, and those of a directory
// ("": none), where a file takes the place of a shipped one of the same name.
func Load(dir string) (*Guides, error) {
	g := &Guides{byCountry: map[string]map[string]*Guide{}}
	own, err := fs.Sub(shipped, "shipped")
	if err != nil {
		return nil, err
	}
	if err := g.read(own); err != nil {
		return nil, err
	}
	if dir != "" {
		if err := g.read(os.DirFS(dir)); err != nil {
			return nil, fmt.Errorf("guides in %s: %w", dir, err)
		}
	}
	for country := range g.byCountry {
		g.countries = append(g.countries, country)
	}
	slices.SortFunc(g.countries, func(a, b string) int { // unions after countries
		return cmp.Or(cmp.Compare(btoi(a == "eu"), btoi(b == "eu")), cmp.Compare(a, b))
	})
	return g, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (g *Guides) read(dir fs.FS) error {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		match := fileName.FindStringSubmatch(entry.Name())
		if match == nil {
			if strings.HasSuffix(entry.Name(), ".md") && entry.Name() != "README.md" {
				return fmt.Errorf("%s: a guide is named country.language.md, such as fr.en.md", entry.Name())
			}
			continue
		}
		text, err := fs.ReadFile(dir, entry.Name())
		if err != nil {
			return err
		}
		guide, err := Parse(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", entry.Name(), err)
		}
		guide.Country, guide.Language = match[1], match[2]
		if g.byCountry[guide.Country] == nil {
			g.byCountry[guide.Country] = map[string]*Guide{}
		}
		g.byCountry[guide.Country][guide.Language] = guide
	}
	return nil
}

// Parse reads a guide: lines "name: value" (title, summary, reviewed), an empty
// line, and Markdown whose "## " headings begin its sections.
func Parse(text string) (*Guide, error) {
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	head, body, _ := strings.Cut(text, "\n\n")
	g := &Guide{}
	for line := range strings.Lines(head) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch {
		case ok && name == "title":
			g.Title = value
		case ok && name == "summary":
			g.Summary = value
		case ok && name == "reviewed":
			day, err := time.Parse(time.DateOnly, value)
			if err != nil {
				return nil, fmt.Errorf("reviewed must be a day such as 2026-11-26: %w", err)
			}
			g.Reviewed = day
		default:
			return nil, fmt.Errorf("the head has title, summary and reviewed; it cannot have %q", strings.TrimSpace(line))
		}
	}
	if g.Title == "" || g.Reviewed.IsZero() {
		return nil, errors.New("the head must have title and reviewed")
	}
	into := &g.Intro
	for line := range strings.Lines(body) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			g.Sections = append(g.Sections, Section{ID: fmt.Sprintf("s%d", len(g.Sections)+1), Title: strings.TrimSpace(title)})
			into = &g.Sections[len(g.Sections)-1].Text
			continue
		}
		*into += line
	}
	return g, nil
}

// List is one guide of every country, in the language nearest to the wished one.
func (g *Guides) List(language string) []*Guide {
	if g == nil {
		return nil
	}
	var list []*Guide
	for _, country := range g.countries {
		list = append(list, g.Find(country, language))
	}
	return list
}

// Find is a country's guide in a language, else in English, else in any; nil
// where there is none.
func (g *Guides) Find(country, language string) *Guide {
	if g == nil {
		return nil
	}
	language, _, _ = strings.Cut(language, "-")
	have := g.byCountry[country]
	for _, l := range []string{language, "en"} {
		if guide := have[l]; guide != nil {
			return guide
		}
	}
	var first *Guide
	for _, guide := range have {
		if first == nil || guide.Language < first.Language {
			first = guide
		}
	}
	return first
}

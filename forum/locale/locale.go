// Package locale speaks to people in their language: it chooses among the
// languages there are, holds the messages of pages, mail and errors in one
// catalogue per language, and writes numbers, dates and plurals as each
// language does (CLDR).
//
// A message is added to every catalogue or to none; a test holds that every
// message that the code names exists in all of them.
package locale

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/en_GB"
	"github.com/go-playground/locales/fr"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"

	"portevoix/forum"
)

//go:embed en.toml fr.toml
var catalogues embed.FS

// Language is one the interface speaks.
type Language struct {
	Tag  string // "fr"
	Name string // in itself: "Français"
}

// Languages are those there are, the fallback first.
var Languages = []Language{{"en", "English"}, {"fr", "Français"}}

// Messages holds the catalogues. It is safe for concurrent use.
type Messages struct {
	bundle  *i18n.Bundle
	matcher language.Matcher
	formats map[string]locales.Translator
	zone    *time.Location
}

// Load reads the catalogues. Times are written for zone.
func Load(zone *time.Location) (*Messages, error) {
	bundle, err := bundle()
	if err != nil {
		return nil, err
	}
	var tags []language.Tag
	for _, l := range Languages {
		tags = append(tags, language.Make(l.Tag))
	}
	return &Messages{
		bundle:  bundle,
		matcher: language.NewMatcher(tags),
		formats: map[string]locales.Translator{"en": en_GB.New(), "fr": fr.New()},
		zone:    zone,
	}, nil
}

// bundle is the catalogues, which are read once: nothing writes to them
// afterwards, and several servers in one process may share them.
var bundle = sync.OnceValues(func() (*i18n.Bundle, error) {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, l := range Languages {
		if _, err := b.LoadMessageFileFS(catalogues, l.Tag+".toml"); err != nil {
			return nil, fmt.Errorf("read catalogue %s: %w", l.Tag, err)
		}
	}
	return b, nil
})

// Speaks says whether a tag is exactly one of the interface's languages.
func Speaks(tag string) bool {
	for _, l := range Languages {
		if l.Tag == tag {
			return true
		}
	}
	return false
}

// Printer writes in the best language for the wishes, each of which is a
// language tag or an Accept-Language header; the first that names a language
// there is wins.
func (m *Messages) Printer(wishes ...string) *Printer {
	tag := Languages[0].Tag
	for _, w := range wishes {
		wanted, _, err := language.ParseAcceptLanguage(w)
		if err != nil || len(wanted) == 0 {
			continue
		}
		if _, index, confidence := m.matcher.Match(wanted...); confidence > language.No {
			tag = Languages[index].Tag
			break
		}
	}
	return &Printer{Tag: tag, messages: m, localizer: i18n.NewLocalizer(m.bundle, tag), format: m.formats[tag]}
}

// Printer writes in one language. It is meant for one page or one mail, and is
// safe for concurrent use.
type Printer struct {
	Tag       string
	messages  *Messages
	localizer *i18n.Localizer
	format    locales.Translator
}

// T is a message. pairs are alternating names and values for its gaps.
func (p *Printer) T(id string, pairs ...any) string {
	return p.message(id, nil, gaps(pairs))
}

// N is a message that depends on a number, which it writes as {{.Count}}.
func (p *Printer) N(id string, n int, pairs ...any) string {
	values := gaps(pairs)
	values["Count"] = p.Number(n)
	return p.message(id, n, values)
}

func gaps(pairs []any) map[string]any {
	values := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			values[name] = pairs[i+1]
		}
	}
	return values
}

// message returns a catalogue entry, or its bare id when there is none: a page
// with a gap is better than no page.
func (p *Printer) message(id string, count any, values map[string]any) string {
	s, err := p.localizer.Localize(&i18n.LocalizeConfig{MessageID: id, PluralCount: count, TemplateData: values})
	if err != nil && s == "" {
		return id
	}
	return s
}

// Has says whether the catalogue of this language itself has a message.
func (p *Printer) Has(id string) bool {
	_, tag, err := p.localizer.LocalizeWithTag(&i18n.LocalizeConfig{MessageID: id, PluralCount: 2, TemplateData: map[string]any{}})
	return err == nil && tag.String() == p.Tag
}

// Number writes a whole number with the language's grouping.
func (p *Printer) Number(n int) string { return p.format.FmtNumber(float64(n), 0) }

// Percent writes a whole percentage.
func (p *Printer) Percent(n int) string { return p.format.FmtPercent(float64(n), 0) }

// Month writes a month that is given as 2026-03: Mar 2026.
func (p *Printer) Month(month string) string {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return p.format.MonthAbbreviated(t.Month()) + " " + t.Format("2006")
}

// Zone is the time zone in which times are written.
func (p *Printer) Zone() *time.Location { return p.messages.zone }

// Date writes a day: 14 March 2026.
func (p *Printer) Date(t time.Time) string { return p.format.FmtDateLong(t.In(p.messages.zone)) }

// Time writes an hour of the day.
func (p *Printer) Time(t time.Time) string { return p.format.FmtTimeShort(t.In(p.messages.zone)) }

// DateTime writes a day and an hour.
func (p *Printer) DateTime(t time.Time) string {
	t = t.In(p.messages.zone)
	return p.T("DateTime", "Date", p.format.FmtDateLong(t), "Time", p.format.FmtTimeShort(t))
}

// ZonedTime is DateTime with the zone's name, for those who may be in another one.
func (p *Printer) ZonedTime(t time.Time) string {
	return p.DateTime(t) + " (" + t.In(p.messages.zone).Format("MST") + ")"
}

// Ago writes how long ago something was, up to a week; then the day.
func (p *Printer) Ago(t, now time.Time) string {
	switch d := now.Sub(t); {
	case d < time.Minute:
		return p.T("JustNow")
	case d < time.Hour:
		return p.N("MinutesAgo", int(d/time.Minute))
	case d < 24*time.Hour:
		return p.N("HoursAgo", int(d/time.Hour))
	case d < 7*24*time.Hour:
		return p.N("DaysAgo", int(d/(24*time.Hour)))
	}
	return p.Date(t)
}

// Errors writes an error for the person who caused it: every domain error in it,
// one line each. Anything else is our fault and stays in the log.
func (p *Printer) Errors(err error) []string {
	var lines []string
	for _, e := range Split(err) {
		lines = append(lines, p.Error(e))
	}
	if len(lines) == 0 {
		lines = []string{p.T("Error.Internal")}
	}
	return lines
}

// Error writes one domain error.
func (p *Printer) Error(e *forum.Error) string {
	id := "Error." + e.Key
	if e.Key == "" || !p.Has(id) {
		id = "Error.Code." + strings.ReplaceAll(string(e.Code), "_", "")
	}
	args := maps.Clone(e.Args)
	for name, value := range args {
		if at, ok := value.(time.Time); ok {
			args[name] = p.ZonedTime(at)
		}
	}
	return p.message(id, nil, args)
}

// Split lists the domain errors that were joined into one.
func Split(err error) []*forum.Error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var list []*forum.Error
		for _, one := range joined.Unwrap() {
			list = append(list, Split(one)...)
		}
		return list
	}
	if e, ok := errors.AsType[*forum.Error](err); ok {
		return []*forum.Error{e}
	}
	return nil
}

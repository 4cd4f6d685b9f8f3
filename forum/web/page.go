package web

import (
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"
	"golang.org/x/text/unicode/norm"

	"portevoix/forum"
	"portevoix/forum/locale"
)

// Page is what every page has, besides its own content.
type Page struct {
	*locale.Printer
	Title       string
	Description string // for search engines and previews
	Section     string // which entry of the navigation is current
	Path        string // of this page, with its query, for forms that come back
	Canonical   string // full address of the page, where it has one that lasts
	ActivityURI string // the same thing as ActivityStreams
	NoIndex     bool
	Players     bool // videos may be played on it
	Head        head
	Live        string // address of the stream that tells what is new; "" for none
	LiveShow    string // where what is new is seen

	Viewer         *forum.Account
	Instance       Instance
	Host           string
	Base           string
	Now            time.Time
	Done           string // what was just done
	Theme          forum.Theme
	Federated      bool
	inside         bool   // what it shows is for this server only
	Open           bool   // visitors may register
	Guided         bool   // there are guides of next steps
	Provider       string // through which people may sign in too, "" for none
	Undo           int    // seconds in which sending can be undone
	RemotePictures bool   // custom emoji and people of other servers are shown by copies
	files          func(string) string
}

// complete fills in what all pages share.
func (p *Page) complete(v *visit) {
	s := v.site
	p.Printer, p.Viewer, p.Instance = v.print, v.viewer, s.o.Instance
	p.Host, p.Base, p.Now = s.service.Addresses().Host(), s.service.Addresses().Base(), s.service.Now()
	p.Path, p.Federated, p.files = v.r.URL.RequestURI(), s.o.Federated && !p.inside, s.o.Files.URL
	p.Guided = s.o.Guides != nil
	p.Provider = s.service.IdentityProviderName()
	p.RemotePictures = s.service.ShowsRemotePictures()
	p.Undo = int(s.service.Undo().Seconds())
	p.Open = s.service.Registration() != forum.RegistrationClosed
	if v.viewer != nil {
		p.Theme = v.viewer.Theme
	}
	if v.done != "" && v.print.Has("Done."+v.done) {
		p.Done = v.print.T("Done." + v.done)
	}
	switch {
	case s.o.Streams.Total == 0:
		p.Live = ""
	case p.Live == "" && v.viewer != nil: // the notifications
		p.Live = "/live"
	}
	if p.Description == "" {
		p.Description = v.print.T("Tagline")
	}
}

// newPage begins a page; its printer is there for handlers that write messages.
func (v *visit) newPage(title string) *Page {
	return &Page{Printer: v.print, Title: title, Viewer: v.viewer}
}

// File is the address of a stylesheet, an icon, an image.
func (p *Page) File(name string) string { return p.files(name) }

// Icon is the address of an icon in the sprite.
func (p *Page) icon(name string) string { return p.files("icons.svg") + "#" + name }

// When writes how long ago something was.
func (p *Page) When(t time.Time) string { return p.Ago(t, p.Now) }

// threadPath is the address of a thread's page: its id, and its title for people
// to recognise.
func threadPath(id forum.ID, title string) string {
	path := "/t/" + id.String()
	if s := slug(title); s != "" {
		path += "-" + s
	}
	return path
}

// postPath is the address of a post's page.
func postPath(p *forum.Post) string {
	if p.IsRoot() {
		return threadPath(p.ID, p.Title)
	}
	return "/p/" + p.ID.String()
}

// actionPath is where forms about a post go.
func actionPath(p *forum.Post, action string) string {
	kind := "/p/"
	if p.IsRoot() {
		kind = "/t/"
	}
	return kind + p.ID.String() + "/" + action
}

func forumPath(handle string) string  { return "/f/" + handle }
func personPath(handle string) string { return "/u/" + handle }

// bylinePath is the page of whoever wrote something.
func bylinePath(b forum.Byline) string {
	return forum.ActorPath(b.Kind, b.GroupRole, b.Handle())
}

const maxSlug = 60

// slug makes a readable end of an address of a title: letters without accents,
// digits, hyphens.
func slug(title string) string {
	var out strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(strings.ToLower(title)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			if gap && out.Len() > 0 {
				out.WriteByte('-')
			}
			gap = false
			out.WriteRune(r)
		case unicode.Is(unicode.Mn, r): // the accent of the letter before
		default:
			gap = true
		}
		if out.Len() >= maxSlug {
			break
		}
	}
	return out.String()
}

// initial is the letter that stands for a person's picture.
func initial(label string) string {
	for _, r := range label {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return strings.ToUpper(string(r))
		}
	}
	return "?"
}

// html is content that was sanitised when it was stored.
func html(content string) templ.Component { return templ.Raw(content) }

// address is a link target, for templ, which checks its scheme.
func address(s string) templ.SafeURL { return templ.URL(s) }

// current is the value of aria-current for a link to where the reader is.
func current(is bool) templ.Attributes {
	if is {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

// hrefLanguage is the language of what a link leads to, where it is known.
func hrefLanguage(tag string) templ.Attributes {
	if tag == "" {
		return nil
	}
	return templ.Attributes{"hreflang": tag}
}

// momentTime is a time on a page.
type momentTime struct{ time.Time }

// Machine writes it for programs.
func (t momentTime) Machine() string { return t.UTC().Format(time.RFC3339) }

// contentLanguages are those that texts may be in: more than the interface
// speaks. One that is not on the list but was chosen before is added.
func contentLanguages(chosen string) []locale.Language {
	list := []locale.Language{
		{Tag: "ar", Name: "العربية"}, {Tag: "de", Name: "Deutsch"}, {Tag: "en", Name: "English"}, {Tag: "es", Name: "Español"},
		{Tag: "fr", Name: "Français"}, {Tag: "it", Name: "Italiano"}, {Tag: "nl", Name: "Nederlands"}, {Tag: "pl", Name: "Polski"},
		{Tag: "pt", Name: "Português"}, {Tag: "ro", Name: "Română"}, {Tag: "tr", Name: "Türkçe"}, {Tag: "uk", Name: "Українська"},
	}
	for _, l := range list {
		if l.Tag == chosen {
			return list
		}
	}
	if chosen != "" {
		list = append(list, locale.Language{Tag: chosen, Name: chosen})
	}
	return list
}

// keepInside makes a page offer nothing that other servers would need, where it
// shows what is for this one only.
func (p *Page) keepInside(localOnly bool) {
	if localOnly {
		p.inside, p.ActivityURI = true, ""
	}
}

// Package feed writes what feed readers read: Atom (RFC 4287) and JSON Feed 1.1.
//
// It knows the two formats and nothing of forums. The libraries for it know no
// language, one link per feed and no categories, so the documents are structs of
// our own.
package feed

import (
	"encoding/json"
	"encoding/xml"
	"time"
)

// Media types.
const (
	AtomType = "application/atom+xml"
	JSONType = "application/feed+json"
)

// Feed is a list of entries, the newest first. Everything but Language and
// Subtitle is required.
type Feed struct {
	Title    string
	Subtitle string
	Language string // BCP 47
	Home     string // the page it is about
	Atom     string // its own address as Atom, which is its id too
	JSON     string // its own address as JSON Feed
	Icon     string
	Updated  time.Time
	Entries  []Entry
}

// Entry is one text.
type Entry struct {
	ID         string // never changes
	URL        string // its page
	Title      string
	Content    string // HTML
	Language   string // "" where it is unknown
	Published  time.Time
	Updated    time.Time
	Author     Author
	Tags       []string
	Enclosures []Enclosure
}

// Enclosure is a film or a sound that belongs to an entry.
type Enclosure struct {
	URL       string
	MediaType string
	Bytes     int
	Duration  time.Duration
}

// Author is who wrote an entry.
type Author struct {
	Name string
	URL  string
}

type atomFeed struct {
	XMLName   xml.Name      `xml:"http://www.w3.org/2005/Atom feed"`
	Language  string        `xml:"xml:lang,attr,omitempty"`
	ID        string        `xml:"id"`
	Title     string        `xml:"title"`
	Subtitle  string        `xml:"subtitle,omitempty"`
	Updated   string        `xml:"updated"`
	Icon      string        `xml:"icon"`
	Generator atomGenerator `xml:"generator"`
	Links     []atomLink    `xml:"link"`
	Entries   []atomEntry   `xml:"entry"`
}

type atomGenerator struct {
	Name string `xml:",chardata"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
	// Length is of enclosures, in bytes.
	Length int `xml:"length,attr,omitempty"`
}

type atomEntry struct {
	Language   string         `xml:"xml:lang,attr,omitempty"`
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Links      []atomLink     `xml:"link"`
	Published  string         `xml:"published"`
	Updated    string         `xml:"updated"`
	Author     atomAuthor     `xml:"author"`
	Categories []atomCategory `xml:"category"`
	Content    atomContent    `xml:"content"`
}

type atomAuthor struct {
	Name string `xml:"name"`
	URI  string `xml:"uri"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomContent struct {
	Type string `xml:"type,attr"`
	HTML string `xml:",chardata"`
}

func link(rel, mediaType, href string) atomLink {
	return atomLink{Rel: rel, Type: mediaType, Href: href}
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// WriteAtom writes the feed as Atom.
func (f *Feed) WriteAtom() ([]byte, error) {
	out := atomFeed{
		Language: f.Language, ID: f.Atom, Title: f.Title, Subtitle: f.Subtitle, Updated: moment(f.Updated), Icon: f.Icon,
		Generator: atomGenerator{Name: "Portevoix"},
		Links:     []atomLink{link("self", AtomType, f.Atom), link("alternate", "text/html", f.Home), link("alternate", JSONType, f.JSON)},
	}
	for _, e := range f.Entries {
		entry := atomEntry{
			Language: e.Language, ID: e.ID, Title: e.Title, Links: []atomLink{link("alternate", "text/html", e.URL)},
			Published: moment(e.Published), Updated: moment(e.Updated), Author: atomAuthor{e.Author.Name, e.Author.URL},
			Content: atomContent{Type: "html", HTML: e.Content},
		}
		for _, tag := range e.Tags {
			entry.Categories = append(entry.Categories, atomCategory{tag})
		}
		for _, x := range e.Enclosures {
			entry.Links = append(entry.Links, atomLink{Rel: "enclosure", Type: x.MediaType, Href: x.URL, Length: x.Bytes})
		}
		out.Entries = append(out.Entries, entry)
	}
	body, err := xml.MarshalIndent(out, "", " ")
	return append([]byte(xml.Header), body...), err
}

type jsonFeed struct {
	Version     string     `json:"version"`
	Title       string     `json:"title"`
	HomePage    string     `json:"home_page_url"`
	FeedURL     string     `json:"feed_url"`
	Description string     `json:"description,omitempty"`
	Icon        string     `json:"icon"`
	Language    string     `json:"language,omitempty"`
	Items       []jsonItem `json:"items"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	Content   string       `json:"content_html"`
	Published string       `json:"date_published"`
	Modified  string       `json:"date_modified"`
	Authors   []jsonAuthor `json:"authors"`
	Tags      []string     `json:"tags,omitempty"`
	Language  string       `json:"language,omitempty"`

	Attachments []jsonAttachment `json:"attachments,omitempty"` // of the text
}

type jsonAttachment struct {
	URL       string  `json:"url"`
	MediaType string  `json:"mime_type"`
	Bytes     int     `json:"size_in_bytes"`
	Seconds   float64 `json:"duration_in_seconds"`
}

type jsonAuthor struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// WriteJSON writes the feed as JSON Feed 1.1.
func (f *Feed) WriteJSON() ([]byte, error) {
	out := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.Title, HomePage: f.Home, FeedURL: f.JSON, Description: f.Subtitle,
		Icon: f.Icon, Language: f.Language, Items: []jsonItem{},
	}
	for _, e := range f.Entries {
		item := jsonItem{
			ID: e.ID, URL: e.URL, Title: e.Title, Content: e.Content, Published: moment(e.Published), Modified: moment(e.Updated),
			Authors: []jsonAuthor{{e.Author.Name, e.Author.URL}}, Tags: e.Tags, Language: e.Language,
		}
		for _, x := range e.Enclosures {
			item.Attachments = append(item.Attachments, jsonAttachment{x.URL, x.MediaType, x.Bytes, x.Duration.Seconds()})
		}
		out.Items = append(out.Items, item)
	}
	return json.Marshal(out)
}

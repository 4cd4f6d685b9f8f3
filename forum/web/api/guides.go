package api

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"portevoix/forum"
	"portevoix/forum/web/guides"
)

// guideEntity is a guide of next steps; texts are Markdown.
type guideEntity struct {
	Country  string         `json:"country"`
	Language string         `json:"language"`
	Title    string         `json:"title"`
	Summary  string         `json:"summary"`
	Reviewed string         `json:"reviewed_on"`
	URL      string         `json:"url"`
	Intro    string         `json:"intro,omitempty"`
	Sections []guideSection `json:"sections,omitempty"`
}

type guideSection struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

func (a *API) guideEntity(g *guides.Guide, whole bool) guideEntity {
	e := guideEntity{Country: g.Country, Language: g.Language, Title: g.Title, Summary: g.Summary, Reviewed: g.Reviewed.Format(time.DateOnly),
		URL: a.service.Addresses().Base() + "/guides/" + g.Country}
	if whole {
		e.Intro = g.Intro
		for _, section := range g.Sections {
			e.Sections = append(e.Sections, guideSection{section.Title, section.Text})
		}
	}
	return e
}

// listGuides lists the guides, in the language asked for where there is one.
func (a *API) listGuides(c *call) error {
	list := []guideEntity{}
	for _, g := range a.o.Guides.List(c.language()) {
		list = append(list, a.guideEntity(g, false))
	}
	return c.write(http.StatusOK, list)
}

func (a *API) showGuide(c *call) error {
	g := a.o.Guides.Find(mux.Vars(c.r)["country"], c.language())
	if g == nil {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return c.write(http.StatusOK, a.guideEntity(g, true))
}

// language is the one a program asks texts in: ?lang=, or by its header.
func (c *call) language() string {
	return c.api.o.Messages.Printer(c.r.URL.Query().Get("lang"), c.r.Header.Get("Accept-Language")).Tag
}

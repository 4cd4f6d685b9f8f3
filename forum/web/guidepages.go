package web

import (
	"net/http"

	"portevoix/forum"
	"portevoix/forum/web/guides"
)

// guideSection is a part of a guide with its text as HTML.
type guideSection struct {
	ID, Title, Text string
}

type guidePage struct {
	Guide    *guides.Guide
	Intro    string // HTML
	Sections []guideSection
	Others   []*guides.Guide
}

func guidePath(country string) string { return "/guides/" + country }

// guideList lists what people can do next, by country.
func (s *Site) guideList(v *visit) error {
	list := s.o.Guides.List(v.print.Tag)
	if len(list) == 0 {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	p := v.newPage(v.print.T("Guide.Title"))
	p.Section, p.Canonical, p.Description = "guides", s.base()+"/guides", v.print.T("Guide.Intro")
	return v.show(http.StatusOK, p, guideListView(p, list))
}

// guide shows the guide of one country.
func (s *Site) guide(v *visit) error {
	g := s.o.Guides.Find(v.variable("country"), v.print.Tag)
	if g == nil {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	page := guidePage{Guide: g, Intro: s.o.Renderer.Markdown(g.Intro, nil)}
	for _, section := range g.Sections {
		page.Sections = append(page.Sections, guideSection{section.ID, section.Title, s.o.Renderer.Markdown(section.Text, nil)})
	}
	for _, other := range s.o.Guides.List(v.print.Tag) {
		if other.Country != g.Country {
			page.Others = append(page.Others, other)
		}
	}
	p := v.newPage(g.Title)
	p.Section, p.Canonical, p.Description = "guides", s.base()+guidePath(g.Country), g.Summary
	return v.show(http.StatusOK, p, guideView(p, page))
}

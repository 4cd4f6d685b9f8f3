package web

import (
	"net/http"
)

// aboutPage says what this server is, who runs it, and how to take part.
func (s *Site) aboutPage(v *visit) error {
	admins, err := s.store.Admins(v.ctx())
	if err != nil {
		return err
	}
	numbers, err := s.statistics(v)
	if err != nil {
		return err
	}
	cards, err := s.store.Forums(v.ctx(), 0)
	if err != nil {
		return err
	}
	name := "forum"
	if len(cards) > 0 && cards[0].Local() {
		name = cards[0].Name
	}
	p := v.newPage(v.print.T("About.Title", "Name", s.o.Instance.Name))
	p.Section, p.Canonical = "about", s.service.Addresses().Base()+"/about"
	page := aboutPage{About: s.about, Legal: s.legal, Admins: admins, Statistics: numbers, Example: "@" + name + "@" + s.service.Addresses().Host()}
	if page.ShowLimits = s.o.ShowLimits; page.ShowLimits {
		if page.Limits, err = s.service.PublicPeerRules(v.ctx()); err != nil {
			return err
		}
	}
	return v.show(http.StatusOK, p, aboutView(p, page))
}

package web

import (
	"net/http"

	"portevoix/forum"
)

const relaysPath = peersPath + "/relays"

// relaysPage is the relays that are followed, and the form for another.
type relaysPage struct {
	Relays   []forum.Relay
	URL      string
	Problems []string
}

// relays shows the relays. Administrators see them.
func (s *Site) relays(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	list, err := s.service.Relays(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Relays.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, relaysView(p, relaysPage{Relays: list}))
}

// changeRelays follows a relay, or no more.
func (s *Site) changeRelays(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	page := relaysPage{URL: v.r.PostFormValue("url")}
	var err error
	switch v.r.PostFormValue("do") {
	case "add":
		_, err = s.service.AddRelay(v.ctx(), v.viewer, page.URL)
	case "remove":
		err = s.service.RemoveRelay(v.ctx(), v.viewer, page.URL)
	default:
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	if err == nil {
		return v.finish(relaysPath, "Saved")
	}
	list, listErr := s.service.Relays(v.ctx(), v.viewer)
	if listErr != nil {
		return listErr
	}
	page.Relays = list
	return v.again(err, v.print.T("Relays.Title"), func(p *Page, problems []string) component {
		page.Problems = problems
		return relaysView(p, page)
	})
}

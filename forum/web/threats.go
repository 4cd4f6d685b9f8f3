package web

import (
	"net/http"

	"portevoix/forum"
)

// threatsPage is where a representative tells beforehand of a threat.
type threatsPage struct {
	Company  *forum.Company
	List     []forum.Threat // that the viewer reported
	New      forum.NewThreat
	Problems []string
}

func threatsPath(c *forum.Company) string { return actorPath(&c.Actor) + "/threats" }

func (s *Site) threatsPage(v *visit) (threatsPage, error) {
	var page threatsPage
	var err error
	if page.Company, err = v.companyNamed(); err != nil {
		return page, err
	}
	if err := v.signedIn(); err != nil {
		return page, err
	}
	page.List, err = s.service.Threats(v.ctx(), v.viewer, page.Company.Handle())
	return page, err
}

func (s *Site) threats(v *visit) error {
	page, err := s.threatsPage(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Threat.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, threatsView(p, page))
}

// reportThreat seals a threat, or forgets one.
func (s *Site) reportThreat(v *visit) error {
	page, err := s.threatsPage(v)
	if err != nil {
		return err
	}
	field, done := v.r.PostFormValue, "ThreatSealed"
	if withdraw := field("withdraw"); withdraw != "" {
		var id forum.ID
		if id, err = forum.ParseID(withdraw); err == nil {
			err, done = s.service.WithdrawThreat(v.ctx(), v.viewer, id), "ThreatWithdrawn"
		}
	} else {
		page.New = forum.NewThreat{Company: page.Company.Handle(), Handle: field("handle"), ExperiencedOn: field("experienced_on"), Amount: field("amount"), Currency: field("currency"), Words: field("words")}
		_, err = s.service.ReportThreat(v.ctx(), v.viewer, page.New)
	}
	if err == nil {
		return v.finish(threatsPath(page.Company), done)
	}
	return v.again(err, v.print.T("Threat.Title"), func(p *Page, problems []string) component {
		page.Problems = problems
		return threatsView(p, page)
	})
}

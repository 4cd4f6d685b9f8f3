package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"portevoix/forum"
)

// filters are the viewer's own that look where the page shows posts; none for
// visitors.
func (v *visit) filters(in forum.FilterContext) (forum.Filters, error) {
	list, err := v.site.service.Filters(v.ctx(), v.viewer)
	return list.In(in), err
}

// filteredFinding is the label of the filter that warns of a finding, "" for none.
func filteredFinding(f *forum.Finding) string {
	switch {
	case f.Thread != nil:
		return f.Thread.Filtered.Label
	case f.Reply != nil:
		return f.Reply.Filtered.Label
	}
	return ""
}

// filterLifetimes are what the form offers, in days; 0 is for good.
var filterLifetimes = []int{0, 1, 7, 30, 365}

// filterForm is what was typed for a new filter, and what was wrong with it.
type filterForm struct {
	forum.NewFilter
	Days     int
	Problems []string
}

// filtersPage lists what the viewer does not want to read.
func (s *Site) filtersPage(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	list, err := s.service.Filters(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Filters.Title"))
	p.NoIndex = true
	form := filterForm{NewFilter: forum.NewFilter{Kind: forum.FilterWords, Action: forum.FilterHide}}
	if kind := forum.FilterKind(v.query("kind")); kind != "" {
		form.Kind, form.Value = kind, v.query("value")
	}
	return v.show(http.StatusOK, p, filtersView(p, list, form))
}

// addFilter keeps a filter.
func (s *Site) addFilter(v *visit) error {
	form := filterForm{NewFilter: forum.NewFilter{
		Kind: forum.FilterKind(v.r.PostFormValue("kind")), Value: v.r.PostFormValue("value"), Action: forum.FilterAction(v.r.PostFormValue("action")),
	}}
	var err error
	if form.Days, err = strconv.Atoi(v.r.PostFormValue("days")); err != nil {
		form.Days = 0
	}
	form.Lifetime = time.Duration(min(max(form.Days, 0), 10000)) * 24 * time.Hour
	if v.viewer != nil && !s.throttle.allowLookup("account "+v.viewer.ID.String()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	err = s.service.AddFilter(v.ctx(), v.viewer, form.NewFilter)
	if err == nil {
		return v.finish("/settings/filters", "Filtered")
	}
	if v.viewer == nil {
		return err
	}
	list, listErr := s.service.Filters(v.ctx(), v.viewer)
	if listErr != nil {
		return listErr
	}
	return v.again(err, v.print.T("Filters.Title"), func(p *Page, problems []string) component {
		form.Problems = problems
		return filtersView(p, list, form)
	})
}

func (s *Site) removeFilter(v *visit) error {
	id, err := forum.ParseID(v.variable("id"))
	if err != nil {
		return err
	}
	if err := s.service.RemoveFilter(v.ctx(), v.viewer, id); err != nil {
		return err
	}
	return v.finish("/settings/filters", "FilterRemoved")
}

// mute hides a person from the viewer, or shows them again.
func (s *Site) mute(v *visit) error {
	handle := v.variable("handle")
	do, done := s.service.Unmute, "Unmuted"
	if v.r.PostFormValue("on") == "true" {
		do, done = s.service.Mute, "Muted"
	}
	if err := do(v.ctx(), v.viewer, handle); err != nil {
		return err
	}
	return v.finish(personPath(handle), done)
}

// filterFacts says what a filter looks at, what it does and until when.
func filterFacts(p *Page, f *forum.Filter) string {
	facts := p.T("Filters.Kind."+string(f.Kind)) + ", " + p.T("Filters.Is."+string(f.Action))
	if f.Within {
		facts += ", " + p.T("Filters.Within")
	}
	if len(f.Contexts) > 0 {
		places := make([]string, len(f.Contexts))
		for i, c := range f.Contexts {
			places[i] = p.T("Filters.In." + string(c))
		}
		facts += ", " + p.T("Filters.Only", "Places", strings.Join(places, ", "))
	}
	if !f.ExpiresAt.IsZero() {
		facts += ", " + p.T("Filters.Until", "Date", p.DateTime(f.ExpiresAt))
	}
	return facts
}

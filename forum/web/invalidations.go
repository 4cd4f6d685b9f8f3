package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"portevoix/forum"
)

// moderationOfCounts is where moderators see who is counted on a subject, and take
// people out.
type moderationOfCounts struct {
	countedPage
	Rule      forum.InvalidationRule
	Reason    string
	Previewed bool
	Matches   int
	Bursts    []forum.Burst
	People    []forum.ParticipationView
	Next      string
	Problems  []string
}

const (
	peopleShown = 100
	fieldLayout = "2006-01-02T15:04"
)

func fieldMoment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(fieldLayout)
}

// readRule reads a rule from a form or an address.
func (v *visit) readRule(on countedSubject, field func(string) string) forum.InvalidationRule {
	r := forum.InvalidationRule{Kind: on.Kind, Subject: on.ID, Tier: forum.Tier(field("tier")), Route: forum.Route(field("route")),
		Network: field("network"), Agent: field("agent"), Name: strings.TrimPrefix(strings.TrimSpace(field("name")), "@")}
	if server := strings.ToLower(strings.TrimSpace(field("server"))); server != "" {
		if server == v.site.service.Addresses().Host() {
			server = ""
		}
		r.Server = &server
	}
	moment := func(name string) time.Time {
		t, err := time.Parse(fieldLayout, field(name))
		if err != nil {
			return time.Time{}
		}
		return t
	}
	r.From, r.Until = moment("from"), moment("until")
	if id, err := forum.ParseID(field("one")); err == nil {
		r.One = id
	}
	return r
}

// fields are a rule as its form has it.
func (f moderationOfCounts) fields(r forum.InvalidationRule) url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	if r.Server != nil {
		set("server", firstOf(*r.Server, f.Host))
	}
	set("tier", string(r.Tier))
	set("route", string(r.Route))
	set("from", fieldMoment(r.From))
	set("until", fieldMoment(r.Until))
	set("network", r.Network)
	set("agent", r.Agent)
	set("name", r.Name)
	if r.One != 0 {
		set("one", r.One.String())
	}
	return q
}

// withRule is the page with a rule that was tried.
func (f moderationOfCounts) withRule(r forum.InvalidationRule) string {
	return withQuery(f.Path+"/counted/moderate", f.fields(r)) + "#rule"
}

func pairs(q url.Values) [][2]string {
	var list [][2]string
	for _, name := range []string{"server", "tier", "route", "from", "until", "name", "network", "agent", "one"} {
		if value := q.Get(name); value != "" {
			list = append(list, [2]string{name, value})
		}
	}
	return list
}

func (f moderationOfCounts) hidden() [][2]string { return pairs(f.fields(f.Rule)) }

// hiddenHashes are the parts of a rule that nobody types.
func (f moderationOfCounts) hiddenHashes() [][2]string {
	return pairs(f.fields(forum.InvalidationRule{Network: f.Rule.Network, Agent: f.Rule.Agent, One: f.Rule.One}))
}

func (f moderationOfCounts) serverField(p *Page) string {
	if f.Rule.Server == nil {
		return ""
	}
	return firstOf(*f.Rule.Server, p.Host)
}

// burstName names what people have in common.
func burstName(p *Page, b forum.Burst) string {
	switch b.Kind {
	case forum.BurstServer:
		return serverName(p, *b.Rule.Server)
	case forum.BurstMinute:
		return p.DateTime(b.At)
	}
	return p.Date(b.At)
}

// moderatedCounts reads the page for moderators; Forbidden for others.
func (s *Site) moderatedCounts(v *visit) (moderationOfCounts, error) {
	f := moderationOfCounts{}
	if err := v.signedIn(); err != nil {
		return f, err
	}
	on, err := v.countedSubject()
	if err != nil {
		return f, err
	}
	f.countedSubject = on
	if f.Bursts, err = s.service.Bursts(v.ctx(), v.viewer, on.Kind, on.ID); err != nil {
		return f, err
	}
	f.Host = s.service.Addresses().Host()
	if f.Invalidations, err = s.store.Invalidations(v.ctx(), on.Kind, on.ID); err != nil {
		return f, err
	}
	after, _ := forum.ParseID(v.query("after")) // from the beginning where there is none
	if f.People, err = s.store.Participations(v.ctx(), on.Kind, on.ID, after, peopleShown+1); err != nil {
		return f, err
	}
	if len(f.People) > peopleShown {
		f.People = f.People[:peopleShown]
		f.Next = f.Path + "/counted/moderate?after=" + f.People[peopleShown-1].ID.String()
	}
	return f, nil
}

// invalidations is the page for moderators; with a rule in its address, it tells
// whom that would take out.
func (s *Site) invalidations(v *visit) error {
	f, err := s.moderatedCounts(v)
	if err != nil {
		return err
	}
	f.Rule = v.readRule(f.countedSubject, v.query)
	if !f.Rule.Empty() {
		if f.Matches, err = s.service.MatchInvalidation(v.ctx(), v.viewer, f.Rule); err != nil {
			return err
		}
		f.Previewed = true
	}
	p := v.newPage(v.print.T("Counted.Moderate"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, invalidationsView(p, f))
}

// invalidate takes those to whom a rule applies out of the counts.
func (s *Site) invalidate(v *visit) error {
	f, err := s.moderatedCounts(v)
	if err != nil {
		return err
	}
	f.Rule, f.Reason = v.readRule(f.countedSubject, v.r.PostFormValue), v.r.PostFormValue("reason")
	if _, err = s.service.Invalidate(v.ctx(), v.viewer, f.Rule, f.Reason); err == nil {
		return v.finish(f.Path+"/counted/moderate", "Saved")
	}
	return v.again(err, v.print.T("Counted.Moderate"), func(p *Page, problems []string) component {
		f.Problems = problems
		return invalidationsView(p, f)
	})
}

func (s *Site) undoInvalidation(v *visit) error {
	on, err := v.countedSubject()
	if err != nil {
		return err
	}
	id, err := forum.ParseID(v.variable("invalidation"))
	if err != nil {
		return err
	}
	if err := s.service.UndoInvalidation(v.ctx(), v.viewer, on.Kind, on.ID, id); err != nil {
		return err
	}
	return v.finish(on.Path+"/counted/moderate", "Saved")
}

package web

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portevoix/forum"
	"portevoix/forum/web/chart"
)

// countedSubject is what people are counted on: a case or an action.
type countedSubject struct {
	Kind   forum.ParticipationKind
	ID     forum.ID
	Title  string
	Path   string
	Tally  forum.TierTally
	Sent   *int             // of a letter: how many say that they sent theirs
	Told   *forum.TierTally // what the subject's own server counts, where that is another
	Host   string           // of that server
	Local  bool             // it is of this server
	Inside bool             // only this server knows it
}

// countedPage tells how many there are, who they are, and who counts them.
type countedPage struct {
	countedSubject
	Servers       []forum.ServerTally
	Hours         []forum.HourTally
	Versions      map[int]int
	Names         []forum.ParticipationView
	Invalidations []forum.Invalidation
	Moderates     bool
	Newcomers     forum.Newcomers
}

const (
	serversCounted = 200
	namesCounted   = 200
	columnsShown   = 60
)

// countedSubject finds what the address names.
func (v *visit) countedSubject() (countedSubject, error) {
	if v.variable("handle") != "" {
		a, err := v.publicAction()
		if err != nil {
			return countedSubject{}, err
		}
		on := countedSubject{Kind: forum.Signature, ID: a.ID, Title: a.Label(), Path: actionPagePath(a.Handle()), Tally: a.Counts, Local: a.Local(), Host: a.Host, Inside: a.LocalOnly}
		if a.Kind == forum.FormalLetter && a.Local() {
			on.Sent = &a.Sent
		}
		if !a.Local() {
			told := a.Counts
			on.Told = &told
			on.Tally, err = v.site.store.TierTally(v.ctx(), forum.Signature, a.ID)
		}
		return on, err
	}
	t, err := v.shownThread()
	if err != nil {
		return countedSubject{}, err
	}
	if !t.Experience() {
		return countedSubject{}, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	on := countedSubject{Kind: forum.CoClaim, ID: t.ID, Title: t.Title, Path: threadPath(t.ID, ""), Told: t.CoClaimsTold, Host: forum.HostOf(t.URI), Local: t.Author.Host == "", Inside: t.Forum.LocalOnly}
	on.Tally, err = v.site.store.TierTally(v.ctx(), forum.CoClaim, t.ID)
	return on, err
}

// fillCounted reads what the page of counts shows.
func (s *Site) fillCounted(v *visit, page *countedPage) error {
	ctx := v.ctx()
	var err error
	if page.Servers, err = s.store.TallyByServer(ctx, page.Kind, page.ID, serversCounted); err != nil {
		return err
	}
	if page.Hours, err = s.store.TallyByHour(ctx, page.Kind, page.ID); err != nil {
		return err
	}
	if page.Kind == forum.Signature {
		if page.Versions, err = s.store.TallyByVersion(ctx, page.Kind, page.ID); err != nil {
			return err
		}
	}
	if page.Names, err = s.store.ParticipationNames(ctx, page.Kind, page.ID, namesCounted); err != nil {
		return err
	}
	page.Invalidations, err = s.store.Invalidations(ctx, page.Kind, page.ID)
	return err
}

// counted is the page that tells how many are counted, and how.
func (s *Site) counted(v *visit) error {
	on, err := v.countedSubject()
	if err != nil {
		return err
	}
	page := countedPage{countedSubject: on, Newcomers: s.service.Newcomers()}
	if err := s.fillCounted(v, &page); err != nil {
		return err
	}
	if v.viewer != nil {
		page.Moderates = s.service.MayInvalidate(v.ctx(), v.viewer, on.Kind, on.ID) == nil
	}
	p := v.newPage(v.print.T("Counted.Title"))
	p.NoIndex = true
	p.keepInside(on.Inside)
	return v.show(http.StatusOK, p, countedView(p, page))
}

func wholeDays(d time.Duration) int { return int(d / (24 * time.Hour)) }

// tierRow is a line of a table of tiers.
type tierRow struct {
	Name   string
	Number int
}

// tierRows are the tiers of which there are any, in the order in which they are
// shown.
func tierRows(t forum.TierTally) []tierRow {
	var rows []tierRow
	for _, tier := range forum.Tiers {
		if n := *t.Of(tier); n > 0 {
			rows = append(rows, tierRow{string(tier), n})
		}
	}
	if t.Invalidated > 0 {
		rows = append(rows, tierRow{"invalidated", t.Invalidated})
	}
	return rows
}

// serverName is how a server is called on this one.
func serverName(p *Page, host string) string {
	if host == "" {
		return p.T("Counted.HereNamed", "Host", p.Host)
	}
	return host
}

// curve draws when people came: hours, or, of what took long, days.
func (f countedPage) curve(p *Page) string {
	step, form := time.Hour, "2 15:04"
	if n := len(f.Hours); n > 0 && f.Hours[n-1].Hour.Sub(f.Hours[0].Hour) > columnsShown*time.Hour {
		step, form = 24*time.Hour, "2/1"
	}
	points := columns(f.Hours, step, form, p.Number)
	return chart.Columns(p.T("Counted.When"), points, func(n float64) string { return p.Number(int(n)) })
}

// columns adds up what falls into one step of time. What lies too far back for the
// chart is in the table.
func columns(hours []forum.HourTally, step time.Duration, form string, write func(int) string) []chart.Point {
	if len(hours) == 0 {
		return nil
	}
	last := hours[len(hours)-1].Hour.Truncate(step)
	first := hours[0].Hour.Truncate(step)
	if least := last.Add(-(columnsShown - 1) * step); first.Before(least) {
		first = least
	}
	points := make([]chart.Point, int(last.Sub(first)/step)+1)
	for i := range points {
		points[i].Label = first.Add(time.Duration(i) * step).Format(form)
	}
	for _, h := range hours {
		if at := h.Hour.Truncate(step); !at.Before(first) {
			points[int(at.Sub(first)/step)].Value += float64(h.Tally.Signed())
		}
	}
	for i := range points {
		points[i].Text = write(int(points[i].Value))
	}
	return points
}

// ruleText says in words whom an invalidation took out.
func ruleText(p *Page, r forum.InvalidationRule) string {
	var parts []string
	add := func(key string, pairs ...any) { parts = append(parts, p.T("Counted.Rule"+key, pairs...)) }
	if r.Server != nil {
		add("Server", "Server", serverName(p, *r.Server))
	}
	if r.Tier != "" {
		add("Tier", "Tier", p.T("Counted.Tier."+string(r.Tier)))
	}
	if r.Route != "" {
		add("Route", "Route", p.T("Counted.Route."+string(r.Route)))
	}
	if !r.From.IsZero() {
		add("From", "Date", p.DateTime(r.From))
	}
	if !r.Until.IsZero() {
		add("Until", "Date", p.DateTime(r.Until))
	}
	for key, set := range map[string]bool{"Network": r.Network != "", "Agent": r.Agent != "", "Name": r.Name != "", "One": r.One != 0} {
		if set {
			add(key)
		}
	}
	return strings.Join(parts, " · ")
}

// openLine is a line of the open data.
type openLine struct {
	ID           string `json:"id"`
	Version      int    `json:"version,omitempty"`
	Tier         string `json:"tier"`
	Server       string `json:"server"`
	Route        string `json:"route"`
	Hour         string `json:"hour"`
	State        string `json:"state"`
	Number       int    `json:"number"`
	Invalidation string `json:"invalidation,omitempty"`
}

// openLines hands out the lines of the open data.
func (s *Site) openLines(v *visit, on countedSubject, yield func(openLine) error) error {
	host := s.service.Addresses().Host()
	return s.service.OpenCounts(v.ctx(), on.Kind, on.ID, func(c forum.OpenCount) error {
		l := openLine{c.ID, c.Version, string(c.Tier), c.Server, string(c.Route), c.Hour.Format(time.RFC3339), string(c.State), c.Number, ""}
		if l.Server == "" {
			l.Server = host
		}
		if c.Invalidation != 0 {
			l.Invalidation = c.Invalidation.String()
		}
		return yield(l)
	})
}

// countedData answers with everything that is counted, one line a person, as JSON
// or CSV. It is written as it is read: there may be a great many.
func (s *Site) countedData(v *visit) error {
	on, err := v.countedSubject()
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(briefly.Seconds())))
	if v.variable("format") == "csv" {
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="counted.csv"`)
		return s.countedCSV(v, on)
	}
	h.Set("Content-Type", "application/json")
	return s.countedJSON(v, on)
}

func (s *Site) countedCSV(v *visit, on countedSubject) error {
	w := csv.NewWriter(v.w)
	if err := w.Write([]string{"id", "version", "tier", "server", "route", "hour", "state", "number", "invalidation"}); err != nil {
		return nil // whoever asked is gone
	}
	err := s.openLines(v, on, func(l openLine) error {
		return w.Write([]string{forum.SafeCell(l.ID), strconv.Itoa(l.Version), forum.SafeCell(l.Tier), forum.SafeCell(l.Server), forum.SafeCell(l.Route), l.Hour, forum.SafeCell(l.State), strconv.Itoa(l.Number), l.Invalidation})
	})
	w.Flush()
	return s.brokenOff(v, err)
}

// brokenOff logs what stopped an answer that was begun.
func (s *Site) brokenOff(v *visit, err error) error {
	if err != nil {
		s.o.Logger.WarnContext(v.ctx(), "open data broken off", "path", v.r.URL.Path, "error", err)
	}
	return nil
}

func (s *Site) countedJSON(v *visit, on countedSubject) error {
	head := map[string]any{
		"kind": on.Kind, "title": on.Title, "url": s.base() + on.Path, "counted_by": s.service.Addresses().Host(), "counted": on.Tally.Signed(), "tally": on.Tally,
	}
	if on.Sent != nil {
		head["letters_sent"] = *on.Sent
	}
	if on.Told != nil {
		head["told"] = map[string]any{"by": on.Host, "counted": on.Told.Signed(), "tally": on.Told}
	}
	body, err := json.Marshal(head)
	if err != nil {
		return err
	}
	write := func(b []byte) error { _, err := v.w.Write(b); return err }
	if err := write(append(body[:len(body)-1], `,"lines":[`...)); err != nil {
		return nil
	}
	first := true
	err = s.openLines(v, on, func(l openLine) error {
		line, err := json.Marshal(l)
		if err != nil {
			return err
		}
		if !first {
			line = append([]byte(","), line...)
		}
		first = false
		return write(line)
	})
	if err == nil {
		err = write([]byte("]}\n"))
	}
	return s.brokenOff(v, err)
}

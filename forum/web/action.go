package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"portevoix/forum"
	"portevoix/forum/web/picture"
)

// actionPage is the page of a joint action.
type actionPage struct {
	Action     *forum.ActionView
	Version    *forum.ActionVersion // a former one that is shown instead; nil for the present
	Versions   []forum.ActionVersion
	ByVersion  map[int]int // signatures
	Updates    []forum.ThreadView
	Cases      []forum.ActionCase
	Sponsors   []forum.Sponsor
	Papers     []forum.PaperSheet
	Relation   forum.Relation
	Signing    signing
	Servers    []forum.ServerTally
	Names      []forum.ParticipationView
	Leads      bool
	Moderates  bool
	Sponsoring bool // the viewer is among its sponsors
	Recording  recordingLimits
	SignTag    string
	SentTag    string // of letters
	BallotURI  string
	ClosesOn   time.Time // a moment of its last day
}

const (
	updatesShown = 10
	casesShown   = 50
	serversShown = 10
	namesShown   = 50
)

// actionNamed finds the action of the address, as the viewer may see it.
func (v *visit) actionNamed() (*forum.ActionView, error) {
	h, ok := forum.ParseHandle(v.variable("handle"), v.site.service.Addresses().Host())
	if !ok {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	a, err := v.site.service.ViewAction(v.ctx(), v.viewer, h)
	if err == nil && !a.DeletedAt.IsZero() {
		err = &forum.Error{Code: forum.Gone, Key: "NothingHere"}
	}
	return a, err
}

// publicAction is actionNamed for what is the same for everybody.
func (v *visit) publicAction() (*forum.ActionView, error) {
	a, err := v.actionNamed()
	if err == nil && !a.Public() {
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return a, err
}

// action is the page of a joint action.
func (s *Site) action(v *visit) error {
	a, err := v.actionNamed()
	if err != nil {
		return err
	}
	page := actionPage{Action: a, SignTag: s.service.SignTag(a.Language), SentTag: s.service.SentTag(a.Language), ClosesOn: a.ClosesAt.Add(-time.Minute)}
	if err := s.fillAction(v, &page); err != nil {
		return err
	}
	path := actionPagePath(a.Handle())
	if number := v.variable("version"); number != "" && number != strconv.Itoa(a.Version) {
		for i := range page.Versions {
			if one := &page.Versions[i]; strconv.Itoa(one.Number) == number {
				page.Version = one
			}
		}
		if page.Version == nil {
			return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
		}
	}
	p := v.newPage(a.Label())
	p.Section, p.Canonical = "actions", s.base()+path
	p.NoIndex = !a.Local() || !a.Public() || page.Version != nil
	p.Description = firstLine(s.o.Renderer.Text(a.TextHTML))
	if a.Public() {
		p.ActivityURI = a.URI
		s.describeAction(p, a)
	}
	p.keepInside(a.LocalOnly)
	return v.show(http.StatusOK, p, actionView(p, page))
}

// fillAction reads what the page shows.
func (s *Site) fillAction(v *visit, page *actionPage) error {
	a, ctx := page.Action, v.ctx()
	var err error
	if a.BallotID != 0 {
		ballot, err := s.store.Post(ctx, a.BallotID)
		if err != nil {
			return err
		}
		page.BallotURI = ballot.URI
	}
	if page.Versions, err = s.store.ActionVersions(ctx, a.ID); err != nil {
		return err
	}
	if len(page.Versions) > 1 {
		if page.ByVersion, err = s.service.SignedByVersion(ctx, &a.Action); err != nil {
			return err
		}
	}
	updates, err := s.service.ActionUpdates(ctx, &a.Action, v.viewerID(), "", updatesShown)
	if err != nil {
		return err
	}
	page.Updates = updates.Threads
	if page.Cases, err = s.store.ActionCases(ctx, a.ID, casesShown); err != nil {
		return err
	}
	if a.Local() {
		if page.Sponsors, err = s.store.Sponsors(ctx, a.ID); err != nil {
			return err
		}
		if a.Papers > 0 {
			if page.Papers, err = s.store.Papers(ctx, a.ID); err != nil {
				return err
			}
		}
	}
	if a.Local() && a.Public() {
		if page.Servers, err = s.store.TallyByServer(ctx, forum.Signature, a.ID, serversShown); err != nil {
			return err
		}
		if page.Names, err = s.store.ParticipationNames(ctx, forum.Signature, a.ID, namesShown); err != nil {
			return err
		}
	}
	if page.Leads, page.Moderates, err = s.service.LeadsAction(ctx, v.viewer, &a.Action); err != nil {
		return err
	}
	if err := s.fillSigning(v, page); err != nil || v.viewer == nil {
		return err
	}
	for i := range page.Sponsors {
		page.Sponsoring = page.Sponsoring || page.Sponsors[i].ID == v.viewer.ID
	}
	page.Relation, err = s.store.Relation(ctx, v.viewer.ID, a.ID)
	return err
}

// Change is what a version says is new in it, with the text before it; nil where
// there is none.
func (f actionPage) before(number int) *forum.ActionVersion {
	for i := range f.Versions {
		if f.Versions[i].Number == number-1 {
			return &f.Versions[i]
		}
	}
	return nil
}

// shown is the version that the page shows.
func (f actionPage) shown() *forum.ActionVersion {
	if f.Version != nil {
		return f.Version
	}
	for i := range f.Versions {
		if f.Versions[i].Number == f.Action.Version {
			return &f.Versions[i]
		}
	}
	return &forum.ActionVersion{Number: f.Action.Version, Title: f.Action.DisplayName, Text: f.Action.Text, HTML: f.Action.TextHTML, SHA256: f.Action.SHA256, At: f.Action.CreatedAt}
}

// versionsBut are the versions beside the one that is shown.
func (f actionPage) versionsBut() []forum.ActionVersion {
	var list []forum.ActionVersion
	for _, one := range f.Versions {
		if one.Number != f.shown().Number {
			list = append(list, one)
		}
	}
	return list
}

func versionPath(a *forum.ActionView, number int) string {
	return actionPagePath(a.Handle()) + "/v" + strconv.Itoa(number)
}

// actionText serves a version as it is hashed, so that anybody can hash it.
func (s *Site) actionText(v *visit) error {
	a, err := v.publicAction()
	if err != nil {
		return err
	}
	versions, err := s.store.ActionVersions(v.ctx(), a.ID)
	if err != nil {
		return err
	}
	for i := range versions {
		if one := &versions[i]; strconv.Itoa(one.Number) == v.variable("version") {
			return v.serve("text/plain; charset=utf-8", []byte(one.Canonical()), one.At, hourly)
		}
	}
	return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
}

// meterPart is a part of an action's meter, in thousandths of its width.
type meterPart struct {
	Class       string
	From, Width int
}

// meterParts fill the meter up to the goal, or share it out where there are more.
func meterParts(a *forum.ActionView) []meterPart {
	whole := max(a.Goal, a.Counts.Signed(), 1)
	var list []meterPart
	from := 0
	for _, part := range []struct {
		class string
		n     int
	}{{"t1", a.Counts.Email}, {"t2", a.Counts.Local}, {"t3", a.Counts.Known}, {"t4", a.Counts.New}, {"t5", a.Counts.Paper}} {
		if part.n == 0 {
			continue
		}
		width := max(3, part.n*1000/whole)
		list = append(list, meterPart{Class: part.class, From: from, Width: min(width, 1000-from)})
		from = min(1000, from+width)
	}
	return list
}

// tierCount is one of the tiers with how many it has.
type tierCount struct {
	Name, Class string
	N           int
}

// tiersOf are the tiers that a page lists: all that have any, and the first two.
func tiersOf(t forum.TierTally) []tierCount {
	var list []tierCount
	for _, one := range []tierCount{{"email", "t1", t.Email}, {"local", "t2", t.Local}, {"known", "t3", t.Known}, {"new", "t4", t.New}, {"paper", "t5", t.Paper}} {
		if one.N > 0 || one.Name == "email" || one.Name == "local" {
			list = append(list, one)
		}
	}
	return list
}

func optionalNumber(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// describeAction tells programs what the page is.
func (s *Site) describeAction(p *Page, a *forum.ActionView) {
	path := actionPagePath(a.Handle())
	p.Head = head{Type: "article", Image: path + "/preview.png", Alt: a.Label(), Published: a.PublishedAt, Section: p.T("Action.Title"), Feed: path, OEmbed: s.oEmbedAddress(path)}
}

// actionPreview is the picture that a link to an action brings along, with its
// count.
func (s *Site) actionPreview(v *visit) error {
	a, err := v.publicAction()
	if err != nil {
		return err
	}
	p := s.o.Messages.Printer(append([]string{a.Language}, s.o.Instance.Languages...)...)
	facts := p.N("Action.Count", a.Counts.Signed()) + " " + p.T("Action.OfGoal", "Goal", p.Number(a.Goal))
	if tiers := p.Tiers(a.Counts); tiers != "" {
		facts += " · " + tiers
	}
	return s.servePreview(v, picture.Preview{Kicker: p.T("ActionKind." + string(a.Kind)), Title: a.Label(), Facts: facts})
}

// actionEmbed is the card of an action in frames of other sites.
func (s *Site) actionEmbed(v *visit) error {
	a, err := v.publicAction()
	if err != nil {
		return err
	}
	v.print = s.o.Messages.Printer(append([]string{v.r.Header.Get("Accept-Language")}, s.o.Instance.Languages...)...)
	h := v.w.Header()
	h.Set("Vary", "Accept-Language")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *")
	h.Set("Cache-Control", "public, max-age=300")
	p := v.newPage(a.Label())
	p.NoIndex, p.Canonical = true, s.base()+actionPagePath(a.Handle())
	return v.showIn(bare, http.StatusOK, p, actionEmbedView(p, a))
}

// actionQR is the address of an action as a QR code, for sheets of paper.
func (s *Site) actionQR(v *visit) error {
	a, err := v.publicAction()
	if err != nil {
		return err
	}
	body, err := picture.QR(s.base() + actionPagePath(a.Handle()))
	if err != nil {
		return err
	}
	return v.serve("image/svg+xml", body, time.Time{}, hourly)
}

// actionsFeed is the newest actions.
func (s *Site) actionsFeed(v *visit) error {
	page, err := s.store.Actions(v.ctx(), forum.ActionQuery{Limit: entriesPerFeed, Now: s.service.Now()})
	if err != nil {
		return err
	}
	server, err := s.store.InstanceActor(v.ctx())
	if err != nil {
		return err
	}
	f := s.newFeed(v, "/actions", v.print.T("Action.Feed")+" · "+s.o.Instance.Name, v.print.T("Action.Intro"), v.print.Tag)
	for i := range page.Actions {
		t, err := s.store.ThreadView(v.ctx(), page.Actions[i].BallotID, 0)
		if err != nil {
			continue // hidden meanwhile
		}
		s.addThreads(f, []forum.ThreadView{*t})
		f.Entries[len(f.Entries)-1].URL = s.base() + actionPagePath(page.Actions[i].Handle())
	}
	return v.serveFeed(f, server.CreatedAt)
}

// actionFeed is what an action published: its texts, milestones and news.
func (s *Site) actionFeed(v *visit) error {
	a, err := v.publicAction()
	if err != nil {
		return err
	}
	page, err := s.store.Threads(v.ctx(), forum.ThreadQuery{ForumID: a.ID, AuthorID: a.ID, Whole: true, Sort: forum.SortNew, Limit: entriesPerFeed})
	if err != nil {
		return err
	}
	f := s.newFeed(v, actionPagePath(a.Handle()), a.Label()+" · "+s.o.Instance.Name, firstLine(s.o.Renderer.Text(a.Summary)), a.Language)
	s.addThreads(f, page.Threads)
	return v.serveFeed(f, a.PublishedAt)
}

// gathers says when and where a gathering is.
func (p *Page) gathers(d forum.ActionDetails) string {
	if d.EndsAt.IsZero() {
		return p.T("Action.Gather", "Start", p.DateTime(d.StartsAt), "Place", d.Place)
	}
	return p.T("Action.GatherUntil", "Start", p.DateTime(d.StartsAt), "End", p.DateTime(d.EndsAt), "Place", d.Place)
}

// mailAction is a mail to pass an action on by.
func mailAction(p *Page, a *forum.ActionView) string {
	return "mailto:?subject=" + strings.ReplaceAll(queryEscape(a.Label()), "+", "%20") + "&body=" + strings.ReplaceAll(queryEscape(a.Label()+"\n\n"+p.Base+actionPagePath(a.Handle())), "+", "%20")
}

// ballotOf is the page of the action whose ballot a thread is, "" for other
// threads.
func ballotOf(t *forum.ThreadView) string {
	if t.Author.GroupRole != forum.RoleAction || t.Author.ID != t.Forum.ID || t.URL != t.Author.URL {
		return ""
	}
	return actionPagePath(t.Author.Handle())
}

// entryPath is where a thread in a list leads: of a ballot, to its action.
func entryPath(t *forum.ThreadView) string {
	return firstOf(ballotOf(t), threadPath(t.ID, t.Title))
}

// kindOf says what a thread in a list is.
func kindOf(p *Page, t *forum.ThreadView) string {
	if ballotOf(t) != "" {
		return p.T("Action.One")
	}
	return p.T("Kind." + string(t.Kind))
}

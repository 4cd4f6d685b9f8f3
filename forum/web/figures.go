package web

import (
	"net/http"
	"strconv"
	"time"

	"portevoix/forum"
	"portevoix/forum/web/chart"
	"portevoix/forum/web/stats"
)

// drawnFigure is a chart, and the same as a table.
type drawnFigure struct {
	Title string
	SVG   string
	Head  []string
	Rows  [][]string
}

// statedFigure is a figure in words.
type statedFigure struct {
	Label, Value, Note string
}

type figurePage struct {
	Group   *forum.Forum
	Figures *forum.Figures
	Path    string // of the subject's own page
	Query   string // which product, for the twins
	Stated  []statedFigure
	Drawn   []drawnFigure
	// Products are those of a company; Product is the name of the one it is about.
	Products []forum.Product
	Product  string
	Embed    string // HTML for other sites; "" where there is none
}

// groupRoles are what the first part of an address says of its group.
var groupRoles = map[string]forum.GroupRole{"f": forum.RoleForum, "c": forum.RoleCompany, "a": forum.RoleAction}

// figuresNamed counts the figures of the group in the address, or of one product
// of it.
func (v *visit) figuresNamed() (*forum.Forum, forum.Figures, error) {
	group, err := v.forumNamed()
	if err != nil {
		return nil, forum.Figures{}, err
	}
	subject := forum.FigureSubject{Role: groupRoles[v.variable("kind")], ID: group.ID}
	if group.GroupRole != subject.Role {
		return nil, forum.Figures{}, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	if product := v.query("product"); product != "" && subject.Role == forum.RoleCompany {
		if subject.Product, err = forum.ParseID(product); err != nil {
			return nil, forum.Figures{}, err
		}
	}
	f, err := v.site.service.Figures(v.ctx(), subject)
	return group, f, err
}

// mergedFigures leads from the figures of a company whose page was merged to those
// of the page that took its place.
func (v *visit) mergedFigures(group *forum.Forum) (string, error) {
	if group.GroupRole != forum.RoleCompany {
		return "", nil
	}
	c, err := v.site.service.Company(v.ctx(), v.variable("handle"))
	if err != nil || c.MergedInto == 0 {
		return "", err
	}
	into, err := v.site.store.Actor(v.ctx(), c.MergedInto)
	if err != nil {
		return "", err
	}
	return actorPath(into) + "/figures", nil
}

// figures is the page of everything that is counted of a group.
func (s *Site) figures(v *visit) error {
	group, f, err := v.figuresNamed()
	if err != nil {
		return err
	}
	if to, err := v.mergedFigures(group); err != nil || to != "" {
		if err == nil {
			http.Redirect(v.w, v.r, to, http.StatusMovedPermanently)
		}
		return err
	}
	page := figurePage{Group: group, Figures: &f, Path: actorPath(&group.Actor), Stated: stateFigures(v, &f), Drawn: drawFigures(v, &f)}
	if group.GroupRole == forum.RoleCompany {
		if page.Products, err = s.store.Products(v.ctx(), group.ID, productsShown); err != nil {
			return err
		}
		for _, product := range page.Products {
			if product.ID == f.Subject.Product {
				page.Product = product.Name
			}
		}
		if f.Subject.Product != 0 && page.Product == "" {
			return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
		}
	}
	if group.Local() && !group.LocalOnly {
		page.Embed = frameCode(s.base()+page.Path+"/embed", group.Label(), embedWidth, groupEmbedHeight)
	}
	if f.Subject.Product != 0 {
		page.Query = "?product=" + f.Subject.Product.String()
	}
	name := group.Label()
	if page.Product != "" {
		name = page.Product + " (" + name + ")"
	}
	p := v.newPage(v.print.T("Figures.Title", "Name", name))
	p.Section = map[forum.GroupRole]string{forum.RoleForum: "forums", forum.RoleCompany: "companies", forum.RoleAction: "actions"}[group.GroupRole]
	p.Canonical, p.NoIndex = s.base()+page.Path+"/figures"+page.Query, !group.Local()
	p.keepInside(group.LocalOnly)
	return v.show(http.StatusOK, p, figuresView(p, page))
}

// statsFile is the figures for programs.
func (s *Site) statsFile(v *visit) error {
	group, f, err := v.figuresNamed()
	if err != nil {
		return err
	}
	document := stats.Of(&f, s.statsSubject(group), s.service.Addresses().Host())
	if v.variable("format") == "json" {
		return v.serveJSON("application/json", document, figuresAge)
	}
	body, err := document.CSV()
	if err != nil {
		return err
	}
	return v.serve("text/csv; charset=utf-8", body, time.Time{}, figuresAge)
}

// figuresAge is how long caches may keep figures.
const figuresAge = time.Minute

func (s *Site) statsSubject(group *forum.Forum) stats.Subject {
	return stats.Subject{Kind: stats.Kind(group.GroupRole), Handle: group.Handle(), Name: group.Label(), URL: s.base() + actorPath(&group.Actor)}
}

// aboutFigures says what the figures do not mean.
func (s *Site) aboutFigures(v *visit) error {
	p := v.newPage(v.print.T("Figures.About"))
	p.Section, p.Canonical = "about", s.base()+"/about/figures"
	return v.show(http.StatusOK, p, aboutFiguresView(p))
}

// shareText is a share in words: a percentage only of enough.
func shareText(v *visit, s forum.Share) string {
	switch {
	case s.Of == 0:
		return v.print.T("Figures.None")
	case !s.Enough():
		return v.print.T("Figures.TooFew")
	}
	return v.print.Percent(s.Percent())
}

func partText(v *visit, s forum.Share) string {
	if s.Of == 0 {
		return ""
	}
	return v.print.T("Figures.PartOf", "Part", v.print.Number(s.Part), "Of", v.print.Number(s.Of))
}

// stateFigures says the most important figures in words.
func stateFigures(v *visit, f *forum.Figures) []statedFigure {
	t := v.print.T
	list := []statedFigure{{t("Figures.Cases"), v.print.Number(f.Cases), v.print.N("Figures.Reviews", f.Reviews)}}
	if f.Subject.Role == forum.RoleCompany {
		days := t("Figures.TooFew")
		switch {
		case f.Answered.Part == 0:
			days = t("Figures.None")
		case f.Answered.Part >= forum.MinSample:
			days = v.print.N("Figures.Days", int(f.AnswerDays+.5))
		}
		list = append(list,
			statedFigure{t("Figures.Answered"), shareText(v, f.Answered), partText(v, f.Answered)},
			statedFigure{t("Figures.FirstAnswer"), days, ""},
			statedFigure{t("Figures.Kept"), shareText(v, f.Kept), partText(v, f.Kept)})
	}
	return append(list, statedFigure{t("Figures.Resolved"), shareText(v, f.Resolved), partText(v, f.Resolved)})
}

// serversDrawn is how many servers have a bar of their own.
const serversDrawn = 12

// drawFigures draws the figures, each with its table.
func drawFigures(v *visit, f *forum.Figures) []drawnFigure {
	t := v.print.T
	var list []drawnFigure
	if f.Signed != nil {
		list = append(list, drawTiers(v, v.print.T("Dossier.Signatures"), v.print.T("Figures.Signatures"), *f.Signed))
	}
	if f.Cases+f.Reviews > 0 {
		list = append(list, drawMonths(v, f.Months))
	}
	if len(f.States) > 0 {
		d := drawnFigure{Title: t("Figures.States"), Head: []string{t("Figures.State"), t("Figures.Cases")}}
		var points []chart.Point
		for _, state := range f.States {
			name, n := t("State."+string(state.State)), v.print.Number(state.Count)
			points = append(points, chart.Point{Label: name, Value: float64(state.Count), Text: n, Class: stateClass(state.State)})
			d.Rows = append(d.Rows, []string{name, n})
		}
		d.SVG = chart.Bars(d.Title, points)
		list = append(list, d)
	}
	if f.Promises != (forum.PromiseCount{}) {
		list = append(list, drawPromises(v, stats.Promises(f.Promises)))
	}
	if len(f.Amounts) > 0 {
		d := drawnFigure{Title: t("Figures.Amounts"), Head: []string{t("Figures.Currency"), t("Figures.Cases"), t("Figures.Median"), t("Figures.Sum")}}
		for _, a := range f.Amounts {
			median := t("Figures.TooFew")
			if a.Count >= forum.MinSample {
				median = v.print.Amount(a.Median)
			}
			d.Rows = append(d.Rows, []string{a.Sum.Currency, v.print.Number(a.Count), median, v.print.Amount(a.Sum)})
		}
		list = append(list, d)
	}
	if f.Joined.Signed()+f.Joined.Invalidated > 0 {
		list = append(list, drawTiers(v, t("Figures.Joined"), t("Figures.People"), f.Joined))
	}
	if len(f.Servers) > 0 {
		list = append(list, drawServers(v, t("Figures.Servers"), t("Figures.Cases"), f.Servers))
	}
	if len(f.JoinedFrom) > 0 {
		list = append(list, drawServers(v, t("Figures.JoinedFrom"), t("Figures.People"), f.JoinedFrom))
	}
	return list
}

func drawTiers(v *visit, title, counted string, n forum.TierTally) drawnFigure {
	d := drawnFigure{Title: title, Head: []string{v.print.T("Figures.Tier"), counted}}
	var points []chart.Point
	for _, tier := range stats.Tiers(n) {
		name, count := v.print.T("Dossier.Tier."+tier.Name), v.print.Number(tier.Count)
		class := ""
		switch tier.Name {
		case "new":
			class = "b"
		case "invalidated":
			class = "d"
		}
		points = append(points, chart.Point{Label: name, Value: float64(tier.Count), Text: count, Class: class})
		d.Rows = append(d.Rows, []string{name, count})
	}
	d.SVG = chart.Bars(d.Title, points)
	return d
}

func drawPromises(v *visit, promises stats.Promises) drawnFigure {
	t := v.print.T
	d := drawnFigure{Title: t("Figures.Promises"), Head: []string{t("Figures.Promise"), t("Figures.Cases")}}
	classes := map[string]string{"kept": "a", "late": "b", "overdue": "c", "broken": "c", "open": "d"}
	var points []chart.Point
	for _, fate := range promises.Fates() {
		name, n := t("Promise."+fate.Name), v.print.Number(fate.Count)
		points = append(points, chart.Point{Label: name, Value: float64(fate.Count), Text: n, Class: classes[fate.Name]})
		d.Rows = append(d.Rows, []string{name, n})
	}
	d.SVG = chart.Bars(d.Title, points)
	return d
}

func drawMonths(v *visit, months []forum.MonthCount) drawnFigure {
	t := v.print.T
	d := drawnFigure{Title: t("Figures.Months"), Head: []string{t("Figures.Month"), t("Figures.Cases"), t("Figures.ReviewsHead")}}
	var points []chart.Point
	for _, m := range months {
		name := v.print.Month(m.Month)
		points = append(points, chart.Point{Label: name, Value: float64(m.Cases + m.Reviews)})
		d.Rows = append(d.Rows, []string{name, v.print.Number(m.Cases), v.print.Number(m.Reviews)})
	}
	d.SVG = chart.Columns(d.Title, points, func(n float64) string { return v.print.Number(int(n)) })
	return d
}

func drawServers(v *visit, title, counted string, servers []forum.ServerCount) drawnFigure {
	t := v.print.T
	d := drawnFigure{Title: title, Head: []string{t("Figures.Server"), counted}}
	var points []chart.Point
	others := 0
	for i, server := range servers {
		name := server.Host
		if name == "" {
			name = v.site.service.Addresses().Host()
		}
		d.Rows = append(d.Rows, []string{name, v.print.Number(server.Count)})
		if i >= serversDrawn {
			others += server.Count
			continue
		}
		points = append(points, chart.Point{Label: name, Value: float64(server.Count), Text: v.print.Number(server.Count)})
	}
	if others > 0 {
		points = append(points, chart.Point{Label: t("Figures.Others", "Count", strconv.Itoa(len(servers)-serversDrawn)), Value: float64(others), Text: v.print.Number(others), Class: "d"})
	}
	d.SVG = chart.Bars(d.Title, points)
	return d
}

// stateClass is the colour of a state.
func stateClass(s forum.CaseState) string {
	switch s {
	case forum.CaseResolved:
		return "a"
	case forum.CaseAnswered, forum.CasePromised:
		return "b"
	case forum.CaseOpen, forum.CaseUnresolved:
		return "c"
	}
	return "d"
}

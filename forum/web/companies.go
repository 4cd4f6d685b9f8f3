package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"portevoix/forum"
)

// companiesPage is a page of the directory of companies.
type companiesPage struct {
	forum.ForumQuery
	forum.ForumPage
}

// companies lists the pages about companies, here and elsewhere.
func (s *Site) companies(v *visit) error {
	d := companiesPage{ForumQuery: forum.ForumQuery{
		Role: forum.RoleCompany, Words: v.query("q"), Sort: forum.ForumSort(v.query("sort")), Viewer: v.viewerID(), After: v.query("after"), Limit: forumsPerPage,
	}.Usual()}
	var err error
	if d.ForumPage, err = s.store.Directory(v.ctx(), d.ForumQuery); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Companies.Title"))
	p.Section, p.Canonical = "companies", s.base()+"/companies"
	p.NoIndex = d.Words != "" || d.After != ""
	return v.show(http.StatusOK, p, companiesView(p, d))
}

func (d companiesPage) link(sort forum.ForumSort, after string) string {
	q := url.Values{}
	for key, value := range map[string]string{"q": d.Words, "sort": string(sort), "after": after} {
		if value != "" && !(key == "sort" && sort == forum.ForumsActive) {
			q.Set(key, value)
		}
	}
	return withQuery("/companies", q)
}

func (d companiesPage) first() string {
	if d.After == "" {
		return ""
	}
	return d.link(d.Sort, "")
}

func (d companiesPage) next() string {
	if d.Next == "" {
		return ""
	}
	return d.link(d.Sort, d.Next)
}

// companyPage is the page about a company.
type companyPage struct {
	Company   *forum.Company
	Products  []forum.Product
	Threads   forum.ThreadPage
	State     forum.CaseState // only those; "": all
	Product   forum.ID        // only about that; 0: all
	After     string
	Relation  forum.Relation
	MayManage bool
	Stated    []statedFigure // the most important figures
	Concerns  forum.ConcernFigures
}

const productsShown = 100

// companyNamed finds the company of the address. One that was merged leads to the
// page that took its place.
func (v *visit) companyNamed() (*forum.Company, error) {
	c, err := v.site.service.Company(v.ctx(), v.variable("handle"))
	switch {
	case err != nil:
		return nil, err
	case !c.DeletedAt.IsZero():
		return nil, &forum.Error{Code: forum.Gone, Key: "NothingHere"}
	case c.Standing == forum.Blocked:
		return nil, c.Active()
	}
	return c, nil
}

// company is a company's page.
func (s *Site) company(v *visit) error {
	c, err := v.companyNamed()
	if err != nil {
		return err
	}
	if c.MergedInto != 0 {
		into, err := s.store.Actor(v.ctx(), c.MergedInto)
		if err != nil {
			return err
		}
		http.Redirect(v.w, v.r, actorPath(into), http.StatusMovedPermanently)
		return nil
	}
	page := companyPage{Company: c, State: forum.CaseState(v.query("state")), After: v.query("after")}
	if !slices.Contains(forum.CaseStates, page.State) {
		page.State = ""
	}
	if id, err := forum.ParseID(v.query("product")); err == nil {
		page.Product = id
	}
	if page.Threads, err = s.store.Threads(v.ctx(), forum.ThreadQuery{CompanyID: c.ID, State: page.State, ProductID: page.Product, Viewer: v.viewerID(), Sort: forum.SortNew, After: page.After, Limit: threadsPerPage}); err != nil {
		return err
	}
	filters, err := v.filters(forum.InPublic)
	if err != nil {
		return err
	}
	page.Threads.Threads = filters.Threads(page.Threads.Threads)
	if page.Products, err = s.store.Products(v.ctx(), c.ID, productsShown); err != nil {
		return err
	}
	if v.viewer != nil {
		if page.Relation, err = s.store.Relation(v.ctx(), v.viewer.ID, c.ID); err != nil {
			return err
		}
		if page.MayManage, err = v.mayModerate(c.ID); err != nil {
			return err
		}
	}
	figures, err := s.service.Figures(v.ctx(), forum.FigureSubject{Role: forum.RoleCompany, ID: c.ID})
	if err != nil {
		return err
	}
	page.Stated = stateFigures(v, &figures)
	if page.Concerns, err = s.store.ConcernFigures(v.ctx(), c.ID, s.service.Now().Add(-forum.ConcernPeriod)); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Company.PageTitle", "Name", c.Label()))
	p.Section, p.Canonical, p.ActivityURI = "companies", s.base()+actorPath(&c.Actor), c.URI
	p.Description, p.NoIndex = v.print.T("Company.Unofficial"), !c.Local() || page.State != "" || page.Product != 0
	p.Head.Feed = actorPath(&c.Actor)
	p.Head.OEmbed = s.oEmbedAddress(actorPath(&c.Actor))
	p.Head.Image, p.Head.Alt = actorPath(&c.Actor)+"/preview.png", c.Label()
	return v.show(http.StatusOK, p, companyView(p, page))
}

func (c companyPage) link(state forum.CaseState, product forum.ID, after string) string {
	q := url.Values{}
	if state != "" {
		q.Set("state", string(state))
	}
	if product != 0 {
		q.Set("product", product.String())
	}
	if after != "" {
		q.Set("after", after)
	}
	return withQuery(actorPath(&c.Company.Actor), q)
}

func (c companyPage) first() string {
	if c.After == "" {
		return ""
	}
	return c.link(c.State, c.Product, "")
}

func (c companyPage) next() string {
	if c.Threads.Next == "" {
		return ""
	}
	return c.link(c.State, c.Product, c.Threads.Next)
}

// composeAbout begins a case about a company.
func composeAbout(c *forum.Company) string {
	return "/new?" + url.Values{"company": {c.Handle()}, "kind": {string(forum.Grievance)}}.Encode()
}

// companyForm is what is said of a company, for a new page or one there is.
type companyForm struct {
	Handle   string // "" for a new one
	Company  forum.NewCompany
	Aliases  string
	NoPerson bool
	Alike    []forum.Company
	Problems []string
}

func (v *visit) readCompany() companyForm {
	field := v.r.PostFormValue
	f := companyForm{Aliases: field("aliases"), NoPerson: field("no_person") == "true"}
	f.Company = forum.NewCompany{Name: field("name"), Site: field("site"), Registry: forum.Registry{Scheme: field("scheme"), Number: field("number")}, Anyway: field("anyway") == "true"}
	f.Company.Aliases = strings.FieldsFunc(f.Aliases, func(r rune) bool { return r == ',' || r == '\n' || r == ';' })
	return f
}

// companyForm is the form for a page about a company.
func (s *Site) companyForm(v *visit) error {
	if err := v.viewer.MayWrite(); err != nil {
		return err
	}
	f := companyForm{Company: forum.NewCompany{Name: v.query("name")}}
	var err error
	if f.Alike, err = s.service.CompaniesLike(v.ctx(), f.Company); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Company.Create"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, companyFormView(p, f))
}

// createCompany makes a page about a company, once those that look like it were
// seen.
func (s *Site) createCompany(v *visit) error {
	if err := v.viewer.MayWrite(); err != nil {
		return err
	}
	f := v.readCompany()
	var err error
	if !f.NoPerson {
		err = &forum.Error{Code: forum.Invalid, Key: "CompanyNoPerson", Field: "no_person"}
	} else {
		var c *forum.Company
		if c, err = s.service.CreateCompany(v.ctx(), v.viewer, f.Company); err == nil {
			return v.finish(actorPath(&c.Actor), "CompanyCreated")
		}
	}
	alike, findErr := s.service.CompaniesLike(v.ctx(), f.Company)
	if findErr != nil {
		return findErr
	}
	f.Alike = alike
	return v.again(err, v.print.T("Company.Create"), func(p *Page, problems []string) component {
		f.Problems = problems
		return companyFormView(p, f)
	})
}

// companySettings is the form for what a page says of its company.
func (s *Site) companySettings(v *visit) error {
	c, err := s.managedCompany(v)
	if err != nil {
		return err
	}
	f := companyForm{Handle: c.Handle(), NoPerson: true, Aliases: strings.Join(c.Aliases, "\n"), Company: forum.NewCompany{Name: c.DisplayName, Site: c.Site, Registry: c.Registry}}
	p := v.newPage(v.print.T("Company.Settings"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, companyFormView(p, f))
}

func (s *Site) managedCompany(v *visit) (*forum.Company, error) {
	if err := v.signedIn(); err != nil {
		return nil, err
	}
	c, err := v.companyNamed()
	if err != nil {
		return nil, err
	}
	if may, err := v.mayModerate(c.ID); err != nil {
		return nil, err
	} else if !may || !c.Local() {
		return nil, &forum.Error{Code: forum.Forbidden, Key: "ModeratorsOnly"}
	}
	return c, nil
}

// saveCompany stores what a page says of its company.
func (s *Site) saveCompany(v *visit) error {
	c, err := s.managedCompany(v)
	if err != nil {
		return err
	}
	f := v.readCompany()
	f.Handle, f.NoPerson = c.Handle(), true
	if err = s.service.UpdateCompany(v.ctx(), v.viewer, c.Handle(), f.Company); err == nil {
		return v.finish(actorPath(&c.Actor), "Saved")
	}
	return v.again(err, v.print.T("Company.Settings"), func(p *Page, problems []string) component {
		f.Problems = problems
		return companyFormView(p, f)
	})
}

// mergeCompany lets another page take the place of this one.
func (s *Site) mergeCompany(v *visit) error {
	c, err := s.managedCompany(v)
	if err != nil {
		return err
	}
	if err := s.service.MergeCompanies(v.ctx(), v.viewer, c.Handle(), v.r.PostFormValue("into")); err != nil {
		return err
	}
	return v.finish(actorPath(&c.Actor), "Saved")
}

// addProduct adds a product to a company's page.
func (s *Site) addProduct(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	c, err := v.companyNamed()
	if err != nil {
		return err
	}
	field := v.r.PostFormValue
	if _, err := s.service.AddProduct(v.ctx(), v.viewer, c.Handle(), forum.NewProduct{Name: field("name"), GTIN: field("gtin")}); err != nil {
		return err
	}
	return v.finish(actorPath(&c.Actor)+"#products", "Saved")
}

// companyFeed is the feed of a company's cases.
func (s *Site) companyFeed(v *visit) error {
	c, err := v.companyNamed()
	if err != nil {
		return err
	}
	page, err := s.store.Threads(v.ctx(), forum.ThreadQuery{CompanyID: c.ID, Whole: true, Sort: forum.SortNew, Limit: entriesPerFeed})
	if err != nil {
		return err
	}
	f := s.newFeed(v, actorPath(&c.Actor), v.print.T("Company.PageTitle", "Name", c.Label())+" · "+s.o.Instance.Name, v.print.T("Company.Unofficial"), "")
	s.addThreads(f, page.Threads)
	return v.serveFeed(f, c.CreatedAt)
}

// completion is where the author of an incomplete case, who has no account here,
// asks for the link by which they complete it.
func (s *Site) completion(v *visit) error {
	t, err := s.incomplete(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Case.Complete"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, completionView(p, t, nil))
}

func (s *Site) incomplete(v *visit) (*forum.ThreadView, error) {
	id, err := v.postID()
	if err != nil {
		return nil, err
	}
	t, err := s.store.ThreadView(v.ctx(), id, v.viewerID())
	switch {
	case err != nil:
		return nil, err
	case t.Post.Hidden():
		return nil, &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
	case t.Case == nil:
		return nil, &forum.Error{Code: forum.NotFound, Key: "CaseNone"}
	}
	return t, nil
}

// sendCompletion sends that link to the author.
func (s *Site) sendCompletion(v *visit) error {
	t, err := s.incomplete(v)
	if err != nil {
		return err
	}
	if err = s.service.SendCompletion(v.ctx(), t.ID); err == nil {
		return v.finish("/t/"+t.ID.String()+"/complete", "CompletionSent")
	}
	return v.again(err, v.print.T("Case.Complete"), func(p *Page, problems []string) component { return completionView(p, t, problems) })
}

// newCompanyPath is where the page of a company that a case names is made.
func newCompanyPath(name string) string { return "/companies/new?name=" + queryEscape(name) }

func productName(c companyPage) string {
	for _, product := range c.Products {
		if product.ID == c.Product {
			return product.Name
		}
	}
	return c.Product.String()
}

// siteLabel is a site's address as people say it.
func siteLabel(site string) string {
	_, rest, _ := strings.Cut(site, "://")
	return strings.TrimPrefix(rest, "www.")
}

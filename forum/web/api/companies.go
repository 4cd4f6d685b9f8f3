package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// companyEntity is the page about a company.
type companyEntity struct {
	Handle   string          `json:"handle"` // "about_…", with "@host" elsewhere
	URI      string          `json:"uri"`
	URL      string          `json:"url"`
	Name     string          `json:"name"`
	Site     *string         `json:"site"`
	Aliases  []string        `json:"aliases"`
	Registry *registryEntity `json:"registry"`
	Products []productEntity `json:"products"` // empty in lists
	Cases    map[string]int  `json:"cases"`    // that count, by state
	Counts   struct {
		Cases     int `json:"cases"` // all that are shown
		Followers int `json:"followers"`
	} `json:"counts"`
	MergedInto *string `json:"merged_into"` // handle of the page that took this one's place
	Unofficial bool    `json:"unofficial"`  // always: the company has no part in the page
	Following  *string `json:"following"`
	CreatedAt  string  `json:"created_at"`
}

type registryEntity struct {
	Scheme string `json:"scheme"`
	Number string `json:"number"`
}

type productEntity struct {
	ID   string  `json:"id"`
	Name string  `json:"name"`
	GTIN *string `json:"gtin"`
}

func (a *API) companyOf(c *forum.Company, followed forum.FollowState) companyEntity {
	e := companyEntity{
		Handle: c.Handle(), URI: c.URI, URL: a.service.Addresses().Base() + forum.ActorPath(forum.Group, forum.RoleCompany, c.Handle()), Name: c.Label(), Site: stringOrNull(c.Site),
		Aliases: append([]string{}, c.Aliases...), Products: []productEntity{}, Cases: map[string]int{}, Unofficial: true, Following: stringOrNull(string(followed)), CreatedAt: moment(c.CreatedAt),
	}
	if c.Registry.Number != "" {
		e.Registry = &registryEntity{c.Registry.Scheme, c.Registry.Number}
	}
	for state, n := range c.Cases {
		if state == "" {
			state = "unanswered"
		}
		e.Cases[string(state)] = n
	}
	e.Counts.Cases, e.Counts.Followers = c.Threads, c.Followers
	return e
}

// listCompanies lists the pages about companies that are known here.
func (a *API) listCompanies(c *call) error {
	q := c.r.URL.Query()
	query := forum.ForumQuery{Role: forum.RoleCompany, Words: q.Get("q"), Origin: forum.ForumOrigin(q.Get("from")), Sort: forum.ForumSort(q.Get("sort")), Viewer: c.viewerID(), After: q.Get("after"), Limit: c.limit()}.Usual()
	page, err := a.store.Directory(c.r.Context(), query)
	if err != nil {
		return err
	}
	c.link("next", "after", page.Next)
	list := make([]companyEntity, len(page.Forums))
	for i := range page.Forums {
		company, err := a.store.CompanyByID(c.r.Context(), page.Forums[i].ID)
		if err != nil {
			return err
		}
		list[i] = a.companyOf(company, page.Forums[i].Followed)
	}
	return c.write(http.StatusOK, list)
}

// createCompany makes the page of a company.
func (a *API) createCompany(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		Name     string          `json:"name"`
		Site     string          `json:"site"`
		Aliases  []string        `json:"aliases"`
		Registry *registryEntity `json:"registry"`
		Anyway   bool            `json:"anyway"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	n := forum.NewCompany{Name: in.Name, Site: in.Site, Aliases: in.Aliases, Anyway: in.Anyway}
	if in.Registry != nil {
		n.Registry = forum.Registry(*in.Registry)
	}
	company, err := a.service.CreateCompany(c.r.Context(), by, n)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", Prefix+"/companies/"+company.Handle())
	return c.write(http.StatusCreated, a.companyOf(company, ""))
}

func (a *API) company(c *call) (*forum.Company, error) {
	return a.service.Company(c.r.Context(), mux.Vars(c.r)["handle"])
}

// showCompany shows the page of a company.
func (a *API) showCompany(c *call) error {
	company, err := a.company(c)
	if err != nil {
		return err
	}
	var followed forum.FollowState
	if c.viewer != nil {
		relation, err := a.store.Relation(c.r.Context(), c.viewerID(), company.ID)
		if err != nil {
			return err
		}
		followed = relation.Following
	}
	e := a.companyOf(company, followed)
	products, err := a.store.Products(c.r.Context(), company.ID, maxProducts)
	if err != nil {
		return err
	}
	for _, p := range products {
		e.Products = append(e.Products, productEntity{p.ID.String(), p.Name, stringOrNull(p.GTIN)})
	}
	if company.MergedInto != 0 {
		into, err := a.store.Actor(c.r.Context(), company.MergedInto)
		if err != nil {
			return err
		}
		e.MergedInto = stringOrNull(into.Handle())
	}
	return c.write(http.StatusOK, e)
}

const maxProducts = 100

// addProduct adds a product to a company's page.
func (a *API) addProduct(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		Name string `json:"name"`
		GTIN string `json:"gtin"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	p, err := a.service.AddProduct(c.r.Context(), by, mux.Vars(c.r)["handle"], forum.NewProduct{Name: in.Name, GTIN: in.GTIN})
	if err != nil {
		return err
	}
	return c.write(http.StatusCreated, productEntity{p.ID.String(), p.Name, stringOrNull(p.GTIN)})
}

// mergeCompany lets another page take the place of one.
func (a *API) mergeCompany(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		Into string `json:"into"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	if err := a.service.MergeCompanies(c.r.Context(), by, mux.Vars(c.r)["handle"], in.Into); err != nil {
		return err
	}
	return a.showCompany(c)
}

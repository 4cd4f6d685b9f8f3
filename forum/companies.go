package forum

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Company is the page about a company, a brand or a public service: a group that
// anybody can follow, and that the company has no part in. Those of other servers
// are held as far as they are met; then only what their servers tell is known.
type Company struct {
	Forum
	Site       string // its own, "https://…"
	Aliases    []string
	Registry   Registry
	CreatedBy  ID
	MergedInto ID // the page that took this one's place; 0: none
	// Cases are those that count, by where they stand.
	Cases map[CaseState]int
	// Speak lists who was verified here to answer for the company.
	Speak []Representative
}

// Counted is how many cases count.
func (c *Company) Counted() int {
	n := 0
	for _, cases := range c.Cases {
		n += cases
	}
	return n
}

// Product is something that a company sells.
type Product struct {
	ID        ID
	CompanyID ID
	Name      string
	GTIN      string // the number under its bar code; "" unknown
	CreatedBy ID
}

// NewCompany is what somebody says of a company that has no page yet.
type NewCompany struct {
	Name     string
	Site     string
	Aliases  []string
	Registry Registry
	// Anyway makes a page although there are others that look like it.
	Anyway bool
}

// NewProduct is a product that somebody adds.
type NewProduct struct {
	Name string
	GTIN string
}

// CompanyKeys are what two pages about the same company have in common.
type CompanyKeys struct {
	Names    []string // the name and the aliases
	Site     string
	Registry Registry
	GTIN     string
}

// The bounds of what a page says.
const (
	MaxCompanyAliases = 20
	maxCompanyStem    = 26 // characters of a handle before a number
	companiesAlike    = 6
	maxCompanyNumber  = 50 // pages with the same name
)

// CompanyPrefixes are those that handles of companies may have. Nobody else gets
// a name that begins so.
var CompanyPrefixes = []string{companyPrefix, "avis_", "sur_"}

func (n *NewCompany) check() error {
	n.Name = oneLine(n.Name)
	var aliases []string
	for _, alias := range n.Aliases {
		if alias = oneLine(alias); alias != "" && !slices.Contains(aliases, alias) && alias != n.Name {
			aliases = append(aliases, alias)
		}
	}
	n.Aliases = aliases
	var problems []error
	switch {
	case n.Name == "":
		problems = append(problems, invalid("name", "CompanyNameMissing", nil))
	case utf8.RuneCountInString(n.Name) > MaxCompanyName:
		problems = append(problems, invalid("name", "CaseTooLong", map[string]any{"Field": "name", "Max": MaxCompanyName}))
	}
	if len(aliases) > MaxCompanyAliases {
		problems = append(problems, invalid("aliases", "CompanyAliases", map[string]any{"Max": MaxCompanyAliases}))
	}
	for _, alias := range aliases {
		problems = append(problems, tooLong("aliases", alias, MaxCompanyName))
	}
	problems = append(problems, checkSite(&n.Site), n.Registry.check())
	if err := errors.Join(problems...); err != nil {
		return err
	}
	for _, name := range append([]string{n.Name}, aliases...) {
		switch {
		case namesRole(name), titled(name) && n.Registry.Number == "":
			return invalid("name", "CompanyIsPerson", nil)
		case likePerson(name) && n.Site == "" && n.Registry.Number == "":
			return invalid("name", "CompanyLikePerson", nil)
		}
	}
	return nil
}

func (n *NewCompany) keys() CompanyKeys {
	return CompanyKeys{Names: append([]string{n.Name}, n.Aliases...), Site: n.Site, Registry: n.Registry}
}

// checkSite makes an address of what people write of a site: "orange.fr".
func checkSite(site *string) error {
	s := strings.TrimSpace(*site)
	if s == "" {
		*site = ""
		return nil
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || !strings.Contains(strings.Trim(u.Host, "."), ".") || strings.ContainsAny(u.Host, " <>\"'[]") || len(s) > 300 {
		return invalid("site", "CompanySite", nil)
	}
	*site = u.Scheme + "://" + strings.ToLower(u.Host) + strings.TrimSuffix(u.EscapedPath(), "/")
	return nil
}

// SiteHost is the host of a site without "www.", "" where others share the host
// with it and only the path tells it apart.
func SiteHost(site string) string {
	u, err := url.Parse(site)
	if err != nil || strings.Trim(u.Path, "/") != "" {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// CompaniesLike finds pages that may be about the same company.
func (s *Service) CompaniesLike(ctx context.Context, n NewCompany) ([]Company, error) {
	n.Name = oneLine(n.Name)
	if checkSite(&n.Site) != nil {
		n.Site = ""
	}
	if n.Registry.check() != nil {
		n.Registry = Registry{}
	}
	if n.Name == "" && n.Site == "" && n.Registry.Number == "" {
		return nil, nil
	}
	return s.store.CompaniesLike(ctx, n.keys(), companiesAlike)
}

// CreateCompany makes the page of a company. Any confirmed account may. It returns
// Invalid for what is not understood and for people, of whom there are no pages;
// Conflict where there is a page with the same registration, or, unless it is
// wanted anyway, one of that name or site.
func (s *Service) CreateCompany(ctx context.Context, by *Account, n NewCompany) (*Company, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	if err := n.check(); err != nil {
		return nil, err
	}
	if err := s.companyIsNew(ctx, n); err != nil {
		return nil, err
	}
	for number := 1; number <= maxCompanyNumber; number++ {
		c, err := s.createCompany(ctx, by, n, s.companyHandle(n.Name, number))
		if e, ok := errors.AsType[*Error](err); ok && e.Key == "NameTaken" {
			continue
		}
		return c, err
	}
	return nil, &Error{Code: Conflict, Key: "CompanyExists", Args: map[string]any{"Name": n.Name}}
}

func (s *Service) companyIsNew(ctx context.Context, n NewCompany) error {
	alike, err := s.store.CompaniesLike(ctx, n.keys(), companiesAlike)
	if err != nil {
		return err
	}
	for i := range alike {
		c := &alike[i]
		same := n.Registry.Number != "" && c.Registry == n.Registry
		named := slices.ContainsFunc(append([]string{c.Label()}, c.Aliases...), func(name string) bool { return slices.Equal(wordsOf(name), wordsOf(n.Name)) })
		if same || !n.Anyway && (named || n.Site != "" && SiteHost(n.Site) != "" && SiteHost(c.Site) == SiteHost(n.Site)) {
			return &Error{Code: Conflict, Key: "CompanyExists", Field: "name", Args: map[string]any{"Name": c.Label(), "Handle": c.Handle()}}
		}
	}
	return nil
}

func (s *Service) createCompany(ctx context.Context, by *Account, n NewCompany, handle string) (*Company, error) {
	c := &Company{Forum: Forum{Actor: s.localActor(Group, RoleCompany, handle)}, Site: n.Site, Aliases: n.Aliases, Registry: n.Registry, CreatedBy: by.ID, Cases: map[CaseState]int{}}
	c.DisplayName, c.Moderators, c.Guests = n.Name, c.URI+"/moderators", GuestsAllowed
	c.Forum.Company = c
	keys, err := s.newKeyPair(c.URI)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		return tx.AddCompany(ctx, c, keys)
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// companyHandle is the handle of the page of a company with that name: the first
// one, or another with a number.
func (s *Service) companyHandle(name string, number int) string {
	var out strings.Builder
	gap := false
	for _, r := range fold(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && out.Len() > 0 {
				out.WriteByte('_')
			}
			out.WriteRune(r)
			gap = false
		default:
			gap = true
		}
	}
	stem := out.String()
	if stem == "" {
		stem = "company"
	}
	stem = s.companyPrefix + stem
	if len(stem) > maxCompanyStem {
		stem = strings.TrimRight(stem[:maxCompanyStem], "_")
	}
	if number > 1 {
		stem += "_" + strconv.Itoa(number)
	}
	return stem
}

// fold writes letters of the Latin alphabet without their marks, in lower case.
func fold(s string) string {
	return folded.Replace(strings.ToLower(s))
}

var folded = strings.NewReplacer("à", "a", "á", "a", "â", "a", "ä", "a", "ã", "a", "å", "a", "æ", "ae", "ç", "c", "è", "e", "é", "e", "ê", "e", "ë", "e", "ì", "i", "í", "i", "î", "i", "ï", "i",
	"ñ", "n", "ò", "o", "ó", "o", "ô", "o", "ö", "o", "õ", "o", "ø", "o", "œ", "oe", "ù", "u", "ú", "u", "û", "u", "ü", "u", "ý", "y", "ÿ", "y", "ß", "ss", "ł", "l", "š", "s", "ž", "z", "č", "c",
	"'", "", "’", "")

// Company finds the page of a company by its handle; one that was merged into
// another comes with MergedInto set.
func (s *Service) Company(ctx context.Context, handle string) (*Company, error) {
	h, ok := ParseHandle(handle, s.addresses.Host())
	if !ok {
		return nil, &Error{Code: NotFound, Key: "CompanyUnknown", Args: map[string]any{"Name": handle}}
	}
	c, err := s.store.Company(ctx, h)
	if CodeOf(err) == NotFound {
		return nil, &Error{Code: NotFound, Key: "CompanyUnknown", Args: map[string]any{"Name": handle}, Err: err}
	}
	return c, err
}

// UpdateCompany changes what a page says of its company. Administrators and the
// page's moderators may.
func (s *Service) UpdateCompany(ctx context.Context, by *Account, handle string, n NewCompany) error {
	if err := n.check(); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		c, err := s.companyToChange(ctx, tx, by, handle)
		if err != nil {
			return err
		}
		c.DisplayName, c.Site, c.Aliases, c.Registry = n.Name, n.Site, n.Aliases, n.Registry
		if err := tx.UpdateCompany(ctx, c); err != nil {
			return err
		}
		return s.tellCompany(ctx, tx, c)
	})
}

// tellCompany tells followers, and the servers of further actors, what a page says
// of its company now.
func (s *Service) tellCompany(ctx context.Context, tx Tx, c *Company, also ...ID) error {
	o := s.outbox()
	id := s.ids.New(s.clock.Now())
	audience := []Recipients{{FollowersOf: c.ID}}
	for _, actor := range also {
		audience = append(audience, Recipients{Actor: actor})
	}
	o.send(id, &c.Actor, c.URI, PriorityUpdate, o.keep(s.publisher.UpdateActor(id, &c.Actor, &c.Forum)), audience...)
	return o.post(ctx, tx)
}

// companyInterval is how long new counts of a company's cases are gathered before
// others are told.
const companyInterval = 6 * time.Hour

// CompanyJob tells others how a company's cases stand.
type CompanyJob struct {
	Company ID `json:"company"`
}

// Kind names the job in the queue.
func (CompanyJob) Kind() string { return "company" }

// WorkCompany does a CompanyJob.
func (s *Service) WorkCompany(ctx context.Context, job CompanyJob) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := tx.SetCompanyTelling(ctx, job.Company, false); err != nil {
			return err
		}
		c, err := tx.CompanyByID(ctx, job.Company)
		if err != nil || c.MergedInto != 0 || c.Active() != nil {
			return err
		}
		return s.tellCompany(ctx, tx, c)
	})
}

// companyCounted notes that a company's cases stand otherwise now; a while later
// others are told.
func (s *Service) companyCounted(ctx context.Context, tx Tx, id ID) error {
	if id == 0 {
		return nil
	}
	fresh, err := tx.SetCompanyTelling(ctx, id, true)
	if err != nil || !fresh {
		return err
	}
	return tx.EnqueueAt(ctx, CompanyJob{Company: id}, s.clock.Now().Add(companyInterval))
}

// caseStated does what follows from what a case states: now, or now otherwise.
func (s *Service) caseStated(ctx context.Context, tx Tx, t *Thread, author *Actor) error {
	if t.Case == nil || t.Case.CompanyID == 0 {
		return nil
	}
	if err := s.companyCounted(ctx, tx, t.Case.CompanyID); err != nil {
		return err
	}
	return s.matchThreats(ctx, tx, t, author)
}

func (s *Service) companyToChange(ctx context.Context, tx Tx, by *Account, handle string) (*Company, error) {
	h, ok := ParseHandle(handle, s.addresses.Host())
	if !ok || h.Host != "" {
		return nil, &Error{Code: NotFound, Key: "CompanyUnknown", Args: map[string]any{"Name": handle}}
	}
	c, err := tx.Company(ctx, h)
	if err != nil {
		return nil, err
	}
	if err := s.mayModerate(ctx, tx, by, c.ID); err != nil {
		return nil, err
	}
	if c.MergedInto != 0 {
		return nil, &Error{Code: Conflict, Key: "CompanyMerged"}
	}
	return c, nil
}

// AddProduct adds a product to a company's page. Any confirmed account may. It
// returns Conflict for one that is there.
func (s *Service) AddProduct(ctx context.Context, by *Account, handle string, n NewProduct) (*Product, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	n.Name = oneLine(n.Name)
	if n.Name == "" {
		return nil, invalid("name", "CompanyNameMissing", nil)
	}
	if err := errors.Join(tooLong("name", n.Name, MaxProductName), checkGTIN(&n.GTIN)); err != nil {
		return nil, err
	}
	if namesRole(n.Name) || titled(n.Name) {
		return nil, invalid("name", "CompanyIsPerson", nil)
	}
	p := &Product{ID: s.ids.New(s.clock.Now()), Name: n.Name, GTIN: n.GTIN, CreatedBy: by.ID}
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		h, ok := ParseHandle(handle, s.addresses.Host())
		if !ok {
			return &Error{Code: NotFound, Key: "CompanyUnknown", Args: map[string]any{"Name": handle}}
		}
		c, err := tx.Company(ctx, h)
		if err != nil {
			return err
		}
		if !c.Local() || c.MergedInto != 0 {
			return &Error{Code: Conflict, Key: "CompanyMerged"}
		}
		p.CompanyID = c.ID
		return tx.AddProduct(ctx, p)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// MergeCompanies lets one page take another's place: cases, products and followers
// go along, and the old handle leads to the new page. Administrators, and whoever
// moderates both, may.
func (s *Service) MergeCompanies(ctx context.Context, by *Account, from, into string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		old, err := s.companyToChange(ctx, tx, by, from)
		if err != nil {
			return err
		}
		target, err := s.companyToChange(ctx, tx, by, into)
		if err != nil {
			return err
		}
		if old.ID == target.ID {
			return invalid("into", "CompanyMergeSelf", nil)
		}
		now := s.clock.Now()
		target.AlsoKnownAs = append(target.AlsoKnownAs, old.URI)
		for _, name := range append([]string{old.DisplayName}, old.Aliases...) {
			if !strings.EqualFold(name, target.DisplayName) && !slices.Contains(target.Aliases, name) && len(target.Aliases) < MaxCompanyAliases {
				target.Aliases = append(target.Aliases, name)
			}
		}
		if target.Site == "" {
			target.Site = old.Site
		}
		if target.Registry.Number == "" {
			target.Registry = old.Registry
		}
		if err := tx.MergeCompany(ctx, old, target); err != nil {
			return err
		}
		if err := tx.SetAliases(ctx, target.ID, target.AlsoKnownAs); err != nil {
			return err
		}
		if err := tx.UpdateCompany(ctx, target); err != nil {
			return err
		}
		old.MovedTo, old.MovedAt = target.URI, now
		if err := tx.SetMove(ctx, old.ID, target.URI, now); err != nil {
			return err
		}
		return s.tellMerge(ctx, tx, old, target, now)
	})
}

// tellMerge sends followers elsewhere to the page that took another's place, and
// takes those here along.
func (s *Service) tellMerge(ctx context.Context, tx Tx, old, target *Company, now time.Time) error {
	if err := s.tellCompany(ctx, tx, target); err != nil { // it names the old one as its own
		return err
	}
	if err := s.tellCompany(ctx, tx, old); err != nil {
		return err
	}
	o := s.outbox()
	id := s.ids.New(now)
	o.send(id, &old.Actor, old.URI, PriorityUpdate, o.keep(s.publisher.Move(id, &old.Actor, &target.Actor)), Recipients{FollowersOf: old.ID})
	if err := o.post(ctx, tx); err != nil {
		return err
	}
	return tx.Enqueue(ctx, MoveJob{From: old.ID, To: target.ID})
}

package forum

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Case is what a grievance or a review states in fields: what the law wants to be
// seen with it, and what makes cases comparable.
type Case struct {
	CompanyID     ID     // its page here; 0 for none
	Company       string // its name, as the page has it or, without one, as the author wrote it
	CompanyHandle string // of the page
	CompanyURI    string // as another server names the company, known here or not
	ProductID     ID
	Product       string
	ExperiencedOn Date
	Amount        Amount
	Wants         []Want
	Place         string // coarse: a town or a region
	Feeling       string // how it felt, apart from what happened
	Evidence      EvidenceLevel

	State      CaseState // "" for reviews that nobody answered
	StateAt    time.Time // zero: since the beginning
	PromisedOn Date      // by when the company promised to settle it
	// Incomplete cases lack the date of the experience. They are shown as such, and
	// left out of figures.
	Incomplete bool
	AnnounceID ID        // of the company's Announce
	MergedInto ID        // the thread that this one is a duplicate of; 0: none
	AskAt      time.Time // when the author is next asked how it stands; zero: not by itself
}

// Stated says whether there are facts to show.
func (c *Case) Stated() bool {
	return c != nil && (c.Company != "" || c.Product != "" || c.ExperiencedOn != "" || c.Amount.Known() || len(c.Wants) > 0 || c.Place != "")
}

// Counts says whether figures include the case.
func (c *Case) Counts() bool { return c != nil && !c.Incomplete && c.MergedInto == 0 }

// sameFacts says whether two cases state the same.
func (c *Case) sameFacts(o *Case) bool {
	return c.CompanyID == o.CompanyID && c.Company == o.Company && c.CompanyURI == o.CompanyURI && c.ProductID == o.ProductID && c.Product == o.Product &&
		c.ExperiencedOn == o.ExperiencedOn && c.Amount == o.Amount && slices.Equal(c.Wants, o.Wants) && c.Place == o.Place && c.Feeling == o.Feeling &&
		c.Evidence == o.Evidence && c.Incomplete == o.Incomplete
}

// takeFacts states what o states, and keeps what became of the case.
func (c *Case) takeFacts(o *Case) {
	c.CompanyID, c.Company, c.CompanyHandle, c.CompanyURI, c.ProductID, c.Product = o.CompanyID, o.Company, o.CompanyHandle, o.CompanyURI, o.ProductID, o.Product
	c.ExperiencedOn, c.Amount, c.Wants, c.Place, c.Feeling, c.Incomplete = o.ExperiencedOn, o.Amount, o.Wants, o.Place, o.Feeling, o.Incomplete
}

// Date is a day of the calendar, as "2006-01-02"; "" for none.
type Date string

// ParseDate reads a day; ok is false for what is none.
func ParseDate(s string) (d Date, ok bool) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(s))
	if err != nil {
		return "", false
	}
	return Date(t.Format(time.DateOnly)), true
}

// DateOf is the day of a moment, where the moment's zone has it.
func DateOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Time is noon of the day, so that it is the same day in most zones.
func (d Date) Time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t.Add(12 * time.Hour)
}

// Want is what the author of a case asks for.
type Want string

// The wants.
const (
	WantRefund       Want = "refund"
	WantReplacement  Want = "replacement"
	WantRepair       Want = "repair"
	WantDelivery     Want = "delivery"
	WantCancellation Want = "cancellation"
	WantApology      Want = "apology"
	WantPractice     Want = "practice" // that the company changes what it does
	WantInformation  Want = "information"
	WantOther        Want = "other"
)

// Wants lists them in the order in which they are offered.
var Wants = []Want{WantRefund, WantReplacement, WantRepair, WantDelivery, WantCancellation, WantApology, WantPractice, WantInformation, WantOther}

// EvidenceLevel is how much is known of what a case rests on.
type EvidenceLevel string

// The levels, the least first.
const (
	EvidenceDeclared  EvidenceLevel = "declared"  // the author says so
	EvidenceConfirmed EvidenceLevel = "confirmed" // from a confirmed e-mail address
	EvidenceSeen      EvidenceLevel = "seen"      // a moderator saw documents
	EvidenceMatched   EvidenceLevel = "matched"   // the company found the matter in its books
)

// EvidenceLevels lists them, the least first.
var EvidenceLevels = []EvidenceLevel{EvidenceDeclared, EvidenceConfirmed, EvidenceSeen, EvidenceMatched}

// NewCase is what somebody here states of a case, as they wrote it.
type NewCase struct {
	Company       string `json:"company,omitempty"` // the handle of its page, or its name
	Product       string `json:"product,omitempty"`
	ExperiencedOn string `json:"experienced_on,omitempty"` // 2006-01-02
	Amount        string `json:"amount,omitempty"`         // with a point or a comma
	Currency      string `json:"currency,omitempty"`       // ISO 4217; "" with an amount: the euro
	Wants         []Want `json:"wants,omitempty"`
	Place         string `json:"place,omitempty"`
	Feeling       string `json:"feeling,omitempty"`
}

// Empty says whether nothing was stated.
func (n *NewCase) Empty() bool {
	return n == nil || n.Company == "" && n.Product == "" && n.ExperiencedOn == "" && n.Amount == "" && len(n.Wants) == 0 && n.Place == "" && n.Feeling == ""
}

// Draft is what an author stated, for the form in which they change it.
func (c *Case) Draft() *NewCase {
	if c == nil {
		return nil
	}
	n := &NewCase{Company: c.Company, Product: c.Product, ExperiencedOn: string(c.ExperiencedOn), Amount: c.Amount.Value(), Currency: c.Amount.Currency, Wants: c.Wants, Place: c.Place, Feeling: c.Feeling}
	if c.CompanyHandle != "" {
		n.Company = c.CompanyHandle
	}
	return n
}

// The bounds of what a case states, in characters.
const (
	MaxCompanyName = 100
	MaxProductName = 100
	MaxPlace       = 60
	MaxFeeling     = 2000
	// maxExperienceYears is how long ago an experience may be.
	maxExperienceYears = 30
	// aheadOfUTC is how much earlier a day begins somewhere than here.
	aheadOfUTC = 14 * time.Hour
)

// checkCase makes a case of what was written with a thread of a kind: nil for
// kinds that are none. Its company's page is not looked for yet.
func checkCase(kind ThreadKind, n *NewCase, now time.Time) (*Case, error) {
	if !kind.IsCase() {
		return nil, nil
	}
	if n == nil {
		n = &NewCase{}
	}
	c := &Case{
		Company: oneLine(n.Company), Product: oneLine(n.Product), Place: oneLine(n.Place), Feeling: trimText(n.Feeling),
		Evidence: EvidenceConfirmed, State: firstState(kind), // who writes here has confirmed an address
	}
	return c, errors.Join(
		n.checkExperience(c, now), n.checkAmount(c), n.checkWants(c),
		tooLong("case.company", c.Company, MaxCompanyName+MaxNameLength), tooLong("case.product", c.Product, MaxProductName),
		tooLong("case.place", c.Place, MaxPlace), tooLong("case.feeling", c.Feeling, MaxFeeling))
}

func tooLong(field, text string, most int) error {
	if utf8.RuneCountInString(text) > most {
		return invalid(field, "CaseTooLong", map[string]any{"Field": field, "Max": most})
	}
	return nil
}

func (n *NewCase) checkExperience(c *Case, now time.Time) error {
	const field = "case.experienced_on"
	if strings.TrimSpace(n.ExperiencedOn) == "" {
		return invalid(field, "ExperienceMissing", nil)
	}
	day, ok := ParseDate(n.ExperiencedOn)
	switch {
	case !ok:
		return invalid(field, "ExperienceUnreadable", map[string]any{"Date": clipRunes(oneLine(n.ExperiencedOn), 30)})
	case day > DateOf(now.UTC().Add(aheadOfUTC)):
		return invalid(field, "ExperienceAhead", nil)
	case day < DateOf(now.UTC().AddDate(-maxExperienceYears, 0, 0)):
		return invalid(field, "ExperienceTooOld", map[string]any{"Years": maxExperienceYears})
	}
	c.ExperiencedOn = day
	return nil
}

func (n *NewCase) checkAmount(c *Case) error {
	if strings.TrimSpace(n.Amount) == "" {
		return nil
	}
	currency := n.Currency
	if currency == "" {
		currency = "EUR"
	}
	var err error
	c.Amount, err = ParseAmount(n.Amount, currency)
	return err
}

func (n *NewCase) checkWants(c *Case) error {
	for _, w := range n.Wants {
		if w == "" {
			continue
		}
		if !slices.Contains(Wants, w) {
			return invalid("case.wants", "WantUnknown", map[string]any{"Want": clipRunes(string(w), 30)})
		}
	}
	for _, w := range Wants { // each once, in their order
		if slices.Contains(n.Wants, w) {
			c.Wants = append(c.Wants, w)
		}
	}
	return nil
}

// foreignCase bounds what another server says of a case. What is not understood
// is left out; without a date the case is incomplete.
func foreignCase(c *Case, kind ThreadKind, now time.Time) *Case {
	if c == nil {
		return nil
	}
	n := NewCase{ExperiencedOn: string(c.ExperiencedOn)}
	clean := &Case{
		Company: clipRunes(oneLine(c.Company), MaxCompanyName), CompanyURI: clip(c.CompanyURI, maxAddress), Product: clipRunes(oneLine(c.Product), MaxProductName),
		Place: clipRunes(oneLine(c.Place), MaxPlace), Feeling: clip(trimText(c.Feeling), 4*MaxFeeling), Evidence: c.Evidence, State: c.State, StateAt: c.StateAt,
	}
	if n.checkExperience(clean, now) != nil {
		clean.Incomplete = true
	}
	if c.Amount.Known() && c.Amount.check() == nil {
		clean.Amount = c.Amount
	}
	for _, w := range Wants {
		if slices.Contains(c.Wants, w) {
			clean.Wants = append(clean.Wants, w)
		}
	}
	if !slices.Contains(EvidenceLevels, clean.Evidence) {
		clean.Evidence = EvidenceDeclared
	}
	if !slices.Contains(CaseStates, clean.State) {
		clean.State = firstState(kind)
	}
	if day, ok := ParseDate(string(c.PromisedOn)); ok && clean.State == CasePromised {
		clean.PromisedOn = day
	}
	return clean
}

// restate puts what was written in place of what a thread's case states, and says
// whether that changed anything.
func (s *Service) restate(ctx context.Context, r Reader, p Publication, n *NewCase) (changed bool, err error) {
	if n == nil || !p.Post.IsRoot() || !p.Thread.Experience() {
		return false, nil
	}
	fresh, err := checkCase(p.Thread.Kind, n, s.clock.Now())
	if err != nil {
		return false, err
	}
	if err := s.findCompany(ctx, r, fresh); err != nil {
		return false, err
	}
	if p.Thread.Case == nil {
		p.Thread.Case = fresh
		return true, nil
	}
	fresh.Evidence = p.Thread.Case.Evidence
	if p.Thread.Case.sameFacts(fresh) {
		return false, nil
	}
	p.Thread.Case.takeFacts(fresh)
	return true, nil
}

// companyOf finds the page of the company that a thread is about, nil for none.
func companyOf(ctx context.Context, r Reader, t *Thread) (*Actor, error) {
	if t.Case == nil || t.Case.CompanyID == 0 {
		return nil, nil
	}
	return r.Actor(ctx, t.Case.CompanyID)
}

// findCompany finds the page of the company that a case names, by its handle or by
// its address; without one the name stays as it was written.
func (s *Service) findCompany(ctx context.Context, r Reader, c *Case) error {
	if c == nil {
		return nil
	}
	page, err := s.companyNamed(ctx, r, c)
	switch {
	case CodeOf(err) == NotFound:
		return nil
	case err != nil:
		return err
	}
	c.CompanyID, c.CompanyHandle, c.Company, c.CompanyURI = page.ID, page.Handle(), page.Label(), page.URI
	return s.findProduct(ctx, r, c)
}

// findProduct finds the product that a case names on the page of its company.
func (s *Service) findProduct(ctx context.Context, r Reader, c *Case) error {
	if c.Product == "" {
		return nil
	}
	product, err := r.ProductNamed(ctx, c.CompanyID, c.Product)
	if CodeOf(err) == NotFound {
		return nil
	}
	if err == nil {
		c.ProductID, c.Product = product.ID, product.Name
	}
	return err
}

func (s *Service) companyNamed(ctx context.Context, r Reader, c *Case) (*Actor, error) {
	var page *Actor
	err := notFound()
	if c.CompanyURI != "" {
		page, err = r.ActorByURI(ctx, c.CompanyURI)
	} else if h, ok := ParseHandle(c.Company, s.addresses.Host()); ok {
		page, err = r.ActorByHandle(ctx, h)
	}
	if CodeOf(err) == NotFound && c.CompanyURI == "" && c.Company != "" {
		page, err = r.CompanyNamed(ctx, c.Company)
	}
	if err == nil && page.MovedTo != "" { // another page took its place
		page, err = r.ActorByURI(ctx, page.MovedTo)
	}
	if err == nil && (page.GroupRole != RoleCompany || page.Active() != nil) {
		err = notFound()
	}
	return page, err
}

// withCompany adds the page of the company that a thread is about.
func (p Publication) withCompany(ctx context.Context, r Reader) (Publication, error) {
	var err error
	p.Company, err = companyOf(ctx, r, p.Thread)
	return p, err
}

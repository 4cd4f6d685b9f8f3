package web

import (
	"slices"
	"time"

	"portevoix/forum"
)

// readCase reads the fields of a case; nil where none is filled.
func (v *visit) readCase() *forum.NewCase {
	field := v.r.PostFormValue
	n := &forum.NewCase{
		Company: field("company"), Product: field("product"), ExperiencedOn: field("experienced_on"), Amount: field("amount"),
		Place: field("place"), Feeling: field("feeling"),
	}
	for _, want := range v.r.PostForm["want"] {
		if len(n.Wants) < len(forum.Wants) {
			n.Wants = append(n.Wants, forum.Want(want))
		}
	}
	if n.Empty() {
		return nil
	}
	n.Currency = field("currency")
	return n
}

// caseOf is the case that a form begins with, never nil.
func caseOf(n *forum.NewCase) *forum.NewCase {
	if n == nil {
		return &forum.NewCase{}
	}
	return n
}

// currencyChoices are the currencies that a form offers.
func currencyChoices(n *forum.NewCase) []string {
	list := slices.Clone(forum.Currencies)
	if n.Currency != "" && !slices.Contains(list, n.Currency) {
		list = append(list, n.Currency)
	}
	return list
}

// oldestExperience and latestExperience bound the field for a date; the domain
// knows exactly.
func latestExperience(p *Page) string { return p.Now.In(p.Zone()).Format(time.DateOnly) }

func oldestExperience(p *Page) string { return p.Now.AddDate(-29, 0, 0).Format(time.DateOnly) }

// companyPath is the page of a case's company, "" where there is none.
func companyPath(c *forum.Case) string {
	if c.CompanyHandle == "" {
		return ""
	}
	return forum.ActorPath(forum.Group, forum.RoleCompany, c.CompanyHandle)
}

// statedCase is what a root post's case states; is says whether it has one.
func (s *Site) statedCase(v *visit, post *forum.PostView) (stated *forum.NewCase, is bool, err error) {
	if !post.IsRoot() {
		return nil, false, nil
	}
	t, err := s.store.Thread(v.ctx(), post.ID)
	if err != nil {
		return nil, false, err
	}
	return t.Case.Draft(), t.Case != nil, nil
}

// queryKind and queryCase begin a form as its address says.
func queryKind(v *visit) forum.ThreadKind {
	if kind := forum.ThreadKind(v.query("kind")); slices.Contains(forum.ThreadKinds, kind) {
		return kind
	}
	return ""
}

func queryCase(v *visit) *forum.NewCase {
	if company := v.query("company"); company != "" {
		return &forum.NewCase{Company: company}
	}
	return nil
}

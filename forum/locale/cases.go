package locale

import (
	"strings"

	"portevoix/forum"
)

// Fact is one thing that a case states, with what it is called.
type Fact struct {
	Key   string // "company", "product", …
	Label string
	Value string
}

// CaseFacts writes what a thread's case states, with its dates and its state: all
// that the law wants to be seen with an experience that somebody tells of.
func (p *Printer) CaseFacts(t *forum.Thread) []Fact {
	c := t.Case
	if c == nil {
		return nil
	}
	var list []Fact
	add := func(key, value string) {
		if value != "" {
			list = append(list, Fact{Key: key, Label: p.T("Case.Label." + key), Value: value})
		}
	}
	add("company", c.Company)
	add("product", c.Product)
	if c.ExperiencedOn != "" {
		add("experienced", p.Date(c.ExperiencedOn.Time()))
	} else {
		add("experienced", p.T("Case.NotStated"))
	}
	add("published", p.Date(t.PublishedAt))
	add("amount", p.Amount(c.Amount))
	add("wants", p.WantList(c.Wants))
	add("place", c.Place)
	if c.Evidence == forum.EvidenceDeclared || c.Evidence == "" {
		add("checked", p.T("Case.Unchecked"))
	} else {
		add("checked", p.T("Case.Evidence."+string(c.Evidence)))
	}
	add("state", p.CaseState(c))
	return list
}

// CaseState says where a case stands; "" for reviews that nobody answered.
func (p *Printer) CaseState(c *forum.Case) string {
	switch {
	case c.State == "":
		return ""
	case c.State == forum.CasePromised && c.PromisedOn != "":
		return p.T("Case.PromisedUntil", "Date", p.Date(c.PromisedOn.Time()))
	}
	return p.T("State." + string(c.State))
}

// WantList names what is asked for.
func (p *Printer) WantList(wants []forum.Want) string {
	names := make([]string, len(wants))
	for i, w := range wants {
		names[i] = p.T("Want." + string(w))
	}
	return strings.Join(names, ", ")
}

// FactLine writes facts on one line.
func (p *Printer) FactLine(facts []Fact) string {
	parts := make([]string, len(facts))
	for i, f := range facts {
		parts[i] = p.T("Case.Line", "Label", f.Label, "Value", f.Value)
		if f.Key == "checked" {
			parts[i] = f.Value
		}
	}
	return strings.Join(parts, " · ")
}

// signs are the signs of currencies whose codes few people know.
var signs = map[string]string{"EUR": "€", "GBP": "£", "USD": "$"}

// Amount writes a sum of money: 1,234.50 €.
func (p *Printer) Amount(a forum.Amount) string {
	if !a.Known() {
		return ""
	}
	sign := signs[a.Currency]
	if sign == "" {
		sign = a.Currency
	}
	return p.format.FmtNumber(a.Major(), uint64(a.Decimals())) + "\u00a0" + sign
}

package vocabulary

import (
	"slices"
	"strconv"

	"portevoix/forum"
	"portevoix/forum/locale"
)

// extendCompany writes the page of a company: plainly unofficial for people, in the
// server's language, and in fields for servers of ours.
func (w Writer) extendCompany(m object, a *forum.Actor, f *forum.Forum) {
	if a.GroupRole != forum.RoleCompany {
		return
	}
	facts := object{"name": a.Label(), "unofficial": true}
	m[extension+"company"] = facts
	if w.messages == nil {
		return
	}
	print := w.messages.Printer(w.languages...)
	m["name"] = print.T("Company.PageTitle", "Name", a.Label())
	m["summary"] = "<p>" + escaper.Replace(print.T("Company.Unofficial")) + "</p>"
	if f == nil || f.Company == nil {
		return
	}
	m["attachment"] = properties(companyFields(print, f.Company))
	if f.Company.Site != "" {
		facts["site"] = f.Company.Site
	}
	if len(f.Company.Aliases) > 0 {
		aliases := []any{}
		for _, alias := range f.Company.Aliases {
			aliases = append(aliases, alias)
		}
		facts["aliases"] = aliases
	}
	if n := f.Company.Registry; n.Number != "" {
		facts["registry"] = object{"scheme": n.Scheme, "number": n.Number}
	}
	cases := object{}
	for state, n := range f.Company.Cases {
		if state != "" {
			cases[string(state)] = n
		}
	}
	facts["cases"] = cases
	if speak := f.Company.Speak; len(speak) > 0 {
		list := []any{}
		for i := range speak {
			list = append(list, object{"actor": speak[i].Actor.URI, "method": string(speak[i].Method), "domain": speak[i].Domain})
		}
		facts["representatives"] = list
	}
}

// companyFields are the lines that people elsewhere see on the page of a company.
func companyFields(print *locale.Printer, c *forum.Company) []forum.Field {
	list := []forum.Field{{Label: print.T("Company.Mark"), Value: print.T("Company.Part")}}
	if c.Site != "" {
		list = append(list, forum.Field{Label: print.T("Company.Site"), Value: c.Site})
	}
	for _, state := range []forum.CaseState{forum.CaseOpen, forum.CaseAnswered, forum.CaseResolved} {
		list = append(list, forum.Field{Label: print.T("State." + string(state)), Value: strconv.Itoa(c.Cases[state])})
	}
	return list
}

// maxRepresentatives bounds how many of a company are read.
const maxRepresentatives = 20

// readCompany takes the plain name of a company's page, and who speaks for it.
func readCompany(d Document, a *forum.Actor) {
	facts := d.Object(extension + "company")
	if facts == nil || a.GroupRole != forum.RoleCompany {
		return
	}
	if name := facts.String("name"); name != "" {
		a.DisplayName = name
	}
	for _, told := range facts.Objects("representatives") {
		r := forum.Representative{Actor: forum.Byline{URI: told.IRI("actor")}, Method: forum.ProofMethod(told.String("method")), Domain: told.String("domain")}
		if r.Actor.URI == "" || !slices.Contains(forum.ProofMethods, r.Method) || len(r.Domain) > maxDomain || len(a.Representatives) == maxRepresentatives {
			continue
		}
		a.Representatives = append(a.Representatives, r)
	}
}

const maxDomain = 253 // RFC 1035, 2.3.4

package vocabulary

import (
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

// readCompany takes the plain name of a company's page.
func readCompany(d Document, a *forum.Actor) {
	if facts := d.Object(extension + "company"); facts != nil && a.GroupRole == forum.RoleCompany {
		if name := facts.String("name"); name != "" {
			a.DisplayName = name
		}
	}
}

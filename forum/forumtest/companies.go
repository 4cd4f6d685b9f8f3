package forumtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// Company makes a page about a company.
func (w *World) Company(by *forum.Account, name string) *forum.Company {
	w.T.Helper()
	c, err := w.Service.CreateCompany(w.Ctx(), by, forum.NewCompany{Name: name})
	w.Must(err)
	return c
}

func testCompanies(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, boss := w.Person("lea"), w.Admin("boss")
	w.Forum("telecoms")
	old := w.Case(lea, "telecoms", "before there was a page", facts())
	create := func(n forum.NewCompany) (*forum.Company, error) { return w.Service.CreateCompany(w.Ctx(), lea, n) }
	c, err := create(forum.NewCompany{Name: " Exemple  Télécom ", Site: "Exemple-Telecom.fr/", Aliases: []string{"ExTel", " "}, Registry: forum.Registry{Scheme: "siren", Number: "732 829 320"}})
	w.Must(err)
	if c.Name != "about_exemple_telecom" || c.URI != "https://here.example/c/about_exemple_telecom" || c.Site != "https://exemple-telecom.fr" || c.Registry.Number != "732829320" {
		t.Errorf("made %+v", c)
	}
	if got := w.caseOf(old.ID); got.CompanyID != c.ID || got.CompanyHandle != c.Name {
		t.Errorf("the page has not taken in %+v", got)
	}
	for begun, want := range map[string]int{"EXEMP": 1, "exemple tél": 1, "telec": 1, "extel": 1, "ex%": 1, "xemple": 0, "e": 0, "exemple m": 0} {
		if found, err := w.Service.CompleteCompany(w.Ctx(), lea, begun); err != nil || len(found) != want || want == 1 && found[0].ID != c.ID {
			t.Errorf("companies that begin as %q: %v %v", begun, found, err)
		}
	}
	if _, err := w.Service.CompleteCompany(w.Ctx(), nil, "exemple"); forum.CodeOf(err) != forum.Unauthenticated {
		t.Errorf("companies for nobody: %v", err)
	}

	for _, bad := range []struct {
		n    forum.NewCompany
		code forum.Code
		key  string
	}{
		{forum.NewCompany{Name: " "}, forum.Invalid, "CompanyNameMissing"},
		{forum.NewCompany{Name: "M. Jean Dupont"}, forum.Invalid, "CompanyIsPerson"},
		{forum.NewCompany{Name: "Mme Martin"}, forum.Invalid, "CompanyIsPerson"},
		{forum.NewCompany{Name: "Dr Smith"}, forum.Invalid, "CompanyIsPerson"},
		{forum.NewCompany{Name: "Le gérant de Pizza Roma", Site: "roma.example"}, forum.Invalid, "CompanyIsPerson"},
		{forum.NewCompany{Name: "Jean Dupont"}, forum.Invalid, "CompanyLikePerson"},
		{forum.NewCompany{Name: "X", Site: "javascript:alert(1)"}, forum.Invalid, "CompanySite"},
		{forum.NewCompany{Name: "X", Registry: forum.Registry{Scheme: "siren", Number: "732829321"}}, forum.Invalid, "RegistryNumber"},
		{forum.NewCompany{Name: "X", Registry: forum.Registry{Scheme: "moon", Number: "1"}}, forum.Invalid, "RegistryUnknown"},
		{forum.NewCompany{Name: "exemple telecom"}, forum.Conflict, "CompanyExists"},
		{forum.NewCompany{Name: "Other", Site: "https://www.exemple-telecom.fr"}, forum.Conflict, "CompanyExists"},
		{forum.NewCompany{Name: "Other", Anyway: true, Registry: forum.Registry{Scheme: "siren", Number: "732829320"}}, forum.Conflict, "CompanyExists"},
	} {
		_, err := create(bad.n)
		w.Refused(err, bad.code, bad.key)
	}
	for _, name := range []string{"Leroy Merlin & Cie", "Marie Claire Group", "M6"} {
		if _, err := create(forum.NewCompany{Name: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	twin, err := create(forum.NewCompany{Name: "Exemple Télécom", Anyway: true})
	w.Must(err)
	if twin.Name != "about_exemple_telecom_2" {
		t.Errorf("the twin is called %s", twin.Name)
	}
	for _, look := range []struct {
		n    forum.NewCompany
		want string
	}{
		{forum.NewCompany{Name: "telecom exemple"}, c.Name}, {forum.NewCompany{Name: "extel"}, c.Name}, {forum.NewCompany{Name: "?", Site: "www.exemple-telecom.fr"}, c.Name},
		{forum.NewCompany{Name: "Nothing alike"}, ""},
	} {
		list, err := w.Service.CompaniesLike(w.Ctx(), look.n)
		w.Must(err)
		if look.want == "" && len(list) != 0 || look.want != "" && (len(list) == 0 || list[0].Name != look.want) {
			t.Errorf("like %+v are %+v", look.n, list)
		}
	}
	_, err = w.Service.CreateCompany(w.Ctx(), nil, forum.NewCompany{Name: "X"})
	w.Refused(err, forum.Unauthenticated, "SignInFirst")
	_, err = w.Service.CreateAccount(w.Ctx(), forum.Operator(), forum.NewAccount{Name: "about_lea", Email: "x@here.example"}, forum.Member)
	w.Refused(err, forum.Invalid, "NameReserved")

	// Products.
	box, err := w.Service.AddProduct(w.Ctx(), lea, c.Name, forum.NewProduct{Name: "Box", GTIN: "4006381333931"})
	w.Must(err)
	_, err = w.Service.AddProduct(w.Ctx(), lea, c.Name, forum.NewProduct{Name: "Box"})
	w.Refused(err, forum.Conflict, "ProductExists")
	_, err = w.Service.AddProduct(w.Ctx(), lea, c.Name, forum.NewProduct{Name: "Tin", GTIN: "4006381333932"})
	w.Refused(err, forum.Invalid, "GTINNumber")

	// Cases name it by its handle, or by its name where that is no other page's.
	n := facts()
	n.Company, n.Product = c.Name, "box"
	th := w.Case(lea, "telecoms", "by handle", n)
	n = facts()
	n.Company = "extel"
	byName := w.Case(lea, "telecoms", "by name", n)
	if got := w.caseOf(th.ID); got.CompanyID != c.ID || got.Company != "Exemple Télécom" || got.ProductID != box.ID || got.Product != "Box" {
		t.Errorf("by its handle: %+v", got)
	}
	if got := w.caseOf(byName.ID); got.CompanyID != c.ID {
		t.Errorf("by its name: %+v", got)
	}
	counts := func(handle string) map[forum.CaseState]int {
		t.Helper()
		got, err := w.Service.Company(w.Ctx(), handle)
		w.Must(err)
		if got.Threads != got.Counted() {
			t.Errorf("%s has %d cases, of which %d count", handle, got.Threads, got.Counted())
		}
		return got.Cases
	}
	w.Must(w.Service.MoveCase(w.Ctx(), lea, th.ID, forum.CaseResolved, ""))
	if got := counts(c.Name); got[forum.CaseOpen] != 2 || got[forum.CaseResolved] != 1 {
		t.Errorf("it counts %v", got)
	}
	page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{CompanyID: c.ID, State: forum.CaseResolved, Sort: forum.SortNew, Limit: 10})
	w.Must(err)
	if len(page.Threads) != 1 || page.Threads[0].ID != th.ID {
		t.Errorf("resolved are %+v", page.Threads)
	}
	w.Must(w.Service.Delete(w.Ctx(), boss, byName.ID, "twice"))
	if got := counts(c.Name); got[forum.CaseOpen] != 1 {
		t.Errorf("after a removal it counts %v", got)
	}
	w.Must(w.Service.Restore(w.Ctx(), boss, byName.ID))
	w.Must(w.Service.Delete(w.Ctx(), lea, old.ID, ""))
	if got := counts(c.Name); got[forum.CaseOpen] != 1 || got[forum.CaseResolved] != 1 {
		t.Errorf("after a deletion it counts %v", got)
	}

	// Merged, everything goes along, and the old handle leads to the new page.
	fan := w.Remote(forum.Person, "fan", "m.example")
	_, err = w.Service.ReceiveFollow(w.Ctx(), w.Inbound(fan), c.URI)
	w.Must(err)
	_, err = w.Service.Follow(w.Ctx(), lea, c.Name)
	w.Must(err)
	w.countsAreTold(c, lea, th.ID)
	w.deliverAll(map[string]string{"m.example": ""})
	w.Refused(w.Service.MergeCompanies(w.Ctx(), lea, c.Name, twin.Name), forum.Forbidden, "ModeratorsOnly")
	w.Refused(w.Service.MergeCompanies(w.Ctx(), boss, c.Name, c.Name), forum.Invalid, "CompanyMergeSelf")
	w.Must(w.Service.MergeCompanies(w.Ctx(), boss, c.Name, twin.Name))
	w.Must(w.Service.WorkMove(w.Ctx(), forum.MoveJob{From: c.ID, To: twin.ID}))
	if got := counts(twin.Name); got[forum.CaseOpen] != 1 || got[forum.CaseResolved] != 1 {
		t.Errorf("merged it counts %v", got)
	}
	merged, err := w.Service.Company(w.Ctx(), c.Name)
	w.Must(err)
	target, err := w.Service.Company(w.Ctx(), twin.Name)
	w.Must(err)
	if merged.MergedInto != twin.ID || merged.MovedTo != twin.URI || !slices.Contains(target.AlsoKnownAs, c.URI) || target.Site != c.Site || target.Followers != 1 {
		t.Errorf("merged %+v into %+v", merged, target)
	}
	if got := w.caseOf(th.ID); got.CompanyID != twin.ID || got.CompanyHandle != twin.Name {
		t.Errorf("the case is about %+v", got)
	}
	if sent := strings.Join(w.Delivered("m.example", forum.Microblog), "\n"); !strings.Contains(sent, `"Move"`) {
		t.Errorf("followers elsewhere hear %s", sent)
	}
	n = facts()
	n.Company = c.Name
	if got := w.caseOf(w.Case(lea, "telecoms", "late", n).ID); got.CompanyID != twin.ID {
		t.Errorf("by the old handle: %+v", got)
	}
	w.Clock.Advance(time.Second)
}

// countsAreTold moves a case there and back: followers elsewhere are told once, later.
func (w *World) countsAreTold(c *forum.Company, author *forum.Account, id forum.ID) {
	w.T.Helper()
	w.Must(w.Service.WorkCompany(w.Ctx(), forum.CompanyJob{Company: c.ID})) // of what was before
	w.deliverAll(map[string]string{"m.example": ""})
	var jobs [3]int
	for i, state := range []forum.CaseState{"", forum.CaseOpen, forum.CaseResolved} {
		if state != "" {
			w.Must(w.Service.MoveCase(w.Ctx(), author, id, state, ""))
		}
		var err error
		jobs[i], err = w.Store.PendingJobs(w.Ctx())
		w.Must(err)
	}
	if first, second := jobs[1]-jobs[0], jobs[2]-jobs[1]; first != second+1 {
		w.T.Errorf("%d jobs follow from the first move, %d from the second", first, second)
	}
	if sent := strings.Join(w.Delivered("m.example", forum.Microblog), "\n"); strings.Contains(sent, c.URI) {
		w.T.Errorf("told at once: %s", sent)
	}
	w.Must(w.Service.WorkCompany(w.Ctx(), forum.CompanyJob{Company: c.ID}))
	w.oneMessage("m.example", c.URI)
}

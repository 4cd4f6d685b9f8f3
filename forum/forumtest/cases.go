package forumtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// facts are what a case states in tests.
func facts() *forum.NewCase {
	return &forum.NewCase{Company: "Exemple Télécom", Product: "Box", ExperiencedOn: "2026-03-02", Amount: "1 234,5", Wants: []forum.Want{forum.WantApology, forum.WantRefund}, Place: "Lyon", Feeling: "Robbed.\nTwice."}
}

// Case opens a grievance.
func (w *World) Case(by *forum.Account, forumName, title string, n *forum.NewCase) *forum.Thread {
	w.T.Helper()
	w.Clock.Advance(time.Second)
	t, err := w.Service.StartThread(w.Ctx(), by, forum.NewThread{Forum: forumName, Kind: forum.Grievance, Title: title, Body: "text of " + title, Case: n})
	w.Must(err)
	return t
}

// caseOf reads what is stored of a thread's case.
func (w *World) caseOf(id forum.ID) *forum.Case {
	w.T.Helper()
	t, err := w.Store.Thread(w.Ctx(), id)
	w.Must(err)
	return t.Case
}

func testCases(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Forum("telecoms")
	for _, c := range []struct {
		change func(*forum.NewCase)
		key    string
	}{
		{func(n *forum.NewCase) { n.ExperiencedOn = "" }, "ExperienceMissing"},
		{func(n *forum.NewCase) { n.ExperiencedOn = "2 March" }, "ExperienceUnreadable"},
		{func(n *forum.NewCase) { n.ExperiencedOn = "2026-03-16" }, "ExperienceAhead"},
		{func(n *forum.NewCase) { n.ExperiencedOn = "1996-03-13" }, "ExperienceTooOld"},
		{func(n *forum.NewCase) { n.Amount = "a lot" }, "AmountUnreadable"},
		{func(n *forum.NewCase) { n.Currency = "XXY" }, "CurrencyUnknown"},
		{func(n *forum.NewCase) { n.Wants = []forum.Want{"blood"} }, "WantUnknown"},
		{func(n *forum.NewCase) { n.Feeling = strings.Repeat("x", 2001) }, "CaseTooLong"},
	} {
		n := facts()
		c.change(n)
		_, err := w.Service.StartThread(w.Ctx(), lea, forum.NewThread{Forum: "telecoms", Kind: forum.Review, Title: "t", Body: "b", Case: n})
		w.Refused(err, forum.Invalid, c.key)
	}
	// Where the day has begun already, it is no future one.
	today := facts()
	today.ExperiencedOn = "2026-03-15"
	w.Case(lea, "telecoms", "in Kiritimati", today)

	th := w.Case(lea, "telecoms", "one", facts())
	got := w.caseOf(th.ID)
	if got.Company != "Exemple Télécom" || got.Product != "Box" || got.ExperiencedOn != "2026-03-02" || got.Amount != (forum.Amount{Minor: 123450, Currency: "EUR"}) ||
		!slices.Equal(got.Wants, []forum.Want{forum.WantRefund, forum.WantApology}) || got.Place != "Lyon" || got.Feeling != "Robbed.\nTwice." ||
		got.Evidence != forum.EvidenceConfirmed || got.State != forum.CaseOpen || got.Incomplete {
		t.Errorf("stored is %+v", got)
	}
	if other := w.Thread(lea, "telecoms", "two"); w.caseOf(other.ID) != nil {
		t.Error("a discussion has a case")
	}
	page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{Kind: forum.Grievance, Limit: 1, Sort: forum.SortNew})
	w.Must(err)
	if c := page.Threads[0].Case; c.Company != "Exemple Télécom" || c.State != forum.CaseOpen || c.Feeling != "" {
		t.Errorf("listed is %+v", c)
	}

	// An edit restates it; one that says nothing of it leaves it.
	n := facts()
	n.Amount, n.Currency = "12", "CHF"
	_, err = w.Service.Edit(w.Ctx(), lea, th.ID, forum.Edit{Title: "one", Body: "text of one", Case: n})
	w.Must(err)
	_, err = w.Service.Edit(w.Ctx(), lea, th.ID, forum.Edit{Title: "one", Body: "other text"})
	w.Must(err)
	if got := w.caseOf(th.ID); got.Amount.Value() != "12.00" || got.Amount.Currency != "CHF" || got.Company != "Exemple Télécom" {
		t.Errorf("restated is %+v", got)
	}
	_, err = w.Service.Edit(w.Ctx(), lea, th.ID, forum.Edit{Title: "one", Body: "b", Case: &forum.NewCase{}})
	w.Refused(err, forum.Invalid, "ExperienceMissing")

	// A draft keeps it until it is published.
	d, err := w.Service.HoldThread(w.Ctx(), lea, forum.NewThread{Forum: "telecoms", Kind: forum.Review, Title: "later", Body: "b", Case: facts()}, w.Clock.Now().Add(time.Hour))
	w.Must(err)
	post, err := w.Service.SendNow(w.Ctx(), lea, d.ID)
	w.Must(err)
	if got := w.caseOf(post.ID); got.Company != "Exemple Télécom" || got.State != "" {
		t.Errorf("published later is %+v", got)
	}
	if _, files := w.exported(lea); !strings.Contains(files["posts.json"], "Robbed.") {
		t.Error("the export lacks cases")
	}
	w.Must(w.Service.Delete(w.Ctx(), lea, th.ID, ""))
	if got := w.caseOf(th.ID); got.Company != "" || got.ExperiencedOn != "" || got.Feeling != "" {
		t.Errorf("deleted, and yet %+v", got)
	}
}

func testRemoteCases(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	f := w.Forum("telecoms")
	kim := w.Remote(forum.Person, "kim", "b.example")
	r := w.RemotePost(kim, "<p>No box.</p>")
	r.Title, r.Addressed, r.Kind = "No box", []string{f.URI}, forum.Grievance
	r.Case = &forum.Case{Company: "Exemple", CompanyURI: "https://c.example/c/about_exemple", ExperiencedOn: "2026-03-02", Amount: forum.Amount{Minor: 500, Currency: "EUR"}, Wants: []forum.Want{"gold", forum.WantRepair},
		State: forum.CasePromised, PromisedOn: "2026-04-01", Evidence: "divine"}
	_, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(kim), r)
	w.Must(err)
	post, err := w.Store.PostByURI(w.Ctx(), r.URI)
	w.Must(err)
	got := w.caseOf(post.ID)
	if got.Company != "Exemple" || got.CompanyURI != r.Case.CompanyURI || got.CompanyID != 0 || got.State != forum.CasePromised || got.PromisedOn != "2026-04-01" || got.Evidence != forum.EvidenceDeclared || !slices.Equal(got.Wants, []forum.Want{forum.WantRepair}) || got.Incomplete {
		t.Errorf("received is %+v", got)
	}

	// Once the page that it names is met, it stands there.
	page, err := w.Service.ReceiveActor(w.Ctx(), &forum.Actor{Kind: forum.Group, GroupRole: forum.RoleCompany, Name: "about_exemple", Host: "c.example", URI: r.Case.CompanyURI, URL: r.Case.CompanyURI, DisplayName: "Exemple", Inbox: r.Case.CompanyURI + "/inbox"}, nil)
	w.Must(err)
	if got := w.caseOf(post.ID); got.CompanyID != page.ID || got.CompanyHandle != "about_exemple@c.example" {
		t.Errorf("after its page was met: %+v", got)
	}
	c, err := w.Store.CompanyByID(w.Ctx(), page.ID)
	w.Must(err)
	if c.Cases[forum.CasePromised] != 1 {
		t.Errorf("the page counts %v", c.Cases)
	}

	// Only where it stands has changed: that is no edit of the text.
	w.Clock.Advance(time.Hour)
	r.Case.State, r.Case.PromisedOn, r.UpdatedAt = forum.CaseResolved, "", w.Clock.Now()
	outcome, err := w.Service.ReceiveEdit(w.Ctx(), w.Inbound(kim), r)
	w.Must(err)
	th, err := w.Store.Thread(w.Ctx(), post.ID)
	w.Must(err)
	if !outcome.Done || th.Case.State != forum.CaseResolved || th.Case.PromisedOn != "" || !th.EditedAt.IsZero() || !th.Case.StateAt.Equal(w.Clock.Now()) {
		t.Errorf("%+v: moved is %+v, edited at %v", outcome, th.Case, th.EditedAt)
	}

	// Without a date it is incomplete.
	r = w.RemotePost(kim, "<p>Nothing.</p>")
	r.Title, r.Addressed, r.Kind, r.Case = "Nothing", []string{f.URI}, forum.Review, &forum.Case{ExperiencedOn: "2027-01-01"}
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(kim), r)
	w.Must(err)
	post, err = w.Store.PostByURI(w.Ctx(), r.URI)
	w.Must(err)
	if got := w.caseOf(post.ID); !got.Incomplete || got.ExperiencedOn != "" {
		t.Errorf("incomplete is %+v", got)
	}
}

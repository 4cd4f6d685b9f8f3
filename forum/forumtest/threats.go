package forumtest

import (
	"testing"
	"time"

	"portevoix/forum"
)

// testThreats seals threats that a representative reports, and brings the cases that
// fit them to the moderators: those only, once, and without a word to their authors.
func testThreats(t *testing.T, open func(*testing.T) Store) {
	proofs := &Proofs{Texts: map[string][]string{}, Files: map[string]string{}}
	w := NewWorldWith(t, open(t), forum.Options{Prover: proofs, Links: &Links{}})
	lea, max, rep, mod := w.Person("lea"), w.Person("max"), w.Person("rep"), w.Person("mod")
	f := w.Forum("telecoms", "mod")
	company, err := w.Service.CreateCompany(w.Ctx(), max, forum.NewCompany{Name: "Exemple", Site: "https://exemple.example"})
	w.Must(err)
	before := w.Grievance(lea, "telecoms", "Written before", company.Handle())
	report := func(by *forum.Account, n forum.NewThreat) (*forum.Threat, error) {
		w.Clock.Advance(time.Second)
		n.Company = company.Handle()
		return w.Service.ReportThreat(w.Ctx(), by, n)
	}
	words := "Wrote by mail: refund, or I write."
	_, err = report(rep, forum.NewThreat{Handle: "lea", Words: words})
	w.Refused(err, forum.Forbidden, "RepresentativesOnly")
	w.verify(proofs, rep, company)
	for key, n := range map[string]forum.NewThreat{
		"ThreatWordsMissing": {Handle: "lea"}, "ThreatUnfindable": {Words: words}, "HandleUnreadable": {Handle: "two words", Words: words},
		"ExperienceUnreadable": {ExperiencedOn: "yesterday", Words: words}, "ExperienceAhead": {ExperiencedOn: "2990-01-01", Words: words}, "AmountUnreadable": {Amount: "much", Words: words},
	} {
		_, err := report(rep, n)
		w.Refused(err, forum.Invalid, key)
	}
	_, err = report(rep, forum.NewThreat{Handle: "@lea", Words: words})
	w.Must(err)
	w.Clock.Advance(time.Second)

	told := func(th forum.ID, by *forum.Account, want ...forum.ConcernReason) {
		t.Helper()
		list, err := w.Service.Concerns(w.Ctx(), by, th)
		w.Must(err)
		if len(list) != len(want) {
			t.Fatalf("%s reads %d concerns, not %d: %+v", by.Name, len(list), len(want), list)
		}
		for i, c := range list {
			if c.Kind != forum.ConcernThreat || c.Reason != want[i] || c.State != forum.ConcernOpen {
				t.Errorf("brought to moderators is %+v", c.Concern)
			}
		}
	}
	later := w.Grievance(lea, "telecoms", "Written later", company.Handle())
	told(before.ID, mod)
	told(later.ID, mod, forum.ConcernSameAccount)
	told(later.ID, rep, forum.ConcernSameAccount)
	told(later.ID, lea)
	other := w.Grievance(max, "telecoms", "Another's", company.Handle())
	told(other.ID, mod)
	for who, want := range map[*forum.Account]int{mod: 1, lea: 0} {
		page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: who.ID, Kinds: []forum.NotificationKind{forum.NotifyConcern}, Limit: 10})
		w.Must(err)
		if len(page.Groups) != want {
			t.Errorf("%s is told %d times, not %d", who.Name, len(page.Groups), want)
		}
	}

	// Without the account all else has to agree: the day, give or take, and the amount.
	_, err = report(rep, forum.NewThreat{Handle: "somebody@elsewhere.example", ExperiencedOn: string(later.Case.ExperiencedOn), Amount: "89", Words: "By telephone."})
	w.Must(err)
	w.Clock.Advance(time.Second)
	state := func(amount string) *forum.Thread {
		post, err := w.Service.StartThread(w.Ctx(), max, forum.NewThread{Forum: "telecoms", Kind: forum.Grievance, Title: "A box", Body: "It did not come.",
			Case: &forum.NewCase{Company: company.Handle(), ExperiencedOn: string(later.Case.ExperiencedOn), Amount: amount}})
		w.Must(err)
		return post
	}
	told(state("90").ID, mod)
	fitting := state("89.00")
	told(fitting.ID, mod, forum.ConcernSameFacts)
	_, err = w.Service.Edit(w.Ctx(), max, fitting.ID, forum.Edit{Title: "A box", Body: "It did not come.", Case: &forum.NewCase{Company: company.Handle(), ExperiencedOn: string(later.Case.ExperiencedOn), Amount: "89", Place: "Lyon"}})
	w.Must(err)
	told(fitting.ID, mod, forum.ConcernSameFacts) // once

	// Nothing of it is counted or public, and a decision is told to who reported it.
	figures, err := w.Store.ConcernFigures(w.Ctx(), company.ID, w.Clock.Now().Add(-forum.ConcernPeriod))
	w.Must(err)
	if figures != (forum.ConcernFigures{}) {
		t.Errorf("threats are counted: %+v", figures)
	}
	_, err = w.Service.RaiseConcern(w.Ctx(), lea, forum.NewConcern{Kind: forum.ConcernThreat, ThreadID: later.ID, Reason: forum.ConcernSameAccount, Words: "x"})
	w.Refused(err, forum.Invalid, "ConcernUnknown")
	list, err := w.Service.Concerns(w.Ctx(), mod, later.ID)
	w.Must(err)
	w.Must(w.Service.DecideConcern(w.Ctx(), mod, list[0].ID, forum.ConcernUpheld, "The mail was shown."))
	_, err = w.Service.RaiseConcern(w.Ctx(), rep, forum.NewConcern{Kind: forum.ConcernFlag, ThreadID: fitting.ID, Reason: "blackmail", Words: "It follows a threat."})
	w.Must(err) // what was reported beforehand is in nobody's way

	w.threatsElsewhere(f, company, rep, mod, report)

	// Who left, or reported it too long ago, has it forgotten.
	mine := func() int {
		list, err := w.Service.Threats(w.Ctx(), rep, company.Handle())
		w.Must(err)
		return len(list)
	}
	if n := mine(); n != 3 {
		t.Errorf("%d threats wait, not 3", n)
	}
	first, err := report(rep, forum.NewThreat{Handle: "max", Words: words})
	w.Must(err)
	w.Must(w.Service.WithdrawThreat(w.Ctx(), max, first.ID)) // not theirs
	if mine() != 4 {
		t.Error("somebody else withdrew it")
	}
	w.Must(w.Service.WithdrawThreat(w.Ctx(), rep, first.ID))
	w.Clock.Advance(time.Second)
	told(w.Grievance(max, "telecoms", "After all", company.Handle()).ID, mod)
	w.Clock.Advance(forum.ThreatLifetime)
	if n := mine(); n != 0 {
		t.Errorf("%d threats wait after a year", n)
	}
}

// threatsElsewhere lets somebody on another server write what a threat fits.
func (w *World) threatsElsewhere(f *forum.Forum, company *forum.Company, rep, mod *forum.Account, report func(*forum.Account, forum.NewThreat) (*forum.Threat, error)) {
	w.T.Helper()
	kim := w.Remote(forum.Person, "kim", "mastodon.example")
	_, err := report(rep, forum.NewThreat{Handle: "@kim@Mastodon.example", Words: "In a message."})
	w.Must(err)
	w.Clock.Advance(time.Second)
	post := w.RemotePost(kim, "<p>No box.</p>")
	post.Title, post.Addressed, post.Kind = "No box", []string{f.URI}, forum.Grievance
	post.Case = &forum.Case{CompanyURI: company.URI, ExperiencedOn: "2026-03-02"}
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(kim), post)
	w.Must(err)
	root, err := w.Store.PostByURI(w.Ctx(), post.URI)
	w.Must(err)
	list, err := w.Service.Concerns(w.Ctx(), mod, root.ID)
	w.Must(err)
	if len(list) != 1 || list[0].Reason != forum.ConcernSameAccount {
		w.T.Errorf("of a case from elsewhere moderators read %+v", list)
	}
}

package forumtest

import (
	"testing"
	"time"

	"portevoix/forum"
)

// testConcerns tells moderators of pressure, from here and by a private message, and
// flags a post for a company; both are decided, and counted on the company's page.
func testConcerns(t *testing.T, open func(*testing.T) Store) {
	proofs := &Proofs{Texts: map[string][]string{}, Files: map[string]string{}}
	w := NewWorldWith(t, open(t), forum.Options{Prover: proofs, Links: &Links{}})
	lea, rep, mod, eve := w.Person("lea"), w.Person("rep"), w.Person("mod"), w.Person("eve")
	f := w.Forum("telecoms", "mod")
	company, err := w.Service.CreateCompany(w.Ctx(), eve, forum.NewCompany{Name: "Exemple", Site: "https://exemple.example"})
	w.Must(err)
	th := w.Grievance(lea, "telecoms", "Two bills", company.Handle())
	raise := func(by *forum.Account, change func(*forum.NewConcern)) (*forum.Concern, error) {
		n := forum.NewConcern{Kind: forum.ConcernPressure, ThreadID: th.ID, Reason: "legal_threat", Words: "They wrote: withdraw, or we sue."}
		change(&n)
		w.Clock.Advance(time.Second)
		return w.Service.RaiseConcern(w.Ctx(), by, n)
	}
	same := func(*forum.NewConcern) {}
	flag := func(n *forum.NewConcern) {
		n.Kind, n.Reason, n.Words = forum.ConcernFlag, "untrue", "There was one bill."
	}
	for key, change := range map[string]func(*forum.NewConcern){
		"ConcernUnknown": func(n *forum.NewConcern) { n.Kind = "spite" }, "ConcernReasonUnknown": func(n *forum.NewConcern) { n.Reason = "untrue" },
		"ConcernWordsMissing": func(n *forum.NewConcern) { n.Words = " " },
	} {
		_, err := raise(lea, change)
		w.Refused(err, forum.Invalid, key)
	}
	_, err = raise(eve, same)
	w.Refused(err, forum.Forbidden, "AuthorOnly")
	_, err = raise(rep, flag)
	w.Refused(err, forum.Forbidden, "RepresentativesOnly")
	pressure, err := raise(lea, same)
	w.Must(err)
	_, err = raise(lea, same)
	w.Refused(err, forum.Conflict, "ConcernOpen")

	w.verify(proofs, rep, company)
	flagged, err := raise(rep, flag)
	w.Must(err)

	// Who sees what: the moderator both, the author her own and the flag on her post,
	// the representative only the flag, others nothing.
	sees := func(by *forum.Account, want int) {
		t.Helper()
		list, err := w.Service.Concerns(w.Ctx(), by, th.ID)
		w.Must(err)
		if len(list) != want {
			t.Errorf("%s sees %d of them, not %d", by.Name, len(list), want)
		}
	}
	sees(mod, 2)
	sees(lea, 2)
	sees(rep, 1)
	sees(eve, 0)
	_, err = w.Service.ConcernFor(w.Ctx(), rep, pressure.ID)
	w.Refused(err, forum.NotFound, "NothingHere")
	waiting, err := w.Store.OpenConcerns(w.Ctx(), []forum.ID{f.ID}, false)
	w.Must(err)
	if len(waiting) != 2 || waiting[0].ThreadTitle != "Two bills" || waiting[0].Forum.Name != "telecoms" || waiting[0].By.Name != "lea" {
		t.Errorf("for the moderators: %+v", waiting)
	}

	w.Refused(w.Service.AnswerConcern(w.Ctx(), eve, flagged.ID, "No."), forum.NotFound, "NothingHere")
	w.Refused(w.Service.AnswerConcern(w.Ctx(), rep, pressure.ID, "No."), forum.NotFound, "NothingHere")
	w.Must(w.Service.AnswerConcern(w.Ctx(), lea, flagged.ID, "There were two."))
	decide := func(by *forum.Account, id forum.ID, state forum.ConcernState, reason string) error {
		return w.Service.DecideConcern(w.Ctx(), by, id, state, reason)
	}
	w.Refused(decide(rep, flagged.ID, forum.ConcernUpheld, "yes"), forum.Forbidden, "ModeratorsOnly")
	w.Refused(decide(mod, flagged.ID, forum.ConcernUpheld, " "), forum.Invalid, "ReasonMissing")
	w.Clock.Advance(47 * time.Hour)
	w.Must(decide(mod, flagged.ID, forum.ConcernRefused, "Both bills were shown."))
	w.Must(decide(mod, pressure.ID, forum.ConcernUpheld, "The letter was shown."))
	w.Refused(w.Service.AnswerConcern(w.Ctx(), lea, flagged.ID, "More."), forum.Conflict, "ConcernDecided")
	figures := func(want forum.ConcernFigures) {
		t.Helper()
		got, err := w.Store.ConcernFigures(w.Ctx(), company.ID, w.Clock.Now().Add(-forum.ConcernPeriod))
		w.Must(err)
		got.Median = got.Median.Round(time.Hour)
		if got != want {
			t.Errorf("counted are %+v, not %+v", got, want)
		}
	}
	figures(forum.ConcernFigures{Pressure: 1, Flags: 1, FlagsRefused: 1, Median: 47 * time.Hour})
	w.Must(decide(mod, pressure.ID, forum.ConcernOpen, ""))
	figures(forum.ConcernFigures{Flags: 1, FlagsRefused: 1, Median: 47 * time.Hour})
	for _, who := range []*forum.Account{lea, rep} {
		page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: who.ID, Kinds: []forum.NotificationKind{forum.NotifyConcern}, Limit: 10})
		w.Must(err)
		if len(page.Groups) == 0 || page.Groups[0].Newest[0].Actor != nil {
			t.Errorf("%s is told %+v", who.Name, page.Groups)
		}
	}
	w.pressureFromElsewhere(f, mod)

	// Who leaves takes along what they said; that something was decided stays counted.
	_, err = raise(rep, flag)
	w.Must(err)
	for _, who := range []*forum.Account{lea, rep} {
		w.Must(w.Service.LeaveAccount(w.Ctx(), w.fresh(who.Name), forum.Departure{Confirmation: "correct horse", Name: who.Name}))
	}
	list, err := w.Service.Concerns(w.Ctx(), mod, th.ID)
	w.Must(err)
	for _, c := range list {
		if c.Words+c.Reply != "" || c.State == forum.ConcernOpen && c.ID != pressure.ID {
			t.Errorf("of a concern stays %+v", c.Concern)
		}
	}
	figures(forum.ConcernFigures{Flags: 1, FlagsRefused: 1, Median: 47 * time.Hour})
}

// verify makes somebody a representative of a company, by its DNS.
func (w *World) verify(proofs *Proofs, by *forum.Account, company *forum.Company) {
	w.T.Helper()
	r, err := w.Service.AskToRepresent(w.Ctx(), by, forum.NewRepresentative{Company: company.Handle(), Method: forum.ProofDNS})
	w.Must(err)
	proofs.Texts[r.TXTName()] = []string{r.TXTValue()}
	_, err = w.Service.CheckRepresentative(w.Ctx(), by, company.Handle())
	w.Must(err)
}

// pressureFromElsewhere lets the author of a case on another server tell of pressure
// in private, and learn what was decided.
func (w *World) pressureFromElsewhere(f *forum.Forum, mod *forum.Account) {
	w.T.Helper()
	kim, other := w.Remote(forum.Person, "kim", "mastodon.example"), w.Remote(forum.Person, "oz", "mastodon.example")
	post := w.RemotePost(kim, "<p>No box.</p>")
	post.Title, post.Addressed, post.Kind = "No box", []string{f.URI}, forum.Grievance
	post.Case = &forum.Case{Company: "Elsewhere", ExperiencedOn: "2026-03-02"}
	_, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(kim), post)
	w.Must(err)
	root, err := w.Store.PostByURI(w.Ctx(), post.URI)
	w.Must(err)
	say := func(by *forum.Actor) forum.Outcome {
		w.Clock.Advance(time.Second)
		in := w.Inbound(by)
		o, err := w.Service.ReceivePrivateNote(w.Ctx(), in, forum.PrivateNote{URI: in.URI + "/note", ParentURI: post.URI, Addressed: []string{f.URI}, Tags: []string{"#Pression"}, Content: "<p>They offer money. #Pression</p>"})
		w.Must(err)
		return o
	}
	if say(other).Done || !say(kim).Done || say(kim).Done {
		w.T.Error("pressure is told by somebody else, or twice, or not at all")
	}
	list, err := w.Service.Concerns(w.Ctx(), mod, root.ID)
	w.Must(err)
	if len(list) != 1 || list[0].By.URI != kim.URI || list[0].Words == "" {
		w.T.Fatalf("told from elsewhere: %+v", list)
	}
	w.oneMessage("mastodon.example", "PressureTaken")
	w.Must(w.Service.DecideConcern(w.Ctx(), mod, list[0].ID, forum.ConcernUpheld, "The offer was shown."))
	w.oneMessage("mastodon.example", "Concern.upheld")
}

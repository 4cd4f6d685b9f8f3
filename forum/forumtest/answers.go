package forumtest

import (
	"context"
	"regexp"
	"testing"
	"time"

	"portevoix/forum"
)

// Proofs is what domains show.
type Proofs struct {
	Texts map[string][]string // TXT records by name
	Files map[string]string   // by address
}

// TXT implements forum.Prover.
func (p *Proofs) TXT(_ context.Context, name string) ([]string, error) { return p.Texts[name], nil }

// Text implements forum.Prover.
func (p *Proofs) Text(_ context.Context, address string) (string, error) {
	if text, ok := p.Files[address]; ok {
		return text, nil
	}
	return "", &forum.Error{Code: forum.NotFound, Key: "NothingThere"}
}

var _ forum.Prover = (*Proofs)(nil)

func testAnswers(t *testing.T, open func(*testing.T) Store) {
	proofs, links := &Proofs{Texts: map[string][]string{}, Files: map[string]string{}}, &Links{Pages: map[string]string{}}
	w := NewWorldWith(t, open(t), forum.Options{Prover: proofs, Links: links})
	ines, rep, other := w.Person("ines"), w.Person("rep"), w.Person("other")
	w.Forum("telecoms")
	company, err := w.Service.CreateCompany(w.Ctx(), ines, forum.NewCompany{Name: "Exemple", Site: "https://www.exemple.example"})
	w.Must(err)
	rival, err := w.Service.CreateCompany(w.Ctx(), ines, forum.NewCompany{Name: "Autre Chose", Site: "https://autre.example"})
	w.Must(err)
	th := w.Grievance(ines, "telecoms", "Two bills", company.Handle())
	ask := func(by *forum.Account, n forum.NewRepresentative) (*forum.Representative, error) {
		n.Company = company.Handle()
		return w.Service.AskToRepresent(w.Ctx(), by, n)
	}
	answer := func(by *forum.Account, thread forum.ID) error {
		w.Clock.Advance(time.Second)
		_, err := w.Service.AnswerCase(w.Ctx(), by, forum.NewAnswer{ThreadID: thread, Type: forum.AnswerAccepted, Detail: "refund", PromiseBy: "2026-04-30", Body: "We pay it back."})
		return err
	}

	w.Refused(answer(rep, th.ID), forum.Forbidden, "RepresentativesOnly")
	_, err = ask(rep, forum.NewRepresentative{Method: forum.ProofMail, Email: "rep@gmail.com"})
	w.Refused(err, forum.Invalid, "ProofPublicMail")
	for _, lookalike := range []string{"rep@exemple.example.evil.example", "rep@myexemple.example", "rep@exemple.exampl"} {
		_, err = ask(rep, forum.NewRepresentative{Method: forum.ProofMail, Email: lookalike})
		w.Refused(err, forum.Invalid, "ProofOtherDomain")
	}
	r, err := ask(rep, forum.NewRepresentative{Method: forum.ProofDNS})
	w.Must(err)
	check := func(by *forum.Account) error {
		_, err := w.Service.CheckRepresentative(w.Ctx(), by, company.Handle())
		return err
	}
	w.Refused(check(rep), forum.Conflict, "ProofMissing")
	proofs.Texts["_portevoix.exemple.example"] = []string{"v=spf1", "portevoix=" + r.Token}
	w.Must(check(rep))

	// A representative of one company answers for no other.
	foreign := w.Grievance(ines, "telecoms", "Elsewhere", rival.Handle())
	w.Refused(answer(rep, foreign.ID), forum.Forbidden, "RepresentativesOnly")
	w.Must(answer(rep, th.ID))
	answers, err := w.Store.Answers(w.Ctx(), th.ID, 0, 10)
	w.Must(err)
	if len(answers) != 1 || answers[0].Method != forum.ProofDNS || answers[0].Domain != "exemple.example" || answers[0].Post.Author.Name != "rep" || answers[0].PromiseBy != "2026-04-30" {
		t.Fatalf("the answers are %+v", answers)
	}
	if c := w.thread(th.ID).Case; c.State != forum.CasePromised || c.PromisedOn != "2026-04-30" {
		t.Errorf("the case is %s until %s", c.State, c.PromisedOn)
	}
	w.Refused(w.Service.GiveVerdict(w.Ctx(), other, answers[0].PostID, forum.VerdictResolved), forum.Forbidden, "AuthorOnly")
	w.Must(w.Service.GiveVerdict(w.Ctx(), ines, answers[0].PostID, forum.VerdictPartly))
	w.Must(w.Service.GiveVerdict(w.Ctx(), ines, answers[0].PostID, forum.VerdictResolved))
	if got := w.thread(th.ID).Case.State; got != forum.CaseResolved {
		t.Errorf("after the verdict the case is %s", got)
	}
	w.Must(w.Service.RaiseEvidence(w.Ctx(), rep, th.ID, forum.EvidenceMatched, true))

	// The proof goes away: patience, then the end.
	proofs.Texts = map[string][]string{}
	w.Clock.Advance(8 * 24 * time.Hour)
	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	w.Must(answer(rep, th.ID))
	w.Clock.Advance(15 * 24 * time.Hour)
	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	w.Refused(answer(rep, th.ID), forum.Forbidden, "RepresentativesOnly")

	// By mail, by a file and by a link.
	r, err = ask(other, forum.NewRepresentative{Method: forum.ProofMail, Email: "o@mail.exemple.example"})
	w.Must(err)
	w.Must(w.Service.WorkMail(w.Ctx(), forum.MailJob{Account: other.ID, Template: forum.MailRepresent, Email: r.Email, Company: company.ID}))
	sent := w.Mailer.Sent()
	if last := sent[len(sent)-1]; last.To != r.Email || !regexp.MustCompile(`/represent/`+r.Token+`$`).MatchString(last.Link) {
		t.Errorf("the mail: %+v", last)
	}
	w.Refused(check(other), forum.Conflict, "ProofMissing")
	_, err = w.Service.UseClaimLink(w.Ctx(), r.Token)
	w.Must(err)
	w.Must(w.Service.RevokeRepresentative(w.Ctx(), other, company.Handle(), other.ID))
	r, err = ask(rep, forum.NewRepresentative{Method: forum.ProofFile})
	w.Must(err)
	proofs.Files["https://www.exemple.example/.well-known/portevoix-"+r.Token] = r.Token + "\n"
	w.Must(check(rep))
	_, err = ask(rep, forum.NewRepresentative{Method: forum.ProofLink})
	w.Must(err)
	w.Refused(check(rep), forum.Conflict, "ProofMissing")
	links.Pages["https://www.exemple.example"] = rep.URL
	w.Must(check(rep))

	// From their own server, once the link sent there was opened; what anybody else
	// calls an answer is a reply.
	desk, evil := w.Remote(forum.Person, "desk", "social.exemple.example"), w.Remote(forum.Person, "desk", "exemple.example.evil.example")
	_, err = ask(nil, forum.NewRepresentative{Method: forum.ProofActor, Account: "desk@exemple.example.evil.example"})
	w.Refused(err, forum.Invalid, "ProofOtherDomain")
	r, err = ask(nil, forum.NewRepresentative{Method: forum.ProofActor, Account: "desk@social.exemple.example"})
	w.Must(err)
	reply := func(by *forum.Actor) {
		t.Helper()
		w.Clock.Advance(time.Second)
		post := w.RemotePost(by, "We are sorry.")
		post.ParentID, post.Answer = th.ID, &forum.Answer{Type: forum.AnswerRefused, Detail: "legal"}
		_, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(by), post)
		w.Must(err)
	}
	count := func() int {
		answers, err := w.Store.Answers(w.Ctx(), th.ID, 0, 10)
		w.Must(err)
		return len(answers)
	}
	before := count()
	reply(desk)
	reply(evil)
	if count() != before {
		t.Error("whoever was not verified answers for the company")
	}
	_, err = w.Service.UseClaimLink(w.Ctx(), r.Token)
	w.Must(err)
	reply(desk)
	if count() != before+1 {
		t.Error("an answer from the company's own server is not marked")
	}

	// The company's page is told who speaks for it.
	told, err := w.Store.CompanyByID(w.Ctx(), company.ID)
	w.Must(err)
	if n := len(told.Speak); n == 0 || told.Speak[n-1].Actor.URI != desk.URI || told.Speak[n-1].Domain != "exemple.example" {
		t.Errorf("who speaks for the company: %+v", told.Speak)
	}
	w.answersToldElsewhere(ines)
}

// answersToldElsewhere answers cases about a company whose page is on another
// server: that tells who speaks for it. It gives nobody a look at documents here.
func (w *World) answersToldElsewhere(author *forum.Account) {
	w.T.Helper()
	desk, other := w.Remote(forum.Person, "helpdesk", "desk.example"), w.Remote(forum.Person, "nobody", "desk.example")
	page := *w.Remote(forum.Group, "about_ailleurs", "pages.example")
	page.GroupRole = forum.RoleCompany
	page.Representatives = []forum.Representative{{Actor: forum.Byline{URI: desk.URI}, Method: forum.ProofDNS, Domain: "ailleurs.example"}}
	save := func() {
		w.T.Helper()
		page.FetchedAt = w.Clock.Now()
		told := page
		w.Must(w.Store.Write(w.Ctx(), func(ctx context.Context, tx forum.Tx) error { return tx.SaveRemoteActor(ctx, &told, nil) }))
		page.ID = told.ID
	}
	save()
	th := w.Grievance(author, "telecoms", "A page elsewhere", page.Handle())
	reply := func(by *forum.Actor) {
		w.T.Helper()
		w.Clock.Advance(time.Second)
		post := w.RemotePost(by, "We refuse.")
		post.ParentID, post.Answer = th.ID, &forum.Answer{Type: forum.AnswerRefused, Detail: "legal"}
		_, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(by), post)
		w.Must(err)
	}
	count := func(want int) {
		w.T.Helper()
		answers, err := w.Store.Answers(w.Ctx(), th.ID, 0, 10)
		w.Must(err)
		if len(answers) != want {
			w.T.Errorf("%d answers for a company elsewhere, not %d", len(answers), want)
		}
	}
	reply(other)
	count(0)
	reply(desk)
	count(1)
	if state := w.thread(th.ID).Case.State; state != forum.CaseAnswered {
		w.T.Errorf("after the answer the case is %s", state)
	}
	if _, err := w.Store.RepresentativeOf(w.Ctx(), page.ID, desk.ID); forum.CodeOf(err) != forum.NotFound {
		w.T.Errorf("what a page elsewhere tells opens documents here: %v", err)
	}
	page.Representatives = nil
	save()
	reply(desk)
	count(1)
}

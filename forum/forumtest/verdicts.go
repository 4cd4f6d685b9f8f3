package forumtest

import (
	"testing"
	"time"

	"portevoix/forum"
)

// testVerdicts asks an author on another server, by a message, what the company's
// answer came to, and takes what they choose.
func testVerdicts(t *testing.T, open func(*testing.T) Store) {
	proofs := &Proofs{Texts: map[string][]string{}, Files: map[string]string{}}
	w := NewWorldWith(t, open(t), forum.Options{Prover: proofs, Links: &Links{}})
	lea, rep := w.Person("lea"), w.Person("rep")
	f := w.Forum("telecoms")
	company, err := w.Service.CreateCompany(w.Ctx(), lea, forum.NewCompany{Name: "Exemple", Site: "https://exemple.example"})
	w.Must(err)
	w.verify(proofs, rep, company)
	kim, oz := w.Remote(forum.Person, "kim", "mastodon.example"), w.Remote(forum.Person, "oz", "mastodon.example")
	post := w.RemotePost(kim, "<p>No box.</p>")
	post.Title, post.Addressed, post.Kind = "No box", []string{f.URI}, forum.Grievance
	post.Case = &forum.Case{CompanyURI: company.URI, ExperiencedOn: "2026-03-02"}
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(kim), post)
	w.Must(err)
	root, err := w.Store.PostByURI(w.Ctx(), post.URI)
	w.Must(err)
	w.Clock.Advance(time.Second)
	answer, err := w.Service.AnswerCase(w.Ctx(), rep, forum.NewAnswer{ThreadID: root.ID, Type: forum.AnswerAccepted, Detail: "delivery", Body: "It is on its way."})
	w.Must(err)
	w.oneMessage("mastodon.example", "Yes, it is settled/Partly/No")

	messages, err := w.Store.MessagesTo(w.Ctx(), kim.ID, 0, 10)
	w.Must(err)
	asked := messages[0].URI
	choose := func(by *forum.Actor, choice string) (forum.Outcome, error) {
		w.Clock.Advance(time.Second)
		in := w.Inbound(by)
		return w.Service.ReceivePrivateNote(w.Ctx(), in, forum.PrivateNote{URI: in.URI + "/vote", ParentURI: asked, Addressed: []string{company.URI}, Choices: []string{choice}})
	}
	verdict := func(want forum.Verdict, state forum.CaseState) {
		t.Helper()
		answers, err := w.Store.Answers(w.Ctx(), root.ID, 0, 10)
		w.Must(err)
		if len(answers) != 1 || answers[0].PostID != answer.ID || answers[0].Verdict != want {
			t.Errorf("the answers are %+v, not with verdict %q", answers, want)
		}
		if got := w.caseOf(root.ID).State; got != state {
			t.Errorf("the case is %s, not %s", got, state)
		}
	}
	_, err = choose(oz, "No")
	w.Refused(err, forum.Forbidden, "AuthorOnly")
	if o, err := choose(kim, "Perhaps"); err != nil || o.Done {
		t.Errorf("a choice that was not offered: %+v, %v", o, err)
	}
	verdict("", forum.CaseAnswered)
	for _, step := range []struct {
		choice string
		want   forum.Verdict
		state  forum.CaseState
	}{{"Partly", forum.VerdictPartly, forum.CaseAnswered}, {"Non", forum.VerdictNo, forum.CaseUnresolved}, {"Yes, it is settled", forum.VerdictResolved, forum.CaseResolved}} {
		_, err := choose(kim, step.choice)
		w.Must(err)
		verdict(step.want, step.state)
	}
	w.Clock.Advance(29 * 24 * time.Hour)
	if o, err := choose(kim, "No"); err != nil || o.Done {
		t.Errorf("too late: %+v, %v", o, err)
	}
	verdict(forum.VerdictResolved, forum.CaseResolved)
}

package forumtest

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

func testCaseMerges(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, ole, mod := w.Person("lea"), w.Person("ole"), w.Person("mod")
	w.Forum("telecoms", "mod")
	w.Forum("banks")
	c := w.Company(lea, "Exemple Télécom")
	from, into := w.Case(lea, "telecoms", "one", facts()), w.Case(ole, "telecoms", "the same", facts())
	other := w.Case(ole, "banks", "elsewhere", facts())
	w.Refused(w.Service.MergeCases(w.Ctx(), lea, from.ID, into.ID), forum.Forbidden, "ModeratorsOnly")
	w.Refused(w.Service.MergeCases(w.Ctx(), mod, from.ID, other.ID), forum.Forbidden, "ModeratorsOnly")
	w.Refused(w.Service.MergeCases(w.Ctx(), mod, from.ID, from.ID), forum.Invalid, "CaseMergeSelf")
	w.Refused(w.Service.MergeCases(w.Ctx(), mod, from.ID, w.Thread(lea, "telecoms", "no case").ID), forum.NotFound, "CaseNone")
	joiner, both, leaver := w.Person("joiner"), w.Person("both"), w.Person("leaver")
	join := func(by *forum.Account, th *forum.Thread, words string) {
		t.Helper()
		_, err := w.Service.Join(w.Ctx(), by, th.ID, forum.RoutePage, forum.ParticipationDetails{Words: words})
		w.Must(err)
	}
	join(joiner, from, "mine")
	join(both, from, "the first")
	join(both, into, "the second")
	join(leaver, from, "wrong")
	quitter, undecided := w.Person("quitter"), w.Person("undecided") // in both, and out of one of them
	for _, by := range []*forum.Account{quitter, undecided} {
		join(by, from, "gone")
		join(by, into, "gone too")
	}
	join(w.Person("doubtful"), from, "doubtful")
	server := ""
	out, err := w.Service.Invalidate(w.Ctx(), mod, forum.InvalidationRule{Kind: forum.CoClaim, Subject: from.ID, Server: &server, Name: "doubt"}, "A test")
	w.Must(err)
	for range 2 {
		w.Must(w.Service.MergeCases(w.Ctx(), mod, from.ID, into.ID))
	}
	w.Refused(w.Service.MergeCases(w.Ctx(), mod, into.ID, from.ID), forum.Conflict, "CaseMerged")
	got, err := w.Store.Thread(w.Ctx(), from.ID)
	w.Must(err)
	joined := func(th *forum.Thread, tally int, want string) {
		t.Helper()
		said := ""
		list, err := w.Store.ParticipationsOn(w.Ctx(), forum.CoClaim, th.ID, 0, 10)
		w.Must(err)
		for _, p := range list {
			if p.Counts() {
				said += p.Words + ","
			}
		}
		got, err := w.Store.TierTally(w.Ctx(), forum.CoClaim, th.ID)
		w.Must(err)
		if said != want || got.Signed() != tally {
			t.Errorf("joined %s: %q, counted %d; want %q, %d", th.Title, said, got.Signed(), want, tally)
		}
	}
	joined(from, 0, "")
	joined(into, 5, "mine,the second,wrong,gone too,gone too,")
	w.Must(w.Service.Leave(w.Ctx(), leaver, into.ID))
	w.Must(w.Service.Leave(w.Ctx(), quitter, into.ID))
	w.Must(w.Service.Leave(w.Ctx(), undecided, from.ID))
	w.Must(w.Service.UndoInvalidation(w.Ctx(), mod, forum.CoClaim, from.ID, out.ID))
	joined(into, 3, "mine,the second,doubtful,")
	followers, err := w.Store.ThreadFollowers(w.Ctx(), into.ID, 0, 10)
	w.Must(err)
	list, err := w.Store.CasesMergedInto(w.Ctx(), into.ID, 10)
	w.Must(err)
	counted := func() int {
		t.Helper()
		got, err := w.Service.Company(w.Ctx(), c.Name)
		w.Must(err)
		return got.Counted()
	}
	if got.Case.MergedInto != into.ID || !got.Locked() || len(followers) != 2 || len(list) != 1 || list[0].ID != from.ID || counted() != 2 {
		t.Errorf("merged is %+v, locked %v; followed by %v; duplicates %v; counted %d", got.Case, got.Locked(), followers, list, counted())
	}
	w.Must(w.Service.UnmergeCase(w.Ctx(), mod, from.ID))
	if got, err = w.Store.Thread(w.Ctx(), from.ID); err != nil || got.Case.MergedInto != 0 || got.Locked() || counted() != 3 {
		t.Errorf("taken back, it is %+v, %d counted, %v", got.Case, counted(), err)
	}
	joined(from, 3, "mine,the first,doubtful,")
	joined(into, 1, "the second,")
}

// testMentions is what becomes of a public post on Mastodon that mentions the page
// of a company.
func testMentions(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	f := w.Forum("telecoms")
	c := w.Company(lea, "Exemple Télécom")
	kim := w.Remote(forum.Person, "kim", "m.example")
	fan := w.Remote(forum.Person, "fan", "n.example")
	_, err := w.Service.ReceiveFollow(w.Ctx(), w.Inbound(fan), c.URI)
	w.Must(err)
	w.deliverAll(map[string]string{"n.example": ""})
	mention := func(words string, addressed ...string) *forum.Thread {
		t.Helper()
		w.Clock.Advance(time.Minute)
		r := w.RemotePost(kim, "<p>"+words+"</p>")
		r.Addressed = addressed
		outcome, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(kim), r)
		w.Must(err)
		if !outcome.Done {
			t.Fatalf("%+v", outcome)
		}
		post, err := w.Store.PostByURI(w.Ctx(), r.URI)
		w.Must(err)
		th, err := w.Store.Thread(w.Ctx(), post.ID)
		w.Must(err)
		return th
	}
	th := mention("The box never came", c.URI)
	if th.ForumID != c.ID || th.Kind != forum.Grievance || !th.Case.Incomplete || th.Case.CompanyID != c.ID || th.Case.State != forum.CaseOpen || th.ReplyCount != 1 {
		t.Errorf("it became %+v %+v", th, th.Case)
	}
	if sent := w.Delivered("m.example", forum.Microblog); len(sent) != 1 || !strings.Contains(sent[0], `"Create"`) {
		t.Errorf("kim's server hears %q", sent)
	}
	if sent := strings.Join(w.Delivered("n.example", forum.Microblog), "\n"); strings.Count(sent, `"Announce"`) != 1 {
		t.Errorf("who follows the page hears %s", sent)
	}
	// Beside a forum, it stands there, and the page passes it on too.
	both := mention("Cut off again", f.URI, c.URI)
	if both.ReplyCount != 0 || both.ForumID != f.ID || both.Case == nil || both.Case.CompanyID != c.ID || both.Case.AnnounceID == 0 {
		t.Errorf("with a forum it became %+v %+v", both, both.Case)
	}
	if plain := mention("Hello all", f.URI); plain.Case != nil {
		t.Error("without a company it is a case")
	}
	counted := func() int {
		t.Helper()
		got, err := w.Service.Company(w.Ctx(), c.Name)
		w.Must(err)
		return got.Counted()
	}
	if n := counted(); n != 0 {
		t.Errorf("%d incomplete cases are counted", n)
	}

	// A link goes to the author alone, a few times a day, and completes the case.
	w.deliverAll(map[string]string{"m.example": ""})
	for range 3 {
		w.Must(w.Service.SendCompletion(w.Ctx(), th.ID))
	}
	w.Refused(w.Service.SendCompletion(w.Ctx(), th.ID), forum.TooMany, "TooMany")
	sent := w.Delivered("m.example", forum.Microblog)
	_, token, ok := strings.Cut(sent[0], "/case/")
	if len(sent) != 3 || !ok {
		t.Fatalf("sent are %q", sent)
	}
	token = token[:strings.IndexFunc(token, func(r rune) bool { return r == '"' || r == '\\' || r == '<' })]
	_, err = w.Service.CompleteCase(w.Ctx(), token, forum.NewCase{})
	w.Refused(err, forum.Invalid, "ExperienceMissing")
	_, err = w.Service.CompleteCase(w.Ctx(), token, forum.NewCase{ExperiencedOn: "2026-03-01", Amount: "89", Wants: []forum.Want{forum.WantRefund}})
	w.Must(err)
	if got := w.caseOf(th.ID); got.Incomplete || got.ExperiencedOn != "2026-03-01" || got.CompanyID != c.ID || got.Amount.Value() != "89.00" || counted() != 1 {
		t.Errorf("completed it is %+v, %d counted", got, counted())
	}
	_, err = w.Service.CompleteCase(w.Ctx(), token, forum.NewCase{ExperiencedOn: "2026-03-02"})
	w.Refused(err, forum.Conflict, "CaseComplete")
	w.Refused(w.Service.SendCompletion(w.Ctx(), th.ID), forum.Conflict, "CaseComplete")
}

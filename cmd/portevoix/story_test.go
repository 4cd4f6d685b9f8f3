package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestStory tells what this software is for, across three servers: somebody states
// a case on one; the same happened to somebody on another, to somebody on a
// Mastodon, to somebody who has only a mailbox, and to a farm of invented people,
// who are taken out. The company answers with a promise, and keeps it. They sign
// together, on a screen and on paper. Whoever counts again from the open data comes
// to the same figures.
func TestStory(t *testing.T) {
	t.Parallel()
	a := startInProcess(t, func(c *config.Config) { c.Actions.Sponsors = 1; c.Registration.Guests = "allowed" })
	b := startInProcess(t, nil)
	ctx := t.Context()
	lea, max := a.account("lea"), a.account("max")
	a.account("mod")
	a.forum("telecoms", "mod")
	noor := b.account("noor")
	mastodon, farm := newPeer(t, "mastodon"), newPeer(t, "mastodon")

	// Noor follows the forum from her server.
	group := "telecoms@" + a.host()
	if _, err := b.service.Resolve(ctx, noor, a.base+"/f/telecoms"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.service.Follow(ctx, noor, group); err != nil {
		t.Fatal(err)
	}
	forumtest.Eventually(t, patience, "the Accept", func() bool {
		f, err := a.store.Forum(ctx, forum.Handle{Name: "telecoms"})
		return err == nil && f.Followers == 1
	})

	// The case, and the company's page.
	program := a.program("lea", forum.ScopeRead, forum.ScopeWrite)
	company := text(program.do("POST", "/companies", map[string]any{"name": "Example Telecom", "site": "https://telecom.example"}).is(201).object, "handle")
	day := a.service.Now().Add(-72 * time.Hour).Format(time.DateOnly)
	made := program.do("POST", "/threads", map[string]any{"forum": "telecoms", "kind": "grievance", "title": "Debited twice", "body": "Twice on one day.", "language": "en",
		"case": map[string]any{"company": company, "experienced_on": day, "amount": map[string]any{"value": "89.00", "currency": "EUR"}, "wants": []string{"refund"}}}).is(201)
	id, err := forum.ParseID(text(made.object, "id"))
	if err != nil {
		t.Fatal(err)
	}
	path, uri := "/t/"+id.String(), text(made.object, "uri")
	var there *forum.Thread
	forumtest.Eventually(t, patience, "the case on the other server", func() bool {
		post, err := b.store.PostByURI(ctx, uri)
		if err != nil {
			return false
		}
		there, err = b.store.Thread(ctx, post.ID)
		return err == nil && there.Case != nil && there.Case.Amount.Value() == "89.00"
	})

	// Others to whom it happened.
	if _, err := b.service.Join(ctx, noor, there.ID, forum.RoutePage, forum.ParticipationDetails{}); err != nil {
		t.Fatal(err)
	}
	reply := func(p *peer) {
		note := p.note("<p>Moi aussi</p>", uri)
		note["tag"] = []any{map[string]any{"type": "Hashtag", "name": "#concerné", "href": p.url("/tags/concerne")}}
		p.accepted(a.base+"/inbox", p.activity("Create", note))
	}
	reply(mastodon)
	reply(mastodon)
	reply(farm)
	visitor := a.textBrowser("")
	stamp := visitor.get(path + "/co-claim").field("stamp")
	a.clock.advance(time.Minute)
	visitor.post(path+"/co-claim/mail", url.Values{"stamp": {stamp}, "email": {"ann@mail.example"}}).is(200)
	link := a.participationLink()
	visitor.post(link, url.Values{"step": {"confirm"}}).leadsTo(link)
	counted := func(want forum.TierTally) {
		t.Helper()
		forumtest.Eventually(t, patience, fmt.Sprintf("the count %+v", want), func() bool {
			got, err := a.store.TierTally(ctx, forum.CoClaim, id)
			return err == nil && got == want
		})
		a.recountFrom(path)
	}
	counted(forum.TierTally{Email: 1, New: 3})
	mod := a.textBrowser("mod")
	mod.post(path+"/counted/moderate", url.Values{"server": {farm.host()}, "reason": {"A farm of invented people"}}).is(303)
	counted(forum.TierTally{Email: 1, New: 2, Invalidated: 1})
	if receipts := mastodon.await("Create", 1); !strings.Contains(fmt.Sprint(receipts[0]["object"]), "/participation/") {
		t.Errorf("the receipt is %v", receipts[0])
	}

	// Together: sponsored, published, signed on a screen and on paper; one withdraws.
	action := text(program.do("POST", "/actions", map[string]any{"kind": "petition", "title": "Refund all", "text": "Refund every double debit.", "goal": 4, "language": "en", "forum": "telecoms",
		"company": company, "closes_on": a.service.Now().AddDate(0, 1, 0).Format(time.DateOnly)}).is(201).object, "handle")
	a.program("max", forum.ScopeRead, forum.ScopeWrite).do("POST", "/actions/"+action+"/sponsors", nil).is(200)
	program.do("POST", "/actions/"+action+"/publish", nil).is(200)
	for _, by := range []*forum.Account{lea, max} {
		if err := a.service.Sign(ctx, by, forum.Handle{Name: action}, forum.RoutePage, forum.Consents{Dossier: true}, forum.Trace{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.service.WithdrawSignature(ctx, max, forum.Handle{Name: action}); err != nil {
		t.Fatal(err)
	}
	if err := a.service.AddPaper(ctx, max, action, 3, "Lyon", "a market"); err != nil {
		t.Fatal(err)
	}
	if counts := fmt.Sprint(program.do("GET", "/actions/"+action, nil).is(200).object["counts"]); counts != "map[email:0 invalidated:0 known:0 local:1 new:0 paper:3 signed:4]" {
		t.Errorf("signed %s", counts)
	}
	a.recountFrom("/a/" + action)

	// The company shows who it is, and promises; its customer says it was kept.
	a.account("care")
	if _, err := a.service.AskToRepresent(ctx, a.person("care"), forum.NewRepresentative{Company: company, Method: forum.ProofMail, Email: "care@telecom.example"}); err != nil {
		t.Fatal(err)
	}
	proof := regexp.MustCompile(`/represent/([a-z0-9]+)`)
	forumtest.Eventually(t, patience, "the mail to the company", func() bool { return proof.MatchString(a.printed.String()) })
	if _, err := a.service.UseClaimLink(ctx, proof.FindStringSubmatch(a.printed.String())[1]); err != nil {
		t.Fatal(err)
	}
	promise := a.service.Now().AddDate(0, 0, 14).Format(time.DateOnly)
	a.program("care", forum.ScopeRead, forum.ScopeWrite).do("POST", "/threads/"+id.String()+"/answers", map[string]any{"type": "accepted", "detail": "refund", "promise_by": promise, "body": "You will be refunded.", "language": "en"}).is(201)
	if c := a.caseOf(id); c.State != forum.CasePromised || string(c.PromisedOn) != promise {
		t.Errorf("after the promise the case is %s until %s", c.State, c.PromisedOn)
	}
	visitor.get(path).is(200).shows("You will be refunded.")
	if err := a.service.MoveCase(ctx, lea, id, forum.CaseResolved, ""); err != nil {
		t.Fatal(err)
	}
	forumtest.Eventually(t, patience, "the end of the case on the other server", func() bool {
		th, err := b.store.Thread(ctx, there.ID)
		return err == nil && th.State() == string(forum.CaseResolved)
	})

	// The dossier.
	d, err := a.service.RequestDossier(ctx, lea, forum.CaseDossier, id, "en")
	if err != nil {
		t.Fatal(err)
	}
	var file io.ReadSeekCloser
	forumtest.Eventually(t, patience, "the dossier", func() bool {
		file, _, err = a.service.OpenDossier(ctx, lea, d.ID)
		return err == nil
	})
	defer file.Close()
	whole, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range archive.File {
		names = append(names, f.Name)
	}
	if all := strings.Join(names, " "); !strings.Contains(all, ".pdf") || !strings.Contains(all, ".csv") || !strings.Contains(all, ".json") {
		t.Errorf("the dossier has %s", all)
	}
}

// person reads an account.
func (s *inProcess) person(name string) *forum.Account {
	s.t.Helper()
	a, err := s.store.AccountByName(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// caseOf reads what a thread states.
func (s *inProcess) caseOf(id forum.ID) *forum.Case {
	s.t.Helper()
	th, err := s.store.Thread(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return th.Case
}

package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// story is what this software is for, told across three servers: two of ours, and
// one that behaves as Mastodon does.
type story struct {
	t        *testing.T
	a, b     *inProcess
	lea, max *program // on a
	noor     *forum.Account
	mastodon *peer
	second   *peer // another person, on another Mastodon
	farm     *peer // where invented people are
	site     *httptest.Server
	company  string // handle of its page on a
	thread   forum.ID
	path     string // of the case on a
	there    forum.ID
	action   string // handle on a
}

// TestStory begins with one case. The same happened to somebody on another server, to
// somebody on a Mastodon, to somebody who has only a mailbox, and to a farm of invented
// people, who are taken out. They sign together, on a screen and on paper; a milestone
// is announced. The company shows who it is in the domain name system and on its site,
// and answers from its own server with a promise, and keeps it. Whoever counts again
// from the open data comes to the same figures, on both servers.
func TestStory(t *testing.T) {
	t.Parallel()
	s := &story{t: t, a: startInProcess(t, func(c *config.Config) { c.Actions.Sponsors = 1; c.Registration.Guests = "allowed" }), b: startInProcess(t, nil),
		mastodon: newPeer(t, "mastodon"), second: newPeer(t, "mastodon"), farm: newPeer(t, "mastodon")}
	s.begin()
	s.others()
	s.together()
	s.answers()
	s.sameFigures()
	s.dossier()
}

// eventually waits for something that goes from server to server.
func (s *story) eventually(what string, done func() bool) {
	s.t.Helper()
	forumtest.Eventually(s.t, patience, what, done)
}

func (s *story) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// begin states the case, which arrives on the other server with its facts.
func (s *story) begin() {
	s.t.Helper()
	ctx := s.t.Context()
	for _, name := range []string{"lea", "max", "mod"} {
		s.a.account(name)
	}
	s.a.forum("telecoms", "mod")
	s.noor = s.b.account("noor")
	_, err := s.b.service.Resolve(ctx, s.noor, s.a.base+"/f/telecoms")
	s.must(err)
	_, err = s.b.service.Follow(ctx, s.noor, "telecoms@"+s.a.host())
	s.must(err)
	s.eventually("the Accept", func() bool {
		f, err := s.a.store.Forum(ctx, forum.Handle{Name: "telecoms"})
		return err == nil && f.Followers == 1
	})

	s.site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!DOCTYPE html><title>Example</title><a rel="me" href="%s/u/press">Us</a>`, s.b.base)
	}))
	s.t.Cleanup(s.site.Close)
	names.host(storyDomain)
	port := s.site.URL[strings.LastIndexByte(s.site.URL, ':'):]
	s.lea, s.max = s.a.program("lea", forum.ScopeRead, forum.ScopeWrite), s.a.program("max", forum.ScopeRead, forum.ScopeWrite)
	s.company = text(s.lea.do("POST", "/companies", map[string]any{"name": "Example Telecom", "site": "http://" + storyDomain + port}).is(201).object, "handle")
	day := s.a.service.Now().Add(-72 * time.Hour).Format(time.DateOnly)
	made := s.lea.do("POST", "/threads", map[string]any{"forum": "telecoms", "kind": "grievance", "title": "Debited twice", "body": "Twice on one day.", "language": "en",
		"case": map[string]any{"company": s.company, "experienced_on": day, "amount": map[string]any{"value": "89.00", "currency": "EUR"}, "wants": []string{"refund"}}}).is(201)
	s.thread, err = forum.ParseID(text(made.object, "id"))
	s.must(err)
	s.path = "/t/" + s.thread.String()
	s.eventually("the case on the other server", func() bool {
		post, err := s.b.store.PostByURI(ctx, s.uri())
		if err != nil {
			return false
		}
		there, err := s.b.store.Thread(ctx, post.ID)
		s.there = post.ID
		return err == nil && there.Case != nil && there.Case.Amount.Value() == "89.00"
	})
}

const storyDomain = "telecom-of-the-story.example"

// uri is the id of the case.
func (s *story) uri() string { return s.a.base + s.path }

// counted waits for a count of the case, and counts again from the open data.
func (s *story) counted(want forum.TierTally) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("the count %+v", want), func() bool {
		got, err := s.a.store.TierTally(s.t.Context(), forum.CoClaim, s.thread)
		return err == nil && got == want
	})
	s.a.recountFrom(s.path)
}

// others says that it happened to more people, some of whom do not exist.
func (s *story) others() {
	s.t.Helper()
	_, err := s.b.service.Join(s.t.Context(), s.noor, s.there, forum.RoutePage, forum.ParticipationDetails{})
	s.must(err)
	for _, p := range []*peer{s.mastodon, s.mastodon, s.farm} {
		s.reply(p, s.uri(), "#concerné")
	}
	visitor := s.a.textBrowser("")
	stamp := visitor.get(s.path + "/co-claim").field("stamp")
	s.a.clock.advance(time.Minute)
	visitor.post(s.path+"/co-claim/mail", url.Values{"stamp": {stamp}, "email": {"ann@mail.example"}}).is(200)
	link := s.a.participationLink()
	visitor.post(link, url.Values{"step": {"confirm"}}).leadsTo(link)
	s.counted(forum.TierTally{Email: 1, New: 3})
	s.invalidateFarm("/threads/" + s.thread.String())
	s.counted(forum.TierTally{Email: 1, New: 2, Invalidated: 1})
	if receipts := s.mastodon.await("Create", 1); !strings.Contains(fmt.Sprint(receipts[0]["object"]), "/participation/") {
		s.t.Errorf("the receipt is %v", receipts[0])
	}
}

// invalidateFarm takes invented people out of the counts of what is at a path of the
// API, as the burst that they are has it, back in, and out for good.
func (s *story) invalidateFarm(path string) {
	s.t.Helper()
	mod := s.a.program("mod", forum.ScopeRead, forum.ScopeWrite)
	s.lea.do("GET", path+"/bursts", nil).is(403)
	mod.do("GET", path+"/bursts", nil).is(200)
	rule := map[string]any{"server": s.farm.host()}
	if n := mod.do("POST", path+"/invalidations/match", map[string]any{"rule": rule}).is(200).object["number"]; n != 1.0 {
		s.t.Errorf("%s: %v people are of the farm", path, n)
	}
	out := map[string]any{"rule": rule, "reason": "A farm of invented people"}
	s.lea.do("POST", path+"/invalidations", out).is(403)
	mod.do("POST", path+"/invalidations", map[string]any{"rule": map[string]any{}, "reason": "All"}).is(422)
	made := mod.do("POST", path+"/invalidations", out).is(201).object
	undo := path + "/invalidations/" + text(made, "id")
	s.lea.do("DELETE", undo, nil).is(403)
	mod.do("DELETE", undo, nil).is(204)
	mod.do("POST", path+"/invalidations", out).is(201)
}

// reply answers a post with a hashtag.
func (s *story) reply(p *peer, to, hashtag string) {
	s.t.Helper()
	note := p.note("<p>"+hashtag+"</p>", to)
	note["tag"] = []any{map[string]any{"type": "Hashtag", "name": hashtag, "href": p.url("/tags/" + strings.TrimPrefix(hashtag, "#"))}}
	p.accepted(s.a.base+"/inbox", p.activity("Create", note))
}

// together signs an action by every way; one withdraws, invented people are taken out.
func (s *story) together() {
	s.t.Helper()
	ctx, a := s.t.Context(), s.a
	s.action = text(s.lea.do("POST", "/actions", map[string]any{"kind": "petition", "title": "Refund all", "text": "Refund every double debit.", "goal": 10, "language": "en", "forum": "telecoms",
		"company": s.company, "closes_on": a.service.Now().AddDate(0, 1, 0).Format(time.DateOnly)}).is(201).object, "handle")
	s.max.do("POST", "/actions/"+s.action+"/sponsors", nil).is(200)
	s.lea.do("POST", "/actions/"+s.action+"/publish", nil).is(200)
	uri := a.base + "/a/" + s.action
	ballot := uri + "/v1"

	for _, by := range []*program{s.lea, s.max} {
		by.do("POST", "/actions/"+s.action+"/signature", map[string]any{"dossier": true}).is(200)
	}
	s.max.do("DELETE", "/actions/"+s.action+"/signature", nil).is(200)
	vote := s.mastodon.activity("Create", map[string]any{"id": s.mastodon.id("votes"), "type": "Note", "attributedTo": s.mastodon.actor(), "to": []any{uri}, "name": "✍ I sign", "inReplyTo": ballot})
	vote["to"] = []any{uri}
	s.mastodon.accepted(uri+"/inbox", vote)
	s.reply(s.second, ballot, "#JeSigne")
	s.reply(s.mastodon, ballot, "#isign") // a second time, by another way
	s.reply(s.farm, ballot, "#isign")
	visitor := a.textBrowser("")
	stamp := visitor.get("/a/" + s.action).field("stamp")
	a.clock.advance(time.Minute)
	visitor.post("/a/"+s.action+"/mail", url.Values{"email": {"bob@mail.example"}, "stamp": {stamp}}).is(200)
	var link string
	s.eventually("the mail to sign", func() bool {
		link = a.participationLink()
		return visitor.get(link).status == 200 && strings.Contains(visitor.get(link).body, "Refund all")
	})
	visitor.post(link, url.Values{"step": {"confirm"}}).leadsTo(link)
	s.must(a.service.AddPaper(ctx, a.person("max"), s.action, 3, "Lyon", "a market"))
	_, err := s.b.service.Resolve(ctx, s.noor, ballot)
	s.must(err)
	s.b.program("noor", forum.ScopeRead, forum.ScopeWrite).do("POST", "/actions/"+s.action+"@"+a.host()+"/signature", nil).is(200)

	const all = "map[email:1 invalidated:0 known:0 local:1 new:4 paper:3 signed:9]"
	s.eventually("all who sign", func() bool { return s.signed(a, s.action) == all })
	a.recountFrom("/a/" + s.action)
	s.invalidateFarm("/actions/" + s.action)
	s.eventually("the count without the farm", func() bool { return s.signed(a, s.action) == storySigned })
	a.recountFrom("/a/" + s.action)
	known, err := a.store.Action(ctx, forum.Handle{Name: s.action})
	s.must(err)
	s.must(a.service.WorkAction(ctx, forum.ActionJob{Action: known.ID}))
	a.textBrowser("").get("/a/" + s.action).is(200).shows("75 % of the goal is reached: 8 signatures of 10")
}

const storySigned = "map[email:1 invalidated:1 known:0 local:1 new:3 paper:3 signed:8]"

// signed is what a server says of who signed.
func (s *story) signed(on *inProcess, handle string) string {
	counts, _ := on.program("").do("GET", "/actions/"+handle, nil).object["counts"].(map[string]any)
	return fmt.Sprint(counts)
}

// answers verifies two people of the company, who have accounts on the other server;
// one promises, and the author says that it was kept.
func (s *story) answers() {
	s.t.Helper()
	ctx := s.t.Context()
	for _, by := range []struct {
		name   string
		method forum.ProofMethod
	}{{"care", forum.ProofDNS}, {"press", forum.ProofLink}} {
		s.b.account(by.name)
		s.a.textBrowser("").post("/c/"+s.company+"/represent", url.Values{"method": {string(by.method)}, "account": {by.name + "@" + s.b.host()}}).is(303)
		if by.method == forum.ProofDNS {
			names.publish("_portevoix."+storyDomain, s.representative(by.name).TXTValue())
		}
		s.a.textBrowser("").post(s.claimLink(by.name), nil).is(303)
		if r := s.representative(by.name); !r.Verified() || r.Domain != storyDomain {
			s.t.Errorf("%s by %s: %+v", by.name, by.method, r)
		}
	}
	care := s.b.program("care", forum.ScopeRead, forum.ScopeWrite)
	s.eventually("the other server to know who speaks for the company", func() bool {
		t, err := s.b.store.Thread(ctx, s.there)
		if err != nil {
			return false
		}
		may, err := s.b.service.MayAnswer(ctx, s.b.person("care"), t)
		return err == nil && may
	})
	promise := s.a.service.Now().AddDate(0, 0, 14).Format(time.DateOnly)
	care.do("POST", "/threads/"+s.there.String()+"/answers", map[string]any{"type": "accepted", "detail": "refund", "promise_by": promise, "body": "You will be refunded.", "language": "en"}).is(201)
	s.eventually("the promise", func() bool {
		c := s.a.caseOf(s.thread)
		return c.State == forum.CasePromised && string(c.PromisedOn) == promise
	})
	s.a.textBrowser("").get(s.path).is(200).shows("You will be refunded.", storyDomain)
	answers, err := s.a.store.Answers(ctx, s.thread, 0, 10)
	s.must(err)
	if len(answers) != 1 || answers[0].Method != forum.ProofDNS || answers[0].Post.Author.Host != s.b.host() {
		s.t.Fatalf("the answers are %+v", answers)
	}
	s.must(s.a.service.GiveVerdict(ctx, s.a.person("lea"), answers[0].PostID, forum.VerdictResolved))
	s.eventually("the end of the case on the other server", func() bool {
		th, err := s.b.store.Thread(ctx, s.there)
		return err == nil && th.State() == string(forum.CaseResolved)
	})
}

// representative reads what the first server knows of somebody on the other.
func (s *story) representative(name string) *forum.Representative {
	s.t.Helper()
	c, err := s.a.service.Company(s.t.Context(), s.company)
	s.must(err)
	all, err := s.a.store.Representatives(s.t.Context(), c.ID)
	s.must(err)
	for i := range all {
		if all[i].Actor.Name == name {
			return &all[i]
		}
	}
	s.t.Fatalf("%s did not ask to speak for the company", name)
	return nil
}

var claimLinkForm = regexp.MustCompile(`/represent/[a-z0-9]+`)

// claimLink is the link that somebody got as a message on the other server.
func (s *story) claimLink(name string) string {
	s.t.Helper()
	var found []string
	reader := s.b.program(name, forum.ScopeRead)
	s.eventually("the message to "+name, func() bool {
		found = claimLinkForm.FindStringSubmatch(reader.do("GET", "/messages", nil).is(200).body)
		return found != nil
	})
	return found[0]
}

// sameFigures compares what both servers publish, with each other and with the data.
func (s *story) sameFigures() {
	s.t.Helper()
	s.eventually("the totals of the action on the other server", func() bool {
		return s.signed(s.b, s.action+"@"+s.a.host()) == storySigned
	})
	for _, path := range []string{s.path, "/a/" + s.action} {
		s.a.recountFrom(path)
	}
	there := map[string]string{s.path: "/t/" + s.there.String(), "/a/" + s.action: "/a/" + s.action + "@" + s.a.host()}
	for here, there := range there {
		s.b.recountFrom(there)
		var told struct {
			Tally map[string]int
			Told  struct{ Tally map[string]int }
		}
		s.eventually("the same figures of "+here, func() bool {
			published := s.a.get(here + "/counted.json").body
			var mine struct{ Tally map[string]int }
			return json.Unmarshal([]byte(published), &mine) == nil && json.Unmarshal([]byte(s.b.get(there+"/counted.json").body), &told) == nil &&
				fmt.Sprint(mine.Tally) == fmt.Sprint(told.Told.Tally)
		})
	}
}

// dossier exports the case.
func (s *story) dossier() {
	s.t.Helper()
	ctx, lea := s.t.Context(), s.a.person("lea")
	d, err := s.a.service.RequestDossier(ctx, lea, forum.CaseDossier, s.thread, "en")
	s.must(err)
	var file io.ReadSeekCloser
	s.eventually("the dossier", func() bool {
		file, _, err = s.a.service.OpenDossier(ctx, lea, d.ID)
		return err == nil
	})
	defer file.Close()
	whole, err := io.ReadAll(file)
	s.must(err)
	archive, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	s.must(err)
	var list []string
	for _, f := range archive.File {
		list = append(list, f.Name)
	}
	if all := strings.Join(list, " "); !strings.Contains(all, ".pdf") || !strings.Contains(all, ".csv") || !strings.Contains(all, ".json") {
		s.t.Errorf("the dossier has %s", all)
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

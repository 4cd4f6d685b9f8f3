package main

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
)

// TestCasePages states a case without a script, says where it stands, and answers
// the question about it without signing in.
func TestCasePages(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.account("max")
	s.forum("banks")
	b, other := s.textBrowser("lea"), s.textBrowser("max")
	b.get("/f/banks/new").shows(`name="experienced_on"`, `name="want"`, `name="amount"`)
	form := url.Values{"forum": {"banks"}, "kind": {"grievance"}, "title": {"Fees"}, "body": {"They took fees."}, "company": {"Example <Bank>"}, "amount": {"1.234,50"}, "currency": {"CHF"},
		"want": {"refund", "apology"}, "place": {"Bern"}, "feeling": {"Bad <b>."}}
	b.post("/new", form).is(422).shows("Say on which day it happened.", "Example &lt;Bank&gt;")
	form.Set("experienced_on", "2026-03-02")
	path := b.post("/new", form).is(http.StatusSeeOther).header.Get("Location")
	b.get(path).shows("Example &lt;Bank&gt;", "2 March 2026", "1,234.50", "CHF", "refund, apology", "Bern", "Bad &lt;b&gt;.", "not checked", "Say how it stands")
	other.get(path).lacks("Say how it stands").shows("Where this case stands")
	id := regexp.MustCompile(`^/t/(\d+)`).FindStringSubmatch(path)[1]
	other.get("/t/" + id + "/state").is(200).lacks(`name="state"`)
	other.post("/t/"+id+"/state", url.Values{"state": {"resolved"}}).is(http.StatusForbidden)
	b.get("/t/" + id + "/state").is(200).shows("I withdraw it because somebody pressed me to")
	b.post("/t/"+id+"/state", url.Values{"state": {"promised"}}).is(http.StatusConflict)
	b.post("/t/"+id+"/state", url.Values{"state": {"resolved"}, "note": {"Paid <back>."}}).is(http.StatusSeeOther)
	other.get("/t/"+id+"/state").shows("Resolved", "Paid &lt;back&gt;.", "lea")

	// The facts stay in the form of an edit.
	b.get("/t/"+id+"/edit").keeps(url.Values{"company": {"Example <Bank>"}, "experienced_on": {"2026-03-02"}, "amount": {"1234.50"}, "place": {"Bern"}}, "company", "experienced_on", "amount", "place")

	// The mailed question leads to the same, for whoever has the link.
	b.post("/t/"+id+"/state", url.Values{"state": {"open"}}).is(http.StatusSeeOther)
	thread, err := forum.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.service.WorkMail(t.Context(), forum.MailJob{Account: lea.ID, Template: forum.MailCase, Thread: thread}); err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`/case/\S+`).FindString(s.mail(lea.Email, 1))
	visitor := s.textBrowser("")
	visitor.get(link).is(200).shows("How does your case stand?", "I am still waiting")
	visitor.post(link, url.Values{"state": {"waiting"}}).is(http.StatusSeeOther)
	visitor.post(link, url.Values{"state": {"unresolved"}}).is(http.StatusSeeOther)
	visitor.get(path).shows("Not resolved")
	visitor.get(link + "x").is(http.StatusNotFound)
}

// TestHints has personal data in what is about to be published: they are shown
// first, and published only when that is wanted.
func TestHints(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Registration.Guests = "allowed" })
	s.account("lea")
	s.forum("banks")
	b := s.textBrowser("lea")
	form := url.Values{"forum": {"banks"}, "kind": {"question"}, "title": {"Whom to call?"}, "body": {"Those thieves had my number, 06 12 34 56 78."}}
	b.post("/new", form).is(422).shows("06 12 34 56 78", "looks like a phone number", "accuses somebody of a crime", `name="anyway"`)
	form.Set("preview", "true")
	b.post("/new", form).is(200).shows("looks like a phone number", `name="anyway"`)
	form.Del("preview")
	b.post("/new/preview", form).is(200).shows("looks like a phone number").lacks(`name="anyway"`)
	form.Set("anyway", "true")
	path := b.post("/new", form).is(http.StatusSeeOther).header.Get("Location")
	b.get(path).shows("06 12 34 56 78")
	id := regexp.MustCompile(`^/t/(\d+)`).FindStringSubmatch(path)[1]
	b.post("/t/"+id+"/reply", url.Values{"body": {"Or lea@mail.example.org"}}).is(422).shows("looks like an e-mail address")
	b.post("/t/"+id+"/edit", url.Values{"title": {"Whom to call?"}, "body": {"FR14 2004 1010 0505 0001 3M02 606"}}).is(422).shows("is the number of a bank account")
	// Guests are shown the same, before a link is mailed and after it is opened.
	visitor := s.textBrowser("")
	page := visitor.get("/t/" + id + "/guest").is(200)
	reply := url.Values{"name": {"Ann"}, "email": {"ann@mail.example"}, "body": {"Call me: 06 12 34 56 78, idiots."}, "stamp": {regexp.MustCompile(`name="stamp" value="([^"]+)"`).FindStringSubmatch(page.body)[1]}}
	s.clock.advance(5 * time.Second)
	page = visitor.post("/t/"+id+"/guest", reply).is(422).keeps(reply, "name", "email", "body").shows("looks like a phone number", `name="anyway"`)
	reply.Set("stamp", regexp.MustCompile(`name="stamp" value="([^"]+)"`).FindStringSubmatch(page.body)[1])
	reply.Set("anyway", "true")
	s.clock.advance(5 * time.Second)
	visitor.post("/t/"+id+"/guest", reply).is(200)
	visitor.get(s.guestLink()).is(200).shows("looks like a phone number")
	// Programs are told as well.
	program := s.program("lea", forum.ScopeRead, forum.ScopeWrite)
	post := map[string]any{"forum": "banks", "title": "Mine", "body": "My account: FR14 2004 1010 0505 0001 3M02 606"}
	refused := program.do("POST", "/threads", post).is(422).object
	if found := refused["hints"].([]any); len(found) != 1 || found[0].(map[string]any)["kind"] != "iban" || found[0].(map[string]any)["personal"] != true {
		t.Errorf("hints of the API: %v", refused)
	}
	if found := program.do("POST", "/hints", map[string]any{"body": "What idiots."}).is(200).list; len(found) != 1 || found[0]["kind"] != "insult" || found[0]["personal"] != false {
		t.Errorf("an insult: %v", found)
	}
	s.program("").do("POST", "/hints", map[string]any{"body": "x"}).is(401)
	post["confirmed"] = true
	thread := text(program.do("POST", "/threads", post).is(201).object, "id")
	program.do("PATCH", "/threads/"+thread, map[string]any{"body": "Or lea@mail.example.org"}).is(422)
	answer := map[string]any{"body": "Call 06 12 34 56 78"}
	program.do("POST", "/threads/"+thread+"/replies", answer).is(422)
	answer["confirmed"] = true
	answered := text(program.do("POST", "/threads/"+thread+"/replies", answer).is(201).object, "id")
	program.do("PATCH", "/replies/"+answered, map[string]any{"body": "Or lea@mail.example.org"}).is(422)
	// An insult is only told of.
	b.post("/t/"+id+"/reply", url.Values{"body": {"What idiots."}}).is(http.StatusSeeOther)
}

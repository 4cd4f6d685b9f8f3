package main

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

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
	s := startInProcess(t, nil)
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
	// An insult is only told of.
	b.post("/t/"+id+"/reply", url.Values{"body": {"What idiots."}}).is(http.StatusSeeOther)
}

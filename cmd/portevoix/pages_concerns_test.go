package main

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestConcerns tells of pressure and flags a case, on pages and by the API, and looks
// at who reads it and at what the page of the company counts.
func TestConcerns(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	for _, name := range []string{"mod", "care", "eve"} {
		s.account(name)
	}
	s.forum("banks", "mod")
	company, err := s.service.CreateCompany(t.Context(), s.person("eve"), forum.NewCompany{Name: "Bank", Site: "https://bank.example"})
	if err != nil {
		t.Fatal(err)
	}
	id := s.grievance(lea, "banks", "Charged twice").ID.String()
	path := "/t/" + id + "/concerns"
	author, mod, stranger := s.textBrowser("lea"), s.textBrowser("mod"), s.textBrowser("eve")

	author.get("/t/" + id).shows("Pressed to withdraw it?")
	stranger.get("/t/"+id).lacks(path, "Pressed to withdraw")
	stranger.get(path).is(http.StatusForbidden)
	author.get(path).is(http.StatusOK).shows("Somebody presses you").lacks("Flag what was written")
	form := url.Values{"reason": {"legal_threat"}, "words": {""}}
	author.post(path, form).is(http.StatusUnprocessableEntity).shows("the words are missing")
	form.Set("words", "Withdraw <b>or</b> we sue")
	author.post(path, form).leadsTo(path)
	author.get(path).shows("waits for moderators", "Withdraw &lt;b&gt;or")
	mod.get("/moderation").shows("Pressure and flags", "Charged twice", path)
	mod.post(regexp.MustCompile(`/concerns/[0-9]+`).FindString(mod.get(path).body), url.Values{"state": {"upheld"}, "words": {"The letter was shown."}}).leadsTo(path)
	author.get(path).shows("The letter was shown.", "upheld")
	page := "/c/" + company.Handle()
	stranger.get(page).shows("Moderators confirmed 1 case of pressure on an author.").lacks("we sue", "The letter")

	// The company, by programs.
	if _, err := s.service.AskToRepresent(t.Context(), s.person("care"), forum.NewRepresentative{Company: company.Handle(), Method: forum.ProofMail, Email: "care@bank.example"}); err != nil {
		t.Fatal(err)
	}
	var token string
	forumtest.Eventually(t, patience, "the mail to the company", func() bool {
		token = claimLinkForm.FindString(s.printed.String())
		return token != ""
	})
	s.textBrowser("").post(token, nil).is(http.StatusSeeOther)
	care := s.program("care", forum.ScopeRead, forum.ScopeWrite)
	s.program("eve", forum.ScopeRead, forum.ScopeWrite).do("POST", "/threads/"+id+"/concerns", map[string]any{"kind": "flag", "reason": "untrue", "words": "No."}).is(403)
	flag := text(care.do("POST", "/threads/"+id+"/concerns", map[string]any{"kind": "flag", "reason": "untrue", "words": "Once only."}).is(201).object, "id")
	care.do("POST", "/threads/"+id+"/concerns", map[string]any{"kind": "flag", "reason": "untrue", "words": "Once only."}).is(409)
	s.program("eve", forum.ScopeRead, forum.ScopeWrite).do("PATCH", "/concerns/"+flag, map[string]any{"reply": "Hello"}).is(404)
	s.program("lea", forum.ScopeRead, forum.ScopeWrite).do("PATCH", "/concerns/"+flag, map[string]any{"reply": "Twice, see the statement."}).is(204)
	care.do("PATCH", "/concerns/"+flag, map[string]any{"state": "upheld", "reason": "I say so"}).is(403)
	s.program("mod", forum.ScopeRead, forum.ScopeWrite).do("PATCH", "/concerns/"+flag, map[string]any{"state": "refused", "reason": "The statement shows two."}).is(204)
	if seen := care.do("GET", "/threads/"+id+"/concerns", nil).is(200).list; len(seen) != 1 || text(seen[0], "decision") != "The statement shows two." || text(seen[0], "reply") != "Twice, see the statement." {
		t.Errorf("the company reads %v", seen)
	}
	if figures := s.program("").do("GET", "/companies/"+company.Handle()+"/concerns", nil).is(200).object; figures["pressure_confirmed"] != 1.0 || figures["flags"] != 1.0 || figures["flags_refused"] != 1.0 {
		t.Errorf("the figures %v", figures)
	}
	stranger.get(page).shows("1 flag by the company.", "Upheld: 0; refused: 1; not decided: 0.", "within 1 day")

	// A threat, reported beforehand.
	s.threatens(company.Handle(), mod)
}

// threatens reports a threat on the page and by a program, and looks at who reads what
// when a case fits it.
func (s *inProcess) threatens(company string, mod *textBrowser) {
	t := s.t
	t.Helper()
	path := "/c/" + company + "/threats"
	s.textBrowser("").get(path).is(http.StatusSeeOther)
	s.textBrowser("eve").get(path).is(http.StatusForbidden)
	s.textBrowser("eve").get("/c/" + company + "/represent").lacks(path)
	rep := s.textBrowser("care")
	rep.get("/c/" + company + "/represent").shows(path)
	rep.get(path).is(http.StatusOK).shows("Report a threat beforehand").lacks("What you reported")
	form := url.Values{"words": {"Pay <b>or</b> I write"}}
	rep.post(path, form).is(http.StatusUnprocessableEntity).shows("Give the account, the day or the amount", "Pay &lt;b&gt;or")
	form.Set("handle", "eve")
	rep.post(path, form).leadsTo(path)
	rep.get(path).shows("@eve", "Pay &lt;b&gt;or", "Forget it")

	care := s.program("care", forum.ScopeRead, forum.ScopeWrite)
	s.program("eve", forum.ScopeRead, forum.ScopeWrite).do("POST", "/companies/"+company+"/threats", map[string]any{"words": "x", "handle": "eve"}).is(403)
	second := text(care.do("POST", "/companies/"+company+"/threats", map[string]any{"words": "By telephone.", "experienced_on": "2026-03-02", "amount": map[string]any{"value": "10", "currency": "EUR"}}).is(201).object, "id")
	if list := care.do("GET", "/companies/"+company+"/threats", nil).is(200).list; len(list) != 2 || text(list[0], "experienced_on") != "2026-03-02" || text(list[1], "handle") != "eve" {
		t.Errorf("reported are %v", list)
	}
	care.do("DELETE", "/threats/"+second, nil).is(204)

	s.clock.advance(time.Second)
	th, err := s.service.StartThread(t.Context(), s.person("eve"), forum.NewThread{Forum: "banks", Kind: forum.Review, Title: "Never again", Body: "Slow.", Case: &forum.NewCase{Company: company, ExperiencedOn: "2026-03-02"}})
	if err != nil {
		t.Fatal(err)
	}
	concerns := "/t/" + th.ID.String() + "/concerns"
	mod.get(concerns).shows("Threat reported beforehand", "The same account", "Pay &lt;b&gt;or", "It is that threat")
	s.textBrowser("eve").get(concerns).is(http.StatusOK).lacks("Threat reported", "Pay ")
	s.textBrowser("").get("/t/"+th.ID.String()).lacks("hreat", "Pay ")
	rep.post(path, url.Values{"withdraw": {regexp.MustCompile(`name="withdraw" value="([0-9]+)"`).FindStringSubmatch(rep.get(path).body)[1]}}).leadsTo(path)
	rep.get(path).shows("It is forgotten.").lacks("@eve")
	mod.get(concerns).shows("Pay &lt;b&gt;or") // those who were asked keep what they were told
}

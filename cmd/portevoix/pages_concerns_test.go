package main

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

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
}

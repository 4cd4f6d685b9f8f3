package main

import (
	"testing"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestMessageBallots asks somebody on a server like Mastodon, by a direct message with a
// choice: to stand behind an action before it is published, in the server's name, and
// what a company's answer came to, in its page's. They choose as Mastodon lets them.
func TestMessageBallots(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	for _, name := range []string{"care", "mod"} {
		s.account(name)
	}
	s.forum("banks", "mod")
	p := newPeer(t, "mastodon")
	p.profile = map[string]any{"summary": "<p>Consumers of Lyon</p>", "published": "2020-01-01T00:00:00Z"}
	// chosen waits for the nth message that asks, and answers it.
	chosen := func(n int, from, choice string) {
		t.Helper()
		asked := p.await("Create", n)[n-1]
		question, _ := asked["object"].(map[string]any)
		if asked["actor"] != from || question["type"] != "Question" || len(question["oneOf"].([]any)) == 0 {
			t.Fatalf("asked is %v", asked)
		}
		vote := p.activity("Create", map[string]any{"id": p.id("votes"), "type": "Note", "attributedTo": p.actor(), "to": []any{from}, "name": choice, "inReplyTo": question["id"]})
		vote["to"] = []any{from}
		p.accepted(s.base+"/inbox", vote)
	}

	program := s.program("lea", forum.ScopeRead, forum.ScopeWrite)
	handle := text(program.do("POST", "/actions", map[string]any{"kind": "petition", "title": "Refund all", "text": "Now.", "goal": 10, "language": "en", "forum": "banks",
		"closes_on": string(forum.DateOf(s.clock.Now().AddDate(0, 1, 0)))}).is(201).object, "handle")
	program.do("POST", "/actions/"+handle+"/invitations", map[string]any{"account": "ines@" + p.host()}).is(200)
	program.do("POST", "/actions/"+handle+"/invitations", map[string]any{"account": "ines@" + p.host()}).is(409)
	chosen(1, s.base+"/actor", "I stand behind it")
	forumtest.Eventually(t, patience, "the sponsor elsewhere", func() bool {
		list := program.do("GET", "/actions/"+handle+"/sponsors", nil).is(200).list
		return len(list) == 1
	})
	s.textBrowser("lea").get("/a/" + handle).is(200).shows("@" + p.host())

	company, err := s.service.CreateCompany(t.Context(), lea, forum.NewCompany{Name: "Bank", Site: "https://bank.example"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.AskToRepresent(t.Context(), s.person("care"), forum.NewRepresentative{Company: company.Handle(), Method: forum.ProofMail, Email: "care@bank.example"}); err != nil {
		t.Fatal(err)
	}
	var link string
	forumtest.Eventually(t, patience, "the mail to the company", func() bool {
		link = claimLinkForm.FindString(s.printed.String())
		return link != ""
	})
	s.textBrowser("").post(link, nil).is(303)
	note := p.note("<p>They took it twice.</p>", "", s.base+"/f/banks", company.URI)
	p.accepted(s.base+"/inbox", p.activity("Create", note))
	var opened *forum.Post
	forumtest.Eventually(t, patience, "the case", func() bool {
		opened, err = s.store.PostByURI(t.Context(), note["id"].(string))
		return err == nil
	})
	before := len(p.of("Create"))
	answer, err := s.service.AnswerCase(t.Context(), s.person("care"), forum.NewAnswer{ThreadID: opened.ID, Type: forum.AnswerAccepted, Detail: "refund", Body: "It is paid back."})
	if err != nil {
		t.Fatal(err)
	}
	forumtest.Eventually(t, patience, "the question of the company's page", func() bool {
		created := p.of("Create")
		for n := before; n < len(created); n++ {
			if object, _ := created[n]["object"].(map[string]any); object["type"] == "Question" {
				chosen(n+1, company.URI, "Yes, it is settled")
				return true
			}
		}
		return false
	})
	forumtest.Eventually(t, patience, "the verdict", func() bool {
		answers, err := s.store.Answers(t.Context(), opened.ID, 0, 10)
		return err == nil && len(answers) == 1 && answers[0].PostID == answer.ID && answers[0].Verdict == forum.VerdictResolved
	})
	if c := s.caseOf(opened.ID); c.State != forum.CaseResolved {
		t.Errorf("the case is %s", c.State)
	}
}

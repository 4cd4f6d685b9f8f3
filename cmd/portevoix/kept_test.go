package main

import (
	"strings"
	"testing"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestChangesAreSeenAtOnce asks for the same pages and documents before and after
// changes: what is kept of them must not be given after.
func TestChangesAreSeenAtOnce(t *testing.T) {
	s := startInProcess(t, nil)
	lea, max, ctx := s.account("lea"), s.account("max"), t.Context()
	s.forum("banks")
	th := s.thread(lea, "banks", "Fees out of nowhere")
	reply, err := s.service.Reply(ctx, lea, forum.NewReply{ThreadID: th.ID, Body: "A first word"})
	if err != nil {
		t.Fatal(err)
	}
	page, document := s.textBrowser(""), s.textBrowser("")
	document.header.Set("Accept", "application/activity+json")
	thread, at := "/t/"+th.ID.String(), "/p/"+reply.ID.String()
	pages := func(paths ...string) (list []string) {
		for _, path := range paths {
			list = append(list, page.get(path).body)
		}
		return list
	}
	documents := func(paths ...string) (list []string) {
		for _, path := range paths {
			list = append(list, document.get(path).body)
		}
		return list
	}
	for _, step := range []struct {
		what   string
		change func() error
		look   func() []string
		word   string
		gone   bool
	}{
		{"an edit", func() error {
			_, err := s.service.Edit(ctx, lea, th.ID, forum.Edit{Title: "Fees explained", Body: "Because of pangolins"})
			return err
		}, func() []string {
			return append(pages("/", "/f/banks", "/u/lea", thread, "/feed.atom"), documents(thread)...)
		}, "Fees explained", false},
		{"a reply", func() error {
			_, err := s.service.Reply(ctx, max, forum.NewReply{ThreadID: th.ID, Body: "Another word entirely"})
			return err
		}, func() []string { return pages(thread) }, "Another word entirely", false},
		{"a new name", func() error { return s.service.UpdateProfile(ctx, lea, forum.Profile{DisplayName: "Leanne"}) },
			func() []string { return append(pages("/", "/u/lea", thread, at), documents("/u/lea")...) }, "Leanne", false},
		{"support", func() error { return s.service.Support(ctx, max, th.ID, true) },
			func() []string { return documents(thread + "/likes") }, `"totalItems":1`, false},
		{"the end of support", func() error { return s.service.Support(ctx, max, th.ID, false) },
			func() []string { return documents(thread + "/likes") }, `"totalItems":0`, false},
		{"a deletion", func() error { return s.service.Delete(ctx, lea, reply.ID, "") },
			func() []string { return append(pages(thread, at), documents(at)...) }, "A first word", true},
		{"a removal", func() error { return s.service.Delete(ctx, forum.Operator(), th.ID, "off topic") },
			func() []string {
				return append(pages("/", "/f/banks", "/u/lea", thread, "/feed.atom"), documents(thread, "/f/banks/outbox?page=1")...)
			}, "pangolins", true},
	} {
		step.look()
		step.look() // from memory
		if err := step.change(); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		for i, body := range step.look() {
			if strings.Contains(body, step.word) == step.gone {
				t.Errorf("after %s, answer %d has %q: %v", step.what, i, step.word, step.gone)
			}
		}
	}
}

// TestKeptAnswersAreForEverybody holds that what is kept is given to nobody to whom
// it was not said: to readers of another language, to members, to servers that
// must sign, to pages where a document was asked for.
func TestKeptAnswersAreForEverybody(t *testing.T) {
	s := startInProcess(t, func(c *config.Config) { c.Federation.AuthorizedFetch = true })
	lea := s.account("lea")
	s.forum("banks")
	path := "/t/" + s.thread(lea, "banks", "Fees").ID.String()
	french, english, member, server := s.textBrowser(""), s.textBrowser(""), s.textBrowser("lea"), s.textBrowser("")
	french.header.Set("Accept-Language", "fr")
	english.header.Set("Accept-Language", "en")
	server.header.Set("Accept", "application/activity+json")
	s.settle()
	for i := range 3 {
		if got := french.get(path).header.Get("Content-Language"); got != "fr" {
			t.Errorf("%d: a French reader reads %s", i, got)
		}
		p := english.get(path)
		if got := p.header.Get("Content-Language"); got != "en" {
			t.Errorf("%d: an English reader reads %s", i, got)
		}
		if strings.Contains(p.body, `action="/logout"`) {
			t.Errorf("%d: a visitor is shown as signed in", i)
		}
		if p := member.get(path); !strings.Contains(p.body, `action="/logout"`) {
			t.Errorf("%d: a member is shown as a visitor", i)
		}
		if got := server.get(path).status; got != 401 {
			t.Errorf("%d: a server that does not sign gets %d", i, got)
		}
	}
	forumtest.Eventually(t, patience, "a page to be kept", func() bool { return french.queries(path) == 0 && english.queries(path) == 0 })
}

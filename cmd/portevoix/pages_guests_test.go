package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// guestLink finds the newest link that publishes a reply in the mail so far.
func (s *inProcess) guestLink() string {
	s.t.Helper()
	s.settle()
	links := regexp.MustCompile(`/guest/[a-z0-9]+`).FindAllString(s.printed.String(), -1)
	if len(links) == 0 {
		s.t.Fatal("no link was mailed")
	}
	return links[len(links)-1]
}

// TestGuestPages replies without an account, with and without a moderator, and makes
// an account of it.
func TestGuestPages(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Registration.Guests, c.Limits.GuestRepliesPerHour = "allowed", 6 })
	lea := s.account("lea")
	s.account("mod")
	s.forum("banks", "mod")
	th := s.thread(lea, "banks", "Fees")
	path := "/t/" + th.ID.String()
	visitor, mod, member := s.textBrowser(""), s.textBrowser("mod"), s.textBrowser("lea")

	visitor.get(path).shows(`href="`+path+`/guest"`, "Reply without an account")
	visitor.get("/interact?do=reply&uri=" + url.QueryEscape(th.URI)).shows(`href="` + path + `/guest"`)
	visitor.get("/interact?do=support&uri=" + url.QueryEscape(th.URI)).lacks("/guest")
	member.get(path).lacks("/guest")
	member.get(path + "/guest").leadsTo(path + "/reply")
	page := visitor.get(path+"/guest").is(http.StatusOK).shows("required", "Never shown nor passed on", "noindex")
	stamp := regexp.MustCompile(`name="stamp" value="([^"]+)"`).FindStringSubmatch(page.body)[1]
	form := url.Values{"name": {"Ann <b>"}, "email": {"ann@mail.example"}, "body": {"It *happened* to me too"}, "language": {"en"}, "stamp": {stamp}, "website": {""}}
	visitor.post(path+"/guest", form).is(http.StatusUnprocessableEntity).keeps(form, "name", "email", "body").shows("too fast")
	s.clock.advance(5 * time.Second)
	visitor.post(path+"/guest", form).is(http.StatusOK).shows("Open the link sent to ann@mail.example")
	visitor.get(path).lacks("happened")

	link := s.guestLink()
	visitor.get(link).is(http.StatusOK).shows("<em>happened</em>", "Ann &lt;b&gt;", "Do not publish")
	visitor.get(path).lacks("happened") // a scanner that opens the link publishes nothing
	done := visitor.post(link, nil)
	visitor.get(strings.Split(done.header.Get("Location"), "#")[0]).shows("Your reply is published.", "<em>happened</em>", "Ann &lt;b&gt;", `title="Has no account: only an e-mail address is confirmed.">guest<`).lacks("ann@mail.example")
	visitor.get(link).is(http.StatusNotFound)
	name := regexp.MustCompile(`/u/(guest_[a-z0-9]+)`).FindStringSubmatch(visitor.get(path).body)[1]
	if actor := s.get("/u/"+name, "Accept", "application/activity+json"); !strings.Contains(actor.body, `"type":"Person"`) || strings.Contains(actor.body, "mail.example") {
		t.Errorf("as ActivityStreams: %s", actor.body)
	}

	// Held for moderators.
	visitor.post("/f/banks/settings", url.Values{"title": {"banks"}, "guests": {"held"}}).is(http.StatusSeeOther)
	mod.post("/f/banks/settings", url.Values{"title": {"banks"}, "guests": {"held"}}).leadsTo("/f/banks")
	mod.get("/f/banks/settings").shows(`<option value="held" selected>`)
	visitor.get(path + "/guest").shows("moderators read replies")
	form.Set("body", "Another **one**")
	visitor.post(path+"/guest", form).is(http.StatusOK)
	visitor.post(s.guestLink(), nil).leadsTo(path)
	visitor.get(path).shows("Moderators read your reply").lacks("Another")
	queue := mod.get("/moderation").shows("Replies by guests", "<strong>one</strong>", "Ann &lt;b&gt;").lacks("ann@mail.example")
	action := regexp.MustCompile(`/moderation/guests/[0-9]+`).FindString(queue.body)
	mod.post(action, url.Values{"publish": {"false"}}).is(http.StatusUnprocessableEntity)
	member.post(action, url.Values{"publish": {"true"}}).is(http.StatusForbidden)
	mod.post(action, url.Values{"publish": {"true"}}).leadsTo("/moderation")
	visitor.get(path).shows("<strong>one</strong>")
	s.settle()
	if mail := s.printed.String(); !strings.Contains(mail, "moderators have read your reply; it is published") {
		t.Errorf("the mail: %s", mail)
	}

	// The sign-in link lets a guest in, who then makes it an account.
	token, err := s.service.ResetPassword(t.Context(), forum.Operator(), name)
	if err != nil {
		t.Fatal(err)
	}
	guest := s.textBrowser("")
	guest.post("/link/"+token, nil).leadsTo("/")
	guest.get(path).shows("As a guest you can reply")
	guest.get("/settings").shows("You are here as a guest", "@"+name+"@"+s.host())
	guest.post("/settings/claim", url.Values{"password": {"short"}}).is(http.StatusUnprocessableEntity).shows("at least 10")
	guest.post("/settings/claim", url.Values{"password": {"correct horse"}}).leadsTo("/settings#claim")
	guest.get("/settings").lacks("You are here as a guest")
	guest.get(path).shows(`id="body"`)
	visitor.get(path).lacks(">guest<")

	mod.post("/f/banks/settings", url.Values{"title": {"banks"}, "guests": {"refused"}}).leadsTo("/f/banks")
	visitor.get(path).lacks("Reply without an account")
	visitor.get(path + "/guest").is(http.StatusForbidden)
	mod.post("/f/banks/settings", url.Values{"title": {"banks"}, "guests": {"allowed"}}).leadsTo("/f/banks")
	for range 3 {
		visitor.post(path+"/guest", form)
	}
	visitor.post(path+"/guest", form).is(http.StatusTooManyRequests)
}

// TestRightOfReplyPages replies by right on pages that run no scripts: the form, the
// mailed link, the moderators' queue, and the thread.
func TestRightOfReplyPages(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Registration.Guests = "refused" })
	lea := s.account("lea")
	s.account("mod")
	s.forum("banks", "mod")
	path := "/t/" + s.thread(lea, "banks", "Mr Dupont took it").ID.String()
	visitor, mod := s.textBrowser(""), s.textBrowser("mod")
	visitor.get(path).shows("Are you named or meant here?", path+"/right-of-reply")
	stamp := visitor.get(path + "/right-of-reply").is(http.StatusOK).field("stamp")
	s.clock.advance(time.Minute)
	form := url.Values{"stamp": {stamp}, "capacity": {"company"}, "name": {"Dupont SA"}, "email": {"legal@dupont.example"}, "passage": {""}, "body": {"We paid it back."}}
	page := visitor.post(path+"/right-of-reply", form).is(http.StatusUnprocessableEntity).shows("Quote the passage").keeps(form, "name", "email", "body")
	s.clock.advance(time.Minute)
	form.Set("stamp", page.field("stamp"))
	form.Set("passage", "Mr <b>Dupont</b> took it")
	visitor.post(path+"/right-of-reply", form).is(http.StatusOK).shows("legal@dupont.example")
	var link string
	forumtest.Eventually(t, patience, "the mailed link", func() bool {
		link = regexp.MustCompile(`/guest/\S+`).FindString(s.printed.String())
		return link != ""
	})
	visitor.post(link, nil).leadsTo(path)
	visitor.get(path).lacks("We paid it back.")
	held := mod.get("/moderation").shows("We paid it back.", "For a company", "To be decided until", "Mr &lt;b&gt;Dupont")
	mod.post(regexp.MustCompile(`/moderation/guests/[0-9]+`).FindString(held.body), url.Values{"publish": {"true"}}).leadsTo("/moderation")
	visitor.get(path).shows("Reply by right", "We paid it back.", "Mr &lt;b&gt;Dupont", "says to speak for whom is meant").lacks("legal@dupont.example")
}

package main

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// linkedPages makes a server send its links: to its first administrator, to people
// with and without an account, to a company. It returns the pages behind them.
func (s *inProcess) linkedPages() map[string]string {
	t := s.t
	t.Helper()
	pages := map[string]string{"setup": regexp.MustCompile(`/setup/\w+`).FindString(s.printed.String())}
	lea := s.account("lea")
	for _, name := range []string{"mod", "care"} {
		s.account(name)
	}
	s.forum("banks", "mod")
	company, err := s.service.CreateCompany(t.Context(), lea, forum.NewCompany{Name: "Banque Exemple", Site: "https://banque.example"})
	if err != nil {
		t.Fatal(err)
	}
	th := s.grievance(lea, "banks", "Charged twice")
	path := "/t/" + th.ID.String()
	found := func(name, pattern string) {
		t.Helper()
		forumtest.Eventually(t, patience, "the link "+name, func() bool {
			pages[name] = regexp.MustCompile(pattern).FindString(s.printed.String())
			return pages[name] != ""
		})
	}

	visitor := s.textBrowser("")
	guest := url.Values{"name": {"Ann"}, "email": {"ann@mail.example"}, "body": {"It *happened* to me too"}, "language": {"en"}, "stamp": {visitor.get(path + "/guest").field("stamp")}, "website": {""}}
	claim := url.Values{"stamp": {visitor.get(path + "/co-claim").field("stamp")}, "email": {"ann@mail.example"}}
	s.clock.advance(time.Minute)
	visitor.post(path+"/guest", guest).is(http.StatusOK)
	visitor.post(path+"/co-claim/mail", claim).is(http.StatusOK)
	visitor.post("/login/link", url.Values{"name": {"mod"}}).is(http.StatusSeeOther)
	if _, err := s.service.AskToRepresent(t.Context(), s.person("care"), forum.NewRepresentative{Company: company.Handle(), Method: forum.ProofMail, Email: "care@banque.example"}); err != nil {
		t.Fatal(err)
	}
	if err := s.service.WorkMail(t.Context(), forum.MailJob{Account: lea.ID, Template: forum.MailCase, Thread: th.ID}); err != nil {
		t.Fatal(err)
	}
	found("guest-link", `/guest/[a-z0-9]+`)
	found("participation", `/participation/[0-9]+\.[a-f0-9]+`)
	found("link", `/link/[a-z0-9]{20,}`)
	found("represent-link", `/represent/[a-z0-9]+`)
	found("case-link", `/case/[^\s<>"]+`)
	return pages
}

// TestPagesBehindLinks looks at the pages that only a link leads to, or only a verified
// representative reads, as the gallery looks at the others.
func TestPagesBehindLinks(t *testing.T) {
	t.Parallel()
	needChromium(t)
	s := startInProcess(t, func(c *config.Config) { c.Registration.Guests = "allowed" })
	pages := s.linkedPages()
	for _, c := range []struct {
		language string
		size     screen
	}{{"fr", phone}, {"en", desktop}} {
		b := newBrowser(t, s.base, c.size, c.language)
		look := func(name string) {
			t.Helper()
			b.resize(smallest)
			b.check()
			b.resize(c.size)
			b.accessible("behind-" + name + "-" + c.language)
		}
		for name, path := range pages {
			b.open(path)
			look(name)
		}
		b.open("/login")
		b.write("#name", s.secondStep(c.language))
		b.write("#password", "correct horse battery")
		b.press("form[action='/login'] .loud")
		look("second-step")
	}
	s.textBrowser("").post(pages["represent-link"], nil).is(http.StatusSeeOther)
	for language, size := range map[string]screen{"fr": phone, "en": desktop} {
		b := s.window("care", size, language)
		b.open("/c/about_banque_exemple/threats")
		b.write("#words", "Il a écrit : remboursez, ou j’écris.")
		b.write("#handle", "lea_"+language)
		b.press("form .loud")
		b.resize(smallest)
		b.check()
		b.resize(size)
		b.accessible("threats-" + language)
	}
}

// secondStep opens an account that signs in in two steps, and returns its name.
func (s *inProcess) secondStep(name string) string {
	s.t.Helper()
	s.account(name)
	owner := s.textBrowser(name)
	owner.post("/settings/password", url.Values{"password": {"correct horse battery"}}).leadsTo("/settings#password")
	owner.post("/settings/security/begin", nil)
	key := regexp.MustCompile(`[A-Z2-7]{32}`).FindString(owner.get("/settings/security").body)
	code, err := totp.GenerateCode(key, s.clock.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	owner.post("/settings/security/confirm", url.Values{"code": {code}, "current_password": {"correct horse battery"}}).is(http.StatusOK)
	return name
}

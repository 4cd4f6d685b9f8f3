package main

import (
	"archive/zip"
	"io/fs"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// mail waits for the n-th mail to an address and returns its text; warnings that
// the sign-in was changed do not count.
func (s *inProcess) mail(to string, n int) string {
	s.t.Helper()
	return s.mailLike(to, n, func(mail string) bool { return !isWarning(mail) })
}

// warning waits for the mail to an address that says what was changed.
func (s *inProcess) warning(to, what string) string {
	s.t.Helper()
	return s.mailLike(to, 1, func(mail string) bool { return isWarning(mail) && strings.Contains(mail, what) })
}

func isWarning(mail string) bool {
	return strings.Contains(mail, "Your sign-in to Portevoix was changed") || strings.Contains(mail, "La connexion à votre compte Portevoix a changé")
}

func (s *inProcess) mailLike(to string, n int, like func(string) bool) string {
	s.t.Helper()
	var mails []string
	forumtest.Eventually(s.t, patience, "a mail to "+to, func() bool {
		mails = regexp.MustCompile(`(?s)--- mail to `+regexp.QuoteMeta(to)+`\n(.*?)\n---\n`).FindAllString(s.printed.String(), -1)
		mails = slices.DeleteFunc(mails, func(mail string) bool { return !like(mail) })
		return len(mails) >= n
	})
	return mails[n-1]
}

// link is the path of the link in a mail.
func (s *inProcess) link(mail string) string {
	s.t.Helper()
	found := regexp.MustCompile(regexp.QuoteMeta(s.base) + `(/link/[a-z0-9]{26})\n`).FindStringSubmatch(mail)
	if found == nil {
		s.t.Fatalf("no link in\n%s", mail)
	}
	return found[1]
}

// TestRegistration opens an account by the mailed link.
func TestRegistration(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	b := v.textBrowser("")
	b.header.Set("Accept-Language", "fr")
	b.get("/register").is(200).shows("@…@"+v.host(), `autocomplete="new-password"`)
	b.post("/register", url.Values{"name": {" zoe "}, "email": {" Zoe@mail.example "}, "password": {"cheval agrafe correct"}}).is(200).shows("Zoe@mail.example")
	mail := v.mail("Zoe@mail.example", 1)
	if !strings.Contains(mail, "Confirmez votre adresse pour Portevoix") || !strings.Contains(mail, "Bonjour zoe,") {
		t.Errorf("the mail is not in the person's language:\n%s", mail)
	}
	// Before the address is confirmed one may sign in, and read why not to write.
	early := v.textBrowser("")
	early.post("/login", url.Values{"name": {"zoe"}, "password": {"cheval agrafe correct"}}).leadsTo("/")
	early.get("/t/" + v.thread).is(200).shows("Confirmez d’abord votre adresse")
	early.post("/t/"+v.thread+"/reply", url.Values{"body": {"x"}}).is(403)
	early.get("/new").is(403)

	link := v.link(mail)
	for range 2 { // mail scanners open links, but press no buttons
		b.get(link).is(200).shows("Confirmez votre adresse", `<form class="form" method="post">`).lacks(`name="forget"`)
	}
	b.post(link, nil).leadsTo("/")
	b.get("/").is(200).shows("Votre adresse est confirmée. Bienvenue", `action="/logout"`)
	b.get("/").lacks("Bienvenue !") // it is said once
	b.post(link, nil).is(404).shows("déjà servi")
	b.get(link).is(404)
	b.post("/t/"+v.thread+"/reply", url.Values{"body": {"Moi aussi"}}).is(303)
	b.post("/logout", nil).leadsTo("/")
	b.get("/settings").leadsTo("/login?back=%2Fsettings")

	// The same address again looks the same from here, and is told apart there.
	b.post("/register", url.Values{"name": {"zozo"}, "email": {"zoe@MAIL.example"}}).is(200).shows("zoe@MAIL.example")
	if mail := v.mail("Zoe@mail.example", 2); !strings.Contains(mail, "Vous avez déjà un compte") {
		t.Errorf("the owner of the address reads\n%s", mail)
	}
	v.visitor.get("/u/zozo").is(404)
}

// TestPasswords signs in by mail, forgets a password and sets another one.
func TestPasswords(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	b, other := v.textBrowser(""), v.textBrowser("lea")
	other.post("/settings/password", url.Values{"password": {"correct horse battery"}}).leadsTo("/settings#password")
	for _, name := range []string{"lea", "@lea", " LEA ", "lea@mail.example", "Lea@Mail.example", "@lea@" + v.host()} {
		one := v.textBrowser("")
		one.post("/login", url.Values{"name": {name}, "password": {"correct horse battery"}, "back": {"/settings"}}).leadsTo("/settings")
		one.post("/logout", nil).leadsTo("/")
	}
	same := b.post("/login", url.Values{"name": {"nobody"}, "password": {"correct horse battery"}}).is(401)
	wrong := b.post("/login", url.Values{"name": {"nobody"}, "password": {"wrong"}}).is(401)
	if same.body != wrong.body {
		t.Error("a wrong name and a wrong password are told apart")
	}
	b.post("/login/link", url.Values{"name": {"nobody"}}).leadsTo("/login?sent=1")
	b.post("/login/link", url.Values{"name": {"lea"}}).leadsTo("/login?sent=1")
	b.get("/login?sent=1").is(200).shows(`role="status"`)

	link := v.link(v.mail("lea@mail.example", 1))
	b.get(link).is(200).shows("Sign in to your account.", `name="forget"`)
	b.post(link, nil).leadsTo("/")
	b.post("/settings/password", url.Values{"password": {"another horse battery"}}).is(422).shows("The password is not right.")
	b.get("/settings").shows(`name="current_password"`)

	b.post("/login/link", url.Values{"name": {"Lea@mail.example"}}).leadsTo("/login?sent=1")
	link = v.link(v.mail("lea@mail.example", 2))
	other.get("/settings").is(200)
	b.post(link, url.Values{"forget": {"true"}}).leadsTo("/settings#password")
	v.warning("lea@mail.example", "was taken away")
	b.get("/settings").is(200).shows("Your former password is gone").lacks(`name="current_password"`)
	other.get("/settings").leadsTo("/login?back=%2Fsettings") // whoever had the password is out
	other.post("/login", url.Values{"name": {"lea"}, "password": {"correct horse battery"}}).is(401)
	b.post("/settings/password", url.Values{"password": {"another horse battery"}}).leadsTo("/settings#password")
	other.post("/login", url.Values{"name": {"lea"}, "password": {"another horse battery"}}).leadsTo("/")
	b.post("/settings/password", url.Values{"current_password": {"another horse battery"}, "password": {"a third horse battery"}}).leadsTo("/settings#password")
	b.get("/settings").is(200)
	other.get("/settings").is(303)

	b.post("/login/link", url.Values{"name": {"lea"}}).leadsTo("/login?sent=1")
	link = v.link(v.mail("lea@mail.example", 3))
	v.clock.advance(31 * time.Minute)
	other.get(link).is(404).shows("has expired")
	other.post(link, nil).is(404)
	v.clock.advance(forum.SessionLifetime)
	b.get("/settings").is(303)
}

// TestSessions has somebody look who else is signed in, and end that; then the
// same with a program's token.
func TestSessions(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	phone := v.textBrowser("")
	phone.header.Set("User-Agent", "Mozilla/5.0 (Android 14; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0")
	v.lea.post("/settings/password", url.Values{"password": {"correct horse battery"}}).leadsTo("/settings#password")
	phone.post("/login", url.Values{"name": {"lea"}, "password": {"correct horse battery"}}).leadsTo("/")
	phone.get("/settings").shows("Firefox · Android", "this browser")

	v.lea.get("/settings").shows("Firefox · Android", "Sign out everywhere else")
	v.lea.post("/settings/sessions", nil).leadsTo("/settings#sessions")
	v.lea.get("/settings").shows("Signed out there.").lacks("Firefox · Android", "Sign out everywhere else")
	phone.get("/settings").leadsTo("/login?back=%2Fsettings")

	phone.post("/login", url.Values{"name": {"lea"}, "password": {"correct horse battery"}}).leadsTo("/")
	session := regexp.MustCompile(`name="session" value="([0-9a-f]{64})"`).FindStringSubmatch(v.lea.get("/settings").body)
	if session == nil {
		t.Fatal("no button that signs the phone out")
	}
	v.max.post("/settings/sessions", url.Values{"session": {session[1]}}).leadsTo("/settings#sessions")
	phone.get("/settings").is(200) // not his
	v.lea.post("/settings/sessions", url.Values{"session": {session[1]}}).leadsTo("/settings#sessions")
	phone.get("/settings").is(303)

	v.lea.get("/settings").shows("None. Apps that you sign in to with your account appear here.")
	token, err := v.service.NewAccessToken(t.Context(), forum.Operator(), "lea", "my script", []forum.Scope{forum.ScopeRead})
	if err != nil {
		t.Fatal(err)
	}
	revoke := regexp.MustCompile(`/settings/tokens/[0-9]+/revoke`).FindString(v.lea.get("/settings").shows("my script", "read").lacks(token).body)
	v.lea.post(revoke, nil).leadsTo("/settings#tokens")
	v.lea.get("/settings").shows("The program has no access any more").lacks("my script")
}

// TestExport downloads everything.
func TestExport(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	file := v.lea.get("/settings/export").is(200)
	if file.header.Get("Content-Type") != "application/zip" || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment; filename=lea-20") {
		t.Errorf("headers %v", file.header)
	}
	r, err := zip.NewReader(strings.NewReader(file.body), int64(len(file.body)))
	if err != nil {
		t.Fatal(err)
	}
	posts, err := fs.ReadFile(r, "posts.json")
	if err != nil || !strings.Contains(string(posts), v.base+"/t/"+v.thread) {
		t.Errorf("posts.json is %s, %v", posts, err)
	}
}

// TestEmailChange moves an account to another address, once that is confirmed.
func TestEmailChange(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	v.lea.post("/settings/password", url.Values{"password": {"correct horse battery"}}).leadsTo("/settings#password")
	v.lea.post("/settings/email", url.Values{"email": {"new@mail.example"}, "current_password": {"wrong"}}).is(422).shows("The password is not right.")
	v.lea.post("/settings/email", url.Values{"email": {"new@mail.example"}, "current_password": {"correct horse battery"}}).leadsTo("/settings#email")
	v.lea.get("/settings").shows("lea@mail.example", "Until you open it, the old one stays")
	mail := v.mail("new@mail.example", 1)
	link := v.link(mail)
	v.lea.get(link).is(200).shows("Confirm your new address new@mail.example.")
	v.lea.get("/settings").shows("lea@mail.example")
	v.lea.post(link, nil).leadsTo("/settings")
	v.lea.get("/settings").shows("new@mail.example").lacks("lea@mail.example")
	v.warning("lea@mail.example", "has a new password")
	if warning := v.warning("lea@mail.example", "another e-mail address"); !strings.Contains(warning, v.base+"/about") || !strings.Contains(warning, "UTC") || strings.Contains(warning, "new@mail.example") {
		t.Errorf("the former address is told\n%s", warning)
	}
	v.textBrowser("").post("/login", url.Values{"name": {"new@mail.example"}, "password": {"correct horse battery"}}).leadsTo("/")
	v.textBrowser("").post("/login", url.Values{"name": {"lea@mail.example"}, "password": {"correct horse battery"}}).is(401)

	// An address that somebody else has got meanwhile.
	v.max.post("/settings/email", url.Values{"email": {"busy@mail.example"}}).leadsTo("/settings#email")
	link = v.link(v.mail("busy@mail.example", 1))
	if _, err := v.service.CreateAccount(t.Context(), forum.Operator(), forum.NewAccount{Name: "busy", Email: "Busy@mail.example"}, forum.Member); err != nil {
		t.Fatal(err)
	}
	v.max.post(link, nil).is(409).shows("already has an account")
}

// TestDeparture has somebody delete an account, come back in time and keep it, and
// then stay away.
func TestDeparture(t *testing.T) {
	t.Parallel()
	v := newVillage(t, func(c *config.Config) { c.Registration.GraceDays = 7 })
	v.lea.post("/settings/delete", url.Values{"confirmation": {"lea"}}).leadsTo("/")
	v.lea.get("/").is(200).shows("hidden and will be deleted", `href="/login"`).lacks("Léa’s bill")
	v.visitor.get("/u/lea").is(410).shows("This account is being deleted.")
	v.visitor.get("/t/"+v.thread).lacks("Léa’s bill", "again")
	v.visitor.get("/p/" + v.reply).lacks("again")
	v.visitor.get("/f/telecoms").is(200).lacks("Léa’s bill")
	v.visitor.get("/search?q=bill").is(200).lacks("Léa’s bill")
	if mail := v.mail("lea@mail.example", 1); !strings.Contains(mail, "will be deleted for good on") || !strings.Contains(mail, v.base+"/settings#delete") {
		t.Errorf("the mail is\n%s", mail)
	}
	v.lea = v.textBrowser("lea")
	v.lea.get("/forums").is(200).shows("Your account will be deleted on", `action="/settings/keep"`)
	v.lea.get("/settings").shows("Keep my account")
	v.lea.get("/new").is(403).shows("about to be deleted")
	v.lea.post("/settings/keep", nil).leadsTo("/settings")
	v.lea.get("/forums").lacks("will be deleted")
	v.visitor.get("/u/lea").is(200)
	v.visitor.get("/t/"+v.thread).is(200).shows("Léa’s bill", "<strong>again</strong>")
	v.visitor.get("/f/telecoms").shows("Léa’s bill")

	v.lea.post("/settings/delete", url.Values{"confirmation": {"lea"}}).leadsTo("/")
	v.clock.advance(7*24*time.Hour + time.Minute)
	if err := v.service.WorkUpkeep(t.Context(), forum.UpkeepJob{}); err != nil {
		t.Fatal(err)
	}
	v.visitor.get("/u/lea").is(410).lacks("is being deleted")
	v.visitor.get("/p/" + v.reply).is(410)
}

// TestAccountDeletion ends an account for good.
func TestAccountDeletion(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	second := v.textBrowser("lea") // its link took the session of the first away
	second.post("/settings/password", url.Values{"password": {"correct horse battery"}}).leadsTo("/settings#password")
	second.post("/settings/delete", url.Values{"confirmation": {"lea"}}).is(422).shows("The password is not right.")
	second.get("/u/lea").is(200)
	second.post("/settings/delete", url.Values{"confirmation": {"correct horse battery"}, "name": {"lia"}}).is(422).shows("That is not your name.")
	second.post("/settings/delete", url.Values{"confirmation": {"correct horse battery"}, "name": {"lea"}}).leadsTo("/")
	second.get("/").is(200).shows("Your account is deleted", `href="/login"`)
	second.get("/settings").is(303)
	for _, path := range []string{"/u/lea", "/t/" + v.other, "/p/" + v.reply} {
		second.get(path).is(410).lacks("again")
	}
	second.post("/login", url.Values{"name": {"lea"}, "password": {"correct horse battery"}}).is(401)
	second.post("/register", url.Values{"name": {"lea"}, "email": {"lea@mail.example"}}).is(409).shows("is taken")
	v.max.post("/settings/delete", url.Values{"confirmation": {"max"}, "name": {"max"}}).leadsTo("/")
	v.ada.post("/settings/delete", url.Values{"confirmation": {"ada"}}).is(409).shows("last administrator")
	v.visitor.get("/").is(200).lacks("Léa’s bill")
}

// TestSetup makes the first administrator, who opens the first forum.
func TestSetup(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	token, err := s.service.SetupLink(t.Context())
	if err != nil || token == "" {
		t.Fatalf("setup link %q: %v", token, err)
	}
	b := s.textBrowser("")
	b.get("/link/" + token).leadsTo("/setup/" + token)
	b.get("/setup/" + token).is(200)
	form := url.Values{"name": {"ada"}, "email": {"ada@mail.example"}, "password": {"short"}}
	b.post("/setup/"+token, form).is(422).keeps(form, "name", "email")
	b.post("/setup/rubbish", url.Values{"name": {"ada"}, "email": {"ada@mail.example"}}).is(404)
	form.Set("password", "correct horse battery")
	b.post("/setup/"+token, form).leadsTo("/forums/new")
	b.get("/setup/" + token).is(404)
	s.textBrowser("").post("/setup/"+token, url.Values{"name": {"eve"}, "email": {"eve@mail.example"}}).is(404)
	b.post("/forums/new", url.Values{"name": {"telecoms"}, "title": {"Telecoms"}, "moderators": {"ada"}}).leadsTo("/f/telecoms")
	b.get("/f/telecoms").is(200).shows("Telecoms", `href="/f/telecoms/settings"`)
	b.post("/f/telecoms/settings", url.Values{"title": {"Phones"}, "language": {"fr"}}).leadsTo("/f/telecoms")
	b.get("/f/telecoms").is(200).shows("Phones")
}

// TestRegistrationModes lets in by approval, by invitation, and not at all.
func TestRegistrationModes(t *testing.T) {
	t.Parallel()
	mode := func(mode string) *village {
		return newVillage(t, func(c *config.Config) { c.Registration.Mode = mode })
	}
	v := mode("approval")
	form := url.Values{"name": {"zoe"}, "email": {"zoe@mail.example"}, "application": {""}}
	v.visitor.post("/register", form).is(422).keeps(form, "name").shows("why you want to join")
	form.Set("application", "I was billed twice.")
	v.visitor.post("/register", form).is(200)
	zoe := v.textBrowser("")
	zoe.post(v.link(v.mail("zoe@mail.example", 1)), nil).leadsTo("/")
	zoe.get("/").shows("Now an administrator decides")
	zoe.get("/t/" + v.thread).shows("An administrator still has to let you in")
	v.mia.get("/moderation").is(200).lacks("I was billed twice.")
	v.ada.get("/moderation").is(200).shows("@zoe", "I was billed twice.")
	v.mia.post("/moderation/accounts/zoe", url.Values{"approve": {"true"}}).is(403)
	v.ada.post("/moderation/accounts/zoe", url.Values{"approve": {"true"}}).leadsTo("/moderation")
	v.mail("zoe@mail.example", 2)
	zoe.post("/t/"+v.thread+"/reply", url.Values{"body": {"Thanks"}}).is(303)
	v.ada.post("/moderation/accounts/zoe", url.Values{"approve": {"false"}}).is(409)
	form.Set("name", "eve")
	form.Set("email", "eve@mail.example")
	v.visitor.post("/register", form).is(200)
	v.ada.get("/moderation").shows("@eve", "address not confirmed yet")
	v.ada.post("/moderation/accounts/eve", url.Values{"approve": {"false"}}).leadsTo("/moderation")
	v.ada.get("/moderation").lacks("@eve")

	v = mode("invite")
	v.visitor.get("/register").is(200).lacks(`name="email"`)
	form = url.Values{"name": {"zoe"}, "email": {"zoe@mail.example"}}
	v.visitor.post("/register", form).is(403).shows("You need an invitation link")
	v.mia.post("/moderation/invite", nil).is(403)
	p := v.ada.post("/moderation/invite", nil).is(200)
	found := regexp.MustCompile(regexp.QuoteMeta(v.base) + `(/register\?invitation=([a-z0-9]+))`).FindStringSubmatch(p.body)
	if found == nil {
		t.Fatalf("no invitation in\n%s", p.body)
	}
	if got := v.visitor.get(found[1]).is(200).field("invitation"); got != found[2] {
		t.Errorf("the form carries the invitation %q", got)
	}
	v.visitor.get("/link/" + found[2]).leadsTo(found[1])
	form.Set("invitation", found[2])
	form.Set("name", "lea") // taken: the invitation stays good
	v.visitor.post("/register", form).is(409).keeps(form, "invitation")
	form.Set("name", "zoe")
	v.visitor.post("/register", form).is(200)
	form.Set("name", "eve")
	v.visitor.post("/register", form).is(403)

	v = mode("closed")
	v.visitor.get("/").is(200).lacks(`href="/register"`)
	v.visitor.get("/register").is(200).lacks(`name="email"`)
	v.visitor.post("/register", url.Values{"name": {"zoe"}, "email": {"zoe@mail.example"}}).is(403).shows("not open for new accounts")
}

// TestCookies holds what a browser is told about the session's cookie, with and
// without TLS in front.
func TestCookies(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"":                    `^session=[a-z0-9]{26}; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax$`,
		"https://forum.local": `^__Host-session=[a-z0-9]{26}; Path=/; Max-Age=7776000; HttpOnly; Secure; SameSite=Lax$`,
	} {
		s := startInProcess(t, func(c *config.Config) {
			if base != "" {
				c.Server.BaseURL = base
			}
		})
		s.base = "http://" + s.address.String()
		s.account("lea")
		token, err := s.service.ResetPassword(t.Context(), forum.Operator(), "lea")
		if err != nil {
			t.Fatal(err)
		}
		p := s.textBrowser("").post("/link/"+token, nil).leadsTo("/")
		if got := p.header.Get("Set-Cookie"); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("the cookie is %s", got)
		}
		if got := p.header.Get("Strict-Transport-Security"); (got != "") != (base != "") {
			t.Errorf("with base URL %q HSTS is %q", base, got)
		}
		if _, secret, _ := strings.Cut(p.header.Get("Set-Cookie"), "="); strings.Contains(s.printed.String(), secret[:26]) {
			t.Error("the secret is in the log")
		}
	}
}

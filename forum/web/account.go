package web

import (
	"net/http"
	"strings"

	"portevoix/forum"
	"portevoix/forum/locale"
)

// registerForm is the form for a new account.
func (s *Site) registerForm(v *visit) error {
	if v.viewer != nil {
		return v.redirect("/")
	}
	p := v.newPage(v.print.T("Register.Title"))
	form := accountForm{Mode: s.service.Registration()}
	form.Invitation = v.query("invitation")
	return v.show(http.StatusOK, p, registerView(p, form))
}

func (v *visit) readAccountForm() accountForm {
	field := v.r.PostFormValue
	return accountForm{Mode: v.site.service.Registration(), NewAccount: forum.NewAccount{
		Name: strings.TrimSpace(field("name")), Email: field("email"), Password: field("password"), Locale: v.print.Tag,
		Application: field("application"), Invitation: field("invitation"),
	}}
}

// register opens an account; the person confirms it by the mailed link.
func (s *Site) register(v *visit) error {
	if !s.throttle.allowRegistration(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	form := v.readAccountForm()
	err := s.service.Register(v.ctx(), form.NewAccount)
	if err == nil {
		p := v.newPage(v.print.T("Register.SentTitle"))
		return v.show(http.StatusOK, p, registeredView(p, form.Email))
	}
	return v.again(err, v.print.T("Register.Title"), func(p *Page, problems []string) component {
		form.Problems = problems
		return registerView(p, form)
	})
}

// signInForm is the form for name and password, and the one for a mailed link.
func (s *Site) signInForm(v *visit) error {
	back := v.back("")
	if v.viewer != nil {
		return v.redirect(v.back("/"))
	}
	p := v.newPage(v.print.T("SignIn.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, signInView(p, signInForm{Passkeys: s.service.HasPasskeys(), Back: back, Needed: back != "", Sent: v.query("sent") != ""}))
}

// signIn opens a session.
func (s *Site) signIn(v *visit) error {
	if !s.throttle.allowSignIn(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	name := v.r.PostFormValue("name")
	entry, err := s.service.SignIn(v.ctx(), name, v.r.PostFormValue("password"))
	if err == nil {
		return v.enter(entry, v.back("/"), "")
	}
	if forum.CodeOf(err) != forum.Unauthenticated {
		return err
	}
	return v.signInAgain(err, name)
}

// mailLink mails a link that signs in, and says the same whoever asks.
func (s *Site) mailLink(v *visit) error {
	if !s.throttle.allowSignIn(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	if err := s.service.MailSignInLink(v.ctx(), v.r.PostFormValue("name")); err != nil {
		return err
	}
	return v.redirect("/login?sent=1")
}

// signOut ends the session.
func (s *Site) signOut(v *visit) error {
	if v.session != "" {
		if err := s.service.SignOut(v.ctx(), v.session); err != nil {
			return err
		}
	}
	v.endSession()
	return v.finish("/", "SignedOut")
}

// link asks for one more click: mail scanners open links, but press no buttons.
func (s *Site) link(v *visit) error {
	link, err := s.service.PeekLink(v.ctx(), v.variable("token"))
	if err != nil {
		return err
	}
	switch link.Purpose {
	case forum.LinkSetup:
		return v.redirect("/setup/" + v.variable("token"))
	case forum.LinkInvite:
		return v.redirect("/register?invitation=" + v.variable("token"))
	}
	form := linkForm{Link: link}
	if link.Purpose == forum.LinkSignIn {
		account, err := s.store.Account(v.ctx(), link.AccountID)
		if err != nil {
			return err
		}
		form.HasPassword = account.PasswordHash != ""
	}
	p := v.newPage(v.print.T("Link.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, linkView(p, form))
}

// useLink confirms an address and signs in.
func (s *Site) useLink(v *visit) error {
	link, err := s.service.PeekLink(v.ctx(), v.variable("token"))
	if err != nil {
		return err
	}
	use, forget := s.service.UseLink, v.r.PostFormValue("forget") == "true"
	if forget {
		use = s.service.ForgetPassword
	}
	entry, err := use(v.ctx(), v.variable("token"))
	if err != nil {
		return err
	}
	switch {
	case entry.Account.ApprovedAt.IsZero():
		return v.enter(entry, "/", "Waiting")
	case link.Purpose == forum.LinkEmail:
		return v.enter(entry, "/settings", "Saved")
	case link.Purpose == forum.LinkConfirm:
		return v.enter(entry, "/", "Confirmed")
	case forget:
		return v.enter(entry, "/settings#password", "PasswordRemoved")
	}
	return v.enter(entry, "/", "")
}

// setupForm is the form for the first administrator.
func (s *Site) setupForm(v *visit) error {
	link, err := s.service.PeekLink(v.ctx(), v.variable("token"))
	if err == nil && link.Purpose != forum.LinkSetup {
		err = &forum.Error{Code: forum.NotFound, Key: "LinkUsed"}
	}
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Setup.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, setupView(p, accountForm{}))
}

// setup opens the first administrator's account.
func (s *Site) setup(v *visit) error {
	form := v.readAccountForm()
	session, _, err := s.service.SetUp(v.ctx(), v.variable("token"), form.NewAccount)
	if err == nil {
		if err := v.startSession(session); err != nil {
			return err
		}
		return v.redirect("/forums/new")
	}
	return v.again(err, v.print.T("Setup.Title"), func(p *Page, problems []string) component {
		form.Problems = problems
		return setupView(p, form)
	})
}

// chooseLanguage switches the interface's language for this browser, and for
// the account of who is signed in.
func (s *Site) chooseLanguage(v *visit) error {
	tag := v.r.PostFormValue("language")
	if !locale.Speaks(tag) {
		return &forum.Error{Code: forum.Invalid, Key: "LanguageUnknown", Args: map[string]any{"Language": tag}}
	}
	if v.viewer != nil {
		if err := s.service.UpdatePreferences(v.ctx(), v.viewer, forum.Preferences{Locale: tag, Theme: v.viewer.Theme}); err != nil {
			return err
		}
	}
	v.setCookie("language", tag, 365*24*3600)
	return v.redirect(v.back("/"))
}

package web

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"

	"portevoix/forum"
)

// identityCookie ties what comes back from the provider to the browser that was
// sent there; without it somebody could sign another browser in as themselves.
const identityCookie = "identity"

// leaveForms lets the forms of a page lead to other sites: browsers hold
// form-action to where a form leads in the end.
func (v *visit) leaveForms() {
	targets := "form-action 'self' https:"
	if !v.site.secure {
		targets += " http:" // so are others on a machine for trying out
	}
	h := v.w.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "form-action 'self'", targets, 1))
}

// withProvider hides what needs an identity provider where there is none.
func (s *Site) withProvider(h handler) handler {
	if s.service.IdentityProviderName() == "" {
		return func(v *visit) error { return v.notFound("") }
	}
	return h
}

// beginIdentity sends the browser to the provider, to sign in.
func (s *Site) beginIdentity(v *visit) error {
	if v.viewer != nil {
		return v.redirect(v.back("/"))
	}
	if !s.throttle.allowSignIn(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	token, address, err := s.service.BeginIdentity(v.ctx(), v.back(""))
	if err != nil {
		return err
	}
	return v.leave(token, address)
}

// linkIdentity sends the browser to the provider, to tie an identity to the
// viewer's account.
func (s *Site) linkIdentity(v *visit) error {
	token, address, err := s.service.BeginIdentityLink(v.ctx(), v.viewer, v.r.PostFormValue("current_password"))
	if err != nil {
		return v.secured("identity", "", err)
	}
	return v.leave(token, address)
}

func (v *visit) leave(token, address string) error {
	v.setCookie(v.site.cookieName(identityCookie), token, challengeTime)
	v.w.Header().Set("Cache-Control", "no-store")
	return v.redirect(address)
}

// unlinkIdentity unties the provider from the viewer's account.
func (s *Site) unlinkIdentity(v *visit) error {
	return v.secured("identity", "IdentityRemoved", s.service.UnlinkIdentity(v.ctx(), v.viewer, v.r.PostFormValue("current_password")))
}

// identityToken is the secret the browser was given; state, where the provider
// brings it back, must be the same.
func (v *visit) identityToken() string {
	c, err := v.r.Cookie(v.site.cookieName(identityCookie))
	if err != nil {
		return ""
	}
	return c.Value
}

// finishIdentity takes a browser that comes back from the provider (OpenID
// Connect Core, sections 3.1.2.5 and 3.1.2.6).
func (s *Site) finishIdentity(v *visit) error {
	if !s.throttle.allowSignIn(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	token := v.identityToken()
	v.setCookie(s.cookieName(identityCookie), "", -1)
	var arrival forum.Arrival
	var err error
	switch {
	case token == "" || subtle.ConstantTimeCompare([]byte(token), []byte(v.query("state"))) != 1:
		err = &forum.Error{Code: forum.Unauthenticated, Key: "ChallengeOver"}
	case v.query("error") != "":
		err = &forum.Error{Code: forum.Unauthenticated, Key: "IdentityDeclined", Args: map[string]any{"Provider": s.service.IdentityProviderName()}}
	default:
		arrival, err = s.service.FinishIdentity(v.ctx(), v.viewer, token, v.query("code"))
	}
	switch {
	case err != nil && forum.CodeOf(err) == forum.Internal:
		return err
	case err != nil && v.viewer != nil:
		return v.secured("identity", "", err)
	case err != nil:
		s.o.Logger.InfoContext(v.ctx(), "sign-in through the provider failed", "error", err)
		return v.signInAgain(err, "")
	case arrival.Linked:
		return v.finish("/settings/security#identity", "IdentityAdded")
	case arrival.Welcome != "":
		v.setCookie(s.cookieName(identityCookie), arrival.Welcome, challengeTime)
		return v.redirect("/register/identity?back=" + url.QueryEscape(arrival.Back))
	}
	if !localPath(arrival.Back) {
		arrival.Back = "/"
	}
	return v.enter(arrival.Entry, arrival.Back, "")
}

// strangerForm asks somebody who came from the provider for what an account
// still needs.
func (s *Site) strangerForm(v *visit) error {
	if v.viewer != nil {
		return v.redirect(v.back("/"))
	}
	stranger, err := s.service.Stranger(v.ctx(), v.identityToken())
	if err != nil {
		return v.strangerLost(err)
	}
	form := accountForm{Mode: s.service.Registration()}
	form.Name, form.Email = stranger.Name, stranger.Email
	p := v.newPage(v.print.T("Register.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, strangerView(p, strangerPage{form, stranger.EmailVerified, v.back("")}))
}

// strangerLost sends who took too long to sign in again.
func (v *visit) strangerLost(err error) error {
	if forum.CodeOf(err) == forum.Unauthenticated {
		return v.signInAgain(err, "")
	}
	return err
}

// registerStranger opens the account.
func (s *Site) registerStranger(v *visit) error {
	if !s.throttle.allowRegistration(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	stranger, err := s.service.Stranger(v.ctx(), v.identityToken())
	if err != nil {
		return v.strangerLost(err)
	}
	form := v.readAccountForm()
	entry, err := s.service.RegisterIdentity(v.ctx(), v.identityToken(), form.NewAccount)
	if err == nil {
		v.setCookie(s.cookieName(identityCookie), "", -1)
	}
	switch {
	case err == nil && entry.Session == "":
		p := v.newPage(v.print.T("Register.SentTitle"))
		return v.show(http.StatusOK, p, registeredView(p, form.Email))
	case err == nil && entry.Account.ApprovedAt.IsZero():
		return v.enter(entry, "/", "Waiting")
	case err == nil:
		return v.enter(entry, v.back("/"), "Welcome")
	case forum.CodeOf(err) == forum.Unauthenticated:
		return v.signInAgain(err, "")
	}
	return v.again(err, v.print.T("Register.Title"), func(p *Page, problems []string) component {
		form.Problems = problems
		if stranger.EmailVerified {
			form.Email = stranger.Email
		}
		return strangerView(p, strangerPage{form, stranger.EmailVerified, v.back("")})
	})
}

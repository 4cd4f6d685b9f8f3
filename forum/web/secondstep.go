package web

import (
	"net/http"
	"net/url"

	"portevoix/forum"
)

// challengeTime is how long the browser keeps the cookie of a sign-in that waits
// for its second step, in seconds; the server decides.
const challengeTime = 600

// enter keeps the browser signed in and goes on, or asks for the second step
// first. done is the key of a message about what was done, or "".
func (v *visit) enter(entry forum.Entry, to, done string) error {
	if entry.Session != "" {
		if err := v.startSession(entry.Session); err != nil {
			return err
		}
	} else {
		v.setCookie(v.site.cookieName("second-step"), entry.Challenge, challengeTime)
		to = "/login/second?back=" + url.QueryEscape(to)
	}
	if done != "" {
		return v.finish(to, done)
	}
	return v.redirect(to)
}

// secondStepForm asks for a code.
func (s *Site) secondStepForm(v *visit) error {
	if v.viewer != nil {
		return v.redirect(v.back("/"))
	}
	if _, err := v.r.Cookie(s.cookieName("second-step")); err != nil {
		return v.signInAgain(&forum.Error{Code: forum.Unauthenticated, Key: "ChallengeOver"}, "")
	}
	p := v.newPage(v.print.T("SecondStep.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, secondStepView(p, v.back("/"), nil))
}

// takeSecondStep opens the session, or asks again.
func (s *Site) takeSecondStep(v *visit) error {
	if !s.throttle.allowSignIn(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	token := ""
	if c, err := v.r.Cookie(s.cookieName("second-step")); err == nil {
		token = c.Value
	}
	entry, err := s.service.TakeSecondStep(v.ctx(), token, v.r.PostFormValue("code"))
	if err == nil {
		v.setCookie(s.cookieName("second-step"), "", -1)
		return v.enter(entry, v.back("/"), "")
	}
	if forum.CodeOf(err) == forum.Unauthenticated {
		return v.signInAgain(err, "")
	}
	return v.again(err, v.print.T("SecondStep.Title"), func(p *Page, problems []string) component {
		return secondStepView(p, v.back("/"), problems)
	})
}

func (s *Site) passkeyOptions(v *visit) error {
	if !s.throttle.allowSignIn(v.address()) {
		return v.answerOptions("", "", &forum.Error{Code: forum.TooMany, Key: "TooMany"})
	}
	token, options, err := s.service.BeginPasskeySignIn(v.ctx())
	return v.answerOptions(token, options, err)
}

// signInWithPasskey opens a session with what the browser's passkey answered.
func (s *Site) signInWithPasskey(v *visit) error {
	if !s.throttle.allowSignIn(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	entry, err := s.service.SignInWithPasskey(v.ctx(), v.r.PostFormValue("challenge"), v.r.PostFormValue("answer"))
	if err == nil {
		return v.enter(entry, v.back("/"), "")
	}
	if forum.CodeOf(err) == forum.Unauthenticated {
		return v.signInAgain(err, "")
	}
	return err
}

// signInAgain shows the form to sign in, with what is wrong.
func (v *visit) signInAgain(err error, name string) error {
	p := v.newPage(v.print.T("SignIn.Title"))
	p.NoIndex = true
	return v.show(http.StatusUnauthorized, p, signInView(p, signInForm{
		Name: name, Back: v.back(""), Passkeys: v.site.service.HasPasskeys(), Problems: v.print.Errors(err),
	}))
}

package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"portevoix/forum"
)

// consentPage asks whether an app may act for the reader.
type consentPage struct {
	App     *forum.App
	Request forum.AppRequest
	State   string
	Where   string // the host or program that the reader is sent back to
}

// appRequest reads what an app asks for, from the address or from the form.
func (v *visit) appRequest() (forum.AppRequest, string) {
	field := v.query
	if v.r.Method == http.MethodPost {
		field = v.r.PostFormValue
	}
	return forum.AppRequest{
		ClientID: field("client_id"), RedirectURI: field("redirect_uri"), ResponseType: field("response_type"),
		Scopes: forum.ParseScopes(field("scope")), Challenge: field("code_challenge"), Method: field("code_challenge_method"),
	}, field("state")
}

// authorizeForm asks whether an app may act for the reader.
func (s *Site) authorizeForm(v *visit) error {
	r, state := v.appRequest()
	app, err := s.service.PeekApp(v.ctx(), &r)
	if err != nil {
		return v.refuseApp(app, r, state, err)
	}
	if err := v.signedIn(); err != nil {
		return err
	}
	if r.Scopes = forum.Grantable(r.Scopes, v.viewer); len(r.Scopes) == 0 {
		return v.refuseApp(app, r, state, &forum.Error{Code: forum.Invalid, Key: "ScopeNotYours", Field: "scope"})
	}
	page := consentPage{App: app, Request: r, State: state}
	if r.RedirectURI != forum.OutOfBand {
		page.Where = returnsTo(r.RedirectURI)
		v.leaveFor(r.RedirectURI)
	}
	p := v.newPage(v.print.T("Consent.Title", "Name", app.Name))
	p.NoIndex = true
	return v.show(http.StatusOK, p, consentView(p, page))
}

// authorize takes the reader's answer, and sends them back to the app.
func (s *Site) authorize(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	r, state := v.appRequest()
	app, err := s.service.PeekApp(v.ctx(), &r)
	if err != nil {
		return v.refuseApp(app, r, state, err)
	}
	outOfBand := r.RedirectURI == forum.OutOfBand
	if v.r.PostFormValue("answer") != "allow" {
		if outOfBand {
			return v.finish("/settings#tokens", "AppRefused")
		}
		return v.sendToApp(r.RedirectURI, url.Values{"error": {"access_denied"}}, state)
	}
	code, err := s.service.AuthorizeApp(v.ctx(), v.viewer, r)
	if forum.CodeOf(err) == forum.Invalid {
		return v.refuseApp(app, r, state, err)
	}
	if err != nil {
		return err
	}
	if !outOfBand {
		return v.sendToApp(r.RedirectURI, url.Values{"code": {code}}, state)
	}
	p := v.newPage(v.print.T("Consent.CodeTitle"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, consentCodeView(p, app, code))
}

// refuseApp tells an app what is wrong with its request, or the reader, where the
// app is not known or may not be sent there.
func (v *visit) refuseApp(app *forum.App, r forum.AppRequest, state string, err error) error {
	e, ok := err.(*forum.Error) //nolint:errorlint // as PeekApp returns it
	if app == nil || !ok || r.RedirectURI == forum.OutOfBand {
		return err
	}
	code := map[string]string{"response_type": "unsupported_response_type", "scope": "invalid_scope"}[e.Field]
	if code == "" {
		code = "invalid_request"
	}
	return v.sendToApp(r.RedirectURI, url.Values{"error": {code}, "error_description": {v.print.Error(e)}}, state)
}

// sendToApp sends the browser back to an app (RFC 6749, 4.1.2, and RFC 9207).
func (v *visit) sendToApp(uri string, answer url.Values, state string) error {
	if state != "" {
		answer.Set("state", state)
	}
	answer.Set("iss", v.site.base())
	sign := "?"
	if strings.Contains(uri, "?") {
		sign = "&"
	}
	v.w.Header().Set("Cache-Control", "no-store")
	v.w.Header().Set("Referrer-Policy", "no-referrer")
	v.w.Header().Set("Location", uri+sign+answer.Encode())
	v.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// leaveFor lets the form of a page lead to one address, whatever its scheme.
func (v *visit) leaveFor(uri string) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" {
		return
	}
	target := u.Scheme + ":"
	if u.Scheme == "https" || u.Scheme == "http" {
		target += "//" + u.Host
	}
	h := v.w.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "form-action 'self'", "form-action 'self' "+target, 1))
}

// returnsTo is what people recognise of where they are sent back to: the site, or
// the program's own scheme.
func returnsTo(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return uri
	}
	if u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		return u.Host
	}
	return u.Scheme + ":"
}

// saidScopes are the scopes that a consent page names: not those that a wider one
// holds already.
func saidScopes(list []forum.Scope) []forum.Scope {
	return slices.DeleteFunc(slices.Clone(list), func(scope forum.Scope) bool {
		return slices.ContainsFunc(list, scope.PartOf)
	})
}

package mastodon

import (
	"net/http"
	"strings"

	"portevoix/forum"
)

// appEntity is an app; the secret is told only to the app itself, once.
type appEntity struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Website      *string  `json:"website"`
	Scopes       []string `json:"scopes"`
	RedirectURIs []string `json:"redirect_uris"`
	RedirectURI  string   `json:"redirect_uri"` // the same, one a line
	VAPIDKey     string   `json:"vapid_key"`
	ClientID     string   `json:"client_id,omitempty"`
	ClientSecret string   `json:"client_secret,omitempty"`
	SecretEnds   *int     `json:"client_secret_expires_at,omitempty"` // 0: never
}

func (a *API) appOf(c *call, app *forum.App) (appEntity, error) {
	key, err := a.service.PushKey(c.r.Context())
	e := appEntity{ID: app.ID.String(), Name: app.Name, Website: stringOrNull(app.Website), Scopes: []string{}, RedirectURIs: app.RedirectURIs, RedirectURI: strings.Join(app.RedirectURIs, "\n"), VAPIDKey: key}
	for _, scope := range app.Scopes {
		e.Scopes = append(e.Scopes, string(scope))
	}
	if e.RedirectURIs == nil {
		e.RedirectURIs = []string{}
	}
	return e, err
}

// registerApp makes an app known.
func (a *API) registerApp(c *call) error {
	if a.newcomer.Use(a.o.Address(c.r)).Exceeded {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	var uris []string
	for _, text := range c.in.list("redirect_uris") {
		uris = append(uris, strings.Fields(text)...)
	}
	app, secret, err := a.service.RegisterApp(c.r.Context(), forum.NewApp{
		Name: c.in.get("client_name"), Website: c.in.get("website"), RedirectURIs: uris, Scopes: forum.ParseScopes(strings.Join(c.in.list("scopes"), " ")),
	})
	if err != nil {
		return err
	}
	e, err := a.appOf(c, app)
	if err != nil {
		return err
	}
	e.ClientID, e.ClientSecret, e.SecretEnds = app.ClientID, secret, new(int)
	return c.ok(e)
}

// verifyApp tells an app who it is.
func (a *API) verifyApp(c *call) error {
	if c.token == nil {
		return &forum.Error{Code: forum.Unauthenticated, Key: "TokenUnknown"}
	}
	app := &forum.App{ID: c.token.ID, Name: c.token.Name, Scopes: c.token.Scopes} // a token from the command line
	if c.token.AppID != 0 {
		var err error
		if app, err = a.store.App(c.r.Context(), c.token.AppID); err != nil {
			return err
		}
	}
	e, err := a.appOf(c, app)
	if err != nil {
		return err
	}
	return c.ok(e)
}

// client reads how an app says who it is: in the form, or as Basic credentials.
func (c *call) client() (id, secret string) {
	if id, secret, ok := c.r.BasicAuth(); ok {
		return id, secret
	}
	return c.in.get("client_id"), c.in.get("client_secret")
}

// token gives out tokens (RFC 6749).
func (a *API) token(c *call) error {
	c.w.Header().Set("Cache-Control", "no-store")
	id, secret := c.client()
	var token string
	var made *forum.AccessToken
	var err error
	switch c.in.get("grant_type") {
	case "authorization_code":
		token, made, err = a.service.NewTokenOfCode(c.r.Context(), id, secret, c.in.get("code"), c.in.get("redirect_uri"), c.in.get("code_verifier"))
	case "client_credentials":
		token, made, err = a.service.NewTokenOfApp(c.r.Context(), id, secret, forum.ParseScopes(c.in.get("scope")))
	case "":
		return c.refuse(http.StatusBadRequest, "invalid_request", "grant_type is missing")
	default:
		return c.refuse(http.StatusBadRequest, "unsupported_grant_type", "The grant types are authorization_code and client_credentials")
	}
	if err != nil {
		return c.refuseGrant(err)
	}
	return c.ok(map[string]any{"access_token": token, "token_type": "Bearer", "scope": forum.JoinScopes(made.Scopes), "created_at": made.CreatedAt.Unix()})
}

// refuseGrant says what is wrong with a request for a token, as OAuth does.
func (c *call) refuseGrant(err error) error {
	text := strings.Join(c.api.o.Messages.Printer(c.r.Header.Get("Accept-Language")).Errors(err), " ")
	switch forum.CodeOf(err) {
	case forum.Unauthenticated:
		c.w.Header().Set("WWW-Authenticate", `Basic realm="portevoix"`)
		return c.refuse(http.StatusUnauthorized, "invalid_client", text)
	case forum.Invalid:
		if e, ok := err.(*forum.Error); ok && e.Field == "scope" { //nolint:errorlint // as the service returns it
			return c.refuse(http.StatusBadRequest, "invalid_scope", text)
		}
		return c.refuse(http.StatusBadRequest, "invalid_grant", text)
	case forum.Forbidden, forum.Gone, forum.NotFound:
		return c.refuse(http.StatusBadRequest, "invalid_grant", text)
	}
	return err
}

func (c *call) refuse(status int, code, text string) error {
	return c.write(status, map[string]string{"error": code, "error_description": text})
}

// revoke ends a token (RFC 7009).
func (a *API) revoke(c *call) error {
	id, secret := c.client()
	if err := a.service.RevokeToken(c.r.Context(), id, secret, c.in.get("token")); err != nil {
		return c.refuseGrant(err)
	}
	return c.done()
}

// userInfo tells an app whose token it has, and nothing else.
func (a *API) userInfo(c *call) error {
	if err := c.permit(forum.ScopeProfile); err != nil {
		if _, beyond := err.(*outside); !beyond || !c.token.Allows("read:accounts") { //nolint:errorlint // as permit returns it
			return err
		}
	}
	by := &c.viewer.Actor
	return c.ok(map[string]string{
		"iss": a.base, "sub": by.URI, "name": by.Label(), "preferred_username": by.Name, "profile": by.URL, "picture": a.icon(by),
	})
}

// authorizationServer describes all this (RFC 8414).
func (a *API) authorizationServer(c *call) error {
	scopes := []string{}
	for _, scope := range forum.Scopes() {
		scopes = append(scopes, string(scope))
	}
	c.w.Header().Set("Cache-Control", "public, max-age=3600")
	return c.ok(map[string]any{
		"issuer": a.base, "authorization_endpoint": a.base + "/oauth/authorize", "token_endpoint": a.base + "/oauth/token",
		"revocation_endpoint": a.base + "/oauth/revoke", "userinfo_endpoint": a.base + "/oauth/userinfo", "app_registration_endpoint": a.base + "/api/v1/apps",
		"scopes_supported": scopes, "response_types_supported": []string{"code"}, "response_modes_supported": []string{"query"},
		"grant_types_supported":                          []string{"authorization_code", "client_credentials"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":               []string{"S256"},
		"authorization_response_iss_parameter_supported": true,
	})
}

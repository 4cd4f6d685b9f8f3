package forumtest

import (
	"crypto/sha256"
	"encoding/base64"
	"testing"
	"time"

	"portevoix/forum"
)

func testApps(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	register := func(uri string, scopes ...forum.Scope) error {
		_, _, err := w.Service.RegisterApp(w.Ctx(), forum.NewApp{Name: "App", RedirectURIs: []string{uri}, Scopes: scopes})
		return err
	}
	for _, uri := range []string{"http://app.example/", "javascript:alert(1)", "data:text/html,x", "https://app.example/#part", "https://me@app.example/", "/path", "https://", "urn:ietf:wg:oauth:2.0:oob:auto"} {
		w.Refused(register(uri), forum.Invalid, "RedirectUnsafe")
	}
	for _, uri := range []string{forum.OutOfBand, "https://app.example/back?x=1", "http://127.0.0.1/", "http://[::1]:9/x", "http://localhost:7777/cb", "icecubesapp://", "com.example.app:/oauth"} {
		w.Must(register(uri))
	}
	w.Refused(register("https://app.example/", "everything"), forum.Invalid, "ScopeUnknown")

	app, secret, err := w.Service.RegisterApp(w.Ctx(), forum.NewApp{
		Name: "Trompette", Website: "https://app.example", RedirectURIs: []string{"http://127.0.0.1:1/cb", forum.OutOfBand}, Scopes: []forum.Scope{forum.ScopeRead, "write:statuses"},
	})
	w.Must(err)
	verifier := "a-verifier-of-at-least-forty-three-characters-long"
	sum := sha256.Sum256([]byte(verifier))
	request := forum.AppRequest{
		ClientID: app.ClientID, RedirectURI: "http://127.0.0.1:5123/cb", ResponseType: "code", Scopes: []forum.Scope{"read:accounts", "write:statuses"},
		Challenge: base64.RawURLEncoding.EncodeToString(sum[:]), Method: "S256",
	}
	bad := func(change func(*forum.AppRequest), code forum.Code, key string) {
		t.Helper()
		r := request
		change(&r)
		_, err := w.Service.AuthorizeApp(w.Ctx(), lea, r)
		w.Refused(err, code, key)
	}
	bad(func(r *forum.AppRequest) { r.ClientID = "another" }, forum.NotFound, "AppUnknown")
	bad(func(r *forum.AppRequest) { r.RedirectURI = "http://127.0.0.1:5123/other" }, forum.Invalid, "RedirectUnknown")
	bad(func(r *forum.AppRequest) { r.RedirectURI = "" }, forum.Invalid, "RedirectUnknown")
	bad(func(r *forum.AppRequest) { r.ResponseType = "token" }, forum.Invalid, "ResponseTypeUnknown")
	bad(func(r *forum.AppRequest) { r.Scopes = []forum.Scope{forum.ScopeWrite} }, forum.Invalid, "ScopeBeyondApp")
	bad(func(r *forum.AppRequest) { r.Method = "plain" }, forum.Invalid, "ChallengeUnknown")
	_, err = w.Service.AuthorizeApp(w.Ctx(), nil, request)
	w.Refused(err, forum.Unauthenticated, "SignInFirst")

	code := func() string {
		t.Helper()
		code, err := w.Service.AuthorizeApp(w.Ctx(), lea, request)
		w.Must(err)
		return code
	}
	exchange := func(code, uri, verifier string) (string, error) {
		token, _, err := w.Service.NewTokenOfCode(w.Ctx(), app.ClientID, secret, code, uri, verifier)
		return token, err
	}
	_, err = exchange(code(), request.RedirectURI, "another verifier")
	w.Refused(err, forum.Invalid, "GrantInvalid")
	_, err = exchange(code(), "http://127.0.0.1:1/cb", verifier)
	w.Refused(err, forum.Invalid, "GrantInvalid")
	old := code()
	w.Clock.Advance(11 * time.Minute)
	_, err = exchange(old, request.RedirectURI, verifier)
	w.Refused(err, forum.Invalid, "GrantInvalid")
	_, _, err = w.Service.NewTokenOfCode(w.Ctx(), app.ClientID, "wrong", code(), request.RedirectURI, verifier)
	w.Refused(err, forum.Unauthenticated, "AppUnknown")

	once := code()
	token, err := exchange(once, request.RedirectURI, verifier)
	w.Must(err)
	_, err = exchange(once, request.RedirectURI, verifier)
	w.Refused(err, forum.Invalid, "GrantInvalid")
	bearer, err := w.Service.BearerOf(w.Ctx(), token)
	w.Must(err)
	if bearer.Account == nil || bearer.Account.ID != lea.ID || bearer.Token.AppID != app.ID || bearer.Token.Name != "Trompette" {
		t.Errorf("the token is %+v", bearer)
	}
	for scope, allowed := range map[forum.Scope]bool{"read:accounts": true, "write:statuses": true, forum.ScopeRead: false, forum.ScopeWrite: false, "read:statuses": false} {
		if bearer.Token.Allows(scope) != allowed {
			t.Errorf("%s: allowed is %v", scope, !allowed)
		}
	}
	tokens, err := w.Service.AccessTokens(w.Ctx(), lea)
	w.Must(err)
	if len(tokens) != 1 {
		t.Errorf("there are %d tokens", len(tokens))
	}

	w.Must(w.Service.EndSession(w.Ctx(), lea, "none", "")) // signed out everywhere
	_, err = w.Service.BearerOf(w.Ctx(), token)
	w.Refused(err, forum.Unauthenticated, "TokenUnknown")
	token, err = exchange(code(), request.RedirectURI, verifier)
	w.Must(err)

	own, _, err := w.Service.NewTokenOfApp(w.Ctx(), app.ClientID, secret, nil)
	w.Must(err)
	bearer, err = w.Service.BearerOf(w.Ctx(), own)
	w.Must(err)
	if bearer.Account != nil || bearer.Token.AppID != app.ID {
		t.Errorf("the app's own token is %+v", bearer)
	}
	_, _, err = w.Service.AccountOfToken(w.Ctx(), own)
	w.Refused(err, forum.Unauthenticated, "TokenUnknown")

	w.Refused(w.Service.RevokeToken(w.Ctx(), app.ClientID, "wrong", token), forum.Unauthenticated, "AppUnknown")
	for _, one := range []string{token, own, "none"} {
		w.Must(w.Service.RevokeToken(w.Ctx(), app.ClientID, secret, one))
		_, err = w.Service.BearerOf(w.Ctx(), one)
		w.Refused(err, forum.Unauthenticated, "TokenUnknown")
	}
}

package main

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portevoix/forum"
)

// mastodonApp is an app made for Mastodon that somebody signed in to.
type mastodonApp struct {
	*program
	id, secret string
	verifier   string
}

// register makes an app known.
func (s *inProcess) register(redirect, scopes string) *mastodonApp {
	s.t.Helper()
	a := &mastodonApp{program: s.program(""), verifier: strings.Repeat("verify", 9)}
	a.header.Set("Content-Type", "application/json")
	made := a.do(http.MethodPost, s.base+"/api/v1/apps", map[string]any{"client_name": "Trompette", "redirect_uris": redirect, "scopes": scopes, "website": "https://trompette.example"}).is(200)
	hasFields(s.t, made.object, "id name website scopes redirect_uris redirect_uri vapid_key client_id client_secret client_secret_expires_at")
	a.id, a.secret = made.object["client_id"].(string), made.object["client_secret"].(string)
	return a
}

// request is the address at which somebody is asked whether the app may act.
func (a *mastodonApp) request(redirect, scope string) string {
	sum := sha256.Sum256([]byte(a.verifier))
	return "/oauth/authorize?" + url.Values{
		"client_id": {a.id}, "redirect_uri": {redirect}, "response_type": {"code"}, "scope": {scope}, "state": {"here&there"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode()
}

// form sends a form, as most libraries do.
func (a *mastodonApp) form(path string, values url.Values) answer {
	a.s.t.Helper()
	a.header.Set("Content-Type", "application/x-www-form-urlencoded")
	defer a.header.Del("Content-Type")
	return a.do(http.MethodPost, a.s.base+path, values.Encode())
}

// TestAppsSignIn signs people in to apps, as apps and people do, and takes that
// back.
func TestAppsSignIn(t *testing.T) {
	s := startInProcess(t, nil)
	s.account("lea")
	const redirect = "trompette://back"
	app := s.register(redirect, "read write:statuses push")

	path := app.request(redirect, "read write:statuses")
	s.textBrowser("").get(path).leadsTo("/login?back=" + url.QueryEscape(path))
	lea := s.textBrowser("lea")
	consent := lea.get(path).is(200).shows("May Trompette act for you?", "@lea", "https://trompette.example", "trompette:", "write, edit, delete and boost posts")
	if policy := consent.header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' trompette:;") {
		t.Errorf("the form may lead to %s", policy)
	}
	lea.header.Set("Accept-Language", "fr")
	lea.get(path).is(200).shows("Autoriser Trompette à agir pour vous ?", "écrire, modifier, supprimer et partager des messages")
	lea.header.Del("Accept-Language")
	lea.get(strings.Replace(path, "trompette%3A%2F%2Fback", "https%3A%2F%2Fevil.example", 1)).is(422).shows("Nothing was allowed")
	lea.get(strings.Replace(path, app.id, "another", 1)).is(404)
	if to := lea.get(strings.Replace(path, "scope=read+write", "scope=follow+write", 1)).is(303).header.Get("Location"); !strings.HasPrefix(to, redirect+"?error=invalid_scope&") {
		t.Errorf("a scope beyond the app's leads to %s", to)
	}

	asked, _ := url.Parse(path)
	form := asked.Query()
	answered := func(what string) url.Values {
		t.Helper()
		form.Set("answer", what)
		to, err := url.Parse(lea.post("/oauth/authorize", form).is(303).header.Get("Location"))
		if err != nil || to.Scheme != "trompette" || to.Query().Get("state") != "here&there" || to.Query().Get("iss") != s.base {
			t.Fatalf("the answer %s leads to %s: %v", what, to, err)
		}
		return to.Query()
	}
	if got := answered("refuse").Get("error"); got != "access_denied" {
		t.Errorf("refused: %q", got)
	}
	grant := url.Values{"grant_type": {"authorization_code"}, "client_id": {app.id}, "client_secret": {app.secret}, "redirect_uri": {redirect}, "code_verifier": {app.verifier}}
	grant.Set("code", answered("allow").Get("code"))
	got := app.form("/oauth/token", grant).is(200)
	hasFields(t, got.object, "access_token token_type scope created_at")
	sameJSON(t, got.object, "scope", `"read write:statuses"`)
	sameJSON(t, app.form("/oauth/token", grant).is(400).object, "error", `"invalid_grant"`)
	grant.Set("client_secret", "wrong")
	sameJSON(t, app.form("/oauth/token", grant).is(401).object, "error", `"invalid_client"`)
	sameJSON(t, app.form("/oauth/token", url.Values{"grant_type": {"password"}}).is(400).object, "error", `"unsupported_grant_type"`)

	app.token = got.object["access_token"].(string)
	verified := app.do(http.MethodGet, s.base+"/api/v1/apps/verify_credentials", nil).is(200)
	hasFields(t, verified.object, "id name website scopes redirect_uris redirect_uri vapid_key")
	sameJSON(t, app.do(http.MethodGet, s.base+"/oauth/userinfo", nil).is(200).object, "preferred_username", `"lea"`)
	lea.get("/settings").is(200).shows("Trompette", "write:statuses")

	client := s.program("")
	client.token = ""
	credentials := app.form("/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {app.id}, "client_secret": {app.secret}}).is(200)
	client.token = credentials.object["access_token"].(string)
	client.do(http.MethodGet, s.base+"/api/v1/apps/verify_credentials", nil).is(200)
	sameJSON(t, client.do(http.MethodGet, s.base+"/oauth/userinfo", nil).is(401).object, "error", `"The access token is invalid"`)

	app.form("/oauth/revoke", url.Values{"client_id": {app.id}, "client_secret": {app.secret}, "token": {app.token}}).is(200)
	sameJSON(t, app.do(http.MethodGet, s.base+"/api/v1/apps/verify_credentials", nil).is(401).object, "error", `"The access token is invalid"`)
	lea.get("/settings").is(200).lacks("Trompette")

	app.token = ""
	server := app.do(http.MethodGet, s.base+"/.well-known/oauth-authorization-server", nil).is(200)
	sameJSON(t, server.object, "authorization_endpoint", `"`+s.base+`/oauth/authorize"`)
	sameJSON(t, server.object, "code_challenge_methods_supported", `["S256"]`)

	byHand := s.register(forum.OutOfBand, "read")
	asked, _ = url.Parse(byHand.request(forum.OutOfBand, "read"))
	form = asked.Query()
	lea.get(asked.String()).is(200).shows("you get a code")
	form.Set("answer", "allow")
	lea.post("/oauth/authorize", form).is(200).shows("Your code", `id="code" value="`)
}

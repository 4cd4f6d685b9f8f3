package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"portevoix/cmd/portevoix/config"
)

// provider is an OpenID Connect provider.
type provider struct {
	*httptest.Server
	t      *testing.T
	key    *ecdsa.PrivateKey
	says   map[string]any // claims of the next ID token
	asked  url.Values     // of the browser that came last
	wrong  map[string]any // claims that are not as they should be
	signer *ecdsa.PrivateKey
}

func newTestProvider(t *testing.T) *provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: key, signer: key}
	documents := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "key", Algorithm: oidc.ES256}}, Algorithms: []string{oidc.ES256}}
	routes := http.NewServeMux()
	routes.Handle("/", documents)
	routes.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(routes)
	t.Cleanup(p.Close)
	documents.SetIssuer(p.URL)
	return p
}

// token exchanges a code, for who can show the verifier (RFC 7636, section 4.6).
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	_, secret, _ := r.BasicAuth()
	if r.PostFormValue("code") != "the code" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.asked.Get("code_challenge") || secret != "secret" {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	claims := map[string]any{"iss": p.URL, "aud": "forum", "exp": time.Now().Add(time.Hour).Unix(), "nonce": p.asked.Get("nonce")}
	maps.Copy(claims, p.says)
	maps.Copy(claims, p.wrong)
	text, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"x","token_type":"Bearer","id_token":%q}`, oidctest.SignIDToken(p.signer, "key", oidc.ES256, string(text)))
}

// visit notes what a browser brings that was sent to the provider, and returns
// where it is sent back to.
func (p *provider) visit(sent *page) string {
	p.t.Helper()
	u, err := url.Parse(sent.is(303).header.Get("Location"))
	if err != nil || !strings.HasPrefix(u.String(), p.URL+"/auth?") {
		p.t.Fatalf("sent to %s, %v", u, err)
	}
	p.asked = u.Query()
	if p.asked.Get("code_challenge_method") != "S256" || p.asked.Get("client_id") != "forum" || p.asked.Get("nonce") == "" {
		p.t.Fatalf("asked for %v", p.asked)
	}
	back, err := url.Parse(p.asked.Get("redirect_uri"))
	if err != nil || back.Path != "/login/identity/callback" {
		p.t.Fatalf("wants to be sent back to %s, %v", back, err)
	}
	return back.Path + "?" + url.Values{"code": {"the code"}, "state": {p.asked.Get("state")}}.Encode()
}

// TestIdentityPages signs in through a provider as a stranger, who opens an
// account, then as a member, and ties the provider to an account that was there.
func TestIdentityPages(t *testing.T) {
	t.Parallel()
	p := newTestProvider(t)
	v := newVillage(t, func(c *config.Config) {
		c.OpenID = config.OpenID{Issuer: p.URL, Name: "Castle Login", ClientID: "forum", ClientSecret: "secret"}
	})
	p.says = map[string]any{"sub": "1", "email": "zoe@castle.example", "email_verified": true, "preferred_username": "zoe"}
	b := v.textBrowser("")
	b.get("/login?back=/about").is(200).shows("Sign in with Castle Login", `href="/login/identity?back=%2Fabout"`)
	begin := func(b *textBrowser) string { return p.visit(b.get("/login/identity?back=/about")) }
	b.get(begin(b)).leadsTo("/register/identity?back=%2Fabout")
	form := b.get("/register/identity?back=%2Fabout").is(200).shows("You come from Castle Login", "zoe@castle.example", "readonly")
	if name := form.field("name"); name != "zoe" {
		t.Errorf("the form suggests %q", name)
	}
	b.post("/register/identity", url.Values{"name": {"lea"}, "back": {"/about"}}).is(409).shows("You come from Castle Login", `value="lea"`)
	b.post("/register/identity", url.Values{"name": {"zoe"}, "back": {"/about"}}).leadsTo("/about")
	b.get("/settings").is(200).shows("zoe")
	b.get("/register/identity").leadsTo("/")
	b.post("/logout", nil).leadsTo("/")
	b.get(begin(b)).leadsTo("/about")
	b.get("/settings/security").is(200).shows("Your account at Castle Login signs you in here")

	// What does not fit together opens nothing.
	other := v.textBrowser("")
	for what, spoil := range map[string]func() string{
		"another browser": func() string { return begin(v.textBrowser("")) },
		"another state":   func() string { begin(other); return "/login/identity/callback?code=the+code&state=x" },
		"another code": func() string {
			return strings.Replace(begin(other), "the+code", "a+code", 1)
		},
		"another nonce":   func() string { p.wrong = map[string]any{"nonce": "x"}; return begin(other) },
		"another server":  func() string { p.wrong = map[string]any{"aud": "x"}; return begin(other) },
		"another issuer":  func() string { p.wrong = map[string]any{"iss": "https://x.example"}; return begin(other) },
		"a token too old": func() string { p.wrong = map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}; return begin(other) },
		"another key": func() string {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			p.signer = key
			return begin(other)
		},
		"a refusal": func() string {
			return strings.Replace(begin(other), "code=the+code", "error=access_denied", 1)
		},
	} {
		path := spoil()
		if page := other.get(path); page.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", what, page.status)
		}
		other.get("/settings").is(303)
		p.wrong, p.signer = nil, p.key
	}
	path := begin(other)
	other.get(path).leadsTo("/about")
	other.post("/logout", nil)
	other.get(path).is(401) // a second time

	v.tieIdentity(p)
}

// tieIdentity has a member tie the provider to the account, and untie it.
func (v *village) tieIdentity(p *provider) {
	p.says = map[string]any{"sub": "2"}
	page := v.lea.get("/settings/security").is(200).shows("Add Castle Login")
	if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https:") {
		v.t.Errorf("the form cannot lead to the provider: %s", csp)
	}
	v.lea.get(p.visit(v.lea.post("/settings/identity", nil))).leadsTo("/settings/security#identity")
	v.lea.get("/settings/security").shows("It is added", "Your account at Castle Login signs you in here")
	b := v.textBrowser("")
	b.get(p.visit(b.get("/login/identity"))).leadsTo("/")
	b.get("/settings").shows("lea")
	p.says["sub"] = "1"
	v.max.get(p.visit(v.max.post("/settings/identity", nil))).is(409).shows("opens another account here")
	v.lea.post("/settings/identity/remove", nil).leadsTo("/settings/security#identity")
	v.lea.get("/settings/security").shows("It is removed", "Add Castle Login")
	p.Close()
	b = v.textBrowser("")
	b.get("/login/identity").is(303) // the documents are known already
}

package forum

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// App is a program that somebody may let act for them: through OAuth 2.0 (RFC
// 6749) it gets an access token without ever seeing a password.
type App struct {
	ID           ID
	ClientID     string
	SecretHash   string
	Name         string
	Website      string
	RedirectURIs []string // where codes may go, see OutOfBand
	Scopes       []Scope  // the most that it may ask for
	CreatedAt    time.Time
}

// NewApp is what a program says of itself.
type NewApp struct {
	Name, Website string
	RedirectURIs  []string
	Scopes        []Scope // default: to read
}

// AppCode is what somebody's consent is worth until the app fetches its token.
type AppCode struct {
	Hash        string
	AppID       ID
	AccountID   ID
	RedirectURI string
	Scopes      []Scope
	Challenge   string // PKCE (RFC 7636), S256; "" for none
	ExpiresAt   time.Time
}

// AppStore is what [Store] keeps of apps.
type AppStore interface {
	App(ctx context.Context, id ID) (*App, error)
	AppByClientID(ctx context.Context, clientID string) (*App, error)
	// AppToken finds the token that an app has for itself.
	AppToken(ctx context.Context, hash string) (*App, *AccessToken, error)
}

// AppTx is what a [Tx] changes of apps.
type AppTx interface {
	AddApp(ctx context.Context, a App) error
	AddAppCode(ctx context.Context, c AppCode) error
	// AddAppToken keeps a token that an app has for itself, and forgets its oldest
	// beyond a number.
	AddAppToken(ctx context.Context, t AccessToken, most int) error
	// LimitTokens forgets the oldest tokens of an account and an app beyond a
	// number.
	LimitTokens(ctx context.Context, account, app ID, most int) error
	// RemoveToken forgets a token of an app's, whoever it acts for.
	RemoveToken(ctx context.Context, app ID, hash string) error
	// UseAppCode takes a code away; NotFound when there is none or it has expired.
	UseAppCode(ctx context.Context, hash string, now time.Time) (*AppCode, error)
}

// OutOfBand stands for a redirect URI where the person carries the code over.
const OutOfBand = "urn:ietf:wg:oauth:2.0:oob"

const (
	maxAppName      = 60
	maxRedirectURIs = 5
	maxRedirectURI  = 2000
	codeLifetime    = 10 * time.Minute
	// Tokens of one app: each device that signs in gets one.
	maxAppTokens = 20
)

// RegisterApp makes an app known and returns its secret, which is told this once.
// Anybody may; the door counts how often.
func (s *Service) RegisterApp(ctx context.Context, n NewApp) (*App, string, error) {
	if n.Name = oneLine(n.Name); n.Name == "" {
		return nil, "", invalid("client_name", "AppNameMissing", nil)
	}
	if len([]rune(n.Name)) > maxAppName {
		return nil, "", invalid("client_name", "AppNameTooLong", map[string]any{"Max": maxAppName})
	}
	if n.Website != "" && !webPage(n.Website) {
		return nil, "", invalid("website", "AppWebsite", nil)
	}
	if len(n.RedirectURIs) == 0 || len(n.RedirectURIs) > maxRedirectURIs {
		return nil, "", invalid("redirect_uris", "RedirectMissing", map[string]any{"Max": maxRedirectURIs})
	}
	for _, uri := range n.RedirectURIs {
		if !redirectable(uri) {
			return nil, "", invalid("redirect_uris", "RedirectUnsafe", map[string]any{"URI": clip(oneLine(uri), 200)})
		}
	}
	if len(n.Scopes) == 0 {
		n.Scopes = []Scope{ScopeRead}
	}
	if err := checkScopes(n.Scopes); err != nil {
		return nil, "", err
	}
	secret, now := newToken(), s.clock.Now()
	app := App{ID: s.ids.New(now), ClientID: newToken(), SecretHash: hashToken(secret), Name: n.Name, Website: n.Website, RedirectURIs: n.RedirectURIs, Scopes: n.Scopes, CreatedAt: now}
	return &app, secret, s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.AddApp(ctx, app) })
}

func webPage(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(s) <= maxRedirectURI
}

// unsafeSchemes are those of addresses that a browser would run or show instead
// of handing them to a program.
var unsafeSchemes = []string{"javascript", "vbscript", "data", "blob", "file", "filesystem", "about", "ftp", "ws", "wss", "mailto", "tel", "view-source", "urn", "chrome", "resource"}

// redirectable says whether a code may be sent to an address: over TLS, to this
// very machine (RFC 8252, section 7.3), or to a program's own scheme.
func redirectable(uri string) bool {
	if uri == OutOfBand {
		return true
	}
	u, err := url.Parse(uri)
	if err != nil || len(uri) > maxRedirectURI || u.Fragment != "" || strings.Contains(uri, "#") || u.User != nil || strings.ContainsAny(uri, " \t\r\n\\\"<>") {
		return false
	}
	switch u.Scheme {
	case "":
		return false
	case "https":
		return u.Hostname() != ""
	case "http":
		return loopback(u.Hostname())
	}
	return !slices.Contains(unsafeSchemes, u.Scheme)
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// Takes says whether the app registered an address for codes. It is compared
// letter by letter; on this very machine the port may differ, since programs get
// another each time.
func (a *App) Takes(uri string) bool {
	return slices.ContainsFunc(a.RedirectURIs, func(known string) bool {
		if known == uri {
			return true
		}
		k, errK := url.Parse(known)
		u, errU := url.Parse(uri)
		if errK != nil || errU != nil || k.Scheme != "http" || !loopback(k.Hostname()) || k.Hostname() == "localhost" || !redirectable(uri) {
			return false
		}
		k.Host, u.Host = k.Hostname(), u.Hostname()
		return *k == *u
	})
}

// AppRequest is what an app asks somebody for.
type AppRequest struct {
	ClientID     string
	RedirectURI  string
	ResponseType string // "code"
	Scopes       []Scope
	Challenge    string
	Method       string // of the challenge: "S256"
}

// PeekApp finds the app of a request, and checks what it asks for. Without an app
// the error is for people; with one it may be sent on to it.
func (s *Service) PeekApp(ctx context.Context, r *AppRequest) (*App, error) {
	app, err := s.store.AppByClientID(ctx, r.ClientID)
	if CodeOf(err) == NotFound {
		return nil, &Error{Code: NotFound, Key: "AppUnknown", Field: "client_id"}
	}
	if err != nil {
		return nil, err
	}
	if r.RedirectURI == "" && len(app.RedirectURIs) == 1 {
		r.RedirectURI = app.RedirectURIs[0]
	}
	if !app.Takes(r.RedirectURI) {
		return nil, invalid("redirect_uri", "RedirectUnknown", nil)
	}
	if r.ResponseType != "code" {
		return app, invalid("response_type", "ResponseTypeUnknown", nil)
	}
	if len(r.Scopes) == 0 {
		r.Scopes = []Scope{ScopeRead}
	}
	if err := checkScopes(r.Scopes); err != nil {
		return app, err
	}
	for _, scope := range r.Scopes {
		if !scope.Within(app.Scopes) {
			return app, invalid("scope", "ScopeBeyondApp", map[string]any{"Scope": string(scope)})
		}
	}
	if r.Challenge != "" && (r.Method != "S256" || len(r.Challenge) != base64.RawURLEncoding.EncodedLen(sha256.Size)) {
		return app, invalid("code_challenge", "ChallengeUnknown", nil)
	}
	return app, nil
}

// AuthorizeApp lets an app act for an account, and returns the code that it gets
// its token with.
func (s *Service) AuthorizeApp(ctx context.Context, by *Account, r AppRequest) (code string, err error) {
	if by == nil {
		return "", &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if by.Guest {
		return "", &Error{Code: Forbidden, Key: "GuestOnly"}
	}
	app, err := s.PeekApp(ctx, &r)
	if err != nil {
		return "", err
	}
	code = newToken()
	return code, s.write(ctx, func(ctx context.Context, tx Tx) error {
		fresh, err := tx.Account(ctx, by.ID)
		if err != nil {
			return err
		}
		if err := fresh.Active(); err != nil {
			return err
		}
		if r.Scopes = Grantable(r.Scopes, fresh); len(r.Scopes) == 0 {
			return invalid("scope", "ScopeNotYours", nil)
		}
		return tx.AddAppCode(ctx, AppCode{Hash: hashToken(code), AppID: app.ID, AccountID: by.ID, RedirectURI: r.RedirectURI, Scopes: r.Scopes, Challenge: r.Challenge, ExpiresAt: s.clock.Now().Add(codeLifetime)})
	})
}

// appWithSecret finds an app that proves who it is.
func (s *Service) appWithSecret(ctx context.Context, clientID, secret string) (*App, error) {
	app, err := s.store.AppByClientID(ctx, clientID)
	if CodeOf(err) == NotFound {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	if app == nil || subtle.ConstantTimeCompare([]byte(app.SecretHash), []byte(hashToken(secret))) != 1 {
		return nil, &Error{Code: Unauthenticated, Key: "AppUnknown", Field: "client_id"}
	}
	return app, nil
}

// NewTokenOfCode turns a code into the token it stands for. A code works once.
func (s *Service) NewTokenOfCode(ctx context.Context, clientID, secret, code, redirectURI, verifier string) (string, *AccessToken, error) {
	app, err := s.appWithSecret(ctx, clientID, secret)
	if err != nil {
		return "", nil, err
	}
	bad := &Error{Code: Invalid, Key: "GrantInvalid", Field: "code"}
	token, made := newToken(), AccessToken{}
	refused := false
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		refused = false
		c, err := tx.UseAppCode(ctx, hashToken(code), now)
		if CodeOf(err) == NotFound {
			return bad
		}
		if err != nil {
			return err
		}
		if c.AppID != app.ID || c.RedirectURI != redirectURI || !verifies(c.Challenge, verifier) {
			refused = true // the code is spent all the same
			return nil
		}
		account, err := tx.Account(ctx, c.AccountID)
		if err != nil {
			return err
		}
		if err := account.Active(); err != nil {
			return err
		}
		made = AccessToken{ID: s.ids.New(now), TokenHash: hashToken(token), AccountID: c.AccountID, AppID: app.ID, Name: app.Name, Scopes: c.Scopes, CreatedAt: now}
		if err := tx.AddAccessToken(ctx, made); err != nil {
			return err
		}
		return tx.LimitTokens(ctx, c.AccountID, app.ID, maxAppTokens)
	})
	if err == nil && refused {
		err = bad
	}
	if err != nil {
		return "", nil, err
	}
	return token, &made, nil
}

// verifies says whether a verifier is what a challenge was made of. A verifier
// without a challenge is somebody's who fell for another's code.
func verifies(challenge, verifier string) bool {
	if challenge == "" {
		return verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

// NewTokenOfApp gives an app a token for itself: it sees what everybody sees.
func (s *Service) NewTokenOfApp(ctx context.Context, clientID, secret string, scopes []Scope) (string, *AccessToken, error) {
	app, err := s.appWithSecret(ctx, clientID, secret)
	if err != nil {
		return "", nil, err
	}
	if len(scopes) == 0 {
		scopes = []Scope{ScopeRead}
	}
	for _, scope := range scopes {
		if !scope.Within(app.Scopes) {
			return "", nil, invalid("scope", "ScopeBeyondApp", map[string]any{"Scope": clip(string(scope), 100)})
		}
	}
	token, now := newToken(), s.clock.Now()
	made := AccessToken{ID: s.ids.New(now), TokenHash: hashToken(token), AppID: app.ID, Name: app.Name, Scopes: scopes, CreatedAt: now}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.AddAppToken(ctx, made, maxAppTokens) })
	return token, &made, err
}

// RevokeToken ends a token of an app's (RFC 7009); that of another, or none,
// changes nothing.
func (s *Service) RevokeToken(ctx context.Context, clientID, secret, token string) error {
	app, err := s.appWithSecret(ctx, clientID, secret)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.RemoveToken(ctx, app.ID, hashToken(token)) })
}

// Bearer is who a program acts for, and by virtue of what.
type Bearer struct {
	Account *Account // nil for an app on its own
	Token   *AccessToken
}

// BearerOf finds out whose a token is, an app's own among them.
func (s *Service) BearerOf(ctx context.Context, secret string) (Bearer, error) {
	account, token, err := s.AccountOfToken(ctx, secret)
	if CodeOf(err) != Unauthenticated {
		return Bearer{Account: account, Token: token}, err
	}
	_, token, errApp := s.store.AppToken(ctx, hashToken(secret))
	if CodeOf(errApp) == NotFound {
		return Bearer{}, err
	}
	return Bearer{Token: token}, errApp
}

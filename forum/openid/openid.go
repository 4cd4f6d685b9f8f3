// Package openid asks an OpenID Connect provider who somebody is (OpenID Connect
// Core 1.0, authorization code flow with PKCE, RFC 7636).
//
// It stores nothing and knows no rule of the forum. The provider is whoever runs
// the server's own choice, and may be on a private network: unlike other servers
// it is spoken to without federation/client's guard, but within limits of its own.
package openid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"portevoix/forum"
)

const (
	timeout = 10 * time.Second // for one answer of the provider
	maxBody = 1 << 20          // of such an answer, in bytes
)

// Options say which provider, and how it knows this server.
type Options struct {
	Issuer       string // its address, as its documents name it
	ClientID     string
	ClientSecret string
	Name         string // for people: "Sign in with …"
	Callback     string // where it sends browsers back to
}

// Provider is an OpenID Connect provider; it implements
// forum.IdentityProvider.
type Provider struct {
	o    Options
	http *http.Client

	reading singleflight.Group
	found   atomic.Pointer[oidc.Provider] // once its documents have been read
}

var _ forum.IdentityProvider = (*Provider)(nil)

// New returns a provider. Its documents are read when it is first needed: a
// provider that is down keeps nobody from starting the server.
func New(o Options) *Provider {
	return &Provider{o: o, http: &http.Client{Timeout: timeout, Transport: limited{http.DefaultTransport}}}
}

// limited cuts answers that are too long off.
type limited struct{ http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = body{io.LimitReader(response.Body, maxBody), response.Body}
	}
	return response, err
}

type body struct {
	io.Reader
	io.Closer
}

// Name implements forum.IdentityProvider.
func (p *Provider) Name() string { return p.o.Name }

// discover reads the provider's documents, until it has succeeded once. Those who
// need them at the same time share one reading, and who gives up waiting does not
// end it for the others.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	found := p.found.Load()
	if found == nil {
		reading := p.reading.DoChan("", func() (any, error) {
			return oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.http), p.o.Issuer)
		})
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case result := <-reading:
			if result.Err != nil {
				return nil, nil, fmt.Errorf("read the documents of the OpenID provider: %w", result.Err)
			}
			found = result.Val.(*oidc.Provider)
			p.found.Store(found)
		}
	}
	return found, &oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: p.o.Callback,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}, nil
}

// Check reads the provider's documents, and says what is wrong with them.
func (p *Provider) Check(ctx context.Context) error {
	_, _, err := p.discover(ctx)
	return err
}

// Address implements forum.IdentityProvider.
func (p *Provider) Address(ctx context.Context, state, nonce, verifier string) (string, error) {
	_, config, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// Identify implements forum.IdentityProvider.
func (p *Provider) Identify(ctx context.Context, code, nonce, verifier string) (forum.Identity, error) {
	provider, config, err := p.discover(ctx)
	if err != nil {
		return forum.Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.http)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return forum.Identity{}, fmt.Errorf("exchange the code: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return forum.Identity{}, errors.New("the OpenID provider has sent no ID token")
	}
	id, err := provider.Verifier(&oidc.Config{ClientID: p.o.ClientID}).Verify(ctx, raw)
	if err != nil {
		return forum.Identity{}, fmt.Errorf("verify the ID token: %w", err)
	}
	if id.Nonce != nonce {
		return forum.Identity{}, errors.New("the ID token is for another sign-in")
	}
	var c claims
	if err := id.Claims(&c); err != nil {
		return forum.Identity{}, fmt.Errorf("read the ID token: %w", err)
	}
	if c.Email == "" || c.Username == "" { // some providers tell only on request
		if err := c.complete(ctx, provider, token, id.Subject); err != nil {
			return forum.Identity{}, err
		}
	}
	return forum.Identity{Issuer: id.Issuer, Subject: id.Subject, Email: c.Email, EmailVerified: bool(c.EmailVerified), Name: c.Username}, nil
}

// claims are what is asked of a provider (OpenID Connect Core, section 5.1).
type claims struct {
	Email         string  `json:"email"`
	EmailVerified verdict `json:"email_verified"`
	Username      string  `json:"preferred_username"`
}

// complete adds what the provider's userinfo says, where it has one.
func (c *claims) complete(ctx context.Context, provider *oidc.Provider, token *oauth2.Token, subject string) error {
	if provider.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return fmt.Errorf("ask the OpenID provider about the person: %w", err)
	}
	if info.Subject != subject { // section 5.3.2: it must not be used then
		return errors.New("the OpenID provider has told about somebody else")
	}
	var more claims
	if err := info.Claims(&more); err != nil {
		return fmt.Errorf("read what the OpenID provider told: %w", err)
	}
	if c.Email == "" {
		c.Email, c.EmailVerified = more.Email, more.EmailVerified
	}
	if c.Username == "" {
		c.Username = more.Username
	}
	return nil
}

// verdict is a boolean that some providers write as a string.
type verdict bool

// UnmarshalJSON implements json.Unmarshaler.
func (v *verdict) UnmarshalJSON(data []byte) error {
	*v = string(data) == "true" || string(data) == `"true"`
	return nil
}

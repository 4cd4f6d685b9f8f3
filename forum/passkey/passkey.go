// Package passkey speaks WebAuthn: it makes what browsers are asked for a
// passkey with, and checks what they answer.
//
// It stores nothing and knows no rule of the forum.
package passkey

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"portevoix/forum"
)

// Party is the server as browsers know it; it implements forum.Passkeys.
type Party struct{ w *webauthn.WebAuthn }

var _ forum.Passkeys = (*Party)(nil)

// New returns the party of a server. Browsers tie a passkey to the host name of
// base; where base has a number for a host there can be none, and New returns
// nil.
func New(base, name string) (*Party, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil, nil
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation, // which make of device it is is nobody's business
		// The device makes sure of its owner, by a PIN or a finger: so a passkey
		// is two steps in one.
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("prepare passkeys for %s: %w", base, err)
	}
	return &Party{w}, nil
}

// owner is an account as the library wants it.
type owner struct {
	account     *forum.Account
	credentials []webauthn.Credential
}

func (o owner) WebAuthnID() []byte                         { return []byte(o.account.ID.String()) }
func (o owner) WebAuthnName() string                       { return o.account.Name }
func (o owner) WebAuthnDisplayName() string                { return o.account.Label() }
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.credentials }

func newOwner(account *forum.Account, known []forum.Passkey) (owner, error) {
	o := owner{account: account}
	for _, p := range known {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(p.Credential), &c); err != nil {
			return o, fmt.Errorf("read passkey %s: %w", p.ID, err)
		}
		o.credentials = append(o.credentials, c)
	}
	return o, nil
}

// BeginNew implements forum.Passkeys.
func (p *Party) BeginNew(account *forum.Account, known []forum.Passkey) (options, state string, err error) {
	o, err := newOwner(account, known)
	if err != nil {
		return "", "", err
	}
	creation, session, err := p.w.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.credentials).CredentialDescriptors()))
	if err != nil {
		return "", "", err
	}
	return encode(creation.Response, session)
}

// FinishNew implements forum.Passkeys.
func (p *Party) FinishNew(account *forum.Account, state, answer string) (forum.Passkey, error) {
	session, err := decode(state)
	if err != nil {
		return forum.Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return forum.Passkey{}, err
	}
	c, err := p.w.CreateCredential(owner{account: account}, session, parsed)
	if err != nil {
		return forum.Passkey{}, err
	}
	return stored(c)
}

// BeginUse implements forum.Passkeys.
func (p *Party) BeginUse() (options, state string, err error) {
	assertion, session, err := p.w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return "", "", err
	}
	return encode(assertion.Response, session)
}

// FinishUse implements forum.Passkeys. It refuses a passkey whose counter went
// back: somebody has a copy.
func (p *Party) FinishUse(state, answer string, find func(account forum.ID) (*forum.Account, []forum.Passkey, error)) (forum.Passkey, error) {
	session, err := decode(state)
	if err != nil {
		return forum.Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return forum.Passkey{}, err
	}
	var known []forum.Passkey
	c, err := p.w.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
		id, err := forum.ParseID(string(handle))
		if err != nil {
			return nil, err
		}
		account, list, err := find(id)
		if err != nil {
			return nil, err
		}
		known = list
		return newOwner(account, list)
	}, session, parsed)
	if err != nil {
		return forum.Passkey{}, err
	}
	if c.Authenticator.CloneWarning {
		return forum.Passkey{}, errors.New("the counter of the passkey went back")
	}
	used, err := stored(c)
	if err != nil {
		return forum.Passkey{}, err
	}
	for _, k := range known {
		if k.CredentialID == used.CredentialID {
			k.Credential = used.Credential
			return k, nil
		}
	}
	return forum.Passkey{}, errors.New("the passkey is not among those of its owner")
}

// stored is a credential as it is kept: what later answers are checked with, and
// nothing of the device.
func stored(c *webauthn.Credential) (forum.Passkey, error) {
	c.Attestation = webauthn.CredentialAttestation{}
	data, err := json.Marshal(c)
	return forum.Passkey{CredentialID: base64.RawURLEncoding.EncodeToString(c.ID), Credential: string(data)}, err
}

func encode(options any, session *webauthn.SessionData) (string, string, error) {
	o, err := json.Marshal(options)
	if err != nil {
		return "", "", err
	}
	s, err := json.Marshal(session)
	return string(o), string(s), err
}

func decode(state string) (webauthn.SessionData, error) {
	var session webauthn.SessionData
	err := json.Unmarshal([]byte(state), &session)
	return session, err
}

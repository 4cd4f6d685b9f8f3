package forum

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// Identity is somebody as a provider knows them. Issuer and subject together
// never change and are never given to another; the rest is what the provider
// says at the moment.
type Identity struct {
	Issuer        string
	Subject       string
	AccountID     ID        `json:"-"` // 0 while it belongs to no account
	CreatedAt     time.Time `json:"-"` // when it was tied to the account
	Email         string    // "" where the provider does not tell
	EmailVerified bool
	Name          string // the name they go by there
}

// IdentityProvider is the OpenID Connect provider that the server trusts. State,
// nonce and verifier are fresh random texts, which tie what it answers to one
// sign-in.
type IdentityProvider interface {
	// Name is for people.
	Name() string
	// Address is where the browser is sent. An error means that the provider
	// does not answer.
	Address(ctx context.Context, state, nonce, verifier string) (string, error)
	// Identify is who has come back with the code.
	Identify(ctx context.Context, code, nonce, verifier string) (Identity, error)
}

// journey is what is remembered while a browser is at the provider.
type journey struct {
	Nonce    string
	Verifier string
	Back     string // path of the page to go on with
}

// Arrival is what has come of a browser that was at the provider.
type Arrival struct {
	Entry   Entry  // of whom is known here; empty for strangers, and for who was signed in already
	Linked  bool   // the identity was tied to the account that asked
	Welcome string // for strangers: the secret under which RegisterIdentity is called
	Back    string // path of the page to go on with, "" for none
}

// IdentityProviderName is the provider's name for people, "" where there is none.
func (s *Service) IdentityProviderName() string {
	if s.identities == nil {
		return ""
	}
	return s.identities.Name()
}

func (s *Service) needProvider() error {
	if s.identities == nil {
		return &Error{Code: NotFound, Key: "NothingHere"}
	}
	return nil
}

// BeginIdentity sends a visitor's browser to the provider, to sign in: it returns
// the address, and the secret under which FinishIdentity is called. Back is the
// page to go on with.
func (s *Service) BeginIdentity(ctx context.Context, back string) (token, address string, err error) {
	return s.beginJourney(ctx, 0, back)
}

// BeginIdentityLink is BeginIdentity to tie an identity to one's own account. The
// password is asked for where there is one.
func (s *Service) BeginIdentityLink(ctx context.Context, by *Account, password string) (token, address string, err error) {
	if err := s.checkOwner(by, password); err != nil {
		return "", "", err
	}
	return s.beginJourney(ctx, by.ID, "")
}

func (s *Service) beginJourney(ctx context.Context, account ID, back string) (token, address string, err error) {
	if err := s.needProvider(); err != nil {
		return "", "", err
	}
	j := journey{Nonce: newToken(), Verifier: newToken() + newToken(), Back: back} // RFC 7636 wants 43 characters at least
	state, err := json.Marshal(j)
	if err != nil {
		return "", "", err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		token, err = s.challenge(ctx, tx, Challenge{Purpose: challengeIdentity, AccountID: account, State: string(state)})
		return err
	})
	if err != nil {
		return "", "", err
	}
	address, err = s.identities.Address(ctx, token, j.Nonce, j.Verifier)
	if err != nil {
		return "", "", &Error{Code: Unavailable, Key: "ProviderSilent", Args: map[string]any{"Provider": s.identities.Name()}, Err: err}
	}
	return token, address, nil
}

// FinishIdentity takes a browser that comes back from the provider. Somebody
// known here is signed in, with the second step if they have one; who came from
// their settings (by) has the identity tied to their account; a stranger may go
// on to open an account.
func (s *Service) FinishIdentity(ctx context.Context, by *Account, token, code string) (Arrival, error) {
	if err := s.needProvider(); err != nil {
		return Arrival{}, err
	}
	c, j, err := s.endJourney(ctx, token)
	if err != nil {
		return Arrival{}, err
	}
	if c.AccountID != 0 && (by == nil || by.ID != c.AccountID) {
		return Arrival{}, &Error{Code: Unauthenticated, Key: "ChallengeOver"}
	}
	identity, err := s.identities.Identify(ctx, code, j.Nonce, j.Verifier) // asks the provider: not within a transaction
	if err != nil {
		return Arrival{}, &Error{Code: Unauthenticated, Key: "IdentityRefused", Args: map[string]any{"Provider": s.identities.Name()}, Err: err}
	}
	arrival := Arrival{Back: j.Back}
	return arrival, s.write(ctx, func(ctx context.Context, tx Tx) error {
		arrival = Arrival{Back: j.Back} // a transaction may be tried again
		known, err := tx.Identity(ctx, identity.Issuer, identity.Subject)
		if err != nil && CodeOf(err) != NotFound {
			return err
		}
		switch {
		case c.AccountID != 0:
			arrival.Linked = true
			return s.linkIdentity(ctx, tx, identity, known, c.AccountID)
		case known != nil:
			account, err := tx.Account(ctx, known.AccountID)
			if err != nil {
				return err
			}
			arrival.Entry, err = s.enter(ctx, tx, account)
			return err
		}
		arrival.Welcome, err = s.welcome(ctx, tx, identity)
		return err
	})
}

// endJourney uses the challenge up: what a browser brings back counts once.
func (s *Service) endJourney(ctx context.Context, token string) (*Challenge, journey, error) {
	var c *Challenge
	var j journey
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		var err error
		if c, err = tx.Challenge(ctx, challengeIdentity, hashToken(token), s.clock.Now()); err != nil {
			return challengeOver(err)
		}
		if err := json.Unmarshal([]byte(c.State), &j); err != nil {
			return err
		}
		return tx.RemoveChallenge(ctx, c.TokenHash)
	})
	return c, j, err
}

func (s *Service) linkIdentity(ctx context.Context, tx Tx, identity Identity, known *Identity, account ID) error {
	if known != nil {
		if known.AccountID == account {
			return nil
		}
		return &Error{Code: Conflict, Key: "IdentityTaken", Args: map[string]any{"Provider": s.identities.Name()}}
	}
	identity.AccountID, identity.CreatedAt = account, s.clock.Now()
	if err := tx.AddIdentity(ctx, identity); err != nil {
		return err
	}
	owner, err := tx.Account(ctx, account)
	if err != nil {
		return err
	}
	return s.warnOwner(ctx, tx, owner, IdentityLinked)
}

// welcome remembers a stranger's identity while they choose a name.
func (s *Service) welcome(ctx context.Context, tx Tx, identity Identity) (string, error) {
	state, err := json.Marshal(identity)
	if err != nil {
		return "", err
	}
	return s.challenge(ctx, tx, Challenge{Purpose: challengeNewIdentity, State: string(state)})
}

// Stranger is who came from the provider under this secret and has no account
// yet; its name is one that an account could have, or "".
func (s *Service) Stranger(ctx context.Context, token string) (*Identity, error) {
	if err := s.needProvider(); err != nil {
		return nil, err
	}
	return s.stranger(ctx, s.store, token)
}

func (s *Service) stranger(ctx context.Context, r Reader, token string) (*Identity, error) {
	c, err := r.Challenge(ctx, challengeNewIdentity, hashToken(token), s.clock.Now())
	if err != nil {
		return nil, challengeOver(err)
	}
	var identity Identity
	if err := json.Unmarshal([]byte(c.State), &identity); err != nil {
		return nil, err
	}
	if identity.Email, err = cleanEmail(identity.Email); err != nil {
		identity.Email, identity.EmailVerified = "", false
	}
	identity.Name = suggestedName(identity.Name)
	return &identity, nil
}

// suggestedName makes an account's name of a name from elsewhere; "" where that
// would leave letters out.
func suggestedName(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), "@")
	name = strings.NewReplacer(".", "_", "-", "_", " ", "_").Replace(name)
	name = name[:min(len(name), maxPersonalNameLength)]
	if checkName("name", name, maxPersonalNameLength) != nil {
		return ""
	}
	return name
}

// RegisterIdentity opens an account for a stranger who came from the provider
// under this secret, as the registration mode allows, and ties the two together.
// An address that the provider has verified needs no confirmation, and the person
// is signed in; otherwise a link is mailed and the entry is empty. It returns
// Conflict for a name that is or was taken, and for a verified address that has
// an account.
func (s *Service) RegisterIdentity(ctx context.Context, token string, n NewAccount) (Entry, error) {
	if err := s.needProvider(); err != nil {
		return Entry{}, err
	}
	stranger, err := s.Stranger(ctx, token)
	if err != nil {
		return Entry{}, err
	}
	verified := stranger.EmailVerified
	if verified {
		n.Email = stranger.Email // nobody gets another's address confirmed
	}
	account, keys, err := s.candidate(&n)
	if err != nil {
		return Entry{}, err
	}
	if verified {
		account.EmailConfirmed = account.CreatedAt
	}
	var entry Entry
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		entry = Entry{}
		if _, err := s.stranger(ctx, tx, token); err != nil { // used from another window meanwhile
			return err
		}
		if err := tx.RemoveChallenge(ctx, hashToken(token)); err != nil {
			return err
		}
		existing, err := s.admit(ctx, tx, account, keys, n.Invitation)
		switch {
		case err != nil:
			return err
		case existing != nil && verified: // theirs, so no secret from them
			return &Error{Code: Conflict, Key: "EmailHasAccount", Field: "email", Args: map[string]any{"Provider": s.identities.Name()}}
		case existing != nil:
			return s.enqueueMail(ctx, tx, MailJob{Account: existing.ID, Template: MailAccountExists})
		}
		identity := *stranger
		identity.AccountID, identity.CreatedAt = account.ID, account.CreatedAt
		if err := tx.AddIdentity(ctx, identity); err != nil {
			return err
		}
		if !verified {
			return s.enqueueMail(ctx, tx, MailJob{Account: account.ID, Template: MailConfirm})
		}
		entry, err = s.enterAtLast(ctx, tx, account)
		return err
	})
	return entry, err
}

// IdentityOf is the identity that opens one's account, nil for none.
func (s *Service) IdentityOf(ctx context.Context, by *Account) (*Identity, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	identity, err := s.store.IdentityOfAccount(ctx, by.ID)
	if CodeOf(err) == NotFound {
		return nil, nil
	}
	return identity, err
}

// UnlinkIdentity makes the provider open one's account no more; mailed links
// still do. The password is asked for where there is one.
func (s *Service) UnlinkIdentity(ctx context.Context, by *Account, password string) error {
	if err := s.checkOwner(by, password); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := tx.IdentityOfAccount(ctx, by.ID); CodeOf(err) == NotFound {
			return nil
		} else if err != nil {
			return err
		}
		if err := tx.RemoveIdentities(ctx, by.ID); err != nil {
			return err
		}
		return s.warnOwner(ctx, tx, by, IdentityUnlinked)
	})
}

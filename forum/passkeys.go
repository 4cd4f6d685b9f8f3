package forum

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"
)

// Passkey is a key pair that a person's device holds and this server knows the
// public half of (WebAuthn).
type Passkey struct {
	ID           ID
	AccountID    ID
	CredentialID string // base64url, as browsers name it
	Credential   string // JSON of whoever implements Passkeys
	Name         string
	CreatedAt    time.Time
	UsedAt       time.Time // zero for never
}

// Passkeys speaks WebAuthn with browsers. Options and answers are JSON as the
// browser's own functions write and read it; state is kept between the two.
// Errors of the Finish methods mean that the answer is not right.
type Passkeys interface {
	BeginNew(account *Account, known []Passkey) (options, state string, err error)
	FinishNew(account *Account, state, answer string) (Passkey, error)
	BeginUse() (options, state string, err error)
	// FinishUse reads whose passkey answered; find returns that account with its
	// passkeys. The passkey returned is to be stored: it counts its uses.
	FinishUse(state, answer string, find func(account ID) (*Account, []Passkey, error)) (Passkey, error)
}

const (
	maxPasskeys    = 20
	maxPasskeyName = 60
)

// HasPasskeys says whether this server can work with passkeys: its address must
// be a host name, not a number.
func (s *Service) HasPasskeys() bool { return s.passkeys != nil }

func (s *Service) needPasskeys() error {
	if s.passkeys == nil {
		return &Error{Code: Unavailable, Key: "PasskeysUnavailable"}
	}
	return nil
}

// PasskeysOf lists one's own passkeys, oldest first.
func (s *Service) PasskeysOf(ctx context.Context, by *Account) ([]Passkey, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.store.Passkeys(ctx, by.ID)
}

// BeginPasskey asks the browser for a new passkey: it returns what the browser
// needs, and the secret under which AddPasskey is called. The password is asked
// for where there is one.
func (s *Service) BeginPasskey(ctx context.Context, by *Account, password string) (token, options string, err error) {
	if err := s.checkOwner(by, password); err != nil {
		return "", "", err
	}
	if err := s.needPasskeys(); err != nil {
		return "", "", err
	}
	known, err := s.store.Passkeys(ctx, by.ID)
	if err != nil {
		return "", "", err
	}
	if len(known) >= maxPasskeys {
		return "", "", &Error{Code: Conflict, Key: "TooManyPasskeys", Args: map[string]any{"Max": maxPasskeys}}
	}
	options, state, err := s.passkeys.BeginNew(by, known)
	if err != nil {
		return "", "", err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		token, err = s.challenge(ctx, tx, Challenge{Purpose: challengeNewPasskey, AccountID: by.ID, State: state})
		return err
	})
	return token, options, err
}

// AddPasskey keeps the passkey that the browser has made.
func (s *Service) AddPasskey(ctx context.Context, by *Account, token, name, answer string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if err := s.needPasskeys(); err != nil {
		return err
	}
	name, err := passkeyName(name)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		c, err := tx.Challenge(ctx, challengeNewPasskey, hashToken(token), now)
		if err != nil || c.AccountID != by.ID {
			return &Error{Code: Conflict, Key: "ChallengeOver", Err: err}
		}
		passkey, err := s.passkeys.FinishNew(by, c.State, answer)
		if err != nil {
			return &Error{Code: Invalid, Key: "PasskeyRefused", Err: err}
		}
		known, err := tx.Passkeys(ctx, by.ID)
		if err != nil {
			return err
		}
		if len(known) >= maxPasskeys {
			return &Error{Code: Conflict, Key: "TooManyPasskeys", Args: map[string]any{"Max": maxPasskeys}}
		}
		passkey.ID, passkey.AccountID, passkey.Name, passkey.CreatedAt = s.ids.New(now), by.ID, name, now
		if err := tx.RemoveChallenge(ctx, c.TokenHash); err != nil {
			return err
		}
		if err := tx.AddPasskey(ctx, passkey); err != nil {
			return err
		}
		return s.warnOwner(ctx, tx, by, PasskeyAdded)
	})
}

func passkeyName(name string) (string, error) {
	name = oneLine(name)
	if name == "" {
		return "", invalid("name", "NameMissing", nil)
	}
	if utf8.RuneCountInString(name) > maxPasskeyName {
		return "", invalid("name", "NameTooLong", map[string]any{"Max": maxPasskeyName})
	}
	return name, nil
}

// RenamePasskey gives one of one's own passkeys another name.
func (s *Service) RenamePasskey(ctx context.Context, by *Account, id ID, name string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	name, err := passkeyName(name)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.RenamePasskey(ctx, by.ID, id, name) })
}

// RemovePasskey forgets one of one's own passkeys; it succeeds when there is
// none.
func (s *Service) RemovePasskey(ctx context.Context, by *Account, id ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		known, err := tx.Passkeys(ctx, by.ID)
		if err != nil || !slices.ContainsFunc(known, func(p Passkey) bool { return p.ID == id }) {
			return err
		}
		if err := tx.RemovePasskey(ctx, by.ID, id); err != nil {
			return err
		}
		return s.warnOwner(ctx, tx, by, PasskeyRemoved)
	})
}

func (s *Service) removePasskeys(ctx context.Context, tx Tx, account *Account) error {
	known, err := tx.Passkeys(ctx, account.ID)
	if err != nil || len(known) == 0 {
		return err
	}
	if err := tx.RemovePasskeys(ctx, account.ID); err != nil {
		return err
	}
	return s.warnOwner(ctx, tx, account, PasskeyRemoved)
}

// BeginPasskeySignIn asks the browser for a passkey of anybody's: it returns
// what the browser needs, and the secret under which SignInWithPasskey is called.
func (s *Service) BeginPasskeySignIn(ctx context.Context) (token, options string, err error) {
	if err := s.needPasskeys(); err != nil {
		return "", "", err
	}
	options, state, err := s.passkeys.BeginUse()
	if err != nil {
		return "", "", err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		token, err = s.challenge(ctx, tx, Challenge{Purpose: challengePasskey, State: state})
		return err
	})
	return token, options, err
}

// SignInWithPasskey opens a session. No second step is asked for: the device was
// at hand, and has made sure of its owner.
func (s *Service) SignInWithPasskey(ctx context.Context, token, answer string) (Entry, error) {
	if err := s.needPasskeys(); err != nil {
		return Entry{}, err
	}
	var entry Entry
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		c, err := tx.Challenge(ctx, challengePasskey, hashToken(token), now)
		if err != nil {
			return challengeOver(err)
		}
		passkey, err := s.passkeys.FinishUse(c.State, answer, func(id ID) (*Account, []Passkey, error) {
			account, err := tx.Account(ctx, id)
			if err != nil {
				return nil, nil, err
			}
			list, err := tx.Passkeys(ctx, id)
			return account, list, err
		})
		if err != nil {
			return &Error{Code: Unauthenticated, Key: "PasskeyUnknown", Err: err}
		}
		account, err := tx.Account(ctx, passkey.AccountID)
		if err != nil {
			return err
		}
		passkey.UsedAt = now
		if err := tx.UsePasskey(ctx, passkey); err != nil {
			return err
		}
		if err := tx.RemoveChallenge(ctx, c.TokenHash); err != nil {
			return err
		}
		entry, err = s.enterAtLast(ctx, tx, account)
		return err
	})
	return entry, err
}

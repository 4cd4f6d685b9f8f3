package forum

import (
	"context"
	"crypto/rand"
	"strings"
	"time"
)

// Codes makes and reads the codes of authenticator apps (TOTP, RFC 6238).
type Codes interface {
	NewSecret() (string, error)
	// Address is what an app reads from a QR code.
	Address(secret, issuer, account string) string
	// Step is the time step that a code belongs to, among those around now; 0
	// when it belongs to none. It compares in constant time.
	Step(secret, code string, now time.Time) int64
}

// SecondStep is what an account asks for after password or mailed link.
type SecondStep struct {
	AccountID   ID
	Secret      string
	ConfirmedAt time.Time // zero while it is being set up
}

// Protection is what the owner of an account sees of their second step.
type Protection struct {
	On      bool
	Since   time.Time
	Codes   int    // recovery codes left
	Secret  string // while it is being set up, for the app
	Address string // the same for a QR code
}

// Challenge is a question that somebody who signs in has yet to answer, without
// its secret.
type Challenge struct {
	TokenHash string
	Purpose   ChallengePurpose
	AccountID ID // 0 where nobody has said yet who they are
	State     string
	ExpiresAt time.Time
}

// ChallengePurpose says what a challenge asks for.
type ChallengePurpose string

// The purposes.
const (
	challengeSecondStep  ChallengePurpose = "second_step"
	challengeNewPasskey  ChallengePurpose = "new_passkey"
	challengePasskey     ChallengePurpose = "passkey"
	challengeIdentity    ChallengePurpose = "identity"
	challengeNewIdentity ChallengePurpose = "new_identity"
)

const (
	challengeLifetime = 10 * time.Minute
	recoveryCodes     = 10
	// Six digits are guessed by trying: after this many wrong codes an account
	// takes none for a while, whoever asks and from wherever.
	maxCodeAttempts = 5
	codeLockout     = 15 * time.Minute
)

// Entry is how far somebody has come who signs in.
type Entry struct {
	Account   *Account
	Session   string // its secret; "" while a second step is asked for
	Challenge string // the secret under which TakeSecondStep is called
}

// enter opens a session, or asks for the second step first.
func (s *Service) enter(ctx context.Context, tx Tx, account *Account) (Entry, error) {
	step, err := tx.SecondStep(ctx, account.ID)
	if err != nil && CodeOf(err) != NotFound {
		return Entry{}, err
	}
	if err != nil || step.ConfirmedAt.IsZero() {
		return s.enterAtLast(ctx, tx, account)
	}
	token, err := s.challenge(ctx, tx, Challenge{Purpose: challengeSecondStep, AccountID: account.ID})
	return Entry{Account: account, Challenge: token}, err
}

// enterAtLast opens a session.
func (s *Service) enterAtLast(ctx context.Context, tx Tx, account *Account) (Entry, error) {
	token, now := newToken(), s.clock.Now()
	err := tx.AddSession(ctx, Session{TokenHash: hashToken(token), AccountID: account.ID, CreatedAt: now, SeenAt: now})
	return Entry{Account: account, Session: token}, err
}

func (s *Service) challenge(ctx context.Context, tx Tx, c Challenge) (string, error) {
	token := newToken()
	c.TokenHash, c.ExpiresAt = hashToken(token), s.clock.Now().Add(challengeLifetime)
	return token, tx.AddChallenge(ctx, c)
}

// challengeOver is the answer to a challenge that was used or has expired.
func challengeOver(err error) error {
	if CodeOf(err) == NotFound {
		return &Error{Code: Unauthenticated, Key: "ChallengeOver", Err: err}
	}
	return err
}

// TakeSecondStep finishes a sign-in with a code of the app or a recovery code.
// It returns Invalid for a wrong code, Unauthenticated when the sign-in has to
// begin anew, and TooMany after several wrong codes.
func (s *Service) TakeSecondStep(ctx context.Context, token, code string) (Entry, error) {
	var entry Entry
	right := false
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		c, err := tx.Challenge(ctx, challengeSecondStep, hashToken(token), s.clock.Now())
		if err != nil {
			return challengeOver(err)
		}
		account, err := tx.Account(ctx, c.AccountID)
		if err != nil {
			return challengeOver(err)
		}
		if right, err = s.checkCode(ctx, tx, account.ID, code); err != nil || !right {
			return err // an attempt is counted, also a wrong one
		}
		if err := tx.RemoveChallenge(ctx, c.TokenHash); err != nil {
			return err
		}
		entry, err = s.enterAtLast(ctx, tx, account)
		return err
	})
	if err == nil && !right {
		err = invalid("code", "CodeWrong", nil)
	}
	if err != nil {
		return Entry{}, err
	}
	return entry, nil
}

// checkCode says whether a code opens: of the app, not used before, or one of
// the recovery codes, which is used up. An account without a second step asks
// for nothing.
func (s *Service) checkCode(ctx context.Context, tx Tx, account ID, code string) (bool, error) {
	step, err := tx.SecondStep(ctx, account)
	if CodeOf(err) == NotFound {
		return true, nil // switched off meanwhile
	}
	if err != nil {
		return false, err
	}
	now := s.clock.Now()
	attempts, err := tx.CountCodeAttempt(ctx, account, now, now.Add(-codeLockout))
	if err != nil {
		return false, err
	}
	if attempts > maxCodeAttempts {
		return false, &Error{Code: TooMany, Key: "TooManyCodes", Args: map[string]any{"Minutes": int(codeLockout.Minutes())}}
	}
	code = plainCode(code)
	if n := s.codes.Step(step.Secret, code, now); n != 0 {
		return tx.UseCode(ctx, account, n)
	}
	return tx.UseRecoveryCode(ctx, account, hashToken(code))
}

// plainCode is a code without what makes it readable.
func plainCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(code)))
}

// Protection tells about one's own second step.
func (s *Service) Protection(ctx context.Context, by *Account) (Protection, error) {
	if by == nil {
		return Protection{}, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	step, err := s.store.SecondStep(ctx, by.ID)
	if CodeOf(err) == NotFound {
		return Protection{}, nil
	}
	if err != nil {
		return Protection{}, err
	}
	if step.ConfirmedAt.IsZero() {
		return Protection{Secret: step.Secret, Address: s.codes.Address(step.Secret, s.addresses.Host(), by.Name)}, nil
	}
	left, err := s.store.RecoveryCodes(ctx, by.ID)
	return Protection{On: true, Since: step.ConfirmedAt, Codes: left}, err
}

// BeginSecondStep makes a secret for one's app; nothing is asked for until
// ConfirmSecondStep has seen a code of it.
func (s *Service) BeginSecondStep(ctx context.Context, by *Account) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	secret, err := s.codes.NewSecret()
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		step, err := tx.SecondStep(ctx, by.ID)
		if err == nil && !step.ConfirmedAt.IsZero() {
			return &Error{Code: Conflict, Key: "SecondStepOn"}
		}
		if err != nil && CodeOf(err) != NotFound {
			return err
		}
		return tx.SaveSecondStep(ctx, SecondStep{AccountID: by.ID, Secret: secret})
	})
}

// ConfirmSecondStep switches the second step on with the first code of the app,
// and returns the recovery codes, which are shown this once. The password is
// asked for where there is one.
func (s *Service) ConfirmSecondStep(ctx context.Context, by *Account, password, code string) ([]string, error) {
	if err := s.checkOwner(by, password); err != nil {
		return nil, err
	}
	codes, hashes := newRecoveryCodes()
	return codes, s.write(ctx, func(ctx context.Context, tx Tx) error {
		step, err := tx.SecondStep(ctx, by.ID)
		if err != nil {
			return &Error{Code: Conflict, Key: "SecondStepNotBegun", Err: err}
		}
		if !step.ConfirmedAt.IsZero() {
			return &Error{Code: Conflict, Key: "SecondStepOn"}
		}
		now := s.clock.Now()
		n := s.codes.Step(step.Secret, plainCode(code), now)
		if n == 0 {
			return invalid("code", "CodeWrong", nil)
		}
		step.ConfirmedAt = now
		if err := tx.SaveSecondStep(ctx, *step); err != nil {
			return err
		}
		if _, err := tx.UseCode(ctx, by.ID, n); err != nil {
			return err
		}
		if err := tx.SetRecoveryCodes(ctx, by.ID, hashes); err != nil {
			return err
		}
		return s.warnOwner(ctx, tx, by, SecondStepOn)
	})
}

// NewRecoveryCodes replaces one's recovery codes. The password is asked for, or
// a code where there is none.
func (s *Service) NewRecoveryCodes(ctx context.Context, by *Account, password, code string) ([]string, error) {
	codes, hashes := newRecoveryCodes()
	return codes, s.changeSecondStep(ctx, by, password, code, func(ctx context.Context, tx Tx) error {
		if err := tx.SetRecoveryCodes(ctx, by.ID, hashes); err != nil {
			return err
		}
		return s.warnOwner(ctx, tx, by, RecoveryCodesNew)
	})
}

// EndSecondStep switches one's second step off. The password is asked for, or a
// code where there is none.
func (s *Service) EndSecondStep(ctx context.Context, by *Account, password, code string) error {
	return s.changeSecondStep(ctx, by, password, code, func(ctx context.Context, tx Tx) error {
		if err := tx.RemoveSecondStep(ctx, by.ID); err != nil {
			return err
		}
		return s.warnOwner(ctx, tx, by, SecondStepOff)
	})
}

// changeSecondStep makes a change to a second step that is on, for its owner.
func (s *Service) changeSecondStep(ctx context.Context, by *Account, password, code string, change func(ctx context.Context, tx Tx) error) error {
	if err := s.checkOwner(by, password); err != nil {
		return err
	}
	right := false
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		step, err := tx.SecondStep(ctx, by.ID)
		if err != nil || step.ConfirmedAt.IsZero() {
			return &Error{Code: Conflict, Key: "SecondStepOff", Err: err}
		}
		right = by.PasswordHash != ""
		if !right {
			if right, err = s.checkCode(ctx, tx, by.ID, code); err != nil || !right {
				return err
			}
		}
		return change(ctx, tx)
	})
	if err == nil && !right {
		err = invalid("code", "CodeWrong", nil)
	}
	return err
}

// checkOwner asks who is signed in for their password, where they have one.
func (s *Service) checkOwner(by *Account, password string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if by.PasswordHash != "" && !s.passwords.Matches(password, by.PasswordHash) {
		return invalid("current_password", "PasswordWrong", nil)
	}
	return nil
}

// ResetSecondStep switches an account's second step off, for somebody who has
// lost app and recovery codes; with passkeys, those are forgotten too.
// Administrators may.
func (s *Service) ResetSecondStep(ctx context.Context, by *Account, name string, passkeys bool) error {
	if err := adminOnly(by); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.AccountByName(ctx, name)
		if err != nil {
			return unknownAccount(err, name)
		}
		if passkeys {
			if err := s.removePasskeys(ctx, tx, account); err != nil {
				return err
			}
		}
		step, err := tx.SecondStep(ctx, account.ID)
		if CodeOf(err) == NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if err := tx.RemoveSecondStep(ctx, account.ID); err != nil || step.ConfirmedAt.IsZero() {
			return err
		}
		return s.warnOwner(ctx, tx, account, SecondStepOff)
	})
}

// newRecoveryCodes makes codes of 80 random bits each, and what is stored of
// them.
func newRecoveryCodes() (codes, hashes []string) {
	for range recoveryCodes {
		plain := strings.ToLower(rand.Text()[:16])
		codes = append(codes, plain[:4]+"-"+plain[4:8]+"-"+plain[8:12]+"-"+plain[12:])
		hashes = append(hashes, hashToken(plain))
	}
	return codes, hashes
}

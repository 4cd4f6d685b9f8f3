package forum

import (
	"context"
	"time"
)

// SignInChange is a change to what opens an account, of which its owner is told
// by mail: it may have been somebody else.
type SignInChange string

// The changes.
const (
	PasswordSet      SignInChange = "PasswordSet"
	PasswordGone     SignInChange = "PasswordGone"
	EmailChanged     SignInChange = "EmailChanged" // told to the former address
	SecondStepOn     SignInChange = "SecondStepOn"
	SecondStepOff    SignInChange = "SecondStepOff"
	RecoveryCodesNew SignInChange = "RecoveryCodesNew"
	PasskeyAdded     SignInChange = "PasskeyAdded"
	PasskeyRemoved   SignInChange = "PasskeyRemoved"
	IdentityLinked   SignInChange = "IdentityLinked"
	IdentityUnlinked SignInChange = "IdentityUnlinked"
)

// Warning is what a mail says of such a change.
type Warning struct {
	Change SignInChange `json:"change,omitempty"`
	At     time.Time    `json:"at,omitzero"`
}

// warnOwner tells an account's owner of a change, at the address it has in a.
// One that was never confirmed is nobody's.
func (s *Service) warnOwner(ctx context.Context, tx Tx, a *Account, change SignInChange) error {
	if a.Email == "" || a.EmailConfirmed.IsZero() {
		return nil
	}
	return s.enqueueMail(ctx, tx, MailJob{Account: a.ID, Template: MailWarning, Email: a.Email, Warning: Warning{Change: change, At: s.clock.Now()}})
}

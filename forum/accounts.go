package forum

import (
	"context"
	"errors"
	"unicode/utf8"
)

// NewAccount is what a person gives to register.
type NewAccount struct {
	Name        string
	Email       string
	Password    string // "": sign in by mailed links only
	Locale      string
	Application string // why they want to join, where an administrator decides
	Invitation  string // the token of an invitation link, where one is needed
}

const (
	maxDisplayName = 60
	maxSummary     = 2000
	maxApplication = 1000
)

// Register opens an account for a visitor, as the registration mode allows. The
// account can write once its address is confirmed by the mailed link and, where
// administrators decide, once one of them has.
//
// It returns Conflict for a name that is or was taken. An address that has an
// account already is not given away: the outcome looks the same, and the mail
// says that the account exists.
func (s *Service) Register(ctx context.Context, n NewAccount) error {
	account, keys, err := s.candidate(&n)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		existing, err := s.admit(ctx, tx, account, keys, n.Invitation)
		if err != nil {
			return err
		}
		if existing != nil {
			return s.enqueueMail(ctx, tx, MailJob{Account: existing.ID, Template: MailAccountExists})
		}
		return s.enqueueMail(ctx, tx, MailJob{Account: account.ID, Template: MailConfirm})
	})
}

// candidate prepares the account of somebody who asks to join, as the
// registration mode allows.
func (s *Service) candidate(n *NewAccount) (*Account, KeyPair, error) {
	if s.registration == RegistrationClosed {
		return nil, KeyPair{}, &Error{Code: Forbidden, Key: "RegistrationClosed"}
	}
	var err error
	if n.Application, err = s.checkApplication(n.Application); err != nil {
		return nil, KeyPair{}, err
	}
	account, keys, err := s.newAccount(n)
	if err != nil {
		return nil, KeyPair{}, err
	}
	account.Application = n.Application
	if s.registration != RegistrationApproval {
		account.ApprovedAt = account.CreatedAt
	}
	return account, keys, nil
}

// checkApplication tidies what an applicant wrote to the moderators, who ask for
// it where registrations need their approval.
func (s *Service) checkApplication(text string) (string, error) {
	text = trimText(text)
	if s.registration == RegistrationApproval && text == "" {
		return "", invalid("application", "ApplicationMissing", nil)
	}
	if utf8.RuneCountInString(text) > maxApplication {
		return "", invalid("application", "TextTooLong", map[string]any{"Max": maxApplication})
	}
	return text, nil
}

// admit stores a candidate, unless there is an account with that address: then
// it returns that one and changes nothing.
func (s *Service) admit(ctx context.Context, tx Tx, account *Account, keys KeyPair, invitation string) (existing *Account, err error) {
	if s.registration == RegistrationInvite {
		if _, err := tx.UseLink(ctx, LinkInvite, hashToken(invitation), s.clock.Now()); err != nil {
			return nil, &Error{Code: Forbidden, Key: "InvitationNeeded", Err: err}
		}
	}
	// The name is checked first, whatever becomes of the address: otherwise
	// a taken name would tell whether the address is known.
	if err := tx.NameFree(ctx, account.Name); err != nil {
		return nil, err
	}
	existing, err = tx.AccountByEmail(ctx, EmailKey(account.Email))
	if CodeOf(err) != NotFound {
		return existing, err
	}
	return nil, tx.AddAccount(ctx, account, keys)
}

// CreateAccount opens a confirmed account without further ado, for an
// administrator or the command line.
func (s *Service) CreateAccount(ctx context.Context, by *Account, n NewAccount, role Role) (*Account, error) {
	if err := adminOnly(by); err != nil {
		return nil, err
	}
	account, keys, err := s.newAccount(&n)
	if err != nil {
		return nil, err
	}
	account.Role, account.EmailConfirmed, account.ApprovedAt = role, account.CreatedAt, account.CreatedAt
	return account, s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := freeEmail(ctx, tx, account.Email); err != nil {
			return err
		}
		return tx.AddAccount(ctx, account, keys)
	})
}

func freeEmail(ctx context.Context, tx Tx, email string) error {
	_, err := tx.AccountByEmail(ctx, EmailKey(email))
	switch {
	case err == nil:
		return &Error{Code: Conflict, Key: "EmailTaken", Field: "email"}
	case CodeOf(err) == NotFound:
		return nil
	}
	return err
}

// newAccount checks what was given and prepares account and key.
func (s *Service) newAccount(n *NewAccount) (*Account, KeyPair, error) {
	email, emailErr := cleanEmail(n.Email)
	var passwordErr error
	if n.Password != "" {
		passwordErr = checkPassword(n.Password)
	}
	if err := errors.Join(checkName("name", n.Name, maxPersonalNameLength), emailErr, passwordErr, checkLanguage(&n.Locale)); err != nil {
		return nil, KeyPair{}, err
	}
	account := &Account{Actor: s.localActor(Person, "", n.Name), Email: email, Role: Member, Locale: n.Locale}
	if n.Password != "" {
		hash, err := s.passwords.Hash(n.Password)
		if err != nil {
			return nil, KeyPair{}, err
		}
		account.PasswordHash = hash
	}
	keys, err := s.newKeyPair(account.URI)
	return account, keys, err
}

// Profile is what a person says of themselves in public.
type Profile struct {
	DisplayName string
	Summary     string  // Markdown
	Fields      []Field // labels and values; at most MaxFields
	Bot         bool    // a program writes, not a person
}

// UpdateProfile changes one's own profile and tells the servers that follow it.
func (s *Service) UpdateProfile(ctx context.Context, by *Account, p Profile) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	p.DisplayName, p.Summary = oneLine(p.DisplayName), trimText(p.Summary)
	switch {
	case utf8.RuneCountInString(p.DisplayName) > maxDisplayName:
		return invalid("display_name", "TextTooLong", map[string]any{"Max": maxDisplayName})
	case utf8.RuneCountInString(p.Summary) > maxSummary:
		return invalid("summary", "TextTooLong", map[string]any{"Max": maxSummary})
	}
	mentions, err := s.mentioned(ctx, p.Summary)
	if err != nil {
		return err
	}
	html := s.renderer.Markdown(p.Summary, mentions)
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.Account(ctx, by.ID)
		if err != nil {
			return err
		}
		if err := account.Active(); err != nil {
			return err
		}
		if account.Fields, err = cleanFields(p.Fields, account.Fields); err != nil {
			return err
		}
		if account.Kind = Person; p.Bot {
			account.Kind = Bot
		}
		account.DisplayName, account.SummarySource, account.Summary = p.DisplayName, p.Summary, html
		if err := tx.UpdateActor(ctx, &account.Actor); err != nil {
			return err
		}
		if err := s.checkLinks(ctx, tx, account.ID, account.Fields); err != nil {
			return err
		}
		o := s.outbox()
		s.tellProfile(o, &account.Actor)
		return o.post(ctx, tx)
	})
}

// Preferences are how the pages appear to one person.
type Preferences struct {
	Locale string
	Theme  Theme
}

// UpdatePreferences stores one's own preferences.
func (s *Service) UpdatePreferences(ctx context.Context, by *Account, p Preferences) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if err := checkLanguage(&p.Locale); err != nil {
		return err
	}
	if p.Theme != AutoTheme && p.Theme != LightTheme && p.Theme != DarkTheme {
		return invalid("theme", "ThemeUnknown", nil)
	}
	return s.changeAccount(ctx, by.ID, func(a *Account) error {
		a.Locale, a.Theme = p.Locale, p.Theme
		return nil
	})
}

// ChangePassword sets one's own password; the current one is asked for where
// there is one. All other sessions end.
func (s *Service) ChangePassword(ctx context.Context, by *Account, session, current, password string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if by.PasswordHash != "" && !s.passwords.Matches(current, by.PasswordHash) {
		return invalid("current_password", "PasswordWrong", nil)
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	hash, err := s.passwords.Hash(password)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.Account(ctx, by.ID)
		if err != nil {
			return err
		}
		account.PasswordHash = hash
		if err := tx.UpdateAccount(ctx, account); err != nil {
			return err
		}
		if err := s.warnOwner(ctx, tx, account, PasswordSet); err != nil {
			return err
		}
		return tx.EndSessions(ctx, by.ID, hashToken(session))
	})
}

// changeAccount reads, changes and stores an account in one transaction.
func (s *Service) changeAccount(ctx context.Context, id ID, change func(*Account) error) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		if err := change(account); err != nil {
			return err
		}
		return tx.UpdateAccount(ctx, account)
	})
}

// SetRole makes an account an administrator or a member. Administrators may;
// the last one cannot be made a member.
func (s *Service) SetRole(ctx context.Context, by *Account, name string, role Role) error {
	if err := adminOnly(by); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.AccountByName(ctx, name)
		if err != nil {
			return unknownAccount(err, name)
		}
		if role != Admin {
			if err := notLastAdmin(ctx, tx, account); err != nil {
				return err
			}
		}
		account.Role = role
		return tx.UpdateAccount(ctx, account)
	})
}

// Suspend stops an actor, here or elsewhere, from acting here, with a reason
// that a local person reads; an empty reason lifts the suspension.
// Administrators may.
func (s *Service) Suspend(ctx context.Context, by *Account, handle, reason string) error {
	if err := adminOnly(by); err != nil {
		return err
	}
	h, ok := ParseHandle(handle, s.addresses.Host())
	if !ok {
		return unknownAccount(notFound(), handle)
	}
	reason = trimText(reason)
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		actor, err := tx.ActorByHandle(ctx, h)
		if err != nil {
			return unknownAccount(err, handle)
		}
		if actor.ID == by.ID && reason != "" {
			return &Error{Code: Forbidden, Key: "SuspendSelf"}
		}
		d := Decision{Kind: DecisionSuspended, SubjectKind: AboutAccount, SubjectID: actor.ID, Reason: reason}
		if reason == "" {
			d.Kind = DecisionUnsuspended
		}
		if reason != actor.SuspendedReason {
			if err := s.logDecision(ctx, tx, &by.Actor, nil, d); err != nil {
				return err
			}
		}
		actor.SuspendedReason = reason
		actor.SuspendedAt = s.clock.Now()
		if reason == "" {
			actor.SuspendedAt = zeroTime
		}
		return tx.UpdateActor(ctx, actor)
	})
}

// Decide lets an account that asked to join in, or turns it away and erases it.
// Administrators may.
func (s *Service) Decide(ctx context.Context, by *Account, name string, approve bool) error {
	if err := adminOnly(by); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.AccountByName(ctx, name)
		if err != nil {
			return unknownAccount(err, name)
		}
		if !account.ApprovedAt.IsZero() {
			return &Error{Code: Conflict, Key: "AlreadyDecided"}
		}
		if !approve {
			return tx.EraseActor(ctx, account.ID, s.clock.Now())
		}
		account.ApprovedAt = s.clock.Now()
		if err := tx.UpdateAccount(ctx, account); err != nil {
			return err
		}
		return s.enqueueMail(ctx, tx, MailJob{Account: account.ID, Template: MailApproved})
	})
}

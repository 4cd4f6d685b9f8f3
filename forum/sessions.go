package forum

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Secrets that stand for a person (session cookies, API tokens, mailed links)
// are at least 128 random bits; only their SHA-256 is stored, so that a copy of the
// database opens no door.

func newToken() string { return strings.ToLower(rand.Text()) }

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

var zeroTime time.Time

// Lifetimes.
const (
	SessionLifetime    = 90 * 24 * time.Hour
	sessionTouchAfter  = time.Hour
	signInLinkLifetime = 30 * time.Minute
	confirmLifetime    = 7 * 24 * time.Hour
	inviteLifetime     = 14 * 24 * time.Hour
	setupLifetime      = 24 * time.Hour
)

// Session is a browser that is signed in.
type Session struct {
	TokenHash string // names the session; it opens nothing
	AccountID ID
	Browser   string // what to recognise it by; "" unknown
	CreatedAt time.Time
	SeenAt    time.Time
}

// AccessToken lets a program act for an account.
type AccessToken struct {
	ID        ID
	TokenHash string
	AccountID ID
	AppID     ID // 0: an administrator gave it out
	Name      string
	Scopes    []Scope
	CreatedAt time.Time
}

// LinkPurpose says what a one-time link is good for.
type LinkPurpose string

// The purposes.
const (
	LinkConfirm LinkPurpose = "confirm" // the address belongs to the person; also signs in
	LinkSignIn  LinkPurpose = "sign_in"
	LinkInvite  LinkPurpose = "invite"
	LinkSetup   LinkPurpose = "setup" // become the first administrator
	LinkEmail   LinkPurpose = "email" // change to the address in Email
)

// Link is a one-time link, without its secret.
type Link struct {
	TokenHash string
	Purpose   LinkPurpose
	AccountID ID     // 0 where it concerns no account yet
	Email     string // LinkEmail only
	ExpiresAt time.Time
}

// SignIn checks name (or address) and password and opens a session, or asks for
// the second step. Any mismatch gets the same answer, and takes as long. A
// suspended account may sign in: to read why, and to leave.
func (s *Service) SignIn(ctx context.Context, nameOrEmail, password string) (Entry, error) {
	wrong := &Error{Code: Unauthenticated, Key: "SignInWrong"}
	account, err := s.accountByNameOrEmail(ctx, nameOrEmail)
	if CodeOf(err) == NotFound {
		s.passwords.Matches(password, "")
		return Entry{}, wrong
	}
	if err != nil {
		return Entry{}, err
	}
	if !s.passwords.Matches(password, account.PasswordHash) {
		return Entry{}, wrong
	}
	var entry Entry
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		entry, err = s.enter(ctx, tx, account)
		return err
	})
	return entry, err
}

func (s *Service) accountByNameOrEmail(ctx context.Context, who string) (*Account, error) {
	who = strings.TrimSpace(who)
	if strings.Contains(strings.TrimPrefix(who, "@"), "@") {
		if h, ok := ParseHandle(who, s.addresses.Host()); ok && h.Host == "" {
			return s.store.AccountByName(ctx, h.Name)
		}
		return s.store.AccountByEmail(ctx, EmailKey(who))
	}
	return s.store.AccountByName(ctx, strings.ToLower(strings.TrimPrefix(who, "@")))
}

// SignOut ends a session.
func (s *Service) SignOut(ctx context.Context, token string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.RemoveSession(ctx, hashToken(token))
	})
}

// AccountOfSession returns whose session it is, or NotFound. Being seen
// prolongs the session; that is written at most once an hour.
func (s *Service) AccountOfSession(ctx context.Context, token string) (*Account, error) {
	session, account, err := s.store.Session(ctx, hashToken(token))
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	if now.Sub(session.SeenAt) > SessionLifetime {
		return nil, notFound()
	}
	if now.Sub(session.SeenAt) > sessionTouchAfter {
		err = s.write(ctx, func(ctx context.Context, tx Tx) error {
			return tx.TouchSession(ctx, session.TokenHash, now)
		})
	}
	return account, err
}

// maxBrowserName bounds what a session is recognised by, in bytes.
const maxBrowserName = 100

// NameSession notes which browser a session is in, for its owner to recognise
// it.
func (s *Service) NameSession(ctx context.Context, token, browser string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.NameSession(ctx, hashToken(token), clip(oneLine(browser), maxBrowserName))
	})
}

// Sessions lists one's own sessions, the most recently seen first; current says
// which of them has the given secret, by its hash.
func (s *Service) Sessions(ctx context.Context, by *Account, token string) (list []Session, current string, err error) {
	if by == nil {
		return nil, "", &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	list, err = s.store.Sessions(ctx, by.ID)
	return list, hashToken(token), err
}

// EndSession ends one of one's own sessions; it succeeds when there is none of
// that hash. An empty hash ends all but the one with the given secret.
func (s *Service) EndSession(ctx context.Context, by *Account, token, hash string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if hash == "" {
			return tx.EndSessions(ctx, by.ID, hashToken(token))
		}
		return tx.RemoveSessionOf(ctx, by.ID, hash)
	})
}

// AccessTokens lists one's own API tokens, without their secrets.
func (s *Service) AccessTokens(ctx context.Context, by *Account) ([]AccessToken, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.store.AccessTokens(ctx, by.ID)
}

// RevokeAccessToken ends one of one's own API tokens.
func (s *Service) RevokeAccessToken(ctx context.Context, by *Account, id ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.RemoveAccessToken(ctx, by.ID, id)
	})
}

// MailSignInLink mails a link that signs in. It succeeds whether or not there
// is such an account, so that nobody learns who has one.
func (s *Service) MailSignInLink(ctx context.Context, nameOrEmail string) error {
	account, err := s.accountByNameOrEmail(ctx, nameOrEmail)
	if CodeOf(err) == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if account.Active() != nil {
		return nil
	}
	template := MailSignIn
	if account.EmailConfirmed.IsZero() {
		template = MailConfirm
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		return s.enqueueMail(ctx, tx, MailJob{Account: account.ID, Template: template})
	})
}

// ChangeEmail mails a confirmation link to a new address; the account keeps the
// old one until the link is used.
func (s *Service) ChangeEmail(ctx context.Context, by *Account, password, email string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if by.PasswordHash != "" && !s.passwords.Matches(password, by.PasswordHash) {
		return invalid("current_password", "PasswordWrong", nil)
	}
	email, err := cleanEmail(email)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		return s.enqueueMail(ctx, tx, MailJob{Account: by.ID, Template: MailNewAddress, Email: email})
	})
}

// PeekLink tells what a link is good for, without using it, so that a page can
// ask first: mail scanners open links too. It returns NotFound for a link that
// was used, has expired or never was.
func (s *Service) PeekLink(ctx context.Context, token string) (*Link, error) {
	link, err := s.store.Link(ctx, hashToken(token))
	if err != nil {
		return nil, &Error{Code: CodeOf(err), Key: "LinkUsed", Err: err}
	}
	if s.clock.Now().After(link.ExpiresAt) {
		return nil, &Error{Code: NotFound, Key: "LinkUsed"}
	}
	return link, nil
}

// UseLink uses a mailed link once: it confirms the address it was mailed to and
// opens a session, or asks for the second step.
func (s *Service) UseLink(ctx context.Context, token string) (Entry, error) {
	return s.useLink(ctx, token, false)
}

// ForgetPassword uses a mailed link to sign in like UseLink, and takes away the
// password that the person does not know any more, so that they can set another
// one. All other sessions end.
func (s *Service) ForgetPassword(ctx context.Context, token string) (Entry, error) {
	return s.useLink(ctx, token, true)
}

func (s *Service) useLink(ctx context.Context, token string, forget bool) (Entry, error) {
	link, err := s.PeekLink(ctx, token)
	if err != nil {
		return Entry{}, err
	}
	var entry Entry
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		link, err := tx.UseLink(ctx, link.Purpose, link.TokenHash, now)
		if err != nil {
			return &Error{Code: NotFound, Key: "LinkUsed", Err: err}
		}
		if link.AccountID == 0 {
			return &Error{Code: NotFound, Key: "LinkUsed"}
		}
		account, err := tx.Account(ctx, link.AccountID)
		if err != nil {
			return err
		}
		if err := account.Active(); err != nil {
			return err
		}
		if link.Purpose == LinkEmail {
			if err := freeEmail(ctx, tx, link.Email); err != nil {
				return err
			}
			if EmailKey(link.Email) != EmailKey(account.Email) {
				if err := s.warnOwner(ctx, tx, account, EmailChanged); err != nil {
					return err
				}
			}
			account.Email = link.Email
		}
		forget := forget && link.Purpose == LinkSignIn
		if forget {
			if err := s.forgetPassword(ctx, tx, account); err != nil {
				return err
			}
			if err := tx.EndSessions(ctx, account.ID, ""); err != nil {
				return err
			}
		}
		if account.EmailConfirmed.IsZero() || link.Purpose == LinkEmail {
			account.EmailConfirmed = now
		}
		if forget || account.EmailConfirmed.Equal(now) {
			if err := tx.UpdateAccount(ctx, account); err != nil {
				return err
			}
		}
		entry, err = s.enter(ctx, tx, account)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	return entry, nil
}

// forgetPassword takes a password away, if there is one; the account has yet to
// be stored.
func (s *Service) forgetPassword(ctx context.Context, tx Tx, account *Account) error {
	if account.PasswordHash == "" {
		return nil
	}
	account.PasswordHash = ""
	return s.warnOwner(ctx, tx, account, PasswordGone)
}

// Invite makes a link with which one person may register. Administrators may.
func (s *Service) Invite(ctx context.Context, by *Account) (token string, err error) {
	if err := adminOnly(by); err != nil {
		return "", err
	}
	return s.newLink(ctx, Link{Purpose: LinkInvite}, inviteLifetime)
}

// ResetPassword takes an account's password away, ends its sessions, and returns
// the secret of a link that signs in, for the operator to pass on.
// Administrators may.
func (s *Service) ResetPassword(ctx context.Context, by *Account, name string) (token string, err error) {
	if err := adminOnly(by); err != nil {
		return "", err
	}
	token = newToken()
	return token, s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.AccountByName(ctx, name)
		if err != nil {
			return unknownAccount(err, name)
		}
		if err := s.forgetPassword(ctx, tx, account); err != nil {
			return err
		}
		if err := tx.UpdateAccount(ctx, account); err != nil {
			return err
		}
		if err := tx.EndSessions(ctx, account.ID, ""); err != nil {
			return err
		}
		return tx.AddLink(ctx, Link{TokenHash: hashToken(token), Purpose: LinkSignIn, AccountID: account.ID, ExpiresAt: s.clock.Now().Add(setupLifetime)})
	})
}

// SetupLink makes the link by which the first administrator registers. It
// returns "" when there is an administrator already.
func (s *Service) SetupLink(ctx context.Context) (token string, err error) {
	admins, err := s.store.Admins(ctx)
	if err != nil || len(admins) > 0 {
		return "", err
	}
	return s.newLink(ctx, Link{Purpose: LinkSetup}, setupLifetime)
}

// SetUp uses the setup link: it opens the first administrator's account and a
// session.
func (s *Service) SetUp(ctx context.Context, token string, n NewAccount) (session string, account *Account, err error) {
	account, keys, err := s.newAccount(&n)
	if err != nil {
		return "", nil, err
	}
	account.Role, account.EmailConfirmed, account.ApprovedAt = Admin, account.CreatedAt, account.CreatedAt
	session = newToken()
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		if admins, err := tx.Admins(ctx); err != nil {
			return err
		} else if len(admins) > 0 {
			return &Error{Code: NotFound, Key: "LinkUsed"}
		}
		if _, err := tx.UseLink(ctx, LinkSetup, hashToken(token), now); err != nil {
			return &Error{Code: NotFound, Key: "LinkUsed", Err: err}
		}
		if err := freeEmail(ctx, tx, account.Email); err != nil {
			return err
		}
		if err := tx.AddAccount(ctx, account, keys); err != nil {
			return err
		}
		return tx.AddSession(ctx, Session{TokenHash: hashToken(session), AccountID: account.ID, CreatedAt: now, SeenAt: now})
	})
	if err != nil {
		return "", nil, err
	}
	return session, account, nil
}

func (s *Service) newLink(ctx context.Context, l Link, lifetime time.Duration) (string, error) {
	token := newToken()
	l.TokenHash, l.ExpiresAt = hashToken(token), s.clock.Now().Add(lifetime)
	return token, s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.AddLink(ctx, l) })
}

// NewAccessToken makes an API token for an account and returns its secret,
// which is shown this once. Administrators may.
func (s *Service) NewAccessToken(ctx context.Context, by *Account, account, name string, scopes []Scope) (string, error) {
	if err := adminOnly(by); err != nil {
		return "", err
	}
	if len(scopes) == 0 {
		return "", invalid("scope", "ScopeMissing", nil)
	}
	if err := checkScopes(scopes); err != nil {
		return "", err
	}
	secret := newToken()
	return secret, s.write(ctx, func(ctx context.Context, tx Tx) error {
		a, err := tx.AccountByName(ctx, account)
		if err != nil {
			return unknownAccount(err, account)
		}
		now := s.clock.Now()
		return tx.AddAccessToken(ctx, AccessToken{ID: s.ids.New(now), TokenHash: hashToken(secret), AccountID: a.ID, Name: name, Scopes: scopes, CreatedAt: now})
	})
}

// AccountOfToken returns whose API token it is and what it may do, or an
// Unauthenticated error.
func (s *Service) AccountOfToken(ctx context.Context, secret string) (*Account, *AccessToken, error) {
	token, account, err := s.store.AccessToken(ctx, hashToken(secret))
	if CodeOf(err) == NotFound {
		return nil, nil, &Error{Code: Unauthenticated, Key: "TokenUnknown"}
	}
	if err != nil {
		return nil, nil, err
	}
	return account, token, account.Active()
}

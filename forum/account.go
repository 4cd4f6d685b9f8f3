package forum

import (
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"
)

// Role is what an account may do on the whole server. Moderating one forum is
// not a role but a line in that forum's list of moderators.
type Role string

// The roles.
const (
	Member Role = "member"
	Admin  Role = "admin"
)

// ParseRole reads a role, with an Invalid error for unknown ones.
func ParseRole(s string) (Role, error) {
	switch r := Role(s); r {
	case Member, Admin:
		return r, nil
	}
	return "", invalid("role", "RoleUnknown", map[string]any{"Role": s})
}

// Account is a local person: an actor and what only this server knows of them.
type Account struct {
	Actor
	Email          string // as typed, never shown, never federated
	EmailConfirmed time.Time
	PasswordHash   string // argon2id in PHC form; "" when the person signs in by mail only
	Role           Role
	Locale         string // language of the interface; "" follows the browser
	Theme          Theme
	SendsAtOnce    bool      // without the time to undo that posts from pages are held for
	ApprovedAt     time.Time // zero while an administrator has yet to decide
	Application    string    // what the person wrote when asking to join
	Unread         int       // unread groups of notifications
	Moderates      bool      // at least one forum
}

// IsAdmin says whether the account administers the server.
func (a *Account) IsAdmin() bool { return a != nil && a.Role == Admin }

// MayWrite reports why the account may not post, support, boost or follow:
// suspended, deleted or about to be, moved away, not approved yet, its e-mail not
// confirmed, or a guest's.
func (a *Account) MayWrite() error {
	if a == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if err := a.Active(); err != nil {
		return err
	}
	if !a.LeavesAt.IsZero() {
		return &Error{Code: Forbidden, Key: "AccountLeaving"}
	}
	if a.MovedTo != "" {
		return &Error{Code: Forbidden, Key: "AccountMovedAway"}
	}
	if a.EmailConfirmed.IsZero() {
		return &Error{Code: Forbidden, Key: "EmailNotConfirmed"}
	}
	if a.ApprovedAt.IsZero() {
		return &Error{Code: Forbidden, Key: "AccountNotApproved"}
	}
	if a.Guest {
		return &Error{Code: Forbidden, Key: "GuestOnly"}
	}
	return nil
}

// Theme is the colour scheme of the pages.
type Theme string

// The themes; AutoTheme follows the device.
const (
	AutoTheme  Theme = ""
	LightTheme Theme = "light"
	DarkTheme  Theme = "dark"
)

// RegistrationMode says who may open an account.
type RegistrationMode string

// The modes.
const (
	RegistrationOpen     RegistrationMode = "open"
	RegistrationApproval RegistrationMode = "approval" // an administrator decides
	RegistrationInvite   RegistrationMode = "invite"   // with a link an administrator made
	RegistrationClosed   RegistrationMode = "closed"
)

// Passwords hashes and checks passwords.
type Passwords interface {
	Hash(password string) (string, error)
	// Matches compares in constant time. An empty or unreadable hash never
	// matches, and takes as long as one that could have.
	Matches(password, hash string) bool
}

const (
	minPasswordLength = 10
	maxPasswordLength = 200
	maxEmailLength    = 254 // RFC 5321 section 4.5.3.1.3
)

func checkPassword(password string) error {
	n := utf8.RuneCountInString(password)
	if n < minPasswordLength {
		return invalid("password", "PasswordTooShort", map[string]any{"Min": minPasswordLength})
	}
	if n > maxPasswordLength {
		return invalid("password", "PasswordTooLong", map[string]any{"Max": maxPasswordLength})
	}
	return nil
}

// cleanEmail checks an address and returns it trimmed.
func cleanEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", invalid("email", "EmailMissing", nil)
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxEmailLength || !strings.Contains(s[strings.LastIndexByte(s, '@'):], ".") && !strings.HasSuffix(s, "@localhost") {
		return "", invalid("email", "EmailShape", nil)
	}
	return s, nil
}

// EmailKey is the form of an address under which it is looked up: one mailbox,
// one account, however it is capitalised.
func EmailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// WroteNothing says whether nothing that the account published is there, so that
// its owner can be told what publishing means.
func (a *Account) WroteNothing() bool { return a != nil && a.Posts == 0 }

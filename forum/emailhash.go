package forum

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// mailboxRules say what providers leave out of the part before the @, so that one
// mailbox is one person.
var mailboxRules = map[string]struct {
	dots bool   // do not count
	tag  string // begins what does not count
}{
	"gmail.com": {true, "+"}, "outlook.com": {false, "+"}, "hotmail.com": {false, "+"}, "live.com": {false, "+"}, "msn.com": {false, "+"},
	"icloud.com": {false, "+"}, "proton.me": {true, "+"}, "fastmail.com": {false, "+"}, "yahoo.com": {false, "-"}, "yahoo.fr": {false, "-"},
}

// mailboxAliases are other names of the same mailboxes.
var mailboxAliases = map[string]string{
	"googlemail.com": "gmail.com", "me.com": "icloud.com", "mac.com": "icloud.com", "protonmail.com": "proton.me", "protonmail.ch": "proton.me", "pm.me": "proton.me",
}

// CanonicalEmail is the address of the mailbox that an address leads to: in lower
// case, without what its provider leaves out. A "+" and what follows is left out
// for every provider, because most do so, and a person loses nothing by it.
func CanonicalEmail(email string) string {
	email = EmailKey(email)
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return email
	}
	name, host := email[:at], asciiHost(strings.TrimSuffix(email[at+1:], "."))
	if alias, ok := mailboxAliases[host]; ok {
		host = alias
	}
	rule := mailboxRules[host]
	for _, tag := range []string{"+", rule.tag} {
		if i := strings.Index(name, tag); tag != "" && i > 0 {
			name = name[:i]
		}
	}
	if rule.dots {
		name = strings.ReplaceAll(name, ".", "")
	}
	return name + "@" + host
}

const emailSecret = "email_hash"

// keyed is a hash of a value that nobody can find without this server's secret.
func (s *Service) keyed(ctx context.Context, value string) (string, error) {
	key, err := s.secret(ctx, emailSecret, func() (string, error) { return newToken(), nil })
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// emailHash is what is kept of an address to recognise its mailbox again.
func (s *Service) emailHash(ctx context.Context, email string) (string, error) {
	return s.keyed(ctx, "mailbox:"+CanonicalEmail(email))
}

// Package onetime makes and reads the codes of authenticator apps: TOTP
// (RFC 6238) with what every app understands, SHA-1, six digits, thirty seconds.
//
// It knows nothing of accounts.
package onetime

import (
	"crypto/rand"
	"crypto/subtle"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"portevoix/forum"
)

// Codes implements forum.Codes.
type Codes struct{}

var _ forum.Codes = Codes{}

const period = 30 // seconds

// NewSecret implements forum.Codes: 160 bits, as RFC 4226 section 4 recommends,
// in base32.
func (Codes) NewSecret() (string, error) { return (rand.Text() + rand.Text())[:32], nil }

// Address implements forum.Codes, in the form that apps agree on
// (otpauth://totp/…).
func (Codes) Address(secret, issuer, account string) string {
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + strings.ReplaceAll(issuer, ":", "-") + ":" + account,
		RawQuery: url.Values{"secret": {secret}, "issuer": {issuer}}.Encode()}
	return u.String()
}

// Step implements forum.Codes. A clock that is half a minute wrong is forgiven
// (RFC 6238 section 5.2).
func (Codes) Step(secret, code string, now time.Time) int64 {
	step := int64(0)
	for _, shift := range []time.Duration{-period * time.Second, 0, period * time.Second} {
		at := now.Add(shift)
		want, err := totp.GenerateCode(secret, at)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step = at.Unix() / period
		}
	}
	return step
}

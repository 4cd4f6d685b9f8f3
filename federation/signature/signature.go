// Package signature signs HTTP requests to other servers and verifies theirs,
// in the two forms the fediverse uses: draft-cavage-http-signatures-12 and RFC
// 9421.
//
// It knows keys and requests. Where a key comes from, whose it is and what it
// entitles to is for its callers to know.
package signature

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"portevoix/forum"
)

// Skew is how far a request's time may be from ours, in either direction.
// Mastodon and Lemmy allow an hour.
const Skew = time.Hour

// Key signs requests.
type Key struct {
	ID      string // URI under which others find the public half
	Private *rsa.PrivateKey
}

// ParsePrivate reads a private key in PEM (PKCS #8).
func ParsePrivate(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("private key is not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read private key: %w", err)
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("private key is %T, not RSA", key)
	}
	return private, nil
}

// maxBits bounds an RSA key. The time to verify grows with the square of it, and
// whoever publishes a key decides its size.
const maxBits = 8192

// ParsePublic reads a public key in PEM: SPKI as everyone publishes it, or PKCS
// #1 as some old servers do. RSA and Ed25519 are understood.
func ParsePublic(text string) (crypto.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("public key is not PEM")
	}
	key, err := parseKey(block)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	switch key := key.(type) {
	case ed25519.PublicKey:
		return key, nil
	case *rsa.PublicKey:
		if key.N.BitLen() > maxBits {
			return nil, fmt.Errorf("public key has %d bits, more than %d", key.N.BitLen(), maxBits)
		}
		return key, nil
	}
	return nil, fmt.Errorf("public key is %T, neither RSA nor Ed25519", key)
}

func parseKey(block *pem.Block) (crypto.PublicKey, error) {
	if block.Type == "RSA PUBLIC KEY" {
		return x509.ParsePKCS1PublicKey(block.Bytes)
	}
	return x509.ParsePKIXPublicKey(block.Bytes)
}

// Sign signs a request. body is what the request carries, nil for GET.
func Sign(r *http.Request, body []byte, key Key, scheme forum.SignatureScheme, now time.Time) error {
	for _, h := range []string{"Signature", "Signature-Input", "Digest", "Content-Digest", "Date"} {
		r.Header.Del(h)
	}
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	if scheme == forum.RFC9421 {
		return signMessage(r, body, key, now)
	}
	return signCavage(r, body, key)
}

// Signature is a request's signature, read but not verified.
type Signature struct {
	KeyID  string
	Scheme forum.SignatureScheme
	verify func(base string, r *http.Request, body []byte, key crypto.PublicKey, now time.Time) error
}

// ErrUnsigned means that a request carries no signature.
var ErrUnsigned = errors.New("the request is not signed")

// maxHeader bounds the signature headers. An RSA-4096 signature takes 700 bytes.
const maxHeader = 8 << 10

// Read finds the signature of a request and whose key it names.
func Read(r *http.Request) (*Signature, error) {
	for _, h := range []string{"Signature", "Signature-Input"} {
		if len(r.Header.Get(h)) > maxHeader {
			return nil, fmt.Errorf("header %s is longer than %d bytes", h, maxHeader)
		}
	}
	switch {
	case r.Header.Get("Signature") == "":
		return nil, ErrUnsigned
	case r.Header.Get("Signature-Input") != "":
		return readMessage(r)
	}
	return readCavage(r)
}

// Verify checks the signature against the key, the digest against the body, the
// time against now, and that everything that matters is covered. base is this
// server's own base URL: a signature made for another host does not pass, and
// neither proxies nor the sender decide what our host is. Every error means
// that the request must not be believed.
func (s *Signature) Verify(base string, r *http.Request, body []byte, key crypto.PublicKey, now time.Time) error {
	return s.verify(base, r, body, key, now)
}

// checkTime refuses what was signed too long ago or in the future.
func checkTime(signed, now time.Time) error {
	d := now.Sub(signed).Round(time.Second)
	if d <= Skew && d >= -Skew {
		return nil
	}
	word := "behind"
	if d < 0 {
		word = "ahead of"
	}
	return fmt.Errorf("signed at %s, %s %s our clock, which says %s; %s is allowed: check the clocks", signed.UTC().Format(time.RFC3339), d.Abs(), word, now.UTC().Format(time.RFC3339), Skew)
}

// checkDigest compares one SHA-256 digest with the body's. want is the standard
// base64 form.
func checkDigest(want string, body []byte) error {
	sum := sha256.Sum256(body)
	got := base64.StdEncoding.EncodeToString(sum[:])
	if subtle.ConstantTimeCompare([]byte(strings.TrimRight(want, "=")), []byte(strings.TrimRight(got, "="))) != 1 {
		return errors.New("the digest does not match the body")
	}
	return nil
}

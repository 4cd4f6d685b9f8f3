package signature

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-fed/httpsig"

	"portevoix/forum"
)

// signCavage writes the header in the shape that the strictest readers take
// (Discourse, PieFed, NodeBB, Mbin): keyId first, every value quoted, no space
// after commas, neither created nor expires.
func signCavage(r *http.Request, body []byte, key Key) error {
	headers := []string{httpsig.RequestTarget, "host", "date"}
	if body != nil {
		headers = append(headers, "digest")
	}
	signer, _, err := httpsig.NewSigner([]httpsig.Algorithm{httpsig.RSA_SHA256}, httpsig.DigestSha256, headers, httpsig.Signature, 0)
	if err != nil {
		return err
	}
	// The library signs URL.Path, which is decoded; what goes over the wire, and
	// what the other side signs, is the encoded form.
	encoded := *r.URL
	encoded.Path = r.URL.EscapedPath()
	wire := *r
	wire.URL = &encoded
	r.Header.Set("Host", r.URL.Host)
	if err := signer.SignRequest(key.Private, key.ID, &wire, body); err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	r.Header.Del("Host") // net/http sends it by itself
	// The library names the algorithm "hs2019", which hides which one it is; it
	// is not part of what is signed. Old servers know only the name below.
	r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), `algorithm="hs2019"`, `algorithm="rsa-sha256"`, 1))
	return nil
}

// cavage is the parsed header of a draft-cavage signature.
type cavage struct {
	keyID, signature string
	headers          []string
	created, expires string
}

// readCavage parses the header, also where values are unquoted or commas are
// followed by spaces (GoToSocial, Pleroma).
func readCavage(r *http.Request) (*Signature, error) {
	c, err := parseCavage(r.Header.Get("Signature"))
	if err != nil {
		return nil, err
	}
	return &Signature{KeyID: c.keyID, Scheme: forum.DraftCavage, verify: c.verify}, nil
}

func parseCavage(header string) (*cavage, error) {
	c := &cavage{headers: []string{"date"}} // the draft's default
	seen := map[string]bool{}
	rest := strings.TrimSpace(header)
	for rest != "" {
		name, after, ok := strings.Cut(rest, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" || seen[name] {
			return nil, errors.New("the signature header cannot be read")
		}
		seen[name] = true
		var value string
		if after = strings.TrimLeft(after, " "); strings.HasPrefix(after, `"`) {
			if value, after, ok = strings.Cut(after[1:], `"`); !ok {
				return nil, errors.New("the signature header has an open quote")
			}
			_, rest, _ = strings.Cut(after, ",")
		} else {
			value, rest, _ = strings.Cut(after, ",")
		}
		rest = strings.TrimSpace(rest)
		switch name {
		case "keyId":
			c.keyID = value
		case "signature":
			c.signature = value
		case "headers":
			c.headers = strings.Fields(strings.ToLower(value))
		case "created":
			c.created = strings.TrimSpace(value)
		case "expires":
			c.expires = strings.TrimSpace(value)
		case "algorithm":
			switch strings.ToLower(value) {
			case "rsa-sha256", "hs2019", "ed25519":
			default:
				return nil, fmt.Errorf("signature algorithm %q is not accepted", value)
			}
		}
	}
	if err := checkKeyID(c.keyID); err != nil {
		return nil, err
	}
	if c.signature == "" || len(c.headers) == 0 || strings.ContainsAny(c.keyID+c.signature+c.created+c.expires, "\",") {
		return nil, errors.New("the signature header is incomplete")
	}
	return c, nil
}

func checkKeyID(id string) error {
	u, err := url.Parse(id)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(id) > 2048 {
		return errors.New("the signature's keyId is no http address")
	}
	return nil
}

func (c *cavage) verify(base string, r *http.Request, body []byte, key crypto.PublicKey, now time.Time) error {
	if err := c.checkCoverage(r, body); err != nil {
		return err
	}
	signed, err := c.time(r)
	if err != nil {
		return err
	}
	if err := checkTime(signed, now); err != nil {
		return err
	}
	if body != nil {
		if err := checkCavageDigest(r.Header.Values("Digest"), body); err != nil {
			return err
		}
	}
	own, err := url.Parse(base)
	if err != nil {
		return err
	}
	// The library reads the header anew: give it the canonical form, on a
	// request that says what our host is.
	canonical := fmt.Sprintf(`keyId="%s",headers="%s",signature="%s"`, c.keyID, strings.Join(c.headers, " "), c.signature)
	if c.covers("(created)") {
		canonical += `,created="` + c.created + `"`
	}
	if c.covers("(expires)") {
		canonical += `,expires="` + c.expires + `"`
	}
	clone := r.Clone(r.Context())
	clone.Header.Del("Authorization")
	clone.Header.Set("Signature", canonical)
	clone.Header.Set("Host", own.Host)
	clone.Host = own.Host
	clone.URL.Path = r.URL.EscapedPath()
	verifier, err := httpsig.NewVerifier(clone)
	if err != nil {
		return err
	}
	algorithm := httpsig.RSA_SHA256
	if _, ok := key.(ed25519.PublicKey); ok {
		algorithm = httpsig.ED25519
	}
	if err := verifier.Verify(key, algorithm); err != nil {
		return fmt.Errorf("the signature does not match: %w", err)
	}
	return nil
}

func (c *cavage) covers(header string) bool { return slices.Contains(c.headers, header) }

// checkCoverage wants method, path and host signed, a time, and a body's digest.
func (c *cavage) checkCoverage(r *http.Request, body []byte) error {
	need := []string{httpsig.RequestTarget, "host"}
	if body != nil {
		need = append(need, "digest")
	}
	for _, h := range need {
		if !c.covers(h) {
			return fmt.Errorf("the signature does not cover %s", h)
		}
	}
	if !c.covers("date") && !c.covers("(created)") {
		return errors.New("the signature covers neither date nor (created)")
	}
	for _, h := range c.headers {
		if h[0] != '(' && h != "host" && len(r.Header.Values(h)) == 0 {
			return fmt.Errorf("the signature covers %s, which the request does not have", h)
		}
	}
	return nil
}

// time is when the request was signed. An expiry that has passed is an error.
func (c *cavage) time(r *http.Request) (time.Time, error) {
	if c.covers("(expires)") && c.expires == "" || c.covers("(created)") && c.created == "" {
		return time.Time{}, errors.New("the signature covers a time that it does not give")
	}
	if c.covers("date") {
		t, err := http.ParseTime(r.Header.Get("Date"))
		if err != nil {
			return time.Time{}, fmt.Errorf("the Date header cannot be read: %w", err)
		}
		return t, nil
	}
	return unixTime(c.created)
}

func checkCavageDigest(headers []string, body []byte) error {
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			algorithm, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			if strings.EqualFold(algorithm, "sha-256") {
				return checkDigest(value, body)
			}
		}
	}
	return errors.New("the request has no SHA-256 digest")
}

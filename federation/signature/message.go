package signature

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"

	"portevoix/forum"
)

// HTTP Message Signatures, RFC 9421, as far as the fediverse uses them: one
// signature over a request, made with RSA PKCS #1 v1.5 or Ed25519.

const (
	algorithmRSA     = "rsa-v1_5-sha256"
	algorithmRSAPSS  = "rsa-pss-sha512"
	algorithmEd25519 = "ed25519"
	label            = "sig1"
)

// signMessage covers what Mastodon asks for: method, target and, with a body,
// its digest.
func signMessage(r *http.Request, body []byte, key Key, now time.Time) error {
	components := []string{"@method", "@target-uri"}
	if body != nil {
		sum := sha256.Sum256(body)
		r.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
		components = append(components, "content-digest")
	}
	list := httpsfv.InnerList{Params: httpsfv.NewParams()}
	for _, c := range components {
		list.Items = append(list.Items, httpsfv.NewItem(c))
	}
	list.Params.Add("created", now.Unix())
	list.Params.Add("keyid", key.ID)
	list.Params.Add("alg", algorithmRSA)
	base, err := signatureBase(r, r.URL.String(), list)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(base))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key.Private, crypto.SHA256, sum[:])
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	inputs, signatures := httpsfv.NewDictionary(), httpsfv.NewDictionary()
	inputs.Add(label, list)
	signatures.Add(label, httpsfv.NewItem(signature))
	input, err := httpsfv.Marshal(inputs)
	if err != nil {
		return err
	}
	value, err := httpsfv.Marshal(signatures)
	if err != nil {
		return err
	}
	r.Header.Set("Signature-Input", input)
	r.Header.Set("Signature", value)
	return nil
}

// message is a parsed signature of RFC 9421.
type message struct {
	list      httpsfv.InnerList
	signature []byte
	algorithm string
	created   int64
	expires   int64 // 0: none
}

func readMessage(r *http.Request) (*Signature, error) {
	inputs, err := httpsfv.UnmarshalDictionary(r.Header.Values("Signature-Input"))
	if err != nil {
		return nil, fmt.Errorf("Signature-Input cannot be read: %w", err)
	}
	signatures, err := httpsfv.UnmarshalDictionary(r.Header.Values("Signature"))
	if err != nil {
		return nil, fmt.Errorf("Signature cannot be read: %w", err)
	}
	for _, name := range inputs.Names() {
		member, _ := inputs.Get(name)
		list, ok := member.(httpsfv.InnerList)
		if !ok {
			continue
		}
		member, _ = signatures.Get(name)
		item, ok := member.(httpsfv.Item)
		if !ok {
			continue
		}
		signature, ok := item.Value.([]byte)
		if !ok {
			continue
		}
		keyID, _ := parameter[string](list, "keyid")
		if err := checkKeyID(keyID); err != nil {
			return nil, err
		}
		m := &message{list: list, signature: signature}
		m.algorithm, _ = parameter[string](list, "alg")
		m.created, _ = parameter[int64](list, "created")
		m.expires, _ = parameter[int64](list, "expires")
		return &Signature{KeyID: keyID, Scheme: forum.RFC9421, verify: m.verify}, nil
	}
	return nil, errors.New("no label has both an input and a signature")
}

func parameter[T any](list httpsfv.InnerList, name string) (T, bool) {
	var zero T
	if list.Params == nil {
		return zero, false
	}
	value, _ := list.Params.Get(name)
	t, ok := value.(T)
	return t, ok
}

func (m *message) verify(base string, r *http.Request, body []byte, key crypto.PublicKey, now time.Time) error {
	if err := m.checkCoverage(body); err != nil {
		return err
	}
	if m.created == 0 {
		return errors.New("the signature does not say when it was made")
	}
	if err := checkTime(time.Unix(m.created, 0), now); err != nil {
		return err
	}
	if m.expires != 0 && now.After(time.Unix(m.expires, 0)) {
		return errors.New("the signature has expired")
	}
	if body != nil {
		if err := checkContentDigest(r.Header.Values("Content-Digest"), body); err != nil {
			return err
		}
	}
	text, err := signatureBase(r, base+r.URL.RequestURI(), m.list)
	if err != nil {
		return err
	}
	return m.check(text, key)
}

func (m *message) covers(component string) bool {
	return slices.ContainsFunc(m.list.Items, func(i httpsfv.Item) bool { return i.Value == component })
}

// checkCoverage wants the method, the whole target (in one piece or in parts)
// and a body's digest signed.
func (m *message) checkCoverage(body []byte) error {
	whole := m.covers("@target-uri") || m.covers("@authority") && (m.covers("@request-target") || m.covers("@path"))
	switch {
	case !m.covers("@method"):
		return errors.New("the signature does not cover @method")
	case !whole:
		return errors.New("the signature does not cover the target")
	case body != nil && !m.covers("content-digest"):
		return errors.New("the signature does not cover content-digest")
	}
	return nil
}

func (m *message) check(text string, key crypto.PublicKey) error {
	mismatch := errors.New("the signature does not match")
	switch key := key.(type) {
	case ed25519.PublicKey:
		if m.algorithm != "" && m.algorithm != algorithmEd25519 || !ed25519.Verify(key, []byte(text), m.signature) {
			return mismatch
		}
		return nil
	case *rsa.PublicKey:
		switch m.algorithm {
		case "", algorithmRSA:
			sum := sha256.Sum256([]byte(text))
			if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], m.signature) != nil {
				return mismatch
			}
			return nil
		case algorithmRSAPSS:
			sum := sha512.Sum512([]byte(text))
			if rsa.VerifyPSS(key, crypto.SHA512, sum[:], m.signature, &rsa.PSSOptions{SaltLength: 64}) != nil {
				return mismatch
			}
			return nil
		}
	}
	return fmt.Errorf("signature algorithm %q is not accepted with a key of type %T", m.algorithm, key)
}

// signatureBase is the text that is signed, RFC 9421 section 2.5. target is the
// request's full URL as its receiver knows it.
func signatureBase(r *http.Request, target string, list httpsfv.InnerList) (string, error) {
	var out strings.Builder
	seen := map[string]bool{}
	for _, item := range list.Items {
		name, ok := item.Value.(string)
		if !ok || seen[name] || item.Params != nil && len(item.Params.Names()) > 0 {
			return "", errors.New("the signature covers a component that is not understood")
		}
		seen[name] = true
		value, err := component(r, target, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "%q: %s\n", name, value)
	}
	params, err := httpsfv.Marshal(httpsfv.List{list})
	if err != nil {
		return "", err
	}
	return out.String() + `"@signature-params": ` + params, nil
}

// component is the value of a derived component or header field, sections 2.1
// and 2.2.
func component(r *http.Request, target, name string) (string, error) {
	rest := target[strings.Index(target, "://")+3:]
	authority, pathAndQuery, _ := strings.Cut(rest, "/")
	path, query, hasQuery := strings.Cut("/"+pathAndQuery, "?")
	switch name {
	case "@method":
		return r.Method, nil
	case "@target-uri":
		return target, nil
	case "@authority":
		return strings.ToLower(authority), nil
	case "@scheme":
		return target[:strings.Index(target, "://")], nil
	case "@request-target":
		return "/" + pathAndQuery, nil
	case "@path":
		return path, nil
	case "@query":
		if !hasQuery {
			return "?", nil
		}
		return "?" + query, nil
	case "host":
		return strings.ToLower(authority), nil
	}
	values := slices.Clone(r.Header.Values(name))
	if strings.HasPrefix(name, "@") || len(values) == 0 || name != strings.ToLower(name) {
		return "", fmt.Errorf("the signature covers %s, which the request does not have", name)
	}
	for i, v := range values {
		values[i] = strings.TrimSpace(v)
	}
	return strings.Join(values, ", "), nil
}

// checkContentDigest checks the digests of RFC 9530 that we know; at least one
// must be there.
func checkContentDigest(headers []string, body []byte) error {
	digests, err := httpsfv.UnmarshalDictionary(headers)
	if err != nil {
		return fmt.Errorf("Content-Digest cannot be read: %w", err)
	}
	known := false
	for _, name := range digests.Names() {
		member, _ := digests.Get(name)
		item, _ := member.(httpsfv.Item)
		value, _ := item.Value.([]byte)
		switch name {
		case "sha-256":
			known = true
			if err := checkDigest(base64.StdEncoding.EncodeToString(value), body); err != nil {
				return err
			}
		case "sha-512":
			known = true
			if sum := sha512.Sum512(body); !slices.Equal(sum[:], value) {
				return errors.New("the digest does not match the body")
			}
		}
	}
	if !known {
		return errors.New("the request has no SHA-256 or SHA-512 digest")
	}
	return nil
}

func unixTime(seconds string) (time.Time, error) {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("the signature's time cannot be read: %w", err)
	}
	return time.Unix(n, 0), nil
}

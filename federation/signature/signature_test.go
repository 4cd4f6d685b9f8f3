package signature_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"portevoix/federation/signature"
	"portevoix/forum"
)

const base = "https://here.example"

var (
	now     = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	schemes = []forum.SignatureScheme{forum.DraftCavage, forum.RFC9421}
)

func newKey(t testing.TB) signature.Key {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return signature.Key{ID: "https://there.example/users/ines#main-key", Private: private}
}

// sent signs a request and returns it as its receiver sees it.
func sent(t testing.TB, method, path string, body []byte, key signature.Key, scheme forum.SignatureScheme, at time.Time) *http.Request {
	t.Helper()
	out, err := http.NewRequest(method, base+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := signature.Sign(out, body, key, scheme, at); err != nil {
		t.Fatal(err)
	}
	in := httptest.NewRequest(method, base+path, bytes.NewReader(body))
	in.Header = out.Header.Clone()
	in.Host = "here.example"
	return in
}

func TestRoundTrip(t *testing.T) {
	key := newKey(t)
	for _, scheme := range schemes {
		for _, c := range []struct {
			method, path string
			body         []byte
		}{
			{"POST", "/inbox", []byte(`{"a":1}`)},
			{"POST", "/u/lea/inbox", []byte{}},
			{"GET", "/t/1?page=2&x=%20", nil},
			{"GET", "/objects/a%20b%2Fc", nil},
		} {
			r := sent(t, c.method, c.path, c.body, key, scheme, now)
			s, err := signature.Read(r)
			if err != nil {
				t.Fatalf("%s %s: %v", scheme, c.path, err)
			}
			if s.KeyID != key.ID || s.Scheme != scheme {
				t.Errorf("read %+v", s)
			}
			if err := s.Verify(base, r, c.body, &key.Private.PublicKey, now.Add(time.Minute)); err != nil {
				t.Errorf("%s %s %s: %v", scheme, c.method, c.path, err)
			}
		}
	}
}

// TestRefusals changes one thing of a good request at a time.
func TestRefusals(t *testing.T) {
	key, other := newKey(t), newKey(t)
	body := []byte(`{"type":"Follow"}`)
	for _, scheme := range schemes {
		for _, c := range []struct {
			name   string
			change func(r *http.Request, in *input)
		}{
			{"another body", func(_ *http.Request, in *input) { in.body = []byte(`{"type":"Delete"}`) }},
			{"another key", func(_ *http.Request, in *input) { in.key = &other.Private.PublicKey }},
			{"another path", func(r *http.Request, _ *input) { r.URL.Path = "/u/lea/inbox"; r.RequestURI = "/u/lea/inbox" }},
			{"another query", func(r *http.Request, _ *input) { r.URL.RawQuery = "x=1"; r.RequestURI = "/inbox?x=1" }},
			{"another method", func(r *http.Request, _ *input) { r.Method = "PUT" }},
			{"signed for another host", func(_ *http.Request, in *input) { in.base = "https://elsewhere.example" }},
			{"two hours old", func(_ *http.Request, in *input) { in.now = now.Add(2 * time.Hour) }},
			{"two hours early", func(_ *http.Request, in *input) { in.now = now.Add(-2 * time.Hour) }},
			{"no digest", func(r *http.Request, _ *input) { r.Header.Del("Digest"); r.Header.Del("Content-Digest") }},
			{"another digest", func(r *http.Request, _ *input) {
				r.Header.Set("Digest", "SHA-256=AAAA")
				r.Header.Set("Content-Digest", "sha-256=:AAAA:")
			}},
			{"an older digest only", func(r *http.Request, _ *input) {
				r.Header.Set("Digest", "MD5=AAAA")
				r.Header.Set("Content-Digest", "md5=:AAAA:")
			}},
		} {
			t.Run(string(scheme)+"/"+c.name, func(t *testing.T) {
				r := sent(t, "POST", "/inbox", body, key, scheme, now)
				in := &input{base: base, body: body, key: &key.Private.PublicKey, now: now}
				c.change(r, in)
				s, err := signature.Read(r)
				if err == nil {
					err = s.Verify(in.base, r, in.body, in.key, in.now)
				}
				if err == nil {
					t.Error("it passed")
				}
			})
		}
	}
}

type input struct {
	base string
	body []byte
	key  any
	now  time.Time
}

// TestCoverage signs less than what matters.
func TestCoverage(t *testing.T) {
	key := newKey(t)
	body := []byte("{}")
	for _, c := range []struct{ name, cover string }{
		{"no target", "host date digest"},
		{"no host", "(request-target) date digest"},
		{"no time", "(request-target) host digest"},
		{"no digest", "(request-target) host date"},
		{"a header that is missing", "(request-target) host date digest x-secret"},
	} {
		r := sent(t, "POST", "/inbox", body, key, forum.DraftCavage, now)
		header := r.Header.Get("Signature")
		r.Header.Set("Signature", strings.Replace(header, "(request-target) host date digest", c.cover, 1))
		s, err := signature.Read(r)
		if err == nil {
			err = s.Verify(base, r, body, &key.Private.PublicKey, now)
		}
		if err == nil || strings.Contains(err.Error(), "does not match") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, cut := range []string{`"@method" `, `"@target-uri" `, ` "content-digest"`, ";created=1773489600"} {
		r := sent(t, "POST", "/inbox", body, key, forum.RFC9421, now)
		whole := r.Header.Get("Signature-Input")
		r.Header.Set("Signature-Input", strings.Replace(whole, cut, "", 1))
		if r.Header.Get("Signature-Input") == whole {
			t.Fatalf("%q is not in %q", cut, whole)
		}
		s, err := signature.Read(r)
		if err == nil {
			err = s.Verify(base, r, body, &key.Private.PublicKey, now)
		}
		if err == nil || strings.Contains(err.Error(), "does not match") {
			t.Errorf("without %s: %v", cut, err)
		}
	}
}

// The header must have the shape that the strictest readers take.
func TestCavageShape(t *testing.T) {
	r := sent(t, "POST", "/inbox", []byte("{}"), newKey(t), forum.DraftCavage, now)
	header := r.Header.Get("Signature")
	if !strings.HasPrefix(header, `keyId="https://there.example/users/ines#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="`) || strings.Contains(header, ", ") {
		t.Errorf("header %s", header)
	}
	if !strings.HasPrefix(r.Header.Get("Digest"), "SHA-256=") {
		t.Errorf("digest %s", r.Header.Get("Digest"))
	}
}

// Other servers write the header in their own ways.
func TestForeignShapes(t *testing.T) {
	key := newKey(t)
	r := sent(t, "POST", "/inbox", []byte("{}"), key, forum.DraftCavage, now)
	_, sig, _ := strings.Cut(r.Header.Get("Signature"), `,signature="`)
	sig = strings.TrimSuffix(sig, `"`)
	for name, header := range map[string]string{
		"spaces after commas":      `keyId="https://there.example/k", algorithm="rsa-sha256", headers="(request-target) host date digest", signature="` + sig + `"`,
		"hs2019, quoted times":     `keyId="https://there.example/k",algorithm="hs2019",created="1773489600",expires="1773493200",headers="(request-target) host date digest",signature="` + sig + `"`,
		"unquoted times":           `keyId="https://there.example/k",created=1773489600,headers="(request-target) host date digest",signature="` + sig + `"`,
		"another order":            `signature="` + sig + `",headers="(request-target) host date digest",keyId="https://there.example/k"`,
		"header names in capitals": `keyId="https://there.example/k",headers="(request-target) Host Date Digest",signature="` + sig + `"`,
	} {
		r.Header.Set("Signature", header)
		s, err := signature.Read(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := s.Verify(base, r, []byte("{}"), &key.Private.PublicKey, now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, header := range map[string]string{
		"open quote":       `keyId="https://there.example/k`,
		"no key":           `signature="x"`,
		"key is no URL":    `keyId="ines",signature="x"`,
		"local file":       `keyId="file:///etc/passwd",signature="x"`,
		"given twice":      `keyId="https://a.example/k",keyId="https://b.example/k",signature="x"`,
		"odd algorithm":    `keyId="https://a.example/k",algorithm="hmac-sha256",signature="x"`,
		"much too long":    `keyId="https://a.example/` + strings.Repeat("k", 9000) + `",signature="x"`,
		"covers no header": `keyId="https://a.example/k",headers="",signature="x"`,
	} {
		r.Header.Set("Signature", header)
		if _, err := signature.Read(r); err == nil {
			t.Errorf("%s: it passed", name)
		}
	}
	r.Header.Del("Signature")
	if _, err := signature.Read(r); !errors.Is(err, signature.ErrUnsigned) {
		t.Errorf("no signature: %v", err)
	}
}

func TestParsePublic(t *testing.T) {
	key := newKey(t)
	spki, _ := x509.MarshalPKIXPublicKey(&key.Private.PublicKey)
	public, _, _ := ed25519.GenerateKey(rand.Reader)
	ed, _ := x509.MarshalPKIXPublicKey(public)
	for name, block := range map[string]*pem.Block{
		"SPKI":    {Type: "PUBLIC KEY", Bytes: spki},
		"PKCS #1": {Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.Private.PublicKey)},
		"Ed25519": {Type: "PUBLIC KEY", Bytes: ed},
	} {
		if _, err := signature.ParsePublic(string(pem.EncodeToMemory(block))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	huge, _ := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 8192), E: 65537})
	if _, err := signature.ParsePublic(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: huge}))); err == nil || !strings.Contains(err.Error(), "bits") {
		t.Errorf("a key of 8193 bits: %v", err)
	}
	for _, text := range []string{"", "nonsense", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if _, err := signature.ParsePublic(text); err == nil {
			t.Errorf("%q passed", text)
		}
	}
}

// FuzzRead feeds headers of strangers to both readers.
func FuzzRead(f *testing.F) {
	f.Add(`keyId="https://a.example/k",headers="(request-target) host date digest",signature="eA=="`, "")
	f.Add(`keyId="https://a.example/k",created=1,expires=2,headers="(created) (expires)",signature="eA=="`, "")
	f.Add(`sig1=:eA==:`, `sig1=("@method" "@target-uri" "content-digest");created=1773489600;keyid="https://a.example/k";alg="ed25519"`)
	f.Add(`a=:eA==:`, `a=("@method";req "@query-param";name="x");created=1`)
	key := newKey(f)
	f.Fuzz(func(t *testing.T, header, in string) {
		r := httptest.NewRequest("POST", base+"/inbox", nil)
		r.Header = http.Header{"Signature": {header}, "Date": {now.Format(http.TimeFormat)}, "Digest": {"SHA-256=x"}, "Content-Digest": {"sha-256=:eA==:"}}
		if in != "" {
			r.Header.Set("Signature-Input", in)
		}
		s, err := signature.Read(r)
		if err != nil {
			return
		}
		if err := s.Verify(base, r, []byte("{}"), &key.Private.PublicKey, now); err == nil {
			t.Errorf("a made-up signature passed: %q %q", header, in)
		}
	})
}

// FuzzParsePublic reads the keys that strangers publish, and tries what it reads.
func FuzzParsePublic(f *testing.F) {
	key := newKey(f)
	spki, _ := x509.MarshalPKIXPublicKey(&key.Private.PublicKey)
	public, _, _ := ed25519.GenerateKey(rand.Reader)
	ed, _ := x509.MarshalPKIXPublicKey(public)
	f.Add(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})))
	f.Add(string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.Private.PublicKey)})))
	f.Add(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: ed})))
	f.Add(string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: big.NewInt(1), E: 1})})))
	f.Add("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n")
	body := []byte("{}")
	signed := sent(f, "POST", "/inbox", body, newKey(f), forum.DraftCavage, now)
	f.Fuzz(func(t *testing.T, text string) {
		key, err := signature.ParsePublic(text)
		if err != nil {
			return
		}
		s, err := signature.Read(signed)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(base, signed, body, key, now); err == nil {
			t.Errorf("a signature by another key passed with %q", text)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	key := newKey(b)
	body := []byte(strings.Repeat("x", 2000))
	for _, scheme := range schemes {
		b.Run(string(scheme), func(b *testing.B) {
			for b.Loop() {
				r, _ := http.NewRequest("POST", base+"/inbox", nil)
				if err := signature.Sign(r, body, key, scheme, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	key := newKey(b)
	body := []byte(strings.Repeat("x", 2000))
	for _, scheme := range schemes {
		b.Run(string(scheme), func(b *testing.B) {
			r := sent(b, "POST", "/inbox", body, key, scheme, now)
			for b.Loop() {
				s, err := signature.Read(r)
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Verify(base, r, body, &key.Private.PublicKey, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

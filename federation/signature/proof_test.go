package signature

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// The test vector of FEP-8b32.
const (
	vectorSecret = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
	vectorPublic = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
	vectorKeyID  = "https://server.example/users/alice#ed25519-key"
	vectorValue  = "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL"
	vector       = `{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/data-integrity/v2"],"id":"https://server.example/activities/1","type":"Create",
		"actor":"https://server.example/users/alice","object":{"id":"https://server.example/objects/1","type":"Note","attributedTo":"https://server.example/users/alice",
		"content":"Hello world","location":{"type":"Place","longitude":-71.184902,"latitude":25.273962}}}`
)

func vectorDocument(t testing.TB) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(vector))
	d.UseNumber() // as documents are read
	var document map[string]any
	if err := d.Decode(&document); err != nil {
		t.Fatal(err)
	}
	return document
}

func TestProofVector(t *testing.T) {
	secret, err := decodeMultibase(vectorSecret)
	if err != nil || len(secret) != 34 {
		t.Fatal(secret, err)
	}
	document := vectorDocument(t)
	at := time.Date(2023, 2, 24, 23, 36, 38, 0, time.UTC)
	if err := Prove(document, ProofKey{ID: vectorKeyID, Private: ed25519.NewKeyFromSeed(secret[2:])}, at); err != nil {
		t.Fatal(err)
	}
	if got := document["proof"].(map[string]any)["proofValue"]; got != vectorValue {
		t.Errorf("proof %v, want %s", got, vectorValue)
	}
	pem, err := DecodeMultikey(vectorPublic)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePublic(pem)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := ReadProof(document)
	if err != nil || proof.KeyID != vectorKeyID || !proof.Created.Equal(at) {
		t.Fatalf("%+v %v", proof, err)
	}
	if err := proof.Verify(document, key); err != nil {
		t.Error(err)
	}
}

// A proof holds for one document, one key and one context.
func TestProofRefused(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, _, _ := ed25519.GenerateKey(rand.Reader)
	for name, c := range map[string]struct {
		change func(d, proof map[string]any)
		key    ed25519.PublicKey
		reads  bool
		holds  bool
	}{
		"as it was made":         {func(_, _ map[string]any) {}, public, true, true},
		"its context left out":   {func(_, p map[string]any) { delete(p, "@context") }, public, true, true}, // as Fedify writes it
		"another key":            {func(_, _ map[string]any) {}, other, true, false},
		"another text":           {func(d, _ map[string]any) { d["object"].(map[string]any)["content"] = "Bye" }, public, true, false},
		"something added":        {func(d, _ map[string]any) { d["to"] = "x" }, public, true, false},
		"another time":           {func(_, p map[string]any) { p["created"] = "2024-02-24T23:36:38Z" }, public, true, false},
		"another context":        {func(_, p map[string]any) { p["@context"] = "https://evil.example" }, public, true, false},
		"another document's one": {func(d, _ map[string]any) { d["@context"] = "https://evil.example" }, public, true, false},
		"another suite":          {func(_, p map[string]any) { p["cryptosuite"] = "eddsa-rdfc-2022" }, public, false, false},
		"another purpose":        {func(_, p map[string]any) { p["proofPurpose"] = "authentication" }, public, false, false},
		"no key":                 {func(_, p map[string]any) { p["verificationMethod"] = "did:key:z6Mk" }, public, false, false},
		"no value":               {func(_, p map[string]any) { p["proofValue"] = "z0" }, public, false, false},
		"no time":                {func(_, p map[string]any) { delete(p, "created") }, public, false, false},
		"none":                   {func(d, _ map[string]any) { delete(d, "proof") }, public, false, false},
	} {
		d := vectorDocument(t)
		if err := Prove(d, ProofKey{ID: vectorKeyID, Private: private}, time.Now()); err != nil {
			t.Fatal(err)
		}
		c.change(d, d["proof"].(map[string]any))
		proof, err := ReadProof(d)
		if (err == nil) != c.reads {
			t.Errorf("%s: read %v", name, err)
			continue
		}
		if err == nil && (proof.Verify(d, c.key) == nil) != c.holds {
			t.Errorf("%s: %v", name, proof.Verify(d, c.key))
		}
	}
}

func TestMultikey(t *testing.T) {
	pair, err := forum.NewKeyPair("https://here.example/u/lea")
	if err != nil {
		t.Fatal(err)
	}
	for _, pem := range []string{pair.Public, pair.Beside[0].Public} {
		text, err := EncodeMultikey(pem)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeMultikey(text); err != nil || back != pem {
			t.Errorf("%s is read as %s %v, was %s", text, back, err, pem)
		}
	}
	for _, wrong := range []string{"", "z", "6Mk", "z6Mk0", "z" + strings.Repeat("1", 3000), "z6Mkr", "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"} {
		if key, err := DecodeMultikey(wrong); err == nil {
			t.Errorf("%q is read as %s", wrong, key)
		}
	}
}

func FuzzBase58(f *testing.F) {
	f.Add([]byte{0, 0, 1})
	f.Add([]byte{})
	f.Add([]byte("Hello World!"))
	f.Fuzz(func(t *testing.T, b []byte) {
		text := encodeBase58(b)
		if back, err := decodeBase58(text); err != nil || !bytes.Equal(back, b) {
			t.Errorf("%x is %s, read as %x %v", b, text, back, err)
		}
	})
}

func FuzzReadProof(f *testing.F) {
	f.Add([]byte(`{"proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","proofPurpose":"assertionMethod","created":"2023-02-24T23:36:38Z","verificationMethod":"https://a.example/#k","proofValue":"` + vectorValue + `"}}`))
	f.Add([]byte(`{"proof":[1,null]}`))
	public, _, _ := ed25519.GenerateKey(rand.Reader)
	f.Fuzz(func(t *testing.T, body []byte) {
		var d map[string]any
		if json.Unmarshal(body, &d) != nil {
			return
		}
		if proof, err := ReadProof(d); err == nil && proof.Verify(d, public) == nil {
			t.Errorf("%s is proven by a key that never saw it", body)
		}
	})
}

package push

import (
	"crypto/ecdh"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestEncryption makes the example of RFC 8291, appendix A.
func TestEncryption(t *testing.T) {
	decode := func(s string) []byte {
		t.Helper()
		raw, err := encoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	ephemeral, err := ecdh.P256().NewPrivateKey(decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	to, err := readKeys("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg")
	if err != nil {
		t.Fatal(err)
	}
	body, err := encryptWith([]byte("When I grow up, I want to be a watermelon"), to, ephemeral, decode("DGv6ra1nlYgDCS1FRnbzlw"))
	if err != nil {
		t.Fatal(err)
	}
	const want = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if got := encoding.EncodeToString(body); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	if body, err := encrypt(make([]byte, maxPayload), to); err != nil || len(body) != recordSize {
		t.Errorf("the longest message is %d bytes, %v", len(body), err)
	}
	if _, err := encrypt(make([]byte, maxPayload+1), to); err == nil {
		t.Error("a longer message is taken")
	}
}

// TestLegacyEncryption makes the example of draft-ietf-webpush-encryption-04, section 5.
func TestLegacyEncryption(t *testing.T) {
	raw, err := encoding.DecodeString("nCScek-QpEjmOOlT-rQ38nZzvdPlqa00Zy0i6m2OJvY")
	if err != nil {
		t.Fatal(err)
	}
	ephemeral, err := ecdh.P256().NewPrivateKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	salt, err := encoding.DecodeString("lngarbyKfMoi9Z75xYXmkg")
	if err != nil {
		t.Fatal(err)
	}
	to, err := readKeys("BCEkBjzL8Z3C-oi2Q7oE5t2Np-p7osjGLg93qUP0wvqRT21EEWyf0cQDQcakQMqz4hQKYOQ3il2nNZct4HgAUQU", "R29vIGdvbyBnJyBqb29iIQ")
	if err != nil {
		t.Fatal(err)
	}
	got, err := encryptLegacyWith([]byte("I am the walrus"), to, ephemeral, salt)
	if err != nil {
		t.Fatal(err)
	}
	if body := encoding.EncodeToString(got.body); body != "6nqAQUME8hNqw5J3kl8cpVVJylXKYqZOeseZG8UueKpA" || got.salt != "lngarbyKfMoi9Z75xYXmkg" ||
		got.key != "BNoRDbb84JGm8g5Z5CFxurSqsXWJ11ItfXEWYVLE85Y7CYkDjXsIEc4aqxYaQ1G8BqkXCJ6DPpDrWtdWj_mugHU" {
		t.Errorf("got %s, %+v", body, got)
	}
	if m, err := encryptLegacy(make([]byte, maxLegacyPayload), to); err != nil || len(m.body) != recordSize {
		t.Errorf("the longest message is %d bytes, %v", len(m.body), err)
	}
	if _, err := encryptLegacy(make([]byte, maxLegacyPayload+1), to); err == nil {
		t.Error("a longer message is taken")
	}
}

const (
	goodKey  = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
	goodAuth = "BTBZMqHH6r4Tts7J_aSIgg"
)

func TestCheck(t *testing.T) {
	s := New(Options{})
	if err := s.Check(forum.Device{Endpoint: "https://push.example/x", Key: goodKey, Auth: goodAuth}); err != nil {
		t.Error(err)
	}
	for _, d := range []forum.Device{
		{}, {Endpoint: "http://push.example/x", Key: goodKey, Auth: goodAuth}, {Endpoint: "https://me@push.example/x", Key: goodKey, Auth: goodAuth},
		{Endpoint: "https:///x", Key: goodKey, Auth: goodAuth}, {Endpoint: "file:///etc/passwd", Key: goodKey, Auth: goodAuth},
		{Endpoint: "https://push.example/" + strings.Repeat("x", 1000), Key: goodKey, Auth: goodAuth},
		{Endpoint: "https://push.example/x", Key: goodKey[:80], Auth: goodAuth}, {Endpoint: "https://push.example/x", Key: goodKey, Auth: "short"},
		{Endpoint: "https://push.example/x", Key: "BA" + goodKey[2:], Auth: goodAuth},
	} {
		if err := s.Check(d); forum.CodeOf(err) != forum.Invalid {
			t.Errorf("%+v: %v", d, err)
		}
	}
}

// FuzzReadKeys holds that whatever a browser claims to be its keys is read or
// refused.
func FuzzReadKeys(f *testing.F) {
	f.Add(goodKey, goodAuth)
	f.Add("", "")
	f.Add("BAAA", "!!")
	f.Fuzz(func(t *testing.T, key, auth string) {
		to, err := readKeys(key, auth)
		if err != nil {
			return
		}
		if _, err := encrypt([]byte("x"), to); err != nil {
			t.Errorf("keys that can be read cannot be used: %v", err)
		}
	})
}

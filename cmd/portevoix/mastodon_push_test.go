package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// openLegacy reads a message of draft-ietf-webpush-encryption-04.
func openLegacy(private *ecdh.PrivateKey, auth []byte, h http.Header, body []byte) ([]byte, error) {
	_, saltText, _ := strings.Cut(h.Get("Encryption"), "salt=")
	dh, _, _ := strings.Cut(strings.TrimPrefix(h.Get("Crypto-Key"), "dh="), ";p256ecdsa=")
	salt, err := base64.RawURLEncoding.DecodeString(saltText)
	point, errPoint := base64.RawURLEncoding.DecodeString(dh)
	if err = errors.Join(err, errPoint); err != nil {
		return nil, err
	}
	sender, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, err
	}
	shared, err := private.ECDH(sender)
	if err != nil {
		return nil, err
	}
	parties := "P-256\x00"
	for _, key := range [][]byte{private.PublicKey().Bytes(), point} {
		parties += "\x00" + string(rune(len(key))) + string(key) // 65 bytes each
	}
	secret, err := hkdf.Key(sha256.New, shared, auth, "Content-Encoding: auth\x00", 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: aesgcm\x00"+parties, 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: nonce\x00"+parties, 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nonce, body, nil)
	if err != nil || len(plain) < 2 {
		return nil, errors.Join(errors.New("no message"), err)
	}
	return plain[2:], nil
}

// TestMastodonPush subscribes an app, reads what it is pushed in the older encoding,
// and ends that with the token.
func TestMastodonPush(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea, max := s.account("lea"), s.account("max")
	s.forum("telecoms")
	th := s.thread(lea, "telecoms", "The bill")
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	auth := []byte("sixteen bytes it")
	var mu sync.Mutex
	var read []map[string]any
	gone := false
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if gone {
			w.WriteHeader(http.StatusGone)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err == nil {
			body, err = openLegacy(private, auth, r.Header, body)
		}
		var m map[string]any
		if err == nil {
			err = json.Unmarshal(body, &m)
		}
		if err != nil || r.Header.Get("Content-Encoding") != "aesgcm" || !strings.HasPrefix(r.Header.Get("Authorization"), "WebPush ey") {
			t.Errorf("%v, %v", err, r.Header)
		}
		read = append(read, m)
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(service.Close)

	app := s.mastodon("lea")
	const path = "/api/v1/push/subscription"
	app.api(http.MethodGet, path, nil).is(404)
	app.api(http.MethodPut, path, map[string]any{}).is(404)
	app.api(http.MethodPost, path, map[string]any{"subscription": map[string]any{"endpoint": "ftp://x"}}).is(422)
	s.mastodon("lea", forum.ScopeRead).api(http.MethodPost, path, nil).is(403)
	s.mastodon("").api(http.MethodGet, path, nil).is(401)
	subscribe := func() {
		t.Helper()
		made := app.api(http.MethodPost, path, map[string]any{
			"subscription": map[string]any{"endpoint": service.URL + "/lea", "keys": map[string]any{"p256dh": base64.StdEncoding.EncodeToString(private.PublicKey().Bytes()), "auth": base64.StdEncoding.EncodeToString(auth)}},
			"data":         map[string]any{"alerts": map[string]any{"mention": true, "follow": false}, "policy": "all"},
		}).is(200)
		hasFields(t, made.object, "id endpoint standard alerts policy server_key")
	}
	subscribe()
	s.mastodon("lea").api(http.MethodGet, path, nil).is(404) // another token
	if _, err := s.service.Reply(t.Context(), max, forum.NewReply{ThreadID: th.ID, Body: "Same **here**"}); err != nil {
		t.Fatal(err)
	}
	forumtest.Eventually(t, patience, "the message to arrive", func() bool { mu.Lock(); defer mu.Unlock(); return len(read) == 1 })
	m := read[0]
	hasFields(t, m, "access_token preferred_locale notification_id notification_type icon title body")
	if m["access_token"] != app.token || m["notification_type"] != "mention" || m["body"] != "Same here" || !strings.Contains(m["title"].(string), "max") || m["notification_id"].(float64) == 0 {
		t.Errorf("pushed is %v", m)
	}
	mu.Lock()
	gone = true
	mu.Unlock()
	if _, err := s.service.Reply(t.Context(), max, forum.NewReply{ThreadID: th.ID, Body: "And again"}); err != nil {
		t.Fatal(err)
	}
	forumtest.Eventually(t, patience, "the subscription to be forgotten", func() bool { return app.api(http.MethodGet, path, nil).status == 404 })
	subscribe()
	app.api(http.MethodDelete, path, nil).is(200)
	app.api(http.MethodGet, path, nil).is(404)
	if log := s.printed.String(); strings.Contains(log, service.URL) || strings.Contains(log, app.token) {
		t.Error("the log shows an endpoint or a token")
	}
}

// TestMastodonPushStandard reads what an app is pushed that asked for the encoding of
// RFC 8291, and its signature of RFC 8292.
func TestMastodonPushStandard(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea, max := s.account("lea"), s.account("max")
	s.forum("telecoms")
	th := s.thread(lea, "telecoms", "The bill")
	service := startPushService(t) // for its keys, and how it verifies
	read := make(chan map[string]any, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sealed, err := io.ReadAll(r.Body)
		plain, openErr := openStandard(service.private, service.auth, sealed)
		var m map[string]any
		err = errors.Join(err, openErr, service.verify(r.Header.Get("Authorization")))
		if err == nil {
			err = json.Unmarshal(plain, &m)
		}
		if err != nil || r.Header.Get("Content-Encoding") != "aes128gcm" || r.Header.Get("Crypto-Key") != "" || r.Header.Get("Encryption") != "" || r.Header.Get("Ttl") == "" {
			t.Errorf("%v, %v", err, r.Header)
		}
		read <- m
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(receiver.Close)
	service.Server = receiver

	app := s.mastodon("lea")
	made := app.api(http.MethodPost, "/api/v1/push/subscription", map[string]any{
		"subscription": map[string]any{"endpoint": receiver.URL + "/lea", "standard": true, "keys": map[string]any{
			"p256dh": base64.RawURLEncoding.EncodeToString(service.private.PublicKey().Bytes()), "auth": base64.RawURLEncoding.EncodeToString(service.auth)}},
		"data": map[string]any{"alerts": map[string]any{"mention": true}, "policy": "all"},
	}).is(200).object
	sameJSON(t, made, "standard", "true")
	if _, err := s.service.Reply(t.Context(), max, forum.NewReply{ThreadID: th.ID, Body: "Same **here**"}); err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-read:
		if m["access_token"] != app.token || m["notification_type"] != "mention" || m["body"] != "Same here" {
			t.Errorf("pushed is %v", m)
		}
	case <-time.After(patience):
		t.Error("no message arrives")
	}
}

package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"portevoix/forum/forumtest"
)

// pushService is one, and the browser behind it that reads what arrives.
type pushService struct {
	*httptest.Server
	t       *testing.T
	private *ecdh.PrivateKey
	auth    []byte
	mu      sync.Mutex
	answers []int // to the next requests; 201 afterwards
	asked   int
	read    []map[string]string
	heads   []http.Header
}

func startPushService(t *testing.T) *pushService {
	t.Helper()
	s := &pushService{t: t, auth: make([]byte, 16)}
	var err error
	if s.private, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, err = io.ReadFull(rand.Reader, s.auth); err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// ServeHTTP implements http.Handler.
func (s *pushService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if len(s.answers) > 0 {
		status := s.answers[0]
		s.answers = s.answers[1:]
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(status)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = s.verify(r.Header.Get("Authorization"))
	}
	var message map[string]string
	if err == nil {
		message, err = s.decrypt(body)
	}
	if err != nil {
		s.t.Error(err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.read, s.heads = append(s.read, message), append(s.heads, r.Header)
	w.WriteHeader(http.StatusCreated)
}

// decrypt reads a message as the browser does.
func (s *pushService) decrypt(body []byte) (map[string]string, error) {
	plain, err := openStandard(s.private, s.auth, body)
	if err != nil {
		return nil, err
	}
	var message map[string]string
	return message, json.Unmarshal(plain, &message)
}

// openStandard reads a message of RFC 8291.
func openStandard(private *ecdh.PrivateKey, auth, body []byte) ([]byte, error) {
	if len(body) < 86 || len(body) > 4096 || body[20] != 65 {
		return nil, fmt.Errorf("a body of %d bytes", len(body))
	}
	sender, err := ecdh.P256().NewPublicKey(body[21:86])
	if err != nil {
		return nil, err
	}
	shared, err := private.ECDH(sender)
	if err != nil {
		return nil, err
	}
	derive := func(secret, salt []byte, info string, n int) []byte {
		key, deriveErr := hkdf.Key(sha256.New, secret, salt, info, n)
		if deriveErr != nil {
			err = deriveErr
		}
		return key
	}
	secret := derive(shared, auth, "WebPush: info\x00"+string(private.PublicKey().Bytes())+string(body[21:86]), 32)
	key, nonce := derive(secret, body[:16], "Content-Encoding: aes128gcm\x00", 16), derive(secret, body[:16], "Content-Encoding: nonce\x00", 12)
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
	plain, err := aead.Open(nil, nonce, body[86:], nil)
	return bytes.TrimSuffix(plain, []byte("\x02")), err // the mark of the last record
}

// verify checks who asks (RFC 8292).
func (s *pushService) verify(authorization string) error {
	parts := regexp.MustCompile(`^vapid t=([^.]+)\.([^.]+)\.([^,]+), k=(.+)$`).FindStringSubmatch(authorization)
	if parts == nil {
		return fmt.Errorf("authorization %q", authorization)
	}
	decoded := make([][]byte, 5)
	for i := range 4 {
		var err error
		if decoded[i+1], err = base64.RawURLEncoding.DecodeString(parts[i+1]); err != nil {
			return err
		}
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), decoded[4])
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(parts[1] + "." + parts[2]))
	if n := decoded[3]; len(n) != 64 || !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(n[:32]), new(big.Int).SetBytes(n[32:])) {
		return fmt.Errorf("the signature of %s is not right", decoded[2])
	}
	var claims struct {
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
		Subject  string `json:"sub"`
	}
	if err := json.Unmarshal(decoded[2], &claims); err != nil {
		return err
	}
	if left := time.Until(time.Unix(claims.Expires, 0)); claims.Audience != s.URL || claims.Subject == "" || left < time.Minute || left > 24*time.Hour {
		return fmt.Errorf("claims %s", decoded[2])
	}
	return nil
}

// form is what the module sends for this browser.
func (s *pushService) form(path string) url.Values {
	return url.Values{"endpoint": {s.URL + path}, "key": {base64.RawURLEncoding.EncodeToString(s.private.PublicKey().Bytes())}, "auth": {base64.RawURLEncoding.EncodeToString(s.auth)}}
}

// messages returns how many requests came, and what could be read.
func (s *pushService) messages() (int, []map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, s.read
}

// TestPush follows a reply to a browser that no page is open in.
func TestPush(t *testing.T) {
	t.Parallel()
	service := startPushService(t)
	v := newVillage(t, nil)
	thread := "/t/" + v.thread
	page := v.lea.get("/settings/notifications").is(200).shows("Show notifications on this device", `data-push="B`)
	form := service.form("/lea")
	v.lea.post("/settings/notifications/devices", form).leadsTo("/settings/notifications#push")
	v.lea.get("/settings/notifications").shows("This device will show notifications.", "/settings/notifications/devices/", `data-push="`+page.dataset("data-push")+`"`)
	for _, bad := range []url.Values{nil, {"endpoint": {"https://push.example/"}}, {"endpoint": {"ftp://push.example/"}, "key": form["key"], "auth": form["auth"]}} {
		v.lea.post("/settings/notifications/devices", bad).is(422).shows("cannot be used")
	}
	v.lea.post("/settings/appearance", url.Values{"locale": {"fr"}}).is(303)

	service.answers = []int{http.StatusServiceUnavailable} // it is asked again
	reply := v.max.post(thread+"/reply", url.Values{"body": {"a **word**, " + strings.Repeat("many words ", 300)}}).is(303).header.Get("Location")
	_, id, _ := strings.Cut(reply, "#p")
	forumtest.Eventually(t, patience, "the message to arrive", func() bool { _, read := service.messages(); return len(read) == 1 })
	asked, read := service.messages()
	m := read[0]
	if asked != 2 || m["title"] != "max vous a répondu" || !strings.HasPrefix(m["text"], "a word, many words") || len(m["text"]) > 200 || m["path"] != "/p/"+id || m["lang"] != "fr" || m["tag"] == "" {
		t.Errorf("after %d requests: %q", asked, m)
	}
	for header, want := range map[string]string{"Ttl": "86400", "Urgency": "high", "Content-Encoding": "aes128gcm", "Topic": m["tag"]} {
		if got := service.heads[0].Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	v.settle()

	v.lea.post("/settings/notifications/push", url.Values{"support": {"true"}}).leadsTo("/settings/notifications#push")
	v.max.post(thread+"/reply", url.Values{"body": {"unheard"}}).is(303)
	v.settle()
	service.mu.Lock()
	service.answers = []int{http.StatusGone}
	service.mu.Unlock()
	v.max.post(thread+"/support", url.Values{"on": {"true"}}).is(303)
	v.settle()
	if asked, read := service.messages(); asked != 3 || len(read) != 1 {
		t.Errorf("%d requests, messages %q", asked, read)
	}
	v.lea.get("/settings/notifications").lacks("/remove")

	v.lea.post("/settings/notifications/devices", form).is(303)
	remove := regexp.MustCompile(`/settings/notifications/devices/\d+/remove`).FindString(v.lea.get("/settings/notifications").body)
	v.max.post(remove, nil).is(303) // not his
	v.lea.get("/settings/notifications").shows(remove)
	v.lea.post(remove, nil).leadsTo("/settings/notifications#push")
	v.lea.get("/settings/notifications").lacks("/remove")
	if log := v.printed.String(); strings.Contains(log, service.URL) {
		t.Errorf("the log shows an endpoint:\n%s", log)
	}
}

// dataset is the value of the first attribute of that name.
func (p *page) dataset(name string) string {
	p.t.Helper()
	found := regexp.MustCompile(name + `="([^"]*)"`).FindStringSubmatch(p.body)
	if found == nil {
		p.t.Fatalf("%s has no %s", p.what, name)
	}
	return found[1]
}

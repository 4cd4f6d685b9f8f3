package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"portevoix/federation/signature"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

const public = "https://www.w3.org/ns/activitystreams#Public"

// peer is another server, as small as can be: it has one person, speaks signed
// ActivityPub, and keeps what it is sent. It stands in for servers that do not
// run here, such as Mastodon.
type peer struct {
	t        testing.TB
	server   *httptest.Server
	software string
	key      *rsa.PrivateKey

	mu       sync.Mutex
	received []map[string]any
	objects  map[string]any // path to document, or to a func(r) any
	profile  map[string]any // what else its person's actor says
	answer   func(r *http.Request, activity map[string]any) int
	serial   int

	asked     map[string]int // how often, by path
	unchanged map[string]int // of those, how often the answer was that nothing changed
}

// newPeer starts a server that says it runs the given software.
func newPeer(t testing.TB, software string) *peer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, software: software, key: key, objects: map[string]any{}, asked: map[string]int{}, unchanged: map[string]int{}}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	return p
}

func (p *peer) url(path string) string { return p.server.URL + path }

func (p *peer) host() string { return strings.TrimPrefix(p.server.URL, "http://") }

// actor is the id of the peer's person.
func (p *peer) actor() string { return p.url("/users/ines") }

func (p *peer) publicKey() string {
	der, err := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply := func(contentType string, v any) {
		w.Header().Set("Content-Type", contentType)
		_ = json.NewEncoder(w).Encode(v)
	}
	switch {
	case r.Method == http.MethodPost:
		p.inbox(w, r)
	case r.URL.Path == "/.well-known/nodeinfo":
		reply("application/json", map[string]any{"links": []any{map[string]any{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": p.url("/nodeinfo/2.0")}}})
	case r.URL.Path == "/nodeinfo/2.0":
		reply("application/json", map[string]any{"version": "2.0", "software": map[string]any{"name": p.software, "version": "4.5.0"}})
	case r.URL.Path == "/.well-known/webfinger":
		reply("application/jrd+json", map[string]any{"subject": "acct:ines@" + p.host(), "links": []any{map[string]any{"rel": "self", "type": "application/activity+json", "href": p.actor()}}})
	case r.URL.Path == "/users/ines" && !p.has(r.URL.Path):
		ines := map[string]any{
			"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
			"id":       p.actor(), "type": "Person", "preferredUsername": "ines", "name": "Inès", "url": p.url("/@ines"),
			"inbox": p.actor() + "/inbox", "outbox": p.actor() + "/outbox", "followers": p.actor() + "/followers",
			"endpoints": map[string]any{"sharedInbox": p.url("/inbox")},
			"publicKey": map[string]any{"id": p.actor() + "#main-key", "owner": p.actor(), "publicKeyPem": p.publicKey()},
		}
		p.mu.Lock()
		maps.Copy(ines, p.profile)
		p.mu.Unlock()
		reply("application/activity+json", ines)
	default:
		p.mu.Lock()
		document, ok := p.objects[r.URL.Path]
		p.mu.Unlock()
		if f, isFunc := document.(func(*http.Request) any); isFunc {
			document = f(r)
		}
		p.mu.Lock()
		p.asked[r.URL.Path]++
		p.mu.Unlock()
		if !ok || document == nil {
			http.NotFound(w, r)
			return
		}
		tag := fmt.Sprintf(`"%x"`, sha256.Sum256(fmt.Append(nil, document)))
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			p.mu.Lock()
			p.unchanged[r.URL.Path]++
			p.mu.Unlock()
			w.WriteHeader(http.StatusNotModified)
			return
		}
		reply("application/activity+json", document)
	}
}

// has says whether a test gave it a document of its own for a path.
func (p *peer) has(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.objects[path] != nil
}

// inbox verifies what it is sent, with the key that its sender serves, as a
// strict server would.
func (p *peer) inbox(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil { // its sender was killed
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var activity map[string]any
	if err := json.Unmarshal(body, &activity); err != nil {
		p.t.Errorf("%s was sent no JSON: %s", p.host(), body)
	}
	p.mu.Lock()
	answer := p.answer
	p.mu.Unlock()
	if answer != nil {
		if status := answer(r, activity); status != 0 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(status)
			return
		}
	}
	if err := p.verify(r, body, activity); err != nil {
		p.t.Errorf("%s was sent a bad signature with %s: %v", p.host(), body, err)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	p.mu.Lock()
	p.received = append(p.received, activity)
	p.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

func (p *peer) verify(r *http.Request, body []byte, activity map[string]any) error {
	sig, err := signature.Read(r)
	if err != nil {
		return err
	}
	actor, _ := activity["actor"].(string)
	if !strings.HasPrefix(sig.KeyID, actor) {
		return fmt.Errorf("signed by %s for %s", sig.KeyID, actor)
	}
	status, document := object(p.t, actor)
	if status == http.StatusGone { // its own end is signed with the last key
		return nil
	}
	key, _ := document["publicKey"].(map[string]any)
	pem, _ := key["publicKeyPem"].(string)
	parsed, err := signature.ParsePublic(pem)
	if err != nil {
		return err
	}
	return sig.Verify(p.server.URL, r, body, parsed, time.Now())
}

// log is what arrived so far.
func (p *peer) log() []map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]map[string]any(nil), p.received...)
}

// of filters what arrived by type.
func (p *peer) of(kind string) []map[string]any {
	var list []map[string]any
	for _, a := range p.log() {
		if a["type"] == kind {
			list = append(list, a)
		}
	}
	return list
}

// await waits until n activities of a type have arrived.
func (p *peer) await(kind string, n int) []map[string]any {
	p.t.Helper()
	forumtest.Eventually(p.t, patience, fmt.Sprintf("%d %s at %s", n, kind, p.software), func() bool { return len(p.of(kind)) >= n })
	return p.of(kind)
}

// id makes an id on the peer.
func (p *peer) id(kind string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial++
	return fmt.Sprintf("%s/%s/%d", p.server.URL, kind, p.serial)
}

// publish makes a document available at its id.
func (p *peer) publish(document map[string]any) map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.objects[strings.TrimPrefix(document["id"].(string), p.server.URL)] = document
	return document
}

// note is a post by the peer's person, in the shape of Mastodon's.
func (p *peer) note(content, inReplyTo string, mentions ...string) map[string]any {
	var tags []any
	cc := []any{p.actor() + "/followers"}
	for _, m := range mentions {
		tags = append(tags, map[string]any{"type": "Mention", "href": m, "name": "@someone"})
		cc = append(cc, m)
	}
	var parent any
	if inReplyTo != "" {
		parent = inReplyTo
	}
	return p.publish(map[string]any{
		"@context": "https://www.w3.org/ns/activitystreams", "id": p.id("statuses"), "type": "Note", "attributedTo": p.actor(), "inReplyTo": parent,
		"to": []any{public}, "cc": cc, "content": content, "contentMap": map[string]any{"fr": content}, "tag": tags,
		"published": time.Now().UTC().Format(time.RFC3339),
	})
}

// activity is one of the peer's person's.
func (p *peer) activity(kind string, object any) map[string]any {
	return map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": p.id("activities"), "type": kind, "actor": p.actor(), "object": object, "to": []any{public}}
}

// send posts an activity, signed, and returns the status.
func (p *peer) send(inbox string, activity any) int {
	p.t.Helper()
	status, err := p.post(inbox, activity, forum.DraftCavage)
	if err != nil {
		p.t.Fatal(err)
	}
	return status
}

func (p *peer) post(inbox string, activity any, scheme forum.SignatureScheme) (int, error) {
	return p.postAs(p.actor(), inbox, activity, scheme)
}

// postAs posts for another actor of the peer; all have the same key.
func (p *peer) postAs(actor, inbox string, activity any, scheme forum.SignatureScheme) (int, error) {
	body, err := json.Marshal(activity)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequest(http.MethodPost, inbox, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/activity+json")
	if err := signature.Sign(r, body, signature.Key{ID: actor + "#main-key", Private: p.key}, scheme, time.Now()); err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode, nil
}

// accepted sends and wants a 2xx.
func (p *peer) accepted(inbox string, activity any) {
	p.t.Helper()
	if status := p.send(inbox, activity); status < 200 || status > 299 {
		p.t.Fatalf("%v was answered %d", activity, status)
	}
}

package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/federation/signature"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// proofKey gives a peer's person an Ed25519 key too.
func (p *peer) proofKey() signature.ProofKey {
	p.t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		p.t.Fatal(err)
	}
	spki := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	text, err := signature.EncodeMultikey(spki)
	if err != nil {
		p.t.Fatal(err)
	}
	key := signature.ProofKey{ID: p.actor() + "#ed25519-key", Private: private}
	p.mu.Lock()
	p.profile = map[string]any{"assertionMethod": []any{map[string]any{"id": key.ID, "type": "Multikey", "controller": p.actor(), "publicKeyMultibase": text}}}
	p.mu.Unlock()
	return key
}

// TestProofs has others pass on what is proven to be its author's, and looks at
// our own proofs as others do.
func TestProofs(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	author, other, lemmy := newPeer(t, "mastodon"), newPeer(t, "mastodon"), newPeer(t, "lemmy")
	key := author.proofKey()
	// A reply that cannot be fetched from its own server.
	reply := func(words string) (activity map[string]any, uri string) {
		uri = author.url("/hidden/" + words)
		note := map[string]any{"id": uri, "type": "Note", "attributedTo": author.actor(), "inReplyTo": v.base + "/t/" + v.thread, "to": []any{public}, "content": "<p>" + words + "</p>"}
		return author.activity("Create", note), uri
	}
	known := func(uri string) bool {
		v.settle()
		_, err := v.store.PostByURI(t.Context(), uri)
		return err == nil
	}
	proven, uri := reply("proven")
	if err := signature.Prove(proven, key, time.Now()); err != nil {
		t.Fatal(err)
	}
	other.accepted(v.base+"/inbox", proven)
	if !known(uri) {
		t.Error("what its author has proven is not taken from another")
	}
	for words, change := range map[string]func(map[string]any){
		"unproven": func(a map[string]any) {},
		"forged": func(a map[string]any) {
			_ = signature.Prove(a, key, time.Now())
			a["object"].(map[string]any)["content"] = "<p>Something else</p>"
		},
		"stale": func(a map[string]any) { _ = signature.Prove(a, key, time.Now().Add(-60*24*time.Hour)) },
		"strange": func(a map[string]any) {
			_, private, _ := ed25519.GenerateKey(rand.Reader)
			_ = signature.Prove(a, signature.ProofKey{ID: key.ID, Private: private}, time.Now())
		},
	} {
		activity, uri := reply(words)
		change(activity)
		other.send(v.base+"/inbox", activity)
		if known(uri) {
			t.Errorf("%s: taken", words)
		}
	}

	// Ours.
	lemmy.accepted(v.base+"/inbox", lemmy.activity("Follow", v.base+"/f/telecoms"))
	lemmy.await("Accept", 1)
	lea, err := v.store.AccountByName(t.Context(), "lea")
	if err != nil {
		t.Fatal(err)
	}
	v.inProcess.thread(lea, "telecoms", "Proven")
	create, _ := lemmy.await("Announce", 1)[0]["object"].(map[string]any)
	_, actor := object(t, v.base+"/u/lea")
	method := actor["assertionMethod"].([]any)[0].(map[string]any)
	spki, err := signature.DecodeMultikey(method["publicKeyMultibase"].(string))
	if err != nil {
		t.Fatal(err)
	}
	proofKey, err := signature.ParsePublic(spki)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := signature.ReadProof(create)
	if err != nil || create["type"] != "Create" || proof.KeyID != method["id"] {
		t.Fatalf("%v %v", create, err)
	}
	if err := proof.Verify(create, proofKey); err != nil {
		t.Error(err)
	}
}

// TestRotateKeys replaces keys while the server runs: the news is signed with the
// old key, everything after it with the new one.
func TestRotateKeys(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	p := newPeer(t, "mastodon")
	p.accepted(v.base+"/inbox", p.activity("Follow", v.base+"/u/lea"))
	p.await("Accept", 1)
	_, before := object(t, v.base+"/u/lea")
	oldKey := before["publicKey"].(map[string]any)
	var told atomic.Value
	p.mu.Lock()
	p.answer = func(r *http.Request, activity map[string]any) int {
		if activity["type"] != "Update" {
			return 0
		}
		sig, err := signature.Read(r)
		if err != nil || sig.KeyID != oldKey["id"] {
			t.Errorf("the news is signed with %+v %v", sig, err)
			return http.StatusBadRequest
		}
		told.Store(activity)
		return http.StatusAccepted
	}
	p.mu.Unlock()
	if _, err := v.service.RotateKeys(t.Context(), forum.Operator(), "lea"); err != nil {
		t.Fatal(err)
	}
	forumtest.Eventually(t, patience, "the news", func() bool { return told.Load() != nil })
	news := told.Load().(map[string]any)["object"].(map[string]any)
	newKey := news["publicKey"].(map[string]any)
	if newKey["id"] == oldKey["id"] || newKey["publicKeyPem"] == oldKey["publicKeyPem"] {
		t.Errorf("the news tells of %v", newKey)
	}
	_, after := object(t, v.base+"/u/lea")
	if got := after["publicKey"].(map[string]any); got["id"] != newKey["id"] {
		t.Errorf("the actor has %v", got)
	}
	oldMultikey, err := signature.EncodeMultikey(oldKey["publicKeyPem"].(string))
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := json.Marshal(after["assertionMethod"])
	if !strings.Contains(string(keys), oldMultikey) || strings.Count(string(keys), "publicKeyMultibase") != 3 {
		t.Errorf("the keys beside it: %s", keys)
	}
	lea, err := v.store.AccountByName(t.Context(), "lea")
	if err != nil {
		t.Fatal(err)
	}
	v.inProcess.thread(lea, "telecoms", "After")
	p.await("Create", 1) // its signature is verified with the served key
	v.clock.advance(forum.KeyOverlap + time.Hour)
	if err := v.service.WorkUpkeep(t.Context(), forum.UpkeepJob{}); err != nil {
		t.Fatal(err)
	}
	_, last := object(t, v.base+"/u/lea")
	if keys, _ := json.Marshal(last["assertionMethod"]); strings.Contains(string(keys), oldMultikey) {
		t.Errorf("the old key is still published: %s", keys)
	}
	if _, err := v.service.RotateKeys(t.Context(), lea, "max"); forum.CodeOf(err) != forum.Forbidden {
		t.Errorf("somebody else's keys: %v", err)
	}
}

// TestAuthorizedFetch reads documents of a server that wants to know who asks.
func TestAuthorizedFetch(t *testing.T) {
	t.Parallel()
	v := newVillage(t, func(c *config.Config) { c.Federation.AuthorizedFetch = true })
	p := newPeer(t, "mastodon")
	get := func(path string, sign bool) int {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, v.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "application/activity+json")
		if sign {
			if err := signature.Sign(r, nil, signature.Key{ID: p.actor() + "#main-key", Private: p.key}, forum.DraftCavage, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if cache := response.Header.Get("Cache-Control"); response.StatusCode == http.StatusOK && sign && !strings.HasPrefix(cache, "private") {
			t.Errorf("%s may be cached by all: %s", path, cache)
		}
		return response.StatusCode
	}
	guarded := []string{"/t/" + v.thread, "/p/" + v.reply, "/u/lea/outbox", "/f/telecoms/followers", "/t/" + v.thread + "/replies", "/t/" + v.thread + "/context"}
	for _, path := range guarded {
		if got := get(path, false); got != http.StatusUnauthorized {
			t.Errorf("%s without a signature: %d", path, got)
		}
		if got := get(path, true); got != http.StatusOK {
			t.Errorf("%s with a signature: %d", path, got)
		}
	}
	for _, path := range []string{"/u/lea", "/f/telecoms", "/actor", "/nodeinfo/2.1", "/.well-known/webfinger?resource=acct:lea@" + v.host()} {
		if got := get(path, false); got != http.StatusOK {
			t.Errorf("%s without a signature: %d", path, got)
		}
	}
	if _, err := v.service.SetPeerRule(t.Context(), forum.Operator(), forum.PeerRule{Host: p.host(), Severity: forum.SeverityBlock}); err != nil {
		t.Fatal(err)
	}
	for _, path := range guarded {
		if got := get(path, true); got != http.StatusForbidden {
			t.Errorf("%s for a blocked server: %d", path, got)
		}
	}
}

func TestClockFinding(t *testing.T) {
	for ahead, want := range map[time.Duration]string{0: "ok", 5 * time.Second: "ok", -time.Minute: "warn", time.Minute: "warn", 2 * time.Hour: "fail", -time.Hour: "fail"} {
		if f := clockFinding(ahead); f.level != want || want != "ok" && f.remedy == "" || ahead < -30*time.Second && !strings.Contains(f.what, "behind") {
			t.Errorf("%s: %+v", ahead, f)
		}
	}
}

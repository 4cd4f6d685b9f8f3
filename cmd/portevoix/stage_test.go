package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"portevoix/federation/signature"
	"portevoix/forum"
)

// stage is any number of other servers, which serve the documents they are given
// and sign with one key. Recorded and invented traffic is played on it.
type stage struct {
	t      testing.TB
	key    *rsa.PrivateKey
	pem    string
	server *http.Server

	mu        sync.Mutex
	documents map[string]any // address to document
	kinds     map[string]forum.ActorKind
}

func newStage(t testing.TB) *stage {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, key: key, pem: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		documents: map[string]any{}, kinds: map[string]forum.ActorKind{}}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: patience}
	t.Cleanup(func() { _ = s.server.Close() })
	return s
}

// host starts another server and returns its host with the port.
func (s *stage) host() string {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	go func() {
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.t.Errorf("a server on the stage: %v", err)
		}
	}()
	return l.Addr().String()
}

// publish makes a document available at its address.
func (s *stage) publish(address string, document any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.documents[strings.TrimSuffix(address, "/")] = document
}

// cast makes an actor available at its address. The first kind given to one
// stays.
func (s *stage) cast(uri string, kind forum.ActorKind) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kinds[uri] == "" {
		s.kinds[uri] = kind
		s.documents[strings.TrimSuffix(uri, "/")] = map[string]any{
			"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
			"id":       uri, "type": kind, "preferredUsername": fmt.Sprintf("actor%d", len(s.kinds)), "inbox": uri + "/inbox",
			"publicKey": map[string]any{"id": keyOf(uri), "owner": uri, "publicKeyPem": s.pem},
		}
	}
	return uri
}

// keyOf is the id of an actor's key.
func keyOf(actor string) string { return actor + "#main-key" }

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	s.mu.Lock()
	document, ok := s.documents[strings.TrimSuffix("http://"+r.Host+r.URL.RequestURI(), "/")]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/activity+json")
	_ = json.NewEncoder(w).Encode(document)
}

// send posts bytes to an inbox, signed by one of the actors, and returns the
// status, why it was ignored, and the error.
func (s *stage) send(inbox, actor string, body []byte) (status int, ignored, problem string) {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodPost, inbox, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/activity+json")
	if err := signature.Sign(r, body, signature.Key{ID: keyOf(actor), Private: s.key}, forum.DraftCavage, time.Now()); err != nil {
		s.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Error string }
	_ = json.NewDecoder(response.Body).Decode(&answer) // there is none when it was taken
	return response.StatusCode, response.Header.Get("X-Ignored"), answer.Error
}

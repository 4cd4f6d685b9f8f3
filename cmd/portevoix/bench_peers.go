package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"portevoix/federation/signature"
	"portevoix/forum"
)

// benchPeers are other servers, each at a loopback address of its own. They share
// one key and one handler; what they are sent is counted.
type benchPeers struct {
	server    *http.Server
	port      string
	hosts     []string // "127.1.0.1:port"
	key       *rsa.PrivateKey
	publicPEM string
	client    *http.Client

	mu       sync.Mutex
	arrivals map[string][]time.Time // of activities, by type
}

// newBenchPeers starts servers; around, if any, stands before what they answer.
func newBenchPeers(n int, around func(http.Handler) http.Handler) (*benchPeers, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp4", "0.0.0.0:0") // all of 127.0.0.0/8
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, err
	}
	p := &benchPeers{port: port, key: key, publicPEM: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), client: benchClient(64), arrivals: map[string][]time.Time{}}
	for i := range n {
		p.hosts = append(p.hosts, fmt.Sprintf("127.1.%d.%d:%s", i/250, i%250+1, port))
	}
	var handler http.Handler = p
	if around != nil {
		handler = around(p)
	}
	p.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

func (p *benchPeers) close() {
	p.client.CloseIdleConnections()
	_ = p.server.Close()
}

func actorAt(host string) string { return "http://" + host + "/users/max" }

// ServeHTTP is a group-aware server, as small as can be.
func (p *benchPeers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	base, id := "http://"+r.Host, actorAt(r.Host)
	reply := func(contentType string, v any) {
		w.Header().Set("Content-Type", contentType)
		_ = json.NewEncoder(w).Encode(v)
	}
	switch {
	case r.Method == http.MethodPost:
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		var activity struct{ Type string }
		if err != nil || json.Unmarshal(body, &activity) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		p.mu.Lock()
		p.arrivals[activity.Type] = append(p.arrivals[activity.Type], time.Now())
		p.mu.Unlock()
		w.WriteHeader(http.StatusAccepted)
	case r.URL.Path == "/.well-known/nodeinfo":
		reply("application/json", map[string]any{"links": []any{map[string]any{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": base + "/nodeinfo/2.0"}}})
	case r.URL.Path == "/nodeinfo/2.0":
		reply("application/json", map[string]any{"version": "2.0", "software": map[string]any{"name": "lemmy", "version": "0.19"}})
	case r.URL.Path == "/users/max":
		reply("application/activity+json", map[string]any{
			"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
			"id":       id, "type": "Person", "preferredUsername": "max", "inbox": id + "/inbox", "outbox": id + "/outbox",
			"endpoints": map[string]any{"sharedInbox": base + "/inbox"},
			"publicKey": map[string]any{"id": id + "#main-key", "owner": id, "publicKeyPem": p.publicPEM},
		})
	default:
		http.NotFound(w, r)
	}
}

// arrived lists when activities of a type came.
func (p *benchPeers) arrived(kind string) []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]time.Time(nil), p.arrivals[kind]...)
}

// request is a signed activity, ready to be sent.
func (p *benchPeers) request(ctx context.Context, inbox, host string, activity map[string]any) (*http.Request, error) {
	activity["@context"], activity["actor"] = "https://www.w3.org/ns/activitystreams", actorAt(host)
	body, err := json.Marshal(activity)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, inbox, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/activity+json")
	return r, signature.Sign(r, body, signature.Key{ID: actorAt(host) + "#main-key", Private: p.key}, forum.DraftCavage, time.Now())
}

// send sends a request and wants a 2xx.
func (p *benchPeers) send(r *http.Request) error {
	response, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err == nil && response.StatusCode/100 != 2 {
		err = fmt.Errorf("status %d: %s", response.StatusCode, strings.TrimSpace(string(text)))
	}
	return err
}

// follow has every server follow the forum, and waits for the answers: keys and
// software are known from then on.
func (p *benchPeers) follow(ctx context.Context, base string) error {
	for _, host := range p.hosts {
		r, err := p.request(ctx, base+"/inbox", host, map[string]any{"id": "http://" + host + "/follow", "type": "Follow", "object": base + "/f/" + followedForum})
		if err == nil {
			err = p.send(r)
		}
		if err != nil {
			return err
		}
	}
	return p.await(ctx, "Accept", len(p.hosts), time.Minute)
}

// await waits until so many activities of a type have come.
func (p *benchPeers) await(ctx context.Context, kind string, n int, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for len(p.arrived(kind)) < n {
		select {
		case <-ctx.Done():
			return fmt.Errorf("only %d of %d %s arrived", len(p.arrived(kind)), n, kind)
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil
}

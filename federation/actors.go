package federation

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"portevoix/federation/client"
	"portevoix/federation/signature"
	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

const (
	actorFreshness = 24 * time.Hour  // after that an actor is read anew when a job meets it
	keyPatience    = 5 * time.Minute // a key that failed is read anew at most this often
)

// fetchActor reads an actor from its server and stores it. handleHost is the
// host of its handle where a lookup has shown that; "" keeps what is known, or
// takes the host of its id.
func (s *Server) fetchActor(ctx context.Context, uri, handleHost string) (*forum.Actor, error) {
	d, err := s.fetch(ctx, uri)
	if err != nil {
		return nil, err
	}
	return s.saveActor(ctx, d, handleHost)
}

func (s *Server) saveActor(ctx context.Context, d vocabulary.Document, handleHost string) (*forum.Actor, error) {
	a, key, err := vocabulary.Actor(d)
	if err != nil {
		return nil, invalidDocument(d.ID(), err)
	}
	if s.o.Addresses.IsLocal(a.URI) {
		return nil, invalidDocument(a.URI, errors.New("it claims to live here"))
	}
	if handleHost == "" {
		if known, err := s.store.ActorByURI(ctx, a.URI); err == nil {
			handleHost = known.Host
		}
	}
	if handleHost != "" {
		a.Host = handleHost
	}
	if key != nil {
		if public, err := signature.ParsePublic(key.Public); err != nil {
			key = nil
		} else {
			key.FetchedAt = s.o.Clock.Now()
			if _, ok := public.(ed25519.PublicKey); ok {
				key.Kind = forum.KeyEd25519
			}
		}
	}
	return s.service.ReceiveActor(ctx, a, key)
}

// ActorByHandle implements forum.Resolver: WebFinger, then the actor it names.
func (s *Server) ActorByHandle(ctx context.Context, h forum.Handle) (*forum.Actor, error) {
	if s.o.Mode == Off {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NobodyThere"}
	}
	found, err, _ := s.lookups.Do(h.String(), func() (any, error) { return s.lookUp(ctx, h) })
	if err != nil {
		return nil, err
	}
	return found.(*forum.Actor), nil
}

func (s *Server) lookUp(ctx context.Context, h forum.Handle) (*forum.Actor, error) {
	subject, uri, err := s.askWebFinger(ctx, h)
	if err != nil {
		return nil, err
	}
	nobody := &forum.Error{Code: forum.NotFound, Key: "NobodyThere", Args: map[string]any{"Handle": h.String()}}
	canonical := h
	if parsed, ok := forum.ParseHandle(subject, ""); ok && parsed.Host != "" {
		canonical = parsed
	}
	// The handle's host must answer for itself: when it refers to another one,
	// that one is asked, and has to confirm. So must the actor's host, where it
	// is yet another: or any server could give its handles to others' actors.
	asked := h
	for _, host := range []string{canonical.Host, forum.HostOf(uri)} {
		q := forum.Handle{Name: canonical.Name, Host: host}
		if q == asked || strings.EqualFold(q.String(), h.String()) {
			continue
		}
		asked = q
		confirmed, again, err := s.askWebFinger(ctx, q)
		if err != nil {
			return nil, err
		}
		if p, ok := forum.ParseHandle(confirmed, ""); !ok || !strings.EqualFold(p.String(), canonical.String()) || again != uri {
			return nil, nobody
		}
	}
	a, err := s.fetchActor(ctx, uri, canonical.Host)
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(a.Name, canonical.Name) {
		return nil, nobody
	}
	return a, nil
}

// askWebFinger asks a host who a handle is. It returns the subject as the host
// writes it, and the actor's address.
func (s *Server) askWebFinger(ctx context.Context, h forum.Handle) (subject, uri string, err error) {
	nobody := &forum.Error{Code: forum.NotFound, Key: "NobodyThere", Args: map[string]any{"Handle": h.String()}}
	if h.Host == "" || h.Host == s.o.Addresses.Host() {
		return "", "", nobody
	}
	response, err := s.queryWebFinger(ctx, h.Host, "acct:"+h.Name+"@"+h.Host)
	if forum.CodeOf(err) == forum.NotFound {
		return "", "", nobody
	}
	if err != nil {
		return "", "", err
	}
	return readJRD(response.Body, nobody)
}

// queryWebFinger asks a host what it knows of a resource. It returns NotFound
// when that is nothing, and Unavailable when the host cannot be asked.
func (s *Server) queryWebFinger(ctx context.Context, host, resource string) (*client.Response, error) {
	query := "/.well-known/webfinger?resource=" + url.QueryEscape(resource)
	schemes := []string{"https"}
	if s.o.PlainHTTP {
		schemes = append(schemes, "http")
	}
	var last error
	for _, scheme := range schemes {
		response, err := s.client.Get(ctx, scheme+"://"+host+query, func(r *http.Request) error {
			r.Header.Set("Accept", jrdType+", application/json")
			return nil
		})
		if err != nil {
			last = fetchError(scheme+"://"+host, err)
			continue
		}
		switch response.Status {
		case http.StatusOK:
			return response, nil
		case http.StatusNotFound, http.StatusGone:
			return nil, &forum.Error{Code: forum.NotFound, Key: "NothingThere", Args: map[string]any{"Address": resource}}
		default:
			return nil, fetchError(scheme+"://"+host, fmt.Errorf("WebFinger answers %d", response.Status))
		}
	}
	return nil, last
}

// readJRD finds the actor in a WebFinger answer.
func readJRD(body []byte, nobody error) (subject, uri string, err error) {
	answer, err := vocabulary.Parse(body)
	if err != nil {
		return "", "", &forum.Error{Code: forum.Invalid, Key: "DocumentInvalid", Args: map[string]any{"Address": "WebFinger"}, Err: err}
	}
	for _, l := range answer.Objects("links") {
		if href := l.IRI("href"); l.String("rel") == "self" && isActivityType(l.String("type")) && href != "" {
			return answer.String("subject"), href, nil
		}
	}
	return "", "", nobody
}

// keyOwner returns the key with the given id and the actor it belongs to. An
// unknown key is read from its server.
func (s *Server) keyOwner(ctx context.Context, keyID string) (crypto.PublicKey, *forum.Actor, error) {
	pair, err := s.store.Key(ctx, keyID)
	if forum.CodeOf(err) == forum.NotFound {
		return s.fetchKey(ctx, keyID)
	}
	if err != nil {
		return nil, nil, err
	}
	a, err := s.store.Actor(ctx, pair.ActorID)
	if err != nil {
		return nil, nil, err
	}
	key, err := signature.ParsePublic(pair.Public)
	return key, a, err
}

// fetchKey reads a key from its server. The document at its address is the
// actor, with or without a fragment in the key's id, or a stub of it
// (GoToSocial), or the key itself, which names its owner.
func (s *Server) fetchKey(ctx context.Context, keyID string) (crypto.PublicKey, *forum.Actor, error) {
	address, _, _ := strings.Cut(keyID, "#")
	if s.o.Addresses.IsLocal(address) {
		return nil, nil, &forum.Error{Code: forum.Forbidden, Key: "KeyIsOurs"}
	}
	d, _, err := s.fetchOnce(ctx, address, "")
	if err != nil {
		return nil, nil, err
	}
	actorURI := d.ID()
	if !vocabulary.IsActor(d.Type()) {
		actorURI = d.IRI("owner")
	}
	if actorURI == "" || !forum.SameHost(actorURI, keyID) {
		return nil, nil, invalidDocument(keyID, errors.New("the key has no owner on its server"))
	}
	// The owner itself must name the key.
	a, err := s.fetchActor(ctx, actorURI, "")
	if err != nil {
		return nil, nil, err
	}
	pair, err := s.store.Key(ctx, keyID)
	if err != nil || pair.ActorID != a.ID {
		return nil, nil, invalidDocument(keyID, errors.New("its owner does not name it as its key"))
	}
	key, err := signature.ParsePublic(pair.Public)
	return key, a, err
}

// freshKey reads a key anew after a signature did not match: it may have been
// rotated. It returns nil when the known one was read a moment ago.
func (s *Server) freshKey(ctx context.Context, keyID string) (crypto.PublicKey, *forum.Actor, error) {
	pair, err := s.store.Key(ctx, keyID)
	if err == nil && s.o.Clock.Now().Sub(pair.FetchedAt) < keyPatience {
		return nil, nil, nil
	}
	return s.fetchKey(ctx, keyID)
}

package federation

import (
	"context"
	"crypto"
	"errors"
	"time"

	"portevoix/federation/linkeddata"
	"portevoix/federation/signature"
	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// ring holds the private keys of a local actor, parsed once.
type ring struct {
	read   time.Time
	uri    string
	sign   signature.Key
	former *signature.Key      // the one replaced last; nil for none
	proof  *signature.ProofKey // nil for none
}

// ringLifetime is how long proofs may still be made with a replaced key, which
// is published for longer.
const ringLifetime = 5 * time.Second

// ring reads an actor's keys. They are looked at each time, because a command may
// have replaced them, and whoever meets the actor only now knows no other: what
// costs is parsing them.
func (s *Server) ring(ctx context.Context, actor forum.ID) (*ring, error) {
	known, _ := s.private.Load(actor)
	old, _ := known.(*ring)
	now := time.Now()
	pair, err := s.store.KeyOf(ctx, actor)
	if err != nil {
		return nil, err
	}
	if old != nil && old.uri == pair.URI && (old.proof != nil || len(pair.Beside) == 0) {
		fresh := *old
		fresh.read = now
		s.private.Store(actor, &fresh)
		return &fresh, nil
	}
	fresh, err := readRing(pair)
	if err != nil {
		return nil, err
	}
	fresh.read = now
	s.private.Store(actor, fresh)
	return fresh, nil
}

func readRing(pair *forum.KeyPair) (*ring, error) {
	private, err := signature.ParsePrivate(pair.Private)
	if err != nil {
		return nil, err
	}
	r := &ring{uri: pair.URI, sign: signature.Key{ID: pair.URI, Private: private}}
	for _, beside := range pair.Beside {
		switch {
		case beside.Kind == forum.KeyEd25519 && beside.RetiredAt.IsZero():
			key, err := signature.ParseProofKey(beside.Private)
			if err != nil {
				return nil, err
			}
			r.proof = &signature.ProofKey{ID: beside.URI, Private: key}
		case beside.Kind == forum.KeyRSA && r.former == nil:
			key, err := signature.ParsePrivate(beside.Private)
			if err != nil {
				return nil, err
			}
			r.former = &signature.Key{ID: beside.URI, Private: key}
		}
	}
	return r, nil
}

// privateKey is the key that a local actor signs requests with.
func (s *Server) privateKey(ctx context.Context, actor forum.ID) (signature.Key, error) {
	r, err := s.ring(ctx, actor)
	if err != nil {
		return signature.Key{}, err
	}
	return r.sign, nil
}

// signingKey is the key for a delivery. The news of a new key goes out with the
// one it replaces, which others know; who does not take that read the new one.
func (s *Server) signingKey(ctx context.Context, d forum.Delivery) (signature.Key, error) {
	r, err := s.ring(ctx, d.Signer)
	switch {
	case err != nil:
		return signature.Key{}, err
	case d.FormerKey && d.Attempts == 0 && r.former != nil:
		return *r.former, nil
	}
	return r.sign, nil
}

// proofTimeout bounds how long a change waits for the key of its actor.
const proofTimeout = time.Second

// prove adds a proof (FEP-8b32) to a public activity of a local actor, so that
// whoever passes it on is believed. Actors without an Ed25519 key go without.
func (s *Server) prove(actor forum.ID, document map[string]any, at time.Time) error {
	r, err := s.recentRing(actor)
	if err != nil || r == nil || r.proof == nil {
		return err
	}
	return signature.Prove(document, *r.proof, at)
}

// signDocument adds a JSON-LD signature to a public activity of a local actor, for
// relays: who receives from them knows no proofs.
func (s *Server) signDocument(actor forum.ID, document map[string]any, at time.Time) error {
	r, err := s.recentRing(actor)
	if err != nil || r == nil {
		return err
	}
	return linkeddata.Sign(document, r.sign.ID, r.sign.Private, at)
}

// recentRing is a local actor's keys, nil where they cannot be had now.
func (s *Server) recentRing(actor forum.ID) (*ring, error) {
	ctx, cancel := context.WithTimeout(context.Background(), proofTimeout)
	defer cancel()
	known, _ := s.private.Load(actor)
	r, _ := known.(*ring)
	if r != nil && time.Since(r.read) <= ringLifetime {
		return r, nil
	}
	r, err := s.ring(ctx, actor)
	if forum.CodeOf(err) == forum.NotFound || errors.Is(err, context.DeadlineExceeded) {
		return nil, nil
	}
	return r, err
}

// maxProofAge bounds how old a proof may be to stand for a signature: after that
// the activity's id is not remembered any more.
const maxProofAge = 30 * 24 * time.Hour

// proven returns what of an activity its actor has proven to have written, by an
// integrity proof or a JSON-LD signature; nil for nothing. What cannot be verified
// is no worse than without; errFetchFirst when the key must be read.
func (m *message) proven(ctx context.Context, d vocabulary.Document, actorURI string) (vocabulary.Document, error) {
	if proof, err := signature.ReadProof(d); err == nil {
		key, err := m.provingKey(ctx, proof.KeyID, proof.Created, actorURI)
		if err != nil {
			return nil, err
		}
		if key != nil && proof.Verify(d, key) == nil {
			return d, nil
		}
	}
	signed, err := linkeddata.Read(d)
	if err != nil {
		return nil, nil
	}
	key, err := m.provingKey(ctx, signed.KeyID, signed.Created, actorURI)
	if key == nil || err != nil {
		return nil, err
	}
	covered, err := signed.Verify(d, key)
	if err != nil {
		m.s.o.Logger.DebugContext(ctx, "JSON-LD signature not taken", "id", d.ID(), "error", err)
		return nil, nil
	}
	if by := vocabulary.Document(covered).IRIs("actor"); len(by) != 1 || by[0] != actorURI {
		return nil, nil // the text calls another so than the graph
	}
	return withoutProfile(covered), nil
}

// withoutProfile leaves the id of a profile that an activity carries, which is then
// read from its server: a JSON-LD signature covers only some of what it says.
func withoutProfile(d vocabulary.Document) vocabulary.Document {
	if inner := d.Object("object"); inner != nil && vocabulary.IsActor(inner.Type()) {
		d["object"] = inner.ID()
	}
	return d
}

// provingKey is the key that an activity is proven with, nil if it is none of its
// actor's or the proof is not of the present.
func (m *message) provingKey(ctx context.Context, id string, created time.Time, actorURI string) (crypto.PublicKey, error) {
	if !forum.SameHost(id, actorURI) {
		return nil, nil
	}
	if age := m.s.o.Clock.Now().Sub(created); age > maxProofAge || age < -signature.Skew {
		return nil, nil
	}
	if _, err := m.s.store.Key(ctx, id); forum.CodeOf(err) == forum.NotFound {
		if err := m.spend(id); errors.Is(err, errFetchFirst) {
			return nil, err
		} else if err != nil {
			return nil, nil
		}
	}
	key, owner, err := m.s.keyOwner(ctx, id)
	if err != nil || owner.URI != actorURI || owner.Active() != nil {
		return nil, nil
	}
	return key, nil
}

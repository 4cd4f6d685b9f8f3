package forum

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strconv"
	"time"
)

// KeyKind is the algorithm of a key.
type KeyKind string

// The kinds. Requests are signed with RSA, which every server verifies;
// activities carry a proof made with Ed25519 (FEP-8b32).
const (
	KeyRSA     KeyKind = "rsa"
	KeyEd25519 KeyKind = "ed25519"
)

// KeyPair is an actor's key, in PEM: SPKI for the public half, PKCS #8 for the
// private one.
type KeyPair struct {
	URI       string // ActorURI#main-key for local actors
	ActorID   ID
	Kind      KeyKind // "" means KeyRSA
	Public    string
	Private   string    // "" for remote actors
	FetchedAt time.Time // zero for local actors
	RetiredAt time.Time // zero while it is in use
	// Beside are the actor's further keys: of the other kind, and, of a local
	// actor, those that were replaced not long ago.
	Beside []KeyPair
}

// KeyOverlap is how long a key that was replaced is still published: what was
// signed with it may be under way.
const KeyOverlap = 48 * time.Hour

// NewKeyPair makes the keys of a local actor: RSA with 2048 bits, because every
// server of the fediverse verifies it and some verify nothing else, and Ed25519
// beside it.
func NewKeyPair(actorURI string) (KeyPair, error) { return newKeyPair(actorURI, "") }

func newKeyPair(actorURI, suffix string) (KeyPair, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return KeyPair{}, fmt.Errorf("make key: %w", err)
	}
	pair, err := encodeKey(actorURI+"#main-key"+suffix, KeyRSA, &key.PublicKey, key)
	if err != nil {
		return KeyPair{}, err
	}
	beside, err := newProofKey(actorURI, suffix)
	pair.Beside = []KeyPair{beside}
	return pair, err
}

// newProofKey makes a local actor's Ed25519 key.
func newProofKey(actorURI, suffix string) (KeyPair, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return KeyPair{}, fmt.Errorf("make key: %w", err)
	}
	return encodeKey(actorURI+"#ed25519-key"+suffix, KeyEd25519, public, private)
}

func encodeKey(uri string, kind KeyKind, public crypto.PublicKey, private crypto.PrivateKey) (KeyPair, error) {
	p, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return KeyPair{}, fmt.Errorf("encode private key: %w", err)
	}
	s, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return KeyPair{}, fmt.Errorf("encode public key: %w", err)
	}
	return KeyPair{
		URI: uri, Kind: kind,
		Public:  string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: s})),
		Private: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: p})),
	}, nil
}

// RotateKeys replaces the keys of a person or forum here and tells other
// servers. The news is signed with the old key, which they know; all else with
// the new one, under another id, so that nobody takes one for the other. The old
// key stays published for KeyOverlap. Administrators may, and people themselves.
func (s *Service) RotateKeys(ctx context.Context, by *Account, name string) (*Actor, error) {
	if by == nil || by.Name != name {
		if err := adminOnly(by); err != nil {
			return nil, err
		}
	}
	now := s.clock.Now()
	var actor *Actor
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		var err error
		if actor, err = tx.ActorByHandle(ctx, Handle{Name: name}); err != nil {
			return unknownAccount(err, name)
		}
		if !actor.DeletedAt.IsZero() {
			return &Error{Code: Gone, Key: "AccountDeleted"}
		}
		fresh, err := newKeyPair(actor.URI, "-"+strconv.FormatInt(now.UnixMilli(), 36))
		if err != nil {
			return err
		}
		if err := tx.ReplaceKeys(ctx, actor.ID, fresh, now); err != nil {
			return err
		}
		var f *Forum
		if actor.IsForum() {
			if f, err = tx.Forum(ctx, Handle{Name: name}); err != nil {
				return err
			}
		}
		id, o := s.ids.New(now), s.outbox()
		o.add(OutgoingActivity{ID: id, Signer: actor.ID, Subject: actor.URI, Priority: PriorityModeration, FormerKey: true,
			Payloads: []Payload{{For: AllFamilies, Body: o.keep(s.publisher.UpdateActor(id, actor, f, fresh))}},
			Audience: []Recipients{{Everyone: true}}})
		return o.post(ctx, tx)
	})
	return actor, err
}

// addProofKeys gives Ed25519 keys to actors of ours that were made before there
// were any.
func (s *Service) addProofKeys(ctx context.Context) error {
	for {
		var lacking []Actor
		err := s.write(ctx, func(ctx context.Context, tx Tx) error {
			var err error
			if lacking, err = tx.ActorsWithoutProofKey(ctx, proofKeysAtOnce); err != nil {
				return err
			}
			for _, a := range lacking {
				key, err := newProofKey(a.URI, "")
				if err != nil {
					return err
				}
				key.ActorID = a.ID
				if err := tx.AddKey(ctx, key); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(lacking) < proofKeysAtOnce {
			return err
		}
	}
}

const proofKeysAtOnce = 500

// forgetKeys erases the keys that were replaced long enough ago.
func (s *Service) forgetKeys(ctx context.Context) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.RemoveRetiredKeys(ctx, s.clock.Now().Add(-KeyOverlap))
	})
}

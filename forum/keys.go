package forum

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"
)

// KeyPair is an actor's key, in PEM: SPKI for the public half, PKCS #8 for the
// private one.
type KeyPair struct {
	URI       string // ActorURI#main-key for local actors
	ActorID   ID
	Public    string
	Private   string    // "" for remote actors
	FetchedAt time.Time // zero for local actors
}

// NewKeyPair makes the key of a local actor. RSA with 2048 bits, because every
// server of the fediverse verifies it and some verify nothing else.
func NewKeyPair(actorURI string) (KeyPair, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return KeyPair{}, fmt.Errorf("make key: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return KeyPair{}, fmt.Errorf("encode private key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return KeyPair{}, fmt.Errorf("encode public key: %w", err)
	}
	return KeyPair{
		URI:     actorURI + "#main-key",
		Public:  string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		Private: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
	}, nil
}

package signature

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"time"

	"github.com/gowebpki/jcs"
)

// Integrity proofs of documents, FEP-8b32: a signature inside an activity, with
// which it can be passed on by others and still be believed. The cryptosuite is
// eddsa-jcs-2022, https://www.w3.org/TR/vc-di-eddsa/#eddsa-jcs-2022.

const (
	proofType  = "DataIntegrityProof"
	proofSuite = "eddsa-jcs-2022"
)

// ProofContext defines the terms of a proof; a document with one names it.
const ProofContext = "https://w3id.org/security/data-integrity/v1"

// ProofKey makes proofs.
type ProofKey struct {
	ID      string
	Private ed25519.PrivateKey
}

// ParseProofKey reads a private Ed25519 key in PEM (PKCS #8).
func ParseProofKey(text string) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("private key is not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read private key: %w", err)
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("private key is %T, not Ed25519", key)
	}
	return private, nil
}

// Prove adds a proof to a document.
func Prove(document map[string]any, key ProofKey, at time.Time) error {
	proof := map[string]any{
		"type": proofType, "cryptosuite": proofSuite, "verificationMethod": key.ID, "proofPurpose": "assertionMethod",
		"created": at.UTC().Format(time.RFC3339),
	}
	if c, ok := document["@context"]; ok {
		proof["@context"] = c
	}
	hash, err := hashProof(document, proof)
	if err != nil {
		return err
	}
	proof["proofValue"] = "z" + encodeBase58(ed25519.Sign(key.Private, hash))
	document["proof"] = proof
	return nil
}

// hashProof is what is signed: the proof without its value, and the document
// without its proof.
func hashProof(document, proof map[string]any) ([]byte, error) {
	config, bare := maps.Clone(proof), maps.Clone(document)
	delete(config, "proofValue")
	delete(bare, "proof")
	var hash []byte
	for _, part := range []map[string]any{config, bare} {
		text, err := json.Marshal(part)
		if err != nil {
			return nil, fmt.Errorf("write proof: %w", err)
		}
		if text, err = jcs.Transform(text); err != nil {
			return nil, fmt.Errorf("write proof: %w", err)
		}
		sum := sha256.Sum256(text)
		hash = append(hash, sum[:]...)
	}
	return hash, nil
}

// Proof is a document's proof, read but not verified.
type Proof struct {
	KeyID   string
	Created time.Time
	config  map[string]any
	value   []byte
}

// ErrNoProof means that a document has no proof of the kind that is understood.
var ErrNoProof = errors.New("the document has no proof that can be verified")

// ReadProof finds a document's proof and whose key it names.
func ReadProof(document map[string]any) (*Proof, error) {
	list, ok := document["proof"].([]any)
	if !ok {
		list = []any{document["proof"]}
	}
	for _, one := range list[:min(len(list), maxProofs)] {
		config, _ := one.(map[string]any)
		text := func(name string) string { s, _ := config[name].(string); return s }
		if text("type") != proofType || text("cryptosuite") != proofSuite || text("proofPurpose") != "assertionMethod" {
			continue
		}
		created, err := time.Parse(time.RFC3339, text("created"))
		if err != nil || checkKeyID(text("verificationMethod")) != nil {
			continue
		}
		value, err := decodeMultibase(text("proofValue"))
		if err != nil || len(value) != ed25519.SignatureSize {
			continue
		}
		return &Proof{KeyID: text("verificationMethod"), Created: created, config: config, value: value}, nil
	}
	return nil, ErrNoProof
}

const maxProofs = 4

// Verify checks the proof against the key. An error means that the document must
// not be believed because of it.
func (p *Proof) Verify(document map[string]any, key crypto.PublicKey) error {
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return fmt.Errorf("the key of the proof is %T, not Ed25519", key)
	}
	configs := []map[string]any{p.config}
	own, ok := p.config["@context"]
	outer, has := document["@context"]
	switch {
	case ok && !reflect.DeepEqual(own, outer):
		return errors.New("the proof was made in another context")
	case !ok && has: // Fedify signs the document's context, and does not write it down
		with := maps.Clone(p.config)
		with["@context"] = outer
		configs = append(configs, with)
	}
	for _, config := range configs {
		hash, err := hashProof(document, config)
		if err != nil {
			return err
		}
		if ed25519.Verify(public, hash, p.value) {
			return nil
		}
	}
	return errors.New("the proof does not match")
}

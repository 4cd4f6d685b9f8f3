// Package linkeddata verifies, and makes, the JSON-LD signatures (RsaSignature2017) that
// Mastodon, PeerTube, Friendica and Misskey put into activities, so that these can
// be passed on by others and still be believed.
//
// What is signed is not the text of a document but the graph that it stands for.
// Many texts stand for one graph, and not all of a text is part of it. So what is
// read of a signed document is built anew from the graph whose hash was verified,
// by names of this package's own; nothing else of the text is looked at.
//
// What is not worth the risk is refused: contexts other than three well-known ones
// and plain terms beside them, every keyword inside a document, graphs that cost
// too much to bring into their canonical form.
package linkeddata

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/piprate/json-gold/ld"
)

const suite = "RsaSignature2017"

// ErrNone means that a document has no signature of the kind that is understood.
var ErrNone = errors.New("the document has no signature that can be verified")

// Signature is a document's signature, read but not verified.
type Signature struct {
	KeyID   string
	Created time.Time
	options map[string]any
	value   []byte
}

const (
	maxOptions = 10
	maxOption  = 2048 // bytes of one
)

// Read finds a document's signature and whose key it names.
func Read(document map[string]any) (*Signature, error) {
	signature, _ := document["signature"].(map[string]any)
	text := func(name string) string { s, _ := signature[name].(string); return s }
	if text("type") != suite || len(signature) > maxOptions {
		return nil, ErrNone
	}
	s := &Signature{KeyID: text("creator"), options: map[string]any{"@context": identity}}
	if !strings.HasPrefix(s.KeyID, "https://") && !strings.HasPrefix(s.KeyID, "http://") {
		return nil, ErrNone
	}
	var err error
	if s.Created, err = time.Parse(time.RFC3339, text("created")); err != nil {
		return nil, ErrNone
	}
	if s.value, err = base64.StdEncoding.DecodeString(strings.NewReplacer("\n", "", "\r", "").Replace(text("signatureValue"))); err != nil || len(s.value) == 0 {
		return nil, ErrNone
	}
	for name, value := range signature {
		switch name {
		case "type", "id", "signatureValue", "@context":
			continue
		}
		if value, ok := value.(string); !ok || len(value) > maxOption || checkMember(name, value) != nil {
			return nil, ErrNone
		}
		s.options[name] = value
	}
	return s, nil
}

// Verify checks the signature against the key, and returns the document that it
// covers. An error means that the document must not be believed because of it.
func (s *Signature) Verify(document map[string]any, key crypto.PublicKey) (map[string]any, error) {
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the key of the signature is %T, not RSA", key)
	}
	bare := maps.Clone(document)
	delete(bare, "signature")
	if err := checkShape(bare); err != nil {
		return nil, err
	}
	root, _ := bare["id"].(string)
	if root == "" {
		return nil, errors.New("the document has no id")
	}
	graph, signed, err := digest(bare, s.options)
	if err != nil {
		return nil, err
	}
	if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, signed, s.value); err != nil {
		return nil, errors.New("the signature does not match")
	}
	return rebuild(graph, root)
}

// Digest is the SHA-256 sum that a signature of a document is over. The options are
// the creator of the signature and when it was created.
func Digest(document, options map[string]any) ([]byte, error) {
	with := maps.Clone(options)
	with["@context"] = identity
	_, sum, err := digest(document, with)
	return sum, err
}

func digest(document, options map[string]any) ([]*ld.Quad, []byte, error) {
	graph, lines, err := canonical(document)
	if err != nil {
		return nil, nil, err
	}
	_, first, err := canonical(options)
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256([]byte(hash(first) + hash(lines)))
	return graph, sum[:], nil
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// canonical is the graph of a document, and the lines (N-Quads) of its canonical
// form, https://www.w3.org/TR/rdf-canon/.
func canonical(document map[string]any) (graph []*ld.Quad, lines string, err error) {
	defer func() { // what others wrote goes through a library that trusts its input
		if r := recover(); r != nil {
			graph, lines, err = nil, "", fmt.Errorf("reading the document as JSON-LD: %v", r)
		}
	}()
	o := ld.NewJsonLdOptions("")
	o.DocumentLoader = known
	found, err := ld.NewJsonLdProcessor().ToRDF(plain(document), o)
	if err != nil {
		return nil, "", fmt.Errorf("reading the document as JSON-LD: %w", err)
	}
	set, ok := found.(*ld.RDFDataset)
	if !ok || len(set.Graphs) != 1 {
		return nil, "", errors.New("the document holds several graphs")
	}
	graph = set.GetQuads("@default")
	if err := checkCost(graph); err != nil {
		return nil, "", err
	}
	o.Algorithm, o.Format = ld.AlgorithmURDNA2015, "application/n-quads"
	text, err := ld.NewJsonLdApi().Normalize(set, o)
	if err != nil {
		return nil, "", fmt.Errorf("bringing the document into its canonical form: %w", err)
	}
	lines, _ = text.(string)
	return graph, lines, nil
}

package linkeddata

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"maps"
	"time"
)

// Sign adds a signature to a document, as those who pass documents on want it
// (FEP-ae0c): of all that its contexts give a meaning to. Only what Verify would
// take is signed.
func Sign(document map[string]any, keyID string, key *rsa.PrivateKey, at time.Time) error {
	bare := maps.Clone(document)
	delete(bare, "signature")
	if err := checkShape(bare); err != nil {
		return err
	}
	signature := map[string]any{"creator": keyID, "created": at.UTC().Format(time.RFC3339)}
	sum, err := Digest(bare, signature)
	if err != nil {
		return err
	}
	value, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum)
	if err != nil {
		return err
	}
	signature["type"], signature["signatureValue"] = suite, base64.StdEncoding.EncodeToString(value)
	document["signature"] = signature
	return nil
}

package push

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
)

// legacy is a message as drafts had it before RFC 8291 (draft-ietf-webpush-encryption-04,
// "aesgcm"), which apps made for Mastodon still read: what RFC 8291 puts into the body
// stands in headers.
type legacy struct {
	body []byte
	salt string // base64url
	key  string // the sender's for this message, base64url
}

const (
	paddingSize      = 2
	maxLegacyPayload = recordSize - tagSize - paddingSize
)

func encryptLegacy(payload []byte, to browserKeys) (legacy, error) {
	ephemeral, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return legacy{}, err
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(rand.Reader, salt); err != nil {
		return legacy{}, err
	}
	return encryptLegacyWith(payload, to, ephemeral, salt)
}

func encryptLegacyWith(payload []byte, to browserKeys, ephemeral *ecdh.PrivateKey, salt []byte) (legacy, error) {
	if len(payload) > maxLegacyPayload {
		return legacy{}, fmt.Errorf("a message of %d bytes is longer than %d", len(payload), maxLegacyPayload)
	}
	shared, err := ephemeral.ECDH(to.public)
	if err != nil {
		return legacy{}, err
	}
	secret, err := hkdf.Key(sha256.New, shared, to.auth, "Content-Encoding: auth\x00", sha256.Size)
	if err != nil {
		return legacy{}, err
	}
	own := ephemeral.PublicKey().Bytes()
	parties := []byte("P-256\x00")
	for _, key := range [][]byte{to.public.Bytes(), own} {
		parties = append(binary.BigEndian.AppendUint16(parties, uint16(len(key))), key...)
	}
	key, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: aesgcm\x00"+string(parties), 16)
	if err != nil {
		return legacy{}, err
	}
	nonce, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: nonce\x00"+string(parties), 12)
	if err != nil {
		return legacy{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return legacy{}, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return legacy{}, err
	}
	padded := append(make([]byte, paddingSize), payload...) // no padding
	return legacy{body: aead.Seal(nil, nonce, padded, nil), salt: encoding.EncodeToString(salt), key: encoding.EncodeToString(own)}, nil
}

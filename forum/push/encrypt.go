// Package push sends web push messages: it encrypts them for one browser
// (RFC 8291), signs for this server (RFC 8292) and writes what they say in the
// reader's language. The standard library has all that this takes; the libraries
// there are have stood still since before it did.
//
// It knows no database and makes no request itself: who is told of what the
// service decides, and the way out is given to it.
package push

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	saltSize = 16
	authSize = 16
	// recordSize is the longest message that every push service takes (RFC 8291,
	// section 4); the record is its only one.
	recordSize = 4096
	headSize   = saltSize + 4 + 1 + 65
	tagSize    = 16
	// maxPayload is what fits in, with the byte that ends the record.
	maxPayload = recordSize - headSize - tagSize - 1
)

var encoding = base64.RawURLEncoding

// browserKeys are what a browser gives to be written to.
type browserKeys struct {
	public *ecdh.PublicKey
	auth   []byte
}

func readKeys(key, auth string) (browserKeys, error) {
	point, err := encoding.DecodeString(key)
	if err != nil {
		return browserKeys{}, fmt.Errorf("read browser's key: %w", err)
	}
	public, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return browserKeys{}, fmt.Errorf("read browser's key: %w", err)
	}
	secret, err := encoding.DecodeString(auth)
	if err != nil || len(secret) != authSize {
		return browserKeys{}, errors.New("read browser's secret: not 16 bytes of base64url")
	}
	return browserKeys{public, secret}, nil
}

// encrypt makes the body of a message (RFC 8291, section 3).
func encrypt(payload []byte, to browserKeys) ([]byte, error) {
	ephemeral, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(rand.Reader, salt); err != nil {
		return nil, err
	}
	return encryptWith(payload, to, ephemeral, salt)
}

func encryptWith(payload []byte, to browserKeys, ephemeral *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("a message of %d bytes is longer than %d", len(payload), maxPayload)
	}
	shared, err := ephemeral.ECDH(to.public)
	if err != nil {
		return nil, err
	}
	own := ephemeral.PublicKey().Bytes()
	info := "WebPush: info\x00" + string(to.public.Bytes()) + string(own)
	secret, err := hkdf.Key(sha256.New, shared, to.auth, info, sha256.Size)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	body := append([]byte(nil), salt...)
	body = binary.BigEndian.AppendUint32(body, recordSize)
	body = append(append(body, byte(len(own))), own...)
	last := append(append([]byte(nil), payload...), 2) // of the last record (RFC 8188, section 2)
	return aead.Seal(body, nonce, last, nil), nil
}

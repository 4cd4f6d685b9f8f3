package signature

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// Multikey, as FEP-521a publishes keys: the algorithm's number and the bytes of
// the public key, in base 58.

var (
	ed25519Prefix = []byte{0xed, 0x01}
	rsaPrefix     = []byte{0x85, 0x24} // 0x1205 as a varint
)

// maxMultibase bounds what is decoded: an RSA key of 8192 bits takes 1,450.
const maxMultibase = 2000

// EncodeMultikey writes a public key in PEM as a multikey.
func EncodeMultikey(text string) (string, error) {
	key, err := ParsePublic(text)
	if err != nil {
		return "", err
	}
	switch key := key.(type) {
	case ed25519.PublicKey:
		return "z" + encodeBase58(append(slices.Clone(ed25519Prefix), key...)), nil
	case *rsa.PublicKey:
		return "z" + encodeBase58(append(slices.Clone(rsaPrefix), x509.MarshalPKCS1PublicKey(key)...)), nil
	}
	return "", errors.New("unknown kind of key")
}

// DecodeMultikey reads a multikey, as PEM.
func DecodeMultikey(text string) (string, error) {
	b, err := decodeMultibase(text)
	if err != nil {
		return "", err
	}
	var key crypto.PublicKey
	if raw, ok := bytes.CutPrefix(b, ed25519Prefix); ok && len(raw) == ed25519.PublicKeySize {
		key = ed25519.PublicKey(raw)
	} else if raw, ok := bytes.CutPrefix(b, rsaPrefix); ok {
		if key, err = x509.ParsePKCS1PublicKey(raw); err != nil {
			return "", fmt.Errorf("read multikey: %w", err)
		}
	} else {
		return "", errors.New("the multikey is neither Ed25519 nor RSA")
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("read multikey: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// decodeMultibase reads base 58 (Bitcoin's alphabet), the only base that these
// standards use.
func decodeMultibase(text string) ([]byte, error) {
	if len(text) < 2 || len(text) > maxMultibase || text[0] != 'z' {
		return nil, errors.New("not base58btc in multibase")
	}
	return decodeBase58(text[1:])
}

const alphabet58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

var radix58 = big.NewInt(58)

func encodeBase58(b []byte) string {
	n, digit := new(big.Int).SetBytes(b), new(big.Int)
	var out []byte
	for n.Sign() > 0 {
		n.DivMod(n, radix58, digit)
		out = append(out, alphabet58[digit.Int64()])
	}
	for _, c := range b { // leading zeros are ones
		if c != 0 {
			break
		}
		out = append(out, alphabet58[0])
	}
	slices.Reverse(out)
	return string(out)
}

func decodeBase58(s string) ([]byte, error) {
	n := new(big.Int)
	zeros, leading := 0, true
	for i := range len(s) {
		digit := bytes.IndexByte([]byte(alphabet58), s[i])
		if digit < 0 {
			return nil, errors.New("not base58btc")
		}
		if leading = leading && digit == 0; leading {
			zeros++
		}
		n.Add(n.Mul(n, radix58), big.NewInt(int64(digit)))
	}
	return append(make([]byte, zeros), n.Bytes()...), nil
}

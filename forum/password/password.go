// Package password hashes passwords with argon2id, in the PHC string form.
//
// It knows nothing of accounts.
package password

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"runtime"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"

	"portevoix/forum"
)

// Hasher implements forum.Passwords.
type Hasher struct {
	slots chan struct{}
	decoy string
}

var _ forum.Passwords = (*Hasher)(nil)

// params are the second recommendation of RFC 9106 section 4, for memory-
// constrained machines: 64 MiB, three passes.
var params = &argon2id.Params{Memory: 64 << 10, Iterations: 3, Parallelism: 4, SaltLength: 16, KeyLength: 32}

// New returns a hasher. It computes a few hashes at a time, because each takes
// 64 MiB: a rush on the sign-in page waits instead of exhausting memory.
func New() (*Hasher, error) {
	return &Hasher{slots: make(chan struct{}, max(1, runtime.NumCPU()/2)), decoy: decoy()}, nil
}

// decoy has the form of a hash, and takes as long to compare with; nothing matches
// it. Making a real one would take 64 MiB and a tenth of a second of each start.
func decoy() string {
	salt, key := make([]byte, params.SaltLength), make([]byte, params.KeyLength)
	_, _ = rand.Read(salt) // never fails
	_, _ = rand.Read(key)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, params.Memory, params.Iterations, params.Parallelism,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// Hash implements forum.Passwords.
func (h *Hasher) Hash(password string) (string, error) {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	return argon2id.CreateHash(password, params)
}

// Matches implements forum.Passwords.
func (h *Hasher) Matches(password, hash string) bool {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	if hash == "" {
		// As slow as for someone who has a password.
		_, _ = argon2id.ComparePasswordAndHash(password, h.decoy)
		return false
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	return err == nil && ok
}

// Package password hashes passwords with argon2id, in the PHC string form.
//
// It knows nothing of accounts.
package password

import (
	"runtime"

	"github.com/alexedwards/argon2id"

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
	decoy, err := argon2id.CreateHash("nobody's password", params)
	if err != nil {
		return nil, err
	}
	return &Hasher{slots: make(chan struct{}, max(1, runtime.NumCPU()/2)), decoy: decoy}, nil
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

package password_test

import (
	"strings"
	"testing"

	"portevoix/forum/password"
)

func TestHasher(t *testing.T) {
	h, err := password.New()
	if err != nil {
		t.Fatal(err)
	}
	hash, err := h.Hash("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Errorf("hash %s", hash)
	}
	if !h.Matches("correct horse", hash) {
		t.Error("the right password does not match")
	}
	for password, hash := range map[string]string{"wrong horse": hash, "": hash, "correct horse": "", "x": "rubbish", "y": "$argon2id$v=19$m=65536,t=3,p=4$"} {
		if h.Matches(password, hash) {
			t.Errorf("%q matches %q", password, hash)
		}
	}
}

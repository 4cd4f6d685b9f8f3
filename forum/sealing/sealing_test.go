package sealing_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"portevoix/forum/sealing"
)

// TestSeal keeps a file from whoever has another key, or changed a byte.
func TestSeal(t *testing.T) {
	s := sealing.Sealer{}
	key, err := s.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("a bill of 89 euros. ", 20_000)
	sealed, err := s.Seal(key, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer sealed.Close()
	body, err := io.ReadAll(sealed)
	if err != nil || bytes.Contains(body, []byte("bill")) {
		t.Fatalf("the sealed file can be read (%v)", err)
	}
	plain, err := s.Unseal(key, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Seek(-20, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if end, err := io.ReadAll(plain); err != nil || string(end) != "a bill of 89 euros. " {
		t.Errorf("the end is %q (%v)", end, err)
	}
	other, err := s.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unseal(other, bytes.NewReader(body)); err == nil {
		t.Error("another key opens it")
	}
	body[len(body)/2] ^= 1
	plain, err = s.Unseal(key, bytes.NewReader(body))
	if err == nil {
		_, err = io.ReadAll(plain)
	}
	if err == nil {
		t.Error("a changed file is taken for the one that was sealed")
	}
}

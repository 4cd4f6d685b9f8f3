package shelf_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portevoix/forum"
	"portevoix/storage/shelf"
)

func TestShelf(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "media")
	s, err := shelf.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := t.Context()
	body := []byte("not really a picture")
	name, err := s.Put(ctx, bytes.NewReader(body), ".png")
	if err != nil || len(name) != 64+len(".png") || !strings.HasSuffix(name, ".png") {
		t.Fatalf("kept as %q: %v", name, err)
	}
	if again, err := s.Put(ctx, bytes.NewReader(body), ".png"); err != nil || again != name {
		t.Errorf("kept again as %q: %v", again, err)
	}
	if other, err := s.Put(ctx, strings.NewReader("another"), ".png"); err != nil || other == name {
		t.Errorf("another is kept as %q: %v", other, err)
	}
	f, err := s.Open(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(got, body) {
		t.Errorf("read %q: %v", got, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".new-*")); err != nil || left != nil {
		t.Errorf("left behind: %v %v", left, err)
	}
	for range 2 {
		if err := s.Remove(ctx, name); err != nil {
			t.Error(err)
		}
		if _, err := s.Open(ctx, name); forum.CodeOf(err) != forum.NotFound {
			t.Errorf("after its removal: %v", err)
		}
	}
	if _, err := s.Put(ctx, bytes.NewReader(body), "/../x"); err == nil {
		t.Error("an extension leads out of the shelf")
	}
}

// TestNames holds that no name leads out of the shelf.
func TestNames(t *testing.T) {
	dir := t.TempDir()
	s, err := shelf.Open(filepath.Join(dir, "media"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	outside := filepath.Join(dir, "secret")
	if err := os.WriteFile(outside, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", ".", "../secret", outside, strings.Repeat("a", 64), "../" + strings.Repeat("a", 61) + ".png"} {
		if f, err := s.Open(t.Context(), name); forum.CodeOf(err) != forum.NotFound {
			t.Errorf("%q opens %v: %v", name, f, err)
		}
		if err := s.Remove(t.Context(), name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
}

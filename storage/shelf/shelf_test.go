package shelf_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"portevoix/forum"
	"portevoix/storage/shelf"
)

// bucket is one of a store in memory.
func bucket(t *testing.T) *shelf.Bucket {
	t.Helper()
	store := s3mem.New()
	if err := store.CreateBucket("media"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(store, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	b, err := shelf.OpenBucket(shelf.BucketOptions{Endpoint: server.URL, Region: "us-east-1", Name: "media", AccessKey: "who", SecretKey: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestShelves holds that both kinds of shelf do the same.
func TestShelves(t *testing.T) {
	t.Run("local", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "media")
		s, err := shelf.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		testShelf(t, s)
		if left, err := filepath.Glob(filepath.Join(dir, ".new-*")); err != nil || left != nil {
			t.Errorf("left behind: %v %v", left, err)
		}
	})
	t.Run("bucket", func(t *testing.T) { testShelf(t, bucket(t)) })
}

func testShelf(t *testing.T, s forum.Shelf) {
	ctx := t.Context()
	body := bytes.Repeat([]byte("not really a picture. "), 100_000)
	reader := bytes.NewReader(body)
	if _, err := reader.Seek(5, io.SeekStart); err != nil { // whoever looked at it may have left it anywhere
		t.Fatal(err)
	}
	name, err := s.Put(ctx, reader, ".mp4")
	if err != nil || name != fmt.Sprintf("%x.mp4", sha256.Sum256(body)) {
		t.Fatalf("kept as %q: %v", name, err)
	}
	if again, err := s.Put(ctx, bytes.NewReader(body), ".mp4"); err != nil || again != name {
		t.Errorf("kept again as %q: %v", again, err)
	}
	if other, err := s.Put(ctx, strings.NewReader("another"), ".mp4"); err != nil || other == name {
		t.Errorf("another is kept as %q: %v", other, err)
	}
	f, err := s.Open(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, body) {
		t.Errorf("read %d bytes: %v", len(got), err)
	}
	for _, to := range []struct {
		offset int64
		whence int
	}{{-22, io.SeekEnd}, {22, io.SeekStart}} { // forwards and back, as players do
		part := make([]byte, 22)
		_, err := f.Seek(to.offset, to.whence)
		if err == nil {
			_, err = io.ReadFull(f, part)
		}
		if err != nil || string(part) != "not really a picture. " {
			t.Errorf("read %q: %v", part, err)
		}
	}
	if size, err := f.Seek(0, io.SeekEnd); err != nil || size != int64(len(body)) {
		t.Errorf("it has %d bytes: %v", size, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
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
	if _, err := s.Open(ctx, "../secret"); forum.CodeOf(err) != forum.NotFound {
		t.Errorf("a name leads out of the shelf: %v", err)
	}
	if _, err := s.Put(ctx, failing{}, ".mp4"); err == nil {
		t.Error("a file that cannot be read is kept")
	}
}

// failing is a file whose disk is gone.
type failing struct{}

func (failing) Read([]byte) (int, error)       { return 0, errors.New("gone") }
func (failing) Seek(int64, int) (int64, error) { return 0, nil }

// TestBucketUnavailable holds that a store that cannot be reached, or lacks the
// bucket, is not taken for one without the file, and that no error tells a secret.
func TestBucketUnavailable(t *testing.T) {
	store := httptest.NewServer(gofakes3.New(s3mem.New(), gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	defer store.Close()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer refusing.Close()
	for address, opens := range map[string]forum.Code{store.URL: forum.NotFound, refusing.URL: forum.Internal} {
		b, err := shelf.OpenBucket(shelf.BucketOptions{Endpoint: address, Region: "us-east-1", Name: "media", AccessKey: "who", SecretKey: "hush-hush"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Put(t.Context(), strings.NewReader("x"), ".png")
		if err == nil || forum.CodeOf(err) != forum.Internal || strings.Contains(err.Error(), "hush-hush") {
			t.Errorf("%v", err)
		}
		if _, err := b.Open(t.Context(), strings.Repeat("0", 64)+".png"); forum.CodeOf(err) != opens {
			t.Errorf("%v, want %s", err, opens)
		}
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

// Package sealing encrypts files at rest, in the format of age (age-encryption.org):
// each with a key of its own, which only the server's key opens; in chunks, each
// authenticated, so that a film can be read from its middle.
//
// It knows nothing of what is in the files, nor of where they and the key are kept.
package sealing

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"filippo.io/age"

	"portevoix/forum"
)

// Sealer implements forum.Sealer. Its zero value is ready for use.
type Sealer struct{}

var _ forum.Sealer = Sealer{}

// NewKey implements forum.Sealer.
func (Sealer) NewKey() (string, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return "", fmt.Errorf("make key for files: %w", err)
	}
	return identity.String(), nil
}

// Seal implements forum.Sealer. What is sealed lies in a temporary file until it is
// closed; the file as it came does not.
func (Sealer) Seal(key string, body io.Reader) (io.ReadSeekCloser, error) {
	identity, err := age.ParseX25519Identity(key)
	if err != nil {
		return nil, fmt.Errorf("read key for files: %w", err)
	}
	file, err := os.CreateTemp("", "portevoix-sealed-*")
	if err != nil {
		return nil, fmt.Errorf("seal file: %w", err)
	}
	sealed := &temporary{file}
	if err := seal(file, identity.Recipient(), body); err != nil {
		return nil, errors.Join(fmt.Errorf("seal file: %w", err), sealed.Close())
	}
	return sealed, nil
}

func seal(file *os.File, to age.Recipient, body io.Reader) error {
	w, err := age.Encrypt(file, to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, body); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_, err = file.Seek(0, io.SeekStart)
	return err
}

// temporary is a file that goes when it is closed.
type temporary struct{ *os.File }

// Close implements io.Closer.
func (t *temporary) Close() error { return errors.Join(t.File.Close(), os.Remove(t.Name())) }

// Unseal implements forum.Sealer.
func (Sealer) Unseal(key string, sealed io.ReadSeeker) (io.ReadSeeker, error) {
	identity, err := age.ParseX25519Identity(key)
	if err != nil {
		return nil, fmt.Errorf("read key for files: %w", err)
	}
	size, err := sealed.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("read sealed file: %w", err)
	}
	plain, length, err := age.DecryptReaderAt(&anywhere{from: sealed}, size, identity)
	if err != nil {
		return nil, fmt.Errorf("unseal file: %w", err)
	}
	return io.NewSectionReader(plain, 0, length), nil
}

// anywhere reads from any place of what can only be read on from one.
type anywhere struct {
	mu   sync.Mutex
	from io.ReadSeeker
}

// ReadAt implements io.ReaderAt.
func (a *anywhere) ReadAt(p []byte, at int64) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.from.Seek(at, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(a.from, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

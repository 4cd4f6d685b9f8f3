// Package shelf keeps files, on the local disk or in a bucket that speaks S3, under
// the SHA-256 of their content, so that the same file is kept once and never
// changes.
//
// It knows nothing of what is in the files, nor of who may see them.
package shelf

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"portevoix/forum"
)

// Shelf is a directory of files. It is safe for concurrent use, also by several
// processes.
type Shelf struct{ root *os.Root }

var _ forum.Shelf = (*Shelf)(nil)

// Open opens the directory, and makes it where it is missing.
func Open(dir string) (*Shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open shelf: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open shelf: %w", err)
	}
	return &Shelf{root: root}, nil
}

// Close closes the directory.
func (s *Shelf) Close() error { return s.root.Close() }

var nameShape = regexp.MustCompile(`^[0-9a-f]{64}\.[a-z0-9]{3,4}$`)

// path spreads the files over 256 directories.
func path(name string) (string, error) {
	if !nameShape.MatchString(name) {
		return "", nothing(nil)
	}
	return filepath.Join(name[:2], name), nil
}

// nothing is the error for a file that is not there.
func nothing(err error) error {
	return &forum.Error{Code: forum.NotFound, Key: "NothingHere", Err: err}
}

// Put implements forum.Shelf.
func (s *Shelf) Put(_ context.Context, body io.ReadSeeker, extension string) (string, error) {
	name, err := nameOf(body, extension)
	if err != nil {
		return "", err
	}
	at, err := path(name)
	if err != nil {
		return "", fmt.Errorf("%q is no extension", extension)
	}
	if _, err := s.root.Stat(at); err == nil {
		return name, nil
	}
	if err := s.write(at, body); err != nil {
		return "", fmt.Errorf("keep file: %w", err)
	}
	return name, nil
}

// nameOf reads a file and goes back to its beginning.
func nameOf(body io.ReadSeeker, extension string) (string, error) {
	sum := sha256.New()
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	if _, err := io.Copy(sum, body); err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)) + extension, nil
}

// write makes the file appear whole or not at all, also when the power fails.
func (s *Shelf) write(at string, body io.Reader) error {
	if err := s.root.Mkdir(filepath.Dir(at), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	temporary, err := os.CreateTemp(s.root.Name(), ".new-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(temporary, body)
	if err == nil {
		err = temporary.Sync()
	}
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = s.root.Rename(filepath.Base(temporary.Name()), at)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return s.syncDirectory(filepath.Dir(at))
}

func (s *Shelf) syncDirectory(name string) error {
	d, err := s.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Open implements forum.Shelf.
func (s *Shelf) Open(_ context.Context, name string) (io.ReadSeekCloser, error) {
	at, err := path(name)
	if err != nil {
		return nil, err
	}
	f, err := s.root.Open(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nothing(err)
	}
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	return f, nil
}

// Remove implements forum.Shelf.
func (s *Shelf) Remove(_ context.Context, name string) error {
	at, err := path(name)
	if err != nil {
		return nil // a name that nothing can have
	}
	if err := s.root.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove file: %w", err)
	}
	return nil
}

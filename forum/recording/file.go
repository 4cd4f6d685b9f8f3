package recording

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
)

// file is an upload that is being read, and what of it will not be kept.
type file struct {
	source io.ReaderAt
	size   int64
	edits  []edit

	// window is the part that was read last: containers are read in small steps.
	window   []byte
	windowAt int64
}

// edit replaces length bytes at an offset by others; where with is nil and blank
// is set, by as many zeros.
type edit struct {
	at, length int64
	with       []byte
	blank      bool
}

const (
	windowSize = 64 << 10
	// maxEdits bounds the memory that a file made to need many would take.
	maxEdits = 1 << 17
)

// read returns n bytes at an offset, which are good until the next call.
func (f *file) read(at int64, n int) ([]byte, error) {
	if at < 0 || at > f.size-int64(n) {
		return nil, damaged("it ends at %d", f.size)
	}
	if at < f.windowAt || at+int64(n) > f.windowAt+int64(len(f.window)) {
		length := min(max(int64(n), windowSize), f.size-at)
		if int64(cap(f.window)) < length {
			f.window = make([]byte, length)
		}
		f.window, f.windowAt = f.window[:length], at
		if _, err := f.source.ReadAt(f.window, at); err != nil && !errors.Is(err, io.EOF) {
			f.window = nil
			return nil, fmt.Errorf("read upload: %w", err)
		}
	}
	return f.window[at-f.windowAt:][:n], nil
}

// whole returns n bytes at an offset that stay.
func (f *file) whole(at int64, n int) ([]byte, error) {
	part, err := f.read(at, n)
	if cap(f.window) > windowSize {
		f.window = nil // which is the caller's from here
		return part, err
	}
	return slices.Clone(part), err
}

// replace puts other bytes in the place of some.
func (f *file) replace(at, length int64, with []byte) error {
	return f.edit(edit{at: at, length: length, with: with})
}

// blank puts zeros in the place of some.
func (f *file) blank(at, length int64) error {
	return f.edit(edit{at: at, length: length, blank: true})
}

// drop leaves some out.
func (f *file) drop(at, length int64) error { return f.edit(edit{at: at, length: length}) }

func (f *file) edit(e edit) error {
	if e.at < 0 || e.length < 0 || e.at > f.size-e.length || len(f.edits) >= maxEdits {
		return damaged("a part of %d bytes at %d", e.length, e.at)
	}
	if e.length > 0 || len(e.with) > 0 {
		f.edits = append(f.edits, e)
	}
	return nil
}

// cleaned is a file as it will be kept. It implements io.ReaderAt.
type cleaned struct {
	source io.ReaderAt
	pieces []piece
	size   int64
}

// piece is a part of a cleaned file.
type piece struct {
	at     int64  // in the cleaned file
	length int64  //
	from   int64  // in the upload; less than 0: it is not from there
	with   []byte // nil: zeros
}

// clean applies the edits. Where they overlap the first one counts.
func (f *file) clean() *cleaned {
	c := &cleaned{source: f.source}
	add := func(p piece) {
		if p.length > 0 {
			p.at = c.size
			c.pieces, c.size = append(c.pieces, p), c.size+p.length
		}
	}
	slices.SortStableFunc(f.edits, func(a, b edit) int { return int(max(-1, min(1, a.at-b.at))) })
	at := int64(0)
	for _, e := range f.edits {
		if e.at < at {
			if e.with != nil || e.at+e.length <= at {
				continue
			}
			e.length, e.at = e.at+e.length-at, at
		}
		add(piece{length: e.at - at, from: at})
		switch {
		case e.blank:
			add(piece{length: e.length, from: -1})
		default:
			add(piece{length: int64(len(e.with)), from: -1, with: e.with})
		}
		at = e.at + e.length
	}
	add(piece{length: f.size - at, from: at})
	return c
}

// ReadAt implements io.ReaderAt.
func (c *cleaned) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, errors.New("read before the beginning")
	}
	n := 0
	i := sort.Search(len(c.pieces), func(i int) bool { return c.pieces[i].at+c.pieces[i].length > at })
	for ; i < len(c.pieces) && n < len(p); i++ {
		piece := c.pieces[i]
		skip := at + int64(n) - piece.at
		part := p[n:][:min(int64(len(p)-n), piece.length-skip)]
		switch {
		case piece.from >= 0:
			if got, err := c.source.ReadAt(part, piece.from+skip); got < len(part) {
				return n + got, fmt.Errorf("read upload: %w", err)
			}
		case piece.with != nil:
			copy(part, piece.with[skip:])
		default:
			clear(part)
		}
		n += len(part)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

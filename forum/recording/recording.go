// Package recording reads the films and sounds that people upload: MP4, WebM,
// MP3, Ogg, WAV and FLAC. It recognises them by what is in them, measures them,
// and leaves out what else is in the file: places, times, names of devices and
// people, cover pictures, further tracks.
//
// The pictures and sounds themselves stay as they are, bit by bit; nothing is
// decoded or coded anew. Files are read where they lie, a little at a time.
//
// It knows nothing of posts, nor of where recordings are kept.
package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"portevoix/forum"
)

// Reader implements forum.Recordings. Its zero value is ready for use.
type Reader struct{}

var _ forum.Recordings = Reader{}

// container is a kind of file. Its function reads one that begins like it.
type container struct {
	begins func(head []byte) bool
	read   func(f *file) (facts, error)
}

// facts are what a file turned out to be.
type facts struct {
	mediaType     string
	extension     string
	width, height int
	duration      time.Duration
}

var containers = []container{
	{isMP4, readMP4},
	{beginsWith("\x1a\x45\xdf\xa3"), readWebM},
	{beginsWith("OggS"), readOgg},
	{func(head []byte) bool {
		return bytes.HasPrefix(head, []byte("RIFF")) && bytes.Equal(head[8:12], []byte("WAVE"))
	}, readWAV},
	{beginsWith("fLaC"), readFLAC},
	{isMP3, readMP3},
}

func beginsWith(magic string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }
}

// headLength is how much of a file tells its kind, in bytes.
const headLength = 12

const (
	maxSide     = 8192 // pixels
	maxDuration = 24 * time.Hour
)

// Recording implements forum.Recordings.
func (Reader) Recording(source io.ReaderAt, size int64) (*forum.Recording, error) {
	head := make([]byte, headLength)
	if _, err := source.ReadAt(head, 0); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil // shorter than any recording
		}
		return nil, fmt.Errorf("read upload: %w", err)
	}
	f := &file{source: source, size: size}
	for _, c := range containers {
		if !c.begins(head) {
			continue
		}
		found, err := c.read(f)
		if err != nil {
			return nil, refusal(err)
		}
		if found.duration <= 0 || found.duration > maxDuration || found.width > maxSide || found.height > maxSide {
			return nil, refusal(damaged("it lasts %v and measures %d by %d", found.duration, found.width, found.height))
		}
		clean := f.clean()
		return &forum.Recording{
			Body: io.NewSectionReader(clean, 0, clean.size), Bytes: int(clean.size), MediaType: found.mediaType, Extension: found.extension,
			Width: found.width, Height: found.height, Duration: found.duration,
		}, nil
	}
	return nil, nil
}

// errDamaged is of files that are not what they begin like.
var errDamaged = errors.New("the recording is damaged")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errDamaged, fmt.Sprintf(format, args...))
}

// codingError is of files whose pictures or sounds are coded in a way that not
// all browsers know.
type codingError struct{ coding string }

func (e *codingError) Error() string { return fmt.Sprintf("it is coded as %q", e.coding) }

// refusal is what people are told of an error; what reading itself reports stays
// as it is.
func refusal(err error) error {
	if coding, ok := errors.AsType[*codingError](err); ok {
		return &forum.Error{Code: forum.Invalid, Key: "RecordingCoding", Field: "file", Args: map[string]any{"Coding": printable(coding.coding)}, Err: err}
	}
	if errors.Is(err, errDamaged) {
		return &forum.Error{Code: forum.Invalid, Key: "RecordingUnreadable", Field: "file", Err: err}
	}
	return err
}

// printable keeps of a foreign name what can be shown.
func printable(name string) string {
	return string(bytes.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r
		}
		return -1
	}, []byte(name[:min(len(name), 32)])))
}

// seconds is a number of units, of which there are rate in a second.
func seconds(units, rate uint64) time.Duration {
	if rate == 0 || units/rate > uint64(maxDuration/time.Second) {
		return maxDuration + 1
	}
	return time.Duration(units/rate)*time.Second + time.Duration(float64(units%rate)/float64(rate)*float64(time.Second))
}

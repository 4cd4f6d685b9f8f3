package forum

import (
	"io"
	"time"
)

// Recordings reads the films and sounds that people upload.
type Recordings interface {
	// Recording recognises a file by what is in it and measures it; nil for one
	// that is no recording. It returns Invalid for what is damaged, or of a kind
	// that not all browsers play.
	Recording(file io.ReaderAt, size int64) (*Recording, error)
}

// Recording is a film or a sound that is not stored yet.
type Recording struct {
	Body          io.ReadSeeker // without metadata; reads from the upload
	Bytes         int
	MediaType     string
	Extension     string // with its dot
	Width, Height int    // pixels as they are shown; 0 for sounds
	Duration      time.Duration
}

func (r *Recording) kind() MediaKind { return kindOf(r.MediaType) }

func (r *Recording) file() PictureFile {
	return PictureFile{MediaType: r.MediaType, Width: r.Width, Height: r.Height, Bytes: r.Bytes, Duration: r.Duration.Truncate(time.Millisecond)}
}

// recording reads an upload that may be a recording; nil for pictures.
func (s *Service) recording(u PictureUpload) (*Recording, error) {
	if s.pictureLimits.RecordingBytes == 0 || s.recordings == nil {
		return nil, nil
	}
	r, err := s.recordings.Recording(u.File, u.Size)
	if r == nil || err != nil {
		return nil, err
	}
	if u.Size > int64(s.pictureLimits.RecordingBytes) {
		return nil, invalid("file", "RecordingTooLarge", map[string]any{"Max": s.pictureLimits.RecordingBytes >> 20})
	}
	if r.Duration > s.pictureLimits.RecordingTime {
		return nil, invalid("file", "RecordingTooLong", map[string]any{"Max": int(s.pictureLimits.RecordingTime.Minutes())})
	}
	return r, nil
}

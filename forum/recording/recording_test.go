package recording_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/recording"
)

// The files in testdata were made by FFmpeg from test signals of a second or a
// quarter of one. Each says SECRET in every place where its kind has words.

func read(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestRecordings(t *testing.T) {
	for _, c := range []struct {
		file, mediaType, extension string
		width, height              int
		least, most                time.Duration
	}{
		{"film.mp4", "video/mp4", ".mp4", 64, 48, time.Second, 1100 * time.Millisecond},
		{"camera.mov", "video/mp4", ".mp4", 64, 48, time.Second, 1100 * time.Millisecond},
		{"film.webm", "video/webm", ".webm", 64, 48, 990 * time.Millisecond, 1100 * time.Millisecond},
		{"live.webm", "video/webm", ".webm", 64, 48, 900 * time.Millisecond, 1100 * time.Millisecond},
		{"sound.weba", "audio/webm", ".weba", 0, 0, 980 * time.Millisecond, 1100 * time.Millisecond},
		{"sound.m4a", "audio/mp4", ".m4a", 0, 0, time.Second, 1100 * time.Millisecond},
		{"sound.mp3", "audio/mpeg", ".mp3", 0, 0, time.Second, 1100 * time.Millisecond},
		{"opus.ogg", "audio/ogg", ".ogg", 0, 0, time.Second, 1100 * time.Millisecond},
		{"vorbis.ogg", "audio/ogg", ".ogg", 0, 0, 990 * time.Millisecond, 1100 * time.Millisecond},
		{"sound.wav", "audio/wav", ".wav", 0, 0, 250 * time.Millisecond, 250 * time.Millisecond},
		{"sound.flac", "audio/flac", ".flac", 0, 0, 250 * time.Millisecond, 250 * time.Millisecond},
	} {
		t.Run(c.file, func(t *testing.T) {
			body := read(t, c.file)
			if c.file != "live.webm" && !bytes.Contains(body, []byte("SECRET")) {
				t.Fatal("the file holds no secret")
			}
			r, err := recording.Reader{}.Recording(bytes.NewReader(body), int64(len(body)))
			if err != nil || r == nil {
				t.Fatalf("%+v: %v (%v)", r, err, errors.Unwrap(err))
			}
			if r.MediaType != c.mediaType || r.Extension != c.extension || r.Width != c.width || r.Height != c.height || r.Duration < c.least || r.Duration > c.most {
				t.Errorf("%s, %s, %d by %d, %v", r.MediaType, r.Extension, r.Width, r.Height, r.Duration)
			}
			clean := whole(t, r)
			for _, secret := range []string{"SECRET", "Lavf", "+48.85"} {
				if bytes.Contains(clean, []byte(secret)) {
					t.Errorf("%q is still in it", secret)
				}
			}
			again, err := recording.Reader{}.Recording(bytes.NewReader(clean), int64(len(clean)))
			if err != nil || again == nil || again.Duration != r.Duration || again.Width != r.Width || again.Bytes != r.Bytes {
				t.Fatalf("what is kept reads as %+v: %v", again, err)
			}
			if twice := whole(t, again); !bytes.Equal(twice, clean) {
				t.Error("cleaning it again changes it")
			}
			if dir := os.Getenv("PORTEVOIX_TEST_RECORDINGS"); dir != "" { // to look at them with other programs
				if err := os.WriteFile(filepath.Join(dir, c.file), clean, 0o600); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// whole reads a recording twice, as a shelf does.
func whole(t testing.TB, r *forum.Recording) []byte {
	t.Helper()
	first, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Body.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	var second bytes.Buffer
	// In odd steps, which begin and end within the pieces.
	if _, err := io.CopyBuffer(struct{ io.Writer }{&second}, struct{ io.Reader }{r.Body}, make([]byte, 7)); err != nil {
		t.Fatal(err)
	}
	if len(first) != r.Bytes || !bytes.Equal(first, second.Bytes()) {
		t.Fatalf("%d bytes, then %d, said to be %d", len(first), second.Len(), r.Bytes)
	}
	return first
}

// TestLeftOut holds that tracks that are neither film nor sound go, with what
// they say.
func TestLeftOut(t *testing.T) {
	body := read(t, "camera.mov")
	if !bytes.Contains(body, []byte("tmcd")) {
		t.Fatal("the file has no track of time codes")
	}
	r, err := recording.Reader{}.Recording(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	clean := whole(t, r)
	if len(clean) != len(body) || bytes.Contains(clean, []byte("tmcd")) {
		t.Error("the track of time codes is still there")
	}
}

func TestRefused(t *testing.T) {
	film, sound := read(t, "film.mp4"), read(t, "sound.mp3")
	for name, c := range map[string]struct {
		body []byte
		key  string // "": it is no recording
	}{
		"nothing":                {nil, ""},
		"a picture":              {[]byte("\x89PNG\r\n\x1a\n and so on"), ""},
		"an AVIF picture":        {[]byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00"), ""},
		"HEVC":                   {read(t, "hevc.mp4"), "RecordingCoding"},
		"fragments":              {read(t, "fragments.mp4"), "RecordingCoding"},
		"half a film":            {film[:len(film)/2], "RecordingUnreadable"},
		"only the head":          {film[:40], "RecordingUnreadable"},
		"half a WebM":            {read(t, "film.webm")[:2000], "RecordingUnreadable"},
		"Matroska":               {[]byte("\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska"), "RecordingCoding"},
		"a page named MP3":       {append(bytes.Clone(sound[:10]), "<html><script>alert(1)</script>"...), "RecordingUnreadable"},
		"MP3 and something else": {append(bytes.Clone(sound), bytes.Repeat([]byte("<script>"), 1<<15)...), "RecordingUnreadable"},
		"WAV without sound":      {[]byte("RIFF\x04\x00\x00\x00WAVE"), "RecordingUnreadable"},
	} {
		r, err := recording.Reader{}.Recording(bytes.NewReader(c.body), int64(len(c.body)))
		known, _ := errors.AsType[*forum.Error](err)
		switch {
		case c.key == "" && (r != nil || err != nil):
			t.Errorf("%s: %+v %v", name, r, err)
		case c.key != "" && (known == nil || known.Code != forum.Invalid || known.Key != c.key):
			t.Errorf("%s: %+v %v, want %s", name, r, err, c.key)
		}
	}
}

// TestUnreadable holds that what reading reports is no fault of the file's.
func TestUnreadable(t *testing.T) {
	body := read(t, "film.mp4")
	_, err := recording.Reader{}.Recording(failing{bytes.NewReader(body)}, int64(len(body)))
	if forum.CodeOf(err) != forum.Internal {
		t.Errorf("%v", err)
	}
}

type failing struct{ io.ReaderAt }

func (f failing) ReadAt(p []byte, at int64) (int, error) {
	if len(p) > 100 {
		return 0, errors.New("the disk is gone")
	}
	return f.ReaderAt.ReadAt(p, at)
}

// FuzzRecording holds that no file makes the reader panic or promise what it does
// not keep.
func FuzzRecording(f *testing.F) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) < 10 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := recording.Reader{}.Recording(bytes.NewReader(body), int64(len(body)))
		if r == nil || err != nil {
			if err != nil && forum.CodeOf(err) != forum.Invalid {
				t.Error(err)
			}
			return
		}
		if clean, err := io.ReadAll(r.Body); err != nil || len(clean) != r.Bytes || len(clean) > len(body) {
			t.Errorf("%d of %d bytes: %v", len(clean), r.Bytes, err)
		}
		if r.Duration <= 0 || r.MediaType == "" || r.Width < 0 {
			t.Errorf("%+v", r)
		}
	})
}

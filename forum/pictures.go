package forum

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Picture is an image that somebody here uploaded, without whatever else was in
// their file; or a recording, with the pictures that stand for it until it plays.
type Picture struct {
	ID        ID
	AccountID ID // who uploaded it
	PostID    ID // the post that shows it; 0: none (yet)
	ActorID   ID // the person or forum it stands for; 0: none
	Portrait  Portrait
	Alt       string
	Focus     Focus
	Blurhash  string
	Files     []PictureFile // the smallest first, what moves or sounds last; at least one
	CreatedAt time.Time
}

// PictureFile is a picture in one size, or a recording. Its name is that of a
// [Shelf].
type PictureFile struct {
	Name          string
	MediaType     string
	Width, Height int // pixels; 0 for sounds
	Bytes         int
	Duration      time.Duration `json:",omitempty"` // of recordings, to the millisecond
	Private       bool          `json:"-"`          // shown in a forum for members only; of one that was looked up
}

// Moves says whether the file is an animation. Pages show the still ones, and
// this one on demand (WCAG 2.2.2).
func (f PictureFile) Moves() bool { return f.MediaType == "image/gif" }

// Still says whether the file is a picture that does not move.
func (f PictureFile) Still() bool { return f.Kind() == ImageMedia && !f.Moves() }

// Kind is what the file is.
func (f PictureFile) Kind() MediaKind { return kindOf(f.MediaType) }

// MediaKind is what a file is to those who look at it.
type MediaKind string

// The kinds of media.
const (
	ImageMedia MediaKind = "image"
	VideoMedia MediaKind = "video"
	AudioMedia MediaKind = "audio"
	OtherMedia MediaKind = ""
)

// kindOf is the kind of a media type.
func kindOf(mediaType string) MediaKind {
	kind, _, _ := strings.Cut(mediaType, "/")
	switch k := MediaKind(kind); k {
	case ImageMedia, VideoMedia, AudioMedia:
		return k
	}
	return OtherMedia
}

// Focus is the point of a picture that should stay in sight where it is cut:
// from -1 to 1, left to right and bottom to top, as Mastodon has it.
type Focus struct{ X, Y float64 }

// Shelf keeps files by what is in them.
type Shelf interface {
	// Put keeps a file durably and returns its name: the SHA-256 of its content
	// in hexadecimal, and the extension. It reads body from the beginning, more
	// than once. Putting a file that is there is cheap.
	Put(ctx context.Context, body io.ReadSeeker, extension string) (name string, err error)
	// Open returns a NotFound error for a file that is not there.
	Open(ctx context.Context, name string) (io.ReadSeekCloser, error)
	// Remove succeeds for a file that is not there.
	Remove(ctx context.Context, name string) error
}

// Developer makes pictures of the files that people upload.
type Developer interface {
	// Develop decodes a file and encodes it anew in several sizes, upright and
	// without metadata. Animations of a shape are made still. It returns Invalid
	// for what is no picture, or too large.
	Develop(ctx context.Context, file []byte, shape Shape) (Developed, error)
}

// Developed is a picture that is not stored yet.
type Developed struct {
	Blurhash  string
	Sizes     []DevelopedSize // the smallest first; at least one, but for a recording
	Recording *Recording      // nil for pictures
}

// files are what will be kept, without their names.
func (d Developed) files() []PictureFile {
	var list []PictureFile
	for _, size := range d.Sizes {
		list = append(list, size.file())
	}
	if d.Recording != nil {
		list = append(list, d.Recording.file())
	}
	return list
}

// DevelopedSize is a picture in one size.
type DevelopedSize struct {
	Body          []byte
	MediaType     string
	Extension     string // with its dot
	Width, Height int
}

func (d DevelopedSize) file() PictureFile {
	return PictureFile{MediaType: d.MediaType, Width: d.Width, Height: d.Height, Bytes: len(d.Body)}
}

// PictureLimits bound what people upload.
type PictureLimits struct {
	Bytes          int           // of one picture
	PerPost        int           // pictures and recordings
	RecordingBytes int           // of one recording; 0: none are taken
	RecordingTime  time.Duration // of one recording
}

// Most is how many bytes a file may have, whatever it is.
func (l PictureLimits) Most() int { return max(l.Bytes, l.RecordingBytes) }

// DefaultPictureLimits are used where the configuration says nothing.
var DefaultPictureLimits = PictureLimits{Bytes: 10 << 20, PerPost: 4, RecordingBytes: 64 << 20, RecordingTime: 10 * time.Minute}

const (
	MaxAlt        = 1500   // characters of a picture's description, as on Mastodon
	MaxTranscript = 10_000 // characters of a recording's, which may be all that is said in it
	// maxLooseFactor times what a post may show is how many pictures an account
	// may have uploaded and not used.
	maxLooseFactor = 4
)

// PictureUpload is a file that somebody wants to show.
type PictureUpload struct {
	File   io.ReaderAt
	Size   int64  // of the file, in bytes
	Poster []byte // a picture that stands for a video until it plays; nil: none
	Alt    string // may be given later, but must be when the picture is used
	Focus  Focus
}

// PictureChoice is a picture that a post shows, in the order of the list. What
// is nil stays as it is.
type PictureChoice struct {
	ID    ID
	Alt   *string
	Focus *Focus
}

// UploadPicture stores a picture or a recording that a post can show afterwards.
// Whoever may post may; what is not used is swept away after a day. It returns
// Invalid for a file that is neither or exceeds a limit, TooMany where many
// uploads wait to be used.
func (s *Service) UploadPicture(ctx context.Context, by *Account, u PictureUpload) (*Picture, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	p := &Picture{AccountID: by.ID, CreatedAt: s.clock.Now()}
	if err := s.roomForPicture(ctx, s.store, by); err != nil {
		return nil, err
	}
	developed, err := s.develop(ctx, u)
	if err != nil {
		return nil, err
	}
	p.Files = developed.files()
	if err := p.describe(PictureChoice{Alt: &u.Alt, Focus: &u.Focus}); err != nil {
		return nil, err
	}
	if err := s.keepPicture(ctx, p, developed, func(tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		return s.roomForPicture(ctx, tx, by)
	}); err != nil {
		return nil, err
	}
	return p, nil
}

// develop makes what is kept of an upload.
func (s *Service) develop(ctx context.Context, u PictureUpload) (Developed, error) {
	recording, err := s.recording(u)
	if err != nil {
		return Developed{}, err
	}
	if recording == nil {
		return s.developPicture(ctx, u.File, u.Size, Shape{})
	}
	developed := Developed{}
	if recording.kind() == VideoMedia && len(u.Poster) > 0 {
		if developed, err = s.developPicture(ctx, bytes.NewReader(u.Poster), int64(len(u.Poster)), Shape{}); err != nil {
			return Developed{}, err
		}
		developed.Sizes = slices.DeleteFunc(developed.Sizes, func(size DevelopedSize) bool { return !size.file().Still() })
	}
	developed.Recording = recording
	return developed, nil
}

// developPicture reads a file that must be a picture.
func (s *Service) developPicture(ctx context.Context, file io.ReaderAt, size int64, shape Shape) (Developed, error) {
	if size > int64(s.pictureLimits.Bytes) {
		return Developed{}, s.pictureTooLarge()
	}
	whole, err := io.ReadAll(io.NewSectionReader(file, 0, size))
	if err != nil {
		return Developed{}, fmt.Errorf("read upload: %w", err)
	}
	return s.developer.Develop(ctx, whole, shape)
}

// pictureTooLarge says how large a file may be.
func (s *Service) pictureTooLarge() error {
	return invalid("file", "PictureTooLarge", map[string]any{"Max": s.pictureLimits.Bytes >> 20})
}

// keepPicture stores a picture that was developed, if check agrees in the end.
func (s *Service) keepPicture(ctx context.Context, p *Picture, developed Developed, check func(tx Tx) error) error {
	if err := s.shelve(ctx, p, developed); err != nil {
		return err
	}
	p.ID, p.Blurhash = s.ids.New(p.CreatedAt), developed.Blurhash
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := check(tx); err != nil {
			return err
		}
		return tx.AddPicture(ctx, p)
	})
	if err != nil {
		return err
	}
	// The same file may just have been swept away, before this picture was known
	// to need it.
	return s.shelve(ctx, p, developed)
}

// shelve puts the files of a picture on the shelf.
func (s *Service) shelve(ctx context.Context, p *Picture, developed Developed) error {
	p.Files = developed.files()
	for i, size := range developed.Sizes {
		var err error
		if p.Files[i].Name, err = s.shelf.Put(ctx, bytes.NewReader(size.Body), size.Extension); err != nil {
			return err
		}
	}
	if r := developed.Recording; r != nil {
		var err error
		p.Files[len(p.Files)-1].Name, err = s.shelf.Put(ctx, r.Body, r.Extension)
		return err
	}
	return nil
}

// roomForPicture refuses accounts that upload and upload and use nothing.
func (s *Service) roomForPicture(ctx context.Context, r Reader, by *Account) error {
	loose, err := r.LoosePictures(ctx, by.ID)
	if err == nil && loose >= maxLooseFactor*s.pictureLimits.PerPost {
		err = &Error{Code: TooMany, Key: "PicturesUnused", Args: map[string]any{"Count": loose}}
	}
	return err
}

// DescribePicture changes the description or the focus of a picture that no post
// shows yet. Its owner may; those in posts change with an edit.
func (s *Service) DescribePicture(ctx context.Context, by *Account, c PictureChoice) (*Picture, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	var p *Picture
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		var err error
		if p, err = tx.Picture(ctx, c.ID); err != nil {
			return err
		}
		if p.AccountID != by.ID || p.PostID != 0 || p.ActorID != 0 {
			return notFound()
		}
		if err := p.describe(c); err != nil {
			return err
		}
		return tx.UpdatePicture(ctx, p)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// describe sets what a choice gives.
func (p *Picture) describe(c PictureChoice) error {
	if c.Alt != nil {
		p.Alt = trimText(*c.Alt)
		if most := p.whole().MostAlt(); utf8.RuneCountInString(p.Alt) > most {
			return invalid("alt", "TextTooLong", map[string]any{"Max": most})
		}
	}
	if c.Focus != nil {
		p.Focus = *c.Focus
		if !(p.Focus.X >= -1 && p.Focus.X <= 1 && p.Focus.Y >= -1 && p.Focus.Y <= 1) { // also when it is no number
			return invalid("focus", "FocusOutside", nil)
		}
	}
	return nil
}

// whole is the file that the others stand for.
func (p *Picture) whole() PictureFile { return p.Files[len(p.Files)-1] }

// MostAlt is how long a file's description may be, in characters.
func (f PictureFile) MostAlt() int {
	if f.Kind() == ImageMedia {
		return MaxAlt
	}
	return MaxTranscript
}

// Attachment is how a post carries a picture.
func (p *Picture) Attachment(a Addresses) Attachment {
	whole := p.whole()
	return Attachment{
		URL: a.Picture(whole.Name), MediaType: whole.MediaType, Alt: p.Alt, PictureID: p.ID, Width: whole.Width, Height: whole.Height,
		Blurhash: p.Blurhash, Focus: p.Focus, Files: p.Files,
	}
}

// showPictures gives a post the chosen pictures, in their order, and takes from
// it those that are not among them any more. The post itself is stored by the
// caller, before or afterwards.
func (s *Service) showPictures(ctx context.Context, tx Tx, post *Post, choices []PictureChoice) error {
	pictures, err := s.choosePictures(ctx, tx, post.AuthorID, post.ID, choices, true)
	if err != nil {
		return err
	}
	var shown []Attachment
	chosen := map[ID]bool{}
	for _, p := range pictures {
		p.PostID, chosen[p.ID] = post.ID, true
		if err := tx.UpdatePicture(ctx, p); err != nil {
			return err
		}
		shown = append(shown, p.Attachment(s.addresses))
	}
	for _, a := range post.Attachments {
		if a.PictureID != 0 && !chosen[a.PictureID] {
			if err := tx.RemovePicture(ctx, a.PictureID); err != nil {
				return err
			}
		}
	}
	post.Attachments = shown
	return nil
}

// choosePictures finds the chosen pictures, as they are described now, which the
// caller stores. They must be the author's, and not stand in another post (0:
// in any); only in a draft may one be without a description.
func (s *Service) choosePictures(ctx context.Context, r Reader, author, post ID, choices []PictureChoice, described bool) ([]*Picture, error) {
	if len(choices) > s.pictureLimits.PerPost {
		return nil, invalid("media_ids", "TooManyPictures", map[string]any{"Max": s.pictureLimits.PerPost})
	}
	var list []*Picture
	chosen := map[ID]bool{}
	for _, c := range choices {
		p, err := r.Picture(ctx, c.ID)
		if CodeOf(err) == NotFound || err == nil && (p.AccountID != author || p.ActorID != 0 || p.Portrait != "" || p.PostID != 0 && p.PostID != post || chosen[p.ID]) {
			return nil, invalid("media_ids", "PictureUnknown", nil)
		}
		if err != nil {
			return nil, err
		}
		if err := p.describe(c); err != nil {
			return nil, err
		}
		if described && p.Alt == "" {
			return nil, invalid("alt", "AltMissing", nil)
		}
		chosen[p.ID] = true
		list = append(list, p)
	}
	return list, nil
}

// Picture is a picture that by uploaded, for showing it before it is used.
func (s *Service) Picture(ctx context.Context, by *Account, id ID) (*Picture, error) {
	p, err := s.store.Picture(ctx, id)
	if err == nil && (by == nil || p.AccountID != by.ID) {
		err = notFound()
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// OpenPicture opens a file of a picture for everybody who knows its name. It
// returns NotFound for those of posts that were deleted or removed.
func (s *Service) OpenPicture(ctx context.Context, name string) (io.ReadSeekCloser, PictureFile, error) {
	f, err := s.store.PictureFile(ctx, name)
	if err != nil {
		return nil, PictureFile{}, err
	}
	body, err := s.shelf.Open(ctx, name)
	return body, *f, err
}

// PictureLimits returns what people may upload.
func (s *Service) PictureLimits() PictureLimits { return s.pictureLimits }

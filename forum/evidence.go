package forum

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Evidence is a document that an author keeps with a case: nobody sees it but them,
// the moderators, and, document by document, the company and dossiers where they let
// them. Others
// see what it is of, and the SHA-256 of the file that is kept.
type Evidence struct {
	ID            ID
	ThreadID      ID
	AccountID     ID     // whose it is; 0: another server holds it
	Key           string // in its address, which nobody guesses; "" elsewhere
	Kind          EvidenceKind
	Words         string // what its owner says of it, to those who may see it
	MediaType     string
	Extension     string // with its dot
	Bytes         int
	Width, Height int
	SHA256        string // of the file as it is kept, before it is sealed
	File          string // on the shelf, sealed
	ForCompany    bool   // representatives of the company may see it
	ForDossier    bool   // dossiers of the case, or of an action it is attached to, hold it
	RedactedAt    time.Time
	AddedAt       time.Time
}

// Redactable says whether parts of it can be covered here: of pictures only.
func (e *Evidence) Redactable() bool { return kindOf(e.MediaType) == ImageMedia }

// FileName is what it is called when it is saved.
func (e *Evidence) FileName() string {
	return string(e.Kind) + "-" + e.SHA256[:8] + e.Extension
}

// EvidenceKind is what a document is.
type EvidenceKind string

// The kinds.
const (
	EvidenceInvoice   EvidenceKind = "invoice"
	EvidenceContract  EvidenceKind = "contract"
	EvidenceMessage   EvidenceKind = "message"
	EvidencePhoto     EvidenceKind = "photo"
	EvidenceRecording EvidenceKind = "recording"
	EvidenceOther     EvidenceKind = "other"
)

// EvidenceKinds lists them in the order in which they are offered.
var EvidenceKinds = []EvidenceKind{EvidenceInvoice, EvidenceContract, EvidenceMessage, EvidencePhoto, EvidenceRecording, EvidenceOther}

// EvidenceCapacity is why somebody may see a document.
type EvidenceCapacity string

// The capacities.
const (
	AsAuthor         EvidenceCapacity = "author"
	AsModerator      EvidenceCapacity = "moderator"
	AsRepresentative EvidenceCapacity = "representative"
)

// Sealer encrypts files so that whoever finds them on the shelf cannot read them.
type Sealer interface {
	NewKey() (string, error)
	// Seal encrypts a file. Whoever gets the result closes it.
	Seal(key string, body io.Reader) (io.ReadSeekCloser, error)
	// Unseal reads what was sealed, from anywhere in it.
	Unseal(key string, sealed io.ReadSeeker) (io.ReadSeeker, error)
}

// Box is a part of a picture, in hundredths of its width and height.
type Box struct {
	Left, Top, Width, Height float64
	Blur                     bool // else black
}

// Redactor covers parts of pictures.
type Redactor interface {
	// Redact covers boxes of a picture, and encodes it anew.
	Redact(ctx context.Context, file []byte, boxes []Box) (DevelopedSize, error)
}

// The bounds of evidence.
const (
	MaxEvidence      = 12       // documents of one case
	MaxDocument      = 20 << 20 // bytes of a PDF
	MaxEvidenceWords = 300
	MaxBoxes         = 40
	evidenceSecret   = "evidence_key"
)

// evidenceShape is one size, in which an A4 page is still read.
var evidenceShape = Shape{Sides: []int{2160}}

// EvidenceUpload is a document that an author adds.
type EvidenceUpload struct {
	Kind       EvidenceKind
	Words      string
	ForCompany bool
	ForDossier bool
	File       io.ReaderAt
	Size       int64
}

// preparedFile is a document as it will be kept.
type preparedFile struct {
	body          io.ReadSeeker
	mediaType     string
	extension     string
	bytes         int
	width, height int
}

func (u *EvidenceUpload) check() error {
	u.Words = oneLine(u.Words)
	if !slices.Contains(EvidenceKinds, u.Kind) {
		return invalid("kind", "EvidenceKindUnknown", nil)
	}
	if utf8.RuneCountInString(u.Words) > MaxEvidenceWords {
		return invalid("words", "TextTooLong", map[string]any{"Max": MaxEvidenceWords})
	}
	return nil
}

// AddEvidence keeps a document with a case of by's. Pictures are encoded anew and
// recordings copied without their metadata; a PDF stays as it is. It returns
// Conflict where a case has as many as it may.
func (s *Service) AddEvidence(ctx context.Context, by *Account, thread ID, u EvidenceUpload) (*Evidence, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	if err := u.check(); err != nil {
		return nil, err
	}
	if _, err := s.ownCase(ctx, s.store, by, thread); err != nil {
		return nil, err
	}
	prepared, err := s.prepareEvidence(ctx, u)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	e := &Evidence{ID: s.ids.New(now), ThreadID: thread, AccountID: by.ID, Key: strings.ToLower(rand.Text()), Kind: u.Kind, Words: u.Words, ForCompany: u.ForCompany, ForDossier: u.ForDossier, AddedAt: now}
	err = s.keepEvidence(ctx, e, prepared, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		p, err := s.ownCase(ctx, tx, by, thread)
		if err != nil {
			return err
		}
		held, err := tx.EvidenceOf(ctx, thread)
		if err != nil {
			return err
		}
		if len(held) >= MaxEvidence {
			return &Error{Code: Conflict, Key: "EvidenceTooMuch", Args: map[string]any{"Max": MaxEvidence}}
		}
		if slices.ContainsFunc(held, func(other Evidence) bool { return other.SHA256 == e.SHA256 }) {
			return &Error{Code: Conflict, Key: "EvidenceTwice"}
		}
		if err := tx.AddEvidence(ctx, *e); err != nil {
			return err
		}
		return s.tellEvidence(ctx, tx, p)
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// ownCase finds a case that by wrote.
func (s *Service) ownCase(ctx context.Context, r Reader, by *Account, thread ID) (Publication, error) {
	p, err := PublicationOf(ctx, r, thread)
	switch {
	case err != nil:
		return Publication{}, err
	case by == nil || p.Author.ID != by.ID || !p.Post.IsRoot():
		return Publication{}, notFound()
	case p.Post.Hidden():
		return Publication{}, &Error{Code: Gone, Key: "PostDeleted"}
	case p.Thread.Case == nil:
		return Publication{}, invalid("kind", "EvidenceOnlyCases", nil)
	}
	return p, nil
}

var pdfHead = []byte("%PDF-")

// prepareEvidence makes what is kept of a file.
func (s *Service) prepareEvidence(ctx context.Context, u EvidenceUpload) (preparedFile, error) {
	head := make([]byte, len(pdfHead))
	if _, err := u.File.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return preparedFile{}, fmt.Errorf("read upload: %w", err)
	}
	if bytes.Equal(head, pdfHead) {
		if u.Size > MaxDocument {
			return preparedFile{}, invalid("file", "DocumentTooLarge", map[string]any{"Max": MaxDocument >> 20})
		}
		return preparedFile{body: io.NewSectionReader(u.File, 0, u.Size), mediaType: "application/pdf", extension: ".pdf", bytes: int(u.Size)}, nil
	}
	r, err := s.recording(PictureUpload{File: u.File, Size: u.Size})
	if err != nil {
		return preparedFile{}, err
	}
	if r != nil {
		return preparedFile{body: r.Body, mediaType: r.MediaType, extension: r.Extension, bytes: r.Bytes, width: r.Width, height: r.Height}, nil
	}
	developed, err := s.developPicture(ctx, u.File, u.Size, evidenceShape)
	if err != nil {
		return preparedFile{}, err
	}
	return preparedPicture(developed.Sizes[0]), nil
}

func preparedPicture(size DevelopedSize) preparedFile {
	return preparedFile{body: bytes.NewReader(size.Body), mediaType: size.MediaType, extension: size.Extension, bytes: len(size.Body), width: size.Width, height: size.Height}
}

// keepEvidence seals a file and puts it on the shelf, then stores what names it.
// Where that fails nothing stays.
func (s *Service) keepEvidence(ctx context.Context, e *Evidence, f preparedFile, store func(ctx context.Context, tx Tx) error) error {
	if _, err := f.body.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	var err error
	if e.File, e.SHA256, err = s.shelveSealed(ctx, f.body); err != nil {
		return err
	}
	e.MediaType, e.Extension, e.Bytes, e.Width, e.Height = f.mediaType, f.extension, f.bytes, f.width, f.height
	if err := s.write(ctx, store); err != nil {
		return errors.Join(err, s.shelf.Remove(context.WithoutCancel(ctx), e.File))
	}
	return nil
}

// shelveSealed seals a file and puts it on the shelf. It returns its name there, and
// the sum of what was sealed, in hexadecimal.
func (s *Service) shelveSealed(ctx context.Context, body io.Reader) (file, sum string, err error) {
	key, err := s.evidenceKey(ctx)
	if err != nil {
		return "", "", err
	}
	hash := sha256.New()
	sealed, err := s.sealer.Seal(key, io.TeeReader(body, hash))
	if err != nil {
		return "", "", err
	}
	defer sealed.Close()
	file, err = s.shelf.Put(ctx, sealed, ".age")
	return file, hex.EncodeToString(hash.Sum(nil)), err
}

func (s *Service) evidenceKey(ctx context.Context) (string, error) {
	if s.sealer == nil {
		return "", &Error{Code: Unavailable, Key: "EvidenceClosed"}
	}
	return s.secret(ctx, evidenceSecret, s.sealer.NewKey)
}

// tellEvidence tells the servers that have a case what is held of it now.
func (s *Service) tellEvidence(ctx context.Context, tx Tx, p Publication) error {
	var err error
	if p.Evidence, err = tx.EvidenceOf(ctx, p.Thread.ID); err != nil {
		return err
	}
	return s.publishChange(ctx, tx, p, s.clock.Now())
}

// EvidenceChange is what an owner changes of a document.
type EvidenceChange struct {
	Kind       EvidenceKind
	Words      string
	ForCompany bool
	ForDossier bool
}

// ChangeEvidence stores what a document is, and whether the company and dossiers get
// it. Dossiers that were made keep what they have.
// Its owner may.
func (s *Service) ChangeEvidence(ctx context.Context, by *Account, key string, c EvidenceChange) (*Evidence, error) {
	u := EvidenceUpload{Kind: c.Kind, Words: c.Words}
	if err := u.check(); err != nil {
		return nil, err
	}
	var e *Evidence
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		var p Publication
		var err error
		if e, p, err = s.ownEvidence(ctx, tx, by, key); err != nil {
			return err
		}
		told := e.Kind != c.Kind
		e.Kind, e.Words, e.ForCompany, e.ForDossier = u.Kind, u.Words, c.ForCompany, c.ForDossier
		if err := tx.UpdateEvidence(ctx, e); err != nil || !told {
			return err
		}
		return s.tellEvidence(ctx, tx, p)
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (s *Service) ownEvidence(ctx context.Context, r Reader, by *Account, key string) (*Evidence, Publication, error) {
	e, err := r.Evidence(ctx, key)
	if err == nil && (by == nil || e.AccountID != by.ID || by.Active() != nil) {
		err = notFound()
	}
	if err != nil {
		return nil, Publication{}, err
	}
	p, err := PublicationOf(ctx, r, e.ThreadID)
	return e, p, err
}

// RemoveEvidence deletes a document. Its owner may. What moderators saw or the
// company matched is not said any more once there is none left.
func (s *Service) RemoveEvidence(ctx context.Context, by *Account, key string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		e, p, err := s.ownEvidence(ctx, tx, by, key)
		if err != nil {
			return err
		}
		if err := tx.RemoveEvidence(ctx, e.ID); err != nil {
			return err
		}
		left, err := tx.EvidenceOf(ctx, e.ThreadID)
		if err != nil {
			return err
		}
		if len(left) == 0 && p.Thread.Case != nil && p.Thread.Case.Evidence == EvidenceSeen {
			if err := s.setLevel(ctx, tx, p, EvidenceStep{ThreadID: e.ThreadID, Level: EvidenceSeen}, false); err != nil {
				return err
			}
		}
		if p.Post.Hidden() {
			return nil
		}
		return s.tellEvidence(ctx, tx, p)
	})
}

// RedactEvidence covers parts of a picture for good: the new file takes the place
// of the former one, which is deleted. Its owner may.
func (s *Service) RedactEvidence(ctx context.Context, by *Account, key string, boxes []Box) (*Evidence, error) {
	if err := checkBoxes(boxes); err != nil {
		return nil, err
	}
	e, _, err := s.ownEvidence(ctx, s.store, by, key)
	if err != nil {
		return nil, err
	}
	if !e.Redactable() || s.redactor == nil {
		return nil, invalid("file", "RedactOnlyPictures", nil)
	}
	body, closing, err := s.unseal(ctx, e.File)
	if err != nil {
		return nil, err
	}
	defer closing.Close()
	whole, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	covered, err := s.redactor.Redact(ctx, whole, boxes)
	if err != nil {
		return nil, err
	}
	former := e.File
	e.RedactedAt = s.clock.Now()
	err = s.keepEvidence(ctx, e, preparedPicture(covered), func(ctx context.Context, tx Tx) error {
		fresh, p, err := s.ownEvidence(ctx, tx, by, key)
		if err != nil {
			return err
		}
		if fresh.File != former {
			return &Error{Code: Conflict, Key: "EvidenceChanged"}
		}
		if err := tx.UpdateEvidence(ctx, e); err != nil {
			return err
		}
		if err := tx.DiscardFile(ctx, former); err != nil {
			return err
		}
		if p.Post.Hidden() {
			return nil
		}
		return s.tellEvidence(ctx, tx, p)
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

func checkBoxes(boxes []Box) error {
	if len(boxes) == 0 || len(boxes) > MaxBoxes {
		return invalid("boxes", "BoxesMissing", map[string]any{"Max": MaxBoxes})
	}
	for _, b := range boxes {
		if !(b.Left >= 0 && b.Top >= 0 && b.Width > 0 && b.Height > 0 && b.Left < 100 && b.Top < 100 && b.Width <= 100 && b.Height <= 100) { // also when one is no number
			return invalid("boxes", "BoxOutside", nil)
		}
	}
	return nil
}

// foreignEvidence bounds what another server says that it holds.
func foreignEvidence(told []Evidence) []Evidence {
	var list []Evidence
	for _, e := range told[:min(len(told), MaxEvidence)] {
		if !sha256Shape.MatchString(e.SHA256) {
			continue
		}
		if !slices.Contains(EvidenceKinds, e.Kind) {
			e.Kind = EvidenceOther
		}
		list = append(list, Evidence{Kind: e.Kind, SHA256: e.SHA256})
	}
	return list
}

var sha256Shape = regexp.MustCompile(`^[0-9a-f]{64}$`)

// refreshEvidence keeps what another server says that it holds with a case.
func (s *Service) refreshEvidence(ctx context.Context, tx Tx, thread *Thread, told []Evidence) (changed bool, err error) {
	if thread.Case == nil {
		return false, nil
	}
	held, err := tx.EvidenceOf(ctx, thread.ID)
	if err != nil {
		return false, err
	}
	told = foreignEvidence(told)
	same := func(a, b Evidence) bool { return a.Kind == b.Kind && a.SHA256 == b.SHA256 }
	if slices.EqualFunc(held, told, same) {
		return false, nil
	}
	for i := range told {
		told[i].ID, told[i].ThreadID, told[i].AddedAt = s.ids.New(s.clock.Now()), thread.ID, s.clock.Now()
	}
	return true, tx.ReplaceEvidence(ctx, thread.ID, told)
}

package forum

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// ImportKind says what a list that somebody brings along is of.
type ImportKind string

// The kinds.
const (
	ImportFollows ImportKind = "follows"
	ImportBlocks  ImportKind = "blocks"
	ImportMutes   ImportKind = "mutes"
)

// ImportKinds lists them in the order of the form.
var ImportKinds = []ImportKind{ImportFollows, ImportBlocks, ImportMutes}

// Import is a list that is being worked off, or was.
type Import struct {
	ID         ID
	AccountID  ID
	Kind       ImportKind
	Handles    []string // those left to do
	Total      int
	Done       int // right or wrong
	Failed     int
	Problems   []ImportProblem // the first of them
	CreatedAt  time.Time
	FinishedAt time.Time // zero while it goes on
}

// ImportProblem is an entry that could not be taken over, and the kind of
// trouble.
type ImportProblem struct {
	Handle string `json:"handle"`
	Code   Code   `json:"code"`
}

const (
	// MaxImportFile bounds an uploaded list, in bytes.
	MaxImportFile     = 512 << 10
	maxImportEntries  = 5000
	maxImportErrors   = 10 // of a file, that are told at once
	maxImportProblems = 50
	maxImportHandle   = 300
	importStep        = 10 // entries that one run of the job works off; each may ask another server
	importsShown      = 10
)

// StartImport takes a list in the CSV form that Mastodon exports: an address in
// the first column of each line, under a header or none. It is worked off by a
// job. A file with a line that cannot be read changes nothing; the errors name
// the lines.
func (s *Service) StartImport(ctx context.Context, by *Account, kind ImportKind, file []byte) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	if kind != ImportFollows && kind != ImportBlocks && kind != ImportMutes {
		return invalid("kind", "ImportKindUnknown", nil)
	}
	handles, err := ReadImport(file)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		running, err := tx.Imports(ctx, by.ID, importsShown)
		if err != nil {
			return err
		}
		for _, i := range running {
			if i.FinishedAt.IsZero() {
				return &Error{Code: Conflict, Key: "ImportRunning"}
			}
		}
		now := s.clock.Now()
		i := Import{ID: s.ids.New(now), AccountID: by.ID, Kind: kind, Handles: handles, Total: len(handles), CreatedAt: now}
		if err := tx.AddImport(ctx, i); err != nil {
			return err
		}
		return tx.Enqueue(ctx, ImportJob{Import: i.ID})
	})
}

// ReadImport reads the addresses of a list, each once, in their order.
func ReadImport(file []byte) ([]string, error) {
	if len(file) > MaxImportFile {
		return nil, invalid("file", "ImportTooLarge", map[string]any{"Max": MaxImportFile >> 10})
	}
	if !utf8.Valid(file) {
		return nil, invalid("file", "ImportNotText", nil)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\ufeff"))))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	var handles []string
	var problems []error
	seen := map[string]bool{}
	for len(problems) < maxImportErrors {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			problems = append(problems, invalid("file", "ImportCSV", map[string]any{"Line": bad.StartLine}))
			break // what follows cannot be told apart
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		handle := strings.TrimPrefix(strings.TrimSpace(record[0]), "@")
		if handle == "" || len(seen) == 0 && strings.EqualFold(handle, "Account address") {
			continue
		}
		if _, ok := ParseHandle(handle, ""); !ok || len(handle) > maxImportHandle {
			problems = append(problems, invalid("file", "ImportLine", map[string]any{"Line": line, "Text": clip(handle, 60)}))
			continue
		}
		if seen[handle] {
			continue
		}
		if len(seen) == maxImportEntries {
			problems = append(problems, invalid("file", "ImportTooLong", map[string]any{"Max": maxImportEntries}))
			break
		}
		seen[handle] = true
		handles = append(handles, handle)
	}
	if len(problems) == 0 && len(handles) == 0 {
		problems = append(problems, invalid("file", "ImportEmpty", nil))
	}
	return handles, errors.Join(problems...)
}

// Imports lists one's own last imports, newest first.
func (s *Service) Imports(ctx context.Context, by *Account) ([]Import, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.store.Imports(ctx, by.ID, importsShown)
}

// ImportJob asks for the next entries of an import.
type ImportJob struct {
	Import ID `json:"import"`
}

// Kind names the job in the queue.
func (ImportJob) Kind() string { return "import" }

// WorkImport does an ImportJob: some entries, and asks for the next. Entries are
// taken over by the same methods as the buttons; doing one twice, after a crash,
// changes nothing.
func (s *Service) WorkImport(ctx context.Context, job ImportJob) error {
	i, err := s.store.Import(ctx, job.Import)
	if CodeOf(err) == NotFound {
		return nil // with its account
	}
	if err != nil {
		return err
	}
	by, err := s.store.Account(ctx, i.AccountID)
	if err != nil {
		return err
	}
	step := min(importStep, len(i.Handles))
	for _, handle := range i.Handles[:step] {
		if err := s.importOne(ctx, by, i.Kind, handle); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			i.Failed++
			if len(i.Problems) < maxImportProblems {
				i.Problems = append(i.Problems, ImportProblem{Handle: handle, Code: CodeOf(err)})
			}
		}
	}
	done := i.Done
	i.Handles, i.Done = i.Handles[step:], i.Done+step
	if len(i.Handles) == 0 {
		i.FinishedAt = s.clock.Now()
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		moved, err := tx.MoveImport(ctx, *i, done)
		if err != nil || !moved || !i.FinishedAt.IsZero() {
			return err
		}
		return tx.Enqueue(ctx, job)
	})
}

func (s *Service) importOne(ctx context.Context, by *Account, kind ImportKind, handle string) error {
	switch kind {
	case ImportFollows:
		_, err := s.Follow(ctx, by, handle)
		return err
	case ImportBlocks:
		return s.Block(ctx, by, handle)
	}
	return s.Mute(ctx, by, handle)
}

package forum

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// DossierKind says what a dossier is about.
type DossierKind string

// The kinds.
const (
	CaseDossier   DossierKind = "case"
	ActionDossier DossierKind = "action"
)

// DossierState says how far a dossier has come.
type DossierState string

// The states.
const (
	DossierMaking DossierState = "making"
	DossierReady  DossierState = "ready"
	DossierFailed DossierState = "failed"
)

const (
	// DossierLifetime is how long a dossier is kept.
	DossierLifetime = 30 * 24 * time.Hour
	// dossierPause is how soon another one of the same subject may be asked for.
	dossierPause = 10 * time.Minute
	// dossierGivenUp is when one that was never finished no longer counts as being
	// made.
	dossierGivenUp = time.Hour
	dossiersShown  = 10
	dossierMoves   = 200 // of a case
)

// Dossier is what an association or a lawyer needs of a case or of a joint action,
// in one archive. It has names in it: only who made it possible may open it, and
// each opening is noted.
type Dossier struct {
	ID        ID
	Kind      DossierKind
	SubjectID ID // the thread, or the action's actor
	ByID      ID // who asked for it
	Language  string
	State     DossierState
	Progress  int    // in percent
	File      string // on the shelf, once it is ready
	Bytes     int64
	MadeAt    time.Time
}

// AskedAt is when it was asked for.
func (d Dossier) AskedAt() time.Time { return d.ID.Time() }

// ExpiresAt is when it is deleted.
func (d Dossier) ExpiresAt() time.Time { return d.AskedAt().Add(DossierLifetime) }

// SHA256 is the sum of the archive, in hexadecimal.
func (d Dossier) SHA256() string { return strings.TrimSuffix(d.File, archiveExtension) }

// Name is what the archive is called when it is taken along.
func (d Dossier) Name() string {
	return "dossier-" + d.SubjectID.String() + "-" + d.AskedAt().UTC().Format(time.DateOnly) + archiveExtension
}

// DossierAccess is one opening of a dossier.
type DossierAccess struct {
	DossierID ID
	At        time.Time
	Actor     Byline
}

// DossierView is a dossier with who opened it.
type DossierView struct {
	Dossier
	By       Byline
	Accesses []DossierAccess // the last first
}

// DossierStore looks up dossiers.
type DossierStore interface {
	Dossier(ctx context.Context, id ID) (*Dossier, error)
	// Dossiers lists those of a subject, the last first.
	Dossiers(ctx context.Context, kind DossierKind, subject ID, limit int) ([]DossierView, error)
}

// DossierTx changes dossiers.
type DossierTx interface {
	AddDossier(ctx context.Context, d Dossier) error
	UpdateDossier(ctx context.Context, d Dossier) error
	AddDossierAccess(ctx context.Context, dossier, actor ID, at time.Time) error
	// DropDossiers forgets dossiers that were asked for before then, and those of
	// threads that are gone; their files are removed in time.
	DropDossiers(ctx context.Context, before ID) error
}

// DossierContent is everything that is in a dossier.
type DossierContent struct {
	Dossier Dossier
	Host    string
	For     Byline // who asked for it
	At      time.Time
	Title   string
	URL     string
	Cases   []DossierCase
	Events  []DossierEvent // in order
	// Action is what a dossier of an action is about, with its texts, the first one
	// first; nil for cases.
	Action   *Action
	Versions []ActionVersion
	Counts   TierTally
}

// DossierCase is a case in a dossier.
type DossierCase struct {
	Thread *Thread
	Forum  Byline
	// Author and Text are empty where the author has not agreed to be named.
	Author string
	Text   string
	Moves  []CaseMove // in order
}

// DossierEvent is something that happened, for the timeline.
type DossierEvent struct {
	At   time.Time
	Kind DossierEventKind
	URL  string
	Move *CaseMove
	Note string // what is new in a text
}

// DossierEventKind says what happened.
type DossierEventKind string

// The events.
const (
	EventExperienced DossierEventKind = "experienced"
	EventPublished   DossierEventKind = "published"
	EventEdited      DossierEventKind = "edited"
	EventMoved       DossierEventKind = "moved"
	EventVersion     DossierEventKind = "version" // of an action's text
	EventClosed      DossierEventKind = "closed"  // an action
)

const (
	dossierCases    = 500 // of an action
	dossierProgress = 40  // percent, when everything is read
)

// DossierPrinter sets a dossier as PDF, in its language.
type DossierPrinter interface {
	PrintDossier(w io.Writer, c *DossierContent) error
}

// DossierJob makes a dossier that was asked for.
type DossierJob struct {
	Dossier ID `json:"dossier"`
}

// Kind names the job in the queue.
func (DossierJob) Kind() string { return "dossier" }

// Slow implements SlowJob.
func (DossierJob) Slow() {}

// mayMakeDossier says whether somebody may have a dossier of a subject: the author
// of the case, or whoever moderates it.
func (s *Service) mayMakeDossier(ctx context.Context, r Reader, by *Account, kind DossierKind, subject ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if err := by.Active(); err != nil {
		return err
	}
	if kind == ActionDossier {
		return s.mayMakeActionDossier(ctx, r, by, subject)
	}
	p, err := s.caseNamed(ctx, r, subject)
	if err != nil {
		return err
	}
	if p.Author.ID == by.ID {
		return nil
	}
	return s.mayModerate(ctx, r, by, p.Thread.ForumID)
}

// mayMakeActionDossier is for the action's author, and for whoever moderates the
// forum it belongs to.
func (s *Service) mayMakeActionDossier(ctx context.Context, r Reader, by *Account, id ID) error {
	a, err := r.ActionByID(ctx, id)
	switch {
	case err != nil:
		return err
	case !a.Local() || !a.Public():
		return &Error{Code: NotFound, Key: "NothingHere"}
	case a.AuthorID == by.ID:
		return nil
	}
	return s.mayModerate(ctx, r, by, a.HomeID)
}

// RequestDossier asks for a dossier, which a job makes. It returns Conflict while
// one is being made, and TooMany where one was just made.
func (s *Service) RequestDossier(ctx context.Context, by *Account, kind DossierKind, subject ID, language string) (*Dossier, error) {
	if s.shelf == nil || s.dossiers == nil {
		return nil, &Error{Code: Unavailable, Key: "DossiersOff"}
	}
	var d Dossier
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.mayMakeDossier(ctx, tx, by, kind, subject); err != nil {
			return err
		}
		now := s.clock.Now()
		have, err := tx.Dossiers(ctx, kind, subject, 1)
		if err != nil {
			return err
		}
		if len(have) > 0 {
			age := now.Sub(have[0].AskedAt())
			if have[0].State == DossierMaking && age < dossierGivenUp {
				return &Error{Code: Conflict, Key: "DossierUnderWay"}
			}
			if have[0].State == DossierReady && age < dossierPause {
				return &Error{Code: TooMany, Key: "DossierJustMade"}
			}
		}
		d = Dossier{ID: s.ids.New(now), Kind: kind, SubjectID: subject, ByID: by.ID, Language: language, State: DossierMaking}
		if err := tx.AddDossier(ctx, d); err != nil {
			return err
		}
		return tx.Enqueue(ctx, DossierJob{d.ID})
	})
	if err != nil {
		return nil, err
	}
	return &d, nil
}

// DossiersOf lists the dossiers of a subject, for those who may have them.
func (s *Service) DossiersOf(ctx context.Context, by *Account, kind DossierKind, subject ID) ([]DossierView, error) {
	if err := s.mayMakeDossier(ctx, s.store, by, kind, subject); err != nil {
		return nil, err
	}
	return s.store.Dossiers(ctx, kind, subject, dossiersShown)
}

// OpenDossier opens a dossier, and notes who did.
func (s *Service) OpenDossier(ctx context.Context, by *Account, id ID) (io.ReadSeekCloser, *Dossier, error) {
	if by == nil {
		return nil, nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	nothing := &Error{Code: NotFound, Key: "NothingHere"}
	d, err := s.store.Dossier(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if err := s.mayMakeDossier(ctx, s.store, by, d.Kind, d.SubjectID); err != nil {
		return nil, nil, nothing // whoever may not have it is not told that it exists
	}
	now := s.clock.Now()
	if d.State != DossierReady || s.shelf == nil {
		return nil, nil, nothing
	}
	if now.After(d.ExpiresAt()) {
		return nil, nil, &Error{Code: Gone, Key: "DossierExpired"}
	}
	body, err := s.shelf.Open(ctx, d.File)
	if err != nil {
		return nil, nil, err
	}
	if err := s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.AddDossierAccess(ctx, d.ID, by.ID, now) }); err != nil {
		return nil, nil, errors.Join(err, body.Close())
	}
	return body, d, nil
}

// dropDossiers forgets dossiers whose time is over.
func (s *Service) dropDossiers(ctx context.Context) error {
	before := idBefore(s.clock.Now().Add(-DossierLifetime))
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.DropDossiers(ctx, before) })
}

// idBefore is lower than any ID of that moment or later.
func idBefore(t time.Time) ID { return ID(t.Sub(idEpoch).Milliseconds() << idRandomBits) }

// WorkDossier does a DossierJob.
func (s *Service) WorkDossier(ctx context.Context, job DossierJob) error {
	d, err := s.store.Dossier(ctx, job.Dossier)
	if err != nil || d.State == DossierReady {
		return err
	}
	err = s.makeDossier(ctx, d)
	switch CodeOf(err) {
	case Gone, NotFound, Forbidden: // what it is about is gone
		d.State = DossierFailed
		return errors.Join(err, s.saveDossier(ctx, d))
	}
	return err
}

func (s *Service) saveDossier(ctx context.Context, d *Dossier) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.UpdateDossier(ctx, *d) })
}

// advance notes how far a dossier has come.
func (s *Service) advance(ctx context.Context, d *Dossier, percent int) error {
	d.Progress = percent
	return s.saveDossier(ctx, d)
}

func (s *Service) makeDossier(ctx context.Context, d *Dossier) error {
	c, err := s.gatherDossier(ctx, d)
	if err != nil {
		return err
	}
	if err := s.advance(ctx, d, dossierProgress); err != nil {
		return err
	}
	file, err := os.CreateTemp("", "portevoix-dossier-*")
	if err != nil {
		return fmt.Errorf("make dossier: %w", err)
	}
	defer func() { _ = errors.Join(file.Close(), os.Remove(file.Name())) }()
	if err := s.writeDossier(file, c); err != nil {
		return fmt.Errorf("make dossier: %w", err)
	}
	if err := s.advance(ctx, d, 90); err != nil {
		return err
	}
	if d.Bytes, err = file.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("make dossier: %w", err)
	}
	if d.File, err = s.shelf.Put(ctx, file, archiveExtension); err != nil {
		return err
	}
	d.State, d.Progress, d.MadeAt = DossierReady, 100, s.clock.Now()
	return s.saveDossier(ctx, d)
}

// gatherDossier reads what goes into a dossier.
func (s *Service) gatherDossier(ctx context.Context, d *Dossier) (*DossierContent, error) {
	by, err := s.store.Account(ctx, d.ByID)
	if err != nil {
		return nil, err
	}
	if err := s.mayMakeDossier(ctx, s.store, by, d.Kind, d.SubjectID); err != nil {
		return nil, err
	}
	c := &DossierContent{Dossier: *d, Host: s.addresses.Host(), For: bylineOf(&by.Actor), At: s.clock.Now()}
	if d.Kind == ActionDossier {
		err = s.gatherAction(ctx, d, c)
	} else {
		err = s.gatherCase(ctx, d, c)
	}
	if err != nil {
		return nil, err
	}
	for i := range c.Cases {
		c.Events = append(c.Events, dossierEvents(&c.Cases[i])...)
	}
	slices.SortStableFunc(c.Events, func(a, b DossierEvent) int { return a.At.Compare(b.At) })
	return c, nil
}

func (s *Service) gatherCase(ctx context.Context, d *Dossier, c *DossierContent) error {
	sheet, err := s.dossierCase(ctx, d.SubjectID, true)
	if err == nil {
		c.Title, c.URL, c.Cases = sheet.Thread.Title, sheet.Thread.URI, []DossierCase{sheet}
	}
	return err
}

// gatherAction reads an action, its texts, its counts and the cases attached to it.
// Those who wrote these are named only where they asked for the dossier themselves.
func (s *Service) gatherAction(ctx context.Context, d *Dossier, c *DossierContent) error {
	var err error
	if c.Action, err = s.store.ActionByID(ctx, d.SubjectID); err != nil {
		return err
	}
	c.Title, c.URL = c.Action.Label(), c.Action.URI
	if c.Counts, err = actionCounts(ctx, s.store, c.Action); err != nil {
		return err
	}
	if c.Versions, err = s.store.ActionVersions(ctx, d.SubjectID); err != nil {
		return err
	}
	slices.Reverse(c.Versions)
	for i := range c.Versions {
		c.Events = append(c.Events, DossierEvent{At: c.Versions[i].At, Kind: EventVersion, URL: c.URL, Note: c.Versions[i].Change})
	}
	c.Events = append(c.Events, DossierEvent{At: c.Action.PublishedAt, Kind: EventPublished, URL: c.URL})
	if !c.Action.EndedAt.IsZero() {
		c.Events = append(c.Events, DossierEvent{At: c.Action.EndedAt, Kind: EventClosed, URL: c.URL})
	}
	attached, err := s.store.ActionCases(ctx, d.SubjectID, dossierCases)
	if err != nil {
		return err
	}
	for i, one := range attached {
		sheet, err := s.dossierCase(ctx, one.ThreadID, one.Author.ID == d.ByID)
		switch CodeOf(err) {
		case NotFound, Gone: // no case, or not any more
			continue
		}
		if err != nil {
			return err
		}
		c.Cases = append(c.Cases, sheet)
		if i%20 == 19 {
			if err := s.advance(ctx, d, dossierProgress*(i+1)/len(attached)); err != nil {
				return err
			}
		}
	}
	return nil
}

// dossierCase reads a case; named says whether its author has agreed to be named.
func (s *Service) dossierCase(ctx context.Context, thread ID, named bool) (DossierCase, error) {
	p, err := s.caseNamed(ctx, s.store, thread)
	if err != nil {
		return DossierCase{}, err
	}
	sheet := DossierCase{Thread: p.Thread, Forum: bylineOf(p.Forum)}
	if named {
		sheet.Author, sheet.Text = s.fullHandle(Handle{Name: p.Author.Name, Host: p.Author.Host}), s.renderer.Text(p.Thread.Content)
	}
	if sheet.Moves, err = s.store.CaseMoves(ctx, thread, dossierMoves); err != nil {
		return DossierCase{}, err
	}
	slices.Reverse(sheet.Moves)
	if !named {
		for i := range sheet.Moves {
			sheet.Moves[i].Note = ""
		}
	}
	return sheet, nil
}

func dossierEvents(c *DossierCase) []DossierEvent {
	t := c.Thread
	var list []DossierEvent
	if t.Case.ExperiencedOn != "" {
		list = append(list, DossierEvent{At: t.Case.ExperiencedOn.Time(), Kind: EventExperienced, URL: t.URI})
	}
	list = append(list, DossierEvent{At: t.PublishedAt, Kind: EventPublished, URL: t.URI})
	if !t.EditedAt.IsZero() {
		list = append(list, DossierEvent{At: t.EditedAt, Kind: EventEdited, URL: t.URI})
	}
	for i := range c.Moves {
		list = append(list, DossierEvent{At: c.Moves[i].At(), Kind: EventMoved, URL: t.URI, Move: &c.Moves[i]})
	}
	return list
}

// writeDossier writes the archive, with the sum of every file in its last one.
func (s *Service) writeDossier(w io.Writer, c *DossierContent) error {
	archive := zip.NewWriter(w)
	var manifest strings.Builder
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"dossier.pdf", func(w io.Writer) error { return s.dossiers.PrintDossier(w, c) }},
		{"dossier.json", func(w io.Writer) error { return writeIndented(w, s.dossierDocument(c)) }},
		{"cases.csv", func(w io.Writer) error { return s.dossierTable(w, c) }},
		{"timeline.csv", func(w io.Writer) error { return dossierTimeline(w, c) }},
	} {
		into, err := archive.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: c.At.UTC()})
		if err != nil {
			return err
		}
		sum := sha256.New()
		if err := f.write(io.MultiWriter(into, sum)); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		fmt.Fprintf(&manifest, "%s  %s\n", hex.EncodeToString(sum.Sum(nil)), f.name)
	}
	into, err := archive.CreateHeader(&zip.FileHeader{Name: "SHA256SUMS", Method: zip.Deflate, Modified: c.At.UTC()})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(into, manifest.String()); err != nil {
		return err
	}
	return archive.Close()
}

// dossierJSON is a dossier for programs.
type dossierJSON struct {
	Kind     DossierKind       `json:"kind"`
	Title    string            `json:"title"`
	URL      string            `json:"url"`
	Server   string            `json:"server"`
	MadeAt   time.Time         `json:"made_at"`
	MadeFor  string            `json:"made_for"`
	Action   *dossierAction    `json:"action,omitempty"`
	Cases    []dossierCaseJSON `json:"cases"`
	Timeline []dossierEvent    `json:"timeline"`
}

type dossierAction struct {
	Kind     ActionKind       `json:"kind"`
	State    ActionState      `json:"state"`
	Goal     int              `json:"goal"`
	ClosesAt time.Time        `json:"closes_at"`
	Counts   TierTally        `json:"counts"`
	Versions []dossierVersion `json:"versions"`
}

type dossierVersion struct {
	Number int       `json:"number"`
	Title  string    `json:"title"`
	Text   string    `json:"text"` // Markdown, in its canonical form
	SHA256 string    `json:"text_sha256"`
	Change string    `json:"change,omitempty"`
	At     time.Time `json:"at"`
}

type dossierCaseJSON struct {
	URL           string        `json:"url"`
	Title         string        `json:"title,omitempty"`
	Author        string        `json:"author,omitempty"`
	Text          string        `json:"text,omitempty"`
	TextSHA256    string        `json:"text_sha256,omitempty"`
	Kind          ThreadKind    `json:"kind"`
	Company       string        `json:"company"`
	Product       string        `json:"product"`
	ExperiencedOn Date          `json:"experienced_on"`
	PublishedAt   time.Time     `json:"published_at"`
	Amount        string        `json:"amount"`
	Currency      string        `json:"currency"`
	Wants         []Want        `json:"wants"`
	Place         string        `json:"place"`
	Evidence      EvidenceLevel `json:"evidence"`
	State         CaseState     `json:"state"`
	PromisedOn    Date          `json:"promised_on"`
}

type dossierEvent struct {
	At    time.Time        `json:"at"`
	Event DossierEventKind `json:"event"`
	Case  string           `json:"case"`
	From  CaseState        `json:"from,omitempty"`
	To    CaseState        `json:"to,omitempty"`
	Mover CaseMover        `json:"by,omitempty"`
	Until Date             `json:"promised_on,omitempty"`
	Note  string           `json:"note,omitempty"`
}

func (s *Service) dossierDocument(c *DossierContent) dossierJSON {
	d := dossierJSON{Kind: c.Dossier.Kind, Title: c.Title, URL: c.URL, Server: c.Host, MadeAt: c.At.UTC(), MadeFor: s.fullHandle(Handle{Name: c.For.Name, Host: c.For.Host}), Cases: []dossierCaseJSON{}, Timeline: []dossierEvent{}}
	if a := c.Action; a != nil {
		d.Action = &dossierAction{Kind: a.Kind, State: a.State, Goal: a.Goal, ClosesAt: a.ClosesAt.UTC(), Counts: c.Counts}
		for _, v := range c.Versions {
			d.Action.Versions = append(d.Action.Versions, dossierVersion{v.Number, v.Title, v.Text, v.SHA256, v.Change, v.At.UTC()})
		}
	}
	for i := range c.Cases {
		t := c.Cases[i].Thread
		one := dossierCaseJSON{
			URL: t.URI, Author: c.Cases[i].Author, Text: c.Cases[i].Text, Kind: t.Kind, Company: t.Case.Company, Product: t.Case.Product, ExperiencedOn: t.Case.ExperiencedOn, PublishedAt: t.PublishedAt.UTC(),
			Amount: t.Case.Amount.Value(), Currency: t.Case.Amount.Currency, Wants: append([]Want{}, t.Case.Wants...), Place: t.Case.Place, Evidence: t.Case.Evidence, State: t.Case.State, PromisedOn: t.Case.PromisedOn,
		}
		if one.Text != "" {
			sum := sha256.Sum256([]byte(one.Text))
			one.Title, one.TextSHA256 = t.Title, hex.EncodeToString(sum[:])
		}
		d.Cases = append(d.Cases, one)
	}
	for _, e := range c.Events {
		one := dossierEvent{At: e.At.UTC(), Event: e.Kind, Case: e.URL}
		one.Note = e.Note
		if e.Move != nil {
			one.From, one.To, one.Mover, one.Until, one.Note = e.Move.From, e.Move.To, e.Move.Mover, e.Move.PromisedOn, e.Move.Note
		}
		d.Timeline = append(d.Timeline, one)
	}
	return d
}

func (s *Service) dossierTable(w io.Writer, c *DossierContent) error {
	rows := [][]string{{"url", "title", "author", "kind", "company", "product", "experienced_on", "published_at", "amount", "currency", "wants", "place", "evidence", "state", "promised_on"}}
	for _, one := range s.dossierDocument(c).Cases {
		wants := make([]string, len(one.Wants))
		for i, want := range one.Wants {
			wants[i] = string(want)
		}
		rows = append(rows, []string{one.URL, one.Title, one.Author, string(one.Kind), one.Company, one.Product, string(one.ExperiencedOn), one.PublishedAt.Format(time.RFC3339),
			one.Amount, one.Currency, strings.Join(wants, " "), one.Place, string(one.Evidence), string(one.State), string(one.PromisedOn)})
	}
	return writeSafeRows(w, rows)
}

func dossierTimeline(w io.Writer, c *DossierContent) error {
	rows := [][]string{{"at", "event", "case", "from", "to", "by", "promised_on", "note"}}
	for _, e := range c.Events {
		row := []string{e.At.UTC().Format(time.RFC3339), string(e.Kind), e.URL, "", "", "", "", e.Note}
		if e.Move != nil {
			copy(row[3:], []string{string(e.Move.From), string(e.Move.To), string(e.Move.Mover), string(e.Move.PromisedOn), e.Move.Note})
		}
		rows = append(rows, row)
	}
	return writeSafeRows(w, rows)
}

// writeSafeRows writes rows whose cells no spreadsheet takes for formulas.
func writeSafeRows(w io.Writer, rows [][]string) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		for i := range row {
			row[i] = SafeCell(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func bylineOf(a *Actor) Byline {
	return Byline{ID: a.ID, Name: a.Name, Host: a.Host, URI: a.URI, URL: a.URL, DisplayName: a.DisplayName, Kind: a.Kind, GroupRole: a.GroupRole}
}

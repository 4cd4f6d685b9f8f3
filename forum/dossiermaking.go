package forum

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

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
	// Joined are those to whom the same happened, of a case, and Named those of
	// them, or of the signers, who agreed to stand in the dossier.
	Joined TierTally
	Named  []DossierPerson
}

// DossierPerson is somebody who is counted and agreed to stand in the dossier.
type DossierPerson struct {
	Name          string // of the account, or as written
	Tier          Tier
	At            time.Time
	ExperiencedOn Date
	Amount        Amount
	Words         string
}

// DossierCase is a case in a dossier.
type DossierCase struct {
	Thread *Thread
	Forum  Byline
	// Author and Text are empty where the author has not agreed to be named.
	Author string
	Text   string
	Moves  []CaseMove // in order
	// Documents are those that the author lets dossiers hold.
	Documents []Evidence
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
	if err := s.writeDossier(ctx, file, c); err != nil {
		return fmt.Errorf("make dossier: %w", err)
	}
	if err := s.advance(ctx, d, 90); err != nil {
		return err
	}
	if d.Bytes, err = file.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("make dossier: %w", err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("make dossier: %w", err)
	}
	if d.File, d.SHA256, err = s.shelveSealed(ctx, file); err != nil {
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
	if err != nil {
		return err
	}
	c.Title, c.URL, c.Cases = sheet.Thread.Title, sheet.Thread.URI, []DossierCase{sheet}
	if c.Joined, err = s.store.TierTally(ctx, CoClaim, d.SubjectID); err != nil {
		return err
	}
	c.Named, err = s.dossierPeople(ctx, CoClaim, d.SubjectID)
	return err
}

// dossierPeople lists who is counted on a subject and agreed to stand in its
// dossier.
func (s *Service) dossierPeople(ctx context.Context, kind ParticipationKind, subject ID) ([]DossierPerson, error) {
	var list []DossierPerson
	for after := ID(0); ; {
		page, err := s.store.Participations(ctx, kind, subject, after, dataPage)
		if err != nil {
			return nil, err
		}
		for i := range page {
			p := &page[i]
			after = p.ID
			if !p.Counts() || !p.Consents.Dossier {
				continue
			}
			one := DossierPerson{Name: p.Name, Tier: p.Tier, At: p.At, ExperiencedOn: p.ExperiencedOn, Amount: p.Amount, Words: p.Words}
			if p.Actor != nil {
				one.Name = s.fullHandle(Handle{Name: p.Actor.Name, Host: p.Actor.Host})
			}
			list = append(list, one)
		}
		if len(page) < dataPage {
			return list, nil
		}
	}
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
	if c.Named, err = s.dossierPeople(ctx, Signature, d.SubjectID); err != nil {
		return err
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
	held, err := s.store.EvidenceOf(ctx, thread)
	if err != nil {
		return sheet, err
	}
	for _, e := range held {
		if e.ForDossier && e.File != "" {
			sheet.Documents = append(sheet.Documents, e)
		}
	}
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

func bylineOf(a *Actor) Byline {
	return Byline{ID: a.ID, Name: a.Name, Host: a.Host, URI: a.URI, URL: a.URL, DisplayName: a.DisplayName, Kind: a.Kind, GroupRole: a.GroupRole}
}

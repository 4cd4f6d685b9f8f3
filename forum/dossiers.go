package forum

import (
	"context"
	"io"
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
	File      string // on the shelf, sealed, once it is ready
	SHA256    string // of the archive, before it is sealed
	Bytes     int64
	MadeAt    time.Time
}

// AskedAt is when it was asked for.
func (d Dossier) AskedAt() time.Time { return d.ID.Time() }

// ExpiresAt is when it is deleted.
func (d Dossier) ExpiresAt() time.Time { return d.AskedAt().Add(DossierLifetime) }

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
	if s.shelf == nil || s.dossiers == nil || s.sealer == nil {
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
	body, closing, err := s.unseal(ctx, d.File)
	if err != nil {
		return nil, nil, err
	}
	if err := s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.AddDossierAccess(ctx, d.ID, by.ID, now) }); err != nil {
		return nil, nil, closeAfter(closing, err)
	}
	return sealedBody{body, closing}, d, nil
}

// sealedBody reads what was sealed, and closes the sealed file.
type sealedBody struct {
	io.ReadSeeker
	io.Closer
}

// dropDossiers forgets dossiers whose time is over.
func (s *Service) dropDossiers(ctx context.Context) error {
	before := idBefore(s.clock.Now().Add(-DossierLifetime))
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.DropDossiers(ctx, before) })
}

// idBefore is lower than any ID of that moment or later.
func idBefore(t time.Time) ID { return ID(t.Sub(idEpoch).Milliseconds() << idRandomBits) }

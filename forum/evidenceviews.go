package forum

import (
	"context"
	"io"
)

// CaseFile is what a reader sees of the documents of a case.
type CaseFile struct {
	Held     []Evidence
	Steps    []EvidenceStep
	Capacity EvidenceCapacity // "" for those who see digests only
	Unseen   int              // documents that a moderator has not opened
}

// CaseFile lists the documents of a case as by may see them: everybody learns what
// is held; keys and words are for those who may open a document.
func (s *Service) CaseFile(ctx context.Context, by *Account, t *Thread) (CaseFile, error) {
	var f CaseFile
	if t.Case == nil || t.Hidden() {
		return f, nil
	}
	var err error
	if f.Held, err = s.store.EvidenceOf(ctx, t.ID); err != nil {
		return f, err
	}
	if f.Steps, err = s.store.EvidenceSteps(ctx, t.ID); err != nil {
		return f, err
	}
	if f.Capacity, err = s.capacity(ctx, s.store, by, t); err != nil {
		return f, err
	}
	if f.Capacity == AsModerator {
		if f.Unseen, err = s.store.EvidenceUnseen(ctx, t.ID, by.ID); err != nil {
			return f, err
		}
	}
	for i := range f.Held {
		if e := &f.Held[i]; f.Capacity == "" || f.Capacity == AsRepresentative && !e.ForCompany {
			f.Held[i] = Evidence{ID: e.ID, Kind: e.Kind, SHA256: e.SHA256, AddedAt: e.AddedAt}
		}
	}
	return f, nil
}

// capacity is as what by may see the documents of a case; "" for not.
func (s *Service) capacity(ctx context.Context, r Reader, by *Account, t *Thread) (EvidenceCapacity, error) {
	if by == nil || by.Active() != nil {
		return "", nil
	}
	if t.AuthorID == by.ID {
		return AsAuthor, nil
	}
	err := s.mayModerate(ctx, r, by, t.ForumID)
	if err == nil {
		return AsModerator, nil
	}
	if CodeOf(err) != Forbidden {
		return "", err
	}
	represents, err := s.represents(ctx, r, by.ID, t)
	if err == nil && represents {
		return AsRepresentative, nil
	}
	return "", err
}

// OpenedEvidence is a document that somebody may read.
type OpenedEvidence struct {
	Evidence
	Capacity EvidenceCapacity
	Body     io.ReadSeeker
	io.Closer
}

// OpenEvidence opens a document, and notes who did. To whoever may not there is
// nothing at its address: the answer is the same NotFound as for a wrong key.
func (s *Service) OpenEvidence(ctx context.Context, by *Account, key string) (*OpenedEvidence, error) {
	e, capacity, err := s.seeEvidence(ctx, by, key)
	if err != nil {
		return nil, err
	}
	body, closing, err := s.unseal(ctx, e.File)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.AddEvidenceView(ctx, EvidenceView{EvidenceID: e.ID, AccountID: by.ID, Capacity: capacity, At: s.clock.Now()})
	})
	if err != nil {
		return nil, closeAfter(closing, err)
	}
	return &OpenedEvidence{Evidence: *e, Capacity: capacity, Body: body, Closer: closing}, nil
}

func closeAfter(c io.Closer, err error) error {
	_ = c.Close()
	return err
}

func (s *Service) seeEvidence(ctx context.Context, by *Account, key string) (*Evidence, EvidenceCapacity, error) {
	e, err := s.store.Evidence(ctx, key)
	if err != nil {
		return nil, "", err
	}
	t, err := s.store.Thread(ctx, e.ThreadID)
	if err != nil {
		return nil, "", err
	}
	capacity, err := s.capacity(ctx, s.store, by, t)
	if err == nil && (capacity == "" || capacity == AsRepresentative && (!e.ForCompany || t.Hidden())) {
		err = notFound()
	}
	return e, capacity, err
}

// EvidenceViews lists who opened a document of by's.
func (s *Service) EvidenceViews(ctx context.Context, by *Account, key string) ([]EvidenceView, error) {
	e, _, err := s.ownEvidence(ctx, s.store, by, key)
	if err != nil {
		return nil, err
	}
	return s.store.EvidenceViews(ctx, e.ID, 200)
}

// OwnEvidence is a document of by's.
func (s *Service) OwnEvidence(ctx context.Context, by *Account, key string) (*Evidence, error) {
	e, _, err := s.ownEvidence(ctx, s.store, by, key)
	return e, err
}

func (s *Service) unseal(ctx context.Context, file string) (io.ReadSeeker, io.Closer, error) {
	key, err := s.evidenceKey(ctx)
	if err != nil {
		return nil, nil, err
	}
	sealed, err := s.shelf.Open(ctx, file)
	if err != nil {
		return nil, nil, err
	}
	body, err := s.sealer.Unseal(key, sealed)
	if err != nil {
		return nil, nil, closeAfter(sealed, err)
	}
	return body, sealed, nil
}

// RaiseEvidence says how much is known of what a case rests on, or takes that back.
// A moderator of its forum who has opened every document may say that they were
// seen; a verified representative of its company, that the matter is in its books.
// Nobody says more than that: none of it makes a case true.
func (s *Service) RaiseEvidence(ctx context.Context, by *Account, thread ID, level EvidenceLevel, on bool) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := s.caseNamed(ctx, tx, thread)
		if err != nil {
			return err
		}
		if err := s.mayRaise(ctx, tx, by, p, level, on); err != nil {
			return err
		}
		return s.setLevel(ctx, tx, p, EvidenceStep{ThreadID: thread, Level: level, ByID: by.ID, At: s.clock.Now()}, on)
	})
}

func (s *Service) mayRaise(ctx context.Context, tx Tx, by *Account, p Publication, level EvidenceLevel, on bool) error {
	switch level {
	case EvidenceSeen:
		if err := s.mayModerate(ctx, tx, by, p.Thread.ForumID); err != nil {
			return err
		}
		if p.Author.ID == by.ID {
			return &Error{Code: Forbidden, Key: "EvidenceOwn"}
		}
		if !on {
			return nil
		}
		held, err := tx.EvidenceOf(ctx, p.Thread.ID)
		if err != nil {
			return err
		}
		unseen, err := tx.EvidenceUnseen(ctx, p.Thread.ID, by.ID)
		if err == nil && (len(held) == 0 || unseen > 0) {
			err = &Error{Code: Conflict, Key: "EvidenceNotOpened"}
		}
		return err
	case EvidenceMatched:
		represents, err := s.represents(ctx, tx, by.ID, p.Thread)
		if err == nil && !represents {
			err = &Error{Code: Forbidden, Key: "RepresentativesOnly"}
		}
		return err
	}
	return invalid("level", "EvidenceLevelFixed", nil)
}

// setLevel stores a step, and gives the case the highest level that it has come to.
func (s *Service) setLevel(ctx context.Context, tx Tx, p Publication, step EvidenceStep, on bool) error {
	if err := tx.SetEvidenceStep(ctx, step, on); err != nil {
		return err
	}
	steps, err := tx.EvidenceSteps(ctx, p.Thread.ID)
	if err != nil {
		return err
	}
	level := EvidenceDeclared
	if p.Author.Local() {
		level = EvidenceConfirmed // who writes here has confirmed an address
	}
	for _, known := range EvidenceLevels {
		for _, one := range steps {
			if one.Level == known {
				level = known
			}
		}
	}
	c := p.Thread.Case
	if c.Evidence == level {
		return nil
	}
	c.Evidence = level
	if err := tx.SetCase(ctx, p.Thread.ID, c); err != nil || !p.Author.Local() || p.Post.Hidden() {
		return err
	}
	return s.tellEvidence(ctx, tx, p)
}

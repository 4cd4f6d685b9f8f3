package forum

import (
	"context"
	"time"
	"unicode/utf8"
)

// Threat is what a representative reports beforehand: somebody said that they would
// write badly of the company unless they got something. It is sealed. Nobody but
// whoever reported it reads it until a case fits it; then the moderators of that
// case's forum do, as a concern. Nothing is removed by it, nothing of it is ever
// published, and its supposed author is not told: it may be untrue.
type Threat struct {
	ID            ID
	CompanyID     ID
	ByID          ID
	Handle        string // of the account that threatened, as it is written here; "" if unknown
	ExperiencedOn Date   // the day that the experience is said to be of; "" if unknown
	Amount        Amount // that it was about; none if unknown
	Words         string // what happened, plain text
	At            time.Time
}

const (
	// ThreatLifetime is for how long a threat waits for a case that fits it.
	ThreatLifetime = 365 * 24 * time.Hour
	openThreatsMax = 50 // of one company
	// threatDays is by how much two people's memories of a day may differ.
	threatDays = 3
)

// What of a threat a case fits.
const (
	ConcernSameAccount ConcernReason = "same_account"
	ConcernSameFacts   ConcernReason = "same_facts"
)

// ThreatReader looks up threats.
type ThreatReader interface {
	// Threats lists those about a company that were reported since a time, the newest
	// first: of one account or, with 0, of all.
	Threats(ctx context.Context, company, by ID, since time.Time) ([]Threat, error)
}

// ThreatTx changes threats.
type ThreatTx interface {
	AddThreat(ctx context.Context, t *Threat) error
	// DeleteThreat succeeds where there is none; only those of the account go.
	DeleteThreat(ctx context.Context, id, by ID) error
}

// NewThreat is what a representative reports.
type NewThreat struct {
	Company       string // handle
	Handle        string
	ExperiencedOn string // 2006-01-02
	Amount        string
	Currency      string
	Words         string
}

// threat reads a report. Something has to be said by which a case can fit it.
func (s *Service) threat(n NewThreat) (*Threat, error) {
	t := &Threat{Words: trimText(n.Words)}
	switch {
	case t.Words == "":
		return nil, invalid("words", "ThreatWordsMissing", nil)
	case utf8.RuneCountInString(t.Words) > MaxConcernWords:
		return nil, invalid("words", "TextTooLong", map[string]any{"Max": MaxConcernWords})
	case n.Handle == "" && n.ExperiencedOn == "" && n.Amount == "":
		return nil, invalid("handle", "ThreatUnfindable", nil)
	}
	if n.Handle != "" {
		h, ok := ParseHandle(n.Handle, s.addresses.Host())
		if !ok {
			return nil, invalid("handle", "HandleUnreadable", map[string]any{"Handle": clipRunes(oneLine(n.Handle), 60)})
		}
		t.Handle = h.String()
	}
	var err error
	t.ExperiencedOn, t.Amount, err = experience(n.ExperiencedOn, n.Amount, n.Currency, s.clock.Now())
	return t, err
}

// representativeFor returns the company that somebody was verified here to speak
// for; Forbidden for others.
func (s *Service) representativeFor(ctx context.Context, r Reader, by *Account, handle string) (*Company, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	c, err := s.Company(ctx, handle)
	if err != nil {
		return nil, err
	}
	found, err := r.RepresentativeOf(ctx, c.ID, by.ID)
	if CodeOf(err) == NotFound || err == nil && !found.Verified() {
		err = &Error{Code: Forbidden, Key: "RepresentativesOnly"}
	}
	return c, err
}

// Threats lists what a representative reported of threats against a company and
// still waits, the newest first.
func (s *Service) Threats(ctx context.Context, by *Account, company string) ([]Threat, error) {
	c, err := s.representativeFor(ctx, s.store, by, company)
	if err != nil {
		return nil, err
	}
	return s.store.Threats(ctx, c.ID, by.ID, s.clock.Now().Add(-ThreatLifetime))
}

// ReportThreat seals what a representative reports of a threat, before anything was
// written.
func (s *Service) ReportThreat(ctx context.Context, by *Account, n NewThreat) (*Threat, error) {
	t, err := s.threat(n)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		c, err := s.representativeFor(ctx, tx, by, n.Company)
		if err != nil {
			return err
		}
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		now := s.clock.Now()
		known, err := tx.Threats(ctx, c.ID, 0, now.Add(-ThreatLifetime))
		if err != nil {
			return err
		}
		if len(known) >= openThreatsMax {
			return &Error{Code: TooMany, Key: "ThreatsTooMany"}
		}
		t.ID, t.CompanyID, t.ByID, t.At = s.ids.New(now), c.ID, by.ID, now
		return tx.AddThreat(ctx, t)
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// WithdrawThreat forgets a threat that the account reported. A case that was brought
// to moderators meanwhile stays with them.
func (s *Service) WithdrawThreat(ctx context.Context, by *Account, id ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.DeleteThreat(ctx, id, by.ID) })
}

// fits says what of a threat a case of somebody fits; "" for nothing. The account is
// enough; without it everything else that was reported has to agree.
func (t *Threat) fits(c *Case, author *Actor) ConcernReason {
	switch {
	case t.Handle != "" && t.Handle == author.Handle():
		return ConcernSameAccount
	case t.ExperiencedOn == "" && !t.Amount.Known(),
		t.ExperiencedOn != "" && !near(t.ExperiencedOn, c.ExperiencedOn),
		t.Amount.Known() && t.Amount != c.Amount:
		return ""
	}
	return ConcernSameFacts
}

// near says whether two days are about the same.
func near(a, b Date) bool {
	if a == "" || b == "" {
		return false
	}
	apart := a.Time().Sub(b.Time()).Abs()
	return apart <= threatDays*24*time.Hour
}

// matchThreats brings a case that fits a threat reported before it to the moderators
// of its forum, each threat once.
func (s *Service) matchThreats(ctx context.Context, tx Tx, t *Thread, author *Actor) error {
	threats, err := tx.Threats(ctx, t.Case.CompanyID, 0, s.clock.Now().Add(-ThreatLifetime))
	if err != nil || len(threats) == 0 {
		return err
	}
	known, err := tx.Concerns(ctx, t.ID, concernsShown)
	if err != nil {
		return err
	}
	for i := range threats {
		if err := s.matchThreat(ctx, tx, t, author, &threats[i], known); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) matchThreat(ctx context.Context, tx Tx, t *Thread, author *Actor, threat *Threat, known []ConcernView) error {
	reason := threat.fits(t.Case, author)
	if reason == "" || !threat.At.Before(t.PublishedAt) {
		return nil
	}
	for i := range known {
		if known[i].Kind == ConcernThreat && known[i].ByID == threat.ByID && known[i].Words == threat.Words {
			return nil
		}
	}
	speaks, err := s.represents(ctx, tx, threat.ByID, t)
	if err != nil || !speaks {
		return err
	}
	now := s.clock.Now()
	c := &Concern{ID: s.ids.New(now), Kind: ConcernThreat, ThreadID: t.ID, PostID: t.ID, CompanyID: threat.CompanyID, ByID: threat.ByID, Reason: reason, Words: threat.Words, State: ConcernOpen, At: now}
	if err := tx.SaveConcern(ctx, c); err != nil {
		return err
	}
	keepers, err := s.keepersOf(ctx, tx, t.ForumID)
	if err != nil {
		return err
	}
	tell := map[ID]bool{}
	for _, id := range keepers {
		tell[id] = true
	}
	return s.tellOfConcern(ctx, tx, c, tell)
}

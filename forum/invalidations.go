package forum

import (
	"context"
	"time"
	"unicode/utf8"
)

// Invalidation takes people out of the counts for a reason that everybody can
// read, and can be undone.
type Invalidation struct {
	ID        ID
	Kind      ParticipationKind
	SubjectID ID
	Rule      InvalidationRule
	Reason    string
	Number    int
	ByID      ID
	At        time.Time
	UndoneAt  time.Time // zero: it stands
}

// InvalidationRule says whom an invalidation takes out: those to whom all that is
// set applies. It needs at least one thing beside the subject.
type InvalidationRule struct {
	Kind    ParticipationKind `json:"-"`
	Subject ID                `json:"-"`
	Server  *string           `json:"server,omitempty"` // "" for this one
	Tier    Tier              `json:"tier,omitempty"`
	Route   Route             `json:"route,omitempty"`
	From    time.Time         `json:"from,omitzero"`
	Until   time.Time         `json:"until,omitzero"`
	Network string            `json:"network,omitempty"` // its keyed hash
	Agent   string            `json:"agent,omitempty"`
	Name    string            `json:"name,omitempty"` // that accounts' names begin with
	One     ID                `json:"one,omitempty"`  // a single one
}

// Empty says whether a rule would take out everybody.
func (r *InvalidationRule) Empty() bool {
	return r.Server == nil && r.Tier == "" && r.Route == "" && r.From.IsZero() && r.Until.IsZero() && r.Network == "" && r.Agent == "" && r.Name == "" && r.One == 0
}

const maxInvalidated = 100_000

// mayInvalidate says whether by keeps order where a subject stands, and in which
// forum that is.
func (s *Service) mayInvalidate(ctx context.Context, r Reader, by *Account, kind ParticipationKind, id ID) (forum ID, err error) {
	if kind == Signature {
		a, err := r.ActionByID(ctx, id)
		if err != nil {
			return 0, err
		}
		return a.HomeID, s.mayModerate(ctx, r, by, a.ID)
	}
	t, err := r.Thread(ctx, id)
	if err != nil {
		return 0, err
	}
	return t.ForumID, s.mayModerate(ctx, r, by, t.ForumID)
}

// aboutCounts is a decision about who is counted on a subject.
func aboutCounts(decided DecisionKind, kind ParticipationKind, subject, invalidation ID, number int, reason string) Decision {
	d := about(decided, subject, reason)
	if kind == Signature {
		d.SubjectKind = AboutAction
	}
	d.OtherID, d.Number = invalidation, number
	return d
}

// MatchInvalidation counts whom a rule would take out.
func (s *Service) MatchInvalidation(ctx context.Context, by *Account, rule InvalidationRule) (int, error) {
	if _, err := s.mayInvalidate(ctx, s.store, by, rule.Kind, rule.Subject); err != nil {
		return 0, err
	}
	if rule.Empty() {
		return 0, invalid("rule", "InvalidateAll", nil)
	}
	n := 0
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		list, err := tx.MatchingParticipations(ctx, rule, maxInvalidated)
		n = len(list)
		return err
	})
	return n, err
}

// Invalidate takes those to whom a rule applies out of the counts. Moderators may.
func (s *Service) Invalidate(ctx context.Context, by *Account, rule InvalidationRule, reason string) (*Invalidation, error) {
	reason = trimText(reason)
	switch {
	case rule.Empty():
		return nil, invalid("rule", "InvalidateAll", nil)
	case reason == "":
		return nil, invalid("reason", "ReasonMissing", nil)
	case utf8.RuneCountInString(reason) > MaxReason:
		return nil, invalid("reason", "TextTooLong", map[string]any{"Max": MaxReason})
	}
	now := s.clock.Now()
	i := &Invalidation{ID: s.ids.New(now), Kind: rule.Kind, SubjectID: rule.Subject, Rule: rule, Reason: reason, At: now}
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		forum, err := s.mayInvalidate(ctx, tx, by, rule.Kind, rule.Subject)
		if err != nil {
			return err
		}
		list, err := tx.MatchingParticipations(ctx, rule, maxInvalidated)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return invalid("rule", "NobodyMatches", nil)
		}
		i.ByID, i.Number = by.ID, len(list)
		if err := tx.AddInvalidation(ctx, i); err != nil {
			return err
		}
		if err := s.logDecision(ctx, tx, &by.Actor, &Actor{ID: forum}, aboutCounts(DecisionInvalidated, rule.Kind, rule.Subject, i.ID, i.Number, reason)); err != nil {
			return err
		}
		for j := range list {
			list[j].InvalidationID = i.ID
			if err := tx.SaveParticipation(ctx, &list[j]); err != nil {
				return err
			}
		}
		return s.participationMoved(ctx, tx, &list[0])
	})
	if err != nil {
		return nil, err
	}
	return i, nil
}

// UndoInvalidation counts those again whom an invalidation took out and who still
// want to be counted.
func (s *Service) UndoInvalidation(ctx context.Context, by *Account, kind ParticipationKind, subject, id ID) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		forum, err := s.mayInvalidate(ctx, tx, by, kind, subject)
		if err != nil {
			return err
		}
		list, err := tx.ParticipationsInvalidated(ctx, id, maxInvalidated)
		if err != nil {
			return err
		}
		for i := range list {
			if p := &list[i]; p.Kind != kind || p.SubjectID != subject && p.MergedWith != subject {
				return notFound()
			}
			list[i].InvalidationID = 0
			if err := tx.SaveParticipation(ctx, &list[i]); err != nil {
				return err
			}
		}
		of, err := tx.UndoInvalidation(ctx, id, by.ID, s.clock.Now())
		if err != nil || of == 0 {
			return err
		}
		if err := s.logDecision(ctx, tx, &by.Actor, &Actor{ID: forum}, aboutCounts(DecisionCounted, kind, of, id, len(list), "")); err != nil || len(list) == 0 {
			return err
		}
		return s.participationMoved(ctx, tx, &list[0])
	})
}

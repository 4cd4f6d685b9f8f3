package forum

import (
	"context"
	"time"
)

// BurstKind is what people have in common who came at once.
type BurstKind string

// The kinds.
const (
	BurstNetwork BurstKind = "network" // the network they came from
	BurstAgent   BurstKind = "agent"   // and the network's program, within an hour
	BurstServer  BurstKind = "server"  // a server elsewhere, of which all accounts are new
	BurstMinute  BurstKind = "minute"  // the minute in which they came
)

// Burst is a number of people that look as if somebody had invented them. That is
// for people to decide: nothing follows from it by itself.
type Burst struct {
	Kind   BurstKind
	Rule   InvalidationRule // that applies to them
	Number int
	At     time.Time // when the first of them came
}

// BurstsQuery asks for bursts on a subject.
type BurstsQuery struct {
	Kind    ParticipationKind
	Subject ID
	Since   time.Time
	Least   int // people that make one
	Minute  int // people in one minute that make one
	Limit   int
}

const (
	burstPeople   = 5
	burstMinute   = 10
	burstsShown   = 20
	burstLookBack = 30 * 24 * time.Hour
	// burstAlertBack is how far back people are looked at that nobody was told of.
	burstAlertBack = 24 * time.Hour
)

// Counted is something that people are counted on.
type Counted struct {
	Kind    ParticipationKind
	Subject ID
	ToldAt  time.Time // when those who keep order were last told of a burst there; zero: never
}

// Bursts lists what looks like a burst on a subject, the largest first, for those
// who keep order there.
func (s *Service) Bursts(ctx context.Context, by *Account, kind ParticipationKind, subject ID) ([]Burst, error) {
	if _, err := s.mayInvalidate(ctx, s.store, by, kind, subject); err != nil {
		return nil, err
	}
	return s.store.Bursts(ctx, BurstsQuery{Kind: kind, Subject: subject, Since: s.clock.Now().Add(-burstLookBack), Least: burstPeople, Minute: burstMinute, Limit: burstsShown})
}

// alertBursts tells those who keep order where people came in a burst since they were
// last told of one.
func (s *Service) alertBursts(ctx context.Context) error {
	now := s.clock.Now()
	since := now.Add(-burstAlertBack)
	lately, err := s.store.CountedSince(ctx, since)
	if err != nil {
		return err
	}
	for _, c := range lately {
		from := since
		if c.ToldAt.After(from) {
			from = c.ToldAt
		}
		found, err := s.store.Bursts(ctx, BurstsQuery{Kind: c.Kind, Subject: c.Subject, Since: from, Least: burstPeople, Minute: burstMinute, Limit: 1})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			continue
		}
		if err := s.write(ctx, func(ctx context.Context, tx Tx) error { return s.alertBurst(ctx, tx, c, now) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) alertBurst(ctx context.Context, tx Tx, c Counted, now time.Time) error {
	n := Notification{Kind: NotifyBurst, SubjectID: c.Subject, At: now}
	place := c.Subject // whose keepers are told
	if c.Kind == Signature {
		a, err := tx.ActionByID(ctx, c.Subject)
		if err != nil || !a.Local() {
			return err
		}
		n.ActorID = a.ID
	} else {
		t, err := tx.Thread(ctx, c.Subject)
		if err != nil || t.Hidden() {
			return err
		}
		n.PostID, place = t.ID, t.ForumID
	}
	if err := tx.AlertedOfBurst(ctx, c.Kind, c.Subject, now); err != nil {
		return err
	}
	keepers, err := s.keepersOf(ctx, tx, place)
	if err != nil {
		return err
	}
	for _, account := range keepers {
		n.ID, n.AccountID = s.ids.New(now), account
		if err := s.tell(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

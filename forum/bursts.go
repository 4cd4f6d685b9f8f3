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
)

// Bursts lists what looks like a burst on a subject, the largest first, for those
// who keep order there.
func (s *Service) Bursts(ctx context.Context, by *Account, kind ParticipationKind, subject ID) ([]Burst, error) {
	if err := s.mayInvalidate(ctx, s.store, by, kind, subject); err != nil {
		return nil, err
	}
	return s.store.Bursts(ctx, BurstsQuery{Kind: kind, Subject: subject, Since: s.clock.Now().Add(-burstLookBack), Least: burstPeople, Minute: burstMinute, Limit: burstsShown})
}

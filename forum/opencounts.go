package forum

import (
	"context"
	"time"
)

// OpenCount is one line of the data from which anybody can count again: a person,
// without anything that tells who it is.
type OpenCount struct {
	ID      string // means nothing, and is the same each time
	Version int    // of the text that was signed; 0 for co-claims
	Tier    Tier
	Server  string // "" for this one
	Route   Route
	Hour    time.Time // in which the person came
	State   OpenState
	Number  int // people: more than one on a sheet of paper only
	// Invalidation is the ID of what took the person out of the counts.
	Invalidation ID
}

// OpenState is what became of somebody who let themselves be counted.
type OpenState string

// The states. Only what is counted is in the figures.
const (
	OpenCounted     OpenState = "counted"
	OpenWithdrawn   OpenState = "withdrawn"
	OpenInvalidated OpenState = "invalidated"
)

const openCountsAtOnce = 1000

// OpenCounts hands every line about a subject to yield, in the order in which
// people came, until that returns an error.
func (s *Service) OpenCounts(ctx context.Context, kind ParticipationKind, subject ID, yield func(OpenCount) error) error {
	for after := ID(0); ; {
		list, err := s.store.Participations(ctx, kind, subject, after, openCountsAtOnce)
		if err != nil {
			return err
		}
		for i := range list {
			after = list[i].ID
			if list[i].Elsewhere {
				continue
			}
			c, err := s.openCount(ctx, &list[i].Participation)
			if err == nil {
				err = yield(c)
			}
			if err != nil {
				return err
			}
		}
		if len(list) < openCountsAtOnce {
			break
		}
	}
	if kind != Signature {
		return nil
	}
	return s.openSheets(ctx, subject, yield)
}

// openSheets hands out the sheets of paper of an action.
func (s *Service) openSheets(ctx context.Context, action ID, yield func(OpenCount) error) error {
	sheets, err := s.store.Papers(ctx, action)
	for i := range sheets {
		if err != nil {
			return err
		}
		sheet := &sheets[i]
		c := OpenCount{Tier: TierPaper, Route: RoutePaper, Hour: sheet.At.Truncate(time.Hour), State: OpenCounted, Number: sheet.Number}
		if !sheet.UndoneAt.IsZero() {
			c.State = OpenWithdrawn
		}
		if c.ID, err = s.salted(ctx, sheet.ID); err == nil {
			err = yield(c)
		}
	}
	return err
}

func (s *Service) openCount(ctx context.Context, p *Participation) (OpenCount, error) {
	id, err := s.salted(ctx, p.ID)
	c := OpenCount{ID: id, Version: p.Version, Tier: p.Tier, Server: p.Server, Route: p.Route, Hour: p.At.Truncate(time.Hour), State: OpenCounted, Number: 1, Invalidation: p.InvalidationID}
	switch {
	case !p.WithdrawnAt.IsZero():
		c.State, c.Invalidation = OpenWithdrawn, 0
	case p.InvalidationID != 0:
		c.State = OpenInvalidated
	}
	return c, err
}

// Recount counts the lines of open data, as whoever has them can.
func Recount(lines []OpenCount) TierTally {
	var t TierTally
	for _, c := range lines {
		switch c.State {
		case OpenCounted:
			*t.Of(c.Tier) += c.Number
		case OpenInvalidated:
			t.Invalidated += c.Number
		}
	}
	return t
}

// MayInvalidate returns an error where by may not take anybody out of the counts of
// a subject.
func (s *Service) MayInvalidate(ctx context.Context, by *Account, kind ParticipationKind, subject ID) error {
	_, err := s.mayInvalidate(ctx, s.store, by, kind, subject)
	return err
}

// Newcomers says who elsewhere counts as new.
func (s *Service) Newcomers() Newcomers { return s.newcomers }

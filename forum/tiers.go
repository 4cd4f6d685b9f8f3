package forum

import (
	"context"
	"time"
)

// Tier is how well it is known who somebody is that is counted. Figures never
// add the tiers up without showing them.
type Tier string

// The tiers.
const (
	TierEmail Tier = "email" // a confirmed e-mail address, no account
	TierLocal Tier = "local" // an account here
	TierKnown Tier = "known" // an account on a server that is known here
	TierNew   Tier = "new"   // an account elsewhere that is young or empty, or on a new server
	TierPaper Tier = "paper" // on a sheet of paper, entered by a sponsor
)

// Tiers lists them in the order in which they are shown.
var Tiers = []Tier{TierLocal, TierEmail, TierKnown, TierNew, TierPaper}

// TierTally is how many people are counted, by tier. Those that were invalidated
// do not count, and stand beside the others.
type TierTally struct {
	Email       int `json:"email"`
	Local       int `json:"local"`
	Known       int `json:"known"`
	New         int `json:"new"`
	Paper       int `json:"paper"`
	Invalidated int `json:"invalidated"`
}

// Signed is how many count.
func (t TierTally) Signed() int { return t.Email + t.Local + t.Known + t.New + t.Paper }

// Of is the number of one tier.
func (t *TierTally) Of(tier Tier) *int {
	switch tier {
	case TierEmail:
		return &t.Email
	case TierLocal:
		return &t.Local
	case TierKnown:
		return &t.Known
	case TierPaper:
		return &t.Paper
	}
	return &t.New
}

const (
	// youngAccount is how old an account elsewhere must be to be known: since it
	// says it exists or, where it does not, since it was first seen here.
	youngAccount = 30 * 24 * time.Hour
	// newServer is how long ago somebody of its server must first have been seen.
	newServer = 7 * 24 * time.Hour
)

// tierOf says how well it is known who an actor is. Accounts elsewhere are made by
// the thousand in minutes: those without a past, or without anything that a person
// would give a profile, are counted apart.
func (s *Service) tierOf(ctx context.Context, r Reader, a *Actor) (Tier, error) {
	switch {
	case a.Local() && a.Guest:
		return TierEmail, nil
	case a.Local():
		return TierLocal, nil
	}
	now := s.clock.Now()
	empty := a.IconURL == "" && a.Summary == "" && len(a.Fields) == 0
	if empty || now.Sub(a.CreatedAt) < youngAccount {
		return TierNew, nil
	}
	since, err := r.ServerSeen(ctx, a.Host)
	if err != nil || since.IsZero() || now.Sub(since) < newServer {
		return TierNew, err
	}
	return TierKnown, nil
}

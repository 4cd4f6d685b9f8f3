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

// Newcomers say who elsewhere counts as new.
type Newcomers struct {
	// Account is how old an account must be to be known: since it says it exists or,
	// where it does not, since it was first seen here.
	Account time.Duration
	// Server is how long ago somebody of its server must first have been seen.
	Server time.Duration
}

// DefaultNewcomers are used where nothing is configured.
var DefaultNewcomers = Newcomers{Account: 30 * 24 * time.Hour, Server: 7 * 24 * time.Hour}

// Doubt is why somebody elsewhere counts as new.
type Doubt string

// The doubts.
const (
	DoubtYoung  Doubt = "young"  // the account is young
	DoubtEmpty  Doubt = "empty"  // it has no picture, no description and no fields
	DoubtServer Doubt = "server" // its server is new here
)

// tierOf says how well it is known who an actor is, and why no better. Accounts
// elsewhere are made by the thousand in minutes: those without a past, or without
// anything that a person would give a profile, are counted apart.
func (s *Service) tierOf(ctx context.Context, r Reader, a *Actor) (Tier, []Doubt, error) {
	switch {
	case a.Local() && a.Guest:
		return TierEmail, nil, nil
	case a.Local():
		return TierLocal, nil, nil
	}
	now := s.clock.Now()
	var doubts []Doubt
	if now.Sub(a.CreatedAt) < s.newcomers.Account {
		doubts = append(doubts, DoubtYoung)
	}
	if a.IconURL == "" && a.Summary == "" && len(a.Fields) == 0 {
		doubts = append(doubts, DoubtEmpty)
	}
	since, err := r.ServerSeen(ctx, a.Host)
	if err != nil {
		return "", nil, err
	}
	if since.IsZero() || now.Sub(since) < s.newcomers.Server {
		doubts = append(doubts, DoubtServer)
	}
	if len(doubts) > 0 {
		return TierNew, doubts, nil
	}
	return TierKnown, nil, nil
}

const tiersAtOnce = 200

// lookAgain looks once more at those who counted as new, when their accounts are
// old enough to be known by now. It happens once for each: whoever is still in
// doubt then stays so.
func (s *Service) lookAgain(ctx context.Context) error {
	for {
		n := 0
		err := s.write(ctx, func(ctx context.Context, tx Tx) error {
			list, err := tx.NewcomersDue(ctx, s.clock.Now().Add(-max(s.newcomers.Account, s.newcomers.Server)), tiersAtOnce)
			n = len(list)
			for i := range list {
				if err == nil {
					err = s.lookAgainAt(ctx, tx, &list[i])
				}
			}
			return err
		})
		if err != nil || n < tiersAtOnce {
			return err
		}
	}
}

func (s *Service) lookAgainAt(ctx context.Context, tx Tx, p *Participation) error {
	a, err := tx.Actor(ctx, p.ActorID)
	if err != nil && CodeOf(err) != NotFound {
		return err
	}
	p.Rechecked = true
	if err != nil || a.Active() != nil {
		return tx.SaveParticipation(ctx, p)
	}
	tier, doubts, err := s.tierOf(ctx, tx, a)
	if err != nil {
		return err
	}
	p.Tier, p.Doubts = tier, doubts
	if err := tx.SaveParticipation(ctx, p); err != nil || tier == TierNew {
		return err
	}
	return s.participationMoved(ctx, tx, p)
}

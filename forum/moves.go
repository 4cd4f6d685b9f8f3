package forum

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Moving takes one's followers along to another account of one's own. The new
// account names the old one in alsoKnownAs, so that nobody can send others'
// followers away; the old one then says where it went.

const (
	// MaxAliases is how many accounts of their own people name.
	MaxAliases = 5
	// MoveInterval is how long one waits between two moves. Every server that is
	// told makes its people follow anew, which is work for many.
	MoveInterval = 30 * 24 * time.Hour
	// heedInterval is how often a move from elsewhere is followed, as on Mastodon.
	heedInterval = 7 * 24 * time.Hour
	// maxForeignAliases bounds the aliases of a remote actor that are kept.
	maxForeignAliases = 50
	followersPerMove  = 50
)

// AddAlias names another account, by handle or address, as one's own: it can
// then be moved here.
func (s *Service) AddAlias(ctx context.Context, by *Account, address string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	other, err := s.otherAccount(ctx, by, "alias", address)
	if err != nil {
		return err
	}
	return s.changeAliases(ctx, by, func(aliases []string) ([]string, error) {
		switch {
		case slices.Contains(aliases, other.URI):
			return aliases, nil
		case len(aliases) >= MaxAliases:
			return nil, &Error{Code: Conflict, Key: "TooManyAliases", Args: map[string]any{"Max": MaxAliases}}
		}
		return append(aliases, other.URI), nil
	})
}

// RemoveAlias no longer names an account as one's own; it succeeds when it was
// not.
func (s *Service) RemoveAlias(ctx context.Context, by *Account, uri string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.changeAliases(ctx, by, func(aliases []string) ([]string, error) {
		return slices.DeleteFunc(aliases, func(a string) bool { return a == uri }), nil
	})
}

func (s *Service) changeAliases(ctx context.Context, by *Account, change func([]string) ([]string, error)) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.Account(ctx, by.ID)
		if err != nil {
			return err
		}
		if err := account.Active(); err != nil {
			return err
		}
		if account.AlsoKnownAs, err = change(account.AlsoKnownAs); err != nil {
			return err
		}
		if err := tx.SetAliases(ctx, account.ID, account.AlsoKnownAs); err != nil {
			return err
		}
		o := s.outbox()
		s.tellProfile(o, &account.Actor)
		return o.post(ctx, tx)
	})
}

// tellProfile tells followers what a person's actor says now.
func (s *Service) tellProfile(o *outbox, a *Actor) {
	id := s.ids.New(s.clock.Now())
	o.send(id, a, a.URI, PriorityUpdate, o.keep(s.publisher.UpdateActor(id, a, nil)), Recipients{FollowersOf: a.ID})
}

// otherAccount finds another account by handle or address, and reads what its
// server says of it now.
func (s *Service) otherAccount(ctx context.Context, by *Account, field, address string) (*Actor, error) {
	address = strings.TrimSpace(address)
	unknown := invalid(field, "AccountThereUnknown", nil)
	if address == "" || len(address) > maxAddress {
		return nil, unknown
	}
	if !strings.Contains(address, "://") {
		found, err := s.FindActor(ctx, address)
		if CodeOf(err) == NotFound {
			return nil, unknown
		}
		if err != nil {
			return nil, err
		}
		address = found.URI
	}
	actor, err := s.freshActor(ctx, address)
	switch code := CodeOf(err); {
	case code == NotFound, code == Gone, code == Invalid, err == nil && (actor == nil || actor.Kind == Group || actor.Kind == Application || actor.Active() != nil):
		return nil, unknown
	case err != nil:
		return nil, err
	case actor.ID == by.ID:
		return nil, invalid(field, "AccountIsThis", nil)
	}
	return actor, nil
}

// freshActor reads an actor from where it lives; nil when something else is at
// that address.
func (s *Service) freshActor(ctx context.Context, uri string) (*Actor, error) {
	if s.addresses.IsLocal(uri) {
		return s.store.ActorByURI(ctx, uri)
	}
	if !s.federating {
		return nil, &Error{Code: Unavailable, Key: "FederationOff"}
	}
	found, err := s.resolver.Resolve(ctx, uri)
	return found.Actor, err
}

// Move sends one's followers to another account, which has to name this one as
// its own. From then on this account cannot write, until the move is taken back.
// The password confirms (or the name, for accounts without one), and the code of
// the second step where that is on.
func (s *Service) Move(ctx context.Context, by *Account, address, confirmation, code string) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	if err := s.confirmOwner(ctx, by, confirmation, code); err != nil {
		return err
	}
	target, err := s.otherAccount(ctx, by, "target", address)
	if err != nil {
		return err
	}
	if !slices.Contains(target.AlsoKnownAs, by.URI) || target.MovedTo != "" {
		return invalid("target", "MoveNotConfirmed", map[string]any{"Handle": s.handleOf(&by.Actor)})
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.Account(ctx, by.ID)
		if err != nil {
			return err
		}
		if err := account.MayWrite(); err != nil {
			return err
		}
		now := s.clock.Now()
		if next := account.MovedAt.Add(MoveInterval); !account.MovedAt.IsZero() && now.Before(next) {
			return &Error{Code: Conflict, Key: "MovedRecently"}
		}
		account.MovedTo, account.MovedAt = target.URI, now
		if err := tx.SetMove(ctx, account.ID, target.URI, now); err != nil {
			return err
		}
		o := s.outbox()
		s.tellProfile(o, &account.Actor)
		id := s.ids.New(now)
		o.send(id, &account.Actor, account.URI, PriorityUpdate, o.keep(s.publisher.Move(id, &account.Actor, target)), Recipients{FollowersOf: account.ID})
		if err := o.post(ctx, tx); err != nil {
			return err
		}
		return tx.Enqueue(ctx, MoveJob{From: account.ID, To: target.ID})
	})
}

// UndoMove lets one write here again; the followers stay where they went. It
// succeeds when one has not moved.
func (s *Service) UndoMove(ctx context.Context, by *Account) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.Account(ctx, by.ID)
		if err != nil || account.MovedTo == "" {
			return err
		}
		account.MovedTo = ""
		if err := tx.SetMove(ctx, account.ID, "", account.MovedAt); err != nil {
			return err
		}
		o := s.outbox()
		s.tellProfile(o, &account.Actor)
		return o.post(ctx, tx)
	})
}

// confirmOwner makes sure that it is the owner who asks: the password, or the
// name where there is none, and a code of the second step where that is on.
func (s *Service) confirmOwner(ctx context.Context, by *Account, confirmation, code string) error {
	if by.PasswordHash != "" && !s.passwords.Matches(confirmation, by.PasswordHash) {
		return invalid("confirmation", "PasswordWrong", nil)
	}
	if by.PasswordHash == "" && confirmation != by.Name {
		return invalid("confirmation", "NameWrong", nil)
	}
	right := true
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		step, err := tx.SecondStep(ctx, by.ID)
		if CodeOf(err) == NotFound || err == nil && step.ConfirmedAt.IsZero() {
			return nil
		}
		if err == nil {
			right, err = s.checkCode(ctx, tx, by.ID, code) // a wrong one is counted
		}
		return err
	})
	if err == nil && !right {
		err = invalid("code", "CodeWrong", nil)
	}
	return err
}

// handleOf is an actor's handle as others find it.
func (s *Service) handleOf(a *Actor) string {
	if a.Local() {
		return "@" + a.Name + "@" + s.addresses.Host()
	}
	return "@" + a.Handle()
}

// ReceiveMove makes those here who follow its actor follow the target instead.
// The target must have been read just now.
func (s *Service) ReceiveMove(ctx context.Context, in Inbound, target *Actor) (Outcome, error) {
	if target.ID == in.Actor.ID || target.Active() != nil || target.MovedTo != "" || !slices.Contains(target.AlsoKnownAs, in.Actor.URI) {
		return Ignored("the target does not say that it is the same person"), nil
	}
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		old, err := tx.Actor(ctx, in.Actor.ID)
		if err != nil {
			return Outcome{}, err
		}
		now := s.clock.Now()
		if !old.MovedAt.IsZero() && now.Sub(old.MovedAt) < heedInterval {
			return Ignored("they moved a few days ago"), nil
		}
		if err := tx.SetMove(ctx, old.ID, target.URI, now); err != nil {
			return Outcome{}, err
		}
		return Done, tx.Enqueue(ctx, MoveJob{From: old.ID, To: target.ID})
	})
}

// MoveJob makes the local followers of one account follow another.
type MoveJob struct {
	From ID `json:"from"`
	To   ID `json:"to"`
}

// Kind names the job in the queue.
func (MoveJob) Kind() string { return "move" }

// WorkMove does a MoveJob. Those who have come along no longer follow the old
// account, so nobody is told twice when it is done again.
func (s *Service) WorkMove(ctx context.Context, job MoveJob) error {
	from, err := s.store.Actor(ctx, job.From)
	if err != nil {
		return err
	}
	to, err := s.store.Actor(ctx, job.To)
	if err != nil || to.Active() != nil || from.MovedTo != to.URI {
		return err
	}
	for {
		left := 0
		err := s.write(ctx, func(ctx context.Context, tx Tx) error {
			followers, err := tx.LocalFollowers(ctx, from.ID, followersPerMove)
			left = len(followers)
			for i := 0; err == nil && i < len(followers); i++ {
				err = s.takeAlong(ctx, tx, &followers[i], from, to)
			}
			return err
		})
		if err != nil || left < followersPerMove {
			return err
		}
	}
}

// takeAlong lets one local follower follow the new account, unless one of the two
// has blocked the other.
func (s *Service) takeAlong(ctx context.Context, tx Tx, follower, from, to *Actor) error {
	if err := s.unfollow(ctx, tx, follower, from); err != nil || follower.ID == to.ID {
		return err
	}
	for _, pair := range [][2]ID{{follower.ID, to.ID}, {to.ID, follower.ID}} {
		if blocked, err := tx.Blocked(ctx, pair[0], pair[1]); err != nil || blocked {
			return err
		}
	}
	if _, err := s.followActor(ctx, tx, follower, to); err != nil {
		return err
	}
	return s.notify(ctx, tx, NotifyMove, follower.ID, to, 0, 0)
}

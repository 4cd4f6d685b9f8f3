package forum

import (
	"context"
	"time"
)

// MaxPins is how many of their own posts people pin.
const MaxPins = 5

// Pin is a post that its author shows at the head of their profile.
type Pin struct {
	ActorID ID
	PostID  ID
	At      time.Time
}

// Pin shows one's own post at the head of one's profile (on) or no longer (off).
// Doing so twice succeeds and changes nothing. Whoever follows is told.
func (s *Service) Pin(ctx context.Context, by *Account, id ID, on bool) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		post, err := tx.Post(ctx, id)
		switch {
		case err != nil:
			return err
		case post.Hidden():
			return &Error{Code: Gone, Key: "PostDeleted"}
		case post.AuthorID != by.ID:
			return &Error{Code: Forbidden, Key: "PinOwnOnly"}
		case post.Private && on: // profiles are for everybody
			return &Error{Code: Forbidden, Key: "PinPrivate"}
		}
		now := s.clock.Now()
		changed, err := s.changePin(ctx, tx, Pin{ActorID: by.ID, PostID: id, At: now}, on)
		if err != nil || !changed {
			return err
		}
		o := s.outbox()
		activity := s.ids.New(now)
		o.send(activity, &by.Actor, post.URI, PriorityUpdate, o.keep(s.publisher.Pin(activity, &by.Actor, post.URI, on)), Recipients{FollowersOf: by.ID})
		return o.post(ctx, tx)
	})
}

func (s *Service) changePin(ctx context.Context, tx Tx, p Pin, on bool) (changed bool, err error) {
	if on {
		return tx.AddPin(ctx, p, MaxPins)
	}
	return tx.RemovePin(ctx, p.ActorID, p.PostID)
}

// ReceivePin takes an Add to, or a Remove from, the collection of what its actor
// pins. Only posts of theirs that are known here are shown.
func (s *Service) ReceivePin(ctx context.Context, in Inbound, postURI string, on bool) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		post, err := tx.PostByURI(ctx, postURI)
		switch {
		case CodeOf(err) == NotFound || err == nil && post.Hidden():
			return NotYet("the post is not known here"), nil
		case err != nil:
			return Outcome{}, err
		case post.AuthorID != in.Actor.ID:
			return Ignored("it is another's post"), nil
		}
		_, err = s.changePin(ctx, tx, Pin{ActorID: in.Actor.ID, PostID: post.ID, At: s.clock.Now()}, on)
		if CodeOf(err) == Conflict {
			return Ignored("no more pins are shown"), nil
		}
		return Done, err
	})
}

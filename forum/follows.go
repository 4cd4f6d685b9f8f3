package forum

import "context"

// Follow makes an account hear from a forum or a person, here or elsewhere. A
// remote actor has to accept first; until then the follow is pending. Following
// twice succeeds and changes nothing.
func (s *Service) Follow(ctx context.Context, by *Account, handle string) (FollowState, error) {
	if err := by.MayWrite(); err != nil {
		return "", err
	}
	target, err := s.FindActor(ctx, handle)
	if err != nil {
		return "", err
	}
	if err := target.Active(); err != nil {
		return "", err
	}
	switch {
	case target.ID == by.ID:
		return "", invalid("handle", "FollowSelf", nil)
	case target.Kind == Application:
		return "", notFound()
	}
	if target.MovedTo != "" {
		return "", &Error{Code: Conflict, Key: "TargetMoved"}
	}
	if target.Private { // followers are shown to others
		return "", &Error{Code: Forbidden, Key: "MembersDoNotFollow"}
	}
	var state FollowState
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		if blocked, err := tx.Blocked(ctx, target.ID, by.ID); err != nil {
			return err
		} else if blocked {
			return &Error{Code: Forbidden, Key: "BlockedByThem"}
		}
		state, err = s.followActor(ctx, tx, &by.Actor, target)
		return err
	})
	return state, err
}

// followActor stores a local actor's follow and asks for it where the target is
// elsewhere. It returns the state of a follow that was there before.
func (s *Service) followActor(ctx context.Context, tx Tx, by, target *Actor) (FollowState, error) {
	now := s.clock.Now()
	id := s.ids.New(now)
	follow := Follow{Follower: *by, Target: *target, URI: s.addresses.Activity(id), State: FollowPending, At: now}
	if target.Local() && !target.Locked {
		follow.State = FollowAccepted
	}
	existing, err := tx.AddFollow(ctx, follow)
	if err != nil {
		return "", err
	}
	if existing != nil {
		return existing.State, nil
	}
	if target.Local() {
		return follow.State, s.notifyFollow(ctx, tx, target, by)
	}
	o := s.outbox()
	o.send(id, by, target.URI, PriorityModeration, o.keep(s.publisher.Follow(id, by, target)), Recipients{Actor: target.ID, Direct: true})
	return follow.State, o.post(ctx, tx)
}

// Unfollow ends a follow; it succeeds when there was none.
func (s *Service) Unfollow(ctx context.Context, by *Account, handle string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	target, err := s.FindActor(ctx, handle)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		return s.unfollow(ctx, tx, &by.Actor, target)
	})
}

func (s *Service) unfollow(ctx context.Context, tx Tx, by, target *Actor) error {
	was, err := tx.RemoveFollow(ctx, by.ID, target.ID)
	if err != nil || was == nil || target.Local() {
		return err
	}
	o := s.outbox()
	id := s.ids.New(s.clock.Now())
	undo := o.keep(s.publisher.Undo(id, by, o.keep(s.publisher.Follow(s.activityID(was.URI), by, target))))
	o.send(id, by, target.URI, PriorityModeration, undo, Recipients{Actor: target.ID, Direct: true})
	return o.post(ctx, tx)
}

// RemoveFollower ends that somebody follows the account; it succeeds when they did
// not. They may follow again: to keep them from it is to block them.
func (s *Service) RemoveFollower(ctx context.Context, by *Account, handle string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	follower, err := s.FindActor(ctx, handle)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		was, err := tx.RemoveFollow(ctx, follower.ID, by.ID)
		if err != nil || was == nil || follower.Local() {
			return err
		}
		o := s.outbox()
		id := s.ids.New(s.clock.Now())
		o.add(OutgoingActivity{ID: id, Signer: by.ID, Subject: was.URI, Priority: PriorityModeration, Hidden: true,
			Payloads: []Payload{{For: AllFamilies, Body: o.keep(s.publisher.Reject(id, &by.Actor, *was))}}, Audience: []Recipients{{Actor: follower.ID, Direct: true}}})
		return o.post(ctx, tx)
	})
}

// notifyFollow tells a person of a new follower. A forum's moderators are not
// told: to them followers are a number, not news.
func (s *Service) notifyFollow(ctx context.Context, tx Tx, target, by *Actor) error {
	if target.Kind != Person && target.Kind != Bot {
		return nil
	}
	return s.notify(ctx, tx, NotifyFollow, target.ID, by, 0, 0)
}

// Block stops another actor from following, answering and notifying the
// account, and ends follows in both directions.
func (s *Service) Block(ctx context.Context, by *Account, handle string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	target, err := s.FindActor(ctx, handle)
	if err != nil {
		return err
	}
	if target.ID == by.ID || target.Kind != Person && target.Kind != Bot && target.Kind != Organization {
		return invalid("handle", "BlockWhom", nil)
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		id := s.ids.New(now)
		added, err := tx.AddBlock(ctx, by.ID, target.ID, s.addresses.Activity(id), now)
		if err != nil || !added {
			return err
		}
		if err := s.unfollow(ctx, tx, &by.Actor, target); err != nil {
			return err
		}
		if _, err := tx.RemoveFollow(ctx, target.ID, by.ID); err != nil || target.Local() {
			return err
		}
		o := s.outbox()
		o.send(id, &by.Actor, target.URI, PriorityModeration, o.keep(s.publisher.Block(id, &by.Actor, target)), Recipients{Actor: target.ID})
		return o.post(ctx, tx)
	})
}

// Unblock lifts a block; it succeeds when there was none.
func (s *Service) Unblock(ctx context.Context, by *Account, handle string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	target, err := s.FindActor(ctx, handle)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		uri, err := tx.RemoveBlock(ctx, by.ID, target.ID)
		if err != nil || uri == "" || target.Local() {
			return err
		}
		o := s.outbox()
		id := s.ids.New(s.clock.Now())
		undo := o.keep(s.publisher.Undo(id, &by.Actor, o.keep(s.publisher.Block(s.activityID(uri), &by.Actor, target))))
		o.send(id, &by.Actor, target.URI, PriorityModeration, undo, Recipients{Actor: target.ID})
		return o.post(ctx, tx)
	})
}

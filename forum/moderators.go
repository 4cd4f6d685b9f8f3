package forum

import (
	"context"
	"slices"
)

// SetModerator adds a moderator to a forum, by name or name@host, or takes one
// away. Administrators may. Doing so twice changes nothing.
func (s *Service) SetModerator(ctx context.Context, by *Account, forum, moderator string, on bool) error {
	if err := adminOnly(by); err != nil {
		return err
	}
	a, err := s.personNamed(ctx, moderator)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		f, err := tx.Forum(ctx, Handle{Name: forum})
		if err != nil {
			return err
		}
		if f.LocalOnly && !a.Local() {
			return &Error{Code: Invalid, Key: "ModeratorElsewhere", Field: "moderators"}
		}
		if moderates, err := tx.Moderates(ctx, a.ID, f.ID); err != nil || moderates == on {
			return err
		}
		if err := tx.SetModerator(ctx, f.ID, a.ID, on); err != nil {
			return err
		}
		now := s.clock.Now()
		o := s.outbox()
		actor := &by.Actor
		if actor.URI == "" { // whoever runs commands has no account
			actor = &f.Actor
		}
		appointment := o.keep(s.publisher.Moderator(s.ids.New(now), actor, a, &f.Actor, on))
		o.relay(s.ids.New(now), &f.Actor, f.URI, PriorityModeration, appointment, now, Recipients{Actor: a.ID})
		return o.post(ctx, tx)
	})
}

// personNamed finds who is to moderate, here or elsewhere: no guest, who has no
// way to.
func (s *Service) personNamed(ctx context.Context, handle string) (*Actor, error) {
	a, err := s.FindActor(ctx, handle)
	if err == nil && (a.Kind != Person && a.Kind != Bot || a.Guest || a.Active() != nil) {
		err = notFound()
	}
	return a, unknownAccount(err, handle)
}

// ReceiveModerator takes a group's word for who moderates it.
func (s *Service) ReceiveModerator(ctx context.Context, in Inbound, group, moderator *Actor, on bool) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		if group.Local() {
			return Outcome{}, &Error{Code: Forbidden, Key: "AdminsOnly"}
		}
		if err := s.vouched(ctx, tx, in, group); err != nil {
			return Outcome{}, err
		}
		return Done, tx.SetModerator(ctx, group.ID, moderator.ID, on)
	})
}

// ReceiveModerators replaces what was known of who moderates a group elsewhere
// by what its collection of moderators says now.
func (s *Service) ReceiveModerators(ctx context.Context, group *Actor, moderators []Actor) error {
	if group.Local() {
		return &Error{Code: Forbidden, Key: "AdminsOnly"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		known, err := tx.ModeratorsOf(ctx, group.ID)
		if err != nil {
			return err
		}
		is := func(id ID) func(Actor) bool { return func(a Actor) bool { return a.ID == id } }
		for i := range known {
			if !slices.ContainsFunc(moderators, is(known[i].ID)) {
				if err := tx.SetModerator(ctx, group.ID, known[i].ID, false); err != nil {
					return err
				}
			}
		}
		for i := range moderators {
			if err := tx.SetModerator(ctx, group.ID, moderators[i].ID, true); err != nil {
				return err
			}
		}
		return nil
	})
}

// GroupJob reads what a group elsewhere says of itself beside its profile: who
// moderates it, and what stands at its head.
type GroupJob struct {
	Group ID `json:"group"`
}

// Kind names the job in the queue.
func (GroupJob) Kind() string { return "group" }

// keepersOf lists those here who keep order in a forum: its moderators, as far as
// they have accounts here, or the administrators where none has.
func (s *Service) keepersOf(ctx context.Context, tx Tx, forum ID) ([]ID, error) {
	moderators, err := tx.ModeratorsOf(ctx, forum)
	if err != nil {
		return nil, err
	}
	var list []ID
	for i := range moderators {
		if moderators[i].Local() {
			list = append(list, moderators[i].ID)
		}
	}
	if len(list) > 0 {
		return list, nil
	}
	admins, err := tx.Admins(ctx)
	for i := range admins {
		list = append(list, admins[i].ID)
	}
	return list, err
}

// mayModerate returns Forbidden unless the account moderates the forum or
// administers the server.
func (s *Service) mayModerate(ctx context.Context, r Reader, by *Account, forumID ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if err := by.Active(); err != nil {
		return err
	}
	if by.IsAdmin() {
		return nil
	}
	moderates, err := r.Moderates(ctx, by.ID, forumID)
	if err != nil {
		return err
	}
	if !moderates {
		return &Error{Code: Forbidden, Key: "ModeratorsOnly"}
	}
	return nil
}

// mayOpen returns Forbidden for whoever may not open threads in a forum that
// keeps that to its moderators.
func (s *Service) mayOpen(ctx context.Context, r Reader, by, forum *Actor) error {
	if !forum.Restricted || by.ID == forum.ID {
		return nil
	}
	moderates, err := r.Moderates(ctx, by.ID, forum.ID)
	if err == nil && !moderates {
		err = &Error{Code: Forbidden, Key: "ModeratorsOpen"}
	}
	return err
}

// vouched returns Forbidden unless an inbound decision about a forum's threads
// is that forum's: it passed the decision on, made it itself, or counts who made
// it among its moderators. What a group passes on is its word, whoever it names:
// Lemmy's administrators are in no list of moderators.
func (s *Service) vouched(ctx context.Context, r Reader, in Inbound, forum *Actor) error {
	switch {
	case in.Via != nil && in.Via.ID != forum.ID:
		return &Error{Code: Forbidden, Key: "OtherForum"}
	case in.Via != nil, in.Actor.ID == forum.ID:
		return nil
	}
	moderates, err := r.Moderates(ctx, in.Actor.ID, forum.ID)
	if err == nil && !moderates {
		err = &Error{Code: Forbidden, Key: "ModeratorsOnly"}
	}
	return err
}

// decided tells of what a moderator here decided about something in a forum: a
// forum of ours passes it on to the group-aware servers that follow it, one
// elsewhere is told if it counts the moderator among its own, and passes it on
// itself. Mastodon and its like know no moderators but their own.
func (s *Service) decided(ctx context.Context, tx Tx, o *outbox, id ID, by, forum *Actor, subject string, activity []byte, also ...Recipients) error {
	if forum.Local() {
		now := s.clock.Now()
		o.relay(s.ids.New(now), forum, subject, PriorityModeration, activity, now, also...)
		return nil
	}
	moderates, err := tx.Moderates(ctx, by.ID, forum.ID)
	if err == nil && moderates {
		o.send(id, by, subject, PriorityModeration, activity, Recipients{Actor: forum.ID})
	}
	return err
}

package forum

import "context"

// SetModerator adds a moderator to a forum, by name or name@host, or takes one
// away. Administrators may.
func (s *Service) SetModerator(ctx context.Context, by *Account, forum, moderator string, on bool) error {
	if err := adminOnly(by); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		f, err := tx.Forum(ctx, Handle{Name: forum})
		if err != nil {
			return err
		}
		a, err := tx.AccountByName(ctx, moderator)
		if err != nil {
			return unknownAccount(err, moderator)
		}
		return tx.SetModerator(ctx, f.ID, a.ID, on)
	})
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
func (s *Service) decided(ctx context.Context, tx Tx, o *outbox, id ID, by, forum *Actor, subject string, activity []byte) error {
	if forum.Local() {
		now := s.clock.Now()
		o.relay(s.ids.New(now), forum, subject, PriorityModeration, activity, now)
		return nil
	}
	moderates, err := tx.Moderates(ctx, by.ID, forum.ID)
	if err == nil && moderates {
		o.send(id, by, subject, PriorityModeration, activity, Recipients{Actor: forum.ID})
	}
	return err
}

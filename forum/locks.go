package forum

import "context"

// LockThread closes a thread, so that nobody replies any more, or opens it
// again. Moderators of its forum may. Doing so twice changes nothing.
func (s *Service) LockThread(ctx context.Context, by *Account, id ID, locked bool) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		t, forum, err := s.moderated(ctx, tx, by, id)
		if err != nil || t.Locked() == locked {
			return err
		}
		if err := s.logDecision(ctx, tx, &by.Actor, forum, about(lockKind(locked), t.ID, "")); err != nil {
			return err
		}
		return s.lock(ctx, tx, by, t, forum, locked)
	})
}

func lockKind(locked bool) DecisionKind {
	if locked {
		return DecisionLocked
	}
	return DecisionUnlocked
}

// lock closes a thread, or opens it again, and tells other servers.
func (s *Service) lock(ctx context.Context, tx Tx, by *Account, t *Thread, forum *Actor, locked bool) error {
	if t.Locked() == locked {
		return nil
	}
	now := s.clock.Now()
	if err := tx.LockThread(ctx, t.ID, locked, now); err != nil {
		return err
	}
	o := s.outbox()
	activity := s.ids.New(now)
	lock := o.keep(s.publisher.Lock(activity, &by.Actor, t.URI, forum))
	if !locked {
		activity = s.ids.New(now)
		lock = o.keep(s.publisher.Undo(activity, &by.Actor, lock))
	}
	if err := s.decided(ctx, tx, o, activity, &by.Actor, forum, t.URI, lock); err != nil {
		return err
	}
	return o.post(ctx, tx)
}

// moderated finds a thread that an account moderates, and its forum.
func (s *Service) moderated(ctx context.Context, tx Tx, by *Account, id ID) (*Thread, *Actor, error) {
	t, err := tx.Thread(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if err := s.mayModerate(ctx, tx, by, t.ForumID); err != nil {
		return nil, nil, err
	}
	if t.Hidden() {
		return nil, nil, &Error{Code: Gone, Key: "PostDeleted"}
	}
	forum, err := tx.Actor(ctx, t.ForumID)
	return t, forum, err
}

// ReceiveLock takes a Lock of a thread by a moderator elsewhere, or its Undo.
func (s *Service) ReceiveLock(ctx context.Context, in Inbound, postURI string, locked bool) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		t, forum, outcome, err := s.judged(ctx, tx, in, postURI)
		if err != nil || t == nil {
			return outcome, err
		}
		if t.Locked() == locked {
			return Ignored("it is so already"), nil
		}
		now := s.clock.Now()
		if err := tx.LockThread(ctx, t.ID, locked, now); err != nil {
			return Outcome{}, err
		}
		if err := s.logDecision(ctx, tx, in.Actor, forum, about(lockKind(locked), t.ID, "")); err != nil {
			return Outcome{}, err
		}
		o := s.outbox()
		o.relay(s.ids.New(now), forum, t.URI, PriorityModeration, in.Raw, now)
		return Done, o.post(ctx, tx)
	})
}

// judged finds the thread that an inbound decision of moderators is about, and
// its forum, whose decision it must be. A nil thread comes with the outcome to
// return.
func (s *Service) judged(ctx context.Context, tx Tx, in Inbound, postURI string) (*Thread, *Actor, Outcome, error) {
	post, err := tx.PostByURI(ctx, postURI)
	switch {
	case CodeOf(err) == NotFound:
		return nil, nil, NotYet("the post is not known here"), nil
	case err != nil:
		return nil, nil, Outcome{}, err
	case post.Hidden():
		return nil, nil, Ignored("the post was deleted"), nil
	case !post.IsRoot():
		return nil, nil, Ignored("that is done to whole threads only"), nil
	}
	forum, err := tx.Actor(ctx, post.ForumID)
	if err != nil {
		return nil, nil, Outcome{}, err
	}
	if err := s.vouched(ctx, tx, in, forum); err != nil {
		return nil, nil, Outcome{}, err
	}
	t, err := tx.Thread(ctx, post.ID)
	return t, forum, Outcome{}, err
}

// lockAsToldBy keeps a thread of another server open or closed as that says of
// it (commentsEnabled), where the thread and its forum are on one server: others
// have no say in that.
func lockAsToldBy(r RemotePost, t *Thread, forum *Actor) (changed bool) {
	if r.Replies == nil || forum.Local() || !SameHost(r.URI, forum.URI) {
		return false
	}
	return t.Locked() == *r.Replies
}

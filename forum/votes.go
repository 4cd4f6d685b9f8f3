package forum

import "context"

// Support favours a post (on) or withdraws that (off). Doing so twice succeeds
// and changes nothing.
func (s *Service) Support(ctx context.Context, by *Account, id ID, on bool) error {
	return s.vote(ctx, by, id, func(ctx context.Context, tx Tx, p Publication) error {
		if on {
			return s.support(ctx, tx, by, p)
		}
		return s.withdrawSupport(ctx, tx, by, p)
	})
}

// Boost passes a post on to one's own followers (on) or takes that back (off).
// Doing so twice succeeds and changes nothing.
func (s *Service) Boost(ctx context.Context, by *Account, id ID, on bool) error {
	return s.vote(ctx, by, id, func(ctx context.Context, tx Tx, p Publication) error {
		if on {
			return s.boost(ctx, tx, by, p)
		}
		return s.withdrawBoost(ctx, tx, by, p)
	})
}

// vote checks what supports and boosts have in common.
func (s *Service) vote(ctx context.Context, by *Account, id ID, change func(context.Context, Tx, Publication) error) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		p, err := PublicationOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Post.Hidden() {
			return &Error{Code: Gone, Key: "PostDeleted"}
		}
		if blocked, err := tx.Blocked(ctx, p.Post.AuthorID, by.ID); err != nil {
			return err
		} else if blocked {
			return &Error{Code: Forbidden, Key: "BlockedByAuthor"}
		}
		if err := s.notBanned(ctx, tx, by.ID, p.Post.ForumID); err != nil {
			return err
		}
		return change(ctx, tx, p)
	})
}

// voteAudience is who hears directly of a vote: the author, and the forum where
// it is elsewhere.
func voteAudience(p Publication) []Recipients {
	to := []Recipients{{Actor: p.Author.ID}}
	if !p.Forum.Local() {
		to = append(to, Recipients{Actor: p.Forum.ID})
	}
	return to
}

func (s *Service) support(ctx context.Context, tx Tx, by *Account, p Publication) error {
	now := s.clock.Now()
	id := s.ids.New(now)
	added, err := s.countSupport(ctx, tx, p, Support{PostID: p.Post.ID, ActorID: by.ID, URI: s.addresses.Activity(id), At: now}, &by.Actor)
	if err != nil || !added {
		return err
	}
	o := s.outbox()
	like := o.keep(s.publisher.Like(id, &by.Actor, p.Post, p.Forum))
	o.send(id, &by.Actor, p.Post.URI, PriorityVote, like, voteAudience(p)...)
	o.relay(s.ids.New(now), p.Forum, p.Post.URI, PriorityVote, like, now)
	return o.votes("support", by.ID, p.Post.ID).post(ctx, tx)
}

func (s *Service) withdrawSupport(ctx context.Context, tx Tx, by *Account, p Publication) error {
	was, err := tx.RemoveSupport(ctx, p.Post.ID, by.ID)
	if err != nil || was == nil {
		return err
	}
	if err := s.countersMoved(ctx, tx, p, -1, 0); err != nil {
		return err
	}
	now := s.clock.Now()
	o := s.outbox()
	id := s.ids.New(now)
	undo := o.keep(s.publisher.Undo(id, &by.Actor, o.keep(s.publisher.Like(s.activityID(was.URI), &by.Actor, p.Post, p.Forum))))
	o.send(id, &by.Actor, p.Post.URI, PriorityVote, undo, voteAudience(p)...)
	o.relay(s.ids.New(now), p.Forum, p.Post.URI, PriorityVote, undo, now)
	return o.votes("support", by.ID, p.Post.ID).post(ctx, tx)
}

func (s *Service) boost(ctx context.Context, tx Tx, by *Account, p Publication) error {
	now := s.clock.Now()
	id := s.ids.New(now)
	added, err := s.countBoost(ctx, tx, p, Boost{PostID: p.Post.ID, ActorID: by.ID, URI: s.addresses.Activity(id), At: now}, &by.Actor)
	if err != nil || !added {
		return err
	}
	o := s.outbox()
	announce := o.keep(s.publisher.Announce(id, &by.Actor, p.Post.URI, p.Author, p.Forum, now))
	o.send(id, &by.Actor, p.Post.URI, PriorityVote, announce, append(voteAudience(p), Recipients{FollowersOf: by.ID})...)
	return o.votes("boost", by.ID, p.Post.ID).post(ctx, tx)
}

func (s *Service) withdrawBoost(ctx context.Context, tx Tx, by *Account, p Publication) error {
	was, err := tx.RemoveBoost(ctx, p.Post.ID, by.ID)
	if err != nil || was == nil {
		return err
	}
	if err := s.countersMoved(ctx, tx, p, 0, -1); err != nil {
		return err
	}
	now := s.clock.Now()
	o := s.outbox()
	id := s.ids.New(now)
	undo := o.keep(s.publisher.Undo(id, &by.Actor, o.keep(s.publisher.Announce(s.activityID(was.URI), &by.Actor, p.Post.URI, p.Author, p.Forum, was.At))))
	o.send(id, &by.Actor, p.Post.URI, PriorityVote, undo, append(voteAudience(p), Recipients{FollowersOf: by.ID})...)
	return o.votes("boost", by.ID, p.Post.ID).post(ctx, tx)
}

// countSupport stores a support from anywhere and tells the author. It reports
// false when it was there already.
func (s *Service) countSupport(ctx context.Context, tx Tx, p Publication, v Support, by *Actor) (bool, error) {
	change, err := tx.AddSupport(ctx, v)
	if err != nil || change == 0 {
		return false, err
	}
	if err := s.countersMoved(ctx, tx, p, change, 0); err != nil {
		return false, err
	}
	if change > 0 {
		return true, s.notify(ctx, tx, NotifySupport, p.Post.AuthorID, by, p.Post.ID, p.Post.ID)
	}
	return true, nil
}

// countBoost is countSupport for boosts.
func (s *Service) countBoost(ctx context.Context, tx Tx, p Publication, b Boost, by *Actor) (bool, error) {
	added, err := tx.AddBoost(ctx, b)
	if err != nil || !added {
		return false, err
	}
	if err := s.countersMoved(ctx, tx, p, 0, 1); err != nil {
		return false, err
	}
	return true, s.notify(ctx, tx, NotifyBoost, p.Post.AuthorID, by, p.Post.ID, p.Post.ID)
}

// countersMoved adds to a post's counters and ranks its thread anew.
func (s *Service) countersMoved(ctx context.Context, tx Tx, p Publication, supports, boosts int) error {
	if err := tx.MoveCounters(ctx, p.Post.ID, supports, boosts); err != nil {
		return err
	}
	if !p.Post.IsRoot() {
		return nil
	}
	p.Thread.Supports += supports
	p.Thread.Boosts += boosts
	return s.rescore(ctx, tx, p.Thread)
}

// activityID reads the ID back from one of our own activity URIs; 0 for others.
func (s *Service) activityID(uri string) ID {
	prefix := s.addresses.Activity(0)
	prefix = prefix[:len(prefix)-1]
	if len(uri) <= len(prefix) || uri[:len(prefix)] != prefix {
		return 0
	}
	id, err := ParseID(uri[len(prefix):])
	if err != nil {
		return 0
	}
	return id
}

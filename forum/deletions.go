package forum

import (
	"context"
	"unicode/utf8"
)

const MaxReason = 1000

// Delete takes a post back. Its author may, without a reason; then its text is
// wiped and a tombstone stays. A moderator of the forum may remove it, and must
// say why: the author reads the reason. Deleting what is deleted already
// succeeds.
func (s *Service) Delete(ctx context.Context, by *Account, id ID, reason string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	reason = trimText(reason)
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := PublicationOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Post.Hidden() {
			return nil
		}
		if p.Post.AuthorID == by.ID {
			return s.deleteOwn(ctx, tx, p)
		}
		if err := s.mayModerate(ctx, tx, by, p.Post.ForumID); err != nil {
			if CodeOf(err) == Forbidden {
				return &Error{Code: Forbidden, Key: "AuthorOrModerator", Err: err}
			}
			return err
		}
		if reason == "" {
			return invalid("reason", "ReasonMissing", nil)
		}
		if utf8.RuneCountInString(reason) > MaxReason {
			return invalid("reason", "TextTooLong", map[string]any{"Max": MaxReason})
		}
		return s.removeAsModerator(ctx, tx, by, p, reason)
	})
}

// deleteOwn is an author's deletion.
func (s *Service) deleteOwn(ctx context.Context, tx Tx, p Publication) error {
	now := s.clock.Now()
	if err := s.sourceGone(ctx, tx, p.Post.URI, p.Author.ID); err != nil {
		return err
	}
	if err := tx.DeletePost(ctx, p.Post, now); err != nil {
		return err
	}
	o := s.outbox()
	id := s.ids.New(now)
	deletion := o.keep(s.publisher.Delete(id, p.Author, p.Post.URI, p.Forum, ""))
	o.send(id, p.Author, p.Post.URI, PriorityModeration, deletion, changeAudience(p)...)
	o.relay(s.ids.New(now), p.Forum, p.Post.URI, PriorityModeration, deletion, now)
	if err := s.tellRelays(ctx, tx, o, p, PriorityModeration, deletion); err != nil {
		return err
	}
	return o.post(ctx, tx)
}

// removeAsModerator is a moderator's removal by somebody here.
func (s *Service) removeAsModerator(ctx context.Context, tx Tx, by *Account, p Publication, reason string) error {
	o, err := s.remove(ctx, tx, &by.Actor, p, reason)
	if err != nil {
		return err
	}
	// The moderator is the actor, as FEP-1b12 has it: Lemmy takes removals from
	// persons only.
	id := s.ids.New(s.clock.Now())
	deletion := o.keep(s.publisher.Delete(id, &by.Actor, p.Post.URI, p.Forum, reason))
	if err := s.decided(ctx, tx, o, id, &by.Actor, p.Forum, p.Post.URI, deletion); err != nil {
		return err
	}
	return o.post(ctx, tx)
}

// remove withdraws a post, and tells its author.
func (s *Service) remove(ctx context.Context, tx Tx, by *Actor, p Publication, reason string) (*outbox, error) {
	o, err := s.withdraw(ctx, tx, by, p, reason)
	if err != nil || !p.Author.Local() {
		return o, err
	}
	now := s.clock.Now()
	return o, s.tell(ctx, tx, Notification{ID: s.ids.New(now), AccountID: p.Author.ID, Kind: NotifyRemoval, PostID: p.Post.ID, SubjectID: p.Post.ID, At: now})
}

// withdraw hides a post and keeps its text for an appeal. Group-aware servers
// take the forum's word for it. Mastodon takes a Delete from the author only, so
// for local authors one is signed in their name, and for remote ones the forum
// takes back its boost.
func (s *Service) withdraw(ctx context.Context, tx Tx, by *Actor, p Publication, reason string) (*outbox, error) {
	now := s.clock.Now()
	if err := tx.RemovePost(ctx, p.Post, now, by.ID, reason); err != nil {
		return nil, err
	}
	if err := s.logDecision(ctx, tx, by, p.Forum, about(DecisionRemoved, p.Post.ID, reason)); err != nil {
		return nil, err
	}
	o := s.outbox()
	if p.Author.Local() {
		id := s.ids.New(now)
		deletion := o.keep(s.publisher.Delete(id, p.Author, p.Post.URI, p.Forum, ""))
		o.send(id, p.Author, p.Post.URI, PriorityModeration, deletion, changeAudience(p)...)
		if err := s.tellRelays(ctx, tx, o, p, PriorityModeration, deletion); err != nil {
			return nil, err
		}
	} else if p.Forum.Local() && p.Post.IsRoot() {
		id := s.ids.New(now)
		announce := o.keep(s.publisher.Announce(p.Thread.AnnounceID, p.Forum, p.Post.URI, p.Author, nil, p.Post.PublishedAt))
		o.add(OutgoingActivity{ID: id, Signer: p.Forum.ID, Subject: p.Post.URI, Priority: PriorityModeration,
			Payloads: []Payload{{For: Microblog | BareObjects, Body: o.keep(s.publisher.Undo(id, p.Forum, announce))}},
			Audience: []Recipients{{FollowersOf: p.Forum.ID}}})
	}
	return o, nil
}

// Restore shows a post again that moderators removed. The forum's moderators may.
// To Mastodon and its like it stays deleted: they were told so by its author.
func (s *Service) Restore(ctx context.Context, by *Account, id ID) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := PublicationOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.mayModerate(ctx, tx, by, p.Post.ForumID); err != nil {
			return err
		}
		reason := p.Post.RemovedReason
		if restored, err := s.restore(ctx, tx, &by.Actor, p.Forum, p.Post); err != nil || !restored {
			return err
		}
		o := s.outbox()
		activity := s.ids.New(s.clock.Now())
		deletion := o.keep(s.publisher.Delete(s.ids.New(s.clock.Now()), &by.Actor, p.Post.URI, p.Forum, reason))
		undo := o.keep(s.publisher.Undo(activity, &by.Actor, deletion))
		if err := s.decided(ctx, tx, o, activity, &by.Actor, p.Forum, p.Post.URI, undo); err != nil {
			return err
		}
		return o.post(ctx, tx)
	})
}

// restore shows a post again; false where that is not for moderators to do.
func (s *Service) restore(ctx context.Context, tx Tx, by, forum *Actor, p *Post) (bool, error) {
	if p.RemovedAt.IsZero() || !p.DeletedAt.IsZero() {
		return false, nil
	}
	if err := tx.RestorePost(ctx, p); err != nil {
		return false, err
	}
	return true, s.logDecision(ctx, tx, by, forum, about(DecisionRestored, p.ID, ""))
}

// ReceiveRestore takes the Undo of a moderator's Delete.
func (s *Service) ReceiveRestore(ctx context.Context, in Inbound, uri string) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		post, err := tx.PostByURI(ctx, uri)
		if CodeOf(err) == NotFound {
			return Ignored("the post is not known here"), nil
		}
		if err != nil {
			return Outcome{}, err
		}
		forum, err := tx.Actor(ctx, post.ForumID)
		if err != nil {
			return Outcome{}, err
		}
		if err := s.vouched(ctx, tx, in, forum); err != nil {
			return Outcome{}, err
		}
		restored, err := s.restore(ctx, tx, in.Actor, forum, post)
		if err != nil || !restored {
			return Ignored("moderators did not remove it"), err
		}
		now := s.clock.Now()
		o := s.outbox()
		o.relay(s.ids.New(now), forum, post.URI, PriorityModeration, in.Raw, now)
		return Done, o.post(ctx, tx)
	})
}

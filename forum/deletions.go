package forum

import (
	"context"
	"unicode/utf8"
)

const maxReason = 1000

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
		if utf8.RuneCountInString(reason) > maxReason {
			return invalid("reason", "TextTooLong", map[string]any{"Max": maxReason})
		}
		return s.removeAsModerator(ctx, tx, by, p, reason)
	})
}

// deleteOwn is an author's deletion.
func (s *Service) deleteOwn(ctx context.Context, tx Tx, p Publication) error {
	now := s.clock.Now()
	if err := tx.DeletePost(ctx, p.Post, now); err != nil {
		return err
	}
	o := s.outbox()
	id := s.ids.New(now)
	deletion := o.keep(s.publisher.Delete(id, p.Author, p.Post.URI, p.Forum, ""))
	o.send(id, p.Author, p.Post.URI, PriorityModeration, deletion, changeAudience(p)...)
	o.relay(s.ids.New(now), p.Forum, p.Post.URI, PriorityModeration, deletion, now)
	return o.post(ctx, tx)
}

// removeAsModerator hides a post and keeps its text for an appeal. Group-aware
// servers take the forum's word for it. Mastodon takes a Delete from the author
// only, so for local authors one is signed in their name, and for remote ones
// the forum takes back its boost.
func (s *Service) removeAsModerator(ctx context.Context, tx Tx, by *Account, p Publication, reason string) error {
	now := s.clock.Now()
	if err := tx.RemovePost(ctx, p.Post, now, by.ID, reason); err != nil {
		return err
	}
	if p.Author.Local() {
		n := Notification{ID: s.ids.New(now), AccountID: p.Author.ID, Kind: NotifyRemoval, PostID: p.Post.ID, SubjectID: p.Post.ID, At: now}
		if err := s.tell(ctx, tx, n); err != nil {
			return err
		}
	}
	o := s.outbox()
	if p.Author.Local() {
		id := s.ids.New(now)
		deletion := o.keep(s.publisher.Delete(id, p.Author, p.Post.URI, p.Forum, ""))
		o.send(id, p.Author, p.Post.URI, PriorityModeration, deletion, changeAudience(p)...)
	} else if p.Forum.Local() && p.Post.IsRoot() {
		id := s.ids.New(now)
		announce := o.keep(s.publisher.Announce(p.Thread.AnnounceID, p.Forum, p.Post.URI, p.Author, p.Post.PublishedAt))
		o.add(OutgoingActivity{ID: id, Signer: p.Forum.ID, Subject: p.Post.URI, Priority: PriorityModeration,
			Payloads: []Payload{{For: Microblog | BareObjects, Body: o.keep(s.publisher.Undo(id, p.Forum, announce))}},
			Audience: []Recipients{{FollowersOf: p.Forum.ID}}})
	}
	if p.Forum.Local() {
		// The moderator is the actor, as FEP-1b12 has it: Lemmy takes removals
		// from persons only.
		deletion := o.keep(s.publisher.Delete(s.ids.New(now), &by.Actor, p.Post.URI, p.Forum, reason))
		o.relay(s.ids.New(now), p.Forum, p.Post.URI, PriorityModeration, deletion, now)
	}
	return o.post(ctx, tx)
}

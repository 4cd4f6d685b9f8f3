package forum

import (
	"context"
	"time"
)

// MaxFeatured is how many threads stand at the head of a forum.
const MaxFeatured = 10

// Feature puts a thread at the head of its forum (on) or takes it from there
// (off). The forum's moderators may. Doing so twice changes nothing.
func (s *Service) Feature(ctx context.Context, by *Account, id ID, on bool) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		t, forum, err := s.moderated(ctx, tx, by, id)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		changed, err := s.changeFeatured(ctx, tx, &by.Actor, forum, Pin{ActorID: forum.ID, PostID: id, At: now}, on)
		if err != nil || !changed {
			return err
		}
		o := s.outbox()
		activity := s.ids.New(now)
		feature := o.keep(s.publisher.Feature(activity, &by.Actor, t.URI, forum, on))
		if err := s.decided(ctx, tx, o, activity, &by.Actor, forum, t.URI, feature); err != nil {
			return err
		}
		return o.post(ctx, tx)
	})
}

func (s *Service) changeFeatured(ctx context.Context, tx Tx, by, forum *Actor, p Pin, on bool) (changed bool, err error) {
	kind := DecisionPinned
	if on {
		changed, err = tx.AddPin(ctx, p, MaxFeatured)
	} else {
		kind = DecisionUnpinned
		changed, err = tx.RemovePin(ctx, p.ActorID, p.PostID)
	}
	switch {
	case CodeOf(err) == Conflict:
		return false, &Error{Code: Conflict, Key: "TooManyFeatured", Args: map[string]any{"Max": MaxFeatured}, Err: err}
	case err != nil || !changed:
		return false, err
	}
	return true, s.logDecision(ctx, tx, by, forum, about(kind, p.PostID, ""))
}

// ReceiveFeature takes an Add to, or a Remove from, what a forum's moderators put
// at its head: target is the collection.
func (s *Service) ReceiveFeature(ctx context.Context, in Inbound, postURI, target string, on bool) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		t, forum, outcome, err := s.judged(ctx, tx, in, postURI)
		if err != nil || t == nil {
			return outcome, err
		}
		if target != forum.Featured {
			return Ignored("it is in another forum"), nil
		}
		now := s.clock.Now()
		changed, err := s.changeFeatured(ctx, tx, in.Actor, forum, Pin{ActorID: forum.ID, PostID: t.ID, At: now}, on)
		switch {
		case CodeOf(err) == Conflict:
			return Ignored("no more threads stand there"), nil
		case err != nil:
			return Outcome{}, err
		case !changed:
			return Ignored("it is so already"), nil
		}
		o := s.outbox()
		o.relay(s.ids.New(now), forum, t.URI, PriorityModeration, in.Raw, now)
		return Done, o.post(ctx, tx)
	})
}

// ReceiveFeatured replaces what was known of what stands at the head of a group
// elsewhere: threads of its own that are known here, the last one first.
func (s *Service) ReceiveFeatured(ctx context.Context, group *Actor, uris []string) error {
	if group.Local() {
		return &Error{Code: Forbidden, Key: "OtherForum"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.RemovePins(ctx, group.ID); err != nil {
			return err
		}
		at := s.clock.Now()
		for _, uri := range uris {
			post, err := tx.PostByURI(ctx, uri)
			if CodeOf(err) == NotFound || err == nil && (post.ForumID != group.ID || !post.IsRoot() || post.Hidden()) {
				continue
			}
			if err != nil {
				return err
			}
			if _, err := tx.AddPin(ctx, Pin{ActorID: group.ID, PostID: post.ID, At: at}, MaxFeatured); err != nil {
				return err
			}
			at = at.Add(-time.Millisecond)
		}
		return nil
	})
}

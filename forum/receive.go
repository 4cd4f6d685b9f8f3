package forum

import (
	"context"
	"strings"
	"time"
)

// This file and its neighbours receive_*.go are the side door: what other
// servers tell us, after federation has verified who says so. Each method is
// the counterpart of something a person here can do, follows the same rules,
// and applies an activity at most once.

// receive runs one inbound change: nothing happens for an activity that was
// applied before, and its key is remembered in the same transaction, except for
// what may yet matter here.
func (s *Service) receive(ctx context.Context, in Inbound, change func(ctx context.Context, tx Tx) (Outcome, error)) (Outcome, error) {
	if err := in.Actor.Active(); err != nil {
		return Outcome{}, err
	}
	var outcome Outcome
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		tx = outside{tx}
		outcome = Outcome{}
		if in.Key != "" {
			fresh, err := tx.Remember(ctx, in.Key, s.clock.Now())
			if err != nil {
				return err
			}
			if !fresh {
				outcome = Ignored("already received")
				return nil
			}
		}
		var err error
		if outcome, err = change(ctx, tx); err != nil || !outcome.Later || in.Key == "" {
			return err
		}
		return tx.Forget(ctx, in.Key)
	})
	return outcome, err
}

// ReceiveFollow accepts a follow of a local person or forum, and answers it.
// A follower that the target has blocked is rejected, and so is everyone after
// it has moved away.
func (s *Service) ReceiveFollow(ctx context.Context, in Inbound, targetURI string) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		target, err := tx.ActorByURI(ctx, targetURI)
		if CodeOf(err) == NotFound || err == nil && !target.Local() {
			return Outcome{}, &Error{Code: NotFound, Key: "NobodyHere"}
		}
		if err == nil && target.Kind == Application {
			return s.receiveRelayFollow(ctx, tx, in, target)
		}
		if err != nil {
			return Outcome{}, err
		}
		now := s.clock.Now()
		follow := Follow{Follower: *in.Actor, Target: *target, URI: in.URI, State: FollowAccepted, At: now}
		id := s.ids.New(now)
		o := s.outbox()
		answer := func(body []byte) error {
			o.add(OutgoingActivity{ID: id, Signer: target.ID, Subject: in.URI, Priority: PriorityModeration, Hidden: true,
				Payloads: []Payload{{For: AllFamilies, Body: body}}, Audience: []Recipients{{Actor: in.Actor.ID, Direct: true}}})
			return o.post(ctx, tx)
		}
		blocked, err := tx.Blocked(ctx, target.ID, in.Actor.ID)
		if err != nil {
			return Outcome{}, err
		}
		if blocked || target.Active() != nil || target.MovedTo != "" {
			return Done, answer(o.keep(s.publisher.Reject(id, target, follow)))
		}
		existing, err := tx.AddFollow(ctx, follow)
		if err != nil {
			return Outcome{}, err
		}
		if existing == nil {
			if err := s.notifyFollow(ctx, tx, target, in.Actor); err != nil {
				return Outcome{}, err
			}
			if target.GroupRole == RoleAction {
				a, err := tx.ActionByID(ctx, target.ID)
				if err == nil {
					err = s.askToSign(ctx, tx, a, in.Actor, "")
				}
				if err != nil {
					return Outcome{}, err
				}
			}
		}
		// A repeated Follow is answered again: its sender lost our answer.
		return Done, answer(o.keep(s.publisher.Accept(id, target, follow)))
	})
}

// ReceiveAnswer takes the Accept or Reject of a follow that started here. The
// follow is named by its URI, or by who follows (the Accept's actor is whom).
func (s *Service) ReceiveAnswer(ctx context.Context, in Inbound, followURI, followerURI string, accepted bool) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		follow, err := tx.FollowByURI(ctx, followURI)
		if CodeOf(err) == NotFound && followerURI != "" {
			follow, err = tx.FollowBetween(ctx, followerURI, in.Actor.URI)
		}
		if CodeOf(err) == NotFound {
			if found, err := s.answerOfRelay(ctx, tx, in, followURI, followerURI, accepted); err != nil || found {
				return Done, err
			}
		}
		if CodeOf(err) == NotFound || err == nil && (follow.Target.ID != in.Actor.ID || !follow.Follower.Local()) {
			return Ignored("no such follow"), nil
		}
		if err != nil {
			return Outcome{}, err
		}
		if !accepted {
			_, err := tx.RemoveFollow(ctx, follow.Follower.ID, follow.Target.ID)
			return Done, err
		}
		if follow.Target.IsForum() && follow.State == FollowPending {
			if err := tx.Enqueue(ctx, GroupJob{Group: follow.Target.ID}); err != nil {
				return Outcome{}, err
			}
		}
		if err := tx.AcceptFollow(ctx, follow.Follower.ID, follow.Target.ID); err != nil || !in.Actor.IsForum() {
			return Done, err
		}
		if follow.Follower.IsForum() && follow.State == FollowPending {
			if err := s.linkRecent(ctx, tx, follow.Follower.ID, in.Actor.ID); err != nil {
				return Outcome{}, err
			}
		}
		_, err = s.askBackfill(ctx, tx, BackfillJob{Subject: in.Actor.ID, Forum: true}, forumAgain, time.Time{})
		return Done, err
	})
}

// ReceiveBlock notes that someone elsewhere blocked a person here: follows
// between them end, and the blocked one can no longer answer them.
func (s *Service) ReceiveBlock(ctx context.Context, in Inbound, targetURI string) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		target, err := tx.ActorByURI(ctx, targetURI)
		if CodeOf(err) == NotFound || err == nil && !target.Local() {
			return Ignored("the blocked actor is not ours"), nil
		}
		if err != nil {
			return Outcome{}, err
		}
		if _, err := tx.AddBlock(ctx, in.Actor.ID, target.ID, in.URI, s.clock.Now()); err != nil {
			return Outcome{}, err
		}
		if _, err := tx.RemoveFollow(ctx, target.ID, in.Actor.ID); err != nil {
			return Outcome{}, err
		}
		_, err = tx.RemoveFollow(ctx, in.Actor.ID, target.ID)
		return Done, err
	})
}

// ReceiveReport stores a Flag for the moderators of the forum that the reported
// posts stand in. Unknown URIs are left out; with none left it is ignored.
func (s *Service) ReceiveReport(ctx context.Context, in Inbound, uris []string, words string) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		now := s.clock.Now()
		if rule, err := s.ruleOf(ctx, tx, in); err != nil || rule.ReportsOff {
			return Ignored("reports of that server are not taken"), err
		}
		r := Report{ID: s.ids.New(now), ReporterID: in.Actor.ID, Words: clip(trimText(words), MaxReportWords), State: ReportOpen, At: now}
		for _, uri := range uris {
			if post, err := tx.PostByURI(ctx, uri); err == nil {
				r.PostIDs = append(r.PostIDs, post.ID)
				r.ForumID = post.ForumID
				if r.TargetID == 0 {
					r.TargetID = post.AuthorID
				}
				continue
			} else if CodeOf(err) != NotFound {
				return Outcome{}, err
			}
			if actor, err := tx.ActorByURI(ctx, uri); err == nil {
				r.TargetID = actor.ID
			} else if CodeOf(err) != NotFound {
				return Outcome{}, err
			}
		}
		if r.TargetID == 0 {
			return NotYet("nothing reported is known here"), nil
		}
		return Done, s.fileReport(ctx, tx, r)
	})
}

// ReceiveSupport counts a Like, or a Dislike, which takes an earlier Like back
// and is not shown.
func (s *Service) ReceiveSupport(ctx context.Context, in Inbound, postURI string, withdrawn bool) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		p, outcome, err := s.votable(ctx, tx, in, postURI)
		if err != nil || p.Post == nil {
			return outcome, err
		}
		now := s.clock.Now()
		v := Support{PostID: p.Post.ID, ActorID: in.Actor.ID, URI: in.URI, Withdrawn: withdrawn, At: now}
		if _, err := s.countSupport(ctx, tx, p, v, in.Actor); err != nil {
			return Outcome{}, err
		}
		o := s.outbox()
		o.relay(s.ids.New(now), p.Forum, p.Post.URI, PriorityVote, in.Raw, now)
		return Done, o.votes("support", in.Actor.ID, p.Post.ID).post(ctx, tx)
	})
}

// ReceiveBoost counts an Announce of a post known here. What a forum announces
// of its own threads is how they travel, not a boost.
func (s *Service) ReceiveBoost(ctx context.Context, in Inbound, postURI string, at time.Time) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		p, outcome, err := s.votable(ctx, tx, in, postURI)
		if err != nil || p.Post == nil {
			return outcome, err
		}
		switch {
		case p.Forum.ID == in.Actor.ID:
			return Ignored("a forum's announce of its own post"), nil
		case in.Actor.IsForum():
			return s.receiveShare(ctx, tx, in, p)
		}
		_, err = s.countBoost(ctx, tx, p, Boost{PostID: p.Post.ID, ActorID: in.Actor.ID, URI: in.URI, At: at}, in.Actor)
		return Done, err
	})
}

// votable finds a post that an inbound vote is about. A nil post in p comes
// with the outcome to return.
func (s *Service) votable(ctx context.Context, tx Tx, in Inbound, postURI string) (Publication, Outcome, error) {
	if rule, err := s.ruleOf(ctx, tx, in); err != nil || rule.VotesOff {
		return Publication{}, Ignored("votes of that server do not count"), err
	}
	post, err := tx.PostByURI(ctx, postURI)
	if CodeOf(err) == NotFound {
		return Publication{}, NotYet("the post is not known here"), nil
	}
	if err != nil {
		return Publication{}, Outcome{}, err
	}
	if post.Hidden() {
		return Publication{}, Ignored("the post was deleted"), nil
	}
	if err := passes(ctx, tx, in.Via, post.ForumID); err != nil {
		return Publication{}, Outcome{}, err
	}
	if blocked, err := tx.Blocked(ctx, post.AuthorID, in.Actor.ID); err != nil {
		return Publication{}, Outcome{}, err
	} else if blocked {
		return Publication{}, Outcome{}, &Error{Code: Forbidden, Key: "BlockedByAuthor"}
	}
	if in.Via == nil {
		if err := s.notBanned(ctx, tx, in.Actor.ID, post.ForumID); err != nil {
			return Publication{}, Outcome{}, err
		}
	}
	p, err := PublicationOf(ctx, tx, post.ID)
	return p, Outcome{}, err
}

// Undone names what an Undo takes back: by the URI of the activity, and, where
// the Undo embeds it, by type and object as well.
type Undone struct {
	URI    string
	Type   string // "" when only the URI is known
	Object string
}

// ReceiveUndo takes back a follow, support, boost or block of the same actor.
func (s *Service) ReceiveUndo(ctx context.Context, in Inbound, u Undone) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		if shared, err := s.undoShare(ctx, tx, in, u); err != nil || shared {
			return Done, err
		}
		found, err := tx.FindUndone(ctx, in.Actor.ID, u)
		if err != nil {
			return Outcome{}, err
		}
		switch {
		case in.Via != nil && (found.Follow != nil || found.Blocked != 0):
			// A forum speaks of votes in its threads, not of whom others follow.
			return Outcome{}, &Error{Code: Forbidden, Key: "OtherForum"}
		case found.Follow != nil:
			_, err := tx.RemoveFollow(ctx, in.Actor.ID, found.Follow.Target.ID)
			return Done, err
		case found.Blocked != 0:
			_, err := tx.RemoveBlock(ctx, in.Actor.ID, found.Blocked)
			return Done, err
		case found.Supported != 0:
			return s.undoVote(ctx, tx, in, found.Supported, true)
		case found.Boosted != 0:
			return s.undoVote(ctx, tx, in, found.Boosted, false)
		}
		// The Undo may have overtaken what it undoes: then that must not take
		// effect when it comes.
		if in.Via == nil && u.URI != "" && SameHost(u.URI, in.Actor.URI) {
			if _, err := tx.Remember(ctx, u.URI, s.clock.Now()); err != nil {
				return Outcome{}, err
			}
		}
		return Ignored("nothing to undo"), nil
	})
}

func (s *Service) undoVote(ctx context.Context, tx Tx, in Inbound, post ID, support bool) (Outcome, error) {
	p, err := PublicationOf(ctx, tx, post)
	if err != nil {
		return Outcome{}, err
	}
	if in.Via != nil && p.Forum.ID != in.Via.ID {
		return Outcome{}, &Error{Code: Forbidden, Key: "OtherForum"}
	}
	now := s.clock.Now()
	if support {
		was, err := tx.RemoveSupport(ctx, post, in.Actor.ID)
		if err != nil {
			return Outcome{}, err
		}
		if was != nil && !was.Withdrawn {
			if err := s.countersMoved(ctx, tx, p, -1, 0); err != nil {
				return Outcome{}, err
			}
		}
		o := s.outbox()
		o.relay(s.ids.New(now), p.Forum, p.Post.URI, PriorityVote, in.Raw, now)
		return Done, o.votes("support", in.Actor.ID, p.Post.ID).post(ctx, tx)
	}
	was, err := tx.RemoveBoost(ctx, post, in.Actor.ID)
	if err != nil || was == nil {
		return Done, err
	}
	return Done, s.countersMoved(ctx, tx, p, 0, -1)
}

// ReceiveActor stores a remote actor as its server describes it, and the key it
// publishes. The ID of one known already is kept.
func (s *Service) ReceiveActor(ctx context.Context, a *Actor, key *KeyPair) (*Actor, error) {
	a.FetchedAt = s.clock.Now()
	a.DisplayName = clip(oneLine(a.DisplayName), 200)
	a.Summary = s.renderer.Sanitise(clip(a.Summary, maxForeignContent))
	a.Fields = s.foreignFields(a.Fields)
	a.Emojis = actorEmojis(a)
	if a.IconSmall = ""; a.IconURL != "" && len(a.IconURL) <= maxCardURL {
		a.IconSmall = remotePictureKey(IconPicture, HostOf(a.URI), a.IconURL)
	}
	a.AlsoKnownAs = a.AlsoKnownAs[:min(len(a.AlsoKnownAs), maxForeignAliases)]
	a.ID = s.ids.New(a.FetchedAt)
	if a.CreatedAt.IsZero() {
		a.CreatedAt = a.FetchedAt
	}
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.SaveRemoteActor(ctx, a, key); err != nil {
			return err
		}
		if a.IsForum() && a.Followers > 0 {
			return tx.Enqueue(ctx, GroupJob{Group: a.ID})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// clip cuts a text to at most max bytes at a character's edge.
func clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return strings.ToValidUTF8(s[:max], "")
}

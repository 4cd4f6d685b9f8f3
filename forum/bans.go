package forum

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"
)

// Ban keeps somebody, here or elsewhere, from taking part in a forum, or in all
// of this server's.
type Ban struct {
	ForumID ID // 0: the whole server
	ActorID ID
	ByID    ID
	URI     string // of the Block
	Reason  string // plain text; whoever is banned reads it
	At      time.Time
	Until   time.Time // zero: for good
}

// NewBan is what a moderator decides about somebody.
type NewBan struct {
	Forum       string // handle; "": the whole server, for administrators
	Whom        string // handle
	Reason      string
	Until       time.Time // zero: for good
	RemovePosts bool      // what they wrote there too
}

// BanView is a ban with whom it concerns.
type BanView struct {
	Ban
	Actor Byline
}

// Ban bans somebody who is known here, or changes such a ban. Moderators of the
// forum may, administrators from the whole server. Nobody bans themselves, or
// those who keep order there.
func (s *Service) Ban(ctx context.Context, by *Account, n NewBan) error {
	n.Reason = trimText(n.Reason)
	now := s.clock.Now()
	switch {
	case n.Reason == "":
		return invalid("reason", "ReasonMissing", nil)
	case utf8.RuneCountInString(n.Reason) > MaxReason:
		return invalid("reason", "TextTooLong", map[string]any{"Max": MaxReason})
	case !n.Until.IsZero() && !n.Until.After(now):
		return invalid("until", "BanOver", nil)
	}
	whom, err := s.FindActor(ctx, n.Whom)
	if err == nil && (whom.IsForum() || whom.Kind == Application) {
		err = notFound()
	}
	if err != nil {
		return unknownAccount(err, n.Whom)
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		forum, err := s.placeOfBan(ctx, tx, by, n.Forum)
		if err != nil {
			return err
		}
		if err := bannable(ctx, tx, by, whom, forum.ID); err != nil {
			return err
		}
		id := s.ids.New(now)
		b := Ban{ForumID: forum.ID, ActorID: whom.ID, ByID: by.ID, URI: s.addresses.Activity(id), Reason: n.Reason, At: now, Until: n.Until.Truncate(time.Millisecond)}
		if err := s.impose(ctx, tx, &by.Actor, forum, b, whom, n.RemovePosts); err != nil {
			return err
		}
		return s.tellOfBan(ctx, tx, by, whom, forum, func(o *outbox) (ID, []byte) {
			return id, o.keep(s.publisher.Ban(id, &by.Actor, whom, forum, b, n.RemovePosts))
		})
	})
}

// placeOfBan finds the forum that a moderator bans from; one without an ID stands
// for the whole server.
func (s *Service) placeOfBan(ctx context.Context, r Reader, by *Account, handle string) (*Actor, error) {
	if handle == "" {
		return &Actor{}, adminOnly(by)
	}
	h, ok := ParseHandle(handle, s.addresses.Host())
	if !ok {
		return nil, notFound()
	}
	f, err := r.Forum(ctx, h)
	if err != nil {
		return nil, err
	}
	return &f.Actor, s.mayModerate(ctx, r, by, f.ID)
}

// bannable refuses to ban those who keep order.
func bannable(ctx context.Context, r Reader, by *Account, whom *Actor, forum ID) error {
	protected := whom.ID == by.ID
	if !protected && forum != 0 {
		var err error
		if protected, err = r.Moderates(ctx, whom.ID, forum); err != nil {
			return err
		}
	}
	if !protected && whom.Local() {
		account, err := r.Account(ctx, whom.ID)
		if err != nil && CodeOf(err) != NotFound { // authors from an archive have none
			return err
		}
		protected = account.IsAdmin()
	}
	if protected {
		return &Error{Code: Forbidden, Key: "BanModerator"}
	}
	return nil
}

// impose stores a ban and tells whom it concerns.
func (s *Service) impose(ctx context.Context, tx Tx, by, forum *Actor, b Ban, whom *Actor, removePosts bool) error {
	if err := tx.AddBan(ctx, b); err != nil {
		return err
	}
	d := Decision{Kind: DecisionBanned, SubjectKind: AboutAccount, SubjectID: b.ActorID, Reason: b.Reason, Until: b.Until}
	if err := s.logDecision(ctx, tx, by, forum, d); err != nil {
		return err
	}
	if err := tx.UnlinkAuthor(ctx, b.ForumID, b.ActorID); err != nil {
		return err
	}
	if removePosts {
		if err := tx.Enqueue(ctx, RemovalJob{Forum: b.ForumID, Author: b.ActorID, By: b.ByID, Reason: b.Reason}); err != nil {
			return err
		}
	}
	if !whom.Local() {
		return nil
	}
	return s.tell(ctx, tx, Notification{ID: s.ids.New(b.At), AccountID: whom.ID, Kind: NotifyBan, ActorID: b.ForumID, SubjectID: b.ForumID, At: b.At})
}

func (s *Service) logUnban(ctx context.Context, tx Tx, by, forum *Actor, whom ID) error {
	return s.logDecision(ctx, tx, by, forum, Decision{Kind: DecisionUnbanned, SubjectKind: AboutAccount, SubjectID: whom})
}

// tellOfBan tells other servers of a ban from a forum, and, of people here, of
// one from the whole server.
func (s *Service) tellOfBan(ctx context.Context, tx Tx, by *Account, whom, forum *Actor, write func(*outbox) (ID, []byte)) error {
	o := s.outbox()
	switch {
	case by.URI == "": // whoever runs commands has no account to say so
	case forum.ID == 0 && whom.Local():
		id, body := write(o)
		o.send(id, &by.Actor, whom.URI, PriorityModeration, body, Recipients{Everyone: true, Only: GroupAware})
	case forum.ID != 0:
		id, body := write(o)
		if err := s.decided(ctx, tx, o, id, &by.Actor, forum, forum.URI, body, Recipients{Actor: whom.ID}); err != nil {
			return err
		}
	}
	return o.post(ctx, tx)
}

// Unban lifts a ban; it succeeds when there is none.
func (s *Service) Unban(ctx context.Context, by *Account, forumHandle, handle string) error {
	whom, err := s.FindActor(ctx, handle)
	if err != nil {
		return unknownAccount(err, handle)
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		forum, err := s.placeOfBan(ctx, tx, by, forumHandle)
		if err != nil {
			return err
		}
		was, err := tx.RemoveBan(ctx, forum.ID, whom.ID)
		if err != nil || was == nil {
			return err
		}
		if err := s.logUnban(ctx, tx, &by.Actor, forum, whom.ID); err != nil {
			return err
		}
		return s.tellOfBan(ctx, tx, by, whom, forum, func(o *outbox) (ID, []byte) {
			id := s.ids.New(s.clock.Now())
			ban := o.keep(s.publisher.Ban(s.activityID(was.URI), &by.Actor, whom, forum, *was, false))
			return id, o.keep(s.publisher.Undo(id, &by.Actor, ban))
		})
	})
}

// notBanned returns Forbidden, with the reason, for whoever is banned from a
// forum, or from all of the server's.
func (s *Service) notBanned(ctx context.Context, r Reader, actor, forum ID) error {
	b, err := r.BanOf(ctx, actor, forum, s.clock.Now())
	switch {
	case CodeOf(err) == NotFound:
		return nil
	case err != nil:
		return err
	case b.Until.IsZero():
		return &Error{Code: Forbidden, Key: "BannedForGood", Args: map[string]any{"Reason": b.Reason}}
	}
	return &Error{Code: Forbidden, Key: "BannedUntil", Args: map[string]any{"Reason": b.Reason, "Until": b.Until}}
}

// BannedFrom tells an account why and until when it may not write in a forum; nil
// where it may.
func (s *Service) BannedFrom(ctx context.Context, by *Account, forum ID) (*Error, error) {
	if by == nil {
		return nil, nil
	}
	err := s.notBanned(ctx, s.store, by.ID, forum)
	if e, ok := errors.AsType[*Error](err); ok && e.Code == Forbidden {
		return e, nil
	}
	return nil, err
}

// RemovalJob removes what somebody wrote in a forum, or anywhere here.
type RemovalJob struct {
	Forum  ID     `json:"forum"` // 0: anywhere
	Author ID     `json:"author"`
	By     ID     `json:"by"`
	Reason string `json:"reason"`
}

// Kind names the job in the queue.
func (RemovalJob) Kind() string { return "removal" }

// removalsPerStep bounds how much one transaction removes.
const removalsPerStep = 50

// WorkRemoval does a RemovalJob. Group-aware servers remove by themselves what
// they are told to by the ban; others are told of each post.
func (s *Service) WorkRemoval(ctx context.Context, job RemovalJob) error {
	for n := removalsPerStep; n == removalsPerStep; {
		err := s.write(ctx, func(ctx context.Context, tx Tx) error {
			posts, err := tx.VisiblePosts(ctx, job.Author, job.Forum, removalsPerStep)
			if err != nil {
				return err
			}
			n = len(posts)
			by := &Actor{} // whoever runs commands
			if job.By != 0 {
				if by, err = tx.Actor(ctx, job.By); err != nil {
					return err
				}
			}
			for _, id := range posts {
				p, err := PublicationOf(ctx, tx, id)
				if err != nil {
					return err
				}
				o, err := s.withdraw(ctx, tx, by, p, job.Reason)
				if err != nil {
					return err
				}
				if err := o.post(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// InboundBan is a Block with a target, as another server tells of it.
type InboundBan struct {
	Whom        *Actor
	Reason      string
	Until       time.Time
	RemovePosts bool
}

// ReceiveBan takes a ban from a group, by the group or one of its moderators. A
// nil group means the whole of their own server, which is believed about its own
// people; what it wants removed is removed here.
func (s *Service) ReceiveBan(ctx context.Context, in Inbound, group *Actor, n InboundBan) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		now := s.clock.Now()
		if outcome, err := s.mayBan(ctx, tx, in, group, n.Whom); err != nil || outcome.Reason != "" {
			return outcome, err
		}
		if !n.Until.IsZero() && !n.Until.After(now) {
			return Ignored("it is over"), nil
		}
		b := Ban{ActorID: n.Whom.ID, ByID: in.Actor.ID, URI: in.URI, Reason: clip(trimText(n.Reason), MaxReason), At: now, Until: n.Until.Truncate(time.Millisecond)}
		if group != nil {
			b.ForumID = group.ID
		}
		if err := s.impose(ctx, tx, in.Actor, group, b, n.Whom, n.RemovePosts); err != nil {
			return Outcome{}, err
		}
		o := s.outbox()
		o.relay(s.ids.New(now), group, n.Whom.URI, PriorityModeration, in.Raw, now)
		return Done, o.post(ctx, tx)
	})
}

// mayBan checks who bans whom from where; an outcome with a reason is to be
// returned.
func (s *Service) mayBan(ctx context.Context, tx Tx, in Inbound, group, whom *Actor) (Outcome, error) {
	if group == nil {
		if in.Via != nil || whom.Local() || !SameHost(whom.URI, in.Actor.URI) {
			return Ignored("a ban from another server"), nil
		}
		return Outcome{}, nil
	}
	if err := s.vouched(ctx, tx, in, group); err != nil || !group.Local() {
		return Outcome{}, err
	}
	return Outcome{}, bannable(ctx, tx, &Account{Actor: *in.Actor}, whom, group.ID)
}

// ReceiveUnban takes the Undo of a ban.
func (s *Service) ReceiveUnban(ctx context.Context, in Inbound, group, whom *Actor) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		if outcome, err := s.mayBan(ctx, tx, in, group, whom); err != nil || outcome.Reason != "" {
			return outcome, err
		}
		var from ID
		if group != nil {
			from = group.ID
		}
		was, err := tx.RemoveBan(ctx, from, whom.ID)
		if err != nil || was == nil {
			return Ignored("nothing to undo"), err
		}
		if from == 0 { // their server does not lift what was decided here
			if by, err := tx.Actor(ctx, was.ByID); err != nil || by.Local() {
				return Ignored("it was banned here"), errors.Join(err, tx.AddBan(ctx, *was))
			}
		}
		if err := s.logUnban(ctx, tx, in.Actor, group, whom.ID); err != nil {
			return Outcome{}, err
		}
		now := s.clock.Now()
		o := s.outbox()
		o.relay(s.ids.New(now), group, whom.URI, PriorityModeration, in.Raw, now)
		return Done, o.post(ctx, tx)
	})
}

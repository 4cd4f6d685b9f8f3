package forum

import (
	"context"
	"errors"
	"strings"
	"time"
)

// A forum may follow other forums, its sources, here or on other servers: what is
// opened there appears in its list too, under the name of where it stands, and is
// passed on to its own followers. A thread stays where it is, with one list of
// replies; what a forum keeps of it is a link.

const (
	// MaxSources is how many forums a forum follows.
	MaxSources = 100
	// linksAtFirst is how many threads of a new source appear at once.
	linksAtFirst = 100
)

// ThreadLink is a thread that a forum shows from a source.
type ThreadLink struct {
	ForumID    ID
	PostID     ID
	ViaID      ID     // the source it came by
	AnnounceID ID     // our Announce of it; 0: there was none
	URI        string // of the source's Announce; "" where the source is ours
	At         time.Time
}

// FollowForum lets a forum of this server follow another, by name, name@host or
// address. The forum's moderators may. Following twice changes nothing.
// A source that begins with # is a hashtag.
func (s *Service) FollowForum(ctx context.Context, by *Account, name, source string) (FollowState, error) {
	if tag, ok := sourceTag(source); ok {
		return FollowAccepted, s.followTagAs(ctx, by, name, tag, true)
	}
	target, err := s.sourceNamed(ctx, by, source)
	if err != nil {
		return "", err
	}
	var state FollowState
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		f, err := s.forumToManage(ctx, tx, by, name)
		if err != nil {
			return err
		}
		if err := maySource(f, target); err != nil {
			return err
		}
		if f.Following >= MaxSources {
			return invalid("source", "TooManySources", map[string]any{"Max": MaxSources})
		}
		if state, err = s.followActor(ctx, tx, &f.Actor, target); err != nil || state != FollowAccepted {
			return err
		}
		return s.linkRecent(ctx, tx, f.ID, target.ID)
	})
	return state, err
}

// sourceNamed finds the forum that another is to follow.
func (s *Service) sourceNamed(ctx context.Context, by *Account, source string) (*Actor, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	source = strings.TrimPrefix(strings.TrimSpace(source), "!")
	var target *Actor
	var err error
	if strings.Contains(source, "://") && by.ID != 0 {
		var found Resolved
		found, err = s.Resolve(ctx, by, source)
		target = found.Actor
	} else {
		target, err = s.FindActor(ctx, source)
	}
	switch {
	case CodeOf(err) == NotFound, err == nil && (target == nil || !target.IsForum()):
		return nil, &Error{Code: NotFound, Key: "ForumUnknown", Field: "source", Args: map[string]any{"Name": clip(source, 200)}, Err: err}
	case err != nil:
		return nil, err
	case target.MovedTo != "":
		return nil, &Error{Code: Conflict, Key: "TargetMoved"}
	}
	return target, target.Active()
}

// maySource refuses what would show a forum's threads to those it is not for.
func maySource(f *Forum, source *Actor) error {
	switch {
	case f.ID == source.ID:
		return invalid("source", "FollowSelf", nil)
	case f.Private, source.Private:
		return &Error{Code: Forbidden, Key: "SourcePrivate", Field: "source"}
	case f.LocalOnly && !source.Local():
		return &Error{Code: Forbidden, Key: "SourceElsewhere", Field: "source"}
	case source.LocalOnly && !f.LocalOnly:
		return &Error{Code: Forbidden, Key: "SourceLocalOnly", Field: "source"}
	}
	return nil
}

// forumToManage finds a forum of this server, for its moderators.
func (s *Service) forumToManage(ctx context.Context, tx Tx, by *Account, name string) (*Forum, error) {
	f, err := tx.Forum(ctx, Handle{Name: name})
	if err != nil {
		return nil, err
	}
	return f, errors.Join(f.Active(), s.mayModerate(ctx, tx, by, f.ID))
}

// UnfollowForum ends that a forum follows another; the links go with it. It
// succeeds when it did not follow.
func (s *Service) UnfollowForum(ctx context.Context, by *Account, name, source string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if tag, ok := sourceTag(source); ok { // what came by it stays
		return s.followTagAs(ctx, by, name, tag, false)
	}
	target, err := s.FindActor(ctx, source)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		f, err := s.forumToManage(ctx, tx, by, name)
		if err != nil {
			return err
		}
		return s.unfollow(ctx, tx, &f.Actor, target)
	})
}

// LeaveOut takes a thread out of the list of a forum that shows it from a source
// (off), or puts it back (on). The forum's moderators may.
func (s *Service) LeaveOut(ctx context.Context, by *Account, name string, thread ID, out bool) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		f, err := s.forumToManage(ctx, tx, by, name)
		if err != nil {
			return err
		}
		link, err := tx.ThreadLink(ctx, f.ID, thread)
		if err != nil {
			return err
		}
		if err := tx.LeaveOut(ctx, f.ID, thread, out); err != nil || !out {
			return err
		}
		return s.takeBack(ctx, tx, &f.Actor, link)
	})
}

// linkRecent shows what was opened in a source before it was followed. It is not
// passed on: that would be a flood of old news.
func (s *Service) linkRecent(ctx context.Context, tx Tx, forum, source ID) error {
	return tx.LinkRecent(ctx, forum, source, s.clock.Now(), linksAtFirst)
}

// passOn shows a thread in the forums here that follow the one it came by, which
// pass it on in turn. Each takes it once, however many ways it comes: so forums
// that follow each other do not go round in circles.
func (s *Service) passOn(ctx context.Context, tx Tx, p Publication, via *Actor, uri string) error {
	follows, err := tx.ForumsFollowing(ctx, via.ID)
	if err != nil {
		return err
	}
	for i := range follows {
		f := &follows[i].Follower
		if f.ID == p.Forum.ID || f.Active() != nil || p.Forum.LocalOnly && !f.LocalOnly {
			continue
		}
		switch err := s.notBanned(ctx, tx, p.Author.ID, f.ID); CodeOf(err) {
		case "":
		case Forbidden:
			continue
		default:
			return err
		}
		if err := s.passOnBy(ctx, tx, p, via, follows[i], uri); err != nil {
			return err
		}
	}
	return nil
}

// passOnBy is passOn for one of the forums.
func (s *Service) passOnBy(ctx context.Context, tx Tx, p Publication, via *Actor, follow Follow, uri string) error {
	now := s.clock.Now()
	f := &follow.Follower
	link := ThreadLink{ForumID: f.ID, PostID: p.Thread.ID, ViaID: via.ID, URI: uri, At: now}
	if !f.LocalOnly && !p.Post.PublishedAt.Before(follow.At) {
		link.AnnounceID = s.ids.New(now)
	}
	if added, err := tx.LinkThread(ctx, link); err != nil || !added {
		return err
	}
	if link.AnnounceID != 0 {
		o := s.outbox()
		o.announceOther(link.AnnounceID, f, p, now)
		if err := o.post(ctx, tx); err != nil {
			return err
		}
	}
	return s.passOn(ctx, tx, p, f, "")
}

// announceOther lets a forum announce a thread that is none of its own.
func (o *outbox) announceOther(id ID, f *Actor, p Publication, at time.Time) {
	body := o.keep(o.s.publisher.Announce(id, f, p.Post.URI, p.Author, nil, at))
	o.add(OutgoingActivity{ID: id, Signer: f.ID, Subject: p.Post.URI, Priority: PriorityPost,
		Payloads: []Payload{{For: AllFamilies, Body: body}}, Audience: []Recipients{{FollowersOf: f.ID, Sharing: true}}})
}

// takeBack tells the followers of a forum that it no longer shows a thread of
// another.
func (s *Service) takeBack(ctx context.Context, tx Tx, f *Actor, link *ThreadLink) error {
	if link.AnnounceID == 0 {
		return nil
	}
	p, err := PublicationOf(ctx, tx, link.PostID)
	if err != nil {
		return err
	}
	o := s.outbox()
	id := s.ids.New(s.clock.Now())
	announce := o.keep(s.publisher.Announce(link.AnnounceID, f, p.Post.URI, p.Author, nil, link.At))
	o.add(OutgoingActivity{ID: id, Signer: f.ID, Subject: p.Post.URI, Priority: PriorityModeration,
		Payloads: []Payload{{For: AllFamilies, Body: o.keep(s.publisher.Undo(id, f, announce))}}, Audience: []Recipients{{FollowersOf: f.ID, Sharing: true}}})
	return o.post(ctx, tx)
}

// receiveShare is a group's Announce of a thread that stands in another forum. It
// is no boost, and counts for nothing: it is how the thread comes to those who
// follow the group.
func (s *Service) receiveShare(ctx context.Context, tx Tx, in Inbound, p Publication) (Outcome, error) {
	if !p.Post.IsRoot() {
		return Ignored("a group's announce of a reply in another forum"), nil
	}
	return Done, s.passOn(ctx, tx, p, in.Actor, in.URI)
}

// undoShare takes back what a group announced of another forum's thread.
func (s *Service) undoShare(ctx context.Context, tx Tx, in Inbound, u Undone) (found bool, err error) {
	if in.Via != nil || !in.Actor.IsForum() || u.Type != "" && u.Type != "Announce" {
		return false, nil
	}
	links, err := tx.LinksVia(ctx, in.Actor.ID, u.URI, u.Object)
	if err != nil {
		return false, err
	}
	for i := range links {
		f, err := tx.Actor(ctx, links[i].ForumID)
		if err != nil {
			return false, err
		}
		if err := tx.UnlinkThread(ctx, f.ID, links[i].PostID); err != nil {
			return false, err
		}
		if err := s.takeBack(ctx, tx, f, &links[i]); err != nil {
			return false, err
		}
	}
	return len(links) > 0, nil
}

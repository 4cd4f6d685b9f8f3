package forum

import (
	"context"
	"fmt"
	"time"
)

// outbox collects what one change tells other servers. Building an activity can
// only fail when our own data cannot be expressed; the first such error is kept
// and fails the change when the outbox is posted.
type outbox struct {
	s    *Service
	list []OutgoingActivity
	err  error
}

func (s *Service) outbox() *outbox { return &outbox{s: s} }

func (o *outbox) keep(body []byte, err error) []byte {
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("write activity: %w", err)
	}
	return body
}

func (o *outbox) add(a OutgoingActivity) { o.list = append(o.list, a) }

// send is an activity in the same form for all families.
func (o *outbox) send(id ID, by *Actor, subject string, priority Priority, body []byte, audience ...Recipients) {
	o.add(OutgoingActivity{ID: id, Signer: by.ID, Subject: subject, Priority: priority,
		Payloads: []Payload{{For: AllFamilies, Body: body}}, Audience: audience})
}

// relay lets a local forum pass an activity on to the group-aware servers that
// follow it, and to others whom it concerns. Microblogs get nothing: they would show every relayed reply or
// vote as a boost.
func (o *outbox) relay(id ID, forum *Actor, subject string, priority Priority, activity []byte, at time.Time, also ...Recipients) {
	if forum == nil || !forum.Local() || activity == nil {
		return
	}
	o.add(OutgoingActivity{ID: id, Signer: forum.ID, Subject: subject, Priority: priority,
		Payloads: []Payload{{For: GroupAware, Body: o.keep(o.s.publisher.Relay(id, forum, activity, at))}},
		Audience: append([]Recipients{{FollowersOf: forum.ID}}, also...)})
}

// votes says that everything in the outbox is what an actor now thinks of a post:
// of what somebody does and undoes while a server cannot be reached, that hears
// the last.
func (o *outbox) votes(kind string, by, post ID) *outbox {
	for i := range o.list {
		o.list[i].Vote = kind + " " + by.String() + " " + post.String()
	}
	return o
}

// announce lets a local forum pass a new post on: wrapped to group-aware
// servers, as a bare object to those that want that, and, for a thread's root
// only, as a boost to microblogs.
func (o *outbox) announce(id ID, forum *Actor, p Publication, create []byte, at time.Time) {
	if forum == nil || !forum.Local() {
		return
	}
	bareFor := BareObjects
	if p.Post.IsRoot() {
		bareFor |= Microblog
	}
	if create == nil { // it was read from its server: they can do that too
		bareFor |= GroupAware
	}
	payloads := []Payload{{For: bareFor, Body: o.keep(o.s.publisher.Announce(id, forum, p.Post.URI, p.Author, nil, at))}}
	if create != nil {
		payloads = append(payloads, Payload{For: GroupAware, Body: o.keep(o.s.publisher.Relay(id, forum, create, at))})
	}
	o.add(OutgoingActivity{ID: id, Signer: forum.ID, Subject: p.Post.URI, Priority: PriorityPost,
		Payloads: payloads, Audience: []Recipients{{FollowersOf: forum.ID}}})
}

// announceCase lets the page of a company here pass a new case about it on, where
// that stands elsewhere.
func (o *outbox) announceCase(p Publication, create []byte, at time.Time) {
	if p.Company == nil || p.Thread.Case == nil || p.Thread.Case.AnnounceID == 0 || p.Forum == nil || p.Forum.LocalOnly {
		return
	}
	o.announce(p.Thread.Case.AnnounceID, p.Company, p, create, at)
}

// post hands everything to the transaction.
func (o *outbox) post(ctx context.Context, tx Tx) error {
	if o.err != nil {
		return o.err
	}
	if !o.s.federating {
		return nil
	}
	for _, a := range o.list {
		if err := tx.Publish(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// audienceOf is who hears directly of what a local author does with a post:
// the author's followers, the parent's author, whoever is mentioned, and the
// forum where it is on another server (it then passes the post on).
func audienceOf(p Publication) []Recipients {
	to := []Recipients{{FollowersOf: p.Author.ID}}
	if p.ParentBy != nil {
		to = append(to, Recipients{Actor: p.ParentBy.ID})
	}
	for i := range p.Mentions {
		to = append(to, Recipients{Actor: p.Mentions[i].ID})
	}
	if p.Forum != nil && !p.Forum.Local() {
		to = append(to, Recipients{Actor: p.Forum.ID})
	}
	if p.Company != nil && !p.Company.Local() { // it passes the case on too
		to = append(to, Recipients{Actor: p.Company.ID})
	}
	return to
}

// changeAudience is who hears of an edit or a deletion: everyone who may have
// received the post. The forum's microblog followers got a thread as a boost,
// and take its edit only from the author; group-aware ones get it relayed.
func changeAudience(p Publication) []Recipients {
	to := append(audienceOf(p), Recipients{Around: p.Post.ID})
	if p.Forum != nil && p.Forum.Local() && p.Post.IsRoot() {
		to = append(to, Recipients{FollowersOf: p.Forum.ID, Only: Microblog | BareObjects})
	}
	if p.Post.IsRoot() {
		to = append(to, Recipients{PassedOn: p.Post.ID, Sharing: true})
	}
	if p.Company != nil && p.Company.Local() && p.Company.ID != p.Post.ForumID {
		to = append(to, Recipients{FollowersOf: p.Company.ID})
	}
	return to
}

package forum

import (
	"context"
	"net/url"
	"strings"
	"time"
)

// Relays (FEP-ae0c) are servers that pass public posts on between all that follow
// them. This server follows those that an administrator adds, as its own actor:
// they get the threads of its public forums, and what they pass on is looked
// through for what belongs here.

// RelayStyle is how a relay speaks.
type RelayStyle string

// The styles.
const (
	// RelayMastodon relays are followed by their inbox, and pass activities on as
	// they are, with the JSON-LD signature of their authors.
	RelayMastodon RelayStyle = "mastodon"
	// RelayLitePub relays are followed as the actors they are, follow back, and
	// announce posts, as is announced to them.
	RelayLitePub RelayStyle = "litepub"
)

// RelayState is what a relay answered.
type RelayState string

// The states.
const (
	RelayPending  RelayState = "pending" // nothing yet
	RelayAccepted RelayState = "accepted"
	RelayRefused  RelayState = "refused"
)

// Relay is a relay that this server follows, or wants to.
type Relay struct {
	ID         ID
	URL        string // as it was given
	Style      RelayStyle
	State      RelayState
	Host       string
	Inbox      string
	ActorID    ID // 0: not known before it answers
	FollowID   ID // of our Follow
	CreatedAt  time.Time
	AnsweredAt time.Time
	RelayCount
	Sent int64 // activities for it
}

// Since is when it came into its state.
func (r *Relay) Since() time.Time {
	if r.AnsweredAt.IsZero() {
		return r.CreatedAt
	}
	return r.AnsweredAt
}

// RelayCount is what came from a relay.
type RelayCount struct {
	Received int64 // activities
	Taken    int64 // of those, what belonged here
}

// RelayReader looks relays up.
type RelayReader interface {
	// Relays lists them, the oldest first.
	Relays(ctx context.Context) ([]Relay, error)
	// RelayBy finds the relay that an actor is, whatever it answered.
	RelayBy(ctx context.Context, actor ID) (*Relay, error)
}

// RelayTx changes them.
type RelayTx interface {
	// AddRelay returns Conflict for an inbox that is known.
	AddRelay(ctx context.Context, r *Relay) error
	// AnswerRelay stores state, actor, and when it answered.
	AnswerRelay(ctx context.Context, r *Relay) error
	RemoveRelay(ctx context.Context, id ID) error
}

const (
	maxRelays = 20
	// publicURI stands for everybody; who follows it at an inbox follows a relay.
	publicURI = "https://www.w3.org/ns/activitystreams#Public"
)

// Relays lists the relays. Administrators may see them.
func (s *Service) Relays(ctx context.Context, by *Account) ([]Relay, error) {
	if err := adminOnly(by); err != nil {
		return nil, err
	}
	return s.store.Relays(ctx)
}

// AddRelay follows a relay, by the address of its inbox (as Mastodon has it) or of
// its actor (as LitePub has it). Administrators may.
func (s *Service) AddRelay(ctx context.Context, by *Account, address string) (*Relay, error) {
	if err := adminOnly(by); err != nil {
		return nil, err
	}
	if !s.federating {
		return nil, &Error{Code: Unavailable, Key: "FederationOff"}
	}
	now := s.clock.Now()
	r := &Relay{ID: s.ids.New(now), URL: strings.TrimSpace(address), State: RelayPending, FollowID: s.ids.New(now), CreatedAt: now}
	if err := s.findRelay(ctx, r); err != nil {
		return nil, err
	}
	return r, s.write(ctx, func(ctx context.Context, tx Tx) error {
		known, err := tx.Relays(ctx)
		if err != nil {
			return err
		}
		if len(known) >= maxRelays {
			return &Error{Code: Conflict, Key: "RelaysTooMany", Args: map[string]any{"Max": maxRelays}}
		}
		if err := tx.AddRelay(ctx, r); err != nil {
			return err
		}
		if _, err := tx.RetryPeer(ctx, r.Host); err != nil { // it may have been given up long ago
			return err
		}
		instance, followed, err := followOfRelay(ctx, tx, r)
		if err != nil {
			return err
		}
		o := s.outbox()
		o.toRelay(r.FollowID, r, instance, o.keep(s.publisher.Follow(r.FollowID, instance, followed)))
		return o.post(ctx, tx)
	})
}

// findRelay tells from an address what is to be followed there, and how.
func (s *Service) findRelay(ctx context.Context, r *Relay) error {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" || len(r.URL) > maxCardURL || s.addresses.IsLocal(r.URL) {
		return invalid("url", "RelayAddress", nil)
	}
	u.Fragment = ""
	r.Host = HostOf(u.String())
	if err := s.Admits(ctx, r.Host); err != nil {
		return err
	}
	if strings.HasSuffix(strings.TrimSuffix(u.Path, "/"), "/inbox") {
		r.Style, r.Inbox = RelayMastodon, u.String()
		return nil
	}
	found, err := s.resolver.Resolve(ctx, u.String())
	switch code := CodeOf(err); {
	case code == Unavailable, code == Internal:
		return err
	case err != nil, found.Actor == nil, found.Actor.Local(), !found.Actor.Kind.Automated(): // people and groups are none
		return &Error{Code: Invalid, Key: "RelayNone", Field: "url", Err: err}
	}
	r.Style, r.ActorID, r.Inbox, r.Host = RelayLitePub, found.Actor.ID, found.Actor.Inbox, HostOf(found.Actor.Inbox)
	return s.Admits(ctx, r.Host)
}

// followOfRelay is who follows a relay, and what.
func followOfRelay(ctx context.Context, r Reader, relay *Relay) (by, target *Actor, err error) {
	if by, err = r.InstanceActor(ctx); err != nil {
		return nil, nil, err
	}
	if relay.Style == RelayMastodon {
		return by, &Actor{URI: publicURI}, nil
	}
	target, err = r.Actor(ctx, relay.ActorID)
	return by, target, err
}

// toRelay is something for one relay, from this server's own actor.
func (o *outbox) toRelay(id ID, r *Relay, instance *Actor, body []byte) {
	o.add(OutgoingActivity{ID: id, Signer: instance.ID, Subject: r.Inbox, Priority: PriorityModeration, Hidden: true,
		Payloads: []Payload{{For: AllFamilies, Body: body}}, Audience: []Recipients{{Relay: r.ID}}})
}

// RemoveRelay follows a relay no more; it is named by the address it was added
// with. Administrators may.
func (s *Service) RemoveRelay(ctx context.Context, by *Account, address string) error {
	if err := adminOnly(by); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		r, err := relayAt(ctx, tx, strings.TrimSpace(address))
		if err != nil {
			return err
		}
		instance, followed, err := followOfRelay(ctx, tx, r)
		if err != nil {
			return err
		}
		o := s.outbox()
		id := s.ids.New(s.clock.Now())
		o.toRelay(id, r, instance, o.keep(s.publisher.Undo(id, instance, o.keep(s.publisher.Follow(r.FollowID, instance, followed)))))
		if err := o.post(ctx, tx); err != nil {
			return err
		}
		return tx.RemoveRelay(ctx, r.ID)
	})
}

func relayAt(ctx context.Context, r Reader, address string) (*Relay, error) {
	list, err := r.Relays(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].URL == address || list[i].Inbox == address {
			return &list[i], nil
		}
	}
	return nil, &Error{Code: NotFound, Key: "RelayUnknown", Field: "url", Args: map[string]any{"Address": clip(address, 200)}}
}

// answerOfRelay takes what a relay says to our Follow, which is named by its id
// or by its follower. Found is false where that was none.
func (s *Service) answerOfRelay(ctx context.Context, tx Tx, in Inbound, followURI, followerURI string, accepted bool) (found bool, err error) {
	list, err := tx.Relays(ctx)
	if err != nil || len(list) == 0 {
		return false, err
	}
	instance, err := tx.InstanceActor(ctx)
	if err != nil {
		return false, err
	}
	for i := range list {
		r := &list[i]
		ours := r.FollowID == s.activityID(followURI) || followURI == "" && followerURI == instance.URI
		theirs := r.ActorID == in.Actor.ID || r.ActorID == 0 && SameHost(in.Actor.URI, r.Inbox)
		if !ours || !theirs {
			continue
		}
		r.State, r.ActorID, r.AnsweredAt = RelayRefused, in.Actor.ID, s.clock.Now()
		if accepted {
			r.State = RelayAccepted
		}
		return true, tx.AnswerRelay(ctx, r)
	}
	return false, nil
}

// receiveRelayFollow accepts that a relay follows this server back, which it needs
// in order to send; nobody else follows a server. It is no follow that is kept.
func (s *Service) receiveRelayFollow(ctx context.Context, tx Tx, in Inbound, instance *Actor) (Outcome, error) {
	r, err := tx.RelayBy(ctx, in.Actor.ID)
	if CodeOf(err) == NotFound || err == nil && r.State == RelayRefused {
		return Outcome{}, &Error{Code: NotFound, Key: "NobodyHere"}
	}
	if err != nil {
		return Outcome{}, err
	}
	o := s.outbox()
	id := s.ids.New(s.clock.Now())
	o.toRelay(id, r, instance, o.keep(s.publisher.Accept(id, instance, Follow{Follower: *in.Actor, Target: *instance, URI: in.URI})))
	return Done, o.post(ctx, tx)
}

// forRelays says whether relays hear of a post: of threads by people here in public
// forums of this server.
func forRelays(p Publication) bool {
	return p.Post.IsRoot() && p.Author.Local() && p.Forum != nil && p.Forum.Local() && !p.Forum.LocalOnly && !p.Forum.Private && p.Forum.GroupRole != RoleAction
}

// tellRelays lets the relays hear of a thread: the activity that its author sent,
// signed so that others believe it of the relay. For a new one, those after LitePub
// get an Announce by this server; its edits and its end they pass on as they are.
func (s *Service) tellRelays(ctx context.Context, tx Tx, o *outbox, p Publication, priority Priority, activity []byte) error {
	if !forRelays(p) {
		return nil
	}
	return s.tellRelaysOf(ctx, tx, o, p.Author, p.Post.URI, priority, activity)
}

// tellRelaysOf is tellRelays of anything that a local actor made known.
func (s *Service) tellRelaysOf(ctx context.Context, tx Tx, o *outbox, by *Actor, uri string, priority Priority, activity []byte) error {
	if !s.federating || activity == nil {
		return nil
	}
	list, err := tx.Relays(ctx)
	if err != nil {
		return err
	}
	styles := map[RelayStyle]bool{}
	for i := range list {
		if list[i].State == RelayAccepted {
			styles[list[i].Style] = true
		}
	}
	now := s.clock.Now()
	var audience []Recipients
	if styles[RelayMastodon] {
		audience = append(audience, Recipients{Relays: RelayMastodon})
	}
	switch {
	case !styles[RelayLitePub]:
	case priority != PriorityPost:
		audience = append(audience, Recipients{Relays: RelayLitePub})
	default:
		instance, err := tx.InstanceActor(ctx)
		if err != nil {
			return err
		}
		id := s.ids.New(now)
		o.add(OutgoingActivity{ID: id, Signer: instance.ID, Subject: uri, Priority: priority, Audience: []Recipients{{Relays: RelayLitePub}},
			Payloads: []Payload{{For: AllFamilies, Body: o.keep(s.publisher.Announce(id, instance, uri, nil, nil, now))}}})
	}
	if len(audience) == 0 {
		return nil
	}
	// The activity keeps its id, whichever way it comes: that of this copy is none's.
	if signed := o.keep(s.publisher.Sign(by, activity, now)); signed != nil {
		o.add(OutgoingActivity{ID: s.ids.New(now), Signer: by.ID, Subject: uri, Priority: priority, Hidden: true,
			Payloads: []Payload{{For: AllFamilies, Body: signed}}, Audience: audience})
	}
	return nil
}

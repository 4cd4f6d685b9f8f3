package federation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// message is one activity on its way in: its document, who signed the request
// it came in, and what may be fetched to understand it.
type message struct {
	s        *Server
	document vocabulary.Document
	body     []byte
	signer   *forum.Actor
	budget   *budget // nil while the sender waits for an answer: nothing is fetched then
	asked    bool    // somebody here asked for what is read; see forum.Inbound
	trusted  bool    // what a group passes on is proven to be its actor's
	shares   string  // the Announce of a thread by the group that signed
	relayed  bool    // a relay sent it: only what belongs here is read
	early    bool    // it is about a post that a forum elsewhere may yet pass on
}

// budget bounds what one activity, or one backfill, may make this server fetch.
type budget struct {
	left  atomic.Int64
	hosts *pace // of a backfill: how much each server is asked
}

const (
	maxFetches  = 100 // per activity, as Lemmy
	maxAncestry = 50  // levels of parents, as Lemmy
)

func newBudget() *budget {
	b := &budget{}
	b.left.Store(maxFetches)
	return b
}

// errFetchFirst means that an activity can only be understood after fetching
// something.
var errFetchFirst = errors.New("something must be fetched first")

// spend takes one fetch, of the given address, from the budget.
func (m *message) spend(uri string) error {
	switch {
	case m.budget == nil:
		return errFetchFirst
	case m.budget.hosts != nil && (m.budget.left.Add(-1) < 0 || !m.budget.hosts.take(forum.HostOf(uri))):
		return &forum.Error{Code: forum.TooMany, Key: "TooMuchToFetch"}
	case m.budget.hosts == nil && m.budget.left.Add(-1) < 0:
		return &forum.Error{Code: forum.Invalid, Key: "TooMuchToFetch"}
	}
	return nil
}

// actor returns an actor, reading one from its server that is unknown or was
// read long ago; what is known serves when its server is out of reach. The actor
// may be local.
func (m *message) actor(ctx context.Context, uri string) (*forum.Actor, error) {
	if uri == m.signer.URI {
		return m.signer, nil
	}
	a, err := m.s.store.ActorByURI(ctx, uri)
	switch {
	case err == nil:
		stale := !a.Local() && a.DeletedAt.IsZero() && m.s.o.Clock.Now().Sub(a.FetchedAt) > actorFreshness
		if !stale || m.spend(uri) != nil {
			return a, nil
		}
		if fresh, err := m.s.fetchActor(ctx, uri, ""); err == nil {
			return fresh, nil
		}
		return a, nil
	case forum.CodeOf(err) != forum.NotFound || m.s.o.Addresses.IsLocal(uri):
		return nil, err
	}
	if err := m.spend(uri); err != nil {
		return nil, err
	}
	return m.s.fetchActor(ctx, uri, "")
}

func badDocument(format string, args ...any) error {
	return &forum.Error{Code: forum.Invalid, Key: "DocumentInvalid", Err: fmt.Errorf(format, args...)}
}

func wrongOrigin(format string, args ...any) error {
	return &forum.Error{Code: forum.Forbidden, Key: "WrongOrigin", Err: fmt.Errorf(format, args...)}
}

// apply acts on the activity, which a relay may have sent.
func (m *message) apply(ctx context.Context) (forum.Outcome, error) {
	relay, err := m.relay(ctx)
	if err != nil {
		return forum.Outcome{}, err
	}
	if relay != nil {
		return m.applyRelayed(ctx, relay)
	}
	return m.act(ctx)
}

// act checks the origin and acts on the activity.
//
// The signer must be the actor, and the activity's id on the actor's server.
// Whoever signs for another (Mastodon forwards answers so) is only taken as a
// hint: what the activity is about is then read from its own server.
func (m *message) act(ctx context.Context) (forum.Outcome, error) {
	d := m.document
	actorURI := d.IRI("actor")
	if actorURI != m.signer.URI {
		proven, err := m.proven(ctx, d, actorURI)
		if err != nil {
			return forum.Outcome{}, err
		}
		if proven == nil {
			return m.applyForwarded(ctx, d)
		}
		if proven["@context"] == nil {
			// It was built anew from what a JSON-LD signature covers. A forum here
			// must pass on that, and nothing else.
			if m.body, err = vocabulary.Rewrite(proven); err != nil {
				return forum.Outcome{}, err
			}
		}
		d = proven
		if m.signer, err = m.s.store.ActorByURI(ctx, actorURI); err != nil {
			return forum.Outcome{}, err
		}
	}
	if !forum.SameHost(d.ID(), actorURI) {
		return forum.Outcome{}, wrongOrigin("the activity's id is not on its actor's server")
	}
	in := forum.Inbound{Key: activityKey(d), URI: d.ID(), Actor: m.signer, Raw: m.body}
	if d.Type() == "Announce" {
		return m.announce(ctx, d, in)
	}
	return m.dispatch(ctx, d, in)
}

// dispatch acts on an activity whose actor is known, directly or (in.Via) by way
// of a group.
func (m *message) dispatch(ctx context.Context, d vocabulary.Document, in forum.Inbound) (forum.Outcome, error) {
	service := m.s.service
	object := d.IRI("object")
	direct := in.Via == nil
	switch d.Type() {
	case "Create":
		return m.create(ctx, d, in)
	case "Update":
		return m.update(ctx, d, in)
	case "Delete":
		if object == "" {
			return forum.Outcome{}, badDocument("the Delete names nothing")
		}
		if direct && !forum.SameHost(object, in.Actor.URI) && !m.known(ctx, object) {
			// It might be a moderator's, of something that is yet to come.
			return forum.Outcome{}, wrongOrigin("the deleted object is not on its actor's server")
		}
		summary, _ := d.Text("summary")
		return service.ReceiveDelete(ctx, in, object, summary)
	case "Like", "Dislike":
		if object == "" {
			return forum.Outcome{}, badDocument("the %s names nothing", d.Type())
		}
		if err := m.meet(ctx, d, in.Via, object); err != nil {
			return forum.Outcome{}, err
		}
		return service.ReceiveSupport(ctx, in, object, d.Type() == "Dislike")
	case "EmojiReact":
		if object == "" {
			return forum.Outcome{}, badDocument("the EmojiReact names nothing")
		}
		if !approves(d.String("content")) {
			return forum.Ignored("a reaction that is no support"), nil
		}
		if err := m.meet(ctx, d, in.Via, object); err != nil {
			return forum.Outcome{}, err
		}
		return service.ReceiveSupport(ctx, in, object, false)
	case "Undo":
		return m.undo(ctx, d, in)
	case "Add", "Remove":
		return m.collect(ctx, d, in, d.Type() == "Add")
	case "Block":
		if isBan(d) {
			return m.ban(ctx, d, in, false)
		}
	case "Lock":
		if object == "" {
			return forum.Outcome{}, badDocument("the Lock names nothing")
		}
		if err := m.meet(ctx, d, in.Via, object); err != nil {
			return forum.Outcome{}, err
		}
		return service.ReceiveLock(ctx, in, object, true)
	}
	if !direct {
		return forum.Ignored(d.Type() + " is not taken from a group"), nil
	}
	return m.dispatchDirect(ctx, d, in, object)
}

// dispatchDirect acts on what only the actor itself can say.
func (m *message) dispatchDirect(ctx context.Context, d vocabulary.Document, in forum.Inbound, object string) (forum.Outcome, error) {
	service := m.s.service
	switch d.Type() {
	case "Follow":
		if object == "" {
			return forum.Outcome{}, badDocument("the Follow names nobody")
		}
		return service.ReceiveFollow(ctx, in, object)
	case "Accept", "Reject":
		follower := ""
		if follow := d.Object("object"); follow != nil {
			if t := follow.Type(); t != "Follow" && t != "" {
				return forum.Ignored(d.Type() + " of a " + t), nil
			}
			follower = follow.IRI("actor")
		}
		return service.ReceiveAnswer(ctx, in, object, follower, d.Type() == "Accept")
	case "Block":
		return service.ReceiveBlock(ctx, in, object)
	case "Move":
		return m.move(ctx, d, in)
	case "QuoteRequest":
		if object == "" || d.IRI("instrument") == "" {
			return forum.Outcome{}, badDocument("the QuoteRequest does not say what is quoted where")
		}
		return service.ReceiveQuoteRequest(ctx, in, object, d.IRI("instrument"))
	case "Flag":
		words, _ := d.Text("content")
		if words == "" {
			words, _ = d.Text("summary")
		}
		return service.ReceiveReport(ctx, in, d.IRIs("object"), words)
	}
	return forum.Ignored(d.Type() + " is not acted upon"), nil
}

// move reads the account that its actor has moved to, which has to confirm that.
func (m *message) move(ctx context.Context, d vocabulary.Document, in forum.Inbound) (forum.Outcome, error) {
	uri := d.IRI("target")
	if uri == "" || d.IRI("object") != in.Actor.URI {
		return forum.Ignored("Move is acted upon for accounts only"), nil
	}
	if followed, err := m.followed(ctx); err != nil || !followed {
		return forum.Ignored("nobody here follows that account"), err
	}
	var target *forum.Actor
	var err error
	if m.s.o.Addresses.IsLocal(uri) {
		target, err = m.s.store.ActorByURI(ctx, uri)
	} else if err = m.spend(uri); err == nil {
		target, err = m.s.fetchActor(ctx, uri, "")
	}
	if err != nil {
		return forum.Outcome{}, err
	}
	return m.s.service.ReceiveMove(ctx, in, target)
}

// approving are the reactions that say what a Like does. What the others say
// (laughter, anger, surprise) is not for this server to guess.
var approving = map[string]bool{"❤": true, "♥": true, "🧡": true, "💛": true, "💚": true, "💙": true, "💜": true, "🩷": true, "👍": true, "👌": true, "👏": true, "🙏": true, "💯": true, "⭐": true, "🌟": true, "✅": true, "💪": true, "✊": true}

// approves looks past the variation and the skin colour of an emoji.
func approves(emoji string) bool {
	return approving[strings.Map(func(r rune) rune {
		if r == '\uFE0F' || r >= 0x1F3FB && r <= 0x1F3FF {
			return -1
		}
		return r
	}, emoji)]
}

// undo takes something back. The undone activity is named by its id, or
// embedded; when it is embedded, it must be the actor's own.
func (m *message) undo(ctx context.Context, d vocabulary.Document, in forum.Inbound) (forum.Outcome, error) {
	u := forum.Undone{URI: d.IRI("object")}
	if inner := d.Object("object"); inner != nil {
		if by := inner.IRI("actor"); by != "" && by != in.Actor.URI {
			return forum.Outcome{}, wrongOrigin("nobody undoes what another did")
		}
		u.Type, u.Object = inner.Type(), inner.IRI("object")
		switch u.Type {
		case "EmojiReact":
			u.Type = "Like"
		case "Delete":
			return m.s.service.ReceiveRestore(ctx, in, u.Object)
		case "Lock":
			return m.s.service.ReceiveLock(ctx, in, u.Object, false)
		case "Block":
			if isBan(inner) {
				return m.ban(ctx, inner, in, true)
			}
		case "Follow", "Like", "Dislike", "Announce":
		default:
			return forum.Ignored("Undo of " + u.Type + " is not acted upon"), nil
		}
	}
	if u.URI == "" && u.Object == "" {
		return forum.Outcome{}, badDocument("the Undo names nothing")
	}
	return m.s.service.ReceiveUndo(ctx, in, u)
}

// collect is an Add to, or a Remove from, a collection: what a person pins, or
// what the moderators of a forum put at its head.
func (m *message) collect(ctx context.Context, d vocabulary.Document, in forum.Inbound, on bool) (forum.Outcome, error) {
	object, target := d.IRI("object"), d.IRI("target")
	if object == "" || target == "" {
		return forum.Outcome{}, badDocument("the %s names no object or no target", d.Type())
	}
	if in.Via == nil && target == in.Actor.Featured && !in.Actor.IsForum() {
		return m.s.service.ReceivePin(ctx, in, object, on)
	}
	if on && in.Via != nil && target == in.Via.Featured {
		// It may be older than what was read of that forum.
		if _, _, err := m.post(ctx, object, in.Via, 0); errors.Is(err, errFetchFirst) || forum.CodeOf(err) == forum.Unavailable {
			return forum.Outcome{}, err
		}
	}
	if group := m.groupOf(in, target); group != nil {
		moderator, err := m.actor(ctx, object)
		if err != nil {
			return forum.Outcome{}, err
		}
		return m.s.service.ReceiveModerator(ctx, in, group, moderator, on)
	}
	return m.s.service.ReceiveFeature(ctx, in, object, target, on)
}

// groupOf is the group that speaks, where a collection is that of its moderators.
func (m *message) groupOf(in forum.Inbound, collection string) *forum.Actor {
	for _, a := range []*forum.Actor{in.Via, in.Actor} {
		if a != nil && a.IsForum() && a.Moderators == collection {
			return a
		}
	}
	return nil
}

// known says whether a post is known here.
func (m *message) known(ctx context.Context, uri string) bool {
	_, err := m.s.store.PostByURI(ctx, uri)
	return err == nil
}

// announce is a boost, or a group passing something on.
func (m *message) announce(ctx context.Context, d vocabulary.Document, in forum.Inbound) (forum.Outcome, error) {
	inner := d.Object("object")
	if inner != nil && vocabulary.IsActivity(inner.Type()) {
		if !m.signer.IsForum() {
			return forum.Ignored("only groups pass activities on"), nil
		}
		return m.announced(ctx, inner, in)
	}
	uri := d.IRI("object")
	if uri == "" {
		return forum.Ignored("it announces nothing that has an id"), nil
	}
	if !m.signer.IsForum() {
		if err := m.meet(ctx, d, nil, uri); err != nil {
			return forum.Outcome{}, err
		}
	}
	known, err := m.s.store.PostByURI(ctx, uri)
	switch {
	case err == nil:
		if known.ForumID == m.signer.ID {
			return forum.Ignored("a forum's announce of its own post"), nil
		}
		return m.s.service.ReceiveBoost(ctx, in, uri, m.boostTime(d))
	case forum.CodeOf(err) != forum.NotFound:
		return forum.Outcome{}, err
	case !m.signer.IsForum():
		return forum.NotYet("a boost of something unknown here"), nil
	}
	if followed, err := m.followed(ctx); err != nil || !followed {
		return forum.Ignored("nobody here follows that group"), err
	}
	m.shares = d.ID()
	_, outcome, err := m.post(ctx, uri, m.signer, 0)
	return outcome, err
}

// boostTime is when a boost says it happened, within reason.
func (m *message) boostTime(d vocabulary.Document) time.Time {
	now := m.s.o.Clock.Now()
	if t := d.Time("published"); !t.IsZero() && t.Before(now) {
		return t
	}
	return now
}

// followed says whether anyone here follows the actor that signed.
func (m *message) followed(ctx context.Context) (bool, error) {
	a, err := m.s.store.Actor(ctx, m.signer.ID)
	if err != nil {
		return false, err
	}
	return a.Followers > 0, nil
}

// announced is an activity that a group passes on (FEP-1b12). The group is
// trusted about votes in its threads and removals from them; posts and their
// edits are read from their own server, unless that is the group's.
func (m *message) announced(ctx context.Context, inner vocabulary.Document, outer forum.Inbound) (forum.Outcome, error) {
	actorURI := inner.IRI("actor")
	if actorURI == "" {
		return forum.Outcome{}, badDocument("the announced activity has no actor")
	}
	if m.s.o.Addresses.IsLocal(actorURI) {
		return forum.Ignored("it began here"), nil
	}
	if key := activityKey(inner); inner.ID() != "" {
		if seen, err := m.s.store.Received(ctx, key); err != nil || seen {
			return forum.Ignored("already received"), err
		}
	}
	actor, err := m.actor(ctx, actorURI)
	if err != nil {
		return forum.Outcome{}, err
	}
	proven, err := m.proven(ctx, inner, actorURI)
	if err != nil {
		return forum.Outcome{}, err
	}
	if m.trusted = proven != nil; m.trusted {
		inner = proven
	}
	// The key is the outer activity's: a group must not be able to make us
	// believe that we received what it merely names.
	in := forum.Inbound{Key: outer.Key, URI: inner.ID(), Actor: actor, Via: m.signer}
	return m.dispatch(ctx, inner, in)
}

// applyForwarded reads what an activity is about from its own server, when it
// was signed by someone other than its actor.
func (m *message) applyForwarded(ctx context.Context, d vocabulary.Document) (forum.Outcome, error) {
	object := d.IRI("object")
	switch d.Type() {
	case "Create":
		if object == "" || !forum.SameHost(object, d.IRI("actor")) {
			return forum.Outcome{}, wrongOrigin("the actor did not sign, and what it made is not on its server")
		}
		_, outcome, err := m.post(ctx, object, nil, 0)
		return outcome, err
	case "Update":
		return m.refetch(ctx, object, forum.Inbound{})
	case "Delete":
		return m.confirmDelete(ctx, object)
	}
	return forum.Outcome{}, &forum.Error{Code: forum.Unauthenticated, Key: "SignatureInvalid", Err: errors.New("signed by another than its actor")}
}

// confirmDelete asks a post's own server whether it is gone.
func (m *message) confirmDelete(ctx context.Context, uri string) (forum.Outcome, error) {
	known, err := m.s.store.PostByURI(ctx, uri)
	if forum.CodeOf(err) == forum.NotFound {
		return forum.Ignored("the post is not known here"), nil
	}
	if err != nil {
		return forum.Outcome{}, err
	}
	if err := m.spend(uri); err != nil {
		return forum.Outcome{}, err
	}
	_, err = m.s.fetch(ctx, uri)
	if code := forum.CodeOf(err); code != forum.NotFound && code != forum.Gone {
		return forum.Ignored("it is still there"), nil
	}
	author, err := m.s.store.Actor(ctx, known.AuthorID)
	if err != nil {
		return forum.Outcome{}, err
	}
	return m.s.service.ReceiveDelete(ctx, forum.Inbound{Actor: author}, uri, "")
}

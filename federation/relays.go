package federation

import (
	"context"
	"errors"
	"maps"
	"sync"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// What relays send (FEP-ae0c) was written by others, and hardly anything of it
// belongs here. Whether it may is looked at first, by what it says of itself: so
// that nothing is fetched or stored for the rest. What is then taken is believed
// because of its author's signature, or read from its own server.

const noConcern = "a relay's, and it belongs nowhere here"

// relay is the relay that sent the activity; nil where none did. What a relay says
// of its own account, but for posts that it announces, comes like anybody's.
func (m *message) relay(ctx context.Context) (*forum.Relay, error) {
	if m.document.IRI("actor") == m.signer.URI && m.document.Type() != "Announce" {
		return nil, nil
	}
	relay, err := m.s.store.RelayBy(ctx, m.signer.ID)
	if forum.CodeOf(err) == forum.NotFound {
		return nil, nil
	}
	return relay, err
}

// applyRelayed acts on what a relay sent, and counts it.
func (m *message) applyRelayed(ctx context.Context, relay *forum.Relay) (forum.Outcome, error) {
	if relay.State != forum.RelayAccepted {
		return forum.Ignored("that relay is not followed"), nil
	}
	m.relayed = true
	var count forum.RelayCount
	if m.budget == nil { // else it was counted before its job
		count.Received = 1
	}
	outcome, err := m.actRelayed(ctx)
	if err == nil && outcome.Done {
		count.Taken = 1
	}
	m.s.countRelayed(relay.ID, count)
	return outcome, err
}

func (m *message) actRelayed(ctx context.Context) (forum.Outcome, error) {
	d := m.document
	inner := d.Object("object")
	switch {
	case d.IRI("actor") != m.signer.URI && d.Type() == "Create" && inner == nil:
		return m.hint(ctx, d.IRI("object"))
	case d.IRI("actor") != m.signer.URI:
	case inner.Type() == "Create": // which nothing vouches for
		return m.hint(ctx, inner.IRI("object"))
	default:
		return m.hint(ctx, d.IRI("object"))
	}
	concerns, err := m.concerns(ctx, d)
	if err != nil || !concerns {
		return forum.Ignored(noConcern), err
	}
	return m.act(ctx)
}

// concerns says whether an activity may be of concern here, by what it says: what
// is known here was changed, or what is new belongs here.
func (m *message) concerns(ctx context.Context, d vocabulary.Document) (bool, error) {
	object := d.IRI("object")
	switch d.Type() {
	case "Create", "Update":
		inner := d.Object("object")
		if object == d.IRI("actor") || inner != nil && vocabulary.IsActor(inner.Type()) {
			return m.knownActor(ctx, object)
		}
		if m.known(ctx, object) {
			return d.Type() == "Update", nil
		}
		if inner == nil || !vocabulary.IsPost(inner.Type()) {
			return false, nil
		}
		inner = maps.Clone(inner) // what was signed stays as it is
		inheritAudience(inner, d)
		p, err := vocabulary.ReadPost(inner)
		if err != nil {
			return false, nil
		}
		return m.belongs(ctx, p)
	case "Delete":
		if object == d.IRI("actor") {
			return m.knownActor(ctx, object)
		}
		return m.known(ctx, object), nil
	case "Move":
		return m.knownActor(ctx, d.IRI("actor"))
	}
	return false, nil // votes, follows and the like come from who makes them
}

func (m *message) knownActor(ctx context.Context, uri string) (bool, error) {
	a, err := m.s.store.ActorByURI(ctx, uri)
	if forum.CodeOf(err) == forum.NotFound {
		return false, nil
	}
	return err == nil && !a.Local(), err
}

// belongs says whether a new post that a relay sent belongs here: it answers a post
// that is known, or opens a thread in a forum of ours or one that is followed here, or
// that follows one of its hashtags.
// What came another way is judged by who sent it.
func (m *message) belongs(ctx context.Context, p *vocabulary.Post) (bool, error) {
	switch {
	case !m.relayed:
		return true, nil
	case !p.Public || p.Vote != "":
		return false, nil
	case p.ParentURI != "":
		return m.known(ctx, p.ParentURI), nil
	}
	addressed, err := m.s.store.ActorsByURI(ctx, p.Addressed[:min(len(p.Addressed), maxAddressed)])
	if err != nil {
		return false, err
	}
	for i := range addressed {
		a := &addressed[i]
		if a.IsForum() && (a.Local() || a.Followers > 0 && forum.SameHost(a.URI, p.AuthorURI)) {
			return true, nil
		}
	}
	wanted, err := m.s.store.ForumsByTags(ctx, p.Tags)
	return len(wanted) > 0, err
}

// maxAddressed bounds the addressees of a post, or a vote, that are looked up.
const maxAddressed = 200

// hint is a relay's Announce: no boost, but the news that there is a post, which is
// read from its own server once.
func (m *message) hint(ctx context.Context, uri string) (forum.Outcome, error) {
	switch {
	case forum.HostOf(uri) == "":
		return forum.Ignored("it announces nothing that has an id"), nil
	case m.s.o.Addresses.IsLocal(uri):
		return forum.Ignored("it began here"), nil
	case m.known(ctx, uri):
		return forum.Ignored("already known"), nil
	case m.budget == nil && m.s.hints.seen(uri):
		return forum.Ignored("another relay told of it"), nil
	}
	if err := m.s.service.Admits(ctx, forum.HostOf(uri)); err != nil {
		return forum.Ignored("that server is not spoken with"), nil
	}
	if gone, err := m.s.store.Tombstoned(ctx, uri); err != nil || gone {
		return forum.Ignored("it was deleted before"), err
	}
	_, outcome, err := m.post(ctx, uri, nil, 0)
	switch {
	case err == nil, errors.Is(err, errFetchFirst), forum.CodeOf(err) == forum.Internal:
		return outcome, err
	}
	return forum.Ignored("it cannot be had: " + err.Error()), nil // somebody else will tell of it, if it matters
}

// hints remembers what relays told of lately: each post comes from all of them.
type hints struct {
	mu     sync.Mutex
	recent map[string]bool
	before map[string]bool // what was recent before
}

const maxHints = 5000 // in each of the two

// seen remembers an address, and says whether it was remembered.
func (h *hints) seen(uri string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.recent[uri] || h.before[uri] {
		return true
	}
	if h.recent == nil || len(h.recent) >= maxHints {
		h.before, h.recent = h.recent, make(map[string]bool, maxHints)
	}
	h.recent[uri] = true
	return false
}

package federation

import (
	"context"
	"slices"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// create is a new post. What came with its author's signature, or from the
// author's own server by way of a group, is taken as it is; everything else is
// read from where it lives.
func (m *message) create(ctx context.Context, d vocabulary.Document, in forum.Inbound) (forum.Outcome, error) {
	uri := d.IRI("object")
	if uri == "" {
		return forum.Outcome{}, badDocument("the Create has no object with an id")
	}
	inner := d.Object("object")
	trusted := in.Via == nil || m.trusted || forum.SameHost(in.Via.URI, in.Actor.URI)
	if inner == nil || !trusted {
		_, outcome, err := m.post(ctx, uri, in.Via, 0)
		return outcome, err
	}
	if !vocabulary.IsPost(inner.Type()) {
		return forum.Ignored("a new " + inner.Type() + " is not acted upon"), nil
	}
	inheritAudience(inner, d)
	p, err := m.readSent(ctx, inner)
	if err != nil {
		return forum.Outcome{}, err
	}
	if p.AuthorURI != in.Actor.URI || !forum.SameHost(p.URI, in.Actor.URI) {
		return forum.Outcome{}, wrongOrigin("the post is not its actor's")
	}
	switch {
	case p.Vote != "" && m.s.isMessage(p.ParentURI):
		return m.s.service.ReceivePrivateNote(ctx, in, forum.PrivateNote{URI: p.URI, ParentURI: p.ParentURI, Addressed: p.Addressed, Choices: votes(d, p)})
	case p.Vote != "":
		return m.s.service.ReceivePollVote(ctx, in, p.ParentURI, votes(d, p))
	case !p.Public:
		return m.private(ctx, in, p)
	}
	return m.receive(ctx, in, p, 0)
}

// readSent reads a post that was sent here, rather than asked for. Its server's
// counts are as old as the activity. From servers that know forums every vote comes
// here by itself, and one that was taken back meanwhile would count for ever.
func (m *message) readSent(ctx context.Context, d vocabulary.Document) (*vocabulary.Post, error) {
	p, err := vocabulary.ReadPost(d)
	if err != nil {
		return nil, badDocument("%w", err)
	}
	if p.Tally == (forum.Tally{}) {
		return p, nil
	}
	peer, err := m.s.store.Peer(ctx, forum.HostOf(p.URI))
	switch {
	case err == nil && forum.FamilyOf(peer.Software) == forum.GroupAware:
		p.Tally = forum.Tally{}
	case err != nil && forum.CodeOf(err) != forum.NotFound:
		return nil, err
	}
	return p, nil
}

// votes are what somebody chooses with a Create: more than one where it holds
// several Notes, as GoToSocial's does.
func votes(activity vocabulary.Document, first *vocabulary.Post) []string {
	choices := []string{first.Vote}
	for _, other := range activity.Objects("object")[1:] {
		p, err := vocabulary.ReadPost(other)
		if err == nil && p.Vote != "" && p.ParentURI == first.ParentURI && p.AuthorURI == first.AuthorURI {
			choices = append(choices, p.Vote)
		}
	}
	return choices
}

// inheritAudience gives a post without addresses those of its Create.
func inheritAudience(post, activity vocabulary.Document) {
	if len(post.Addresses()) == 0 {
		for _, key := range []string{"to", "cc", "audience"} {
			post[key] = activity[key]
		}
	}
}

// receive looks up what a post answers, and hands it to the service.
func (m *message) receive(ctx context.Context, in forum.Inbound, p *vocabulary.Post, depth int) (forum.Outcome, error) {
	switch {
	case p.Vote != "":
		return m.s.service.ReceivePollVote(ctx, in, p.ParentURI, []string{p.Vote})
	case !p.Public:
		return forum.Ignored("not public"), nil
	}
	if belongs, err := m.belongs(ctx, p); err != nil || !belongs {
		return forum.Ignored(noConcern), err
	}
	p.Author = in.Actor
	if p.ParentURI != "" {
		parent, err := m.parent(ctx, p.ParentURI, in.Via, depth)
		if err != nil {
			return forum.Outcome{}, err
		}
		if parent == nil {
			return forum.Ignored("it answers nothing that belongs to a forum here"), nil
		}
		p.ParentID = parent.ID
	} else if m.asked || m.shares != "" && in.Via != nil {
		m.meetForum(ctx, p)
	}
	return m.s.service.ReceivePost(ctx, in, p.RemotePost)
}

// parent finds the post that another answers; nil when it is none of ours. An
// unknown one is read from its server, and so are its own parents up to the
// root, where the chain may turn out to lead into a forum of ours.
func (m *message) parent(ctx context.Context, uri string, via *forum.Actor, depth int) (*forum.Post, error) {
	known, err := m.s.store.PostByURI(ctx, uri)
	if forum.CodeOf(err) != forum.NotFound {
		return known, err
	}
	if m.s.o.Addresses.IsLocal(uri) || depth >= maxAncestry {
		return nil, nil
	}
	if gone, err := m.s.store.Tombstoned(ctx, uri); err != nil || gone {
		return nil, err
	}
	known, _, err = m.post(ctx, uri, via, depth+1)
	switch forum.CodeOf(err) {
	case forum.NotFound, forum.Gone, forum.Forbidden, forum.Invalid:
		return nil, nil // the chain ends in something that cannot be had
	}
	return known, err
}

// post reads a post from its own server and stores it if it belongs here. It
// returns nil, with the outcome that says why, when it does not.
func (m *message) post(ctx context.Context, uri string, via *forum.Actor, depth int) (*forum.Post, forum.Outcome, error) {
	if known, err := m.s.store.PostByURI(ctx, uri); forum.CodeOf(err) != forum.NotFound {
		return known, forum.Ignored("already known"), err
	}
	if err := m.spend(uri); err != nil {
		return nil, forum.Outcome{}, err
	}
	d, err := m.s.fetch(ctx, uri)
	if err != nil {
		return nil, forum.Outcome{}, err
	}
	return m.keep(ctx, d, via, depth)
}

// meet has the post known here that an activity is about. It may come before that
// post does, by another way, or while that is still being fetched. It is read from
// its own server when it is said to stand in a forum of ours, or in one that people
// here follow; whether it does is decided then.
func (m *message) meet(ctx context.Context, d vocabulary.Document, via *forum.Actor, uri string) error {
	if m.s.o.Addresses.IsLocal(uri) || m.known(ctx, uri) {
		return nil
	}
	if gone, err := m.s.store.Tombstoned(ctx, uri); err != nil || gone {
		return err
	}
	addresses := d.Addresses()
	named, err := m.s.store.ActorsByURI(ctx, addresses[:min(len(addresses), maxAddressed)])
	if err != nil {
		return err
	}
	if via != nil {
		named = append(named, *via)
	}
	if !slices.ContainsFunc(named, func(a forum.Actor) bool { return a.IsForum() && (a.Local() || a.Followers > 0) }) {
		return nil
	}
	post, _, err := m.post(ctx, uri, via, 0)
	switch forum.CodeOf(err) {
	case "":
		m.early = post == nil // its forum has not passed it on yet, or will not
	case forum.NotFound, forum.Gone, forum.Forbidden, forum.Invalid:
		return nil // there is nothing to be had
	}
	return err
}

// keep stores a post as its own server gives it, if it belongs here.
func (m *message) keep(ctx context.Context, d vocabulary.Document, via *forum.Actor, depth int) (*forum.Post, forum.Outcome, error) {
	uri := d.ID()
	// Announced ids may name the activity that made the post.
	if d.Type() == "Create" {
		inner := d.IRI("object")
		if inner == "" || inner == uri || !forum.SameHost(inner, uri) {
			return nil, forum.Outcome{}, badDocument("%s is a Create without its object", uri)
		}
		return m.post(ctx, inner, via, depth)
	}
	if !vocabulary.IsPost(d.Type()) {
		return nil, forum.Ignored("a " + d.Type() + " is not acted upon"), nil
	}
	p, err := vocabulary.ReadPost(d)
	if err != nil {
		return nil, forum.Outcome{}, badDocument("%w", err)
	}
	if belongs, err := m.belongs(ctx, p); err != nil || !belongs { // or its author would be read for nothing
		return nil, forum.Ignored(noConcern), err
	}
	author, err := m.actor(ctx, p.AuthorURI)
	if err != nil {
		return nil, forum.Outcome{}, err
	}
	outcome, err := m.receive(ctx, forum.Inbound{URI: m.shares, Actor: author, Via: via, Shares: m.shares != "", Asked: m.asked}, p, depth)
	if err != nil {
		return nil, outcome, err
	}
	known, err := m.s.store.PostByURI(ctx, p.URI)
	if forum.CodeOf(err) == forum.NotFound {
		return nil, outcome, nil
	}
	return known, outcome, err
}

// update is a changed post or profile. A post that is not known yet is treated
// as new: its Create may have been lost.
func (m *message) update(ctx context.Context, d vocabulary.Document, in forum.Inbound) (forum.Outcome, error) {
	uri := d.IRI("object")
	if uri == "" {
		return forum.Outcome{}, badDocument("the Update has no object with an id")
	}
	inner := d.Object("object")
	if inner != nil && vocabulary.IsActor(inner.Type()) || uri == in.Actor.URI {
		return m.updateActor(ctx, uri, inner, in)
	}
	if in.Via == nil && !forum.SameHost(uri, in.Actor.URI) {
		return forum.Outcome{}, wrongOrigin("the updated object is not on its actor's server")
	}
	trusted := in.Via == nil || m.trusted || forum.SameHost(in.Via.URI, in.Actor.URI)
	if inner == nil || !trusted {
		return m.refetch(ctx, uri, in)
	}
	if !vocabulary.IsPost(inner.Type()) {
		return forum.Ignored("an updated " + inner.Type() + " is not acted upon"), nil
	}
	p, err := m.readSent(ctx, inner)
	if err != nil {
		return forum.Outcome{}, err
	}
	if p.AuthorURI != in.Actor.URI {
		return forum.Outcome{}, wrongOrigin("the post is not its actor's")
	}
	return m.edit(ctx, in, p)
}

func (m *message) edit(ctx context.Context, in forum.Inbound, p *vocabulary.Post) (forum.Outcome, error) {
	p.Author = in.Actor
	if !m.known(ctx, p.URI) {
		outcome, err := m.receive(ctx, in, p, 0)
		if err != nil || !m.known(ctx, p.URI) || outcome.Done {
			return outcome, err
		}
		// Its Create came in the meantime.
	}
	return m.s.service.ReceiveEdit(ctx, in, p.RemotePost)
}

// refetch takes a post's present text from its own server.
func (m *message) refetch(ctx context.Context, uri string, in forum.Inbound) (forum.Outcome, error) {
	if _, err := m.s.store.PostByURI(ctx, uri); forum.CodeOf(err) == forum.NotFound {
		return forum.Ignored("the post is not known here"), nil
	} else if err != nil {
		return forum.Outcome{}, err
	}
	if err := m.spend(uri); err != nil {
		return forum.Outcome{}, err
	}
	d, err := m.s.fetch(ctx, uri)
	if err != nil {
		return forum.Outcome{}, err
	}
	p, err := vocabulary.ReadPost(d)
	if err != nil {
		return forum.Outcome{}, badDocument("%w", err)
	}
	author, err := m.actor(ctx, p.AuthorURI)
	if err != nil {
		return forum.Outcome{}, err
	}
	in.Actor = author
	return m.edit(ctx, in, p)
}

// updateActor stores a changed profile. The embedded one serves when its owner
// signed; otherwise it is read anew.
func (m *message) updateActor(ctx context.Context, uri string, inner vocabulary.Document, in forum.Inbound) (forum.Outcome, error) {
	if in.Via != nil || uri != in.Actor.URI {
		known, err := m.s.store.ActorByURI(ctx, uri)
		if err != nil || known.Local() {
			return forum.Ignored("the actor is not known here"), nil
		}
		if err := m.spend(uri); err != nil {
			return forum.Outcome{}, err
		}
		_, err = m.s.fetchActor(ctx, uri, "")
		return forum.Done, err
	}
	// Mastodon and Mbin embed the profile without its key (it has not changed);
	// a document that lacks what an actor needs is read anew too.
	if inner == nil || inner.IRI("inbox") == "" {
		if err := m.spend(uri); err != nil {
			return forum.Outcome{}, err
		}
		_, err := m.s.fetchActor(ctx, uri, "")
		return forum.Done, err
	}
	_, err := m.s.saveActor(ctx, inner, "")
	return forum.Done, err
}

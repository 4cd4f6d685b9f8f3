package federation

import (
	"context"
	"net/url"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

const (
	maxModerators = 50
	maxFeatured   = forum.MaxFeatured
)

// WorkGroup does a forum.GroupJob.
func (s *Server) WorkGroup(ctx context.Context, job forum.GroupJob) error {
	group, err := s.store.Actor(ctx, job.Group)
	if err != nil || group.Local() || s.o.Mode == Off {
		return err
	}
	m := &message{s: s, signer: group, budget: newBudget()}
	if err := m.readModerators(ctx, group); err != nil {
		return err
	}
	return m.readFeatured(ctx, group)
}

// readModerators learns who moderates a group. Those who cannot be found are left
// out.
func (m *message) readModerators(ctx context.Context, group *forum.Actor) error {
	uris, err := m.members(ctx, group.Moderators, maxModerators)
	if err != nil || uris == nil {
		return err
	}
	var moderators []forum.Actor
	for _, uri := range uris {
		a, err := m.actor(ctx, uri)
		switch {
		case forum.CodeOf(err) == forum.Internal:
			return err
		case err == nil && a.Kind != forum.Application && !a.IsForum():
			moderators = append(moderators, *a)
		}
	}
	return m.s.service.ReceiveModerators(ctx, group, moderators)
}

// readFeatured learns what stands at the head of a group, the last one first.
func (m *message) readFeatured(ctx context.Context, group *forum.Actor) error {
	uris, err := m.members(ctx, group.Featured, maxFeatured)
	if err != nil || uris == nil {
		return err
	}
	for _, uri := range uris {
		// What cannot be had is not among what is known, and so not put there.
		if _, _, err := m.post(ctx, uri, group, 0); forum.CodeOf(err) == forum.Internal {
			return err
		}
	}
	return m.s.service.ReceiveFeatured(ctx, group, uris)
}

// members lists the ids in a collection: on itself, or on its first page. They
// are nil where it cannot be read.
func (m *message) members(ctx context.Context, uri string, most int) ([]string, error) {
	if uri == "" || m.spend(uri) != nil {
		return nil, nil
	}
	d, err := m.s.fetch(ctx, uri)
	if err == nil && d.Object("first") == nil && d.IRI("first") != "" && len(itemsOf(d)) == 0 {
		if err = m.spend(uri); err == nil {
			d, err = m.s.fetch(ctx, d.IRI("first"))
		}
	}
	switch forum.CodeOf(err) {
	case "":
	case forum.Unavailable, forum.Internal:
		return nil, err
	default:
		return nil, nil
	}
	switch d.Type() {
	case "Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage":
	default:
		return nil, nil
	}
	if first := d.Object("first"); first != nil && len(itemsOf(d)) == 0 {
		d = first
	}
	list := itemsOf(d)
	return append([]string{}, list[:min(len(list), most)]...), nil
}

func itemsOf(d vocabulary.Document) []string {
	return append(d.IRIs("orderedItems"), d.IRIs("items")...)
}

// isBan says whether a Block is a ban from a community or a server, and not one
// person's wish to be left alone by another.
func isBan(d vocabulary.Document) bool {
	target := d.IRI("target")
	return target != "" && target != d.IRI("object")
}

// isServer says whether an address is that of a whole server, as Lemmy has it.
func isServer(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && (u.Path == "" || u.Path == "/") && u.RawQuery == ""
}

// ban is a Block with a target, or its Undo.
func (m *message) ban(ctx context.Context, d vocabulary.Document, in forum.Inbound, undo bool) (forum.Outcome, error) {
	object := d.IRI("object")
	if object == "" {
		return forum.Outcome{}, badDocument("the Block names nobody")
	}
	target := d.IRI("target")
	group, err := m.s.store.ActorByURI(ctx, target)
	switch {
	case isServer(target) || err == nil && group.Kind == forum.Application:
		if group = nil; !forum.SameHost(target, in.Actor.URI) {
			return forum.Ignored("a ban from another server"), nil
		}
	case forum.CodeOf(err) == forum.NotFound:
		return forum.Ignored("a ban from a group that is not known here"), nil
	case err != nil:
		return forum.Outcome{}, err
	case !group.IsForum():
		return forum.Ignored("a ban from what is no group"), nil
	}
	whom, err := m.s.store.ActorByURI(ctx, object)
	if forum.CodeOf(err) == forum.NotFound {
		return forum.Ignored("whoever is banned is not known here"), nil
	}
	if err != nil {
		return forum.Outcome{}, err
	}
	if undo {
		return m.s.service.ReceiveUnban(ctx, in, group, whom)
	}
	reason, _ := d.Text("summary")
	until := d.Time("endTime")
	if until.IsZero() {
		until = d.Time("expires")
	}
	return m.s.service.ReceiveBan(ctx, in, group, forum.InboundBan{Whom: whom, Reason: reason, Until: until, RemovePosts: d.Bool("removeData")})
}

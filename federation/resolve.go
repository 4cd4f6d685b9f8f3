package federation

import (
	"context"
	"strings"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// Fetch resolves any remote address into what it becomes here: an actor, or a
// post if it belongs to a forum known here. The outcome says why not.
func (s *Server) Fetch(ctx context.Context, uri string) (*forum.Actor, *forum.Post, forum.Outcome, error) {
	d, err := s.fetch(ctx, uri)
	if err != nil {
		return nil, nil, forum.Outcome{}, err
	}
	if vocabulary.IsActor(d.Type()) {
		a, err := s.saveActor(ctx, d, "")
		return a, nil, forum.Done, err
	}
	m, err := s.errand(ctx)
	if err != nil {
		return nil, nil, forum.Outcome{}, err
	}
	p, outcome, err := m.post(ctx, d.ID(), nil, 0)
	return nil, p, outcome, err
}

// errand is for what is read without an activity that caused it.
func (s *Server) errand(ctx context.Context) (*message, error) {
	signer, err := s.store.InstanceActor(ctx)
	if err != nil {
		return nil, err
	}
	return &message{s: s, signer: signer, budget: newBudget()}, nil
}

// Resolve implements forum.Resolver. Unlike Fetch it is asked for by a person who
// wants to take part: a thread of a forum that nobody here follows yet is kept
// too.
func (s *Server) Resolve(ctx context.Context, uri string) (forum.Resolved, error) {
	d, err := s.fetch(ctx, uri)
	if err != nil {
		return forum.Resolved{}, err
	}
	if vocabulary.IsActor(d.Type()) {
		a, err := s.saveActor(ctx, d, "")
		return forum.Resolved{Actor: a}, err
	}
	m, err := s.errand(ctx)
	if err != nil {
		return forum.Resolved{}, err
	}
	m.asked = true
	post, _, err := m.post(ctx, d.ID(), nil, 0)
	if err != nil || post != nil {
		return forum.Resolved{Post: post}, err
	}
	p, err := vocabulary.ReadPost(d)
	if err != nil {
		return forum.Resolved{}, invalidDocument(uri, err)
	}
	if !p.Public {
		return forum.Resolved{}, &forum.Error{Code: forum.Forbidden, Key: "PostNotPublic"}
	}
	found := forum.Resolved{}
	if found.Author, err = m.actor(ctx, p.AuthorURI); err != nil {
		return forum.Resolved{}, err
	}
	found.Forum = m.forumOf(ctx, p)
	return found, nil
}

// maxMet bounds the addressees that are read to find a post's forum.
const maxMet = 5

// meetForum reads the forum that a post opens a thread in, where it is not known
// yet: only known forums take threads.
func (m *message) meetForum(ctx context.Context, p *vocabulary.Post) { m.forumOf(ctx, p) }

// forumOf finds the forum among a post's addressees, reading those that are not
// known; nil when there is none. What cannot be read is no forum.
func (m *message) forumOf(ctx context.Context, p *vocabulary.Post) *forum.Actor {
	read := 0
	for _, uri := range p.Addressed {
		if uri == vocabulary.Public || uri == p.AuthorURI || strings.HasSuffix(uri, "/followers") {
			continue
		}
		a, err := m.s.store.ActorByURI(ctx, uri)
		if err != nil && read < maxMet {
			read++
			a, err = m.actor(ctx, uri)
		}
		if err == nil && a.IsForum() {
			return a
		}
	}
	return nil
}

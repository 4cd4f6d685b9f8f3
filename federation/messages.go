package federation

import (
	"context"
	"net/http"
	"strings"

	"portevoix/federation/signature"
	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// directMessage serves a note that was sent to one actor, to that actor's server
// only: it must sign, whatever the others have to do.
func (s *Server) directMessage(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Signature")
	nothing := &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	m, err := s.store.MessageByURI(r.Context(), s.here(r))
	if err != nil {
		s.fail(w, r, nothing)
		return
	}
	from, err := s.store.Actor(r.Context(), m.FromID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	to, err := s.store.Actor(r.Context(), m.ToID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	sig, err := signature.Read(r)
	if err != nil || !forum.SameHost(sig.KeyID, to.URI) {
		s.fail(w, r, nothing)
		return
	}
	if _, err := s.verify(r.Context(), r, nil, sig.KeyID); err != nil {
		s.fail(w, r, err)
		return
	}
	body, err := s.writer.Note(*m, from, to)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	serveActivity(&privately{w}, r, body)
}

// isMessage says whether an id is that of a note to one actor.
func (s *Server) isMessage(uri string) bool {
	return strings.HasPrefix(uri, s.o.Addresses.Base()+"/messages/")
}

// private is a post that its author wrote to some only.
func (m *message) private(ctx context.Context, in forum.Inbound, p *vocabulary.Post) (forum.Outcome, error) {
	return m.s.service.ReceivePrivateNote(ctx, in, forum.PrivateNote{
		URI: p.URI, ParentURI: p.ParentURI, Addressed: p.Addressed, Tags: p.Tags, Content: p.Content, Claim: p.Claim, Poll: p.Poll, Language: p.Language,
	})
}

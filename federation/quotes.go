package federation

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// quoteAuthorization serves the word of somebody here that a post elsewhere may
// quote theirs (FEP-044f), until they take it back or delete their post.
func (s *Server) quoteAuthorization(w http.ResponseWriter, r *http.Request) {
	id, err := forum.ParseID(mux.Vars(r)["id"])
	if err != nil {
		s.fail(w, r, err)
		return
	}
	a, err := s.store.QuoteAuthorization(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	post, err := s.store.Post(r.Context(), a.PostID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !a.RevokedAt.IsZero() || post.Hidden() {
		s.gone(w, r, s.o.Addresses.Quote(id))
		return
	}
	author, err := s.store.Actor(r.Context(), post.AuthorID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, err := s.writer.QuoteAuthorization(a, post, author)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	serveActivity(w, r, body)
}

// WorkQuote does a forum.QuoteJob: the authorization must be on the server of the
// quoted post, by its author, and for just this quote.
func (s *Server) WorkQuote(ctx context.Context, job forum.QuoteJob) error {
	post, err := s.store.Post(ctx, job.Post)
	if err != nil || post.Quote == nil || post.Quote.PostID == 0 {
		return err
	}
	quoted, err := s.store.Post(ctx, post.Quote.PostID)
	if err != nil {
		return err
	}
	author, err := s.store.Actor(ctx, quoted.AuthorID)
	if err != nil {
		return err
	}
	uri := post.Quote.Authorization
	if !forum.SameHost(uri, quoted.URI) {
		return nil
	}
	d, err := s.fetch(ctx, uri)
	if err != nil {
		return err
	}
	if d.ID() != uri || d.Type() != "QuoteAuthorization" || d.IRI("attributedTo") != author.URI || d.IRI("interactingObject") != post.URI || d.IRI("interactionTarget") != quoted.URI {
		return badDocument("%s does not let %s quote %s", uri, post.URI, quoted.URI)
	}
	return s.service.QuoteApproved(ctx, post.ID, uri)
}

package federation

import (
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// ballotNamed finds the ballot that a path names. It answers by itself, and
// returns nil, when there is none to show.
func (s *Server) ballotNamed(w http.ResponseWriter, r *http.Request) *forum.Post {
	vars := mux.Vars(r)
	version, err := strconv.Atoi(vars["version"])
	if err != nil {
		s.fail(w, r, &forum.Error{Code: forum.NotFound, Key: "NothingHere", Err: err})
		return nil
	}
	p, err := s.store.PostByURI(r.Context(), s.o.Addresses.Ballot(vars["name"], version))
	switch {
	case err != nil:
		s.fail(w, r, err)
	case p.Hidden():
		s.gone(w, r, p.URI)
	default:
		return p
	}
	return nil
}

// event serves a gathering as an event.
func (s *Server) event(w http.ResponseWriter, r *http.Request) {
	a, err := s.store.Action(r.Context(), forum.Handle{Name: mux.Vars(r)["name"]})
	if err == nil && (a.Kind != forum.Gathering || !a.Public() || a.LocalOnly) {
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, err := s.writer.Event(a, s.o.Addresses.Event(a.Name))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	serveActivity(w, r, body)
}

package federation

import (
	"net/http"

	"portevoix/federation/signature"
	"portevoix/forum"
)

// authorized wants a signature of whoever reads a document, where the server is
// set so: blocked servers then get nothing. Actors and their keys are not asked
// for one, or nobody could verify anything (NodeBB reads them unsigned).
func (s *Server) authorized(next http.HandlerFunc) http.HandlerFunc {
	if !s.o.AuthorizedFetch {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Signature")
		sig, err := signature.Read(r)
		if err != nil {
			s.fail(w, r, &forum.Error{Code: forum.Unauthenticated, Key: "SignatureInvalid", Err: err})
			return
		}
		// The signature's server is who asks.
		if err := s.checkHost(r.Context(), sig.KeyID); err != nil {
			s.fail(w, r, err)
			return
		}
		if _, err := s.verify(r.Context(), r, nil, sig.KeyID); err != nil {
			s.fail(w, r, err)
			return
		}
		next(&privately{w}, r)
	}
}

// privately keeps caches between here and whoever asked from handing the answer
// to others.
type privately struct{ http.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (p *privately) WriteHeader(status int) {
	if p.Header().Get("Cache-Control") != "" {
		p.Header().Set("Cache-Control", "private, max-age=180")
	}
	p.ResponseWriter.WriteHeader(status)
}

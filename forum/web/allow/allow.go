// Package allow finds out which methods an address takes, for the answer to a
// request with another one (RFC 9110 section 15.5.6).
//
// It knows routes and nothing of what they lead to.
package allow

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"
)

// Methods lists the methods that a router has a route for at the request's
// address, as the Allow header has them; "" when there is nothing. The router's
// own word is not enough: in a subrouter, gorilla/mux 1.8.1 forgets that only the
// method was wrong as soon as it looks at the next route.
func Methods(router *mux.Router, r *http.Request) string {
	var list []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		var match mux.RouteMatch
		if router.Match(other, &match) && match.MatchErr == nil {
			list = append(list, method)
		}
	}
	return strings.Join(list, ", ")
}

package federation

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"
)

// Register adds every address that other servers use. Those that people visit
// too are taken only when ActivityStreams is asked for; the pages have the rest.
func (s *Server) Register(r *mux.Router) {
	get := func(path string, h http.HandlerFunc) {
		r.HandleFunc(path, h).Methods(http.MethodGet, http.MethodHead)
	}
	// Found by name.
	get("/.well-known/webfinger", s.webFinger)
	get("/.well-known/nodeinfo", s.nodeInfoLinks)
	get("/.well-known/host-meta", s.hostMeta)
	get("/nodeinfo/{version:2\\.[01]}", s.nodeInfo)
	if s.o.Mode == Off {
		return
	}

	// Only for servers.
	post := func(path string) { r.HandleFunc(path, s.inbox).Methods(http.MethodPost) }
	post("/inbox")
	post("/actor/inbox")
	post("/{kind:u|f|c|a}/{name}/inbox")
	get("/actor", s.instanceActor)
	get("/actor/outbox", s.emptyCollection)
	get("/actor/followers", s.emptyCollection)
	get("/{kind:u|f|c|a}/{name}/outbox", s.authorized(s.outbox))
	get("/{kind:u|f|c|a}/{name}/followers", s.authorized(s.followers))
	get("/{kind:u|f|c|a}/{name}/followers_synchronization", s.followersOfServer)
	get("/{kind:u|f|c|a}/{name}/following", s.authorized(s.following))
	get("/{kind:u|f|c|a}/{name}/featured", s.authorized(s.featured))
	get("/{kind:f|c|a}/{name}/moderators", s.moderators)
	get("/{kind:t|p}/{id:[0-9]+}/replies", s.authorized(s.replies))
	get("/{kind:t|p}/{id:[0-9]+}/likes", s.authorized(s.likes))
	get("/{kind:t|p}/{id:[0-9]+}/shares", s.authorized(s.shares))
	for path, h := range map[string]http.HandlerFunc{"replies": s.replies, "likes": s.likes, "shares": s.shares} {
		get("/a/{name}/v{version:[0-9]+}/"+path, s.authorized(h))
	}
	get("/activities/{id:[0-9]+}", s.authorized(s.activity))
	get("/messages/{id:[0-9]+}", s.directMessage)
	get("/quotes/{id:[0-9]+}", s.authorized(s.quoteAuthorization))

	// The same address as a page.
	shared := r.MatcherFunc(wantsActivity).Subrouter()
	on := func(path string, h http.HandlerFunc) {
		shared.HandleFunc(path, h).Methods(http.MethodGet, http.MethodHead)
	}
	on("/", s.instanceActor) // Lemmy looks for it there
	on("/{kind:u|f|c|a}/{name}", s.actor)
	on("/a/{name}/v{version:[0-9]+}", s.authorized(s.post))
	on("/a/{name}/event", s.authorized(s.event))
	on("/t/{id:[0-9]+}", s.authorized(s.post))
	on("/t/{id:[0-9]+}-{slug}", s.authorized(s.post))
	on("/p/{id:[0-9]+}", s.authorized(s.post))
	on("/t/{id:[0-9]+}/context", s.authorized(s.threadContext))
	// No page is at this one.
	get("/t/{id:[0-9]+}/context", s.authorized(s.threadContext))
}

// wantsActivity says whether a request asks for ActivityStreams rather than for
// a page: whichever of the two its Accept header rates higher, and names first.
func wantsActivity(r *http.Request, _ *mux.RouteMatch) bool {
	best, activity := 0.0, false
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		mediaType, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality := 1.0
		if q, ok := params["q"]; ok {
			quality = parseQuality(q)
		}
		if quality <= best {
			continue
		}
		switch mediaType {
		case "application/activity+json", "application/ld+json":
			best, activity = quality, true
		case "text/html", "application/xhtml+xml", "*/*", "text/*":
			best, activity = quality, false
		}
	}
	return activity
}

// parseQuality reads a weight, RFC 9110 section 12.4.2; what cannot be read
// weighs nothing.
func parseQuality(q string) float64 {
	f, err := strconv.ParseFloat(q, 64)
	if err != nil || !(f >= 0 && f <= 1) {
		return 0
	}
	return f
}

package mastodon

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"portevoix/forum"
	"portevoix/forum/locale"
	"portevoix/forum/web/allow"
)

// Store is what the API reads.
type Store interface {
	forum.Reader
	forum.PageReader
	forum.ExportReader
}

// Instance is what the server says of itself.
type Instance struct {
	Name        string
	Description string // Markdown
	Contact     string // e-mail address
	Legal       string // Markdown
	Languages   []string
	Version     string
}

// Options are what an API is made of.
type Options struct {
	Service  *forum.Service
	Store    Store
	Renderer forum.Renderer
	Messages *locale.Messages
	Instance Instance
	Logger   *slog.Logger // default: none
	// Address is where a request came from; default: as the connection says.
	Address   func(*http.Request) string
	File      func(name string) string // path of a file that comes with the server
	PerMinute int                      // calls with one token; 0: no limit
	// How many streams are open at once, and how many from one address.
	Streams, StreamsPerAddress int
}

// API serves apps. It is safe for concurrent use.
type API struct {
	o        Options
	service  *forum.Service
	store    Store
	quota    *forum.Quota
	newcomer *forum.Quota // by address
	lookups  *forum.Quota // of other servers, by account
	base     string
	about    string
	started  time.Time
	hub      *hub
}

// registrationsPerMinute bounds how many apps one address makes known, and
// lookupsPerMinute how often other servers are asked for one account.
const (
	registrationsPerMinute = 30
	lookupsPerMinute       = 20
)

// New returns an API.
func New(o Options) *API {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Address == nil {
		o.Address = func(r *http.Request) string { return r.RemoteAddr }
	}
	if o.File == nil {
		o.File = func(name string) string { return "/" + name }
	}
	return &API{
		o: o, service: o.Service, store: o.Store, quota: forum.NewQuota(o.PerMinute, nil), newcomer: forum.NewQuota(registrationsPerMinute, nil), lookups: forum.NewQuota(lookupsPerMinute, nil),
		base: o.Service.Addresses().Base(), about: o.Renderer.Markdown(o.Instance.Description, nil), started: o.Service.Now(),
		hub: newHub(o.Streams, o.StreamsPerAddress),
	}
}

// Register adds every address.
func (a *API) Register(r *mux.Router) {
	one := func(method, path string, h handler) {
		r.Handle(path, a.handle("", h)).Methods(method, http.MethodOptions)
	}
	one(http.MethodPost, "/oauth/token", a.token)
	one(http.MethodPost, "/oauth/revoke", a.revoke)
	one(http.MethodGet, "/oauth/userinfo", a.userInfo)
	one(http.MethodPost, "/oauth/userinfo", a.userInfo)
	one(http.MethodGet, "/.well-known/oauth-authorization-server", a.authorizationServer)

	r.HandleFunc("/oauth/authorize/", func(w http.ResponseWriter, q *http.Request) { // as toot writes it
		w.Header().Set("Location", "/oauth/authorize?"+q.URL.RawQuery)
		w.WriteHeader(http.StatusPermanentRedirect)
	})

	for _, version := range []string{"/api/v1", "/api/v2"} {
		sub := r.PathPrefix(version).Subrouter()
		on := func(method, path string, scope forum.Scope, h handler) {
			methods := []string{method}
			if method == http.MethodGet {
				methods = append(methods, http.MethodHead)
			}
			sub.Handle(path, a.handle(scope, h)).Methods(methods...)
		}
		if version == "/api/v1" {
			a.registerFirst(on)
			sub.Handle("/accounts/update_credentials", a.patient(a.handleUpTo(a.maxUpload(), "write:accounts", a.updateCredentials))).Methods(http.MethodPatch)
		} else {
			a.registerSecond(on)
		}
		sub.Handle("/media", a.patient(a.handleUpTo(a.maxUpload(), "write:media", a.upload))).Methods(http.MethodPost)
		unknown := a.handle("", func(c *call) error {
			if methods := allow.Methods(sub, c.r); methods != "" {
				c.w.Header().Set("Allow", methods)
			}
			return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
		})
		sub.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if path := strings.TrimRight(q.URL.Path, "/"); path != q.URL.Path { // as some libraries write addresses
				q = q.Clone(q.Context())
				q.URL.Path, q.URL.RawPath = path, ""
				r.ServeHTTP(w, q)
				return
			}
			unknown.ServeHTTP(w, q)
		})
		sub.MethodNotAllowedHandler = sub.NotFoundHandler
	}
}

// adding adds one address: its method, its path after the version, the scope that
// it takes ("" for none), and what answers.
type adding func(method, path string, scope forum.Scope, h handler)

// moment writes a time as Mastodon does.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func stringOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// day writes a date.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func momentOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(moment(t))
}

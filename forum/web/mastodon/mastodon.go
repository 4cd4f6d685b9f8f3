package mastodon

import (
	"log/slog"
	"net/http"
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
}

// API serves apps. It is safe for concurrent use.
type API struct {
	o        Options
	service  *forum.Service
	store    Store
	quota    *forum.Quota
	newcomer *forum.Quota // by address
	base     string
	about    string
}

// registrationsPerMinute bounds how many apps one address makes known.
const registrationsPerMinute = 30

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
		o: o, service: o.Service, store: o.Store, quota: forum.NewQuota(o.PerMinute, nil), newcomer: forum.NewQuota(registrationsPerMinute, nil),
		base: o.Service.Addresses().Base(), about: o.Renderer.Markdown(o.Instance.Description, nil),
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
		} else {
			a.registerSecond(on)
		}
		sub.NotFoundHandler = a.handle("", func(c *call) error {
			if methods := allow.Methods(sub, c.r); methods != "" {
				c.w.Header().Set("Allow", methods)
			}
			return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
		})
		sub.MethodNotAllowedHandler = sub.NotFoundHandler
	}
}

// adding adds one address: its method, its path after the version, the scope that
// it takes ("" for none), and what answers.
type adding func(method, path string, scope forum.Scope, h handler)

func (a *API) registerFirst(on adding) {
	on(http.MethodPost, "/apps", "", a.registerApp)
	on(http.MethodGet, "/apps/verify_credentials", "", a.verifyApp)
}

func (a *API) registerSecond(on adding) {
}

// moment writes a time as Mastodon does.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func stringOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

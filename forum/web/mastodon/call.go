package mastodon

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// handler answers one call, or returns an error for the one place that writes
// errors.
type handler func(c *call) error

// call is one request of an app, and for whom it acts.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	api    *API
	viewer *forum.Account     // nil without a token, and for an app on its own
	token  *forum.AccessToken // nil without one
	secret string             // the token as it was sent
	in     params
}

// maxBody bounds a request, in bytes.
const maxBody = 1 << 20

func (a *API) handle(scope forum.Scope, h handler) http.Handler {
	return a.handleUpTo(maxBody, scope, h)
}

// handleUpTo is handle with a limit of its own for the request, in bytes.
func (a *API) handleUpTo(limit int64, scope forum.Scope, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{w: w, r: r, api: a}
		header := w.Header()
		// Any page may call: the token, which no browser adds by itself, is
		// what entitles.
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept-Language, Idempotency-Key")
		header.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
		header.Set("Access-Control-Expose-Headers", "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "private, no-store")
		header.Add("Vary", "Authorization, Accept-Language")
		if r.Method == http.MethodOptions { // a browser asks whether it may
			w.WriteHeader(http.StatusNoContent)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		err := c.authenticate()
		if err == nil {
			err = c.meter()
		}
		if err == nil {
			err = c.permit(scope)
		}
		if err == nil {
			err = c.read()
		}
		if err == nil {
			err = h(c)
		}
		if err != nil {
			c.fail(err)
		}
	})
}

// authenticate reads the bearer token. One that is not known is refused, even where
// none is needed: its owner believes to be somebody.
func (c *call) authenticate() error {
	secret := ""
	if scheme, value, _ := strings.Cut(c.r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		secret = strings.TrimSpace(value)
	}
	if secret == "" && strings.HasPrefix(c.r.URL.Path, streamingPath) { // a browser's EventSource sends no header
		secret = c.r.URL.Query().Get("access_token")
		if secret == "" { // and its WebSocket none but this one
			secret, _, _ = strings.Cut(c.r.Header.Get("Sec-WebSocket-Protocol"), ",")
		}
	}
	if secret == "" {
		return nil
	}
	bearer, err := c.api.service.BearerOf(c.r.Context(), secret)
	c.viewer, c.token, c.secret = bearer.Account, bearer.Token, secret
	if err == nil && c.viewer != nil && c.token.ReadsPosts() { // what is read from now on is read for them
		c.r = c.r.WithContext(forum.ReadAs(c.r.Context(), c.viewer.ID))
	}
	return err
}

// meter counts the calls of a token, and tells how many are left.
func (c *call) meter() error {
	if c.token == nil {
		return nil
	}
	state := c.api.quota.Use(c.token.ID.String())
	if state.Limit == 0 {
		return nil
	}
	h := c.w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(state.Limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(state.Remaining))
	h.Set("X-RateLimit-Reset", moment(state.Reset))
	if state.Exceeded {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	return nil
}

// outside is a call that the token's scopes do not cover.
type outside struct{ scope forum.Scope }

func (e *outside) Error() string { return "outside the scopes: " + string(e.scope) }

// permit checks that there is an account, and a token with the scope.
func (c *call) permit(scope forum.Scope) error {
	switch {
	case scope == "":
		return nil
	case c.viewer == nil:
		return &forum.Error{Code: forum.Unauthenticated, Key: "TokenUnknown"}
	case !c.token.Allows(scope):
		return &outside{scope}
	}
	return nil
}

// write answers with JSON.
func (c *call) write(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body)
	return nil
}

// ok answers with JSON, and success.
func (c *call) ok(v any) error { return c.write(http.StatusOK, v) }

// done answers with an empty object.
func (c *call) done() error { return c.ok(struct{}{}) }

// statuses map domain codes to HTTP, once for the whole API.
var statuses = map[forum.Code]int{
	forum.Invalid: http.StatusUnprocessableEntity, forum.Unauthenticated: http.StatusUnauthorized, forum.Forbidden: http.StatusForbidden,
	forum.NotFound: http.StatusNotFound, forum.Gone: http.StatusNotFound, forum.Conflict: http.StatusUnprocessableEntity,
	forum.TooMany: http.StatusTooManyRequests, forum.Unavailable: http.StatusServiceUnavailable, forum.Internal: http.StatusInternalServerError,
}

// fail writes an error. Those that apps look for have Mastodon's own words.
func (c *call) fail(err error) {
	print := c.api.o.Messages.Printer(c.r.Header.Get("Accept-Language"))
	code := forum.CodeOf(err)
	status, text := statuses[code], strings.Join(print.Errors(err), " ")
	var tooLarge *http.MaxBytesError
	var bad *unreadable
	var beyond *outside
	switch {
	case errors.As(err, &beyond):
		status, text = http.StatusForbidden, "This action is outside the authorized scopes"
	case errors.As(err, &tooLarge):
		status, text = http.StatusRequestEntityTooLarge, "The request is too large"
	case errors.As(err, &bad):
		status, text = http.StatusBadRequest, "The request cannot be read"
	case code == forum.Internal:
		c.api.o.Logger.ErrorContext(c.r.Context(), "call of an app failed", "method", c.r.Method, "path", c.r.URL.Path, "error", err)
		text = "Internal server error"
	case code == forum.Unauthenticated:
		text = "The access token is invalid"
	case code == forum.NotFound, code == forum.Gone:
		text = "Record not found"
	case code == forum.Forbidden && administers(err):
		text = "This action is not allowed"
	case code == forum.TooMany:
		text = "Too many requests"
	case code == forum.Invalid:
		text = "Validation failed: " + text
	}
	switch status {
	case http.StatusUnauthorized:
		c.w.Header().Set("WWW-Authenticate", `Bearer realm="portevoix", error="invalid_token"`)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		c.w.Header().Set("Retry-After", "60")
	}
	_ = c.write(status, map[string]string{"error": text})
}

// administers says whether an error is that somebody is no administrator or moderator.
func administers(err error) bool {
	e, ok := errors.AsType[*forum.Error](err)
	return ok && (e.Key == "AdminsOnly" || e.Key == "ModeratorsOnly")
}

// viewerID is the reader for store queries: what they did with a post is told only
// to tokens that may read posts.
func (c *call) viewerID() forum.ID {
	if c.viewer == nil || !c.token.Allows("read:statuses") {
		return 0
	}
	return c.viewer.ID
}

// variable is a part of the path.
func (c *call) variable(name string) string { return mux.Vars(c.r)[name] }

func (c *call) id() (forum.ID, error) { return forum.ParseID(c.variable("id")) }

// page reads which part of a list is asked for: at most most things, or as many as
// usual where the app does not say.
func (c *call) page(usual, most int) (forum.Span, error) {
	s := forum.Span{Limit: usual}
	if n, err := strconv.Atoi(c.in.get("limit")); err == nil && n > 0 {
		s.Limit = min(n, most)
	}
	for name, id := range map[string]*forum.ID{"max_id": &s.Max, "min_id": &s.Min, "since_id": &s.Since} {
		value := c.in.get(name)
		if value == "" || value == "0" {
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			return s, &forum.Error{Code: forum.Invalid, Key: "CursorUnreadable", Field: name, Err: err}
		}
		*id = forum.ID(n)
	}
	return s, nil
}

// linkAround tells where the neighbouring pages are (RFC 8288): older than last,
// newer than first.
func (c *call) linkAround(first, last forum.ID) {
	if first == 0 {
		return
	}
	var links []string
	for _, one := range []struct {
		relation, key string
		id            forum.ID
	}{{"next", "max_id", last}, {"prev", "min_id", first}} {
		q := c.r.URL.Query()
		for _, name := range []string{"max_id", "min_id", "since_id", "access_token"} {
			q.Del(name)
		}
		q.Set(one.key, one.id.String())
		u := url.URL{Path: c.r.URL.Path, RawQuery: q.Encode()}
		links = append(links, "<"+c.api.base+u.String()+`>; rel="`+one.relation+`"`)
	}
	c.w.Header().Set("Link", strings.Join(links, ", "))
}

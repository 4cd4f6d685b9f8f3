package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gorilla/mux"
	"github.com/mileusna/useragent"

	"portevoix/forum"
	"portevoix/forum/locale"
)

// handler answers one visit. It writes the page itself, or returns an error for
// the one place that shows errors.
type handler func(v *visit) error

// visit is one request of a person, and who they are.
type visit struct {
	w       http.ResponseWriter
	r       *http.Request
	site    *Site
	viewer  *forum.Account // nil for visitors
	session string         // the cookie's secret
	print   *locale.Printer
	done    string // key of the message about what was just done
	id      string // of the request, for the log
	limit   int64  // bytes of a form
	asks    bool   // the form changes nothing
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// viewerID is the reader for store queries, 0 for visitors.
func (v *visit) viewerID() forum.ID {
	if v.viewer == nil {
		return 0
	}
	return v.viewer.ID
}

func (v *visit) variable(name string) string { return mux.Vars(v.r)[name] }

func (v *visit) query(name string) string { return v.r.URL.Query().Get(name) }

// maxForm bounds a form, in bytes: the longest text, four bytes a character,
// percent-encoded.
const maxForm = 1 << 20

// page makes an http.Handler of a handler: it finds out who is there and in
// which language to speak, guards against forms from other sites, and shows
// errors.
func (s *Site) page(h handler) http.Handler { return s.pageTaking(maxForm, h) }

// asking is page for forms that change nothing. They are not counted among what
// people write; how often they may come, the handler says.
func (s *Site) asking(h handler) http.Handler { return s.serve(visit{limit: maxForm, asks: true}, h) }

// pageTaking is page for forms of that many bytes, where people who are signed
// in send them.
func (s *Site) pageTaking(limit int64, h handler) http.Handler {
	return s.serve(visit{limit: limit}, h)
}

func (s *Site) serve(sort visit, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{w: w, r: r, site: s, id: rand.Text()[:10], limit: sort.limit, asks: sort.asks}
		s.secureHeaders(w.Header())
		err := v.identify()
		if err == nil {
			err = v.guard()
		}
		if err == nil {
			err = h(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// secureHeaders forbid whatever these pages do not need: scripts of others,
// frames, sniffing, and telling other sites where a reader came from.
func (s *Site) secureHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self' blob:; script-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), browsing-topics=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if s.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	h.Add("Vary", "Accept, Accept-Language, Cookie")
	h.Set("Cache-Control", "private, no-cache")
}

// identify reads the session and chooses the language: the person's own choice,
// the cookie's, the browser's, the server's.
func (v *visit) identify() error {
	if err := v.findViewer(); err != nil {
		v.print = v.site.o.Messages.Printer(v.r.Header.Get("Accept-Language"))
		return err
	}
	var wishes []string
	if v.viewer != nil {
		wishes = append(wishes, v.viewer.Locale)
	}
	if c, err := v.r.Cookie("language"); err == nil && locale.Speaks(c.Value) {
		wishes = append(wishes, c.Value)
	}
	wishes = append(wishes, v.r.Header.Get("Accept-Language"))
	wishes = append(wishes, v.site.o.Instance.Languages...)
	v.print = v.site.o.Messages.Printer(wishes...)
	if c, err := v.r.Cookie("done"); err == nil {
		v.done = c.Value
		v.setCookie("done", "", -1)
	}
	return nil
}

// findViewer reads the session; what is read from now on is read for its account.
func (v *visit) findViewer() error {
	c, err := v.r.Cookie(v.site.cookieName("session"))
	if err != nil {
		return nil //nolint:nilerr // a visitor
	}
	account, err := v.site.service.AccountOfSession(v.ctx(), c.Value)
	switch {
	case err == nil:
		v.viewer, v.session = account, c.Value
		v.r = v.r.WithContext(forum.ReadAs(v.ctx(), account.ID))
	case forum.CodeOf(err) != forum.NotFound:
		return err
	}
	return nil
}

// guard refuses forms that come from other sites (CSRF), and too many of them.
func (v *visit) guard() error {
	if err := v.site.foreign.Check(v.r); err != nil {
		return &forum.Error{Code: forum.Forbidden, Key: "CrossOrigin", Err: err}
	}
	if v.r.Method != http.MethodPost {
		return nil
	}
	if v.viewer != nil && !v.asks && !v.site.throttle.allowWrite(v.viewer.ID) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	if err := v.readForm(); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return &forum.Error{Code: forum.Invalid, Key: "FormTooLarge", Err: err}
		}
		return &forum.Error{Code: forum.Invalid, Key: "FormUnreadable", Err: err}
	}
	return nil
}

// readForm reads a form. Large ones, of people who are signed in, get the time
// they need on a slow line.
func (v *visit) readForm() error {
	limit := int64(maxForm)
	if v.viewer != nil && brings(v.r) && v.limit > limit {
		limit = v.limit
		until := time.Now().Add(uploadTime)
		control := http.NewResponseController(v.w)
		if err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(time.Minute))); err != nil {
			return fmt.Errorf("extend the deadline of an upload: %w", err)
		}
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, limit)
	if !brings(v.r) {
		return v.r.ParseForm()
	}
	return v.r.ParseMultipartForm(maxForm) // what is larger goes to temporary files, which the server removes
}

// address is where the request really came from: the peer, or, where that is a
// trusted proxy, the last address that no trusted proxy has.
func (v *visit) address() string { return v.site.Address(v.r) }

// Address is where a request really came from.
func (s *Site) Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	trusted := func(address string) bool {
		a, err := netip.ParseAddr(address)
		if err != nil {
			return false
		}
		for _, p := range s.o.TrustedProxies {
			if p.Contains(a.Unmap()) {
				return true
			}
		}
		return false
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0 && trusted(host); i-- {
		if next := strings.TrimSpace(forwarded[i]); next != "" {
			host = next
		}
	}
	return host
}

// cookieName adds the prefix that browsers hold to HTTPS and this very host.
func (s *Site) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

func (v *visit) setCookie(name, value string, maxAge int) {
	http.SetCookie(v.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: v.site.secure, SameSite: http.SameSiteLaxMode})
}

// startSession keeps the browser signed in, and notes which browser it is.
func (v *visit) startSession(secret string) error {
	v.setCookie(v.site.cookieName("session"), secret, int(forum.SessionLifetime.Seconds()))
	return v.site.service.NameSession(v.ctx(), secret, browserName(v.r.UserAgent()))
}

// browserName is what people call the browser of a User-Agent, such as
// "Firefox · Linux"; "" when it does not say.
func browserName(header string) string {
	agent := useragent.Parse(header)
	if agent.Name == "" || agent.OS == "" {
		return agent.Name
	}
	return agent.Name + " · " + agent.OS
}

func (v *visit) endSession() { v.setCookie(v.site.cookieName("session"), "", -1) }

// signedIn is the error for visitors on pages that need an account.
func (v *visit) signedIn() error {
	if v.viewer == nil {
		return &forum.Error{Code: forum.Unauthenticated, Key: "SignInFirst"}
	}
	return nil
}

// redirect sends the browser to a page of ours after a form.
func (v *visit) redirect(to string) error {
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// finish is redirect with a word on what was done: the key of a message
// "Done.…".
func (v *visit) finish(to, done string) error {
	v.setCookie("done", done, 60)
	return v.redirect(to)
}

// back is the page a form was on, as the form says; only our own are followed.
func (v *visit) back(otherwise string) string {
	to := v.r.PostFormValue("back")
	if to == "" {
		to = v.query("back")
	}
	if localPath(to) {
		return to
	}
	return otherwise
}

// localPath says whether s is a path on this server and nothing that a browser
// would take for another one.
func localPath(s string) bool {
	u, err := url.Parse(s)
	return err == nil && strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && !strings.ContainsAny(s, "\\\r\n\t") && u.Host == "" && u.Scheme == ""
}

// show renders a page.
func (v *visit) show(status int, p *Page, body templ.Component) error {
	return v.showIn(layout, status, p, body)
}

// showIn is show with something else around the page.
func (v *visit) showIn(around func(p *Page, body templ.Component) templ.Component, status int, p *Page, body templ.Component) error {
	p.complete(v)
	var page bytes.Buffer
	if err := around(p, body).Render(v.ctx(), &page); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.print.Tag)
	if status == http.StatusOK && v.r.Method != http.MethodPost {
		tag := tagOf(page.Bytes())
		h.Set("ETag", tag)
		if v.has(tag) {
			v.w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write(page.Bytes())
	}
	return nil
}

// statuses map domain codes to HTTP, once for all pages.
var statuses = map[forum.Code]int{
	forum.Invalid: http.StatusUnprocessableEntity, forum.Unauthenticated: http.StatusUnauthorized, forum.Forbidden: http.StatusForbidden,
	forum.NotFound: http.StatusNotFound, forum.Gone: http.StatusGone, forum.Conflict: http.StatusConflict,
	forum.TooMany: http.StatusTooManyRequests, forum.Unavailable: http.StatusServiceUnavailable, forum.Internal: http.StatusInternalServerError,
}

// fail shows an error. Visitors who would be allowed once signed in are sent to
// the sign-in page, and come back from there.
func (v *visit) fail(err error) {
	code := forum.CodeOf(err)
	if code == forum.Internal {
		v.site.o.Logger.ErrorContext(v.ctx(), "page failed", "method", v.r.Method, "path", v.r.URL.Path, "request", v.id, "error", err)
	}
	if v.print == nil {
		v.print = v.site.o.Messages.Printer(v.r.Header.Get("Accept-Language"))
	}
	if code == forum.Unauthenticated && v.viewer == nil {
		to := v.r.URL.RequestURI()
		if v.r.Method != http.MethodGet {
			to = v.back("/")
		}
		_ = v.redirect("/login?back=" + url.QueryEscape(to))
		return
	}
	if code == forum.TooMany {
		v.w.Header().Set("Retry-After", "300")
	}
	p := &Page{Title: v.print.T("Error.Page." + strings.ReplaceAll(string(code), "_", "")), NoIndex: true}
	request := ""
	if code == forum.Internal { // by which it is found in the log
		request = v.id
	}
	_ = v.show(statuses[code], p, errorPage(p, v.print.Errors(err), request))
}

// notFound answers where no handler is: nothing is at the address, or it takes
// other methods, as when a browser opens the address of a form again.
func (v *visit) notFound(allowed string) error {
	if allowed == "" {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	v.w.Header().Set("Allow", allowed)
	p := v.newPage(v.print.T("Error.Page.invalid"))
	p.NoIndex = true
	return v.show(http.StatusMethodNotAllowed, p, errorPage(p, []string{v.print.T("Error.MethodNotAllowed", "Method", v.r.Method, "Allowed", allowed)}, ""))
}

// component is a part of a page.
type component = templ.Component

// again shows a form once more with what is wrong with it, and everything that
// was typed. Errors that no other input would mend are shown as a page.
func (v *visit) again(err error, title string, form func(p *Page, problems []string) component) error {
	switch forum.CodeOf(err) {
	case forum.Invalid, forum.Conflict, forum.NotFound:
	default:
		return err
	}
	p := v.newPage(title)
	p.NoIndex = true
	return v.show(statuses[forum.CodeOf(err)], p, form(p, v.print.Errors(err)))
}

package web

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portevoix/forum"
)

// How long caches may keep what is the same for everybody.
const (
	briefly = 5 * time.Minute
	hourly  = time.Hour
)

// public makes an http.Handler of a handler whose answer is the same for
// everybody: nobody is identified, no cookie is read or set, and any site may
// read it. Errors are plain text, because programs ask.
func (s *Site) public(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{w: w, r: r, site: s, id: rand.Text()[:10], print: s.o.Messages.Printer(s.o.Instance.Languages...)}
		s.secureHeaders(w.Header())
		w.Header().Del("Vary")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if err := h(v); err != nil {
			v.failPlain(err)
		}
	})
}

// failPlain is fail without a page.
func (v *visit) failPlain(err error) {
	code := forum.CodeOf(err)
	if code == forum.Internal {
		v.site.o.Logger.ErrorContext(v.ctx(), "request failed", "path", v.r.URL.Path, "request", v.id, "error", err)
	}
	v.w.Header().Set("Cache-Control", "no-cache")
	http.Error(v.w, strings.Join(v.print.Errors(err), "\n"), statuses[code])
}

// tagOf is the entity tag of a content: weak, because the same may go out
// compressed.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// has says whether who asks has that content already.
func (v *visit) has(tag string) bool {
	return strings.Contains(v.r.Header.Get("If-None-Match"), strings.TrimPrefix(tag, "W/"))
}

// serve answers with a content that caches may keep for a while. Who has it
// already is told so; a zero time leaves the date out.
func (v *visit) serve(contentType string, body []byte, changed time.Time, age time.Duration) error {
	return v.serveTagged(contentType, tagOf(body), body, changed, age)
}

func (v *visit) serveTagged(contentType, tag string, body []byte, changed time.Time, age time.Duration) error {
	v.cacheable(contentType, tag, age)
	http.ServeContent(v.w, v.r, "", changed, bytes.NewReader(body))
	return nil
}

func (v *visit) cacheable(contentType, tag string, age time.Duration) {
	h := v.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(age.Seconds())))
}

// serveJSON is serve for a document.
func (v *visit) serveJSON(contentType string, document any, age time.Duration) error {
	body, err := json.Marshal(document)
	if err != nil {
		return err
	}
	return v.serve(contentType, body, time.Time{}, age)
}

// shownThread finds the thread of the address for everybody; Gone when only a
// tombstone is left of it.
func (v *visit) shownThread() (*forum.ThreadView, error) {
	id, err := v.postID()
	if err != nil {
		return nil, err
	}
	t, err := v.site.store.ThreadView(v.ctx(), id, 0)
	if err == nil && t.Post.Hidden() {
		err = &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
	}
	return t, err
}

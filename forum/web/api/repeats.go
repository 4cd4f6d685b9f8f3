package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"portevoix/forum"
)

// repeatHeader marks a call that may be sent again
// (draft-ietf-httpapi-idempotency-key-header).
const repeatHeader = "Idempotency-Key"

// once makes a call with a key once: sent again, it is answered as it was. Calls
// without a key, and those that change nothing, are made each time.
func (c *call) once(h handler) error {
	key := strings.TrimSpace(c.r.Header.Get(repeatHeader))
	if key == "" || c.token == nil || !c.token.Allows(forum.ScopeWrite) || c.r.Method != http.MethodPost {
		return h(c)
	}
	fingerprint, err := c.fingerprint()
	if err != nil {
		return err
	}
	before, err := c.api.service.BeginCall(c.r.Context(), c.token, key, fingerprint)
	if err != nil {
		return err
	}
	if before != nil {
		repeated(c.w, before)
		return nil
	}
	answer := forum.RepeatedAnswer{Status: http.StatusInternalServerError} // after a panic
	end := func() error {
		keep := &answer
		if answer.Status >= http.StatusInternalServerError || answer.Status == http.StatusTooManyRequests {
			keep = nil // it may go well another time
		}
		// What was done is to be remembered even if the caller has gone.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), 10*time.Second)
		defer cancel()
		return c.api.service.EndCall(ctx, c.token, key, fingerprint, keep)
	}
	answered := false
	defer func() {
		if !answered {
			_ = end() // the panic says what is wrong
		}
	}()
	outer, kept := c.w, &keptAnswer{outer: c.w, header: c.w.Header()}
	c.w = kept
	if err := h(c); err != nil {
		c.problem(err)
	}
	c.w, answer, answered = outer, kept.answer(), true
	if err := end(); err != nil {
		return err
	}
	c.w.WriteHeader(answer.Status)
	_, _ = c.w.Write(answer.Body)
	return nil
}

// fingerprint tells what is asked from anything else; the request can be read
// afterwards as before. Of a form with a file, which may be large and is written
// with another boundary each time, that is how long it is.
func (c *call) fingerprint() ([]byte, error) {
	if mediaType, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); mediaType == "multipart/form-data" {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", c.r.URL.RequestURI(), mediaType, c.r.ContentLength))
		return sum[:], nil
	}
	body, err := io.ReadAll(c.r.Body)
	if err != nil {
		return nil, &badJSON{err}
	}
	c.r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\x00%s\x00", c.r.URL.RequestURI(), c.r.Header.Get("Content-Type"))
	sum.Write(body)
	return sum.Sum(nil), nil
}

// repeated gives an answer again.
func repeated(w http.ResponseWriter, a *forum.RepeatedAnswer) {
	h := w.Header()
	for name, value := range map[string]string{"Content-Type": a.ContentType, "Location": a.Location} {
		if value != "" {
			h.Set(name, value)
		}
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

// keptAnswer holds an answer back until it is kept; headers are those of the
// answer to come.
type keptAnswer struct {
	outer  http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *keptAnswer) Header() http.Header { return k.header }

// Unwrap lets a handler set the deadlines of the connection.
func (k *keptAnswer) Unwrap() http.ResponseWriter { return k.outer }

func (k *keptAnswer) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

func (k *keptAnswer) Write(p []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(p)
}

func (k *keptAnswer) answer() forum.RepeatedAnswer {
	k.WriteHeader(http.StatusOK)
	return forum.RepeatedAnswer{Status: k.status, ContentType: k.header.Get("Content-Type"), Location: k.header.Get("Location"), Body: k.body.Bytes()}
}

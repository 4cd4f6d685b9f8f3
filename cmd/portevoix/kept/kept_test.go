package kept

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// stage is a keeper before a handler that counts.
type stage struct {
	*Keeper
	changes atomic.Uint64
	now     atomic.Int64
	asked   atomic.Int64
	answer  func(w http.ResponseWriter, r *http.Request)
}

func newStage(bySignature bool) *stage {
	s := &stage{}
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `W/"one"`)
		w.Header().Set("Cache-Control", r.Header.Get("X-Control"))
		fmt.Fprintf(w, "%s %s", r.Header.Get("Accept-Language"), r.Header.Get("Accept"))
	}
	s.Keeper = New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		s.answer(w, r)
	}), Options{Changes: s.changes.Load, Now: func() time.Time { return time.UnixMilli(s.now.Load()) }, Language: func(header string) string { return header[:2] }, BySignature: bySignature})
	return s
}

func (s *stage) get(path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// TestWhatIsShared asks twice, and sees whether the second answer was made anew.
func TestWhatIsShared(t *testing.T) {
	for _, c := range []struct {
		path   string
		header string
		shared bool
	}{
		{"/", "", true}, {"/t/1", "", true}, {"/t/1-a-title", "", true}, {"/t/1?sort=new", "", true}, {"/p/2", "", true}, {"/f/banks", "", true}, {"/u/lea@b.example", "", true},
		{"/c/about_acme", "", true}, {"/a/fees/v2", "", true}, {"/u/lea/outbox", "", true}, {"/t/1/context", "", true}, {"/.well-known/webfinger?resource=acct:a@b", "", true}, {"/nodeinfo/2.1", "", true},
		{"/t/1/reply", "", false}, {"/t/1/guest", "", false}, {"/f/banks/new", "", false}, {"/live", "", false}, {"/search?q=a", "", false}, {"/login", "", false},
		{"/link/secret", "", false}, {"/media/1.jpg", "", false}, {"/api/portevoix/v1/threads/1", "", false}, {"/t/1/preview.png", "", false}, {"/f/banks/bans", "", false},
		{"/t/1", "Cookie: language=fr", false}, {"/t/1", "Authorization: Bearer x", false}, {"/t/1", "Range: bytes=0-1", false}, {"/t/1", "Cache-Control: no-cache", false},
		{"/t/1", "Accept: " + strings.Repeat("x", longest), false},
	} {
		s := newStage(false)
		name, value, _ := strings.Cut(c.header, ": ")
		for range 2 {
			if c.header == "" {
				s.get(c.path)
			} else {
				s.get(c.path, name, value)
			}
		}
		if shared := s.asked.Load() == 1; shared != c.shared {
			t.Errorf("%s with %q: shared is %v", c.path, c.header, shared)
		}
	}
	s := newStage(false)
	s.get("/t/1", "Signature", "a", "X-Control", "private, max-age=180")
	s.get("/t/1")
	if s.asked.Load() != 2 {
		t.Error("an answer to somebody who signed, and to nobody else, was shared")
	}
	s = newStage(true)
	s.get("/t/1", "Signature", "a")
	s.get("/t/1", "Signature", "a")
	s.get("/t/1")
	if s.asked.Load() != 3 {
		t.Error("an answer to a signed request was shared where answers depend on signatures")
	}
}

// TestAnswersDoNotMix holds that answers in one language, form or encoding are
// given for no other.
func TestAnswersDoNotMix(t *testing.T) {
	s := newStage(false)
	for range 2 {
		for _, language := range []string{"fr-FR", "en"} {
			for _, accept := range []string{"text/html", "application/activity+json"} {
				if got, want := s.get("/t/1", "Accept-Language", language, "Accept", accept).Body.String(), language+" "+accept; got != want {
					t.Errorf("%s, not %s", got, want)
				}
			}
		}
	}
	if n := s.asked.Load(); n != 4 {
		t.Errorf("made %d answers", n)
	}
	if got := s.get("/t/1", "Accept-Language", "fr;q=0.9", "Accept", "text/html").Body.String(); got != "fr-FR text/html" {
		t.Errorf("the same language, otherwise asked for, gives %s", got)
	}
}

// TestAnswersEnd: by a change, by time, and when one came while it was made.
func TestAnswersEnd(t *testing.T) {
	s := newStage(false)
	count := func(want int64, when string) {
		t.Helper()
		s.get("/t/1")
		if got := s.asked.Load(); got != want {
			t.Errorf("%s: %d answers made, not %d", when, got, want)
		}
	}
	count(1, "first")
	count(1, "second")
	s.changes.Add(1)
	count(2, "after a change")
	s.now.Add(lifetime.Milliseconds())
	count(3, "after its time")
	s.now.Add(-lifetime.Milliseconds())
	count(4, "before its time")
	s.changes.Add(1)
	plain := s.answer
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		s.changes.Add(1)
		plain(w, r)
	}
	count(5, "with a change meanwhile")
	s.answer = plain
	count(6, "after a change meanwhile")
	count(6, "then")
	s.now.Add(3 * lifetime.Milliseconds())
	s.tidy()
	if len(s.answers) != 0 || s.bytes != 0 {
		t.Errorf("%d old answers of %d bytes are kept", len(s.answers), s.bytes)
	}
}

// TestOnlyWholeAnswersAreShared: no errors, no cookies, nothing of somebody.
func TestOnlyWholeAnswersAreShared(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter){
		"an error":     func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) },
		"a tombstone":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusGone) },
		"a cookie":     func(w http.ResponseWriter) { http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"}) },
		"not to store": func(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") },
		"a long one":   func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, largest+1)) },
	} {
		s := newStage(false)
		s.answer = func(w http.ResponseWriter, _ *http.Request) { answer(w) }
		first, second := s.get("/t/1"), s.get("/t/1")
		if s.asked.Load() != 2 || first.Code != second.Code || first.Body.Len() != second.Body.Len() {
			t.Errorf("%s was shared", name)
		}
	}
}

// TestUnchangedAnswers are not sent again.
func TestUnchangedAnswers(t *testing.T) {
	s := newStage(false)
	for i := range 2 {
		if w := s.get("/t/1", "If-None-Match", `"one"`); w.Code != http.StatusNotModified || w.Body.Len() != 0 || w.Header().Get("ETag") == "" || w.Header().Get("Content-Length") != "" {
			t.Errorf("%d: %d %v", i, w.Code, w.Header())
		}
		if w := s.get("/t/1", "If-None-Match", `"two"`); w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("%d: another tag gives %d", i, w.Code)
		}
	}
	if n := s.asked.Load(); n != 1 {
		t.Errorf("made %d answers", n)
	}
}

// TestStampede asks at once for what takes long to make, from people one of whom
// goes away, and after a panic.
func TestStampede(t *testing.T) {
	s := newStage(false)
	plain, release := s.answer, make(chan struct{})
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		<-release
		plain(w, r)
	}
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if w := s.get("/t/1"); w.Code != http.StatusOK || w.Body.Len() == 0 {
				t.Errorf("%d %q", w.Code, w.Body)
			}
		})
	}
	close(release)
	wait.Wait()
	if n := s.asked.Load(); n != 1 {
		t.Errorf("made %d answers", n)
	}
	s.changes.Add(1)
	s.answer = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	func() {
		defer func() { _ = recover() }()
		s.get("/t/1")
	}()
	s.answer = plain
	if w := s.get("/t/1"); w.Code != http.StatusOK || w.Body.Len() == 0 {
		t.Errorf("after a panic: %d %q", w.Code, w.Body)
	}
}

// TestRoom holds that what is kept stays bounded.
func TestRoom(t *testing.T) {
	s := newStage(false)
	s.answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, largest)) }
	for i := range 20 {
		s.get(fmt.Sprintf("/t/%d", i))
		if s.bytes > most {
			t.Fatalf("%d bytes are kept", s.bytes)
		}
	}
}

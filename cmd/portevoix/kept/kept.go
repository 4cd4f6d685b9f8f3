// Package kept keeps answers that are the same for everybody in memory for a
// moment, whole and compressed: when a thread goes round, thousands of servers
// and their readers ask for the same few addresses within seconds. It stands
// before everything that makes answers, and knows nothing of what is in them.
//
// An answer is given again only while nothing changed that it might show, and for
// a second at most: what other processes change is not heard of here.
package kept

import (
	"bytes"
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

const (
	// lifetime bounds how old an answer may be, whatever is known of changes.
	lifetime = time.Second
	// most is how many bytes of answers are kept in all.
	most = 16 << 20
	// largest is the longest answer that is kept.
	largest = 2 << 20
	// longest bounds what of a request tells answers apart.
	longest = 512
)

// Options say what answers depend on.
type Options struct {
	// Changes counts changes. An answer that was begun before it moved is not
	// given after.
	Changes func() uint64
	// Now tells the age of answers.
	Now func() time.Time
	// Language is the one in which an Accept-Language header is answered.
	Language func(header string) string
	// BySignature says that answers depend on who signed the request: then none
	// that is signed is given from memory, nor kept.
	BySignature bool
}

// Keeper gives answers again. It is safe for concurrent use.
type Keeper struct {
	o          Options
	next       http.Handler
	mu         sync.Mutex
	answers    map[question]*answer
	bytes      int
	sweeping   bool
	under      map[flight]*making
	given      *metrics.Counter
	madeAnswer *metrics.Counter
}

// question is what tells answers apart.
type question struct{ host, address, accept, encoding, language string }

// answer is what was answered, with status 200.
type answer struct {
	header  http.Header
	body    []byte
	tag     string // its entity tag, without W/
	changes uint64 // when it was begun
	begun   time.Time
}

// flight is a question between two changes.
type flight struct {
	question
	changes uint64
}

// making is an answer that is being made; others who ask wait for it.
type making struct {
	done   chan struct{}
	answer *answer // nil when it is not to be given to others
}

// New returns a keeper of what next answers.
func New(next http.Handler, o Options) *Keeper {
	return &Keeper{o: o, next: next, answers: map[question]*answer{}, under: map[flight]*making{},
		given:      metrics.GetOrCreateCounter(`portevoix_answers_total{from="memory"}`),
		madeAnswer: metrics.GetOrCreateCounter(`portevoix_answers_total{from="making"}`)}
}

// shared are the addresses whose answers depend on the question alone, as long as
// it carries no cookie: no forms of one's own, no streams, no files.
var shared = regexp.MustCompile(`^/(?:` + strings.Join([]string{
	``, `forums`, `actor`, `feed\.(?:atom|json)`,
	`\.well-known/(?:webfinger|nodeinfo|host-meta)`, `nodeinfo/2\.[01]`,
	`a/[^/]+/v[0-9]+(?:/(?:replies|likes|shares))?`,
	`[ufca]/[^/]+(?:/(?:outbox|followers|following|featured|moderators|feed\.(?:atom|json)))?`,
	`t/[0-9]+(?:-[^/]*)?`, `[tp]/[0-9]+(?:/(?:replies|likes|shares|context|feed\.(?:atom|json)))?`,
	`tags/[^/]+(?:/feed\.(?:atom|json))?`,
}, "|") + `)$`)

// personal are the headers of requests that are never answered from memory: they
// say who asks, or ask for something else than the whole, or for a new answer.
var personal = []string{"Cookie", "Authorization", "Range", "If-Range", "If-Match", "If-Modified-Since", "If-Unmodified-Since", "Cache-Control", "Pragma"}

// asked is what a request asks for; false when its answer is not to be shared.
func (k *Keeper) asked(r *http.Request) (question, bool) {
	if r.Method != http.MethodGet || !shared.MatchString(r.URL.Path) {
		return question{}, false
	}
	for _, name := range personal {
		if r.Header[name] != nil {
			return question{}, false
		}
	}
	if k.o.BySignature && (r.Header["Signature"] != nil || r.Header["Signature-Input"] != nil) {
		return question{}, false
	}
	q := question{host: r.Host, address: r.RequestURI, accept: strings.Join(r.Header["Accept"], ","), encoding: strings.Join(r.Header["Accept-Encoding"], ",")}
	language := strings.Join(r.Header["Accept-Language"], ",")
	if len(q.address)+len(q.accept)+len(q.encoding)+len(q.host) > longest || len(language) > longest {
		return question{}, false
	}
	if language != "" {
		q.language = k.o.Language(language)
	}
	return q, true
}

// ServeHTTP implements http.Handler.
func (k *Keeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, ok := k.asked(r)
	if !ok {
		k.next.ServeHTTP(w, r)
		return
	}
	changes, now := k.o.Changes(), k.o.Now()
	a, waitFor, own := k.look(q, changes, now)
	if waitFor != nil {
		select {
		case <-waitFor.done:
			a = waitFor.answer
		case <-r.Context().Done():
			return
		}
	}
	switch {
	case a != nil:
		k.given.Inc()
		a.give(w, r)
	case own != nil:
		k.madeAnswer.Inc()
		k.make(w, r, q, own, changes, now)
	default: // what was waited for is not for others
		k.next.ServeHTTP(w, r)
	}
}

// look returns an answer that is kept, or one that is being made, or one to make.
func (k *Keeper) look(q question, changes uint64, now time.Time) (a *answer, waitFor, own *making) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if a := k.answers[q]; a != nil && a.fresh(changes, now) {
		return a, nil, nil
	}
	key := flight{q, changes}
	if m := k.under[key]; m != nil {
		return nil, m, nil
	}
	m := &making{done: make(chan struct{})}
	k.under[key] = m
	return nil, nil, m
}

func (a *answer) fresh(changes uint64, now time.Time) bool {
	age := now.Sub(a.begun)
	return a.changes == changes && age >= 0 && age < lifetime
}

// make has an answer made, gives it, and keeps it where it may be shared. It is
// finished even when the one who asked goes away: others wait.
func (k *Keeper) make(w http.ResponseWriter, r *http.Request, q question, m *making, changes uint64, now time.Time) {
	defer func() { // also after a panic
		k.mu.Lock()
		delete(k.under, flight{q, changes})
		k.mu.Unlock()
		close(m.done)
	}()
	signed := r.Header["Signature"] != nil || r.Header["Signature-Input"] != nil
	whole := r.WithContext(context.WithoutCancel(r.Context()))
	if r.Header["If-None-Match"] != nil {
		whole.Header = r.Header.Clone()
		whole.Header.Del("If-None-Match")
	}
	rec := &recorder{header: http.Header{}, status: http.StatusOK}
	k.next.ServeHTTP(rec, whole)
	a := rec.answer(changes, now)
	if a == nil || signed && !strings.Contains(a.header.Get("Cache-Control"), "public") {
		rec.give(w)
		return
	}
	m.answer = a
	k.keep(q, a)
	a.give(w, r)
}

// keep stores an answer. When there are too many, all that are old go; when that
// is not enough, all do.
func (k *Keeper) keep(q question, a *answer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop(q)
	if k.bytes+a.size() > most {
		k.sweep()
	}
	if k.bytes+a.size() > most {
		clear(k.answers)
		k.bytes = 0
	}
	k.answers[q] = a
	k.bytes += a.size()
	if !k.sweeping {
		k.sweeping = true
		time.AfterFunc(2*lifetime, k.tidy)
	}
}

func (k *Keeper) drop(q question) {
	if old := k.answers[q]; old != nil {
		k.bytes -= old.size()
		delete(k.answers, q)
	}
}

func (k *Keeper) sweep() {
	changes, now := k.o.Changes(), k.o.Now()
	for q, a := range k.answers {
		if !a.fresh(changes, now) {
			k.drop(q)
		}
	}
}

// tidy drops what is old, as long as anything is kept.
func (k *Keeper) tidy() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sweep()
	if k.sweeping = len(k.answers) > 0; k.sweeping {
		time.AfterFunc(2*lifetime, k.tidy)
	}
}

// size is about what an answer takes in memory.
func (a *answer) size() int { return len(a.body) + 2048 }

// give answers a request; who has the answer already is told so.
func (a *answer) give(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	if has := r.Header.Get("If-None-Match"); has != "" && a.tag != "" && strings.Contains(has, a.tag) {
		for _, name := range []string{"Content-Length", "Content-Type", "Content-Encoding"} {
			delete(h, name)
		}
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(a.body)
}

// recorder takes an answer down.
type recorder struct {
	header  http.Header
	status  int
	written bool
	body    bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if !r.written && status >= 200 {
		r.status, r.written = status, true
	}
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	r.written = true
	return r.body.Write(b)
}

// answer is what was taken down; nil when it is not for others: an error, a
// redirect, something with a cookie or forbidden to be stored.
func (r *recorder) answer(changes uint64, begun time.Time) *answer {
	control := r.header.Get("Cache-Control")
	if r.status != http.StatusOK || r.body.Len() > largest || r.header["Set-Cookie"] != nil || strings.Contains(control, "no-store") {
		return nil
	}
	body := bytes.Clone(r.body.Bytes())
	r.header.Set("Content-Length", strconv.Itoa(len(body)))
	return &answer{header: r.header, body: body, tag: strings.TrimPrefix(r.header.Get("ETag"), "W/"), changes: changes, begun: begun}
}

// give passes on what was taken down.
func (r *recorder) give(w http.ResponseWriter) {
	h := w.Header()
	for name, values := range r.header {
		h[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body.Bytes())
}

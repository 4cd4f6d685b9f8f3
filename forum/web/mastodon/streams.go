package mastodon

import (
	"context"
	"sync"

	"portevoix/forum"
)

// hub hands what happens to whoever listens: apps that hold a stream open.
type hub struct {
	total, perAddress int

	mu        sync.Mutex
	closed    bool
	listeners map[*listener]bool
	addresses map[string]int
}

// waiting is how many happenings a listener may be behind; one that is slower is
// sent away, and asks for what it missed when it comes again.
const waiting = 100

// listener is one app that listens, to one stream or to several.
type listener struct {
	address string
	events  chan happening
	over    chan struct{}
	end     sync.Once
}

// happening is an event, of which is found out once, for all listeners, what
// everybody may see of it.
type happening struct {
	forum.Event
	shared *shared
}

type shared struct {
	once   sync.Once
	status *statusEntity // the thread, or the post that was edited
	passed *statusEntity // as its forum passes it on
	local  bool
	tags   []string
}

func newHub(total, perAddress int) *hub {
	return &hub{total: total, perAddress: perAddress, listeners: map[*listener]bool{}, addresses: map[string]int{}}
}

// open adds a listener; nil where there are too many.
func (h *hub) open(address string) *listener {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.listeners) >= h.total || h.addresses[address] >= h.perAddress {
		return nil
	}
	l := &listener{address: address, events: make(chan happening, waiting), over: make(chan struct{})}
	h.listeners[l] = true
	h.addresses[address]++
	return l
}

func (h *hub) remove(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.listeners[l] {
		return
	}
	delete(h.listeners, l)
	if h.addresses[l.address]--; h.addresses[l.address] == 0 {
		delete(h.addresses, l.address)
	}
}

// tell hands on what happened. It never waits.
func (h *hub) tell(events []forum.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.listeners) == 0 {
		return
	}
	for _, e := range events {
		switch e.Kind {
		case forum.ThreadAdded, forum.PostEdited, forum.PostHidden, forum.NoticeAdded:
		default:
			continue
		}
		one := happening{Event: e, shared: &shared{}}
		for l := range h.listeners {
			select {
			case l.events <- one:
			default:
				l.end.Do(func() { close(l.over) })
			}
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for l := range h.listeners {
		l.end.Do(func() { close(l.over) })
	}
}

// Tell hands on what just happened to apps that listen.
func (a *API) Tell(events []forum.Event) {
	now := a.service.Now()
	fresh := make([]forum.Event, 0, len(events))
	for _, e := range events {
		if e.Kind == forum.ThreadAdded && now.Sub(e.Thread.Time()) > lateThreads {
			continue // servers that are met for the first time bring old threads
		}
		fresh = append(fresh, e)
	}
	a.hub.tell(fresh)
}

// CloseStreams ends all streams, which would otherwise hold up the end of the
// server.
func (a *API) CloseStreams() { a.hub.close() }

// watch is what a listener wants to hear, and who it is.
type watch struct {
	mu      sync.Mutex
	streams map[string]stream // by how the app names them
}

// stream is one of Mastodon's streams.
type stream struct {
	kind string // "user", "user:notification", "public", "hashtag", "list", and "direct", which stays silent
	only string // "local" or "remote"
	tag  string
	list forum.ID
	name []string // as messages say it
}

// mostStreams bounds what one connection listens to.
const mostStreams = 20

func (w *watch) add(s stream) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := s.key()
	if _, known := w.streams[key]; !known && len(w.streams) >= mostStreams {
		return false
	}
	w.streams[key] = s
	return true
}

func (w *watch) drop(s stream) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.streams, s.key())
}

func (w *watch) list() []stream {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]stream, 0, len(w.streams))
	for _, s := range w.streams {
		list = append(list, s)
	}
	return list
}

func (s stream) key() string { return s.kind + " " + s.only + " " + s.tag + " " + s.list.String() }

// message is something that is told on a stream.
type message struct {
	stream  []string
	event   string
	payload any // what becomes of it in JSON; a string is told as it is
}

// share finds out what everybody may see of a happening.
func (a *API) share(c *call, h happening) *shared {
	s := h.shared
	s.once.Do(func() {
		id := h.Thread
		if h.Kind == forum.PostEdited {
			id = h.Post
		}
		// For nobody in particular: every listener gets the same.
		everybody := &call{r: c.r.Clone(forum.ReadAs(context.WithoutCancel(c.r.Context()), 0)), api: a}
		b, err := a.load(everybody, noContext, []forum.ID{id})
		if err != nil {
			a.o.Logger.WarnContext(c.r.Context(), "a stream cannot tell what happened", "post", id, "error", err)
			return
		}
		s.status, _ = b.status(id)
		s.passed, _ = b.passedOn(id)
		if view := b.statuses[id]; view != nil {
			s.local, s.tags = view.Author.Host == "" || view.Forum.Host == "", view.Tags
		}
	})
	return s
}

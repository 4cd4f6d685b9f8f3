package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"portevoix/forum"
)

const (
	heartbeat   = 25 * time.Second // so that proxies do not take the stream for dead
	streamPause = time.Second      // between two messages: what comes fast comes together
	streamLife  = 15 * time.Minute // then the browser comes again, and is identified again
	streamWrite = 10 * time.Second // for a message to be taken
	comeAgain   = 3 * time.Second  // after the stream broke
	// lateThreads is how old a thread may be to be news: servers that are met for
	// the first time bring old ones.
	lateThreads = time.Hour
)

// live tells a browser what happens while it shows a page, as a stream of events
// (HTML, 9.2): how many notifications are unread, and how many replies or
// threads came since. The address says what the page shows, so a stream that
// comes back tells what was missed. It ends when the browser goes away, the
// server stops, or its time is over.
func (s *Site) live(v *visit) error {
	v.w.Header().Del("Set-Cookie") // a word on what was done is for the next page
	if err := s.openStream(v); err != nil {
		v.failPlain(err)
	}
	return nil
}

func (s *Site) openStream(v *visit) error {
	t, since, err := v.topic()
	if err != nil {
		return err
	}
	one := s.streams.open(v.address(), v.viewerID(), t)
	if one == nil {
		return &forum.Error{Code: forum.TooMany, Key: "TooManyStreams"}
	}
	defer s.streams.remove(one)
	missed, err := v.missed(t, since)
	if err != nil {
		return err
	}
	unread := 0
	if v.viewer != nil { // read again, now that nothing more is missed
		account, err := s.store.Account(v.ctx(), v.viewer.ID)
		if err != nil {
			return err
		}
		unread = account.Unread
	}
	one.change(func() {
		one.news += missed
		if !one.heard {
			one.unread = unread
		}
	})

	h := v.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would keep events back
	out := &eventWriter{w: v.w, control: http.NewResponseController(v.w)}
	if err := out.control.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("lift the deadline of a stream: %w", err)
	}
	v.w.WriteHeader(http.StatusOK)
	out.send("retry: %d\nid: %s\nevent: start\ndata: {}\n\n", comeAgain.Milliseconds(), since)
	v.stream(one, out)
	return nil
}

// stream sends until something ends it.
func (v *visit) stream(one *stream, out *eventWriter) {
	life := time.NewTimer(streamLife)
	defer life.Stop()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	unread, news := -1, 0
	if v.viewer == nil {
		unread = 0
	}
	for out.err == nil {
		select {
		case <-v.ctx().Done():
			return
		case <-one.over:
			return
		case <-life.C:
			return
		case <-beat.C:
			out.send(": still here\n\n")
			continue
		case <-one.wake:
		}
		unreadNow, newsNow, pending := one.take()
		for _, e := range pending {
			if followed, err := v.site.store.FollowsAtHome(v.ctx(), one.account, []forum.ID{e.Forum, e.Author}); err == nil && followed {
				one.mu.Lock()
				one.news++
				newsNow = one.news
				one.mu.Unlock()
			}
		}
		if unreadNow != unread {
			unread = unreadNow
			text := v.print.T("Nav.Notifications")
			if unread > 0 {
				text = v.print.N("Nav.Unread", unread)
			}
			out.message("unread", unread, v.print.Number(unread), text)
		}
		if newsNow != news {
			news = newsNow
			key := "Live.Threads"
			if one.Thread != 0 {
				key = "Live.Replies"
			}
			out.message("news", news, v.print.Number(news), v.print.N(key, news))
		}
		select {
		case <-time.After(streamPause):
		case <-v.ctx().Done():
			return
		case <-one.over:
			return
		}
	}
}

// eventWriter writes to a browser; after the first error it writes no more.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func (e *eventWriter) send(format string, args ...any) {
	if e.err == nil {
		e.err = e.control.SetWriteDeadline(time.Now().Add(streamWrite))
	}
	if e.err == nil {
		_, e.err = fmt.Fprintf(e.w, format, args...)
	}
	if e.err == nil {
		e.err = e.control.Flush()
	}
	if e.err == nil { // HTTP/2 would end the stream when the time is over, though nothing is being written
		e.err = e.control.SetWriteDeadline(time.Time{})
	}
}

// message is a number, and how people say it.
func (e *eventWriter) message(kind string, count int, number, text string) {
	data, err := json.Marshal(map[string]any{"count": count, "number": number, "text": text})
	if err != nil {
		e.err = err
		return
	}
	e.send("event: %s\ndata: %s\n\n", kind, data)
}

// topic reads from the address what the page shows, and since when: for a thread
// how many replies it had, for lists the moment as an ID.
func (v *visit) topic() (topic, string, error) {
	t := topic{Home: v.query("feed") == "home", Kind: forum.ThreadKind(v.query("kind")), Lang: v.query("lang")}
	t.Feed = t.Home || v.query("feed") == "all"
	for name, id := range map[string]*forum.ID{"thread": &t.Thread, "forum": &t.Forum} {
		value := v.query(name)
		if value == "" {
			continue
		}
		var err error
		if *id, err = forum.ParseID(value); err != nil {
			return t, "", err
		}
	}
	t.Feed = t.Feed || t.Forum != 0
	if t.Home && v.viewer == nil {
		return t, "", &forum.Error{Code: forum.Unauthenticated, Key: "SignInFirst"}
	}
	since := v.r.Header.Get("Last-Event-ID")
	if since == "" {
		since = v.query("since")
	}
	if _, err := strconv.ParseUint(since, 10, 63); err != nil {
		since = forum.FirstID(v.site.service.Now()).String()
	}
	return t, since, nil
}

// missed counts what came between the page and the stream.
func (v *visit) missed(t topic, since string) (int, error) {
	store := v.site.store
	switch {
	case t.Thread != 0:
		thread, err := store.Thread(v.ctx(), t.Thread)
		if err != nil {
			return 0, err
		}
		shown, err := strconv.Atoi(v.query("replies"))
		if err != nil {
			return 0, nil
		}
		return max(0, thread.ReplyCount-shown), nil
	case !t.Feed:
		return 0, nil
	}
	from, err := forum.ParseID(since)
	if err != nil {
		return 0, err
	}
	var page forum.ThreadPage
	if t.Home {
		page, err = store.Home(v.ctx(), forum.HomeQuery{Viewer: v.viewer.ID, Sort: forum.SortNew, Limit: threadsPerPage})
	} else {
		page, err = store.Threads(v.ctx(), forum.ThreadQuery{ForumID: t.Forum, Kind: t.Kind, Language: t.Lang, Sort: forum.SortNew, Limit: threadsPerPage})
	}
	n := 0
	for i := range page.Threads {
		if th := &page.Threads[i]; th.ID > from && th.AuthorID != v.viewerID() {
			n++
		}
	}
	return n, err
}

// Tell hands on what just happened to whoever looks at it.
func (s *Site) Tell(events []forum.Event) {
	now := s.service.Now()
	s.streams.tell(slices.DeleteFunc(slices.Clone(events), func(e forum.Event) bool {
		return e.Kind == forum.ThreadAdded && now.Sub(e.Thread.Time()) > lateThreads
	}))
}

// CloseStreams ends the live updates, which would otherwise hold up the end of
// the server.
func (s *Site) CloseStreams() { s.streams.close() }

// The addresses of streams, by what a page shows.

func liveThread(t *forum.ThreadView) string {
	return withQuery("/live", url.Values{"thread": {t.ID.String()}, "replies": {strconv.Itoa(t.ReplyCount)}})
}

func (l threadListing) live(forumID forum.ID) string {
	if l.After != "" { // further pages are for looking back
		return ""
	}
	q := url.Values{"feed": {"all"}}
	if forumID != 0 {
		q = url.Values{"forum": {forumID.String()}}
	}
	if l.Kind != "" {
		q.Set("kind", string(l.Kind))
	}
	if l.Language != "" {
		q.Set("lang", l.Language)
	}
	return withQuery("/live", q)
}

package mastodon

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"

	"portevoix/forum"
	"portevoix/forum/words"
)

const (
	streamingPath = "/api/v1/streaming"
	heartbeat     = 15 * time.Second // so that proxies do not take a stream for dead
	streamWrite   = 10 * time.Second // for a message to be taken
	maxCommand    = 4 << 10          // bytes of what an app says on a WebSocket
	lateThreads   = time.Hour        // how old a thread may be to be news
)

// streamNamed reads a stream as apps name it, such as "public:local:media", with the
// hashtag or the list that it is of; false for what is none.
func streamNamed(name, tag, list string) (stream, bool) {
	parts := strings.Split(name, ":")
	s := stream{kind: parts[0], name: []string{name}}
	for _, part := range parts[1:] {
		switch {
		case part == "local" || part == "remote":
			s.only = part
		case part == "media" && s.kind == "public": // of those with pictures; all are told
		case part == "notification" && s.kind == "user":
			s.kind = "user:notification"
		default:
			return s, false
		}
	}
	switch s.kind {
	case "user", "user:notification", "public", "direct":
		return s, true
	case "list":
		var err error
		s.list, err = forum.ParseID(list)
		s.name = append(s.name, list)
		return s, err == nil
	case "hashtag":
		s.tag = words.Tag(tag)
		s.name = append(s.name, tag)
		return s, s.tag != ""
	}
	return s, false
}

// may says whether the call may listen to a stream: what is one's own takes a token
// that may read it, and others' lists are not there.
func (c *call) may(s stream) error {
	switch s.kind {
	case "user":
		return c.permit("read:statuses")
	case "user:notification":
		return c.permit("read:notifications")
	case "direct":
		return c.permit("read:statuses")
	case "list":
		if err := c.permit("read:lists"); err != nil {
			return err
		}
		_, err := c.api.service.OwnList(c.r.Context(), c.viewer, s.list)
		return err
	}
	return nil
}

// registerStreams adds the addresses of streams.
func (a *API) registerStreams(on adding) {
	on(http.MethodGet, "/streaming", "", a.webSocket)
	for path, name := range map[string]string{
		"user": "user", "user/notification": "user:notification", "public": "public", "public/local": "public:local", "public/remote": "public:remote",
		"hashtag": "hashtag", "hashtag/local": "hashtag:local", "list": "list", "direct": "direct",
	} {
		on(http.MethodGet, "/streaming/"+path, "", func(c *call) error { return a.serverSent(c, name) })
	}
}

// listen opens a listener for a call.
func (a *API) listen(c *call) (*listener, error) {
	l := a.hub.open(a.o.Address(c.r))
	if l == nil {
		return nil, &forum.Error{Code: forum.TooMany, Key: "TooManyStreams"}
	}
	return l, nil
}

// serverSent tells one stream as server-sent events.
func (a *API) serverSent(c *call, name string) error {
	s, known := streamNamed(name, c.in.get("tag"), c.in.get("list"))
	switch {
	case !known && s.kind == "list":
		return missing(c)
	case !known:
		return &forum.Error{Code: forum.Invalid, Key: "TagUnknown", Field: "tag", Args: map[string]any{"Tag": c.in.get("tag")}}
	}
	if err := c.may(s); err != nil {
		return err
	}
	l, err := a.listen(c)
	if err != nil {
		return err
	}
	defer a.hub.remove(l)
	control := http.NewResponseController(c.w)
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("lift the deadline of a stream: %w", err)
	}
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would keep events back
	c.w.WriteHeader(http.StatusOK)
	send := func(text string) error {
		if err := control.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
			return err
		}
		if _, err := io.WriteString(c.w, text); err != nil {
			return err
		}
		if err := control.Flush(); err != nil {
			return err
		}
		return control.SetWriteDeadline(time.Time{})
	}
	w := &watch{streams: map[string]stream{s.key(): s}}
	a.tellAll(c, l, w, func() error { return send(":thump\n\n") }, func(m message) error {
		payload, err := m.text()
		if err != nil {
			return err
		}
		return send("event: " + m.event + "\ndata: " + payload + "\n\n")
	})
	return nil // the answer has begun: whatever went wrong, it just ends
}

// text is the payload as it is told.
func (m message) text() (string, error) {
	if text, ok := m.payload.(string); ok {
		return text, nil
	}
	body, err := json.Marshal(m.payload)
	return string(body), err
}

// tellAll tells a listener what it wants to hear, until one side ends it.
func (a *API) tellAll(c *call, l *listener, w *watch, beat func() error, tell func(message) error) {
	pulse := time.NewTicker(heartbeat)
	defer pulse.Stop()
	if beat() != nil {
		return
	}
	for {
		select {
		case <-c.r.Context().Done():
			return
		case <-l.over:
			return
		case <-pulse.C:
			if beat() != nil {
				return
			}
		case h := <-l.events:
			for _, m := range a.messages(c, w, h) {
				if tell(m) != nil {
					return
				}
			}
		}
	}
}

// messages are what a happening comes to for one listener.
func (a *API) messages(c *call, w *watch, h happening) []message {
	var list []message
	for _, s := range w.list() {
		m := message{stream: s.name}
		switch {
		case h.Kind == forum.PostHidden:
			m.event, m.payload = "delete", h.Post.String()
		case h.Kind == forum.NoticeAdded:
			if (s.kind != "user" && s.kind != "user:notification") || c.viewer == nil || h.Account != c.viewer.ID {
				continue
			}
			e, ok := a.notified(c, h.Notice)
			if !ok {
				continue
			}
			m.event, m.payload = "notification", e
		default:
			e := a.heard(c, s, h)
			if e == nil {
				continue
			}
			m.event, m.payload = "update", e
			if h.Kind == forum.PostEdited {
				m.event = "status.update"
			}
		}
		list = append(list, m)
	}
	return list
}

// notified reads a notification for whom it is.
func (a *API) notified(c *call, id forum.ID) (notificationEntity, bool) {
	if !c.token.Allows("read:notifications") {
		return notificationEntity{}, false
	}
	kinds := make([]forum.NotificationKind, 0, len(forum.AppNotices))
	for kind := range forum.AppNotices {
		kinds = append(kinds, kind)
	}
	list, b, err := a.notices(c, forum.NotificationSpan{AccountID: c.viewer.ID, ID: id, Kinds: kinds, Span: forum.Span{Limit: 1}})
	if err != nil || len(list) == 0 {
		return notificationEntity{}, false
	}
	return b.notification(&list[0])
}

// heard is what a stream tells of a thread or an edited post; nil for nothing.
func (a *API) heard(c *call, s stream, h happening) *statusEntity {
	if s.kind == "user:notification" || s.kind == "direct" {
		return nil
	}
	shared := a.share(c, h)
	if shared.status == nil || s.only == "local" && !shared.local || s.only == "remote" && shared.local {
		return nil
	}
	if s.kind == "hashtag" && !slices.ContainsFunc(shared.tags, func(t string) bool { return words.Tag(t) == s.tag }) {
		return nil
	}
	if c.viewer == nil {
		return shared.status
	}
	if a.unwanted(c, s, h) {
		return nil
	}
	follows := func(actor forum.ID) (bool, error) {
		return a.store.FollowsAtHome(c.r.Context(), c.viewer.ID, []forum.ID{actor})
	}
	switch {
	case s.kind == "list":
		follows = func(actor forum.ID) (bool, error) {
			return a.store.OnList(c.r.Context(), s.list, []forum.ID{actor})
		}
	case s.kind != "user" || h.Author == c.viewer.ID:
		return shared.status
	}
	if followed, err := follows(h.Author); err == nil && followed {
		return shared.status
	}
	if followed, err := follows(h.Forum); err == nil && followed {
		if h.Kind == forum.PostEdited {
			return shared.status
		}
		return shared.passed
	}
	return nil
}

// contextOfStream is where an app shows what a stream tells.
func contextOfStream(s stream) forum.FilterContext {
	if s.kind == "user" || s.kind == "list" {
		return forum.InHome
	}
	return forum.InPublic
}

// unwanted says whether the listener blocks or hides who wrote something, or where.
func (a *API) unwanted(c *call, s stream, h happening) bool {
	if blocked, err := a.store.Blocked(c.r.Context(), c.viewer.ID, h.Author); err != nil || blocked {
		return true
	}
	id := h.Thread
	if h.Kind == forum.PostEdited {
		id = h.Post
	}
	b, err := a.load(c, contextOfStream(s), []forum.ID{id})
	if err != nil {
		return true
	}
	_, ok := b.status(id)
	return !ok || b.hides(id)
}

// command is what an app says on a WebSocket.
type command struct {
	Type   string `json:"type"`
	Stream string `json:"stream"`
	Tag    string `json:"tag"`
	List   string `json:"list"`
}

// webSocket tells several streams on one connection, as the app chooses.
func (a *API) webSocket(c *call) error {
	if !strings.EqualFold(c.r.Header.Get("Upgrade"), "websocket") {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	w := &watch{streams: map[string]stream{}}
	if name := c.in.get("stream"); name != "" {
		s, known := streamNamed(name, c.in.get("tag"), c.in.get("list"))
		if !known {
			return &forum.Error{Code: forum.Invalid, Key: "TagUnknown", Field: "stream", Args: map[string]any{"Tag": name}}
		}
		if err := c.may(s); err != nil {
			return err
		}
		w.add(s)
	}
	l, err := a.listen(c)
	if err != nil {
		return err
	}
	defer a.hub.remove(l)
	// The token is what entitles, so any page may open one.
	options := &websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled}
	if offered, _, _ := strings.Cut(c.r.Header.Get("Sec-WebSocket-Protocol"), ","); offered != "" {
		options.Subprotocols = []string{strings.TrimSpace(offered)}
	}
	conn, err := websocket.Accept(c.w, c.r, options)
	if err != nil {
		return nil //nolint:nilerr // Accept has answered
	}
	defer conn.CloseNow() //nolint:errcheck // nothing is left to be lost
	conn.SetReadLimit(maxCommand)
	ctx, cancel := context.WithCancel(c.r.Context())
	defer cancel()
	write := func(v any) error {
		body, err := json.Marshal(v)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, streamWrite)
		defer cancel()
		return conn.Write(ctx, websocket.MessageText, body)
	}
	go func() {
		defer cancel()
		a.obey(ctx, c, conn, w, write)
	}()
	listening := *c
	listening.r = c.r.WithContext(ctx)
	a.tellAll(&listening, l, w, func() error {
		ctx, cancel := context.WithTimeout(ctx, streamWrite)
		defer cancel()
		return conn.Ping(ctx)
	}, func(m message) error {
		payload, err := m.text()
		if err != nil {
			return err
		}
		return write(map[string]any{"stream": m.stream, "event": m.event, "payload": payload})
	})
	return nil
}

// obey reads which streams an app wants to hear, until it goes.
func (a *API) obey(ctx context.Context, c *call, conn *websocket.Conn, w *watch, write func(any) error) {
	for {
		_, body, err := conn.Read(ctx)
		if err != nil {
			return
		}
		var said command
		if json.Unmarshal(body, &said) != nil {
			continue
		}
		s, known := streamNamed(said.Stream, said.Tag, said.List)
		problem := ""
		switch {
		case !known:
			problem = "Unknown stream type"
		case said.Type == "unsubscribe":
			w.drop(s)
		case said.Type != "subscribe":
		case c.may(s) != nil:
			problem = "This action is outside the authorized scopes"
		case !w.add(s):
			problem = "Too many streams"
		}
		if problem != "" && write(map[string]any{"error": problem, "status": http.StatusBadRequest}) != nil {
			return
		}
	}
}

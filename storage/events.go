package storage

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"portevoix/forum"
)

// OnEvents calls f with what just happened: after a commit of this process, and,
// once events are shared, of others. f must not block.
func (s *Store) OnEvents(f func([]forum.Event)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onEvents = append(s.onEvents, f)
}

func (s *Store) tell(events []forum.Event) {
	s.mu.Lock()
	listeners := s.onEvents
	s.mu.Unlock()
	for _, f := range listeners {
		f(events)
	}
}

// happened tells this process of what it committed, and the others.
func (s *Store) happened(events []forum.Event) {
	s.tell(events)
	if s.shared == nil {
		return
	}
	select {
	case s.shared.queue <- events:
	default: // the others read it when they open the page
	}
}

// shared carries events between the processes on one PostgreSQL database, by
// NOTIFY. That happens after the commit and not in it: notifying takes a lock
// that all commits would wait for. What is lost when a process dies in between
// is only told late.
type shared struct {
	store  *Store
	from   string // this process
	queue  chan []forum.Event
	cancel context.CancelFunc
	loops  sync.WaitGroup
}

const (
	eventChannel  = "portevoix_events"
	eventsAtOnce  = 30 // in one notice, which holds 8000 bytes
	shareQueue    = 1024
	shareBackOff  = time.Second
	sharePatience = 10 * time.Second
)

type eventNotice struct {
	From   string        `json:"from"`
	Events []forum.Event `json:"events"`
}

// ShareEvents begins to exchange events with other processes; Close ends it. On
// SQLite there are none.
func (s *Store) ShareEvents() {
	if s.driver != Postgres || s.shared != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.shared = &shared{store: s, from: rand.Text(), queue: make(chan []forum.Event, shareQueue), cancel: cancel}
	s.shared.loops.Go(func() { s.shared.send(ctx) })
	s.shared.loops.Go(func() { s.shared.listen(ctx) })
}

func (h *shared) stop() {
	h.cancel()
	h.loops.Wait()
}

// send notifies the others, of several commits at once when they come fast.
func (h *shared) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case events := <-h.queue:
			for len(events) < eventsAtOnce && len(h.queue) > 0 {
				events = append(events[:len(events):len(events)], <-h.queue...)
			}
			for len(events) > 0 {
				n := min(len(events), eventsAtOnce)
				if err := h.notify(ctx, events[:n]); err != nil && ctx.Err() == nil {
					h.store.logger.WarnContext(ctx, "live updates do not reach other processes", "error", err)
				}
				events = events[n:]
			}
		}
	}
}

func (h *shared) notify(ctx context.Context, events []forum.Event) error {
	notice, err := json.Marshal(eventNotice{From: h.from, Events: events})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sharePatience)
	defer cancel()
	_, err = h.store.writing.DB.ExecContext(ctx, "SELECT pg_notify($1, $2)", eventChannel, string(notice))
	return err
}

// listen hears the others, on a connection of its own, and opens another one
// when that breaks.
func (h *shared) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := h.hear(ctx)
		if ctx.Err() != nil {
			return
		}
		h.store.logger.WarnContext(ctx, "live updates of other processes are not heard", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(shareBackOff):
		}
	}
}

func (h *shared) hear(ctx context.Context) error {
	conn, err := h.store.writing.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return conn.Raw(func(driverConn any) error {
		postgres := driverConn.(*stdlib.Conn).Conn()
		if _, err := postgres.Exec(ctx, "LISTEN "+eventChannel); err != nil {
			return err
		}
		for {
			n, err := postgres.WaitForNotification(ctx)
			if err != nil { // a connection that still listens must not go back to the pool
				return errors.Join(err, postgres.Close(context.WithoutCancel(ctx)))
			}
			var notice eventNotice
			if err := json.Unmarshal([]byte(n.Payload), &notice); err != nil {
				h.store.logger.WarnContext(ctx, "unreadable live update", "error", fmt.Errorf("read notice: %w", err))
				continue
			}
			if notice.From != h.from {
				h.store.changes.Add(1)
				h.store.tell(notice.Events)
			}
		}
	})
}

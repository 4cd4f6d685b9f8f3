package storage_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
	"portevoix/storage"
	"portevoix/storage/storagetest"
)

// heard collects events.
type heard struct {
	mu     sync.Mutex
	events []forum.Event
}

func (h *heard) add(events []forum.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, events...)
}

func (h *heard) count(want forum.Event) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.events {
		if e == want {
			n++
		}
	}
	return n
}

// What is committed is told, and nothing else.
func TestEvents(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			store := storagetest.Open(t, driver)
			w := forumtest.NewWorld(t, store)
			lea, maxim := w.Person("lea"), w.Person("max")
			f := w.Forum("banks")
			var h heard
			store.OnEvents(h.add)
			th := w.Thread(lea, "banks", "one")
			w.Reply(maxim, th.ID, 0, "r")
			w.Refused(w.Service.Support(t.Context(), maxim, 42, true), forum.NotFound, "")
			w.Must(w.Service.ReadNotifications(t.Context(), lea, forum.FirstID(w.Clock.Now().Add(time.Second))))
			for _, want := range []forum.Event{
				{Kind: forum.ThreadAdded, Thread: th.ID, Forum: f.ID, Author: lea.ID, ThreadKind: th.Kind},
				{Kind: forum.ReplyAdded, Thread: th.ID, Forum: f.ID, Author: maxim.ID},
				{Kind: forum.UnreadChanged, Account: lea.ID, Unread: 1},
				{Kind: forum.UnreadChanged, Account: lea.ID},
			} {
				if h.count(want) != 1 {
					t.Errorf("%+v was told %d times of %+v", want, h.count(want), h.events)
				}
			}
			// The notification has a number that only the store knows.
			if len(h.events) != 5 || !slices.ContainsFunc(h.events, func(e forum.Event) bool { return e.Kind == forum.NoticeAdded && e.Account == lea.ID && e.Notice != 0 }) {
				t.Errorf("told %+v", h.events)
			}
		})
	}
}

// Several processes on one database tell each other, also after the connection
// broke by which they hear.
func TestEventsBetweenProcesses(t *testing.T) {
	o := storage.Options{Driver: storage.Postgres, DSN: storagetest.PostgresDSN(t)}
	var stores [2]*storage.Store
	var heards [2]heard
	for i := range stores {
		store, err := storage.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		if _, err := store.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		store.OnEvents(heards[i].add)
		store.ShareEvents()
		stores[i] = store
	}
	w := forumtest.NewWorld(t, stores[0])
	lea := w.Person("lea")
	w.Forum("banks")
	reached := func() {
		t.Helper()
		var made []forum.Event
		forumtest.Eventually(t, 20*time.Second, "an event in the other process", func() bool {
			th := w.Thread(lea, "banks", "a thread") // until both listen
			made = append(made, forum.Event{Kind: forum.ThreadAdded, Thread: th.ID, Forum: th.ForumID, Author: lea.ID, ThreadKind: th.Kind})
			return slices.ContainsFunc(made, func(e forum.Event) bool { return heards[1].count(e) == 1 })
		})
		for _, e := range made {
			if n := heards[0].count(e); n != 1 {
				t.Errorf("its own process heard of it %d times", n)
			}
		}
	}
	reached()
	if err := stores[0].Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"); err != nil {
		t.Fatal(err)
	}
	reached()
	if err := stores[1].Close(); err != nil { // does not hang
		t.Error(err)
	}
}

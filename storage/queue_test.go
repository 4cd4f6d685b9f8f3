package storage_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
	"portevoix/storage"
	"portevoix/storage/storagetest"
)

// A queueWorld has a forum that two servers follow, and three threads on their
// way to them.
func queueWorld(t *testing.T, driver storage.Driver) (*forumtest.World, *storage.Store) {
	store := storagetest.Open(t, driver)
	w := forumtest.NewWorld(t, store)
	lea := w.Person("lea")
	f := w.Forum("telecoms")
	for _, host := range []string{"a.example", "b.example"} {
		_, err := w.Service.ReceiveFollow(w.Ctx(), w.Inbound(w.Remote(forum.Person, "fan", host)), f.URI)
		w.Must(err)
	}
	for i := range 3 {
		w.Thread(lea, "telecoms", fmt.Sprintf("t%d", i))
	}
	return w, store
}

func TestDeliveryQueue(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) { testDeliveryQueue(t, driver) })
	}
}

func testDeliveryQueue(t *testing.T, driver storage.Driver) {
	w, store := queueWorld(t, driver)
	ctx, now := w.Ctx(), w.Clock.Now()
	lease := func(owner string, now time.Time) (hosts []string) {
		t.Helper()
		peers, err := store.LeasePeers(ctx, owner, now, now.Add(time.Minute), 10)
		w.Must(err)
		for _, p := range peers {
			hosts = append(hosts, p.Host)
		}
		return hosts
	}
	if got := lease("one", now); len(got) != 2 {
		t.Fatalf("leased %v", got)
	}
	if got := lease("two", now); len(got) != 0 {
		t.Errorf("leased twice: %v", got)
	}
	if ok, err := store.ExtendLease(ctx, "a.example", "two", now.Add(time.Hour)); err != nil || ok {
		t.Errorf("extended another's lease: %v %v", ok, err)
	}
	if got := lease("two", now.Add(2*time.Minute)); len(got) != 2 {
		t.Errorf("an expired lease holds: %v", got)
	}
	w.Must(store.ReleasePeer(ctx, "a.example", "two"))
	w.Must(store.ReleasePeer(ctx, "b.example", "one")) // not its own
	if got := lease("three", now.Add(2*time.Minute)); len(got) != 1 || got[0] != "a.example" {
		t.Errorf("after giving one back: %v", got)
	}

	list, err := store.Deliveries(ctx, "a.example", forum.Microblog, 10)
	w.Must(err)
	if len(list) != 4 { // the Accept first: it outranks posts
		t.Fatalf("%d deliveries", len(list))
	}
	for i, d := range list {
		if len(d.Body) == 0 || d.Inbox == "" || d.Signer == 0 || i > 1 && list[i].ActivityID < list[i-1].ActivityID {
			t.Errorf("delivery %d: %+v", i, d)
		}
	}
	// Two arrive, the server then fails.
	w.Must(store.Settle(ctx, forum.Settlement{Host: "a.example", Done: []forum.ID{list[0].ID, list[1].ID}, Reached: true, Now: now}))
	w.Must(store.Settle(ctx, forum.Settlement{Host: "a.example", Retry: []forum.ID{list[2].ID}, Failed: true, NextTry: now.Add(time.Hour), Error: "down", Now: now, GiveUpAfter: 7 * 24 * time.Hour}))
	peer, err := store.Peer(ctx, "a.example")
	w.Must(err)
	if peer.Failures != 1 || peer.LastError != "down" || !peer.NextTryAt.Equal(now.Add(time.Hour)) || !peer.LastSuccessAt.Equal(now) {
		t.Errorf("peer %+v", peer)
	}
	w.Must(store.ReleasePeer(ctx, "a.example", "three"))
	if got := lease("four", now.Add(30*time.Minute)); len(got) != 1 || got[0] != "b.example" {
		t.Errorf("a server that wants to be left alone was leased: %v", got)
	}
	if n, err := store.PendingDeliveries(ctx); err != nil || n != 6 {
		t.Errorf("%d pending, %v", n, err)
	}
	if next, err := store.NextDelivery(ctx); err != nil || next.Before(now) || next.After(now.Add(time.Hour+time.Second)) {
		t.Errorf("next delivery at %v, %v", next, err)
	}
	// A sign of life ends the wait.
	w.Must(store.RevivePeer(ctx, "a.example"))
	if got := lease("five", now); len(got) != 1 || got[0] != "a.example" {
		t.Errorf("after a sign of life: %v", got)
	}
	// After seven days of failing it is given up.
	late := now.Add(8 * 24 * time.Hour)
	for _, at := range []time.Time{now, late} {
		w.Must(store.Settle(ctx, forum.Settlement{Host: "a.example", Failed: true, NextTry: at, Now: at, GiveUpAfter: 7 * 24 * time.Hour}))
	}
	if peer, err = store.Peer(ctx, "a.example"); err != nil || peer.DeadAt.IsZero() {
		t.Errorf("not given up: %+v %v", peer, err)
	}
	if list, err := store.Deliveries(ctx, "a.example", forum.Microblog, 10); err != nil || len(list) != 0 {
		t.Errorf("%d deliveries to a dead server, %v", len(list), err)
	}
	lea, err := store.AccountByName(ctx, "lea")
	w.Must(err)
	w.Thread(lea, "telecoms", "while dead")
	if list, err := store.Deliveries(ctx, "a.example", forum.Microblog, 10); err != nil || len(list) != 0 {
		t.Errorf("%d new deliveries to a dead server, %v", len(list), err)
	}
	w.Must(store.RevivePeer(ctx, "a.example"))
	w.Thread(lea, "telecoms", "alive again")
	if list, err := store.Deliveries(ctx, "a.example", forum.Microblog, 10); err != nil || len(list) != 1 {
		t.Errorf("%d deliveries after revival, %v", len(list), err)
	}
}

func TestActivitiesAtTheirAddress(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			w, store := queueWorld(t, driver)
			lea, err := store.AccountByName(w.Ctx(), "lea")
			w.Must(err)
			th := w.Thread(lea, "telecoms", "one")
			body, err := store.Activity(w.Ctx(), th.AnnounceID)
			w.Must(err)
			if want := `{"actor":"https://here.example/f/telecoms","object":"` + th.URI + `","type":"Announce"}`; string(body) != want {
				t.Errorf("got %s, want the plainest form %s", body, want)
			}
			w.Must(w.Service.Support(w.Ctx(), lea, th.ID, true))
			for id, want := range map[forum.ID]forum.Origin{
				th.CreateID:   {Created: th.ID},
				th.AnnounceID: {Announced: th.ID},
			} {
				got, err := store.OriginOf(w.Ctx(), id, w.Service.Addresses().Activity(id))
				w.Must(err)
				if got != want {
					t.Errorf("origin of %d: %+v, want %+v", id, got, want)
				}
			}
			// Answers to follows are nobody else's business.
			list, err := store.Deliveries(w.Ctx(), "a.example", forum.Microblog, 1)
			w.Must(err)
			if _, err := store.Activity(w.Ctx(), list[0].ActivityID); forum.CodeOf(err) != forum.NotFound {
				t.Errorf("an Accept is served: %v", err)
			}
		})
	}
}

func TestSweep(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			clock := forumtest.NewClock()
			store := storagetest.OpenWith(t, driver, clock)
			w := forumtest.NewWorld(t, store)
			lea := w.Person("lea")
			f := w.Forum("telecoms")
			in := w.Inbound(w.Remote(forum.Person, "fan", "a.example"))
			_, err := w.Service.ReceiveFollow(w.Ctx(), in, f.URI)
			w.Must(err)
			w.Thread(lea, "telecoms", "one")
			w.Must(w.Service.Register(w.Ctx(), forum.NewAccount{Name: "ghost", Email: "ghost@here.example"}))
			w.Must(store.Sweep(w.Ctx()))
			if n, err := store.PendingDeliveries(w.Ctx()); err != nil || n != 2 {
				t.Fatalf("swept too early: %d pending, %v", n, err)
			}
			clock.Advance(8 * 24 * time.Hour)
			w.Must(store.Sweep(w.Ctx()))
			if n, err := store.PendingDeliveries(w.Ctx()); err != nil || n != 0 {
				t.Errorf("%d pending after their time, %v", n, err)
			}
			if _, err := store.AccountByName(w.Ctx(), "ghost"); forum.CodeOf(err) != forum.NotFound {
				t.Errorf("an unconfirmed registration stays: %v", err)
			}
			if ok, err := store.Received(w.Ctx(), in.Key); err != nil || !ok {
				t.Errorf("forgot an activity after a week: %v %v", ok, err)
			}
			clock.Advance(30 * 24 * time.Hour)
			w.Must(store.Sweep(w.Ctx()))
			if ok, err := store.Received(w.Ctx(), in.Key); err != nil || ok {
				t.Errorf("remembers an activity for ever: %v %v", ok, err)
			}
		})
	}
}

// countJob is a job for the tests.
type countJob struct {
	By int `json:"by"`
}

func (countJob) Kind() string { return "count" }

func TestJobs(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			store := storagetest.Open(t, driver)
			var sum, tries atomic.Int64
			workers := store.NewWorkers()
			storage.AddWorker(workers, func(_ context.Context, j countJob) error {
				tries.Add(1)
				if j.By < 0 {
					return &forum.Error{Code: forum.Invalid, Key: "Never"} // never right: not tried again
				}
				sum.Add(int64(j.By))
				return nil
			})
			enqueue := func(by int, fail error) {
				_ = store.Write(t.Context(), func(ctx context.Context, tx forum.Tx) error {
					if err := tx.Enqueue(ctx, countJob{By: by}); err != nil {
						t.Error(err)
					}
					return fail
				})
			}
			enqueue(1, nil)
			enqueue(10, errors.New("rolled back"))
			if err := store.StartJobs(t.Context(), workers); err != nil {
				t.Fatal(err)
			}
			enqueue(2, nil)
			enqueue(-1, nil)
			forumtest.Eventually(t, 20*time.Second, "jobs to finish", func() bool {
				n, err := store.PendingJobs(t.Context())
				return err == nil && n == 0
			})
			stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := store.StopJobs(stop); err != nil {
				t.Error(err)
			}
			if sum.Load() != 3 || tries.Load() != 3 {
				t.Errorf("sum %d in %d tries, want 3 in 3", sum.Load(), tries.Load())
			}
		})
	}
}

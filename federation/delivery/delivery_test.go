package delivery

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portevoix/forum"
)

// A peer that is slow, or has much waiting, is worked on by one worker: its
// lease does not end meanwhile.
func TestLeaseOutlivesBatch(t *testing.T) {
	deliver(t, func(_ *Options, q *queue, s *sender) {
		for i := range 300 {
			q.add(mastodon, fmt.Sprintf("thread %d", i%2))
		}
		s.takes = func(string) time.Duration { return 9 * time.Second }
	}, func(t *testing.T, _ *Deliverer, q *queue, s *sender) {
		pass(time.Hour)
		seen := map[forum.ID]bool{}
		for _, a := range s.to(mastodon) {
			if seen[a.delivery.ID] {
				t.Errorf("%d was delivered twice", a.delivery.ID)
			}
			seen[a.delivery.ID] = true
		}
		if len(seen) != 300 || len(q.waiting(mastodon)) != 0 {
			t.Errorf("%d delivered, %d left", len(seen), len(q.waiting(mastodon)))
		}
		for i, settled := range q.settlements(mastodon)[1:] {
			if took := settled.Now.Sub(q.settlements(mastodon)[i].Now); took >= leaseLifetime {
				t.Errorf("a batch took %s, longer than a lease", took)
			}
		}
	})
}

// A worker whose lease another process has taken finishes what it began and
// leaves the rest to that.
func TestLostLease(t *testing.T) {
	deliver(t, func(_ *Options, q *queue, s *sender) {
		for i := range 2 * batchSize {
			q.add(mastodon, fmt.Sprintf("thread %d", i))
		}
		s.takes = func(string) time.Duration { return time.Second }
	}, func(t *testing.T, _ *Deliverer, q *queue, s *sender) {
		pass(time.Second)
		q.mu.Lock()
		q.peers[mastodon].owner, q.peers[mastodon].until = "another process", time.Now().Add(time.Hour)
		q.mu.Unlock()
		pass(10 * time.Minute)
		if n := len(s.to(mastodon)); n != batchSize {
			t.Errorf("%d delivered without a lease", n)
		}
		if owner := q.peers[mastodon].owner; owner != "another process" {
			t.Errorf("the lease went to %q", owner)
		}
	})
}

// One dead peer holds up nobody else.
func TestDeadPeer(t *testing.T) {
	deliver(t, func(_ *Options, q *queue, s *sender) {
		for i := range 20 {
			host := fmt.Sprintf("dead%d.example", i)
			for range 10 {
				q.add(host, "thread")
				q.add(fmt.Sprintf("alive%d.example", i), "thread")
			}
		}
		s.takes = func(host string) time.Duration {
			if strings.HasPrefix(host, "dead") {
				return 10 * time.Second
			}
			return 10 * time.Millisecond
		}
		s.answer = func(d forum.Delivery, _ forum.SignatureScheme) (int, time.Duration, error) {
			if strings.HasPrefix(d.Host, "dead") {
				return 0, 0, context.DeadlineExceeded
			}
			return http.StatusOK, 0, nil
		}
	}, func(t *testing.T, d *Deliverer, q *queue, s *sender) {
		pass(time.Second)
		for i := range 20 {
			if n := len(s.to(fmt.Sprintf("alive%d.example", i))); n != 10 {
				t.Errorf("peer %d got %d of 10", i, n)
			}
		}
		pass(10 * time.Second)
		if n := len(s.to("dead0.example")); n != 1 {
			t.Errorf("a dead peer was asked %d times at once", n)
		}
		// Nor does it later, while it is left alone.
		q.add("alive0.example", "thread")
		d.Wake()
		pass(time.Second)
		if n := len(s.to("alive0.example")); n != 11 {
			t.Errorf("later: %d of 11", n)
		}
	})
}

// More peers than there are places wait their turn.
func TestPlaces(t *testing.T) {
	deliver(t, func(o *Options, q *queue, s *sender) {
		o.Peers = 3
		for i := range 30 {
			q.add(fmt.Sprintf("peer%d.example", i), "thread")
		}
		s.takes = func(string) time.Duration { return 400 * time.Millisecond }
	}, func(t *testing.T, _ *Deliverer, _ *queue, s *sender) {
		pass(10*time.Second + 100*time.Millisecond)
		if len(s.attempts) != 30 || s.top != 3 {
			t.Errorf("%d delivered, %d at once", len(s.attempts), s.top)
		}
	})
}

// What is new is seen at once when the deliverer is woken, and soon when it is
// not.
func TestWake(t *testing.T) {
	deliver(t, func(o *Options, _ *queue, _ *sender) { o.Poll = time.Minute }, func(t *testing.T, d *Deliverer, q *queue, s *sender) {
		pass(time.Second)
		q.add(mastodon, "thread")
		d.Wake()
		synctest.Wait()
		if n := len(s.to(mastodon)); n != 1 {
			t.Errorf("%d delivered after waking", n)
		}
		q.add(mastodon, "thread")
		pass(time.Minute)
		if n := len(s.to(mastodon)); n != 2 {
			t.Errorf("%d delivered after a while", n)
		}
		for range 1000 {
			d.Wake() // never blocks
		}
	})
}

// Stop lets finish what is under way, begins nothing, and keeps the rest.
func TestStop(t *testing.T) {
	deliver(t, func(_ *Options, q *queue, s *sender) {
		for i := range 50 {
			q.add(mastodon, fmt.Sprintf("thread %d", i%10))
		}
		s.takes = func(string) time.Duration { return 5 * time.Second }
	}, func(t *testing.T, d *Deliverer, q *queue, s *sender) {
		pass(time.Second)
		begun := time.Now()
		d.Stop(t.Context())
		if took := time.Since(begun); took != 4*time.Second {
			t.Errorf("stopping took %s", took)
		}
		if done, left := len(s.to(mastodon)), len(q.waiting(mastodon)); done != 6 || left != 44 {
			t.Errorf("%d done, %d left", done, left)
		}
		if p := q.peers[mastodon]; p.owner != "" || p.Failures != 0 {
			t.Errorf("the peer is left as %+v", p)
		}
	})
}

// When the patience ends, what is under way is broken off and stays for the next
// start.
func TestStopAtOnce(t *testing.T) {
	deliver(t, func(_ *Options, q *queue, s *sender) {
		for i := range 50 {
			q.add(mastodon, fmt.Sprintf("thread %d", i))
		}
		s.takes = func(string) time.Duration { return time.Hour }
	}, func(t *testing.T, d *Deliverer, q *queue, s *sender) {
		pass(time.Second)
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		d.Stop(ctx)
		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("stopping took %s", took)
		}
		if left := len(q.waiting(mastodon)); left != 50 || len(s.to(mastodon)) != 0 {
			t.Errorf("%d left", left)
		}
		if p := q.peers[mastodon]; p.owner != "" || p.Failures != 0 {
			t.Errorf("the peer is left as %+v", p)
		}
	})
}

// Peers that hang, however many, hold up nobody else.
func TestHangingPeers(t *testing.T) {
	deliver(t, func(o *Options, q *queue, s *sender) {
		o.Peers = 4
		for i := range 30 {
			q.add(fmt.Sprintf("a-hanging%d.example", i), "thread")
		}
		q.add("healthy.example", "thread")
		s.takes = func(host string) time.Duration {
			if strings.Contains(host, "hanging") {
				return time.Minute
			}
			return 10 * time.Millisecond
		}
	}, func(t *testing.T, d *Deliverer, q *queue, s *sender) {
		pass(20 * time.Second) // four at once for half a second each, then aside
		if n := len(s.to("healthy.example")); n != 1 {
			t.Fatalf("%d delivered", n)
		}
		q.add("healthy.example", "another thread")
		d.Wake()
		pass(time.Second)
		if n := len(s.to("healthy.example")); n != 2 {
			t.Errorf("%d delivered while others hang", n)
		}
		pass(2 * time.Minute)
		if len(d.active) != 0 || len(d.aside) != 0 {
			t.Errorf("%d places and %d aside are still taken", len(d.active), len(d.aside))
		}
	})
}

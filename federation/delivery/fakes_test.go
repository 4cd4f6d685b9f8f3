package delivery

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portevoix/forum"
)

// queue is a Queue in memory, which works as storage's does.
type queue struct {
	t *testing.T

	mu       sync.Mutex
	peers    map[string]*entry
	serial   forum.ID
	settled  []forum.Settlement
	released int // times that all leases were dropped
}

type entry struct {
	forum.Peer
	waiting []forum.Delivery
	owner   string
	until   time.Time // of the lease
	nextTry time.Time
}

func newQueue(t *testing.T) *queue { return &queue{t: t, peers: map[string]*entry{}} }

// peer makes a server known.
func (q *queue) peer(host, software string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.peers[host] = &entry{Peer: forum.Peer{Host: host, Software: software}}
}

// add puts an activity about a subject into the queue of a peer.
func (q *queue) add(host, subject string) forum.ID {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.peers[host] == nil {
		q.peers[host] = &entry{Peer: forum.Peer{Host: host}}
	}
	q.serial++
	q.peers[host].waiting = append(q.peers[host].waiting, forum.Delivery{ID: q.serial, ActivityID: q.serial, Host: host, Inbox: "https://" + host + "/inbox",
		Subject: subject, Signer: 1, CreatedAt: time.Now(), Body: fmt.Appendf(nil, `{"id":%d}`, q.serial)})
	return q.serial
}

// change alters what waits for a peer.
func (q *queue) change(host string, f func(list []forum.Delivery)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f(q.peers[host].waiting)
}

// waiting are the ids that still wait for a peer.
func (q *queue) waiting(host string) []forum.ID {
	q.mu.Lock()
	defer q.mu.Unlock()
	var ids []forum.ID
	for _, d := range q.peers[host].waiting {
		ids = append(ids, d.ID)
	}
	return ids
}

// settlements are what was stored of a peer, in order.
func (q *queue) settlements(host string) []forum.Settlement {
	q.mu.Lock()
	defer q.mu.Unlock()
	var list []forum.Settlement
	for _, s := range q.settled {
		if s.Host == host {
			list = append(list, s)
		}
	}
	return list
}

func (q *queue) Deliveries(ctx context.Context, host string, _ forum.Family, limit int) ([]forum.Delivery, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := q.peers[host].waiting
	return slices.Clone(list[:min(limit, len(list))]), ctx.Err()
}

func (q *queue) ExtendLease(_ context.Context, host, owner string, until time.Time) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.peers[host]
	if p.owner != owner {
		return false, nil
	}
	p.until = until
	return true, nil
}

func (q *queue) LeasePeers(_ context.Context, owner string, now, until time.Time, limit int) ([]forum.Peer, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var list []forum.Peer
	for _, p := range q.peers {
		if len(p.waiting) == 0 || !p.DeadAt.IsZero() || p.nextTry.After(now) || p.until.After(now) || len(list) == limit {
			continue
		}
		if p.owner != "" {
			q.t.Errorf("the lease of %s ended while it was worked on", p.Host)
		}
		p.owner, p.until = owner, until
		list = append(list, p.Peer)
	}
	return list, nil
}

func (q *queue) NextDelivery(context.Context) (time.Time, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var next time.Time
	for _, p := range q.peers {
		at := p.nextTry
		if p.until.After(at) {
			at = p.until
		}
		if len(p.waiting) > 0 && p.DeadAt.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at.Add(time.Millisecond)
		}
	}
	return next, nil
}

func (q *queue) ReleaseAllPeers(context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.released++
	return nil
}

func (q *queue) ReleasePeer(ctx context.Context, host, owner string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p := q.peers[host]; p.owner == owner && ctx.Err() == nil {
		p.owner, p.until = "", time.Time{}
	}
	return ctx.Err()
}

func (q *queue) SavePeerSignature(_ context.Context, host string, scheme forum.SignatureScheme) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.peers[host].Signature = scheme
	return nil
}

func (q *queue) Settle(ctx context.Context, s forum.Settlement) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	q.settled = append(q.settled, s)
	p := q.peers[s.Host]
	p.waiting = slices.DeleteFunc(p.waiting, func(d forum.Delivery) bool { return slices.Contains(s.Done, d.ID) })
	for i := range p.waiting {
		if slices.Contains(s.Retry, p.waiting[i].ID) {
			p.waiting[i].Attempts++
		}
	}
	if s.Reached {
		p.Failures, p.FailingSince = 0, time.Time{}
	}
	if s.Failed {
		p.Failures++
		p.nextTry = s.NextTry
		if p.FailingSince.IsZero() {
			p.FailingSince = s.Now
		}
		if s.Now.Sub(p.FailingSince) >= s.GiveUpAfter {
			p.DeadAt, p.waiting = s.Now, nil
		}
	}
	return nil
}

// attempt is one delivery as a peer saw it.
type attempt struct {
	delivery   forum.Delivery
	scheme     forum.SignatureScheme
	begin, end time.Time
	status     int
}

// sender is a Sender whose peers answer as a test says.
type sender struct {
	answer func(d forum.Delivery, scheme forum.SignatureScheme) (status int, wait time.Duration, err error)
	// takes is how long an answer takes.
	takes      func(host string) time.Duration
	inspectErr error

	mu       sync.Mutex
	attempts []attempt
	now, top int // deliveries under way, and the most there ever were
}

func (s *sender) Inspect(_ context.Context, p forum.Peer) (forum.Peer, error) { return p, s.inspectErr }

func (s *sender) Deliver(ctx context.Context, d forum.Delivery, scheme forum.SignatureScheme) (int, time.Duration, error) {
	begin := time.Now()
	s.mu.Lock()
	s.now++
	s.top = max(s.top, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.now--
	}()
	if s.takes != nil {
		select {
		case <-time.After(s.takes(d.Host)):
		case <-ctx.Done():
			return 0, 0, ctx.Err()
		}
	}
	status, wait, err := 202, time.Duration(0), error(nil)
	if s.answer != nil {
		status, wait, err = s.answer(d, scheme)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts = append(s.attempts, attempt{delivery: d, scheme: scheme, begin: begin, end: time.Now(), status: status})
	return status, wait, err
}

// to are the attempts to deliver to a peer, in the order in which they ended.
func (s *sender) to(host string) []attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []attempt
	for _, a := range s.attempts {
		if a.delivery.Host == host {
			list = append(list, a)
		}
	}
	return list
}

// deliver runs a deliverer in a time of its own, which passes as fast as nothing
// happens in it, until play returns.
func deliver(t *testing.T, change func(o *Options, q *queue, s *sender), play func(t *testing.T, d *Deliverer, q *queue, s *sender)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		q, s := newQueue(t), &sender{}
		o := Options{Queue: q, Sender: s}
		if change != nil {
			change(&o, q, s)
		}
		d := New(o)
		if err := d.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			expired, cancel := context.WithCancel(context.Background())
			cancel()
			d.Stop(expired)
		}()
		play(t, d, q, s)
	})
}

// pass lets time pass, and everything that is due in it happen.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

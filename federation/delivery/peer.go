package delivery

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"portevoix/forum"
)

// verdict is what one attempt means for the delivery and for its peer.
type verdict int

const (
	delivered verdict = iota // accepted, or refused for good: it is done
	dropped                  // not for this peer, or never to succeed
	tryLater                 // again, after leaving the peer alone
)

// maxAttempts bounds how often a single delivery may fail while its peer takes
// others.
const maxAttempts = 8

// deliverTo works off what waits for one peer, until nothing is left, the peer
// fails, or the deliverer stops.
func (d *Deliverer) deliverTo(taking, working context.Context, peer forum.Peer, at *place) {
	log := d.o.Logger.With("peer", peer.Host)
	// The lease must be given back, and what happened stored, even when the
	// deliverer is being stopped.
	safe := context.WithoutCancel(working)
	defer func() {
		if err := d.o.Queue.ReleasePeer(safe, peer.Host, d.owner); err != nil {
			log.ErrorContext(safe, "releasing a peer failed", "error", err)
		}
	}()
	answered := at.watching()
	inspected, err := d.o.Sender.Inspect(working, peer)
	answered()
	if err == nil {
		peer = inspected
	} else {
		log.DebugContext(safe, "peer could not be inspected", "error", err)
	}
	pace := paceFor(peer.Software, d.o.Window)
	for taking.Err() == nil {
		list, err := d.o.Queue.Deliveries(working, peer.Host, forum.FamilyOf(peer.Software), batchSize)
		if err != nil {
			if working.Err() == nil {
				log.ErrorContext(safe, "reading the delivery queue failed", "error", err)
			}
			return
		}
		if len(list) == 0 {
			return
		}
		b := &batch{d: d, place: at, peer: &peer, pace: pace, enough: d.o.Clock.Now().Add(batchTime), results: make(map[forum.ID]verdict, len(list))}
		b.run(taking, working, list)
		settlement := b.settlement(d.o.Clock.Now())
		if err := d.o.Queue.Settle(safe, settlement); err != nil {
			log.ErrorContext(safe, "storing the outcome of deliveries failed", "error", err)
			return
		}
		if settlement.Failed {
			log.InfoContext(safe, "peer failed, leaving it alone", "until", settlement.NextTry, "error", settlement.Error)
			return
		}
		now := d.o.Clock.Now()
		if ok, err := d.o.Queue.ExtendLease(safe, peer.Host, d.owner, now.Add(leaseLifetime)); err != nil || !ok {
			return
		}
	}
}

// pace is how fast a peer is delivered to.
type pace struct {
	window int           // under way at once
	gap    time.Duration // after each
}

// paceFor knows the peers that limit how often they are called: Discourse takes
// ten POSTs a minute from one address.
func paceFor(software string, window int) pace {
	if software == "discourse" {
		return pace{window: 1, gap: 7500 * time.Millisecond}
	}
	return pace{window: window}
}

// batch is a number of deliveries to one peer. Those about one subject go out
// one after the other, in the order of their activities; different subjects
// side by side.
type batch struct {
	d      *Deliverer
	place  *place
	peer   *forum.Peer
	pace   pace
	enough time.Time // nothing more is begun after this

	mu      sync.Mutex
	results map[forum.ID]verdict
	spent   []forum.ID // tried so often that, if the peer takes others, they are at fault
	taken   int
	refused int
	bytes   int64
	reached bool
	failed  bool
	wait    time.Duration
	err     error
}

func (b *batch) run(taking, working context.Context, list []forum.Delivery) {
	window := make(chan struct{}, b.pace.window)
	var wait sync.WaitGroup
	for _, line := range bySubject(list) {
		if line[0].Attempts > 0 {
			wait.Wait() // if it fails again, the others were not stopped by it
		}
		window <- struct{}{}
		if taking.Err() != nil || b.stopped() {
			<-window
			break
		}
		wait.Go(func() {
			defer func() { <-window }()
			for _, one := range line {
				if taking.Err() != nil || b.stopped() || !b.attempt(working, one) {
					return
				}
				if one.Body != nil {
					b.rest(taking)
				}
			}
		})
	}
	wait.Wait()
}

// rest keeps the pace of a peer that wants few deliveries.
func (b *batch) rest(taking context.Context) {
	if b.pace.gap == 0 {
		return
	}
	select {
	case <-time.After(b.pace.gap):
	case <-taking.Done():
	}
}

// bySubject splits deliveries into lines that must stay in order. Lines begin in
// the order in which their most urgent member stands in the list, but those that
// failed before come last: one that always fails must not hold up the rest.
func bySubject(list []forum.Delivery) [][]forum.Delivery {
	index := map[string]int{}
	var lines [][]forum.Delivery
	for _, d := range list {
		key := d.Subject + " " + d.Inbox
		i, known := index[key]
		if !known {
			i = len(lines)
			index[key] = i
			lines = append(lines, nil)
		}
		at := len(lines[i])
		for at > 0 && lines[i][at-1].ActivityID > d.ActivityID {
			at--
		}
		lines[i] = slices.Insert(lines[i], at, d)
	}
	slices.SortStableFunc(lines, func(a, b []forum.Delivery) int { return cmp.Compare(a[0].Attempts, b[0].Attempts) })
	return lines
}

// stopped says that nothing more may be begun: the peer fails, or the batch has
// taken long enough.
func (b *batch) stopped() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed || b.d.o.Clock.Now().After(b.enough)
}

// attempt delivers one and notes what came of it. It returns whether the next
// one about the same subject may follow.
func (b *batch) attempt(ctx context.Context, d forum.Delivery) bool {
	if d.Body == nil {
		b.note(d, dropped, false, 0, nil)
		return true
	}
	b.mu.Lock()
	scheme := b.peer.Signature
	b.mu.Unlock()
	if scheme == "" {
		scheme = forum.DraftCavage
	}
	defer b.place.watching()()
	status, wait, err := b.d.o.Sender.Deliver(ctx, d, scheme)
	if err == nil && refusesSignature(status) {
		other := forum.RFC9421
		if scheme == forum.RFC9421 {
			other = forum.DraftCavage
		}
		if s, w, e := b.d.o.Sender.Deliver(ctx, d, other); e == nil && s < 300 {
			status, wait = s, w
			b.learn(ctx, other)
		}
	}
	if ctx.Err() != nil {
		return false // broken off: whether it arrived is not known, so it stays
	}
	v, reason := judge(d, status, err)
	if status >= 400 && v == delivered {
		b.d.o.Logger.InfoContext(ctx, "delivery refused", "peer", d.Host, "inbox", d.Inbox, "status", status)
	}
	b.count(d, status, v)
	b.note(d, v, err == nil && status < 500 && status != http.StatusTooManyRequests, wait, reason)
	return v != tryLater
}

// count counts what an answer says of one delivery.
func (b *batch) count(d forum.Delivery, status int, v verdict) {
	if status == 0 { // nothing was answered
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case status < 300:
		b.taken++
	case v != tryLater:
		b.refused++
	}
	b.bytes += int64(len(d.Body))
}

// learn remembers the signatures a peer takes.
func (b *batch) learn(ctx context.Context, scheme forum.SignatureScheme) {
	b.mu.Lock()
	b.peer.Signature = scheme
	b.mu.Unlock()
	if err := b.d.o.Queue.SavePeerSignature(context.WithoutCancel(ctx), b.peer.Host, scheme); err != nil {
		b.d.o.Logger.WarnContext(ctx, "remembering a peer's signature form failed", "peer", b.peer.Host, "error", err)
	}
}

func refusesSignature(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden
}

// judge reads an answer. 4xx is final, but for those that speak of time (408,
// 425, 429) and of a signature that may verify later (401: our key was out of
// the peer's reach).
func judge(d forum.Delivery, status int, err error) (verdict, error) {
	switch {
	case forum.CodeOf(err) == forum.Forbidden: // this server does not speak with that one any more
		return dropped, nil
	case err != nil:
		return tryLater, err
	case status >= 200 && status < 300:
		return delivered, nil
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status >= 500:
		return tryLater, fmt.Errorf("status %d", status)
	case status == http.StatusUnauthorized && d.Attempts < maxAttempts:
		return tryLater, fmt.Errorf("status %d", status)
	}
	return delivered, nil
}

func (b *batch) note(d forum.Delivery, v verdict, reached bool, wait time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.results[d.ID] = v
	b.reached = b.reached || reached
	if v == tryLater && d.Attempts+1 >= maxAttempts {
		b.spent = append(b.spent, d.ID)
	}
	if v == tryLater {
		b.failed, b.err = true, err
		b.wait = max(b.wait, wait)
	}
}

// settlement sums a batch up.
func (b *batch) settlement(now time.Time) forum.Settlement {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := forum.Settlement{Host: b.peer.Host, Delivered: b.taken, Refused: b.refused, Bytes: b.bytes, Reached: b.reached, Failed: b.failed, Now: now, GiveUpAfter: giveUpAfter}
	if b.reached {
		for _, id := range b.spent {
			b.results[id] = dropped
		}
	}
	for id, v := range b.results {
		switch v {
		case delivered, dropped:
			s.Done = append(s.Done, id)
		case tryLater:
			s.Retry = append(s.Retry, id)
		}
	}
	if b.failed {
		failures := b.peer.Failures + 1
		if b.reached {
			failures = 1
		}
		s.NextTry = now.Add(max(b.wait, backoff(failures)))
		s.Error = b.err.Error()
	}
	return s
}

const (
	firstPause   = 10 * time.Second
	longestPause = 6 * time.Hour
)

// backoff is how long a peer is left alone after so many failures in a row:
// twice as long each time, with a fifth of jitter, so that peers which failed
// together do not return together.
func backoff(failures int) time.Duration {
	pause := longestPause
	if failures <= 12 {
		pause = min(longestPause, firstPause<<(failures-1))
	}
	return time.Duration(float64(pause) * (0.8 + 0.4*rand.Float64()))
}

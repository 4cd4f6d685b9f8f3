// Package delivery carries activities to other servers: one queue per peer, on
// demand, in order per object, with a few under way at once. A peer that fails
// is left alone for longer and longer, and given up after a week; any sign of
// life brings it back.
//
// It knows queues and peers. How an activity is signed and sent is federation's,
// what is in it and who hears it was decided before.
package delivery

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"portevoix/forum"
)

// Queue is what waits, and what is known of peers. Storage implements it.
type Queue interface {
	Deliveries(ctx context.Context, host string, family forum.Family, limit int) ([]forum.Delivery, error)
	ExtendLease(ctx context.Context, host, owner string, until time.Time) (bool, error)
	LeasePeers(ctx context.Context, owner string, now, until time.Time, limit int) ([]forum.Peer, error)
	NextDelivery(ctx context.Context) (time.Time, error)
	ReleaseAllPeers(ctx context.Context) error
	ReleasePeer(ctx context.Context, host, owner string) error
	SavePeerSignature(ctx context.Context, host string, scheme forum.SignatureScheme) error
	Settle(ctx context.Context, s forum.Settlement) error
}

// Sender speaks to a peer. Federation implements it.
type Sender interface {
	// Inspect completes what is known of a peer's software.
	Inspect(ctx context.Context, p forum.Peer) (forum.Peer, error)
	// Deliver posts once. wait is how long the peer asks to be left alone.
	Deliver(ctx context.Context, d forum.Delivery, scheme forum.SignatureScheme) (status int, wait time.Duration, err error)
}

// Options are what a Deliverer is made of.
type Options struct {
	Queue  Queue
	Sender Sender
	Clock  forum.Clock  // default: forum.SystemClock
	Logger *slog.Logger // default: none
	Peers  int          // peers delivered to at once, besides slow ones; default 64
	Window int          // deliveries under way to one peer, default 6
	// Poll is how often the queue is looked at when nothing woke the deliverer:
	// commands and other processes add to it too. Default 2 s.
	Poll time.Duration
}

const (
	batchSize     = 64              // deliveries read at once for a peer
	batchTime     = time.Minute     // after that a batch begins nothing more
	leaseLifetime = 2 * time.Minute // longer than any batch takes, with its last deliveries
	giveUpAfter   = 7 * 24 * time.Hour
)

// Deliverer works the queue off. Start it once; it is woken by Wake and stopped
// by Stop.
type Deliverer struct {
	o      Options
	owner  string
	wake   chan struct{}
	done   chan struct{}
	stop   context.CancelFunc // ends taking on new work
	abort  context.CancelFunc // ends what is under way
	peers  sync.WaitGroup
	active chan struct{} // one token per peer being worked on
	aside  chan struct{} // one per peer that takes long
}

// New returns a deliverer that does nothing yet.
func New(o Options) *Deliverer {
	if o.Clock == nil {
		o.Clock = forum.SystemClock{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Peers == 0 {
		o.Peers = 64
	}
	if o.Window == 0 {
		o.Window = 6
	}
	if o.Poll == 0 {
		o.Poll = 2 * time.Second
	}
	return &Deliverer{o: o, owner: rand.Text(), wake: make(chan struct{}, 1), done: make(chan struct{}), active: make(chan struct{}, o.Peers), aside: make(chan struct{}, asidePerPlace*o.Peers)}
}

// Start begins to deliver, until Stop.
func (d *Deliverer) Start() error {
	working, abort := context.WithCancel(context.Background())
	taking, stop := context.WithCancel(working)
	d.abort, d.stop = abort, stop
	if err := d.o.Queue.ReleaseAllPeers(taking); err != nil {
		stop()
		abort()
		return err
	}
	go d.run(taking, working)
	return nil
}

// Wake says that there is something new. It never blocks.
func (d *Deliverer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Stop takes on nothing new, lets what is under way finish while ctx lasts, and
// then breaks it off: it will be delivered after the next start.
func (d *Deliverer) Stop(ctx context.Context) {
	d.stop()
	finished := make(chan struct{})
	go func() {
		<-d.done
		d.peers.Wait()
		close(finished)
	}()
	select {
	case <-finished:
	case <-ctx.Done():
		d.abort()
		<-finished
	}
	d.abort()
}

// run leases peers that something waits for and starts a worker for each.
func (d *Deliverer) run(taking, working context.Context) {
	defer close(d.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-taking.Done():
			return
		case <-d.wake:
		case <-timer.C:
		}
		free := cap(d.active) - len(d.active)
		if free > 0 {
			now := d.o.Clock.Now()
			peers, err := d.o.Queue.LeasePeers(taking, d.owner, now, now.Add(leaseLifetime), free)
			if err != nil && taking.Err() == nil {
				d.o.Logger.ErrorContext(taking, "reading the delivery queue failed", "error", err)
			}
			for _, p := range peers {
				at := d.take()
				d.peers.Go(func() {
					defer at.leave()
					d.deliverTo(taking, working, p, at)
				})
			}
		}
		timer.Reset(d.pause(taking))
	}
}

// pause is how long nothing needs to be looked at.
func (d *Deliverer) pause(ctx context.Context) time.Duration {
	next, err := d.o.Queue.NextDelivery(ctx)
	if err != nil || next.IsZero() {
		return d.o.Poll
	}
	return max(50*time.Millisecond, min(next.Sub(d.o.Clock.Now()), d.o.Poll))
}

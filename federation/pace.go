package federation

import (
	"sync"
	"time"

	"portevoix/forum"
)

// How much a backfill may ask for; FEDERATION.md tells other administrators.
const (
	walkFetches  = 500  // documents, for one thread or forum at a time
	walkPerHost  = 200  // of these, from one server
	hourPerHost  = 1000 // for all backfills of this process, from one server within an hour
	walkPages    = 50   // pages of collections
	walkTime     = 4 * time.Minute
	walkFailures = 2  // in a row, after which a server is left alone
	forumThreads = 60 // recent threads of a forum
)

// hourly counts how often each server was asked in this hour.
type hourly struct {
	clock forum.Clock
	mu    sync.Mutex
	began time.Time
	asked map[string]int
}

func (h *hourly) take(host string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := h.clock.Now(); h.asked == nil || now.Sub(h.began) >= time.Hour {
		h.began, h.asked = now, map[string]int{}
	}
	if h.asked[host] >= hourPerHost {
		return false
	}
	h.asked[host]++
	return true
}

// pace bounds how often one backfill asks each server.
type pace struct {
	hour  *hourly
	asked map[string]int
}

func (p *pace) take(host string) bool {
	if p.asked[host] >= walkPerHost || !p.hour.take(host) {
		return false
	}
	p.asked[host]++
	return true
}

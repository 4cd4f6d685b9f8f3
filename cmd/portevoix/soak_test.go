package main

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum/forumtest"
)

// health is how a server behaves.
type health int

const (
	well    health = iota
	dead           // closes connections
	hanging        // takes requests and never answers
	slow           // answers after seconds
	moody          // asks to come back, or says that it has failed, before it takes anything
)

// soaked are five hundred servers that follow a forum: three in five are well, one
// in five is dead or hangs, one in ten is slow, one in ten is moody.
type soaked struct {
	*benchPeers
	sick  atomic.Bool   // whether they behave so, or all well
	cured chan struct{} // closed when no longer
	mu    sync.Mutex
	got   map[string]map[[32]byte]int // by server: how often each activity came
	all   map[string]health
	last  time.Time // arrival at one that is well
	mood  map[string]int
}

const (
	soakPeers   = 500
	soakThreads = 3 // in each round
	slowness    = 3 * time.Second
)

func newSoaked(t *testing.T) *soaked {
	s := &soaked{cured: make(chan struct{}), got: map[string]map[[32]byte]int{}, all: map[string]health{}, mood: map[string]int{}}
	peers, err := newBenchPeers(soakPeers, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, next) })
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(peers.close)
	s.benchPeers = peers
	for i, host := range peers.hosts {
		s.all[host] = []health{dead, slow, well, well, well, hanging, moody, well, well, well}[i%10]
		s.got[host] = map[[32]byte]int{}
	}
	return s
}

func (s *soaked) answer(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if r.Method != http.MethodPost {
		next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	kind := s.all[r.Host]
	if s.sick.Load() {
		switch kind {
		case dead:
			panic(http.ErrAbortHandler)
		case hanging:
			select {
			case <-r.Context().Done():
			case <-s.cured:
			}
			panic(http.ErrAbortHandler)
		case slow:
			time.Sleep(slowness)
		case moody:
			s.mu.Lock()
			s.mood[r.Host]++
			n := s.mood[r.Host]
			s.mu.Unlock()
			if n%3 != 0 {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader([]int{http.StatusTooManyRequests, http.StatusServiceUnavailable}[n%2])
				return
			}
		}
	}
	if bytes.Contains(body, []byte(`"type":"Announce"`)) {
		s.mu.Lock()
		s.got[r.Host][sha256.Sum256(body)]++
		if kind == well {
			s.last = time.Now()
		}
		s.mu.Unlock()
	}
	next.ServeHTTP(w, r)
}

// arrivedAt counts what came to the servers of a kind, all and without repetitions.
func (s *soaked) arrivedAt(kinds ...health) (all, distinct int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for host, got := range s.got {
		for _, kind := range kinds {
			if s.all[host] == kind {
				distinct += len(got)
				for _, n := range got {
					all += n
				}
			}
		}
	}
	return all, distinct
}

// heap is what the program holds, in MiB.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// TestSoak publishes to five hundred servers, a good part of them sick: those that
// are well hear everything as soon as if all were, memory does not grow, and in the
// end everything has arrived everywhere, once.
func TestSoak(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("takes long")
	}
	s := startInProcess(t, func(c *config.Config) {
		c.Limits.InboxPerMinute, c.Federation.Timeout.Duration = 0, 5*time.Second
		c.Federation.PeersAtOnce = 32 // fewer than are sick
	})
	lea, peers := s.account("lea"), newSoaked(t)
	s.forum(followedForum)
	if err := peers.follow(t.Context(), s.base); err != nil {
		t.Fatal(err)
	}
	rounds := 0
	publish := func() time.Duration {
		rounds++
		begun := time.Now()
		for range soakThreads {
			s.thread(lea, followedForum, "Everybody should know")
		}
		forumtest.Eventually(t, 40*time.Second, "servers that are well to hear", func() bool {
			_, n := peers.arrivedAt(well)
			return n == rounds*soakThreads*soakPeers*6/10
		})
		return peers.last.Sub(begun)
	}
	everywhere := func() bool {
		n, err := s.store.PendingDeliveries(t.Context())
		return err == nil && n == 0
	}
	before := publish()
	forumtest.Eventually(t, patience, "all to hear", everywhere)
	memory := heap()
	peers.sick.Store(true)
	var took []time.Duration
	for range 3 {
		took = append(took, publish())
	}
	grown := heap()
	t.Logf("to %d servers that are well: %s while all are, %v while others are sick; %.1f MiB before, %.1f after", soakPeers*6/10, before, took, memory, grown)
	for _, d := range took {
		if d > 2*before+4*time.Second {
			t.Errorf("servers that are well waited %s because of others; without them %s", d, before)
		}
	}
	if grown > memory+30 {
		t.Errorf("memory grew from %.0f to %.0f MiB", memory, grown)
	}
	// Those that failed are tried again in their time, and when they are well again,
	// nothing is missing.
	forumtest.Eventually(t, 30*time.Second, "slow servers to hear", func() bool {
		_, n := peers.arrivedAt(slow)
		return n == rounds*soakThreads*soakPeers/10
	})
	peers.sick.Store(false)
	close(peers.cured)
	s.clock.advance(10 * time.Minute) // longer than any of them is left alone by now
	s.deliverer.Wake()
	forumtest.Eventually(t, 40*time.Second, "all to hear in the end", everywhere)
	want := rounds * soakThreads * soakPeers
	if all, distinct := peers.arrivedAt(well, dead, hanging, slow, moody); distinct != want || all > want+want/10 {
		t.Errorf("%d arrived, %d of them for the first time; %d were sent", all, distinct, want)
	}
}

package forum

import (
	"sync"
	"time"
)

// Quota bounds how often somebody may do something in each minute. It counts in
// memory: a restart forgives, and several processes each count for themselves.
type Quota struct {
	most  int
	clock Clock

	mu    sync.Mutex
	since time.Time // the beginning of the minute
	used  map[string]int
}

// QuotaState is how much of a quota somebody has left.
type QuotaState struct {
	Limit     int
	Remaining int
	Reset     time.Time // when it begins anew
	Exceeded  bool
}

// NewQuota allows most uses a minute; 0 means without bound.
func NewQuota(most int, clock Clock) *Quota {
	if clock == nil {
		clock = SystemClock{}
	}
	return &Quota{most: most, clock: clock, used: map[string]int{}}
}

// Look says how much is left without using any.
func (q *Quota) Look(key string) QuotaState { return q.take(key, 0) }

// Use takes one use.
func (q *Quota) Use(key string) QuotaState { return q.take(key, 1) }

func (q *Quota) take(key string, n int) QuotaState {
	if q.most == 0 {
		return QuotaState{}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if now := q.clock.Now(); now.Sub(q.since) >= time.Minute || now.Before(q.since) {
		q.since = now.Truncate(time.Minute)
		clear(q.used)
	}
	used := q.used[key]
	s := QuotaState{Limit: q.most, Reset: q.since.Add(time.Minute), Exceeded: used >= q.most}
	if !s.Exceeded && n > 0 {
		used += n
		q.used[key] = used
	}
	s.Remaining = max(0, q.most-used)
	return s
}

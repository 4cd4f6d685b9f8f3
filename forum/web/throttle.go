package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"portevoix/forum"
)

// Rates bound how often things are done through pages; 0 means without bound.
type Rates struct {
	WritesPerMinute      int // forms of one account
	SignInsPerHour       int // attempts and mailed links, from one address
	RegistrationsPerHour int // from one address
	GuestRepliesPerHour  int // without an account, from one network
	LookupsPerHour       int // of other servers, by one account or from one address
}

// throttle counts in memory: a restart forgives, several processes each count
// for themselves.
type throttle struct {
	rates    Rates
	mu       sync.Mutex
	buckets  map[string]*bucket
	cleaning time.Time
}

type bucket struct {
	limiter *rate.Limiter
	used    time.Time
}

func newThrottle(r Rates) *throttle { return &throttle{rates: r, buckets: map[string]*bucket{}} }

func (t *throttle) allowWrite(account forum.ID) bool {
	return t.allow("write "+account.String(), t.rates.WritesPerMinute, time.Minute)
}

func (t *throttle) allowSignIn(address string) bool {
	return t.allow("sign-in "+address, t.rates.SignInsPerHour, time.Hour)
}

func (t *throttle) allowRegistration(address string) bool {
	return t.allow("register "+address, t.rates.RegistrationsPerHour, time.Hour)
}

// allowGuest counts by network, since one person may have many addresses of it.
func (t *throttle) allowGuest(address string) bool {
	return t.allow("guest "+networkOf(address), t.rates.GuestRepliesPerHour, time.Hour)
}

func (t *throttle) allowLookup(who string) bool {
	return t.allow("look up "+who, t.rates.LookupsPerHour, time.Hour)
}

// allow takes one of n uses per period, which may come all at once.
func (t *throttle) allow(key string, n int, period time.Duration) bool {
	if n == 0 {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if now.Sub(t.cleaning) > 10*time.Minute {
		t.cleaning = now
		for k, b := range t.buckets {
			if now.Sub(b.used) > time.Hour {
				delete(t.buckets, k)
			}
		}
	}
	b := t.buckets[key]
	if b == nil {
		b = &bucket{limiter: rate.NewLimiter(rate.Limit(float64(n)/period.Seconds()), n)}
		t.buckets[key] = b
	}
	b.used = now
	return b.limiter.AllowN(now, 1)
}

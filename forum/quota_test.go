package forum

import (
	"testing"
	"time"
)

type handClock struct{ now time.Time }

func (c *handClock) Now() time.Time { return c.now }

func TestQuota(t *testing.T) {
	clock := &handClock{now: time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)}
	q := NewQuota(2, clock)
	reset := time.Date(2026, 3, 14, 9, 27, 0, 0, time.UTC)
	for i, want := range []QuotaState{{2, 1, reset, false}, {2, 0, reset, false}, {2, 0, reset, true}, {2, 0, reset, true}} {
		if got := q.Use("a"); got != want {
			t.Errorf("use %d: %+v, want %+v", i, got, want)
		}
	}
	if got := q.Look("a"); !got.Exceeded {
		t.Errorf("looked at: %+v", got)
	}
	if got := q.Look("b"); got.Exceeded || got.Remaining != 2 {
		t.Errorf("somebody else: %+v", got)
	}
	clock.now = reset
	if got := q.Use("a"); got.Exceeded || got.Remaining != 1 || !got.Reset.Equal(reset.Add(time.Minute)) {
		t.Errorf("in the next minute: %+v", got)
	}
	unbound := NewQuota(0, clock)
	for range 10 {
		if got := unbound.Use("a"); got != (QuotaState{}) {
			t.Errorf("without bound: %+v", got)
		}
	}
}

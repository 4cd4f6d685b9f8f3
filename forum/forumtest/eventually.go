package forumtest

import (
	"testing"
	"time"
)

// Eventually asks again and again until done says so, and fails the test after
// the patience ends. what says what was waited for.
func Eventually(t testing.TB, patience time.Duration, what string, done func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			t.Fatalf("after %v still waiting: %s", patience, what)
		case <-tick.C:
		}
	}
}

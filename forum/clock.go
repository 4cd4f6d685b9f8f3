package forum

import "time"

// Clock tells the time. The service and everything behind it ask the clock
// they were given, so that tests and the demo can choose the hour.
type Clock interface {
	Now() time.Time
}

// SystemClock is the machine's clock, in UTC and to the millisecond (the
// precision that is stored).
type SystemClock struct{}

// Now returns the current time.
func (SystemClock) Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

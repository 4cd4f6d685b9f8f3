package client

import (
	"net/http"
	"strconv"
	"time"
)

// MaxWait bounds how long a server can make us wait.
const MaxWait = 24 * time.Hour

// RetryAfter reads how long a server asks to be left alone, in seconds or as a
// date (RFC 9110, section 10.2.3); 0 where it does not say.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(seconds, int(MaxWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, MaxWait))
}

package federation

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"portevoix/federation/signature"
	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// Deliver posts an activity to its inbox, signed by a local actor in the given
// form. It returns the status of the answer, and how long the server asks to be
// left alone, 0 if it does not say.
func (s *Server) Deliver(ctx context.Context, d forum.Delivery, scheme forum.SignatureScheme) (status int, wait time.Duration, err error) {
	key, err := s.signingKey(ctx, d)
	if err != nil {
		return 0, 0, err
	}
	response, err := s.client.Post(ctx, d.Inbox, d.Body, func(r *http.Request) error {
		r.Header.Set("Content-Type", vocabulary.ContentType)
		return signature.Sign(r, d.Body, key, scheme, s.o.Clock.Now())
	})
	if err != nil {
		return 0, 0, err
	}
	return response.Status, retryAfter(response.Header.Get("Retry-After"), s.o.Clock.Now()), nil
}

// maxRetryAfter bounds how long a server can make us wait.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads seconds or a date, RFC 9110 section 10.2.3.
func retryAfter(header string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.Atoi(header); err == nil {
		wait = time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, maxRetryAfter))
}

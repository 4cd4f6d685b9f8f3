package federation

import (
	"context"
	"net/http"
	"time"

	"portevoix/federation/client"
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
	followers := s.synchronisationFor(ctx, d)
	response, err := s.client.Post(ctx, d.Inbox, d.Body, func(r *http.Request) error {
		r.Header.Set("Content-Type", vocabulary.ContentType)
		if followers != "" {
			r.Header.Set(synchronisationHeader, followers)
		}
		return signature.Sign(r, d.Body, key, scheme, s.o.Clock.Now())
	})
	if err != nil {
		return 0, 0, err
	}
	return response.Status, client.RetryAfter(response.Header, s.o.Clock.Now()), nil
}

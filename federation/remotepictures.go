package federation

import (
	"context"
	"fmt"
	"net/http"

	"portevoix/forum"
)

var _ forum.RemotePictures = (*Server)(nil)

// RemotePicture implements forum.RemotePictures. It asks unsigned, as a browser
// would, and tells nothing of who looks at it.
func (s *Server) RemotePicture(ctx context.Context, address string, most int) ([]byte, error) {
	if s.o.Mode == Off {
		return nil, noCard(address, nil)
	}
	response, err := s.client.GetBeginning(ctx, address, int64(most)+1, func(r *http.Request) error {
		r.Header.Set("Accept", "image/png, image/webp, image/gif, image/jpeg;q=0.9")
		return nil
	})
	switch {
	case err != nil:
		return nil, noCard(address, err)
	case response.Status != http.StatusOK:
		return nil, noCard(address, fmt.Errorf("status %d", response.Status))
	case len(response.Body) > most:
		return nil, noCard(address, fmt.Errorf("more than %d bytes", most))
	}
	return response.Body, nil
}

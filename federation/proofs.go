package federation

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"portevoix/forum"
)

var _ forum.Prover = (*Server)(nil)

const (
	dnsPatience  = 5 * time.Second
	maxProofFile = 512 // bytes that are read of one
)

// TXT implements forum.Prover.
func (s *Server) TXT(ctx context.Context, name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, dnsPatience)
	defer cancel()
	texts, err := net.DefaultResolver.LookupTXT(ctx, name)
	if found, ok := errors.AsType[*net.DNSError](err); ok && found.IsNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, &forum.Error{Code: forum.Unavailable, Key: "ServerUnreachable", Err: err}
	}
	return texts, nil
}

// Text implements forum.Prover: only what was read with TLS is believed, and only
// from the host that was asked, wherever it redirects to.
func (s *Server) Text(ctx context.Context, address string) (string, error) {
	if s.o.Mode == Off {
		return "", noPage(address, nil)
	}
	response, err := s.client.GetBeginning(ctx, address, maxProofFile, func(r *http.Request) error {
		r.Header.Set("Accept", "text/plain")
		return nil
	})
	switch {
	case err != nil:
		return "", fetchError(address, err)
	case response.Status >= 500 || response.Status == http.StatusTooManyRequests:
		return "", fetchError(address, fmt.Errorf("status %d", response.Status))
	case response.Status != http.StatusOK || !forum.SameHost(response.URL, address):
		return "", noPage(address, fmt.Errorf("status %d", response.Status))
	}
	return string(response.Body), nil
}

package federation

import (
	"context"
	"strings"
	"sync"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// traffic counts what comes in from each server until that is stored, so that
// counting costs the inbox no write.
type traffic struct {
	mu    sync.Mutex
	hosts map[string]forum.Traffic

	relays map[forum.ID]forum.RelayCount
}

// maxTrafficHosts bounds the servers counted between two flushes: whoever sends
// decides what they claim to be.
const maxTrafficHosts = 10_000

// count counts an activity by the server of its actor, and why it was refused.
// What may be taken later is neither.
func (s *Server) count(d vocabulary.Document, size int, err error) {
	host := forum.HostOf(d.IRI("actor"))
	code := forum.CodeOf(err)
	if host == "" || code == forum.Unavailable || code == forum.Internal {
		return
	}
	t := &s.traffic
	t.mu.Lock()
	defer t.mu.Unlock()
	c, known := t.hosts[host]
	if !known && len(t.hosts) >= maxTrafficHosts {
		return
	}
	c.Bytes += int64(size)
	c.LastAt = s.o.Clock.Now()
	if err != nil {
		c.Refused++
		c.LastRefusal = d.Type() + ": " + strings.ToValidUTF8(err.Error()[:min(len(err.Error()), maxRefusal)], "")
	} else {
		c.Accepted++
	}
	if t.hosts == nil {
		t.hosts = map[string]forum.Traffic{}
	}
	t.hosts[host] = c
}

const maxRefusal = 500 // bytes of a reason

// countRelayed counts what came from a relay.
func (s *Server) countRelayed(relay forum.ID, c forum.RelayCount) {
	t := &s.traffic
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.relays == nil {
		t.relays = map[forum.ID]forum.RelayCount{}
	}
	was := t.relays[relay]
	t.relays[relay] = forum.RelayCount{Received: was.Received + c.Received, Taken: was.Taken + c.Taken}
}

// StoreTraffic stores what was counted since the last time.
func (s *Server) StoreTraffic(ctx context.Context) error {
	s.traffic.mu.Lock()
	counted, relays := s.traffic.hosts, s.traffic.relays
	s.traffic.hosts, s.traffic.relays = nil, nil
	s.traffic.mu.Unlock()
	if len(relays) > 0 {
		if err := s.store.AddRelayCounts(ctx, relays); err != nil {
			return err
		}
	}
	if len(counted) == 0 {
		return nil
	}
	return s.store.AddTraffic(ctx, counted)
}

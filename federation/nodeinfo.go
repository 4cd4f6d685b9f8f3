package federation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"portevoix/forum"
)

// inspectionInterval is how long what a server said of its software holds.
const inspectionInterval = 7 * 24 * time.Hour

// Inspect makes sure that a peer's software is known, as its NodeInfo tells it,
// because what is delivered depends on it. Nothing is stored when the peer is
// out of reach: the delivery will find that out by itself.
func (s *Server) Inspect(ctx context.Context, peer forum.Peer) (forum.Peer, error) {
	now := s.o.Clock.Now()
	if !peer.InspectedAt.IsZero() && now.Sub(peer.InspectedAt) < inspectionInterval {
		return peer, nil
	}
	software, version, err := s.askNodeInfo(ctx, peer.Host)
	if err != nil {
		return peer, err
	}
	peer.Software, peer.Version, peer.InspectedAt = software, version, now
	return peer, s.store.SavePeerSoftware(ctx, peer.Host, software, version, now)
}

// askNodeInfo returns the lower-case name of a host's software and its version;
// both empty when it has no NodeInfo that can be read.
func (s *Server) askNodeInfo(ctx context.Context, host string) (software, version string, err error) {
	base := "https://" + host
	body, status, err := s.getJSON(ctx, base+"/.well-known/nodeinfo")
	if err != nil && s.o.PlainHTTP {
		base = "http://" + host
		body, status, err = s.getJSON(ctx, base+"/.well-known/nodeinfo")
	}
	if err != nil {
		return "", "", err
	}
	if status >= 500 {
		return "", "", fmt.Errorf("NodeInfo answers %d", status)
	}
	if status != http.StatusOK {
		return "", "", nil
	}
	for _, address := range readNodeInfoLinks(body, base) {
		body, status, err := s.getJSON(ctx, address)
		if err != nil {
			return "", "", err
		}
		if status != http.StatusOK {
			continue
		}
		if software, version, ok := readNodeInfo(body); ok {
			return software, version, nil
		}
	}
	return "", "", nil
}

// maxNodeInfoLinks bounds how many documents are asked for: there are two
// versions, and one is enough.
const maxNodeInfoLinks = 4

// readNodeInfoLinks finds the addresses of a server's NodeInfo, on that server,
// the highest version first.
func readNodeInfoLinks(body []byte, base string) []string {
	type link struct{ Rel, Href string }
	var answer struct {
		Links []link `json:"links"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return nil
	}
	slices.SortStableFunc(answer.Links, func(a, b link) int { return strings.Compare(b.Rel, a.Rel) })
	var addresses []string
	for _, l := range answer.Links {
		if strings.HasPrefix(l.Rel, "http://nodeinfo.diaspora.software/ns/schema/2.") && forum.SameHost(l.Href, base) && len(addresses) < maxNodeInfoLinks {
			addresses = append(addresses, l.Href)
		}
	}
	return addresses
}

// readNodeInfo reads the name of the software, in lower case, and its version.
func readNodeInfo(body []byte) (software, version string, ok bool) {
	var info struct {
		Software struct{ Name, Version string } `json:"software"`
	}
	if json.Unmarshal(body, &info) != nil {
		return "", "", false
	}
	return clipName(strings.ToLower(info.Software.Name)), clipName(info.Software.Version), true
}

func clipName(s string) string { return strings.ToValidUTF8(s[:min(len(s), 100)], "") }

func (s *Server) getJSON(ctx context.Context, address string) ([]byte, int, error) {
	response, err := s.client.Get(ctx, address, func(r *http.Request) error {
		r.Header.Set("Accept", "application/json")
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return response.Body, response.Status, nil
}

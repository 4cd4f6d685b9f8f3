package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

type peerViewRow struct {
	peerRow
	Standing       forum.Standing
	Delivered      int64
	Undeliverable  int64
	BytesOut       int64
	Accepted       int64
	Refused        int64
	BytesIn        int64
	LastReceivedAt stamp
	LastRefusal    string
	Oldest         forum.ID
	People         int
}

func (r *peerViewRow) view() forum.PeerView {
	v := forum.PeerView{Peer: r.peer(), Standing: r.Standing, Pending: r.Pending, Delivered: r.Delivered, Undeliverable: r.Undeliverable, BytesOut: r.BytesOut, People: r.People,
		Received: forum.Traffic{Accepted: r.Accepted, Refused: r.Refused, Bytes: r.BytesIn, LastAt: r.LastReceivedAt.Time, LastRefusal: r.LastRefusal}}
	if r.Oldest != 0 {
		v.OldestAt = r.Oldest.Time()
	}
	return v
}

// The oldest delivery is looked for along the index, in each priority.
const selectPeerView = `SELECT peers.*, (SELECT count(*) FROM actors WHERE actors.peer_host = peers.host AND actors.peer_host <> '' AND actors.deleted_at = 0) AS people,
	CASE WHEN pending = 0 THEN 0 ELSE COALESCE((SELECT min((SELECT d.activity_id FROM deliveries AS d WHERE d.host = peers.host AND d.priority = p.n ORDER BY d.activity_id LIMIT 1))
		FROM (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) AS p), 0) END AS oldest
	FROM peers WHERE `

// Peers implements forum.PageReader.
func (r reader) Peers(ctx context.Context, q forum.PeerQuery, now time.Time) (forum.PeerPage, error) {
	where, args := "host > ?", []any{q.After}
	and := func(condition string, values ...any) {
		where += " AND " + condition
		args = append(args, values...)
	}
	switch q.Filter {
	case forum.PeersFailing:
		and("(failing_since <> 0 OR dead_at <> 0)")
	case forum.PeersWaiting:
		and("pending > 0")
	}
	if q.Words != "" {
		and(`host LIKE ? ESCAPE '\'`, likePattern(q.Words))
	}
	var rows []peerViewRow
	if err := r.scan(ctx, &rows, selectPeerView+where+" ORDER BY host LIMIT ?", append(args, q.Limit+1)...); err != nil {
		return forum.PeerPage{}, err
	}
	page := forum.PeerPage{}
	for i := range rows {
		if i == q.Limit {
			page.Next = page.Peers[i-1].Host
			break
		}
		page.Peers = append(page.Peers, rows[i].view())
	}
	return page, r.addRules(ctx, page.Peers, now)
}

// PeerView implements forum.PageReader.
func (r reader) PeerView(ctx context.Context, host string, now time.Time) (*forum.PeerView, error) {
	var row peerViewRow
	if err := r.scan(ctx, &row, selectPeerView+"host = ?", host); err != nil {
		return nil, err
	}
	list := []forum.PeerView{row.view()}
	return &list[0], r.addRules(ctx, list, now)
}

// addRules tells which rule each server is under.
func (r reader) addRules(ctx context.Context, peers []forum.PeerView, now time.Time) error {
	if len(peers) == 0 {
		return nil
	}
	rules, err := r.PeerRules(ctx, now)
	if err != nil {
		return err
	}
	byName := make(map[string]forum.PeerRule, len(rules))
	for _, rule := range rules {
		byName[rule.Host] = rule
	}
	for i := range peers {
		for _, name := range forum.HostAndParents(peers[i].Host) {
			if rule, ok := byName[name]; ok {
				peers[i].Rule = rule
				break
			}
		}
	}
	return nil
}

// AddTraffic adds to what was counted of servers' requests; of those that are not
// known nothing is kept.
func (s *Store) AddTraffic(ctx context.Context, counted map[string]forum.Traffic) error {
	return s.change(ctx, func(ctx context.Context, t *tx) error {
		for host, c := range counted {
			_, err := t.exec(ctx, `UPDATE peers SET accepted = accepted + ?, refused = refused + ?, bytes_in = bytes_in + ?,
				last_received_at = CASE WHEN last_received_at < ? THEN CAST(? AS BIGINT) ELSE last_received_at END, last_refusal = CASE WHEN ? <> '' THEN ? ELSE last_refusal END WHERE host = ?`,
				c.Accepted, c.Refused, c.Bytes, millis(c.LastAt), millis(c.LastAt), c.LastRefusal, c.LastRefusal, host)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// HealthyPeers lists servers that took a delivery last, the most recent first.
func (s *Store) HealthyPeers(ctx context.Context, limit int) ([]string, error) {
	var hosts []string
	err := s.scan(ctx, &hosts, "SELECT host FROM peers WHERE last_success_at <> 0 AND failing_since = 0 AND dead_at = 0 AND standing < 2 ORDER BY last_success_at DESC LIMIT ?", limit)
	return hosts, err
}

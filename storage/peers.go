package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type peerRow struct {
	bun.BaseModel `bun:"table:peers,alias:peers"`

	Host          string                `bun:"host,pk"`
	Software      string                `bun:"software"`
	Version       string                `bun:"version"`
	InspectedAt   stamp                 `bun:"inspected_at"`
	Signature     forum.SignatureScheme `bun:"signature"`
	Failures      int                   `bun:"failures"`
	FailingSince  stamp                 `bun:"failing_since"`
	NextTryAt     stamp                 `bun:"next_try_at"`
	LastSuccessAt stamp                 `bun:"last_success_at"`
	LastError     string                `bun:"last_error"`
	DeadAt        stamp                 `bun:"dead_at"`
	Pending       int                   `bun:"pending"`
	LeasedBy      string                `bun:"leased_by"`
	LeasedUntil   stamp                 `bun:"leased_until"`
}

func (r *peerRow) peer() forum.Peer {
	return forum.Peer{Host: r.Host, Software: r.Software, Version: r.Version, InspectedAt: r.InspectedAt.Time, Signature: r.Signature,
		Failures: r.Failures, FailingSince: r.FailingSince.Time, NextTryAt: r.NextTryAt.Time, LastSuccessAt: r.LastSuccessAt.Time,
		LastError: r.LastError, DeadAt: r.DeadAt.Time}
}

// Peer returns what is known of a server.
func (s *Store) Peer(ctx context.Context, host string) (*forum.Peer, error) {
	var row peerRow
	if err := s.find(ctx, &row, "WHERE host = ?", host); err != nil {
		return nil, err
	}
	p := row.peer()
	return &p, nil
}

// change runs statements in a transaction of their own.
func (s *Store) change(ctx context.Context, f func(ctx context.Context, t *tx) error) error {
	return s.Write(ctx, func(ctx context.Context, t forum.Tx) error { return f(ctx, t.(*tx)) })
}

// SavePeerSoftware stores what a server's NodeInfo says; empty when it says
// nothing.
func (s *Store) SavePeerSoftware(ctx context.Context, host, software, version string, when time.Time) error {
	return s.change(ctx, func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO peers (host, software, version, inspected_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (host) DO UPDATE SET software = excluded.software, version = excluded.version, inspected_at = excluded.inspected_at`,
			host, software, version, millis(when))
		return err
	})
}

// SavePeerSignature remembers which signatures a server takes.
func (s *Store) SavePeerSignature(ctx context.Context, host string, scheme forum.SignatureScheme) error {
	return s.change(ctx, func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, "UPDATE peers SET signature = ? WHERE host = ?", scheme, host)
		return err
	})
}

// RevivePeer notes a sign of life of a server that was failing or given up: what
// waits for it is tried at once.
func (s *Store) RevivePeer(ctx context.Context, host string) error {
	return s.change(ctx, func(ctx context.Context, t *tx) error {
		n, err := t.exec(ctx, `UPDATE peers SET dead_at = 0, failures = 0, failing_since = 0, next_try_at = 0
			WHERE host = ? AND (dead_at <> 0 OR failing_since <> 0)`, host)
		t.commit.Deliveries = n > 0
		return err
	})
}

// leasedColumns are what a delivery needs to know of a server.
const leasedColumns = "host, software, version, inspected_at, signature, failures, failing_since, next_try_at, last_success_at, last_error, dead_at"

// LeasePeers gives one process the right to deliver to servers that something
// waits for, until the lease ends. Several processes on PostgreSQL share the
// work so; a process that dies loses its leases by time.
func (s *Store) LeasePeers(ctx context.Context, owner string, now, until time.Time, limit int) ([]forum.Peer, error) {
	skipLocked := ""
	if s.driver == Postgres {
		skipLocked = " FOR UPDATE SKIP LOCKED"
	}
	var rows []peerRow
	err := s.change(ctx, func(ctx context.Context, t *tx) error {
		return t.scan(ctx, &rows, `UPDATE peers SET leased_by = ?, leased_until = ? WHERE host IN (
			SELECT host FROM peers WHERE pending > 0 AND dead_at = 0 AND next_try_at <= ? AND leased_until <= ? ORDER BY next_try_at LIMIT ?`+skipLocked+`) RETURNING `+leasedColumns,
			owner, millis(until), millis(now), millis(now), limit)
	})
	peers := make([]forum.Peer, len(rows))
	for i := range rows {
		peers[i] = rows[i].peer()
	}
	return peers, err
}

// ExtendLease prolongs a lease; false when it was lost.
func (s *Store) ExtendLease(ctx context.Context, host, owner string, until time.Time) (bool, error) {
	var n int64
	err := s.change(ctx, func(ctx context.Context, t *tx) error {
		var err error
		n, err = t.exec(ctx, "UPDATE peers SET leased_until = ? WHERE host = ? AND leased_by = ?", millis(until), host, owner)
		return err
	})
	return n == 1, err
}

// ReleasePeer gives a lease back.
func (s *Store) ReleasePeer(ctx context.Context, host, owner string) error {
	return s.change(ctx, func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, "UPDATE peers SET leased_by = '', leased_until = 0 WHERE host = ? AND leased_by = ?", host, owner)
		return err
	})
}

// ReleaseAllPeers drops all leases. Only for SQLite, where one process serves:
// what a killed one held must not wait for its end.
func (s *Store) ReleaseAllPeers(ctx context.Context) error {
	if s.driver != SQLite {
		return nil
	}
	return s.change(ctx, func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, "UPDATE peers SET leased_by = '', leased_until = 0 WHERE leased_by <> ''")
		return err
	})
}

// NextDelivery is when the next server becomes due that something waits for; the
// zero time when nothing waits.
func (s *Store) NextDelivery(ctx context.Context) (time.Time, error) {
	var next stamp
	err := s.scan(ctx, &next, `SELECT COALESCE(min(CASE WHEN next_try_at > leased_until THEN next_try_at ELSE leased_until END), 0) + CASE WHEN count(*) > 0 THEN 1 ELSE 0 END
		FROM peers WHERE pending > 0 AND dead_at = 0`)
	return next.Time, err
}

// PendingDeliveries counts what is still to be delivered to live servers.
func (s *Store) PendingDeliveries(ctx context.Context) (int, error) {
	var n int
	err := s.scan(ctx, &n, "SELECT CAST(COALESCE(sum(pending), 0) AS BIGINT) FROM peers WHERE dead_at = 0")
	return n, err
}

type deliveryRow struct {
	ID         forum.ID
	ActivityID forum.ID
	Inbox      string
	Subject    string
	SignerID   forum.ID
	FormerKey  bool
	Attempts   int
	CreatedAt  stamp
	Body       []byte
}

const selectDelivery = `SELECT d.id, d.activity_id, d.inbox, outgoing.subject, outgoing.signer_id, outgoing.former_key, d.attempts, outgoing.created_at,
	CASE WHEN d.families & ? <> 0 THEN (SELECT body FROM outgoing_payloads AS p WHERE p.activity_id = d.activity_id AND p.families & ? <> 0 LIMIT 1) END AS body
	FROM deliveries AS d JOIN outgoing ON outgoing.id = d.activity_id `

// Deliveries lists what waits for a server, in the order in which it should go:
// by priority, then by age. Each comes with its bytes in the server's form; a
// delivery that has none there is not for it, and may be dropped.
//
// Where the list is cut, it also holds whatever older waits about the same
// subjects, beyond the limit: a Delete outranks the Create of the same post, but
// must not overtake it.
func (s *Store) Deliveries(ctx context.Context, host string, family forum.Family, limit int) ([]forum.Delivery, error) {
	var rows []deliveryRow
	err := s.scan(ctx, &rows, selectDelivery+"WHERE d.host = ? ORDER BY d.priority, d.activity_id, d.id LIMIT ?", family, family, host, limit)
	if err != nil {
		return nil, err
	}
	if len(rows) == limit {
		var subjects []string
		var ids []forum.ID
		newest := forum.ID(0)
		for _, r := range rows {
			subjects, ids = append(subjects, r.Subject), append(ids, r.ID)
			newest = max(newest, r.ActivityID)
		}
		var older []deliveryRow
		err := s.scan(ctx, &older, selectDelivery+"WHERE d.host = ? AND outgoing.subject IN (?) AND d.activity_id < ? AND d.id NOT IN (?) ORDER BY d.activity_id LIMIT ?",
			family, family, host, listOf(subjects), newest, listOf(ids), limit)
		if err != nil {
			return nil, err
		}
		rows = append(rows, older...)
	}
	list := make([]forum.Delivery, len(rows))
	for i, r := range rows {
		list[i] = forum.Delivery{ID: r.ID, ActivityID: r.ActivityID, Host: host, Inbox: r.Inbox, Subject: r.Subject, Signer: r.SignerID, FormerKey: r.FormerKey,
			Attempts: r.Attempts, CreatedAt: r.CreatedAt.Time, Body: r.Body}
	}
	return list, nil
}

// Settle stores what became of deliveries, in one transaction.
func (s *Store) Settle(ctx context.Context, w forum.Settlement) error {
	return s.change(ctx, func(ctx context.Context, t *tx) error {
		if len(w.Done) > 0 {
			n, err := t.exec(ctx, "DELETE FROM deliveries WHERE host = ? AND id IN (?)", w.Host, listOf(w.Done))
			if err != nil {
				return err
			}
			if _, err := t.exec(ctx, "UPDATE peers SET pending = pending - ? WHERE host = ?", n, w.Host); err != nil {
				return err
			}
		}
		if w.Bytes > 0 {
			if _, err := t.exec(ctx, "UPDATE peers SET delivered = delivered + ?, undeliverable = undeliverable + ?, bytes_out = bytes_out + ? WHERE host = ?", w.Delivered, w.Refused, w.Bytes, w.Host); err != nil {
				return err
			}
		}
		if len(w.Retry) > 0 {
			if _, err := t.exec(ctx, "UPDATE deliveries SET attempts = attempts + 1 WHERE host = ? AND id IN (?)", w.Host, listOf(w.Retry)); err != nil {
				return err
			}
		}
		switch {
		case w.Failed:
			return t.peerFailed(ctx, w)
		case w.Reached:
			_, err := t.exec(ctx, "UPDATE peers SET failures = 0, failing_since = 0, last_success_at = ?, last_error = '' WHERE host = ?", millis(w.Now), w.Host)
			return err
		}
		return nil
	})
}

// peerFailed counts a failure; a server that failed for too long is given up,
// and what waited for it is dropped.
func (t *tx) peerFailed(ctx context.Context, w forum.Settlement) error {
	if w.Reached { // it took others: the count begins anew
		if _, err := t.exec(ctx, "UPDATE peers SET failures = 0, failing_since = 0, last_success_at = ? WHERE host = ?", millis(w.Now), w.Host); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, `UPDATE peers SET failures = failures + 1, failing_since = CASE WHEN failing_since = 0 THEN ? ELSE failing_since END,
		next_try_at = ?, last_error = ? WHERE host = ?`, millis(w.Now), millis(w.NextTry), w.Error, w.Host)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, "UPDATE peers SET dead_at = ?, pending = 0 WHERE host = ? AND failing_since <> 0 AND failing_since <= ?",
		millis(w.Now), w.Host, millis(w.Now.Add(-w.GiveUpAfter)))
	if err != nil || n == 0 {
		return err
	}
	_, err = t.exec(ctx, "DELETE FROM deliveries WHERE host = ?", w.Host)
	return err
}

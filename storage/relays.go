package storage

import (
	"context"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type relayRow struct {
	bun.BaseModel `bun:"table:relays,alias:relays"`

	ID         forum.ID         `bun:"id,pk"`
	URL        string           `bun:"url"`
	Style      forum.RelayStyle `bun:"style"`
	State      forum.RelayState `bun:"state"`
	Host       string           `bun:"host"`
	Inbox      string           `bun:"inbox"`
	ActorID    forum.ID         `bun:"actor_id"`
	FollowID   forum.ID         `bun:"follow_id"`
	CreatedAt  stamp            `bun:"created_at"`
	AnsweredAt stamp            `bun:"answered_at"`
	Received   int64            `bun:"received"`
	Taken      int64            `bun:"taken"`
	Sent       int64            `bun:"sent"`
}

func (r *relayRow) relay() forum.Relay {
	return forum.Relay{ID: r.ID, URL: r.URL, Style: r.Style, State: r.State, Host: r.Host, Inbox: r.Inbox, ActorID: r.ActorID, FollowID: r.FollowID,
		CreatedAt: r.CreatedAt.Time, AnsweredAt: r.AnsweredAt.Time, Sent: r.Sent, RelayCount: forum.RelayCount{Received: r.Received, Taken: r.Taken}}
}

// Relays implements forum.RelayReader.
func (r reader) Relays(ctx context.Context) ([]forum.Relay, error) {
	var rows []relayRow
	err := r.scan(ctx, &rows, "SELECT * FROM relays ORDER BY id")
	list := make([]forum.Relay, len(rows))
	for i := range rows {
		list[i] = rows[i].relay()
	}
	return list, err
}

// RelayBy implements forum.RelayReader.
func (r reader) RelayBy(ctx context.Context, actor forum.ID) (*forum.Relay, error) {
	var row relayRow
	if err := r.scan(ctx, &row, "SELECT * FROM relays WHERE actor_id = ? AND actor_id <> 0", actor); err != nil {
		return nil, err
	}
	relay := row.relay()
	return &relay, nil
}

// AddRelay implements forum.RelayTx.
func (t *tx) AddRelay(ctx context.Context, l *forum.Relay) error {
	standing, err := t.standingOf(ctx, l.Host, l.CreatedAt)
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, "INSERT INTO peers (host, standing) VALUES (?, ?) ON CONFLICT DO NOTHING", l.Host, standing); err != nil {
		return err
	}
	row := relayRow{ID: l.ID, URL: l.URL, Style: l.Style, State: l.State, Host: l.Host, Inbox: l.Inbox, ActorID: l.ActorID, FollowID: l.FollowID, CreatedAt: at(l.CreatedAt)}
	_, err = t.db.NewInsert().Model(&row).Exec(ctx)
	if isDuplicate(err) {
		return &forum.Error{Code: forum.Conflict, Key: "RelayKnown", Field: "url", Err: err}
	}
	return err
}

// AnswerRelay implements forum.RelayTx.
func (t *tx) AnswerRelay(ctx context.Context, l *forum.Relay) error {
	_, err := t.exec(ctx, "UPDATE relays SET state = ?, actor_id = ?, answered_at = ? WHERE id = ?", l.State, l.ActorID, millis(l.AnsweredAt), l.ID)
	return err
}

// RemoveRelay implements forum.RelayTx.
func (t *tx) RemoveRelay(ctx context.Context, id forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM relays WHERE id = ?", id)
	return err
}

// addressRelays adds the deliveries to relays: to those of a style that took us, or
// to one, whatever it answered.
func (t *tx) addressRelays(ctx context.Context, a forum.OutgoingActivity, to forum.Recipients, families forum.Family) error {
	which, args := "relays.id = ?", []any{to.Relay}
	if to.Relay == 0 {
		which, args = "relays.style = ? AND relays.state = 'accepted'", []any{to.Relays}
	}
	from := " FROM relays JOIN peers ON peers.host = relays.host WHERE peers.dead_at = 0 AND peers.standing < 2 AND " + which
	_, err := t.exec(ctx, "INSERT INTO deliveries (activity_id, host, inbox, families, priority) SELECT CAST(? AS BIGINT), relays.host, relays.inbox, CAST(? AS BIGINT), CAST(? AS BIGINT)"+from+" ON CONFLICT DO NOTHING",
		append([]any{a.ID, families, a.Priority}, args...)...)
	if err != nil || to.Relay != 0 {
		return err
	}
	_, err = t.exec(ctx, "UPDATE relays SET sent = sent + 1 WHERE id IN (SELECT relays.id"+from+")", args...)
	return err
}

// AddRelayCounts adds to what was counted of relays.
func (s *Store) AddRelayCounts(ctx context.Context, counted map[forum.ID]forum.RelayCount) error {
	return s.change(ctx, func(ctx context.Context, t *tx) error {
		for id, c := range counted {
			if _, err := t.exec(ctx, "UPDATE relays SET received = received + ?, taken = taken + ? WHERE id = ?", c.Received, c.Taken, id); err != nil {
				return err
			}
		}
		return nil
	})
}

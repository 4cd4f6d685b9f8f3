package storage

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type peerListRow struct {
	bun.BaseModel `bun:"table:peer_lists,alias:peer_lists"`

	ID        forum.ID          `bun:"id,pk"`
	URL       string            `bun:"url"`
	Ceiling   forum.PeerCeiling `bun:"ceiling"`
	Automatic bool              `bun:"automatic"`
	ETag      string            `bun:"etag"`
	Modified  string            `bun:"modified"`
	CheckedAt stamp             `bun:"checked_at"`
	DueAt     stamp             `bun:"due_at"`
	ReadAt    stamp             `bun:"read_at"`
	Problem   string            `bun:"problem"`
	CreatedAt stamp             `bun:"created_at"`
	Entries   int               `bun:"entries,scanonly"`
	Proposed  int               `bun:"proposed,scanonly"`
	Rules     int               `bun:"rules,scanonly"`
}

func (r *peerListRow) list() forum.PeerList {
	return forum.PeerList{ID: r.ID, URL: r.URL, Ceiling: r.Ceiling, Automatic: r.Automatic, ETag: r.ETag, Modified: r.Modified, CheckedAt: r.CheckedAt.Time, DueAt: r.DueAt.Time,
		ReadAt: r.ReadAt.Time, Problem: r.Problem, CreatedAt: r.CreatedAt.Time, Entries: r.Entries, Proposed: r.Proposed, Rules: r.Rules}
}

type peerListEntryRow struct {
	bun.BaseModel `bun:"table:peer_list_entries,alias:peer_list_entries"`

	ListID     forum.ID            `bun:"list_id,pk"`
	Host       string              `bun:"host,pk"`
	Severity   forum.Severity      `bun:"severity"`
	MediaOff   bool                `bun:"media_off"`
	VotesOff   bool                `bun:"votes_off"`
	ReportsOff bool                `bun:"reports_off"`
	Obfuscate  bool                `bun:"obfuscate"`
	Reason     string              `bun:"reason"`
	State      forum.PeerListState `bun:"state"`
}

const selectPeerLists = `SELECT peer_lists.*, (SELECT count(*) FROM peer_list_entries WHERE list_id = peer_lists.id) AS entries,
	(SELECT count(*) FROM peer_list_entries WHERE list_id = peer_lists.id AND state = 'proposed') AS proposed,
	(SELECT count(*) FROM peer_rules WHERE list_id = peer_lists.id) AS rules FROM peer_lists `

// PeerLists implements forum.Reader.
func (r reader) PeerLists(ctx context.Context) ([]forum.PeerList, error) {
	var rows []peerListRow
	err := r.scan(ctx, &rows, selectPeerLists+"ORDER BY id")
	list := make([]forum.PeerList, len(rows))
	for i := range rows {
		list[i] = rows[i].list()
	}
	return list, err
}

// PeerList implements forum.Reader.
func (r reader) PeerList(ctx context.Context, id forum.ID) (*forum.PeerList, error) {
	var row peerListRow
	if err := r.scan(ctx, &row, selectPeerLists+"WHERE id = ?", id); err != nil {
		return nil, err
	}
	l := row.list()
	return &l, nil
}

// PeerListEntries implements forum.Reader.
func (r reader) PeerListEntries(ctx context.Context, list forum.ID) ([]forum.PeerListEntry, error) {
	query, args := "SELECT * FROM peer_list_entries ", []any{}
	if list != 0 {
		query, args = query+"WHERE list_id = ? ", append(args, list)
	}
	var rows []peerListEntryRow
	err := r.scan(ctx, &rows, query+"ORDER BY host, list_id", args...)
	entries := make([]forum.PeerListEntry, len(rows))
	for i, e := range rows {
		entries[i] = forum.PeerListEntry{State: e.State, PeerRule: forum.PeerRule{ListID: e.ListID, Host: e.Host, Severity: e.Severity, MediaOff: e.MediaOff, VotesOff: e.VotesOff,
			ReportsOff: e.ReportsOff, Obfuscate: e.Obfuscate, Reason: e.Reason}}
	}
	return entries, err
}

// SavePeerList implements forum.Tx.
func (t *tx) SavePeerList(ctx context.Context, l *forum.PeerList) error {
	row := peerListRow{ID: l.ID, URL: l.URL, Ceiling: l.Ceiling, Automatic: l.Automatic, ETag: l.ETag, Modified: l.Modified, CheckedAt: at(l.CheckedAt), DueAt: at(l.DueAt), ReadAt: at(l.ReadAt),
		Problem: l.Problem, CreatedAt: at(l.CreatedAt)}
	_, err := t.db.NewInsert().Model(&row).On("CONFLICT (id) DO UPDATE").
		Set("etag = excluded.etag, modified = excluded.modified, checked_at = excluded.checked_at, due_at = excluded.due_at, read_at = excluded.read_at, problem = excluded.problem").Exec(ctx)
	if isDuplicate(err) {
		return &forum.Error{Code: forum.Conflict, Key: "PeerListKnown", Field: "url", Err: err}
	}
	return err
}

// RemovePeerList implements forum.Tx.
func (t *tx) RemovePeerList(ctx context.Context, id forum.ID) error {
	for _, query := range []string{"DELETE FROM peer_list_entries WHERE list_id = ?", "DELETE FROM peer_lists WHERE id = ?"} {
		if _, err := t.exec(ctx, query, id); err != nil {
			return err
		}
	}
	return t.forgetNotifications(ctx, "kind = 'peer_list' AND group_id IN (SELECT id FROM notification_groups WHERE kind = 'peer_list' AND subject_id = ?)", id)
}

// entrySlice bounds how many entries one statement stores.
const entrySlice = 100

// SetPeerListEntries implements forum.Tx.
func (t *tx) SetPeerListEntries(ctx context.Context, list forum.ID, entries []forum.PeerListEntry) error {
	if _, err := t.exec(ctx, "DELETE FROM peer_list_entries WHERE list_id = ?", list); err != nil {
		return err
	}
	for part := range slices.Chunk(entries, entrySlice) {
		rows := make([]peerListEntryRow, len(part))
		for i, e := range part {
			rows[i] = peerListEntryRow{ListID: list, Host: e.Host, Severity: e.Severity, MediaOff: e.MediaOff, VotesOff: e.VotesOff, ReportsOff: e.ReportsOff, Obfuscate: e.Obfuscate, Reason: e.Reason, State: e.State}
		}
		if _, err := t.db.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// DecidePeerListEntries implements forum.Tx.
func (t *tx) DecidePeerListEntries(ctx context.Context, list forum.ID, hosts []string, state forum.PeerListState) error {
	query, args := "UPDATE peer_list_entries SET state = ? WHERE list_id = ? AND state = 'proposed'", []any{state, list}
	if len(hosts) > 0 {
		query, args = query+" AND host IN (?)", append(args, listOf(hosts))
	}
	_, err := t.exec(ctx, query, args...)
	return err
}

// RefusePeerListEntries implements forum.Tx.
func (t *tx) RefusePeerListEntries(ctx context.Context, host string) error {
	_, err := t.exec(ctx, "UPDATE peer_list_entries SET state = 'refused' WHERE host = ?", host)
	return err
}

// KeepPeerListRules implements forum.Tx.
func (t *tx) KeepPeerListRules(ctx context.Context, list forum.ID) error {
	_, err := t.exec(ctx, "UPDATE peer_rules SET list_id = 0 WHERE list_id = ?", list)
	return err
}

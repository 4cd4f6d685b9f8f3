package storage

import (
	"context"
	"encoding/json"
	"time"

	"portevoix/forum"
)

type backfillRow struct {
	SubjectID  forum.ID            `bun:"subject_id"`
	State      forum.BackfillState `bun:"state"`
	ChangedAt  stamp               `bun:"changed_at"`
	FinishedAt stamp               `bun:"finished_at"`
	Read       int                 `bun:"read"`
	Added      int                 `bun:"added"`
	Known      int                 `bun:"known"`
	Missing    string              `bun:"missing"`
}

// Backfill implements forum.Reader.
func (r reader) Backfill(ctx context.Context, subject forum.ID) (forum.Backfill, error) {
	var row backfillRow
	err := r.scan(ctx, &row, "SELECT * FROM backfills WHERE subject_id = ?", subject)
	if forum.CodeOf(err) == forum.NotFound {
		return forum.Backfill{Subject: subject}, nil
	}
	if err != nil {
		return forum.Backfill{}, err
	}
	b := forum.Backfill{Subject: subject, State: row.State, ChangedAt: row.ChangedAt.Time, FinishedAt: row.FinishedAt.Time, Read: row.Read, Added: row.Added, Known: row.Known}
	if row.Missing != "" {
		err = json.Unmarshal([]byte(row.Missing), &b.Missing)
	}
	return b, err
}

// SaveBackfill implements forum.Tx.
func (t *tx) SaveBackfill(ctx context.Context, b forum.Backfill) error {
	missing := ""
	if len(b.Missing) > 0 {
		packed, err := json.Marshal(b.Missing)
		if err != nil {
			return err
		}
		missing = string(packed)
	}
	_, err := t.exec(ctx, `INSERT INTO backfills (subject_id, state, changed_at, finished_at, read, added, known, missing) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (subject_id) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at, finished_at = excluded.finished_at,
			read = excluded.read, added = excluded.added, known = excluded.known, missing = excluded.missing`,
		b.Subject, b.State, millis(b.ChangedAt), millis(b.FinishedAt), b.Read, b.Added, b.Known, missing)
	return err
}

// CollectionTag implements forum.Reader.
func (r reader) CollectionTag(ctx context.Context, uri string) (string, error) {
	var etag string
	err := r.scan(ctx, &etag, "SELECT etag FROM collection_tags WHERE uri = ?", uri)
	if forum.CodeOf(err) == forum.NotFound {
		return "", nil
	}
	return etag, err
}

// SaveCollectionTag implements forum.Tx.
func (t *tx) SaveCollectionTag(ctx context.Context, uri, etag string, when time.Time) error {
	_, err := t.exec(ctx, "INSERT INTO collection_tags (uri, etag, read_at) VALUES (?, ?, ?) ON CONFLICT (uri) DO UPDATE SET etag = excluded.etag, read_at = excluded.read_at",
		uri, etag, millis(when))
	return err
}

// SetTally implements forum.Tx.
func (t *tx) SetTally(ctx context.Context, post forum.ID, y forum.Tally) error {
	_, err := t.exec(ctx, "UPDATE posts SET tally_replies = ?, tally_supports = ?, tally_boosts = ? WHERE id = ?", y.Replies, y.Supports, y.Boosts, post)
	return err
}

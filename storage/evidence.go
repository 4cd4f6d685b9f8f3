package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type evidenceRow struct {
	bun.BaseModel `bun:"table:evidence,alias:evidence"`

	ID         forum.ID           `bun:"id,pk"`
	ThreadID   forum.ID           `bun:"thread_id"`
	AccountID  forum.ID           `bun:"account_id"`
	Key        string             `bun:"address_key"`
	Kind       forum.EvidenceKind `bun:"kind"`
	Words      string             `bun:"words"`
	MediaType  string             `bun:"media_type"`
	Extension  string             `bun:"extension"`
	Bytes      int                `bun:"bytes"`
	Width      int                `bun:"width"`
	Height     int                `bun:"height"`
	SHA256     string             `bun:"sha256"`
	File       string             `bun:"file"`
	ForCompany bool               `bun:"for_company"`
	ForDossier bool               `bun:"for_dossier"`
	RedactedAt stamp              `bun:"redacted_at"`
	AddedAt    stamp              `bun:"added_at"`
}

func newEvidenceRow(e *forum.Evidence) *evidenceRow {
	return &evidenceRow{ID: e.ID, ThreadID: e.ThreadID, AccountID: e.AccountID, Key: e.Key, Kind: e.Kind, Words: e.Words, MediaType: e.MediaType, Extension: e.Extension,
		Bytes: e.Bytes, Width: e.Width, Height: e.Height, SHA256: e.SHA256, File: e.File, ForCompany: e.ForCompany, ForDossier: e.ForDossier, RedactedAt: at(e.RedactedAt), AddedAt: at(e.AddedAt)}
}

func (r *evidenceRow) evidence() forum.Evidence {
	return forum.Evidence{ID: r.ID, ThreadID: r.ThreadID, AccountID: r.AccountID, Key: r.Key, Kind: r.Kind, Words: r.Words, MediaType: r.MediaType, Extension: r.Extension,
		Bytes: r.Bytes, Width: r.Width, Height: r.Height, SHA256: r.SHA256, File: r.File, ForCompany: r.ForCompany, ForDossier: r.ForDossier, RedactedAt: r.RedactedAt.Time, AddedAt: r.AddedAt.Time}
}

// Evidence implements forum.EvidenceReader.
func (r reader) Evidence(ctx context.Context, key string) (*forum.Evidence, error) {
	var row evidenceRow
	if err := r.db.NewSelect().Model(&row).Where("address_key = ? AND address_key <> ''", key).Scan(ctx); err != nil {
		return nil, translate(err)
	}
	e := row.evidence()
	return &e, nil
}

func (r reader) evidenceWhere(ctx context.Context, limit int, where string, args ...any) ([]forum.Evidence, error) {
	var rows []evidenceRow
	err := r.db.NewSelect().Model(&rows).Where(where, args...).Order("id").Limit(int64(limit)).Scan(ctx)
	var list []forum.Evidence
	for i := range rows {
		list = append(list, rows[i].evidence())
	}
	return list, err
}

// EvidenceOf implements forum.EvidenceReader.
func (r reader) EvidenceOf(ctx context.Context, thread forum.ID) ([]forum.Evidence, error) {
	return r.evidenceWhere(ctx, forum.MaxEvidence, "thread_id = ?", thread)
}

// EvidenceBy implements forum.EvidenceReader.
func (r reader) EvidenceBy(ctx context.Context, account, after forum.ID, limit int) ([]forum.Evidence, error) {
	return r.evidenceWhere(ctx, limit, "account_id = ? AND account_id <> 0 AND id > ?", account, after)
}

// EvidenceViews implements forum.EvidenceReader.
func (r reader) EvidenceViews(ctx context.Context, evidence forum.ID, limit int) ([]forum.EvidenceView, error) {
	var rows []struct {
		EvidenceID forum.ID
		AccountID  forum.ID
		Capacity   forum.EvidenceCapacity
		SeenAt     stamp
		By         bylineRow `bun:"embed:by__"`
	}
	err := r.scan(ctx, &rows, `SELECT evidence_views.*, `+bylineColumns("by")+` FROM evidence_views JOIN actors AS "by" ON "by".id = evidence_views.account_id
		WHERE evidence_id = ? ORDER BY seen_at DESC LIMIT ?`, evidence, limit)
	list := make([]forum.EvidenceView, len(rows))
	for i, row := range rows {
		list[i] = forum.EvidenceView{EvidenceID: row.EvidenceID, AccountID: row.AccountID, Capacity: row.Capacity, At: row.SeenAt.Time, By: row.By.byline()}
	}
	return list, err
}

// EvidenceUnseen implements forum.EvidenceReader.
func (r reader) EvidenceUnseen(ctx context.Context, thread, account forum.ID) (int, error) {
	var n int
	err := r.scan(ctx, &n, `SELECT count(*) FROM evidence WHERE thread_id = ? AND NOT EXISTS (SELECT 1 FROM evidence_views
		WHERE evidence_views.evidence_id = evidence.id AND evidence_views.account_id = ? AND evidence_views.seen_at >= evidence.redacted_at)`, thread, account)
	return n, err
}

// EvidenceSteps implements forum.EvidenceReader.
func (r reader) EvidenceSteps(ctx context.Context, thread forum.ID) ([]forum.EvidenceStep, error) {
	var rows []struct {
		ThreadID forum.ID
		Level    forum.EvidenceLevel
		ByID     forum.ID
		SetAt    stamp
	}
	err := r.scan(ctx, &rows, "SELECT * FROM evidence_steps WHERE thread_id = ? ORDER BY set_at, level", thread)
	list := make([]forum.EvidenceStep, len(rows))
	for i, row := range rows {
		list[i] = forum.EvidenceStep{ThreadID: row.ThreadID, Level: row.Level, ByID: row.ByID, At: row.SetAt.Time}
	}
	return list, err
}

// AddEvidence implements forum.EvidenceTx.
func (t *tx) AddEvidence(ctx context.Context, e forum.Evidence) error {
	_, err := t.db.NewInsert().Model(newEvidenceRow(&e)).Exec(ctx)
	return err
}

// UpdateEvidence implements forum.EvidenceTx.
func (t *tx) UpdateEvidence(ctx context.Context, e *forum.Evidence) error {
	_, err := t.db.NewUpdate().Model(newEvidenceRow(e)).WherePK().ExcludeColumn("id", "thread_id", "account_id", "address_key", "added_at").Exec(ctx)
	return err
}

// RemoveEvidence implements forum.EvidenceTx.
func (t *tx) RemoveEvidence(ctx context.Context, id forum.ID) error {
	return t.forgetEvidence(ctx, "id = ?", id)
}

// forgetEvidence deletes documents with their logs, and leaves their files to the
// sweep.
func (t *tx) forgetEvidence(ctx context.Context, where string, args ...any) error {
	for _, query := range []string{
		"INSERT INTO discarded_files (name) SELECT DISTINCT file FROM evidence WHERE file <> '' AND (" + where + ") ON CONFLICT DO NOTHING",
		"DELETE FROM evidence_views WHERE evidence_id IN (SELECT id FROM evidence WHERE " + where + ")",
		"DELETE FROM evidence WHERE " + where,
	} {
		if _, err := t.exec(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// DiscardFile implements forum.EvidenceTx.
func (t *tx) DiscardFile(ctx context.Context, name string) error {
	_, err := t.exec(ctx, "INSERT INTO discarded_files (name) VALUES (?) ON CONFLICT DO NOTHING", name)
	return err
}

// ReplaceEvidence implements forum.EvidenceTx.
func (t *tx) ReplaceEvidence(ctx context.Context, thread forum.ID, told []forum.Evidence) error {
	if _, err := t.exec(ctx, "DELETE FROM evidence WHERE thread_id = ? AND account_id = 0", thread); err != nil {
		return err
	}
	for i := range told {
		if err := t.AddEvidence(ctx, told[i]); err != nil {
			return err
		}
	}
	return nil
}

// viewsApart is how much time lies between two notes that the same person looked.
const viewsApart = 10 * time.Minute

// AddEvidenceView implements forum.EvidenceTx.
func (t *tx) AddEvidenceView(ctx context.Context, v forum.EvidenceView) error {
	_, err := t.exec(ctx, `INSERT INTO evidence_views (evidence_id, account_id, capacity, seen_at) SELECT evidence.id, ?, ?, ? FROM evidence WHERE evidence.id = ?
		AND NOT EXISTS (SELECT 1 FROM evidence_views WHERE evidence_views.evidence_id = evidence.id AND evidence_views.account_id = ? AND evidence_views.seen_at > ? AND evidence_views.seen_at >= evidence.redacted_at)
		ON CONFLICT DO NOTHING`, v.AccountID, v.Capacity, millis(v.At), v.EvidenceID, v.AccountID, millis(v.At.Add(-viewsApart)))
	return err
}

// SetEvidenceStep implements forum.EvidenceTx.
func (t *tx) SetEvidenceStep(ctx context.Context, s forum.EvidenceStep, on bool) error {
	if !on {
		_, err := t.exec(ctx, "DELETE FROM evidence_steps WHERE thread_id = ? AND level = ?", s.ThreadID, s.Level)
		return err
	}
	_, err := t.exec(ctx, `INSERT INTO evidence_steps (thread_id, level, by_id, set_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (thread_id, level) DO UPDATE SET by_id = excluded.by_id, set_at = excluded.set_at`, s.ThreadID, s.Level, s.ByID, millis(s.At))
	return err
}

package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type threatRow struct {
	bun.BaseModel `bun:"table:threats,alias:threats"`

	ID            forum.ID   `bun:"id,pk"`
	CompanyID     forum.ID   `bun:"company_id"`
	ByID          forum.ID   `bun:"by_id"`
	Handle        string     `bun:"handle"`
	ExperiencedOn forum.Date `bun:"experienced_on"`
	Amount        int64      `bun:"amount"`
	Currency      string     `bun:"currency"`
	Words         string     `bun:"words"`
	ReportedAt    stamp      `bun:"reported_at"`
}

// Threats implements forum.ThreatReader.
func (r reader) Threats(ctx context.Context, company, by forum.ID, since time.Time) ([]forum.Threat, error) {
	if by != 0 {
		return r.threatsWhere(ctx, "company_id = ? AND reported_at >= ? AND by_id = ?", company, millis(since), by)
	}
	return r.threatsWhere(ctx, "company_id = ? AND reported_at >= ?", company, millis(since))
}

func (r reader) threatsWhere(ctx context.Context, where string, args ...any) ([]forum.Threat, error) {
	var rows []threatRow
	err := r.db.NewSelect().Model(&rows).Where(where, args...).Order("id DESC").Scan(ctx)
	list := make([]forum.Threat, len(rows))
	for i, row := range rows {
		list[i] = forum.Threat{ID: row.ID, CompanyID: row.CompanyID, ByID: row.ByID, Handle: row.Handle, ExperiencedOn: row.ExperiencedOn,
			Amount: forum.Amount{Minor: row.Amount, Currency: row.Currency}, Words: row.Words, At: row.ReportedAt.Time}
	}
	return list, err
}

// AddThreat implements forum.ThreatTx.
func (t *tx) AddThreat(ctx context.Context, n *forum.Threat) error {
	_, err := t.db.NewInsert().Model(&threatRow{ID: n.ID, CompanyID: n.CompanyID, ByID: n.ByID, Handle: n.Handle, ExperiencedOn: n.ExperiencedOn,
		Amount: n.Amount.Minor, Currency: n.Amount.Currency, Words: n.Words, ReportedAt: at(n.At)}).Exec(ctx)
	return err
}

// DeleteThreat implements forum.ThreatTx.
func (t *tx) DeleteThreat(ctx context.Context, id, by forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM threats WHERE id = ? AND by_id = ?", id, by)
	return err
}

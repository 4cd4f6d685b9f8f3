package storage

import (
	"context"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type repeatRow struct {
	bun.BaseModel `bun:"table:repeats,alias:repeats"`

	TokenID     forum.ID `bun:"token_id,pk"`
	Key         string   `bun:"key,pk"`
	AccountID   forum.ID `bun:"account_id"`
	Fingerprint []byte   `bun:"fingerprint"`
	Status      int      `bun:"status"`
	ContentType string   `bun:"content_type"`
	Location    string   `bun:"location"`
	Body        []byte   `bun:"body"`
	BegunAt     stamp    `bun:"begun_at"`
}

// Repeat implements forum.RepeatStore.
func (t *tx) Repeat(ctx context.Context, token forum.ID, key string) (*forum.Repeat, error) {
	r := new(repeatRow)
	if err := t.scan(ctx, r, "SELECT * FROM repeats WHERE token_id = ? AND key = ?", token, key); err != nil {
		return nil, err
	}
	return &forum.Repeat{AccountID: r.AccountID, TokenID: r.TokenID, Key: r.Key, Fingerprint: r.Fingerprint, BegunAt: r.BegunAt.Time,
		Answer: forum.RepeatedAnswer{Status: r.Status, ContentType: r.ContentType, Location: r.Location, Body: r.Body}}, nil
}

// SaveRepeat implements forum.RepeatStore.
func (t *tx) SaveRepeat(ctx context.Context, r *forum.Repeat) error {
	if err := t.DeleteRepeat(ctx, r.TokenID, r.Key); err != nil {
		return err
	}
	row := &repeatRow{TokenID: r.TokenID, Key: r.Key, AccountID: r.AccountID, Fingerprint: r.Fingerprint, Status: r.Answer.Status, ContentType: r.Answer.ContentType,
		Location: r.Answer.Location, Body: append([]byte{}, r.Answer.Body...), BegunAt: at(r.BegunAt)}
	_, err := t.db.NewInsert().Model(row).Exec(ctx)
	return err
}

// DeleteRepeat implements forum.RepeatStore.
func (t *tx) DeleteRepeat(ctx context.Context, token forum.ID, key string) error {
	_, err := t.exec(ctx, "DELETE FROM repeats WHERE token_id = ? AND key = ?", token, key)
	return err
}

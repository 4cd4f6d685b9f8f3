package storage

import (
	"context"

	"portevoix/forum"
)

// Brought implements forum.BroughtReader.
func (r reader) Brought(ctx context.Context, source string, kind forum.BroughtKind, foreign []string) (map[string]forum.ID, error) {
	if len(foreign) == 0 {
		return nil, nil
	}
	var rows []struct {
		ForeignID string
		ID        forum.ID
	}
	err := r.scan(ctx, &rows, "SELECT foreign_id, id FROM brought WHERE source = ? AND kind = ? AND foreign_id IN (?)", source, kind, listOf(foreign))
	if err != nil {
		return nil, err
	}
	ids := make(map[string]forum.ID, len(rows))
	for _, row := range rows {
		ids[row.ForeignID] = row.ID
	}
	return ids, nil
}

// KeepBrought implements forum.BroughtTx.
func (t *tx) KeepBrought(ctx context.Context, source string, kind forum.BroughtKind, foreign string, id forum.ID) error {
	_, err := t.exec(ctx, "INSERT INTO brought (source, kind, foreign_id, id) VALUES (?, ?, ?, ?)", source, kind, foreign, id)
	if isDuplicate(err) {
		return &forum.Error{Code: forum.Conflict, Key: "AlreadyHere", Err: err}
	}
	return err
}

// AddBroughtAuthor implements forum.BroughtTx.
func (t *tx) AddBroughtAuthor(ctx context.Context, a *forum.Actor, key forum.KeyPair) error {
	return t.addLocalActor(ctx, a, key)
}

// ClaimBrought implements forum.BroughtTx.
func (t *tx) ClaimBrought(ctx context.Context, a *forum.Account) error {
	if err := t.UpdateActor(ctx, &a.Actor); err != nil {
		return err
	}
	row := newAccountRow(a)
	row.SeenAt = at(a.EmailConfirmed)
	return t.insert(ctx, row, "")
}

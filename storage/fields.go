package storage

import (
	"context"
	"encoding/json"
	"time"

	"portevoix/forum"
)

func packFields(fields []forum.Field) string {
	if len(fields) == 0 {
		return ""
	}
	packed, err := json.Marshal(fields)
	if err != nil {
		return ""
	}
	return string(packed)
}

func unpackFields(packed string) []forum.Field {
	var fields []forum.Field
	if packed == "" || json.Unmarshal([]byte(packed), &fields) != nil {
		return nil
	}
	return fields
}

// SetFields implements forum.Tx.
func (t *tx) SetFields(ctx context.Context, actor forum.ID, fields []forum.Field, due time.Time) error {
	_, err := t.exec(ctx, "UPDATE actors SET fields = ?, links_due_at = ? WHERE id = ?", packFields(fields), millis(due), actor)
	return err
}

// TakeDueLinks implements forum.Tx.
func (t *tx) TakeDueLinks(ctx context.Context, now, next time.Time, limit int) ([]forum.ID, error) {
	var due []forum.ID
	if err := t.scan(ctx, &due, "SELECT id FROM actors WHERE links_due_at > 0 AND links_due_at <= ? ORDER BY links_due_at LIMIT ?", millis(now), limit); err != nil || len(due) == 0 {
		return nil, err
	}
	_, err := t.exec(ctx, "UPDATE actors SET links_due_at = ? WHERE id IN (?)", millis(next), listOf(due))
	return due, err
}

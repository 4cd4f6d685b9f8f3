package storage

import (
	"context"
	"encoding/json"
	"time"

	"portevoix/forum"
)

func packCard(c *forum.Card) string {
	if c == nil {
		return ""
	}
	packed, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return string(packed)
}

func unpackCard(packed string) *forum.Card {
	var c forum.Card
	if packed == "" || json.Unmarshal([]byte(packed), &c) != nil {
		return nil
	}
	return &c
}

// Card implements forum.Reader.
func (r reader) Card(ctx context.Context, url string, since time.Time) (forum.Card, bool, error) {
	var packed string
	err := r.scan(ctx, &packed, "SELECT card FROM cards WHERE url = ? AND fetched_at >= ?", url, millis(since))
	if forum.CodeOf(err) == forum.NotFound {
		return forum.Card{}, false, nil
	}
	if c := unpackCard(packed); c != nil {
		return *c, true, err
	}
	return forum.Card{URL: url}, true, err
}

// KeepCard implements forum.Tx.
func (t *tx) KeepCard(ctx context.Context, c forum.Card, when time.Time) error {
	_, err := t.exec(ctx, "INSERT INTO cards (url, card, fetched_at) VALUES (?, ?, ?) ON CONFLICT (url) DO UPDATE SET card = excluded.card, fetched_at = excluded.fetched_at",
		c.URL, packCard(&c), millis(when))
	return err
}

// SetCard implements forum.Tx.
func (t *tx) SetCard(ctx context.Context, post forum.ID, c forum.Card) error {
	_, err := t.exec(ctx, "UPDATE posts SET card = ? WHERE id = ?", packCard(&c), post)
	return err
}

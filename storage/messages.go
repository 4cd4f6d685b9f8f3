package storage

import (
	"context"
	"strings"
	"time"

	"portevoix/forum"
)

type messageRow struct {
	ID        forum.ID      `bun:"id"`
	FromID    forum.ID      `bun:"from_id"`
	ToID      forum.ID      `bun:"to_id"`
	URI       string        `bun:"uri"`
	Purpose   forum.Purpose `bun:"purpose"`
	Subject   forum.ID      `bun:"subject"`
	Content   string        `bun:"content"`
	Language  string        `bun:"language"`
	InReplyTo string        `bun:"in_reply_to"`
	Choices   string        `bun:"choices"` // one a line
	ClosesAt  stamp         `bun:"closes_at"`
	SentAt    stamp         `bun:"sent_at"`
}

func (r messageRow) message() *forum.Message {
	m := &forum.Message{ID: r.ID, FromID: r.FromID, ToID: r.ToID, URI: r.URI, Purpose: r.Purpose, Subject: r.Subject, Content: r.Content,
		Language: r.Language, InReplyTo: r.InReplyTo, ClosesAt: r.ClosesAt.Time, SentAt: r.SentAt.Time}
	if r.Choices != "" {
		m.Choices = strings.Split(r.Choices, "\n")
	}
	return m
}

// AddMessage implements forum.Tx.
func (t *tx) AddMessage(ctx context.Context, m forum.Message) error {
	_, err := t.exec(ctx, `INSERT INTO messages (id, from_id, to_id, uri, purpose, subject, content, language, in_reply_to, choices, closes_at, sent_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, m.ID, m.FromID, m.ToID, m.URI, m.Purpose, m.Subject, m.Content, m.Language, m.InReplyTo,
		strings.Join(m.Choices, "\n"), millis(m.ClosesAt), millis(m.SentAt))
	return err
}

// MessageByURI implements forum.Reader.
func (r reader) MessageByURI(ctx context.Context, uri string) (*forum.Message, error) {
	var row messageRow
	if err := r.scan(ctx, &row, "SELECT * FROM messages WHERE uri = ?", uri); err != nil {
		return nil, err
	}
	return row.message(), nil
}

// MessagesStopped implements forum.Reader.
func (r reader) MessagesStopped(ctx context.Context, actor forum.ID) (bool, error) {
	return r.exists(ctx, "SELECT 1 FROM message_stops WHERE actor_id = ?", actor)
}

// StopMessages implements forum.Tx.
func (t *tx) StopMessages(ctx context.Context, actor forum.ID, when time.Time) error {
	_, err := t.exec(ctx, "INSERT INTO message_stops (actor_id, stopped_at) VALUES (?, ?) ON CONFLICT DO NOTHING", actor, millis(when))
	return err
}

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
	Answer    string        `bun:"answer"`
	Tags      string        `bun:"tags"` // one a line
}

func (r messageRow) message() *forum.Message {
	m := &forum.Message{ID: r.ID, FromID: r.FromID, ToID: r.ToID, URI: r.URI, Purpose: r.Purpose, Subject: r.Subject, Content: r.Content,
		Language: r.Language, InReplyTo: r.InReplyTo, ClosesAt: r.ClosesAt.Time, SentAt: r.SentAt.Time, Answer: r.Answer}
	if r.Tags != "" {
		m.Tags = strings.Split(r.Tags, "\n")
	}
	if r.Choices != "" {
		m.Choices = strings.Split(r.Choices, "\n")
	}
	return m
}

// AddMessage implements forum.Tx.
func (t *tx) AddMessage(ctx context.Context, m forum.Message) error {
	_, err := t.exec(ctx, `INSERT INTO messages (id, from_id, to_id, uri, purpose, subject, content, language, in_reply_to, choices, closes_at, sent_at, tags)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, m.ID, m.FromID, m.ToID, m.URI, m.Purpose, m.Subject, m.Content, m.Language, m.InReplyTo,
		strings.Join(m.Choices, "\n"), millis(m.ClosesAt), millis(m.SentAt), strings.Join(m.Tags, "\n"))
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

// Message implements forum.Reader.
func (r reader) Message(ctx context.Context, id forum.ID) (*forum.Message, error) {
	var row messageRow
	if err := r.scan(ctx, &row, "SELECT * FROM messages WHERE id = ?", id); err != nil {
		return nil, err
	}
	return row.message(), nil
}

// MessagesTo implements forum.Reader.
func (r reader) MessagesTo(ctx context.Context, to, after forum.ID, limit int) ([]forum.MessageView, error) {
	var rows []struct {
		messageRow `bun:",extend"`
		Who        bylineRow `bun:"embed:who__"`
	}
	err := r.scan(ctx, &rows, "SELECT messages.*, "+bylineColumns("who")+` FROM messages JOIN actors AS who ON who.id = messages.from_id
		WHERE messages.to_id = ? AND (? = 0 OR messages.id < ?) ORDER BY messages.id DESC LIMIT ?`, to, after, after, limit)
	list := make([]forum.MessageView, len(rows))
	for i := range rows {
		list[i] = forum.MessageView{Message: *rows[i].message(), From: rows[i].Who.byline()}
	}
	return list, err
}

// MessagesBetween implements forum.Reader.
func (r reader) MessagesBetween(ctx context.Context, from, to forum.ID, since time.Time) (int, error) {
	var n int
	err := r.scan(ctx, &n, "SELECT COUNT(*) FROM messages WHERE to_id = ? AND from_id = ? AND sent_at >= ?", to, from, millis(since))
	return n, err
}

// MessageAnswered implements forum.Reader.
func (r reader) MessageAnswered(ctx context.Context, from, to forum.ID, answer string) (bool, error) {
	return r.exists(ctx, "SELECT 1 FROM messages WHERE to_id = ? AND from_id = ? AND answer = ?", to, from, answer)
}

// AnswerMessage implements forum.Tx.
func (t *tx) AnswerMessage(ctx context.Context, id forum.ID, answer string) error {
	_, err := t.exec(ctx, "UPDATE messages SET answer = ? WHERE id = ?", answer, id)
	return err
}

// DeleteMessage implements forum.Tx.
func (t *tx) DeleteMessage(ctx context.Context, id forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM messages WHERE id = ?", id)
	return err
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

// MessagesAbout implements forum.Reader.
func (r reader) MessagesAbout(ctx context.Context, purpose forum.Purpose, subject forum.ID) ([]forum.ID, error) {
	var to []forum.ID
	err := r.scan(ctx, &to, "SELECT to_id FROM messages WHERE subject = ? AND subject <> 0 AND purpose = ?", subject, purpose)
	return to, err
}

package storage

import (
	"context"
	"encoding/json"
	"time"

	"portevoix/forum"
)

// packPoll writes a poll as its column holds it, "" for none.
func packPoll(p *forum.Poll) string {
	if p == nil {
		return ""
	}
	packed, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	return string(packed)
}

func unpackPoll(packed string) *forum.Poll {
	var p forum.Poll
	if packed == "" || json.Unmarshal([]byte(packed), &p) != nil {
		return nil
	}
	return &p
}

func packNewPoll(n *forum.NewPoll) string {
	if n.Empty() {
		return ""
	}
	packed, err := json.Marshal(n)
	if err != nil {
		return ""
	}
	return string(packed)
}

func unpackNewPoll(packed string) *forum.NewPoll {
	var n forum.NewPoll
	if packed == "" || json.Unmarshal([]byte(packed), &n) != nil {
		return nil
	}
	return &n
}

// HoldPoll implements forum.Tx.
func (t *tx) HoldPoll(ctx context.Context, post forum.ID) (*forum.Poll, error) {
	query := "SELECT poll FROM posts WHERE id = ?"
	if t.driver == Postgres {
		query += " FOR UPDATE"
	}
	var packed string
	err := t.scan(ctx, &packed, query, post)
	return unpackPoll(packed), err
}

// SetPoll implements forum.Tx.
func (t *tx) SetPoll(ctx context.Context, post forum.ID, p *forum.Poll) error {
	_, err := t.exec(ctx, "UPDATE posts SET poll = ? WHERE id = ?", packPoll(p), post)
	return err
}

// AddPollVote implements forum.Tx.
func (t *tx) AddPollVote(ctx context.Context, post, voter forum.ID, choice int, when time.Time) (bool, error) {
	n, err := t.exec(ctx, "INSERT INTO poll_votes (post_id, actor_id, choice, voted_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", post, voter, choice, millis(when))
	return n == 1, err
}

// ForgetPollVotes implements forum.Tx.
func (t *tx) ForgetPollVotes(ctx context.Context, post forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM poll_votes WHERE post_id = ?", post)
	return err
}

// PollVotes implements forum.Reader.
func (r reader) PollVotes(ctx context.Context, voter forum.ID, posts []forum.ID) (map[forum.ID][]int, error) {
	var rows []struct {
		PostID forum.ID
		Choice int
	}
	err := r.scan(ctx, &rows, "SELECT post_id, choice FROM poll_votes WHERE actor_id = ? AND post_id IN (?) ORDER BY post_id, choice", voter, listOf(posts))
	chosen := map[forum.ID][]int{}
	for _, row := range rows {
		chosen[row.PostID] = append(chosen[row.PostID], row.Choice)
	}
	return chosen, err
}

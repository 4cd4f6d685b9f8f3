package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

// SetDeparture implements forum.Tx. Threads leave the lists, and come back; posts
// are hidden where they are read (see postViewRow.view), because wiping their
// texts could not be undone.
func (t *tx) SetDeparture(ctx context.Context, actor forum.ID, when time.Time) error {
	if _, err := t.exec(ctx, "UPDATE actors SET leaves_at = ? WHERE id = ?", millis(when), actor); err != nil {
		return err
	}
	leaves := !when.IsZero()
	threads, change := "author_id = ? AND (NOT hidden OR inside)", -1
	if !leaves {
		threads, change = "author_id = ? AND hidden AND NOT inside AND post_id IN (SELECT id FROM posts WHERE id = threads.post_id AND deleted_at = 0 AND removed_at = 0)", 1
	}
	if _, err := t.exec(ctx, `UPDATE forums SET threads = threads + ? * (SELECT count(*) FROM threads WHERE threads.forum_id = forums.actor_id AND `+threads+`)
		WHERE actor_id IN (SELECT forum_id FROM threads WHERE `+threads+`)`, change, actor, actor); err != nil {
		return err
	}
	// The pages of companies count what is shown.
	if leaves {
		if err := t.countCases(ctx, "author_id = ?", -1, actor); err != nil {
			return err
		}
	}
	shown := "hidden = TRUE, inside = FALSE"
	if !leaves {
		const private = "(SELECT posts.private FROM posts WHERE posts.id = threads.post_id)"
		shown = "hidden = " + private + ", inside = " + private
	}
	if _, err := t.exec(ctx, "UPDATE threads SET "+shown+" WHERE "+threads, actor); err != nil || leaves {
		return err
	}
	return t.countCases(ctx, "author_id = ?", 1, actor)
}

// Departed implements forum.Reader.
func (r reader) Departed(ctx context.Context, now time.Time, limit int) ([]forum.ID, error) {
	var due []forum.ID
	err := r.scan(ctx, &due, "SELECT id FROM actors WHERE leaves_at > 0 AND leaves_at <= ? ORDER BY leaves_at LIMIT ?", millis(now), limit)
	return due, err
}

// hideDeparting makes a post look as it will when its author is gone.
func hideDeparting(p *forum.Post, author bylineRow) {
	if author.LeavesAt.IsZero() {
		return
	}
	p.DeletedAt = author.LeavesAt.Time
	p.Title, p.Body, p.Content, p.ContentNote, p.Attachments, p.Card, p.Tags = "", "", "", "", nil, nil, nil
}

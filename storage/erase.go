package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

// EraseActor implements forum.Tx. What stays is the actor's row, without
// anything personal, so that its address answers 410 and its name is never
// given out again; its posts, as tombstones that hold threads together; and, for
// a week, its key, because the Delete that tells other servers must be signed.
func (t *tx) EraseActor(ctx context.Context, id forum.ID, when time.Time) error {
	steps := []struct {
		query string
		args  []any
	}{
		// What the actor gave to others.
		{`UPDATE posts SET supports = supports - 1, merit = merit - 1 WHERE id IN (SELECT post_id FROM supports WHERE actor_id = ? AND NOT withdrawn)`, []any{id}},
		{`UPDATE posts SET boosts = boosts - 1, merit = merit - 2 WHERE id IN (SELECT post_id FROM boosts WHERE actor_id = ?)`, []any{id}},
		{`UPDATE threads SET merit = (SELECT posts.merit FROM posts WHERE posts.id = threads.post_id)
			WHERE post_id IN (SELECT post_id FROM supports WHERE actor_id = ? UNION SELECT post_id FROM boosts WHERE actor_id = ?)`, []any{id, id}},
		{`DELETE FROM supports WHERE actor_id = ?`, []any{id}},
		{`DELETE FROM boosts WHERE actor_id = ?`, []any{id}},
		{`DELETE FROM mentions WHERE actor_id = ?`, []any{id}},
		{`DELETE FROM quote_authorizations WHERE quoter_id = ? OR post_id IN (SELECT id FROM posts WHERE author_id = ?)`, []any{id, id}},
		{`DELETE FROM poll_votes WHERE actor_id = ? OR post_id IN (SELECT id FROM posts WHERE author_id = ?)`, []any{id, id}}, // what was counted stays counted
		{`DELETE FROM messages WHERE to_id = ? OR from_id = ?`, []any{id, id}},
		// Whom they followed, and who followed them.
		{`UPDATE actors SET followers = followers - 1 WHERE id IN (SELECT target_id FROM follows WHERE follower_id = ? AND state = 'accepted')`, []any{id}},
		{`UPDATE actors SET following = following - 1 WHERE id IN (SELECT follower_id FROM follows WHERE target_id = ? AND state = 'accepted')`, []any{id}},
		{`DELETE FROM follows WHERE follower_id = ? OR target_id = ?`, []any{id, id}},
		{`DELETE FROM list_members WHERE target_id = ?`, []any{id}},
		{`DELETE FROM memberships WHERE account_id = ?`, []any{id}},
		{`DELETE FROM filters WHERE target_id = ?`, []any{id}},
		{`DELETE FROM blocks WHERE by_id = ? OR whom_id = ?`, []any{id, id}},
		// Their threads and replies.
		{`UPDATE forums SET threads = threads - (SELECT count(*) FROM threads WHERE threads.forum_id = forums.actor_id AND threads.author_id = ? AND (NOT threads.hidden OR threads.inside))
			WHERE actor_id IN (SELECT forum_id FROM threads WHERE author_id = ? AND (NOT hidden OR inside))`, []any{id, id}},
		{`UPDATE threads SET hidden = TRUE, inside = FALSE, ` + wipeCase + ` WHERE author_id = ?`, []any{id}},
		{`UPDATE threads SET replies = replies - (SELECT count(*) FROM posts WHERE posts.thread_id = threads.post_id AND posts.author_id = ? AND ` + visibleReply + `)
			WHERE post_id IN (SELECT thread_id FROM posts WHERE author_id = ? AND ` + visibleReply + `)`, []any{id, id}},
		{`UPDATE posts SET children = children - (SELECT count(*) FROM posts AS child WHERE child.parent_id = posts.id AND child.author_id = ? AND child.deleted_at = 0 AND child.removed_at = 0)
			WHERE id IN (SELECT parent_id FROM posts WHERE author_id = ? AND ` + visibleReply + `)`, []any{id, id}},
		{`DELETE FROM revisions WHERE post_id IN (SELECT id FROM posts WHERE author_id = ?)`, []any{id}},
		{`DELETE FROM mentions WHERE post_id IN (SELECT id FROM posts WHERE author_id = ?)`, []any{id}},
		{`DELETE FROM pins WHERE actor_id = ? OR post_id IN (SELECT id FROM posts WHERE author_id = ?)`, []any{id, id}},
		{`DELETE FROM post_search WHERE rowid IN (SELECT id FROM posts WHERE author_id = ?)`, []any{id}},
		{`DELETE FROM actor_search WHERE rowid = ?`, []any{id}},
		{`DELETE FROM related_threads WHERE thread_id IN (SELECT post_id FROM threads WHERE author_id = ?)`, []any{id}},
		{`DELETE FROM related_threads WHERE other_id IN (SELECT post_id FROM threads WHERE author_id = ?)`, []any{id}},
		{`DELETE FROM thread_tags WHERE thread_id IN (SELECT post_id FROM threads WHERE author_id = ?)`, []any{id}},
	}
	if err := t.forgetPictures(ctx, "account_id = ?", id); err != nil {
		return err
	}
	if err := t.countCases(ctx, "author_id = ?", -1, id); err != nil {
		return err
	}
	if err := t.forgetParticipations(ctx, id, when); err != nil {
		return err
	}
	if err := t.forgetEvidence(ctx, "account_id = ?", id); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "DELETE FROM representatives WHERE actor_id = ?", id); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "DELETE FROM answers WHERE actor_id = ?", id); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "DELETE FROM rights_of_reply WHERE post_id IN (SELECT id FROM posts WHERE author_id = ?)", id); err != nil {
		return err
	}
	if err := t.forgetConcerns(ctx, id); err != nil {
		return err
	}
	if err := t.leaveDecisions(ctx, id); err != nil {
		return err
	}
	for _, s := range steps {
		if _, err := t.exec(ctx, s.query, s.args...); err != nil {
			return err
		}
	}
	if err := t.forgetNotifications(ctx, "actor_id = ? OR account_id = ? OR post_id IN (SELECT id FROM posts WHERE author_id = ?)", id, id, id); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "UPDATE posts SET deleted_at = ?, "+wipe+" WHERE author_id = ? AND deleted_at = 0", millis(when), id); err != nil {
		return err
	}
	if err := t.eraseAccount(ctx, id); err != nil {
		return err
	}
	_, err := t.exec(ctx, `UPDATE actors SET display_name = '', summary = '', summary_source = '', icon_url = '', icon_small = '', banner_url = '', fields = '', emojis = '', links_due_at = 0, also_known_as = '', moved_to = '', leaves_at = 0, posts = 0, followers = 0, following = 0,
		suspended_reason = '', deleted_at = ? WHERE id = ?`, millis(when), id)
	return err
}

// forgetConcerns forgets what an actor told moderators; that there was something
// decided stays in the figures of the company.
func (t *tx) forgetConcerns(ctx context.Context, id forum.ID) error {
	for _, query := range []string{
		"DELETE FROM threats WHERE by_id = ?",
		"DELETE FROM concerns WHERE by_id = ? AND state = 'open'",
		"UPDATE concerns SET words = '' WHERE by_id = ?",
		"UPDATE concerns SET reply = '' WHERE post_id IN (SELECT id FROM posts WHERE author_id = ?)",
	} {
		if _, err := t.exec(ctx, query, id); err != nil {
			return err
		}
	}
	return nil
}

// accountTables hold, by account_id, what only this server knows of an account.
var accountTables = []string{"visits", "thread_follows", "tag_follows", "sessions", "app_pushes", "access_tokens", "app_codes", "bookmarks", "notes", "markers", "sent_posts", "repeats", "links", "second_steps", "recovery_codes", "passkeys", "identities", "challenges", "filters", "imports", "notification_settings", "devices", "guest_replies", "drafts"}

// eraseAccount deletes an account and all that belongs to it, but not its actor.
func (t *tx) eraseAccount(ctx context.Context, id forum.ID) error {
	if err := t.dropLists(ctx, "account_id = ?", id); err != nil {
		return err
	}
	for _, table := range accountTables {
		if _, err := t.exec(ctx, "DELETE FROM ? WHERE account_id = ?", bun.Ident(table), id); err != nil {
			return err
		}
	}
	for _, query := range []string{"DELETE FROM moderators WHERE actor_id = ? OR forum_id = ?", "DELETE FROM bans WHERE actor_id = ? OR forum_id = ?"} {
		if _, err := t.exec(ctx, query, id, id); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, "DELETE FROM accounts WHERE actor_id = ?", id)
	return err
}

const visibleReply = "posts.depth > 0 AND posts.deleted_at = 0 AND posts.removed_at = 0"

package storage

import (
	"context"

	"portevoix/forum"
)

// List implements forum.ListReader.
func (r reader) List(ctx context.Context, id forum.ID) (*forum.List, error) {
	var l forum.List
	if err := r.scan(ctx, &l, "SELECT id, account_id, title, exclusive, replies FROM lists WHERE id = ?", id); err != nil {
		return nil, err
	}
	return &l, nil
}

// Lists implements forum.ListReader.
func (r reader) Lists(ctx context.Context, account, member forum.ID) ([]forum.List, error) {
	var list []forum.List
	where, args := "account_id = ?", []any{account}
	if member != 0 {
		where, args = where+" AND id IN (SELECT list_id FROM list_members WHERE target_id = ?)", append(args, member)
	}
	err := r.scan(ctx, &list, "SELECT id, account_id, title, exclusive, replies FROM lists WHERE "+where+" ORDER BY lower(title), id", args...)
	return list, err
}

// ListMembers implements forum.ListReader.
func (r reader) ListMembers(ctx context.Context, list forum.ID, limit int) ([]forum.Actor, error) {
	var rows []actorRow
	err := r.db.NewSelect().Model(&rows).Join("JOIN list_members ON list_members.target_id = actors.id").
		Where("list_members.list_id = ?", list).Order("actors.id").Limit(int64(limit)).Scan(ctx)
	if err == nil {
		err = r.guard(ctx, &rows)
	}
	return actorsFrom(rows), err
}

// OnList implements forum.ListReader.
func (r reader) OnList(ctx context.Context, list forum.ID, actors []forum.ID) (bool, error) {
	return r.exists(ctx, "SELECT 1 FROM list_members WHERE list_id = ? AND target_id IN (?)", list, listOf(actors))
}

// atHome leaves out, of the follows of an account, those that it reads apart: whoever
// is on one of its exclusive lists.
const atHome = ` AND NOT EXISTS (SELECT 1 FROM list_members JOIN lists ON lists.id = list_members.list_id
	WHERE list_members.target_id = follows.target_id AND lists.account_id = follows.follower_id AND lists.exclusive)`

// SaveList implements forum.ListTx.
func (t *tx) SaveList(ctx context.Context, l *forum.List) error {
	_, err := t.exec(ctx, "INSERT INTO lists (id, account_id, title, exclusive, replies) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET title = excluded.title, exclusive = excluded.exclusive, replies = excluded.replies",
		l.ID, l.AccountID, l.Title, l.Exclusive, l.Replies)
	return err
}

// DeleteList implements forum.ListTx.
func (t *tx) DeleteList(ctx context.Context, id forum.ID) error {
	return t.dropLists(ctx, "id = ?", id)
}

func (t *tx) dropLists(ctx context.Context, where string, args ...any) error {
	for _, query := range []string{"DELETE FROM list_members WHERE list_id IN (SELECT id FROM lists WHERE " + where + ")", "DELETE FROM lists WHERE " + where} {
		if _, err := t.exec(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// SetListMember implements forum.ListTx.
func (t *tx) SetListMember(ctx context.Context, list, actor forum.ID, on bool) error {
	query := "DELETE FROM list_members WHERE list_id = ? AND target_id = ?"
	if on {
		query = "INSERT INTO list_members (list_id, target_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
	}
	_, err := t.exec(ctx, query, list, actor)
	return err
}

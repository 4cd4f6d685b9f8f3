package storage

import (
	"context"
	"strings"
	"time"

	"portevoix/forum"
)

type filterRow struct {
	ID        forum.ID
	AccountID forum.ID
	Kind      forum.FilterKind
	Value     string
	Action    forum.FilterAction
	Contexts  string
	Within    bool
	CreatedAt stamp
	ExpiresAt stamp
	Target    bylineRow `bun:"embed:target__"`
}

// Filters implements forum.PageReader.
func (r reader) Filters(ctx context.Context, account forum.ID, now time.Time) ([]forum.Filter, error) {
	var rows []filterRow
	err := r.scan(ctx, &rows, `SELECT filters.id, filters.account_id, filters.kind, filters.value, filters.action, filters.contexts, filters.within, filters.created_at, filters.expires_at,
		COALESCE(target.id, 0) AS target__id, COALESCE(target.name, '') AS target__name, COALESCE(target.host, '') AS target__host,
		COALESCE(target.display_name, '') AS target__display_name, COALESCE(target.kind, '') AS target__kind, COALESCE(target.group_role, '') AS target__group_role
		FROM filters LEFT JOIN actors AS target ON target.id = filters.target_id
		WHERE filters.account_id = ? AND (filters.expires_at = 0 OR filters.expires_at > ?) ORDER BY filters.id DESC`, account, millis(now))
	if err != nil {
		return nil, err
	}
	list := make([]forum.Filter, len(rows))
	for i, row := range rows {
		list[i] = forum.Filter{ID: row.ID, AccountID: row.AccountID, Kind: row.Kind, Value: row.Value, Action: row.Action,
			Contexts: contextsFrom(row.Contexts), Within: row.Within, CreatedAt: row.CreatedAt.Time, ExpiresAt: row.ExpiresAt.Time}
		if row.Target.ID != 0 {
			target := row.Target.byline()
			list[i].Target = &target
		}
	}
	return list, nil
}

// contextsText and contextsFrom write contexts into one column.
func contextsText(contexts []forum.FilterContext) string {
	list := make([]string, len(contexts))
	for i, c := range contexts {
		list[i] = string(c)
	}
	return strings.Join(list, " ")
}

func contextsFrom(text string) []forum.FilterContext {
	var list []forum.FilterContext
	for name := range strings.FieldsSeq(text) {
		list = append(list, forum.FilterContext(name))
	}
	return list
}

// AddFilter implements forum.Tx.
func (t *tx) AddFilter(ctx context.Context, f forum.Filter, most int) error {
	target := forum.ID(0)
	if f.Target != nil {
		target = f.Target.ID
	}
	if _, err := t.exec(ctx, "DELETE FROM filters WHERE account_id = ? AND (kind = ? AND value = ? AND target_id = ? OR expires_at <> 0 AND expires_at <= ?)",
		f.AccountID, f.Kind, f.Value, target, millis(f.CreatedAt)); err != nil {
		return err
	}
	n, err := t.exec(ctx, `INSERT INTO filters (id, account_id, kind, value, target_id, action, contexts, within, created_at, expires_at)
		SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM filters WHERE account_id = ?) < ?`,
		f.ID, f.AccountID, f.Kind, f.Value, target, f.Action, contextsText(f.Contexts), f.Within, millis(f.CreatedAt), millis(f.ExpiresAt), f.AccountID, most)
	if err == nil && n == 0 {
		err = &forum.Error{Code: forum.Conflict, Key: "TooManyFilters", Args: map[string]any{"Max": most}}
	}
	return err
}

// RemoveFilter implements forum.Tx.
func (t *tx) RemoveFilter(ctx context.Context, account, id forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM filters WHERE id = ? AND account_id = ?", id, account)
	return err
}

// RemoveFiltersOf implements forum.Tx.
func (t *tx) RemoveFiltersOf(ctx context.Context, account, target forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM filters WHERE account_id = ? AND target_id = ?", account, target)
	return err
}

// Muted implements forum.ExportReader.
func (r reader) Muted(ctx context.Context, account, after forum.ID, limit int) ([]forum.Actor, error) {
	var rows []actorRow
	err := r.db.NewSelect().Model(&rows).Join("JOIN filters ON filters.target_id = actors.id AND filters.kind = 'person' AND filters.action = 'hide'").
		Where("filters.account_id = ? AND actors.id > ?", account, after).Order("actors.id").Limit(int64(limit)).Scan(ctx)
	return actorsFrom(rows), err
}

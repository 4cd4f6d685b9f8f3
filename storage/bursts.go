package storage

import (
	"cmp"
	"context"
	"slices"
	"time"

	"portevoix/forum"
)

// Bursts implements forum.ParticipationPages.
func (r reader) Bursts(ctx context.Context, q forum.BurstsQuery) ([]forum.Burst, error) {
	var list []forum.Burst
	const minute = int64(time.Minute / time.Millisecond)
	for _, group := range []struct {
		kind  forum.BurstKind
		by    string // what they have in common, as text
		where string
		least int
	}{
		{forum.BurstNetwork, "network", "network <> ''", q.Least},
		{forum.BurstAgent, "agent || '.' || CAST(created_at / 3600000 AS TEXT)", "agent <> ''", q.Least},
		{forum.BurstServer, "server", "server <> '' AND tier = 'new'", q.Least},
		{forum.BurstMinute, "CAST(created_at / 60000 AS TEXT)", "1 = 1", q.Minute},
	} {
		var rows []struct {
			What   string `bun:"what"`
			Agent  string `bun:"agent"`
			Number int    `bun:"number"`
			First  int64  `bun:"first"`
		}
		err := r.scan(ctx, &rows, "SELECT "+group.by+" AS what, min(agent) AS agent, count(*) AS number, min(created_at) AS first FROM participations WHERE kind = ? AND subject_id = ? AND created_at >= ? AND "+
			counting+" AND "+group.where+" GROUP BY 1 HAVING count(*) >= ? ORDER BY 3 DESC, 1 LIMIT ?", q.Kind, q.Subject, millis(q.Since), group.least, q.Limit)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			b := forum.Burst{Kind: group.kind, Number: row.Number, At: time.UnixMilli(row.First).UTC(), Rule: forum.InvalidationRule{Kind: q.Kind, Subject: q.Subject}}
			switch group.kind {
			case forum.BurstNetwork:
				b.Rule.Network = row.What
			case forum.BurstAgent:
				b.Rule.Agent = row.Agent
				b.Rule.From = b.At.Truncate(time.Hour)
				b.Rule.Until = b.Rule.From.Add(time.Hour)
			case forum.BurstServer:
				b.Rule.Server, b.Rule.Tier = &row.What, forum.TierNew
			case forum.BurstMinute:
				b.Rule.From = time.UnixMilli(row.First / minute * minute).UTC()
				b.Rule.Until = b.Rule.From.Add(time.Minute)
			}
			list = append(list, b)
		}
	}
	slices.SortStableFunc(list, func(a, b forum.Burst) int { return cmp.Compare(b.Number, a.Number) })
	return list[:min(len(list), q.Limit)], nil
}

// CountedSince implements forum.ParticipationPages.
func (r reader) CountedSince(ctx context.Context, since time.Time) ([]forum.Counted, error) {
	var rows []struct {
		Kind      forum.ParticipationKind
		SubjectID forum.ID
		ToldAt    stamp
	}
	err := r.scan(ctx, &rows, `SELECT DISTINCT hours.kind, hours.subject_id, COALESCE(told.told_at, 0) AS told_at FROM participation_hours AS hours
		LEFT JOIN burst_alerts AS told ON told.kind = hours.kind AND told.subject_id = hours.subject_id
		WHERE hours.hour >= ? AND hours.number > 0 AND hours.tier <> 'invalidated'`, millis(since.Truncate(time.Hour)))
	list := make([]forum.Counted, len(rows))
	for i, row := range rows {
		list[i] = forum.Counted{Kind: row.Kind, Subject: row.SubjectID, ToldAt: row.ToldAt.Time}
	}
	return list, err
}

// AlertedOfBurst implements forum.ParticipationTx.
func (t *tx) AlertedOfBurst(ctx context.Context, kind forum.ParticipationKind, subject forum.ID, when time.Time) error {
	_, err := t.exec(ctx, "INSERT INTO burst_alerts (kind, subject_id, told_at) VALUES (?, ?, ?) ON CONFLICT (kind, subject_id) DO UPDATE SET told_at = excluded.told_at", kind, subject, millis(when))
	return err
}

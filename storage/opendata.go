package storage

import (
	"context"
	"encoding/json"
	"fmt"

	"portevoix/forum"
)

// Archives implements forum.DataStore.
func (r reader) Archives(ctx context.Context) ([]forum.Archive, error) {
	var rows []struct {
		Day      forum.Date
		File     string
		Bytes    int64
		MadeAt   stamp
		Contents string
	}
	if err := r.scan(ctx, &rows, "SELECT day, file, bytes, made_at, contents FROM archives ORDER BY day DESC"); err != nil {
		return nil, err
	}
	list := make([]forum.Archive, len(rows))
	for i, row := range rows {
		list[i] = forum.Archive{Day: row.Day, File: row.File, Bytes: row.Bytes, MadeAt: row.MadeAt.Time}
		if err := json.Unmarshal([]byte(row.Contents), &list[i].Tables); err != nil {
			return nil, fmt.Errorf("archive of %s: %w", row.Day, err)
		}
	}
	return list, nil
}

// SaveArchive implements forum.DataTx.
func (t *tx) SaveArchive(ctx context.Context, a forum.Archive, keep int) error {
	contents, err := json.Marshal(a.Tables)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		query string
		args  []any
	}{
		{"INSERT INTO discarded_files (name) SELECT file FROM archives WHERE day = ? AND file <> ? ON CONFLICT DO NOTHING", []any{a.Day, a.File}},
		{`INSERT INTO archives (day, file, bytes, made_at, contents) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (day) DO UPDATE SET file = excluded.file, bytes = excluded.bytes, made_at = excluded.made_at, contents = excluded.contents`,
			[]any{a.Day, a.File, a.Bytes, at(a.MadeAt), string(contents)}},
		{"INSERT INTO discarded_files (name) SELECT file FROM archives WHERE day NOT IN (SELECT day FROM archives ORDER BY day DESC LIMIT ?) ON CONFLICT DO NOTHING", []any{keep}},
		{"DELETE FROM archives WHERE day NOT IN (SELECT day FROM archives ORDER BY day DESC LIMIT ?)", []any{keep}},
	} {
		if _, err := t.exec(ctx, step.query, step.args...); err != nil {
			return err
		}
	}
	return nil
}

// DataGroups implements forum.DataStore.
func (r reader) DataGroups(ctx context.Context, role forum.GroupRole, after forum.ID, limit int) ([]forum.Forum, error) {
	var rows []forumWithActor
	err := r.scan(ctx, &rows, selectForum+`WHERE actor.group_role = ? AND actor.id > ? AND actor.deleted_at = 0 AND NOT actor.local_only
		AND (actor.host = '' OR forums.threads > 0) ORDER BY actor.id LIMIT ?`, role, after, limit)
	list := make([]forum.Forum, len(rows))
	for i := range rows {
		list[i] = rows[i].forum()
	}
	return list, err
}

// DataCases implements forum.DataStore.
func (r reader) DataCases(ctx context.Context, after forum.ID, limit int) ([]forum.DataCase, error) {
	var rows []struct {
		figureRow   `bun:"embed:"`
		URI         string `bun:"uri"`
		Product     string
		ForumName   string
		ForumHost   string
		CompanyName string
		CompanyHost string
	}
	err := r.scan(ctx, &rows, `SELECT counted.*, posts.uri AS uri, threads.product AS product, homes.name AS forum_name, homes.host AS forum_host,
		COALESCE(companies.name, '') AS company_name, COALESCE(companies.host, '') AS company_host
		FROM (`+selectFigures+` AND NOT homes.local_only AND threads.post_id > ? ORDER BY threads.post_id LIMIT ?) AS counted
		JOIN posts ON posts.id = counted.id JOIN threads ON threads.post_id = counted.id JOIN actors AS homes ON homes.id = counted.forum_id
		LEFT JOIN actors AS companies ON companies.id = counted.company_id ORDER BY counted.id`, after, limit)
	list := make([]forum.DataCase, len(rows))
	for i, row := range rows {
		list[i] = forum.DataCase{FigureCase: row.figureCase(), URI: row.URI, Product: row.Product,
			Forum: forum.Handle{Name: row.ForumName, Host: row.ForumHost}, Company: forum.Handle{Name: row.CompanyName, Host: row.CompanyHost}}
	}
	return list, err
}

// ModerationFigures implements forum.DataStore. The counts run over whole tables;
// they are made once a day.
func (r reader) ModerationFigures(ctx context.Context) (forum.ModerationFigures, error) {
	var f forum.ModerationFigures
	err := r.scan(ctx, &f, `SELECT
		(SELECT count(*) FROM reports WHERE state = 'open') AS reports_open,
		(SELECT count(*) FROM reports WHERE state = 'closed') AS reports_closed,
		(SELECT count(*) FROM posts WHERE removed_at <> 0 AND NOT private) AS removed,
		(SELECT count(*) FROM bans) AS bans,
		(SELECT count(*) FROM peer_rules) AS peer_rules`)
	return f, err
}

// openSubjects are the cases and actions whose counts are for everybody, with their
// addresses.
const openSubjects = `(SELECT 'co_claim' AS kind, threads.post_id AS id, posts.uri AS uri FROM threads JOIN posts ON posts.id = threads.post_id
		JOIN actors AS homes ON homes.id = threads.forum_id WHERE NOT threads.hidden AND NOT homes.local_only
	UNION ALL SELECT 'signature', actors.id, actors.uri FROM actions JOIN actors ON actors.id = actions.actor_id WHERE actions.published_at <> 0 AND actors.deleted_at = 0)`

// DataCounts implements forum.DataStore.
func (r reader) DataCounts(ctx context.Context, hourly bool, after forum.DataCount, limit int) ([]forum.DataCount, error) {
	table, of, last := "participation_tallies", "server", any(after.Server)
	if hourly {
		table, of, last = "participation_hours", "hour", any(at(after.Hour))
	}
	var rows []struct {
		Kind      forum.ParticipationKind
		SubjectID forum.ID
		URI       string `bun:"uri"`
		Tier      forum.Tier
		Server    string
		Hour      stamp
		Number    int
	}
	err := r.scan(ctx, &rows, "SELECT counts.kind, counts.subject_id, counts.tier, counts."+of+", counts.number, subjects.uri AS uri FROM "+table+" AS counts JOIN "+openSubjects+` AS subjects
		ON subjects.kind = counts.kind AND subjects.id = counts.subject_id
		WHERE counts.number <> 0 AND (counts.kind, counts.subject_id, counts.tier, counts.`+of+`) > (?, ?, ?, ?)
		ORDER BY counts.kind, counts.subject_id, counts.tier, counts.`+of+" LIMIT ?", after.Kind, after.SubjectID, after.Tier, last, limit)
	list := make([]forum.DataCount, len(rows))
	for i, row := range rows {
		list[i] = forum.DataCount{Kind: row.Kind, SubjectID: row.SubjectID, URI: row.URI, Tier: row.Tier, Server: row.Server, Hour: row.Hour.Time, Number: row.Number}
	}
	return list, err
}

// DataInvalidations implements forum.DataStore.
func (r reader) DataInvalidations(ctx context.Context, after forum.ID, limit int) ([]forum.DataInvalidation, error) {
	var rows []struct {
		ID        forum.ID
		Kind      forum.ParticipationKind
		SubjectID forum.ID
		URI       string `bun:"uri"`
		Reason    string
		Number    int
		CreatedAt stamp
		UndoneAt  stamp
	}
	err := r.scan(ctx, &rows, `SELECT invalidations.id, invalidations.kind, invalidations.subject_id, invalidations.reason, invalidations.number, invalidations.created_at, invalidations.undone_at, subjects.uri AS uri
		FROM invalidations JOIN `+openSubjects+` AS subjects ON subjects.kind = invalidations.kind AND subjects.id = invalidations.subject_id
		WHERE invalidations.id > ? ORDER BY invalidations.id LIMIT ?`, after, limit)
	list := make([]forum.DataInvalidation, len(rows))
	for i, row := range rows {
		list[i] = forum.DataInvalidation{Invalidation: forum.Invalidation{ID: row.ID, Kind: row.Kind, SubjectID: row.SubjectID, Reason: row.Reason, Number: row.Number, At: row.CreatedAt.Time, UndoneAt: row.UndoneAt.Time}, URI: row.URI}
	}
	return list, err
}

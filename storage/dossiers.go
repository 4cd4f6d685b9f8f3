package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

type dossierRow struct {
	ID        forum.ID
	Kind      forum.DossierKind
	SubjectID forum.ID
	ByID      forum.ID
	Language  string
	State     forum.DossierState
	Progress  int
	File      string
	SHA256    string `bun:"sha256"`
	Bytes     int64
	MadeAt    stamp
}

func (r *dossierRow) dossier() forum.Dossier {
	return forum.Dossier{ID: r.ID, Kind: r.Kind, SubjectID: r.SubjectID, ByID: r.ByID, Language: r.Language, State: r.State, Progress: r.Progress, File: r.File, SHA256: r.SHA256, Bytes: r.Bytes, MadeAt: r.MadeAt.Time}
}

const dossierFields = "dossiers.id, dossiers.kind, dossiers.subject_id, dossiers.by_id, dossiers.language, dossiers.state, dossiers.progress, dossiers.file, dossiers.sha256, dossiers.bytes, dossiers.made_at"

// Dossier implements forum.DossierStore.
func (r reader) Dossier(ctx context.Context, id forum.ID) (*forum.Dossier, error) {
	var row dossierRow
	if err := r.scan(ctx, &row, "SELECT "+dossierFields+" FROM dossiers WHERE id = ?", id); err != nil {
		return nil, err
	}
	d := row.dossier()
	return &d, nil
}

// accessesShown bounds what is told of who opened the dossiers of a subject.
const accessesShown = 100

// Dossiers implements forum.DossierStore.
func (r reader) Dossiers(ctx context.Context, kind forum.DossierKind, subject forum.ID, limit int) ([]forum.DossierView, error) {
	var rows []struct {
		dossierRow `bun:"embed:"`
		By         nobodyRow `bun:"embed:by__"`
	}
	err := r.scan(ctx, &rows, "SELECT "+dossierFields+`, `+nobodyColumns("by_actor", "by")+`
		FROM dossiers LEFT JOIN actors AS by_actor ON by_actor.id = dossiers.by_id AND by_actor.deleted_at = 0
		WHERE dossiers.kind = ? AND dossiers.subject_id = ? ORDER BY dossiers.id DESC LIMIT ?`, kind, subject, limit)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	views, place := make([]forum.DossierView, len(rows)), map[forum.ID]int{}
	for i := range rows {
		views[i] = forum.DossierView{Dossier: rows[i].dossier(), By: rows[i].By.byline(rows[i].ByID)}
		place[rows[i].ID] = i
	}
	var opened []struct {
		DossierID forum.ID
		ActorID   forum.ID
		At        stamp
		Actor     nobodyRow `bun:"embed:actor__"`
	}
	err = r.scan(ctx, &opened, `SELECT dossier_accesses.dossier_id, dossier_accesses.actor_id, dossier_accesses.at, `+nobodyColumns("actor", "actor")+`
		FROM dossier_accesses JOIN dossiers ON dossiers.id = dossier_accesses.dossier_id
		LEFT JOIN actors AS actor ON actor.id = dossier_accesses.actor_id AND actor.deleted_at = 0
		WHERE dossiers.kind = ? AND dossiers.subject_id = ? ORDER BY dossier_accesses.at DESC LIMIT ?`, kind, subject, accessesShown)
	for _, o := range opened {
		if i, shown := place[o.DossierID]; shown {
			views[i].Accesses = append(views[i].Accesses, forum.DossierAccess{DossierID: o.DossierID, At: o.At.Time, Actor: o.Actor.byline(o.ActorID)})
		}
	}
	return views, err
}

// nobodyColumns selects the little of an actor that may be missing.
func nobodyColumns(from, as string) string {
	columns := ""
	for _, c := range []string{"name", "host", "display_name", "kind", "group_role"} {
		if columns != "" {
			columns += ", "
		}
		columns += "COALESCE(" + from + "." + c + ", '') AS " + as + "__" + c
	}
	return columns
}

func (r nobodyRow) byline(id forum.ID) forum.Byline {
	return forum.Byline{ID: id, Name: r.Name, Host: r.Host, DisplayName: r.DisplayName, Kind: r.Kind, GroupRole: r.GroupRole}
}

// AddDossier implements forum.DossierTx.
func (t *tx) AddDossier(ctx context.Context, d forum.Dossier) error {
	_, err := t.exec(ctx, "INSERT INTO dossiers (id, kind, subject_id, by_id, language, state, progress, file, bytes, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		d.ID, d.Kind, d.SubjectID, d.ByID, d.Language, d.State, d.Progress, d.File, d.Bytes, at(d.MadeAt))
	return err
}

// UpdateDossier implements forum.DossierTx.
func (t *tx) UpdateDossier(ctx context.Context, d forum.Dossier) error {
	_, err := t.exec(ctx, "UPDATE dossiers SET state = ?, progress = ?, file = ?, sha256 = ?, bytes = ?, made_at = ? WHERE id = ?", d.State, d.Progress, d.File, d.SHA256, d.Bytes, at(d.MadeAt), d.ID)
	return err
}

// AddDossierAccess implements forum.DossierTx.
func (t *tx) AddDossierAccess(ctx context.Context, dossier, actor forum.ID, when time.Time) error {
	_, err := t.exec(ctx, "INSERT INTO dossier_accesses (dossier_id, actor_id, at) VALUES (?, ?, ?)", dossier, actor, at(when))
	return err
}

// DropDossiers implements forum.DossierTx.
func (t *tx) DropDossiers(ctx context.Context, before forum.ID) error {
	const over = `(dossiers.id < ? OR dossiers.kind = 'case' AND EXISTS (SELECT 1 FROM threads WHERE threads.post_id = dossiers.subject_id AND threads.hidden)
		OR NOT EXISTS (SELECT 1 FROM actors WHERE actors.id = dossiers.by_id AND actors.deleted_at = 0))`
	for _, query := range []string{
		"INSERT INTO discarded_files (name) SELECT DISTINCT file FROM dossiers WHERE file <> '' AND " + over + " ON CONFLICT DO NOTHING",
		"DELETE FROM dossier_accesses WHERE dossier_id IN (SELECT id FROM dossiers WHERE " + over + ")",
		"DELETE FROM dossiers WHERE " + over,
	} {
		if _, err := t.exec(ctx, query, before); err != nil {
			return err
		}
	}
	return nil
}

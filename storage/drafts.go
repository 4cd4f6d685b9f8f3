package storage

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type draftRow struct {
	bun.BaseModel `bun:"table:drafts,alias:drafts"`

	ID          forum.ID         `bun:"id,pk"`
	AccountID   forum.ID         `bun:"account_id"`
	Forum       string           `bun:"forum"`
	ThreadID    forum.ID         `bun:"thread_id"`
	ParentID    forum.ID         `bun:"parent_id"`
	ThreadTitle string           `bun:"thread_title,scanonly"`
	Kind        forum.ThreadKind `bun:"kind"`
	Title       string           `bun:"title"`
	Body        string           `bun:"body"`
	Language    string           `bun:"language"`
	Note        string           `bun:"content_note"`
	Pictures    string           `bun:"pictures"`
	Poll        string           `bun:"poll"`
	Case        string           `bun:"case_facts"`
	SavedAt     stamp            `bun:"saved_at"`
	DueAt       stamp            `bun:"due_at"`
	Problem     string           `bun:"problem"`
	PostID      forum.ID         `bun:"post_id"`
}

func newDraftRow(d *forum.Draft) (*draftRow, error) {
	problem := ""
	if d.Problem != nil {
		packed, err := json.Marshal(draftProblem{d.Problem.Code, d.Problem.Key, d.Problem.Args, d.Problem.Field})
		if err != nil {
			return nil, err
		}
		problem = string(packed)
	}
	pictures := make([]string, len(d.Pictures))
	for i, id := range d.Pictures {
		pictures[i] = id.String()
	}
	return &draftRow{ID: d.ID, AccountID: d.AccountID, Forum: d.Forum, ThreadID: d.ThreadID, ParentID: d.ParentID, Kind: d.Kind, Title: d.Title, Body: d.Body,
		Language: d.Language, Note: d.Note, Pictures: strings.Join(pictures, " "), Poll: packNewPoll(d.Poll), Case: packNewCase(d.Case), SavedAt: at(d.SavedAt), DueAt: at(d.DueAt), Problem: problem, PostID: d.PostID}, nil
}

// draftProblem is a forum.Error as it is stored.
type draftProblem struct {
	Code  forum.Code
	Key   string
	Args  map[string]any `json:",omitempty"`
	Field string         `json:",omitempty"`
}

func (r *draftRow) draft() forum.Draft {
	d := forum.Draft{ID: r.ID, AccountID: r.AccountID, Forum: r.Forum, ThreadID: r.ThreadID, ParentID: r.ParentID, ThreadTitle: r.ThreadTitle, Kind: r.Kind, Title: r.Title,
		Body: r.Body, Language: r.Language, Note: r.Note, SavedAt: r.SavedAt.Time, DueAt: r.DueAt.Time, PostID: r.PostID, Poll: unpackNewPoll(r.Poll), Case: unpackNewCase(r.Case)}
	for _, text := range strings.Fields(r.Pictures) {
		if id, err := forum.ParseID(text); err == nil {
			d.Pictures = append(d.Pictures, id)
		}
	}
	var p draftProblem
	if r.Problem != "" && json.Unmarshal([]byte(r.Problem), &p) == nil {
		d.Problem = &forum.Error{Code: p.Code, Key: p.Key, Args: p.Args, Field: p.Field}
	}
	return d
}

var selectDrafts = `SELECT drafts.*, CASE WHEN root.deleted_at = 0 AND root.removed_at = 0 AND (author.leaves_at = 0 OR author.id = drafts.account_id) AND (NOT root.private OR ` + readsForum("drafts.account_id", "root.forum_id") + `) THEN root.title ELSE '' END AS thread_title
	FROM drafts LEFT JOIN posts AS root ON root.id = drafts.thread_id LEFT JOIN actors AS author ON author.id = root.author_id `

// Draft implements forum.Reader.
func (r reader) Draft(ctx context.Context, id forum.ID) (*forum.Draft, error) {
	var row draftRow
	if err := r.scan(ctx, &row, selectDrafts+"WHERE drafts.id = ?", id); err != nil {
		return nil, err
	}
	d := row.draft()
	return &d, nil
}

// DraftFor implements forum.PageReader.
func (r reader) DraftFor(ctx context.Context, account forum.ID, handle string, parent forum.ID) (*forum.Draft, error) {
	var row draftRow
	err := r.scan(ctx, &row, selectDrafts+`WHERE drafts.account_id = ? AND drafts.post_id = 0 AND drafts.due_at = 0 AND drafts.forum = ? AND drafts.parent_id = ?
		ORDER BY drafts.id DESC LIMIT 1`, account, handle, parent)
	if err != nil {
		return nil, err
	}
	d := row.draft()
	return &d, nil
}

// Drafts implements forum.PageReader.
func (r reader) Drafts(ctx context.Context, account forum.ID, held bool, before forum.ID, limit int) ([]forum.Draft, error) {
	where, args := "WHERE drafts.account_id = ? AND drafts.post_id = 0 AND (drafts.due_at <> 0) = ?", []any{account, held}
	if before != 0 {
		where, args = where+" AND drafts.id < ?", append(args, before)
	}
	var rows []draftRow
	if err := r.scan(ctx, &rows, selectDrafts+where+" ORDER BY drafts.id DESC LIMIT ?", append(args, limit)...); err != nil {
		return nil, err
	}
	list := make([]forum.Draft, len(rows))
	for i := range rows {
		list[i] = rows[i].draft()
	}
	return list, nil
}

// AddDraft implements forum.Tx.
func (t *tx) AddDraft(ctx context.Context, d *forum.Draft, most int) error {
	var n int
	if err := t.scan(ctx, &n, "SELECT count(*) FROM drafts WHERE account_id = ? AND post_id = 0 AND (due_at <> 0) = ?", d.AccountID, d.Held()); err != nil {
		return err
	}
	if n >= most {
		return &forum.Error{Code: forum.TooMany, Key: "TooManyDrafts", Args: map[string]any{"Max": most}}
	}
	row, err := newDraftRow(d)
	if err != nil {
		return err
	}
	if _, err := t.db.NewInsert().Model(row).Exec(ctx); err != nil {
		return err
	}
	return t.tiePictures(ctx, d)
}

// UpdateDraft implements forum.Tx.
func (t *tx) UpdateDraft(ctx context.Context, d *forum.Draft) error {
	row, err := newDraftRow(d)
	if err != nil {
		return err
	}
	if _, err := t.db.NewUpdate().Model(row).WherePK().ExcludeColumn("id", "account_id", "post_id").Exec(ctx); err != nil {
		return err
	}
	return t.tiePictures(ctx, d)
}

// tiePictures keeps a draft's pictures from being swept away, and no others for
// its sake.
func (t *tx) tiePictures(ctx context.Context, d *forum.Draft) error {
	if err := t.loosenPictures(ctx, d.ID); err != nil || len(d.Pictures) == 0 {
		return err
	}
	_, err := t.exec(ctx, "UPDATE pictures SET draft_id = ? WHERE id IN (?) AND account_id = ? AND post_id = 0", d.ID, listOf(d.Pictures), d.AccountID)
	return err
}

func (t *tx) loosenPictures(ctx context.Context, draft forum.ID) error {
	_, err := t.exec(ctx, "UPDATE pictures SET draft_id = 0 WHERE draft_id = ? AND draft_id <> 0", draft)
	return err
}

// FinishDraft implements forum.Tx.
func (t *tx) FinishDraft(ctx context.Context, d *forum.Draft, post forum.ID, when time.Time) (bool, error) {
	n, err := t.exec(ctx, `UPDATE drafts SET post_id = ?, saved_at = ?, due_at = 0, title = '', body = '', content_note = '', pictures = '', poll = '', case_facts = '', problem = ''
		WHERE id = ? AND post_id = 0 AND due_at = ? AND saved_at = ?`, post, millis(when), d.ID, millis(d.DueAt), millis(d.SavedAt))
	if err != nil || n == 0 {
		return false, err
	}
	return true, t.loosenPictures(ctx, d.ID)
}

// RemoveDraft implements forum.Tx.
func (t *tx) RemoveDraft(ctx context.Context, id forum.ID) error {
	if err := t.loosenPictures(ctx, id); err != nil {
		return err
	}
	_, err := t.exec(ctx, "DELETE FROM drafts WHERE id = ?", id)
	return err
}

package storage

import (
	"context"
	"encoding/json"
	"strings"

	"portevoix/forum"
)

type importRow struct {
	ID         forum.ID
	AccountID  forum.ID
	Kind       forum.ImportKind
	Handles    string
	Total      int
	Done       int
	Failed     int
	Problems   string
	CreatedAt  stamp
	FinishedAt stamp
}

func (r importRow) read() (forum.Import, error) {
	i := forum.Import{ID: r.ID, AccountID: r.AccountID, Kind: r.Kind, Total: r.Total, Done: r.Done, Failed: r.Failed,
		CreatedAt: r.CreatedAt.Time, FinishedAt: r.FinishedAt.Time}
	if r.Handles != "" {
		i.Handles = strings.Split(r.Handles, "\n")
	}
	if r.Problems != "" {
		if err := json.Unmarshal([]byte(r.Problems), &i.Problems); err != nil {
			return i, err
		}
	}
	return i, nil
}

// Import implements forum.Reader.
func (r reader) Import(ctx context.Context, id forum.ID) (*forum.Import, error) {
	var row importRow
	if err := r.scan(ctx, &row, "SELECT * FROM imports WHERE id = ?", id); err != nil {
		return nil, err
	}
	i, err := row.read()
	return &i, err
}

// Imports implements forum.Reader.
func (r reader) Imports(ctx context.Context, account forum.ID, limit int) ([]forum.Import, error) {
	var rows []importRow
	err := r.scan(ctx, &rows, `SELECT id, account_id, kind, '' AS handles, total, done, failed, problems, created_at, finished_at
		FROM imports WHERE account_id = ? ORDER BY id DESC LIMIT ?`, account, limit)
	if err != nil {
		return nil, err
	}
	list := make([]forum.Import, len(rows))
	for i := range rows {
		if list[i], err = rows[i].read(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// AddImport implements forum.Tx.
func (t *tx) AddImport(ctx context.Context, i forum.Import) error {
	_, err := t.exec(ctx, "INSERT INTO imports (id, account_id, kind, handles, total, created_at) VALUES (?, ?, ?, ?, ?, ?)",
		i.ID, i.AccountID, i.Kind, strings.Join(i.Handles, "\n"), i.Total, millis(i.CreatedAt))
	return err
}

// MoveImport implements forum.Tx.
func (t *tx) MoveImport(ctx context.Context, i forum.Import, from int) (bool, error) {
	problems := ""
	if len(i.Problems) > 0 {
		data, err := json.Marshal(i.Problems)
		if err != nil {
			return false, err
		}
		problems = string(data)
	}
	n, err := t.exec(ctx, "UPDATE imports SET handles = ?, done = ?, failed = ?, problems = ?, finished_at = ? WHERE id = ? AND done = ?",
		strings.Join(i.Handles, "\n"), i.Done, i.Failed, problems, millis(i.FinishedAt), i.ID, from)
	return n == 1, err
}

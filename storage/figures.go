package storage

import (
	"context"

	"portevoix/forum"
)

// figureRow is a row of threads, with what figures need of other tables.
type figureRow struct {
	ID            forum.ID
	ForumID       forum.ID
	CompanyID     forum.ID
	ProductID     forum.ID
	Kind          forum.ThreadKind
	State         forum.CaseState
	StateAt       stamp
	ExperiencedOn forum.Date
	Amount        int64
	Currency      string
	Evidence      forum.EvidenceLevel
	Host          string
	AnswerID      forum.ID
	Promised      forum.Date
}

func (r *figureRow) figureCase() forum.FigureCase {
	c := forum.FigureCase{
		ID: r.ID, ForumID: r.ForumID, CompanyID: r.CompanyID, ProductID: r.ProductID, Kind: r.Kind, State: r.State, StateAt: r.StateAt.Time,
		ExperiencedOn: r.ExperiencedOn, Amount: forum.Amount{Minor: r.Amount, Currency: r.Currency}, Evidence: r.Evidence, Host: r.Host, Promised: r.Promised,
	}
	if r.AnswerID != 0 {
		c.AnsweredAt = r.AnswerID.Time()
	}
	return c
}

// selectFigures finds cases that count: complete ones that nobody hid and that are
// no duplicates. The conditions are those of the indexes figures walk along.
const selectFigures = `SELECT threads.post_id AS id, threads.forum_id, threads.company_id, threads.product_id, threads.kind, threads.state, threads.state_at,
	threads.experienced_on, threads.amount, threads.currency, threads.evidence, authors.host AS host,
	COALESCE((SELECT min(id) FROM case_moves WHERE thread_id = threads.post_id AND mover = 'company'), 0) AS answer_id,
	COALESCE((SELECT promised_on FROM case_moves WHERE thread_id = threads.post_id AND promised_on <> '' ORDER BY id DESC LIMIT 1), '') AS promised
	FROM threads JOIN actors AS authors ON authors.id = threads.author_id JOIN actors AS homes ON homes.id = threads.forum_id
	WHERE threads.kind IN ('grievance', 'review') AND NOT threads.hidden AND NOT threads.incomplete AND threads.merged_into = 0`

// FigureCases implements forum.PageReader.
func (r reader) FigureCases(ctx context.Context, subject forum.FigureSubject, limit int) ([]forum.FigureCase, error) {
	where, id := " AND NOT homes.local_only AND threads.company_id = ?", subject.ID
	switch {
	case subject.Role == forum.RoleForum:
		where = " AND threads.forum_id = ?"
	case subject.Role == forum.RoleAction:
		where = " AND NOT homes.local_only AND threads.post_id IN (SELECT thread_id FROM action_cases WHERE action_id = ?)"
	case subject.Product != 0:
		return r.figureCases(ctx, selectFigures+" AND NOT homes.local_only AND threads.product_id = ? AND threads.company_id = ? ORDER BY threads.post_id DESC LIMIT ?", subject.Product, subject.ID, limit)
	}
	return r.figureCases(ctx, selectFigures+where+" ORDER BY threads.post_id DESC LIMIT ?", id, limit)
}

func (r reader) figureCases(ctx context.Context, query string, args ...any) ([]forum.FigureCase, error) {
	var rows []figureRow
	if err := r.scan(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	cases := make([]forum.FigureCase, len(rows))
	for i := range rows {
		cases[i] = rows[i].figureCase()
	}
	return cases, nil
}

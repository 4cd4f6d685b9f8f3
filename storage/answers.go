package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type representativeRow struct {
	bun.BaseModel `bun:"table:representatives,alias:representatives"`

	CompanyID    forum.ID          `bun:"company_id,pk"`
	ActorID      forum.ID          `bun:"actor_id,pk"`
	ID           forum.ID          `bun:"id"`
	Method       forum.ProofMethod `bun:"method"`
	Domain       string            `bun:"domain"`
	Token        string            `bun:"token"`
	Email        string            `bun:"email"`
	Holds        bool              `bun:"holds"`
	AskedAt      stamp             `bun:"asked_at"`
	VerifiedAt   stamp             `bun:"verified_at"`
	CheckedAt    stamp             `bun:"checked_at"`
	FailingSince stamp             `bun:"failing_since"`
	RevokedAt    stamp             `bun:"revoked_at"`
}

func (r *representativeRow) representative() forum.Representative {
	return forum.Representative{ID: r.ID, CompanyID: r.CompanyID, ActorID: r.ActorID, Method: r.Method, Domain: r.Domain, Token: r.Token, Email: r.Email, Holds: r.Holds,
		AskedAt: r.AskedAt.Time, VerifiedAt: r.VerifiedAt.Time, CheckedAt: r.CheckedAt.Time, FailingSince: r.FailingSince.Time, RevokedAt: r.RevokedAt.Time}
}

func (r reader) representativeWhere(ctx context.Context, where string, args ...any) (*forum.Representative, error) {
	var row representativeRow
	if err := r.db.NewSelect().Model(&row).Where(where, args...).Scan(ctx); err != nil {
		return nil, translate(err)
	}
	found := row.representative()
	return &found, nil
}

// RepresentativeOf implements forum.AnswerReader.
func (r reader) RepresentativeOf(ctx context.Context, company, actor forum.ID) (*forum.Representative, error) {
	return r.representativeWhere(ctx, "company_id = ? AND actor_id = ?", company, actor)
}

// RepresentativeTold implements forum.AnswerReader.
func (r reader) RepresentativeTold(ctx context.Context, company, actor forum.ID) (*forum.Representative, error) {
	var row toldRepresentativeRow
	err := r.scan(ctx, &row, `SELECT told.* FROM told_representatives AS told JOIN actors ON actors.uri = told.actor_uri
		WHERE told.company_id = ? AND actors.id = ?`, company, actor)
	if err != nil {
		return nil, err
	}
	return &forum.Representative{CompanyID: company, ActorID: actor, Method: row.Method, Domain: row.Domain, Holds: true, VerifiedAt: row.VerifiedAt.Time}, nil
}

// toldRepresentativeRow is somebody who speaks for a company whose page is elsewhere.
type toldRepresentativeRow struct {
	bun.BaseModel `bun:"table:told_representatives,alias:told"`

	CompanyID  forum.ID          `bun:"company_id,pk"`
	ActorURI   string            `bun:"actor_uri,pk"`
	Method     forum.ProofMethod `bun:"method"`
	Domain     string            `bun:"domain"`
	VerifiedAt stamp             `bun:"verified_at"`
}

// saveTold keeps who speaks for a company, as its page tells now.
func (t *tx) saveTold(ctx context.Context, company forum.ID, list []forum.Representative, when time.Time) error {
	if _, err := t.exec(ctx, "DELETE FROM told_representatives WHERE company_id = ?", company); err != nil || len(list) == 0 {
		return err
	}
	rows := make([]toldRepresentativeRow, len(list))
	for i := range list {
		rows[i] = toldRepresentativeRow{CompanyID: company, ActorURI: list[i].Actor.URI, Method: list[i].Method, Domain: list[i].Domain, VerifiedAt: at(when)}
	}
	_, err := t.db.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}

// RepresentativeByToken implements forum.AnswerReader.
func (r reader) RepresentativeByToken(ctx context.Context, token string) (*forum.Representative, error) {
	return r.representativeWhere(ctx, "token = ?", token)
}

// Representatives implements forum.AnswerReader.
func (r reader) Representatives(ctx context.Context, company forum.ID) ([]forum.Representative, error) {
	var rows []struct {
		representativeRow `bun:",extend"`
		Actor             bylineRow `bun:"embed:who__"`
	}
	err := r.scan(ctx, &rows, "SELECT representatives.*, "+bylineColumns("who")+` FROM representatives JOIN actors AS who ON who.id = representatives.actor_id
		WHERE company_id = ? AND revoked_at = 0 ORDER BY asked_at`, company)
	var list []forum.Representative
	for i := range rows {
		one := rows[i].representative()
		one.Actor = rows[i].Actor.byline()
		list = append(list, one)
	}
	return list, err
}

// ProofsDue implements forum.AnswerReader.
func (r reader) ProofsDue(ctx context.Context, before time.Time, limit int) ([]forum.Representative, error) {
	var rows []representativeRow
	err := r.db.NewSelect().Model(&rows).Where("verified_at <> 0 AND revoked_at = 0 AND checked_at < ?", millis(before)).Order("checked_at").Limit(int64(limit)).Scan(ctx)
	var list []forum.Representative
	for i := range rows {
		list = append(list, rows[i].representative())
	}
	return list, err
}

// SaveRepresentative implements forum.AnswerTx.
func (t *tx) SaveRepresentative(ctx context.Context, r *forum.Representative) error {
	if _, err := t.exec(ctx, "DELETE FROM representatives WHERE company_id = ? AND actor_id = ?", r.CompanyID, r.ActorID); err != nil {
		return err
	}
	_, err := t.db.NewInsert().Model(&representativeRow{CompanyID: r.CompanyID, ActorID: r.ActorID, ID: r.ID, Method: r.Method, Domain: r.Domain, Token: r.Token, Email: r.Email, Holds: r.Holds,
		AskedAt: at(r.AskedAt), VerifiedAt: at(r.VerifiedAt), CheckedAt: at(r.CheckedAt), FailingSince: at(r.FailingSince), RevokedAt: at(r.RevokedAt)}).Exec(ctx)
	return err
}

type answerRow struct {
	bun.BaseModel `bun:"table:answers,alias:answers"`

	PostID    forum.ID           `bun:"post_id,pk"`
	ThreadID  forum.ID           `bun:"thread_id"`
	CompanyID forum.ID           `bun:"company_id"`
	ActorID   forum.ID           `bun:"actor_id"`
	Type      forum.AnswerType   `bun:"type"`
	Detail    forum.AnswerDetail `bun:"detail"`
	PromiseBy forum.Date         `bun:"promise_by"`
	Method    forum.ProofMethod  `bun:"method"`
	Domain    string             `bun:"domain"`
	Verdict   forum.Verdict      `bun:"verdict"`
	VerdictAt stamp              `bun:"verdict_at"`
	GivenAt   stamp              `bun:"given_at"`
}

func (r *answerRow) answer() forum.Answer {
	return forum.Answer{PostID: r.PostID, ThreadID: r.ThreadID, CompanyID: r.CompanyID, ActorID: r.ActorID, Type: r.Type, Detail: r.Detail, PromiseBy: r.PromiseBy,
		Method: r.Method, Domain: r.Domain, Verdict: r.Verdict, VerdictAt: r.VerdictAt.Time, At: r.GivenAt.Time}
}

// AnswerOf implements forum.AnswerReader.
func (r reader) AnswerOf(ctx context.Context, post forum.ID) (*forum.Answer, error) {
	var row answerRow
	if err := r.db.NewSelect().Model(&row).Where("post_id = ?", post).Scan(ctx); err != nil {
		return nil, translate(err)
	}
	a := row.answer()
	return &a, nil
}

// Answers implements forum.AnswerReader: in two queries, the second only where
// there are answers.
func (r reader) Answers(ctx context.Context, thread, viewer forum.ID, limit int) ([]forum.AnswerView, error) {
	var rows []answerRow
	if err := r.db.NewSelect().Model(&rows).Where("thread_id = ?", thread).Order("post_id").Limit(int64(limit)).Scan(ctx); err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]forum.ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].PostID
	}
	posts, err := r.Posts(ctx, ids, viewer)
	if err != nil {
		return nil, err
	}
	var list []forum.AnswerView
	for i := range rows {
		for _, p := range posts {
			if p.ID == rows[i].PostID && !p.Hidden() {
				list = append(list, forum.AnswerView{Answer: rows[i].answer(), Post: p})
			}
		}
	}
	return list, nil
}

// AddAnswer implements forum.AnswerTx.
func (t *tx) AddAnswer(ctx context.Context, a forum.Answer) error {
	_, err := t.db.NewInsert().Model(&answerRow{PostID: a.PostID, ThreadID: a.ThreadID, CompanyID: a.CompanyID, ActorID: a.ActorID, Type: a.Type, Detail: a.Detail,
		PromiseBy: a.PromiseBy, Method: a.Method, Domain: a.Domain, GivenAt: at(a.At)}).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}

// SetVerdict implements forum.AnswerTx.
func (t *tx) SetVerdict(ctx context.Context, post forum.ID, v forum.Verdict, when time.Time) error {
	_, err := t.exec(ctx, "UPDATE answers SET verdict = ?, verdict_at = ? WHERE post_id = ?", v, millis(when), post)
	return err
}

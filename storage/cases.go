package storage

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"portevoix/forum"
)

// caseRow is what a row of threads holds of a case.
type caseRow struct {
	CompanyID         forum.ID            `bun:"company_id"`
	Company           string              `bun:"company"`
	CompanyHandle     string              `bun:"company_handle"`
	CompanyURI        string              `bun:"company_uri"`
	ProductID         forum.ID            `bun:"product_id"`
	Product           string              `bun:"product"`
	ExperiencedOn     forum.Date          `bun:"experienced_on"`
	Amount            int64               `bun:"amount"`
	Currency          string              `bun:"currency"`
	Wants             string              `bun:"wants"`
	Place             string              `bun:"place"`
	Feeling           string              `bun:"feeling"`
	Evidence          forum.EvidenceLevel `bun:"evidence"`
	State             forum.CaseState     `bun:"state"`
	StateAt           stamp               `bun:"state_at"`
	PromisedOn        forum.Date          `bun:"promised_on"`
	Incomplete        bool                `bun:"incomplete"`
	CompanyAnnounceID forum.ID            `bun:"company_announce_id"`
	MergedInto        forum.ID            `bun:"merged_into"`
	AskAt             stamp               `bun:"ask_at"`
}

// caseColumns are those of caseRow, without what lists do not show.
var caseColumns = []string{"company_id", "company", "company_handle", "company_uri", "product_id", "product", "experienced_on", "amount", "currency", "wants", "place",
	"evidence", "state", "state_at", "promised_on", "incomplete", "company_announce_id", "merged_into", "ask_at"}

// wipeCase empties what an author stated.
const wipeCase = "company_id = 0, company = '', company_handle = '', company_uri = '', product_id = 0, product = '', experienced_on = '', amount = 0, currency = '', wants = '', place = '', feeling = '', ask_at = 0"

func newCaseRow(c *forum.Case) caseRow {
	if c == nil {
		return caseRow{}
	}
	wants := make([]string, len(c.Wants))
	for i, w := range c.Wants {
		wants[i] = string(w)
	}
	return caseRow{
		CompanyID: c.CompanyID, Company: c.Company, CompanyHandle: c.CompanyHandle, CompanyURI: c.CompanyURI, ProductID: c.ProductID, Product: c.Product,
		ExperiencedOn: c.ExperiencedOn, Amount: c.Amount.Minor, Currency: c.Amount.Currency, Wants: strings.Join(wants, " "), Place: c.Place, Feeling: c.Feeling,
		Evidence: c.Evidence, State: c.State, StateAt: at(c.StateAt), PromisedOn: c.PromisedOn, Incomplete: c.Incomplete, CompanyAnnounceID: c.AnnounceID,
		MergedInto: c.MergedInto, AskAt: at(c.AskAt),
	}
}

// facts is the case of a thread of a kind, nil for kinds that are none.
func (r *caseRow) facts(kind forum.ThreadKind) *forum.Case {
	if kind != forum.Grievance && kind != forum.Review {
		return nil
	}
	c := &forum.Case{
		CompanyID: r.CompanyID, Company: r.Company, CompanyHandle: r.CompanyHandle, CompanyURI: r.CompanyURI, ProductID: r.ProductID, Product: r.Product,
		ExperiencedOn: r.ExperiencedOn, Amount: forum.Amount{Minor: r.Amount, Currency: r.Currency}, Place: r.Place, Feeling: r.Feeling,
		Evidence: r.Evidence, State: r.State, StateAt: r.StateAt.Time, PromisedOn: r.PromisedOn, Incomplete: r.Incomplete, AnnounceID: r.CompanyAnnounceID,
		MergedInto: r.MergedInto, AskAt: r.AskAt.Time,
	}
	for _, w := range strings.Fields(r.Wants) {
		c.Wants = append(c.Wants, forum.Want(w))
	}
	return c
}

// SetCase implements forum.Tx.
func (t *tx) SetCase(ctx context.Context, thread forum.ID, c *forum.Case) error {
	if err := t.countCase(ctx, thread, -1); err != nil {
		return err
	}
	row := &threadRow{PostID: thread, caseRow: newCaseRow(c)}
	if _, err := t.db.NewUpdate().Model(row).WherePK().Column(append([]string{"feeling"}, caseColumns...)...).Exec(ctx); err != nil {
		return err
	}
	return t.countCase(ctx, thread, 1)
}

func packNewCase(n *forum.NewCase) string {
	if n.Empty() {
		return ""
	}
	packed, err := json.Marshal(n)
	if err != nil {
		return ""
	}
	return string(packed)
}

func unpackNewCase(packed string) *forum.NewCase {
	var n forum.NewCase
	if packed == "" || json.Unmarshal([]byte(packed), &n) != nil {
		return nil
	}
	return &n
}

// CasesOf implements forum.ExportReader.
func (r reader) CasesOf(ctx context.Context, account, after forum.ID, limit int) (map[forum.ID]*forum.Case, error) {
	var rows []threadRow
	err := r.db.NewSelect().Model(&rows).Where("author_id = ? AND post_id > ? AND kind IN ('grievance', 'review')", account, after).Order("post_id").Limit(int64(limit)).Scan(ctx)
	cases := map[forum.ID]*forum.Case{}
	for i := range rows {
		cases[rows[i].PostID] = rows[i].facts(rows[i].Kind)
	}
	return cases, err
}

// AddCaseMove implements forum.Tx.
func (t *tx) AddCaseMove(ctx context.Context, m forum.CaseMove) error {
	_, err := t.exec(ctx, "INSERT INTO case_moves (id, thread_id, from_state, to_state, mover, actor_id, promised_on, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		m.ID, m.ThreadID, m.From, m.To, m.Mover, m.ActorID, m.PromisedOn, m.Note)
	return err
}

// CaseMoves implements forum.PageReader.
func (r reader) CaseMoves(ctx context.Context, thread forum.ID, limit int) ([]forum.CaseMove, error) {
	var rows []struct {
		ID         forum.ID
		ThreadID   forum.ID
		FromState  forum.CaseState
		ToState    forum.CaseState
		Mover      forum.CaseMover
		ActorID    forum.ID
		PromisedOn forum.Date
		Note       string
		Actor      nobodyRow `bun:"embed:actor__"`
	}
	err := r.scan(ctx, &rows, `SELECT case_moves.*, COALESCE(actor.name, '') AS actor__name, COALESCE(actor.host, '') AS actor__host,
		COALESCE(actor.display_name, '') AS actor__display_name, COALESCE(actor.kind, '') AS actor__kind, COALESCE(actor.group_role, '') AS actor__group_role
		FROM case_moves LEFT JOIN actors AS actor ON actor.id = case_moves.actor_id AND actor.deleted_at = 0
		WHERE case_moves.thread_id = ? ORDER BY case_moves.id DESC LIMIT ?`, thread, limit)
	list := make([]forum.CaseMove, len(rows))
	for i, row := range rows {
		list[i] = forum.CaseMove{ID: row.ID, ThreadID: row.ThreadID, From: row.FromState, To: row.ToState, Mover: row.Mover, ActorID: row.ActorID, PromisedOn: row.PromisedOn, Note: row.Note,
			Actor: forum.Byline{ID: row.ActorID, Name: row.Actor.Name, Host: row.Actor.Host, DisplayName: row.Actor.DisplayName, Kind: row.Actor.Kind, GroupRole: row.Actor.GroupRole}}
	}
	return list, err
}

// nobodyRow is the little of an actor that may be there or not.
type nobodyRow struct {
	Name        string          `bun:"name"`
	Host        string          `bun:"host"`
	DisplayName string          `bun:"display_name"`
	Kind        forum.ActorKind `bun:"kind"`
	GroupRole   forum.GroupRole `bun:"group_role"`
}

// CasesToAsk implements forum.Reader.
func (r reader) CasesToAsk(ctx context.Context, now time.Time, limit int) ([]forum.ID, error) {
	var ids []forum.ID
	err := r.scan(ctx, &ids, "SELECT post_id FROM threads WHERE ask_at <> 0 AND ask_at <= ? ORDER BY ask_at LIMIT ?", millis(now), limit)
	return ids, err
}

// addCase lets the page of its company count a new case.
func (t *tx) addCase(ctx context.Context, th *forum.Thread) error {
	if th.Case == nil || th.Case.CompanyID == 0 {
		return nil
	}
	if err := t.countCase(ctx, th.ID, 1); err != nil {
		return err
	}
	return t.touchForum(ctx, th.Case.CompanyID, 0, th.ActiveAt)
}

// CasesMergedInto implements forum.PageReader.
func (r reader) CasesMergedInto(ctx context.Context, thread forum.ID, limit int) ([]forum.PostURI, error) {
	return r.postURIs(ctx, "posts JOIN threads ON threads.post_id = posts.id WHERE threads.merged_into = ? AND NOT threads.hidden", thread, 0, limit)
}

package api

import (
	"net/http"

	"portevoix/forum"
)

// caseEntity is what a grievance or a review states.
type caseEntity struct {
	Company       *string       `json:"company"` // handle of its page; null where it has none
	CompanyName   *string       `json:"company_name"`
	Product       *string       `json:"product"`
	ExperiencedOn *string       `json:"experienced_on"`
	Amount        *amountEntity `json:"amount"`
	Wants         []string      `json:"wants"`
	Place         *string       `json:"place"`
	Feeling       *string       `json:"feeling"` // empty in lists
	Evidence      string        `json:"evidence"`
	StateAt       *string       `json:"state_at"`
	PromisedOn    *string       `json:"promised_on"`
	Incomplete    bool          `json:"incomplete"` // without a date: no figure includes it
	MergedInto    *string       `json:"merged_into"`
}

type amountEntity struct {
	Value    string `json:"value"`
	Currency string `json:"currency"`
}

func caseOf(c *forum.Case) *caseEntity {
	if c == nil {
		return nil
	}
	e := &caseEntity{
		Company: stringOrNull(c.CompanyHandle), CompanyName: stringOrNull(c.Company), Product: stringOrNull(c.Product), ExperiencedOn: stringOrNull(string(c.ExperiencedOn)),
		Wants: []string{}, Place: stringOrNull(c.Place), Feeling: stringOrNull(c.Feeling), Evidence: string(c.Evidence), StateAt: momentOrNull(c.StateAt),
		PromisedOn: stringOrNull(string(c.PromisedOn)), Incomplete: c.Incomplete,
	}
	if c.Amount.Known() {
		e.Amount = &amountEntity{Value: c.Amount.Value(), Currency: c.Amount.Currency}
	}
	for _, want := range c.Wants {
		e.Wants = append(e.Wants, string(want))
	}
	if c.MergedInto != 0 {
		e.MergedInto = stringOrNull(c.MergedInto.String())
	}
	return e
}

// newCase is what a program states of a case.
type newCase struct {
	Company       string        `json:"company"` // handle of its page, or its name
	Product       string        `json:"product"`
	ExperiencedOn string        `json:"experienced_on"`
	Amount        *amountEntity `json:"amount"`
	Wants         []string      `json:"wants"`
	Place         string        `json:"place"`
	Feeling       string        `json:"feeling"`
}

func (n *newCase) facts() *forum.NewCase {
	if n == nil {
		return nil
	}
	c := &forum.NewCase{Company: n.Company, Product: n.Product, ExperiencedOn: n.ExperiencedOn, Place: n.Place, Feeling: n.Feeling}
	if n.Amount != nil {
		c.Amount, c.Currency = n.Amount.Value, n.Amount.Currency
	}
	for _, want := range n.Wants {
		c.Wants = append(c.Wants, forum.Want(want))
	}
	return c
}

// moveEntity is one step of a case.
type moveEntity struct {
	From       *string       `json:"from"`
	To         string        `json:"to"`
	By         string        `json:"by"` // "author", "moderator", "company" or "time"
	Author     *authorEntity `json:"author"`
	PromisedOn *string       `json:"promised_on"`
	Note       *string       `json:"note"`
	At         string        `json:"at"`
}

// maxMoves bounds the history of a case.
const maxMoves = 100

// listMoves lists where a case stood, the last move first.
func (a *API) listMoves(c *call) error {
	p, err := a.post(c, true)
	if err != nil {
		return err
	}
	moves, err := a.store.CaseMoves(c.r.Context(), p.ID, maxMoves)
	if err != nil {
		return err
	}
	list := make([]moveEntity, len(moves))
	for i, m := range moves {
		list[i] = moveEntity{From: stringOrNull(string(m.From)), To: string(m.To), By: string(m.Mover), PromisedOn: stringOrNull(string(m.PromisedOn)), Note: stringOrNull(m.Note), At: moment(m.At())}
		if m.Actor.Name != "" {
			by := author(m.Actor)
			list[i].Author = &by
		}
	}
	return c.write(http.StatusOK, list)
}

// moveCase moves a case, and answers with its thread.
func (a *API) moveCase(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	p, err := a.post(c, true)
	if err != nil {
		return err
	}
	var in struct {
		State string `json:"state"`
		Note  string `json:"note"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	if err := a.service.MoveCase(c.r.Context(), by, p.ID, forum.CaseState(in.State), in.Note); err != nil {
		return err
	}
	return a.answerThread(c, http.StatusOK, p.ID)
}

// mergeCase makes a case a duplicate of another, and answers with its thread.
func (a *API) mergeCase(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	p, err := a.post(c, true)
	if err != nil {
		return err
	}
	var in struct {
		Into string `json:"into"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	into, err := forum.ParseID(in.Into)
	if err != nil {
		return err
	}
	if err := a.service.MergeCases(c.r.Context(), by, p.ID, into); err != nil {
		return err
	}
	return a.answerThread(c, http.StatusOK, p.ID)
}

// unmergeCase takes that back.
func (a *API) unmergeCase(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	p, err := a.post(c, true)
	if err != nil {
		return err
	}
	if err := a.service.UnmergeCase(c.r.Context(), by, p.ID); err != nil {
		return err
	}
	return a.answerThread(c, http.StatusOK, p.ID)
}

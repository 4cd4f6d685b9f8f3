package api

import (
	"net/http"

	"portevoix/forum"
)

// threatEntity is what a representative reported of a threat, sealed.
type threatEntity struct {
	ID            string        `json:"id"`
	Handle        *string       `json:"handle"`         // of the account that threatened
	ExperiencedOn *string       `json:"experienced_on"` // 2006-01-02
	Amount        *amountEntity `json:"amount"`
	Words         string        `json:"words"` // plain text
	CreatedAt     string        `json:"created_at"`
}

func threatOf(t *forum.Threat) threatEntity {
	e := threatEntity{ID: t.ID.String(), Handle: stringOrNull(t.Handle), ExperiencedOn: stringOrNull(string(t.ExperiencedOn)), Words: t.Words, CreatedAt: moment(t.At)}
	if t.Amount.Known() {
		e.Amount = &amountEntity{Value: t.Amount.Value(), Currency: t.Amount.Currency}
	}
	return e
}

// listThreats lists what one reported of threats against a company and still waits.
func (a *API) listThreats(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	company, err := a.company(c)
	if err != nil {
		return err
	}
	found, err := a.service.Threats(c.r.Context(), by, company.Handle())
	if err != nil {
		return err
	}
	list := make([]threatEntity, len(found))
	for i := range found {
		list[i] = threatOf(&found[i])
	}
	return c.write(http.StatusOK, list)
}

// reportThreat seals what a representative reports of a threat.
func (a *API) reportThreat(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	company, err := a.company(c)
	if err != nil {
		return err
	}
	var in struct {
		Handle        string        `json:"handle"`
		ExperiencedOn string        `json:"experienced_on"`
		Amount        *amountEntity `json:"amount"`
		Words         string        `json:"words"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	n := forum.NewThreat{Company: company.Handle(), Handle: in.Handle, ExperiencedOn: in.ExperiencedOn, Words: in.Words}
	if in.Amount != nil {
		n.Amount, n.Currency = in.Amount.Value, in.Amount.Currency
	}
	t, err := a.service.ReportThreat(c.r.Context(), by, n)
	if err != nil {
		return err
	}
	return c.write(http.StatusCreated, threatOf(t))
}

// withdrawThreat forgets a threat that one reported.
func (a *API) withdrawThreat(c *call, by *forum.Account, id forum.ID) error {
	if err := a.service.WithdrawThreat(c.r.Context(), by, id); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

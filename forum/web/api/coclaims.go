package api

import (
	"net/http"
	"time"

	"portevoix/forum"
)

// countedEntity is who is counted on something, and how.
type countedEntity struct {
	Counts        actionCountsEntity   `json:"counts"`
	CountedBy     string               `json:"counted_by"` // the server that counts
	Joined        bool                 `json:"joined"`     // by whom the token acts for
	Servers       []serverCountEntity  `json:"servers"`    // the largest first, at most 500
	Hours         []hourCount          `json:"hours"`
	Invalidations []invalidationEntity `json:"invalidations"`
}

type hourCount struct {
	Hour    string `json:"hour"`
	Counted int    `json:"counted"`
}

type invalidationEntity struct {
	ID       string                 `json:"id"`
	Reason   string                 `json:"reason"`
	Rule     forum.InvalidationRule `json:"rule"`
	Number   int                    `json:"number"`
	At       string                 `json:"at"`
	UndoneAt *string                `json:"undone_at"`
}

func invalidationOf(i *forum.Invalidation) invalidationEntity {
	return invalidationEntity{i.ID.String(), i.Reason, i.Rule, i.Number, moment(i.At), momentOrNull(i.UndoneAt)}
}

// newClaim is what somebody says to whom the same happened.
type newClaim struct {
	ExperiencedOn string        `json:"experienced_on"`
	Amount        *amountEntity `json:"amount"`
	Words         string        `json:"words"`
	NameShown     bool          `json:"name_shown"`
	Updates       bool          `json:"updates"`
	Dossier       bool          `json:"dossier"`
	Contact       bool          `json:"contact"`
}

func (n *newClaim) details() forum.ParticipationDetails {
	d := forum.ParticipationDetails{ExperiencedOn: n.ExperiencedOn, Words: n.Words, Consents: forum.Consents{NameShown: n.NameShown, Updates: n.Updates, Dossier: n.Dossier, Contact: n.Contact}}
	if n.Amount != nil {
		d.Amount, d.Currency = n.Amount.Value, n.Amount.Currency
	}
	return d
}

// claim counts whom the token acts for as somebody to whom the same happened (on),
// or no longer.
func (a *API) claim(on bool) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		p, err := a.post(c, true)
		if err != nil {
			return err
		}
		if !on {
			if err := a.service.Leave(c.r.Context(), by, p.ID); err != nil {
				return err
			}
			return a.answerThread(c, http.StatusOK, p.ID)
		}
		var in newClaim
		if c.r.ContentLength != 0 {
			if err := c.read(&in); err != nil {
				return err
			}
		}
		if _, err := a.service.Join(c.r.Context(), by, p.ID, forum.RouteAPI, in.details()); err != nil {
			return err
		}
		return a.answerThread(c, http.StatusOK, p.ID)
	}
}

// counted tells how many are counted on a thread, and how.
func (a *API) counted(c *call) error {
	p, err := a.post(c, true)
	if err != nil {
		return err
	}
	t, err := a.store.Thread(c.r.Context(), p.ID)
	if err != nil {
		return err
	}
	e, err := a.countsOf(c, forum.CoClaim, t.ID)
	if err != nil {
		return err
	}
	if t.CoClaimsTold != nil {
		e.Counts, e.CountedBy = actionCounts(*t.CoClaimsTold), forum.HostOf(t.URI)
	}
	return c.write(http.StatusOK, e)
}

// countsOf tells who is counted here on a subject.
func (a *API) countsOf(c *call, kind forum.ParticipationKind, id forum.ID) (*countedEntity, error) {
	ctx := c.r.Context()
	tally, err := a.store.TierTally(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	servers, err := a.store.TallyByServer(ctx, kind, id, 500)
	if err != nil {
		return nil, err
	}
	hours, err := a.store.TallyByHour(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	invalidations, err := a.store.Invalidations(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	e := &countedEntity{Counts: actionCounts(tally), CountedBy: a.service.Addresses().Host(), Servers: []serverCountEntity{}, Hours: []hourCount{}, Invalidations: []invalidationEntity{}}
	for _, s := range servers {
		host := s.Server
		if host == "" {
			host = e.CountedBy
		}
		if s.Tally.Signed() > 0 {
			e.Servers = append(e.Servers, serverCountEntity{host, s.Tally.Signed()})
		}
	}
	for _, h := range hours {
		if n := h.Tally.Signed(); n > 0 {
			e.Hours = append(e.Hours, hourCount{h.Hour.Format(time.RFC3339), n})
		}
	}
	for _, i := range invalidations {
		e.Invalidations = append(e.Invalidations, invalidationOf(&i))
	}
	if by := c.viewerID(); by != 0 {
		own, err := a.store.ParticipationOf(ctx, kind, id, by)
		if err != nil && forum.CodeOf(err) != forum.NotFound {
			return nil, err
		}
		e.Joined = err == nil && own.Stands()
	}
	return e, nil
}

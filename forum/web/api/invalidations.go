package api

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// burstEntity is a number of people that look as if somebody had invented them.
type burstEntity struct {
	Kind   string                 `json:"kind"`
	Rule   forum.InvalidationRule `json:"rule"` // that would take them out
	Number int                    `json:"number"`
	At     string                 `json:"at"`
}

// countedOn is a subject whose counts an address is about.
type countedOn struct {
	kind forum.ParticipationKind
	id   forum.ID
}

// countedAddress is where the counts of a kind of subject are moderated.
type countedAddress struct {
	path    string
	subject func(c *call) (countedOn, error)
}

func (a *API) countedAddresses() []countedAddress {
	return []countedAddress{
		{"/{kind:threads}/{id:[0-9]+}", func(c *call) (countedOn, error) {
			p, err := a.post(c, true)
			if err != nil {
				return countedOn{}, err
			}
			return countedOn{forum.CoClaim, p.ID}, nil
		}},
		{"/actions/{handle}", func(c *call) (countedOn, error) {
			v, err := a.action(c)
			if err != nil {
				return countedOn{}, err
			}
			return countedOn{forum.Signature, v.ID}, nil
		}},
	}
}

func (a *API) registerInvalidations(on func(method, path string, h handler)) {
	for _, at := range a.countedAddresses() {
		on(http.MethodGet, at.path+"/bursts", a.listBursts(at.subject))
		on(http.MethodPost, at.path+"/invalidations", a.invalidate(at.subject))
		on(http.MethodPost, at.path+"/invalidations/match", a.matchInvalidation(at.subject))
		on(http.MethodDelete, at.path+"/invalidations/{invalidation:[0-9]+}", a.undoInvalidation(at.subject))
	}
}

// listBursts lists what looks like a burst, the largest first, for moderators.
func (a *API) listBursts(subject func(*call) (countedOn, error)) handler {
	return func(c *call) error {
		by, err := c.account(forum.ScopeRead)
		if err != nil {
			return err
		}
		on, err := subject(c)
		if err != nil {
			return err
		}
		found, err := a.service.Bursts(c.r.Context(), by, on.kind, on.id)
		if err != nil {
			return err
		}
		list := make([]burstEntity, len(found))
		for i, b := range found {
			list[i] = burstEntity{string(b.Kind), b.Rule, b.Number, moment(b.At)}
		}
		return c.write(http.StatusOK, list)
	}
}

// invalidationInput is whom to take out, and why.
type invalidationInput struct {
	Rule   forum.InvalidationRule `json:"rule"`
	Reason string                 `json:"reason"`
}

// ruled reads who asks, on what, and the rule.
func (a *API) ruled(c *call, subject func(*call) (countedOn, error)) (*forum.Account, invalidationInput, error) {
	var in invalidationInput
	by, err := c.writer()
	if err != nil {
		return nil, in, err
	}
	on, err := subject(c)
	if err != nil {
		return nil, in, err
	}
	if err := c.read(&in); err != nil {
		return nil, in, err
	}
	in.Rule.Kind, in.Rule.Subject = on.kind, on.id
	in.Rule.Name = strings.TrimPrefix(strings.TrimSpace(in.Rule.Name), "@")
	if in.Rule.Server != nil {
		server := strings.ToLower(strings.TrimSpace(*in.Rule.Server))
		if server == a.service.Addresses().Host() {
			server = ""
		}
		in.Rule.Server = &server
	}
	return by, in, nil
}

// matchInvalidation tells how many a rule would take out.
func (a *API) matchInvalidation(subject func(*call) (countedOn, error)) handler {
	return func(c *call) error {
		by, in, err := a.ruled(c, subject)
		if err != nil {
			return err
		}
		n, err := a.service.MatchInvalidation(c.r.Context(), by, in.Rule)
		if err != nil {
			return err
		}
		return c.write(http.StatusOK, matchedEntity{n})
	}
}

type matchedEntity struct {
	Number int `json:"number"`
}

// invalidate takes those to whom a rule applies out of the counts.
func (a *API) invalidate(subject func(*call) (countedOn, error)) handler {
	return func(c *call) error {
		by, in, err := a.ruled(c, subject)
		if err != nil {
			return err
		}
		i, err := a.service.Invalidate(c.r.Context(), by, in.Rule, in.Reason)
		if err != nil {
			return err
		}
		return c.write(http.StatusCreated, invalidationOf(i))
	}
}

// undoInvalidation counts those again who still want to be counted.
func (a *API) undoInvalidation(subject func(*call) (countedOn, error)) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		on, err := subject(c)
		if err != nil {
			return err
		}
		id, err := forum.ParseID(mux.Vars(c.r)["invalidation"])
		if err != nil {
			return err
		}
		if err := a.service.UndoInvalidation(c.r.Context(), by, on.kind, on.id, id); err != nil {
			return err
		}
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

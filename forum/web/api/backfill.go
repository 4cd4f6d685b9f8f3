package api

import (
	"net/http"

	"portevoix/forum"
)

type backfillEntity struct {
	State      *string         `json:"state"`
	Read       int             `json:"read"`
	Added      int             `json:"added"`
	Known      *int            `json:"known"`
	FinishedAt *string         `json:"finished_at"`
	Missing    []missingEntity `json:"missing"`
}

type missingEntity struct {
	Host   string `json:"host"`
	Count  int    `json:"count"`
	URL    string `json:"url"`
	Reason string `json:"reason"`
}

// showBackfill tells how far the reading of a thread from other servers has come.
func (a *API) showBackfill(c *call) error {
	p, err := a.post(c, true)
	if err != nil {
		return err
	}
	return a.answerBackfill(c, http.StatusOK, p.ID)
}

// fetchReplies asks for what is missing of a thread.
func (a *API) fetchReplies(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	p, err := a.post(c, true)
	if err != nil {
		return err
	}
	if err := a.service.FetchReplies(c.r.Context(), by, p.ID); err != nil {
		return err
	}
	return a.answerBackfill(c, http.StatusAccepted, p.ID)
}

func (a *API) answerBackfill(c *call, status int, thread forum.ID) error {
	b, err := a.store.Backfill(c.r.Context(), thread)
	if err != nil {
		return err
	}
	e := backfillEntity{State: stringOrNull(string(b.State)), Read: b.Read, Added: b.Added, FinishedAt: momentOrNull(b.FinishedAt), Missing: []missingEntity{}}
	if b.Known > 0 {
		e.Known = &b.Known
	}
	for _, m := range b.Missing {
		e.Missing = append(e.Missing, missingEntity{Host: m.Host, Count: m.Count, URL: m.URL, Reason: string(m.Reason)})
	}
	return c.write(status, e)
}

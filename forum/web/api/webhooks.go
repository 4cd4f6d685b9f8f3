package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// webhookEntity is a program that is called.
type webhookEntity struct {
	ID           string   `json:"id"`
	URL          string   `json:"url"`
	Events       []string `json:"events"`
	Secret       *string  `json:"secret"` // where it is new; null otherwise
	CreatedAt    string   `json:"created_at"`
	PausedAt     *string  `json:"paused_at"`     // null: it is called
	FailingSince *string  `json:"failing_since"` // null: the last call arrived
}

// webhookCallEntity is a call in the log of a webhook.
type webhookCallEntity struct {
	ID        string  `json:"id"`
	Event     string  `json:"event"`
	Attempts  int     `json:"attempts"`
	Status    *int    `json:"status"` // of the last answer; null: none
	Error     *string `json:"error"`  // of the last attempt
	CreatedAt string  `json:"created_at"`
	NextAt    *string `json:"next_at"` // of the next attempt; null: none
	DoneAt    *string `json:"done_at"` // when it arrived, or was given up
	Arrived   bool    `json:"arrived"`
}

func webhookOf(w *forum.Webhook, secret bool) webhookEntity {
	e := webhookEntity{ID: w.ID.String(), URL: w.URL, Events: []string{}, CreatedAt: moment(w.CreatedAt), PausedAt: momentOrNull(w.PausedAt), FailingSince: momentOrNull(w.FailingSince)}
	for _, event := range w.Events {
		e.Events = append(e.Events, string(event))
	}
	if secret {
		e.Secret = stringOrNull(w.Secret)
	}
	return e
}

// listWebhooks lists those of the forum in the address, or of the server.
func (a *API) listWebhooks(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	found, err := a.service.Webhooks(c.r.Context(), by, mux.Vars(c.r)["name"])
	if err != nil {
		return err
	}
	list := make([]webhookEntity, len(found))
	for i := range found {
		list[i] = webhookOf(&found[i], false)
	}
	return c.write(http.StatusOK, list)
}

// addWebhook has a program called.
func (a *API) addWebhook(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		URL    string               `json:"url"`
		Events []forum.WebhookEvent `json:"events"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	w, err := a.service.AddWebhook(c.r.Context(), by, forum.NewWebhook{Forum: mux.Vars(c.r)["name"], URL: in.URL, Events: in.Events})
	if err != nil {
		return err
	}
	return c.write(http.StatusCreated, webhookOf(w, true))
}

// changeWebhook pauses a webhook, or has it called again.
func (a *API) changeWebhook(c *call, by *forum.Account, id forum.ID) error {
	var in struct {
		Paused bool `json:"paused"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	w, err := a.service.PauseWebhook(c.r.Context(), by, id, in.Paused)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, webhookOf(w, false))
}

// renewWebhookSecret gives a webhook another secret, which is shown once.
func (a *API) renewWebhookSecret(c *call, by *forum.Account, id forum.ID) error {
	w, err := a.service.RenewWebhookSecret(c.r.Context(), by, id)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, webhookOf(w, true))
}

// testWebhook calls a program once.
func (a *API) testWebhook(c *call, by *forum.Account, id forum.ID) error {
	w, err := a.service.TestWebhook(c.r.Context(), by, id)
	if err != nil {
		return err
	}
	return c.write(http.StatusAccepted, webhookOf(w, false))
}

func (a *API) removeWebhook(c *call, by *forum.Account, id forum.ID) error {
	if _, err := a.service.RemoveWebhook(c.r.Context(), by, id); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// listWebhookCalls lists the last calls of a webhook, the last first.
func (a *API) listWebhookCalls(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	_, log, err := a.service.WebhookLog(c.r.Context(), by, id)
	if err != nil {
		return err
	}
	list := make([]webhookCallEntity, len(log))
	for i := range log {
		d := &log[i]
		list[i] = webhookCallEntity{ID: d.ID.String(), Event: string(d.Event), Attempts: d.Tries, Error: stringOrNull(d.Error), CreatedAt: moment(d.ID.Time()), NextAt: momentOrNull(d.NextAt), DoneAt: momentOrNull(d.DoneAt), Arrived: d.Arrived()}
		if d.Status != 0 {
			list[i].Status = &d.Status
		}
	}
	return c.write(http.StatusOK, list)
}

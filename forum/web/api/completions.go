package api

import (
	"net/http"

	"portevoix/forum"
)

// completionEntity is what a word that is begun may become.
type completionEntity struct {
	Text  string        `json:"text"`  // with its sign
	Actor *authorEntity `json:"actor"` // whom it mentions; null for a hashtag
}

// complete lists what a word may become that begins with @, ! or #.
func (a *API) complete(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	found, err := a.service.Complete(c.r.Context(), by, c.r.URL.Query().Get("word"))
	if err != nil {
		return err
	}
	list := make([]completionEntity, len(found))
	for i, f := range found {
		list[i].Text = f.Text
		if f.Actor != nil {
			list[i].Actor = &authorEntity{Handle: f.Actor.Handle(), URI: f.Actor.URI, URL: f.Actor.URL, DisplayName: f.Actor.Label()}
		}
	}
	return c.write(http.StatusOK, list)
}

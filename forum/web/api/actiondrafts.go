package api

import "portevoix/forum"

// inviteSponsor asks an account on another server to stand behind an action.
func (a *API) inviteSponsor(c *call, by *forum.Account, handle string) error {
	var in struct {
		Account string `json:"account"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	return a.service.InviteSponsor(c.r.Context(), by, handle, in.Account)
}

// setActionVideo gives a draft a recording that was uploaded before.
func (a *API) setActionVideo(c *call, by *forum.Account, handle string) error {
	var in struct {
		MediaID string `json:"media_id"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	id, err := forum.ParseID(in.MediaID)
	if err != nil {
		return err
	}
	return a.service.SetActionVideo(c.r.Context(), by, handle, forum.PictureChoice{ID: id})
}

func (a *API) removeActionVideo(c *call, by *forum.Account, handle string) error {
	return a.service.SetActionVideo(c.r.Context(), by, handle, forum.PictureChoice{})
}

// askSponsors puts a draft before sponsors, or takes it back from them.
func (a *API) askSponsors(on bool) handler {
	return a.onAction(func(c *call, by *forum.Account, handle string) error {
		return a.service.AskSponsors(c.r.Context(), by, handle, on)
	})
}

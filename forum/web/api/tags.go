package api

import (
	"net/http"

	"github.com/gorilla/mux"
)

type followedTagEntity struct {
	Followed bool `json:"followed"`
}

// followTag follows a hashtag, or no longer does.
func (a *API) followTag(on bool) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		if err := a.service.FollowTag(c.r.Context(), by, mux.Vars(c.r)["tag"], on); err != nil {
			return err
		}
		return c.write(http.StatusOK, followedTagEntity{Followed: on})
	}
}

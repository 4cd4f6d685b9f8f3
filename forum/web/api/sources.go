package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

type sourceEntity struct {
	Forum string `json:"forum"` // or a hashtag, with its sign
	URI   string `json:"uri"`   // "" of a hashtag
	URL   string `json:"url"`
	State string `json:"state"` // "accepted" or "pending"
	Since string `json:"since"`
}

// listSources lists which forums and hashtags a forum follows.
func (a *API) listSources(c *call) error {
	f, err := a.forumNamed(c)
	if err != nil {
		return err
	}
	follows, err := a.store.Followed(c.r.Context(), f.ID, forum.MaxSources)
	if err != nil {
		return err
	}
	tags, err := a.store.TagSources(c.r.Context(), f.ID)
	if err != nil {
		return err
	}
	list := make([]sourceEntity, 0, len(follows)+len(tags))
	for _, tag := range tags {
		list = append(list, sourceEntity{Forum: "#" + tag.Label, State: string(forum.FollowAccepted), Since: moment(tag.At)})
	}
	for i := range follows {
		target := &follows[i].Target
		list = append(list, sourceEntity{Forum: target.Handle(), URI: target.URI, URL: target.URL, State: string(follows[i].State), Since: moment(follows[i].At)})
	}
	return c.write(http.StatusOK, list)
}

// addSource lets a forum follow another.
func (a *API) addSource(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		Source string `json:"source"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	state, err := a.service.FollowForum(c.r.Context(), by, mux.Vars(c.r)["name"], in.Source)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, followEntity{State: stringOrNull(string(state))})
}

// removeSource ends that a forum follows another.
func (a *API) removeSource(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	vars := mux.Vars(c.r)
	if err := a.service.UnfollowForum(c.r.Context(), by, vars["name"], vars["handle"]); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// leaveOut takes a thread from a source out of a forum's list, or puts it back.
func (a *API) leaveOut(out bool) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		vars := mux.Vars(c.r)
		id, err := forum.ParseID(vars["id"])
		if err != nil {
			return err
		}
		if err := a.service.LeaveOut(c.r.Context(), by, vars["name"], id, out); err != nil {
			return err
		}
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

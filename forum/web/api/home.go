package api

import (
	"net/http"

	"portevoix/forum"
)

// home lists what the account follows: threads of forums, by people, and
// threads with new replies.
func (a *API) home(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	return a.answerHome(c, forum.HomeQuery{Viewer: by.ID})
}

// answerHome answers with a page of what is asked for.
func (a *API) answerHome(c *call, query forum.HomeQuery) error {
	q := c.r.URL.Query()
	query.Sort, query.After, query.Limit, query.Whole = forum.SortNew, q.Get("after"), c.limit(), true
	if forum.ThreadSort(q.Get("sort")) == forum.SortActive {
		query.Sort = forum.SortActive
	}
	if _, _, err := c.bounds(false); err != nil {
		return err
	}
	page, err := a.store.Home(c.r.Context(), query)
	if err != nil {
		return err
	}
	c.link("next", "after", page.Next)
	list, err := a.threads(c, page.Threads, forum.InHome, false)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, list)
}

func (a *API) followThread(on bool) handler { return a.attend(a.service.FollowThread, on) }

func (a *API) muteThread(on bool) handler { return a.attend(a.service.MuteThread, on) }

// attend follows or mutes a thread, or ends that, and answers with the thread.
func (a *API) attend(do voting, on bool) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		id, err := c.id()
		if err != nil {
			return err
		}
		if err := do(c.r.Context(), by, id, on); err != nil {
			return err
		}
		return a.answerThread(c, http.StatusOK, id)
	}
}

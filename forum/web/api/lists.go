package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// listEntity is a choice among those whom one follows.
type listEntity struct {
	ID        string         `json:"id"`
	Title     string         `json:"title"`
	Exclusive bool           `json:"exclusive"`
	Members   []authorEntity `json:"members"` // empty in lists
}

// listInput is what a program says of a list; what it leaves out stays.
type listInput struct {
	Title     *string `json:"title"`
	Exclusive *bool   `json:"exclusive"`
}

func (a *API) ownLists(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	lists, err := a.store.Lists(c.r.Context(), by.ID, 0)
	if err != nil {
		return err
	}
	out := []listEntity{}
	for _, l := range lists {
		out = append(out, listEntity{ID: l.ID.String(), Title: l.Title, Exclusive: l.Exclusive, Members: []authorEntity{}})
	}
	return c.write(http.StatusOK, out)
}

// answerList answers with a list and who is on it.
func (a *API) answerList(c *call, by *forum.Account, status int, id forum.ID) error {
	l, err := a.service.OwnList(c.r.Context(), by, id)
	if err != nil {
		return err
	}
	members, err := a.store.ListMembers(c.r.Context(), id, 500)
	if err != nil {
		return err
	}
	e := listEntity{ID: l.ID.String(), Title: l.Title, Exclusive: l.Exclusive, Members: []authorEntity{}}
	for i := range members {
		m := &members[i]
		e.Members = append(e.Members, authorEntity{Handle: m.Handle(), URI: m.URI, URL: m.URL, DisplayName: m.Label()})
	}
	return c.write(status, e)
}

func (a *API) showList(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	return a.answerList(c, by, http.StatusOK, id)
}

func (a *API) addList(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in listInput
	if err := c.read(&in); err != nil {
		return err
	}
	l, err := a.service.AddList(c.r.Context(), by, forum.ListChange{Title: in.Title, Exclusive: in.Exclusive})
	if err != nil {
		return err
	}
	return a.answerList(c, by, http.StatusCreated, l.ID)
}

func (a *API) changeList(c *call, by *forum.Account, id forum.ID) error {
	var in listInput
	if err := c.read(&in); err != nil {
		return err
	}
	if _, err := a.service.ChangeList(c.r.Context(), by, id, forum.ListChange{Title: in.Title, Exclusive: in.Exclusive}); err != nil {
		return err
	}
	return a.answerList(c, by, http.StatusOK, id)
}

func (a *API) deleteList(c *call, by *forum.Account, id forum.ID) error {
	if err := a.service.DeleteList(c.r.Context(), by, id); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// setListMember puts somebody on a list, or takes them off.
func (a *API) setListMember(on bool) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		id, err := c.id()
		if err != nil {
			return err
		}
		who, err := a.service.FindActor(c.r.Context(), mux.Vars(c.r)["handle"])
		if err != nil {
			return err
		}
		if err := a.service.SetListMembers(c.r.Context(), by, id, []forum.ID{who.ID}, on); err != nil {
			return err
		}
		return a.answerList(c, by, http.StatusOK, id)
	}
}

// threadsOnList lists the threads of those on a list.
func (a *API) threadsOnList(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	if _, err := a.service.OwnList(c.r.Context(), by, id); err != nil {
		return err
	}
	return a.answerHome(c, forum.HomeQuery{Viewer: by.ID, List: id})
}

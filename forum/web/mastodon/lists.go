package mastodon

import (
	"portevoix/forum"
)

// listEntity is a choice among those whom the reader follows. Replies are read in
// their threads, whatever the policy says.
type listEntity struct {
	ID            string `json:"id"`
	Title         string `json:"title"`
	RepliesPolicy string `json:"replies_policy"`
	Exclusive     bool   `json:"exclusive"`
}

func listOf(l *forum.List) listEntity {
	return listEntity{ID: l.ID.String(), Title: l.Title, RepliesPolicy: l.Replies, Exclusive: l.Exclusive}
}

func listsOf(lists []forum.List) []listEntity {
	out := []listEntity{}
	for i := range lists {
		out = append(out, listOf(&lists[i]))
	}
	return out
}

func (a *API) ownList(c *call) (*forum.List, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return a.service.OwnList(c.r.Context(), c.viewer, id)
}

func (a *API) lists(c *call) error {
	lists, err := a.store.Lists(c.r.Context(), c.viewer.ID, 0)
	if err != nil {
		return err
	}
	return c.ok(listsOf(lists))
}

// listsWith are those that somebody is on.
func (a *API) listsWith(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	lists, err := a.store.Lists(c.r.Context(), c.viewer.ID, id)
	if err != nil {
		return err
	}
	return c.ok(listsOf(lists))
}

func (a *API) showList(c *call) error {
	l, err := a.ownList(c)
	if err != nil {
		return err
	}
	return c.ok(listOf(l))
}

// listChange reads what an app says of a list.
func (c *call) listChange() forum.ListChange {
	var change forum.ListChange
	for name, to := range map[string]**string{"title": &change.Title, "replies_policy": &change.Replies} {
		if c.in.has(name) {
			*to = new(c.in.get(name))
		}
	}
	if c.in.has("exclusive") {
		change.Exclusive = new(c.in.is("exclusive"))
	}
	return change
}

func (a *API) addList(c *call) error {
	l, err := a.service.AddList(c.r.Context(), c.viewer, c.listChange())
	if err != nil {
		return err
	}
	return c.ok(listOf(l))
}

func (a *API) changeList(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	l, err := a.service.ChangeList(c.r.Context(), c.viewer, id, c.listChange())
	if err != nil {
		return err
	}
	return c.ok(listOf(l))
}

func (a *API) deleteList(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	if err := a.service.DeleteList(c.r.Context(), c.viewer, id); err != nil {
		return err
	}
	return c.done()
}

// mostListMembers is how many of a list are told at once.
const mostListMembers = 500

func (a *API) listMembers(c *call) error {
	l, err := a.ownList(c)
	if err != nil {
		return err
	}
	members, err := a.store.ListMembers(c.r.Context(), l.ID, mostListMembers)
	if err != nil {
		return err
	}
	ids := make([]forum.ID, len(members))
	for i := range members {
		ids[i] = members[i].ID
	}
	list, err := a.accounts(c, ids)
	if err != nil {
		return err
	}
	return c.ok(list)
}

func (a *API) setListMembers(on bool) handler {
	return func(c *call) error {
		id, err := c.id()
		if err != nil {
			return err
		}
		if err := a.service.SetListMembers(c.r.Context(), c.viewer, id, c.ids("account_ids"), on); err != nil {
			return err
		}
		return c.done()
	}
}

func (a *API) listTimeline(c *call) error {
	l, err := a.ownList(c)
	if err != nil {
		return err
	}
	return a.timeline(c, forum.StatusQuery{List: forum.StatusesListed, Of: l.ID, Viewer: c.viewer.ID}, asFollowed)
}

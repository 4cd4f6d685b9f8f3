package api

import "portevoix/forum"

// filters are those of whoever the token acts for, as far as it may read. Lists
// leave out what those that look there hide, and mark what they warn of; in the list of one forum,
// those that look at forums do not count.
func (c *call) filters(in forum.FilterContext, inForum bool) (forum.Filters, error) {
	if c.viewerID() == 0 {
		return nil, nil
	}
	all, err := c.api.service.Filters(c.r.Context(), c.viewer)
	list := all.In(in)
	if inForum {
		list = list.Without(forum.FilterForum)
	}
	return list, err
}

// threads are the entities of a list, as the reader's filters leave it.
func (a *API) threads(c *call, list []forum.ThreadView, in forum.FilterContext, inForum bool) ([]threadEntity, error) {
	filters, err := c.filters(in, inForum)
	if err != nil {
		return nil, err
	}
	list = filters.Threads(list)
	entities := make([]threadEntity, len(list))
	for i := range list {
		entities[i] = a.thread(&list[i])
	}
	return entities, nil
}

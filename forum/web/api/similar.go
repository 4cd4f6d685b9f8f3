package api

import (
	"net/http"

	"portevoix/forum"
)

// maxSuggested bounds how many threads are like one.
const maxSuggested = 10

// similarThreads lists threads about what a title says.
func (a *API) similarThreads(c *call) error {
	q := c.r.URL.Query()
	if q.Get("title") == "" {
		return &forum.Error{Code: forum.Invalid, Key: "TitleMissing", Field: "title"}
	}
	list, err := a.service.Similar(c.r.Context(), forum.SimilarRequest{Title: q.Get("title"), Forum: q.Get("forum"),
		Viewer: c.viewerID(), Limit: min(c.limit(), maxSuggested), Whole: true})
	if err != nil {
		return err
	}
	return a.answerSuggested(c, list)
}

// relatedThreads lists threads about the same thing as one.
func (a *API) relatedThreads(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	if _, err := a.store.Thread(c.r.Context(), id); err != nil {
		return err
	}
	list, err := a.store.Related(c.r.Context(), forum.RelatedQuery{ThreadID: id, Viewer: c.viewerID(), Limit: min(c.limit(), maxSuggested), Whole: true})
	if err != nil {
		return err
	}
	return a.answerSuggested(c, list)
}

func (a *API) answerSuggested(c *call, list []forum.ThreadView) error {
	entities, err := a.threads(c, list, forum.InPublic, false)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, entities)
}

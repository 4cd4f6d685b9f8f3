package web

import (
	"net/http"

	"portevoix/forum"
)

// threadsSuggested is how many threads are shown beside one, read or written.
const threadsSuggested = 5

// similarTo finds threads like the one that is being written.
func (s *Site) similarTo(v *visit, n forum.NewThread) ([]forum.ThreadView, error) {
	list, err := s.service.Similar(v.ctx(), forum.SimilarRequest{Title: n.Title, Forum: n.Forum, Viewer: v.viewerID(), Limit: threadsSuggested})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	filters, err := v.filters(forum.InPublic)
	return filters.Clear(list), err
}

// similar answers the script of the form with the part of the page that lists
// similar threads.
func (s *Site) similar(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	list, err := s.similarTo(v, forum.NewThread{Title: v.query("title"), Forum: v.query("forum")})
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(http.StatusOK)
	p := v.newPage("")
	p.complete(v)
	return similarThreads(p, list).Render(v.ctx(), v.w)
}

// related finds what is about the same thing as a thread that is read.
func (s *Site) related(v *visit, thread forum.ID) ([]forum.ThreadView, error) {
	return s.store.Related(v.ctx(), forum.RelatedQuery{ThreadID: thread, Viewer: v.viewerID(), Limit: threadsSuggested})
}

// hasCase says whether there is a case among threads, which can be joined.
func hasCase(list []forum.ThreadView) bool {
	for i := range list {
		if list[i].Case != nil {
			return true
		}
	}
	return false
}

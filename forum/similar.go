package forum

import "context"

// SimilarRequest asks which threads are about what a title says, before one more
// is opened.
type SimilarRequest struct {
	Title  string
	Forum  string // handle; its threads go first among equals; "" or unknown for none
	Viewer ID
	Limit  int
	Whole  bool // with the texts
}

// SimilarQuery is a SimilarRequest whose forum is found. Whoever the viewer
// blocks, and whoever blocks the viewer, is left out.
type SimilarQuery struct {
	Title   string
	ForumID ID
	Viewer  ID
	Limit   int
	Whole   bool // with the texts
}

// RelatedQuery asks which threads are about the same thing as one. Whoever the
// viewer blocks, and whoever blocks the viewer, is left out.
type RelatedQuery struct {
	ThreadID ID
	Viewer   ID
	Limit    int
	Whole    bool // with the texts
}

// Similar lists threads about what a title says, the most alike first. A title
// with no word that tells anything is like none.
func (s *Service) Similar(ctx context.Context, r SimilarRequest) ([]ThreadView, error) {
	q := SimilarQuery{Title: clipRunes(oneLine(r.Title), s.limits.Title), Viewer: r.Viewer, Limit: r.Limit, Whole: r.Whole}
	if q.Title == "" {
		return nil, nil
	}
	if r.Forum != "" {
		f, err := s.forumNamed(ctx, r.Forum)
		if err == nil {
			q.ForumID = f.ID
		} else if CodeOf(err) != NotFound {
			return nil, err
		}
	}
	return s.store.Similar(ctx, q)
}

package forum

import "context"

// ViewAction reads an action as somebody may see it: a draft only its author and
// moderators do.
func (s *Service) ViewAction(ctx context.Context, by *Account, h Handle) (*ActionView, error) {
	v, err := s.store.ActionView(ctx, h)
	if err != nil {
		return nil, err
	}
	if v.Standing == Blocked {
		return nil, v.Active()
	}
	if v.State == ActionDraft {
		if leads, _, err := s.LeadsAction(ctx, by, &v.Action); err != nil || !leads {
			return nil, notFound()
		}
	}
	if v.Counts, err = actionCounts(ctx, s.store, &v.Action); err == nil && v.Kind == FormalLetter && v.Local() {
		v.Sent, err = s.store.LettersSent(ctx, v.ID)
	}
	return v, err
}

// ListActions lists actions with their counts.
func (s *Service) ListActions(ctx context.Context, q ActionQuery) (ActionPage, error) {
	page, err := s.store.Actions(ctx, q)
	if err != nil {
		return page, err
	}
	return page, s.countActions(ctx, page.Actions)
}

// ActionUpdates lists what was published in an action's own name, the last first,
// without its ballots.
func (s *Service) ActionUpdates(ctx context.Context, a *Action, viewer ID, after string, limit int) (ThreadPage, error) {
	page, err := s.store.Threads(ctx, ThreadQuery{ForumID: a.ID, AuthorID: a.ID, Viewer: viewer, Sort: SortNew, After: after, Limit: limit, Whole: true})
	if err != nil {
		return page, err
	}
	news := page.Threads[:0]
	for i := range page.Threads {
		if page.Threads[i].Poll == nil {
			news = append(news, page.Threads[i])
		}
	}
	page.Threads = news
	return page, nil
}

// SimilarActions lists public actions that are about what a new one is.
func (s *Service) SimilarActions(ctx context.Context, n NewAction) ([]ActionView, error) {
	threads, err := s.Similar(ctx, SimilarRequest{Title: n.Title, Limit: 20})
	if err != nil {
		return nil, err
	}
	var list []ActionView
	for i := range threads {
		t := &threads[i]
		if t.Author.GroupRole != RoleAction || t.Author.ID != t.ForumID || len(list) == maxSimilarActions {
			continue
		}
		a, err := s.store.ActionView(ctx, Handle{Name: t.Author.Name, Host: t.Author.Host})
		if err != nil {
			return nil, err
		}
		if a.BallotID == t.ID && a.State == ActionPublished {
			list = append(list, *a)
		}
	}
	return list, s.countActions(ctx, list)
}

const maxSimilarActions = 3

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
	v.Counts, err = actionCounts(ctx, s.store, &v.Action)
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

package forum

import "context"

// VisitThread notes that an account looks at a thread, and returns how far it
// had read before. What is noted is the last visit only, to mark what is new; it
// is written only when there is something new, and forgotten after a year.
func (s *Service) VisitThread(ctx context.Context, by *Account, thread ID) (Visit, error) {
	if by == nil {
		return Visit{}, nil
	}
	before, err := s.store.Visit(ctx, by.ID, thread)
	if err != nil || before.Newest == before.SeenUpTo {
		return before, err
	}
	return before, s.write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.RecordVisit(ctx, by.ID, thread, s.clock.Now())
	})
}

package forum

import "context"

// SignersJob tells those who signed an action, and wanted to be told, of
// something about it.
type SignersJob struct {
	Action ID               `json:"action"`
	About  NotificationKind `json:"about"`
	Post   ID               `json:"post"`
	After  ID               `json:"after,omitempty"` // the signature told last
}

// Kind names the job in the queue.
func (SignersJob) Kind() string { return "signers" }

// actionCounts is how many signed an action, whose ever it is.
func actionCounts(ctx context.Context, r Reader, a *Action) (TierTally, error) {
	if a.Told != nil {
		return *a.Told, nil
	}
	counts, err := r.TierTally(ctx, Signature, a.ID)
	counts.Paper = a.Papers
	return counts, err
}

// WorkSigners does a SignersJob.
func (s *Service) WorkSigners(ctx context.Context, job SignersJob) error { return nil }

// countActions fills in the counts of a list.
func (s *Service) countActions(ctx context.Context, list []ActionView) error {
	for i := range list {
		var err error
		if list[i].Counts, err = actionCounts(ctx, s.store, &list[i].Action); err != nil {
			return err
		}
	}
	return nil
}

// SignedByVersion is how many signed each version of an action's text.
func (s *Service) SignedByVersion(ctx context.Context, a *Action) (map[int]int, error) {
	return s.store.TallyByVersion(ctx, Signature, a.ID)
}

package forum

import "context"

// MergeCases makes one case a duplicate of another: who follows it follows the
// other too, who joined it is counted there, it takes no more replies, and no figure counts it; what was written in
// it stays readable. Who moderates both may. Merging twice changes nothing.
func (s *Service) MergeCases(ctx context.Context, by *Account, from, into ID) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		t, forum, err := s.moderated(ctx, tx, by, from)
		if err != nil {
			return err
		}
		target, _, err := s.moderated(ctx, tx, by, into)
		switch {
		case err != nil:
			return err
		case t.Case == nil || target.Case == nil:
			return &Error{Code: NotFound, Key: "CaseNone"}
		case t.ID == target.ID:
			return invalid("into", "CaseMergeSelf", nil)
		case t.Case.MergedInto == target.ID:
			return nil
		case t.Case.MergedInto != 0 || target.Case.MergedInto != 0:
			return &Error{Code: Conflict, Key: "CaseMerged"}
		}
		now := s.clock.Now()
		t.Case.MergedInto, t.Case.AskAt = target.ID, nextQuestion(target, CaseMove{To: CaseClosed}, now)
		if err := tx.SetCase(ctx, t.ID, t.Case); err != nil {
			return err
		}
		if err := tx.CopyThreadFollows(ctx, t.ID, target.ID, now); err != nil {
			return err
		}
		if err := s.MoveParticipations(ctx, tx, t, target); err != nil {
			return err
		}
		if err := s.notify(ctx, tx, NotifyCase, t.AuthorID, &Actor{ID: by.ID}, t.ID, t.ID); err != nil {
			return err
		}
		merged := about(DecisionMerged, t.ID, "")
		merged.OtherID = target.ID
		if err := s.logDecision(ctx, tx, &by.Actor, forum, merged); err != nil {
			return err
		}
		return s.lock(ctx, tx, by, t, forum, true)
	})
}

// UnmergeCase takes MergeCases back: who joined is counted where they joined. Who
// followed the other case because of it goes on following both.
func (s *Service) UnmergeCase(ctx context.Context, by *Account, id ID) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		t, forum, err := s.moderated(ctx, tx, by, id)
		if err != nil || t.Case == nil || t.Case.MergedInto == 0 {
			return err
		}
		target, err := tx.Thread(ctx, t.Case.MergedInto)
		if err != nil {
			return err
		}
		t.Case.MergedInto = 0
		t.Case.AskAt = nextQuestion(t, CaseMove{To: t.Case.State, PromisedOn: t.Case.PromisedOn}, s.clock.Now())
		if err := tx.SetCase(ctx, t.ID, t.Case); err != nil {
			return err
		}
		if err := s.ReturnParticipations(ctx, tx, t, target); err != nil {
			return err
		}
		unmerged := about(DecisionUnmerged, t.ID, "")
		unmerged.OtherID = target.ID
		if err := s.logDecision(ctx, tx, &by.Actor, forum, unmerged); err != nil {
			return err
		}
		return s.lock(ctx, tx, by, t, forum, false)
	})
}

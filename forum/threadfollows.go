package forum

import "context"

// FollowThread makes an account hear of new replies in a thread (on), or no
// longer (off). Following what was muted ends the silence. Doing so twice
// succeeds and changes nothing.
func (s *Service) FollowThread(ctx context.Context, by *Account, id ID, on bool) error {
	return s.attend(ctx, by, id, on, func(ctx context.Context, tx Tx) error {
		return tx.FollowThread(ctx, by.ID, id, on, s.clock.Now())
	})
}

// MuteThread silences a thread's notifications for an account and takes it out
// of its home feed (on), or ends that (off); whether it is followed is kept.
func (s *Service) MuteThread(ctx context.Context, by *Account, id ID, on bool) error {
	return s.attend(ctx, by, id, on, func(ctx context.Context, tx Tx) error {
		return tx.MuteThread(ctx, by.ID, id, on, s.clock.Now())
	})
}

// attend checks what following and muting have in common. What is deleted can
// still be let go of.
func (s *Service) attend(ctx context.Context, by *Account, id ID, on bool, change func(context.Context, Tx) error) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if err := by.Active(); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		t, err := tx.Thread(ctx, id)
		if err != nil {
			return err
		}
		if on && t.Hidden() {
			return &Error{Code: Gone, Key: "PostDeleted"}
		}
		return change(ctx, tx)
	})
}

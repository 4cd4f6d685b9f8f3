package forum

import "context"

// ReadNotifications marks one's own notifications as read, up to and including
// the one with the given ID.
func (s *Service) ReadNotifications(ctx context.Context, by *Account, upTo ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.ReadNotifications(ctx, by.ID, upTo, s.clock.Now())
	})
}

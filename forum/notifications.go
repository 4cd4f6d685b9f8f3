package forum

import "context"

// ReadNotifications marks one's own notifications as read: the groups whose
// newest one is the one with the given ID or an earlier one.
func (s *Service) ReadNotifications(ctx context.Context, by *Account, upTo ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.ReadNotifications(ctx, by.ID, upTo, s.clock.Now())
	})
}

// ReadNotificationGroup marks one group of one's own notifications as read; it
// succeeds when there is none.
func (s *Service) ReadNotificationGroup(ctx context.Context, by *Account, group ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.ReadNotificationGroup(ctx, by.ID, group, s.clock.Now())
	})
}

// Who follows a thread is told of a new reply: the first few by the transaction
// that stores it, the others by a job, so that a reply to many is not slow.
const (
	followersAtOnce  = 20
	followersPerStep = 200
)

// FollowersJob tells those who follow a thread of a new reply.
type FollowersJob struct {
	Post  ID `json:"post"`
	After ID `json:"after"` // the account told last
}

// Kind implements Job.
func (FollowersJob) Kind() string { return "followers" }

// notifyFollowers tells those who follow the thread of a reply, beginning after
// an account; it returns the one told last, 0 when nobody is left.
func (s *Service) notifyFollowers(ctx context.Context, tx Tx, reply *Post, after ID, limit int) (ID, error) {
	followers, err := tx.ThreadFollowers(ctx, reply.ThreadID, after, limit)
	if err != nil {
		return 0, err
	}
	now := s.clock.Now()
	var told []Notification
	for _, account := range followers {
		if account != reply.AuthorID {
			told = append(told, Notification{ID: s.ids.New(now), AccountID: account, Kind: NotifyThread, ActorID: reply.AuthorID, PostID: reply.ID, SubjectID: reply.ThreadID, At: now})
		}
	}
	if err := s.tell(ctx, tx, told...); err != nil {
		return 0, err
	}
	if len(followers) < limit {
		return 0, nil
	}
	return followers[limit-1], nil
}

// WorkFollowers does a FollowersJob. Nobody is told twice when it is done again.
func (s *Service) WorkFollowers(ctx context.Context, job FollowersJob) error {
	reply, err := s.store.Post(ctx, job.Post)
	if err != nil || reply.Hidden() {
		return err
	}
	for after := job.After; ; {
		err := s.write(ctx, func(ctx context.Context, tx Tx) error {
			var err error
			after, err = s.notifyFollowers(ctx, tx, reply, after, followersPerStep)
			return err
		})
		if err != nil || after == 0 {
			return err
		}
	}
}

package forum

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

const (
	// mailDelay is how long a notification that is mailed at once waits: who
	// reads it meanwhile gets no mail, and what comes meanwhile goes with it.
	mailDelay = 10 * time.Minute
	// mailsPerDay bounds what one account is sent at once in a day; the rest
	// waits for the next morning's digest.
	mailsPerDay = 30
	// noticesPerMailing bounds how many notifications are taken up at a time.
	noticesPerMailing = 200
	// Older news is not mailed any more: the server was down, or nobody reads.
	freshAtOnce   = 2 * 24 * time.Hour
	freshInDigest = 8 * 24 * time.Hour
	// morning is when digests are sent, in hours after midnight.
	morning = 7
)

// NotificationSettings are one's own.
func (s *Service) NotificationSettings(ctx context.Context, by *Account) (NotificationSettings, error) {
	if by == nil {
		return NotificationSettings{}, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.store.NotificationSettings(ctx, by.ID)
}

// ChooseNotifications sets how soon mail about each of the given topics is sent,
// and which of them devices are told of. What happened before is not mailed any
// more: whoever chooses is looking at it.
func (s *Service) ChooseNotifications(ctx context.Context, by *Account, mail map[Topic]Pace, push map[Topic]bool) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	for topic, pace := range mail {
		if !slices.Contains(Topics, topic) {
			return invalid(string(topic), "TopicUnknown", nil)
		}
		if !slices.Contains(topic.Paces(), pace) {
			return invalid(string(topic), "PaceUnknown", nil)
		}
	}
	for topic := range push {
		if !slices.Contains(PushTopics, topic) {
			return invalid(string(topic), "TopicUnknown", nil)
		}
	}
	return s.changeNotificationSettings(ctx, by.ID, func(n *NotificationSettings) error {
		if len(mail) > 0 {
			n.Mail, n.FormerMail, n.SeenAt = merged(n.Mail, mail), nil, s.clock.Now()
		}
		if len(push) > 0 {
			n.Push = merged(n.Push, push)
		}
		return nil
	})
}

// merged are choices with some newer ones.
func merged[T any](choices, newer map[Topic]T) map[Topic]T {
	all := map[Topic]T{}
	maps.Copy(all, choices)
	maps.Copy(all, newer)
	return all
}

// SeeNotifications notes that an account has its notifications before its eyes,
// and needs no mail about them.
func (s *Service) SeeNotifications(ctx context.Context, by *Account) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.SeeNotifications(ctx, by.ID, s.clock.Now()) })
}

// changeNotificationSettings changes an account's settings and sees to it that
// the digests they ask for will be made.
func (s *Service) changeNotificationSettings(ctx context.Context, account ID, change func(n *NotificationSettings) error) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		n, err := tx.HoldNotificationSettings(ctx, account)
		if err != nil {
			return err
		}
		if err := change(&n); err != nil {
			return err
		}
		s.awaitNews(&n)
		return tx.SaveNotificationSettings(ctx, n)
	})
}

// awaitNews makes the next digest due for who wants new threads in it: those
// come without a notification.
func (s *Service) awaitNews(n *NotificationSettings) {
	now := s.clock.Now()
	switch n.Pace(TopicNews) {
	case PaceDaily:
		n.DailyAt = soonest(n.DailyAt, s.nextMorning(now))
	case PaceWeekly:
		n.WeeklyAt = soonest(n.WeeklyAt, s.nextMonday(now))
	default:
		n.NewsAt = time.Time{}
		return
	}
	if n.NewsAt.IsZero() {
		n.NewsAt = now
	}
}

// soonest is the earlier of two times; zero is never.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// nextMorning is when the next daily digests are made, in the server's time zone:
// accounts have none of their own.
func (s *Service) nextMorning(now time.Time) time.Time {
	now = now.In(s.zone)
	next := time.Date(now.Year(), now.Month(), now.Day(), morning, 0, 0, 0, s.zone)
	if !next.After(now) {
		next = time.Date(now.Year(), now.Month(), now.Day()+1, morning, 0, 0, 0, s.zone)
	}
	return next
}

// nextMonday is when the next weekly digests are made.
func (s *Service) nextMonday(now time.Time) time.Time {
	next := s.nextMorning(now)
	days := (int(time.Monday) - int(next.Weekday()) + 7) % 7
	return time.Date(next.Year(), next.Month(), next.Day()+days, morning, 0, 0, 0, s.zone)
}

// tell stores what people are told of one thing, and reaches each of them.
func (s *Service) tell(ctx context.Context, tx Tx, notifications ...Notification) error {
	added, err := tx.Notify(ctx, notifications)
	if err != nil {
		return err
	}
	for _, n := range added {
		if err := s.reach(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

// reach asks for a message to the devices of a notification's account, and makes
// mail about it due. That is a time in the account's row rather than a job, so
// that whatever comes until then makes one mail and not one job each.
func (s *Service) reach(ctx context.Context, tx Tx, notification Notification) error {
	n, err := tx.NotificationSettings(ctx, notification.AccountID)
	if err != nil {
		return err
	}
	if err := s.push(ctx, tx, &n, notification); err != nil {
		return err
	}
	if err := s.pushApps(ctx, tx, notification); err != nil {
		return err
	}
	pace := n.Pace(notification.Kind.Topic())
	if pace == PaceNever {
		return nil
	}
	// Only who holds the row sees whether a mailing that is under way has taken
	// the notification up.
	if n, err = tx.HoldNotificationSettings(ctx, notification.AccountID); err != nil {
		return err
	}
	mailAt, dailyAt, weeklyAt := n.MailAt, n.DailyAt, n.WeeklyAt
	switch now := s.clock.Now(); pace {
	case PaceAtOnce:
		n.MailAt = soonest(n.MailAt, now.Add(mailDelay))
	case PaceDaily:
		n.DailyAt = soonest(n.DailyAt, s.nextMorning(now))
	case PaceWeekly:
		n.WeeklyAt = soonest(n.WeeklyAt, s.nextMonday(now))
	}
	if n.MailAt.Equal(mailAt) && n.DailyAt.Equal(dailyAt) && n.WeeklyAt.Equal(weeklyAt) {
		return nil
	}
	return tx.SaveNotificationSettings(ctx, n)
}

// MailingsJob begins all mail about notifications that is due. It is done every
// minute.
type MailingsJob struct{}

// Kind implements Job.
func (MailingsJob) Kind() string { return "mailings" }

const mailingsPerStep = 200

// WorkMailings does a MailingsJob. What fails for one account stays due, and does
// not keep the others from their mail.
func (s *Service) WorkMailings(ctx context.Context, _ MailingsJob) error {
	var troubles []error
	for ctx.Err() == nil {
		due, err := s.store.MailingsDue(ctx, s.clock.Now(), mailingsPerStep)
		if err != nil {
			return err
		}
		for _, account := range due {
			if err := s.write(ctx, func(ctx context.Context, tx Tx) error { return s.beginMailing(ctx, tx, account) }); err != nil {
				troubles = append(troubles, err)
			}
		}
		if len(due) < mailingsPerStep || len(troubles) > 0 {
			break
		}
	}
	return errors.Join(append(troubles, ctx.Err())...)
}

// beginMailing takes up what is due for an account: each notification once, which
// is marked by the transaction that asks for its mail.
func (s *Service) beginMailing(ctx context.Context, tx Tx, id ID) error {
	n, err := tx.HoldNotificationSettings(ctx, id)
	if err != nil {
		return err
	}
	account, err := tx.Account(ctx, id)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	due := func(at *time.Time) bool {
		if at.IsZero() || at.After(now) {
			return false
		}
		*at = time.Time{}
		return true
	}
	atOnce, daily, weekly := due(&n.MailAt), due(&n.DailyAt), due(&n.WeeklyAt)
	if now.Sub(n.MailDay) >= 24*time.Hour {
		n.MailDay, n.Mails = now, 0
	}
	if mayBeMailed(account) {
		if atOnce {
			err = s.mailAtOnce(ctx, tx, &n, now)
		}
		if err == nil && (daily || weekly) {
			err = s.mailDigest(ctx, tx, &n, weekly, daily, now)
		}
		if err != nil {
			return err
		}
		s.awaitNews(&n)
	}
	return tx.SaveNotificationSettings(ctx, n)
}

// mayBeMailed says whether an account may be sent mail it did not ask for at that
// moment.
func mayBeMailed(a *Account) bool {
	return a.Active() == nil && !a.EmailConfirmed.IsZero() && !a.ApprovedAt.IsZero()
}

// mailAtOnce asks for a mail for each topic and thread.
func (s *Service) mailAtOnce(ctx context.Context, tx Tx, n *NotificationSettings, now time.Time) error {
	pending, err := s.pending(ctx, tx, n, now.Add(-freshAtOnce), PaceAtOnce)
	if err != nil {
		return err
	}
	if len(pending) == noticesPerMailing {
		n.MailAt = now // there may be more
	}
	type part struct {
		topic  Topic
		thread ID
	}
	parts := map[part][]ID{}
	var order []part // of the newest of each
	for i := range pending {
		key := part{pending[i].Kind.Topic(), pending[i].ThreadID}
		if parts[key] == nil {
			order = append(order, key)
		}
		parts[key] = append(parts[key], pending[i].ID)
	}
	for _, key := range order {
		if n.Mails >= mailsPerDay {
			n.MailAt, n.DailyAt = time.Time{}, soonest(n.DailyAt, s.nextMorning(now))
			return nil
		}
		n.Mails++
		if err := s.mailNotices(ctx, tx, NoticesJob{Account: n.AccountID, Topic: key.topic, Notices: parts[key]}, now); err != nil {
			return err
		}
	}
	return nil
}

// mailDigest asks for one mail about everything that waited for it, and what was
// too much to be mailed at once.
func (s *Service) mailDigest(ctx context.Context, tx Tx, n *NotificationSettings, weekly, daily bool, now time.Time) error {
	paces := []Pace{PaceAtOnce}
	job := NoticesJob{Account: n.AccountID}
	if daily {
		paces, job.Digest = append(paces, PaceDaily), PaceDaily
	}
	if weekly {
		paces, job.Digest = append(paces, PaceWeekly), PaceWeekly
	}
	if slices.Contains(paces, n.Pace(TopicNews)) {
		job.NewsSince, job.NewsUntil, n.NewsAt = n.NewsAt, now, now
		if oldest := now.Add(-freshInDigest); job.NewsSince.Before(oldest) {
			job.NewsSince = oldest
		}
	}
	pending, err := s.pending(ctx, tx, n, now.Add(-freshInDigest), paces...)
	if err != nil || len(pending) == 0 && job.NewsSince.IsZero() {
		return err
	}
	for i := range pending {
		job.Notices = append(job.Notices, pending[i].ID)
	}
	return s.mailNotices(ctx, tx, job, now)
}

// pending are the notifications that nobody was mailed about or has seen.
func (s *Service) pending(ctx context.Context, tx Tx, n *NotificationSettings, since time.Time, paces ...Pace) ([]NotificationView, error) {
	if n.SeenAt.After(since) {
		since = n.SeenAt
	}
	kinds := n.kinds(paces...)
	if len(kinds) == 0 {
		return nil, nil
	}
	return tx.PendingNotices(ctx, n.AccountID, kinds, FirstID(since), noticesPerMailing)
}

func (s *Service) mailNotices(ctx context.Context, tx Tx, job NoticesJob, now time.Time) error {
	if err := tx.MarkMailed(ctx, job.Notices, now); err != nil {
		return err
	}
	return tx.Enqueue(ctx, job)
}

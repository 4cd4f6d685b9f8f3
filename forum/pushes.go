package forum

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Device is a browser that shows notifications although no page is open (web
// push), as long as its session lasts.
type Device struct {
	ID          ID
	AccountID   ID
	SessionHash string
	Endpoint    string // where messages to it are sent
	Key         string // base64url, as browsers write it
	Auth        string // base64url
	Name        string // to recognise it by; "" unknown
	CreatedAt   time.Time
}

// Push is a message to a device, which is written in the reader's language.
type Push struct {
	Device   Device
	Locale   string
	Group    NotificationGroup // with its newest
	Lifetime time.Duration     // how long a push service keeps it for a device that is off
	Urgency  string            // RFC 8030, section 5.3
}

// Pusher speaks to the push services of browsers.
type Pusher interface {
	// NewKey makes the key that shows push services who asks; PublicKey is its
	// public half, which browsers are given.
	NewKey() (key string, err error)
	PublicKey(key string) (string, error)
	// Check returns Invalid for a device that nothing could be sent to.
	Check(d Device) error
	// Push sends a message. It returns Gone when the device is not there any
	// more, PushLater when the push service says when to come again, and
	// Unavailable when a later attempt may succeed.
	Push(ctx context.Context, key string, p Push) error
	// PushApp does the same for an app.
	PushApp(ctx context.Context, key string, m AppMessage) error
}

// PushLater says that a push service takes no message for a while.
type PushLater struct{ Wait time.Duration }

func (e *PushLater) Error() string { return "the push service asks to wait " + e.Wait.String() }

const (
	maxDevices   = 20
	pushKey      = "push"
	pushLifetime = 24 * time.Hour
	// pushExcerpt is how much of a post a message shows, in characters.
	pushExcerpt = 160
)

// defaultPush are the topics whose notifications are pushed to the devices of who
// chose none: what is said to a person or decided about them.
var defaultPush = map[Topic]bool{TopicReplies: true, TopicModeration: true}

// Pushes says whether notifications of a topic are pushed to the account's
// devices.
func (n *NotificationSettings) Pushes(t Topic) bool {
	if on, ok := n.Push[t]; ok {
		return on
	}
	return defaultPush[t]
}

// PushKey is the public key that browsers want to know the server by, base64url.
func (s *Service) PushKey(ctx context.Context) (string, error) {
	key, err := s.secret(ctx, pushKey, s.pusher.NewKey)
	if err != nil {
		return "", err
	}
	return s.pusher.PublicKey(key)
}

// Devices lists one's own, the oldest first.
func (s *Service) Devices(ctx context.Context, by *Account) ([]Device, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.store.Devices(ctx, by.ID)
}

// AddDevice lets a browser, which has a session, show notifications. One that is
// known already is kept once.
func (s *Service) AddDevice(ctx context.Context, by *Account, session string, d Device) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if err := s.pusher.Check(d); err != nil {
		return err
	}
	now := s.clock.Now()
	d.ID, d.AccountID, d.SessionHash, d.CreatedAt = s.ids.New(now), by.ID, hashToken(session), now
	d.Name = clip(oneLine(d.Name), maxBrowserName)
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.AddDevice(ctx, d, maxDevices) })
}

// RemoveDevice ends that; it succeeds when there is none.
func (s *Service) RemoveDevice(ctx context.Context, by *Account, id ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.RemoveDevice(ctx, by.ID, id) })
}

// PushJob asks for a message to a device about a notification.
type PushJob struct {
	Account      ID        `json:"account"`
	Device       ID        `json:"device"`
	Notification ID        `json:"notification"`
	At           time.Time `json:"at"`
}

// Kind implements Job.
func (PushJob) Kind() string { return "push" }

// push asks for a message to each of an account's devices.
func (s *Service) push(ctx context.Context, tx Tx, n *NotificationSettings, notification Notification) error {
	if s.pusher == nil || !n.Pushes(notification.Kind.Topic()) {
		return nil
	}
	devices, err := tx.Devices(ctx, notification.AccountID)
	if err != nil {
		return err
	}
	for _, d := range devices {
		if err := tx.Enqueue(ctx, PushJob{Account: d.AccountID, Device: d.ID, Notification: notification.ID, At: notification.At}); err != nil {
			return err
		}
	}
	return nil
}

// WorkPush does a PushJob. What was read or deleted meanwhile is not told any
// more, nor what is a day old; a device that is gone is forgotten.
func (s *Service) WorkPush(ctx context.Context, job PushJob) error {
	if s.clock.Now().Sub(job.At) > pushLifetime {
		return nil
	}
	account, err := s.store.Account(ctx, job.Account)
	if CodeOf(err) == NotFound {
		return nil
	}
	if err != nil || account.Active() != nil {
		return err
	}
	devices, err := s.store.Devices(ctx, account.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(devices, func(d Device) bool { return d.ID == job.Device })
	if i < 0 {
		return nil
	}
	group, err := s.newsOf(ctx, account, job.Notification)
	if err != nil || group == nil {
		return err
	}
	key, err := s.secret(ctx, pushKey, s.pusher.NewKey)
	if err != nil {
		return err
	}
	err = s.pusher.Push(ctx, key, Push{Device: devices[i], Locale: account.Locale, Group: *group, Lifetime: pushLifetime, Urgency: urgency(group)})
	return s.pushed(ctx, err, job, func(ctx context.Context, tx Tx) error { return tx.RemoveDevice(ctx, account.ID, job.Device) })
}

// urgency says how soon a device that saves its battery is to be woken.
func urgency(group *NotificationGroup) string {
	if topic := group.Kind.Topic(); topic == TopicReplies || topic == TopicModeration {
		return "high"
	}
	return "normal"
}

// pushed does what the outcome of a push asks for: to come again later, or to forget
// where nobody is any more.
func (s *Service) pushed(ctx context.Context, err error, job Job, forget func(context.Context, Tx) error) error {
	if later, ok := errors.AsType[*PushLater](err); ok {
		return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.EnqueueAt(ctx, job, s.clock.Now().Add(later.Wait)) })
	}
	if CodeOf(err) == Gone {
		return s.write(ctx, forget)
	}
	return err
}

// newsOf is the group that a notification is in, with that notification as its
// newest; nil when it is no news.
func (s *Service) newsOf(ctx context.Context, account *Account, id ID) (*NotificationGroup, error) {
	list, err := s.store.Notices(ReadAs(ctx, account.ID), account.ID, []ID{id})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	filters, err := s.Filters(ctx, account)
	if err != nil {
		return nil, err
	}
	groups := filters.In(InNotifications).Notices(gather(list, true), s.renderer.Text)
	if len(groups) == 0 || groups[0].Newest[0].Filtered.Label != "" {
		return nil, nil
	}
	g := &groups[0]
	g.ID = list[0].GroupID
	showExcerpt(g, s.renderer, pushExcerpt)
	return g, nil
}

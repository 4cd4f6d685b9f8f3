package forum

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Webhook is an address of somebody's program that is told what happens in a forum,
// or on the whole server.
type Webhook struct {
	ID        ID
	ForumID   ID // 0: the whole server
	ByID      ID // who made it
	URL       string
	Events    []WebhookEvent
	Secret    string // by which the program knows that it is we who call
	CreatedAt time.Time
	PausedAt  time.Time // zero: it is called
	// FailingSince is when the first of the calls failed that all failed since; zero:
	// the last one did not.
	FailingSince time.Time
}

// WebhookEvent is what a webhook is told of.
type WebhookEvent string

// The events.
const (
	WebhookThread    WebhookEvent = "thread.created"
	WebhookCase      WebhookEvent = "case.state_changed"
	WebhookMilestone WebhookEvent = "action.milestone"
	WebhookReport    WebhookEvent = "report.created"
	WebhookTest      WebhookEvent = "webhook.test" // on demand
)

// WebhookEvents lists those that can be chosen, in the order in which they are offered.
var WebhookEvents = []WebhookEvent{WebhookThread, WebhookCase, WebhookMilestone, WebhookReport}

// The bounds of webhooks.
const (
	maxWebhooks = 10 // of one forum, or of the server
	// webhookPatience is after how long of nothing but failure one is paused.
	webhookPatience = 5 * 24 * time.Hour
	// WebhookLogLifetime is how long the log of calls is kept.
	WebhookLogLifetime = 30 * 24 * time.Hour
	webhookLogShown    = 50
)

// WebhookSender calls the programs.
type WebhookSender interface {
	NewSecret() string
	// Check returns Invalid for an address that is not called.
	Check(address string) error
	// Send makes one call, signed, and returns the status of the answer. An error says
	// that there was none.
	Send(ctx context.Context, c WebhookCall) (status int, err error)
}

// WebhookCall is one call of a program.
type WebhookCall struct {
	URL    string
	Secret string
	ID     string // the same on each attempt
	At     time.Time
	Body   []byte // JSON
}

// WebhookDelivery is an event on its way to a webhook, and in its log.
type WebhookDelivery struct {
	ID        ID
	WebhookID ID
	Event     WebhookEvent
	Body      []byte // empty once it is done
	Tries     int
	Status    int    // of the last answer; 0: none
	Error     string // of the last attempt; "" for none
	NextAt    time.Time
	DoneAt    time.Time // when it arrived, or was given up
}

// Arrived says whether the program took it.
func (d *WebhookDelivery) Arrived() bool {
	return !d.DoneAt.IsZero() && d.Status >= 200 && d.Status < 300
}

// WebhookReader looks up webhooks.
type WebhookReader interface {
	Webhook(ctx context.Context, id ID) (*Webhook, error)
	// Webhooks lists those of a forum (0: of the server), the oldest first.
	Webhooks(ctx context.Context, forum ID) ([]Webhook, error)
	// WebhooksFor lists those of a forum and of the server that are to be told of an
	// event.
	WebhooksFor(ctx context.Context, forum ID, event WebhookEvent) ([]Webhook, error)
	WebhookDelivery(ctx context.Context, id ID) (*WebhookDelivery, error)
	// WebhookLog lists what went to a webhook, the last first.
	WebhookLog(ctx context.Context, webhook ID, limit int) ([]WebhookDelivery, error)
}

// WebhookTx changes webhooks.
type WebhookTx interface {
	SaveWebhook(ctx context.Context, w *Webhook) error
	// DeleteWebhook forgets one with its log.
	DeleteWebhook(ctx context.Context, id ID) error
	SaveWebhookDelivery(ctx context.Context, d *WebhookDelivery) error
}

// NewWebhook is what somebody wants to be called.
type NewWebhook struct {
	Forum  string // handle; "" for the whole server
	URL    string
	Events []WebhookEvent
}

// webhookPlace finds the forum whose webhooks by may see and change: its moderators
// may, and administrators those of the server, which is no forum.
func (s *Service) webhookPlace(ctx context.Context, r Reader, by *Account, handle string) (ID, error) {
	if handle == "" {
		return 0, s.mayHook(ctx, r, by, 0)
	}
	h, ok := ParseHandle(handle, s.addresses.Host())
	if !ok || h.Host != "" {
		return 0, notFound()
	}
	f, err := r.Forum(ctx, h)
	if err != nil {
		return 0, err
	}
	return f.ID, s.mayHook(ctx, r, by, f.ID)
}

func (s *Service) mayHook(ctx context.Context, r Reader, by *Account, forum ID) error {
	switch {
	case by == nil:
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	case s.webhooks == nil:
		return &Error{Code: Unavailable, Key: "WebhooksOff"}
	case forum != 0:
		return s.mayModerate(ctx, r, by, forum)
	case !by.IsAdmin() || by.Active() != nil:
		return &Error{Code: Forbidden, Key: "AdminsOnly"}
	}
	return nil
}

// Webhooks lists those of a forum, or with "" of the server.
func (s *Service) Webhooks(ctx context.Context, by *Account, forum string) ([]Webhook, error) {
	place, err := s.webhookPlace(ctx, s.store, by, forum)
	if err != nil {
		return nil, err
	}
	return s.store.Webhooks(ctx, place)
}

func (s *Service) checkWebhook(address *string, events []WebhookEvent) ([]WebhookEvent, error) {
	*address = strings.TrimSpace(*address)
	if u, err := url.Parse(*address); err != nil || u.Host == "" || u.User != nil || len(*address) > maxAddress {
		return nil, invalid("url", "WebhookAddress", nil)
	}
	if err := s.webhooks.Check(*address); err != nil {
		return nil, err
	}
	var chosen []WebhookEvent
	for _, e := range WebhookEvents {
		if slices.Contains(events, e) {
			chosen = append(chosen, e)
		}
	}
	if len(chosen) == 0 || len(events) > len(chosen) {
		return nil, invalid("events", "WebhookEvents", nil)
	}
	return chosen, nil
}

// AddWebhook has a program called from now on. Its secret is shown to nobody again.
func (s *Service) AddWebhook(ctx context.Context, by *Account, n NewWebhook) (*Webhook, error) {
	place, err := s.webhookPlace(ctx, s.store, by, n.Forum)
	if err != nil {
		return nil, err
	}
	events, err := s.checkWebhook(&n.URL, n.Events)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	w := &Webhook{ID: s.ids.New(now), ForumID: place, ByID: by.ID, URL: n.URL, Events: events, Secret: s.webhooks.NewSecret(), CreatedAt: now}
	return w, s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.mayHook(ctx, tx, by, place); err != nil {
			return err
		}
		known, err := tx.Webhooks(ctx, place)
		if err != nil {
			return err
		}
		if len(known) >= maxWebhooks {
			return &Error{Code: TooMany, Key: "WebhooksTooMany", Args: map[string]any{"Max": maxWebhooks}}
		}
		return tx.SaveWebhook(ctx, w)
	})
}

// changeWebhook changes a webhook that by may change.
func (s *Service) changeWebhook(ctx context.Context, by *Account, id ID, change func(ctx context.Context, tx Tx, w *Webhook) error) (*Webhook, error) {
	var w *Webhook
	return w, s.write(ctx, func(ctx context.Context, tx Tx) error {
		var err error
		if w, err = s.webhookSeen(ctx, tx, by, id); err != nil {
			return err
		}
		return change(ctx, tx, w)
	})
}

// webhookSeen finds a webhook; to whoever may not see it there is none.
func (s *Service) webhookSeen(ctx context.Context, r Reader, by *Account, id ID) (*Webhook, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	w, err := r.Webhook(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mayHook(ctx, r, by, w.ForumID); CodeOf(err) == Forbidden {
		return nil, notFound()
	} else if err != nil {
		return nil, err
	}
	return w, nil
}

// PauseWebhook stops the calls of a webhook, or has them made again; what happened
// meanwhile is not told.
func (s *Service) PauseWebhook(ctx context.Context, by *Account, id ID, on bool) (*Webhook, error) {
	return s.changeWebhook(ctx, by, id, func(ctx context.Context, tx Tx, w *Webhook) error {
		w.PausedAt, w.FailingSince = time.Time{}, time.Time{}
		if on {
			w.PausedAt = s.clock.Now()
		}
		return tx.SaveWebhook(ctx, w)
	})
}

// RenewWebhookSecret gives a webhook another secret at once.
func (s *Service) RenewWebhookSecret(ctx context.Context, by *Account, id ID) (*Webhook, error) {
	return s.changeWebhook(ctx, by, id, func(ctx context.Context, tx Tx, w *Webhook) error {
		w.Secret = s.webhooks.NewSecret()
		return tx.SaveWebhook(ctx, w)
	})
}

// RemoveWebhook forgets a webhook with its log.
func (s *Service) RemoveWebhook(ctx context.Context, by *Account, id ID) (*Webhook, error) {
	return s.changeWebhook(ctx, by, id, func(ctx context.Context, tx Tx, w *Webhook) error { return tx.DeleteWebhook(ctx, w.ID) })
}

// TestWebhook calls a program once, paused or not, so that whoever runs it sees
// whether it understands.
func (s *Service) TestWebhook(ctx context.Context, by *Account, id ID) (*Webhook, error) {
	return s.changeWebhook(ctx, by, id, func(ctx context.Context, tx Tx, w *Webhook) error {
		return s.sendWebhook(ctx, tx, w, WebhookTest, map[string]any{"webhook_id": w.ID.String()})
	})
}

// WebhookLog lists the last calls of a webhook.
func (s *Service) WebhookLog(ctx context.Context, by *Account, id ID) (*Webhook, []WebhookDelivery, error) {
	w, err := s.webhookSeen(ctx, s.store, by, id)
	if err != nil {
		return nil, nil, err
	}
	list, err := s.store.WebhookLog(ctx, id, webhookLogShown)
	return w, list, err
}

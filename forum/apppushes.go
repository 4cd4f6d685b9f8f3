package forum

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"time"
)

// AppPush is an app's wish to be pushed notifications. It ends with the token that it
// was made with.
type AppPush struct {
	ID        ID
	AccountID ID
	TokenID   ID     // each token has one at most
	Endpoint  string // where messages are sent
	Key       string // base64url
	Auth      string // base64url
	Standard  bool   // encrypted as RFC 8291 says; else as its draft of 2016 did ("aesgcm")
	Alerts    []string
	Policy    AppPushPolicy
	// SealedToken is the token as the app knows it, sealed: messages name it, so that
	// an app with several accounts knows whose they are. Nothing else reads it.
	SealedToken string
	CreatedAt   time.Time
}

// AppPushPolicy says whose doings are pushed.
type AppPushPolicy string

// The policies.
const (
	PushAll      AppPushPolicy = "all"
	PushFollowed AppPushPolicy = "followed" // of those whom the account follows
	PushFollower AppPushPolicy = "follower" // of those who follow the account
	PushNone     AppPushPolicy = "none"
)

// AppNotices are what apps call what people are told of. What moderators have to say
// is on our own pages: Mastodon's words for it mean other things.
var AppNotices = map[NotificationKind]string{
	NotifyReply: "mention", NotifyMention: "mention", NotifySupport: "favourite", NotifyBoost: "reblog", NotifyFollow: "follow", NotifyThread: "status",
}

// AppAlerts are all kinds of notifications that an app may ask to be pushed. Those
// that do not exist here are kept for it, and come to nothing.
var AppAlerts = []string{"mention", "quote", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quoted_update", "admin.sign_up", "admin.report"}

// AppMessage is a message to an app about one notification.
type AppMessage struct {
	To       AppPush
	Token    string
	Locale   string
	Type     string // as AppNotices has it
	Icon     string // address of the picture of who did it; "" for none
	Group    NotificationGroup
	Body     string // plain text
	Lifetime time.Duration
	Urgency  string
}

// AppPushReader looks up where apps are pushed to.
type AppPushReader interface {
	// AppPushOf is that of a token.
	AppPushOf(ctx context.Context, token ID) (*AppPush, error)
	// AppPushes are those of an account, the oldest first.
	AppPushes(ctx context.Context, account ID) ([]AppPush, error)
}

// AppPushTx changes where apps are pushed to.
type AppPushTx interface {
	// SaveAppPush keeps one in place of that of the same token, and of those of the
	// account with the same endpoint; Conflict when the account has as many as it may.
	SaveAppPush(ctx context.Context, p AppPush, most int) error
	RemoveAppPush(ctx context.Context, id ID) error
}

const appTokenSecret = "app_tokens" // the key that seals them

// AppPushOf finds where the app of a token is pushed to.
func (s *Service) AppPushOf(ctx context.Context, token *AccessToken) (*AppPush, error) {
	return s.store.AppPushOf(ctx, token.ID)
}

// AddAppPush lets an app be pushed what its account is told of, in place of what it
// wished before. secret is the token as the app sent it.
func (s *Service) AddAppPush(ctx context.Context, by *Account, token *AccessToken, secret string, p AppPush) (*AppPush, error) {
	if by == nil || token == nil || token.AccountID != by.ID || hashToken(secret) != token.TokenHash {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	// Apps write base64 in either alphabet, padded or not.
	for _, field := range []*string{&p.Key, &p.Auth} {
		*field = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimSpace(*field)), "=")
	}
	if err := s.pusher.Check(Device{Endpoint: p.Endpoint, Key: p.Key, Auth: p.Auth}); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	var err error
	if p.SealedToken, err = s.sealToken(ctx, secret); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	p.ID, p.AccountID, p.TokenID, p.CreatedAt = s.ids.New(now), by.ID, token.ID, now
	return &p, s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.SaveAppPush(ctx, p, maxDevices) })
}

// check tidies which notifications are asked for.
func (p *AppPush) check() error {
	p.Alerts = slices.DeleteFunc(slices.Clone(p.Alerts), func(name string) bool { return !slices.Contains(AppAlerts, name) })
	switch p.Policy {
	case "":
		p.Policy = PushAll
	case PushAll, PushFollowed, PushFollower, PushNone:
	default:
		return invalid("policy", "PushPolicyUnknown", nil)
	}
	return nil
}

// ChangeAppPush changes what an app is pushed, not where to.
func (s *Service) ChangeAppPush(ctx context.Context, token *AccessToken, alerts []string, policy AppPushPolicy) (*AppPush, error) {
	var p *AppPush
	return p, s.write(ctx, func(ctx context.Context, tx Tx) error {
		var err error
		if p, err = tx.AppPushOf(ctx, token.ID); err != nil {
			return err
		}
		p.Alerts, p.Policy = alerts, policy
		if err := p.check(); err != nil {
			return err
		}
		return tx.SaveAppPush(ctx, *p, maxDevices)
	})
}

// RemoveAppPush ends that; it succeeds when there is none.
func (s *Service) RemoveAppPush(ctx context.Context, token *AccessToken) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := tx.AppPushOf(ctx, token.ID)
		if CodeOf(err) == NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.RemoveAppPush(ctx, p.ID)
	})
}

func (s *Service) appTokenKey(ctx context.Context) (string, error) {
	if s.sealer == nil {
		return "", &Error{Code: Unavailable, Key: "PushFailed"}
	}
	return s.secret(ctx, appTokenSecret, s.sealer.NewKey)
}

// sealToken makes a token unreadable without the server's key.
func (s *Service) sealToken(ctx context.Context, secret string) (string, error) {
	key, err := s.appTokenKey(ctx)
	if err != nil {
		return "", err
	}
	sealed, err := s.sealer.Seal(key, strings.NewReader(secret))
	if err != nil {
		return "", err
	}
	defer sealed.Close()
	body, err := io.ReadAll(sealed)
	return base64.StdEncoding.EncodeToString(body), err
}

func (s *Service) unsealToken(ctx context.Context, sealed string) (string, error) {
	key, err := s.appTokenKey(ctx)
	if err != nil {
		return "", err
	}
	body, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return "", err
	}
	plain, err := s.sealer.Unseal(key, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	secret, err := io.ReadAll(plain)
	return string(secret), err
}

// AppPushJob asks for a message to an app about a notification.
type AppPushJob struct {
	Account      ID        `json:"account"`
	Push         ID        `json:"push"`
	Notification ID        `json:"notification"`
	At           time.Time `json:"at"`
}

// Kind implements Job.
func (AppPushJob) Kind() string { return "app_push" }

// Outward implements OutwardJob.
func (AppPushJob) Outward() {}

// pushApps asks for a message to each of an account's apps that wants it. What is
// pushed to browsers is another choice.
func (s *Service) pushApps(ctx context.Context, tx Tx, n Notification) error {
	name := AppNotices[n.Kind]
	if s.pusher == nil || name == "" || n.ActorID == 0 {
		return nil
	}
	list, err := tx.AppPushes(ctx, n.AccountID)
	if err != nil {
		return err
	}
	for i := range list {
		if p := &list[i]; p.Policy != PushNone && slices.Contains(p.Alerts, name) {
			if err := tx.Enqueue(ctx, AppPushJob{Account: p.AccountID, Push: p.ID, Notification: n.ID, At: n.At}); err != nil {
				return err
			}
		}
	}
	return nil
}

// WorkAppPush does an AppPushJob, as WorkPush does a PushJob.
func (s *Service) WorkAppPush(ctx context.Context, job AppPushJob) error {
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
	list, err := s.store.AppPushes(ctx, account.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(p AppPush) bool { return p.ID == job.Push })
	if i < 0 {
		return nil
	}
	m, err := s.appMessage(ctx, account, &list[i], job.Notification)
	if err != nil || m == nil {
		return err
	}
	key, err := s.secret(ctx, pushKey, s.pusher.NewKey)
	if err != nil {
		return err
	}
	return s.pushed(ctx, s.pusher.PushApp(ctx, key, *m), job, func(ctx context.Context, tx Tx) error { return tx.RemoveAppPush(ctx, job.Push) })
}

// appMessage is what an app is told of a notification; nil for what is no news, or not
// by whom the app wants to hear of.
func (s *Service) appMessage(ctx context.Context, account *Account, p *AppPush, id ID) (*AppMessage, error) {
	group, err := s.newsOf(ctx, account, id)
	if err != nil || group == nil || group.Newest[0].Actor == nil {
		return nil, err
	}
	n := &group.Newest[0]
	actor, err := s.store.Actor(ctx, n.Actor.ID)
	if err != nil {
		return nil, err
	}
	if p.Policy != PushAll {
		relations, err := s.store.Relationships(ctx, account.ID, []ID{actor.ID})
		if err != nil {
			return nil, err
		}
		if len(relations) == 0 || p.Policy == PushFollowed && relations[0].Following != FollowAccepted || p.Policy == PushFollower && relations[0].FollowedBy != FollowAccepted {
			return nil, nil
		}
	}
	m := &AppMessage{To: *p, Locale: account.Locale, Type: AppNotices[n.Kind], Icon: actor.IconURL, Group: *group, Body: n.Excerpt, Lifetime: pushLifetime, Urgency: urgency(group)}
	switch {
	case n.Kind == NotifyFollow:
		m.Body = Excerpt(s.renderer.Text(actor.Summary), pushExcerpt)
	case m.Body == "":
		m.Body = n.ThreadTitle
	}
	m.Token, err = s.unsealToken(ctx, p.SealedToken)
	return m, err
}

package push

import (
	"context"
	"encoding/json"
	"net/http"

	"portevoix/forum"
)

// appMessage is what Mastodon sends apps.
type appMessage struct {
	AccessToken string `json:"access_token"`
	Locale      string `json:"preferred_locale"`
	Number      int64  `json:"notification_id"` // a number here, unlike everywhere else
	Type        string `json:"notification_type"`
	Icon        string `json:"icon"`
	Title       string `json:"title"`
	Body        string `json:"body"`
}

const (
	maxBody = 140  // characters
	maxIcon = 1000 // bytes
)

// PushApp implements forum.Pusher.
func (s *Sender) PushApp(ctx context.Context, key string, m forum.AppMessage) error {
	print := s.o.Messages.Printer(append([]string{m.Locale}, s.o.Languages...)...)
	icon := m.Icon
	if icon == "" || len(icon) > maxIcon {
		icon = s.o.Icon
	}
	payload, err := json.Marshal(appMessage{
		AccessToken: m.Token, Locale: print.Tag, Number: int64(m.Group.Newest[0].ID), Type: m.Type, Icon: icon,
		Title: forum.Excerpt(print.Notification(&m.Group), maxTitle), Body: forum.Excerpt(m.Body, maxBody),
	})
	if err != nil {
		return err
	}
	to, err := readKeys(m.To.Key, m.To.Auth)
	if err != nil {
		return err
	}
	token, public, err := s.token(key, m.To.Endpoint)
	if err != nil {
		return err
	}
	if m.To.Standard {
		body, err := encrypt(payload, to)
		if err != nil {
			return err
		}
		return s.send(ctx, m.To.Endpoint, body, m.Lifetime, m.Urgency, http.Header{"Authorization": {vapid(token, public)}, "Content-Encoding": {"aes128gcm"}})
	}
	sealed, err := encryptLegacy(payload, to)
	if err != nil {
		return err
	}
	return s.send(ctx, m.To.Endpoint, sealed.body, m.Lifetime, m.Urgency, http.Header{
		"Authorization": {"WebPush " + token}, "Content-Encoding": {"aesgcm"}, "Encryption": {"salt=" + sealed.salt}, "Crypto-Key": {"dh=" + sealed.key + ";p256ecdsa=" + public},
	})
}

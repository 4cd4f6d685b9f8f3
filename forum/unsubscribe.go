package forum

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// AllDigests stands in the links of digests for every topic that goes into them.
const AllDigests Topic = "digests"

// Unsubscription is what a link in a mail may end, without signing in.
type Unsubscription struct {
	Account *Account
	Topic   Topic // or AllDigests
	Ended   bool  // there is none of this mail any more
	Undo    bool  // what was before can come back
}

const unsubscribeSecret = "unsubscribe"

// unsubscribeAddress is the address that ends the kind of mail a job sends.
func (s *Service) unsubscribeAddress(ctx context.Context, job NoticesJob) (string, error) {
	topic := job.Topic
	if job.Digest != "" {
		topic = AllDigests
	}
	mac, err := s.unsubscribeMAC(ctx, job.Account, topic)
	if err != nil {
		return "", err
	}
	token := job.Account.String() + "." + string(topic) + "." + base64.RawURLEncoding.EncodeToString(mac)
	return s.addresses.Base() + "/unsubscribe/" + token, nil
}

func (s *Service) unsubscribeMAC(ctx context.Context, account ID, topic Topic) ([]byte, error) {
	key, err := s.secret(ctx, unsubscribeSecret, func() (string, error) { return newToken(), nil })
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(account.String() + "." + string(topic)))
	return mac.Sum(nil), nil
}

// secret is the secret of that name; the first that asks makes it.
func (s *Service) secret(ctx context.Context, name string, make func() (string, error)) (string, error) {
	value, err := s.store.Secret(ctx, name)
	if CodeOf(err) != NotFound {
		return value, err
	}
	fresh, err := make()
	if err != nil {
		return "", err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		var err error
		value, err = tx.KeepSecret(ctx, name, fresh)
		return err
	})
	return value, err
}

// PeekUnsubscribe reads a link's token and changes nothing: NotFound for one that
// this server did not make, or whose account is gone.
func (s *Service) PeekUnsubscribe(ctx context.Context, token string) (*Unsubscription, error) {
	account, rest, _ := strings.Cut(token, ".")
	topic, given, _ := strings.Cut(rest, ".")
	id, err := ParseID(account)
	if err != nil {
		return nil, err
	}
	mac, err := base64.RawURLEncoding.DecodeString(given)
	if err != nil {
		return nil, notFound()
	}
	want, err := s.unsubscribeMAC(ctx, id, Topic(topic))
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(mac, want) {
		return nil, notFound()
	}
	u := &Unsubscription{Topic: Topic(topic)}
	if u.Account, err = s.store.Account(ctx, id); err != nil {
		return nil, err
	}
	n, err := s.store.NotificationSettings(ctx, id)
	if err != nil {
		return nil, err
	}
	u.Ended, u.Undo = len(unsubscribed(&n, u.Topic)) == 0, n.FormerMail != nil
	return u, nil
}

// unsubscribed are the topics that the link of a topic ends.
func unsubscribed(n *NotificationSettings, topic Topic) []Topic {
	var list []Topic
	for _, t := range Topics {
		pace := n.Pace(t)
		if t == topic && pace != PaceNever || topic == AllDigests && (pace == PaceDaily || pace == PaceWeekly) {
			list = append(list, t)
		}
	}
	return list
}

// Unsubscribe ends the mail that a link names. Doing so twice changes nothing.
func (s *Service) Unsubscribe(ctx context.Context, token string) error {
	u, err := s.PeekUnsubscribe(ctx, token)
	if err != nil {
		return err
	}
	return s.changeNotificationSettings(ctx, u.Account.ID, func(n *NotificationSettings) error {
		ending := unsubscribed(n, u.Topic)
		if len(ending) == 0 {
			return nil
		}
		// Two links in a row are taken back together.
		if n.FormerMail == nil {
			n.FormerMail = map[Topic]Pace{}
		}
		ended := map[Topic]Pace{}
		for _, topic := range ending {
			n.FormerMail[topic], ended[topic] = n.Pace(topic), PaceNever
		}
		n.Mail = merged(n.Mail, ended)
		return nil
	})
}

// Resubscribe takes back what links in mails ended, since the person last chose
// for themselves.
func (s *Service) Resubscribe(ctx context.Context, token string) error {
	u, err := s.PeekUnsubscribe(ctx, token)
	if err != nil {
		return err
	}
	return s.changeNotificationSettings(ctx, u.Account.ID, func(n *NotificationSettings) error {
		n.Mail, n.FormerMail = merged(n.Mail, n.FormerMail), nil
		return nil
	})
}

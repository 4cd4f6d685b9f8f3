package forum

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// A stamp says when a form was shown, and that this server did it. Programs that
// fill forms in send them at once, or again and again: people take their time, and
// not too much of it.
const (
	stampSecret   = "form_stamp"
	leastFormTime = 3 * time.Second
	mostFormTime  = 24 * time.Hour
)

// StampForm returns a stamp for a form that is shown now.
func (s *Service) StampForm(ctx context.Context) (string, error) {
	at := strconv.FormatInt(s.clock.Now().UnixMilli(), 10)
	mac, err := s.stampMAC(ctx, at)
	return at + "." + mac, err
}

func (s *Service) stampMAC(ctx context.Context, at string) (string, error) {
	key, err := s.secret(ctx, stampSecret, func() (string, error) { return newToken(), nil })
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(at))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

// checkStamp returns Invalid for a form that was sent too soon, too late, or that
// this server never showed.
func (s *Service) checkStamp(ctx context.Context, stamp string) error {
	at, given, _ := strings.Cut(stamp, ".")
	want, err := s.stampMAC(ctx, at)
	if err != nil {
		return err
	}
	millis, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !hmac.Equal([]byte(given), []byte(want)) {
		return invalid("stamp", "FormTooOld", nil)
	}
	switch age := s.clock.Now().Sub(time.UnixMilli(millis)); {
	case age < leastFormTime:
		return invalid("stamp", "FormTooFast", nil)
	case age > mostFormTime:
		return invalid("stamp", "FormTooOld", nil)
	}
	return nil
}

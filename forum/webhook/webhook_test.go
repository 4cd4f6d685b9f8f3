package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"portevoix/forum"
)

// TestSend signs the example of the specification.
func TestSend(t *testing.T) {
	var got http.Header
	s := Sender{Post: func(_ context.Context, address string, body []byte, header http.Header) (int, error) {
		if address != "https://bot.example" || string(body) != `{"test": 2432232314}` {
			t.Errorf("%s is sent %s", address, body)
		}
		got = header
		return 204, nil
	}}
	status, err := s.Send(t.Context(), forum.WebhookCall{URL: "https://bot.example", Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", At: time.Unix(1614265330, 0), Body: []byte(`{"test": 2432232314}`)})
	if err != nil || status != 204 {
		t.Fatal(status, err)
	}
	for name, want := range map[string]string{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330", "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "Content-Type": "application/json"} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, not %q", name, got.Get(name), want)
		}
	}
	if _, err := s.Send(t.Context(), forum.WebhookCall{Secret: "whsec_!"}); err == nil {
		t.Error("a secret that is none signs")
	}
	for cause, want := range map[error]string{
		&net.DNSError{Name: "bot.example", Err: "no such host", Server: "10.0.0.53:53"}: "bot.example: no such host", &net.OpError{Op: "dial", Source: &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)}, Err: errors.New("connection refused")}: "connection refused",
	} {
		s.Post = func(context.Context, string, []byte, http.Header) (int, error) {
			return 0, fmt.Errorf("call: %w", cause)
		}
		if _, err := s.Send(t.Context(), forum.WebhookCall{Secret: "whsec_AAAA"}); err == nil || err.Error() != want {
			t.Errorf("%v is told as %v", cause, err)
		}
	}
	if a, b := s.NewSecret(), s.NewSecret(); a == b || len(a) != len("whsec_")+44 {
		t.Errorf("secrets %q and %q", a, b)
	}
}

func TestCheck(t *testing.T) {
	for address, plain := range map[string]bool{"https://a.example/x": false, "http://a.example": true} {
		if err := (Sender{PlainHTTP: plain}).Check(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"http://a.example", "ftp://a.example", "https:///x", "a.example", ":"} {
		if err := (Sender{}).Check(address); err == nil {
			t.Errorf("%s is called", address)
		}
	}
}

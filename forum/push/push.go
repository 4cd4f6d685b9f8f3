package push

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"portevoix/forum"
	"portevoix/forum/locale"
)

// Options are what a Sender is made of.
type Options struct {
	Messages  *locale.Messages
	Languages []string // to write in where an account chose none
	// Base is the server's address: whom push services turn to.
	Base string
	// Post makes a request and returns the status of the answer, and how long it
	// asks to wait. It must guard against addresses that no browser would give.
	Post func(ctx context.Context, address string, body []byte, header http.Header) (status int, wait time.Duration, err error)
	// Icon is the address of the picture that stands for those who have none.
	Icon string
	// PlainHTTP takes push services without TLS: for tests.
	PlainHTTP bool
	Clock     forum.Clock
}

// Sender implements forum.Pusher.
type Sender struct{ o Options }

var _ forum.Pusher = (*Sender)(nil)

// New returns a sender.
func New(o Options) *Sender { return &Sender{o} }

// NewKey implements forum.Pusher.
func (*Sender) NewKey() (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	raw, err := key.Bytes()
	return encoding.EncodeToString(raw), err
}

func readKey(key string) (*ecdsa.PrivateKey, error) {
	raw, err := encoding.DecodeString(key)
	if err != nil {
		return nil, fmt.Errorf("read the server's push key: %w", err)
	}
	return ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
}

// PublicKey implements forum.Pusher.
func (*Sender) PublicKey(key string) (string, error) {
	private, err := readKey(key)
	if err != nil {
		return "", err
	}
	return publicKey(private)
}

func publicKey(private *ecdsa.PrivateKey) (string, error) {
	point, err := private.PublicKey.Bytes()
	return encoding.EncodeToString(point), err
}

const maxEndpoint = 1000

// Check implements forum.Pusher.
func (s *Sender) Check(d forum.Device) error {
	refused := &forum.Error{Code: forum.Invalid, Key: "DeviceUnreadable", Field: "endpoint"}
	u, err := url.Parse(d.Endpoint)
	if err != nil || len(d.Endpoint) > maxEndpoint || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !s.o.PlainHTTP) {
		refused.Err = err
		return refused
	}
	if _, err := readKeys(d.Key, d.Auth); err != nil {
		refused.Err = err
		return refused
	}
	return nil
}

const (
	tokenLifetime = 12 * time.Hour // a push service takes a day at most (RFC 8292, section 2)
	maxTitle      = 120            // characters
)

// message is what static/files/service-worker.js shows.
type message struct {
	Title    string `json:"title"`
	Text     string `json:"text,omitempty"`
	Path     string `json:"path"`
	Tag      string `json:"tag"` // a later message with it takes the place of this one
	Language string `json:"lang"`
}

// Push implements forum.Pusher.
func (s *Sender) Push(ctx context.Context, key string, p forum.Push) error {
	body, err := s.encrypt(p)
	if err != nil {
		return err
	}
	token, public, err := s.token(key, p.Device.Endpoint)
	if err != nil {
		return err
	}
	return s.send(ctx, p.Device.Endpoint, body, p.Lifetime, p.Urgency, http.Header{
		"Authorization": {vapid(token, public)}, "Content-Encoding": {"aes128gcm"}, "Topic": {p.Group.ID.String()},
	})
}

// send asks a push service to pass a message on.
func (s *Sender) send(ctx context.Context, endpoint string, body []byte, lifetime time.Duration, urgency string, header http.Header) error {
	header.Set("Content-Type", "application/octet-stream")
	header.Set("Ttl", strconv.Itoa(int(lifetime.Seconds())))
	header.Set("Urgency", urgency)
	status, wait, err := s.o.Post(ctx, endpoint, body, header)
	switch {
	case err != nil:
		return &forum.Error{Code: forum.Unavailable, Key: "PushFailed", Err: hideEndpoint(err)}
	case status == http.StatusNotFound || status == http.StatusGone:
		return &forum.Error{Code: forum.Gone, Key: "PushFailed"}
	case (status == http.StatusTooManyRequests || status >= 500) && wait > 0:
		return &forum.PushLater{Wait: wait}
	case status == http.StatusTooManyRequests || status >= 500:
		return &forum.Error{Code: forum.Unavailable, Key: "PushFailed", Err: fmt.Errorf("the push service answers %d", status)}
	case status >= 300: // no later attempt would be taken either
		return &forum.Error{Code: forum.Forbidden, Key: "PushFailed", Err: fmt.Errorf("the push service answers %d", status)}
	}
	return nil
}

// hideEndpoint keeps the address of a browser out of the log: whoever has it can
// do little, but it names somebody.
func hideEndpoint(err error) error {
	if e, ok := err.(*url.Error); ok { //nolint:errorlint // the outermost one holds the address
		return e.Err
	}
	return err
}

func (s *Sender) encrypt(p forum.Push) ([]byte, error) {
	to, err := readKeys(p.Device.Key, p.Device.Auth)
	if err != nil {
		return nil, err
	}
	print := s.o.Messages.Printer(append([]string{p.Locale}, s.o.Languages...)...)
	text := p.Group.Newest[0].Excerpt
	if text == "" {
		text = p.Group.Newest[0].ThreadTitle
	}
	payload, err := json.Marshal(message{
		Title: forum.Excerpt(print.Notification(&p.Group), maxTitle), Text: text, Path: p.Group.Path(), Tag: p.Group.ID.String(), Language: print.Tag,
	})
	if err != nil {
		return nil, err
	}
	return encrypt(payload, to)
}

// vapid is how a token is shown (RFC 8292, section 3).
func vapid(token, public string) string { return "vapid t=" + token + ", k=" + public }

// token shows a push service that it is this server that asks: a token for its origin
// (RFC 8292) as a JWT, signed by ES256. It comes with the public key.
func (s *Sender) token(key, endpoint string) (token, public string, err error) {
	private, err := readKey(key)
	if err != nil {
		return "", "", err
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", "", err
	}
	claims, err := json.Marshal(map[string]any{"aud": u.Scheme + "://" + u.Host, "exp": s.o.Clock.Now().Add(tokenLifetime).Unix(), "sub": s.o.Base})
	if err != nil {
		return "", "", err
	}
	token = encoding.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + encoding.EncodeToString(claims)
	sum := sha256.Sum256([]byte(token))
	r, n, err := ecdsa.Sign(rand.Reader, private, sum[:])
	if err != nil {
		return "", "", err
	}
	signature := make([]byte, 64) // both numbers, 32 bytes each (RFC 7518, section 3.4)
	r.FillBytes(signature[:32])
	n.FillBytes(signature[32:])
	public, err = publicKey(private)
	return token + "." + encoding.EncodeToString(signature), public, err
}

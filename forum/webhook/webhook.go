// Package webhook calls programs as Standard Webhooks
// (https://www.standardwebhooks.com) has it: it makes secrets, signs, and posts.
//
// It decides nothing: what is told to whom, and when again, is the service's, and the
// way out is given to it.
package webhook

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"portevoix/forum"
)

// Sender implements [forum.WebhookSender].
type Sender struct {
	// PlainHTTP allows addresses without TLS, for tests and private networks.
	PlainHTTP bool
	// Post sends a body to public addresses only, follows no redirect, and returns the
	// status of the answer.
	Post func(ctx context.Context, address string, body []byte, header http.Header) (status int, err error)
}

var _ forum.WebhookSender = Sender{}

// NewSecret makes a secret of 32 random bytes.
func (Sender) NewSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}

// Check implements forum.WebhookSender.
func (s Sender) Check(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(s.PlainHTTP && u.Scheme == "http") {
		return &forum.Error{Code: forum.Invalid, Key: "WebhookAddress", Field: "url", Err: err}
	}
	return nil
}

// Send implements forum.WebhookSender.
func (s Sender) Send(ctx context.Context, c forum.WebhookCall) (int, error) {
	hook, err := standard.NewWebhook(c.Secret)
	if err != nil {
		return 0, err
	}
	signature, err := hook.Sign(c.ID, c.At, c.Body)
	if err != nil {
		return 0, err
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set(standard.HeaderWebhookID, c.ID)
	header.Set(standard.HeaderWebhookTimestamp, strconv.FormatInt(c.At.Unix(), 10))
	header.Set(standard.HeaderWebhookSignature, signature)
	status, err := s.Post(ctx, c.URL, c.Body, header)
	return status, plain(err)
}

// plain says why nothing was answered, without what it tells of this server's network.
func plain(err error) error {
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		return errors.New(name.Name + ": " + name.Err)
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok {
		return dial.Err
	}
	return err
}

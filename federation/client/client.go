// Package client is the only way out: every request this server makes to
// another one goes through its Client, which speaks to public addresses only,
// never without limits on size, time and redirects, and is polite to each host.
//
// It knows HTTP and addresses. What is asked for, and whether the answer is to
// be believed, is for its callers to decide.
package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Options configure a Client; the zero value is right for the public internet.
type Options struct {
	// AllowNetworks may be spoken to although they are not public, and without
	// TLS: for tests and closed networks.
	AllowNetworks []netip.Prefix
	// Permit, when not nil, says for each host whether it is spoken to; its error
	// is the caller's answer.
	Permit    func(ctx context.Context, host string) error
	UserAgent string
	Timeout   time.Duration // for a whole request, default 10 s
	MaxBytes  int64         // of an answer, default 1 MiB as Mastodon
	PerHost   int           // requests to one host at a time, default 8
}

const (
	maxRedirects    = 3
	maxResponseHead = 64 << 10
)

// Client makes requests to other servers. It is safe for concurrent use.
type Client struct {
	o      Options
	secure *http.Client // https: public addresses
	plain  *http.Client // http: allowed networks only
	mu     sync.Mutex
	slots  map[string]*slot
}

// slot bounds the requests that are under way to one host.
type slot struct {
	free  chan struct{}
	users int
}

// New returns a client.
func New(o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 20
	}
	if o.PerHost == 0 {
		o.PerHost = 8
	}
	c := &Client{o: o, slots: map[string]*slot{}}
	c.secure = guarded(o, false)
	c.plain = guarded(o, true)
	return c
}

func guarded(o Options, onlyAllowed bool) *http.Client {
	dialer := &net.Dialer{Timeout: o.Timeout, KeepAlive: 30 * time.Second, Control: control(o.AllowNetworks, onlyAllowed)}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext, // and no Proxy: the guard must see the real address
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           512,
			MaxIdleConnsPerHost:    o.PerHost,
			IdleConnTimeout:        60 * time.Second,
			TLSHandshakeTimeout:    o.Timeout,
			ResponseHeaderTimeout:  o.Timeout,
			MaxResponseHeaderBytes: maxResponseHead,
		},
		// Redirects are followed by hand: each hop is signed anew.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Response is a complete answer.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	URL    string // after redirects
}

// Prepare completes a request before it is sent: its signature, its Accept.
type Prepare func(r *http.Request) error

// ErrTooLarge means that an answer is longer than the limit.
var ErrTooLarge = errors.New("the answer is too large")

// Get fetches a URL and follows up to three redirects.
func (c *Client) Get(ctx context.Context, address string, prepare Prepare) (*Response, error) {
	return c.get(ctx, address, prepare, bounds{most: c.o.MaxBytes})
}

// GetBeginning is Get for a page of which no more than the first bytes are
// wanted, however long it is.
func (c *Client) GetBeginning(ctx context.Context, address string, most int64, prepare Prepare) (*Response, error) {
	return c.get(ctx, address, prepare, bounds{most: most, cut: true})
}

// bounds are how much of an answer is read. What is longer is an error, unless it
// is cut.
type bounds struct {
	most int64
	cut  bool
}

func (c *Client) get(ctx context.Context, address string, prepare Prepare, b bounds) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	for range maxRedirects + 1 {
		response, err := c.do(ctx, http.MethodGet, address, nil, prepare, b)
		if err != nil {
			return nil, err
		}
		next := response.Header.Get("Location")
		if response.Status < 300 || response.Status > 399 || next == "" {
			return response, nil
		}
		from, err := url.Parse(address)
		if err != nil {
			return nil, err
		}
		to, err := from.Parse(next)
		if err != nil {
			return nil, fmt.Errorf("follow redirect: %w", err)
		}
		to.Fragment = ""
		address = to.String()
	}
	return nil, fmt.Errorf("more than %d redirects", maxRedirects)
}

// Post sends a body; redirects are not followed, because the signature covers
// the address.
func (c *Client) Post(ctx context.Context, address string, body []byte, prepare Prepare) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	return c.do(ctx, http.MethodPost, address, body, prepare, bounds{most: c.o.MaxBytes})
}

func (c *Client) do(ctx context.Context, method, address string, body []byte, prepare Prepare, b bounds) (*Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body == nil {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	if c.o.Permit != nil {
		if err := c.o.Permit(ctx, strings.ToLower(r.URL.Host)); err != nil {
			return nil, err
		}
	}
	transport, err := c.transport(r.URL)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", c.o.UserAgent)
	if prepare != nil {
		if err := prepare(r); err != nil {
			return nil, err
		}
	}
	release, err := c.acquire(ctx, r.URL.Host)
	if err != nil {
		return nil, err
	}
	defer release()
	response, err := transport.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, b.most+1))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if int64(len(content)) > b.most {
		if !b.cut {
			return nil, fmt.Errorf("%w: more than %d bytes from %s", ErrTooLarge, b.most, r.URL.Host)
		}
		content = content[:b.most]
	}
	return &Response{Status: response.StatusCode, Header: response.Header, Body: content, URL: address}, nil
}

// transport picks the guard for a URL, or says why it is not asked for at all.
func (c *Client) transport(u *url.URL) (*http.Client, error) {
	switch {
	case u.Host == "" || u.User != nil:
		return nil, fmt.Errorf("%s is no address to ask", u.Redacted())
	case u.Scheme == "https":
		return c.secure, nil
	case u.Scheme == "http" && len(c.o.AllowNetworks) > 0:
		return c.plain, nil
	}
	return nil, fmt.Errorf("%s is not https", u.Redacted())
}

// acquire waits for a free slot of a host.
func (c *Client) acquire(ctx context.Context, host string) (release func(), err error) {
	c.mu.Lock()
	s := c.slots[host]
	if s == nil {
		s = &slot{free: make(chan struct{}, c.o.PerHost)}
		c.slots[host] = s
	}
	s.users++
	c.mu.Unlock()
	leave := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if s.users--; s.users == 0 {
			delete(c.slots, host)
		}
	}
	select {
	case s.free <- struct{}{}:
		return func() { <-s.free; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

// CloseIdle closes connections that nothing uses.
func (c *Client) CloseIdle() {
	c.secure.CloseIdleConnections()
	c.plain.CloseIdleConnections()
}

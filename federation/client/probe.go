package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Finding is what one step on the way to an address came to.
type Finding struct {
	Step   string
	Detail string
	Err    error // nil: the step is passed
}

// Probe goes the way to an address step by step, as a request would, and stops
// at the first step that a request would not pass. It asks for nothing there.
func (c *Client) Probe(ctx context.Context, address string) []Finding {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	p := probe{c: c}
	u, err := url.Parse(address)
	if err != nil {
		p.add("address", "", err)
		return p.list
	}
	if _, err := c.transport(u); !p.add("address", address, err) {
		return p.list
	}
	if c.o.Permit != nil && !p.add("rules", "this server speaks with "+u.Host, c.o.Permit(ctx, strings.ToLower(u.Host))) {
		return p.list
	}
	allowed := p.resolve(ctx, u)
	if len(allowed) == 0 {
		return p.list
	}
	p.connect(ctx, u, allowed)
	return p.list
}

type probe struct {
	c    *Client
	list []Finding
}

func (p *probe) add(step, detail string, err error) (passed bool) {
	p.list = append(p.list, Finding{Step: step, Detail: detail, Err: err})
	return err == nil
}

// resolve finds the addresses behind a name that a connection may be made to.
func (p *probe) resolve(ctx context.Context, u *url.URL) []netip.Addr {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if !p.add("name", fmt.Sprintf("%s is %v", u.Hostname(), found), err) {
		return nil
	}
	var allowed, refused []netip.Addr
	for _, a := range found {
		if within(a, p.c.o.AllowNetworks) || u.Scheme == "https" && public(a) {
			allowed = append(allowed, a)
		} else {
			refused = append(refused, a)
		}
	}
	if len(allowed) == 0 {
		p.add("guard", "", fmt.Errorf("%w: %v", ErrForbiddenAddress, refused))
		return nil
	}
	p.add("guard", fmt.Sprintf("%v may be connected to", allowed), nil)
	return allowed
}

// connect opens a connection and, for https, shakes hands.
func (p *probe) connect(ctx context.Context, u *url.URL, allowed []netip.Addr) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	dialer := &net.Dialer{Control: control(p.c.o.AllowNetworks, u.Scheme == "http")}
	var connection net.Conn
	var failures []error
	begun := time.Now()
	for _, a := range allowed {
		var err error
		if connection, err = dialer.DialContext(ctx, "tcp", net.JoinHostPort(a.String(), port)); err == nil {
			break
		}
		failures = append(failures, err)
	}
	if connection == nil {
		p.add("connection", "", errors.Join(failures...))
		return
	}
	defer connection.Close()
	p.add("connection", fmt.Sprintf("%s answers after %s", connection.RemoteAddr(), time.Since(begun).Round(time.Millisecond)), nil)
	if u.Scheme != "https" {
		return
	}
	config := &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	if t, ok := p.c.secure.Transport.(*http.Transport); ok && t.TLSClientConfig != nil {
		config.RootCAs = t.TLSClientConfig.RootCAs
	}
	secured := tls.Client(connection, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		p.add("TLS", "", err)
		return
	}
	state := secured.ConnectionState()
	p.add("TLS", fmt.Sprintf("%s, the certificate is good until %s", tls.VersionName(state.Version), state.PeerCertificates[0].NotAfter.Format(time.DateOnly)), nil)
}

package client_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portevoix/federation/client"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// TestGuard asks for addresses that nobody outside may make us ask.
func TestGuard(t *testing.T) {
	c := client.New(client.Options{Timeout: 2 * time.Second})
	for _, host := range []string{
		"127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
		"192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "255.255.255.255",
		"[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[fd12:3456::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]",
		"[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:db8::1]", "[fec0::1]",
		"localhost", "2130706433", "0x7f000001", "017700000001",
	} {
		_, err := c.Get(t.Context(), "https://"+host+"/x", nil)
		if err == nil {
			t.Errorf("%s answered", host)
		}
		// Odd spellings of an address may fail as a name instead.
		if strings.ContainsAny(host, ".:") && !errors.Is(err, client.ErrForbiddenAddress) {
			t.Errorf("%s: refused for another reason: %v", host, err)
		}
	}
	for _, address := range []string{"http://1.1.1.1/", "ftp://1.1.1.1/", "file:///etc/passwd", "gopher://1.1.1.1/", "https://user:secret@1.1.1.1/", "https:///x", "//x"} {
		_, err := c.Get(t.Context(), address, nil)
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("a password in the log: %v", err)
		}
	}
}

// TestAllowedNetworks opens one network and nothing else.
var errUnwanted = errors.New("unwanted")

func TestAllowedNetworks(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.UserAgent()) }))
	defer server.Close()
	c := client.New(client.Options{AllowNetworks: loopback, UserAgent: "test/1"})
	r, err := c.Get(t.Context(), server.URL, nil)
	if err != nil || string(r.Body) != "test/1" {
		t.Fatalf("%v %v", r, err)
	}
	if _, err := c.Get(t.Context(), "http://10.0.0.1/", nil); !errors.Is(err, client.ErrForbiddenAddress) {
		t.Errorf("another private network: %v", err)
	}
	if _, err := c.Get(t.Context(), "http://1.1.1.1/", nil); !errors.Is(err, client.ErrForbiddenAddress) {
		t.Errorf("a public address without TLS: %v", err)
	}
	listed := client.New(client.Options{AllowNetworks: loopback, Permit: func(_ context.Context, host string) error {
		if host != "friend.example" {
			return errUnwanted
		}
		return nil
	}})
	if _, err := listed.Get(t.Context(), server.URL, nil); !errors.Is(err, errUnwanted) {
		t.Errorf("a host that is not wanted: %v", err)
	}
}

// TestRedirects leads from an allowed address to one that is not.
func TestRedirects(t *testing.T) {
	var target atomic.Value
	var signed atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Signed") == r.URL.Path {
			signed.Add(1)
		}
		if r.URL.Path == "/end" {
			fmt.Fprint(w, "end")
			return
		}
		http.Redirect(w, r, target.Load().(string), http.StatusFound)
	}))
	defer server.Close()
	c := client.New(client.Options{AllowNetworks: loopback, Timeout: 2 * time.Second})
	sign := func(r *http.Request) error { r.Header.Set("X-Signed", r.URL.Path); return nil }

	target.Store("/end")
	r, err := c.Get(t.Context(), server.URL+"/start", sign)
	if err != nil || string(r.Body) != "end" || r.URL != server.URL+"/end" {
		t.Fatalf("%+v %v", r, err)
	}
	if signed.Load() != 2 {
		t.Errorf("%d of 2 hops were signed for their own path", signed.Load())
	}
	for _, to := range []string{"http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]/", "https://192.168.0.1/"} {
		target.Store(to)
		if _, err := c.Get(t.Context(), server.URL, nil); !errors.Is(err, client.ErrForbiddenAddress) {
			t.Errorf("redirect to %s: %v", to, err)
		}
	}
	for _, to := range []string{"file:///etc/passwd", "ftp://x.example/", "/loop"} {
		target.Store(to)
		if _, err := c.Get(t.Context(), server.URL, nil); err == nil {
			t.Errorf("redirect to %s was followed", to)
		}
	}
	target.Store("/end")
	if r, err := c.Post(t.Context(), server.URL, []byte("x"), nil); err != nil || r.Status != http.StatusFound {
		t.Errorf("a POST was redirected: %+v %v", r, err)
	}
}

// TestLimits asks a server that never stops, in three ways.
func TestLimits(t *testing.T) {
	stop := make(chan struct{})
	bomb := zipped(t, 64<<20)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/huge":
			w.Header().Set("Content-Length", "1000000000000")
			w.WriteHeader(http.StatusOK)
			chunk := []byte(strings.Repeat("x", 1<<16))
			for {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		case "/drip":
			for {
				select {
				case <-stop:
					return
				case <-r.Context().Done():
					return
				case <-time.After(50 * time.Millisecond):
					fmt.Fprint(w, "x")
					w.(http.Flusher).Flush()
				}
			}
		case "/header":
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		case "/silent":
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		}
	}))
	defer server.Close()
	defer close(stop)
	c := client.New(client.Options{AllowNetworks: loopback, Timeout: 500 * time.Millisecond, MaxBytes: 1 << 20})
	for path, want := range map[string]error{
		"/huge": client.ErrTooLarge, "/bomb": client.ErrTooLarge, "/drip": context.DeadlineExceeded, "/silent": nil, "/header": nil,
	} {
		_, err := c.Get(t.Context(), server.URL+path, nil)
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// zipped is n zeros, compressed.
func zipped(t *testing.T, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestRebinding asks a name whose address changes between two requests.
func TestRebinding(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI=true: needs a second loopback address: %v", err)
		}
		t.Skipf("needs a second loopback address: %v", err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") }))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	defer server.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	c := client.New(client.Options{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}, Timeout: 2 * time.Second})
	nameserver.answer(netip.MustParseAddr("127.0.0.2"))
	if r, err := c.Get(t.Context(), "http://rebind.example:"+port, nil); err != nil || string(r.Body) != "hello" {
		t.Fatalf("%v %v", r, err)
	}
	c.CloseIdle()
	nameserver.answer(netip.MustParseAddr("127.0.0.3"))
	if _, err := c.Get(t.Context(), "http://rebind.example:"+port, nil); !errors.Is(err, client.ErrForbiddenAddress) {
		t.Errorf("the name now means another address: %v", err)
	}
	if nameserver.asked.Load() < 2 {
		t.Error("the name was not asked for again")
	}
}

// TestPerHost keeps the number of requests under way to one host down.
func TestPerHost(t *testing.T) {
	var now, most atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		<-time.After(10 * time.Millisecond)
		now.Add(-1)
	}))
	defer server.Close()
	c := client.New(client.Options{AllowNetworks: loopback, PerHost: 3})
	done := make(chan error)
	for range 20 {
		go func() {
			_, err := c.Get(t.Context(), server.URL, nil)
			done <- err
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if most.Load() > 3 {
		t.Errorf("%d requests at once", most.Load())
	}
}

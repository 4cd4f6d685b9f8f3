package client_test

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// nameserver answers all names of these tests, so that none leaves the machine.
var nameserver = &fakeDNS{}

// fakeDNS answers for rebind.example with one address, and says of
// every other name that it does not exist.
type fakeDNS struct {
	address atomic.Value // netip.Addr
	asked   atomic.Int64
}

func (d *fakeDNS) answer(a netip.Addr) { d.address.Store(a) }

func TestMain(m *testing.M) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go nameserver.serve(socket)
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
	os.Exit(m.Run())
}

func (d *fakeDNS) serve(socket net.PacketConn) {
	buffer := make([]byte, 1500)
	for {
		n, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		q := m.Questions[0]
		m.Response, m.Additionals = true, nil
		address, known := d.address.Load().(netip.Addr)
		switch {
		case !known || q.Name.String() != "rebind.example.":
			m.RCode = dnsmessage.RCodeNameError
		case q.Type == dnsmessage.TypeA:
			d.asked.Add(1)
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
				Body:   &dnsmessage.AResource{A: address.As4()},
			}}
		}
		if reply, err := m.Pack(); err == nil {
			_, _ = socket.WriteTo(reply, from)
		}
	}
}

package main

import (
	"context"
	"net"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

// names is the domain name system of the servers that run in this process: it knows
// what tests published, and nothing else. No question leaves the machine.
var names = &nameServer{texts: map[string]string{}, hosts: map[string]bool{}}

type nameServer struct {
	mu    sync.Mutex
	texts map[string]string // TXT records by name
	hosts map[string]bool   // names of this machine
}

// publish adds a TXT record.
func (n *nameServer) publish(name, text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.texts[name] = text
}

// host lets a name lead to this machine.
func (n *nameServer) host(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[name] = true
}

// start answers for the process, before any test asks.
func (n *nameServer) start() error {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go n.serve(socket)
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
	return nil
}

func (n *nameServer) serve(socket net.PacketConn) {
	buffer := make([]byte, 1500)
	for {
		size, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buffer[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		n.answer(&m)
		if reply, err := m.Pack(); err == nil {
			_, _ = socket.WriteTo(reply, from)
		}
	}
}

func (n *nameServer) answer(m *dnsmessage.Message) {
	q := m.Questions[0]
	name := strings.TrimSuffix(q.Name.String(), ".")
	n.mu.Lock()
	text, known := n.texts[name]
	host := n.hosts[name]
	n.mu.Unlock()
	m.Response, m.Additionals = true, nil
	header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
	switch {
	case !known && !host:
		m.RCode = dnsmessage.RCodeNameError
	case known && q.Type == dnsmessage.TypeTXT:
		m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.TXTResource{TXT: []string{text}}}}
	case host && q.Type == dnsmessage.TypeA:
		m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
	}
}

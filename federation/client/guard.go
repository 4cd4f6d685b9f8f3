package client

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// ErrForbiddenAddress means that a name led to an address that is not public.
var ErrForbiddenAddress = errors.New("the address is not public")

// special are address blocks that are not, or not only, the public internet
// (IANA special-purpose registries), beyond those netip knows by name.
var special = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96",          // IPv4-compatible
	"64:ff9b::/96",   // NAT64: would reach any IPv4 address
	"64:ff9b:1::/48", // local NAT64
	"100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// public says whether an address may be spoken to by whoever made us do so.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || a.IsInterfaceLocalMulticast() {
		return false
	}
	return !within(a, special)
}

func within(a netip.Addr, list []netip.Prefix) bool {
	a = a.Unmap().WithZone("")
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// control guards every connection at the moment it is made, after the name was
// resolved: what a name meant a moment ago does not matter, so rebinding it
// changes nothing. allowed are networks that may be spoken to besides the public
// ones; with only, they are the only ones.
func control(allowed []netip.Prefix, only bool) func(network, address string, _ syscall.RawConn) error {
	return func(network, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w: %s", ErrForbiddenAddress, address)
		}
		if network != "tcp4" && network != "tcp6" || !within(ap.Addr(), allowed) && (only || !public(ap.Addr())) {
			return fmt.Errorf("%w: %s", ErrForbiddenAddress, address)
		}
		return nil
	}
}

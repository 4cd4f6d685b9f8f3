package forum

import (
	"net/url"
	"strings"
)

// Addresses builds the public addresses of this server's things. Other servers
// keep them, so they never change shape; docs/architecture.md lists them. The
// id of an object equals the address that serves it.
type Addresses struct {
	base string
	host string
}

// NewAddresses takes the server's base URL, scheme and host without a path
// ("https://forum.example"). It returns an error when base is not such a URL.
func NewAddresses(base string) (Addresses, error) {
	u, err := url.Parse(strings.TrimSuffix(base, "/"))
	if err != nil {
		return Addresses{}, err
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return Addresses{}, &url.Error{Op: "base_url", URL: base, Err: errBaseURL}
	}
	host := strings.ToLower(u.Host)
	return Addresses{base: u.Scheme + "://" + host, host: host}, nil
}

var errBaseURL = &Error{Code: Invalid, Key: "BaseURL"}

// Base is the server's root without a trailing slash.
func (a Addresses) Base() string { return a.base }

// Host is the server's host, with its port if it has an unusual one. It is the
// part after the second @ of every handle.
func (a Addresses) Host() string { return a.host }

// IsLocal says whether a URI belongs to this server.
func (a Addresses) IsLocal(uri string) bool {
	rest, ok := strings.CutPrefix(uri, a.base)
	return ok && (rest == "" || rest[0] == '/' || rest[0] == '#' || rest[0] == '?')
}

// Actor is the id of a local actor.
func (a Addresses) Actor(kind ActorKind, role GroupRole, name string) string {
	if kind == Application {
		return a.base + "/actor"
	}
	return a.base + ActorPath(kind, role, name)
}

// ActorPath is the path of an actor's page on this server, local or not.
func ActorPath(kind ActorKind, role GroupRole, handle string) string {
	switch {
	case kind != Group:
		return "/u/" + handle
	case role == RoleCompany:
		return "/c/" + handle
	case role == RoleAction:
		return "/a/" + handle
	}
	return "/f/" + handle
}

// Thread is the id of a local thread's root post.
func (a Addresses) Thread(id ID) string { return a.base + "/t/" + id.String() }

// Reply is the id of a local reply.
func (a Addresses) Reply(id ID) string { return a.base + "/p/" + id.String() }

// Context is the collection of everything in the thread whose root post is id
// (FEP-7888).
func (a Addresses) Context(id ID) string { return a.Thread(id) + "/context" }

// Activity is the id of an activity.
func (a Addresses) Activity(id ID) string { return a.base + "/activities/" + id.String() }

// Quote is the id of an authorization to quote a post of ours.
func (a Addresses) Quote(id ID) string { return a.base + "/quotes/" + id.String() }

// Message is the id of a note to one actor elsewhere.
func (a Addresses) Message(id ID) string { return a.base + "/messages/" + id.String() }

// Picture is the address of a file of a [Shelf].
func (a Addresses) Picture(name string) string { return a.base + "/media/" + name }

// Tag is the page of the threads with a hashtag.
func (a Addresses) Tag(tag string) string { return a.base + "/tags/" + url.PathEscape(tag) }

// SharedInbox receives for everyone here.
func (a Addresses) SharedInbox() string { return a.base + "/inbox" }

// HostOf returns the lower-case host (with port) of a URI, or "".
func HostOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// SameHost says whether two URIs have the same, known host: the test behind
// every origin rule.
func SameHost(a, b string) bool {
	h := HostOf(a)
	return h != "" && h == HostOf(b)
}

package forum

import (
	"context"
	"net/url"
	"regexp"
	"strings"
)

// InteractionKind is what somebody wants to do with something here.
type InteractionKind string

// The kinds.
const (
	InteractFollow  InteractionKind = "follow"
	InteractReply   InteractionKind = "reply"
	InteractBoost   InteractionKind = "boost"
	InteractSupport InteractionKind = "support"
	InteractShare   InteractionKind = "share" // write about it
	InteractOpen    InteractionKind = "open"
)

// ParseInteractionKind reads a kind; what is unknown opens.
func ParseInteractionKind(s string) InteractionKind {
	switch k := InteractionKind(s); k {
	case InteractFollow, InteractReply, InteractBoost, InteractSupport, InteractShare:
		return k
	}
	return InteractOpen
}

// Interaction is what a person wants to do, with an account on another server,
// with something that is shown here.
type Interaction struct {
	Kind  InteractionKind
	URI   string // the id of the actor or post
	Page  string // its page here
	Title string
}

// Home is where a person has their account: a server, and the account's name
// where they gave it.
type Home struct{ Name, Host string }

// String writes a home as people do: "host" or "name@host".
func (h Home) String() string {
	if h.Name == "" {
		return h.Host
	}
	return h.Name + "@" + h.Host
}

// hostShape is a host in any script, with or without a port.
var hostShape = regexp.MustCompile(`^[\pL\pN]([\pL\pM\pN.-]*[\pL\pM\pN])?(:[0-9]{1,5})?$`)

// ParseHome reads what people enter when they are asked for their server: its
// name, their handle there, or the address of any of its pages. ok is false when
// that names no server.
func ParseHome(s string) (h Home, ok bool) {
	s = strings.TrimSpace(s)
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		if err != nil {
			return Home{}, false
		}
		s = u.Host
	} else {
		s = strings.TrimSuffix(s, "/")
	}
	if strings.Contains(s, "@") {
		handle, ok := ParseHandle(s, "")
		h.Name, h.Host = handle.Name, handle.Host
		if !ok {
			return Home{}, false
		}
	} else {
		h.Host = strings.ToLower(s)
	}
	// A bare word is somebody's name, and not a server's.
	named := h.Host == "localhost" || strings.ContainsAny(h.Host, ".:")
	if !named || len(h.Host) > 255 || !hostShape.MatchString(h.Host) {
		return Home{}, false
	}
	return h, true
}

// InteractionAddress finds the page on a person's own server where they can do
// what they want to do here. Anybody may ask. It returns Invalid when home is
// this server, NotFound when the other one offers no such page, and Unavailable
// when it cannot be asked now.
func (s *Service) InteractionAddress(ctx context.Context, home Home, i Interaction) (string, error) {
	if home.Host == s.addresses.Host() {
		return "", invalid("server", "ServerIsThis", nil)
	}
	return s.resolver.InteractionAddress(ctx, home, i)
}

// Resolved is what an address names: an actor, or a post with all that belongs
// to it. A post that is not kept here comes as what is known of it: its author
// and, where it stands in one, its forum.
type Resolved struct {
	Actor  *Actor
	Post   *Post
	Author *Actor // of a post that is not kept
	Forum  *Actor // of a post that is not kept; nil where it stands in none
}

const maxAddress = 2048

// Resolve finds what an address or handle names, so that an account of this
// server can follow it, answer it or pass it on; what is not known here is read
// from its server. It returns NotFound or Gone when there is nothing, Invalid
// for what is no such thing, and Unavailable when its server cannot be asked
// now.
func (s *Service) Resolve(ctx context.Context, by *Account, address string) (Resolved, error) {
	if err := by.MayWrite(); err != nil {
		return Resolved{}, err
	}
	address = strings.TrimSpace(address)
	if address == "" || len(address) > maxAddress {
		return Resolved{}, invalid("uri", "AddressMissing", nil)
	}
	if !strings.Contains(address, "://") {
		actor, err := s.FindActor(ctx, address)
		return Resolved{Actor: actor}, err
	}
	known, err := s.known(ctx, address)
	if CodeOf(err) != NotFound || s.addresses.IsLocal(address) {
		return known, err
	}
	if !s.federating {
		return Resolved{}, &Error{Code: Unavailable, Key: "FederationOff"}
	}
	return s.resolver.Resolve(ctx, address)
}

// known finds what an id names among what is stored.
func (s *Service) known(ctx context.Context, uri string) (Resolved, error) {
	post, err := s.store.PostByURI(ctx, uri)
	if err == nil && post.Hidden() {
		err = &Error{Code: Gone, Key: "PostDeleted"}
	}
	if CodeOf(err) != NotFound {
		return Resolved{Post: post}, err
	}
	actor, err := s.store.ActorByURI(ctx, uri)
	if err == nil && !actor.DeletedAt.IsZero() {
		err = &Error{Code: Gone, Key: "AccountDeleted"}
	}
	return Resolved{Actor: actor}, err
}

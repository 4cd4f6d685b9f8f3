package forum

import (
	"context"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// Standing is what the rules about a server come to for what is on it.
type Standing int

// The standings.
const (
	InGoodStanding Standing = iota
	// Limited: nothing of it is in lists and searches, but for those who follow
	// its author or its forum.
	Limited
	// Blocked: nothing is taken from it, sent to it or shown.
	Blocked
)

// Severity is how far a rule goes.
type Severity string

// The severities; the empty one limits nothing by itself.
const (
	SeverityNone  Severity = ""
	SeverityLimit Severity = "limit"
	SeverityBlock Severity = "block"
)

// Severities lists them, the mildest first.
var Severities = []Severity{SeverityNone, SeverityLimit, SeverityBlock}

// Standing is what a severity comes to.
func (s Severity) Standing() Standing {
	switch s {
	case SeverityLimit:
		return Limited
	case SeverityBlock:
		return Blocked
	}
	return InGoodStanding
}

// PeerRule is what an administrator decided about a server and its subdomains.
// The rule about the most specific name counts, alone.
type PeerRule struct {
	ID         ID // kept when the rule is changed
	Host       string
	Severity   Severity
	MediaOff   bool // its posts come without their files
	VotesOff   bool // its supports and boosts do not count
	ReportsOff bool // its reports are not taken
	Allowed    bool // in allowlist mode, it is spoken with
	Obfuscate  bool // where rules are shown to everybody, its name is not shown whole
	Reason     string
	ExpiresAt  time.Time // zero: it stays
	ChangedAt  time.Time
	ListID     ID // the list it comes from; 0: it was made by hand
}

// Restricts says whether the rule takes anything away.
func (r PeerRule) Restricts() bool {
	return r.Severity != SeverityNone || r.MediaOff || r.VotesOff || r.ReportsOff
}

// ShownHost is the name for everybody to read: with Obfuscate, only its ends.
func (r PeerRule) ShownHost() string {
	if !r.Obfuscate {
		return r.Host
	}
	name, last, found := strings.Cut(r.Host, ".")
	if i := strings.LastIndexByte(r.Host, '.'); found && i > 0 {
		name, last = r.Host[:i], r.Host[i:]
	}
	hidden := []byte(name)
	for i := 1; i < len(hidden); i++ {
		if hidden[i] != '.' && (i > 1 || len(hidden) < 4) {
			hidden[i] = '*'
		}
	}
	return string(hidden) + last
}

// PeerEffects is what became of things when rules changed.
type PeerEffects struct {
	Follows    int // ended
	Deliveries int // dropped
}

// Traffic is what was counted of a server's requests.
type Traffic struct {
	Accepted    int64
	Refused     int64
	Bytes       int64
	LastAt      time.Time
	LastRefusal string // of the last refused one; "" for none
}

// PeerView is a server as administrators see it.
type PeerView struct {
	Peer
	Rule          PeerRule // in force; the zero value for none
	Standing      Standing
	Pending       int       // deliveries waiting
	OldestAt      time.Time // since when the oldest of them waits; zero: none
	Delivered     int64
	Undeliverable int64 // it refused them for good
	BytesOut      int64
	Received      Traffic
	People        int // and forums, that are known here
}

// PeerFilter chooses servers.
type PeerFilter string

// The filters.
const (
	AllPeers     PeerFilter = ""
	PeersFailing PeerFilter = "failing" // out of reach, or given up
	PeersWaiting PeerFilter = "waiting" // something waits for them
	PeersLimited PeerFilter = "limited" // a rule restricts them
)

// PeerFilters lists them in the order of the page.
var PeerFilters = []PeerFilter{AllPeers, PeersFailing, PeersWaiting, PeersLimited}

// PeerQuery asks for servers, by name.
type PeerQuery struct {
	Filter PeerFilter
	Words  string // part of the name; "" for all
	After  string // the host the page begins after
	Limit  int
}

// PeerPage is a page of servers.
type PeerPage struct {
	Peers []PeerView
	Next  string // After of the next page; "" at the end
}

const (
	maxHostLength = 253 + len(":65535")
	MaxPeerReason = 1000 // characters
)

var peerShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$`)

// NormalHost reads the name of a server as people and lists write it: in lower
// case, without what stands around it.
func NormalHost(s string) (string, error) {
	host := strings.ToLower(strings.TrimSpace(s))
	for _, scheme := range []string{"https://", "http://"} {
		if rest, ok := strings.CutPrefix(host, scheme); ok {
			host, _, _ = strings.Cut(rest, "/")
		}
	}
	host = strings.TrimPrefix(strings.TrimSuffix(host, "."), "*.")
	if len(host) > maxHostLength || !peerShape.MatchString(host) || strings.Contains(host, "..") {
		return "", invalid("host", "HostInvalid", map[string]any{"Host": clip(s, 100)})
	}
	return host, nil
}

// HostAndParents lists the names whose rules a server is under, the most
// specific first: its own, with and without port, and the domains above it.
func HostAndParents(host string) []string {
	names := []string{host}
	name, _, port := strings.Cut(host, ":")
	if _, err := netip.ParseAddr(name); err == nil || strings.HasPrefix(host, "[") {
		if port && err == nil {
			names = append(names, name)
		}
		return names
	}
	if port {
		names = append(names, name)
	}
	for {
		_, parent, ok := strings.Cut(name, ".")
		if !ok || parent == "" {
			return names
		}
		names, name = append(names, parent), parent
	}
}

// Admits says whether this server speaks with a host: it returns Forbidden for
// one that is blocked or, in allowlist mode, not on the list.
func (s *Service) Admits(ctx context.Context, host string) error {
	rule, err := s.store.PeerRule(ctx, host, s.clock.Now())
	switch {
	case err != nil:
		return err
	case rule.Severity == SeverityBlock:
		return &Error{Code: Forbidden, Key: "ServerBlocked", Args: map[string]any{"Host": host}}
	case s.allowed == nil || rule.Allowed:
		return nil
	}
	for _, name := range HostAndParents(host) {
		if s.allowed[name] {
			return nil
		}
	}
	return &Error{Code: Forbidden, Key: "ServerNotAllowed", Args: map[string]any{"Host": host}}
}

// ruleOf is the rule that the server of an inbound activity's actor is under.
func (s *Service) ruleOf(ctx context.Context, tx Tx, in Inbound) (PeerRule, error) {
	return tx.PeerRule(ctx, HostOf(in.Actor.URI), s.clock.Now())
}

// withoutMedia takes the files and the emoji off a post of a server whose media are off.
func (s *Service) withoutMedia(ctx context.Context, tx Tx, in Inbound, r *RemotePost) error {
	if len(r.Attachments) == 0 && len(r.Emojis) == 0 {
		return nil
	}
	rule, err := s.ruleOf(ctx, tx, in)
	if rule.MediaOff {
		r.Attachments, r.Emojis = nil, nil
	}
	return err
}

// AllowlistMode says whether only servers on a list are spoken with.
func (s *Service) AllowlistMode() bool { return s.allowed != nil }

// SetPeerRule puts a rule in the place of the one about the same name.
// Administrators may.
//
// What a block comes to is what it is on Mastodon: follows in both directions
// end, what waits to be delivered is dropped, and what is known of the server is
// hidden until the block ends. Follows do not come back by themselves.
func (s *Service) SetPeerRule(ctx context.Context, by *Account, r PeerRule) (PeerEffects, error) {
	if err := adminOnly(by); err != nil {
		return PeerEffects{}, err
	}
	r, err := s.checkPeerRule(r)
	if err != nil {
		return PeerEffects{}, err
	}
	return s.changePeerRules(ctx, func(ctx context.Context, tx Tx) error {
		was, err := tx.PeerRule(ctx, r.Host, r.ChangedAt)
		if err != nil {
			return err
		}
		if err := tx.SetPeerRule(ctx, r); err != nil {
			return err
		}
		if was.Host != r.Host { // it is the rule about a domain above
			was = PeerRule{}
		}
		return s.logPeerRule(ctx, tx, &by.Actor, was, r)
	})
}

func (s *Service) checkPeerRule(r PeerRule) (PeerRule, error) {
	host, err := NormalHost(r.Host)
	if err != nil {
		return r, err
	}
	r.Host, r.Reason, r.ChangedAt, r.ListID = host, trimText(r.Reason), s.clock.Now(), 0
	r.ID = s.ids.New(r.ChangedAt)
	own := s.addresses.Host()
	for _, name := range HostAndParents(own) {
		if name == host && r.Severity != SeverityNone {
			return r, invalid("host", "HostIsOurs", map[string]any{"Host": host})
		}
	}
	switch {
	case r.Severity.Standing() == InGoodStanding && r.Severity != SeverityNone:
		return r, invalid("severity", "SeverityUnknown", nil)
	case !r.Restricts() && !r.Allowed:
		return r, invalid("severity", "RuleEmpty", nil)
	case len([]rune(r.Reason)) > MaxPeerReason:
		return r, invalid("reason", "ReasonTooLong", map[string]any{"Max": MaxPeerReason})
	case !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(s.clock.Now()):
		return r, invalid("expires_at", "ExpiryPast", nil)
	}
	return r, nil
}

// LiftPeerRule takes the rule about a name away. Administrators may.
func (s *Service) LiftPeerRule(ctx context.Context, by *Account, host string) error {
	if err := adminOnly(by); err != nil {
		return err
	}
	host, err := NormalHost(host)
	if err != nil {
		return err
	}
	_, err = s.changePeerRules(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.RefusePeerListEntries(ctx, host); err != nil { // or a list would bring it back
			return err
		}
		was, err := tx.PeerRule(ctx, host, s.clock.Now())
		if err != nil {
			return err
		}
		removed, err := tx.RemovePeerRule(ctx, host)
		switch {
		case err != nil:
			return err
		case !removed:
			return &Error{Code: NotFound, Key: "NoPeerRule", Args: map[string]any{"Host": host}}
		case was.Host != host: // its time was over
			return nil
		}
		return s.logPeerRule(ctx, tx, &by.Actor, was, PeerRule{Host: host})
	})
	return err
}

// changePeerRules makes a change, and what it comes to for servers and people
// known here.
func (s *Service) changePeerRules(ctx context.Context, change func(ctx context.Context, tx Tx) error) (PeerEffects, error) {
	var effects PeerEffects
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := change(ctx, tx); err != nil {
			return err
		}
		var err error
		effects, err = tx.ApplyPeerRules(ctx, s.clock.Now())
		return err
	})
	return effects, err
}

// RetryPeer lets what waits for a server be tried at once, and brings back one
// that was given up. Administrators may.
func (s *Service) RetryPeer(ctx context.Context, by *Account, host string) error {
	if err := adminOnly(by); err != nil {
		return err
	}
	host, err := NormalHost(host)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		known, err := tx.RetryPeer(ctx, host)
		if err == nil && !known {
			return &Error{Code: NotFound, Key: "PeerUnknown", Args: map[string]any{"Host": host}}
		}
		return err
	})
}

// PeerRulesJob takes away the rules whose time is over.
type PeerRulesJob struct{}

// Kind names the job in the queue.
func (PeerRulesJob) Kind() string { return "peer_rules" }

// WorkPeerRules does a PeerRulesJob.
func (s *Service) WorkPeerRules(ctx context.Context, _ PeerRulesJob) error {
	now := s.clock.Now()
	due, err := s.store.PeerRulesExpired(ctx, now)
	if err != nil || !due {
		return err
	}
	_, err = s.changePeerRules(ctx, func(ctx context.Context, tx Tx) error { return tx.RemoveExpiredPeerRules(ctx, now) })
	return err
}

// PublicPeerRules lists the rules that restrict, for everybody to read.
func (s *Service) PublicPeerRules(ctx context.Context) ([]PeerRule, error) {
	rules, err := s.store.PeerRules(ctx, s.clock.Now())
	shown := rules[:0]
	for _, r := range rules {
		if r.Restricts() {
			r.Host, r.ListID = r.ShownHost(), 0
			shown = append(shown, r)
		}
	}
	return shown, err
}

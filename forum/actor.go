package forum

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// ActorKind is the ActivityStreams actor type.
type ActorKind string

// The kinds. An account here is a Person, or a Bot when its owner says so;
// Organization only ever comes from other servers.
const (
	Person       ActorKind = "Person"
	Group        ActorKind = "Group"
	Application  ActorKind = "Application"
	Bot          ActorKind = "Service"
	Organization ActorKind = "Organization"
)

// Automated says whether a program acts, not a person: nobody counts it.
func (k ActorKind) Automated() bool { return k == Bot || k == Application }

// GroupRole tells apart what a Group of this software is for; groups elsewhere are
// forums unless they say otherwise. Companies and actions are followed, written
// to and moderated as forums are.
type GroupRole string

// The roles.
const (
	RoleForum   GroupRole = ""
	RoleCompany GroupRole = "company"
	RoleAction  GroupRole = "action"
)

// InstanceActorName is the name of the actor that signs for the server itself.
// FEP-d556 finds it through WebFinger, so it shares the name space.
const InstanceActorName = "instance_actor"

// Actor is anything that can act, follow and be followed, here or elsewhere: a
// person, a forum, the server itself. Local actors have an empty Host.
type Actor struct {
	ID            ID
	Kind          ActorKind
	GroupRole     GroupRole // of groups only
	Name          string    // the part before the @; lower case for local actors
	Host          string    // "" for local actors
	URI           string
	URL           string // the page for people; URI where there is none
	DisplayName   string // plain text
	Summary       string // sanitised HTML
	SummarySource string // Markdown, local actors only
	Inbox         string
	SharedInbox   string // "" where the server has none
	Outbox        string
	FollowersURI  string
	Featured      string
	Moderators    string // the collection named by a group's attributedTo
	IconURL       string
	IconSmall     string // the icon as a small file of the shelf; of remote actors, the key of a [RemotePicture]
	BannerURL     string // local actors only
	Guest         bool   // a local person who has only confirmed an address
	ImportedFrom  string // where somebody wrote whose posts were brought from an archive; nobody signs in as them
	Restricted    bool   // of a forum: only its moderators open threads (postingRestrictedToMods)
	Findable      bool   // of an actor elsewhere: its server says nothing against its being found (discoverable, indexable)
	LocalOnly     bool   // a forum that no other server hears of
	Private       bool   // a forum that only its members read; LocalOnly too
	Locked        bool   // follows wait for approval (manuallyApprovesFollowers)

	// Representatives is who speaks for the company of a page elsewhere, as its
	// server tells; only of one that was just read there.
	Representatives []Representative

	Emojis []Emoji // in the texts of an actor elsewhere

	// What only the actor's own page shows is left out of lists.
	Fields      []Field
	AlsoKnownAs []string  // ids of other accounts that are the same person's
	MovedTo     string    // the id of the account that followers are sent to; "" for none
	MovedAt     time.Time // the last time, even if that was taken back
	LeavesAt    time.Time // when the account is deleted for good, as its owner wants; zero: it stays

	Followers, Following, Posts int

	CreatedAt       time.Time
	FetchedAt       time.Time // when a remote actor was last read from its server
	SuspendedAt     time.Time // zero: not suspended
	SuspendedReason string
	DeletedAt       time.Time // zero: exists
	Standing        Standing  // of its server
}

// Local says whether the actor lives on this server.
func (a *Actor) Local() bool { return a.Host == "" }

// Handle is how the API and addresses write an actor: "name" for a local one,
// "name@host" for a remote one.
func (a *Actor) Handle() string {
	if a.Local() {
		return a.Name
	}
	return a.Name + "@" + a.Host
}

// Label is what people see: the display name, or the name where there is none.
func (a *Actor) Label() string {
	if a.DisplayName != "" {
		return a.DisplayName
	}
	return a.Name
}

// IsForum says whether the actor is a forum (or a group, community, magazine or
// category elsewhere), a company or an action among them.
func (a *Actor) IsForum() bool { return a.Kind == Group }

// Destination is where a delivery for this actor goes: the inbox it shares with
// its neighbours, or its own.
func (a *Actor) Destination() string {
	if a.SharedInbox != "" {
		return a.SharedInbox
	}
	return a.Inbox
}

// Active reports why the actor may not act: Gone when deleted, Forbidden when
// suspended, nil otherwise.
func (a *Actor) Active() error {
	switch {
	case !a.DeletedAt.IsZero():
		return &Error{Code: Gone, Key: "AccountDeleted"}
	case a.Standing == Blocked:
		return &Error{Code: Forbidden, Key: "ServerBlocked", Args: map[string]any{"Host": a.Host}}
	case !a.SuspendedAt.IsZero():
		return &Error{Code: Forbidden, Key: "AccountSuspended", Args: map[string]any{"Reason": a.SuspendedReason}}
	}
	return nil
}

// Names: one name space for all actors of a server, because Mastodon knows one
// actor per acct:. Lower case, because PieFed compares lower-cased ids, and no
// hyphen, because Lemmy's mentions know none.
var nameShape = regexp.MustCompile(`^[a-z0-9_]+$`)

const (
	MaxNameLength         = 30 // any local actor
	maxPersonalNameLength = 20 // what people choose
)

// reservedNames could be mistaken for the server speaking.
var reservedNames = map[string]bool{
	InstanceActorName: true, "admin": true, "administrator": true, "moderator": true, "moderation": true,
	"root": true, "support": true, "system": true, "portevoix": true, "postmaster": true, "abuse": true,
	"instance": true, "actor": true, "inbox": true, "security": true, "help": true, "aide": true,
}

// companyPrefix keeps the names of company pages apart from people and forums,
// so that nobody passes for one.
const companyPrefix = "about_"

func checkName(field, name string, max int) error {
	switch {
	case name == "":
		return invalid(field, "NameMissing", nil)
	case len(name) > max:
		return invalid(field, "NameTooLong", map[string]any{"Max": max})
	case !nameShape.MatchString(name):
		return invalid(field, "NameShape", nil)
	case reservedNames[name], slices.ContainsFunc(CompanyPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }):
		return invalid(field, "NameReserved", map[string]any{"Name": name})
	}
	return nil
}

// Handle is a parsed "name", "name@host", "@name@host" or "!name@host".
type Handle struct{ Name, Host string }

// ParseHandle reads a handle. Local handles come back with an empty host;
// localHost is the host that counts as local. ok is false when s is no handle.
func ParseHandle(s, localHost string) (h Handle, ok bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "acct:")
	if s != "" && (s[0] == '@' || s[0] == '!') {
		s = s[1:]
	}
	name, host, _ := strings.Cut(s, "@")
	if name == "" || len(name) > 200 || len(host) > 255 || strings.ContainsAny(s, " /?#\t\n<>\"'\\") || strings.Contains(host, "@") {
		return Handle{}, false
	}
	host = strings.ToLower(host)
	if host == localHost {
		host = ""
	}
	if host == "" {
		name = strings.ToLower(name)
	}
	return Handle{Name: name, Host: host}, true
}

// String writes the handle as "name" or "name@host".
func (h Handle) String() string {
	if h.Host == "" {
		return h.Name
	}
	return h.Name + "@" + h.Host
}

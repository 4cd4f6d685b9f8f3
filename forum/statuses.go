package forum

import (
	"context"
	"time"
)

// Span is which part of a list is asked for, newest first. Zero values do not
// bound.
type Span struct {
	Max   ID // older than this one
	Min   ID // the ones just newer than this one
	Since ID // the newest, but none as old as this one
	Limit int
}

// StatusList names a list of posts that apps ask for.
type StatusList string

// The lists.
const (
	StatusesPublic    StatusList = "public"    // threads
	StatusesHome      StatusList = "home"      // threads of followed forums, people and hashtags, and one's own
	StatusesListed    StatusList = "listed"    // threads of the forums and people on a list
	StatusesBy        StatusList = "by"        // what somebody wrote
	StatusesIn        StatusList = "in"        // threads of a forum
	StatusesTagged    StatusList = "tagged"    // threads with a hashtag
	StatusesPinned    StatusList = "pinned"    // by somebody
	StatusesSupported StatusList = "supported" // by the viewer; the span is of moments
	StatusesBookmarks StatusList = "bookmarks" // of the viewer's; likewise
)

// StatusQuery asks for a part of a list of posts.
type StatusQuery struct {
	List        StatusList
	Viewer      ID
	Actor       ID     // of StatusesBy, StatusesIn, StatusesPinned
	Of          ID     // the list of StatusesListed
	Tag         string // of StatusesTagged
	Local       bool   // only what somebody here wrote, or what stands in a forum here
	Remote      bool   // only the rest
	OnlyMedia   bool
	RootsOnly   bool
	ExceptForum bool // of StatusesPinned: without what stands at the head of a forum
	Span
}

// StatusRef is a post in a list, and where in it: by its ID, or by the moment when
// something was done with it, in milliseconds.
type StatusRef struct {
	ID    ID
	Place ID
}

// StatusView is a post as apps show it: by itself, out of its thread.
type StatusView struct {
	PostView
	Forum        Byline
	ParentAuthor ID // 0 for a root
	Kind         ThreadKind
	ReplyCount   int // of a thread
	Locked       bool
	Bookmarked   bool // by the reader
	Pinned       bool // by its author
	Muted        bool // its thread, by the reader
	FollowsForum bool // the reader
	FollowsBy    bool // the reader, its author
}

// ActorCard is an actor with what apps show beside it.
type ActorCard struct {
	Actor
	Threads    int // of a forum
	LastPostAt time.Time
}

// Relationship is how a reader stands to an actor, in both directions.
type Relationship struct {
	ID         ID
	Following  FollowState
	FollowedBy FollowState
	Blocking   bool
	BlockedBy  bool
	Muting     bool
	HidesHost  bool // a filter hides the actor's server
	Note       string
}

// NotificationSpan asks for notifications one by one.
type NotificationSpan struct {
	AccountID ID
	ID        ID // only this one; 0: all
	Kinds     []NotificationKind
	ActorID   ID // only by them; 0: by anybody
	Span
}

// Marker is how far somebody has read in a list.
type Marker struct {
	Timeline  string // "home" or "notifications"
	LastID    ID
	Version   int
	UpdatedAt time.Time
}

// StatusReader answers lists of posts as apps ask for them: first which posts, then
// what is shown of them, each in one query.
type StatusReader interface {
	// StatusRefs lists which posts are in a part of a list, the newest first.
	StatusRefs(ctx context.Context, q StatusQuery) ([]StatusRef, error)
	// Statuses reads posts, in any order; what is hidden is left out.
	Statuses(ctx context.Context, ids []ID, viewer ID) ([]StatusView, error)
	// Ancestors lists what a post answers, the thread first, at most limit.
	Ancestors(ctx context.Context, post ID, limit int) ([]ID, error)
	// Descendants lists what hangs under a post, each after what it answers.
	Descendants(ctx context.Context, post ID, limit int) ([]ID, error)
	// MentionsIn lists whom posts mention.
	MentionsIn(ctx context.Context, posts []ID) (map[ID][]Byline, error)
	ActorCards(ctx context.Context, ids []ID) ([]ActorCard, error)
	Relationships(ctx context.Context, viewer ID, ids []ID) ([]Relationship, error)
	// FollowersIn lists who follows an actor, in the order of their IDs.
	FollowersIn(ctx context.Context, actor ID, s Span) ([]ID, error)
	// FollowedIn lists whom an actor follows, in the order of their IDs.
	FollowedIn(ctx context.Context, actor ID, s Span) ([]ID, error)
	// SupportersOf lists who supports a post (or, with boosted, boosts it).
	SupportersOf(ctx context.Context, post ID, boosted bool, s Span) ([]ID, error)
	// NotificationsIn lists notifications one by one, the newest first.
	NotificationsIn(ctx context.Context, q NotificationSpan) ([]NotificationView, error)
	Markers(ctx context.Context, account ID) ([]Marker, error)
	// SentPost finds what came of a post that was sent with a key, 0 for nothing.
	SentPost(ctx context.Context, account ID, key string) (ID, error)
	// ActiveTags lists hashtags of the newest threads, the most frequent first.
	ActiveTags(ctx context.Context, since ID, limit int) ([]Tag, error)
}

// StatusTx is what a [Tx] changes of what apps keep here.
type StatusTx interface {
	Bookmark(ctx context.Context, account, post ID, on bool, at time.Time) error
	SetNote(ctx context.Context, account, actor ID, words string) error
	// SetMarker moves a marker on; one that went further already stays.
	SetMarker(ctx context.Context, account ID, m Marker) error
	// KeepSent remembers what came of a post that was sent with a key.
	KeepSent(ctx context.Context, account ID, key string, post ID, at time.Time) error
	// ForgetNotifications deletes an account's notifications, or one of them.
	ForgetNotifications(ctx context.Context, account, id ID) error
}

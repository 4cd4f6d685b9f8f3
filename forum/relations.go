package forum

import "time"

// Support is a favourite or an upvote.
type Support struct {
	PostID    ID
	ActorID   ID
	URI       string // of the Like
	Withdrawn bool   // a Dislike from elsewhere: kept so that it counts against an earlier Like, never shown
	At        time.Time
}

// Boost passes a post on to one's own followers.
type Boost struct {
	PostID  ID
	ActorID ID
	URI     string // of the Announce
	At      time.Time
}

// FollowState says how far a follow has come.
type FollowState string

// The states.
const (
	FollowPending  FollowState = "pending"
	FollowAccepted FollowState = "accepted"
)

// Follow is one actor's wish to hear from another.
type Follow struct {
	Follower Actor
	Target   Actor
	URI      string // of the Follow activity
	State    FollowState
	At       time.Time
}

// NotificationKind says what a notification is about.
type NotificationKind string

// The kinds.
const (
	NotifyReply     NotificationKind = "reply"
	NotifyMention   NotificationKind = "mention"
	NotifySupport   NotificationKind = "support"
	NotifyBoost     NotificationKind = "boost"
	NotifyFollow    NotificationKind = "follow"
	NotifyMove      NotificationKind = "move"      // of somebody one follows, to the account that did it
	NotifyThread    NotificationKind = "thread"    // a new reply in a thread one follows
	NotifyRemoval   NotificationKind = "removal"   // of one's own post, with the reason
	NotifyBan       NotificationKind = "ban"       // from the forum that is its actor, or, without one, from the server
	NotifyReport    NotificationKind = "report"    // for moderators
	NotifyHeld      NotificationKind = "held"      // for moderators: a guest's reply to the thread waits for them
	NotifySponsored NotificationKind = "sponsored" // an action of one's own has its sponsors
	NotifyStopped   NotificationKind = "stopped"   // by a moderator: an action of one's own
	NotifyEnded     NotificationKind = "ended"     // the time of an action of one's own is over
	NotifyMilestone NotificationKind = "milestone" // of an action one signed
	NotifyUpdate    NotificationKind = "update"    // by an action one signed
	NotifyVersion   NotificationKind = "version"   // an action one signed has another text
	NotifyCase      NotificationKind = "case"      // one's own case, or one that one follows, stands elsewhere now
	NotifyMessage   NotificationKind = "message"   // from a group elsewhere, to oneself alone
	NotifyConcern   NotificationKind = "concern"   // for moderators, and whom it concerns: somebody told of pressure, or flagged a post
	NotifyBurst     NotificationKind = "burst"     // for moderators: people came in a way that looks invented; the actor is the action, or the post the case
	NotifyPeerList  NotificationKind = "peer_list" // for administrators: a list of rules about servers wants to be looked at; the subject is the list
	NotifyInvited   NotificationKind = "invited"   // to join the forum for members that is its actor
	NotifyAsked     NotificationKind = "asked"     // for moderators: somebody asks to join the forum that is its actor
	NotifyAdmitted  NotificationKind = "admitted"  // to the forum that is its actor
	NotifyUnsent    NotificationKind = "unsent"    // a held post could not be published; the subject is its draft
)

// Notification tells a local account that something happened.
type Notification struct {
	ID        ID
	AccountID ID
	Kind      NotificationKind
	ActorID   ID // who did it; 0 where that stays hidden
	PostID    ID // 0 where there is none
	SubjectID ID // the post or thread it was done to, by which it is grouped; 0 where there is none
	At        time.Time
}

// ReportState says whether moderators have dealt with a report.
type ReportState string

// The states.
const (
	ReportOpen   ReportState = "open"
	ReportClosed ReportState = "closed"
)

// Report brings a post or an actor to the moderators' attention.
type Report struct {
	ID         ID
	ReporterID ID // the local account, or the remote actor that sent the Flag
	TargetID   ID // the actor reported
	ForumID    ID // whose moderators see it; 0: administrators only
	PostIDs    []ID
	Words      string // plain text
	State      ReportState
	Forwarded  bool // to the servers of the author and the forum
	At         time.Time
	AssignedTo ID // who looks after it; 0: nobody
	ClosedAt   time.Time
	ClosedBy   ID
	ChangedAt  time.Time
}

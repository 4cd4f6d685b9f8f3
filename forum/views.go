package forum

import "time"

// The types in this file are what readers see: each is filled by one read of
// the store, in a fixed small number of queries, and holds exactly what one
// page or one answer of the API shows.

// Byline is who wrote something, as far as lists show it.
type Byline struct {
	ID           ID
	Name         string
	Host         string
	URI          string
	URL          string
	DisplayName  string
	Emojis       []Emoji // in the name, of people elsewhere
	Kind         ActorKind
	GroupRole    GroupRole
	IconSmall    string // "" for none; see [Actor.IconSmall]
	Guest        bool
	ImportedFrom string // see [Actor.ImportedFrom]
	LocalOnly    bool   // a forum that no other server hears of
	Private      bool   // a forum that only its members read
}

// Handle is the author's "name" or "name@host".
func (b Byline) Handle() string { return Handle{Name: b.Name, Host: b.Host}.String() }

// Label is the display name, or the name where there is none.
func (b Byline) Label() string {
	if b.DisplayName != "" {
		return b.DisplayName
	}
	return b.Name
}

// PostView is a post with its author and what the reader did with it.
type PostView struct {
	Post
	Author    Byline
	Supported bool // by the reader
	Boosted   bool // by the reader
	Filtered  Filtered
}

// ThreadView is a thread with its root, author and forum.
type ThreadView struct {
	Thread
	Author    Byline
	Forum     Byline
	Supported bool
	Boosted   bool
	Following bool // by the reader
	Muted     bool // by the reader
	Rights    bool // somebody replied by right; of a thread read alone
	Visited   bool // by the reader, before
	Fresh     int  // replies since the reader's last visit
	Filtered  Filtered
}

// Root is the view of the root post.
func (t *ThreadView) Root() PostView {
	return PostView{Post: t.Post, Author: t.Author, Supported: t.Supported, Boosted: t.Boosted}
}

// ThreadSort orders lists of threads.
type ThreadSort string

// The orders.
const (
	SortHot    ThreadSort = "hot"
	SortNew    ThreadSort = "new"
	SortActive ThreadSort = "active"
	SortTop    ThreadSort = "top" // most supported and boosted, since ThreadQuery.Since
)

// Period is how far back a list of the top threads looks.
type Period string

// The periods.
const (
	Day     Period = "day"
	Week    Period = "week"
	Month   Period = "month"
	Year    Period = "year"
	AllTime Period = "all"
)

// Periods lists them, the shortest first.
var Periods = []Period{Day, Week, Month, Year, AllTime}

// Since is the moment a period ending now begins; the zero time for AllTime.
func (p Period) Since(now time.Time) time.Time {
	switch p {
	case Day:
		return now.AddDate(0, 0, -1)
	case Week:
		return now.AddDate(0, 0, -7)
	case Month:
		return now.AddDate(0, -1, 0)
	case Year:
		return now.AddDate(-1, 0, 0)
	}
	return time.Time{}
}

// ThreadQuery asks for a page of threads. Zero values do not restrict.
type ThreadQuery struct {
	ForumID  ID
	AuthorID ID
	Viewer   ID
	// CompanyID, with State and ProductID, is for SortNew only.
	CompanyID ID
	State     CaseState
	ProductID ID
	Kind      ThreadKind
	Language  string
	Tag       string // a hashtag, however it is written
	Local     bool   // only forums of this server
	Linked    bool   // of a forum, also what it shows from its sources
	Inside    bool   // of a forum that only its members read; other lists leave its threads out
	Whole     bool   // with the texts, which lists of titles do without
	Sort      ThreadSort
	Since     time.Time // published then or later
	After     string    // cursor of the page before
	Limit     int
	// SortNew can also begin anywhere: with the thread just older than one, or
	// end with the one just newer.
	OlderThan, NewerThan ID
}

// HomeQuery asks for a page of what an account follows.
type HomeQuery struct {
	Viewer ID
	List   ID         // of theirs: only who is on it; 0: all
	Sort   ThreadSort // SortNew or SortActive
	After  string     // cursor of the page before
	Limit  int
	Whole  bool // with the texts
}

// Visit is how far somebody has read in a thread.
type Visit struct {
	SeenUpTo ID  // the newest post that was there; 0: never visited
	Replies  int // how many replies there were
	Newest   ID  // the newest post that is there now
}

// Fresh says whether a reply came since the visit. On a first visit nothing is
// marked: everything would be.
func (v Visit) Fresh(reply ID) bool { return v.SeenUpTo != 0 && reply > v.SeenUpTo }

// ThreadPage is a page of threads and the cursor of the next one, "" at the end.
type ThreadPage struct {
	Threads []ThreadView
	Next    string
}

// ReplySort orders replies that hang under the same post.
type ReplySort string

// The orders.
const (
	SortBest   ReplySort = "best"
	SortNewest ReplySort = "new"
	SortOldest ReplySort = "old"
)

// Branch is a reply with the replies under it.
type Branch struct {
	PostView
	Replies []*Branch
	// More counts direct replies that were left out because the branch is long
	// or deep; the reply's own page shows them.
	More int
}

// ReplyQuery asks for a page of a thread's replies, as a tree.
type ReplyQuery struct {
	ThreadID ID
	Under    ID // only what hangs under this reply, which becomes the only branch
	Viewer   ID
	Sort     ReplySort
	After    string
	Limit    int // branches (first-level replies) on a page
	Depth    int // levels shown
	PerPage  int // replies shown in all
}

// ReplyPage is a page of branches and the cursor of the next one.
type ReplyPage struct {
	Branches []*Branch
	Next     string
}

// FlatQuery asks for a page of a thread's replies in the order they were
// written: from the first one, or what comes right after NewerThan or the cursor,
// or what comes right before OlderThan.
type FlatQuery struct {
	ThreadID             ID
	Viewer               ID
	After                string // cursor of the page before
	OlderThan, NewerThan ID
	Limit                int
}

// PostPage is a page of posts in the order asked for, without their tree.
type PostPage struct {
	Posts []PostView
	Next  string
}

// PersonPostView is a reply as it stands on its author's page.
type PersonPostView struct {
	PostView
	ThreadTitle string
	Forum       Byline
}

// SitemapThread is a thread as search engines are told of it.
type SitemapThread struct {
	ID        ID
	Title     string
	ChangedAt time.Time // by an edit or a reply
}

// ForumCard is a forum in the list of forums.
type ForumCard struct {
	Forum
	Followed FollowState // by the reader
}

// NotificationView is a notification with what it names.
type NotificationView struct {
	Notification
	GroupID     ID
	Actor       *Byline // nil where it stays hidden
	ThreadID    ID
	ThreadTitle string
	Reply       bool   // the post is a reply
	Excerpt     string // the post's beginning, plain text
	Reason      string // of a removal or a ban
	Filtered    Filtered
}

// NotificationGroup is what came together of one kind about one thing, until it
// was read.
type NotificationGroup struct {
	ID        ID // of the first
	Kind      NotificationKind
	SubjectID ID
	LatestID  ID
	Count     int
	ReadAt    time.Time
	Newest    []NotificationView // one or two, newest first
}

// Path is where a group leads on this server: to the one thing that happened, or
// to where several of them are seen.
func (g *NotificationGroup) Path() string {
	newest := &g.Newest[0]
	switch {
	case g.Kind == NotifyReport, g.Kind == NotifyHeld:
		return "/moderation"
	case g.Kind == NotifyPeerList:
		return "/moderation/peers/lists/" + g.SubjectID.String()
	case g.Kind == NotifyUnsent:
		return "/drafts"
	case g.Kind == NotifyMessage:
		return "/messages"
	case g.Kind == NotifyBurst && newest.Actor != nil:
		return ActorPath(Group, RoleAction, newest.Actor.Handle()) + "/counted/moderate"
	case g.Kind == NotifyBurst:
		return "/t/" + newest.PostID.String() + "/counted/moderate"
	case g.Kind == NotifyConcern:
		return "/t/" + newest.PostID.String() + "/concerns"
	case g.Kind.Topic() == TopicActions && newest.Actor != nil && g.Kind != NotifyUpdate:
		return ActorPath(Group, RoleAction, newest.Actor.Handle())
	case g.Kind == NotifyAsked && newest.Actor != nil:
		return "/f/" + newest.Actor.Handle() + "/members"
	case (g.Kind == NotifyFollow || g.Kind == NotifyBan || g.Kind == NotifyInvited || g.Kind == NotifyAdmitted) && newest.Actor != nil && newest.Actor.Kind == Group:
		return "/f/" + newest.Actor.Handle()
	case (g.Kind == NotifyFollow || g.Kind == NotifyMove) && newest.Actor != nil:
		return "/u/" + newest.Actor.Handle()
	case g.Count > 1 && g.SubjectID != 0 && (g.Kind == NotifyReply || g.Kind == NotifyThread):
		if g.SubjectID == newest.ThreadID {
			return "/t/" + g.SubjectID.String() + "?sort=new#replies"
		}
		return "/p/" + g.SubjectID.String() + "?sort=new"
	case newest.PostID == 0:
		return "/notifications"
	case newest.Reply:
		return "/p/" + newest.PostID.String()
	}
	return "/t/" + newest.PostID.String()
}

// NotificationQuery asks for a page of an account's notifications. Zero values
// do not restrict.
type NotificationQuery struct {
	AccountID ID
	Kinds     []NotificationKind
	Unread    bool // only
	After     string
	Limit     int // groups
}

// NotificationPage is a page of groups of notifications, newest first.
type NotificationPage struct {
	Groups []NotificationGroup
	Next   string
}

// ReportView is a report with what it names.
type ReportView struct {
	Report
	Reporter Byline
	Target   Byline
	Forum    *Byline
	Assigned *Byline // who looks after it; nil: nobody
	Posts    []PostView
}

// Relation is how a reader stands to an actor.
type Relation struct {
	Following FollowState // "" when not
	Blocking  bool
	Muting    bool // a filter hides them
}

// Statistics are the numbers of the whole server, for NodeInfo and the about
// page.
type Statistics struct {
	Accounts       int // confirmed local people
	ActiveMonth    int // seen in the last 30 days
	ActiveHalfYear int // seen in the last 180 days
	Threads        int // by local people
	Replies        int // by local people
	Forums         int // local
	Peers          int // other servers known
}

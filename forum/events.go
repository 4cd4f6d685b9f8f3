package forum

// EventKind says what happened.
type EventKind string

// The kinds.
const (
	ThreadAdded   EventKind = "thread"
	ReplyAdded    EventKind = "reply"
	UnreadChanged EventKind = "unread"
	PostEdited    EventKind = "edited"
	PostHidden    EventKind = "hidden"   // deleted or removed
	NoticeAdded   EventKind = "notified" // somebody here
)

// Event is something that just happened, for whoever is looking at that moment.
// Events are not kept: whoever was not looking reads the page. The store hands
// them out after the commit, to every process on the database; they travel as
// JSON.
type Event struct {
	Kind       EventKind  `json:"kind"`
	Thread     ID         `json:"thread,omitempty"`
	Forum      ID         `json:"forum,omitempty"`
	Author     ID         `json:"author,omitempty"`
	ThreadKind ThreadKind `json:"thread_kind,omitempty"`
	Language   string     `json:"language,omitempty"`
	Account    ID         `json:"account,omitempty"` // whose unread notifications are
	Unread     int        `json:"unread,omitempty"`  // so many now
	Post       ID         `json:"post,omitempty"`    // that was edited or hidden
	Notice     ID         `json:"notice,omitempty"`  // the notification
}

package forum

import (
	"math"
	"time"
	"unicode/utf8"
)

// ThreadKind says what a thread is about.
type ThreadKind string

// The kinds.
const (
	Grievance  ThreadKind = "grievance"
	Review     ThreadKind = "review"
	Question   ThreadKind = "question"
	Discussion ThreadKind = "discussion"
)

// IsCase says whether threads of the kind state a case: they are counted, answered
// and documented.
func (k ThreadKind) IsCase() bool { return k == Grievance || k == Review }

// ThreadKinds lists the kinds in the order in which they are offered.
var ThreadKinds = []ThreadKind{Grievance, Review, Question, Discussion}

func checkKind(k *ThreadKind) error {
	switch *k {
	case "":
		*k = Discussion
	case Grievance, Review, Question, Discussion:
	default:
		return invalid("kind", "KindUnknown", map[string]any{"Kind": string(*k)})
	}
	return nil
}

// Post is a message: the root of a thread or a reply in it.
type Post struct {
	ID       ID
	ThreadID ID // the root post's ID; equal to ID for a root
	ParentID ID // 0 for a root
	BranchID ID // the first-level reply it hangs under; itself for a first-level reply, 0 for a root
	Depth    int
	ForumID  ID
	AuthorID ID
	URI      string
	URL      string

	Title       string // roots only, plain text
	Body        string // Markdown as written; "" when it came without a source
	Content     string // sanitised HTML, rendered once on write
	Language    string // BCP 47; "" unknown
	ContentNote string // plain text shown before the content; "" none
	Attachments []Attachment
	Card        *Card    // of the first link; nil for none, or not yet
	Poll        *Poll    // nil for none
	Quote       *Quote   // nil for none
	Tags        []string // hashtags as they are written, without their sign
	Emojis      []Emoji  // in the texts, of posts from elsewhere

	PublishedAt   time.Time
	EditedAt      time.Time // zero: never edited
	DeletedAt     time.Time // zero: not deleted by its author
	RemovedAt     time.Time // zero: not removed by a moderator
	RemovedReason string
	CreateID      ID   // of the Create activity, local posts only
	Private       bool // it stands in a forum that only its members read; the store says so

	Children, Supports, Boosts int
	Tally                      Tally // what its own server counts, for posts from elsewhere
}

// ShownSupports is how much support readers see: what is known here, or what the
// post's own server counts where that is more.
func (p *Post) ShownSupports() int { return max(p.Supports, p.Tally.Supports) }

// ShownBoosts is the same for boosts.
func (p *Post) ShownBoosts() int { return max(p.Boosts, p.Tally.Boosts) }

// IsRoot says whether the post opens its thread.
func (p *Post) IsRoot() bool { return p.ParentID == 0 }

// Hidden says whether only a tombstone may be shown.
func (p *Post) Hidden() bool { return !p.DeletedAt.IsZero() || !p.RemovedAt.IsZero() }

// Attachment is a file that belongs to a post: one that came with a remote post,
// which is linked to and not copied, or a picture or recording that was uploaded
// here.
type Attachment struct {
	URL       string
	MediaType string
	Alt       string

	// Of what is here only.
	PictureID     ID            `json:",omitempty"`
	Width, Height int           `json:",omitempty"`
	Blurhash      string        `json:",omitempty"`
	Focus         Focus         `json:",omitzero"`
	Files         []PictureFile `json:",omitempty"` // as a Picture has them
}

// Kind is what the file is.
func (a Attachment) Kind() MediaKind { return kindOf(a.MediaType) }

// Whole is the file of an upload that the others stand for.
func (a Attachment) Whole() PictureFile { return a.Files[len(a.Files)-1] }

// Stills are the pictures of an upload that do not move, the smallest first;
// none for a recording that came without any.
func (a Attachment) Stills() []PictureFile {
	n := 0
	for n < len(a.Files) && a.Files[n].Still() {
		n++
	}
	return a.Files[:n]
}

// Pictures are the attachments that were uploaded here, recordings too.
func (p *Post) Pictures() []Attachment {
	var list []Attachment
	for _, a := range p.Attachments {
		if a.PictureID != 0 {
			list = append(list, a)
		}
	}
	return list
}

// ShownPictures are the choices that leave a post's pictures as they are.
func (p *Post) ShownPictures() []PictureChoice {
	var list []PictureChoice
	for _, a := range p.Pictures() {
		list = append(list, PictureChoice{ID: a.PictureID})
	}
	return list
}

// Thread is a root post and what belongs to the conversation as a whole.
type Thread struct {
	Post
	Kind       ThreadKind
	LockedAt   time.Time // zero: open for replies
	Featured   bool      // at the head of its forum
	ReplyCount int
	CoClaims   int         // people to whom the same happened, as counted here
	ActiveAt   time.Time   // the last reply, or the root's publication
	Score      float64     // ranking, see hotScore
	ContextURI string      // of the whole conversation (FEP-7888); may be empty for remote threads
	AnnounceID ID          // of the forum's Announce, local forums only
	FoundBy    string      // the hashtag by which it came; "" where it was meant for its forum
	Guests     GuestPolicy // of its forum, see [Service.GuestsIn]

	CoClaimsTold *TierTally // what its own server counts; nil where it does not, or is this one
	Case         *Case      // of grievances and reviews; nil for other kinds
}

// ShownCoClaims is how many people say that the same happened to them, as whoever
// counts them does.
func (t *Thread) ShownCoClaims() int {
	if t.CoClaimsTold != nil {
		return t.CoClaimsTold.Signed()
	}
	return t.CoClaims
}

// Experience says whether the thread tells of something its author lived
// through, which nobody has checked (code de la consommation, D111-17).
func (t *Thread) Experience() bool { return t.Kind.IsCase() }

// Locked says whether replies are refused.
func (t *Thread) Locked() bool { return !t.LockedAt.IsZero() }

// State is where a case stands: "open" for grievances at first, which are about
// something to be put right, and "" for other kinds.
func (t *Thread) State() string {
	if t.Case == nil {
		return ""
	}
	return string(t.Case.State)
}

// hotDecade is how much later a thread must appear to outrank one with ten
// times its points.
const hotDecade = 45000 // seconds, 12.5 hours

// hotScore ranks threads: the logarithm of what people gave it, anchored to the
// time of publication. It needs no recount as time passes, because newer
// threads simply start higher.
func hotScore(published time.Time, supports, boosts, replies int) float64 {
	points := float64(supports + 2*boosts + replies)
	return math.Log10(1+points) + published.Sub(idEpoch).Seconds()/hotDecade
}

// Revision is a text that an edit replaced.
type Revision struct {
	PostID     ID
	ReplacedAt time.Time
	Title      string
	Note       string // see [Post.ContentNote]
	Body       string
	Content    string
}

// MaxContentNote bounds a content note, in characters: it stands before a text, and is
// none itself.
const MaxContentNote = 200

func checkNote(note *string) error {
	*note = oneLine(*note)
	if utf8.RuneCountInString(*note) > MaxContentNote {
		return invalid("content_note", "NoteTooLong", map[string]any{"Max": MaxContentNote})
	}
	return nil
}

// Limits are the sizes that rules enforce, in characters unless said otherwise.
type Limits struct {
	Title    int // a thread's title
	Body     int // a post's Markdown
	Mentions int // people mentioned in one post
	Depth    int // levels of replies; deeper ones are refused
}

// DefaultLimits are used where the configuration says nothing.
var DefaultLimits = Limits{Title: 200, Body: 20000, Mentions: 20, Depth: 100}

// maxForeignContent bounds HTML from other servers, in bytes; their own limits
// are wider than ours.
const maxForeignContent = 200_000

func (l Limits) checkTitle(title *string) error {
	*title = oneLine(*title)
	switch {
	case *title == "":
		return invalid("title", "TitleMissing", nil)
	case utf8.RuneCountInString(*title) > l.Title:
		return invalid("title", "TitleTooLong", map[string]any{"Max": l.Title})
	}
	return nil
}

func (l Limits) checkBody(body *string) error {
	*body = trimText(*body)
	switch {
	case *body == "":
		return invalid("body", "BodyMissing", nil)
	case utf8.RuneCountInString(*body) > l.Body:
		return invalid("body", "TextTooLong", map[string]any{"Max": l.Body})
	}
	return nil
}

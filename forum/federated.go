package forum

import (
	"context"
	"time"
)

// What the core knows of other servers: enough to decide who hears of what, and
// nothing about HTTP, signatures or JSON-LD, which are federation's.

// Family says in which form a server understands what a forum passes on
// (FEP-1b12 and its absence). It is a bit set, so that one payload can serve
// several families.
type Family uint8

// The families.
const (
	// GroupAware servers unwrap activities that a group announces: Lemmy,
	// PieFed, Mbin, NodeBB, Portevoix.
	GroupAware Family = 1 << iota
	// Microblog servers show everything a group announces as a boost, so they
	// get each thread once and nothing else: Mastodon, GoToSocial, Misskey, and
	// whatever is unknown.
	Microblog
	// BareObjects servers take announced objects, not announced activities:
	// Discourse.
	BareObjects

	AllFamilies = GroupAware | Microblog | BareObjects
)

// FamilyOf tells the family of a server by the software name in its NodeInfo.
func FamilyOf(software string) Family {
	switch software {
	case "portevoix", "lemmy", "piefed", "mbin", "kbin", "nodebb":
		return GroupAware
	case "discourse":
		return BareObjects
	}
	return Microblog
}

// SoftwareOf lists the software names of a family other than Microblog, which
// is all the rest.
var SoftwareOf = map[Family][]string{
	GroupAware:  {"portevoix", "lemmy", "piefed", "mbin", "kbin", "nodebb"},
	BareObjects: {"discourse"},
}

// Unsharing lists software in which every thread stands in one group, and no other
// can pass it on.
var Unsharing = []string{"lemmy", "kbin"}

// SignatureScheme is how requests to a peer are signed.
type SignatureScheme string

// The schemes. An unknown peer is asked with DraftCavage first.
const (
	DraftCavage SignatureScheme = "cavage"
	RFC9421     SignatureScheme = "rfc9421"
)

// Peer is another server as deliveries see it.
type Peer struct {
	Host          string
	Software      string // lower-case NodeInfo name; "" when it could not be told
	Version       string
	InspectedAt   time.Time // when NodeInfo was last asked for; zero: never
	Signature     SignatureScheme
	Failures      int       // in a row
	FailingSince  time.Time // zero: reachable as far as we know
	NextTryAt     time.Time // no delivery starts before
	LastSuccessAt time.Time
	LastError     string
	DeadAt        time.Time // given up; any sign of life revives it
}

// Priority orders deliveries to one peer; lower goes first.
type Priority int

// The priorities.
const (
	PriorityModeration Priority = 1 + iota // removals, blocks, follows and their answers
	PriorityPost                           // threads and replies
	PriorityUpdate                         // edits, profile changes
	PriorityVote                           // supports and boosts
)

// Payload is the JSON of an activity for the families it suits.
type Payload struct {
	For  Family
	Body []byte
}

// Recipients is one part of an activity's audience; exactly one of FollowersOf,
// PassedOn, Actor, Around, Relays, Relay and Everyone is set.
type Recipients struct {
	FollowersOf ID         // the followers of this actor
	PassedOn    ID         // the followers of the forums here that passed this thread of another on
	Actor       ID         // this actor
	Around      ID         // whoever replied to, supported or boosted this post
	Relays      RelayStyle // the relays of this style that accepted us
	Relay       ID         // this relay
	Everyone    bool       // every server ever spoken with
	// Direct sends to the actor's own inbox rather than the shared one: for
	// follows and their answers.
	Direct bool
	// Only restricts to servers of these families; 0 means all.
	Only Family
	// Sharing leaves out servers that refuse what a group announces of another's
	// (see [Unsharing]).
	Sharing bool
}

// OutgoingActivity is something to tell other servers: bytes, who signs, and
// who hears it. The store turns it into one delivery per destination, in the
// transaction that made it true.
type OutgoingActivity struct {
	ID       ID // the activity's id is Addresses.Activity(ID)
	Signer   ID // the actor whose key signs the deliveries
	Subject  string
	Priority Priority
	Payloads []Payload
	Audience []Recipients
	// FormerKey signs with the key that was replaced last, which others know.
	FormerKey bool
	// Vote names what an actor thinks of a post: of those that wait for a server,
	// only the last is sent. "" for all else.
	Vote string
	// Hidden activities are not served at their address (answers to follows,
	// reports).
	Hidden bool
}

// Delivery is an outgoing activity on its way to one inbox. Deliveries to one
// peer about one Subject go out in order.
type Delivery struct {
	ID         ID
	ActivityID ID
	Host       string
	Inbox      string
	Subject    string
	Signer     ID
	FormerKey  bool // the first attempt is signed with the key that was replaced last
	Attempts   int
	CreatedAt  time.Time
	Body       []byte // nil when there is nothing to say in the peer's form
}

// Settlement is what became of deliveries to one server.
type Settlement struct {
	Host        string
	Done        []ID  // delivered, refused for good, or not for this server
	Retry       []ID  // to be tried again
	Delivered   int   // of Done, those it took
	Refused     int   // of Done, those it refused for good
	Bytes       int64 // sent
	Reached     bool  // the server answered as it should
	Failed      bool  // it is out of reach or wants to be left alone until NextTry
	NextTry     time.Time
	Error       string // of the last failure
	Now         time.Time
	GiveUpAfter time.Duration // after failing this long it counts as dead
}

// Origin names what an activity of ours was about, for writing it again after
// its bytes were swept away.
type Origin struct {
	Created   ID // the post of a Create
	Announced ID // the thread of a forum's Announce
	Liked     ID // the post of a Like
	Boosted   ID // the post of a person's Announce
	By        ID // who liked or boosted, or passed another forum's thread on
}

// PostURI is a post's id on the web, for collections.
type PostURI struct {
	ID  ID
	URI string
}

// Inbound is a verified activity from another server: its actor signed the
// request it came in, or a forum entitled to it passed it on.
type Inbound struct {
	// Key is what makes the activity the same one when it comes again. It is
	// the activity's id, with the time of the edit for an Update, because
	// GoToSocial reuses one id for all edits of a post.
	Key   string
	URI   string // the activity's id; with Shares, that of the Announce
	Actor *Actor // who did it
	// Raw is the activity as it came, to be relayed byte for byte (FEP-1b12);
	// nil where it may not be relayed.
	Raw []byte
	// Via is the group that announced it; nil when it came from its actor.
	Via *Actor
	// Shares says that Via announced it as a thread, which may stand in another
	// group.
	Shares bool
	// Asked says that somebody here asked for it by its address, and it was read
	// from its author's server.
	Asked bool
}

// Outcome says what became of an inbound activity that was not refused.
type Outcome struct {
	Done   bool   // false: understood and deliberately not acted upon
	Reason string // why not; English, for logs and for the curious peer
	// Later says that the activity may matter yet, by another way or as something
	// else than it was taken for: it is not remembered.
	Later bool
}

// Done is the outcome of an activity that took effect.
var Done = Outcome{Done: true}

// Ignored is the outcome of an activity there is nothing to do about.
func Ignored(reason string) Outcome { return Outcome{Reason: reason} }

// NotYet is the outcome of an activity about something unknown here. Who follows
// an author may get it before the forum that passes on what it is about.
func NotYet(reason string) Outcome { return Outcome{Reason: reason, Later: true} }

// Publication is a post with everything its federated form names.
type Publication struct {
	Post     *Post
	Thread   *Thread
	Author   *Actor
	Forum    *Actor
	Company  *Actor // that a case is about; nil for replies, and where it has no page
	Parent   *Post  // nil for roots
	ParentBy *Actor // nil for roots
	Mentions []Actor
	Evidence []Evidence // that is held of a case
	Answer   *Answer    // that the reply is, of a company; nil for others
	// Plain writes a poll as text, for software that has none.
	Plain bool
	// Action is whose ballot the post is; nil for other posts.
	Action *Action
	Tally  TierTally // of Action
}

// PublicationOf loads a post with everything its federated form names.
func PublicationOf(ctx context.Context, r Reader, id ID) (Publication, error) {
	post, err := r.Post(ctx, id)
	if err != nil {
		return Publication{}, err
	}
	thread, err := r.Thread(ctx, post.ThreadID)
	if err != nil {
		return Publication{}, err
	}
	p := Publication{Post: post, Thread: thread}
	if post.IsRoot() {
		p.Post = &thread.Post
		if p.Company, err = companyOf(ctx, r, thread); err != nil {
			return Publication{}, err
		}
		if thread.Case != nil {
			if p.Evidence, err = r.EvidenceOf(ctx, id); err != nil {
				return Publication{}, err
			}
		}
	} else {
		if p.Parent, err = r.Post(ctx, post.ParentID); err != nil {
			return Publication{}, err
		}
		if p.ParentBy, err = r.Actor(ctx, p.Parent.AuthorID); err != nil {
			return Publication{}, err
		}
		if thread.Case != nil {
			if p.Answer, err = r.AnswerOf(ctx, id); err != nil && CodeOf(err) != NotFound {
				return Publication{}, err
			}
		}
	}
	if p.Author, err = r.Actor(ctx, post.AuthorID); err != nil {
		return Publication{}, err
	}
	if p.Forum, err = r.Actor(ctx, post.ForumID); err != nil {
		return Publication{}, err
	}
	if p.Post.IsRoot() && p.Thread.Case != nil && p.Thread.CoClaims > 0 {
		if p.Tally, err = r.TierTally(ctx, CoClaim, p.Thread.ID); err != nil {
			return Publication{}, err
		}
	}
	if p.Mentions, err = r.Mentions(ctx, id); err != nil || !isBallot(p) {
		return p, err
	}
	if p.Action, err = ballotAction(ctx, r, id); err != nil || p.Action == nil {
		return p, err
	}
	p.Tally, err = actionCounts(ctx, r, p.Action)
	return p, err
}

// Publisher writes activities. Every method returns the JSON of one activity
// whose id belongs to the given ID; none of them sends anything. An error means
// that our own data could not be expressed, and fails the whole change.
type Publisher interface {
	Create(id ID, p Publication) ([]byte, error)
	Update(id ID, p Publication) ([]byte, error)
	// Delete takes back a post or, when uri is the actor's own, an account. A
	// reason marks a moderator's removal.
	Delete(id ID, by *Actor, uri string, forum *Actor, reason string) ([]byte, error)
	Like(id ID, by *Actor, post *Post, forum *Actor) ([]byte, error)
	// AnswerQuote accepts or rejects that a post of by's is quoted.
	AnswerQuote(id ID, by *Actor, q QuoteRequest) ([]byte, error)
	// Message is a note to one actor.
	Message(id ID, m Message, from, to *Actor) ([]byte, error)
	// Claim tells the author of a post elsewhere, and nobody else, that the same
	// happened to by: an answer to it with a hashtag.
	Claim(id ID, by, author *Actor, post *Post, p *Participation, tag string) ([]byte, error)
	// PollVote tells a poll's author what by chose.
	PollVote(id ID, by *Actor, post *Post, author *Actor, choice string) ([]byte, error)
	// Announce passes on the object with the given id to by's followers. It names
	// the forum that a boosted post stands in; nil for a group's.
	Announce(id ID, by *Actor, uri string, author, forum *Actor, at time.Time) ([]byte, error)
	// Relay wraps an activity, byte for byte, in a forum's Announce.
	Relay(id ID, forum *Actor, activity []byte, at time.Time) ([]byte, error)
	// Sign writes an activity of a local actor anew with a signature in it, by which
	// it is believed of whoever passes it on; nil where that cannot be had.
	Sign(by *Actor, activity []byte, at time.Time) ([]byte, error)
	Undo(id ID, by *Actor, activity []byte) ([]byte, error)
	Follow(id ID, by, target *Actor) ([]byte, error)
	Accept(id ID, by *Actor, follow Follow) ([]byte, error)
	Reject(id ID, by *Actor, follow Follow) ([]byte, error)
	Block(id ID, by, target *Actor) ([]byte, error)
	Flag(id ID, by *Actor, target *Actor, posts []string, words string) ([]byte, error)
	// Report is Flag of one post, in the form of servers that know forums.
	Report(id ID, by, forum *Actor, post, words string) ([]byte, error)
	// Move sends by's followers to the target.
	Move(id ID, by, target *Actor) ([]byte, error)
	// Pin tells that by shows the post with the given id at the head of their
	// profile, or no longer.
	Pin(id ID, by *Actor, uri string, on bool) ([]byte, error)
	// Feature tells that a forum's moderator puts the thread with the given id at
	// the head of the forum, or takes it from there.
	Feature(id ID, by *Actor, uri string, forum *Actor, on bool) ([]byte, error)
	// Lock tells that a forum's moderator closes the thread with the given id.
	Lock(id ID, by *Actor, uri string, forum *Actor) ([]byte, error)
	// Moderator tells that somebody moderates a forum, or no longer.
	Moderator(id ID, by, moderator, forum *Actor, on bool) ([]byte, error)
	// Ban tells that somebody may not take part in a forum (one without an ID: in
	// any of this server's), and whether what they wrote there is removed.
	Ban(id ID, by, whom, forum *Actor, b Ban, removePosts bool) ([]byte, error)
	// UpdateActor tells of a changed profile; forum is nil for people.
	// Keys are named only where they have changed.
	UpdateActor(id ID, actor *Actor, forum *Forum, keys ...KeyPair) ([]byte, error)
}

// Resolver finds things on other servers.
type Resolver interface {
	// ActorByHandle looks a remote handle up, asking its server where it is not
	// known here. It returns NotFound when there is none and Unavailable when
	// its server cannot be asked now.
	ActorByHandle(ctx context.Context, h Handle) (*Actor, error)
	// InteractionAddress asks a server where its people do what i says; see
	// [Service.InteractionAddress].
	InteractionAddress(ctx context.Context, home Home, i Interaction) (string, error)
	// Resolve reads what an address on another server names; see
	// [Service.Resolve].
	Resolve(ctx context.Context, uri string) (Resolved, error)
}

// Renderer turns what people write, and what other servers send, into HTML that
// is safe to show.
type Renderer interface {
	// Markdown renders a local text. mentions maps "name" or "name@host" as
	// written to the actor it means; what is not in it stays plain text.
	Markdown(source string, mentions map[string]Actor) string
	// Sanitise keeps what is harmless of foreign HTML.
	Sanitise(html string) string
	// Normal is a text in Unicode's normal form C, in which it is hashed.
	Normal(text string) string
	// Text is the HTML without its tags, one line per paragraph.
	Text(html string) string
	// FirstLink is the address of the first page that rendered HTML links to; ""
	// for none.
	FirstLink(html string) string
	// Mentions lists the handles a Markdown source mentions, in order, each
	// once.
	Mentions(source string) []string
	// Tags lists the hashtags in a Markdown source as they are written, without
	// their sign, in order, each once.
	Tags(source string) []string
	// WithoutTitle splits foreign HTML that opens a thread. Without a given
	// title, the title is its first line (links to the given forums left out),
	// at most max characters of it; the rest is its content. A given title is
	// taken off the head of the content, if it stands there. The content is
	// sanitised.
	WithoutTitle(html, title string, max int, forums []Actor) (newTitle, content string)
}

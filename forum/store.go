package forum

import (
	"context"
	"time"
)

// Store keeps everything. Storage implements it on SQLite and PostgreSQL;
// forum/forumtest holds the suite that both must pass.
//
// Methods that look one thing up return a NotFound error when it does not
// exist. Lists are bounded by their query's limit and never cost more as the
// tables grow.
type Store interface {
	// Write runs change in one transaction and returns when it is durable. When
	// change returns an error, nothing of it remains. change may run more than
	// once, and must not do slow things: writers wait for each other.
	Write(ctx context.Context, change func(ctx context.Context, tx Tx) error) error

	// SweepFiles takes the files off the shelf that nothing needs any more.
	SweepFiles(ctx context.Context) error

	Reader
	PageReader
	ExportReader
}

// Reader looks single things up.
type Reader interface {
	DossierStore
	ActionReader
	AppStore
	ParticipationReader
	EvidenceReader
	AnswerReader
	ConcernReader
	ThreatReader
	DecisionReader
	WebhookReader
	ListReader
	AppPushReader
	BroughtReader
	MembershipReader

	PeerListStore
	RelayReader
	TagSourceReader

	RemotePicture(ctx context.Context, key string) (*RemotePicture, error)
	Account(ctx context.Context, id ID) (*Account, error)
	AccountByEmail(ctx context.Context, emailKey string) (*Account, error)
	AccountByName(ctx context.Context, name string) (*Account, error)
	Actor(ctx context.Context, id ID) (*Actor, error)
	ActorByHandle(ctx context.Context, h Handle) (*Actor, error)
	ActorByURI(ctx context.Context, uri string) (*Actor, error)
	ActorsByURI(ctx context.Context, uris []string) ([]Actor, error)
	Admins(ctx context.Context) ([]Account, error)
	Draft(ctx context.Context, id ID) (*Draft, error)
	Forum(ctx context.Context, h Handle) (*Forum, error)
	GuestReply(ctx context.Context, id ID) (*GuestReply, error)
	// GuestReplyByToken finds the reply whose mailed link has that hash.
	GuestReplyByToken(ctx context.Context, hash string) (*GuestReply, error)
	// GuestRepliesOf counts what waits of an address.
	GuestRepliesOf(ctx context.Context, email string) (int, error)
	InstanceActor(ctx context.Context) (*Actor, error)
	Mentions(ctx context.Context, post ID) ([]Actor, error)
	Moderates(ctx context.Context, actor, forum ID) (bool, error)
	// LocalFollowers lists people here who follow an actor, or have asked to.
	LocalFollowers(ctx context.Context, target ID, limit int) ([]Actor, error)
	// ModeratorsOf lists a forum's moderators, here and elsewhere, or the
	// administrators where a forum of ours has none or forum is 0.
	ModeratorsOf(ctx context.Context, forum ID) ([]Actor, error)
	Company(ctx context.Context, h Handle) (*Company, error)
	CompanyByID(ctx context.Context, id ID) (*Company, error)
	// CompanyNamed finds the one page here whose company has that name or alias.
	CompanyNamed(ctx context.Context, name string) (*Actor, error)
	// CompaniesLike lists pages that may be about the same company, the most alike
	// first.
	CompaniesLike(ctx context.Context, k CompanyKeys, limit int) ([]Company, error)
	ProductNamed(ctx context.Context, company ID, name string) (*Product, error)
	// CasesToAsk lists the cases whose authors are to be asked now.
	CasesToAsk(ctx context.Context, now time.Time, limit int) ([]ID, error)
	// Card finds what a page said of itself since then; false where it was not
	// asked.
	Card(ctx context.Context, url string, since time.Time) (Card, bool, error)
	// MailingsDue lists accounts that mail about notifications is due for, the
	// longest due first.
	MailingsDue(ctx context.Context, now time.Time, limit int) ([]ID, error)
	// Notices lists those of an account's notifications that are still news:
	// neither read, nor seen in their thread, nor about what was taken away.
	// Newest first.
	Notices(ctx context.Context, account ID, ids []ID) ([]NotificationView, error)
	// NotificationSettings are the zero value for who chose nothing.
	NotificationSettings(ctx context.Context, account ID) (NotificationSettings, error)
	// Departed lists the accounts whose owners wanted them deleted by now.
	Departed(ctx context.Context, now time.Time, limit int) ([]ID, error)
	// LoosePictures counts an account's uploads that nothing shows.
	LoosePictures(ctx context.Context, account ID) (int, error)
	Picture(ctx context.Context, id ID) (*Picture, error)
	// PictureFile is a file that something shows, or that was just uploaded: not
	// one of a deleted or removed post.
	PictureFile(ctx context.Context, name string) (*PictureFile, error)
	Post(ctx context.Context, id ID) (*Post, error)
	PostByURI(ctx context.Context, uri string) (*Post, error)
	// PeerRule is the rule a server is under, the zero value for none.
	PeerRule(ctx context.Context, host string, now time.Time) (PeerRule, error)
	// PeerRules lists the rules about servers, by name.
	PeerRules(ctx context.Context, now time.Time) ([]PeerRule, error)
	// PeerRulesExpired says whether there are rules whose time is over.
	PeerRulesExpired(ctx context.Context, now time.Time) (bool, error)
	Report(ctx context.Context, id ID) (*Report, error)
	// Secret is what this server keeps to itself under a name.
	Secret(ctx context.Context, name string) (string, error)
	// Devices lists an account's browsers that have a session, the oldest first.
	Devices(ctx context.Context, account ID) ([]Device, error)
	Thread(ctx context.Context, id ID) (*Thread, error)
	// TagsFollowed lists the hashtags an account follows.
	TagsFollowed(ctx context.Context, account ID) ([]Tag, error)
	// ThreadFollowers lists the accounts that follow a thread and have not muted
	// it, in the order of IDs.
	ThreadFollowers(ctx context.Context, thread, after ID, limit int) ([]ID, error)
	Tombstoned(ctx context.Context, uri string) (bool, error)

	// BanOf finds the ban that keeps an actor out of a forum now.
	BanOf(ctx context.Context, actor, forum ID, now time.Time) (*Ban, error)
	// VisiblePosts lists what an author wrote in a forum (0: anywhere) that is
	// neither deleted nor removed.
	VisiblePosts(ctx context.Context, author, forum ID, limit int) ([]ID, error)
	MessageByURI(ctx context.Context, uri string) (*Message, error)
	// MessagesAbout lists whom a rule wrote to about a subject.
	MessagesAbout(ctx context.Context, purpose Purpose, subject ID) ([]ID, error)
	// RightsOfReply lists the replies by right to a thread that are to be seen, the
	// first first.
	RightsOfReply(ctx context.Context, thread, viewer ID, limit int) ([]RightOfReplyView, error)
	// RightsDue lists replies by right that are held since before a time and of which
	// nobody was told again.
	RightsDue(ctx context.Context, before time.Time, limit int) ([]GuestReply, error)
	// Message is one that was sent or received.
	Message(ctx context.Context, id ID) (*Message, error)
	// MessagesTo lists what groups elsewhere wrote to a person here, newest first.
	MessagesTo(ctx context.Context, to, after ID, limit int) ([]MessageView, error)
	// MessagesBetween counts the messages from one to another since a time.
	MessagesBetween(ctx context.Context, from, to ID, since time.Time) (int, error)
	// MessageAnswered says whether a message from one to another was answered so.
	MessageAnswered(ctx context.Context, from, to ID, answer string) (bool, error)
	// MessagesStopped says whether an actor elsewhere wants no messages from here.
	MessagesStopped(ctx context.Context, actor ID) (bool, error)
	// Blocked says whether by blocks whom.
	Blocked(ctx context.Context, by, whom ID) (bool, error)
	QuoteAuthorization(ctx context.Context, id ID) (*QuoteAuthorization, error)
	// QuoteAuthorized says whether a post elsewhere may quote one of ours.
	QuoteAuthorized(ctx context.Context, post ID, quotedIn string) (bool, error)
	// PollVotes tells what somebody chose in the polls of posts; those they did not
	// vote in are left out.
	PollVotes(ctx context.Context, voter ID, posts []ID) (map[ID][]int, error)
	// Backfill is the zero value for what was never read.
	Backfill(ctx context.Context, subject ID) (Backfill, error)
	// CollectionTag is the ETag of a collection on another server when all of it
	// was last read, "" for none.
	CollectionTag(ctx context.Context, uri string) (string, error)
	FollowBetween(ctx context.Context, followerURI, targetURI string) (*Follow, error)
	// ForumsFollowing lists the accepted follows of an actor by forums of this
	// server.
	ForumsFollowing(ctx context.Context, target ID) ([]Follow, error)
	// LinksVia lists the threads that forums here show from a source, by the URI of
	// its Announce or of the thread.
	LinksVia(ctx context.Context, via ID, announce, thread string) ([]ThreadLink, error)
	ThreadLink(ctx context.Context, forum, post ID) (*ThreadLink, error)
	FollowByURI(ctx context.Context, uri string) (*Follow, error)

	AccessToken(ctx context.Context, hash string) (*AccessToken, *Account, error)
	Import(ctx context.Context, id ID) (*Import, error)
	// Imports lists an account's imports, newest first, without their handles.
	Imports(ctx context.Context, account ID, limit int) ([]Import, error)
	Identity(ctx context.Context, issuer, subject string) (*Identity, error)
	IdentityOfAccount(ctx context.Context, account ID) (*Identity, error)
	Passkeys(ctx context.Context, account ID) ([]Passkey, error)
	SecondStep(ctx context.Context, account ID) (*SecondStep, error)
	// Challenge finds a challenge of that purpose that has not expired.
	Challenge(ctx context.Context, purpose ChallengePurpose, hash string, now time.Time) (*Challenge, error)
	Link(ctx context.Context, hash string) (*Link, error)
	Session(ctx context.Context, hash string) (*Session, *Account, error)
}

// PageReader answers whole pages.
type PageReader interface {
	ActionPages
	DecisionPages
	ParticipationPages
	StatusReader
	AccountLister
	ReportDeskReader

	DataStore
	// FigureCases lists cases of a subject that count, the newest first.
	FigureCases(ctx context.Context, subject FigureSubject, limit int) ([]FigureCase, error)
	// FigureClaims counts to whom else the newest so many of these cases happened.
	FigureClaims(ctx context.Context, subject FigureSubject, cases int) ([]ClaimCount, error)
	// ActorsBeginning lists people and forums whose name begins in a way, those the
	// viewer follows first.
	ActorsBeginning(ctx context.Context, q CompletionQuery) ([]Actor, error)
	// AccessTokens lists an account's API tokens, newest first.
	AccessTokens(ctx context.Context, account ID) ([]AccessToken, error)
	// Bans lists who is banned from a forum now (0: from the whole server), those
	// with IDs below before (0: all), the highest first.
	Bans(ctx context.Context, forum, before ID, now time.Time, limit int) ([]BanView, error)
	// Directory lists the forums that are known here.
	Directory(ctx context.Context, q ForumQuery) (ForumPage, error)
	// CasesMergedInto lists the duplicates of a case.
	CasesMergedInto(ctx context.Context, thread ID, limit int) ([]PostURI, error)
	// CaseMoves lists where a case stood, the last move first.
	CaseMoves(ctx context.Context, thread ID, limit int) ([]CaseMove, error)
	// Drafts lists what an account has not published yet, newest first: what is
	// held, or the drafts; those older than before (0: all).
	Drafts(ctx context.Context, account ID, held bool, before ID, limit int) ([]Draft, error)
	// DraftFor finds the last draft of a thread in a forum, or of a reply to a post.
	DraftFor(ctx context.Context, account ID, forum string, parent ID) (*Draft, error)
	// FeaturedThreads lists the threads at the head of a forum, the last one first.
	FeaturedThreads(ctx context.Context, forum, viewer ID) ([]ThreadView, error)
	// Followed lists what an actor follows or has asked to, the newest first.
	Followed(ctx context.Context, follower ID, limit int) ([]Follow, error)
	// FollowsAtHome says whether an account follows at least one of the actors that is
	// on none of its exclusive lists.
	FollowsAtHome(ctx context.Context, account ID, actors []ID) (bool, error)
	// Filters lists an account's filters that have not expired, newest first.
	Filters(ctx context.Context, account ID, now time.Time) ([]Filter, error)
	Forums(ctx context.Context, viewer ID) ([]ForumCard, error)
	// ForumsInside lists the forums for members that an account reads; for the server
	// itself (0, and nobody to read for), all of them.
	ForumsInside(ctx context.Context, account ID) ([]ForumCard, error)
	// HeldReplies lists replies by guests that moderators of the given forums have
	// to look at; with all, every one.
	HeldReplies(ctx context.Context, forums []ID, all bool) ([]GuestReplyView, error)
	// Home lists what an account follows: threads of forums and by people, and
	// threads that were replied to since it began to follow them. What it has
	// muted is left out.
	Home(ctx context.Context, q HomeQuery) (ThreadPage, error)
	ModeratedForums(ctx context.Context, account ID) ([]ID, error)
	Notifications(ctx context.Context, q NotificationQuery) (NotificationPage, error)
	PendingAccounts(ctx context.Context) ([]Account, error)
	// Peers lists servers, by name.
	Peers(ctx context.Context, q PeerQuery, now time.Time) (PeerPage, error)
	PeerView(ctx context.Context, host string, now time.Time) (*PeerView, error)
	// Pinned lists what somebody pinned, the last one first.
	Pinned(ctx context.Context, actor, viewer ID) ([]PersonPostView, error)
	PostView(ctx context.Context, id, viewer ID) (*PostView, error)
	// Products lists a company's, by name.
	Products(ctx context.Context, company ID, limit int) ([]Product, error)
	// Posts reads several posts, in any order.
	Posts(ctx context.Context, ids []ID, viewer ID) ([]PostView, error)
	// QuotesOf lists the posts elsewhere that may quote one of ours, the last first.
	QuotesOf(ctx context.Context, post ID, limit int) ([]QuoteAuthorization, error)
	// RecoveryCodes counts those an account has left.
	RecoveryCodes(ctx context.Context, account ID) (int, error)
	// RecentReplies lists a thread's newest replies, newest first.
	RecentReplies(ctx context.Context, thread, viewer ID, limit int) ([]PostView, error)
	// Related lists threads about the same thing as one, the most alike first.
	Related(ctx context.Context, q RelatedQuery) ([]ThreadView, error)
	Relation(ctx context.Context, viewer, actor ID) (Relation, error)
	// RepliesBy lists an author's replies, newest first.
	RepliesBy(ctx context.Context, author, viewer ID, after string, limit int) ([]PersonPostView, string, error)
	// RepliesFlat lists a thread's replies in the order they were written.
	RepliesFlat(ctx context.Context, q FlatQuery) (PostPage, error)
	// Reports lists open reports of the given forums; with all, every open one.
	Reports(ctx context.Context, forums []ID, all bool) ([]ReportView, error)
	// Respell lists how a word may have been meant, the nearest first; nothing for
	// one that is spelt as in titles here.
	Respell(ctx context.Context, word string) ([]string, error)
	Revisions(ctx context.Context, post ID) ([]Revision, error)
	// Search finds what is not hidden, by its words; an empty Search matches
	// everything that the rest of the query lets through.
	Search(ctx context.Context, q SearchQuery) (SearchPage, error)
	// Sessions lists an account's sessions, the most recently seen first.
	Sessions(ctx context.Context, account ID) ([]Session, error)
	// Similar lists threads about what a title says, the most alike first.
	Similar(ctx context.Context, q SimilarQuery) ([]ThreadView, error)
	// SitemapPageEnd is the last thread of the page of size threads that begins
	// after one, 0 when fewer are left.
	SitemapPageEnd(ctx context.Context, after ID, size int) (ID, error)
	// SitemapThreads lists threads of local authors after one, oldest first.
	SitemapThreads(ctx context.Context, after ID, limit int) ([]SitemapThread, error)
	Statistics(ctx context.Context, now time.Time) (Statistics, error)
	// CompaniesBeginning lists pages about companies whose name, alias or a word of
	// them begins in a way, those whose whole name does first.
	CompaniesBeginning(ctx context.Context, begun string, limit int) ([]Company, error)
	// TagsBeginning lists hashtags that begin in a way, as they are written, those
	// that most threads have first.
	TagsBeginning(ctx context.Context, begun string, limit int) ([]string, error)
	// Tag tells of a hashtag, however it is written; NotFound for what is none.
	Tag(ctx context.Context, written string, viewer ID) (*Tag, error)
	Threads(ctx context.Context, q ThreadQuery) (ThreadPage, error)
	ThreadView(ctx context.Context, id, viewer ID) (*ThreadView, error)
	// ThreadWithReplies answers a thread and a page of its replies as they were
	// at one moment, so that what is counted is what is listed.
	ThreadWithReplies(ctx context.Context, q ReplyQuery) (*ThreadView, ReplyPage, error)
	// Visit tells how far an account has read in a thread.
	Visit(ctx context.Context, account, thread ID) (Visit, error)
}

// ExportReader answers what an account takes along when it exports everything.
// Lists are in the order of IDs, in pages after the given one.
type ExportReader interface {
	// Blocks lists whom an account blocks.
	Blocks(ctx context.Context, account, after ID, limit int) ([]Actor, error)
	// Muted lists whom an account mutes.
	Muted(ctx context.Context, account, after ID, limit int) ([]Actor, error)
	// Follows lists whom an account follows, or has asked to.
	Follows(ctx context.Context, account, after ID, limit int) ([]Actor, error)
	// PicturesOf lists what an account uploaded.
	PicturesOf(ctx context.Context, account, after ID, limit int) ([]Picture, error)
	// PollsVotedIn lists the posts in whose polls an account voted.
	PollsVotedIn(ctx context.Context, account, after ID, limit int) ([]PostURI, error)
	// ParticipationsBy lists what an account is, or was, counted on.
	ParticipationsBy(ctx context.Context, account, after ID, limit int) ([]Participation, error)
	// ConcernsBy lists what an account told moderators, ThreatsBy what it reported
	// beforehand, and ReportsBy what it reported.
	ConcernsBy(ctx context.Context, account ID) ([]Concern, error)
	ThreatsBy(ctx context.Context, account ID) ([]Threat, error)
	ReportsBy(ctx context.Context, account ID) ([]Report, error)
	// PostsWhole lists an account's own threads and replies with their texts.
	PostsWhole(ctx context.Context, account, after ID, limit int) ([]Post, error)
	// CasesOf lists the cases in an account's own threads.
	CasesOf(ctx context.Context, account, after ID, limit int) (map[ID]*Case, error)
	// ThreadsFollowed lists the threads an account follows (or, with muted, has
	// muted).
	ThreadsFollowed(ctx context.Context, account ID, muted bool, after ID, limit int) ([]PostURI, error)
	// VotedFor lists the posts an account supports (or, with boosted, boosts).
	VotedFor(ctx context.Context, account ID, boosted bool, after ID, limit int) ([]PostURI, error)
}

// Found is what an Undo may take back; at most one field is set.
type Found struct {
	Follow    *Follow
	Supported ID // the post
	Boosted   ID // the post
	Blocked   ID // the actor
}

// Tx is one transaction of a [Store]. Reads in it see its own writes.
type Tx interface {
	Reader
	EvidenceTx
	AnswerTx
	SaveConcern(ctx context.Context, c *Concern) error
	ThreatTx
	DecisionTx
	WebhookTx
	ListTx
	MembershipTx
	ActionTx
	AppTx
	AppPushTx
	ParticipationTx
	DataTx
	DossierTx
	StatusTx
	RepeatStore
	BroughtTx
	ReportDeskTx

	// AddAccount stores an account and its key; Conflict when the name is or
	// was taken.
	AddAccount(ctx context.Context, a *Account, key KeyPair) error
	// AddForum stores a forum and its key; Conflict when the name is or was
	// taken.
	AddForum(ctx context.Context, f *Forum, key KeyPair) error
	// AddCompany stores a company's page and its key, and gives it the cases that
	// name its company; Conflict when the name is or was taken.
	AddCompany(ctx context.Context, c *Company, key KeyPair) error
	UpdateCompany(ctx context.Context, c *Company) error
	// SetCompanyTelling says whether others are told soon how a company's cases stand;
	// changed only of pages here that stood otherwise.
	SetCompanyTelling(ctx context.Context, company ID, telling bool) (changed bool, err error)
	// MergeCompany gives a page's cases and products to another page.
	MergeCompany(ctx context.Context, from, into *Company) error
	AddProduct(ctx context.Context, p *Product) error
	// AddInstance stores the server's own actor and its key.
	AddInstance(ctx context.Context, a *Actor, key KeyPair) error
	// EraseActor wipes an actor and everything they wrote and did, and leaves
	// tombstones.
	EraseActor(ctx context.Context, id ID, at time.Time) error
	NameFree(ctx context.Context, name string) error
	// SaveRemoteActor inserts or refreshes a remote actor by URI and sets a.ID
	// to the ID it is kept under. key may be nil.
	SaveRemoteActor(ctx context.Context, a *Actor, key *KeyPair) error
	SetModerator(ctx context.Context, forum, actor ID, on bool) error
	SetAliases(ctx context.Context, actor ID, uris []string) error
	// SetDeparture hides an account until it is deleted at a time, or, with the zero
	// time, shows it again.
	SetDeparture(ctx context.Context, actor ID, at time.Time) error
	// SetMove stores where an actor has moved to ("" for nowhere), and when.
	SetMove(ctx context.Context, actor ID, to string, at time.Time) error
	// SetFields stores the fields of a local actor's profile, and when the pages
	// they link to are next to be asked; zero for never.
	SetFields(ctx context.Context, actor ID, fields []Field, due time.Time) error
	// TakeDueLinks lists the actors whose links are to be asked for now, and puts
	// each off until next.
	TakeDueLinks(ctx context.Context, now, next time.Time, limit int) ([]ID, error)
	// UpdateAccount stores what only this server knows of an account.
	UpdateAccount(ctx context.Context, a *Account) error
	// UpdateActor stores profile, portraits and suspension.
	UpdateActor(ctx context.Context, a *Actor) error
	UpdateForum(ctx context.Context, f *Forum) error

	// KeepCard keeps what a page said of itself, for other posts.
	KeepCard(ctx context.Context, c Card, at time.Time) error
	PeerListTx
	RelayTx
	TagSourceTx

	// KeepRemotePicture notes the copy of a picture.
	KeepRemotePicture(ctx context.Context, key string, file PictureFile, at time.Time) error
	// FailRemotePicture notes that a picture could not be had.
	FailRemotePicture(ctx context.Context, key string, at time.Time) error
	// ForgetRemotePictures forgets copies that were made before a time and, the
	// oldest first, those that are more than most bytes in all. It returns how many.
	ForgetRemotePictures(ctx context.Context, before time.Time, most int64) (int, error)
	// SetCard gives a post the card of its link.
	SetCard(ctx context.Context, post ID, c Card) error

	// AddDraft stores a new draft, and ties its pictures to it; TooMany when the
	// account has as many as it may, of those that are held or of the others.
	AddDraft(ctx context.Context, d *Draft, most int) error
	// FinishDraft notes what became of a draft and wipes its text; false when it
	// is not any more as it was read.
	FinishDraft(ctx context.Context, d *Draft, post ID, at time.Time) (unchanged bool, err error)
	// RemoveDraft forgets a draft; its pictures go with the next sweep.
	RemoveDraft(ctx context.Context, id ID) error
	UpdateDraft(ctx context.Context, d *Draft) error

	AddPicture(ctx context.Context, p *Picture) error
	// RemovePortrait forgets the picture that stands for an actor.
	RemovePortrait(ctx context.Context, actor ID, what Portrait) error
	// RemovePicture forgets a picture; its files go with the next sweep.
	RemovePicture(ctx context.Context, id ID) error
	// RemoveCardPicture forgets the picture of the card of a post.
	RemoveCardPicture(ctx context.Context, post ID) error
	// UpdatePicture stores which post shows a picture, its description and focus.
	UpdatePicture(ctx context.Context, p *Picture) error

	AddReply(ctx context.Context, p *Post, mentions []Actor) error
	AddThread(ctx context.Context, t *Thread, mentions []Actor) error
	// Bury remembers the URI of something deleted that was never stored.
	Bury(ctx context.Context, uri string, at time.Time) error
	// DeletePost wipes a post's text, revisions and mentions, and moves the
	// counters.
	DeletePost(ctx context.Context, p *Post, at time.Time) error
	EditPost(ctx context.Context, p *Post, former Revision, mentions []Actor) error
	LockThread(ctx context.Context, id ID, locked bool, at time.Time) error
	AddCaseMove(ctx context.Context, m CaseMove) error
	// SetCase stores what a thread's case states and where it stands.
	SetCase(ctx context.Context, thread ID, c *Case) error
	RankThread(ctx context.Context, id ID, active time.Time, score float64) error
	// RecordVisit notes that an account has seen all there is of a thread now, and
	// so has read that there is something new in it.
	RecordVisit(ctx context.Context, account, thread ID, at time.Time) error
	// RemovePost hides a post and keeps its text.
	RemovePost(ctx context.Context, p *Post, at time.Time, by ID, reason string) error
	// RestorePost shows a removed post again.
	RestorePost(ctx context.Context, p *Post) error

	AddBoost(ctx context.Context, b Boost) (added bool, err error)
	// AddSupport returns by how much the visible count changed: 1, 0 or -1.
	AddSupport(ctx context.Context, v Support) (change int, err error)
	// AddPin pins a post; false when it was pinned before, and Conflict when its
	// actor has pinned as many as they may.
	AddPin(ctx context.Context, p Pin, most int) (added bool, err error)
	// AuthorizeQuote returns the authorization that was there already, or the new one.
	AuthorizeQuote(ctx context.Context, a QuoteAuthorization) (QuoteAuthorization, error)
	RevokeQuote(ctx context.Context, id ID, at time.Time) error
	AddMessage(ctx context.Context, m Message) error
	// AnswerMessage notes what a person here answered to a message.
	AnswerMessage(ctx context.Context, id ID, answer string) error
	DeleteMessage(ctx context.Context, id ID) error
	// StopMessages ends all messages to an actor elsewhere.
	StopMessages(ctx context.Context, actor ID, at time.Time) error
	// ForgetAuthorization hides what was quoted by virtue of an authorization.
	ForgetAuthorization(ctx context.Context, uri string) error
	SetQuote(ctx context.Context, post ID, q *Quote) error
	// HoldPoll reads a post's poll for a change, nil where it has none; nobody else
	// changes it until the end of the transaction.
	HoldPoll(ctx context.Context, post ID) (*Poll, error)
	SetPoll(ctx context.Context, post ID, p *Poll) error
	AddPollVote(ctx context.Context, post, voter ID, choice int, at time.Time) (added bool, err error)
	ForgetPollVotes(ctx context.Context, post ID) error
	SaveBackfill(ctx context.Context, b Backfill) error
	SaveCollectionTag(ctx context.Context, uri, etag string, at time.Time) error
	// SetTally stores what a post's own server counts.
	SetTally(ctx context.Context, post ID, t Tally) error
	MoveCounters(ctx context.Context, post ID, supports, boosts int) error
	// RemoveBoost returns what was removed, nil for nothing.
	RemoveBoost(ctx context.Context, post, actor ID) (*Boost, error)
	RemovePin(ctx context.Context, actor, post ID) (removed bool, err error)
	// RemovePins removes all of an actor's pins.
	RemovePins(ctx context.Context, actor ID) error
	// RemoveSupport returns what was removed, nil for nothing.
	RemoveSupport(ctx context.Context, post, actor ID) (*Support, error)

	// AddFilter keeps a filter in place of one that looks at the same thing;
	// Conflict when the account has as many as it may.
	AddFilter(ctx context.Context, f Filter, most int) error
	RemoveFilter(ctx context.Context, account, id ID) error
	// RemoveFiltersOf removes the filters that look at a person or forum.
	RemoveFiltersOf(ctx context.Context, account, target ID) error

	AcceptFollow(ctx context.Context, follower, target ID) error
	// LinkThread shows a thread in a forum; false when it is shown there, or was
	// left out, or stands there.
	LinkThread(ctx context.Context, l ThreadLink) (added bool, err error)
	// LinkRecent shows the newest threads of a source, which is any forum, without
	// those of whom the forum has banned.
	LinkRecent(ctx context.Context, forum, source ID, at time.Time, limit int) error
	LeaveOut(ctx context.Context, forum, post ID, out bool) error
	// UnlinkAuthor ends that a forum (0: any here) shows an author's threads from
	// its sources.
	UnlinkAuthor(ctx context.Context, forum, author ID) error
	UnlinkThread(ctx context.Context, forum, post ID) error
	// AddBan keeps a ban in place of one of the same actor from the same forum.
	AddBan(ctx context.Context, b Ban) error
	// RemoveBan returns what was removed, nil for nothing.
	RemoveBan(ctx context.Context, forum, actor ID) (*Ban, error)
	AddBlock(ctx context.Context, by, whom ID, uri string, at time.Time) (added bool, err error)
	// AddFollow returns the follow that existed already, nil when it is new.
	AddFollow(ctx context.Context, f Follow) (existing *Follow, err error)
	// FollowByDefault follows a thread, unless the account made its choice before.
	FollowByDefault(ctx context.Context, account, thread ID, at time.Time) error
	FollowThread(ctx context.Context, account, thread ID, on bool, at time.Time) error
	// CopyThreadFollows lets who follows one thread follow another too.
	CopyThreadFollows(ctx context.Context, from, to ID, at time.Time) error
	FindUndone(ctx context.Context, actor ID, u Undone) (Found, error)
	// FollowTag follows a hashtag or no longer does; twice changes nothing.
	FollowTag(ctx context.Context, account ID, written string, on bool, at time.Time) error
	MuteThread(ctx context.Context, account, thread ID, on bool, at time.Time) error
	// RemoveBlock returns the URI of the Block, "" when there was none.
	RemoveBlock(ctx context.Context, by, whom ID) (uri string, err error)
	// RemoveFollow returns what was removed, nil for nothing. What a forum showed
	// from that source is shown no longer, unless its home is another source.
	RemoveFollow(ctx context.Context, follower, target ID) (*Follow, error)

	AddImport(ctx context.Context, i Import) error
	// MoveImport stores how far an import has come, unless it has meanwhile come
	// further than from.
	MoveImport(ctx context.Context, i Import, from int) (moved bool, err error)

	AddGuestReply(ctx context.Context, g GuestReply) error
	// HoldGuestReply leaves a reply, whose address is confirmed, to moderators.
	HoldGuestReply(ctx context.Context, id, account ID, at time.Time) error
	AddRightOfReply(ctx context.Context, r RightOfReply) error
	// RemindedOfRight notes that moderators were told again of a held reply by right.
	RemindedOfRight(ctx context.Context, id ID) error
	RemoveGuestReply(ctx context.Context, id ID) error
	// SetGuestToken stores the hash of the link that is mailed.
	SetGuestToken(ctx context.Context, id ID, hash string) error

	// ApplyPeerRules gives the servers known here, and what is on them, the
	// standing that the rules come to. Follows of those that are blocked now end,
	// and what waits for them is dropped.
	ApplyPeerRules(ctx context.Context, now time.Time) (PeerEffects, error)
	RemoveExpiredPeerRules(ctx context.Context, now time.Time) error
	RemovePeerRule(ctx context.Context, host string) (removed bool, err error)
	// RetryPeer forgets that a server failed; false when it is not known.
	RetryPeer(ctx context.Context, host string) (known bool, err error)
	// SetPeerRule keeps a rule in place of the one about the same name.
	SetPeerRule(ctx context.Context, r PeerRule) error

	// ActorsWithoutProofKey lists actors of this server that have no Ed25519 key.
	ActorsWithoutProofKey(ctx context.Context, limit int) ([]Actor, error)
	AddKey(ctx context.Context, key KeyPair) error
	// RemoveRetiredKeys erases the keys of this server that were replaced before a
	// time.
	RemoveRetiredKeys(ctx context.Context, before time.Time) error
	// ReplaceKeys retires the keys of an actor of this server, and keeps new ones.
	ReplaceKeys(ctx context.Context, actor ID, fresh KeyPair, at time.Time) error

	// HoldNotificationSettings reads an account's settings for a change; nobody
	// else changes them until the end of the transaction.
	HoldNotificationSettings(ctx context.Context, account ID) (NotificationSettings, error)
	// AddDevice keeps a device in place of one with its endpoint, whose ever it
	// was; Conflict when the account has as many as it may.
	AddDevice(ctx context.Context, d Device, most int) error
	RemoveDevice(ctx context.Context, account, id ID) error
	// KeepSecret returns the secret kept under a name, which is the given one
	// where there was none.
	KeepSecret(ctx context.Context, name, value string) (string, error)
	MarkMailed(ctx context.Context, notifications []ID, at time.Time) error
	// Notify stores what several accounts are told of the same thing, each gathered
	// with the unread ones of its kind and subject, except where the account is
	// remote, has blocked the actor, or has muted the thread. It returns those that
	// were stored.
	Notify(ctx context.Context, list []Notification) (added []Notification, err error)
	// PendingNotices lists an account's notifications of these kinds, not older
	// than one, that are still news and were not mailed. Newest first.
	PendingNotices(ctx context.Context, account ID, kinds []NotificationKind, since ID, limit int) ([]NotificationView, error)
	ReadNotificationGroup(ctx context.Context, account, group ID, at time.Time) error
	ReadNotifications(ctx context.Context, account, upTo ID, at time.Time) error
	SaveNotificationSettings(ctx context.Context, n NotificationSettings) error
	SeeNotifications(ctx context.Context, account ID, at time.Time) error

	AddChallenge(ctx context.Context, c Challenge) error
	// AddIdentity ties an identity to its account; it returns Conflict when either
	// is tied already.
	AddIdentity(ctx context.Context, i Identity) error
	AddPasskey(ctx context.Context, p Passkey) error
	// CountCodeAttempt counts one more attempt at a code, and returns how many
	// were made with less than the given time between them.
	CountCodeAttempt(ctx context.Context, account ID, now, since time.Time) (int, error)
	RemoveChallenge(ctx context.Context, hash string) error
	RemoveIdentities(ctx context.Context, account ID) error
	RemovePasskey(ctx context.Context, account, id ID) error
	RemovePasskeys(ctx context.Context, account ID) error
	// RemoveSecondStep forgets the recovery codes too.
	RemoveSecondStep(ctx context.Context, account ID) error
	RenamePasskey(ctx context.Context, account, id ID, name string) error
	SaveSecondStep(ctx context.Context, s SecondStep) error
	SetRecoveryCodes(ctx context.Context, account ID, hashes []string) error
	// UseCode takes the code of a time step; false when it, or a later one, was
	// taken before.
	UseCode(ctx context.Context, account ID, step int64) (bool, error)
	// UsePasskey stores the counter of a passkey and when it was used.
	UsePasskey(ctx context.Context, p Passkey) error
	// UseRecoveryCode takes a recovery code away; false when there is none.
	UseRecoveryCode(ctx context.Context, account ID, hash string) (bool, error)

	AddAccessToken(ctx context.Context, t AccessToken) error
	AddLink(ctx context.Context, l Link) error
	AddSession(ctx context.Context, s Session) error
	// EndSessions ends all sessions of an account but one, and takes from apps what
	// lets them act for it.
	EndSessions(ctx context.Context, account ID, exceptHash string) error
	NameSession(ctx context.Context, hash, browser string) error
	RemoveAccessToken(ctx context.Context, account, id ID) error
	RemoveSession(ctx context.Context, hash string) error
	// RemoveSessionOf ends a session of that account only.
	RemoveSessionOf(ctx context.Context, account ID, hash string) error
	TouchSession(ctx context.Context, hash string, at time.Time) error
	// UseLink takes a link of that purpose away; NotFound when there is none or
	// it has expired.
	UseLink(ctx context.Context, purpose LinkPurpose, hash string, now time.Time) (*Link, error)

	// Enqueue asks for a job; it runs some time after the commit.
	Enqueue(ctx context.Context, job Job) error
	// EnqueueAt asks for a job that runs at that time or soon afterwards.
	EnqueueAt(ctx context.Context, job Job, at time.Time) error
	// Publish turns an activity into deliveries, none where its subject is, or
	// stands in, a forum for this server only. They go out after the commit.
	Publish(ctx context.Context, a OutgoingActivity) error
	// Remember notes that an activity was received; false when it was before.
	Remember(ctx context.Context, key string, at time.Time) (fresh bool, err error)
	// Forget has an activity be taken when it comes again.
	Forget(ctx context.Context, key string) error
}

// Job is work for later. Its JSON form is stored; its Kind names the worker.
type Job interface {
	Kind() string
}

// SlowJob is a job that may take minutes: few of them run at a time, and others do
// not wait for them.
type SlowJob interface {
	Job
	Slow()
}

// OutwardJob is a job that waits for somebody else's program, which may hang: other
// jobs do not wait for it.
type OutwardJob interface {
	Job
	Outward()
}

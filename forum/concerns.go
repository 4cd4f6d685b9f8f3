package forum

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"
)

// Concern is what one side of a case says of the other to the moderators alone: its
// author, that somebody presses them to withdraw or change it; a representative of
// its company, that a post breaks a rule, or that it was threatened with. It costs nothing, says why, and is decided
// with a reason. Nothing is removed by it, and nothing of it is published about a
// person: only how many there were, and what became of them.
type Concern struct {
	ID        ID
	Kind      ConcernKind
	ThreadID  ID
	PostID    ID // that a flag is about; the case itself for pressure
	CompanyID ID
	ByID      ID
	Reason    ConcernReason
	Words     string // plain text, for moderators and whoever wrote them; of flags for the author of the post too
	Reply     string // of that author, to a flag
	State     ConcernState
	Decision  string // why, in the words of the moderator
	DecidedBy ID
	At        time.Time
	DecidedAt time.Time
}

// ConcernKind tells apart who is concerned.
type ConcernKind string

// The kinds.
const (
	ConcernPressure ConcernKind = "pressure" // on the author of a case
	ConcernFlag     ConcernKind = "flag"     // by a representative of the company
	ConcernThreat   ConcernKind = "threat"   // that a representative reported before the case was written
)

// ConcernReason is a coded reason.
type ConcernReason string

// ConcernReasons are those of each kind that people raise, in the order in which they
// are offered.
var ConcernReasons = map[ConcernKind][]ConcernReason{
	ConcernPressure: {"refund_for_removal", "legal_threat", "insistence", "intimidation", "other"},
	ConcernFlag:     {"not_a_customer", "wrong_company", "personal_data", "insult", "untrue", "blackmail", "other"},
}

// ConcernState says whether moderators have decided.
type ConcernState string

// The states.
const (
	ConcernOpen    ConcernState = "open"
	ConcernUpheld  ConcernState = "upheld"
	ConcernRefused ConcernState = "refused"
)

// ConcernView is a concern with what it is about.
type ConcernView struct {
	Concern
	By          Byline
	ThreadTitle string
	Forum       Byline
}

// ConcernFigures are how many concerns about one company's cases there were.
type ConcernFigures struct {
	Pressure     int // confirmed
	Flags        int // made
	FlagsUpheld  int
	FlagsRefused int
	FlagsOpen    int
	Median       time.Duration // until a flag was decided; 0 where none was
}

// ConcernPeriod is over how long concerns are counted on the page of a company.
const ConcernPeriod = 365 * 24 * time.Hour

// DefaultPressureTags are the hashtags by which a private answer to one's own case
// tells of pressure.
var DefaultPressureTags = []string{"pression", "pressure"}

const (
	MaxConcernWords = 2000
	openConcernsMax = 20 // of one account
)

// ConcernReader looks up concerns.
type ConcernReader interface {
	Concern(ctx context.Context, id ID) (*Concern, error)
	// Concerns lists those about a case, the newest first.
	Concerns(ctx context.Context, thread ID, limit int) ([]ConcernView, error)
	// OpenConcerns lists those that wait for the moderators of some forums, the oldest
	// first, at most 100.
	OpenConcerns(ctx context.Context, forums []ID, all bool) ([]ConcernView, error)
	// OpenConcernsBy counts those that an account raised and that are not decided, and
	// those of them about one case.
	OpenConcernsBy(ctx context.Context, account, thread ID) (all, here int, err error)
	// ConcernFigures counts those about a company since a time.
	ConcernFigures(ctx context.Context, company ID, since time.Time) (ConcernFigures, error)
}

// NewConcern is what somebody tells the moderators.
type NewConcern struct {
	Kind     ConcernKind
	ThreadID ID
	PostID   ID // that a flag is about; 0: the case itself
	Reason   ConcernReason
	Words    string
}

func (n *NewConcern) check() error {
	n.Words = trimText(n.Words)
	reasons, known := ConcernReasons[n.Kind]
	switch {
	case !known:
		return invalid("kind", "ConcernUnknown", nil)
	case !slices.Contains(reasons, n.Reason):
		return invalid("reason", "ConcernReasonUnknown", nil)
	case n.Words == "":
		return invalid("words", "ConcernWordsMissing", nil)
	case utf8.RuneCountInString(n.Words) > MaxConcernWords:
		return invalid("words", "TextTooLong", map[string]any{"Max": MaxConcernWords})
	}
	return nil
}

// RaiseConcern brings a concern to the moderators. Authors tell of pressure on
// themselves, representatives that were verified here flag posts about their company.
// Conflict says that one about the same case waits already.
func (s *Service) RaiseConcern(ctx context.Context, by *Account, n NewConcern) (*Concern, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	if err := n.check(); err != nil {
		return nil, err
	}
	var c *Concern
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		p, err := s.caseNamed(ctx, tx, n.ThreadID)
		if err != nil {
			return err
		}
		if n.Kind == ConcernFlag {
			may, err := s.represents(ctx, tx, by.ID, p.Thread)
			if err == nil && !may {
				err = &Error{Code: Forbidden, Key: "RepresentativesOnly"}
			}
			if err != nil {
				return err
			}
		} else if p.Author.ID != by.ID {
			return &Error{Code: Forbidden, Key: "AuthorOnly"}
		}
		c, err = s.raiseConcern(ctx, tx, p, &by.Actor, n)
		return err
	})
	return c, err
}

// raiseConcern keeps a concern of somebody who may have it.
func (s *Service) raiseConcern(ctx context.Context, tx Tx, p Publication, by *Actor, n NewConcern) (*Concern, error) {
	all, here, err := tx.OpenConcernsBy(ctx, by.ID, n.ThreadID)
	switch {
	case err != nil:
		return nil, err
	case here > 0:
		return nil, &Error{Code: Conflict, Key: "ConcernOpen"}
	case all >= openConcernsMax:
		return nil, &Error{Code: TooMany, Key: "ConcernsTooMany"}
	}
	now := s.clock.Now()
	c := &Concern{ID: s.ids.New(now), Kind: n.Kind, ThreadID: n.ThreadID, PostID: n.ThreadID, CompanyID: p.Thread.Case.CompanyID, ByID: by.ID, Reason: n.Reason, Words: n.Words, State: ConcernOpen, At: now}
	author := p.Author.ID
	if n.Kind == ConcernFlag && n.PostID != 0 && n.PostID != n.ThreadID {
		post, err := tx.Post(ctx, n.PostID)
		if err != nil || post.ThreadID != n.ThreadID || post.Hidden() {
			return nil, invalid("post_id", "ParentElsewhere", nil)
		}
		c.PostID, author = post.ID, post.AuthorID
	}
	if err := tx.SaveConcern(ctx, c); err != nil {
		return nil, err
	}
	keepers, err := s.keepersOf(ctx, tx, p.Thread.ForumID)
	if err != nil {
		return nil, err
	}
	tell := map[ID]bool{}
	for _, id := range keepers {
		tell[id] = true
	}
	if n.Kind == ConcernFlag {
		tell[author] = true // who may answer it
	}
	return c, s.tellOfConcern(ctx, tx, c, tell)
}

// tellOfConcern tells accounts here of a concern, but never who raised it.
func (s *Service) tellOfConcern(ctx context.Context, tx Tx, c *Concern, whom map[ID]bool) error {
	for id := range whom {
		if id == c.ByID && c.State == ConcernOpen {
			continue
		}
		if _, err := tx.Account(ctx, id); CodeOf(err) == NotFound {
			continue // elsewhere
		} else if err != nil {
			return err
		}
		now := s.clock.Now()
		if err := s.tell(ctx, tx, Notification{ID: s.ids.New(now), AccountID: id, Kind: NotifyConcern, PostID: c.ThreadID, SubjectID: c.ThreadID, At: now}); err != nil {
			return err
		}
	}
	return nil
}

// AnswerConcern is what the author of a flagged post says to the flag, once it is
// not decided yet.
func (s *Service) AnswerConcern(ctx context.Context, by *Account, id ID, words string) error {
	words = trimText(words)
	switch {
	case by == nil:
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	case words == "":
		return invalid("reply", "ConcernWordsMissing", nil)
	case utf8.RuneCountInString(words) > MaxConcernWords:
		return invalid("reply", "TextTooLong", map[string]any{"Max": MaxConcernWords})
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		c, err := tx.Concern(ctx, id)
		if err != nil {
			return err
		}
		post, err := tx.Post(ctx, c.PostID)
		if err != nil {
			return err
		}
		switch {
		case c.Kind != ConcernFlag || post.AuthorID != by.ID:
			return &Error{Code: NotFound, Key: "NothingHere"}
		case c.State != ConcernOpen:
			return &Error{Code: Conflict, Key: "ConcernDecided"}
		}
		c.Reply = words
		return tx.SaveConcern(ctx, c)
	})
}

// DecideConcern upholds or refuses a concern with a reason, or opens it again, as a
// moderator of the forum. Both sides learn of the decision and its reason.
func (s *Service) DecideConcern(ctx context.Context, by *Account, id ID, state ConcernState, reason string) error {
	reason = trimText(reason)
	switch {
	case state != ConcernOpen && state != ConcernUpheld && state != ConcernRefused:
		return invalid("state", "ConcernUnknown", nil)
	case state != ConcernOpen && reason == "":
		return invalid("reason", "ReasonMissing", nil)
	case utf8.RuneCountInString(reason) > MaxReason:
		return invalid("reason", "TextTooLong", map[string]any{"Max": MaxReason})
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		c, err := tx.Concern(ctx, id)
		if err != nil {
			return err
		}
		t, err := tx.Thread(ctx, c.ThreadID)
		if err != nil {
			return err
		}
		if err := s.mayModerate(ctx, tx, by, t.ForumID); err != nil {
			return err
		}
		if by.ID == c.ByID {
			return &Error{Code: Forbidden, Key: "ModeratorsOnly"} // nobody decides what they asked for
		}
		c.State, c.Decision, c.DecidedBy, c.DecidedAt = state, reason, by.ID, s.clock.Now()
		if state == ConcernOpen {
			c.Decision, c.DecidedBy, c.DecidedAt = "", 0, zeroTime
		}
		if err := tx.SaveConcern(ctx, c); err != nil {
			return err
		}
		tell := map[ID]bool{c.ByID: true}
		if post, err := tx.Post(ctx, c.PostID); err == nil && c.Kind == ConcernFlag {
			tell[post.AuthorID] = true
		}
		if err := s.tellOfConcern(ctx, tx, c, tell); err != nil {
			return err
		}
		return s.answerElsewhere(ctx, tx, c)
	})
}

// answerElsewhere writes what was decided to somebody elsewhere who raised a concern.
func (s *Service) answerElsewhere(ctx context.Context, tx Tx, c *Concern) error {
	to, err := tx.Actor(ctx, c.ByID)
	if err != nil || to.Local() || c.State == ConcernOpen {
		return err
	}
	p, err := PublicationOf(ctx, tx, c.ThreadID)
	if err != nil {
		return err
	}
	from := p.Forum
	if p.Company != nil && p.Company.Local() {
		from = p.Company
	}
	text, language := s.phrase(p.Post.Language, "Concern."+string(c.State), map[string]any{"Title": p.Post.Title, "Reason": c.Decision})
	_, err = s.writeTo(ctx, tx, from, to, Message{Purpose: PurposeConcern, Subject: c.ID, Language: language, InReplyTo: p.Post.URI, Content: paragraph(text)})
	return err
}

// PurposeConcern is that of messages about concerns, which nothing follows from.
const PurposeConcern Purpose = "concern"

// pressureByMessage takes a private note to us with the hashtag, in answer to a case
// of its author's, as word of pressure.
func (s *Service) pressureByMessage(ctx context.Context, tx Tx, in Inbound, thread ID, words string) (Outcome, error) {
	p, err := s.caseNamed(ctx, tx, thread)
	if err != nil || p.Author.ID != in.Actor.ID {
		return Ignored("no case of theirs"), nil
	}
	n := NewConcern{Kind: ConcernPressure, ThreadID: thread, Reason: "other", Words: clipRunes(trimText(words), MaxConcernWords)}
	if err := n.check(); err != nil {
		return Ignored("it says nothing"), nil
	}
	if _, err := s.raiseConcern(ctx, tx, p, in.Actor, n); err != nil {
		if code := CodeOf(err); code == Conflict || code == TooMany {
			return Ignored("told before"), nil
		}
		return Outcome{}, err
	}
	from := p.Forum
	if p.Company != nil && p.Company.Local() {
		from = p.Company
	}
	text, language := s.phrase(p.Post.Language, "PressureTaken", map[string]any{"Title": p.Post.Title})
	_, err = s.writeTo(ctx, tx, from, in.Actor, Message{Purpose: PurposeConcern, Subject: thread, Language: language, InReplyTo: in.URI, Content: paragraph(text)})
	return Done, err
}

// ConcernFor is a concern that somebody may see; NotFound for others.
func (s *Service) ConcernFor(ctx context.Context, by *Account, id ID) (*Concern, error) {
	c, err := s.store.Concern(ctx, id)
	if err != nil {
		return nil, err
	}
	list, err := s.Concerns(ctx, by, c.ThreadID)
	for i := range list {
		if list[i].ID == id {
			return c, nil
		}
	}
	if err == nil {
		err = &Error{Code: NotFound, Key: "NothingHere"}
	}
	return nil, err
}

// Represents says whether somebody was verified here to speak for the company of a
// case.
func (s *Service) Represents(ctx context.Context, by *Account, t *Thread) (bool, error) {
	if by == nil {
		return false, nil
	}
	return s.represents(ctx, s.store, by.ID, t)
}

// Concerns lists what somebody may see of the concerns about a case: moderators all,
// others those that they raised, or that are about a post of theirs.
func (s *Service) Concerns(ctx context.Context, by *Account, thread ID) ([]ConcernView, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	t, err := s.store.Thread(ctx, thread)
	if err != nil {
		return nil, err
	}
	all, err := s.store.Concerns(ctx, thread, concernsShown)
	if err != nil || s.mayModerate(ctx, s.store, by, t.ForumID) == nil {
		return all, err
	}
	var mine []ConcernView
	for _, c := range all {
		concerned := c.ByID == by.ID
		if !concerned && c.Kind == ConcernFlag {
			post, err := s.store.Post(ctx, c.PostID)
			if err != nil {
				return nil, err
			}
			concerned = post.AuthorID == by.ID
		}
		if concerned {
			mine = append(mine, c)
		}
	}
	return mine, nil
}

const concernsShown = 100

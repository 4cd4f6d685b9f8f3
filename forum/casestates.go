package forum

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"
)

// CaseState is where a case stands.
type CaseState string

// The states.
const (
	CaseOpen       CaseState = "open"
	CaseAnswered   CaseState = "answered"   // by the company
	CasePromised   CaseState = "promised"   // the company promised to settle it by a day
	CaseResolved   CaseState = "resolved"   // so its author says
	CaseUnresolved CaseState = "unresolved" // so its author says
	CaseWithdrawn  CaseState = "withdrawn"  // its author does not want to pursue it
	// CasePressured cases were withdrawn because somebody pressed their author to.
	CasePressured CaseState = "withdrawn_under_pressure"
	CaseClosed    CaseState = "closed" // without a verdict
)

// CaseStates lists them in the order in which they are offered.
var CaseStates = []CaseState{CaseOpen, CaseAnswered, CasePromised, CaseResolved, CaseUnresolved, CaseWithdrawn, CasePressured, CaseClosed}

// firstState is where a case of a kind begins: nothing has to be put right after a
// review.
func firstState(kind ThreadKind) CaseState {
	if kind == Grievance {
		return CaseOpen
	}
	return ""
}

// Decided says whether nothing is waited for any more.
func (s CaseState) Decided() bool {
	switch s {
	case CaseResolved, CaseUnresolved, CaseWithdrawn, CasePressured, CaseClosed:
		return true
	}
	return false
}

// CaseMover is who moves a case, as far as it matters to where they may.
type CaseMover string

// The movers.
const (
	MoverAuthor    CaseMover = "author"
	MoverModerator CaseMover = "moderator"
	MoverCompany   CaseMover = "company" // by an answer
	MoverTime      CaseMover = "time"
)

// caseMoves tells who may move a case from where to where; "" stands for reviews
// that nobody answered. An author has the first and the last word; moderators and
// time close a case without a verdict, and never decide it.
var caseMoves = map[CaseMover]map[CaseState][]CaseState{
	MoverAuthor: {
		"":             {CaseResolved, CaseUnresolved, CaseWithdrawn, CasePressured},
		CaseOpen:       {CaseResolved, CaseUnresolved, CaseWithdrawn, CasePressured},
		CaseAnswered:   {CaseResolved, CaseUnresolved, CaseWithdrawn, CasePressured},
		CasePromised:   {CaseResolved, CaseUnresolved, CaseWithdrawn, CasePressured},
		CaseResolved:   {CaseOpen, CaseUnresolved},
		CaseUnresolved: {CaseOpen, CaseResolved, CaseWithdrawn, CasePressured},
		CaseWithdrawn:  {CaseOpen},
		CasePressured:  {CaseOpen, CaseWithdrawn},
		CaseClosed:     {CaseOpen, CaseResolved, CaseUnresolved},
	},
	MoverModerator: {
		"":             {CaseClosed},
		CaseOpen:       {CaseClosed},
		CaseAnswered:   {CaseClosed},
		CasePromised:   {CaseClosed},
		CaseUnresolved: {CaseClosed},
		CaseClosed:     {CaseOpen},
	},
	MoverCompany: {
		"":             {CaseAnswered, CasePromised},
		CaseOpen:       {CaseAnswered, CasePromised},
		CaseAnswered:   {CasePromised},
		CasePromised:   {CaseAnswered, CasePromised},
		CaseUnresolved: {CaseAnswered, CasePromised},
		CaseClosed:     {CaseAnswered, CasePromised},
	},
	MoverTime: {
		CaseOpen:       {CaseClosed},
		CaseAnswered:   {CaseClosed},
		CasePromised:   {CaseClosed},
		CaseUnresolved: {CaseClosed},
	},
}

// MovesOf lists where somebody may move a case from a state.
func MovesOf(by CaseMover, from CaseState) []CaseState { return caseMoves[by][from] }

// CaseMove is one step of a case.
type CaseMove struct {
	ID         ID
	ThreadID   ID
	From, To   CaseState
	Mover      CaseMover
	ActorID    ID     // 0: nobody
	Actor      Byline // of views only
	PromisedOn Date
	Note       string // why, in plain words
}

// At is when it happened.
func (m CaseMove) At() time.Time { return m.ID.Time() }

const (
	// MaxCaseNote bounds what is said with a move, in characters.
	MaxCaseNote = 500
	// maxPromise is how far ahead a promise may reach.
	maxPromise = 366 * 24 * time.Hour
)

// MoveCase moves a case, as its author or as a moderator of its forum. It returns
// Conflict for a move that is none of the mover's.
func (s *Service) MoveCase(ctx context.Context, by *Account, id ID, to CaseState, note string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	note = trimText(note)
	if utf8.RuneCountInString(note) > MaxCaseNote {
		return invalid("note", "TextTooLong", map[string]any{"Max": MaxCaseNote})
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := s.caseNamed(ctx, tx, id)
		if err != nil {
			return err
		}
		mover := MoverAuthor
		if p.Author.ID != by.ID {
			mover = MoverModerator
			if err := s.mayModerate(ctx, tx, by, p.Thread.ForumID); err != nil {
				return err
			}
		} else if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		return s.moveCase(ctx, tx, p, CaseMove{To: to, Mover: mover, ActorID: by.ID, Note: note})
	})
}

// caseNamed finds the case that a thread is.
func (s *Service) caseNamed(ctx context.Context, r Reader, id ID) (Publication, error) {
	p, err := PublicationOf(ctx, r, id)
	switch {
	case err != nil:
		return Publication{}, err
	case !p.Post.IsRoot() || p.Thread.Case == nil:
		return Publication{}, &Error{Code: NotFound, Key: "CaseNone"}
	case p.Post.Hidden():
		return Publication{}, &Error{Code: Gone, Key: "PostDeleted"}
	}
	return p, nil
}

// moveCase moves a case by a rule (an answer of the company's, the author's verdict
// on one, time): m says where to, who and why. A move to where the case stands
// changes nothing, except for a new promise. Everybody who has the case learns of
// it by an Update of its text.
func (s *Service) moveCase(ctx context.Context, tx Tx, p Publication, m CaseMove) error {
	c := p.Thread.Case
	if m.To == c.State && m.PromisedOn == c.PromisedOn {
		return nil
	}
	if !slices.Contains(caseMoves[m.Mover][c.State], m.To) {
		return &Error{Code: Conflict, Key: "CaseMoveRefused"}
	}
	now := s.clock.Now()
	if m.To != CasePromised {
		m.PromisedOn = ""
	} else if m.PromisedOn < DateOf(now.UTC().Add(-aheadOfUTC)) || m.PromisedOn > DateOf(now.UTC().Add(maxPromise)) {
		return invalid("promise_by", "PromiseOutOfRange", nil)
	}
	m.ID, m.ThreadID, m.From = s.ids.New(now), p.Thread.ID, c.State
	c.State, c.StateAt, c.PromisedOn, c.AskAt = m.To, now, m.PromisedOn, nextQuestion(p.Thread, m, now)
	if err := tx.SetCase(ctx, p.Thread.ID, c); err != nil {
		return err
	}
	if err := tx.AddCaseMove(ctx, m); err != nil {
		return err
	}
	if err := s.companyCounted(ctx, tx, c.CompanyID); err != nil {
		return err
	}
	if err := s.tellWebhooks(ctx, tx, p.Thread.ForumID, WebhookCase, webhookCase(p, m)); err != nil {
		return err
	}
	if err := s.tellOfMove(ctx, tx, p, m); err != nil {
		return err
	}
	if !p.Author.Local() { // its text is another server's
		return nil
	}
	return s.publishChange(ctx, tx, p, now)
}

// answerCase is moveCase for the answer of a company: to answered or, with a day,
// to promised. A case that its author has decided stays where it is.
func (s *Service) answerCase(ctx context.Context, tx Tx, p Publication, by *Actor, promisedOn Date) error {
	m := CaseMove{To: CaseAnswered, Mover: MoverCompany, ActorID: by.ID, PromisedOn: promisedOn}
	if promisedOn != "" {
		m.To = CasePromised
	}
	if !slices.Contains(caseMoves[MoverCompany][p.Thread.Case.State], m.To) {
		return nil
	}
	return s.moveCase(ctx, tx, p, m)
}

// tellOfMove tells the author, and those here who follow the case.
func (s *Service) tellOfMove(ctx context.Context, tx Tx, p Publication, m CaseMove) error {
	by := &Actor{ID: m.ActorID}
	if p.Author.Local() {
		if err := s.notify(ctx, tx, NotifyCase, p.Author.ID, by, p.Thread.ID, p.Thread.ID); err != nil {
			return err
		}
	}
	followers, err := tx.ThreadFollowers(ctx, p.Thread.ID, 0, followersPerStep)
	for i := 0; err == nil && i < len(followers); i++ {
		if followers[i] != p.Author.ID {
			err = s.notify(ctx, tx, NotifyCase, followers[i], by, p.Thread.ID, p.Thread.ID)
		}
	}
	return err
}

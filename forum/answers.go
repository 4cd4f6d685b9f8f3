package forum

import (
	"context"
	"slices"
	"time"
)

// Answer is a reply that a verified representative of a case's company gave.
type Answer struct {
	PostID    ID
	ThreadID  ID
	CompanyID ID
	ActorID   ID
	Type      AnswerType
	Detail    AnswerDetail
	PromiseBy Date
	Method    ProofMethod // how its author was verified then
	Domain    string
	Verdict   Verdict // of the case's author; "" for none yet
	VerdictAt time.Time
	At        time.Time
}

// AnswerType is what a company answers.
type AnswerType string

// The types. An answer from elsewhere may have none: it says something.
const (
	AnswerPlain        AnswerType = ""
	AnswerAccepted     AnswerType = "accepted"
	AnswerRefused      AnswerType = "refused"
	AnswerNotConcerned AnswerType = "not_concerned"
)

// AnswerDetail says more of a type.
type AnswerDetail string

// AnswerDetails are the details of each type, in the order in which they are
// offered.
var AnswerDetails = map[AnswerType][]AnswerDetail{
	AnswerAccepted:     {"refund", "repair", "delivery", "usage", "comply", "change", "forward", "information", "cancellation"},
	AnswerRefused:      {"legal", "did_not_happen", "misread", "already_answered", "in_progress"},
	AnswerNotConcerned: {"partner", "same_group", "homonym", "unknown", "identity_theft"},
}

// AnswerTypes lists the types in the order in which they are offered.
var AnswerTypes = []AnswerType{AnswerAccepted, AnswerRefused, AnswerNotConcerned}

// AnswerView is an answer with the reply that it is.
type AnswerView struct {
	Answer
	Post PostView
}

// AnswerReader looks up answers, and who gives them.
type AnswerReader interface {
	// AnswerOf is the answer that a reply is.
	AnswerOf(ctx context.Context, post ID) (*Answer, error)
	// Answers lists the answers to a case that are to be seen, the first first.
	Answers(ctx context.Context, thread, viewer ID, limit int) ([]AnswerView, error)
	// ProofsDue lists verified representatives whose proof was last looked for before
	// a time.
	ProofsDue(ctx context.Context, before time.Time, limit int) ([]Representative, error)
	RepresentativeByToken(ctx context.Context, token string) (*Representative, error)
	// RepresentativeOf is who asked here to answer for a company.
	RepresentativeOf(ctx context.Context, company, actor ID) (*Representative, error)
	// RepresentativeTold is somebody who answers for a company, as the server of its
	// page tells.
	RepresentativeTold(ctx context.Context, company, actor ID) (*Representative, error)
	// Representatives lists who answers for a company, or asked to, without those
	// that were revoked.
	Representatives(ctx context.Context, company ID) ([]Representative, error)
}

// AnswerTx changes answers, and who gives them.
type AnswerTx interface {
	AddAnswer(ctx context.Context, a Answer) error
	// SaveRepresentative keeps what is known of somebody in place of what was.
	SaveRepresentative(ctx context.Context, r *Representative) error
	SetVerdict(ctx context.Context, post ID, v Verdict, at time.Time) error
}

// NewAnswer is what a representative answers.
type NewAnswer struct {
	ThreadID  ID
	Type      AnswerType
	Detail    AnswerDetail
	PromiseBy string // 2006-01-02; "" for no promise
	Body      string
	Language  string
}

func (n *NewAnswer) answer() (Answer, error) {
	a := Answer{ThreadID: n.ThreadID, Type: n.Type, Detail: n.Detail}
	if !slices.Contains(AnswerTypes, n.Type) {
		return a, invalid("type", "AnswerTypeUnknown", nil)
	}
	if !slices.Contains(AnswerDetails[n.Type], n.Detail) {
		return a, invalid("detail", "AnswerDetailUnknown", nil)
	}
	if n.PromiseBy != "" {
		day, ok := ParseDate(n.PromiseBy)
		if !ok || n.Type != AnswerAccepted {
			return a, invalid("promise_by", "PromiseUnreadable", nil)
		}
		a.PromiseBy = day
	}
	return a, nil
}

// AnswerCase answers a case for its company. Verified representatives of that
// company may, and of no other. The answer is a reply like any other, marked with
// how its author was verified; the company's page passes it on.
func (s *Service) AnswerCase(ctx context.Context, by *Account, n NewAnswer) (*Post, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	a, err := n.answer()
	if err != nil {
		return nil, err
	}
	post, mentions, err := s.draftReply(ctx, NewReply{ThreadID: n.ThreadID, Body: n.Body, Language: n.Language})
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		post.AuthorID = by.ID
		p, err := s.placeReply(ctx, tx, post, &by.Actor, mentions)
		if err != nil {
			return err
		}
		r, err := s.representing(ctx, tx, by.ID, p.Thread)
		if err == nil && r == nil {
			err = &Error{Code: Forbidden, Key: "RepresentativesOnly"}
		}
		if err != nil {
			return err
		}
		if err := s.addReply(ctx, tx, p); err != nil {
			return err
		}
		if p.Answer, err = s.markAnswer(ctx, tx, p, r, a); err != nil {
			return err
		}
		return s.publishCreate(ctx, tx, p)
	})
	if err != nil {
		return nil, err
	}
	return post, nil
}

// markAnswer notes that a stored reply is a company's answer, moves the case, and
// lets the company's page pass the answer on.
func (s *Service) markAnswer(ctx context.Context, tx Tx, p Publication, r *Representative, a Answer) (*Answer, error) {
	a.PostID, a.ThreadID, a.CompanyID, a.ActorID = p.Post.ID, p.Thread.ID, r.CompanyID, r.ActorID
	a.Method, a.Domain, a.At = r.Method, r.Domain, p.Post.PublishedAt
	if err := tx.AddAnswer(ctx, a); err != nil {
		return nil, err
	}
	root, err := s.caseNamed(ctx, tx, p.Thread.ID)
	if err != nil {
		return nil, err
	}
	if err := s.answerCase(ctx, tx, root, p.Author, a.PromiseBy); err != nil {
		return nil, err
	}
	company, err := tx.Actor(ctx, r.CompanyID)
	if err != nil || !company.Local() || company.LocalOnly {
		return &a, err
	}
	if a.Type != AnswerPlain {
		if err := s.askVerdict(ctx, tx, root, company, &a); err != nil {
			return nil, err
		}
	}
	o := s.outbox()
	now := s.clock.Now()
	id := s.ids.New(now)
	o.send(id, company, p.Post.URI, PriorityPost, o.keep(s.publisher.Announce(id, company, p.Post.URI, p.Author, nil, now)), Recipients{FollowersOf: company.ID})
	return &a, o.post(ctx, tx)
}

// receiveAnswer marks a reply from elsewhere as the company's answer where its
// author is a verified representative; what others call an answer is a reply like
// any other.
func (s *Service) receiveAnswer(ctx context.Context, tx Tx, p Publication, told *Answer) error {
	r, err := s.representing(ctx, tx, p.Author.ID, p.Thread)
	if err != nil || r == nil {
		return err
	}
	a := Answer{}
	if told != nil && slices.Contains(AnswerDetails[told.Type], told.Detail) {
		a.Type, a.Detail = told.Type, told.Detail
		if day, ok := ParseDate(string(told.PromiseBy)); ok && a.Type == AnswerAccepted && promisable(day, s.clock.Now()) {
			a.PromiseBy = day
		}
	}
	_, err = s.markAnswer(ctx, tx, p, r, a)
	return err
}

func promisable(day Date, now time.Time) bool {
	return day >= DateOf(now.UTC().Add(-aheadOfUTC)) && day <= DateOf(now.UTC().Add(maxPromise))
}

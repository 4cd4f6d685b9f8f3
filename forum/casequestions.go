package forum

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// When the author of a case is asked how it stands, counted from the day it was
// published or last moved; after the last question it is closed.
const (
	firstQuestion  = 28 * 24 * time.Hour
	secondQuestion = 84 * 24 * time.Hour
	closeCaseAfter = 183 * 24 * time.Hour
	casesAtOnce    = 100
)

// nextQuestion is when the author is to be asked after a move; zero: never.
func nextQuestion(t *Thread, m CaseMove, now time.Time) time.Time {
	switch {
	case m.To.Decided() && m.To != CaseUnresolved, t.Case.MergedInto != 0, t.Kind != Grievance:
		return time.Time{}
	case m.To == CaseUnresolved:
		return now.Add(closeCaseAfter)
	case m.To == CasePromised:
		return m.PromisedOn.Time().Add(24 * time.Hour)
	}
	return now.Add(firstQuestion)
}

// caseClock is since when a case has stood where it stands.
func caseClock(t *Thread) time.Time {
	if t.Case.StateAt.IsZero() {
		return t.PublishedAt
	}
	return t.Case.StateAt
}

// askCases asks the authors of cases how they stand, and closes those that nobody
// has spoken of for half a year.
func (s *Service) askCases(ctx context.Context) error {
	for {
		due, err := s.store.CasesToAsk(ctx, s.clock.Now(), casesAtOnce)
		if err != nil {
			return err
		}
		for _, id := range due {
			if err := s.askCase(ctx, id); err != nil {
				return err
			}
		}
		if len(due) < casesAtOnce {
			return nil
		}
	}
}

func (s *Service) askCase(ctx context.Context, id ID) error {
	token, err := s.caseToken(ctx, id)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := PublicationOf(ctx, tx, id)
		if err != nil {
			return err
		}
		c, now := p.Thread.Case, s.clock.Now()
		if c == nil || c.AskAt.IsZero() || c.AskAt.After(now) {
			return nil // done meanwhile
		}
		c.AskAt = time.Time{}
		since := caseClock(p.Thread)
		quiet := now.Sub(since)
		switch {
		case p.Post.Hidden() || c.MergedInto != 0 || c.State.Decided() && c.State != CaseUnresolved:
			return tx.SetCase(ctx, id, c)
		case quiet >= closeCaseAfter:
			return s.moveCase(ctx, tx, p, CaseMove{To: CaseClosed, Mover: MoverTime})
		case c.State == CaseUnresolved:
			c.AskAt = since.Add(closeCaseAfter)
			return tx.SetCase(ctx, id, c)
		case quiet < secondQuestion:
			c.AskAt = since.Add(secondQuestion)
		default:
			c.AskAt = since.Add(closeCaseAfter)
		}
		if err := tx.SetCase(ctx, id, c); err != nil {
			return err
		}
		return s.sendQuestion(ctx, tx, p, s.addresses.Base()+"/case/"+token)
	})
}

// sendQuestion asks an author here by mail, and one elsewhere by a message.
func (s *Service) sendQuestion(ctx context.Context, tx Tx, p Publication, link string) error {
	if p.Author.Local() {
		return s.enqueueMail(ctx, tx, MailJob{Account: p.Author.ID, Template: MailCase, Thread: p.Thread.ID, Text: p.Post.Title})
	}
	from := p.Company
	if from == nil || !from.Local() {
		from = p.Forum
	}
	if !from.Local() {
		return nil // whoever has the forum asks
	}
	text, language := s.phrase(p.Post.Language, "CaseQuestion", map[string]any{"Title": p.Post.Title})
	_, err := s.writeTo(ctx, tx, from, p.Author, Message{
		Purpose: PurposeCase, Subject: p.Thread.ID, Language: language, InReplyTo: p.Post.URI, Content: paragraph(text) + linkParagraph(link),
	})
	return err
}

// PurposeCase is that of questions to the authors of cases; answers come by their
// link.
const PurposeCase Purpose = "case"

const caseSecret = "case questions"

// caseToken is what lets somebody say how a case stands without signing in: it is
// sent to its author only.
func (s *Service) caseToken(ctx context.Context, id ID) (string, error) {
	mac, err := s.caseMAC(ctx, id)
	if err != nil {
		return "", err
	}
	return id.String() + "." + base64.RawURLEncoding.EncodeToString(mac), nil
}

func (s *Service) caseMAC(ctx context.Context, id ID) ([]byte, error) {
	key, err := s.secret(ctx, caseSecret, func() (string, error) { return newToken(), nil })
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(id.String()))
	return mac.Sum(nil), nil
}

// CaseByToken reads the token of a question's link and changes nothing. It returns
// NotFound for one that this server did not make, or whose case is gone.
func (s *Service) CaseByToken(ctx context.Context, token string) (*Thread, error) {
	name, given, _ := strings.Cut(token, ".")
	id, err := ParseID(name)
	if err != nil {
		return nil, err
	}
	mac, err := base64.RawURLEncoding.DecodeString(given)
	if err != nil {
		return nil, notFound()
	}
	want, err := s.caseMAC(ctx, id)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(mac, want) {
		return nil, notFound()
	}
	p, err := s.caseNamed(ctx, s.store, id)
	if err != nil {
		return nil, err
	}
	return p.Thread, nil
}

// MoveCaseByToken is MoveCase for an author who comes by the link of a question.
func (s *Service) MoveCaseByToken(ctx context.Context, token string, to CaseState, note string) (*Thread, error) {
	t, err := s.CaseByToken(ctx, token)
	if err != nil {
		return nil, err
	}
	note = clipRunes(trimText(note), MaxCaseNote)
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := s.caseNamed(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		t = p.Thread
		if to == StillWaiting {
			if !slices.Contains([]CaseState{CaseOpen, CaseAnswered, CasePromised}, t.Case.State) {
				return &Error{Code: Conflict, Key: "CaseMoveRefused"}
			}
			t.Case.AskAt = s.clock.Now().Add(firstQuestion)
			return tx.SetCase(ctx, t.ID, t.Case)
		}
		return s.moveCase(ctx, tx, p, CaseMove{To: to, Mover: MoverAuthor, ActorID: t.AuthorID, Note: note})
	})
	return t, err
}

// StillWaiting is an answer to the question how a case stands that leaves it there,
// and has its author asked again in four weeks.
const StillWaiting CaseState = "waiting"

// CompleteCase states what an incomplete case lacks; its author comes by the link
// that was sent to them. What they leave out stays as it was. The text of a case
// from elsewhere is not ours: the facts are kept here.
func (s *Service) CompleteCase(ctx context.Context, token string, n NewCase) (*Thread, error) {
	t, err := s.CaseByToken(ctx, token)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := s.caseNamed(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		c := p.Thread.Case
		if !c.Incomplete {
			return &Error{Code: Conflict, Key: "CaseComplete"}
		}
		if n.Company == "" {
			n.Company = c.Draft().Company
		}
		fresh, err := checkCase(p.Thread.Kind, &n, s.clock.Now())
		if err != nil {
			return err
		}
		if err := s.findCompany(ctx, tx, fresh); err != nil {
			return err
		}
		c.takeFacts(fresh)
		if c.AskAt.IsZero() {
			c.AskAt = nextQuestion(p.Thread, CaseMove{To: c.State}, s.clock.Now())
		}
		t = p.Thread
		if err := tx.SetCase(ctx, t.ID, c); err != nil {
			return err
		}
		if err := s.caseStated(ctx, tx, t, p.Author); err != nil || !p.Author.Local() {
			return err
		}
		c.StateAt = s.clock.Now() // so that others take the new text
		if err := tx.SetCase(ctx, t.ID, c); err != nil {
			return err
		}
		if p, err = p.withCompany(ctx, tx); err != nil {
			return err
		}
		return s.publishChange(ctx, tx, p, c.StateAt)
	})
	return t, err
}

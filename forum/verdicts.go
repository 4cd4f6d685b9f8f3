package forum

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Verdict is what the author of a case says of an answer.
type Verdict string

// The verdicts.
const (
	VerdictResolved Verdict = "resolved"
	VerdictPartly   Verdict = "partly"
	VerdictNo       Verdict = "no"
)

// Verdicts lists them in the order in which they are offered.
var Verdicts = []Verdict{VerdictResolved, VerdictPartly, VerdictNo}

// verdictWords are the verdicts, in their order, as authors elsewhere are offered
// them. They are no messages of the catalogue: the answer names one letter for letter.
var verdictWords = map[string][]string{
	"en": {"Yes, it is settled", "Partly", "No"},
	"fr": {"Oui, c’est réglé", "En partie", "Non"},
}

// verdictTime is for how long an author elsewhere may answer by a choice.
const verdictTime = 28 * 24 * time.Hour

// purposeVerdict is that of messages that ask for a verdict on the answer that is
// their subject.
const purposeVerdict Purpose = "verdict"

// askVerdict asks an author elsewhere what an answer came to, by a message with a
// choice. Those here are asked on the page.
func (s *Service) askVerdict(ctx context.Context, tx Tx, p Publication, company *Actor, a *Answer) error {
	if p.Author.Local() {
		return nil
	}
	text, language := s.phrase(p.Post.Language, "AnswerVerdict", map[string]any{"Title": p.Post.Title, "Company": company.Label()})
	primary, _, _ := strings.Cut(language, "-")
	words, known := verdictWords[primary]
	if !known {
		words = verdictWords["en"]
	}
	_, err := s.writeTo(ctx, tx, company, p.Author, Message{Purpose: purposeVerdict, Subject: a.PostID, Language: language, InReplyTo: p.Post.URI,
		Content: paragraph(text), Choices: words, ClosesAt: s.clock.Now().Add(verdictTime)})
	return err
}

// verdictByAnswer takes the choice of an author elsewhere, in any of the languages.
func (s *Service) verdictByAnswer(ctx context.Context, tx Tx, in Inbound, answer ID, choices []string) (Outcome, error) {
	for _, words := range verdictWords {
		for i, word := range words {
			if slices.Contains(choices, word) {
				return Done, s.giveVerdict(ctx, tx, in.Actor, answer, Verdicts[i])
			}
		}
	}
	return Ignored("that is no verdict"), nil
}

// GiveVerdict says what an answer came to, in the words of the case's author. It
// moves the case; "partly" leaves it where it is.
func (s *Service) GiveVerdict(ctx context.Context, by *Account, post ID, v Verdict) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if !slices.Contains(Verdicts, v) {
		return invalid("verdict", "VerdictUnknown", nil)
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		return s.giveVerdict(ctx, tx, &by.Actor, post, v)
	})
}

func (s *Service) giveVerdict(ctx context.Context, tx Tx, by *Actor, post ID, v Verdict) error {
	a, err := tx.AnswerOf(ctx, post)
	if err != nil {
		return err
	}
	p, err := s.caseNamed(ctx, tx, a.ThreadID)
	if err != nil {
		return err
	}
	if p.Author.ID != by.ID {
		return &Error{Code: Forbidden, Key: "AuthorOnly"}
	}
	if err := tx.SetVerdict(ctx, post, v, s.clock.Now()); err != nil {
		return err
	}
	to := map[Verdict]CaseState{VerdictResolved: CaseResolved, VerdictNo: CaseUnresolved}[v]
	if to == "" || to == p.Thread.Case.State {
		return nil
	}
	return s.moveCase(ctx, tx, p, CaseMove{To: to, Mover: MoverAuthor, ActorID: by.ID})
}

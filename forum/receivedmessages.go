package forum

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"
)

// purposeReceived is that of messages from groups elsewhere to people here. They are
// kept until their reader deletes them, or they are too old to answer.
const purposeReceived Purpose = "received"

// What a group elsewhere may write to one person, and they back.
const (
	maxMessagesADay  = 10 // from one group to one person
	MaxMessageAnswer = 500
	maxMessageWord   = 100 // characters of a choice
	maxMessageWords  = 8   // choices
)

// MessageView is a message to a person here, with who sent it.
type MessageView struct {
	Message
	From Byline
}

// Open says whether the message can still be answered by one of its choices.
func (m *Message) Open(now time.Time) bool {
	return len(m.Choices) > 0 && m.Answer == "" && (m.ClosesAt.IsZero() || now.Before(m.ClosesAt))
}

// keepMessage keeps what a group elsewhere (an action, the page of a company, a
// forum) wrote to a person here alone. What people write to each other in private
// has no place in a forum: they are not told that it would arrive.
func (s *Service) keepMessage(ctx context.Context, tx Tx, in Inbound, to *Actor, n PrivateNote) (Outcome, error) {
	if to.Kind != Person && to.Kind != Bot || to.Guest || !in.Actor.IsForum() && in.Actor.Kind != Application {
		return Ignored("not public"), nil
	}
	if stopped, err := tx.MessageAnswered(ctx, in.Actor.ID, to.ID, stopWord); err != nil || stopped {
		return Ignored("they want no more messages"), err
	}
	now := s.clock.Now()
	before, err := tx.MessagesBetween(ctx, in.Actor.ID, to.ID, now.Add(-24*time.Hour))
	if err != nil || before >= maxMessagesADay {
		return Ignored("enough messages for a day"), err
	}
	m := Message{ID: s.ids.New(now), FromID: in.Actor.ID, ToID: to.ID, URI: n.URI, Purpose: purposeReceived, InReplyTo: n.ParentURI, Language: n.Language, SentAt: now,
		Content: s.renderer.Sanitise(clip(n.Content, maxForeignContent))}
	if n.Poll != nil && !n.Poll.Multiple {
		m.ClosesAt = n.Poll.ClosesAt
		for _, c := range n.Poll.Choices {
			if word := oneLine(c.Title); word != "" && utf8.RuneCountInString(word) <= maxMessageWord && len(m.Choices) < maxMessageWords {
				m.Choices = append(m.Choices, word)
			}
		}
	}
	if err := tx.AddMessage(ctx, m); err != nil {
		return Outcome{}, err
	}
	return Done, s.notify(ctx, tx, NotifyMessage, to.ID, in.Actor, 0, 0)
}

// Messages lists the messages to an account, newest first; after ends the page
// before.
func (s *Service) Messages(ctx context.Context, by *Account, after ID, limit int) ([]MessageView, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.store.MessagesTo(ctx, by.ID, after, limit)
}

// messageTo finds a message to somebody, for a change.
func (s *Service) messageTo(ctx context.Context, tx Tx, by *Account, id ID) (*Message, error) {
	m, err := tx.Message(ctx, id)
	if CodeOf(err) == NotFound || err == nil && (m.ToID != by.ID || m.Purpose != purposeReceived) {
		return nil, &Error{Code: NotFound, Key: "NothingHere"}
	}
	return m, err
}

// ChooseInMessage answers a message by one of its choices, which it says word for
// word. Choices are final: Conflict says that one was made, or that it is too late.
func (s *Service) ChooseInMessage(ctx context.Context, by *Account, id ID, choice string) error {
	return s.answerMessage(ctx, by, id, func(ctx context.Context, tx Tx, m *Message, from *Actor) error {
		if !slices.Contains(m.Choices, choice) {
			return invalid("choice", "PollUnknown", nil)
		}
		if !m.Open(s.clock.Now()) {
			return &Error{Code: Conflict, Key: "PollVoted"}
		}
		if err := tx.AnswerMessage(ctx, m.ID, choice); err != nil {
			return err
		}
		o := s.outbox()
		activity := s.ids.New(s.clock.Now())
		o.add(OutgoingActivity{ID: activity, Signer: by.ID, Subject: m.URI, Priority: PriorityPost, Hidden: true,
			Payloads: []Payload{{For: AllFamilies, Body: o.keep(s.publisher.PollVote(activity, &by.Actor, &Post{URI: m.URI}, from, choice))}},
			Audience: []Recipients{{Actor: from.ID, Direct: true}}})
		return o.post(ctx, tx)
	})
}

// AnswerMessage answers a message in words, which only its sender gets. STOP ends
// the messages of that sender, whether or not it obeys.
func (s *Service) AnswerMessage(ctx context.Context, by *Account, id ID, words string) error {
	words = trimText(words)
	switch {
	case words == "":
		return invalid("text", "BodyMissing", nil)
	case utf8.RuneCountInString(words) > MaxMessageAnswer:
		return invalid("text", "TextTooLong", map[string]any{"Max": MaxMessageAnswer})
	}
	if isStop(words) {
		words = stopWord
	}
	return s.answerMessage(ctx, by, id, func(ctx context.Context, tx Tx, m *Message, from *Actor) error {
		sent, err := s.writeTo(ctx, tx, &by.Actor, from, Message{Purpose: purposeAnswer, Subject: m.ID, InReplyTo: m.URI, Content: paragraph(words), Tags: s.tagsOf(words)})
		if err == nil && !sent {
			err = &Error{Code: Unavailable, Key: "AnswerNotSent"}
		}
		if err != nil {
			return err
		}
		return tx.AnswerMessage(ctx, m.ID, words)
	})
}

// purposeAnswer is that of what people here answer to messages.
const purposeAnswer Purpose = "answer"

func (s *Service) answerMessage(ctx context.Context, by *Account, id ID, answer func(context.Context, Tx, *Message, *Actor) error) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		m, err := s.messageTo(ctx, tx, by, id)
		if err != nil {
			return err
		}
		from, err := tx.Actor(ctx, m.FromID)
		if err != nil {
			return err
		}
		return answer(ctx, tx, m, from)
	})
}

// DeleteMessage removes a message here; its sender does not learn of it.
func (s *Service) DeleteMessage(ctx context.Context, by *Account, id ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		m, err := s.messageTo(ctx, tx, by, id)
		if err != nil {
			return err
		}
		return tx.DeleteMessage(ctx, m.ID)
	})
}

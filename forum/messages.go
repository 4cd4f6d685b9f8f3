package forum

import (
	"context"
	"strings"
	"time"
)

// Message is a note from an actor here to one actor elsewhere, or the other way
// round, which is shown to nobody else: a receipt, a question. It is no private mail,
// because the administrators of both servers can read it.
type Message struct {
	ID      ID
	FromID  ID
	ToID    ID
	URI     string
	Purpose Purpose // which rule sent it, and takes the answer
	Subject ID      // what it is about, in that rule's terms

	Content   string    // HTML
	Language  string    // of the content; "" unknown
	InReplyTo string    // id of the post or message it answers; "" for none
	Choices   []string  // to answer with; none for a plain note. They must fit Mastodon: four, of 25 characters
	Tags      []string  // hashtags in it, of answers that people here write
	ClosesAt  time.Time // until when a choice may be made
	Answer    string    // of a person here to it; "" for none yet
	SentAt    time.Time
}

// Purpose names the rule that a message belongs to.
type Purpose string

// PrivateNote is what somebody elsewhere wrote to actors here and to nobody else,
// or what they chose in a message that asked.
type PrivateNote struct {
	URI       string
	ParentURI string   // what it answers; "" for nothing
	Addressed []string // ids of those it is for
	Content   string   // HTML as it came
	Words     string   // of the content: plain text, without the handles at its head
	Tags      []string // hashtags, with or without their sign
	Choices   []string // of those offered; then there are no words
	Poll      *Poll    // to choose in; nil for none
	Language  string   // "" unknown

	// Claim is what an answer says of the same having happened to its author, where
	// that is more than a hashtag.
	Claim ParticipationDetails
}

// stopWord ends all messages to whoever sends it.
const stopWord = "STOP"

// writeTo sends a message to an actor elsewhere, in the transaction of what it is
// about, and says whether it goes out: not to those who wanted no more of them,
// and not from what no other server hears of. m needs neither an ID nor a URI.
func (s *Service) writeTo(ctx context.Context, tx Tx, from, to *Actor, m Message) (bool, error) {
	if !from.Local() || to.Local() || from.LocalOnly || to.Active() != nil || !s.federating {
		return false, nil
	}
	if stopped, err := tx.MessagesStopped(ctx, to.ID); err != nil || stopped {
		return false, err
	}
	now := s.clock.Now()
	m.ID, m.FromID, m.ToID, m.SentAt = s.ids.New(now), from.ID, to.ID, now
	m.URI = s.addresses.Message(m.ID)
	if err := tx.AddMessage(ctx, m); err != nil {
		return false, err
	}
	o := s.outbox()
	id := s.ids.New(now)
	o.add(OutgoingActivity{ID: id, Signer: from.ID, Subject: m.URI, Priority: PriorityPost, Hidden: true,
		Payloads: []Payload{{For: AllFamilies, Body: o.keep(s.publisher.Message(id, m, from, to))}},
		Audience: []Recipients{{Actor: to.ID, Direct: true}}})
	return true, o.post(ctx, tx)
}

// ReceivePrivateNote hands a private note to the rule whose message it answers,
// or to the actor that it was written to. Nothing of it is kept beyond what that
// rule makes of it. Edits are not received: what was said once was said.
func (s *Service) ReceivePrivateNote(ctx context.Context, in Inbound, n PrivateNote) (Outcome, error) {
	if in.Via != nil {
		return Ignored("nobody passes on what is private"), nil
	}
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		n.Words = withoutHandles(s.renderer.Text(clip(n.Content, maxForeignContent)))
		if isStop(n.Words) {
			if to, err := s.addressee(ctx, tx, n); err != nil || to == nil {
				return Ignored("not public"), err
			}
			return Done, tx.StopMessages(ctx, in.Actor.ID, s.clock.Now())
		}
		sent, err := tx.MessageByURI(ctx, n.ParentURI)
		if CodeOf(err) == NotFound || err == nil && sent.Purpose == purposeReceived {
			to, err := s.addressee(ctx, tx, n)
			if err != nil || to == nil || len(n.Choices) > 0 {
				return Ignored("not public"), err
			}
			return s.addressed(ctx, tx, in, to, n)
		}
		if err != nil {
			return Outcome{}, err
		}
		if sent.ToID != in.Actor.ID {
			return Outcome{}, &Error{Code: Forbidden, Key: "AuthorOnly"}
		}
		if len(n.Choices) > 0 && !sent.ClosesAt.IsZero() && !s.clock.Now().Before(sent.ClosesAt) {
			return Ignored("it was asked until " + sent.ClosesAt.UTC().Format(time.RFC3339)), nil
		}
		return s.answered(ctx, tx, in, sent, n)
	})
}

// answered gives the answer to a message to the rule that sent it, by its purpose.
func (s *Service) answered(ctx context.Context, tx Tx, in Inbound, sent *Message, n PrivateNote) (Outcome, error) {
	switch sent.Purpose {
	case askPurpose:
		return s.signByAnswer(ctx, tx, in, sent.Subject, n)
	case purposeSponsor:
		return s.sponsorByAnswer(ctx, tx, in, sent.Subject, n.Choices)
	case purposeVerdict:
		return s.verdictByAnswer(ctx, tx, in, sent.Subject, n.Choices)
	}
	return Ignored("nothing follows from an answer to this message"), nil
}

// addressed gives a note that answers none of our messages to the actor it was
// written to, by what that is.
func (s *Service) addressed(ctx context.Context, tx Tx, in Inbound, to *Actor, n PrivateNote) (Outcome, error) {
	if to.GroupRole == RoleAction && carriesTag(n.Tags, s.signTags) {
		return s.signByAnswer(ctx, tx, in, to.ID, n)
	}
	if to.GroupRole == RoleAction {
		a, err := tx.ActionByID(ctx, to.ID)
		if err != nil {
			return Outcome{}, err
		}
		if done, err := s.sentByTag(ctx, tx, a, in.Actor, n.Tags); err != nil || done {
			return Done, err
		}
	}
	if post, err := tx.PostByURI(ctx, n.ParentURI); err == nil && carriesTag(n.Tags, s.pressureTags) {
		return s.pressureByMessage(ctx, tx, in, post.ThreadID, n.Words)
	}
	if post, err := tx.PostByURI(ctx, n.ParentURI); err == nil && carriesTag(n.Tags, s.claimTags) {
		t, err := tx.Thread(ctx, post.ThreadID)
		if err != nil || t.Hidden() {
			return Ignored("the thread was deleted"), err
		}
		if err := s.notBanned(ctx, tx, in.Actor.ID, t.ForumID); err != nil {
			return Outcome{}, err
		}
		return Done, s.claimByReply(ctx, tx, t, in.Actor, n.URI, n.Tags, n.Claim)
	}
	return s.keepMessage(ctx, tx, in, to, n)
}

// addressee is the first actor here that a note is for; nil for none.
func (s *Service) addressee(ctx context.Context, tx Tx, n PrivateNote) (*Actor, error) {
	actors, err := s.knownAddressees(ctx, tx, n.Addressed)
	if err != nil {
		return nil, err
	}
	for i := range actors {
		if actors[i].Local() && actors[i].Active() == nil {
			return &actors[i], nil
		}
	}
	return nil, nil
}

// withoutHandles takes the handles off the head of a text: Mastodon puts those of
// whom one answers there.
func withoutHandles(text string) string {
	text = strings.TrimSpace(text)
	for strings.HasPrefix(text, "@") {
		_, rest, _ := strings.Cut(text, " ")
		text = strings.TrimSpace(rest)
	}
	return text
}

// isStop says whether a text is the word that ends messages, and not only
// contains it.
func isStop(text string) bool {
	return strings.EqualFold(strings.Trim(text, " .!"), stopWord)
}

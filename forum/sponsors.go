package forum

import (
	"context"
	"slices"
	"strings"
)

// SponsorAction stands behind an action before it is published (on), or no longer.
// Doing so twice changes nothing. Its author cannot.
func (s *Service) SponsorAction(ctx context.Context, by *Account, handle string, on bool) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	if by.Guest {
		return &Error{Code: Forbidden, Key: "ActionMembersOnly"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		a, err := tx.Action(ctx, Handle{Name: handle})
		switch {
		case err != nil:
			return err
		case a.State == ActionDraft:
			return notFound()
		case a.State != ActionSponsoring:
			return &Error{Code: Conflict, Key: "ActionState"}
		case a.AuthorID == by.ID:
			return &Error{Code: Forbidden, Key: "SponsorOwn"}
		}
		if err := s.notBanned(ctx, tx, by.ID, a.HomeID); err != nil {
			return err
		}
		return s.setSponsor(ctx, tx, a, by.ID, on)
	})
}

// setSponsor notes who stands behind an action, and tells its author once there are
// enough to publish it.
func (s *Service) setSponsor(ctx context.Context, tx Tx, a *Action, actor ID, on bool) error {
	now := s.clock.Now()
	changed, err := tx.SetSponsor(ctx, a.ID, actor, on, now)
	if err != nil || !changed || !on || a.State != ActionSponsoring || a.Sponsors+1 != s.sponsors {
		return err
	}
	return s.tell(ctx, tx, Notification{ID: s.ids.New(now), AccountID: a.AuthorID, Kind: NotifySponsored, ActorID: a.ID, At: now})
}

// SponsorsNeeded is how many people have to stand behind an action before its
// author can publish it.
func (s *Service) SponsorsNeeded() int { return s.sponsors }

// sponsorWords are what somebody elsewhere is offered who is asked to stand behind an
// action: to do so, or not. They are no messages of the catalogue: the answer names
// one letter for letter.
var sponsorWords = map[string][]string{
	"en": {"I stand behind it", "No"},
	"fr": {"Je m’y associe", "Non"},
}

// purposeSponsor is that of messages that ask to stand behind the action that is
// their subject.
const purposeSponsor Purpose = "sponsor"

// maxInvitedSponsors bounds how many accounts elsewhere an action asks.
const maxInvitedSponsors = 30

// InviteSponsor asks an account on another server to stand behind an action, by a
// message with a choice; so may whoever leads it, until its deadline. Those here do so
// on its page. It returns Conflict for somebody who was asked before.
func (s *Service) InviteSponsor(ctx context.Context, by *Account, handle, who string) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	if _, err := s.ownAction(ctx, s.store, by, handle); err != nil {
		return err
	}
	h, ok := ParseHandle(who, s.addresses.Host())
	if !ok || h.Host == "" {
		return invalid("account", "SponsorAccount", nil)
	}
	to, err := s.findActor(ctx, h)
	if CodeOf(err) == NotFound {
		return invalid("account", "AccountUnknown", map[string]any{"Name": who})
	}
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		a, err := s.ownAction(ctx, tx, by, handle)
		if err != nil {
			return err
		}
		if a.State != ActionSponsoring && !a.Open(s.clock.Now()) {
			return &Error{Code: Conflict, Key: "ActionState"}
		}
		return s.askToSponsor(ctx, tx, a, by, to)
	})
}

func (s *Service) askToSponsor(ctx context.Context, tx Tx, a *Action, by *Account, to *Actor) error {
	asked, err := tx.MessagesAbout(ctx, purposeSponsor, a.ID)
	if err != nil {
		return err
	}
	if slices.Contains(asked, to.ID) {
		return &Error{Code: Conflict, Key: "SponsorAsked"}
	}
	if len(asked) >= maxInvitedSponsors {
		return &Error{Code: TooMany, Key: "SponsorsTooMany", Args: map[string]any{"Max": maxInvitedSponsors}}
	}
	from := &a.Actor
	if !a.Public() { // nobody elsewhere knows it yet
		if from, err = tx.InstanceActor(ctx); err != nil {
			return err
		}
	}
	text, language := s.phrase(a.Language, "SponsorInvite", map[string]any{"Title": a.Label(), "Name": by.Label()})
	primary, _, _ := strings.Cut(language, "-")
	words, known := sponsorWords[primary]
	if !known {
		words = sponsorWords["en"]
	}
	sent, err := s.writeTo(ctx, tx, from, to, Message{Purpose: purposeSponsor, Subject: a.ID, Language: language,
		Content: paragraph(text) + linkParagraph(a.URI), Choices: words, ClosesAt: a.ClosesAt})
	if err == nil && !sent {
		err = &Error{Code: Unavailable, Key: "SponsorNotAsked"}
	}
	return err
}

// sponsorByAnswer takes what somebody elsewhere chose who was asked. Young and empty
// accounts do not count: an author could make as many as an action needs.
func (s *Service) sponsorByAnswer(ctx context.Context, tx Tx, in Inbound, action ID, choices []string) (Outcome, error) {
	a, err := tx.ActionByID(ctx, action)
	if CodeOf(err) == NotFound {
		return Ignored("the action was dropped"), nil
	}
	if err != nil {
		return Outcome{}, err
	}
	if a.State != ActionSponsoring && !a.Open(s.clock.Now()) {
		return Ignored("it looks for no sponsors now"), nil
	}
	if err := s.notBanned(ctx, tx, in.Actor.ID, a.HomeID); err != nil {
		return Outcome{}, err
	}
	for _, words := range sponsorWords {
		for i, word := range words {
			if !slices.Contains(choices, word) {
				continue
			}
			_, doubts, err := s.tierOf(ctx, tx, in.Actor)
			if err != nil {
				return Outcome{}, err
			}
			if slices.Contains(doubts, DoubtYoung) || slices.Contains(doubts, DoubtEmpty) {
				return Ignored("too little is known of the account"), nil
			}
			return Done, s.setSponsor(ctx, tx, a, in.Actor.ID, i == 0)
		}
	}
	return Ignored("that is no answer"), nil
}

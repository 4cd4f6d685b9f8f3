package forum

import (
	"context"
	"slices"
)

const (
	signPurpose Purpose = "signature" // of receipts
	askPurpose  Purpose = "sign"      // of messages that ask to sign
)

// actionCounts is how many signed an action, whose ever it is.
func actionCounts(ctx context.Context, r Reader, a *Action) (TierTally, error) {
	if a.Told != nil {
		return *a.Told, nil
	}
	counts, err := r.TierTally(ctx, Signature, a.ID)
	counts.Paper = a.Papers
	return counts, err
}

// countActions fills in the counts of a list.
func (s *Service) countActions(ctx context.Context, list []ActionView) error {
	var ids []ID
	for i := range list {
		ids = append(ids, list[i].ID)
	}
	if len(ids) == 0 {
		return nil
	}
	counts, err := s.store.TierTallies(ctx, Signature, ids)
	if err != nil {
		return err
	}
	for i := range list {
		a := &list[i]
		if a.Told != nil {
			a.Counts = *a.Told
			continue
		}
		a.Counts = counts[a.ID]
		a.Counts.Paper = a.Papers
	}
	return nil
}

// SignedByVersion is how many signed each version of an action's text.
func (s *Service) SignedByVersion(ctx context.Context, a *Action) (map[int]int, error) {
	return s.store.TallyByVersion(ctx, Signature, a.ID)
}

// SignatureOf is the signature of an account; NotFound for none that stands.
func (s *Service) SignatureOf(ctx context.Context, account ID, a *Action) (*Participation, error) {
	p, err := s.store.ParticipationOf(ctx, Signature, a.ID, account)
	if err == nil && !p.Stands() {
		return nil, notFound()
	}
	return p, err
}

// Sign signs an action, here or elsewhere, for an account of this server. Doing so
// again changes what its owner agrees to besides, and gives the signature to the
// present text.
func (s *Service) Sign(ctx context.Context, by *Account, h Handle, route Route, c Consents, t Trace) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	a, err := s.store.Action(ctx, h)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		p, err := s.participant(ctx, tx, &by.Actor, route)
		if err != nil {
			return err
		}
		if err := s.traced(ctx, p, t); err != nil {
			return err
		}
		p.Consents = c
		if !a.Local() {
			return s.signElsewhere(ctx, tx, by, a, p)
		}
		_, err = s.sign(ctx, tx, a.ID, p)
		return err
	})
}

// sign counts a participant on the present text of an action of this server. It
// says whether that changed the count.
func (s *Service) sign(ctx context.Context, tx Tx, action ID, p *Participation) (bool, error) {
	if err := tx.HoldAction(ctx, action); err != nil {
		return false, err
	}
	a, err := tx.ActionByID(ctx, action)
	switch {
	case err != nil:
		return false, err
	case !a.Open(s.clock.Now()):
		return false, &Error{Code: Conflict, Key: "SigningOver"}
	}
	for _, group := range []ID{a.ID, a.HomeID} {
		if err := s.notBanned(ctx, tx, p.ActorID, group); err != nil {
			return false, err
		}
	}
	fresh, err := s.participate(ctx, tx, signatures(a), p)
	if err != nil {
		return false, err
	}
	if err := s.actionCounted(ctx, tx, a); err != nil {
		return false, err
	}
	return fresh, s.signReceipt(ctx, tx, a, p)
}

// signReceipt tells somebody elsewhere, once, that they signed, and how to change
// that.
func (s *Service) signReceipt(ctx context.Context, tx Tx, a *Action, p *Participation) error {
	if p.Told || p.ActorID == 0 || p.Server == "" {
		return nil
	}
	to, err := tx.Actor(ctx, p.ActorID)
	if err != nil {
		return err
	}
	manage, err := s.ParticipationAddress(ctx, p.ID)
	if err != nil {
		return err
	}
	sent, err := s.writeTo(ctx, tx, &a.Actor, to, Message{Purpose: signPurpose, Subject: p.ID, Language: a.Language, Content: s.phrases.SignReceipt(a, manage)})
	if err != nil || !sent {
		return err
	}
	p.Told = true
	return tx.SaveParticipation(ctx, p)
}

// signBy counts somebody, here or elsewhere, who votes, replies or answers. Whoever signed the present text before is not counted again, by
// whichever way; what they agreed to stays.
func (s *Service) signBy(ctx context.Context, tx Tx, a *Action, by *Actor, route Route, uri string) (Outcome, error) {
	if by.IsForum() || by.Kind.Automated() {
		return Ignored("groups, servers and programs do not sign"), nil
	}
	known, err := tx.ParticipationOf(ctx, Signature, a.ID, by.ID)
	if err != nil && CodeOf(err) != NotFound {
		return Outcome{}, err
	}
	if err == nil && known.Stands() && known.Version >= a.Version {
		return Ignored("signed before"), nil
	}
	p, err := s.participant(ctx, tx, by, route)
	if err != nil {
		return Outcome{}, err
	}
	p.SourceURI = uri
	if known != nil && known.Stands() {
		p.Consents, p.Words, p.Name = known.Consents, known.Words, known.Name
	}
	_, err = s.sign(ctx, tx, a.ID, p)
	if CodeOf(err) == Conflict {
		return Ignored("signing is over"), nil
	}
	return Done, err
}

// signByReply counts the author of a reply that carries the hashtag, if it is to
// the ballot of the present text. Anything else stays an ordinary reply.
func (s *Service) signByReply(ctx context.Context, tx Tx, thread ID, by *Actor, uri string, tags []string) (Outcome, error) {
	if !carriesTag(tags, s.signTags) && !carriesTag(tags, s.sentTags) {
		return Ignored("no hashtag that signs"), nil
	}
	a, _, err := tx.ActionOfBallot(ctx, thread)
	switch {
	case CodeOf(err) == NotFound:
		return Ignored("no ballot"), nil
	case err != nil:
		return Outcome{}, err
	case !carriesTag(tags, s.signTags):
		_, err := s.sentByTag(ctx, tx, a, by, tags)
		return Done, err
	case !a.Local() || a.BallotID != thread:
		return Ignored("not the ballot of the present text"), nil
	}
	return s.signBy(ctx, tx, a, by, RouteReply, uri)
}

// signByVote makes a signature of a vote in a ballot of this server.
func (s *Service) signByVote(ctx context.Context, tx Tx, in Inbound, p Publication, choices []string) (Outcome, error) {
	if p.Action == nil || p.Action.BallotID != p.Post.ID || !slices.Contains(choices, p.Post.Poll.Choices[BallotSign].Title) {
		return Done, nil
	}
	return s.signBy(ctx, tx, p.Action, in.Actor, RouteBallot, in.URI+voteFragment)
}

// voteFragment ends the ids of votes by people of this software.
const voteFragment = "#vote"

// askToSign asks a follower elsewhere, once for each text, whether to sign.
func (s *Service) askToSign(ctx context.Context, tx Tx, a *Action, to *Actor, change string) error {
	if !a.Open(s.clock.Now()) || to.IsForum() || to.Kind == Application {
		return nil
	}
	known, err := tx.ParticipationOf(ctx, Signature, a.ID, to.ID)
	if err != nil && CodeOf(err) != NotFound {
		return err
	}
	if err == nil && (known.Version >= a.Version || !known.Stands()) {
		return nil // signed, or thought better of it
	}
	first, err := tx.Remember(ctx, "sign "+a.URI+" "+ID(a.Version).String()+" "+to.URI, s.clock.Now())
	if err != nil || !first {
		return err
	}
	var choices []string
	for _, c := range ballotChoices(a.Language) {
		choices = append(choices, c.Title)
	}
	_, err = s.writeTo(ctx, tx, &a.Actor, to, Message{Purpose: askPurpose, Subject: a.ID, Language: a.Language, Content: s.phrases.AskToSign(a, s.ClosesOn(a), change), Choices: choices, ClosesAt: a.ClosesAt})
	return err
}

// signByAnswer takes the answer to a message that asked, or a note to the action
// alone that carries the hashtag.
func (s *Service) signByAnswer(ctx context.Context, tx Tx, in Inbound, action ID, n PrivateNote) (Outcome, error) {
	a, err := tx.ActionByID(ctx, action)
	if err != nil {
		return Outcome{}, err
	}
	if !slices.Contains(n.Choices, SignWord(a.Language)) && !carriesTag(n.Tags, s.signTags) {
		return Ignored("that signs nothing"), nil
	}
	return s.signBy(ctx, tx, a, in.Actor, RouteMessage, n.URI)
}

// signElsewhere votes for an account of this server in the ballot of an action
// elsewhere, whose server counts.
func (s *Service) signElsewhere(ctx context.Context, tx Tx, by *Account, a *Action, p *Participation) error {
	ballot, err := PublicationOf(ctx, tx, a.BallotID)
	if err != nil {
		return err
	}
	poll, err := s.openPoll(ctx, tx, ballot.Post)
	if err != nil {
		return err
	}
	if !a.Open(s.clock.Now()) {
		return &Error{Code: Conflict, Key: "SigningOver"}
	}
	known, err := tx.ParticipationOf(ctx, Signature, a.ID, by.ID)
	if err != nil && CodeOf(err) != NotFound {
		return err
	}
	if err == nil && known.Stands() && known.Version >= a.Version {
		return nil
	}
	now := s.clock.Now()
	id := s.ids.New(now)
	p.Elsewhere, p.SourceURI = true, s.addresses.Activity(id)+voteFragment
	on := signatures(a)
	if _, err := s.participate(ctx, tx, on, p); err != nil {
		return err
	}
	if _, err := tx.AddPollVote(ctx, ballot.Post.ID, by.ID, BallotSign, now); err != nil {
		return err
	}
	o := s.outbox()
	o.add(OutgoingActivity{ID: id, Signer: by.ID, Subject: ballot.Post.URI, Priority: PriorityPost, Hidden: true,
		Payloads: []Payload{{For: AllFamilies, Body: o.keep(s.publisher.PollVote(id, &by.Actor, ballot.Post, ballot.Author, poll.Choices[BallotSign].Title))}},
		Audience: []Recipients{{Actor: ballot.Author.ID, Direct: true}}})
	return o.post(ctx, tx)
}

// WithdrawSignature takes an account's signature back. It succeeds where there is
// none.
func (s *Service) WithdrawSignature(ctx context.Context, by *Account, h Handle) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		a, err := tx.Action(ctx, h)
		if err != nil {
			return err
		}
		p, err := tx.ParticipationOf(ctx, Signature, a.ID, by.ID)
		if CodeOf(err) == NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if !p.Elsewhere {
			return s.unjoin(ctx, tx, p)
		}
		if _, err := s.withdrawParticipation(ctx, tx, p); err != nil {
			return err
		}
		o := s.outbox()
		id := s.ids.New(s.clock.Now())
		o.add(OutgoingActivity{ID: id, Signer: by.ID, Subject: p.SourceURI, Priority: PriorityPost, Hidden: true,
			Payloads: []Payload{{For: AllFamilies, Body: o.keep(s.publisher.Delete(id, &by.Actor, p.SourceURI, nil, ""))}},
			Audience: []Recipients{{Actor: a.ID, Direct: true}}})
		return o.post(ctx, tx)
	})
}

// signOnBallot makes a signature of the vote of an account of this server.
func (s *Service) signOnBallot(ctx context.Context, tx Tx, by *Account, p Publication) error {
	if p.Action == nil || p.Action.BallotID != p.Post.ID {
		return &Error{Code: Conflict, Key: "PollClosed"}
	}
	if p.Author.Local() {
		_, err := s.signBy(ctx, tx, p.Action, &by.Actor, RouteBallot, "")
		return err
	}
	signer, err := s.participant(ctx, tx, &by.Actor, RouteBallot)
	if err != nil {
		return err
	}
	return s.signElsewhere(ctx, tx, by, p.Action, signer)
}

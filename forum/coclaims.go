package forum

import (
	"context"
	"slices"
	"strings"
)

// DefaultClaimTags are the hashtags by which a reply to a case says "it happened
// to me too".
var DefaultClaimTags = []string{"concerne", "affected"}

// claimPurpose is that of the receipts of co-claims.
const claimPurpose Purpose = "co_claim"

// ClaimTag is the hashtag for a language, the first one that is configured where
// none fits.
func (s *Service) ClaimTag(language string) string {
	want := "affected"
	if strings.HasPrefix(language, "fr") {
		want = "concerne"
	}
	if slices.Contains(s.claimTags, want) || len(s.claimTags) == 0 {
		return want
	}
	return s.claimTags[0]
}

// carriesTag says whether one of the hashtags is among tags, however it is
// capitalised and accented.
func carriesTag(tags, wanted []string) bool {
	return slices.ContainsFunc(tags, func(tag string) bool {
		tag = foldTag(tag)
		return slices.ContainsFunc(wanted, func(want string) bool { return foldTag(want) == tag })
	})
}

// foldTag is a hashtag in the form in which it is compared.
func foldTag(tag string) string {
	return unaccented.Replace(strings.ToLower(strings.TrimPrefix(tag, "#")))
}

var unaccented = strings.NewReplacer("é", "e", "è", "e", "ê", "e", "à", "a", "â", "a", "ç", "c", "î", "i", "ï", "i", "ô", "o", "û", "u", "ù", "u")

// claimable returns Conflict for threads that nobody can join: those that tell of
// no experience, or are a duplicate of another.
func claimable(t *Thread) error {
	switch {
	case t.Hidden():
		return &Error{Code: Gone, Key: "PostDeleted"}
	case !t.Experience() || t.Case == nil:
		return &Error{Code: Conflict, Key: "NothingToJoin"}
	case t.Case.MergedInto != 0:
		return &Error{Code: Conflict, Key: "CaseJoined"}
	}
	return nil
}

// Claimable returns why nobody can join a thread; nil where people can.
func (s *Service) Claimable(t *Thread) error { return claimable(t) }

// CountedElsewhere says whether another server counts a thread's co-claims: the
// author's, if it does that. Whoever writes a post counts what it brings.
func (t *Thread) CountedElsewhere() bool { return t.CoClaimsTold != nil }

// claims describes a thread as what people join.
func (s *Service) claims(ctx context.Context, r Reader, t *Thread) (subject, error) {
	f, err := r.Actor(ctx, t.ForumID)
	if err != nil {
		return subject{}, err
	}
	on := subject{kind: CoClaim, id: t.ID, authorID: t.AuthorID, language: t.Language, title: t.Title, url: t.URL, voice: f}
	if !f.Local() || f.LocalOnly {
		if on.voice, err = r.InstanceActor(ctx); err != nil {
			return subject{}, err
		}
	}
	return on, nil
}

// Join counts by as somebody to whom the same happened. Doing so again changes
// what is said of it. Where the author's server counts, it is told.
func (s *Service) Join(ctx context.Context, by *Account, thread ID, route Route, d ParticipationDetails) (*Participation, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	var p *Participation
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		t, err := tx.Thread(ctx, thread)
		if err != nil {
			return err
		}
		if err := claimable(t); err != nil {
			return err
		}
		if err := s.notBanned(ctx, tx, by.ID, t.ForumID); err != nil {
			return err
		}
		if p, err = s.participant(ctx, tx, &by.Actor, route); err != nil {
			return err
		}
		if err := p.apply(d, s.clock.Now()); err != nil {
			return err
		}
		if err := s.traced(ctx, p, d.Trace); err != nil {
			return err
		}
		return s.join(ctx, tx, t, p)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// join counts a participant on a thread.
func (s *Service) join(ctx context.Context, tx Tx, t *Thread, p *Participation) error {
	if p.ActorID == t.AuthorID {
		return &Error{Code: Conflict, Key: "OwnCase"}
	}
	on, err := s.claims(ctx, tx, t)
	if err != nil {
		return err
	}
	p.Elsewhere = t.CountedElsewhere()
	fresh, err := s.participate(ctx, tx, on, p)
	if err != nil {
		return err
	}
	if p.Elsewhere {
		return s.tellClaim(ctx, tx, t, p, true)
	}
	if fresh {
		if err := s.claimsMoved(ctx, tx, t); err != nil {
			return err
		}
	}
	return s.receipt(ctx, tx, on, p)
}

// Leave takes a co-claim back. It succeeds where there is none.
func (s *Service) Leave(ctx context.Context, by *Account, thread ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := tx.ParticipationOf(ctx, CoClaim, thread, by.ID)
		if CodeOf(err) == NotFound {
			_, err = tx.Thread(ctx, thread)
			return err
		}
		if err != nil {
			return err
		}
		return s.unjoin(ctx, tx, p)
	})
}

// unjoin takes any participation back, with what follows from it.
func (s *Service) unjoin(ctx context.Context, tx Tx, p *Participation) error {
	was, err := s.withdrawParticipation(ctx, tx, p)
	if err != nil {
		return err
	}
	if p.Kind == Signature {
		if !was {
			return nil
		}
		a, err := tx.ActionByID(ctx, p.SubjectID)
		if err != nil {
			return err
		}
		return s.actionCounted(ctx, tx, a)
	}
	t, err := tx.Thread(ctx, p.SubjectID)
	switch {
	case err != nil:
		return err
	case p.Elsewhere && p.MergedWith != 0:
		return s.leaveMerged(ctx, tx, p)
	case p.Elsewhere:
		return s.tellClaim(ctx, tx, t, p, false)
	case was:
		return s.claimsMoved(ctx, tx, t)
	}
	return nil
}

// tellClaim tells the server that counts of a co-claim by somebody here, or that
// it was taken back: a note to the author and the forum only, with the hashtag.
func (s *Service) tellClaim(ctx context.Context, tx Tx, t *Thread, p *Participation, on bool) error {
	by, err := tx.Actor(ctx, p.ActorID)
	if err != nil {
		return err
	}
	author, err := tx.Actor(ctx, t.AuthorID)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	o := s.outbox()
	id := s.ids.New(now)
	var body []byte
	if on {
		p.SourceURI = s.addresses.Activity(id) + "#note"
		body = o.keep(s.publisher.Claim(id, by, author, &t.Post, p, s.ClaimTag(t.Language)))
		if err := tx.SaveParticipation(ctx, p); err != nil {
			return err
		}
	} else {
		body = o.keep(s.publisher.Delete(id, by, p.SourceURI, nil, ""))
	}
	o.add(OutgoingActivity{ID: id, Signer: by.ID, Subject: t.URI, Priority: PriorityVote, Hidden: true,
		Payloads: []Payload{{For: AllFamilies, Body: body}}, Audience: []Recipients{{Actor: author.ID, Direct: true}}})
	return o.post(ctx, tx)
}

// ClaimsJob tells other servers of this software how many a case has by now.
type ClaimsJob struct {
	Thread ID `json:"thread"`
}

// Kind names the job in the queue.
func (ClaimsJob) Kind() string { return "claims" }

// claimsMoved notes that a case's count moved: a little later others are told.
func (s *Service) claimsMoved(ctx context.Context, tx Tx, t *Thread) error {
	if !s.addresses.IsLocal(t.URI) {
		return nil
	}
	first, err := tx.TellClaims(ctx, t.ID, true)
	if err != nil || !first {
		return err
	}
	return tx.EnqueueAt(ctx, ClaimsJob{Thread: t.ID}, s.clock.Now().Add(pollInterval))
}

// WorkClaims does a ClaimsJob. Microblogs are not told: they show none of it.
func (s *Service) WorkClaims(ctx context.Context, job ClaimsJob) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := tx.TellClaims(ctx, job.Thread, false); err != nil {
			return err
		}
		p, err := PublicationOf(ctx, tx, job.Thread)
		if CodeOf(err) == NotFound || err == nil && p.Post.Hidden() {
			return nil
		}
		if err != nil {
			return err
		}
		o := s.outbox()
		now := s.clock.Now()
		id := s.ids.New(now)
		update := o.keep(s.publisher.Update(id, p))
		o.send(id, p.Author, p.Post.URI, PriorityVote, update, Recipients{FollowersOf: p.Author.ID, Only: GroupAware}, Recipients{Around: p.Post.ID, Only: GroupAware})
		o.relay(s.ids.New(now), p.Forum, p.Post.URI, PriorityVote, update, now)
		return o.post(ctx, tx)
	})
}

// claimByReply counts the author of a reply that carries the hashtag, if it is in
// a case that is counted here. What is not to be counted stays an ordinary reply.
func (s *Service) claimByReply(ctx context.Context, tx Tx, t *Thread, by *Actor, uri string, tags []string, d ParticipationDetails) error {
	if !carriesTag(tags, s.claimTags) || !s.countsHere(t, by) {
		return nil
	}
	return s.joinOnce(ctx, tx, t, by, RouteReply, uri, d)
}

// countsHere says whether an actor can be counted on a case by what they do in it.
func (s *Service) countsHere(t *Thread, by *Actor) bool {
	return claimable(t) == nil && !t.CountedElsewhere() && by.ID != t.AuthorID && !by.IsForum() && !by.Kind.Automated()
}

// joinOnce counts somebody who was not counted before, by whichever way.
func (s *Service) joinOnce(ctx context.Context, tx Tx, t *Thread, by *Actor, route Route, source string, d ParticipationDetails) error {
	p, err := s.participant(ctx, tx, by, route)
	if err != nil {
		return err
	}
	p.SourceURI = source
	if err := p.apply(d, s.clock.Now()); err != nil { // what cannot be read is left out
		if err := p.apply(ParticipationDetails{}, s.clock.Now()); err != nil {
			return err
		}
	}
	if known, err := tx.ParticipationOf(ctx, CoClaim, t.ID, by.ID); err == nil && known.Stands() {
		return nil
	} else if err != nil && CodeOf(err) != NotFound {
		return err
	}
	return s.join(ctx, tx, t, p)
}

// sourceGone takes back what a post did that is deleted now.
func (s *Service) sourceGone(ctx context.Context, tx Tx, uri string, by ID) error {
	list, err := tx.ParticipationsBySource(ctx, uri)
	for i := range list {
		if err == nil && list[i].ActorID == by {
			err = s.unjoin(ctx, tx, &list[i])
		}
	}
	return err
}

// receipt tells somebody elsewhere, once, that they are counted, and how to change
// that.
func (s *Service) receipt(ctx context.Context, tx Tx, on subject, p *Participation) error {
	if p.Told || p.ActorID == 0 || p.Server == "" || on.voice == nil {
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
	m := Message{Purpose: claimPurpose, Subject: p.ID, Language: on.language, InReplyTo: p.SourceURI, Content: s.phrases.ClaimReceipt(on.title, on.url, manage, on.language)}
	sent, err := s.writeTo(ctx, tx, on.voice, to, m)
	if err != nil || !sent {
		return err
	}
	p.Told = true
	return tx.SaveParticipation(ctx, p)
}

// MoveParticipations counts those who joined a case on the one that it is a
// duplicate of. Whoever joined both is counted once: what they said of the
// duplicate stays there, uncounted, until the merge is taken back.
func (s *Service) MoveParticipations(ctx context.Context, tx Tx, from, to *Thread) error {
	err := s.eachParticipation(ctx, tx, from.ID, func(p *Participation) error {
		if !p.Stands() || p.Elsewhere {
			return nil
		}
		p.MergedWith = to.ID
		known, err := s.sameOn(ctx, tx, to.ID, p)
		if err != nil {
			return err
		}
		switch {
		case p.ActorID != 0 && p.ActorID == to.AuthorID || known != nil && known.Stands():
			p.Elsewhere = true
			return tx.SaveParticipation(ctx, p)
		case known != nil: // they left there, or have not confirmed it yet
			if err := tx.RemoveParticipation(ctx, known.ID); err != nil {
				return err
			}
		}
		p.SubjectID, p.MergedWith = to.ID, from.ID
		return tx.SaveParticipation(ctx, p)
	})
	if err != nil {
		return err
	}
	return s.bothMoved(ctx, tx, from, to)
}

// ReturnParticipations takes MoveParticipations back: who joined the duplicate is
// counted there again, unless they have left meanwhile.
func (s *Service) ReturnParticipations(ctx context.Context, tx Tx, from, to *Thread) error {
	err := s.eachParticipation(ctx, tx, to.ID, func(p *Participation) error {
		if p.MergedWith != from.ID {
			return nil
		}
		known, err := s.sameOn(ctx, tx, from.ID, p)
		if err != nil {
			return err
		}
		if known != nil { // from before they left and came again
			if err := tx.RemoveParticipation(ctx, known.ID); err != nil {
				return err
			}
		}
		p.SubjectID, p.MergedWith = from.ID, 0
		return tx.SaveParticipation(ctx, p)
	})
	if err != nil {
		return err
	}
	err = s.eachParticipation(ctx, tx, from.ID, func(p *Participation) error {
		if p.MergedWith != to.ID {
			return nil
		}
		p.MergedWith, p.Elsewhere = 0, false
		there, err := s.sameOn(ctx, tx, to.ID, p)
		if err != nil {
			return err
		}
		if there != nil && !there.Stands() { // they left both, as far as they knew
			_, err := s.withdrawParticipation(ctx, tx, p)
			return err
		}
		return tx.SaveParticipation(ctx, p)
	})
	if err != nil {
		return err
	}
	return s.bothMoved(ctx, tx, from, to)
}

// leaveMerged has somebody who left a duplicate leave the case too that counts them
// for both.
func (s *Service) leaveMerged(ctx context.Context, tx Tx, p *Participation) error {
	counted, err := s.sameOn(ctx, tx, p.MergedWith, p)
	if err != nil || counted == nil {
		return err
	}
	return s.unjoin(ctx, tx, counted)
}

// sameOn finds the person of a participation on another case; nil for nobody.
func (s *Service) sameOn(ctx context.Context, tx Tx, thread ID, p *Participation) (*Participation, error) {
	return s.knownParticipation(ctx, tx, &Participation{Kind: CoClaim, SubjectID: thread, ActorID: p.ActorID, EmailHash: p.EmailHash})
}

// bothMoved tells other servers of the counts of two cases.
func (s *Service) bothMoved(ctx context.Context, tx Tx, one, other *Thread) error {
	if err := s.claimsMoved(ctx, tx, one); err != nil {
		return err
	}
	return s.claimsMoved(ctx, tx, other)
}

// eachParticipation visits those who joined a case.
func (s *Service) eachParticipation(ctx context.Context, tx Tx, thread ID, visit func(*Participation) error) error {
	after := ID(0)
	for {
		list, err := tx.ParticipationsOn(ctx, CoClaim, thread, after, participationsAtOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		for i := range list {
			after = list[i].ID
			if err := visit(&list[i]); err != nil {
				return err
			}
		}
	}
}

const participationsAtOnce = 500

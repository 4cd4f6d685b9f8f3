package forum

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// MailParticipation is what somebody without an account sends to be counted.
type MailParticipation struct {
	Kind    ParticipationKind
	Subject ID // the thread or the action
	Name    string
	Email   string
	Locale  string
	Details ParticipationDetails
	Stamp   string // of the form, see [Service.StampForm]
	Trap    string // a field that people do not see: programs fill it in
	Trace   Trace
}

// Trace is what is known of the program that somebody uses. Only keyed hashes of
// it are kept, for a month.
type Trace struct{ Network, Agent string }

const (
	// ParticipationLifetime is how long somebody has to confirm.
	ParticipationLifetime = 7 * 24 * time.Hour
	participationsWaiting = 5 // of one mailbox, that were not confirmed
	mailAgain             = 5 * time.Minute
)

// traced keeps keyed hashes of where somebody came from: what a burst of
// invented people has in common.
func (s *Service) traced(ctx context.Context, p *Participation, t Trace) error {
	var err error
	if t.Network != "" {
		if p.Network, err = s.keyed(ctx, "network:"+t.Network); err != nil {
			return err
		}
	}
	if t.Agent != "" {
		p.Agent, err = s.keyed(ctx, "agent:"+t.Agent)
	}
	return err
}

// ParticipateByMail keeps the wish of somebody without an account to be counted,
// and mails the link that makes it count. Whether the mailbox is counted already,
// or has an account, is not told.
func (s *Service) ParticipateByMail(ctx context.Context, n MailParticipation) error {
	email, emailErr := cleanEmail(n.Email)
	n.Name = oneLine(n.Name)
	now := s.clock.Now()
	p := &Participation{Kind: n.Kind, SubjectID: n.Subject, Email: email, Name: n.Name, Locale: n.Locale, Tier: TierEmail, Route: RouteMail, At: now}
	err := errors.Join(emailErr, checkLanguage(&n.Locale), p.apply(n.Details, now))
	if utf8.RuneCountInString(n.Name) > maxDisplayName {
		err = errors.Join(err, invalid("name", "TextTooLong", map[string]any{"Max": maxDisplayName}))
	}
	if n.Details.Consents.NameShown && n.Name == "" {
		err = errors.Join(err, invalid("name", "GuestNameMissing", nil))
	}
	if err != nil {
		return err
	}
	if n.Trap != "" {
		return nil
	}
	if err := s.checkStamp(ctx, n.Stamp); err != nil {
		return err
	}
	if p.EmailHash, err = s.emailHash(ctx, email); err != nil {
		return err
	}
	if err := s.traced(ctx, p, n.Trace); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		on, err := s.subjectOf(ctx, tx, p.Kind, p.SubjectID)
		if err != nil {
			return err
		}
		known, err := tx.ParticipationByMailbox(ctx, p.Kind, p.SubjectID, p.EmailHash)
		switch {
		case CodeOf(err) == NotFound:
			if waiting, err := tx.ParticipationsWaiting(ctx, p.EmailHash); err != nil || waiting >= participationsWaiting {
				return errors.Join(err, &Error{Code: TooMany, Key: "GuestTooMany"})
			}
			p.ID, p.Version = s.ids.New(now), on.version
			if err := tx.SaveParticipation(ctx, p); err != nil {
				return err
			}
			return s.enqueueMail(ctx, tx, MailJob{Participation: p.ID, Template: MailParticipate})
		case err != nil:
			return err
		case !known.Stands():
			if known.ConfirmedAt.IsZero() && now.Sub(known.At) < mailAgain {
				return nil // the mail is on its way
			}
			p.ID, p.ActorID, p.InvalidationID, p.Version = known.ID, known.ActorID, known.InvalidationID, on.version
			if err := tx.SaveParticipation(ctx, p); err != nil {
				return err
			}
		default: // what counts is changed by its link only
			known.Email = email
			if err := tx.SaveParticipation(ctx, known); err != nil {
				return err
			}
		}
		return s.enqueueMail(ctx, tx, MailJob{Participation: known.ID, Template: MailParticipate})
	})
}

// subjectOf finds what somebody wants to be counted on, and whether that is
// possible now.
func (s *Service) subjectOf(ctx context.Context, r Reader, kind ParticipationKind, id ID) (subject, error) {
	switch kind {
	case CoClaim:
		t, err := r.Thread(ctx, id)
		if err != nil {
			return subject{}, err
		}
		if err := claimable(t); err != nil {
			return subject{}, err
		}
		if t.CountedElsewhere() {
			return subject{}, &Error{Code: Conflict, Key: "CountedElsewhere"}
		}
		return s.claims(ctx, r, t)
	case Signature:
		a, err := r.ActionByID(ctx, id)
		if err != nil {
			return subject{}, err
		}
		if !a.Open(s.clock.Now()) || !a.Local() {
			return subject{}, &Error{Code: Conflict, Key: "ActionState"}
		}
		return signatures(a), nil
	}
	return subject{}, notFound()
}

// signatures describes an action as what people sign.
func signatures(a *Action) subject {
	return subject{kind: Signature, id: a.ID, version: a.Version, voice: &a.Actor, language: a.Language, title: a.DisplayName, url: a.URL}
}

// mailParticipation does a MailJob about a participation.
func (s *Service) mailParticipation(ctx context.Context, job MailJob) error {
	p, err := s.store.Participation(ctx, job.Participation)
	if CodeOf(err) == NotFound || err == nil && p.Email == "" {
		return nil
	}
	if err != nil {
		return err
	}
	title, _, err := s.subjectTitle(ctx, p)
	if err != nil {
		return err
	}
	m := Mail{To: p.Email, Locale: p.Locale, Template: MailParticipate, Name: p.Name, Text: title, Minutes: int(ParticipationLifetime.Minutes())}
	if p.Stands() {
		m.Template = MailParticipating
	}
	if p.Kind == Signature {
		m.Template += "Action"
	}
	if m.Link, err = s.ParticipationAddress(ctx, p.ID); err != nil {
		return err
	}
	m.Unsubscribe = m.Link
	if err := s.mailer.Send(ctx, m); err != nil || !p.Stands() {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := tx.Participation(ctx, p.ID)
		if err != nil || p.Consents.Updates {
			return err
		}
		p.Email = "" // it was kept for this mail only
		return tx.SaveParticipation(ctx, p)
	})
}

// subjectTitle is what a participation is about, and its page.
func (s *Service) subjectTitle(ctx context.Context, p *Participation) (title, url string, err error) {
	if p.Kind == Signature {
		a, err := s.store.ActionByID(ctx, p.SubjectID)
		if err != nil {
			return "", "", err
		}
		return a.DisplayName, a.URL, nil
	}
	t, err := s.store.Thread(ctx, p.SubjectID)
	if err != nil {
		return "", "", err
	}
	return t.Title, t.URL, nil
}

// ParticipationAddress is the address at which whoever has it confirms, changes or
// withdraws a participation. It goes to that person only, by mail or by direct
// message.
func (s *Service) ParticipationAddress(ctx context.Context, id ID) (string, error) {
	mac, err := s.keyed(ctx, "participation:"+id.String())
	return s.addresses.Base() + "/participation/" + id.String() + "." + mac[:min(len(mac), 32)], err
}

func (s *Service) participationByToken(ctx context.Context, r Reader, token string) (*Participation, error) {
	number, given, _ := strings.Cut(token, ".")
	id, err := ParseID(number)
	if err != nil {
		return nil, notFound()
	}
	address, err := s.ParticipationAddress(ctx, id)
	if err != nil {
		return nil, err
	}
	_, want, _ := strings.Cut(address[strings.LastIndexByte(address, '/')+1:], ".")
	if !hmac.Equal([]byte(given), []byte(want)) {
		return nil, notFound()
	}
	p, err := r.Participation(ctx, id)
	if err == nil && p.ConfirmedAt.IsZero() && s.clock.Now().Sub(p.At) > ParticipationLifetime {
		err = &Error{Code: NotFound, Key: "LinkUsed"}
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// ParticipationPage is what the page of a participation's address shows.
type ParticipationPage struct {
	*Participation
	Title string // of what it is about
	URL   string
	// Letter says that it is a signature under a letter of this server, which can be
	// said to have been sent.
	Letter bool
}

// PeekParticipation reads the participation of an address and changes nothing:
// mail scanners open links too.
func (s *Service) PeekParticipation(ctx context.Context, token string) (*ParticipationPage, error) {
	p, err := s.participationByToken(ctx, s.store, token)
	if err != nil {
		return nil, err
	}
	page := &ParticipationPage{Participation: p}
	if page.Title, page.URL, err = s.subjectTitle(ctx, p); err != nil || p.Kind != Signature {
		return page, err
	}
	a, err := s.store.ActionByID(ctx, p.SubjectID)
	if err != nil {
		return nil, err
	}
	page.Letter = a.Kind == FormalLetter && a.Local()
	return page, nil
}

// ConfirmParticipation counts whoever has a participation's address. A mailbox
// that has an account here is that account.
func (s *Service) ConfirmParticipation(ctx context.Context, token string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := s.participationByToken(ctx, tx, token)
		if err != nil || !p.ConfirmedAt.IsZero() && p.WithdrawnAt.IsZero() {
			return err
		}
		on, err := s.subjectOf(ctx, tx, p.Kind, p.SubjectID)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		if p.ActorID == 0 && p.Email != "" {
			account, err := tx.AccountByEmail(ctx, EmailKey(p.Email))
			if err != nil && CodeOf(err) != NotFound {
				return err
			}
			if err == nil && account.Active() == nil {
				if account.ID == on.authorID {
					return &Error{Code: Conflict, Key: "OwnCase"}
				}
				owner, err := s.participant(ctx, tx, &account.Actor, RouteMail)
				if err != nil {
					return err
				}
				if err := tx.RemoveParticipation(ctx, p.ID); err != nil {
					return err
				}
				owner.ExperiencedOn, owner.Amount, owner.Words, owner.Consents, owner.Name = p.ExperiencedOn, p.Amount, p.Words, p.Consents, p.Name
				owner.Network, owner.Agent = p.Network, p.Agent
				if _, err := s.participate(ctx, tx, on, owner); err != nil {
					return err
				}
				return s.participationMoved(ctx, tx, owner)
			}
		}
		p.ConfirmedAt, p.WithdrawnAt, p.Version = now, time.Time{}, on.version
		if !p.Consents.Updates {
			p.Email = ""
		}
		if err := tx.SaveParticipation(ctx, p); err != nil {
			return err
		}
		return s.participationMoved(ctx, tx, p)
	})
}

// participationMoved does what follows from a change of the counts.
func (s *Service) participationMoved(ctx context.Context, tx Tx, p *Participation) error {
	if p.Kind == Signature {
		a, err := tx.ActionByID(ctx, p.SubjectID)
		if err != nil {
			return err
		}
		return s.actionCounted(ctx, tx, a)
	}
	t, err := tx.Thread(ctx, p.SubjectID)
	if err != nil {
		return err
	}
	return s.claimsMoved(ctx, tx, t)
}

// WithdrawParticipation counts whoever has the address no longer.
func (s *Service) WithdrawParticipation(ctx context.Context, token string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := s.participationByToken(ctx, tx, token)
		if err != nil {
			return err
		}
		if p.ConfirmedAt.IsZero() {
			return tx.RemoveParticipation(ctx, p.ID)
		}
		return s.unjoin(ctx, tx, p)
	})
}

// EndNews ends the news of what whoever has the address is counted for. They stay
// counted.
func (s *Service) EndNews(ctx context.Context, token string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := s.participationByToken(ctx, tx, token)
		if err != nil {
			return err
		}
		if p.Consents.Updates = false; !p.ConfirmedAt.IsZero() {
			p.Email = "" // nothing else needs it
		}
		return tx.SaveParticipation(ctx, p)
	})
}

// ChangeParticipation changes what whoever has the address says and agrees to.
func (s *Service) ChangeParticipation(ctx context.Context, token, name string, d ParticipationDetails) error {
	name = oneLine(name)
	if utf8.RuneCountInString(name) > maxDisplayName {
		return invalid("name", "TextTooLong", map[string]any{"Max": maxDisplayName})
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := s.participationByToken(ctx, tx, token)
		if err != nil {
			return err
		}
		if !p.WithdrawnAt.IsZero() {
			return &Error{Code: Conflict, Key: "Withdrawn"}
		}
		if p.ActorID == 0 {
			if p.Name = name; d.Consents.NameShown && name == "" {
				return invalid("name", "GuestNameMissing", nil)
			}
			if d.Consents.Updates && p.Email == "" { // it is not kept without
				d.Consents.Updates = false
			}
		}
		if err := p.apply(d, s.clock.Now()); err != nil {
			return err
		}
		if !p.Consents.Updates && !p.ConfirmedAt.IsZero() {
			p.Email = ""
		}
		return tx.SaveParticipation(ctx, p)
	})
}

// salted is an ID that stands for a participation in open data: it tells nothing,
// and is the same each time.
func (s *Service) salted(ctx context.Context, id ID) (string, error) {
	mac, err := s.keyed(ctx, "open:"+id.String())
	if err != nil {
		return "", err
	}
	raw, err := hex.DecodeString(mac)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(raw[:8]), nil
}

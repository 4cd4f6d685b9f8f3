package forum

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// GuestPolicy says what becomes of replies by people without an account.
type GuestPolicy string

// The policies, the most lenient first.
const (
	GuestsAllowed GuestPolicy = "allowed" // published once the address is confirmed
	GuestsHeld    GuestPolicy = "held"    // a moderator looks at them first
	GuestsRefused GuestPolicy = "refused"
)

// GuestPolicies lists them, the most lenient first.
var GuestPolicies = []GuestPolicy{GuestsAllowed, GuestsHeld, GuestsRefused}

// stricter is the stricter of two policies.
func (p GuestPolicy) stricter(than GuestPolicy) GuestPolicy {
	switch {
	case p == GuestsRefused || than == GuestsRefused:
		return GuestsRefused
	case p == GuestsHeld || than == GuestsHeld:
		return GuestsHeld
	}
	return GuestsAllowed
}

func (p *GuestPolicy) check() error {
	switch *p {
	case "":
		*p = GuestsAllowed
	case GuestsAllowed, GuestsHeld, GuestsRefused:
	default:
		return invalid("guests", "GuestsUnknown", nil)
	}
	return nil
}

// GuestReplyState says what a reply without an account waits for.
type GuestReplyState string

// The states.
const (
	GuestUnconfirmed GuestReplyState = "unconfirmed" // the mailed link
	GuestHeld        GuestReplyState = "held"        // a moderator
)

// GuestReply is what somebody without an account wrote, until it is published.
type GuestReply struct {
	ID        ID
	ThreadID  ID
	ParentID  ID
	ForumID   ID
	AccountID ID // of the guest, 0 until the address is confirmed
	Name      string
	Email     string // never shown
	Body      string // Markdown
	Language  string
	Locale    string
	State     GuestReplyState
	CreatedAt time.Time

	Capacity Capacity  // of a reply by right; "" for any other
	Passage  string    // that it answers
	HeldAt   time.Time // since when a moderator is waited for; zero for not
}

// GuestReplyView is a reply that is held, with what it answers.
type GuestReplyView struct {
	GuestReply
	ThreadTitle string
	Forum       Byline
}

// NewGuestReply is what somebody without an account sends.
type NewGuestReply struct {
	ThreadID ID
	ParentID ID // 0: the thread itself
	Name     string
	Email    string
	Body     string
	Language string
	Locale   string
	Stamp    string // of the form, see [Service.StampForm]
	Trap     string // a field that people do not see: programs fill it in

	Capacity Capacity // as what somebody who is named replies by right; "" for an ordinary reply
	Passage  string   // that names them
}

const (
	// GuestLinkLifetime is how long a reply waits for its mailed link.
	GuestLinkLifetime = 48 * time.Hour
	guestRepliesAtMax = 5 // that wait, of one address: nobody's mailbox is flooded
	guestPrefix       = "guest_"
)

// GuestsIn says what becomes of replies to a thread by people without an account:
// the stricter of what the server and the forum say.
func (s *Service) GuestsIn(t *Thread) GuestPolicy {
	if t.Locked() || t.Hidden() {
		return GuestsRefused
	}
	return s.guests.stricter(t.Guests)
}

// ReplyAsGuest keeps a reply by somebody without an account and mails the link
// that publishes it. Replies by right are welcome everywhere, and a moderator looks
// at each. It returns Forbidden where guests are not welcome, TooMany
// where too many replies of an address wait, Invalid for what is missing or was
// filled in by no person. Whether the address has an account is not told: then the
// mail says so, and brings the text back.
func (s *Service) ReplyAsGuest(ctx context.Context, n NewGuestReply) error {
	email, emailErr := cleanEmail(n.Email)
	if err := errors.Join(checkGuestName(&n.Name), emailErr, s.limits.checkBody(&n.Body), checkLanguage(&n.Language), checkLanguage(&n.Locale)); err != nil {
		return err
	}
	if n.Trap != "" {
		return nil // whoever it is learns nothing from it
	}
	if err := s.checkStamp(ctx, n.Stamp); err != nil {
		return err
	}
	now := s.clock.Now()
	g := GuestReply{ID: s.ids.New(now), ThreadID: n.ThreadID, ParentID: n.ParentID, Name: n.Name, Email: email, Body: n.Body,
		Language: n.Language, Locale: n.Locale, State: GuestUnconfirmed, CreatedAt: now, Capacity: n.Capacity}
	if g.ParentID == 0 {
		g.ParentID = g.ThreadID
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		t, err := tx.Thread(ctx, g.ThreadID)
		if err != nil {
			return err
		}
		parent, err := tx.Post(ctx, g.ParentID)
		switch {
		case err != nil:
			return err
		case parent.ThreadID != t.ID || parent.Hidden():
			return &Error{Code: Gone, Key: "ParentDeleted"}
		case t.Hidden():
			return &Error{Code: Gone, Key: "ParentDeleted"}
		case t.Private, !g.ByRight() && s.GuestsIn(t) == GuestsRefused:
			return &Error{Code: Forbidden, Key: "GuestsRefused"}
		}
		if g.ByRight() {
			if err := s.checkByRight(&n, t); err != nil {
				return err
			}
			g.Passage = n.Passage
		}
		if waiting, err := tx.GuestRepliesOf(ctx, email); err != nil {
			return err
		} else if waiting >= guestRepliesAtMax {
			return &Error{Code: TooMany, Key: "GuestTooMany"}
		}
		g.ForumID = t.ForumID
		if err := tx.AddGuestReply(ctx, g); err != nil {
			return err
		}
		template := MailGuestReply
		if account, err := tx.AccountByEmail(ctx, EmailKey(email)); err == nil && !account.Guest && !g.ByRight() {
			template = MailGuestMember
		} else if err != nil && CodeOf(err) != NotFound {
			return err
		}
		return s.enqueueMail(ctx, tx, MailJob{Reply: g.ID, Template: template})
	})
}

func checkGuestName(name *string) error {
	*name = oneLine(*name)
	switch {
	case *name == "":
		return invalid("name", "GuestNameMissing", nil)
	case utf8.RuneCountInString(*name) > maxDisplayName:
		return invalid("name", "TextTooLong", map[string]any{"Max": maxDisplayName})
	}
	return nil
}

// mailGuest does a MailJob about a reply that waits for its link.
func (s *Service) mailGuest(ctx context.Context, job MailJob) error {
	g, err := s.store.GuestReply(ctx, job.Reply)
	if CodeOf(err) == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	m := Mail{To: g.Email, Locale: g.Locale, Template: job.Template, Name: g.Name, Text: g.Body}
	if job.Template == MailGuestMember {
		account, err := s.store.AccountByEmail(ctx, EmailKey(g.Email))
		if CodeOf(err) == NotFound || err == nil && account.Active() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		m.Locale, m.Link = account.Locale, s.addresses.Thread(g.ThreadID)
		return s.mailer.Send(ctx, m)
	}
	token := newToken()
	err = s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.SetGuestToken(ctx, g.ID, hashToken(token)) })
	if err != nil {
		return err
	}
	m.Link, m.Minutes = s.addresses.Base()+"/guest/"+token, int(GuestLinkLifetime.Minutes())
	return s.mailer.Send(ctx, m)
}

// PeekGuestReply finds the reply of a mailed link and changes nothing, so that a
// page can ask first: mail scanners open links too. It returns NotFound for a link
// that was used, has expired or never was.
func (s *Service) PeekGuestReply(ctx context.Context, token string) (*GuestReply, error) {
	return s.guestReply(ctx, s.store, token)
}

func (s *Service) guestReply(ctx context.Context, r Reader, token string) (*GuestReply, error) {
	g, err := r.GuestReplyByToken(ctx, hashToken(token))
	if CodeOf(err) == NotFound || err == nil && s.clock.Now().Sub(g.CreatedAt) > GuestLinkLifetime {
		return nil, &Error{Code: NotFound, Key: "LinkUsed", Err: err}
	}
	return g, err
}

// DiscardGuestReply forgets the reply of a mailed link: it was not its owner's, or
// they thought better of it.
func (s *Service) DiscardGuestReply(ctx context.Context, token string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		g, err := s.guestReply(ctx, tx, token)
		if err != nil {
			return err
		}
		return tx.RemoveGuestReply(ctx, g.ID)
	})
}

// ConfirmGuestReply publishes the reply of a mailed link as that of a guest, who is
// the same for the same address, and returns it; nil where a moderator looks at it
// first. It returns Conflict where the address has come to have an account.
func (s *Service) ConfirmGuestReply(ctx context.Context, token string) (*Post, error) {
	g, err := s.PeekGuestReply(ctx, token)
	if err != nil {
		return nil, err
	}
	guest, keys, err := s.newGuest(g)
	if err != nil {
		return nil, err
	}
	post, mentions, err := s.draftReply(ctx, g.reply())
	if err != nil {
		return nil, err
	}
	held := false
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		g, err := s.guestReply(ctx, tx, token)
		if err != nil {
			return err
		}
		by, err := s.admitGuest(ctx, tx, guest, keys, g.ByRight())
		if err != nil {
			return err
		}
		if g.ByRight() {
			held = true
			return s.holdReply(ctx, tx, g, by)
		}
		t, err := tx.Thread(ctx, g.ThreadID)
		if err != nil {
			return err
		}
		switch s.GuestsIn(t) {
		case GuestsRefused:
			return &Error{Code: Forbidden, Key: "GuestsRefused"}
		case GuestsHeld:
			held = true
			return s.holdReply(ctx, tx, g, by)
		}
		if err := tx.RemoveGuestReply(ctx, g.ID); err != nil {
			return err
		}
		return s.publishReply(ctx, tx, by, post, mentions, nil)
	})
	if err != nil || held {
		return nil, err
	}
	return post, nil
}

// holdReply leaves a reply to the moderators of its forum, and tells them.
func (s *Service) holdReply(ctx context.Context, tx Tx, g *GuestReply, by *Account) error {
	if err := tx.HoldGuestReply(ctx, g.ID, by.ID, s.clock.Now()); err != nil {
		return err
	}
	return s.tellKeepers(ctx, tx, g)
}

// tellKeepers tells the moderators of its forum that a reply waits for them.
func (s *Service) tellKeepers(ctx context.Context, tx Tx, g *GuestReply) error {
	keepers, err := s.keepersOf(ctx, tx, g.ForumID)
	if err != nil {
		return err
	}
	for _, id := range keepers {
		now := s.clock.Now()
		n := Notification{ID: s.ids.New(now), AccountID: id, Kind: NotifyHeld, PostID: g.ThreadID, SubjectID: g.ThreadID, At: now}
		if err := s.tell(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

func (g *GuestReply) reply() NewReply {
	return NewReply{ThreadID: g.ThreadID, ParentID: g.ParentID, Body: g.Body, Language: g.Language}
}

// newGuest prepares the account of a guest: whoever has confirmed an address, and
// nothing else.
func (s *Service) newGuest(g *GuestReply) (*Account, KeyPair, error) {
	a := &Account{Actor: s.localActor(Person, "", guestPrefix+strings.ToLower(rand.Text()[:12])), Email: g.Email, Role: Member, Locale: g.Locale}
	a.DisplayName, a.Guest = g.Name, true
	a.EmailConfirmed, a.ApprovedAt = a.CreatedAt, a.CreatedAt
	keys, err := s.newKeyPair(a.URI)
	return a, keys, err
}

// admitGuest returns the guest that the address has, or stores the one that was
// prepared. Members is whether the address may be a member's.
func (s *Service) admitGuest(ctx context.Context, tx Tx, guest *Account, keys KeyPair, members bool) (*Account, error) {
	existing, err := tx.AccountByEmail(ctx, EmailKey(guest.Email))
	switch {
	case CodeOf(err) == NotFound:
		return guest, tx.AddAccount(ctx, guest, keys)
	case err != nil:
		return nil, err
	case !existing.Guest && !members:
		return nil, &Error{Code: Conflict, Key: "GuestMember"}
	}
	return existing, existing.Active()
}

// DecideGuestReply publishes a reply that is held, or refuses it with a reason that
// is mailed to the guest. Moderators of the forum may.
func (s *Service) DecideGuestReply(ctx context.Context, by *Account, id ID, publish bool, reason string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	g, err := s.store.GuestReply(ctx, id)
	if err != nil {
		return err
	}
	reason = trimText(reason)
	if !publish && reason == "" {
		return invalid("reason", "ReasonMissing", nil)
	}
	if utf8.RuneCountInString(reason) > MaxReason {
		return invalid("reason", "TextTooLong", map[string]any{"Max": MaxReason})
	}
	post, mentions, err := s.draftReply(ctx, g.reply())
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		g, err := tx.GuestReply(ctx, id)
		if err != nil {
			return err
		}
		if g.State != GuestHeld {
			return notFound()
		}
		if err := s.mayModerate(ctx, tx, by, g.ForumID); err != nil {
			return err
		}
		if err := tx.RemoveGuestReply(ctx, id); err != nil {
			return err
		}
		if !publish {
			return s.enqueueMail(ctx, tx, MailJob{Account: g.AccountID, Template: MailGuestRefused, Thread: g.ThreadID, Text: reason})
		}
		guest, err := tx.Account(ctx, g.AccountID)
		if err != nil {
			return err
		}
		if err := guest.Active(); err != nil {
			return err
		}
		if g.ByRight() {
			err = s.publishByRight(ctx, tx, g, guest, post, mentions)
		} else {
			err = s.publishReply(ctx, tx, guest, post, mentions, nil)
		}
		if err != nil {
			return err
		}
		return s.enqueueMail(ctx, tx, MailJob{Account: g.AccountID, Template: MailGuestPublished, Thread: g.ThreadID})
	})
}

// ClaimGuest makes a guest a member like any other, with a password or without. It
// needs what registering needs.
func (s *Service) ClaimGuest(ctx context.Context, by *Account, password, application string) error {
	switch {
	case by == nil:
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	case !by.Guest:
		return &Error{Code: Conflict, Key: "NoGuest"}
	case s.registration == RegistrationClosed:
		return &Error{Code: Forbidden, Key: "RegistrationClosed"}
	case s.registration == RegistrationInvite:
		return &Error{Code: Forbidden, Key: "InvitationNeeded"}
	}
	application, err := s.checkApplication(application)
	if err != nil {
		return err
	}
	hash := ""
	if password != "" {
		err := checkPassword(password)
		if err == nil {
			hash, err = s.passwords.Hash(password)
		}
		if err != nil {
			return err
		}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.Account(ctx, by.ID)
		if err != nil {
			return err
		}
		if err := account.Active(); err != nil {
			return err
		}
		account.Guest, account.PasswordHash, account.Application = false, hash, application
		if s.registration == RegistrationApproval {
			account.ApprovedAt = zeroTime
		}
		if err := tx.UpdateActor(ctx, &account.Actor); err != nil {
			return err
		}
		return tx.UpdateAccount(ctx, account)
	})
}

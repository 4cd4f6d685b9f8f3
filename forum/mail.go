package forum

import (
	"context"
	"errors"
	"time"
)

// MailTemplate names a mail; its subject and text stand in the catalogues.
type MailTemplate string

// The templates.
const (
	MailConfirm       MailTemplate = "Confirm"       // with a link
	MailSignIn        MailTemplate = "SignIn"        // with a link
	MailNewAddress    MailTemplate = "NewAddress"    // with a link, to the new address
	MailAccountExists MailTemplate = "AccountExists" // someone tried to register your address
	MailApproved      MailTemplate = "Approved"
	MailLeaving       MailTemplate = "Leaving" // the account will be deleted
	MailWarning       MailTemplate = "Warning" // what opens the account was changed

	MailRepresent MailTemplate = "Represent" // whoever reads this may answer for a company; with a link

	MailCase MailTemplate = "Case" // how does the case stand? with a link, and its title

	MailGuestReply     MailTemplate = "GuestReply"     // with a link, and the text
	MailGuestMember    MailTemplate = "GuestMember"    // the address has an account; with the text
	MailGuestPublished MailTemplate = "GuestPublished" // by a moderator
	MailGuestRefused   MailTemplate = "GuestRefused"   // with the reason

	// To somebody without an account, with the title of a case; of an action, with
	// "Action" at the end.
	MailParticipate   MailTemplate = "Participate"   // to be counted, with a link
	MailParticipating MailTemplate = "Participating" // who is counted already
	MailActionNews    MailTemplate = "ActionNews"    // of an action that they signed
)

// Mail is a mail to be written in the reader's language and sent.
type Mail struct {
	To          string
	Locale      string
	Template    MailTemplate
	Name        string // the account's
	Link        string // "" where there is none
	Minutes     int    // how long the link works
	Unsubscribe string // address that ends by one click what the mail is about (RFC 8058); "" for none
	Warning     Warning
	Text        string    // quoted in the mail; "" for none
	LeavesAt    time.Time // MailLeaving only
}

// Mailer writes and sends mail.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
	SendNotices(ctx context.Context, m NoticesMail) error
}

// MailJob asks for a mail. It carries no secret: the link is made when the mail
// is.
type MailJob struct {
	Account  ID           `json:"account,omitempty"` // 0 where Reply is set
	Template MailTemplate `json:"template"`
	Email    string       `json:"email,omitempty"` // instead of the account's
	Warning  Warning      `json:"warning,omitzero"`
	Reply    ID           `json:"reply,omitempty"` // by a guest, instead of an account
	Thread   ID           `json:"thread,omitempty"`
	Company  ID           `json:"company,omitempty"`

	Participation ID     `json:"participation,omitempty"` // of somebody without an account
	Text          string `json:"text,omitempty"`
}

// Kind names the job in the queue.
func (MailJob) Kind() string { return "mail" }

func (s *Service) enqueueMail(ctx context.Context, tx Tx, job MailJob) error {
	return tx.Enqueue(ctx, job)
}

// WorkMail does a MailJob. When it fails it is tried again with a fresh link;
// the older ones stay good until they expire.
func (s *Service) WorkMail(ctx context.Context, job MailJob) error {
	switch {
	case job.Reply != 0:
		return s.mailGuest(ctx, job)
	case job.Template == MailActionNews:
		return s.mailSigner(ctx, job)
	case job.Participation != 0:
		return s.mailParticipation(ctx, job)
	}
	account, err := s.store.Account(ctx, job.Account)
	if CodeOf(err) == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if account.Active() != nil {
		return nil
	}
	m := Mail{To: account.Email, Locale: account.Locale, Template: job.Template, Name: account.Name, Text: job.Text}
	link, lifetime := Link{AccountID: account.ID}, time.Duration(0)
	switch job.Template {
	case MailConfirm:
		link.Purpose, lifetime = LinkConfirm, confirmLifetime
	case MailSignIn, MailAccountExists:
		link.Purpose, lifetime = LinkSignIn, signInLinkLifetime
	case MailNewAddress:
		m.To, link.Email = job.Email, job.Email
		link.Purpose, lifetime = LinkEmail, confirmLifetime
	case MailApproved:
		m.Link = s.addresses.Base() + "/login"
	case MailLeaving:
		if account.LeavesAt.IsZero() {
			return nil // it was taken back meanwhile
		}
		m.LeavesAt, m.Link = account.LeavesAt, s.addresses.Base()+"/settings#delete"
	case MailWarning:
		m.To, m.Warning, m.Link = job.Email, job.Warning, s.addresses.Base()+"/login"
		if job.Warning.Change == EmailChanged { // links are mailed to the new address
			m.Link = s.addresses.Base() + "/about"
		}
	case MailRepresent:
		r, err := s.store.RepresentativeOf(ctx, job.Company, account.ID)
		if CodeOf(err) == NotFound || err == nil && (r.Email != job.Email || r.Verified()) {
			return nil // something else was asked for meanwhile
		}
		if err != nil {
			return err
		}
		m.To, m.Link = job.Email, s.addresses.Base()+"/represent/"+r.Token
	case MailCase:
		token, err := s.caseToken(ctx, job.Thread)
		if err != nil {
			return err
		}
		m.Link = s.addresses.Base() + "/case/" + token
	case MailGuestPublished, MailGuestRefused:
		m.Name, m.Link = account.Label(), s.addresses.Thread(job.Thread)
	default:
		return errors.New("unknown mail template " + string(job.Template))
	}
	if lifetime > 0 {
		token, err := s.newLink(ctx, link, lifetime)
		if err != nil {
			return err
		}
		m.Link, m.Minutes = s.addresses.Base()+"/link/"+token, int(lifetime.Minutes())
	}
	return s.mailer.Send(ctx, m)
}

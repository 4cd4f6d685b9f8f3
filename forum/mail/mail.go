// Package mail writes mail in the reader's language and sends it by SMTP, or
// prints it where no mail server is configured.
//
// It knows texts and servers; which mail goes to whom the service decides.
package mail

//go:generate go tool templ generate

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	smtp "github.com/wneessen/go-mail"

	"portevoix/forum"
	"portevoix/forum/locale"
)

// Options say how mail is sent.
type Options struct {
	Messages *locale.Messages
	Instance string // the server's name, for the subject and the end
	// Languages are those to write in where an account chose none.
	Languages []string
	Base      string // the server's address, without a slash at the end
	// Server is host:port of the SMTP server; empty prints mail to Print.
	Server   string
	Username string
	Password string
	From     string // address, perhaps with a name
	// Security is "starttls" (the default), "tls" or "none".
	Security string
	Print    io.Writer
}

const timeout = 30 * time.Second

// Mailer implements forum.Mailer.
type Mailer struct {
	o  Options
	mu sync.Mutex // one mail is printed at a time
}

var _ forum.Mailer = (*Mailer)(nil)

// New checks the options.
func New(o Options) (*Mailer, error) {
	if o.Server == "" {
		return &Mailer{o: o}, nil
	}
	if _, _, err := splitServer(o.Server); err != nil {
		return nil, err
	}
	if err := smtp.NewMsg().From(o.From); err != nil {
		return nil, fmt.Errorf("mail.from: %w", err)
	}
	return &Mailer{o: o}, nil
}

func splitServer(server string) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(server)
	if err == nil {
		port, err = strconv.Atoi(p)
	}
	if err != nil {
		return "", 0, fmt.Errorf("mail.server: %q is not host:port", server)
	}
	return host, port, nil
}

// Send implements forum.Mailer.
func (m *Mailer) Send(ctx context.Context, mail forum.Mail) error {
	subject, text := m.write(mail)
	if m.o.Server == "" {
		return m.print(mail.To, subject, text)
	}
	message, err := m.compose(mail.To, subject, text)
	if err != nil {
		return err
	}
	message.SetMessageID()
	if mail.Unsubscribe != "" { // RFC 8058
		message.SetGenHeader(smtp.HeaderListUnsubscribe, "<"+mail.Unsubscribe+">")
		message.SetGenHeader(smtp.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	return m.deliver(ctx, message, mail.To)
}

// compose begins a mail.
func (m *Mailer) compose(to, subject, text string) (*smtp.Msg, error) {
	message := smtp.NewMsg()
	if err := message.From(m.o.From); err != nil {
		return nil, fmt.Errorf("mail from: %w", err)
	}
	if err := message.To(to); err != nil {
		// The address is not repeated: errors are logged.
		return nil, &forum.Error{Code: forum.Invalid, Key: "EmailShape"}
	}
	message.Subject(subject)
	message.SetDate()
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office replies
	message.SetBodyString(smtp.TypeTextPlain, text)
	return message, nil
}

func (m *Mailer) deliver(ctx context.Context, message *smtp.Msg, to string) error {
	client, err := m.client()
	if err != nil {
		return err
	}
	if err := client.DialAndSendWithContext(ctx, message); err != nil {
		return &forum.Error{Code: forum.Unavailable, Key: "MailFailed", Err: hideAddress(err, to)}
	}
	return nil
}

// print shows a mail to whoever runs a server that has no way to send it.
func (m *Mailer) print(to, subject, text string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := fmt.Fprintf(m.o.Print, "\n--- mail to %s\n%s\n\n%s\n---\n\n", to, subject, text)
	return err
}

// printer writes in the language of whom a mail is for.
func (m *Mailer) printer(tag string) *locale.Printer {
	return m.o.Messages.Printer(append([]string{tag}, m.o.Languages...)...)
}

// hideAddress keeps e-mail addresses out of the log.
func hideAddress(err error, address string) error {
	return fmt.Errorf("%s", strings.ReplaceAll(err.Error(), address, "(address)"))
}

func (m *Mailer) client() (*smtp.Client, error) {
	host, port, err := splitServer(m.o.Server)
	if err != nil {
		return nil, err
	}
	options := []smtp.Option{smtp.WithPort(port), smtp.WithTimeout(timeout)}
	switch m.o.Security {
	case "tls":
		options = append(options, smtp.WithSSL())
	case "none":
		options = append(options, smtp.WithTLSPolicy(smtp.NoTLS))
	default:
		options = append(options, smtp.WithTLSPolicy(smtp.TLSMandatory))
	}
	if m.o.Username != "" {
		options = append(options, smtp.WithSMTPAuth(smtp.SMTPAuthAutoDiscover), smtp.WithUsername(m.o.Username), smtp.WithPassword(m.o.Password))
	}
	return smtp.NewClient(host, options...)
}

// write fills a template.
func (m *Mailer) write(mail forum.Mail) (subject, text string) {
	p := m.printer(mail.Locale)
	if mail.Template == forum.MailWarning {
		return m.writeWarning(p, mail)
	}
	id := "Mail." + string(mail.Template)
	hello := p.T("Mail.Hello", "Name", mail.Name)
	if mail.Name == "" {
		hello = p.T("Mail.HelloAnyone")
	}
	lines := []string{
		hello,
		"",
		p.T(id+".Text", "Instance", m.o.Instance, "Minutes", mail.Minutes, "Hours", mail.Minutes/60, "LeavesAt", p.ZonedTime(mail.LeavesAt)),
		"",
		mail.Link,
		"",
	}
	if mail.Text != "" {
		for line := range strings.Lines(mail.Text) {
			lines = append(lines, "> "+strings.TrimRight(line, "\r\n"))
		}
		lines = append(lines, "")
	}
	switch mail.Template {
	case forum.MailApproved, forum.MailLeaving, forum.MailCase, forum.MailGuestPublished, forum.MailGuestRefused, forum.MailActionNews: // nothing is asked
	default:
		lines = append(lines, p.T("Mail.Ignore"), "")
	}
	lines = append(lines, p.T("Mail.Bye", "Instance", m.o.Instance))
	return p.T(id+".Subject", "Instance", m.o.Instance), strings.Join(lines, "\n")
}

// writeWarning says what was changed, when, and what to do about it.
func (m *Mailer) writeWarning(p *locale.Printer, mail forum.Mail) (subject, text string) {
	undo := "Mail.Warning.Undo"
	if mail.Warning.Change == forum.EmailChanged {
		undo = "Mail.Warning.UndoEmail"
	}
	lines := []string{
		p.T("Mail.Hello", "Name", mail.Name),
		"",
		p.T("Mail.Warning."+string(mail.Warning.Change), "Instance", m.o.Instance),
		p.T("Mail.Warning.When", "When", p.ZonedTime(mail.Warning.At)),
		"",
		p.T("Mail.Warning.You"),
		p.T(undo),
		"",
		mail.Link,
		"",
		p.T("Mail.Bye", "Instance", m.o.Instance),
	}
	return p.T("Mail.Warning.Subject", "Instance", m.o.Instance), strings.Join(lines, "\n")
}

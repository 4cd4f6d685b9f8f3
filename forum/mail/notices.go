package mail

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	smtp "github.com/wneessen/go-mail"

	"portevoix/forum"
	"portevoix/forum/locale"
)

// notices is a mail about notifications while it is written.
type notices struct {
	*locale.Printer
	forum.NoticesMail
	Instance string
	base     string
}

// SendNotices implements forum.Mailer.
func (m *Mailer) SendNotices(ctx context.Context, mail forum.NoticesMail) error {
	n := &notices{Printer: m.printer(mail.Locale), NoticesMail: mail, Instance: m.o.Instance, base: m.o.Base}
	if m.o.Server == "" {
		return m.print(mail.To, n.subject(), n.text())
	}
	message, err := m.compose(mail.To, n.subject(), n.text())
	if err != nil {
		return err
	}
	var page strings.Builder
	if err := noticesPage(n).Render(ctx, &page); err != nil {
		return fmt.Errorf("render mail: %w", err)
	}
	message.AddAlternativeString(smtp.TypeTextHTML, page.String())
	n.head(message)
	return m.deliver(ctx, message, mail.To)
}

// head adds what mail programs read: how to end such mail with one click
// (RFC 8058), what to sort it by (RFC 2919), and, for mail about a thread, which
// other mails it belongs to.
func (n *notices) head(message *smtp.Msg) {
	host := n.host()
	message.SetMessageIDWithValue(n.ID + "@" + host)
	if n.Thread != 0 {
		// The thread's own mail, which nobody ever got: programs hang all others
		// under it.
		root := fmt.Sprintf("<thread.%s@%s>", n.Thread, host)
		message.SetGenHeader(smtp.HeaderInReplyTo, root)
		message.SetGenHeader(smtp.HeaderReferences, root)
	}
	message.SetGenHeader(smtp.HeaderListUnsubscribe, "<"+n.Unsubscribe+">")
	message.SetGenHeader(smtp.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	message.SetGenHeader("List-Id", "<"+string(n.what())+".notifications."+host+">")
	message.SetGenHeader(smtp.HeaderPrecedence, "list")
}

// what is the topic, or that of all digests.
func (n *notices) what() forum.Topic {
	if n.Digest != "" {
		return forum.AllDigests
	}
	return n.Topic
}

// host is the server's name without a port, which message ids cannot have.
func (n *notices) host() string {
	u, err := url.Parse(n.base)
	if err != nil || u.Hostname() == "" {
		return "localhost"
	}
	return u.Hostname()
}

// subject is the same for all mails of a topic about a thread: some programs
// gather mail by it.
func (n *notices) subject() string {
	switch {
	case n.Digest != "":
		return n.T("Mail.Notices.Subject."+string(n.Digest), "Instance", n.Instance)
	case n.Title != "" && n.Topic != forum.TopicModeration:
		return n.T("Mail.Notices.Subject."+string(n.Topic), "Title", n.Title)
	case n.Title != "":
		return n.Notification(&n.Notices[0]) + n.T("Mail.Notices.Colon") + n.Title
	}
	return n.Notification(&n.Notices[0])
}

// link is the address of something on the server.
func (n *notices) link(path string) string { return n.base + path }

// quote is what a notification shows of what was written; "" for nothing.
func (n *notices) quote(g *forum.NotificationGroup) string {
	if (g.Kind == forum.NotifyRemoval || g.Kind == forum.NotifyBan) && g.Newest[0].Reason != "" {
		return n.T("Notify.Reason", "Reason", g.Newest[0].Reason)
	}
	return g.Newest[0].Excerpt
}

// threadFacts says where a thread is, and how much it is talked about.
func (n *notices) threadFacts(t *forum.ThreadView) string {
	return t.Forum.Label() + " · " + n.N("List.Replies", t.ReplyCount)
}

func (n *notices) threadLink(t *forum.ThreadView) string { return n.link("/t/" + t.Post.ID.String()) }

// why says for what choice of theirs somebody gets the mail.
func (n *notices) why() string { return n.T("Mail.Notices.Why." + string(n.what())) }

// text is the mail for programs that show none of its looks.
func (n *notices) text() string {
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n") }
	line(n.T("Mail.Hello", "Name", n.Name), "\n")
	for i := range n.Notices {
		g := &n.Notices[i]
		line(n.Notification(g))
		if n.Digest != "" && g.Newest[0].ThreadTitle != "" {
			line(g.Newest[0].ThreadTitle)
		}
		if quote := n.quote(g); quote != "" {
			line("> ", quote)
		}
		line(n.link(g.Path()), "\n")
	}
	if n.More > 0 {
		line(n.N("Mail.Notices.More", n.More))
		line(n.link("/notifications"), "\n")
	}
	if len(n.Threads) > 0 {
		line(n.T("Mail.Notices.Threads"), "\n")
	}
	for i := range n.Threads {
		line(n.Threads[i].Title)
		line(n.threadFacts(&n.Threads[i]))
		line(n.threadLink(&n.Threads[i]), "\n")
	}
	line("-- ")
	line(n.Instance, "\n")
	line(n.why())
	line(n.T("Mail.Notices.Unsubscribe"), n.T("Mail.Notices.Colon"), n.Unsubscribe)
	line(n.T("Mail.Notices.Settings"), n.T("Mail.Notices.Colon"), n.link("/settings/notifications"))
	return b.String()
}

package forum

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// NoticesMail tells somebody of notifications, and in a digest of new threads. It
// is written in the reader's language.
type NoticesMail struct {
	To      string
	Locale  string
	Name    string // the account's
	Topic   Topic  // "" in a digest
	Digest  Pace   // PaceDaily or PaceWeekly; "" for what is mailed at once
	Thread  ID     // what it is about; 0 for nothing in particular
	Title   string // the thread's
	Notices []NotificationGroup
	More    int // further ones that are not listed
	Threads []ThreadView
	// ID tells this mail from others, and stays the same when it is sent again.
	ID          string
	Unsubscribe string // address that ends such mail, without signing in
}

// NoticesJob asks for a mail about notifications. It names what is new; how that
// stands is read when the mail is written.
type NoticesJob struct {
	Account   ID        `json:"account"`
	Topic     Topic     `json:"topic,omitempty"`
	Digest    Pace      `json:"digest,omitempty"`
	Notices   []ID      `json:"notices,omitempty"`
	NewsSince time.Time `json:"news_since,omitzero"` // zero: no new threads
	NewsUntil time.Time `json:"news_until,omitzero"`
}

// Kind implements Job.
func (NoticesJob) Kind() string { return "notices" }

const (
	noticesPerMail  = 20
	threadsPerMail  = 5
	threadsLookedAt = 100 // from which the best are chosen
	// mailExcerpt is how much of a post a mail shows, in characters.
	mailExcerpt = 300
)

// WorkNotices does a NoticesJob. What was read or deleted since is left out, and
// a mail with nothing in it is not sent. A mail that was sent when the server
// died is sent again with the same id, by which mail programs know it.
func (s *Service) WorkNotices(ctx context.Context, job NoticesJob) error {
	account, err := s.store.Account(ctx, job.Account)
	if CodeOf(err) == NotFound {
		return nil
	}
	if err != nil || !mayBeMailed(account) {
		return err
	}
	m := NoticesMail{To: account.Email, Locale: account.Locale, Name: account.Label(), Topic: job.Topic, Digest: job.Digest}
	if err := s.listNotices(ctx, account, job, &m); err != nil {
		return err
	}
	if m.Threads, err = s.news(ctx, account, job.NewsSince, job.NewsUntil); err != nil {
		return err
	}
	if len(m.Notices) == 0 && len(m.Threads) == 0 {
		return nil
	}
	m.ID = "notices." + job.Account.String() + "."
	if len(job.Notices) > 0 {
		m.ID += job.Notices[0].String()
	} else {
		m.ID += FirstID(job.NewsSince).String()
	}
	if m.Unsubscribe, err = s.unsubscribeAddress(ctx, job); err != nil {
		return err
	}
	return s.mailer.SendNotices(ctx, m)
}

// listNotices fills in what is still news: in a digest by groups, otherwise each
// by itself, newest first.
func (s *Service) listNotices(ctx context.Context, account *Account, job NoticesJob, m *NoticesMail) error {
	if len(job.Notices) == 0 {
		return nil
	}
	list, err := s.store.Notices(ReadAs(ctx, account.ID), account.ID, job.Notices)
	if err != nil {
		return err
	}
	filters, err := s.Filters(ctx, account)
	if err != nil {
		return err
	}
	groups := filters.In(InNotifications).Notices(gather(list, job.Digest != ""), s.renderer.Text)
	groups = slices.DeleteFunc(groups, func(g NotificationGroup) bool { return g.Newest[0].Filtered.Label != "" })
	if len(groups) > noticesPerMail {
		for _, g := range groups[noticesPerMail:] {
			m.More += g.Count
		}
		groups = groups[:noticesPerMail]
	}
	for i := range groups {
		showExcerpt(&groups[i], s.renderer, mailExcerpt)
	}
	m.Notices = groups
	if job.Digest == "" && len(groups) > 0 {
		m.Thread, m.Title = groups[0].Newest[0].ThreadID, groups[0].Newest[0].ThreadTitle
	}
	return nil
}

// showExcerpt makes the excerpt of a group's newest notification one line of
// text, or nothing where the reader wrote the post.
func showExcerpt(g *NotificationGroup, renderer Renderer, max int) {
	n := &g.Newest[0]
	switch n.Kind {
	case NotifyReply, NotifyMention, NotifyThread, NotifyReport:
		n.Excerpt = Excerpt(renderer.Text(n.Excerpt), max)
	default:
		n.Excerpt = ""
	}
}

// gather makes groups of notifications that are sorted with the newest first:
// those of one kind about one thing or, unless together, each by itself.
func gather(list []NotificationView, together bool) []NotificationGroup {
	var groups []NotificationGroup
	for _, n := range list {
		i := slices.IndexFunc(groups, func(g NotificationGroup) bool { return together && g.Kind == n.Kind && g.SubjectID == n.SubjectID })
		if i < 0 {
			groups = append(groups, NotificationGroup{ID: n.ID, Kind: n.Kind, SubjectID: n.SubjectID, LatestID: n.ID})
			i = len(groups) - 1
		}
		g := &groups[i]
		if g.Count++; len(g.Newest) < 2 {
			g.Newest = append(g.Newest, n)
		}
		g.ID = n.ID
	}
	return groups
}

// news are the best threads in what an account follows that were opened between
// two times and that it has not looked at.
func (s *Service) news(ctx context.Context, account *Account, since, until time.Time) ([]ThreadView, error) {
	if since.IsZero() {
		return nil, nil
	}
	page, err := s.store.Home(ReadAs(ctx, account.ID), HomeQuery{Viewer: account.ID, Sort: SortNew, Limit: threadsLookedAt})
	if err != nil {
		return nil, err
	}
	filters, err := s.Filters(ctx, account)
	if err != nil {
		return nil, err
	}
	threads := slices.DeleteFunc(filters.In(InHome).Threads(page.Threads), func(t ThreadView) bool {
		return t.Post.PublishedAt.Before(since) || !t.Post.PublishedAt.Before(until) || t.Author.ID == account.ID || t.Visited || t.Filtered.Label != ""
	})
	worth := func(t ThreadView) int { return t.Supports + t.Boosts + t.ReplyCount }
	slices.SortStableFunc(threads, func(a, b ThreadView) int { return cmp.Compare(worth(b), worth(a)) })
	return threads[:min(len(threads), threadsPerMail)], nil
}

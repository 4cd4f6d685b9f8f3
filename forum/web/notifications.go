package web

import (
	"net/http"
	"net/url"
	"time"

	"portevoix/forum"
)

const (
	notificationsPerPage = 40
	excerptLength        = 160
)

// noticeKinds are what the list can be narrowed to: names of messages, and the
// kinds of notifications they stand for.
var noticeKinds = []struct {
	name  string
	kinds []forum.NotificationKind
}{
	{"reply", []forum.NotificationKind{forum.NotifyReply}},
	{"thread", []forum.NotificationKind{forum.NotifyThread, forum.NotifyCase}},
	{"mention", []forum.NotificationKind{forum.NotifyMention, forum.NotifyMessage}},
	{"support", []forum.NotificationKind{forum.NotifySupport}},
	{"boost", []forum.NotificationKind{forum.NotifyBoost}},
	{"follow", []forum.NotificationKind{forum.NotifyFollow, forum.NotifyMove}},
	{"action", forum.TopicActions.Kinds()},
	{"moderation", forum.TopicModeration.Kinds()},
}

// noticeList is a page of notifications and what it was narrowed to.
type noticeList struct {
	forum.NotificationPage
	Kind   string // one of noticeKinds, "" for all
	Unread bool   // only
}

// notifications lists what happened to the viewer's posts and in the threads
// they follow.
func (s *Site) notifications(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	list := noticeList{Unread: v.query("unread") != ""}
	q := forum.NotificationQuery{AccountID: v.viewer.ID, Unread: list.Unread, After: v.query("after"), Limit: notificationsPerPage}
	for _, k := range noticeKinds {
		if k.name == v.query("kind") {
			list.Kind, q.Kinds = k.name, k.kinds
		}
	}
	var err error
	if list.NotificationPage, err = s.store.Notifications(v.ctx(), q); err != nil {
		return err
	}
	filters, err := v.filters(forum.InNotifications)
	if err != nil {
		return err
	}
	list.Groups = filters.Notices(list.Groups, s.o.Renderer.Text)
	excerpts := make([]string, len(list.Groups))
	for i := range list.Groups {
		switch n := &list.Groups[i].Newest[0]; n.Kind {
		case forum.NotifyReply, forum.NotifyMention, forum.NotifyThread, forum.NotifyReport:
			excerpts[i] = forum.Excerpt(s.o.Renderer.Text(n.Excerpt), excerptLength)
		}
	}
	if v.viewer.Unread > 0 {
		if err := s.service.SeeNotifications(v.ctx(), v.viewer); err != nil {
			return err
		}
	}
	p := v.newPage(v.print.T("Notify.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, notificationsView(p, list, excerpts))
}

// readNotifications marks one of them as read, or all up to one.
func (s *Site) readNotifications(v *visit) error {
	do, field := s.service.ReadNotifications, v.r.PostFormValue("upto")
	if group := v.r.PostFormValue("read"); group != "" {
		do, field = s.service.ReadNotificationGroup, group
	}
	id, err := forum.ParseID(field)
	if err != nil {
		return err
	}
	if err := do(v.ctx(), v.viewer, id); err != nil {
		return err
	}
	return v.redirect(v.back("/notifications"))
}

func (l noticeList) link(kind string, unread bool, after string) string {
	q := url.Values{}
	if kind != "" {
		q.Set("kind", kind)
	}
	if unread {
		q.Set("unread", "1")
	}
	if after != "" {
		q.Set("after", after)
	}
	return withQuery("/notifications", q)
}

func (l noticeList) next() string {
	if l.Next == "" {
		return ""
	}
	return l.link(l.Kind, l.Unread, l.Next)
}

// readUpTo names everything there is when the page is made.
func readUpTo(p *Page) string { return forum.FirstID(p.Now.Add(time.Millisecond)).String() }

func noticeIcon(kind forum.NotificationKind) string {
	switch kind {
	case forum.NotifySupport:
		return "heart"
	case forum.NotifyBoost:
		return "boost"
	case forum.NotifyFollow, forum.NotifyMove, forum.NotifyInvited, forum.NotifyAsked, forum.NotifyAdmitted:
		return "person"
	case forum.NotifyRemoval, forum.NotifyBan, forum.NotifyReport, forum.NotifyHeld, forum.NotifyConcern, forum.NotifyBurst, forum.NotifyPeerList:
		return "flag"
	case forum.NotifySponsored, forum.NotifyStopped, forum.NotifyEnded, forum.NotifyMilestone, forum.NotifyUpdate, forum.NotifyVersion:
		return "horn"
	case forum.NotifyUnsent:
		return "pen"
	case forum.NotifyThread, forum.NotifyCase, forum.NotifyMessage:
		return "bell"
	}
	return "reply"
}

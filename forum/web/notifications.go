package web

import (
	"net/http"

	"portevoix/forum"
)

const (
	notificationsPerPage = 40
	excerptLength        = 160
)

// notifications lists what happened to the viewer's posts.
func (s *Site) notifications(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	page, err := s.store.Notifications(v.ctx(), v.viewer.ID, v.query("after"), notificationsPerPage)
	if err != nil {
		return err
	}
	excerpts := make([]string, len(page.Notifications))
	for i, n := range page.Notifications {
		switch n.Kind {
		case forum.NotifyReply, forum.NotifyMention, forum.NotifyReport:
			excerpts[i] = excerpt(s.o.Renderer.Text(n.Excerpt), excerptLength)
		}
	}
	p := v.newPage(v.print.T("Notify.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, notificationsView(p, page, excerpts))
}

// readNotifications marks them as read.
func (s *Site) readNotifications(v *visit) error {
	upTo, err := forum.ParseID(v.r.PostFormValue("upto"))
	if err != nil {
		return err
	}
	if err := s.service.ReadNotifications(v.ctx(), v.viewer, upTo); err != nil {
		return err
	}
	return v.redirect("/notifications")
}

func notificationsNext(page forum.NotificationPage) string {
	if page.Next == "" {
		return ""
	}
	return "/notifications?after=" + queryEscape(page.Next)
}

func noticeIcon(kind forum.NotificationKind) string {
	switch kind {
	case forum.NotifySupport:
		return "heart"
	case forum.NotifyBoost:
		return "boost"
	case forum.NotifyFollow:
		return "person"
	case forum.NotifyRemoval, forum.NotifyReport:
		return "flag"
	}
	return "reply"
}

// noticePath is where a notification leads.
func noticePath(n *forum.NotificationView) string {
	switch {
	case n.Kind == forum.NotifyReport:
		return "/moderation"
	case n.Kind == forum.NotifyFollow && n.Actor != nil:
		return bylinePath(*n.Actor)
	case n.PostID == 0:
		return "/notifications"
	case n.Reply:
		return "/p/" + n.PostID.String()
	}
	return "/t/" + n.PostID.String()
}

func noticeName(p *Page, n *forum.NotificationView) string {
	if n.Actor == nil {
		return p.T("Notify.Someone")
	}
	return n.Actor.Label()
}

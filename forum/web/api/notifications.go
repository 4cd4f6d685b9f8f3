package api

import (
	"net/http"
	"time"

	"portevoix/forum"
	"portevoix/forum/locale"
)

// notificationEntity is what came together of one kind about one thing, until it
// was read.
type notificationEntity struct {
	ID       string         `json:"id"`
	Kind     string         `json:"kind"`
	Topic    string         `json:"topic"`
	Count    int            `json:"count"`
	Text     string         `json:"text"`    // in the language of Accept-Language
	Authors  []authorEntity `json:"authors"` // of the newest one or two; none where they stay hidden
	URL      string         `json:"url"`     // the page where it is seen
	PostID   *string        `json:"post_id"` // what the newest is about
	ThreadID *string        `json:"thread_id"`
	Title    *string        `json:"title"` // the thread's
	Excerpt  *string        `json:"excerpt"`
	Reason   *string        `json:"reason"` // of a removal
	Filtered *string        `json:"filtered"`
	LatestID string         `json:"latest_id"` // of its newest notification, by which the list is sorted
	LatestAt string         `json:"latest_at"`
	ReadAt   *string        `json:"read_at"`
}

// excerptLength is how much of a post goes with its notification, in characters.
const excerptLength = 160

func (a *API) notification(g *forum.NotificationGroup, print *locale.Printer) notificationEntity {
	newest := &g.Newest[0]
	e := notificationEntity{
		ID: g.ID.String(), Kind: string(g.Kind), Topic: string(g.Kind.Topic()), Count: g.Count, Text: print.Notification(g), Authors: []authorEntity{},
		URL: a.service.Addresses().Base() + g.Path(), PostID: idOrNull(newest.PostID), ThreadID: idOrNull(newest.ThreadID), Title: stringOrNull(newest.ThreadTitle),
		Filtered: stringOrNull(newest.Filtered.Label), LatestID: g.LatestID.String(), LatestAt: moment(newest.At), ReadAt: momentOrNull(g.ReadAt),
	}
	for _, n := range g.Newest {
		if n.Actor != nil {
			e.Authors = append(e.Authors, author(*n.Actor))
		}
	}
	switch g.Kind {
	case forum.NotifyReply, forum.NotifyMention, forum.NotifyThread, forum.NotifyReport:
		e.Excerpt = stringOrNull(forum.Excerpt(a.o.Renderer.Text(newest.Excerpt), excerptLength))
	case forum.NotifyRemoval, forum.NotifyBan:
		e.Reason = stringOrNull(newest.Reason)
	}
	return e
}

func idOrNull(id forum.ID) *string {
	if id == 0 {
		return nil
	}
	s := id.String()
	return &s
}

// listNotifications lists the account's own, newest first.
func (a *API) listNotifications(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	q := c.r.URL.Query()
	query := forum.NotificationQuery{AccountID: by.ID, Unread: q.Get("unread") == "true", After: q.Get("after"), Limit: c.limit()}
	if topic := forum.Topic(q.Get("topic")); topic != "" {
		if query.Kinds = topic.Kinds(); len(query.Kinds) == 0 {
			return &forum.Error{Code: forum.Invalid, Key: "TopicUnknown", Field: "topic"}
		}
	}
	if _, _, err := c.bounds(false); err != nil {
		return err
	}
	page, err := a.store.Notifications(c.r.Context(), query)
	if err != nil {
		return err
	}
	filters, err := c.filters(forum.InNotifications, false)
	if err != nil {
		return err
	}
	groups := filters.Notices(page.Groups, a.o.Renderer.Text)
	print := a.o.Messages.Printer(c.r.Header.Get("Accept-Language"))
	list := make([]notificationEntity, len(groups))
	for i := range groups {
		list[i] = a.notification(&groups[i], print)
	}
	c.link("next", "after", page.Next)
	c.w.Header().Set("Content-Language", print.Tag)
	return c.write(http.StatusOK, list)
}

// readNotifications marks all as read, or those up to one.
func (a *API) readNotifications(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		UpTo string `json:"up_to"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	upTo := forum.FirstID(a.service.Now().Add(time.Millisecond))
	if in.UpTo != "" {
		if upTo, err = forum.ParseID(in.UpTo); err != nil {
			return &forum.Error{Code: forum.Invalid, Key: "CursorUnreadable", Field: "up_to", Err: err}
		}
	}
	if err := a.service.ReadNotifications(c.r.Context(), by, upTo); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// readNotification marks one as read.
func (a *API) readNotification(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	if err := a.service.ReadNotificationGroup(c.r.Context(), by, id); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// notificationSettings are what is mailed how soon, and pushed to devices.
type notificationSettings struct {
	Mail map[forum.Topic]forum.Pace `json:"mail"`
	Push map[forum.Topic]bool       `json:"push"`
}

func (a *API) showNotificationSettings(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	return a.answerNotificationSettings(c, by)
}

func (a *API) changeNotificationSettings(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in notificationSettings
	if err := c.read(&in); err != nil {
		return err
	}
	if err := a.service.ChooseNotifications(c.r.Context(), by, in.Mail, in.Push); err != nil {
		return err
	}
	return a.answerNotificationSettings(c, by)
}

func (a *API) answerNotificationSettings(c *call, by *forum.Account) error {
	n, err := a.service.NotificationSettings(c.r.Context(), by)
	if err != nil {
		return err
	}
	out := notificationSettings{Mail: map[forum.Topic]forum.Pace{}, Push: map[forum.Topic]bool{}}
	for _, topic := range forum.Topics {
		out.Mail[topic] = n.Pace(topic)
	}
	for _, topic := range forum.PushTopics {
		out.Push[topic] = n.Pushes(topic)
	}
	return c.write(http.StatusOK, out)
}

package mastodon

import (
	"slices"

	"portevoix/forum"
)

// notificationEntity is one notification.
type notificationEntity struct {
	ID        string        `json:"id"`
	Type      string        `json:"type"`
	GroupKey  string        `json:"group_key"`
	CreatedAt string        `json:"created_at"`
	Account   accountEntity `json:"account"`
	Status    *statusEntity `json:"status,omitempty"`
}

// noticeKinds reads which notifications are asked for.
func (c *call) noticeKinds() []forum.NotificationKind {
	wanted, unwanted := c.in.list("types"), c.in.list("exclude_types")
	var kinds []forum.NotificationKind
	for kind, name := range forum.AppNotices {
		if (len(wanted) == 0 || slices.Contains(wanted, name)) && !slices.Contains(unwanted, name) {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// notices reads notifications with all that they show.
func (a *API) notices(c *call, q forum.NotificationSpan) ([]forum.NotificationView, *batch, error) {
	if len(q.Kinds) == 0 {
		return nil, &batch{}, nil
	}
	list, err := a.store.NotificationsIn(c.r.Context(), q)
	if err != nil {
		return nil, nil, err
	}
	var posts, actors []forum.ID
	for _, n := range list {
		actors = append(actors, n.ActorID)
		if n.PostID != 0 && !slices.Contains(posts, n.PostID) {
			posts = append(posts, n.PostID)
		}
	}
	b, err := a.load(c, forum.InNotifications, posts, actors...)
	return list, b, err
}

// notification shows one; false where who did it, or the post, is not shown.
func (b *batch) notification(n *forum.NotificationView) (notificationEntity, bool) {
	account, known := b.accounts[n.ActorID]
	e := notificationEntity{ID: n.ID.String(), Type: forum.AppNotices[n.Kind], GroupKey: groupKey(n), CreatedAt: moment(n.At), Account: account}
	if !known {
		return e, false
	}
	if n.PostID == 0 {
		return e, true
	}
	status, ok := b.status(n.PostID)
	e.Status = status
	return e, ok && !b.hides(n.PostID)
}

// groupKey names what a notification is gathered with.
func groupKey(n *forum.NotificationView) string {
	switch n.Kind {
	case forum.NotifySupport, forum.NotifyBoost:
		return forum.AppNotices[n.Kind] + "-" + n.PostID.String()
	case forum.NotifyFollow:
		return "follow-" + day(n.At)
	}
	return "ungrouped-" + n.ID.String()
}

func (a *API) listNotifications(c *call) error {
	q := forum.NotificationSpan{AccountID: c.viewer.ID, Kinds: c.noticeKinds()}
	var err error
	if q.Span, err = c.page(40, 80); err != nil {
		return err
	}
	if by := c.in.get("account_id"); by != "" {
		if q.ActorID, err = forum.ParseID(by); err != nil {
			return err
		}
	}
	list, b, err := a.notices(c, q)
	if err != nil {
		return err
	}
	if n := len(list); n > 0 {
		c.linkAround(list[0].ID, list[n-1].ID)
	}
	entities := []notificationEntity{}
	for i := range list {
		if e, ok := b.notification(&list[i]); ok {
			entities = append(entities, e)
		}
	}
	return c.ok(entities)
}

func (a *API) showNotification(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	list, b, err := a.notices(c, forum.NotificationSpan{AccountID: c.viewer.ID, ID: id, Kinds: c.noticeKinds(), Span: forum.Span{Limit: 1}})
	if err != nil {
		return err
	}
	for i := range list {
		if e, ok := b.notification(&list[i]); ok {
			return c.ok(e)
		}
	}
	return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
}

// groupEntity is what came together of one kind about one thing.
type groupEntity struct {
	GroupKey     string   `json:"group_key"`
	Count        int      `json:"notifications_count"`
	Type         string   `json:"type"`
	MostRecentID string   `json:"most_recent_notification_id"`
	PageMinID    string   `json:"page_min_id,omitempty"`
	PageMaxID    string   `json:"page_max_id,omitempty"`
	LatestAt     string   `json:"latest_page_notification_at,omitempty"`
	Samples      []string `json:"sample_account_ids"`
	StatusID     *string  `json:"status_id,omitempty"`
}

// samples is how many of those behind a group are named.
const samples = 8

// gather groups notifications in the order of their newest.
func gather(list []notificationEntity) (groups []groupEntity, accounts []accountEntity, statuses []*statusEntity) {
	groups, accounts, statuses = []groupEntity{}, []accountEntity{}, []*statusEntity{}
	place := map[string]int{}
	for _, n := range list {
		i, known := place[n.GroupKey]
		if !known {
			i = len(groups)
			place[n.GroupKey] = i
			groups = append(groups, groupEntity{GroupKey: n.GroupKey, Type: n.Type, MostRecentID: n.ID, PageMaxID: n.ID, LatestAt: n.CreatedAt, Samples: []string{}})
			if n.Status != nil {
				groups[i].StatusID = &n.Status.ID
			}
		}
		g := &groups[i]
		g.Count++
		g.PageMinID = n.ID
		if len(g.Samples) < samples && !slices.Contains(g.Samples, n.Account.ID) {
			g.Samples = append(g.Samples, n.Account.ID)
		}
		if !slices.ContainsFunc(accounts, func(a accountEntity) bool { return a.ID == n.Account.ID }) {
			accounts = append(accounts, n.Account)
		}
		if n.Status != nil && !slices.ContainsFunc(statuses, func(s *statusEntity) bool { return s.ID == n.Status.ID }) {
			statuses = append(statuses, n.Status)
		}
	}
	return groups, accounts, statuses
}

// groupedNotifications lists them in groups; what an app does not group comes
// alone.
func (a *API) groupedNotifications(c *call) error {
	q := forum.NotificationSpan{AccountID: c.viewer.ID, Kinds: c.noticeKinds()}
	var err error
	if q.Span, err = c.page(40, 80); err != nil {
		return err
	}
	list, b, err := a.notices(c, q)
	if err != nil {
		return err
	}
	if n := len(list); n > 0 {
		c.linkAround(list[0].ID, list[n-1].ID)
	}
	grouped := c.in.list("grouped_types")
	var entities []notificationEntity
	for i := range list {
		if e, ok := b.notification(&list[i]); ok {
			if len(grouped) > 0 && !slices.Contains(grouped, e.Type) {
				e.GroupKey = "ungrouped-" + e.ID
			}
			entities = append(entities, e)
		}
	}
	groups, accounts, statuses := gather(entities)
	return c.ok(map[string]any{"accounts": accounts, "statuses": statuses, "notification_groups": groups})
}

// mostInGroup bounds how far back a group is looked for.
const mostInGroup = 400

// group reads the notifications of the group that the address names.
func (a *API) group(c *call) ([]notificationEntity, error) {
	key := c.variable("key")
	list, b, err := a.notices(c, forum.NotificationSpan{AccountID: c.viewer.ID, Kinds: c.noticeKinds(), Span: forum.Span{Limit: mostInGroup}})
	if err != nil {
		return nil, err
	}
	var found []notificationEntity
	for i := range list {
		if e, ok := b.notification(&list[i]); ok && (e.GroupKey == key || "ungrouped-"+e.ID == key) {
			e.GroupKey = key
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return found, nil
}

func (a *API) showGroup(c *call) error {
	list, err := a.group(c)
	if err != nil {
		return err
	}
	groups, accounts, statuses := gather(list)
	return c.ok(map[string]any{"accounts": accounts, "statuses": statuses, "notification_groups": groups})
}

func (a *API) groupAccounts(c *call) error {
	list, err := a.group(c)
	if err != nil {
		return err
	}
	_, accounts, _ := gather(list)
	return c.ok(accounts)
}

func (a *API) dismissGroup(c *call) error {
	list, err := a.group(c)
	if err != nil {
		return err
	}
	for _, e := range list {
		id, err := forum.ParseID(e.ID)
		if err == nil {
			err = a.service.ForgetNotifications(c.r.Context(), c.viewer, id)
		}
		if err != nil {
			return err
		}
	}
	return c.done()
}

// unreadCount tells how many groups are unread.
func (a *API) unreadCount(c *call) error {
	by, err := a.store.Account(c.r.Context(), c.viewer.ID)
	if err != nil {
		return err
	}
	return c.ok(map[string]int{"count": by.Unread})
}

// clearNotifications deletes all of them.
func (a *API) clearNotifications(c *call) error {
	if err := a.service.ForgetNotifications(c.r.Context(), c.viewer, 0); err != nil {
		return err
	}
	return c.done()
}

func (a *API) dismissNotification(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	if err := a.service.ForgetNotifications(c.r.Context(), c.viewer, id); err != nil {
		return err
	}
	return c.done()
}

// noticePolicy lets everything through: who is not welcome is muted or blocked.
func (a *API) noticePolicy(first bool) handler {
	return func(c *call) error {
		out := map[string]any{"summary": map[string]int{"pending_requests_count": 0, "pending_notifications_count": 0}}
		for _, name := range []string{"not_following", "not_followers", "new_accounts", "private_mentions"} {
			if first {
				out["filter_"+name] = false
			} else {
				out["for_"+name] = "accept"
			}
		}
		if !first {
			out["for_limited_accounts"] = "filter"
		}
		return c.ok(out)
	}
}

// markers tell how far the reader has read.
func (a *API) markers(c *call) error {
	return a.answerMarkers(c, c.in.list("timeline"))
}

func (a *API) answerMarkers(c *call, timelines []string) error {
	list, err := a.store.Markers(c.r.Context(), c.viewer.ID)
	if err != nil {
		return err
	}
	out := map[string]any{}
	for _, m := range list {
		if slices.Contains(timelines, m.Timeline) {
			out[m.Timeline] = map[string]any{"last_read_id": m.LastID.String(), "version": m.Version, "updated_at": moment(m.UpdatedAt)}
		}
	}
	return c.ok(out)
}

// setMarkers moves them on. Notifications up to one are read then.
func (a *API) setMarkers(c *call) error {
	var moved []string
	for _, timeline := range []string{"home", "notifications"} {
		text := c.in.get(timeline + "[last_read_id]")
		if text == "" {
			continue
		}
		id, err := forum.ParseID(text)
		if err != nil {
			return &forum.Error{Code: forum.Invalid, Key: "CursorUnreadable", Field: timeline, Err: err}
		}
		if err := a.service.Mark(c.r.Context(), c.viewer, timeline, id); err != nil {
			return err
		}
		moved = append(moved, timeline)
	}
	return a.answerMarkers(c, moved)
}

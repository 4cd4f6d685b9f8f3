package mastodon

import (
	"fmt"
	"strings"
	"time"

	"portevoix/forum"
)

// earliest is how far ahead a post must be scheduled; sooner, apps mean now.
const earliest = 5 * time.Minute

// createStatus publishes a reply, or opens a thread in the forum that the text
// mentions. Sent again with the same Idempotency-Key, it is published once.
func (a *API) createStatus(c *call) error {
	key := c.r.Header.Get("Idempotency-Key")
	if id, err := a.service.Sent(c.r.Context(), c.viewer, key); err != nil {
		return err
	} else if id != 0 {
		return a.answerStatus(c, id)
	}
	if err := a.checkVisibility(c); err != nil {
		return err
	}
	if c.in.get("quoted_status_id") != "" {
		return &forum.Error{Code: forum.Invalid, Key: "QuoteByLink", Field: "quoted_status_id"}
	}
	pictures, err := c.pictures()
	if err != nil {
		return err
	}
	due, err := c.due()
	if err != nil {
		return err
	}
	var id forum.ID
	var draft *forum.Draft
	if parent := c.in.get("in_reply_to_id"); parent != "" {
		id, draft, err = a.reply(c, parent, pictures, due)
	} else {
		id, draft, err = a.open(c, pictures, due)
	}
	switch {
	case err != nil:
		return err
	case draft != nil:
		return c.ok(a.scheduledOf(draft))
	}
	if err := a.service.KeepSent(c.r.Context(), c.viewer, key, id); err != nil {
		return err
	}
	return a.answerStatus(c, id)
}

// checkVisibility refuses what would not be so: the forum says who reads a post. Apps
// take the visibility of a reply from what it answers.
func (a *API) checkVisibility(c *call) error {
	wanted := c.in.get("visibility")
	if wanted == "" || wanted == visibilityPublic {
		return nil
	}
	if id, err := forum.ParseID(c.in.get("in_reply_to_id")); err == nil && wanted == visibilityMembers {
		if parent, err := a.store.Post(c.r.Context(), id); err == nil && parent.Private {
			return nil
		}
	}
	return &forum.Error{Code: forum.Invalid, Key: "VisibilityPublic", Field: "visibility"}
}

// due reads when a post is to be published; zero for now.
func (c *call) due() (time.Time, error) {
	text := c.in.get("scheduled_at")
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999Z0700", "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			if t.Sub(c.api.service.Now()) < earliest {
				return t, &forum.Error{Code: forum.Invalid, Key: "ScheduledTooSoon", Field: "scheduled_at", Args: map[string]any{"Minutes": int(earliest.Minutes())}}
			}
			return t, nil
		}
	}
	return time.Time{}, &forum.Error{Code: forum.Invalid, Key: "MomentUnreadable", Field: "scheduled_at"}
}

// reply adds a reply, now or when it is due.
func (a *API) reply(c *call, parent string, pictures []forum.PictureChoice, due time.Time) (forum.ID, *forum.Draft, error) {
	id, err := forum.ParseID(parent)
	if err != nil {
		return 0, nil, err
	}
	post, _, err := a.postID(c, id)
	if err != nil {
		return 0, nil, err
	}
	if len(c.in.list("poll[options]")) > 0 {
		return 0, nil, &forum.Error{Code: forum.Invalid, Key: "PollInThread", Field: "poll"}
	}
	n := forum.NewReply{ThreadID: post.ThreadID, ParentID: post.ID, Body: c.in.get("status"), Language: c.in.get("language"), Note: c.in.get("spoiler_text"), Pictures: pictures}
	if !due.IsZero() {
		d, err := a.service.HoldReply(c.r.Context(), c.viewer, n, due)
		return 0, d, err
	}
	reply, err := a.service.Reply(c.r.Context(), c.viewer, n)
	if err != nil {
		return 0, nil, err
	}
	return reply.ID, nil, nil
}

// open opens a thread, now or when it is due. Apps that know forums name one by its
// account, as forum_id.
func (a *API) open(c *call, pictures []forum.PictureChoice, due time.Time) (forum.ID, *forum.Draft, error) {
	n := forum.NewThread{Kind: forum.ThreadKind(c.in.get("kind")), Language: c.in.get("language"), Note: c.in.get("spoiler_text"), Pictures: pictures, Poll: c.poll()}
	if text := c.in.get("forum_id"); text != "" {
		id, err := forum.ParseID(text)
		if err != nil {
			return 0, nil, err
		}
		in, err := a.store.Actor(c.r.Context(), id)
		if err != nil {
			return 0, nil, err
		}
		n.Forum = in.Handle()
		n.Title, n.Body = forum.SplitOpening(c.in.get("status"), "", a.service.Limits().Title)
	} else {
		o, err := a.service.ReadOpening(c.r.Context(), c.in.get("status"))
		if err != nil {
			return 0, nil, err
		}
		n.Forum, n.Title, n.Body = o.Forum.Handle(), o.Title, o.Body
	}
	if !due.IsZero() {
		d, err := a.service.HoldThread(c.r.Context(), c.viewer, n, due)
		return 0, d, err
	}
	thread, err := a.service.StartThread(c.r.Context(), c.viewer, n)
	if err != nil {
		return 0, nil, err
	}
	return thread.ID, nil, nil
}

// poll reads the poll of a new thread; nil for none.
func (c *call) poll() *forum.NewPoll {
	options := c.in.list("poll[options]")
	if len(options) == 0 {
		return nil
	}
	// What is longer than a year is refused; as nanoseconds it might not be.
	seconds := min(max(c.in.number("poll[expires_in]"), 0), int(2*forum.MaxPollLasts/time.Second))
	return &forum.NewPoll{Choices: options, Multiple: c.in.is("poll[multiple]"), Lasts: time.Duration(seconds) * time.Second}
}

// pictures reads which uploads a post shows.
func (c *call) pictures() ([]forum.PictureChoice, error) {
	var list []forum.PictureChoice
	for _, text := range c.in.list("media_ids") {
		id, err := forum.ParseID(text)
		if err != nil {
			return nil, &forum.Error{Code: forum.Invalid, Key: "PictureUnknown", Field: "media_ids", Err: err}
		}
		choice := forum.PictureChoice{ID: id}
		if err := c.described(&choice); err != nil {
			return nil, err
		}
		list = append(list, choice)
	}
	return list, nil
}

// described reads what media_attributes says of one of the pictures.
func (c *call) described(choice *forum.PictureChoice) error {
	for i := range mostIDs {
		prefix := fmt.Sprintf("media_attributes[%d]", i)
		if !c.in.has(prefix + "[id]") {
			return nil
		}
		if c.in.get(prefix+"[id]") != choice.ID.String() {
			continue
		}
		if c.in.has(prefix + "[description]") {
			choice.Alt = new(c.in.get(prefix + "[description]"))
		}
		if text := c.in.get(prefix + "[focus]"); text != "" {
			focus, err := readFocus(text)
			if err != nil {
				return err
			}
			choice.Focus = &focus
		}
	}
	return nil
}

// editStatus changes a post. Of a thread, the first line is the title.
func (a *API) editStatus(c *call) error {
	post, err := a.post(c)
	if err != nil {
		return err
	}
	e := forum.Edit{Title: post.Title, Body: post.Body, Language: post.Language, Note: post.ContentNote, Pictures: post.ShownPictures()}
	if c.in.has("status") {
		e.Body = c.in.get("status")
		if post.IsRoot() {
			e.Title, e.Body = forum.SplitOpening(c.in.get("status"), "", a.service.Limits().Title)
		}
	}
	if c.in.has("spoiler_text") {
		e.Note = c.in.get("spoiler_text")
	}
	if c.in.has("language") {
		e.Language = c.in.get("language")
	}
	if c.in.hasList("media_ids") {
		if e.Pictures, err = c.pictures(); err != nil {
			return err
		}
	}
	if _, err := a.service.Edit(c.r.Context(), c.viewer, post.ID, e); err != nil {
		return err
	}
	return a.answerStatus(c, post.ID)
}

// deleteStatus deletes a post, and answers with what it said, to be written anew.
func (a *API) deleteStatus(c *call) error {
	post, err := a.post(c)
	if err != nil {
		return err
	}
	if post.AuthorID != c.viewer.ID { // moderators give a reason, on our pages
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	b, err := a.load(c, forum.InThread, []forum.ID{post.ID})
	if err != nil {
		return err
	}
	e, ok := b.status(post.ID)
	if !ok {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	if err := a.service.Delete(c.r.Context(), c.viewer, post.ID, ""); err != nil {
		return err
	}
	e.Text = new(writtenAs(post))
	return c.ok(e)
}

// act does something with a post, and answers with the post.
func (a *API) act(do func(c *call, post *forum.Post) error) handler {
	return func(c *call) error {
		post, err := a.post(c)
		if err != nil {
			return err
		}
		if err := do(c, post); err != nil {
			return err
		}
		return a.answerStatus(c, post.ID)
	}
}

func (a *API) favourite(on bool) handler {
	return a.act(func(c *call, p *forum.Post) error { return a.service.Support(c.r.Context(), c.viewer, p.ID, on) })
}

func (a *API) bookmark(on bool) handler {
	return a.act(func(c *call, p *forum.Post) error { return a.service.Bookmark(c.r.Context(), c.viewer, p.ID, on) })
}

func (a *API) pin(on bool) handler {
	return a.act(func(c *call, p *forum.Post) error { return a.service.Pin(c.r.Context(), c.viewer, p.ID, on) })
}

func (a *API) muteThread(on bool) handler {
	return a.act(func(c *call, p *forum.Post) error {
		return a.service.MuteThread(c.r.Context(), c.viewer, p.ThreadID, on)
	})
}

func (a *API) unreblog() handler {
	return a.act(func(c *call, p *forum.Post) error { return a.service.Boost(c.r.Context(), c.viewer, p.ID, false) })
}

// reblog boosts a post, and answers with the reader passing it on.
func (a *API) reblog(c *call) error {
	post, err := a.post(c)
	if err != nil {
		return err
	}
	if err := a.service.Boost(c.r.Context(), c.viewer, post.ID, true); err != nil {
		return err
	}
	b, err := a.load(c, forum.InThread, []forum.ID{post.ID}, c.viewer.ID)
	if err != nil {
		return err
	}
	e, ok := b.passedOnBy(post.ID, c.viewer.ID)
	if !ok {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return c.ok(e)
}

// votePoll votes in the poll of a post, and answers with the poll.
func (a *API) votePoll(c *call) error {
	post, err := a.post(c)
	if err != nil {
		return err
	}
	var choices []int
	for _, text := range c.in.list("choices") {
		n := -1
		if _, err := fmt.Sscanf(strings.TrimSpace(text), "%d", &n); err != nil {
			n = -1
		}
		choices = append(choices, n)
	}
	if err := a.service.Vote(c.r.Context(), c.viewer, post.ID, choices); err != nil {
		return err
	}
	return a.answerPoll(c, post.ID)
}

// scheduledEntity is a post that waits to be published.
type scheduledEntity struct {
	ID               string         `json:"id"`
	ScheduledAt      string         `json:"scheduled_at"`
	Params           map[string]any `json:"params"`
	MediaAttachments []mediaEntity  `json:"media_attachments"`
}

func (a *API) scheduledOf(d *forum.Draft) scheduledEntity {
	ids := []string{}
	for _, id := range d.Pictures {
		ids = append(ids, id.String())
	}
	text := d.Body
	if d.Title != "" {
		text = writtenAs(&forum.Post{Title: d.Title, Body: d.Body})
	}
	e := scheduledEntity{ID: d.ID.String(), ScheduledAt: moment(d.DueAt), MediaAttachments: []mediaEntity{}, Params: map[string]any{
		"text": text, "poll": nil, "media_ids": ids, "sensitive": d.Note != "", "spoiler_text": stringOrNull(d.Note), "visibility": "public", "language": stringOrNull(d.Language),
		"scheduled_at": nil, "in_reply_to_id": nil, "application_id": 0, "idempotency": nil, "with_rate_limit": false,
	}}
	if d.IsReply() {
		e.Params["in_reply_to_id"] = d.ParentID.String()
	} else {
		e.Params["forum"] = d.Forum
	}
	if d.Poll != nil {
		e.Params["poll"] = map[string]any{"options": d.Poll.Choices, "multiple": d.Poll.Multiple, "expires_in": int(d.Poll.Lasts.Seconds())}
	}
	return e
}

func (a *API) listScheduled(c *call) error {
	drafts, err := a.service.Drafts(c.r.Context(), c.viewer, true)
	if err != nil {
		return err
	}
	list := []scheduledEntity{}
	for i := range drafts {
		list = append(list, a.scheduledOf(&drafts[i]))
	}
	return c.ok(list)
}

// scheduled finds one of the reader's scheduled posts.
func (a *API) scheduled(c *call) (*forum.Draft, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	d, err := a.service.Draft(c.r.Context(), c.viewer, id)
	if err == nil && (d.PostID != 0 || !d.Held()) {
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return d, err
}

func (a *API) showScheduled(c *call) error {
	d, err := a.scheduled(c)
	if err != nil {
		return err
	}
	return c.ok(a.scheduledOf(d))
}

func (a *API) reschedule(c *call) error {
	d, err := a.scheduled(c)
	if err != nil {
		return err
	}
	due, err := c.due()
	if err != nil {
		return err
	}
	if d, err = a.service.Reschedule(c.r.Context(), c.viewer, d.ID, due); err != nil {
		return err
	}
	return c.ok(a.scheduledOf(d))
}

func (a *API) unschedule(c *call) error {
	d, err := a.scheduled(c)
	if err != nil {
		return err
	}
	if err := a.service.DiscardDraft(c.r.Context(), c.viewer, d.ID); err != nil {
		return err
	}
	return c.done()
}

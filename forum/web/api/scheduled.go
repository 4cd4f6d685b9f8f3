package api

import (
	"net/http"
	"time"

	"portevoix/forum"
)

// scheduledEntity is a thread or a reply that waits to be published. Of forum,
// kind and title on the one hand and thread_id and parent_id on the other, one
// side is null.
type scheduledEntity struct {
	ID          string   `json:"id"` // not that of the post, which has none yet
	ScheduledAt string   `json:"scheduled_at"`
	Forum       *string  `json:"forum"`
	Kind        *string  `json:"kind"`
	Title       *string  `json:"title"`
	ThreadID    *string  `json:"thread_id"`
	ParentID    *string  `json:"parent_id"`
	Body        string   `json:"body"`
	Language    *string  `json:"language"`
	Note        *string  `json:"content_note"`
	MediaIDs    []string `json:"media_ids"`
}

func scheduledOf(d *forum.Draft) scheduledEntity {
	e := scheduledEntity{ID: d.ID.String(), ScheduledAt: moment(d.DueAt), Body: d.Body, Language: stringOrNull(d.Language), Note: stringOrNull(d.Note), MediaIDs: []string{}}
	if d.IsReply() {
		e.ThreadID, e.ParentID = stringOrNull(d.ThreadID.String()), stringOrNull(d.ParentID.String())
	} else {
		e.Forum, e.Kind, e.Title = stringOrNull(d.Forum), stringOrNull(string(d.Kind)), stringOrNull(d.Title)
	}
	for _, id := range d.Pictures {
		e.MediaIDs = append(e.MediaIDs, id.String())
	}
	return e
}

// hold answers with a post that is published later.
func (a *API) hold(c *call, d *forum.Draft, err error) error {
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", Prefix+"/scheduled/"+d.ID.String())
	return c.write(http.StatusAccepted, scheduledOf(d))
}

// listScheduled lists what its owner has scheduled, newest first.
func (a *API) listScheduled(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	drafts, err := a.service.Drafts(c.r.Context(), by, true)
	if err != nil {
		return err
	}
	list := make([]scheduledEntity, len(drafts))
	for i := range drafts {
		list[i] = scheduledOf(&drafts[i])
	}
	return c.write(http.StatusOK, list)
}

func (a *API) showScheduled(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	d, err := a.draft(c, by, true)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, scheduledOf(d))
}

// reschedule chooses another moment.
func (a *API) reschedule(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	d, err := a.draft(c, by, true)
	if err != nil {
		return err
	}
	var in struct {
		ScheduledAt time.Time `json:"scheduled_at"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	if d, err = a.service.Reschedule(c.r.Context(), by, d.ID, in.ScheduledAt); err != nil {
		return err
	}
	return c.write(http.StatusOK, scheduledOf(d))
}

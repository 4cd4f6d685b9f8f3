package api

import (
	"net/http"

	"portevoix/forum"
)

// draftEntity is a thread or a reply that is being written. Of forum, kind and
// title on the one hand and thread_id and parent_id on the other, one side is null.
type draftEntity struct {
	ID       string   `json:"id"`
	SavedAt  string   `json:"saved_at"`
	Forum    *string  `json:"forum"` // null also where none is chosen yet
	Kind     *string  `json:"kind"`
	Title    *string  `json:"title"`
	ThreadID *string  `json:"thread_id"`
	ParentID *string  `json:"parent_id"`
	Body     string   `json:"body"`
	Language *string  `json:"language"`
	Note     *string  `json:"content_note"`
	MediaIDs []string `json:"media_ids"`
	Problem  *string  `json:"problem"` // why it could not be published when it was due
}

func (a *API) draftOf(c *call, d *forum.Draft) draftEntity {
	s := scheduledOf(d)
	e := draftEntity{ID: s.ID, SavedAt: moment(d.SavedAt), ThreadID: s.ThreadID, ParentID: s.ParentID, Body: s.Body, Language: s.Language, Note: s.Note, MediaIDs: s.MediaIDs}
	if !d.IsReply() {
		e.Forum, e.Kind, e.Title = stringOrNull(d.Forum), stringOrNull(string(d.Kind)), stringOrNull(d.Title)
	}
	if d.Problem != nil {
		e.Problem = stringOrNull(a.o.Messages.Printer(c.r.Header.Get("Accept-Language")).Error(d.Problem))
	}
	return e
}

// draftInput is what a program saves: all of it, each time.
type draftInput struct {
	Forum    string   `json:"forum"`
	Kind     string   `json:"kind"`
	Title    string   `json:"title"`
	ParentID string   `json:"parent_id"` // of a reply: what it answers, which may be the thread
	Body     string   `json:"body"`
	Language string   `json:"language"`
	Note     string   `json:"content_note"`
	MediaIDs []string `json:"media_ids"`
}

// listDrafts lists what its owner is writing, newest first.
func (a *API) listDrafts(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	drafts, err := a.service.Drafts(c.r.Context(), by, false)
	if err != nil {
		return err
	}
	list := make([]draftEntity, len(drafts))
	for i := range drafts {
		list[i] = a.draftOf(c, &drafts[i])
	}
	return c.write(http.StatusOK, list)
}

// draft finds a draft of an account's, or where held a post that waits for its time.
func (a *API) draft(c *call, by *forum.Account, held bool) (*forum.Draft, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	d, err := a.service.Draft(c.r.Context(), by, id)
	switch {
	case err != nil:
		return nil, err
	case d.PostID != 0:
		return nil, &forum.Error{Code: forum.Gone, Key: "DraftSent"}
	case d.Held() != held:
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return d, nil
}

// discardDraft throws away a draft, or a post that waits for its time.
func (a *API) discardDraft(held bool) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		d, err := a.draft(c, by, held)
		if err != nil {
			return err
		}
		if err := a.service.DiscardDraft(c.r.Context(), by, d.ID); err != nil {
			return err
		}
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

func (a *API) showDraft(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	d, err := a.draft(c, by, false)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, a.draftOf(c, d))
}

// saveDraft keeps a draft: a new one, or in place of the one of the address, whose
// poll and facts stay.
func (a *API) saveDraft(anew bool) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		d := &forum.Draft{}
		if !anew {
			if d, err = a.draft(c, by, false); err != nil {
				return err
			}
		}
		var in draftInput
		if err := c.read(&in); err != nil {
			return err
		}
		d.Forum, d.Kind, d.Title, d.Body, d.Language, d.Note = in.Forum, forum.ThreadKind(in.Kind), in.Title, in.Body, in.Language, in.Note
		d.ThreadID, d.ParentID = 0, 0
		if in.ParentID != "" {
			if d.ParentID, err = forum.ParseID(in.ParentID); err != nil {
				return err
			}
		}
		pictures, err := chosen(in.MediaIDs)
		if err != nil {
			return err
		}
		saved, err := a.service.SaveDraft(c.r.Context(), by, *d, pictures)
		if err != nil {
			return err
		}
		if !anew {
			return c.write(http.StatusOK, a.draftOf(c, saved))
		}
		c.w.Header().Set("Location", Prefix+"/drafts/"+saved.ID.String())
		return c.write(http.StatusCreated, a.draftOf(c, saved))
	}
}

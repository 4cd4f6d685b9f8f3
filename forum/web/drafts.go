package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"portevoix/forum"
)

// heldPage is a post that waits to be published.
type heldPage struct {
	Draft     *forum.Draft
	Content   string // HTML of the text
	Pictures  []forum.Attachment
	Scheduled bool // the person chose the moment; otherwise it is only the time to undo
	Seconds   int  // until it is due
	Problems  []string
}

// draftsPage lists what the viewer has not published.
type draftsPage struct {
	Held   []forum.Draft
	Drafts []forum.Draft
}

// draftPath is where a draft or a held post is shown.
func draftPath(id forum.ID) string { return "/drafts/" + id.String() }

// composePath is the form in which a draft is gone on with.
func composePath(d *forum.Draft, due time.Time) string {
	q := url.Values{"draft": {d.ID.String()}}
	if !due.IsZero() {
		q.Set("at", due.UTC().Format(time.RFC3339))
	}
	path := "/new"
	switch {
	case d.IsReply() && d.ParentID == d.ThreadID:
		path = "/t/" + d.ParentID.String() + "/reply"
	case d.IsReply():
		path = "/p/" + d.ParentID.String() + "/reply"
	}
	return withQuery(path, q)
}

// drafts lists the viewer's drafts and held posts.
func (s *Site) drafts(v *visit) error {
	var (
		page draftsPage
		err  error
	)
	if page.Held, err = s.service.Drafts(v.ctx(), v.viewer, true); err != nil {
		return err
	}
	if page.Drafts, err = s.service.Drafts(v.ctx(), v.viewer, false); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Drafts.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, draftsView(p, page))
}

// draft shows a held post, and leads to what became of one that was published,
// and to the form of one that is not held.
func (s *Site) draft(v *visit) error {
	d, err := s.draftOfPath(v)
	if err != nil {
		return err
	}
	switch {
	case d.PostID != 0:
		return s.showSent(v, d.PostID)
	case !d.Held():
		return v.redirect(composePath(d, time.Time{}))
	}
	return s.showHeld(v, d, nil)
}

func (s *Site) draftOfPath(v *visit) (*forum.Draft, error) {
	id, err := v.postID()
	if err != nil {
		return nil, err
	}
	return s.service.Draft(v.ctx(), v.viewer, id)
}

// showSent leads to a post, among the newest of its thread.
func (s *Site) showSent(v *visit, id forum.ID) error {
	post, err := s.store.Post(v.ctx(), id)
	if err != nil {
		return err
	}
	if post.IsRoot() {
		return v.redirect(postPath(post))
	}
	return v.redirect(replySentPath(post))
}

// replySentPath is where one's own new reply is seen: at the top of the newest.
func replySentPath(post *forum.Post) string {
	path := "/p/" + post.ParentID.String()
	if post.ParentID == post.ThreadID {
		path = "/t/" + post.ParentID.String()
	}
	return path + "?sort=new#p" + post.ID.String()
}

// showHeld shows a held post, and why it could not be sent at once.
func (s *Site) showHeld(v *visit, d *forum.Draft, err error) error {
	left := d.DueAt.Sub(s.service.Now())
	page := heldPage{
		Draft: d, Content: s.service.Preview(v.ctx(), d.Body), Seconds: max(0, int(left.Round(time.Second).Seconds())),
		Scheduled: s.scheduled(d),
	}
	for _, id := range d.Pictures {
		if picture, err := s.service.Picture(v.ctx(), v.viewer, id); err == nil {
			page.Pictures = append(page.Pictures, picture.Attachment(s.service.Addresses()))
		}
	}
	title := "Held.Thread"
	if d.IsReply() {
		title = "Held.Reply"
	}
	if err != nil {
		return v.again(err, v.print.T(title), func(p *Page, problems []string) component {
			page.Problems = problems
			return heldView(p, page)
		})
	}
	p := v.newPage(v.print.T(title))
	p.NoIndex = true
	return v.show(http.StatusOK, p, heldView(p, page))
}

// scheduled says whether the person chose when a held post is published.
func (s *Site) scheduled(d *forum.Draft) bool { return d.DueAt.Sub(d.SavedAt) > s.service.Undo() }

// undoDraft takes a held post back to the form it was written in.
func (s *Site) undoDraft(v *visit) error {
	d, err := s.draftOfPath(v)
	if err != nil {
		return err
	}
	due := time.Time{}
	if s.scheduled(d) {
		due = d.DueAt
	}
	if d, err = s.service.Unhold(v.ctx(), v.viewer, d.ID); err != nil {
		return err
	}
	return v.redirect(composePath(d, due))
}

// sendDraft publishes a held post now.
func (s *Site) sendDraft(v *visit) error {
	d, err := s.draftOfPath(v)
	if err != nil {
		return err
	}
	if d.PostID != 0 { // it was faster
		return s.showSent(v, d.PostID)
	}
	post, err := s.service.SendNow(v.ctx(), v.viewer, d.ID)
	if err != nil {
		return s.showHeld(v, d, err)
	}
	return s.showSent(v, post.ID)
}

// discardDraft throws a draft or a held post away.
func (s *Site) discardDraft(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	if err := s.service.DiscardDraft(v.ctx(), v.viewer, id); err != nil {
		return err
	}
	return v.finish(v.back("/drafts"), "Discarded")
}

// draftToCompose finds the draft that a form begins with: the one that the
// address names, or else the last one of a thread in that forum or of a reply to
// that post; nil for none, and where the address brings a text or asks for a
// fresh form.
func (s *Site) draftToCompose(v *visit, handle string, parent forum.ID) (*forum.Draft, error) {
	text := v.query("draft")
	if text == "" {
		for _, key := range []string{"body", "title", "company", "text", "quote", "fresh"} {
			if v.r.URL.Query().Has(key) {
				return nil, nil
			}
		}
		return s.service.DraftFor(v.ctx(), v.viewer, handle, parent)
	}
	id, err := forum.ParseID(text)
	if err != nil {
		return nil, err
	}
	d, err := s.service.Draft(v.ctx(), v.viewer, id)
	switch {
	case err != nil:
		return nil, err
	case d.PostID != 0:
		return nil, &forum.Error{Code: forum.Conflict, Key: "DraftSent"}
	}
	return d, nil
}

// draftPictures are the fields for the pictures of a draft.
func (s *Site) draftPictures(v *visit, d *forum.Draft) (pictureFields, error) {
	var rows []pictureRow
	for _, id := range d.Pictures {
		p, err := s.service.Picture(v.ctx(), v.viewer, id)
		switch {
		case forum.CodeOf(err) == forum.NotFound:
			continue
		case err != nil:
			return pictureFields{}, err
		}
		rows = append(rows, s.rowOf(p))
	}
	return s.pictureFields(rows...), nil
}

// saveDraft keeps what a form holds, and answers the script that saves while one
// writes, or leads back to the form.
func (s *Site) saveDraft(v *visit, d forum.Draft, pictures []forum.PictureChoice, when schedule) error {
	saved, err := s.service.SaveDraft(v.ctx(), v.viewer, d, pictures)
	if err != nil {
		return err
	}
	if v.r.PostFormValue("save") != "script" {
		due, err := when.due()
		if err != nil {
			due = time.Time{}
		}
		return v.finish(composePath(saved, due), "DraftSaved")
	}
	v.w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(v.w).Encode(struct {
		ID   forum.ID `json:"id"`
		Text string   `json:"text"`
	}{saved.ID, v.print.T("Drafts.Saved", "Time", v.print.Time(saved.SavedAt))})
}

// chosenBefore is the moment that the address of a form names.
func (v *visit) chosenBefore() time.Time {
	at, err := time.Parse(time.RFC3339, v.query("at"))
	if err != nil {
		return time.Time{}
	}
	return at
}

// freshPath is the form that a draft would be restored into, without it.
func freshPath(d *forum.Draft) string {
	if !d.IsReply() && d.Forum != "" {
		return forumPath(d.Forum) + "/new?fresh=1"
	}
	path, _, _ := strings.Cut(composePath(d, time.Time{}), "?")
	return path + "?fresh=1"
}

// draftLabel names a draft in a list.
func draftLabel(p *Page, d *forum.Draft) string {
	switch {
	case d.IsReply() && d.ThreadTitle != "":
		return p.T("Drafts.ReplyIn", "Title", d.ThreadTitle)
	case d.IsReply():
		return p.T("Drafts.Reply")
	case d.Title != "":
		return d.Title
	}
	return p.T("Drafts.Untitled")
}

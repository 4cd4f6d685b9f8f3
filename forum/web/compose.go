package web

import (
	"net/http"
	"time"

	"portevoix/forum"
	"portevoix/forum/hints"
)

// compose is the form for a new thread; the address may name the forum, or a
// draft.
func (s *Site) compose(v *visit) error {
	if err := v.viewer.MayWrite(); err != nil {
		return err
	}
	d, err := s.draftToCompose(v, v.variable("handle"), 0)
	if err != nil {
		return err
	}
	if d == nil {
		return s.composeWith(v, forum.NewThread{Forum: v.variable("handle"), Title: v.query("title"), Body: v.query("body"), Kind: queryKind(v), Case: queryCase(v)})
	}
	form := threadForm{Thread: forum.NewThread{Forum: d.Forum, Kind: d.Kind, Title: d.Title, Body: d.Body, Language: d.Language, Note: d.Note, Poll: d.Poll, Case: d.Case, Draft: d.ID}, Schedule: v.newSchedule(v.chosenBefore()), Restored: d}
	if form.Pictures, err = s.draftPictures(v, d); err != nil {
		return err
	}
	return s.showThreadForm(v, form)
}

// composeWith is the form for a new thread that is begun already.
func (s *Site) composeWith(v *visit, begun forum.NewThread) error {
	begun.Language = v.print.Tag
	if begun.Forum != "" {
		if f, err := v.forumNamed(); err != nil {
			return err
		} else if f.Language != "" {
			begun.Language = f.Language
		}
	}
	return s.showThreadForm(v, threadForm{Thread: begun, Schedule: v.newSchedule(time.Time{})})
}

func (s *Site) showThreadForm(v *visit, form threadForm) error {
	if err := v.viewer.MayWrite(); err != nil {
		return err
	}
	if err := s.fillThreadForm(v, &form); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Compose.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, composeView(p, form))
}

// fillThreadForm lists the forums to choose from: those here, and those
// elsewhere that the person follows; and threads like the one that is begun.
func (s *Site) fillThreadForm(v *visit, form *threadForm) error {
	form.Titles, form.Bodies = s.service.Limits().Title, s.service.Limits().Body
	if form.Pictures.Most == 0 {
		form.Pictures = s.pictureFields()
	}
	var err error
	form.First = v.viewer.WroteNothing()
	if form.Similar, err = s.similarTo(v, form.Thread); err != nil {
		return err
	}
	cards, err := s.store.Forums(v.ctx(), v.viewerID())
	if err != nil {
		return err
	}
	chosen := false
	for _, c := range cards {
		if c.Local() || c.Followed != "" || c.Handle() == form.Thread.Forum {
			form.Forums = append(form.Forums, c)
			if c.Handle() == form.Thread.Forum {
				chosen, form.Private = true, c.Private
			}
		}
	}
	if form.Thread.Forum != "" && !chosen {
		form.Forums = append(form.Forums, forum.ForumCard{Forum: forum.Forum{Actor: forum.Actor{Kind: forum.Group, Name: form.Thread.Forum}}})
	}
	return nil
}

// startThread publishes a new thread, or shows what it would look like.
func (s *Site) startThread(v *visit) error {
	field := v.r.PostFormValue
	form := threadForm{Schedule: v.schedule(), Thread: forum.NewThread{Forum: field("forum"), Kind: forum.ThreadKind(field("kind")), Title: field("title"), Body: field("body"), Language: field("language"), Note: field("content_note"), Poll: v.readPoll(), Case: v.readCase(), Draft: v.draftField()}}
	title := v.print.T("Compose.Title")
	var err error
	if form.Pictures, form.Thread.Pictures, err = s.takePictures(v); err == nil && field("preview") != "" {
		if err := v.viewer.MayWrite(); err != nil {
			return err
		}
		if err := s.fillThreadForm(v, &form); err != nil {
			return err
		}
		form.Preview = s.service.Preview(v.ctx(), form.Thread.Body)
		form.Hints = hints.Check(form.Thread.Title + "\n\n" + form.Thread.Body + "\n\n" + feelingOf(form.Thread.Case))
		p := v.newPage(title)
		return v.show(http.StatusOK, p, composeView(p, form))
	}
	switch n := form.Thread; {
	case err != nil:
	case field("save") != "":
		err = s.saveDraft(v, forum.Draft{ID: n.Draft, Forum: n.Forum, Kind: n.Kind, Title: n.Title, Body: n.Body, Language: n.Language, Note: n.Note, Poll: n.Poll, Case: n.Case}, n.Pictures, form.Schedule)
	default:
		if form.Hints, err = v.review(n.Title, n.Body, feelingOf(n.Case)); err == nil {
			err = s.sendThread(v, form)
		}
	}
	if err == nil {
		return nil
	}
	if fillErr := s.fillThreadForm(v, &form); fillErr != nil {
		return fillErr
	}
	return v.again(err, title, func(p *Page, problems []string) component {
		form.Problems = problems
		return composeView(p, form)
	})
}

// sendThread opens a thread, or holds it, and leads to it.
func (s *Site) sendThread(v *visit, form threadForm) error {
	due, err := v.heldUntil(form.Schedule)
	if err != nil {
		return err
	}
	if !due.IsZero() {
		d, err := s.service.HoldThread(v.ctx(), v.viewer, form.Thread, due)
		if err != nil {
			return err
		}
		return v.redirect(draftPath(d.ID))
	}
	t, err := s.service.StartThread(v.ctx(), v.viewer, form.Thread)
	if err != nil {
		return err
	}
	return v.finish(threadPath(t.ID, t.Title), "Published")
}

// draftField is the draft that a form names, 0 for none.
func (v *visit) draftField() forum.ID {
	id, err := forum.ParseID(v.r.PostFormValue("draft"))
	if err != nil {
		return 0
	}
	return id
}

// parentOf finds the post that is to be answered, and its thread's title.
func (s *Site) parentOf(v *visit) (*forum.PostView, string, error) {
	id, err := v.postID()
	if err != nil {
		return nil, "", err
	}
	parent, err := s.store.PostView(v.ctx(), id, v.viewerID())
	if err != nil {
		return nil, "", err
	}
	if parent.Hidden() {
		return nil, "", &forum.Error{Code: forum.Gone, Key: "ParentDeleted"}
	}
	t, err := s.store.Thread(v.ctx(), parent.ThreadID)
	if err != nil {
		return nil, "", err
	}
	if t.Hidden() {
		return nil, "", &forum.Error{Code: forum.Gone, Key: "ParentDeleted"}
	}
	return parent, t.Title, nil
}

// composeReply is the form for a reply to one post.
func (s *Site) composeReply(v *visit) error {
	if err := v.viewer.MayWrite(); err != nil {
		return err
	}
	parent, title, err := s.parentOf(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Thread.ReplyTo", "Name", parent.Author.Label()))
	p.NoIndex = true
	form := replyForm{Action: actionPath(&parent.Post, "reply"), Pictures: s.pictureFields(), Body: v.query("body"), Language: defaultLanguage(parent.Language, v.print.Tag), Back: postPath(&parent.Post), Schedule: v.newSchedule(v.chosenBefore())}
	if v.query("quote") != "" {
		text := parent.Body
		if text == "" { // from elsewhere, as HTML
			text = s.o.Renderer.Text(parent.Content)
		}
		form.Body = quotation(parent, text, v.query("part"))
	}
	form.First = v.viewer.WroteNothing()
	if err := s.restoreReply(v, &form, parent.ID); err != nil {
		return err
	}
	return v.show(http.StatusOK, p, replyToView(p, parent, title, form))
}

// restoreReply fills the form for a reply to a post with the draft of one.
func (s *Site) restoreReply(v *visit, form *replyForm, parent forum.ID) error {
	d, err := s.draftToCompose(v, "", parent)
	if err != nil || d == nil {
		return err
	}
	form.Draft, form.Body, form.Language, form.Note, form.Restored = d.ID, d.Body, d.Language, d.Note, d
	form.Pictures, err = s.draftPictures(v, d)
	return err
}

// sendReply publishes a reply, or shows what it would look like.
func (s *Site) sendReply(v *visit) error {
	parent, title, err := s.parentOf(v)
	if err != nil {
		return err
	}
	field := v.r.PostFormValue
	form := replyForm{Action: actionPath(&parent.Post, "reply"), Body: field("body"), Language: field("language"), Note: field("content_note"), Back: postPath(&parent.Post), Schedule: v.schedule(), Draft: v.draftField()}
	form.First = v.viewer.WroteNothing()
	heading := v.print.T("Thread.ReplyTo", "Name", parent.Author.Label())
	pictures, choices, err := s.takePictures(v)
	form.Pictures = pictures
	if err == nil && field("preview") != "" {
		if err := v.viewer.MayWrite(); err != nil {
			return err
		}
		form.Preview, form.Hints = s.service.Preview(v.ctx(), form.Body), hints.Check(form.Body)
		p := v.newPage(heading)
		return v.show(http.StatusOK, p, replyToView(p, parent, title, form))
	}
	switch {
	case err != nil:
	case field("save") != "":
		err = s.saveDraft(v, forum.Draft{ID: form.Draft, ParentID: parent.ID, Body: form.Body, Language: form.Language, Note: form.Note}, choices, form.Schedule)
	case hints.Personal(hints.Check(form.Body)) && field("anyway") != "true":
		form.Hints, err = v.review(form.Body)
	default:
		err = s.sendNewReply(v, forum.NewReply{ThreadID: parent.ThreadID, ParentID: parent.ID, Body: form.Body, Language: form.Language, Note: form.Note, Pictures: choices, Draft: form.Draft}, form.Schedule)
	}
	if err == nil {
		return nil
	}
	return v.again(err, heading, func(p *Page, problems []string) component {
		form.Problems = problems
		return replyToView(p, parent, title, form)
	})
}

// sendNewReply adds a reply, or holds it, and leads to it.
func (s *Site) sendNewReply(v *visit, n forum.NewReply, when schedule) error {
	due, err := v.heldUntil(when)
	if err != nil {
		return err
	}
	if !due.IsZero() {
		d, err := s.service.HoldReply(v.ctx(), v.viewer, n, due)
		if err != nil {
			return err
		}
		return v.redirect(draftPath(d.ID))
	}
	post, err := s.service.Reply(v.ctx(), v.viewer, n)
	if err != nil {
		return err
	}
	return v.redirect(replySentPath(post))
}

// ownPost finds a post of the viewer's.
func (s *Site) ownPost(v *visit) (*forum.PostView, error) {
	id, err := v.postID()
	if err != nil {
		return nil, err
	}
	if err := v.signedIn(); err != nil {
		return nil, err
	}
	post, err := s.store.PostView(v.ctx(), id, v.viewerID())
	switch {
	case err != nil:
		return nil, err
	case post.Hidden():
		return nil, &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
	case post.AuthorID != v.viewer.ID:
		return nil, &forum.Error{Code: forum.Forbidden, Key: "AuthorOnly"}
	}
	return post, nil
}

// edit is the form for a new text of one's post.
func (s *Site) edit(v *visit) error {
	post, err := s.ownPost(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Edit.Title"))
	p.NoIndex = true
	form := s.editForm(post, forum.Edit{Title: post.Title, Body: post.Body, Language: post.Language, Note: post.ContentNote})
	if form.Edit.Case, form.Case, err = s.statedCase(v, post); err != nil {
		return err
	}
	form.Pictures = s.shownPictures(&post.Post)
	return v.show(http.StatusOK, p, editView(p, form))
}

func (s *Site) editForm(post *forum.PostView, e forum.Edit) editForm {
	return editForm{Root: post.IsRoot(), Edit: e, Back: postPath(&post.Post), Titles: s.service.Limits().Title, Bodies: s.service.Limits().Body}
}

// saveEdit stores a new text, or shows what it would look like.
func (s *Site) saveEdit(v *visit) error {
	post, err := s.ownPost(v)
	if err != nil {
		return err
	}
	field := v.r.PostFormValue
	form := s.editForm(post, forum.Edit{Title: field("title"), Body: field("body"), Language: field("language"), Note: field("content_note")})
	if _, form.Case, err = s.statedCase(v, post); err != nil {
		return err
	}
	if form.Case && v.r.PostForm.Has("experienced_on") {
		form.Edit.Case = caseOf(v.readCase())
	}
	if form.Pictures, form.Edit.Pictures, err = s.takePictures(v); err == nil && field("preview") != "" {
		form.Preview, form.Hints = s.service.Preview(v.ctx(), form.Edit.Body), hints.Check(form.Edit.Title+"\n\n"+form.Edit.Body+"\n\n"+feelingOf(form.Edit.Case))
		p := v.newPage(v.print.T("Edit.Title"))
		return v.show(http.StatusOK, p, editView(p, form))
	}
	var edited *forum.Post
	if err == nil {
		form.Hints, err = v.review(form.Edit.Title, form.Edit.Body, feelingOf(form.Edit.Case))
	}
	if err == nil {
		edited, err = s.service.Edit(v.ctx(), v.viewer, post.ID, form.Edit)
	}
	if err == nil {
		return v.finish(postPath(edited), "Saved")
	}
	return v.again(err, v.print.T("Edit.Title"), func(p *Page, problems []string) component {
		form.Problems = problems
		return editView(p, form)
	})
}

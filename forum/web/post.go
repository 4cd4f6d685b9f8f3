package web

import (
	"context"
	"net/http"
	"time"

	"portevoix/forum"
)

// confirmDelete asks before a post is deleted by its author, or removed by a
// moderator.
func (s *Site) confirmDelete(v *visit) error {
	form, err := s.deletable(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.deleteTitle(form))
	p.NoIndex = true
	return v.show(http.StatusOK, p, deleteView(p, form))
}

func (v *visit) deleteTitle(f deleteForm) string {
	if f.Own {
		return v.print.T("Delete.Title")
	}
	return v.print.T("Remove.Title")
}

func (s *Site) deletable(v *visit) (deleteForm, error) {
	post, err := s.visiblePost(v)
	if err != nil {
		return deleteForm{}, err
	}
	form := deleteForm{Post: post, Own: post.AuthorID == v.viewer.ID}
	if form.Own {
		return form, nil
	}
	may, err := v.mayModerate(post.ForumID)
	if err == nil && !may {
		err = &forum.Error{Code: forum.Forbidden, Key: "AuthorOrModerator"}
	}
	return form, err
}

// visiblePost finds the post of the address, for someone who is signed in.
func (s *Site) visiblePost(v *visit) (*forum.PostView, error) {
	if err := v.signedIn(); err != nil {
		return nil, err
	}
	id, err := v.postID()
	if err != nil {
		return nil, err
	}
	post, err := s.store.PostView(v.ctx(), id, v.viewerID())
	if err != nil {
		return nil, err
	}
	if post.Hidden() {
		return nil, &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
	}
	return post, nil
}

// delete deletes or removes a post.
func (s *Site) delete(v *visit) error {
	form, err := s.deletable(v)
	if err != nil {
		return err
	}
	form.Reason = v.r.PostFormValue("reason")
	err = s.service.Delete(v.ctx(), v.viewer, form.Post.ID, form.Reason)
	if err != nil {
		return v.again(err, v.deleteTitle(form), func(p *Page, problems []string) component {
			form.Problems = problems
			return deleteView(p, form)
		})
	}
	done := "Deleted"
	if !form.Own {
		done = "Removed"
	}
	if !form.Post.IsRoot() {
		return v.finish("/t/"+form.Post.ThreadID.String(), done)
	}
	f, err := s.store.Actor(v.ctx(), form.Post.ForumID)
	if err != nil {
		return err
	}
	return v.finish(forumPath(f.Handle()), done)
}

// support and boost do or undo, as the button says.
func (s *Site) support(v *visit) error { return s.vote(v, s.service.Support) }

func (s *Site) boost(v *visit) error { return s.vote(v, s.service.Boost) }

// voting is a method of the service that does something to a post (on) or takes
// it back.
type voting func(ctx context.Context, by *forum.Account, id forum.ID, on bool) error

func (s *Site) vote(v *visit, do voting) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	if err := do(v.ctx(), v.viewer, id, v.r.PostFormValue("on") == "true"); err != nil {
		return err
	}
	return v.redirect(v.back("/" + v.variable("kind") + "/" + id.String()))
}

// pin shows a post at the head of the viewer's page, or no longer.
func (s *Site) pin(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	on, done := v.r.PostFormValue("on") == "true", "Unpinned"
	if on {
		done = "Pinned"
	}
	if err := s.service.Pin(v.ctx(), v.viewer, id, on); err != nil {
		return err
	}
	return v.finish(personPath(v.viewer.Handle()), done)
}

// decideThread does or undoes what moderators do with a whole thread, as the
// button says.
func (s *Site) decideThread(do voting) handler {
	return func(v *visit) error {
		id, err := v.postID()
		if err != nil {
			return err
		}
		if err := do(v.ctx(), v.viewer, id, v.r.PostFormValue("on") == "true"); err != nil {
			return err
		}
		return v.finish("/t/"+id.String(), "Saved")
	}
}

// restore shows a post again that moderators removed.
func (s *Site) restore(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	if err := s.service.Restore(v.ctx(), v.viewer, id); err != nil {
		return err
	}
	return v.finish("/"+v.variable("kind")+"/"+id.String(), "Restored")
}

// reportForm asks what is wrong with a post.
func (s *Site) reportForm(v *visit) error {
	post, err := s.visiblePost(v)
	if err != nil {
		return err
	}
	from, err := s.originOf(v, post)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Report.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, reportView(p, reportForm{Post: post, From: from}))
}

// originOf is the server that a post comes from, or else its forum; "" for this
// one.
func (s *Site) originOf(v *visit, post *forum.PostView) (string, error) {
	if post.Author.Host != "" {
		return post.Author.Host, nil
	}
	f, err := s.store.Actor(v.ctx(), post.ForumID)
	if err != nil {
		return "", err
	}
	return f.Host, nil
}

// report brings a post to the moderators.
func (s *Site) report(v *visit) error {
	post, err := s.visiblePost(v)
	if err != nil {
		return err
	}
	from, err := s.originOf(v, post)
	if err != nil {
		return err
	}
	form := reportForm{Post: post, From: from, Words: v.r.PostFormValue("words"), Forward: v.r.PostFormValue("forward") == "true"}
	err = s.service.Report(v.ctx(), v.viewer, forum.NewReport{PostID: post.ID, Words: form.Words, Forward: form.Forward})
	if err == nil {
		return v.finish(postPath(&post.Post), "Reported")
	}
	return v.again(err, v.print.T("Report.Title"), func(p *Page, problems []string) component {
		form.Problems = problems
		return reportView(p, form)
	})
}

// back is where the report leads when it is sent, or not.
func (f reportForm) back() string {
	if f.Post == nil {
		return actorPath(f.Person)
	}
	return postPath(&f.Post.Post)
}

// personReportForm asks what is wrong with a person as a whole.
func (s *Site) personReportForm(v *visit) error {
	who, err := v.personNamed()
	if err == nil {
		err = v.signedIn()
	}
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Report.TitlePerson"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, reportView(p, reportForm{Person: who, From: who.Host}))
}

// reportPerson brings a person to the administrators.
func (s *Site) reportPerson(v *visit) error {
	who, err := v.personNamed()
	if err != nil {
		return err
	}
	form := reportForm{Person: who, From: who.Host, Words: v.r.PostFormValue("words"), Forward: v.r.PostFormValue("forward") == "true"}
	if err = s.service.Report(v.ctx(), v.viewer, forum.NewReport{ActorID: who.ID, Words: form.Words, Forward: form.Forward}); err == nil {
		return v.finish(form.back(), "Reported")
	}
	return v.again(err, v.print.T("Report.TitlePerson"), func(p *Page, problems []string) component {
		form.Problems = problems
		return reportView(p, form)
	})
}

// history shows what edits replaced.
func (s *Site) history(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	post, err := s.store.PostView(v.ctx(), id, v.viewerID())
	if err != nil {
		return err
	}
	if post.Hidden() {
		return &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
	}
	revisions, err := s.store.Revisions(v.ctx(), id)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("History.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, historyView(p, post, s.changes(post, revisions)))
}

// change is one edit: what it replaced, and by what.
type change struct {
	At    time.Time
	Title []diffPart // empty where it stayed the same
	Note  []diffPart // likewise
	Text  []diffPart
}

// changes compares each text with the one before it, newest first.
func (s *Site) changes(post *forum.PostView, revisions []forum.Revision) []change {
	title, note, text := post.Title, post.ContentNote, s.o.Renderer.Text(post.Content)
	var list []change
	for _, r := range revisions {
		former := s.o.Renderer.Text(r.Content)
		c := change{At: r.ReplacedAt, Text: wordDiff(former, text)}
		if r.Title != title {
			c.Title = wordDiff(r.Title, title)
		}
		if r.Note != note {
			c.Note = wordDiff(r.Note, note)
		}
		list = append(list, c)
		title, note, text = r.Title, r.Note, former
	}
	return list
}

package web

import (
	"net/http"
	"slices"
	"strings"

	"portevoix/forum"
)

// forumNamed finds the forum of the address.
func (v *visit) forumNamed() (*forum.Forum, error) {
	h, ok := forum.ParseHandle(v.variable("handle"), v.site.service.Addresses().Host())
	if !ok {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	f, err := v.site.store.Forum(v.ctx(), h)
	if err != nil {
		return nil, err
	}
	if !f.DeletedAt.IsZero() {
		return nil, &forum.Error{Code: forum.Gone, Key: "NothingHere"}
	}
	if f.Standing == forum.Blocked {
		return nil, f.Active()
	}
	return f, nil
}

// forum is a forum's page.
func (s *Site) forum(v *visit) error {
	f, err := v.forumNamed()
	if forum.CodeOf(err) == forum.NotFound {
		return s.door(v, err)
	}
	if err != nil {
		return err
	}
	if f.GroupRole == forum.RoleAction {
		return v.redirect(actorPath(&f.Actor))
	}
	p := v.newPage(f.Label())
	p.Section, p.Canonical, p.ActivityURI = "forums", s.service.Addresses().Base()+forumPath(f.Handle()), f.URI
	p.Description, p.NoIndex = firstLine(s.o.Renderer.Text(f.Summary)), !f.Local() || f.Private
	if !f.Private {
		p.Head.Feed = forumPath(f.Handle())
	}
	if f.Local() && !f.LocalOnly {
		p.Head.OEmbed = s.oEmbedAddress(forumPath(f.Handle()))
	}
	p.keepInside(f.LocalOnly)
	page := forumPage{Forum: f}
	if page.Threads, err = v.listThreads(forumPath(f.Handle()), forum.ThreadQuery{ForumID: f.ID, Linked: f.Following > 0, Inside: f.Private}); err != nil {
		return err
	}
	if !f.Private { // of which streams tell nothing
		p.Live, p.LiveShow = page.Threads.live(f.ID), page.Threads.bySort(forum.SortNew)
	}
	page.Threads.InForum, page.Threads.ForumID, page.Threads.Compose = true, f.ID, forumPath(f.Handle())+"/new"
	if v.viewer != nil {
		if page.Relation, err = s.store.Relation(v.ctx(), v.viewer.ID, f.ID); err != nil {
			return err
		}
		if page.MayManage, err = v.mayModerate(f.ID); err != nil {
			return err
		}
		page.Threads.Manages = page.MayManage && f.Local()
		if page.Banned, err = v.banned(f.ID); err != nil {
			return err
		}
	}
	if page.Moderators, err = s.store.ModeratorsOf(v.ctx(), f.ID); err != nil {
		return err
	}
	return v.show(http.StatusOK, p, forumView(p, page))
}

// mayModerate says whether to offer what moderators do; the service decides.
func (v *visit) mayModerate(forumID forum.ID) (bool, error) {
	if v.viewer == nil {
		return false, nil
	}
	if v.viewer.IsAdmin() {
		return true, nil
	}
	return v.site.store.Moderates(v.ctx(), v.viewer.ID, forumID)
}

func followPath(a *forum.Actor) string {
	return actorPath(a) + "/follow"
}

// follow follows or unfollows a forum or a person.
func (s *Site) follow(v *visit) error {
	handle := v.variable("handle")
	back := v.back("/" + v.variable("kind") + "/" + handle)
	if v.r.PostFormValue("on") != "true" {
		if err := s.service.Unfollow(v.ctx(), v.viewer, handle); err != nil {
			return err
		}
		return v.redirect(back)
	}
	state, err := s.service.Follow(v.ctx(), v.viewer, handle)
	if err != nil {
		return err
	}
	if state == forum.FollowPending {
		return v.finish(back, "Requested")
	}
	return v.finish(back, "Followed")
}

func forumCancel(f forumForm) string {
	if f.New {
		return "/forums"
	}
	return forumPath(f.Name)
}

// forumForm is the form for a new forum.
func (s *Site) forumForm(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Forum.Create"))
	return v.show(http.StatusOK, p, forumFormView(p, forumForm{New: true}))
}

func (v *visit) readForumForm(isNew bool) forumForm {
	field := v.r.PostFormValue
	return forumForm{
		New: isNew, Name: strings.TrimSpace(field("name")), Moderators: field("moderators"),
		Details: forum.ForumDetails{Title: field("title"), Summary: field("summary"), Rules: field("rules"), Language: field("language"), Guests: forum.GuestPolicy(field("guests")), Restricted: field("restricted") == "true", LocalOnly: isNew && field("local_only") == "true",
			Private: isNew && field("private") == "true", Joinable: field("joinable") == "true"},
	}
}

// createForum opens a forum.
func (s *Site) createForum(v *visit) error {
	form := v.readForumForm(true)
	f, err := s.service.CreateForum(v.ctx(), v.viewer, form.Name, form.Details, strings.Fields(form.Moderators))
	if err == nil {
		return v.redirect(forumPath(f.Name))
	}
	return v.again(err, v.print.T("Forum.Create"), func(p *Page, problems []string) component {
		form.Problems = problems
		return forumFormView(p, form)
	})
}

// forumSettings is the form for what a forum says of itself.
func (s *Site) forumSettings(v *visit) error {
	f, err := v.forumNamed()
	if err != nil {
		return err
	}
	if err := v.signedIn(); err != nil {
		return err
	}
	if may, err := v.mayModerate(f.ID); err != nil {
		return err
	} else if !may || !f.Local() {
		return &forum.Error{Code: forum.Forbidden, Key: "ModeratorsOnly"}
	}
	moderators, err := s.store.ModeratorsOf(v.ctx(), f.ID)
	if err != nil {
		return err
	}
	form := forumForm{Name: f.Name, Portrayed: &f.Actor, Details: forum.ForumDetails{Title: f.DisplayName, Summary: f.SummarySource, Rules: f.Rules, Language: f.Language, Guests: f.Guests, Restricted: f.Restricted, Private: f.Private, Joinable: f.Joinable}}
	for i := range moderators {
		if moderates, err := s.store.Moderates(v.ctx(), moderators[i].ID, f.ID); err != nil {
			return err
		} else if moderates { // administrators stand in where there are none
			form.Moderators += moderators[i].Handle() + " "
		}
	}
	form.Moderators = strings.TrimSpace(form.Moderators)
	p := v.newPage(v.print.T("Forum.Settings"))
	return v.show(http.StatusOK, p, forumFormView(p, form))
}

// saveForum stores what a forum says of itself, and, for administrators, who
// moderates it.
func (s *Site) saveForum(v *visit) error {
	f, err := v.forumNamed()
	if err != nil {
		return err
	}
	form := v.readForumForm(false)
	form.Name, form.Portrayed, form.Details.Private = f.Name, &f.Actor, f.Private
	err = s.service.UpdateForum(v.ctx(), v.viewer, f.Name, form.Details)
	if err == nil && v.viewer.IsAdmin() {
		err = s.setModerators(v, f, strings.Fields(form.Moderators))
	}
	if err == nil {
		return v.finish(forumPath(f.Name), "Saved")
	}
	return v.again(err, v.print.T("Forum.Settings"), func(p *Page, problems []string) component {
		form.Problems = problems
		return forumFormView(p, form)
	})
}

// setModerators makes the given accounts the moderators, and no others.
func (s *Site) setModerators(v *visit, f *forum.Forum, names []string) error {
	now, err := s.store.ModeratorsOf(v.ctx(), f.ID)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := s.service.SetModerator(v.ctx(), v.viewer, f.Name, name, true); err != nil {
			return err
		}
	}
	for i := range now {
		if !slices.ContainsFunc(names, func(name string) bool { return v.isHandle(name, &now[i]) }) {
			if err := s.service.SetModerator(v.ctx(), v.viewer, f.Name, now[i].Handle(), false); err != nil {
				return err
			}
		}
	}
	return nil
}

// isHandle says whether that is how somebody may have written an actor's handle.
func (v *visit) isHandle(written string, a *forum.Actor) bool {
	h, ok := forum.ParseHandle(written, v.site.service.Addresses().Host())
	return ok && strings.EqualFold(h.String(), a.Handle())
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

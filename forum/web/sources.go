package web

import (
	"net/http"
	"strings"

	"portevoix/forum"
)

// sourcesPage is the forums and hashtags that a forum follows, with the form for one
// more.
type sourcesPage struct {
	Forum    *forum.Forum
	Follows  []forum.Follow
	Tags     []forum.TagSource
	Source   string
	Problems []string
}

func sourcesPath(f *forum.Forum) string { return forumPath(f.Handle()) + "/sources" }

// sources lists which forums a forum follows.
func (s *Site) sources(v *visit) error {
	page, err := s.sourcesPage(v)
	if err != nil {
		return err
	}
	page.Source = v.query("source")
	p := v.newPage(v.print.T("Sources.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, sourcesView(p, page))
}

// sourcesPage reads the list, for moderators.
func (s *Site) sourcesPage(v *visit) (sourcesPage, error) {
	f, err := v.moderatedForum()
	if err != nil {
		return sourcesPage{}, err
	}
	if !f.Local() {
		return sourcesPage{}, &forum.Error{Code: forum.Forbidden, Key: "ModeratorsOnly"}
	}
	page := sourcesPage{Forum: f}
	if page.Tags, err = s.store.TagSources(v.ctx(), f.ID); err != nil {
		return page, err
	}
	page.Follows, err = s.store.Followed(v.ctx(), f.ID, forum.MaxSources)
	return page, err
}

// addSource lets a forum follow another.
func (s *Site) addSource(v *visit) error {
	page, err := s.sourcesPage(v)
	if err != nil {
		return err
	}
	page.Source = v.r.PostFormValue("source")
	state, err := s.service.FollowForum(v.ctx(), v.viewer, page.Forum.Name, page.Source)
	if err == nil {
		done := "SourceAdded"
		switch {
		case strings.HasPrefix(strings.TrimSpace(page.Source), "#"):
			done = "TagSourceAdded"
		case state == forum.FollowPending:
			done = "Requested"
		}
		return v.finish(sourcesPath(page.Forum), done)
	}
	return v.again(err, v.print.T("Sources.Title"), func(p *Page, problems []string) component {
		page.Problems = problems
		return sourcesView(p, page)
	})
}

// removeSource ends that a forum follows another.
func (s *Site) removeSource(v *visit) error {
	page, err := s.sourcesPage(v)
	if err != nil {
		return err
	}
	source := v.r.PostFormValue("source")
	if err := s.service.UnfollowForum(v.ctx(), v.viewer, page.Forum.Name, source); err != nil {
		return err
	}
	if strings.HasPrefix(source, "#") {
		return v.finish(sourcesPath(page.Forum), "TagSourceRemoved")
	}
	return v.finish(sourcesPath(page.Forum), "SourceRemoved")
}

// leaveOut takes a thread that a forum shows from another out of its list.
func (s *Site) leaveOut(v *visit) error {
	f, err := v.moderatedForum()
	if err != nil {
		return err
	}
	id, err := forum.ParseID(v.r.PostFormValue("thread"))
	if err != nil {
		return err
	}
	if err := s.service.LeaveOut(v.ctx(), v.viewer, f.Name, id, true); err != nil {
		return err
	}
	return v.finish(v.back(forumPath(f.Handle())), "LeftOut")
}

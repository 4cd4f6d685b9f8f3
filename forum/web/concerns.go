package web

import (
	"net/http"
	"slices"
	"time"

	"portevoix/forum"
)

// concernsPage is what one side of a case tells the moderators of the other, as far
// as the viewer may see it.
type concernsPage struct {
	Thread    *forum.Thread
	List      []forum.ConcernView
	Author    bool // the viewer wrote the case
	Speaks    bool // the viewer represents its company
	Moderates bool
	Of        string // the form that was refused: "" for the one that raises, or an id
	New       forum.NewConcern
	Words     string
	Problems  []string
}

func concernsPath(thread forum.ID) string { return "/t/" + thread.String() + "/concerns" }

func (s *Site) concernsPage(v *visit, id forum.ID) (concernsPage, error) {
	page := concernsPage{}
	if err := v.signedIn(); err != nil {
		return page, err
	}
	var err error
	if page.Thread, err = s.store.Thread(v.ctx(), id); err != nil {
		return page, err
	}
	if page.Thread.Case == nil {
		return page, &forum.Error{Code: forum.NotFound, Key: "CaseNone"}
	}
	page.Author = page.Thread.AuthorID == v.viewer.ID
	if page.Moderates, err = v.mayModerate(page.Thread.ForumID); err != nil {
		return page, err
	}
	if page.Speaks, err = s.service.Represents(v.ctx(), v.viewer, page.Thread); err != nil {
		return page, err
	}
	if page.List, err = s.service.Concerns(v.ctx(), v.viewer, id); err != nil {
		return page, err
	}
	if !page.Author && !page.Speaks && !page.Moderates && len(page.List) == 0 {
		return page, &forum.Error{Code: forum.Forbidden, Key: "ConcernNone"}
	}
	page.New.ThreadID, page.New.Kind = id, forum.ConcernPressure
	if page.Speaks && !page.Author {
		page.New.Kind = forum.ConcernFlag
	}
	return page, nil
}

// may says whether the viewer may raise a concern: one at a time.
func (c *concernsPage) may(viewer *forum.Account) bool {
	waits := slices.ContainsFunc(c.List, func(v forum.ConcernView) bool {
		return v.ByID == viewer.ID && v.State == forum.ConcernOpen && v.Kind != forum.ConcernThreat
	})
	return (c.Author || c.Speaks) && !waits
}

func (s *Site) concerns(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	page, err := s.concernsPage(v, id)
	if err != nil {
		return err
	}
	if post, err := forum.ParseID(v.query("post")); err == nil {
		page.New.PostID = post
	}
	p := v.newPage(v.print.T("Concern.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, concernsView(p, page))
}

// raiseConcern brings a concern to the moderators.
func (s *Site) raiseConcern(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	page, err := s.concernsPage(v, id)
	if err != nil {
		return err
	}
	field := v.r.PostFormValue
	page.New.Reason, page.New.Words = forum.ConcernReason(field("reason")), field("words")
	if post, err := forum.ParseID(field("post")); err == nil {
		page.New.PostID = post
	}
	if _, err = s.service.RaiseConcern(v.ctx(), v.viewer, page.New); err == nil {
		return v.finish(concernsPath(id), "ConcernRaised")
	}
	return s.againConcern(v, err, page)
}

func (s *Site) againConcern(v *visit, err error, page concernsPage) error {
	return v.again(err, v.print.T("Concern.Title"), func(p *Page, problems []string) component {
		page.Problems = problems
		return concernsView(p, page)
	})
}

// changeConcern decides a concern, or answers it.
func (s *Site) changeConcern(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	id, err := forum.ParseID(v.variable("id"))
	if err != nil {
		return err
	}
	c, err := s.service.ConcernFor(v.ctx(), v.viewer, id)
	if err != nil {
		return err
	}
	field := v.r.PostFormValue
	if state := field("state"); state != "" {
		err = s.service.DecideConcern(v.ctx(), v.viewer, id, forum.ConcernState(state), field("words"))
	} else {
		err = s.service.AnswerConcern(v.ctx(), v.viewer, id, field("words"))
	}
	if err == nil {
		return v.finish(concernsPath(c.ThreadID), "Saved")
	}
	page, pageErr := s.concernsPage(v, c.ThreadID)
	if pageErr != nil {
		return pageErr
	}
	page.Of, page.Words = id.String(), field("words")
	return s.againConcern(v, err, page)
}

// daysTaken rounds a duration up: what took an hour took a day.
func daysTaken(d time.Duration) int { return int((d + 24*time.Hour - 1) / (24 * time.Hour)) }

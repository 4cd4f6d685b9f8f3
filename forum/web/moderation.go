package web

import (
	"net/http"

	"portevoix/forum"
)

// adminOnly is the error for everyone but administrators.
func (v *visit) adminOnly() error {
	if err := v.signedIn(); err != nil {
		return err
	}
	if !v.viewer.IsAdmin() {
		return &forum.Error{Code: forum.Forbidden, Key: "AdminsOnly"}
	}
	return nil
}

// moderation is where moderators find what waits for them.
func (s *Site) moderation(v *visit) error {
	page, err := s.moderationPage(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Mod.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, moderationView(p, page))
}

func (s *Site) moderationPage(v *visit) (moderationPage, error) {
	page := moderationPage{Mode: s.service.Registration()}
	if err := v.signedIn(); err != nil {
		return page, err
	}
	forums, err := s.store.ModeratedForums(v.ctx(), v.viewer.ID)
	if err != nil {
		return page, err
	}
	if len(forums) == 0 && !v.viewer.IsAdmin() {
		return page, &forum.Error{Code: forum.Forbidden, Key: "ModeratorsOnly"}
	}
	if page.Reports, err = s.store.Reports(v.ctx(), forums, v.viewer.IsAdmin()); err != nil {
		return page, err
	}
	held, err := s.store.HeldReplies(v.ctx(), forums, v.viewer.IsAdmin())
	if err != nil {
		return page, err
	}
	for _, g := range held {
		page.Held = append(page.Held, heldReply{GuestReplyView: g, HTML: s.service.Preview(v.ctx(), g.Body)})
	}
	if page.Concerns, err = s.store.OpenConcerns(v.ctx(), forums, v.viewer.IsAdmin()); err != nil {
		return page, err
	}
	if v.viewer.IsAdmin() {
		page.Pending, err = s.store.PendingAccounts(v.ctx())
	}
	return page, err
}

// handleReport marks a report as dealt with, or notes who looks after it.
func (s *Site) handleReport(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	switch what := v.r.PostFormValue("do"); what {
	case "assign", "unassign":
		err = s.service.AssignReport(v.ctx(), v.viewer, id, what == "assign")
	default:
		err = s.service.CloseReport(v.ctx(), v.viewer, id)
	}
	if err != nil {
		return err
	}
	return v.finish("/moderation", "Saved")
}

func (s *Site) decide(v *visit) error {
	if err := s.service.Decide(v.ctx(), v.viewer, v.variable("name"), v.r.PostFormValue("approve") == "true"); err != nil {
		return err
	}
	return v.finish("/moderation", "Saved")
}

// invite makes an invitation link and shows it, this once.
func (s *Site) invite(v *visit) error {
	token, err := s.service.Invite(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	page, err := s.moderationPage(v)
	if err != nil {
		return err
	}
	page.Invitation = s.service.Addresses().Base() + "/register?invitation=" + token
	p := v.newPage(v.print.T("Mod.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, moderationView(p, page))
}

func (s *Site) suspend(v *visit) error {
	form := suspendForm{Handle: v.r.PostFormValue("handle"), Reason: v.r.PostFormValue("reason")}
	err := s.service.Suspend(v.ctx(), v.viewer, form.Handle, form.Reason)
	if err == nil {
		return v.finish("/moderation", "Saved")
	}
	page, pageErr := s.moderationPage(v)
	if pageErr != nil {
		return pageErr
	}
	return v.again(err, v.print.T("Mod.Title"), func(p *Page, problems []string) component {
		form.Problems = problems
		page.Suspend = form
		return moderationView(p, page)
	})
}

package web

import (
	"net/http"
	"strings"

	"portevoix/forum"
	"portevoix/forum/hints"
)

// guestForm is a reply by somebody without an account.
type guestForm struct {
	forum.NewGuestReply
	Action   string
	Back     string
	Held     bool // a moderator looks at it first
	Bodies   int
	Hints    []hints.Hint
	Problems []string
}

// guestFormFor begins the form for a reply without an account; Forbidden where
// guests are not welcome.
func (s *Site) guestFormFor(v *visit) (*forum.PostView, string, guestForm, error) {
	parent, title, err := s.parentOf(v)
	if err != nil {
		return nil, "", guestForm{}, err
	}
	t, err := s.store.Thread(v.ctx(), parent.ThreadID)
	if err != nil {
		return nil, "", guestForm{}, err
	}
	policy := s.service.GuestsIn(t)
	if policy == forum.GuestsRefused {
		return nil, "", guestForm{}, &forum.Error{Code: forum.Forbidden, Key: "GuestsRefused"}
	}
	form := guestForm{Action: actionPath(&parent.Post, "guest"), Back: postPath(&parent.Post), Held: policy == forum.GuestsHeld, Bodies: s.service.Limits().Body}
	form.ThreadID, form.ParentID, form.Language, form.Locale = parent.ThreadID, parent.ID, defaultLanguage(parent.Language, v.print.Tag), v.print.Tag
	return parent, title, form, nil
}

// guestPath is where visitors reply to a post without an account, "" where they may
// not.
func (s *Site) guestPath(v *visit, kind forum.InteractionKind, post *forum.Post) (string, error) {
	if kind != forum.InteractReply || v.viewer != nil {
		return "", nil
	}
	t, err := s.store.Thread(v.ctx(), post.ThreadID)
	if err != nil || s.service.GuestsIn(t) == forum.GuestsRefused {
		return "", err
	}
	return actionPath(post, "guest"), nil
}

// guestReplyForm is the form for a reply without an account.
func (s *Site) guestReplyForm(v *visit) error {
	if v.viewer != nil {
		return v.redirect(strings.TrimSuffix(v.r.URL.Path, "guest") + "reply")
	}
	parent, title, form, err := s.guestFormFor(v)
	if err != nil {
		return err
	}
	if form.Stamp, err = s.service.StampForm(v.ctx()); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Thread.ReplyTo", "Name", parent.Author.Label()))
	p.NoIndex = true
	return v.show(http.StatusOK, p, guestReplyView(p, parent, title, form))
}

// replyAsGuest keeps a reply until the link that is mailed is opened.
func (s *Site) replyAsGuest(v *visit) error {
	parent, title, form, err := s.guestFormFor(v)
	if err != nil {
		return err
	}
	if !s.throttle.allowGuest(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	field := v.r.PostFormValue
	form.Name, form.Email, form.Body, form.Language = field("name"), field("email"), field("body"), field("language")
	form.Stamp, form.Trap = field("stamp"), field("website")
	if form.Hints, err = v.review(form.Body); err == nil {
		err = s.service.ReplyAsGuest(v.ctx(), form.NewGuestReply)
	}
	if err == nil {
		p := v.newPage(v.print.T("Register.SentTitle"))
		p.NoIndex = true
		return v.show(http.StatusOK, p, guestSentView(p, form))
	}
	if forum.CodeOf(err) == forum.Invalid && strings.TrimSpace(form.Stamp) != "" {
		// A fresh stamp: whoever corrects something takes a while again.
		var stampErr error
		if form.Stamp, stampErr = s.service.StampForm(v.ctx()); stampErr != nil {
			return stampErr
		}
	}
	return v.again(err, v.print.T("Thread.ReplyTo", "Name", parent.Author.Label()), func(p *Page, problems []string) component {
		form.Problems = problems
		return guestReplyView(p, parent, title, form)
	})
}

// guestLink shows the reply that a mailed link publishes, and asks.
func (s *Site) guestLink(v *visit) error {
	g, err := s.service.PeekGuestReply(v.ctx(), v.variable("token"))
	if err != nil {
		return err
	}
	t, err := s.store.Thread(v.ctx(), g.ThreadID)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Guest.ConfirmTitle"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, guestConfirmView(p, t, g, s.service.Preview(v.ctx(), g.Body), hints.Check(g.Body)))
}

// useGuestLink publishes the reply of a mailed link, or forgets it.
func (s *Site) useGuestLink(v *visit) error {
	token := v.variable("token")
	g, err := s.service.PeekGuestReply(v.ctx(), token)
	if err != nil {
		return err
	}
	thread := "/t/" + g.ThreadID.String()
	if v.r.PostFormValue("discard") == "true" {
		if err := s.service.DiscardGuestReply(v.ctx(), token); err != nil {
			return err
		}
		return v.finish(thread, "GuestDiscarded")
	}
	post, err := s.service.ConfirmGuestReply(v.ctx(), token)
	switch {
	case err != nil:
		return err
	case post == nil:
		return v.finish(thread, "GuestHeld")
	}
	return v.finish(thread+"?sort=new#p"+post.ID.String(), "GuestPublished")
}

// decideGuestReply publishes a reply that is held, or refuses it.
func (s *Site) decideGuestReply(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	field := v.r.PostFormValue
	if err := s.service.DecideGuestReply(v.ctx(), v.viewer, id, field("publish") == "true", field("reason")); err != nil {
		return err
	}
	return v.finish("/moderation", "Saved")
}

// claimGuest makes a guest a member.
func (s *Site) claimGuest(v *visit) error {
	err := s.service.ClaimGuest(v.ctx(), v.viewer, v.r.PostFormValue("password"), v.r.PostFormValue("application"))
	if v.viewer == nil {
		return err
	}
	return v.saved("claim", "GuestClaimed", v.settingsForm(), err)
}

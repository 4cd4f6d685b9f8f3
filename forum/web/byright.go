package web

import (
	"net/http"
	"strings"

	"portevoix/forum"
)

// byRightForm is a reply by whoever is named in a thread.
type byRightForm struct {
	forum.NewGuestReply
	Thread   *forum.Thread
	Room     int // characters
	Problems []string
}

func (s *Site) byRightForm(v *visit) (byRightForm, error) {
	id, err := v.postID()
	if err != nil {
		return byRightForm{}, err
	}
	t, err := s.store.Thread(v.ctx(), id)
	switch {
	case err != nil:
		return byRightForm{}, err
	case t.Hidden():
		return byRightForm{}, &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
	}
	f := byRightForm{Thread: t, Room: forum.ByRightRoom(t, s.service.Text(t.Content))}
	f.ThreadID, f.Language, f.Locale, f.Capacity = id, defaultLanguage(t.Language, v.print.Tag), v.print.Tag, forum.CapacityPerson
	return f, nil
}

// byRight is the form for a reply by right.
func (s *Site) byRight(v *visit) error {
	f, err := s.byRightForm(v)
	if err != nil {
		return err
	}
	if f.Stamp, err = s.service.StampForm(v.ctx()); err != nil {
		return err
	}
	p := v.newPage(v.print.T("ByRight.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, byRightView(p, f))
}

// replyByRight keeps a reply by right until the link that is mailed is opened.
func (s *Site) replyByRight(v *visit) error {
	f, err := s.byRightForm(v)
	if err != nil {
		return err
	}
	if !s.throttle.allowGuest(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	field := v.r.PostFormValue
	f.Name, f.Email, f.Body, f.Language = field("name"), field("email"), field("body"), field("language")
	f.Capacity, f.Passage, f.Stamp, f.Trap = forum.Capacity(field("capacity")), field("passage"), field("stamp"), field("website")
	if f.Capacity == "" {
		f.Capacity = "unknown" // never an ordinary reply
	}
	if err = s.service.ReplyAsGuest(v.ctx(), f.NewGuestReply); err == nil {
		p := v.newPage(v.print.T("Register.SentTitle"))
		p.NoIndex = true
		return v.show(http.StatusOK, p, guestSentView(p, guestForm{NewGuestReply: f.NewGuestReply, Back: threadPath(f.Thread.ID, f.Thread.Title)}))
	}
	if forum.CodeOf(err) == forum.Invalid && strings.TrimSpace(f.Stamp) != "" {
		var stampErr error
		if f.Stamp, stampErr = s.service.StampForm(v.ctx()); stampErr != nil {
			return stampErr
		}
	}
	return v.again(err, v.print.T("ByRight.Title"), func(p *Page, problems []string) component {
		f.Problems = problems
		return byRightView(p, f)
	})
}

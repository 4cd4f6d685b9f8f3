package web

import (
	"net/http"

	"portevoix/forum"
)

// messagesPage is what groups elsewhere wrote to the viewer alone.
type messagesPage struct {
	List     []forum.MessageView
	Next     string
	Answered forum.ID // the message whose answer was refused; 0: none
	Text     string   // of that
	Problems []string
}

const messagesPerPage = 30

func (s *Site) messagesPage(v *visit) (messagesPage, error) {
	page := messagesPage{}
	if err := v.signedIn(); err != nil {
		return page, err
	}
	var after forum.ID
	if text := v.query("after"); text != "" {
		var err error
		if after, err = forum.ParseID(text); err != nil {
			return page, err
		}
	}
	list, err := s.service.Messages(v.ctx(), v.viewer, after, messagesPerPage+1)
	if err != nil {
		return page, err
	}
	if len(list) > messagesPerPage {
		list = list[:messagesPerPage]
		page.Next = "/messages?after=" + list[messagesPerPage-1].ID.String()
	}
	page.List = list
	return page, nil
}

func (s *Site) messages(v *visit) error {
	page, err := s.messagesPage(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Messages.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, messagesView(p, page))
}

// answerMessage chooses in a message, answers it in words, or deletes it.
func (s *Site) answerMessage(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	id, err := forum.ParseID(v.variable("id"))
	if err != nil {
		return err
	}
	field, done := v.r.PostFormValue, "MessageAnswered"
	switch {
	case field("delete") != "":
		err, done = s.service.DeleteMessage(v.ctx(), v.viewer, id), "MessageDeleted"
	case field("choice") != "":
		err = s.service.ChooseInMessage(v.ctx(), v.viewer, id, field("choice"))
	default:
		err = s.service.AnswerMessage(v.ctx(), v.viewer, id, field("text"))
	}
	if err == nil {
		return v.finish("/messages", done)
	}
	return v.again(err, v.print.T("Messages.Title"), func(p *Page, problems []string) component {
		page, listErr := s.messagesPage(v)
		if listErr != nil {
			page = messagesPage{}
		}
		page.Answered, page.Text, page.Problems = id, field("text"), problems
		return messagesView(p, page)
	})
}

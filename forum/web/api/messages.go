package api

import (
	"net/http"
	"strconv"

	"portevoix/forum"
)

// messageEntity is what a group on another server wrote to the account alone.
type messageEntity struct {
	ID       string   `json:"id"`
	From     string   `json:"from"` // handle
	SentAt   string   `json:"sent_at"`
	Content  string   `json:"content"` // HTML
	Language *string  `json:"language"`
	Choices  []string `json:"choices"` // to answer with; empty for none
	ClosesAt *string  `json:"closes_at"`
	Answer   *string  `json:"answer"` // null for none yet
}

func messageOf(m *forum.MessageView) messageEntity {
	e := messageEntity{ID: m.ID.String(), From: m.From.Handle(), SentAt: moment(m.SentAt), Content: m.Content, Language: stringOrNull(m.Language), Choices: m.Choices, Answer: stringOrNull(m.Answer)}
	if e.Choices == nil {
		e.Choices = []string{}
	}
	if !m.ClosesAt.IsZero() {
		e.ClosesAt = stringOrNull(moment(m.ClosesAt))
	}
	return e
}

// listMessages lists the messages to an account, newest first.
func (a *API) listMessages(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	maxID, _, err := c.bounds(true)
	if err != nil {
		return err
	}
	limit := c.limit()
	found, err := a.service.Messages(c.r.Context(), by, maxID, limit+1)
	if err != nil {
		return err
	}
	if len(found) > limit {
		found = found[:limit]
		c.link("next", "max_id", strconv.FormatInt(int64(found[limit-1].ID), 10))
	}
	list := make([]messageEntity, len(found))
	for i := range found {
		list[i] = messageOf(&found[i])
	}
	return c.write(http.StatusOK, list)
}

// answerMessage chooses in a message, or answers it in words.
func (a *API) answerMessage(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	var in struct {
		Choice string `json:"choice"`
		Text   string `json:"text"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	if in.Choice != "" {
		err = a.service.ChooseInMessage(c.r.Context(), by, id, in.Choice)
	} else {
		err = a.service.AnswerMessage(c.r.Context(), by, id, in.Text)
	}
	if err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) deleteMessage(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	if err := a.service.DeleteMessage(c.r.Context(), by, id); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

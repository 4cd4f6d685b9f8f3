package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// answerEntity is what a company answered to a case.
type answerEntity struct {
	ID        string       `json:"id"` // of the reply
	URI       string       `json:"uri"`
	Author    authorEntity `json:"author"`
	Content   string       `json:"content"`
	Type      *string      `json:"type"` // null for one that says nothing of it
	Detail    *string      `json:"detail"`
	PromiseBy *string      `json:"promise_by"`
	Verified  string       `json:"verified"` // how its author was
	Domain    string       `json:"domain"`
	Verdict   *string      `json:"verdict"` // of the case's author
	CreatedAt string       `json:"created_at"`
}

func (a *API) listAnswers(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	t, err := a.store.Thread(c.r.Context(), id)
	if err != nil {
		return err
	}
	out := []answerEntity{}
	if t.Hidden() {
		return c.write(http.StatusOK, out)
	}
	answers, err := a.store.Answers(c.r.Context(), id, c.viewerID(), maxLimit)
	for i := range answers {
		one := &answers[i]
		out = append(out, answerEntity{ID: one.PostID.String(), URI: one.Post.URI, Author: author(one.Post.Author), Content: one.Post.Content,
			Type: stringOrNull(string(one.Type)), Detail: stringOrNull(string(one.Detail)), PromiseBy: stringOrNull(string(one.PromiseBy)),
			Verified: string(one.Method), Domain: one.Domain, Verdict: stringOrNull(string(one.Verdict)), CreatedAt: moment(one.At)})
	}
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, out)
}

// answerCase answers for a company.
func (a *API) answerCase(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	var in struct {
		Type      string `json:"type"`
		Detail    string `json:"detail"`
		PromiseBy string `json:"promise_by"`
		Body      string `json:"body"`
		Language  string `json:"language"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	post, err := a.service.AnswerCase(c.r.Context(), by, forum.NewAnswer{ThreadID: id, Type: forum.AnswerType(in.Type), Detail: forum.AnswerDetail(in.Detail), PromiseBy: in.PromiseBy, Body: in.Body, Language: in.Language})
	if err != nil {
		return err
	}
	view, err := a.store.PostView(c.r.Context(), post.ID, c.viewerID())
	if err != nil {
		return err
	}
	return c.write(http.StatusCreated, a.replyOf(view))
}

// giveVerdict says what an answer came to.
func (a *API) giveVerdict(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	var in struct {
		Verdict string `json:"verdict"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	if err := a.service.GiveVerdict(c.r.Context(), by, id, forum.Verdict(in.Verdict)); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// representativeEntity is somebody who answers for a company, or asked to.
type representativeEntity struct {
	Account    authorEntity `json:"account"`
	Method     string       `json:"method"`
	Domain     string       `json:"domain"`
	VerifiedAt *string      `json:"verified_at"`
	Show       *string      `json:"show"` // what the domain has to show; null for others than oneself
}

// listRepresentatives lists who answers for a company, and what remains to be shown
// by whom the token acts for.
func (a *API) listRepresentatives(c *call) error {
	company, err := a.service.Company(c.r.Context(), mux.Vars(c.r)["handle"])
	if err != nil {
		return err
	}
	all, err := a.store.Representatives(c.r.Context(), company.ID)
	if err != nil {
		return err
	}
	out := []representativeEntity{}
	for i := range all {
		r := &all[i]
		mine := c.viewerID() == r.ActorID
		if !r.Verified() && !mine {
			continue
		}
		e := representativeEntity{Account: author(r.Actor), Method: string(r.Method), Domain: r.Domain, VerifiedAt: momentOrNull(r.VerifiedAt)}
		if mine {
			show := map[forum.ProofMethod]string{forum.ProofDNS: r.TXTName() + " TXT " + r.TXTValue(), forum.ProofFile: company.Site + r.FilePath() + " " + r.Token, forum.ProofLink: r.Actor.URL}[r.Method]
			e.Show = stringOrNull(show)
		}
		out = append(out, e)
	}
	return c.write(http.StatusOK, out)
}

// represent begins to verify somebody.
func (a *API) represent(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		Method string `json:"method"`
		Email  string `json:"email"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	if _, err := a.service.AskToRepresent(c.r.Context(), by, forum.NewRepresentative{Company: mux.Vars(c.r)["handle"], Method: forum.ProofMethod(in.Method), Email: in.Email}); err != nil {
		return err
	}
	return a.listRepresentatives(c)
}

// checkRepresentative looks for the proof now.
func (a *API) checkRepresentative(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	if _, err := a.service.CheckRepresentative(c.r.Context(), by, mux.Vars(c.r)["handle"]); err != nil {
		return err
	}
	return a.listRepresentatives(c)
}

package web

import (
	"net/http"

	"portevoix/forum"
)

// representPage is where somebody shows that they speak for a company.
type representPage struct {
	Company  *forum.Company
	Domain   string
	All      []forum.Representative
	Mine     *forum.Representative // nil: the reader asked for nothing
	Method   forum.ProofMethod
	Email    string
	Account  string
	Problems []string
}

func representPath(c *forum.Company) string { return actorPath(&c.Actor) + "/represent" }

func (s *Site) representPage(v *visit) (representPage, error) {
	page := representPage{Method: forum.ProofDNS}
	var err error
	if page.Company, err = v.companyNamed(); err != nil {
		return page, err
	}
	page.Domain = forum.SiteHost(page.Company.Site)
	if page.All, err = s.store.Representatives(v.ctx(), page.Company.ID); err != nil || v.viewer == nil {
		return page, err
	}
	for i := range page.All {
		if page.All[i].ActorID == v.viewer.ID {
			page.Mine = &page.All[i]
		}
	}
	return page, nil
}

func (s *Site) represent(v *visit) error {
	page, err := s.representPage(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Represent.Title", "Name", page.Company.Label()))
	p.NoIndex = true
	return v.show(http.StatusOK, p, representView(p, page))
}

// askToRepresent begins to verify somebody, looks for their proof, or ends it.
func (s *Site) askToRepresent(v *visit) error {
	page, err := s.representPage(v)
	if err != nil {
		return err
	}
	field, done := v.r.PostFormValue, "RepresentAsked"
	switch {
	case field("revoke") != "":
		var actor forum.ID
		if actor, err = forum.ParseID(field("revoke")); err == nil {
			err, done = s.service.RevokeRepresentative(v.ctx(), v.viewer, page.Company.Handle(), actor), "Saved"
		}
	case field("check") != "":
		_, err = s.service.CheckRepresentative(v.ctx(), v.viewer, page.Company.Handle())
		done = "RepresentVerified"
	default:
		page.Method, page.Email, page.Account = forum.ProofMethod(field("method")), field("email"), field("account")
		if page.Account != "" && !s.throttle.allowGuest(v.address()) {
			return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
		}
		_, err = s.service.AskToRepresent(v.ctx(), v.viewer, forum.NewRepresentative{Company: page.Company.Handle(), Method: page.Method, Email: page.Email, Account: page.Account})
	}
	if err == nil {
		return v.finish(representPath(page.Company), done)
	}
	return v.again(err, v.print.T("Represent.Title", "Name", page.Company.Label()), func(p *Page, problems []string) component {
		page.Problems = problems
		return representView(p, page)
	})
}

// claimLink asks before a link is used: programs that scan mail open links too.
func (s *Site) claimLink(v *visit) error {
	r, err := s.service.ClaimOfLink(v.ctx(), v.variable("token"))
	if err != nil {
		return err
	}
	c, err := s.store.CompanyByID(v.ctx(), r.CompanyID)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Represent.Title", "Name", c.Label()))
	p.NoIndex = true
	return v.show(http.StatusOK, p, proveView(p, c, r, nil))
}

func (s *Site) useClaimLink(v *visit) error {
	token := v.variable("token")
	r, err := s.service.ClaimOfLink(v.ctx(), token)
	if err != nil {
		return err
	}
	c, err := s.store.CompanyByID(v.ctx(), r.CompanyID)
	if err != nil {
		return err
	}
	if _, err = s.service.UseClaimLink(v.ctx(), token); err == nil {
		return v.finish(representPath(c), "RepresentVerified")
	}
	return v.again(err, v.print.T("Represent.Title", "Name", c.Label()), func(p *Page, problems []string) component {
		return proveView(p, c, r, problems)
	})
}

// answerForm is an answer that a representative writes.
type answerForm struct {
	forum.NewAnswer
	Choice   string // type/detail
	Thread   *forum.Thread
	Bodies   int
	Problems []string
}

func (s *Site) answerForm(v *visit) (answerForm, error) {
	f := answerForm{Bodies: s.service.Limits().Body}
	if err := v.signedIn(); err != nil {
		return f, err
	}
	id, err := v.postID()
	if err != nil {
		return f, err
	}
	if f.Thread, err = s.store.Thread(v.ctx(), id); err != nil {
		return f, err
	}
	may, err := s.service.MayAnswer(v.ctx(), v.viewer, f.Thread)
	if err == nil && !may {
		err = &forum.Error{Code: forum.Forbidden, Key: "RepresentativesOnly"}
	}
	f.ThreadID, f.Language = id, defaultLanguage(f.Thread.Language, v.print.Tag)
	return f, err
}

func (s *Site) composeAnswer(v *visit) error {
	f, err := s.answerForm(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Answer.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, answerFormView(p, f))
}

func (s *Site) sendAnswer(v *visit) error {
	f, err := s.answerForm(v)
	if err != nil {
		return err
	}
	field := v.r.PostFormValue
	f.Choice, f.PromiseBy, f.Body, f.Language = field("choice"), field("promise_by"), field("body"), field("language")
	for kind, details := range forum.AnswerDetails {
		for _, detail := range details {
			if f.Choice == string(kind)+"/"+string(detail) {
				f.Type, f.Detail = kind, detail
			}
		}
	}
	if _, err = s.service.AnswerCase(v.ctx(), v.viewer, f.NewAnswer); err == nil {
		return v.finish(threadPath(f.Thread.ID, f.Thread.Title)+"#answers", "AnswerGiven")
	}
	return v.again(err, v.print.T("Answer.Title"), func(p *Page, problems []string) component {
		f.Problems = problems
		return answerFormView(p, f)
	})
}

func (s *Site) giveVerdict(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	id, err := v.postID()
	if err != nil {
		return err
	}
	if err := s.service.GiveVerdict(v.ctx(), v.viewer, id, forum.Verdict(v.r.PostFormValue("verdict"))); err != nil {
		return err
	}
	return v.finish(v.back("/p/"+id.String()), "Saved")
}

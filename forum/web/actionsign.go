package web

import (
	"net/http"
	"strings"

	"portevoix/forum"
)

// signing is how the viewer stands to an action.
type signing struct {
	Needed    int                  // sponsors
	Signature *forum.Participation // of the viewer; nil for none
	Stamp     string               // of the form for those without an account; "" where there is none
}

// fillSigning reads whether the viewer signed, and prepares the form for visitors.
func (s *Site) fillSigning(v *visit, page *actionPage) error {
	page.Signing.Needed = s.service.SponsorsNeeded()
	var err error
	if v.viewer == nil {
		if page.Action.Local() && page.Action.Open(s.service.Now()) {
			page.Signing.Stamp, err = s.service.StampForm(v.ctx())
		}
		return err
	}
	page.Signing.Signature, err = s.service.SignatureOf(v.ctx(), v.viewer.ID, &page.Action.Action)
	if forum.CodeOf(err) == forum.NotFound {
		err = nil
	}
	return err
}

// consents reads the boxes that somebody ticked; none is ticked before.
func (v *visit) consents() forum.Consents {
	ticked := func(name string) bool { return v.r.PostFormValue(name) == "true" }
	return forum.Consents{NameShown: ticked("name_shown"), Updates: ticked("updates"), Dossier: ticked("dossier"), Contact: ticked("contact")}
}

// sign signs an action, or changes what goes with the signature.
func (s *Site) sign(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	h, ok := forum.ParseHandle(v.variable("handle"), s.service.Addresses().Host())
	if !ok {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	path := actionPagePath(h.String()) + "#sign"
	if v.r.PostFormValue("withdraw") != "" {
		if err := s.service.WithdrawSignature(v.ctx(), v.viewer, h); err != nil {
			return err
		}
		return v.finish(path, "Withdrawn")
	}
	if err := s.service.Sign(v.ctx(), v.viewer, h, forum.RoutePage, v.consents(), v.trace()); err != nil {
		return err
	}
	return v.finish(path, "Signed")
}

// mailSignForm is a signature by somebody without an account.
type mailSignForm struct {
	Action   *forum.ActionView
	Name     string
	Email    string
	Stamp    string
	Consents forum.Consents
	Problems []string
}

// signByMail mails the link by which somebody without an account signs.
func (s *Site) signByMail(v *visit) error {
	a, err := v.publicAction()
	if err != nil {
		return err
	}
	if !s.throttle.allowGuest(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	field := v.r.PostFormValue
	form := mailSignForm{Action: a, Name: field("name"), Email: strings.TrimSpace(field("email")), Stamp: field("stamp"), Consents: v.consents()}
	err = s.service.ParticipateByMail(v.ctx(), forum.MailParticipation{Kind: forum.Signature, Subject: a.ID, Name: form.Name, Email: form.Email, Locale: v.print.Tag,
		Stamp: form.Stamp, Trap: field("website"), Trace: v.trace(), Details: forum.ParticipationDetails{Consents: form.Consents}})
	if err == nil {
		p := v.newPage(v.print.T("Register.SentTitle"))
		p.NoIndex = true
		return v.show(http.StatusOK, p, signSentView(p, form))
	}
	if forum.CodeOf(err) == forum.Invalid && form.Stamp != "" {
		var stampErr error
		if form.Stamp, stampErr = s.service.StampForm(v.ctx()); stampErr != nil {
			return stampErr
		}
	}
	return v.again(err, v.print.T("Action.SignMail"), func(p *Page, problems []string) component {
		form.Problems = problems
		return mailSignView(p, form)
	})
}

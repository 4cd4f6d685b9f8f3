package web

import (
	"encoding/json"
	"net/http"

	"portevoix/forum"
	"portevoix/forum/web/picture"
)

// security is the page about what opens one's account.
func (s *Site) security(v *visit) error {
	page, err := v.securityPage()
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Security.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, securityView(p, page))
}

// securityPage reads what the page shows.
func (v *visit) securityPage() (page securityPage, err error) {
	if page.Protection, err = v.site.service.Protection(v.ctx(), v.viewer); err != nil {
		return page, err
	}
	if page.Protection.Address != "" {
		code, err := picture.QR(page.Protection.Address)
		if err != nil {
			return page, err
		}
		page.QR = string(code)
	}
	page.HasPasskeys = v.site.service.HasPasskeys()
	if page.Passkeys, err = v.site.service.PasskeysOf(v.ctx(), v.viewer); err != nil || v.site.service.IdentityProviderName() == "" {
		return page, err
	}
	if page.Identity, err = v.site.service.IdentityOf(v.ctx(), v.viewer); page.Identity == nil {
		v.leaveForms() // to the provider
	}
	return page, err
}

// secured ends one of the forms of the page, like saved.
func (v *visit) secured(section, done string, err error) error {
	if err == nil {
		return v.finish("/settings/security#"+section, done)
	}
	if v.viewer == nil {
		return err
	}
	page, pageErr := v.securityPage()
	if pageErr != nil {
		return pageErr
	}
	return v.again(err, v.print.T("Security.Title"), func(p *Page, problems []string) component {
		page.Section, page.Problems = section, problems
		return securityView(p, page)
	})
}

// beginSecondStep shows a secret for the viewer's app.
func (s *Site) beginSecondStep(v *visit) error {
	err := s.service.BeginSecondStep(v.ctx(), v.viewer)
	if err == nil {
		return v.redirect("/settings/security#second-step")
	}
	return v.secured("second-step", "", err)
}

// confirmSecondStep switches the second step on and shows the recovery codes.
func (s *Site) confirmSecondStep(v *visit) error {
	codes, err := s.service.ConfirmSecondStep(v.ctx(), v.viewer, v.r.PostFormValue("current_password"), v.r.PostFormValue("code"))
	if err != nil {
		return v.secured("second-step", "", err)
	}
	return v.showRecoveryCodes(codes)
}

// renewRecoveryCodes replaces the recovery codes and shows them.
func (s *Site) renewRecoveryCodes(v *visit) error {
	codes, err := s.service.NewRecoveryCodes(v.ctx(), v.viewer, v.r.PostFormValue("current_password"), v.r.PostFormValue("code"))
	if err != nil {
		return v.secured("second-step", "", err)
	}
	return v.showRecoveryCodes(codes)
}

// showRecoveryCodes answers a form, so that no cache keeps them.
func (v *visit) showRecoveryCodes(codes []string) error {
	p := v.newPage(v.print.T("Security.CodesTitle"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, recoveryCodesView(p, codes))
}

// endSecondStep switches the second step off.
func (s *Site) endSecondStep(v *visit) error {
	err := s.service.EndSecondStep(v.ctx(), v.viewer, v.r.PostFormValue("current_password"), v.r.PostFormValue("code"))
	return v.secured("second-step", "SecondStepOff", err)
}

// passkeyOptions is what static/files/passkey.js asks the browser's own dialogue
// for.
type passkeyOptions struct {
	Challenge string          `json:"challenge"`
	Options   json.RawMessage `json:"options"`
}

// answerOptions answers the module; its errors are texts for people.
func (v *visit) answerOptions(token, options string, err error) error {
	v.w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		v.failPlain(err)
		return nil
	}
	v.w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(v.w).Encode(passkeyOptions{token, json.RawMessage(options)})
}

func (s *Site) newPasskeyOptions(v *visit) error {
	if err := v.signedIn(); err != nil { // the module is led to the page for that, and notices
		return err
	}
	token, options, err := s.service.BeginPasskey(v.ctx(), v.viewer, v.r.PostFormValue("current_password"))
	return v.answerOptions(token, options, err)
}

func (s *Site) addPasskey(v *visit) error {
	err := s.service.AddPasskey(v.ctx(), v.viewer, v.r.PostFormValue("challenge"), v.r.PostFormValue("name"), v.r.PostFormValue("answer"))
	return v.secured("passkeys", "PasskeyAdded", err)
}

// changePasskey renames or removes one of the viewer's passkeys.
func (s *Site) changePasskey(v *visit) error {
	id, err := forum.ParseID(v.variable("id"))
	if err != nil {
		return err
	}
	if v.r.PostFormValue("remove") != "" {
		return v.secured("passkeys", "PasskeyRemoved", s.service.RemovePasskey(v.ctx(), v.viewer, id))
	}
	return v.secured("passkeys", "Saved", s.service.RenamePasskey(v.ctx(), v.viewer, id, v.r.PostFormValue("name")))
}

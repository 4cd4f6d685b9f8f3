package web

import (
	"net/http"

	"portevoix/forum"
)

// settings is the page of one's own account.
func (s *Site) settings(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Settings.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, settingsView(p, v.settingsForm()))
}

func (v *visit) settingsForm() settingsForm {
	return settingsForm{Profile: forum.Profile{DisplayName: v.viewer.DisplayName, Summary: v.viewer.SummarySource}}
}

// saved ends one of the forms: back to the page, or the page again with what is
// wrong in that section.
func (v *visit) saved(section, done string, form settingsForm, err error) error {
	if err == nil {
		return v.finish("/settings#"+section, done)
	}
	if v.viewer == nil {
		return err
	}
	return v.again(err, v.print.T("Settings.Title"), func(p *Page, problems []string) component {
		form.Section, form.Problems = section, problems
		return settingsView(p, form)
	})
}

func (s *Site) saveProfile(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	form := v.settingsForm()
	form.Profile = forum.Profile{DisplayName: v.r.PostFormValue("display_name"), Summary: v.r.PostFormValue("summary")}
	return v.saved("profile", "Saved", form, s.service.UpdateProfile(v.ctx(), v.viewer, form.Profile))
}

func (s *Site) saveAppearance(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	chosen := forum.Preferences{Locale: v.r.PostFormValue("locale"), Theme: forum.Theme(v.r.PostFormValue("theme"))}
	err := s.service.UpdatePreferences(v.ctx(), v.viewer, chosen)
	if err == nil { // a choice made on this browser before must not stand against it
		v.setCookie("language", "", -1)
	}
	return v.saved("appearance", "Saved", v.settingsForm(), err)
}

func (s *Site) changePassword(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	err := s.service.ChangePassword(v.ctx(), v.viewer, v.session, v.r.PostFormValue("current_password"), v.r.PostFormValue("password"))
	return v.saved("password", "Saved", v.settingsForm(), err)
}

func (s *Site) changeEmail(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	form := v.settingsForm()
	form.Email = v.r.PostFormValue("email")
	err := s.service.ChangeEmail(v.ctx(), v.viewer, v.r.PostFormValue("current_password"), form.Email)
	return v.saved("email", "EmailSent", form, err)
}

// deleteAccount erases the viewer's account.
func (s *Site) deleteAccount(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	if err := s.service.DeleteAccount(v.ctx(), v.viewer, v.r.PostFormValue("confirmation")); err != nil {
		return v.saved("delete", "", v.settingsForm(), err)
	}
	v.endSession()
	return v.finish("/", "AccountDeleted")
}

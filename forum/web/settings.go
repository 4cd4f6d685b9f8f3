package web

import (
	"fmt"
	"mime"
	"net/http"
	"time"

	"portevoix/forum"
)

// settings is the page of one's own account.
func (s *Site) settings(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	a, err := v.access()
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Settings.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, settingsView(p, v.settingsForm(), a))
}

// access reads what opens the viewer's account.
func (v *visit) access() (a access, err error) {
	if a.Sessions, a.Here, err = v.site.service.Sessions(v.ctx(), v.viewer, v.session); err != nil {
		return a, err
	}
	a.Registration = v.site.service.Registration()
	if a.Tokens, err = v.site.service.AccessTokens(v.ctx(), v.viewer); err != nil {
		return a, err
	}
	protection, err := v.site.service.Protection(v.ctx(), v.viewer)
	a.TwoStep, a.Leaves = protection.On, v.site.service.LeavingNow()
	return a, err
}

func (v *visit) settingsForm() settingsForm {
	return settingsForm{Profile: forum.Profile{DisplayName: v.viewer.DisplayName, Summary: v.viewer.SummarySource, Fields: v.viewer.Fields, Bot: v.viewer.Kind == forum.Bot}}
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
	a, accessErr := v.access()
	if accessErr != nil {
		return accessErr
	}
	return v.again(err, v.print.T("Settings.Title"), func(p *Page, problems []string) component {
		form.Section, form.Problems = section, problems
		return settingsView(p, form, a)
	})
}

func (s *Site) saveProfile(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	form := v.settingsForm()
	form.Profile = forum.Profile{DisplayName: v.r.PostFormValue("display_name"), Summary: v.r.PostFormValue("summary"), Fields: v.fields(), Bot: v.r.PostFormValue("bot") != ""}
	return v.saved("profile", "Saved", form, s.service.UpdateProfile(v.ctx(), v.viewer, form.Profile))
}

// fields reads the fields of the profile: labels and values in the same order.
func (v *visit) fields() []forum.Field {
	var list []forum.Field
	labels, values := v.r.PostForm["field_label"], v.r.PostForm["field_value"]
	for i := range min(len(labels), len(values)) {
		list = append(list, forum.Field{Label: labels[i], Value: values[i]})
	}
	return list
}

// fieldRows are the rows of the form: one for each field there may be.
func fieldRows(fields []forum.Field) []forum.Field {
	rows := make([]forum.Field, max(forum.MaxFields, len(fields)))
	copy(rows, fields)
	return rows
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

func (s *Site) saveWriting(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	err := s.service.SendAtOnce(v.ctx(), v.viewer, v.r.PostFormValue("undo") == "")
	return v.saved("writing", "Saved", v.settingsForm(), err)
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

// endSessions signs out the browser that the form names, or with none all but
// this one.
func (s *Site) endSessions(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	if err := s.service.EndSession(v.ctx(), v.viewer, v.session, v.r.PostFormValue("session")); err != nil {
		return err
	}
	return v.finish("/settings#sessions", "SessionEnded")
}

func (s *Site) revokeToken(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	id, err := forum.ParseID(v.variable("id"))
	if err != nil {
		return err
	}
	if err := s.service.RevokeAccessToken(v.ctx(), v.viewer, id); err != nil {
		return err
	}
	return v.finish("/settings#tokens", "TokenRevoked")
}

// exportTime is how long the download of an export may take.
const exportTime = 30 * time.Minute

// export sends everything that the viewer has put in. It is written as it is
// read, so a failure breaks off the download.
func (s *Site) export(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	now := s.service.Now()
	if err := http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(exportTime)); err != nil {
		return fmt.Errorf("extend the deadline of an export: %w", err)
	}
	name := fmt.Sprintf("%s-%s.zip", v.viewer.Name, now.UTC().Format(time.DateOnly))
	v.w.Header().Set("Content-Type", "application/zip")
	v.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	v.w.Header().Set("Cache-Control", "no-store")
	if err := s.service.Export(v.ctx(), v.viewer, v.w); err != nil {
		s.o.Logger.ErrorContext(v.ctx(), "export broke off", "account", v.viewer.Name, "error", err)
		panic(http.ErrAbortHandler) // the only way to tell the browser that the file is not whole
	}
	return nil
}

// keepAccount takes the deletion of the viewer's account back.
func (s *Site) keepAccount(v *visit) error {
	if err := s.service.KeepAccount(v.ctx(), v.viewer); err != nil {
		return err
	}
	return v.finish("/settings", "AccountKept")
}

// deleteAccount has the viewer's account deleted, after a while or at once.
func (s *Site) deleteAccount(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	departure := forum.Departure{Confirmation: v.r.PostFormValue("confirmation"), Code: v.r.PostFormValue("code"), Name: v.r.PostFormValue("name")}
	if err := s.service.LeaveAccount(v.ctx(), v.viewer, departure); err != nil {
		return v.saved("delete", "", v.settingsForm(), err)
	}
	v.endSession()
	if departure.Name != "" {
		return v.finish("/", "AccountDeleted")
	}
	return v.finish("/", "AccountLeaving")
}

package web

import (
	"net/http"
	"regexp"

	"portevoix/forum"
)

// leading finds the action of the address for those who may lead it.
func (s *Site) leading(v *visit) (*forum.ActionView, error) {
	if err := v.signedIn(); err != nil {
		return nil, err
	}
	a, err := v.actionNamed()
	if err != nil {
		return nil, err
	}
	leads, _, err := s.service.LeadsAction(v.ctx(), v.viewer, &a.Action)
	if err == nil && !leads {
		err = &forum.Error{Code: forum.Forbidden, Key: "ActionAuthorOnly"}
	}
	return a, err
}

// deskForm is what somebody typed who leads an action.
type deskForm struct {
	Of       string // the form that was sent
	Title    string
	Body     string
	Change   string
	Number   string
	Place    string
	Note     string
	Account  string // to be asked to stand behind it
	Problems []string
}

// actionDesk is where an action is led.
func (s *Site) actionDesk(v *visit) error { return s.showDesk(v, http.StatusOK, deskForm{}) }

func (s *Site) showDesk(v *visit, status int, form deskForm) error {
	a, err := s.leading(v)
	if err != nil {
		return err
	}
	page := actionPage{Action: a, Leads: true}
	if _, page.Moderates, err = s.service.LeadsAction(v.ctx(), v.viewer, &a.Action); err != nil {
		return err
	}
	page.Signing.Needed = s.service.SponsorsNeeded()
	page.Recording = s.pictureFields().Recording
	if page.Papers, err = s.store.Papers(v.ctx(), a.ID); err != nil {
		return err
	}
	if page.Cases, err = s.store.ActionCases(v.ctx(), a.ID, casesShown); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Action.Desk"))
	p.Section, p.NoIndex = "actions", true
	return v.show(status, p, actionDeskView(p, page, form))
}

// deskWork is what a form of the desk does.
type deskWork func(v *visit, handle string, f *deskForm) error

// desk answers a form of the desk: with the page that it led to, or with the form
// again.
func (s *Site) desk(v *visit, done string, do deskWork) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	field := v.r.PostFormValue
	handle := v.variable("handle")
	f := deskForm{Of: done, Title: field("title"), Body: field("body"), Change: field("change"), Number: field("number"), Place: field("place"), Note: field("note"), Account: field("account")}
	err := do(v, handle, &f)
	switch {
	case err == nil:
		return v.finish(v.back(actionPagePath(handle)), done)
	case forum.CodeOf(err) == forum.Invalid:
		f.Problems = v.print.Errors(err)
		return s.showDesk(v, statuses[forum.Invalid], f)
	}
	return err
}

// stepAction leads a draft to its publication, or away from it.
func (s *Site) stepAction(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	handle, to, done := v.variable("handle"), actionPagePath(v.variable("handle")), ""
	var err error
	switch v.variable("step") {
	case "ask":
		done, err = "ActionAsked", s.service.AskSponsors(v.ctx(), v.viewer, handle, true)
	case "redraft":
		done, err = "ActionSaved", s.service.AskSponsors(v.ctx(), v.viewer, handle, false)
	case "publish":
		done, err = "ActionPublished", s.service.PublishAction(v.ctx(), v.viewer, handle)
	default:
		to, done, err = "/actions", "ActionDropped", s.service.DropAction(v.ctx(), v.viewer, handle)
	}
	if err != nil {
		return err
	}
	return v.finish(to, done)
}

func (s *Site) postUpdate(v *visit) error {
	return s.desk(v, "UpdatePosted", func(v *visit, handle string, f *deskForm) error {
		_, err := s.service.PostUpdate(v.ctx(), v.viewer, handle, f.Title, f.Body)
		return err
	})
}

func (s *Site) addVersion(v *visit) error {
	return s.desk(v, "VersionAdded", func(v *visit, handle string, f *deskForm) error {
		_, err := s.service.AddActionVersion(v.ctx(), v.viewer, handle, forum.NewVersion{Title: f.Title, Text: f.Body, Change: f.Change})
		return err
	})
}

func (s *Site) closeAction(v *visit) error {
	return s.desk(v, "ActionClosed", func(v *visit, handle string, f *deskForm) error {
		return s.service.CloseAction(v.ctx(), v.viewer, handle, f.Body)
	})
}

func (s *Site) stopAction(v *visit) error {
	return s.desk(v, "ActionStopped", func(v *visit, handle string, f *deskForm) error {
		return s.service.StopAction(v.ctx(), v.viewer, handle, f.Body)
	})
}

func (s *Site) addPaper(v *visit) error {
	return s.desk(v, "PaperAdded", func(v *visit, handle string, f *deskForm) error {
		return s.service.AddPaper(v.ctx(), v.viewer, handle, wholeNumber(f.Number), f.Place, f.Note)
	})
}

func (s *Site) undoPaper(v *visit) error {
	return s.desk(v, "PaperUndone", func(v *visit, handle string, _ *deskForm) error {
		id, err := v.postID()
		if err != nil {
			return err
		}
		return s.service.UndoPaper(v.ctx(), v.viewer, handle, id)
	})
}

// setActionVideo uploads the recording that an action is about, or takes it away.
func (s *Site) setActionVideo(v *visit) error {
	return s.desk(v, "VideoSet", func(v *visit, handle string, f *deskForm) error {
		var choice forum.PictureChoice
		if v.r.PostFormValue("remove") == "" {
			header := uploaded(v, "file")
			if header == nil {
				return &forum.Error{Code: forum.Invalid, Key: "VideoMissing", Field: "file"}
			}
			file, err := header.Open()
			if err != nil {
				return err
			}
			defer file.Close()
			p, err := s.service.UploadPicture(v.ctx(), v.viewer, forum.PictureUpload{File: file, Size: header.Size, Alt: f.Note})
			if err != nil {
				return err
			}
			choice.ID = p.ID
		}
		return s.service.SetActionVideo(v.ctx(), v.viewer, handle, choice)
	})
}

func (s *Site) inviteSponsor(v *visit) error {
	return s.desk(v, "SponsorInvited", func(v *visit, handle string, f *deskForm) error {
		return s.service.InviteSponsor(v.ctx(), v.viewer, handle, f.Account)
	})
}

// sponsor stands behind an action, or no longer.
func (s *Site) sponsor(v *visit) error {
	on := v.r.PostFormValue("on") == "true"
	if err := s.service.SponsorAction(v.ctx(), v.viewer, v.variable("handle"), on); err != nil {
		return err
	}
	done := "Unsponsored"
	if on {
		done = "Sponsored"
	}
	return v.finish(actionPagePath(v.variable("handle")), done)
}

// caseAddress finds the thread in what somebody pastes: its address, or its id.
var caseAddress = regexp.MustCompile(`(?:^|/t/)([0-9]+)(?:[-?#/].*)?$`)

// attachCase ties a thread to an action, or unties it.
func (s *Site) attachCase(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	on := v.r.PostFormValue("on") != "false"
	match := caseAddress.FindStringSubmatch(v.r.PostFormValue("case"))
	if match == nil {
		return &forum.Error{Code: forum.Invalid, Key: "AddressMissing", Field: "case"}
	}
	id, err := forum.ParseID(match[1])
	if err != nil {
		return err
	}
	if err := s.service.AttachCase(v.ctx(), v.viewer, v.variable("handle"), id, on); err != nil {
		return err
	}
	done := "CaseDetached"
	if on {
		done = "CaseAttached"
	}
	return v.finish(v.back(actionPagePath(v.variable("handle"))+"#cases"), done)
}

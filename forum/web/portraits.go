package web

import (
	"errors"
	"strings"

	"portevoix/forum"
)

// portraits are the two that people and forums may have, in the order in which
// they are offered.
var portraits = []forum.Portrait{forum.Icon, forum.Banner}

// portraitURL is where a page finds a portrait of an actor here; "" for none.
// Of those of other servers, only copies of icons are shown, where there are such:
// to load them would tell them who reads.
func portraitURL(p *Page, a *forum.Actor, what forum.Portrait) string {
	if !a.Local() && what == forum.Icon {
		return iconPath(p, a.IconSmall)
	}
	address := a.IconURL
	if what == forum.Banner {
		address = a.BannerURL
	}
	path, ours := strings.CutPrefix(address, p.Base)
	if !a.Local() || !ours {
		return ""
	}
	return path
}

// iconPath is where a page finds a small icon; "" for none.
func iconPath(p *Page, name string) string {
	switch {
	case name == "":
		return ""
	case strings.Contains(name, "."): // a file of ours
	case p.RemotePictures:
		return forum.RemoteIconPath(name)
	default:
		return ""
	}
	return mediaPath(forum.PictureFile{Name: name})
}

// savePortraits stores the pictures of a form: new ones, and none where one is
// taken away.
func (s *Site) savePortraits(v *visit, name string) error {
	var errs []error
	for _, what := range portraits {
		field := string(what)
		if v.r.MultipartForm != nil && len(v.r.MultipartForm.File[field]) > 0 {
			file, err := readUpload(v.r.MultipartForm.File[field][0], s.service.PictureLimits().Bytes)
			if err == nil && len(file) > 0 {
				err = s.service.SetPortrait(v.ctx(), v.viewer, name, what, file)
			}
			errs = append(errs, err)
		}
		if v.r.PostFormValue("remove-"+field) != "" {
			errs = append(errs, s.service.SetPortrait(v.ctx(), v.viewer, name, what, nil))
		}
	}
	return errors.Join(errs...)
}

// saveOwnPortraits stores the pictures of the viewer.
func (s *Site) saveOwnPortraits(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	return v.saved("portraits", "Saved", v.settingsForm(), s.savePortraits(v, ""))
}

// saveForumPortraits stores the pictures of a forum.
func (s *Site) saveForumPortraits(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	f, err := v.forumNamed()
	if err != nil {
		return err
	}
	if err := s.savePortraits(v, f.Name); err != nil {
		return v.again(err, v.print.T("Forum.Settings"), func(p *Page, problems []string) component {
			return portraitsAgainView(p, &f.Actor, problems)
		})
	}
	return v.finish(forumPath(f.Name), "Saved")
}

package web

import (
	"net/http"

	"portevoix/forum"
)

// movePage is the page about one's other accounts and moving to one.
type movePage struct {
	Aliases []alias
	Target  *forum.Actor // where the viewer has moved to; nil for nowhere
	TwoStep bool         // a code is asked for
	Typed   string       // the address, in the form with problems

	Section  string // of the form with problems
	Problems []string
}

// alias is another account of the viewer's.
type alias struct{ URI, Label string }

func (s *Site) movePage(v *visit) error {
	page, err := v.movePage()
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Move.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, moveView(p, page))
}

func (v *visit) movePage() (page movePage, err error) {
	if err := v.signedIn(); err != nil {
		return page, err
	}
	known, err := v.site.store.ActorsByURI(v.ctx(), append([]string{v.viewer.MovedTo}, v.viewer.AlsoKnownAs...))
	if err != nil {
		return page, err
	}
	labels := map[string]string{}
	for i := range known {
		labels[known[i].URI] = "@" + known[i].Handle()
		if known[i].URI == v.viewer.MovedTo {
			page.Target = &known[i]
		}
	}
	for _, uri := range v.viewer.AlsoKnownAs {
		one := alias{URI: uri, Label: labels[uri]}
		if one.Label == "" {
			one.Label = uri
		}
		page.Aliases = append(page.Aliases, one)
	}
	protection, err := v.site.service.Protection(v.ctx(), v.viewer)
	page.TwoStep = protection.On
	return page, err
}

// moved ends one of the forms of the page, like saved.
func (v *visit) moved(section, typed, done string, err error) error {
	if err == nil {
		return v.finish("/settings/move", done)
	}
	page, pageErr := v.movePage()
	if pageErr != nil {
		return pageErr
	}
	return v.again(err, v.print.T("Move.Title"), func(p *Page, problems []string) component {
		page.Section, page.Typed, page.Problems = section, typed, problems
		return moveView(p, page)
	})
}

func (s *Site) addAlias(v *visit) error {
	address := v.r.PostFormValue("alias")
	return v.moved("alias", address, "Saved", s.service.AddAlias(v.ctx(), v.viewer, address))
}

func (s *Site) removeAlias(v *visit) error {
	return v.moved("alias", "", "Saved", s.service.RemoveAlias(v.ctx(), v.viewer, v.r.PostFormValue("uri")))
}

func (s *Site) move(v *visit) error {
	target := v.r.PostFormValue("target")
	err := s.service.Move(v.ctx(), v.viewer, target, v.r.PostFormValue("confirmation"), v.r.PostFormValue("code"))
	return v.moved("move", target, "Moved", err)
}

func (s *Site) undoMove(v *visit) error {
	return v.moved("move", "", "MoveUndone", s.service.UndoMove(v.ctx(), v.viewer))
}

package web

import (
	"net/http"

	"portevoix/forum"
)

// letterForm is what a letter is filled in with. It is given back when something
// is wrong with it, and kept nowhere.
type letterForm struct {
	forum.LetterForm
	Action   *forum.ActionView
	Problems []string
}

// letter is the form for one's own letter.
func (s *Site) letter(v *visit) error {
	a, err := s.letterNamed(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Letter.Title"))
	p.Section, p.NoIndex = "actions", true
	return v.show(http.StatusOK, p, letterView(p, letterForm{Action: a}))
}

func (s *Site) letterNamed(v *visit) (*forum.ActionView, error) {
	a, err := v.publicAction()
	if err == nil && (a.Kind != forum.FormalLetter || !a.Local()) {
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return a, err
}

// printLetter answers with the letter, filled in. No cache keeps it.
func (s *Site) printLetter(v *visit) error {
	a, err := s.letterNamed(v)
	if err != nil {
		return err
	}
	field := v.r.PostFormValue
	form := letterForm{Action: a, LetterForm: forum.LetterForm{Name: field("name"), Address: field("address"), Place: field("place")}}
	body, err := s.service.PrintLetter(v.ctx(), v.viewer, forum.Handle{Name: a.Name}, form.LetterForm)
	if err != nil {
		return v.again(err, v.print.T("Letter.Title"), func(p *Page, problems []string) component {
			form.Problems = problems
			return letterView(p, form)
		})
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `attachment; filename="`+a.Name+`.pdf"`)
	h.Set("Cache-Control", "no-store")
	_, _ = v.w.Write(body)
	return nil
}

// markSent notes that the viewer sent their letter, or that they did not.
func (s *Site) markSent(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	a, err := s.letterNamed(v)
	if err != nil {
		return err
	}
	if err := s.service.MarkSent(v.ctx(), v.viewer, forum.Handle{Name: a.Name}, v.r.PostFormValue("on") != "false"); err != nil {
		return err
	}
	return v.finish(actionPagePath(a.Handle())+"#letter", "Saved")
}

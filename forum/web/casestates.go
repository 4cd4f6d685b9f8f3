package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"portevoix/forum"
)

// casePage is where a case stands, where it stood, and where its reader may move it.
type casePage struct {
	Thread   *forum.Thread
	Moves    []forum.CaseMove
	May      []forum.CaseState
	Author   bool // the reader is
	Token    string
	Merged   []forum.PostURI // duplicates of it
	Merges   bool            // the reader may merge it
	Facts    *forum.NewCase  // that an incomplete case lacks; nil: nothing is asked
	Problems []string
}

const movesShown = 50

// caseHistory shows where a case stood, and offers its author and moderators to
// move it.
func (s *Site) caseHistory(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	page, err := s.casePage(v, id)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Case.History"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, caseView(p, page))
}

func (s *Site) casePage(v *visit, id forum.ID) (casePage, error) {
	page := casePage{}
	var err error
	if page.Thread, err = s.store.Thread(v.ctx(), id); err != nil {
		return page, err
	}
	switch {
	case page.Thread.Post.Hidden():
		return page, &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
	case page.Thread.Case == nil:
		return page, &forum.Error{Code: forum.NotFound, Key: "CaseNone"}
	}
	if page.Merged, err = s.store.CasesMergedInto(v.ctx(), id, movesShown); err != nil {
		return page, err
	}
	if page.Moves, err = s.store.CaseMoves(v.ctx(), id, movesShown); err != nil || v.viewer == nil {
		return page, err
	}
	if page.Merges, err = v.mayModerate(page.Thread.ForumID); err != nil {
		return page, err
	}
	page.Author = v.viewer.ID == page.Thread.AuthorID
	mover := forum.MoverAuthor
	if !page.Author {
		if !page.Merges {
			return page, nil
		}
		mover = forum.MoverModerator
	}
	page.May = forum.MovesOf(mover, page.Thread.Case.State)
	return page, nil
}

// moveCase moves a case.
func (s *Site) moveCase(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	id, err := v.postID()
	if err != nil {
		return err
	}
	field := v.r.PostFormValue
	if err = s.service.MoveCase(v.ctx(), v.viewer, id, forum.CaseState(field("state")), field("note")); err == nil {
		post, err := s.store.Post(v.ctx(), id)
		if err != nil {
			return err
		}
		return v.finish(postPath(post), "CaseMoved")
	}
	page, fillErr := s.casePage(v, id)
	if fillErr != nil {
		return fillErr
	}
	return v.again(err, v.print.T("Case.History"), func(p *Page, problems []string) component {
		page.Problems = problems
		return caseView(p, page)
	})
}

// caseQuestion asks an author, who need not be signed in, how their case stands,
// and for what an incomplete one lacks.
func (s *Site) caseQuestion(v *visit) error {
	page, err := s.questionPage(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Case.Question"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, caseView(p, page))
}

func (s *Site) questionPage(v *visit) (casePage, error) {
	page := casePage{Token: v.variable("token"), Author: true}
	var err error
	if page.Thread, err = s.service.CaseByToken(v.ctx(), page.Token); err != nil {
		return page, err
	}
	if page.Moves, err = s.store.CaseMoves(v.ctx(), page.Thread.ID, movesShown); err != nil {
		return page, err
	}
	state := page.Thread.Case.State
	page.May = forum.MovesOf(forum.MoverAuthor, state)
	if !state.Decided() && state != "" {
		page.May = append(slices.Clone(page.May), forum.StillWaiting)
	}
	if page.Thread.Case.Incomplete {
		page.Facts = page.Thread.Case.Draft()
	}
	return page, nil
}

// answerCaseQuestion does what an author answered, and thanks them.
func (s *Site) answerCaseQuestion(v *visit) error {
	field := v.r.PostFormValue
	var (
		t   *forum.Thread
		err error
	)
	token := v.variable("token")
	if field("complete") != "" {
		t, err = s.service.CompleteCase(v.ctx(), token, *caseOf(v.readCase()))
	} else {
		t, err = s.service.MoveCaseByToken(v.ctx(), token, forum.CaseState(field("state")), field("note"))
	}
	if err == nil {
		return v.finish(postPath(&t.Post), "CaseMoved")
	}
	page, fillErr := s.questionPage(v)
	if fillErr != nil {
		return fillErr
	}
	if page.Facts != nil && field("complete") != "" {
		page.Facts = caseOf(v.readCase())
	}
	return v.again(err, v.print.T("Case.Question"), func(p *Page, problems []string) component {
		page.Problems = problems
		return caseView(p, page)
	})
}

// moveLabel says what an author or a moderator chooses.
func moveLabel(p *Page, page casePage, to forum.CaseState) string {
	if page.Author {
		return p.T("Case.Move." + string(to))
	}
	return p.T("Case.Moderate." + string(to))
}

// moverName says who moved a case.
func moverName(p *Page, m forum.CaseMove) string {
	if m.Actor.Name == "" {
		return p.T("Case.By." + string(m.Mover))
	}
	return m.Actor.Label()
}

func statePath(t *forum.Thread) string { return "/t/" + t.ID.String() + "/state" }

// mergeCase makes a case a duplicate of the one whose address is given, or takes
// that back.
func (s *Site) mergeCase(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	id, err := v.postID()
	if err != nil {
		return err
	}
	if into := v.r.PostFormValue("into"); into == "" {
		err = s.service.UnmergeCase(v.ctx(), v.viewer, id)
	} else {
		var target forum.ID
		if target, err = s.caseAt(into); err == nil {
			err = s.service.MergeCases(v.ctx(), v.viewer, id, target)
		}
	}
	if err != nil {
		return err
	}
	return v.finish(statePath(&forum.Thread{Post: forum.Post{ID: id}}), "Saved")
}

// caseAt reads the address or the number of a thread here.
func (s *Site) caseAt(address string) (forum.ID, error) {
	found := threadNumber.FindStringSubmatch(strings.TrimSpace(address))
	if found == nil {
		return 0, &forum.Error{Code: forum.Invalid, Key: "CaseAddress", Field: "into"}
	}
	return forum.ParseID(found[1])
}

var threadNumber = regexp.MustCompile(`(?:^|/t/)(\d+)(?:-[^/]*)?$`)

package web

import (
	"net/http"

	"portevoix/forum"
)

func listPath(l *forum.List) string { return "/lists/" + l.ID.String() }

// listsPage is the viewer's lists; with List what is on one.
type listsPage struct {
	Lists    []forum.List
	List     *forum.List
	Members  []forum.Actor
	Threads  forum.ThreadPage
	After    string
	Title    string // as typed
	Apart    bool   // likewise: an exclusive list
	Account  string // as typed
	Problems []string
}

func (l *listsPage) first() string {
	if l.After == "" {
		return ""
	}
	return listPath(l.List)
}

func (l *listsPage) next() string {
	if l.Threads.Next == "" {
		return ""
	}
	return listPath(l.List) + "?after=" + queryEscape(l.Threads.Next)
}

// listMembersShown bounds who is shown beside a list.
const listMembersShown = 500

func (s *Site) listsPage(v *visit) (listsPage, error) {
	var page listsPage
	err := v.signedIn()
	if err != nil {
		return page, err
	}
	if v.variable("id") == "" {
		page.Lists, err = s.store.Lists(v.ctx(), v.viewer.ID, 0)
		return page, err
	}
	id, err := v.postID()
	if err != nil {
		return page, err
	}
	if page.List, err = s.service.OwnList(v.ctx(), v.viewer, id); err != nil {
		return page, err
	}
	if page.Members, err = s.store.ListMembers(v.ctx(), id, listMembersShown); err != nil {
		return page, err
	}
	page.Title, page.Apart, page.After = page.List.Title, page.List.Exclusive, v.query("after")
	page.Threads, err = s.store.Home(v.ctx(), forum.HomeQuery{Viewer: v.viewer.ID, List: id, Sort: forum.SortActive, After: page.After, Limit: threadsPerPage})
	if err != nil {
		return page, err
	}
	filters, err := v.filters(forum.InHome)
	page.Threads.Threads = filters.Threads(page.Threads.Threads)
	return page, err
}

func (s *Site) lists(v *visit) error {
	page, err := s.listsPage(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("OwnList.All"))
	if page.List != nil {
		p.Title = page.List.Title
	}
	p.Section, p.NoIndex = "home", true
	return v.show(http.StatusOK, p, listsView(p, page))
}

// addList makes a list.
func (s *Site) addList(v *visit) error {
	page, err := s.listsPage(v)
	if err != nil {
		return err
	}
	l, err := s.service.AddList(v.ctx(), v.viewer, page.change(v))
	if err == nil {
		return v.finish(listPath(l), "Saved")
	}
	return s.againList(v, err, page)
}

// change reads what the form says of a list.
func (l *listsPage) change(v *visit) forum.ListChange {
	l.Title, l.Apart = v.r.PostFormValue("title"), v.r.PostFormValue("apart") != ""
	return forum.ListChange{Title: &l.Title, Exclusive: &l.Apart}
}

func (s *Site) againList(v *visit, err error, page listsPage) error {
	return v.again(err, v.print.T("OwnList.All"), func(p *Page, problems []string) component {
		page.Problems = problems
		return listsView(p, page)
	})
}

// changeList changes or deletes a list, or changes who is on it.
func (s *Site) changeList(v *visit) error {
	page, err := s.listsPage(v)
	if err != nil {
		return err
	}
	field, id := v.r.PostFormValue, page.List.ID
	switch {
	case field("do") == "delete":
		if err = s.service.DeleteList(v.ctx(), v.viewer, id); err == nil {
			return v.finish("/lists", "ListDeleted")
		}
	case field("off") != "":
		var actor forum.ID
		if actor, err = forum.ParseID(field("off")); err == nil {
			err = s.service.SetListMembers(v.ctx(), v.viewer, id, []forum.ID{actor}, false)
		}
	case field("account") != "":
		page.Account = field("account")
		var who *forum.Actor
		if who, err = s.service.FindActor(v.ctx(), page.Account); forum.CodeOf(err) == forum.NotFound {
			err = &forum.Error{Code: forum.Invalid, Key: "AccountUnknown", Field: "account", Args: map[string]any{"Name": page.Account}}
		} else if err == nil {
			err = s.service.SetListMembers(v.ctx(), v.viewer, id, []forum.ID{who.ID}, true)
		}
	default:
		_, err = s.service.ChangeList(v.ctx(), v.viewer, id, page.change(v))
	}
	if err == nil {
		return v.finish(listPath(page.List), "Saved")
	}
	return s.againList(v, err, page)
}

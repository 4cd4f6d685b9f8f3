package web

import (
	"net/http"

	"portevoix/forum"
)

// homeSorts are the orders of the home feed, the usual one first.
var homeSorts = []forum.ThreadSort{forum.SortActive, forum.SortNew}

// home is what the viewer follows: forums, people, and threads.
func (s *Site) home(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	page := homePage{Sort: forum.SortActive, After: v.query("after")}
	if forum.ThreadSort(v.query("sort")) == forum.SortNew {
		page.Sort = forum.SortNew
	}
	var err error
	page.Threads, err = s.store.Home(v.ctx(), forum.HomeQuery{Viewer: v.viewer.ID, Sort: page.Sort, After: page.After, Limit: threadsPerPage})
	if err != nil {
		return err
	}
	filters, err := v.filters(forum.InHome)
	if err != nil {
		return err
	}
	page.Threads.Threads = filters.Threads(page.Threads.Threads)
	cards, err := s.store.Forums(v.ctx(), v.viewer.ID)
	if err != nil {
		return err
	}
	for _, c := range cards {
		if c.Followed != "" {
			page.Forums = append(page.Forums, c)
		}
	}
	if page.Tags, err = s.store.TagsFollowed(v.ctx(), v.viewer.ID); err != nil {
		return err
	}
	if page.Lists, err = s.store.Lists(v.ctx(), v.viewer.ID, 0); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Home.Title"))
	p.Section, p.NoIndex = "home", true
	if page.After == "" {
		p.Live, p.LiveShow = "/live?feed=home", page.link(forum.SortNew, "")
	}
	return v.show(http.StatusOK, p, homeView(p, page))
}

func (h homePage) link(sort forum.ThreadSort, after string) string {
	path := "/home"
	if sort != forum.SortActive {
		path += "?sort=" + string(sort)
	}
	if after == "" {
		return path
	}
	if sort == forum.SortActive {
		return path + "?after=" + queryEscape(after)
	}
	return path + "&after=" + queryEscape(after)
}

func (h homePage) first() string {
	if h.After == "" {
		return ""
	}
	return h.link(h.Sort, "")
}

func (h homePage) next() string {
	if h.Threads.Next == "" {
		return ""
	}
	return h.link(h.Sort, h.Threads.Next)
}

// followThread and muteThread do or undo, as the button says.
func (s *Site) followThread(v *visit) error {
	return s.attend(v, s.service.FollowThread, "ThreadFollowed", "ThreadUnfollowed")
}

func (s *Site) muteThread(v *visit) error {
	return s.attend(v, s.service.MuteThread, "ThreadMuted", "ThreadUnmuted")
}

func (s *Site) attend(v *visit, do voting, on, off string) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	done := off
	if v.r.PostFormValue("on") == "true" {
		done = on
	}
	if err := do(v.ctx(), v.viewer, id, done == on); err != nil {
		return err
	}
	return v.finish(v.back("/t/"+id.String()), done)
}

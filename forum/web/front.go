package web

import (
	"net/http"

	"portevoix/forum"
)

const forumsInRail = 12

// front is the front page: what people are talking about.
func (s *Site) front(v *visit) error {
	p := v.newPage(v.print.T("Front.Title"))
	p.Section, p.Canonical, p.Head.Feed = "front", s.service.Addresses().Base()+"/", "/"
	threads, err := v.listThreads("/", forum.ThreadQuery{})
	if err != nil {
		return err
	}
	threads.Compose = "/new"
	p.Live, p.LiveShow = threads.live(0), threads.bySort(forum.SortNew)
	cards, err := s.store.Forums(v.ctx(), v.viewerID())
	if err != nil {
		return err
	}
	var local []forum.ForumCard
	for _, c := range cards {
		if c.Local() && len(local) < forumsInRail {
			local = append(local, c)
		}
	}
	numbers, err := s.statistics(v)
	if err != nil {
		return err
	}
	lead, err := s.leadAction(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, p, frontView(p, frontPage{Threads: threads, Forums: local, Statistics: numbers, Lead: lead}))
}

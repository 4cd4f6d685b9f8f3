package web

import (
	"bytes"
	"net/http"
	"time"

	"portevoix/forum"
)

const peerListsPath = peersPath + "/lists"

func peerListPath(id forum.ID) string { return peerListsPath + "/" + id.String() }

// peerListsPage is the lists of servers that are followed, and the form for another.
type peerListsPage struct {
	Lists    []forum.PeerList
	Form     forum.NewPeerList
	DryRun   bool
	Change   *forum.PeerListChange // of a dry run
	Problems []string
}

// peerLists shows the lists. Administrators see them.
func (s *Site) peerLists(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	return s.showPeerLists(v, peerListsPage{Form: forum.NewPeerList{Ceiling: forum.CeilingLimit}, DryRun: true})
}

func (s *Site) showPeerLists(v *visit, page peerListsPage) error {
	var err error
	if page.Lists, err = s.service.PeerLists(v.ctx(), v.viewer); err != nil {
		return err
	}
	p := v.newPage(v.print.T("PeerLists.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, peerListsView(p, page))
}

// subscribePeerList follows a list, or tells what it would do.
func (s *Site) subscribePeerList(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	page := peerListsPage{DryRun: v.r.PostFormValue("dry_run") == "true", Form: forum.NewPeerList{
		URL: v.r.PostFormValue("url"), Ceiling: forum.PeerCeiling(v.r.PostFormValue("ceiling")), Automatic: v.r.PostFormValue("automatic") == "true",
	}}
	l, change, err := s.service.SubscribePeerList(v.ctx(), v.viewer, page.Form, page.DryRun)
	switch {
	case err == nil && page.DryRun:
		page.Change, page.DryRun = &change, false
		return s.showPeerLists(v, page)
	case err == nil:
		return v.finish(peerListPath(l.ID), "Saved")
	}
	lists, listsErr := s.service.PeerLists(v.ctx(), v.viewer)
	if listsErr != nil {
		return listsErr
	}
	page.Lists = lists
	return v.again(err, v.print.T("PeerLists.Title"), func(p *Page, problems []string) component {
		page.Problems = problems
		return peerListsView(p, page)
	})
}

// proposalsShown bounds how many proposals a page shows.
const proposalsShown = 500

// peerListPage is one list, what it proposes, and what reading it would do.
type peerListPage struct {
	List     *forum.PeerList
	Proposed []forum.PeerListEntry
	Change   *forum.PeerListChange // of a dry run
	Problems []string
}

func (s *Site) peerListPage(v *visit) (peerListPage, error) {
	var page peerListPage
	id, err := v.postID()
	if err == nil {
		page.List, page.Proposed, err = s.service.PeerList(v.ctx(), v.viewer, id)
		page.Proposed = page.Proposed[:min(len(page.Proposed), proposalsShown)]
	}
	return page, err
}

func (s *Site) peerList(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	page, err := s.peerListPage(v)
	if err != nil {
		return err
	}
	return v.showPeerList(page)
}

func (v *visit) showPeerList(page peerListPage) error {
	p := v.newPage(v.print.T("PeerLists.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, peerListView(p, page))
}

// changePeerList decides about what a list proposes, reads it, or ends it.
func (s *Site) changePeerList(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	page, err := s.peerListPage(v)
	if err != nil {
		return err
	}
	id, to := page.List.ID, peerListPath(page.List.ID)
	switch v.r.PostFormValue("do") {
	case "accept", "refuse":
		if hosts := v.r.PostForm["host"]; len(hosts) > 0 {
			_, err = s.service.DecidePeerList(v.ctx(), v.viewer, id, hosts, v.r.PostFormValue("do") == "accept")
		}
	case "accept-all":
		_, err = s.service.DecidePeerList(v.ctx(), v.viewer, id, nil, true)
	case "look":
		var change forum.PeerListChange
		if change, err = s.service.ReadPeerList(v.ctx(), v.viewer, id, forum.PeerListReading{DryRun: true}); err == nil {
			page.Change = &change
			return v.showPeerList(page)
		}
	case "read":
		_, err = s.service.ReadPeerList(v.ctx(), v.viewer, id, forum.PeerListReading{})
	case "read-anyway":
		_, err = s.service.ReadPeerList(v.ctx(), v.viewer, id, forum.PeerListReading{Confirmed: true})
	case "end":
		to = peerListsPath
		_, err = s.service.UnsubscribePeerList(v.ctx(), v.viewer, id, v.r.PostFormValue("keep") == "true")
	default:
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	if err == nil {
		return v.finish(to, "Saved")
	}
	if fresh, freshErr := s.peerListPage(v); freshErr == nil { // with what was wrong
		page = fresh
	}
	return v.again(err, v.print.T("PeerLists.Title"), func(p *Page, problems []string) component {
		page.Problems = problems
		return peerListView(p, page)
	})
}

// publishedAge is how long caches keep the list of our own rules.
const publishedAge = time.Hour

// publishedPeers is the list of our own rules for others to follow, where whoever
// runs the server publishes it.
func (s *Site) publishedPeers(v *visit) error {
	if !s.o.PublishPeers {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	rules, err := s.service.PublicPeerRules(v.ctx())
	if err != nil {
		return err
	}
	var list bytes.Buffer
	if err := forum.WritePeerRules(&list, rules); err != nil {
		return err
	}
	return v.serve("text/csv; charset=utf-8", list.Bytes(), time.Time{}, publishedAge)
}

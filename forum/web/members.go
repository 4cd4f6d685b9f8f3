package web

import (
	"net/http"
	"net/url"
	"strings"

	"portevoix/forum"
)

const membersPerPage = 50

// doorPage is a forum for members as those see it who are none.
type doorPage struct {
	Forum    *forum.Forum
	State    forum.MembershipState // "" for nothing
	Reason   string
	Problems []string
}

// membersPage is who reads a forum for members, and, for its moderators, who is
// invited to it or asks to join.
type membersPage struct {
	Forum    *forum.Forum
	State    forum.MembershipState
	Manages  bool
	List     forum.MembershipPage
	Account  string // to be invited
	Problems []string
}

// insidePage lists the forums for members that somebody reads.
type insidePage struct {
	Forums []forum.ForumCard
}

func membersPath(f *forum.Forum) string { return forumPath(f.Name) + "/members" }

func membershipPath(f *forum.Forum) string { return forumPath(f.Name) + "/membership" }

// door shows a forum for members to who is none, where they may ask to join or are
// invited. For others there is nothing, as otherwise said.
func (s *Site) door(v *visit, otherwise error) error {
	f, m, err := s.service.Door(v.ctx(), v.viewer, v.variable("handle"))
	if forum.CodeOf(err) == forum.NotFound {
		return otherwise
	}
	if err != nil {
		return err
	}
	page := doorPage{Forum: f}
	if m != nil {
		page.State = m.State
	}
	p := v.insidePage(f.Label())
	return v.show(http.StatusOK, p, doorView(p, page))
}

// insidePage begins a page about a forum for members, which programs learn nothing of.
func (v *visit) insidePage(title string) *Page {
	p := v.newPage(title)
	p.Section, p.NoIndex = "forums", true
	p.keepInside(true)
	return p
}

// setMembership asks to join a forum for members, accepts its invitation, or leaves.
func (s *Site) setMembership(v *visit) error {
	handle, reason := v.variable("handle"), v.r.PostFormValue("reason")
	if v.r.PostFormValue("on") != "true" {
		if err := s.service.LeaveForum(v.ctx(), v.viewer, handle); err != nil {
			return err
		}
		return v.finish("/forums/inside", "MembershipEnded")
	}
	state, err := s.service.JoinForum(v.ctx(), v.viewer, handle, reason)
	switch {
	case err == nil && state == forum.MemberJoined:
		return v.finish(forumPath(handle), "MembershipBegun")
	case err == nil:
		return v.finish(forumPath(handle), "MembershipAsked")
	case forum.CodeOf(err) != forum.Invalid:
		return err
	}
	f, _, closed := s.service.Door(v.ctx(), v.viewer, handle)
	if closed != nil {
		return closed
	}
	return v.again(err, f.Label(), func(p *Page, problems []string) component {
		p.keepInside(true)
		return doorView(p, doorPage{Forum: f, Reason: reason, Problems: problems})
	})
}

// readMembers reads who stands to a forum as the address asks for.
func (s *Site) readMembers(v *visit) (membersPage, error) {
	if err := v.signedIn(); err != nil {
		return membersPage{}, err
	}
	page := membersPage{State: forum.MemberJoined}
	for _, state := range membershipStates {
		if v.query("state") == string(state) {
			page.State = state
		}
	}
	var err error
	page.Forum, page.List, err = s.service.Members(v.ctx(), v.viewer, v.variable("handle"), forum.MembershipQuery{State: page.State, After: v.query("after"), Limit: membersPerPage})
	if err != nil {
		return page, err
	}
	page.Manages, err = v.mayModerate(page.Forum.ID)
	return page, err
}

// membershipStates are those that moderators choose from, in the order of the page.
var membershipStates = []forum.MembershipState{forum.MemberJoined, forum.MemberAsked, forum.MemberInvited}

// members lists who reads a forum for members.
func (s *Site) members(v *visit) error {
	page, err := s.readMembers(v)
	if err != nil {
		return err
	}
	p := v.insidePage(v.print.T("Members.Title"))
	return v.show(http.StatusOK, p, membersView(p, page))
}

// inviteMember invites somebody to a forum for members.
func (s *Site) inviteMember(v *visit) error {
	page, err := s.readMembers(v)
	if err != nil {
		return err
	}
	page.Account = strings.TrimSpace(v.r.PostFormValue("account"))
	err = s.service.InviteMember(v.ctx(), v.viewer, page.Forum.Name, page.Account)
	if err == nil {
		return v.finish(membersPath(page.Forum)+"?state=invited", "MemberInvited")
	}
	return v.again(err, v.print.T("Members.Title"), func(p *Page, problems []string) component {
		p.keepInside(true)
		page.Problems = problems
		return membersView(p, page)
	})
}

// decideMember lets somebody in who asked, or ends a membership, an invitation, a
// request.
func (s *Site) decideMember(v *visit) error {
	handle, account := v.variable("handle"), v.r.PostFormValue("account")
	back := v.back(forumPath(handle) + "/members")
	if v.r.PostFormValue("on") == "true" {
		if err := s.service.AcceptMember(v.ctx(), v.viewer, handle, account); err != nil {
			return err
		}
		return v.finish(back, "MemberAccepted")
	}
	if err := s.service.RemoveMember(v.ctx(), v.viewer, handle, account); err != nil {
		return err
	}
	return v.finish(back, "MemberRemoved")
}

// forumsInside lists the forums for members that the viewer reads.
func (s *Site) forumsInside(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	cards, err := s.store.ForumsInside(v.ctx(), v.viewer.ID)
	if err != nil {
		return err
	}
	p := v.insidePage(v.print.T("Inside.Title"))
	return v.show(http.StatusOK, p, insideView(p, insidePage{Forums: cards}))
}

func (m membersPage) link(state forum.MembershipState, after string) string {
	q := url.Values{}
	if state != forum.MemberJoined {
		q.Set("state", string(state))
	}
	if after != "" {
		q.Set("after", after)
	}
	return withQuery(membersPath(m.Forum), q)
}

func (m membersPage) next() string {
	if m.List.Next == "" {
		return ""
	}
	return m.link(m.State, m.List.Next)
}

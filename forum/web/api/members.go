package api

import (
	"errors"
	"io"
	"net/http"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

type memberEntity struct {
	Account authorEntity  `json:"account"`
	State   string        `json:"state"`  // "member", "asked" or "invited"
	Reason  *string       `json:"reason"` // of who asks
	By      *authorEntity `json:"by"`     // who invited, or let them in
	Since   string        `json:"since"`
}

type membershipEntity struct {
	Membership *string `json:"membership"` // "member", "asked", "invited" or null
}

// membershipIn is how who asks stands to a forum; nil for not at all.
func (a *API) membershipIn(c *call, f *forum.Forum) (*string, error) {
	viewer := c.viewerID()
	if !f.Private || viewer == 0 {
		return nil, nil
	}
	m, err := a.store.Membership(c.r.Context(), f.ID, viewer)
	if forum.CodeOf(err) == forum.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return stringOrNull(string(m.State)), nil
}

// door shows of a forum for members what it says of itself, to who may ask to join
// it or is invited; for others there is nothing, as otherwise said.
func (a *API) door(c *call, otherwise error) error {
	if !c.token.ReadsPosts() {
		return otherwise
	}
	f, m, err := a.service.Door(c.r.Context(), c.viewer, mux.Vars(c.r)["name"])
	if forum.CodeOf(err) == forum.NotFound {
		return otherwise
	}
	if err != nil {
		return err
	}
	e := a.forumOf(f, "")
	e.Counts = forumCountsEntity{}
	if m != nil {
		e.Membership = stringOrNull(string(m.State))
	}
	return c.write(http.StatusOK, e)
}

// forumsInside lists the forums for members that who asks reads.
func (a *API) forumsInside(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	cards, err := a.store.ForumsInside(c.r.Context(), by.ID)
	if err != nil {
		return err
	}
	list := make([]forumEntity, len(cards))
	for i := range cards {
		list[i] = a.forumOf(&cards[i].Forum, "")
		if list[i].Membership, err = a.membershipIn(c, &cards[i].Forum); err != nil {
			return err
		}
	}
	return c.write(http.StatusOK, list)
}

// listMembers lists who reads a forum for members, is invited to it or asks to join.
func (a *API) listMembers(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	q := c.r.URL.Query()
	state := forum.MembershipState(q.Get("state"))
	switch state {
	case "":
		state = forum.MemberJoined
	case forum.MemberJoined, forum.MemberAsked, forum.MemberInvited:
	default:
		return &forum.Error{Code: forum.Invalid, Key: "MembershipUnknown", Field: "state"}
	}
	_, page, err := a.service.Members(c.r.Context(), by, mux.Vars(c.r)["name"], forum.MembershipQuery{State: state, After: q.Get("after"), Limit: c.limit()})
	if err != nil {
		return err
	}
	list := make([]memberEntity, len(page.List))
	for i, m := range page.List {
		list[i] = memberEntity{Account: author(m.Account), State: string(m.State), Reason: stringOrNull(m.Reason), Since: moment(m.At)}
		if m.By != nil {
			who := author(*m.By)
			list[i].By = &who
		}
	}
	c.link("next", "after", page.Next)
	return c.write(http.StatusOK, list)
}

// setMember invites somebody to a forum for members or lets in who asked, or ends
// what there was of that.
func (a *API) setMember(on bool) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		vars := mux.Vars(c.r)
		change := a.service.RemoveMember
		if on {
			change = a.service.InviteMember
		}
		if err := change(c.r.Context(), by, vars["name"], vars["handle"]); err != nil {
			return err
		}
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// join asks to join a forum for members, or accepts its invitation.
func (a *API) join(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		Reason string `json:"reason"`
	}
	var unreadable *badJSON
	if err := c.read(&in); err != nil && !(errors.As(err, &unreadable) && errors.Is(unreadable.err, io.EOF)) { // nothing need be said
		return err
	}
	state, err := a.service.JoinForum(c.r.Context(), by, mux.Vars(c.r)["name"], in.Reason)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, membershipEntity{Membership: stringOrNull(string(state))})
}

// leave ends one's own membership, or what was to become one.
func (a *API) leave(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	if err := a.service.LeaveForum(c.r.Context(), by, mux.Vars(c.r)["name"]); err != nil {
		return err
	}
	return c.write(http.StatusOK, membershipEntity{})
}

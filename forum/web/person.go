package web

import (
	"net/http"
	"strings"

	"portevoix/forum"
)

// personNamed finds the person of the address.
func (v *visit) personNamed() (*forum.Actor, error) {
	h, ok := forum.ParseHandle(v.variable("handle"), v.site.service.Addresses().Host())
	if !ok {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	a, err := v.site.store.ActorByHandle(v.ctx(), h)
	switch {
	case err != nil:
		return nil, err
	case a.Kind == forum.Group, a.Kind == forum.Application:
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	case !a.DeletedAt.IsZero():
		return nil, &forum.Error{Code: forum.Gone, Key: "AccountDeleted"}
	case a.Standing == forum.Blocked:
		return nil, a.Active()
	case !a.LeavesAt.IsZero() && v.viewerID() != a.ID:
		return nil, &forum.Error{Code: forum.Gone, Key: "PersonLeaving"}
	}
	return a, nil
}

// person is the page of a person, here or elsewhere.
func (s *Site) person(v *visit) error {
	a, err := v.personNamed()
	if err != nil {
		return err
	}
	page := personPage{Person: a, Replies: v.query("show") == "replies", After: v.query("after")}
	if v.viewer != nil {
		if page.Relation, err = s.store.Relation(v.ctx(), v.viewer.ID, a.ID); err != nil {
			return err
		}
	}
	if a.MovedTo != "" {
		target, err := s.store.ActorByURI(v.ctx(), a.MovedTo)
		if err != nil && forum.CodeOf(err) != forum.NotFound {
			return err
		}
		page.MovedTo = target
	}
	if !page.Replies && page.After == "" {
		if page.Pinned, err = s.store.Pinned(v.ctx(), a.ID, v.viewerID()); err != nil {
			return err
		}
	}
	if page.Replies {
		page.Posts, page.Next, err = s.store.RepliesBy(v.ctx(), a.ID, v.viewerID(), page.After, threadsPerPage)
	} else {
		page.Threads, err = s.store.Threads(v.ctx(), forum.ThreadQuery{AuthorID: a.ID, Viewer: v.viewerID(), Sort: forum.SortNew, After: page.After, Limit: threadsPerPage})
		page.Next = page.Threads.Next
	}
	if err != nil {
		return err
	}
	p := v.newPage(a.Label())
	p.Canonical, p.ActivityURI, p.NoIndex = s.service.Addresses().Base()+personPath(a.Handle()), a.URI, !a.Local()
	p.Description, p.Head.Feed = firstLine(s.o.Renderer.Text(a.Summary)), personPath(a.Handle())
	return v.show(http.StatusOK, p, personView(p, page))
}

// fullHandle is the address by which others find a person.
func fullHandle(p *Page, a *forum.Actor) string {
	if a.Local() {
		return "@" + a.Name + "@" + p.Host
	}
	return "@" + a.Handle()
}

// fieldRelation is what links of a profile say: only those of people here that the
// page is the person's own, because only they can be held to it.
func fieldRelation(a *forum.Actor) string {
	if a.Local() {
		return "me nofollow noopener"
	}
	return "nofollow noopener"
}

// shortLink is the text of a link: an address goes without its scheme, which
// says nothing to people.
func shortLink(f forum.Field) string {
	return strings.TrimSuffix(strings.TrimPrefix(f.Value, "https://"), "/")
}

func personNext(f personPage) string {
	if f.Next == "" {
		return ""
	}
	path := personPath(f.Person.Handle()) + "?"
	if f.Replies {
		path += "show=replies&"
	}
	return path + "after=" + queryEscape(f.Next)
}

// block blocks or unblocks a person.
func (s *Site) block(v *visit) error {
	handle := v.variable("handle")
	do, done := s.service.Unblock, "Saved"
	if v.r.PostFormValue("on") == "true" {
		do, done = s.service.Block, "Blocked"
	}
	if err := do(v.ctx(), v.viewer, handle); err != nil {
		return err
	}
	return v.finish(personPath(handle), done)
}

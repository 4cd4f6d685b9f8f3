package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// listForums lists the forums that are known here, of this server and of others.
func (a *API) listForums(c *call) error {
	q := c.r.URL.Query()
	if q.Get("from") == "members" {
		return a.forumsInside(c)
	}
	page, err := a.store.Directory(c.r.Context(), forum.ForumQuery{
		Words: q.Get("q"), Language: q.Get("lang"), Origin: forum.ForumOrigin(q.Get("from")), Sort: forum.ForumSort(q.Get("sort")),
		Viewer: c.viewerID(), After: q.Get("after"), Limit: c.limit(),
	})
	if err != nil {
		return err
	}
	list := make([]forumEntity, len(page.Forums))
	for i := range page.Forums {
		list[i] = a.forumOf(&page.Forums[i].Forum, page.Forums[i].Followed)
	}
	c.link("next", "after", page.Next)
	return c.write(http.StatusOK, list)
}

// createForum opens a forum. Administrators may.
func (a *API) createForum(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		Name       string   `json:"name"`
		Title      string   `json:"title"`
		Summary    string   `json:"summary"`
		Rules      string   `json:"rules"`
		Language   string   `json:"language"`
		Moderators []string `json:"moderators"`
		Restricted bool     `json:"restricted"`
		LocalOnly  bool     `json:"local_only"`
		Private    bool     `json:"private"`
		Joinable   bool     `json:"joinable"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	details := forum.ForumDetails{Title: in.Title, Summary: in.Summary, Rules: in.Rules, Language: in.Language, Restricted: in.Restricted, LocalOnly: in.LocalOnly, Private: in.Private, Joinable: in.Joinable}
	f, err := a.service.CreateForum(c.r.Context(), by, in.Name, details, in.Moderators)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", Prefix+"/forums/"+f.Name)
	e := a.forumOf(f, "")
	if e.Membership, err = a.membershipIn(c, f); err != nil {
		return err
	}
	return c.write(http.StatusCreated, e)
}

// forumNamed finds the forum of the address, by name or name@host.
func (a *API) forumNamed(c *call) (*forum.Forum, error) {
	h, ok := forum.ParseHandle(mux.Vars(c.r)["name"], a.service.Addresses().Host())
	if !ok {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return a.store.Forum(c.r.Context(), h)
}

// listModerators lists who moderates a forum.
func (a *API) listModerators(c *call) error {
	f, err := a.forumNamed(c)
	if err != nil {
		return err
	}
	moderators, err := a.store.ModeratorsOf(c.r.Context(), f.ID)
	if err != nil {
		return err
	}
	list := make([]authorEntity, len(moderators))
	for i := range moderators {
		m := &moderators[i]
		list[i] = authorEntity{Handle: m.Handle(), URI: m.URI, URL: m.URL, DisplayName: m.Label()}
	}
	return c.write(http.StatusOK, list)
}

// setModerator adds a moderator or takes one away, and answers with all.
func (a *API) setModerator(on bool) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		vars := mux.Vars(c.r)
		if err := a.service.SetModerator(c.r.Context(), by, vars["name"], vars["handle"], on); err != nil {
			return err
		}
		return a.listModerators(c)
	}
}

// showForum shows a forum.
func (a *API) showForum(c *call) error {
	f, err := a.forumNamed(c)
	if forum.CodeOf(err) == forum.NotFound && c.token != nil {
		return a.door(c, err)
	}
	if err != nil {
		return err
	}
	var relation forum.Relation
	if viewer := c.viewerID(); viewer != 0 {
		if relation, err = a.store.Relation(c.r.Context(), viewer, f.ID); err != nil {
			return err
		}
	}
	e := a.forumOf(f, relation.Following)
	if e.Membership, err = a.membershipIn(c, f); err != nil {
		return err
	}
	return c.write(http.StatusOK, e)
}

type followEntity struct {
	State *string `json:"state"` // "accepted", "pending" or null
}

// follow follows a forum, here or, as name@host, elsewhere.
func (a *API) follow(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	state, err := a.service.Follow(c.r.Context(), by, mux.Vars(c.r)["name"])
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, followEntity{State: stringOrNull(string(state))})
}

func (a *API) unfollow(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	if err := a.service.Unfollow(c.r.Context(), by, mux.Vars(c.r)["name"]); err != nil {
		return err
	}
	return c.write(http.StatusOK, followEntity{})
}

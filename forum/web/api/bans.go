package api

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

type banEntity struct {
	Account   authorEntity `json:"account"`
	Reason    string       `json:"reason"`
	CreatedAt string       `json:"created_at"`
	Until     *string      `json:"until"` // null: for good
}

// listBans lists who is banned from a forum now, or from the whole server.
func (a *API) listBans(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	var id forum.ID
	if mux.Vars(c.r)["name"] != "" {
		f, err := a.forumNamed(c)
		if err != nil {
			return err
		}
		id = f.ID
	}
	if err := a.mayListBans(c, by, id); err != nil {
		return err
	}
	before, _, err := c.bounds(true)
	if err != nil {
		return err
	}
	limit := c.limit()
	bans, err := a.store.Bans(c.r.Context(), id, before, a.service.Now(), limit)
	if err != nil {
		return err
	}
	list := make([]banEntity, len(bans))
	for i, b := range bans {
		list[i] = banEntity{Account: author(b.Actor), Reason: b.Reason, CreatedAt: moment(b.At), Until: momentOrNull(b.Until)}
	}
	if len(bans) == limit {
		c.link("next", "max_id", bans[limit-1].ActorID.String())
	}
	return c.write(http.StatusOK, list)
}

func (a *API) mayListBans(c *call, by *forum.Account, id forum.ID) error {
	if by.IsAdmin() {
		return nil
	}
	if id == 0 {
		return &forum.Error{Code: forum.Forbidden, Key: "AdminsOnly"}
	}
	may, err := a.store.Moderates(c.r.Context(), by.ID, id)
	if err == nil && !may {
		err = &forum.Error{Code: forum.Forbidden, Key: "ModeratorsOnly"}
	}
	return err
}

// ban bans somebody from a forum, or from the whole server.
func (a *API) ban(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		Handle      string     `json:"handle"`
		Reason      string     `json:"reason"`
		Until       *time.Time `json:"until"`
		RemovePosts bool       `json:"remove_posts"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	n := forum.NewBan{Forum: mux.Vars(c.r)["name"], Whom: in.Handle, Reason: in.Reason, RemovePosts: in.RemovePosts}
	if in.Until != nil {
		n.Until = *in.Until
	}
	if err := a.service.Ban(c.r.Context(), by, n); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// unban lifts a ban.
func (a *API) unban(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	vars := mux.Vars(c.r)
	if err := a.service.Unban(c.r.Context(), by, vars["name"], vars["handle"]); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

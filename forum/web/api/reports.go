package api

import (
	"net/http"

	"portevoix/forum"
)

// reportEntity is what somebody wants moderators to look at.
type reportEntity struct {
	ID        string   `json:"id"`
	Reporter  string   `json:"reporter"` // handle; of a server, for reports from there
	Target    string   `json:"target"`   // handle of who is reported
	Forum     *string  `json:"forum"`    // handle; null: for administrators
	PostIDs   []string `json:"post_ids"`
	Words     string   `json:"words"` // plain text
	CreatedAt string   `json:"created_at"`
}

// report brings a post to the moderators of its forum.
func (a *API) report(root bool) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		p, err := a.post(c, root)
		if err != nil {
			return err
		}
		var in struct {
			Words   string `json:"words"`
			Forward bool   `json:"forward"`
		}
		if err := c.read(&in); err != nil {
			return err
		}
		if err := a.service.Report(c.r.Context(), by, forum.NewReport{PostID: p.ID, Words: in.Words, Forward: in.Forward}); err != nil {
			return err
		}
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// reportActor brings an actor to the administrators.
func (a *API) reportActor(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		Account string `json:"account"`
		Words   string `json:"words"`
		Forward bool   `json:"forward"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	target, err := a.service.FindActor(c.r.Context(), in.Account)
	if err != nil {
		return err
	}
	if err := a.service.Report(c.r.Context(), by, forum.NewReport{ActorID: target.ID, Words: in.Words, Forward: in.Forward}); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// listReports lists open reports of the forums that the account moderates; all of
// them for administrators.
func (a *API) listReports(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	forums, err := a.store.ModeratedForums(c.r.Context(), by.ID)
	if err != nil {
		return err
	}
	if len(forums) == 0 && !by.IsAdmin() {
		return &forum.Error{Code: forum.Forbidden, Key: "ModeratorsOnly"}
	}
	found, err := a.store.Reports(c.r.Context(), forums, by.IsAdmin())
	if err != nil {
		return err
	}
	list := make([]reportEntity, len(found))
	for i, r := range found {
		e := reportEntity{ID: r.ID.String(), Reporter: r.Reporter.Handle(), Target: r.Target.Handle(), PostIDs: []string{}, Words: r.Words, CreatedAt: moment(r.At)}
		if r.Forum != nil {
			e.Forum = stringOrNull(r.Forum.Handle())
		}
		for _, id := range r.PostIDs {
			e.PostIDs = append(e.PostIDs, id.String())
		}
		list[i] = e
	}
	return c.write(http.StatusOK, list)
}

// closeReport marks a report as dealt with.
func (a *API) closeReport(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	if err := a.service.CloseReport(c.r.Context(), by, id); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

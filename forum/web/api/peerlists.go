package api

import (
	"net/http"

	"portevoix/forum"
)

// peerListEntity is a list of servers that is followed.
type peerListEntity struct {
	ID        string  `json:"id"`
	URL       string  `json:"url"`
	Ceiling   string  `json:"ceiling"` // "media", "limit" or "block"
	Automatic bool    `json:"automatic"`
	Entries   int     `json:"entries"`
	Proposed  int     `json:"proposed"`
	Rules     int     `json:"rules"`
	CheckedAt *string `json:"checked_at"`
	ReadAt    *string `json:"read_at"`
	Problem   *string `json:"problem"` // why it was not taken over the last time
	CreatedAt string  `json:"created_at"`
}

// peerListChangeEntity is what a list does, or would do.
type peerListChangeEntity struct {
	Added        []*ruleEntity `json:"added"`
	Changed      []*ruleEntity `json:"changed"`
	Lifted       []*ruleEntity `json:"lifted"`
	Proposed     []*ruleEntity `json:"proposed"`
	Kept         []*ruleEntity `json:"kept"`
	Protected    []*ruleEntity `json:"protected"`
	FollowsEnded int           `json:"follows_ended"`
}

// subscriptionEntity is a list that was subscribed to; null after a dry run.
type subscriptionEntity struct {
	List   *peerListEntity      `json:"list"`
	Change peerListChangeEntity `json:"change"`
}

func peerListOf(l *forum.PeerList) peerListEntity {
	e := peerListEntity{ID: l.ID.String(), URL: l.URL, Ceiling: string(l.Ceiling), Automatic: l.Automatic, Entries: l.Entries, Proposed: l.Proposed, Rules: l.Rules,
		CheckedAt: momentOrNull(l.CheckedAt), ReadAt: momentOrNull(l.ReadAt), CreatedAt: moment(l.CreatedAt)}
	if l.Problem != "" {
		e.Problem = new(l.Problem)
	}
	return e
}

func rulesOf(rules []forum.PeerRule) []*ruleEntity {
	list := make([]*ruleEntity, len(rules))
	for i, r := range rules {
		list[i] = ruleOf(r)
	}
	return list
}

func peerListChangeOf(change forum.PeerListChange) peerListChangeEntity {
	return peerListChangeEntity{Added: rulesOf(change.Added), Changed: rulesOf(change.Changed), Lifted: rulesOf(change.Lifted), Proposed: rulesOf(change.Proposed),
		Kept: rulesOf(change.Kept), Protected: rulesOf(change.Protected), FollowsEnded: change.Follows}
}

func (a *API) listPeerLists(c *call) error {
	by, err := c.admin(forum.ScopeRead)
	if err != nil {
		return err
	}
	lists, err := a.service.PeerLists(c.r.Context(), by)
	if err != nil {
		return err
	}
	list := make([]peerListEntity, len(lists))
	for i := range lists {
		list[i] = peerListOf(&lists[i])
	}
	return c.write(http.StatusOK, list)
}

func (a *API) subscribePeerList(c *call) error {
	by, err := c.admin(forum.ScopeWrite)
	if err != nil {
		return err
	}
	var in struct {
		URL       string            `json:"url"`
		Ceiling   forum.PeerCeiling `json:"ceiling"`
		Automatic bool              `json:"automatic"`
		DryRun    bool              `json:"dry_run"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	l, change, err := a.service.SubscribePeerList(c.r.Context(), by, forum.NewPeerList{URL: in.URL, Ceiling: in.Ceiling, Automatic: in.Automatic}, in.DryRun)
	if err != nil {
		return err
	}
	out := subscriptionEntity{Change: peerListChangeOf(change)}
	if !in.DryRun {
		if l, _, err = a.service.PeerList(c.r.Context(), by, l.ID); err != nil {
			return err
		}
		out.List = new(peerListOf(l))
	}
	return c.write(http.StatusOK, out)
}

// listProposals lists what a list proposes.
func (a *API) listProposals(c *call) error {
	by, err := c.admin(forum.ScopeRead)
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	_, proposed, err := a.service.PeerList(c.r.Context(), by, id)
	if err != nil {
		return err
	}
	list := make([]*ruleEntity, len(proposed))
	for i := range proposed {
		list[i] = ruleOf(proposed[i].PeerRule)
	}
	return c.write(http.StatusOK, list)
}

// decideProposals accepts or refuses some of them, or all.
func (a *API) decideProposals(c *call) error {
	by, err := c.admin(forum.ScopeWrite)
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	var in struct {
		Hosts  []string `json:"hosts"`
		Accept bool     `json:"accept"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	change, err := a.service.DecidePeerList(c.r.Context(), by, id, in.Hosts, in.Accept)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, peerListChangeOf(change))
}

func (a *API) readPeerList(c *call) error {
	by, err := c.admin(forum.ScopeWrite)
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	var in struct {
		DryRun    bool `json:"dry_run"`
		Confirmed bool `json:"confirmed"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	change, err := a.service.ReadPeerList(c.r.Context(), by, id, forum.PeerListReading{DryRun: in.DryRun, Confirmed: in.Confirmed})
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, peerListChangeOf(change))
}

func (a *API) unsubscribePeerList(c *call) error {
	by, err := c.admin(forum.ScopeWrite)
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	if _, err := a.service.UnsubscribePeerList(c.r.Context(), by, id, c.r.URL.Query().Get("keep") == "true"); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

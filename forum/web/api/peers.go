package api

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// ruleEntity is a rule about a server.
type ruleEntity struct {
	Host       string  `json:"host"`
	Severity   string  `json:"severity"` // "none", "limit" or "block"
	MediaOff   bool    `json:"media_off"`
	VotesOff   bool    `json:"votes_off"`
	ReportsOff bool    `json:"reports_off"`
	Allowed    bool    `json:"allowed"`
	Obfuscate  bool    `json:"obfuscate"`
	Reason     string  `json:"reason"`
	ExpiresAt  *string `json:"expires_at"`
	List       *string `json:"list"` // ID of the list it comes from; null: it was made by hand
}

func ruleOf(r forum.PeerRule) *ruleEntity {
	if r.Host == "" {
		return nil
	}
	severity := string(r.Severity)
	if severity == "" {
		severity = "none"
	}
	e := &ruleEntity{Host: r.Host, Severity: severity, MediaOff: r.MediaOff, VotesOff: r.VotesOff, ReportsOff: r.ReportsOff, Allowed: r.Allowed,
		Obfuscate: r.Obfuscate, Reason: r.Reason, ExpiresAt: momentOrNull(r.ExpiresAt)}
	if r.ListID != 0 {
		e.List = new(r.ListID.String())
	}
	return e
}

// peerEntity is another server.
type peerEntity struct {
	Host           string        `json:"host"`
	Software       string        `json:"software"`
	Version        string        `json:"version"`
	State          string        `json:"state"` // "reachable", "failing", "dead" or "blocked"
	Backlog        int           `json:"backlog"`
	OldestAt       *string       `json:"oldest_at"`
	LagSeconds     int64         `json:"lag_seconds"`
	LastSuccessAt  *string       `json:"last_success_at"`
	LastError      string        `json:"last_error"`
	FailingSince   *string       `json:"failing_since"`
	NextTryAt      *string       `json:"next_try_at"`
	Sent           trafficEntity `json:"sent"`
	Received       trafficEntity `json:"received"`
	LastReceivedAt *string       `json:"last_received_at"`
	LastRefusal    string        `json:"last_refusal"`
	Known          int           `json:"known"` // people and forums
	Rule           *ruleEntity   `json:"rule"`
}

type trafficEntity struct {
	Accepted int64 `json:"accepted"`
	Refused  int64 `json:"refused"`
	Bytes    int64 `json:"bytes"`
}

func (a *API) peerOf(p *forum.PeerView) peerEntity {
	state, lag := "reachable", int64(0)
	switch {
	case p.Standing == forum.Blocked:
		state = "blocked"
	case !p.DeadAt.IsZero():
		state = "dead"
	case !p.FailingSince.IsZero():
		state = "failing"
	}
	if !p.OldestAt.IsZero() {
		lag = int64(a.service.Now().Sub(p.OldestAt).Seconds())
	}
	return peerEntity{Host: p.Host, Software: p.Software, Version: p.Version, State: state, Backlog: p.Pending, OldestAt: momentOrNull(p.OldestAt), LagSeconds: lag,
		LastSuccessAt: momentOrNull(p.LastSuccessAt), LastError: p.LastError, FailingSince: momentOrNull(p.FailingSince), NextTryAt: momentOrNull(p.NextTryAt),
		Sent:           trafficEntity{Accepted: p.Delivered, Refused: p.Undeliverable, Bytes: p.BytesOut},
		Received:       trafficEntity{Accepted: p.Received.Accepted, Refused: p.Received.Refused, Bytes: p.Received.Bytes},
		LastReceivedAt: momentOrNull(p.Received.LastAt), LastRefusal: p.Received.LastRefusal, Known: p.People, Rule: ruleOf(p.Rule)}
}

// admin is the administrator that a program acts for.
func (c *call) admin(scope forum.Scope) (*forum.Account, error) {
	account, err := c.account(scope)
	if err == nil && !account.IsAdmin() {
		err = &forum.Error{Code: forum.Forbidden, Key: "AdminsOnly"}
	}
	return account, err
}

func (a *API) listPeers(c *call) error {
	if _, err := c.admin(forum.ScopeRead); err != nil {
		return err
	}
	q := c.r.URL.Query()
	page, err := a.store.Peers(c.r.Context(), forum.PeerQuery{Filter: forum.PeerFilter(q.Get("show")), Words: q.Get("q"), After: q.Get("after"), Limit: c.limit()}, a.service.Now())
	if err != nil {
		return err
	}
	list := make([]peerEntity, len(page.Peers))
	for i := range page.Peers {
		list[i] = a.peerOf(&page.Peers[i])
	}
	c.link("next", "after", page.Next)
	return c.write(http.StatusOK, list)
}

func (a *API) showPeer(c *call) error {
	if _, err := c.admin(forum.ScopeRead); err != nil {
		return err
	}
	host, err := forum.NormalHost(mux.Vars(c.r)["host"])
	if err != nil {
		return err
	}
	p, err := a.store.PeerView(c.r.Context(), host, a.service.Now())
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, a.peerOf(p))
}

func (a *API) retryPeer(c *call) error {
	by, err := c.admin(forum.ScopeWrite)
	if err != nil {
		return err
	}
	if err := a.service.RetryPeer(c.r.Context(), by, mux.Vars(c.r)["host"]); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// listPeerRules lists the rules: all to administrators, and to everybody those
// that restrict, where the server shows them.
func (a *API) listPeerRules(c *call) error {
	var rules []forum.PeerRule
	_, err := c.admin(forum.ScopeRead)
	switch {
	case err == nil:
		rules, err = a.store.PeerRules(c.r.Context(), a.service.Now())
	case a.o.ShowLimits:
		rules, err = a.service.PublicPeerRules(c.r.Context())
	}
	if err != nil {
		return err
	}
	list := make([]*ruleEntity, len(rules))
	for i, r := range rules {
		list[i] = ruleOf(r)
	}
	return c.write(http.StatusOK, list)
}

func (a *API) setPeerRule(c *call) error {
	by, err := c.admin(forum.ScopeWrite)
	if err != nil {
		return err
	}
	var in struct {
		Severity   string     `json:"severity"`
		MediaOff   bool       `json:"media_off"`
		VotesOff   bool       `json:"votes_off"`
		ReportsOff bool       `json:"reports_off"`
		Allowed    bool       `json:"allowed"`
		Obfuscate  bool       `json:"obfuscate"`
		Reason     string     `json:"reason"`
		ExpiresAt  *time.Time `json:"expires_at"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	host, err := forum.NormalHost(mux.Vars(c.r)["host"])
	if err != nil {
		return err
	}
	rule := forum.PeerRule{Host: host, MediaOff: in.MediaOff, VotesOff: in.VotesOff, ReportsOff: in.ReportsOff, Allowed: in.Allowed, Obfuscate: in.Obfuscate, Reason: in.Reason}
	if in.Severity != "none" {
		rule.Severity = forum.Severity(in.Severity)
	}
	if in.ExpiresAt != nil {
		rule.ExpiresAt = *in.ExpiresAt
	}
	if _, err := a.service.SetPeerRule(c.r.Context(), by, rule); err != nil {
		return err
	}
	return c.write(http.StatusOK, ruleOf(rule))
}

func (a *API) liftPeerRule(c *call) error {
	by, err := c.admin(forum.ScopeWrite)
	if err != nil {
		return err
	}
	if err := a.service.LiftPeerRule(c.r.Context(), by, mux.Vars(c.r)["host"]); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

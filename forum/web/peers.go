package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"portevoix/forum"
)

const (
	peersPerPage = 50
	peersPath    = "/moderation/peers"
)

// peersPage is a page of the servers that are known here, or of the rules about
// servers.
type peersPage struct {
	forum.PeerQuery
	forum.PeerPage
	Rules     []forum.PeerRule // with the filter for limited ones
	Allowlist bool
	Shown     bool // rules are shown to everybody
}

// peers lists other servers. Administrators see them.
func (s *Site) peers(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	page := peersPage{Allowlist: s.service.AllowlistMode(), Shown: s.o.ShowLimits,
		PeerQuery: forum.PeerQuery{Filter: forum.PeerFilter(v.query("show")), Words: v.query("q"), After: v.query("after"), Limit: peersPerPage}}
	var err error
	if page.Filter == forum.PeersLimited {
		page.Rules, err = s.store.PeerRules(v.ctx(), s.service.Now())
	} else {
		page.PeerPage, err = s.store.Peers(v.ctx(), page.PeerQuery, s.service.Now())
	}
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Peers.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, peersView(p, page))
}

func (q peersPage) link(filter forum.PeerFilter, after string) string {
	values := url.Values{}
	for key, value := range map[string]string{"show": string(filter), "q": q.Words, "after": after} {
		if value != "" {
			values.Set(key, value)
		}
	}
	return withQuery(peersPath, values)
}

func (q peersPage) first() string {
	if q.After == "" {
		return ""
	}
	return q.link(q.Filter, "")
}

func (q peersPage) next() string {
	if q.Next == "" {
		return ""
	}
	return q.link(q.Filter, q.Next)
}

func peerPath(host string) string { return peersPath + "/" + url.PathEscape(host) }

// peerPage is one server, and the form for the rule about it.
type peerPage struct {
	Peer      *forum.PeerView // nil while nothing is known of it
	Form      peerForm
	Exists    bool            // there is a rule about this very name
	List      *forum.PeerList // it comes from; nil: it was made by hand
	Allowlist bool
	Problems  []string
}

// peerForm is a rule as it is typed.
type peerForm struct {
	forum.PeerRule
	Until string // the day it ends on, as browsers write it
}

// peer shows one server.
func (s *Site) peer(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	page, err := s.peerPage(v, v.variable("host"))
	if err != nil {
		return err
	}
	p := v.newPage(page.Form.Host)
	p.NoIndex = true
	return v.show(http.StatusOK, p, peerView(p, page))
}

func (s *Site) peerPage(v *visit, name string) (peerPage, error) {
	page := peerPage{Allowlist: s.service.AllowlistMode()}
	host, err := forum.NormalHost(name)
	if err != nil {
		return page, &forum.Error{Code: forum.NotFound, Key: "NothingHere", Err: err}
	}
	page.Peer, err = s.store.PeerView(v.ctx(), host, s.service.Now())
	if err != nil && forum.CodeOf(err) != forum.NotFound {
		return page, err
	}
	rule, err := s.store.PeerRule(v.ctx(), host, s.service.Now())
	if page.Exists = rule.Host == host; page.Exists {
		page.Form.PeerRule = rule
		if !rule.ExpiresAt.IsZero() {
			page.Form.Until = rule.ExpiresAt.Add(-time.Second).In(v.print.Zone()).Format(time.DateOnly)
		}
	}
	page.Form.Host = host
	if page.Exists && rule.ListID != 0 && err == nil {
		if page.List, err = s.store.PeerList(v.ctx(), rule.ListID); forum.CodeOf(err) == forum.NotFound {
			err = nil // it ended just now
		}
	}
	return page, err
}

// newPeerRule is the form for a rule about a server that may not be known yet.
func (s *Site) newPeerRule(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Peers.New"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, peerView(p, peerPage{Allowlist: s.service.AllowlistMode(), Form: peerForm{PeerRule: forum.PeerRule{Severity: forum.SeverityBlock}}}))
}

// savePeerRule takes the form of a rule.
func (s *Site) savePeerRule(v *visit) error {
	form := peerForm{Until: v.r.PostFormValue("until"), PeerRule: forum.PeerRule{
		Host: v.r.PostFormValue("host"), Severity: forum.Severity(v.r.PostFormValue("severity")), MediaOff: v.r.PostFormValue("media_off") == "true",
		VotesOff: v.r.PostFormValue("votes_off") == "true", ReportsOff: v.r.PostFormValue("reports_off") == "true", Allowed: v.r.PostFormValue("allowed") == "true",
		Obfuscate: v.r.PostFormValue("obfuscate") == "true", Reason: v.r.PostFormValue("reason"),
	}}
	var err error
	if form.ExpiresAt, err = endOfDay(form.Until, v.print.Zone()); err == nil {
		_, err = s.service.SetPeerRule(v.ctx(), v.viewer, form.PeerRule)
	}
	if err == nil {
		host, _ := forum.NormalHost(form.Host) // it was accepted
		return v.finish(peerPath(host), "Saved")
	}
	if adminErr := v.adminOnly(); adminErr != nil {
		return adminErr
	}
	page, pageErr := s.peerPage(v, form.Host)
	if pageErr != nil && forum.CodeOf(pageErr) != forum.NotFound {
		return pageErr
	}
	page.Form = form
	return v.again(err, v.print.T("Peers.New"), func(p *Page, problems []string) component {
		page.Problems = problems
		return peerView(p, page)
	})
}

// endOfDay is when a day is over; the zero time for none.
func endOfDay(day string, zone *time.Location) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return t, &forum.Error{Code: forum.Invalid, Key: "DateUnreadable", Field: "until", Err: err}
	}
	return t.AddDate(0, 0, 1), nil
}

func (s *Site) liftPeerRule(v *visit) error {
	host := v.r.PostFormValue("host")
	if err := s.service.LiftPeerRule(v.ctx(), v.viewer, host); err != nil {
		return err
	}
	return v.finish(peersPath+"?show="+string(forum.PeersLimited), "Saved")
}

func (s *Site) retryPeer(v *visit) error {
	host := v.r.PostFormValue("host")
	if err := s.service.RetryPeer(v.ctx(), v.viewer, host); err != nil {
		return err
	}
	return v.finish(peerPath(strings.ToLower(host)), "Retried")
}

// peerRulesFile hands out all rules.
func (s *Site) peerRulesFile(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	rules, err := s.store.PeerRules(v.ctx(), s.service.Now())
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="domain_blocks.csv"`)
	return forum.WritePeerRules(v.w, rules)
}

// peerImportPage is the form that takes a list of rules, and what one comes to.
type peerImportPage struct {
	Allow    bool // a list of servers to speak with
	Result   *forum.PeerImport
	DryRun   bool
	Problems []string
}

func (s *Site) peerImportForm(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Peers.Import"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, peerImportView(p, peerImportPage{DryRun: true}))
}

func (s *Site) importPeerRules(v *visit) error {
	if err := v.adminOnly(); err != nil {
		return err
	}
	file, err := v.upload("file", forum.MaxPeerFile) // first: it reads the other fields too
	page := peerImportPage{Allow: v.r.PostFormValue("kind") == "allow", DryRun: v.r.PostFormValue("dry_run") == "true"}
	if err == nil {
		page.Result, err = s.takePeerRules(v, file, page)
	}
	p := v.newPage(v.print.T("Peers.Import"))
	p.NoIndex = true
	if err == nil {
		return v.show(http.StatusOK, p, peerImportView(p, page))
	}
	return v.again(err, v.print.T("Peers.Import"), func(p *Page, problems []string) component {
		page.Problems = problems
		return peerImportView(p, page)
	})
}

func (s *Site) takePeerRules(v *visit, file []byte, page peerImportPage) (*forum.PeerImport, error) {
	rules, err := forum.ReadPeerRules(file, page.Allow)
	if err != nil {
		return nil, err
	}
	result, err := s.service.ImportPeerRules(v.ctx(), v.viewer, rules, page.DryRun)
	return &result, err
}

// peerState is the key of what a server is like.
func peerState(p *forum.PeerView) string {
	switch {
	case p.Standing == forum.Blocked:
		return "Peers.State.blocked"
	case !p.DeadAt.IsZero():
		return "Peers.State.dead"
	case !p.FailingSince.IsZero():
		return "Peers.State.failing"
	case p.LastSuccessAt.IsZero() && p.Received.LastAt.IsZero():
		return "Peers.State.unknown"
	}
	return "Peers.State.reachable"
}

// ruleFacts says what a rule does and until when.
func ruleFacts(p *Page, r forum.PeerRule) string {
	var facts []string
	if r.Severity != forum.SeverityNone {
		facts = append(facts, p.T("Peers.Is."+string(r.Severity)))
	}
	for _, part := range []struct {
		on   bool
		name string
	}{{r.MediaOff, "MediaOff"}, {r.VotesOff, "VotesOff"}, {r.ReportsOff, "ReportsOff"}, {r.Allowed, "Allowed"}} {
		if part.on {
			facts = append(facts, p.T("Peers.Is."+part.name))
		}
	}
	if !r.ExpiresAt.IsZero() {
		facts = append(facts, p.T("Peers.Until", "Date", p.DateTime(r.ExpiresAt)))
	}
	return strings.Join(facts, ", ")
}

// size writes a number of bytes for people.
func size(p *Page, bytes int64) string {
	unit := "Bytes"
	for _, next := range []string{"Kilobytes", "Megabytes", "Gigabytes"} {
		if bytes < 10_000 {
			break
		}
		bytes, unit = bytes/1000, next
	}
	return p.T("Size."+unit, "Number", p.Number(int(bytes)))
}

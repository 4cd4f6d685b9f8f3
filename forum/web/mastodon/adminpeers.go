package mastodon

import (
	"net/http"
	"slices"

	"portevoix/forum"
)

// registerPeerRules adds what administrators decide about other servers. A rule that
// restricts is a domain block; one that lets a server onto the list of those that are
// spoken with is a domain allow, and may be both.
func (a *API) registerPeerRules(on adding) {
	const blocks, allows, one = "/domain_blocks", "/domain_allows", "/{id:[0-9]+}"
	on(http.MethodGet, blocks, "admin:read:domain_blocks", a.adminRules(forum.PeerRule.Restricts, domainBlock))
	on(http.MethodGet, blocks+one, "admin:read:domain_blocks", a.adminRule(forum.PeerRule.Restricts, domainBlock))
	on(http.MethodPost, blocks, "admin:write:domain_blocks", a.blockServer)
	on(http.MethodPut, blocks+one, "admin:write:domain_blocks", a.changeBlock)
	on(http.MethodDelete, blocks+one, "admin:write:domain_blocks", a.liftRule(forum.PeerRule.Restricts, func(r *forum.PeerRule) {
		*r = forum.PeerRule{Host: r.Host, Allowed: r.Allowed}
	}))
	on(http.MethodGet, allows, "admin:read:domain_allows", a.adminRules(allowed, domainAllow))
	on(http.MethodGet, allows+one, "admin:read:domain_allows", a.adminRule(allowed, domainAllow))
	on(http.MethodPost, allows, "admin:write:domain_allows", a.allowServer)
	on(http.MethodDelete, allows+one, "admin:write:domain_allows", a.liftRule(allowed, func(r *forum.PeerRule) { r.Allowed = false }))
}

func allowed(r forum.PeerRule) bool { return r.Allowed }

type domainBlockEntity struct {
	ID             string  `json:"id"`
	Domain         string  `json:"domain"`
	CreatedAt      string  `json:"created_at"`
	Severity       string  `json:"severity"`
	RejectMedia    bool    `json:"reject_media"`
	RejectReports  bool    `json:"reject_reports"`
	PrivateComment *string `json:"private_comment"` // none is kept: what administrators write here everybody reads
	PublicComment  *string `json:"public_comment"`
	Obfuscate      bool    `json:"obfuscate"`
}

type domainAllowEntity struct {
	ID        string `json:"id"`
	Domain    string `json:"domain"`
	CreatedAt string `json:"created_at"`
}

// severityNames are what Mastodon calls ours.
var severityNames = map[forum.Severity]string{forum.SeverityNone: "noop", forum.SeverityLimit: "silence", forum.SeverityBlock: "suspend"}

func domainBlock(r forum.PeerRule) any {
	return domainBlockEntity{
		ID: r.ID.String(), Domain: r.Host, CreatedAt: moment(r.ID.Time()), Severity: severityNames[r.Severity], RejectMedia: r.MediaOff, RejectReports: r.ReportsOff,
		PublicComment: stringOrNull(r.Reason), Obfuscate: r.Obfuscate,
	}
}

func domainAllow(r forum.PeerRule) any {
	return domainAllowEntity{ID: r.ID.String(), Domain: r.Host, CreatedAt: moment(r.ID.Time())}
}

// rulesOf lists the rules of a kind, the newest first.
func (a *API) rulesOf(c *call, kind func(forum.PeerRule) bool) ([]forum.PeerRule, error) {
	rules, err := a.store.PeerRules(c.r.Context(), a.service.Now())
	rules = slices.DeleteFunc(rules, func(r forum.PeerRule) bool { return !kind(r) })
	slices.SortFunc(rules, func(x, y forum.PeerRule) int { return int(min(max(y.ID-x.ID, -1), 1)) })
	return rules, err
}

func (a *API) adminRules(kind func(forum.PeerRule) bool, show func(forum.PeerRule) any) handler {
	return func(c *call) error {
		span, err := c.page(100, 200)
		if err != nil {
			return err
		}
		rules, err := a.rulesOf(c, kind)
		if err != nil {
			return err
		}
		rules = slices.DeleteFunc(rules, func(r forum.PeerRule) bool {
			return span.Max != 0 && r.ID >= span.Max || r.ID <= span.Min || r.ID <= span.Since
		})
		if n := len(rules); n > span.Limit && span.Min != 0 {
			rules = rules[n-span.Limit:]
		} else if n > span.Limit {
			rules = rules[:span.Limit]
		}
		if n := len(rules); n > 0 {
			c.linkAround(rules[0].ID, rules[n-1].ID)
		}
		list := []any{}
		for _, r := range rules {
			list = append(list, show(r))
		}
		return c.ok(list)
	}
}

// ruleNamed finds the rule of a kind that the address names.
func (a *API) ruleNamed(c *call, kind func(forum.PeerRule) bool) (forum.PeerRule, error) {
	id, err := c.id()
	if err != nil {
		return forum.PeerRule{}, err
	}
	rules, err := a.rulesOf(c, kind)
	i := slices.IndexFunc(rules, func(r forum.PeerRule) bool { return r.ID == id })
	if err == nil && i < 0 {
		err = missing(c)
	}
	if err != nil {
		return forum.PeerRule{}, err
	}
	return rules[i], nil
}

func (a *API) adminRule(kind func(forum.PeerRule) bool, show func(forum.PeerRule) any) handler {
	return func(c *call) error {
		r, err := a.ruleNamed(c, kind)
		if err != nil {
			return err
		}
		return c.ok(show(r))
	}
}

// ruleAbout finds the rule about a server; the zero value for none.
func (a *API) ruleAbout(c *call, host string) (forum.PeerRule, error) {
	rules, err := a.store.PeerRules(c.r.Context(), a.service.Now())
	for _, r := range rules {
		if r.Host == host {
			return r, err
		}
	}
	return forum.PeerRule{}, err
}

// restrict changes a rule by what the app sends, and by nothing else.
func (c *call) restrict(r *forum.PeerRule) error {
	if c.in.get("private_comment") != "" {
		return &forum.Error{Code: forum.Invalid, Key: "CommentPrivate", Field: "private_comment"}
	}
	if name := c.in.get("severity"); name != "" {
		known := false
		for severity, theirs := range severityNames {
			if name == theirs {
				r.Severity, known = severity, true
			}
		}
		if !known {
			return &forum.Error{Code: forum.Invalid, Key: "SeverityUnknown", Field: "severity"}
		}
	}
	for name, to := range map[string]*bool{"reject_media": &r.MediaOff, "reject_reports": &r.ReportsOff, "obfuscate": &r.Obfuscate} {
		if c.in.has(name) {
			*to = c.in.is(name)
		}
	}
	if c.in.has("public_comment") {
		r.Reason = c.in.get("public_comment")
	}
	return nil
}

// keepRule stores a rule and answers with it.
func (a *API) keepRule(c *call, r forum.PeerRule, show func(forum.PeerRule) any) error {
	if _, err := a.service.SetPeerRule(c.r.Context(), c.viewer, r); err != nil {
		return err
	}
	kept, err := a.ruleAbout(c, r.Host)
	if err != nil {
		return err
	}
	return c.ok(show(kept))
}

// blockServer limits a server unless the app says otherwise.
func (a *API) blockServer(c *call) error {
	host, err := forum.NormalHost(c.in.get("domain"))
	if err != nil {
		return err
	}
	r, err := a.ruleAbout(c, host)
	if err != nil {
		return err
	}
	if r.Restricts() {
		text := a.o.Messages.Printer(c.r.Header.Get("Accept-Language")).Error(&forum.Error{Key: "RuleThere", Args: map[string]any{"Host": host}})
		return c.write(http.StatusUnprocessableEntity, map[string]any{"error": text, "existing_domain_block": domainBlock(r)})
	}
	r.Host, r.Severity = host, forum.SeverityLimit
	if err := c.restrict(&r); err != nil {
		return err
	}
	return a.keepRule(c, r, domainBlock)
}

func (a *API) changeBlock(c *call) error {
	r, err := a.ruleNamed(c, forum.PeerRule.Restricts)
	if err != nil {
		return err
	}
	if err := c.restrict(&r); err != nil {
		return err
	}
	return a.keepRule(c, r, domainBlock)
}

func (a *API) allowServer(c *call) error {
	host, err := forum.NormalHost(c.in.get("domain"))
	if err != nil {
		return err
	}
	r, err := a.ruleAbout(c, host)
	if err != nil {
		return err
	}
	r.Host, r.Allowed = host, true
	return a.keepRule(c, r, domainAllow)
}

// liftRule takes away what makes a rule one of its kind, and the rule where nothing is
// left of it.
func (a *API) liftRule(kind func(forum.PeerRule) bool, without func(*forum.PeerRule)) handler {
	return func(c *call) error {
		r, err := a.ruleNamed(c, kind)
		if err != nil {
			return err
		}
		without(&r)
		if r.Restricts() || r.Allowed {
			_, err = a.service.SetPeerRule(c.r.Context(), c.viewer, r)
		} else {
			err = a.service.LiftPeerRule(c.r.Context(), c.viewer, r.Host)
		}
		if err != nil {
			return err
		}
		return c.done()
	}
}

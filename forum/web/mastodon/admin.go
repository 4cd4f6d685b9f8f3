package mastodon

import (
	"net/http"

	"portevoix/forum"
)

// registerAdmin adds the addresses for administrators, and those about reports, which
// moderators may use for their forums. A token never does more than whoever it acts
// for may do at that moment.
func (a *API) registerAdmin(on adding) {
	admins := func(method, path string, scope forum.Scope, h handler) {
		on(method, "/admin"+path, scope, adminsOnly(h))
	}
	const one = "/{id:[0-9]+}"

	admins(http.MethodGet, "/accounts", "admin:read:accounts", a.adminAccounts(firstQuery))
	admins(http.MethodGet, "/accounts"+one, "admin:read:accounts", a.adminAccount)
	admins(http.MethodDelete, "/accounts"+one, "admin:write:accounts", a.keepAccount)
	for path, h := range map[string]handler{
		"action": a.moderate, "approve": a.decide(true), "reject": a.decide(false), "unsuspend": a.unsuspend,
		// Nobody is kept from signing in, or has all their pictures covered.
		"enable": a.adminAccount, "unsensitive": a.adminAccount, "unsilence": a.unsilence,
	} {
		admins(http.MethodPost, "/accounts"+one+"/"+path, "admin:write:accounts", h)
	}

	a.registerReportDesk(on)
	a.registerPeerRules(admins)

	for _, what := range []string{"tags", "statuses", "links"} {
		for _, verdict := range []string{"approve", "reject"} { // what is active trends, unseen by anybody
			admins(http.MethodPost, "/trends/"+what+"/{id}/"+verdict, forum.ScopeAdminWrite, notHere("review of trends"))
		}
	}
	admins(http.MethodGet, "/trends/tags", forum.ScopeAdminRead, a.adminTrendingTags)
	admins(http.MethodGet, "/trends/statuses", forum.ScopeAdminRead, a.trendingStatuses)
	admins(http.MethodGet, "/trends/links", forum.ScopeAdminRead, none)
	for _, figures := range []string{"/measures", "/dimensions", "/retention"} { // each counts what it knows of what is asked for
		admins(http.MethodPost, figures, forum.ScopeAdminRead, none)
	}

	// What cannot be blocked here.
	for what, words := range map[string]string{"email_domain_blocks": "blocks of e-mail domains", "ip_blocks": "blocks of network addresses", "canonical_email_blocks": "blocks of e-mail addresses"} {
		read, write := forum.Scope("admin:read:"+what), forum.Scope("admin:write:"+what)
		admins(http.MethodGet, "/"+what, read, none)
		admins(http.MethodGet, "/"+what+one, read, missing)
		admins(http.MethodPost, "/"+what, write, notHere(words))
		admins(http.MethodPut, "/"+what+one, write, missing)
		admins(http.MethodDelete, "/"+what+one, write, missing)
	}
	admins(http.MethodPost, "/canonical_email_blocks/test", "admin:read:canonical_email_blocks", none)
}

// adminsOnly keeps a call to administrators, whatever the scopes of the token.
func adminsOnly(h handler) handler {
	return func(c *call) error {
		if !c.viewer.IsAdmin() {
			return &forum.Error{Code: forum.Forbidden, Key: "AdminsOnly"}
		}
		return h(c)
	}
}

// notHere refuses what exists on Mastodon only.
func notHere(what string) handler {
	return func(*call) error {
		return &forum.Error{Code: forum.Invalid, Key: "NotHere", Args: map[string]any{"What": what}}
	}
}

// adminTagEntity is a hashtag as administrators are shown it.
type adminTagEntity struct {
	tagEntity
	Trendable      bool `json:"trendable"`
	Usable         bool `json:"usable"`
	RequiresReview bool `json:"requires_review"`
}

func (a *API) adminTrendingTags(c *call) error {
	tags, err := a.trending(c)
	if err != nil {
		return err
	}
	list := []adminTagEntity{}
	for _, tag := range tags {
		list = append(list, adminTagEntity{tagEntity: tag, Trendable: true, Usable: true})
	}
	return c.ok(list)
}

package mastodon

import (
	"strings"

	"portevoix/forum"
)

// adminAccountEntity is an account as administrators are shown it. Addresses of the
// network are not kept, and nobody is shown an e-mail address.
type adminAccountEntity struct {
	ID            string        `json:"id"`
	Username      string        `json:"username"`
	Domain        *string       `json:"domain"`
	CreatedAt     string        `json:"created_at"`
	Email         string        `json:"email"`
	IP            *string       `json:"ip"`
	IPs           []struct{}    `json:"ips"`
	Locale        *string       `json:"locale"`
	InviteRequest *string       `json:"invite_request"`
	Role          *roleEntity   `json:"role"`
	Confirmed     bool          `json:"confirmed"`
	Approved      bool          `json:"approved"`
	Disabled      bool          `json:"disabled"`
	Silenced      bool          `json:"silenced"`
	Suspended     bool          `json:"suspended"`
	Sensitized    bool          `json:"sensitized"`
	Account       accountEntity `json:"account"`
}

// adminAccountOf shows an account; local is nil for those elsewhere, and for forums.
func (a *API) adminAccountOf(card *forum.ActorCard, local *forum.Account) adminAccountEntity {
	e := adminAccountEntity{
		ID: card.ID.String(), Username: card.Name, Domain: stringOrNull(card.Host), CreatedAt: moment(card.CreatedAt), IPs: []struct{}{},
		Confirmed: true, Approved: true, Silenced: card.Standing == forum.Limited, Suspended: !card.SuspendedAt.IsZero() || card.Standing == forum.Blocked, Account: a.accountOf(card),
	}
	if local != nil {
		e.Locale, e.InviteRequest, e.Role = stringOrNull(local.Locale), stringOrNull(local.Application), roleOf(local)
		e.Confirmed, e.Approved = !local.EmailConfirmed.IsZero(), !local.ApprovedAt.IsZero()
	}
	return e
}

// adminAccountsOf reads accounts with what administrators are shown of them; others
// learn no more than everybody.
func (a *API) adminAccountsOf(c *call, ids []forum.ID) (map[forum.ID]adminAccountEntity, error) {
	cards, err := a.store.ActorCards(c.r.Context(), ids)
	if err != nil {
		return nil, err
	}
	local := map[forum.ID]*forum.Account{}
	if c.viewer.IsAdmin() {
		accounts, err := a.store.LocalAccounts(c.r.Context(), ids)
		if err != nil {
			return nil, err
		}
		for i := range accounts {
			local[accounts[i].ID] = &accounts[i]
		}
	}
	found := map[forum.ID]adminAccountEntity{}
	for i := range cards {
		found[cards[i].ID] = a.adminAccountOf(&cards[i], local[cards[i].ID])
	}
	return found, nil
}

// firstQuery reads which accounts are asked for, in the words of the first version:
// those here, unless others are asked for.
func firstQuery(in params) (forum.AccountQuery, bool) {
	q := forum.AccountQuery{Remote: in.is("remote"), Staff: in.is("staff")}
	q.Local = in.is("local") || !q.Remote && in.get("by_domain") == ""
	status := ""
	for _, name := range []string{"active", "pending", "disabled", "silenced", "suspended", "sensitized"} {
		if in.is(name) {
			status = name
		}
	}
	return q, statusOf(&q, status)
}

// secondQuery is the same in the words of the second version.
func secondQuery(in params) (forum.AccountQuery, bool) {
	q := forum.AccountQuery{Local: in.get("origin") == "local", Remote: in.get("origin") == "remote", Staff: in.get("permissions") == "staff"}
	known := statusOf(&q, in.get("status"))
	for _, role := range in.list("role_ids") {
		switch role {
		case adminRole, moderatorRole:
			q.Staff = true
		}
	}
	return q, known && in.get("invited_by") == "" // nobody is asked who invited them
}

// statusOf fills in a status; false where nobody can have it.
func statusOf(q *forum.AccountQuery, name string) bool {
	switch name {
	case "active", "pending", "suspended":
		q.Status = forum.AccountStatus(name)
	case "silenced":
		q.Status = forum.LimitedAccount
	case "disabled", "sensitized":
		return false
	}
	return true
}

// adminAccounts lists accounts, the newest first.
func (a *API) adminAccounts(read func(params) (forum.AccountQuery, bool)) handler {
	return func(c *call) error {
		q, possible := read(c.in)
		q.Host, q.Name, q.DisplayName = c.in.get("by_domain"), c.in.get("username"), c.in.get("display_name")
		if email := strings.TrimSpace(c.in.get("email")); email != "" {
			q.EmailKey = forum.EmailKey(email)
		}
		var err error
		if q.Span, err = c.page(100, 200); err != nil {
			return err
		}
		var ids []forum.ID
		if possible && c.in.get("ip") == "" { // these are not kept
			if ids, err = a.store.AccountsIn(c.r.Context(), q); err != nil {
				return err
			}
		}
		if n := len(ids); n > 0 {
			c.linkAround(ids[0], ids[n-1])
		}
		found, err := a.adminAccountsOf(c, ids)
		if err != nil {
			return err
		}
		list := []adminAccountEntity{}
		for _, id := range ids {
			if e, ok := found[id]; ok {
				list = append(list, e)
			}
		}
		return c.ok(list)
	}
}

// overseen is the actor that an address names, be it suspended or blocked.
func (a *API) overseen(c *call) (*forum.Actor, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	actor, err := a.store.Actor(c.r.Context(), id)
	if err == nil && (!actor.DeletedAt.IsZero() || actor.Guest || actor.Kind == forum.Application) {
		err = missing(c)
	}
	return actor, err
}

func (a *API) adminAccount(c *call) error {
	actor, err := a.overseen(c)
	if err != nil {
		return err
	}
	found, err := a.adminAccountsOf(c, []forum.ID{actor.ID})
	if err != nil {
		return err
	}
	return c.ok(found[actor.ID])
}

// decide lets an account in that waits for that, or turns it away, which answers with
// the account as it was.
func (a *API) decide(approve bool) handler {
	return func(c *call) error {
		actor, err := a.overseen(c)
		if err != nil {
			return err
		}
		before, err := a.adminAccountsOf(c, []forum.ID{actor.ID})
		if err != nil {
			return err
		}
		if !actor.Local() || before[actor.ID].Approved {
			return &forum.Error{Code: forum.Forbidden, Key: "AdminsOnly", Err: &forum.Error{Code: forum.Conflict, Key: "AlreadyDecided"}}
		}
		if err := a.service.Decide(c.r.Context(), c.viewer, actor.Name, approve); err != nil {
			return err
		}
		if !approve {
			return c.ok(before[actor.ID])
		}
		return a.adminAccount(c)
	}
}

func (a *API) unsuspend(c *call) error {
	actor, err := a.overseen(c)
	if err == nil {
		err = a.service.Suspend(c.r.Context(), c.viewer, actor.Handle(), "")
	}
	if err != nil {
		return err
	}
	return a.adminAccount(c)
}

// keepAccount refuses to delete somebody's account.
func (a *API) keepAccount(c *call) error {
	if _, err := a.overseen(c); err != nil {
		return err
	}
	return &forum.Error{Code: forum.Invalid, Key: "OwnerDeletes"}
}

// unsilence answers with an account that is not limited; servers are, and not people.
func (a *API) unsilence(c *call) error {
	actor, err := a.overseen(c)
	if err != nil {
		return err
	}
	if actor.Standing == forum.Limited {
		return notHere("lifting the limits of one account of a limited server")(c)
	}
	return a.adminAccount(c)
}

// moderate suspends an account, or only closes a report about it.
func (a *API) moderate(c *call) error {
	actor, err := a.overseen(c)
	if err != nil {
		return err
	}
	reports := forum.ReportQuery{All: true, Target: actor.ID, Span: forum.Span{Limit: 200}}
	if c.in.get("report_id") != "" {
		id, err := forum.ParseID(c.in.get("report_id"))
		if err != nil {
			return err
		}
		r, err := a.store.Report(c.r.Context(), id)
		if err != nil {
			return err
		}
		if r.TargetID != actor.ID {
			return &forum.Error{Code: forum.Invalid, Key: "ReportElsewhere", Field: "report_id"}
		}
		reports.Since, reports.Max = id-1, id+1
	}
	text := strings.TrimSpace(c.in.get("text"))
	switch kind := c.in.get("type"); kind {
	case "none":
		if text != "" || c.in.get("warning_preset_id") != "" {
			return notHere("warnings")(c)
		}
		if reports.Max == 0 {
			return c.done()
		}
	case "suspend":
		if text == "" {
			return &forum.Error{Code: forum.Invalid, Key: "ReasonMissing", Field: "text"}
		}
		if err := a.service.Suspend(c.r.Context(), c.viewer, actor.Handle(), text); err != nil {
			return err
		}
		reports.Since, reports.Max = 0, 0
	default:
		return notHere("“" + kind + "”")(c)
	}
	for { // the reports are dealt with by that
		list, err := a.store.ReportsIn(c.r.Context(), reports)
		if err != nil {
			return err
		}
		for i := range list {
			if err := a.service.CloseReport(c.r.Context(), c.viewer, list[i].ID); err != nil {
				return err
			}
		}
		if len(list) < reports.Limit {
			return c.done()
		}
	}
}

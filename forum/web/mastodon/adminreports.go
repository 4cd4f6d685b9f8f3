package mastodon

import (
	"net/http"
	"slices"

	"portevoix/forum"
)

// registerReportDesk adds what moderators and administrators do with reports.
func (a *API) registerReportDesk(on adding) {
	const one = "/admin/reports/{id:[0-9]+}"
	on(http.MethodGet, "/admin/reports", "admin:read:reports", a.adminReports)
	on(http.MethodGet, one, "admin:read:reports", a.adminReport)
	on(http.MethodPut, one, "admin:write:reports", a.reported(func(c *call, _ forum.ID) error {
		if category := c.in.get("category"); category != "" && category != reportCategory || len(c.in.list("rule_ids")) > 0 {
			return notHere("categories of reports")(c)
		}
		return nil
	}))
	for path, do := range map[string]func(c *call, id forum.ID) error{
		"resolve": func(c *call, id forum.ID) error { return a.service.CloseReport(c.r.Context(), c.viewer, id) },
		"reopen":  func(c *call, id forum.ID) error { return a.service.ReopenReport(c.r.Context(), c.viewer, id) },
		"assign_to_self": func(c *call, id forum.ID) error {
			return a.service.AssignReport(c.r.Context(), c.viewer, id, true)
		},
		"unassign": func(c *call, id forum.ID) error {
			return a.service.AssignReport(c.r.Context(), c.viewer, id, false)
		},
	} {
		on(http.MethodPost, one+"/"+path, "admin:write:reports", a.reported(do))
	}
}

// reportCategory is the one that every report has: its words say what it is about.
const reportCategory = "other"

type adminReportEntity struct {
	ID            string              `json:"id"`
	ActionTaken   bool                `json:"action_taken"`
	ActionTakenAt *string             `json:"action_taken_at"`
	Category      string              `json:"category"`
	Comment       string              `json:"comment"`
	Forwarded     bool                `json:"forwarded"`
	CreatedAt     string              `json:"created_at"`
	UpdatedAt     string              `json:"updated_at"`
	Account       *adminAccountEntity `json:"account"`
	TargetAccount *adminAccountEntity `json:"target_account"`
	Assigned      *adminAccountEntity `json:"assigned_account"`
	ActionTakenBy *adminAccountEntity `json:"action_taken_by_account"`
	Statuses      []*statusEntity     `json:"statuses"`
	Rules         []struct{}          `json:"rules"`
}

// desk says whose reports the reader deals with: administrators with all, moderators
// with those of their forums, and nobody else with any.
func (a *API) desk(c *call) (forum.ReportQuery, error) {
	q := forum.ReportQuery{All: c.viewer.IsAdmin()}
	if q.All {
		return q, nil
	}
	var err error
	q.Forums, err = a.store.ModeratedForums(c.r.Context(), c.viewer.ID)
	if err == nil && len(q.Forums) == 0 {
		err = &forum.Error{Code: forum.Forbidden, Key: "ModeratorsOnly"}
	}
	return q, err
}

// adminReportsOf shows reports with everybody and everything that they are about.
func (a *API) adminReportsOf(c *call, reports []forum.Report) ([]adminReportEntity, error) {
	var people, posts []forum.ID
	for i := range reports {
		r := &reports[i]
		people = append(people, r.ReporterID, r.TargetID, r.AssignedTo, r.ClosedBy)
		posts = append(posts, r.PostIDs...)
	}
	slices.Sort(people)
	found, err := a.adminAccountsOf(c, slices.Compact(people))
	if err != nil {
		return nil, err
	}
	slices.Sort(posts)
	b, err := a.load(c, noContext, slices.Compact(posts))
	if err != nil {
		return nil, err
	}
	account := func(id forum.ID) *adminAccountEntity {
		if e, ok := found[id]; ok {
			return &e
		}
		return nil
	}
	list := []adminReportEntity{}
	for i := range reports {
		r := &reports[i]
		e := adminReportEntity{
			ID: r.ID.String(), ActionTaken: r.State == forum.ReportClosed, ActionTakenAt: momentOrNull(r.ClosedAt), Category: reportCategory, Comment: r.Words, Forwarded: r.Forwarded,
			CreatedAt: moment(r.At), UpdatedAt: moment(r.ChangedAt), Account: account(r.ReporterID), TargetAccount: account(r.TargetID),
			Assigned: account(r.AssignedTo), ActionTakenBy: account(r.ClosedBy), Statuses: []*statusEntity{}, Rules: []struct{}{},
		}
		for _, id := range r.PostIDs {
			if status, ok := b.status(id); ok {
				e.Statuses = append(e.Statuses, status)
			}
		}
		list = append(list, e)
	}
	return list, nil
}

// adminReports lists open reports, or closed ones, the newest first.
func (a *API) adminReports(c *call) error {
	q, err := a.desk(c)
	if err != nil {
		return err
	}
	q.Closed = c.in.is("resolved")
	if q.Span, err = c.page(100, 200); err != nil {
		return err
	}
	for name, id := range map[string]*forum.ID{"account_id": &q.Reporter, "target_account_id": &q.Target} {
		if text := c.in.get(name); text != "" {
			if *id, err = forum.ParseID(text); err != nil {
				return err
			}
		}
	}
	reports, err := a.store.ReportsIn(c.r.Context(), q)
	if err != nil {
		return err
	}
	if n := len(reports); n > 0 {
		c.linkAround(reports[0].ID, reports[n-1].ID)
	}
	list, err := a.adminReportsOf(c, reports)
	if err != nil {
		return err
	}
	return c.ok(list)
}

// reportOf finds a report that the reader deals with; others are not there.
func (a *API) reportOf(c *call) (*forum.Report, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	desk, err := a.desk(c)
	if err != nil {
		return nil, err
	}
	r, err := a.store.Report(c.r.Context(), id)
	if err == nil && !desk.All && !slices.Contains(desk.Forums, r.ForumID) {
		err = missing(c)
	}
	return r, err
}

func (a *API) adminReport(c *call) error {
	r, err := a.reportOf(c)
	if err != nil {
		return err
	}
	list, err := a.adminReportsOf(c, []forum.Report{*r})
	if err != nil {
		return err
	}
	return c.ok(list[0])
}

// reported does something with a report, and answers with what it is then.
func (a *API) reported(do func(c *call, id forum.ID) error) handler {
	return func(c *call) error {
		r, err := a.reportOf(c)
		if err == nil {
			err = do(c, r.ID)
		}
		if err != nil {
			return err
		}
		return a.adminReport(c)
	}
}

package storage

import (
	"context"
	"slices"
	"time"

	"portevoix/forum"
)

type reportRow struct {
	ID         forum.ID
	ReporterID forum.ID
	TargetID   forum.ID
	ForumID    forum.ID
	Words      string
	State      forum.ReportState
	CreatedAt  stamp
	ClosedAt   stamp
	ClosedBy   forum.ID
	Forwarded  bool
	AssignedTo forum.ID
	ChangedAt  stamp
}

func (r reportRow) report() forum.Report {
	return forum.Report{ID: r.ID, ReporterID: r.ReporterID, TargetID: r.TargetID, ForumID: r.ForumID, Words: r.Words, State: r.State,
		Forwarded: r.Forwarded, At: r.CreatedAt.Time, AssignedTo: r.AssignedTo, ClosedAt: r.ClosedAt.Time, ClosedBy: r.ClosedBy, ChangedAt: r.ChangedAt.Time}
}

// Report implements forum.Reader.
func (r reader) Report(ctx context.Context, id forum.ID) (*forum.Report, error) {
	var row reportRow
	if err := r.scan(ctx, &row, "SELECT * FROM reports WHERE id = ?", id); err != nil {
		return nil, err
	}
	report := row.report()
	err := r.scan(ctx, &report.PostIDs, "SELECT post_id FROM report_posts WHERE report_id = ? ORDER BY post_id", id)
	return &report, err
}

// AddReport implements forum.Tx.
func (t *tx) AddReport(ctx context.Context, r forum.Report) error {
	_, err := t.exec(ctx, "INSERT INTO reports (id, reporter_id, target_id, forum_id, words, state, forwarded, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		r.ID, r.ReporterID, r.TargetID, r.ForumID, r.Words, r.State, r.Forwarded, millis(r.At), millis(r.At))
	if err != nil {
		return err
	}
	for _, post := range r.PostIDs {
		if _, err := t.exec(ctx, "INSERT INTO report_posts (report_id, post_id) VALUES (?, ?) ON CONFLICT DO NOTHING", r.ID, post); err != nil {
			return err
		}
	}
	return nil
}

// CloseReport implements forum.Tx.
func (t *tx) CloseReport(ctx context.Context, id, by forum.ID, when time.Time) error {
	_, err := t.exec(ctx, "UPDATE reports SET state = 'closed', closed_at = ?, closed_by = ?, changed_at = ? WHERE id = ? AND state = 'open'", millis(when), by, millis(when), id)
	return err
}

// ReopenReport implements forum.ReportDeskTx.
func (t *tx) ReopenReport(ctx context.Context, id forum.ID, when time.Time) error {
	_, err := t.exec(ctx, "UPDATE reports SET state = 'open', closed_at = 0, closed_by = 0, changed_at = ? WHERE id = ? AND state = 'closed'", millis(when), id)
	return err
}

// AssignReport implements forum.ReportDeskTx.
func (t *tx) AssignReport(ctx context.Context, id, to forum.ID, when time.Time) error {
	_, err := t.exec(ctx, "UPDATE reports SET assigned_to = ?, changed_at = ? WHERE id = ? AND assigned_to <> ?", to, millis(when), id, to)
	return err
}

// ReportsIn implements forum.ReportDeskReader.
func (r reader) ReportsIn(ctx context.Context, q forum.ReportQuery) ([]forum.Report, error) {
	if len(q.Forums) == 0 && !q.All {
		return nil, nil
	}
	state := forum.ReportOpen
	if q.Closed {
		state = forum.ReportClosed
	}
	where, args := "state = ?", []any{state}
	if !q.All {
		where, args = where+" AND forum_id IN (?)", append(args, listOf(q.Forums))
	}
	if q.Reporter != 0 {
		where, args = where+" AND reporter_id = ?", append(args, q.Reporter)
	}
	if q.Target != 0 {
		where, args = where+" AND target_id = ?", append(args, q.Target)
	}
	bounded, order, bounds := spanned("id", q.Span)
	var rows []reportRow
	err := r.scan(ctx, &rows, "SELECT * FROM reports WHERE "+where+bounded+" ORDER BY "+order+" LIMIT ?", append(append(args, bounds...), q.Limit)...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	if q.Min != 0 {
		slices.Reverse(rows)
	}
	reports, ids, place := make([]forum.Report, len(rows)), make([]forum.ID, len(rows)), map[forum.ID]int{}
	for i := range rows {
		reports[i], ids[i], place[rows[i].ID] = rows[i].report(), rows[i].ID, i
	}
	var posts []struct{ ReportID, PostID forum.ID }
	err = r.scan(ctx, &posts, "SELECT report_id, post_id FROM report_posts WHERE report_id IN (?) ORDER BY post_id", listOf(ids))
	for _, p := range posts {
		i := place[p.ReportID]
		reports[i].PostIDs = append(reports[i].PostIDs, p.PostID)
	}
	return reports, err
}

// Reports implements forum.PageReader: oldest first, at most 100.
func (r reader) Reports(ctx context.Context, forums []forum.ID, all bool) ([]forum.ReportView, error) {
	if len(forums) == 0 && !all {
		return nil, nil
	}
	where, args := "", []any{}
	if !all {
		where, args = " AND reports.forum_id IN (?)", []any{listOf(forums)}
	}
	var rows []struct {
		reportRow
		Reporter bylineRow `bun:"embed:reporter__"`
		Target   bylineRow `bun:"embed:target__"`
		Forum    bylineRow `bun:"embed:forum__"`
		Assigned bylineRow `bun:"embed:assigned__"`
	}
	err := r.scan(ctx, &rows, "SELECT reports.*, "+bylineColumns("reporter")+", "+bylineColumns("target")+", "+optionalByline("forum")+", "+optionalByline("assigned")+`
		FROM reports LEFT JOIN actors AS forum ON forum.id = reports.forum_id LEFT JOIN actors AS assigned ON assigned.id = reports.assigned_to JOIN actors AS reporter ON reporter.id = reports.reporter_id JOIN actors AS target ON target.id = reports.target_id
		WHERE reports.state = 'open'`+where+" ORDER BY reports.id LIMIT 100", args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	views := make([]forum.ReportView, len(rows))
	index := map[forum.ID]int{}
	ids := make([]forum.ID, len(rows))
	for i, row := range rows {
		views[i] = forum.ReportView{Report: row.report(), Reporter: row.Reporter.byline(), Target: row.Target.byline()}
		if row.Forum.ID != 0 {
			f := row.Forum.byline()
			views[i].Forum = &f
		}
		if row.Assigned.ID != 0 {
			a := row.Assigned.byline()
			views[i].Assigned = &a
		}
		index[row.ID], ids[i] = i, row.ID
	}
	return views, r.reportedPosts(ctx, ids, index, views)
}

func (r reader) reportedPosts(ctx context.Context, ids []forum.ID, index map[forum.ID]int, views []forum.ReportView) error {
	var posts []struct {
		ReportID forum.ID
		postViewRow
	}
	err := r.scan(ctx, &posts, "SELECT report_posts.report_id, "+selectPost[len("SELECT "):]+
		"JOIN report_posts ON report_posts.post_id = posts.id WHERE report_posts.report_id IN (?) ORDER BY posts.id", forum.ID(0), forum.ID(0), listOf(ids))
	if err != nil {
		return err
	}
	for i := range posts {
		v := &views[index[posts[i].ReportID]]
		v.PostIDs = append(v.PostIDs, posts[i].Post.ID)
		v.Posts = append(v.Posts, posts[i].view())
	}
	return nil
}

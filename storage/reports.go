package storage

import (
	"context"
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
}

func (r reportRow) report() forum.Report {
	return forum.Report{ID: r.ID, ReporterID: r.ReporterID, TargetID: r.TargetID, ForumID: r.ForumID, Words: r.Words, State: r.State,
		At: r.CreatedAt.Time, ClosedAt: r.ClosedAt.Time, ClosedBy: r.ClosedBy}
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
	_, err := t.exec(ctx, "INSERT INTO reports (id, reporter_id, target_id, forum_id, words, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		r.ID, r.ReporterID, r.TargetID, r.ForumID, r.Words, r.State, millis(r.At))
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
	_, err := t.exec(ctx, "UPDATE reports SET state = 'closed', closed_at = ?, closed_by = ? WHERE id = ? AND state = 'open'", millis(when), by, id)
	return err
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
	}
	err := r.scan(ctx, &rows, "SELECT reports.*, "+bylineColumns("reporter")+", "+bylineColumns("target")+", "+optionalByline("forum")+`
		FROM reports LEFT JOIN actors AS forum ON forum.id = reports.forum_id JOIN actors AS reporter ON reporter.id = reports.reporter_id JOIN actors AS target ON target.id = reports.target_id
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

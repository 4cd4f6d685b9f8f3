package storage

import (
	"context"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type decisionRow struct {
	bun.BaseModel `bun:"table:decisions,alias:decisions"`

	ID          forum.ID              `bun:"id,pk"`
	Kind        forum.DecisionKind    `bun:"kind"`
	ForumID     forum.ID              `bun:"forum_id"`
	ByID        forum.ID              `bun:"by_id"`
	SubjectKind forum.DecisionSubject `bun:"subject_kind"`
	SubjectID   forum.ID              `bun:"subject_id"`
	Host        string                `bun:"host"`
	Obfuscated  bool                  `bun:"obfuscated"`
	OtherID     forum.ID              `bun:"other_id"`
	Number      int                   `bun:"number"`
	Reason      string                `bun:"reason"`
	Automatic   bool                  `bun:"automatic"`
	DecidedAt   stamp                 `bun:"decided_at"`
	ExpiresAt   stamp                 `bun:"expires_at"`
	Undoes      forum.ID              `bun:"undoes"`
}

func (r *decisionRow) decision() forum.Decision {
	return forum.Decision{ID: r.ID, Kind: r.Kind, ForumID: r.ForumID, ByID: r.ByID, SubjectKind: r.SubjectKind, SubjectID: r.SubjectID, Host: r.Host, Obfuscated: r.Obfuscated,
		OtherID: r.OtherID, Number: r.Number, Reason: r.Reason, Automatic: r.Automatic, At: r.DecidedAt.Time, Until: r.ExpiresAt.Time, Undoes: r.Undoes}
}

// LastDecision implements forum.DecisionReader.
func (r reader) LastDecision(ctx context.Context, kinds []forum.DecisionKind, about *forum.Decision) (*forum.Decision, error) {
	subject, key := "decisions.subject_id = ?", any(about.SubjectID)
	if about.SubjectKind == forum.AboutPeer {
		subject, key = "decisions.subject_kind = 'peer' AND decisions.host = ?", about.Host
	}
	var row decisionRow
	err := r.scan(ctx, &row, "SELECT decisions.* FROM decisions WHERE "+subject+` AND decisions.kind IN (?) AND decisions.forum_id = ? AND decisions.other_id = ?
		AND NOT EXISTS (SELECT 1 FROM decisions AS later WHERE later.undoes = decisions.id AND later.undoes <> 0)
		ORDER BY decisions.id DESC LIMIT 1`, key, listOf(kinds), about.ForumID, about.OtherID)
	if err != nil {
		return nil, err
	}
	d := row.decision()
	return &d, nil
}

// AddDecision implements forum.DecisionTx.
func (t *tx) AddDecision(ctx context.Context, d *forum.Decision) error {
	_, err := t.db.NewInsert().Model(&decisionRow{ID: d.ID, Kind: d.Kind, ForumID: d.ForumID, ByID: d.ByID, SubjectKind: d.SubjectKind, SubjectID: d.SubjectID, Host: d.Host, Obfuscated: d.Obfuscated,
		OtherID: d.OtherID, Number: d.Number, Reason: d.Reason, Automatic: d.Automatic, DecidedAt: at(d.At), ExpiresAt: at(d.Until), Undoes: d.Undoes}).Exec(ctx)
	return err
}

// Decisions implements forum.DecisionPages.
func (r reader) Decisions(ctx context.Context, q forum.DecisionQuery) (forum.DecisionPage, error) {
	where, args := "TRUE", []any{}
	and := func(condition string, values ...any) {
		where, args = where+" AND "+condition, append(args, values...)
	}
	switch {
	case q.PostID != 0:
		and("decisions.subject_id = ? AND decisions.subject_kind = 'post'", q.PostID)
	case q.ForumID != 0:
		and("decisions.forum_id = ?", q.ForumID)
	default:
		and("NOT EXISTS (SELECT 1 FROM actors WHERE actors.id IN (decisions.forum_id, decisions.subject_id) AND actors.private)")
	}
	if q.Kind != "" {
		and("decisions.kind = ?", q.Kind)
	}
	if !q.Peers {
		and("decisions.subject_kind <> 'peer'")
	}
	if q.Before != 0 {
		and("decisions.id < ?", q.Before)
	}
	var page forum.DecisionPage
	rows, err := r.decisionRows(ctx, where+" ORDER BY decisions.id DESC LIMIT ?", append(args, q.Limit+1)...)
	if err != nil {
		return page, err
	}
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		page.Next = rows[q.Limit-1].ID
	}
	if page.Decisions, err = r.decisionViews(ctx, rows); len(page.Decisions) == 0 {
		page.Next = 0
	}
	return page, err
}

// DecisionView implements forum.DecisionPages.
func (r reader) DecisionView(ctx context.Context, id forum.ID) (*forum.DecisionView, error) {
	rows, err := r.decisionRows(ctx, "decisions.id = ?", id)
	if err != nil {
		return nil, err
	}
	list, err := r.decisionViews(ctx, rows)
	if err == nil && len(list) == 0 {
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

type undoneRow struct {
	decisionRow `bun:",extend"`
	UndoneBy    forum.ID `bun:"undone_by,scanonly"`
}

func (r reader) decisionRows(ctx context.Context, where string, args ...any) ([]undoneRow, error) {
	var rows []undoneRow
	err := r.scan(ctx, &rows, "SELECT decisions.*, COALESCE((SELECT later.id FROM decisions AS later WHERE later.undoes = decisions.id AND later.undoes <> 0), 0) AS undone_by FROM decisions WHERE "+where, args...)
	return rows, err
}

// decisionViews adds what decisions are about. Those of forums that the reader of the
// context may not read are left out, because the forum is not found for them.
func (r reader) decisionViews(ctx context.Context, rows []undoneRow) ([]forum.DecisionView, error) {
	var actors, posts []forum.ID
	for i := range rows {
		row := &rows[i]
		actors = append(actors, row.ForumID, row.ByID)
		if row.SubjectKind == forum.AboutPost {
			posts = append(posts, row.SubjectID, row.OtherID)
		} else {
			actors = append(actors, row.SubjectID)
		}
	}
	names, err := r.bylines(ctx, actors)
	if err != nil {
		return nil, err
	}
	judged, err := r.judgedPosts(ctx, posts)
	if err != nil {
		return nil, err
	}
	list := make([]forum.DecisionView, 0, len(rows))
	for i := range rows {
		row := &rows[i]
		v := forum.DecisionView{Decision: row.decision(), Forum: names[row.ForumID], By: names[row.ByID], UndoneBy: row.UndoneBy}
		hidden := row.ForumID != 0 && v.Forum.ID == 0
		switch row.SubjectKind {
		case forum.AboutPost:
			p, other := judged[row.SubjectID], judged[row.OtherID]
			hidden = hidden || p.ID == 0
			v.ThreadID, v.Reply, v.URI, v.Title, v.Other = p.ThreadID, p.ID != p.ThreadID, p.URI, p.Title, other.Title
		case forum.AboutAccount, forum.AboutAction:
			v.Whom = names[row.SubjectID]
			hidden = hidden || row.SubjectID != 0 && v.Whom.ID == 0
		}
		if !hidden {
			list = append(list, v)
		}
	}
	return list, nil
}

// bylines looks actors up.
func (r reader) bylines(ctx context.Context, ids []forum.ID) (map[forum.ID]forum.Byline, error) {
	found := map[forum.ID]forum.Byline{}
	if len(ids) == 0 {
		return found, nil
	}
	var rows []struct {
		Actor bylineRow `bun:"embed:actor__"`
	}
	err := r.scan(ctx, &rows, "SELECT "+bylineColumns("actor")+" FROM actors AS actor WHERE actor.id IN (?)", listOf(ids))
	for i := range rows {
		found[rows[i].Actor.ID] = rows[i].Actor.byline()
	}
	return found, err
}

// judgedPost is a post that something was decided about.
type judgedPost struct {
	ID       forum.ID
	ThreadID forum.ID
	URI      string `bun:"uri"`
	Title    string // of the thread; "" where it is not to be seen
}

func (r reader) judgedPosts(ctx context.Context, ids []forum.ID) (map[forum.ID]judgedPost, error) {
	found := map[forum.ID]judgedPost{}
	if len(ids) == 0 {
		return found, nil
	}
	var rows []judgedPost
	err := r.scan(ctx, &rows, `SELECT posts.id, posts.thread_id, posts.uri, CASE WHEN (threads.hidden AND NOT threads.inside) OR author.standing = ? THEN '' ELSE root.title END AS title
		FROM posts JOIN posts AS root ON root.id = posts.thread_id JOIN threads ON threads.post_id = posts.thread_id JOIN actors AS author ON author.id = root.author_id
		WHERE posts.id IN (?)`, forum.Blocked, listOf(ids))
	for _, row := range rows {
		found[row.ID] = row
	}
	return found, err
}

// leaveDecisions takes an actor out of the log who is erased: what was decided about
// posts stays, and what was decided about the actor, without the reason, as that
// something was.
func (t *tx) leaveDecisions(ctx context.Context, id forum.ID) error {
	for _, query := range []string{
		"UPDATE decisions SET by_id = 0 WHERE by_id = ? AND by_id <> 0",
		"UPDATE decisions SET subject_id = 0, reason = '' WHERE subject_id = ? AND subject_kind = 'account'",
	} {
		if _, err := t.exec(ctx, query, id); err != nil {
			return err
		}
	}
	return nil
}

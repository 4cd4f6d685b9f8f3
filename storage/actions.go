package storage

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"portevoix/forum"
)

type actionRow struct {
	ActorID     forum.ID
	Kind        forum.ActionKind
	State       forum.ActionState
	AuthorID    forum.ID
	CompanyID   forum.ID
	HomeID      forum.ID
	Goal        int
	Milestones  string
	Reached     int
	ClosesAt    stamp
	Details     string
	Version     int
	BallotID    forum.ID
	Sponsors    int
	Outcome     string
	OutcomeHTML string `bun:"outcome_html"`
	StopReason  string
	Telling     bool
	Papers      int
	Signed      int
	Told        string
	CreatedAt   stamp
	PublishedAt stamp
	EndedAt     stamp
}

var actionColumns = []string{"actor_id", "kind", "state", "author_id", "company_id", "home_id", "goal", "milestones", "reached", "closes_at", "details", "version",
	"ballot_id", "sponsors", "outcome", "outcome_html", "stop_reason", "telling", "papers", "signed", "told", "created_at", "published_at", "ended_at"}

type actionTextRow struct {
	Text   string
	HTML   string `bun:"html"`
	SHA256 string `bun:"sha256"`
}

type actionViewRow struct {
	Action   actionRow     `bun:"embed:action__"`
	Text     actionTextRow `bun:"embed:text__"`
	Forum    forumRow      `bun:"embed:forum__"`
	Actor    actorRow      `bun:"embed:actor__"`
	Author   bylineRow     `bun:"embed:author__"`
	Company  bylineRow     `bun:"embed:company__"`
	Home     bylineRow     `bun:"embed:home__"`
	Comments int
	Shares   int
}

func packMilestones(list []int) string {
	var words []string
	for _, n := range list {
		words = append(words, strconv.Itoa(n))
	}
	return strings.Join(words, " ")
}

func unpackMilestones(packed string) []int {
	var list []int
	for _, word := range strings.Fields(packed) {
		if n, err := strconv.Atoi(word); err == nil {
			list = append(list, n)
		}
	}
	return list
}

func packDetails(d forum.ActionDetails) (string, error) {
	if d == (forum.ActionDetails{}) {
		return "", nil
	}
	packed, err := json.Marshal(d)
	return string(packed), err
}

func (r *actionViewRow) view() forum.ActionView {
	a := &r.Action
	f := forumWithActor{forumRow: r.Forum, Actor: r.Actor}
	v := forum.ActionView{Comments: r.Comments, Shares: r.Shares, Author: r.Author.byline(), Action: forum.Action{
		Forum: f.forum(), Kind: a.Kind, State: a.State, AuthorID: a.AuthorID, CompanyID: a.CompanyID, HomeID: a.HomeID, Goal: a.Goal,
		Milestones: unpackMilestones(a.Milestones), Reached: a.Reached, ClosesAt: a.ClosesAt.Time, Version: a.Version, BallotID: a.BallotID, Sponsors: a.Sponsors,
		Text: r.Text.Text, TextHTML: r.Text.HTML, SHA256: r.Text.SHA256, Outcome: a.Outcome, OutcomeHTML: a.OutcomeHTML, StopReason: a.StopReason,
		Telling: a.Telling, Papers: a.Papers, Signed: a.Signed, PublishedAt: a.PublishedAt.Time, EndedAt: a.EndedAt.Time,
	}}
	if a.Details != "" {
		_ = json.Unmarshal([]byte(a.Details), &v.Details)
	}
	v.Told = unpackTally(a.Told)
	for _, part := range []struct {
		row  bylineRow
		into **forum.Byline
	}{{r.Company, &v.Company}, {r.Home, &v.Home}} {
		if part.row.ID != 0 {
			b := part.row.byline()
			*part.into = &b
		}
	}
	return v
}

// optionalByline is bylineColumns for an actor that may be missing.
func optionalByline(alias string) string {
	columns := ""
	for _, c := range []string{"id", "leaves_at", "standing"} {
		columns += ", COALESCE(" + alias + "." + c + ", 0) AS " + alias + "__" + c
	}
	for _, c := range []string{"name", "host", "uri", "url", "display_name", "kind", "group_role", "icon_small", "imported_from", "emojis"} {
		columns += ", COALESCE(" + alias + "." + c + ", '') AS " + alias + "__" + c
	}
	for _, c := range []string{"guest", "local_only", "private"} {
		columns += ", COALESCE(" + alias + "." + c + ", FALSE) AS " + alias + "__" + c
	}
	return columns[2:]
}

var forumColumns = []string{"actor_id", "rules", "rules_html", "language", "threads", "guests", "last_active_at"}

var selectAction = "SELECT " + prefixed("actions", "action", actionColumns...) + ", " + prefixed("forums", "forum", forumColumns...) + ", " + actorColumns("actor") + `,
	COALESCE(v.text, '') AS text__text, COALESCE(v.html, '') AS text__html, COALESCE(v.sha256, '') AS text__sha256,
	` + optionalByline("author") + ", " + optionalByline("company") + ", " + optionalByline("home") + `,
	COALESCE((SELECT threads.replies FROM threads WHERE threads.post_id = actions.ballot_id), 0) AS comments,
	COALESCE((SELECT sum(posts.boosts) FROM action_versions AS texts JOIN posts ON posts.id = texts.post_id WHERE texts.action_id = actions.actor_id AND texts.post_id <> 0), 0) AS shares
	FROM actions JOIN actors AS actor ON actor.id = actions.actor_id JOIN forums ON forums.actor_id = actions.actor_id
	LEFT JOIN action_versions AS v ON v.action_id = actions.actor_id AND v.number = actions.version
	LEFT JOIN actors AS author ON author.id = actions.author_id
	LEFT JOIN actors AS company ON company.id = actions.company_id
	LEFT JOIN actors AS home ON home.id = actions.home_id `

func (r reader) actionWhere(ctx context.Context, where string, args ...any) (*forum.ActionView, error) {
	var row actionViewRow
	if err := r.scan(ctx, &row, selectAction+"WHERE "+where+" LIMIT 1", args...); err != nil {
		return nil, err
	}
	v := row.view()
	return &v, nil
}

// ActionView implements forum.PageReader.
func (r reader) ActionView(ctx context.Context, h forum.Handle) (*forum.ActionView, error) {
	return r.actionWhere(ctx, "actor.host = ? AND lower(actor.name) = lower(?) AND actor.group_role = 'action'", h.Host, h.Name)
}

// Action implements forum.Reader.
func (r reader) Action(ctx context.Context, h forum.Handle) (*forum.Action, error) {
	v, err := r.ActionView(ctx, h)
	if err != nil {
		return nil, err
	}
	v.Forum.Action = &v.Action
	return &v.Action, nil
}

// ActionByID implements forum.Reader.
func (r reader) ActionByID(ctx context.Context, id forum.ID) (*forum.Action, error) {
	v, err := r.actionWhere(ctx, "actions.actor_id = ?", id)
	if err != nil {
		return nil, err
	}
	v.Forum.Action = &v.Action
	return &v.Action, nil
}

// Actions implements forum.PageReader.
func (r reader) Actions(ctx context.Context, q forum.ActionQuery) (forum.ActionPage, error) {
	where, args, order, err := actionsQuery(q)
	if err != nil {
		return forum.ActionPage{}, err
	}
	var rows []actionViewRow
	if err := r.scan(ctx, &rows, selectAction+where+" ORDER BY "+order+" LIMIT ?", append(args, q.Limit+1)...); err != nil {
		return forum.ActionPage{}, err
	}
	page := forum.ActionPage{}
	more := len(rows) > q.Limit
	for i := range rows[:min(len(rows), q.Limit)] {
		page.Actions = append(page.Actions, rows[i].view())
	}
	if more {
		last := &page.Actions[len(page.Actions)-1]
		page.Next = writeCursor(actionKey(q, last), last.ID)
	}
	return page, nil
}

// actionKey is what a list is ordered by.
func actionKey(q forum.ActionQuery, a *forum.ActionView) float64 {
	switch {
	case q.Own:
		return 0
	case q.Sort == forum.ActionsSigned:
		return float64(a.Signed)
	case q.Sort == forum.ActionsEnding:
		return float64(a.ClosesAt.UnixMilli())
	}
	return float64(a.PublishedAt.UnixMilli())
}

func actionsQuery(q forum.ActionQuery) (where string, args []any, order string, err error) {
	where = "WHERE actor.deleted_at = 0 AND actor.suspended_at = 0 AND actor.standing = 0"
	and := func(condition string, values ...any) {
		where += " AND " + condition
		args = append(args, values...)
	}
	switch {
	case q.Own:
		and("actions.author_id = ?", q.AuthorID)
	case q.Sort == forum.ActionsEnding:
		and("actions.state = 'published' AND actions.closes_at > ?", millis(q.Now))
	default:
		and("actions.published_at <> 0")
	}
	if q.AuthorID != 0 && !q.Own {
		and("actions.author_id = ?", q.AuthorID)
	}
	for _, one := range []struct {
		column string
		value  any
		set    bool
	}{
		{"actions.state", q.State, q.State != ""}, {"actions.kind", q.Kind, q.Kind != ""}, {"actions.company_id", q.CompanyID, q.CompanyID != 0},
		{"actions.home_id", q.HomeID, q.HomeID != 0}, {"forums.language", q.Language, q.Language != ""}, {"actor.host", "", q.Local},
	} {
		if one.set {
			and(one.column+" = ?", one.value)
		}
	}
	column, direction, before := "actions.published_at", "DESC", "<"
	switch {
	case q.Own:
		column = ""
	case q.Sort == forum.ActionsSigned:
		column = "actions.signed"
	case q.Sort == forum.ActionsEnding:
		column, direction, before = "actions.closes_at", "ASC", ">"
	}
	if q.After != "" {
		key, id, err := readCursor(q.After)
		if err != nil {
			return "", nil, "", err
		}
		if column == "" {
			and("actions.actor_id < ?", id)
		} else {
			and("("+column+", actions.actor_id) "+before+" (?, ?)", int64(key), id)
		}
	}
	order = "actions.actor_id " + direction
	if column != "" {
		order = column + " " + direction + ", " + order
	}
	return where, args, order, nil
}

// ActionsUnderWay implements forum.Reader.
func (r reader) ActionsUnderWay(ctx context.Context, author forum.ID) (int, error) {
	var n int
	err := r.scan(ctx, &n, "SELECT count(*) FROM actions WHERE author_id = ? AND state IN ('draft', 'sponsoring')", author)
	return n, err
}

// AddAction implements forum.Tx. Nobody finds it before it is published: neither
// completion nor the search index knows it.
func (t *tx) AddAction(ctx context.Context, a *forum.Action, key forum.KeyPair) error {
	if err := t.NameFree(ctx, a.Name); err != nil {
		return err
	}
	if _, err := t.db.NewInsert().Model(newActorRow(&a.Actor)).Exec(ctx); err != nil {
		if isDuplicate(err) {
			return &forum.Error{Code: forum.Conflict, Key: "NameTaken", Field: "title", Args: map[string]any{"Name": a.Name}, Err: err}
		}
		return err
	}
	key.ActorID = a.ID
	if err := t.saveKey(ctx, &key); err != nil {
		return err
	}
	if _, err := t.db.NewInsert().Model(newForumRow(&a.Forum)).Exec(ctx); err != nil {
		return err
	}
	details, err := packDetails(a.Details)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO actions (actor_id, kind, state, author_id, company_id, home_id, goal, milestones, closes_at, details, version, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.ID, a.Kind, a.State, a.AuthorID, a.CompanyID, a.HomeID, a.Goal, packMilestones(a.Milestones), millis(a.ClosesAt), details, a.Version, millis(a.CreatedAt))
	if err != nil {
		return err
	}
	return t.SaveActionText(ctx, a, forum.ActionVersion{})
}

// SaveActionText implements forum.Tx: what is frozen as a version, or, with the
// zero version, the text of a draft.
func (t *tx) SaveActionText(ctx context.Context, a *forum.Action, v forum.ActionVersion) error {
	if v.Number == 0 {
		v = forum.ActionVersion{Number: a.Version, Title: a.DisplayName, Text: a.Text, HTML: a.TextHTML, SHA256: a.SHA256, At: a.CreatedAt}
		if err := t.UpdateForumText(ctx, a); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, `INSERT INTO action_versions (action_id, number, title, text, html, sha256, change, post_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (action_id, number) DO UPDATE SET title = excluded.title, text = excluded.text, html = excluded.html, sha256 = excluded.sha256,
		change = excluded.change, post_id = excluded.post_id, created_at = excluded.created_at`,
		a.ID, v.Number, v.Title, v.Text, v.HTML, v.SHA256, v.Change, v.PostID, millis(v.At))
	return err
}

// UpdateForumText stores the title and the language of a draft, which is found by
// nobody yet.
func (t *tx) UpdateForumText(ctx context.Context, a *forum.Action) error {
	if _, err := t.exec(ctx, "UPDATE actors SET display_name = ?, summary = ?, summary_source = ? WHERE id = ?", a.DisplayName, a.Summary, a.SummarySource, a.ID); err != nil {
		return err
	}
	_, err := t.exec(ctx, "UPDATE forums SET language = ? WHERE actor_id = ?", a.Language, a.ID)
	return err
}

// PublishAction implements forum.Tx.
func (t *tx) PublishAction(ctx context.Context, a *forum.Action) error {
	if _, err := t.exec(ctx, "UPDATE actors SET local_only = FALSE, created_at = ? WHERE id = ?", millis(a.PublishedAt), a.ID); err != nil {
		return err
	}
	return t.indexActor(ctx, &a.Actor)
}

// HoldAction implements forum.Tx.
func (t *tx) HoldAction(ctx context.Context, id forum.ID) error {
	if t.driver != Postgres {
		return nil
	}
	var held []forum.ID
	return t.scan(ctx, &held, "SELECT actor_id FROM actions WHERE actor_id = ? FOR UPDATE", id)
}

// UpdateAction implements forum.Tx.
func (t *tx) UpdateAction(ctx context.Context, a *forum.Action) error {
	details, err := packDetails(a.Details)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE actions SET state = ?, company_id = ?, home_id = ?, goal = ?, milestones = ?, reached = ?, closes_at = ?, details = ?, version = ?,
		ballot_id = ?, outcome = ?, outcome_html = ?, stop_reason = ?, telling = ?, published_at = ?, ended_at = ? WHERE actor_id = ?`,
		a.State, a.CompanyID, a.HomeID, a.Goal, packMilestones(a.Milestones), a.Reached, millis(a.ClosesAt), details, a.Version,
		a.BallotID, a.Outcome, a.OutcomeHTML, a.StopReason, a.Telling, millis(a.PublishedAt), millis(a.EndedAt), a.ID)
	return err
}

// DropAction implements forum.Tx. Its name is never given out again.
func (t *tx) DropAction(ctx context.Context, id forum.ID) error {
	for _, query := range []string{"DELETE FROM action_cases WHERE action_id = ?", "DELETE FROM action_sponsors WHERE action_id = ?", "DELETE FROM action_papers WHERE action_id = ?",
		"DELETE FROM action_versions WHERE action_id = ?", "DELETE FROM actions WHERE actor_id = ?", "DELETE FROM forums WHERE actor_id = ?"} {
		if _, err := t.exec(ctx, query, id); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, "UPDATE actors SET deleted_at = created_at, display_name = '', summary = '', summary_source = '' WHERE id = ?", id)
	return err
}

// SaveRemoteAction implements forum.Tx.
func (t *tx) SaveRemoteAction(ctx context.Context, a *forum.Action) error {
	_, err := t.exec(ctx, `INSERT INTO actions (actor_id, kind, state, goal, closes_at, version, ballot_id, signed, told, created_at, published_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (actor_id) DO UPDATE SET state = excluded.state, goal = excluded.goal, closes_at = excluded.closes_at, version = excluded.version, ballot_id = excluded.ballot_id,
		signed = excluded.signed, told = excluded.told, ended_at = excluded.ended_at`,
		a.ID, a.Kind, a.State, a.Goal, millis(a.ClosesAt), a.Version, a.BallotID, a.Signed, packTally(a.Told), millis(a.PublishedAt), millis(a.PublishedAt), millis(a.EndedAt))
	if err != nil {
		return err
	}
	return t.SaveActionText(ctx, a, forum.ActionVersion{Number: a.Version, Title: a.DisplayName, Text: a.Text, HTML: a.TextHTML, SHA256: a.SHA256, PostID: a.BallotID, At: a.PublishedAt})
}

// RemoveSponsors implements forum.Tx.
func (t *tx) RemoveSponsors(ctx context.Context, action forum.ID) error {
	if _, err := t.exec(ctx, "DELETE FROM action_sponsors WHERE action_id = ?", action); err != nil {
		return err
	}
	_, err := t.exec(ctx, "UPDATE actions SET sponsors = 0 WHERE actor_id = ?", action)
	return err
}

// SetSponsor implements forum.Tx.
func (t *tx) SetSponsor(ctx context.Context, action, actor forum.ID, on bool, when time.Time) (bool, error) {
	query, args, by := "DELETE FROM action_sponsors WHERE action_id = ? AND actor_id = ?", []any{action, actor}, -1
	if on {
		query, args, by = "INSERT INTO action_sponsors (action_id, actor_id, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", append(args, millis(when)), 1
	}
	n, err := t.exec(ctx, query, args...)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = t.exec(ctx, "UPDATE actions SET sponsors = sponsors + ? WHERE actor_id = ?", by, action)
	return true, err
}

// Sponsors implements forum.PageReader.
func (r reader) Sponsors(ctx context.Context, action forum.ID) ([]forum.Sponsor, error) {
	var rows []struct {
		Actor     bylineRow `bun:"embed:actor__"`
		CreatedAt stamp
	}
	err := r.scan(ctx, &rows, "SELECT action_sponsors.created_at, "+bylineColumns("actor")+` FROM action_sponsors JOIN actors AS actor ON actor.id = action_sponsors.actor_id
		WHERE action_sponsors.action_id = ? AND actor.deleted_at = 0 ORDER BY action_sponsors.created_at, actor.id LIMIT 200`, action)
	list := make([]forum.Sponsor, len(rows))
	for i, row := range rows {
		list[i] = forum.Sponsor{Byline: row.Actor.byline(), At: row.CreatedAt.Time}
	}
	return list, err
}

// Sponsored implements forum.Reader.
func (r reader) Sponsored(ctx context.Context, action, actor forum.ID) (bool, error) {
	return r.exists(ctx, "SELECT 1 FROM action_sponsors WHERE action_id = ? AND actor_id = ?", action, actor)
}

// AttachCase implements forum.Tx.
func (t *tx) AttachCase(ctx context.Context, action, thread, by forum.ID, on bool, when time.Time, most int) error {
	if !on {
		_, err := t.exec(ctx, "DELETE FROM action_cases WHERE action_id = ? AND thread_id = ?", action, thread)
		return err
	}
	var n int
	if err := t.scan(ctx, &n, "SELECT count(*) FROM action_cases WHERE action_id = ?", action); err != nil {
		return err
	}
	if n >= most {
		return &forum.Error{Code: forum.Conflict, Key: "CasesTooMany", Args: map[string]any{"Max": most}}
	}
	_, err := t.exec(ctx, "INSERT INTO action_cases (action_id, thread_id, by_id, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", action, thread, by, millis(when))
	return err
}

// ActionCases implements forum.PageReader: what is attached to an action, the last
// first.
func (r reader) ActionCases(ctx context.Context, action forum.ID, limit int) ([]forum.ActionCase, error) {
	var rows []struct {
		ThreadID  forum.ID
		Title     string
		Kind      forum.ThreadKind
		CreatedAt stamp
		Author    bylineRow `bun:"embed:author__"`
	}
	err := r.scan(ctx, &rows, "SELECT action_cases.thread_id, posts.title, threads.kind, action_cases.created_at, "+bylineColumns("author")+`
		FROM action_cases JOIN threads ON threads.post_id = action_cases.thread_id JOIN posts ON posts.id = action_cases.thread_id JOIN actors AS author ON author.id = posts.author_id
		WHERE action_cases.action_id = ? AND NOT threads.hidden ORDER BY action_cases.created_at DESC, action_cases.thread_id DESC LIMIT ?`, action, limit)
	list := make([]forum.ActionCase, len(rows))
	for i, row := range rows {
		list[i] = forum.ActionCase{ThreadID: row.ThreadID, Title: row.Title, Kind: row.Kind, Author: row.Author.byline(), At: row.CreatedAt.Time}
	}
	return list, err
}

// ActionsOfCase implements forum.PageReader: the public actions that a thread is
// attached to.
func (r reader) ActionsOfCase(ctx context.Context, thread forum.ID) ([]forum.ActionView, error) {
	var rows []actionViewRow
	err := r.scan(ctx, &rows, selectAction+`JOIN action_cases ON action_cases.action_id = actions.actor_id
		WHERE action_cases.thread_id = ? AND actions.published_at <> 0 ORDER BY actions.published_at DESC LIMIT 5`, thread)
	list := make([]forum.ActionView, len(rows))
	for i := range rows {
		list[i] = rows[i].view()
	}
	return list, err
}

type actionVersionRow struct {
	ActionID  forum.ID
	Number    int
	Title     string
	Text      string
	HTML      string `bun:"html"`
	SHA256    string `bun:"sha256"`
	Change    string
	PostID    forum.ID
	CreatedAt stamp
}

func (r actionVersionRow) version() forum.ActionVersion {
	return forum.ActionVersion{ActionID: r.ActionID, Number: r.Number, Title: r.Title, Text: r.Text, HTML: r.HTML, SHA256: r.SHA256, Change: r.Change, PostID: r.PostID, At: r.CreatedAt.Time}
}

// ActionVersions implements forum.PageReader: all texts of an action, the last
// first.
func (r reader) ActionVersions(ctx context.Context, action forum.ID) ([]forum.ActionVersion, error) {
	var rows []actionVersionRow
	err := r.scan(ctx, &rows, "SELECT * FROM action_versions WHERE action_id = ? ORDER BY number DESC", action)
	list := make([]forum.ActionVersion, len(rows))
	for i, row := range rows {
		list[i] = row.version()
	}
	return list, err
}

// ActionOfBallot implements forum.Reader.
func (r reader) ActionOfBallot(ctx context.Context, post forum.ID) (*forum.Action, *forum.ActionVersion, error) {
	var row actionVersionRow
	if err := r.scan(ctx, &row, "SELECT * FROM action_versions WHERE post_id = ? AND post_id <> 0 ORDER BY number DESC LIMIT 1", post); err != nil {
		return nil, nil, err
	}
	v := row.version()
	a, err := r.ActionByID(ctx, v.ActionID)
	return a, &v, err
}

// AddPaper implements forum.Tx.
func (t *tx) AddPaper(ctx context.Context, p forum.PaperSheet) error {
	_, err := t.exec(ctx, "INSERT INTO action_papers (id, action_id, number, place, note, by_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		p.ID, p.ActionID, p.Number, p.Place, p.Note, p.By.ID, millis(p.At))
	return err
}

// UndoPaper implements forum.Tx.
func (t *tx) UndoPaper(ctx context.Context, action, id, by forum.ID, when time.Time) (int, error) {
	var numbers []int
	err := t.scan(ctx, &numbers, "UPDATE action_papers SET undone_at = ?, undone_by = ? WHERE id = ? AND action_id = ? AND undone_at = 0 RETURNING number", millis(when), by, id, action)
	if err != nil || len(numbers) == 0 {
		return 0, err
	}
	return numbers[0], nil
}

// Papers implements forum.PageReader.
func (r reader) Papers(ctx context.Context, action forum.ID) ([]forum.PaperSheet, error) {
	var rows []struct {
		ID        forum.ID
		Number    int
		Place     string
		Note      string
		CreatedAt stamp
		UndoneAt  stamp
		Writer    bylineRow `bun:"embed:writer__"`
	}
	err := r.scan(ctx, &rows, "SELECT p.id, p.number, p.place, p.note, p.created_at, p.undone_at, "+optionalByline("writer")+` FROM action_papers AS p LEFT JOIN actors AS writer ON writer.id = p.by_id
		WHERE p.action_id = ? ORDER BY p.id DESC LIMIT 500`, action)
	list := make([]forum.PaperSheet, len(rows))
	for i, row := range rows {
		list[i] = forum.PaperSheet{ID: row.ID, ActionID: action, Number: row.Number, Place: row.Place, Note: row.Note, By: row.Writer.byline(), At: row.CreatedAt.Time, UndoneAt: row.UndoneAt.Time}
	}
	return list, err
}

// MovePapers implements forum.Tx.
func (t *tx) MovePapers(ctx context.Context, action forum.ID, by int) error {
	_, err := t.exec(ctx, "UPDATE actions SET papers = papers + ? WHERE actor_id = ?", by, action)
	return err
}

// RecountAction implements forum.Tx.
func (t *tx) RecountAction(ctx context.Context, action forum.ID) error {
	_, err := t.exec(ctx, `UPDATE actions SET signed = papers + COALESCE((SELECT sum(number) FROM participation_totals
		WHERE kind = ? AND subject_id = actions.actor_id AND tier <> 'invalidated'), 0) WHERE actor_id = ?`, forum.Signature, action)
	return err
}

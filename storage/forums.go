package storage

import (
	"cmp"
	"context"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type forumRow struct {
	bun.BaseModel `bun:"table:forums,alias:forums"`

	ActorID      forum.ID          `bun:"actor_id,pk"`
	Rules        string            `bun:"rules"`
	RulesHTML    string            `bun:"rules_html"`
	Language     string            `bun:"language"`
	Threads      int               `bun:"threads"`
	Guests       forum.GuestPolicy `bun:"guests"`
	LastActiveAt stamp             `bun:"last_active_at"`
	Joinable     bool              `bun:"joinable"`
}

type forumWithActor struct {
	forumRow `bun:",extend"`
	Actor    actorRow          `bun:"embed:actor__"`
	Followed forum.FollowState `bun:"followed,scanonly"`
}

func (r *forumWithActor) forum() forum.Forum {
	return forum.Forum{Actor: r.Actor.actor(), Rules: r.Rules, RulesHTML: r.RulesHTML, Language: r.Language, Guests: r.Guests, Threads: r.Threads, LastActiveAt: r.LastActiveAt.Time, Joinable: r.Joinable}
}

func newForumRow(f *forum.Forum) *forumRow {
	return &forumRow{ActorID: f.ID, Rules: f.Rules, RulesHTML: f.RulesHTML, Language: f.Language, Guests: cmp.Or(f.Guests, forum.GuestsAllowed), Threads: f.Threads, LastActiveAt: at(f.LastActiveAt), Joinable: f.Joinable}
}

var selectForum = "SELECT forums.*, " + actorColumns("actor") + " FROM forums JOIN actors AS actor ON actor.id = forums.actor_id "

// Forum implements forum.Reader.
func (r reader) Forum(ctx context.Context, h forum.Handle) (*forum.Forum, error) {
	var row forumWithActor
	err := r.scan(ctx, &row, selectForum+"WHERE actor.host = ? AND lower(actor.name) = lower(?) AND actor.kind = 'Group' LIMIT 1", h.Host, h.Name)
	if err != nil {
		return nil, err
	}
	f := row.forum()
	return &f, nil
}

// ForumByID returns a forum.
func (r reader) ForumByID(ctx context.Context, id forum.ID) (*forum.Forum, error) {
	var row forumWithActor
	if err := r.scan(ctx, &row, selectForum+"WHERE forums.actor_id = ?", id); err != nil {
		return nil, err
	}
	f := row.forum()
	return &f, nil
}

// Forums implements forum.PageReader: the forums of this server, and those
// elsewhere that someone here follows, most recently active first. A server has
// hundreds of forums at most; the list is cut at 500.
func (r reader) Forums(ctx context.Context, viewer forum.ID) ([]forum.ForumCard, error) {
	var rows []forumWithActor
	err := r.scan(ctx, &rows, "SELECT forums.*, "+actorColumns("actor")+`, COALESCE(follows.state, '') AS followed
		FROM forums JOIN actors AS actor ON actor.id = forums.actor_id
		LEFT JOIN follows ON follows.target_id = forums.actor_id AND follows.follower_id = ?
		WHERE actor.deleted_at = 0 AND actor.group_role = '' AND (actor.host = '' OR actor.followers > 0) AND (NOT actor.private OR `+readsForum("?", "actor.id")+`)
		ORDER BY actor.host <> '', forums.last_active_at DESC, forums.actor_id LIMIT 500`, viewer, viewer, viewer, viewer)
	if err != nil {
		return nil, err
	}
	cards := make([]forum.ForumCard, len(rows))
	for i := range rows {
		cards[i] = forum.ForumCard{Forum: rows[i].forum(), Followed: rows[i].Followed}
	}
	return cards, nil
}

// ForumsInside implements forum.PageReader: the most recently active first, as many
// as Forums.
func (r reader) ForumsInside(ctx context.Context, account forum.ID) ([]forum.ForumCard, error) {
	reads, args := " AND "+readsForum("?", "actor.id"), []any{account, account, account}
	if _, bounded := forum.ReaderOf(ctx); account == 0 && !bounded {
		reads, args = "", nil
	}
	var rows []forumWithActor
	err := r.scan(ctx, &rows, selectForum+"WHERE actor.private AND actor.deleted_at = 0"+reads+" ORDER BY forums.last_active_at DESC, forums.actor_id LIMIT 500", args...)
	cards := make([]forum.ForumCard, len(rows))
	for i := range rows {
		cards[i] = forum.ForumCard{Forum: rows[i].forum()}
	}
	return cards, err
}

// AddForum implements forum.Tx.
func (t *tx) AddForum(ctx context.Context, f *forum.Forum, key forum.KeyPair) error {
	if err := t.addLocalActor(ctx, &f.Actor, key); err != nil {
		return err
	}
	_, err := t.db.NewInsert().Model(newForumRow(f)).Exec(ctx)
	return err
}

// UpdateForum implements forum.Tx.
func (t *tx) UpdateForum(ctx context.Context, f *forum.Forum) error {
	if err := t.UpdateActor(ctx, &f.Actor); err != nil {
		return err
	}
	_, err := t.db.NewUpdate().Model(newForumRow(f)).WherePK().Column("rules", "rules_html", "language", "guests", "joinable").Exec(ctx)
	return err
}

// SetModerator implements forum.Tx.
func (t *tx) SetModerator(ctx context.Context, forumID, actor forum.ID, on bool) error {
	query := "DELETE FROM moderators WHERE forum_id = ? AND actor_id = ?"
	if on {
		query = "INSERT INTO moderators (forum_id, actor_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
	}
	if _, err := t.exec(ctx, query, forumID, actor); err != nil || !on {
		return err
	}
	// Who keeps order in a forum for members is one of them, and stays so.
	_, err := t.exec(ctx, `INSERT INTO memberships (forum_id, account_id, state, by_id, reason, created_at)
		SELECT id, CAST(? AS BIGINT), 'member', 0, '', created_at FROM actors WHERE id = ? AND private
		ON CONFLICT (forum_id, account_id) DO UPDATE SET state = 'member', reason = ''`, actor, forumID)
	return err
}

// Moderates implements forum.Reader.
func (r reader) Moderates(ctx context.Context, actor, forumID forum.ID) (bool, error) {
	return r.exists(ctx, "SELECT 1 FROM moderators WHERE forum_id = ? AND actor_id = ?", forumID, actor)
}

// ModeratedForums implements forum.PageReader.
func (r reader) ModeratedForums(ctx context.Context, account forum.ID) ([]forum.ID, error) {
	var ids []forum.ID
	err := r.scan(ctx, &ids, "SELECT forum_id FROM moderators WHERE actor_id = ? ORDER BY forum_id", account)
	return ids, err
}

// ModeratorsOf implements forum.Reader.
func (r reader) ModeratorsOf(ctx context.Context, forumID forum.ID) ([]forum.Actor, error) {
	var rows []actorRow
	err := r.find(ctx, &rows, "JOIN moderators ON moderators.actor_id = actors.id WHERE moderators.forum_id = ? ORDER BY actors.id", forumID)
	if err != nil || len(rows) > 0 {
		return actorsFrom(rows), err
	}
	err = r.find(ctx, &rows, `JOIN accounts ON accounts.actor_id = actors.id WHERE accounts.role = 'admin'
		AND NOT EXISTS (SELECT 1 FROM actors AS elsewhere WHERE elsewhere.id = ? AND elsewhere.host <> '') ORDER BY actors.id`, forumID)
	return actorsFrom(rows), err
}

// touchForum moves a forum's counters.
func (t *tx) touchForum(ctx context.Context, id forum.ID, threads int, active time.Time) error {
	_, err := t.exec(ctx, `UPDATE forums SET threads = threads + ?, last_active_at = CASE WHEN last_active_at < ? THEN ? ELSE last_active_at END
		WHERE actor_id = ?`, threads, millis(active), millis(active), id)
	return err
}

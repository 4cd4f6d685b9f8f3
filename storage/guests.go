package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type guestReplyRow struct {
	bun.BaseModel `bun:"table:guest_replies,alias:guest_replies"`

	ID        forum.ID              `bun:"id,pk"`
	ThreadID  forum.ID              `bun:"thread_id"`
	ParentID  forum.ID              `bun:"parent_id"`
	ForumID   forum.ID              `bun:"forum_id"`
	AccountID forum.ID              `bun:"account_id"`
	Name      string                `bun:"name"`
	Email     string                `bun:"email"`
	Body      string                `bun:"body"`
	Language  string                `bun:"language"`
	Locale    string                `bun:"locale"`
	TokenHash string                `bun:"token_hash"`
	State     forum.GuestReplyState `bun:"state"`
	CreatedAt stamp                 `bun:"created_at"`
	Capacity  forum.Capacity        `bun:"capacity"`
	Passage   string                `bun:"passage"`
	HeldAt    stamp                 `bun:"held_at"`
	Reminded  bool                  `bun:"reminded"`
}

func (r *guestReplyRow) reply() forum.GuestReply {
	return forum.GuestReply{ID: r.ID, ThreadID: r.ThreadID, ParentID: r.ParentID, ForumID: r.ForumID, AccountID: r.AccountID, Name: r.Name,
		Email: r.Email, Body: r.Body, Language: r.Language, Locale: r.Locale, State: r.State, CreatedAt: r.CreatedAt.Time,
		Capacity: r.Capacity, Passage: r.Passage, HeldAt: r.HeldAt.Time}
}

func (r reader) guestReplyWhere(ctx context.Context, where string, args ...any) (*forum.GuestReply, error) {
	var row guestReplyRow
	if err := r.scan(ctx, &row, "SELECT * FROM guest_replies WHERE "+where, args...); err != nil {
		return nil, err
	}
	g := row.reply()
	return &g, nil
}

// GuestReply implements forum.Reader.
func (r reader) GuestReply(ctx context.Context, id forum.ID) (*forum.GuestReply, error) {
	return r.guestReplyWhere(ctx, "id = ?", id)
}

// GuestReplyByToken implements forum.Reader.
func (r reader) GuestReplyByToken(ctx context.Context, hash string) (*forum.GuestReply, error) {
	return r.guestReplyWhere(ctx, "token_hash = ? AND token_hash <> ''", hash)
}

// GuestRepliesOf implements forum.Reader.
func (r reader) GuestRepliesOf(ctx context.Context, email string) (int, error) {
	var n int
	err := r.scan(ctx, &n, "SELECT count(*) FROM guest_replies WHERE lower(email) = lower(?)", email)
	return n, err
}

// HeldReplies implements forum.PageReader: oldest first, at most 100.
func (r reader) HeldReplies(ctx context.Context, forums []forum.ID, all bool) ([]forum.GuestReplyView, error) {
	if len(forums) == 0 && !all {
		return nil, nil
	}
	where, args := "", []any(nil)
	if !all {
		where, args = " AND guest_replies.forum_id IN (?)", []any{listOf(forums)}
	}
	var rows []struct {
		guestReplyRow `bun:",extend"`
		ThreadTitle   string    `bun:"thread_title,scanonly"`
		Forum         bylineRow `bun:"embed:forum__"`
	}
	err := r.scan(ctx, &rows, "SELECT guest_replies.*, posts.title AS thread_title, "+bylineColumns("forum")+`
		FROM guest_replies JOIN posts ON posts.id = guest_replies.thread_id JOIN actors AS forum ON forum.id = guest_replies.forum_id
		WHERE guest_replies.state = 'held'`+where+" ORDER BY guest_replies.id LIMIT 100", args...)
	if err != nil {
		return nil, err
	}
	list := make([]forum.GuestReplyView, len(rows))
	for i := range rows {
		list[i] = forum.GuestReplyView{GuestReply: rows[i].reply(), ThreadTitle: rows[i].ThreadTitle, Forum: rows[i].Forum.byline()}
	}
	return list, nil
}

// AddGuestReply implements forum.Tx.
func (t *tx) AddGuestReply(ctx context.Context, g forum.GuestReply) error {
	_, err := t.db.NewInsert().Model(&guestReplyRow{ID: g.ID, ThreadID: g.ThreadID, ParentID: g.ParentID, ForumID: g.ForumID, AccountID: g.AccountID,
		Name: g.Name, Email: g.Email, Body: g.Body, Language: g.Language, Locale: g.Locale, State: g.State, CreatedAt: at(g.CreatedAt),
		Capacity: g.Capacity, Passage: g.Passage}).Exec(ctx)
	return err
}

// SetGuestToken implements forum.Tx.
func (t *tx) SetGuestToken(ctx context.Context, id forum.ID, hash string) error {
	_, err := t.exec(ctx, "UPDATE guest_replies SET token_hash = ? WHERE id = ? AND state = 'unconfirmed'", hash, id)
	return err
}

// HoldGuestReply implements forum.Tx.
func (t *tx) HoldGuestReply(ctx context.Context, id, account forum.ID, when time.Time) error {
	_, err := t.exec(ctx, "UPDATE guest_replies SET state = 'held', account_id = ?, token_hash = '', held_at = ? WHERE id = ?", account, millis(when), id)
	return err
}

// RemoveGuestReply implements forum.Tx.
func (t *tx) RemoveGuestReply(ctx context.Context, id forum.ID) error {
	_, err := t.exec(ctx, "DELETE FROM guest_replies WHERE id = ?", id)
	return err
}

type rightOfReplyRow struct {
	bun.BaseModel `bun:"table:rights_of_reply,alias:rights_of_reply"`

	PostID   forum.ID       `bun:"post_id,pk"`
	ThreadID forum.ID       `bun:"thread_id"`
	Capacity forum.Capacity `bun:"capacity"`
	Passage  string         `bun:"passage"`
	GivenAt  stamp          `bun:"given_at"`
}

// AddRightOfReply implements forum.Tx.
func (t *tx) AddRightOfReply(ctx context.Context, r forum.RightOfReply) error {
	_, err := t.db.NewInsert().Model(&rightOfReplyRow{PostID: r.PostID, ThreadID: r.ThreadID, Capacity: r.Capacity, Passage: r.Passage, GivenAt: at(r.At)}).Exec(ctx)
	return err
}

// RightsOfReply implements forum.Reader: in two queries, the second only where there
// are some.
func (r reader) RightsOfReply(ctx context.Context, thread, viewer forum.ID, limit int) ([]forum.RightOfReplyView, error) {
	var rows []rightOfReplyRow
	if err := r.db.NewSelect().Model(&rows).Where("thread_id = ?", thread).Order("post_id").Limit(int64(limit)).Scan(ctx); err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]forum.ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].PostID
	}
	posts, err := r.Posts(ctx, ids, viewer)
	if err != nil {
		return nil, err
	}
	var list []forum.RightOfReplyView
	for _, row := range rows {
		for i := range posts {
			if posts[i].ID == row.PostID && !posts[i].Hidden() {
				list = append(list, forum.RightOfReplyView{Post: posts[i],
					RightOfReply: forum.RightOfReply{PostID: row.PostID, ThreadID: row.ThreadID, Capacity: row.Capacity, Passage: row.Passage, At: row.GivenAt.Time}})
			}
		}
	}
	return list, nil
}

// RightsDue implements forum.Reader.
func (r reader) RightsDue(ctx context.Context, before time.Time, limit int) ([]forum.GuestReply, error) {
	var rows []guestReplyRow
	err := r.scan(ctx, &rows, "SELECT * FROM guest_replies WHERE state = 'held' AND capacity <> '' AND NOT reminded AND held_at < ? ORDER BY held_at LIMIT ?", millis(before), limit)
	list := make([]forum.GuestReply, len(rows))
	for i := range rows {
		list[i] = rows[i].reply()
	}
	return list, err
}

// RemindedOfRight implements forum.Tx.
func (t *tx) RemindedOfRight(ctx context.Context, id forum.ID) error {
	_, err := t.exec(ctx, "UPDATE guest_replies SET reminded = TRUE WHERE id = ?", id)
	return err
}

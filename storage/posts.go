package storage

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type postRow struct {
	bun.BaseModel `bun:"table:posts,alias:posts"`

	ID            forum.ID `bun:"id,pk"`
	ThreadID      forum.ID `bun:"thread_id"`
	ParentID      forum.ID `bun:"parent_id"`
	BranchID      forum.ID `bun:"branch_id"`
	Depth         int      `bun:"depth"`
	ForumID       forum.ID `bun:"forum_id"`
	AuthorID      forum.ID `bun:"author_id"`
	URI           string   `bun:"uri"`
	URL           string   `bun:"url"`
	Title         string   `bun:"title"`
	Body          string   `bun:"body"`
	Content       string   `bun:"content"`
	Language      string   `bun:"language"`
	ContentNote   string   `bun:"content_note"`
	Attachments   string   `bun:"attachments"`
	Card          string   `bun:"card"`
	Poll          string   `bun:"poll"`
	QuoteURI      string   `bun:"quote_uri"`
	QuoteID       forum.ID `bun:"quote_id"`
	QuoteAuth     string   `bun:"quote_auth"`
	QuoteApproved bool     `bun:"quote_approved"`
	Tags          string   `bun:"tags"`
	Emojis        string   `bun:"emojis"`
	PublishedAt   stamp    `bun:"published_at"`
	EditedAt      stamp    `bun:"edited_at"`
	DeletedAt     stamp    `bun:"deleted_at"`
	RemovedAt     stamp    `bun:"removed_at"`
	RemovedBy     forum.ID `bun:"removed_by"`
	RemovedReason string   `bun:"removed_reason"`
	CreateID      forum.ID `bun:"create_id"`
	Children      int      `bun:"children"`
	Supports      int      `bun:"supports"`
	Boosts        int      `bun:"boosts"`
	Merit         int      `bun:"merit"`
	TallyReplies  int      `bun:"tally_replies"`
	TallySupports int      `bun:"tally_supports"`
	TallyBoosts   int      `bun:"tally_boosts"`
	Private       bool     `bun:"private"`
}

func newPostRow(p *forum.Post) (*postRow, error) {
	attachments, err := packAttachments(p.Attachments)
	if err != nil {
		return nil, err
	}
	row := &postRow{
		ID: p.ID, ThreadID: p.ThreadID, ParentID: p.ParentID, BranchID: p.BranchID, Depth: p.Depth, ForumID: p.ForumID,
		AuthorID: p.AuthorID, URI: p.URI, URL: p.URL, Title: p.Title, Body: p.Body, Content: p.Content, Language: p.Language,
		ContentNote: p.ContentNote, Attachments: attachments, Card: packCard(p.Card), Poll: packPoll(p.Poll), Tags: packTags(p.Tags), Emojis: packEmojis(p.Emojis), PublishedAt: at(p.PublishedAt), EditedAt: at(p.EditedAt),
		DeletedAt: at(p.DeletedAt), RemovedAt: at(p.RemovedAt), RemovedReason: p.RemovedReason, CreateID: p.CreateID,
		Children: p.Children, Supports: p.Supports, Boosts: p.Boosts, Merit: p.Supports + 2*p.Boosts,
		TallyReplies: p.Tally.Replies, TallySupports: p.Tally.Supports, TallyBoosts: p.Tally.Boosts, Private: p.Private,
	}
	if q := p.Quote; q != nil {
		row.QuoteURI, row.QuoteID, row.QuoteAuth, row.QuoteApproved = q.URI, q.PostID, q.Authorization, q.Approved
	}
	return row, nil
}

func (r *postRow) post() forum.Post {
	p := forum.Post{
		ID: r.ID, ThreadID: r.ThreadID, ParentID: r.ParentID, BranchID: r.BranchID, Depth: r.Depth, ForumID: r.ForumID,
		AuthorID: r.AuthorID, URI: r.URI, URL: r.URL, Title: r.Title, Body: r.Body, Content: r.Content, Language: r.Language,
		ContentNote: r.ContentNote, Attachments: unpackAttachments(r.Attachments), Card: unpackCard(r.Card), Poll: unpackPoll(r.Poll), Tags: strings.Fields(r.Tags), Emojis: unpackEmojis(r.Emojis), PublishedAt: r.PublishedAt.Time, EditedAt: r.EditedAt.Time,
		DeletedAt: r.DeletedAt.Time, RemovedAt: r.RemovedAt.Time, RemovedReason: r.RemovedReason, CreateID: r.CreateID,
		Children: r.Children, Supports: r.Supports, Boosts: r.Boosts,
		Tally: forum.Tally{Replies: r.TallyReplies, Supports: r.TallySupports, Boosts: r.TallyBoosts}, Private: r.Private,
	}
	if r.QuoteURI != "" {
		p.Quote = &forum.Quote{URI: r.QuoteURI, PostID: r.QuoteID, Authorization: r.QuoteAuth, Approved: r.QuoteApproved}
	}
	return p
}

func packAttachments(list []forum.Attachment) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	packed, err := json.Marshal(list)
	return string(packed), err
}

func unpackAttachments(packed string) []forum.Attachment {
	if packed == "" {
		return nil
	}
	var list []forum.Attachment
	if json.Unmarshal([]byte(packed), &list) != nil {
		return nil
	}
	return list
}

// Post implements forum.Reader.
func (r reader) Post(ctx context.Context, id forum.ID) (*forum.Post, error) {
	return r.postWhere(ctx, "id = ?", id)
}

// PostByURI implements forum.Reader.
func (r reader) PostByURI(ctx context.Context, uri string) (*forum.Post, error) {
	return r.postWhere(ctx, "uri = ?", uri)
}

func (r reader) postWhere(ctx context.Context, where string, args ...any) (*forum.Post, error) {
	var row postRow
	if err := r.find(ctx, &row, "WHERE "+where, args...); err != nil {
		return nil, err
	}
	p := row.post()
	return &p, nil
}

// Mentions implements forum.Reader.
func (r reader) Mentions(ctx context.Context, post forum.ID) ([]forum.Actor, error) {
	var rows []actorRow
	err := r.find(ctx, &rows, "JOIN mentions ON mentions.actor_id = actors.id WHERE mentions.post_id = ? ORDER BY actors.id", post)
	return actorsFrom(rows), err
}

// Revisions implements forum.PageReader: former texts, newest first.
func (r reader) Revisions(ctx context.Context, post forum.ID) ([]forum.Revision, error) {
	var rows []struct {
		PostID     forum.ID
		ReplacedAt stamp
		Title      string
		Note       string `bun:"content_note"`
		Body       string
		Content    string
	}
	if err := r.scan(ctx, &rows, "SELECT * FROM revisions WHERE post_id = ? ORDER BY replaced_at DESC LIMIT 100", post); err != nil {
		return nil, err
	}
	list := make([]forum.Revision, len(rows))
	for i, row := range rows {
		list[i] = forum.Revision{PostID: row.PostID, ReplacedAt: row.ReplacedAt.Time, Title: row.Title, Note: row.Note, Body: row.Body, Content: row.Content}
	}
	return list, nil
}

// AddThread implements forum.Tx.
func (t *tx) AddThread(ctx context.Context, th *forum.Thread, mentions []forum.Actor) error {
	if err := t.addPost(ctx, &th.Post, mentions); err != nil {
		return err
	}
	if err := t.insert(ctx, newThreadRow(th), ""); err != nil {
		return err
	}
	if err := t.indexPost(ctx, &th.Post); err != nil {
		return err
	}
	if err := t.setTags(ctx, &th.Post); err != nil {
		return err
	}
	if err := t.relate(ctx, &th.Post, false); err != nil {
		return err
	}
	if err := t.addCase(ctx, th); err != nil {
		return err
	}
	t.happens(&th.Post, forum.Event{Kind: forum.ThreadAdded, Thread: th.ID, Forum: th.ForumID, Author: th.AuthorID, ThreadKind: th.Kind, Language: th.Language})
	return t.touchForum(ctx, th.ForumID, 1, th.ActiveAt)
}

// AddReply implements forum.Tx.
func (t *tx) AddReply(ctx context.Context, p *forum.Post, mentions []forum.Actor) error {
	if err := t.addPost(ctx, p, mentions); err != nil {
		return err
	}
	if err := t.countReply(ctx, p, 1); err != nil {
		return err
	}
	if err := t.indexPost(ctx, p); err != nil {
		return err
	}
	t.happens(p, forum.Event{Kind: forum.ReplyAdded, Thread: p.ThreadID, Forum: p.ForumID, Author: p.AuthorID})
	return t.touchForum(ctx, p.ForumID, 0, p.PublishedAt)
}

func (t *tx) addPost(ctx context.Context, p *forum.Post, mentions []forum.Actor) error {
	if err := t.scan(ctx, &p.Private, "SELECT private FROM actors WHERE id = ?", p.ForumID); err != nil {
		return err
	}
	row, err := newPostRow(p)
	if err != nil {
		return err
	}
	if err := t.insert(ctx, row, ""); err != nil {
		if isDuplicate(err) {
			return &forum.Error{Code: forum.Conflict, Key: "AlreadyHere", Err: err}
		}
		return err
	}
	if err := t.countPost(ctx, p, 1); err != nil {
		return err
	}
	if err := t.knowEmojis(ctx, forum.HostOf(p.URI), p.Emojis); err != nil {
		return err
	}
	return t.setMentions(ctx, p.ID, mentions)
}

func (t *tx) setMentions(ctx context.Context, post forum.ID, mentions []forum.Actor) error {
	if _, err := t.exec(ctx, "DELETE FROM mentions WHERE post_id = ?", post); err != nil {
		return err
	}
	for i := range mentions {
		if _, err := t.exec(ctx, "INSERT INTO mentions (post_id, actor_id) VALUES (?, ?) ON CONFLICT DO NOTHING", post, mentions[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// countReply moves the counters above a reply.
func (t *tx) countReply(ctx context.Context, p *forum.Post, by int) error {
	if _, err := t.exec(ctx, "UPDATE posts SET children = children + ? WHERE id = ?", by, p.ParentID); err != nil {
		return err
	}
	_, err := t.exec(ctx, "UPDATE threads SET replies = replies + ? WHERE post_id = ?", by, p.ThreadID)
	return err
}

// EditPost implements forum.Tx.
func (t *tx) EditPost(ctx context.Context, p *forum.Post, former forum.Revision, mentions []forum.Actor) error {
	row, err := newPostRow(p)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "INSERT INTO revisions (post_id, replaced_at, title, content_note, body, content) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		former.PostID, millis(former.ReplacedAt), former.Title, former.Note, former.Body, former.Content)
	if err != nil {
		return err
	}
	_, err = t.db.NewUpdate().Model(row).WherePK().
		Column("title", "body", "content", "language", "content_note", "attachments", "card", "tags", "emojis", "edited_at").Exec(ctx)
	if err != nil {
		return err
	}
	if err := t.knowEmojis(ctx, forum.HostOf(p.URI), p.Emojis); err != nil {
		return err
	}
	if p.IsRoot() {
		if _, err := t.exec(ctx, "UPDATE threads SET language = ? WHERE post_id = ?", p.Language, p.ID); err != nil {
			return err
		}
		if err := t.relate(ctx, p, true); err != nil {
			return err
		}
	}
	if err := t.indexPost(ctx, p); err != nil {
		return err
	}
	if err := t.setTags(ctx, p); err != nil {
		return err
	}
	t.happens(p, forum.Event{Kind: forum.PostEdited, Post: p.ID, Thread: p.ThreadID, Forum: p.ForumID, Author: p.AuthorID})
	return t.setMentions(ctx, p.ID, mentions)
}

// wipe empties what a post said.
const wipe = "title = '', body = '', content = '', content_note = '', attachments = '', card = '', poll = '', quote_uri = '', quote_id = 0, quote_auth = '', tags = '', emojis = ''"

// DeletePost implements forum.Tx. Who supported and boosted the post stays
// known: their servers are to be told.
func (t *tx) DeletePost(ctx context.Context, p *forum.Post, when time.Time) error {
	if p.IsRoot() {
		if err := t.countCase(ctx, p.ID, -1); err != nil {
			return err
		}
	}
	if _, err := t.exec(ctx, "UPDATE posts SET deleted_at = ?, "+wipe+" WHERE id = ?", millis(when), p.ID); err != nil {
		return err
	}
	for _, query := range []string{"DELETE FROM revisions WHERE post_id = ?", "DELETE FROM mentions WHERE post_id = ?", "DELETE FROM poll_votes WHERE post_id = ?", "DELETE FROM thread_tags WHERE thread_id = ?", "UPDATE threads SET " + wipeCase + " WHERE post_id = ?"} {
		if _, err := t.exec(ctx, query, p.ID); err != nil {
			return err
		}
	}
	if err := t.forgetPictures(ctx, "post_id = ? AND post_id <> 0", p.ID); err != nil {
		return err
	}
	if err := t.forgetEvidence(ctx, "thread_id = ?", p.ID); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "DELETE FROM answers WHERE post_id = ?", p.ID); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "DELETE FROM rights_of_reply WHERE post_id = ?", p.ID); err != nil {
		return err
	}
	return t.hide(ctx, p)
}

// RemovePost implements forum.Tx.
func (t *tx) RemovePost(ctx context.Context, p *forum.Post, when time.Time, by forum.ID, reason string) error {
	_, err := t.exec(ctx, "UPDATE posts SET removed_at = ?, removed_by = ?, removed_reason = ? WHERE id = ?", millis(when), by, reason, p.ID)
	if err != nil {
		return err
	}
	return t.hide(ctx, p)
}

// hide takes a post out of lists, the search index, counters and notifications;
// only the notice of a removal stays.
func (t *tx) hide(ctx context.Context, p *forum.Post) error {
	t.happens(p, forum.Event{Kind: forum.PostHidden, Post: p.ID, Thread: p.ThreadID, Forum: p.ForumID, Author: p.AuthorID})
	if _, err := t.exec(ctx, "DELETE FROM post_search WHERE rowid = ?", p.ID); err != nil {
		return err
	}
	if err := t.countPost(ctx, p, -1); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "DELETE FROM pins WHERE post_id = ?", p.ID); err != nil {
		return err
	}
	if err := t.forgetNotifications(ctx, "post_id = ? AND post_id <> 0 AND kind <> 'removal'", p.ID); err != nil {
		return err
	}
	if !p.IsRoot() {
		return t.countReply(ctx, p, -1)
	}
	if err := t.countCase(ctx, p.ID, -1); err != nil {
		return err
	}
	hidden, err := t.exec(ctx, "UPDATE threads SET hidden = TRUE, inside = FALSE WHERE post_id = ? AND (NOT hidden OR inside)", p.ID)
	if err != nil {
		return err
	}
	if err := t.forgetRelated(ctx, p.ID); err != nil || hidden == 0 { // its author is leaving
		return err
	}
	_, err = t.exec(ctx, "UPDATE forums SET threads = threads - 1 WHERE actor_id = ?", p.ForumID)
	return err
}

// RestorePost implements forum.Tx: what hide did is undone, except for
// notifications and pins.
func (t *tx) RestorePost(ctx context.Context, p *forum.Post) error {
	if _, err := t.exec(ctx, "UPDATE posts SET removed_at = 0, removed_by = 0, removed_reason = '' WHERE id = ?", p.ID); err != nil {
		return err
	}
	p.RemovedAt, p.RemovedReason = time.Time{}, ""
	if err := t.countPost(ctx, p, 1); err != nil {
		return err
	}
	if err := t.indexPost(ctx, p); err != nil {
		return err
	}
	if !p.IsRoot() {
		return t.countReply(ctx, p, 1)
	}
	if _, err := t.exec(ctx, "UPDATE threads SET hidden = ?, inside = ? WHERE post_id = ?", p.Private, p.Private, p.ID); err != nil {
		return err
	}
	if err := t.countCase(ctx, p.ID, 1); err != nil {
		return err
	}
	if err := t.relate(ctx, p, false); err != nil {
		return err
	}
	return t.touchForum(ctx, p.ForumID, 1, time.Time{})
}

package storage

import (
	"context"
	"strings"
	"time"

	"portevoix/forum"
	"portevoix/forum/words"
)

// packTags keeps a post's hashtags as they are written, with spaces between them,
// each once.
func packTags(tags []string) string {
	var list []string
	seen := map[string]bool{"": true}
	for _, written := range tags {
		if name := words.Tag(written); !seen[name] && !strings.ContainsAny(written, " \t\n") {
			seen[name] = true
			list = append(list, written)
		}
	}
	return strings.Join(list, " ")
}

// setTags lists a thread under its hashtags.
func (t *tx) setTags(ctx context.Context, p *forum.Post) error {
	if !p.IsRoot() || p.Private {
		return nil
	}
	if _, err := t.exec(ctx, "DELETE FROM thread_tags WHERE thread_id = ?", p.ID); err != nil {
		return err
	}
	for written := range strings.FieldsSeq(packTags(p.Tags)) {
		if _, err := t.exec(ctx, "INSERT INTO thread_tags (tag, thread_id, label) VALUES (?, ?, ?)", words.Tag(written), p.ID, written); err != nil {
			return err
		}
	}
	return nil
}

// Tag implements forum.PageReader.
func (r reader) Tag(ctx context.Context, written string, viewer forum.ID) (*forum.Tag, error) {
	name := words.Tag(written)
	if name == "" {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	tag := &forum.Tag{Name: name}
	err := r.scan(ctx, tag, `SELECT COALESCE((SELECT thread_tags.label FROM thread_tags JOIN threads ON threads.post_id = thread_tags.thread_id
			WHERE thread_tags.tag = ? AND NOT threads.hidden ORDER BY thread_tags.thread_id DESC LIMIT 1), ?) AS label,
		EXISTS (SELECT 1 FROM tag_follows WHERE account_id = ? AND tag = ?) AS followed`, name, name, viewer, name)
	return tag, err
}

// TagsFollowed implements forum.Reader.
func (r reader) TagsFollowed(ctx context.Context, account forum.ID) ([]forum.Tag, error) {
	var rows []struct{ Tag, Label string }
	err := r.scan(ctx, &rows, "SELECT tag, label FROM tag_follows WHERE account_id = ? ORDER BY tag", account)
	if err != nil {
		return nil, err
	}
	list := make([]forum.Tag, len(rows))
	for i, row := range rows {
		list[i] = forum.Tag{Name: row.Tag, Label: row.Label, Followed: true}
	}
	return list, nil
}

// FollowTag implements forum.Tx.
func (t *tx) FollowTag(ctx context.Context, account forum.ID, written string, on bool, when time.Time) error {
	name := words.Tag(written)
	if name == "" {
		return &forum.Error{Code: forum.Invalid, Key: "TagUnknown", Field: "tag", Args: map[string]any{"Tag": written}}
	}
	var err error
	if on {
		_, err = t.exec(ctx, "INSERT INTO tag_follows (account_id, tag, label, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", account, name, written, millis(when))
	} else {
		_, err = t.exec(ctx, "DELETE FROM tag_follows WHERE account_id = ? AND tag = ?", account, name)
	}
	return err
}

// rankedByTag bounds how many threads of a hashtag are ranked: the newest. In the
// order of publication there is no bound.
const rankedByTag = 1000

// ranked is the condition on threads with a hashtag, in lists that rank them; it
// takes the tag and rankedByTag as arguments.
const ranked = "threads.post_id IN (SELECT thread_id FROM thread_tags WHERE tag = ? ORDER BY thread_id DESC LIMIT ?)"

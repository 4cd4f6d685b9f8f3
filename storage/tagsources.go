package storage

import (
	"context"

	"portevoix/forum"
	"portevoix/forum/words"
)

type tagSourceRow struct {
	ForumID   forum.ID
	Label     string
	CreatedAt stamp
}

func tagSources(rows []tagSourceRow) []forum.TagSource {
	list := make([]forum.TagSource, len(rows))
	for i, r := range rows {
		list[i] = forum.TagSource{ForumID: r.ForumID, Label: r.Label, At: r.CreatedAt.Time}
	}
	return list
}

// TagSources implements forum.TagSourceReader.
func (r reader) TagSources(ctx context.Context, forumID forum.ID) ([]forum.TagSource, error) {
	var rows []tagSourceRow
	err := r.scan(ctx, &rows, "SELECT forum_id, label, created_at FROM forum_tags WHERE forum_id = ? ORDER BY tag", forumID)
	return tagSources(rows), err
}

// ForumsByTags implements forum.TagSourceReader.
func (r reader) ForumsByTags(ctx context.Context, tags []string) ([]forum.TagSource, error) {
	var names []string
	for _, written := range tags {
		if name := words.Tag(written); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	var rows []tagSourceRow
	err := r.scan(ctx, &rows, "SELECT forum_id, label, created_at FROM forum_tags WHERE tag IN (?) ORDER BY created_at, forum_id, tag", listOf(names))
	once := rows[:0]
	seen := map[forum.ID]bool{}
	for _, row := range rows {
		if !seen[row.ForumID] {
			seen[row.ForumID] = true
			once = append(once, row)
		}
	}
	return tagSources(once), err
}

// SetTagSource implements forum.TagSourceTx.
func (t *tx) SetTagSource(ctx context.Context, s forum.TagSource, on bool) error {
	name := words.Tag(s.Label)
	if name == "" {
		return &forum.Error{Code: forum.Invalid, Key: "TagUnknown", Field: "source", Args: map[string]any{"Tag": s.Label}}
	}
	if !on {
		_, err := t.exec(ctx, "DELETE FROM forum_tags WHERE forum_id = ? AND tag = ?", s.ForumID, name)
		return err
	}
	_, err := t.exec(ctx, "INSERT INTO forum_tags (forum_id, tag, label, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", s.ForumID, name, s.Label, millis(s.At))
	return err
}

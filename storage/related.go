package storage

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

// What a thread is related to is kept, so that its page reads it along an index. A
// job finds it when the thread is written, and tells both sides.
const (
	relatedKept = 10 // of each thread
	relatedTold = 40 // others that learn of a new thread: it may be among their best
)

const relatedThreads = ` JOIN related_threads ON related_threads.other_id = threads.post_id
	WHERE related_threads.thread_id = ? AND NOT threads.hidden`

// relatedQuery selects the threads that are related to one, the best first.
func relatedQuery(q forum.RelatedQuery) (string, []any) {
	query, args := threadsWith(q.Whole)+relatedThreads+listed, append(viewerArgs(q.Viewer), q.ThreadID, q.Viewer)
	if q.Viewer != 0 {
		query, args = query+unblocked("threads.author_id"), append(args, q.Viewer, q.Viewer)
	}
	return query + " ORDER BY related_threads.score DESC, related_threads.other_id DESC LIMIT ?", append(args, q.Limit)
}

// Related implements forum.PageReader.
func (r reader) Related(ctx context.Context, q forum.RelatedQuery) ([]forum.ThreadView, error) {
	query, args := relatedQuery(q)
	var rows []threadViewRow
	if err := r.scan(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	return views(rows), nil
}

// relateJob finds what a new or edited thread is related to.
type relateJob struct {
	Thread forum.ID `json:"thread"`
	Edited bool     `json:"edited"` // what it was related to no longer counts
}

func (relateJob) Kind() string { return "relate" }

// workRelate finds what a thread is related to, and tells both sides.
func (s *Store) workRelate(ctx context.Context, job relateJob) error {
	id := job.Thread
	var row struct {
		Title, Tags string
		ForumID     forum.ID
		Hidden      bool
	}
	err := s.scan(ctx, &row, `SELECT posts.title, posts.tags, posts.forum_id, threads.hidden FROM threads JOIN posts ON posts.id = threads.post_id
		WHERE threads.post_id = ?`, id)
	if err != nil || row.Hidden {
		return err
	}
	found, err := s.alike(ctx, likeness{terms: tellingTerms(row.Title), tags: strings.Fields(row.Tags), forumID: row.ForumID, except: id})
	if err != nil {
		return err
	}
	return s.change(ctx, func(ctx context.Context, t *tx) error {
		if job.Edited {
			if err := t.forgetRelated(ctx, id); err != nil {
				return err
			}
		}
		return t.addRelated(ctx, id, found[:min(len(found), relatedTold)])
	})
}

// addRelated keeps what a thread is related to, both ways, and makes room where
// there are too many now.
func (t *tx) addRelated(ctx context.Context, id forum.ID, list []alike) error {
	if len(list) == 0 {
		return nil
	}
	var rows []relatedRow
	threads := []forum.ID{id}
	for _, a := range list {
		rows = append(rows, relatedRow{ThreadID: id, OtherID: a.id, Score: a.score}, relatedRow{ThreadID: a.id, OtherID: id, Score: a.score})
		threads = append(threads, a.id)
	}
	if _, err := t.db.NewInsert().Model(&rows).On("CONFLICT (thread_id, other_id) DO UPDATE").Set("score = EXCLUDED.score").Exec(ctx); err != nil {
		return err
	}
	_, err := t.exec(ctx, `DELETE FROM related_threads WHERE thread_id IN (?) AND (SELECT count(*) FROM related_threads AS better
		WHERE better.thread_id = related_threads.thread_id AND (better.score, better.other_id) > (related_threads.score, related_threads.other_id)) >= ?`,
		listOf(threads), relatedKept)
	return err
}

type relatedRow struct {
	bun.BaseModel `bun:"table:related_threads"`

	ThreadID forum.ID `bun:"thread_id"`
	OtherID  forum.ID `bun:"other_id"`
	Score    int      `bun:"score"`
}

// forgetRelated takes a thread out of what others are related to.
func (t *tx) forgetRelated(ctx context.Context, id forum.ID) error {
	for _, query := range []string{"DELETE FROM related_threads WHERE thread_id = ?", "DELETE FROM related_threads WHERE other_id = ?"} {
		if _, err := t.exec(ctx, query, id); err != nil {
			return err
		}
	}
	return nil
}

// relate asks for a thread to be related to others; none is to one that only the
// members of its forum read.
func (t *tx) relate(ctx context.Context, p *forum.Post, edited bool) error {
	if p.Private {
		return nil
	}
	return t.Enqueue(ctx, relateJob{Thread: p.ID, Edited: edited})
}

// relateSlice relates the next few threads that an older version left, once the
// index that they are looked for in is whole.
func (s *Store) relateSlice(ctx context.Context) (more bool, err error) {
	var upTo []forum.ID
	err = s.scan(ctx, &upTo, "SELECT up_to FROM search_backlog WHERE what = 'related' AND NOT EXISTS (SELECT 1 FROM search_backlog AS index_backlog WHERE what = 'posts')")
	if err != nil || len(upTo) == 0 {
		return false, err
	}
	var ids []forum.ID
	if err := s.scan(ctx, &ids, "SELECT post_id FROM threads WHERE post_id > ? AND NOT hidden ORDER BY post_id LIMIT ?", upTo[0], backlogSlice); err != nil {
		return false, err
	}
	for _, id := range ids {
		if err := s.workRelate(ctx, relateJob{Thread: id}); err != nil {
			return false, err
		}
	}
	return len(ids) == backlogSlice, s.change(ctx, func(ctx context.Context, t *tx) error {
		if len(ids) < backlogSlice {
			_, err := t.exec(ctx, "DELETE FROM search_backlog WHERE what = 'related'")
			return err
		}
		_, err := t.exec(ctx, "UPDATE search_backlog SET up_to = ? WHERE what = 'related'", ids[len(ids)-1])
		return err
	})
}

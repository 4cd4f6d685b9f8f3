package storage

import (
	"context"
	"strings"

	"portevoix/forum"
	"portevoix/forum/words"
)

// namedForums bounds how many forums with a name are put in order: the newest.
const namedForums = 500

// maxNameWords bounds the words of a name that is looked for.
const maxNameWords = 10

// Directory implements forum.PageReader. Every order runs along an index.
func (r reader) Directory(ctx context.Context, q forum.ForumQuery) (forum.ForumPage, error) {
	query, args, err := r.directoryQuery(q.Usual())
	if err != nil {
		return forum.ForumPage{}, err
	}
	var rows []forumWithActor
	if err := r.scan(ctx, &rows, query, args...); err != nil {
		return forum.ForumPage{}, err
	}
	page := forum.ForumPage{}
	for i := range rows {
		if i == q.Limit {
			page.Next = directoryCursor(q.Usual().Sort, &page.Forums[i-1])
			break
		}
		page.Forums = append(page.Forums, forum.ForumCard{Forum: rows[i].forum(), Followed: rows[i].Followed})
	}
	return page, nil
}

// directoryQuery names the tables in the order in which they are read: CROSS JOIN
// holds SQLite to it.
func (r reader) directoryQuery(q forum.ForumQuery) (string, []any, error) {
	from, order := "actors AS actor CROSS JOIN forums", ""
	name := "lower(actor.name)"
	if r.driver == Postgres {
		name += ` COLLATE "C"`
	}
	switch q.Sort {
	case forum.ForumsMembers:
		order = "actor.followers DESC, actor.id DESC"
	case forum.ForumsNamed:
		order = name + ", actor.id"
	default:
		from, order = "forums CROSS JOIN actors AS actor", "forums.last_active_at DESC, forums.actor_id DESC"
	}
	query := "SELECT forums.*, " + actorColumns("actor") + `, COALESCE(follows.state, '') AS followed FROM ` + from + `
		LEFT JOIN follows ON follows.target_id = forums.actor_id AND follows.follower_id = ?
		WHERE actor.id = forums.actor_id AND actor.kind = 'Group' AND actor.group_role = ? AND actor.moved_to = '' AND actor.deleted_at = 0 AND actor.suspended_at = 0 AND NOT actor.private` + listedActor
	args := []any{q.Viewer, q.Role}
	and := func(condition string, values ...any) {
		query += " AND " + condition
		args = append(args, values...)
	}
	switch q.Origin { // by its length, so that no index of hosts seems better than that of the order
	case forum.LocalForums:
		and("length(actor.host) = 0")
	case forum.ForumsFromOthers:
		and("length(actor.host) > 0")
	}
	if q.Language != "" {
		and("forums.language = ?", q.Language)
	}
	if terms := nameTerms(q.Words); len(terms) > 0 {
		match := r.match(wanted{terms: terms, facets: [][]string{{facetForum}}}, titleHas)
		and("actor.id IN (SELECT rowid FROM actor_search WHERE "+r.matching("actor_search")+" ORDER BY rowid DESC LIMIT ?)", match, namedForums)
	}
	if q.After != "" {
		key, id, err := readNamedCursor(q.After)
		if err != nil {
			return "", nil, err
		}
		if q.Sort == forum.ForumsNamed {
			and(name+" >= ? AND ("+name+" > ? OR actor.id > ?)", key, key, id) // SQLite knows the index by this, not by a pair
		} else {
			number, _, err := readCursor(q.After)
			if err != nil {
				return "", nil, err
			}
			columns := "(actor.followers, actor.id)"
			if q.Sort == forum.ForumsActive {
				columns = "(forums.last_active_at, forums.actor_id)"
			}
			and(columns+" < (?, ?)", int64(number), id)
		}
	}
	return query + " ORDER BY " + order + " LIMIT ?", append(args, q.Limit+1), nil
}

// nameTerms are the words of a name, of which the last may not be typed to its end.
func nameTerms(s string) []alternatives {
	var terms []forum.SearchTerm
	for _, w := range words.Split(s) {
		if len(terms) < maxNameWords {
			terms = append(terms, forum.SearchTerm{Text: w.Text})
		}
	}
	return wantedNames(terms)
}

func directoryCursor(sort forum.ForumSort, f *forum.ForumCard) string {
	switch sort {
	case forum.ForumsMembers:
		return writeCursor(float64(f.Followers), f.ID)
	case forum.ForumsNamed:
		return strings.ToLower(f.Name) + "_" + f.ID.String()
	}
	return writeCursor(float64(f.LastActiveAt.UnixMilli()), f.ID)
}

// readNamedCursor reads a cursor whose key is a name, which may hold any sign.
func readNamedCursor(cursor string) (name string, id forum.ID, err error) {
	i := strings.LastIndexByte(cursor, '_')
	if i < 0 {
		return "", 0, &forum.Error{Code: forum.Invalid, Key: "CursorUnreadable", Field: "after"}
	}
	id, err = forum.ParseID(cursor[i+1:])
	if err != nil {
		err = &forum.Error{Code: forum.Invalid, Key: "CursorUnreadable", Field: "after"}
	}
	return cursor[:i], id, err
}

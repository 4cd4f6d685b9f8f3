package storage

import (
	"context"
	"unicode/utf8"

	"portevoix/forum"
	"portevoix/forum/words"
)

// Bounds of what is read while somebody types.
const (
	tagsConsidered  = 60   // in the order of the alphabet; the most used of them are offered
	usesCounted     = 50   // of each tag
	namesConsidered = 2000 // with such a word, the newest
	shortestWord    = 2    // in characters; fewer begin too many words
)

// bytewise is a column as bytes are compared: what begins in a way is then one
// stretch of an index, whatever the collation of a PostgreSQL database.
func (r reader) bytewise(column string) string {
	if r.driver == Postgres {
		return column + ` COLLATE "C"`
	}
	return column
}

// past is behind everything that begins with a text, in bytes.
func past(prefix string) string { return prefix + "\U0010ffff" }

// TagsBeginning implements forum.PageReader. It leaps along the index from one tag
// to the next, however many threads have each.
func (r reader) TagsBeginning(ctx context.Context, begun string, limit int) ([]string, error) {
	prefix := words.Tag(begun)
	if prefix == "" {
		return nil, nil
	}
	tag := r.bytewise("tag")
	var labels []string
	err := r.scan(ctx, &labels, `WITH RECURSIVE found (name, n) AS (
			SELECT (SELECT `+tag+` FROM thread_tags WHERE `+tag+` >= ? AND `+tag+` < ? ORDER BY `+tag+` LIMIT 1), 1
			UNION ALL
			SELECT (SELECT `+tag+` FROM thread_tags WHERE `+tag+` > found.name AND `+tag+` < ? ORDER BY `+tag+` LIMIT 1), n + 1
				FROM found WHERE name IS NOT NULL AND n < ?
		), known AS (
			SELECT name, (SELECT label FROM thread_tags JOIN threads ON threads.post_id = thread_tags.thread_id
					WHERE tag = name AND NOT threads.hidden ORDER BY thread_id DESC LIMIT 1) AS label,
				(SELECT count(*) FROM (SELECT 1 FROM thread_tags WHERE tag = name LIMIT ?) AS counted) AS uses
			FROM found WHERE name IS NOT NULL
		)
		SELECT label FROM known WHERE label IS NOT NULL ORDER BY uses DESC, name LIMIT ?`,
		prefix, past(prefix), past(prefix), tagsConsidered, usesCounted, limit)
	return labels, err
}

// ActorsBeginning implements forum.PageReader: first whom the viewer follows, then
// who is here, then whoever has a word that begins so in a name.
func (r reader) ActorsBeginning(ctx context.Context, q forum.CompletionQuery) ([]forum.Actor, error) {
	var list []forum.Actor
	seen := map[forum.ID]bool{}
	for _, find := range []func(forum.CompletionQuery) (string, []any){r.followedBeginning, r.localBeginning, r.namedBeginning} {
		from, args := find(q)
		if from == "" || len(list) >= q.Limit {
			continue
		}
		var rows []struct {
			Actor actorRow `bun:"embed:actor__"`
		}
		if err := r.scan(ctx, &rows, "SELECT "+actorColumns("actor")+" "+from, args...); err != nil {
			return nil, err
		}
		for i := range rows {
			if a := rows[i].Actor.actor(); !seen[a.ID] && len(list) < q.Limit {
				seen[a.ID] = true
				list = append(list, a)
			}
		}
	}
	return list, nil
}

// mentionable is who may be offered of those whose servers are not kept out of
// lists; it takes the viewer twice as argument.
func mentionable(q forum.CompletionQuery, listed string) string {
	kind := "actor.kind <> 'Application'"
	if q.Forums {
		kind = "actor.kind = 'Group'"
	}
	return ` AND ` + kind + ` AND actor.deleted_at = 0 AND actor.suspended_at = 0 AND actor.leaves_at = 0 AND NOT actor.guest AND NOT actor.private AND NOT (actor.group_role = 'action' AND actor.local_only)
		AND (actor.host <> '' OR actor.kind = 'Group' OR accounts.email_confirmed_at <> 0 AND accounts.approved_at <> 0)` + listed + unblocked("actor.id")
}

// unlimited is listed for those whom the viewer need not follow.
const unlimited = " AND actor.standing = 0"

func (r reader) followedBeginning(q forum.CompletionQuery) (string, []any) {
	n := utf8.RuneCountInString(q.Name)
	where, args := "substr(lower(actor.name), 1, ?) = ? OR substr(lower(actor.display_name), 1, ?) = ?", []any{q.Viewer, n, q.Name, n, q.Name}
	if q.Remote {
		where, args = "lower(actor.name) = ? AND actor.host <> '' AND substr(actor.host, 1, ?) = ?", []any{q.Viewer, q.Name, utf8.RuneCountInString(q.Host), q.Host}
	}
	return `FROM follows JOIN actors AS actor ON actor.id = follows.target_id LEFT JOIN accounts ON accounts.actor_id = actor.id
		WHERE follows.follower_id = ? AND (` + where + ")" + mentionable(q, listedActor) + " ORDER BY follows.target_id DESC LIMIT ?", append(args, q.Viewer, q.Viewer, q.Limit)
}

func (r reader) localBeginning(q forum.CompletionQuery) (string, []any) {
	if q.Remote {
		return "", nil
	}
	name := r.bytewise("actor.name")
	return `FROM actors AS actor LEFT JOIN accounts ON accounts.actor_id = actor.id
		WHERE actor.host = '' AND ` + name + ` >= ? AND ` + name + ` < ?` + mentionable(q, unlimited) + " ORDER BY " + name + " LIMIT ?",
		[]any{q.Name, past(q.Name), q.Viewer, q.Viewer, q.Limit}
}

func (r reader) namedBeginning(q forum.CompletionQuery) (string, []any) {
	names, hosts := words.Texts(words.Split(q.Name)), words.Texts(words.Split(q.Host))
	if len(names) == 0 || len(names) == 1 && utf8.RuneCountInString(names[0]) < shortestWord && !q.Remote {
		return "", nil
	}
	w := wanted{facets: [][]string{{facetPerson, facetForum}}, terms: []alternatives{{{words: names, prefix: !q.Remote}}}}
	part, exact, args := titleHas, "", []any{}
	if q.Remote {
		if part = anywhere; len(hosts) > 0 {
			w.terms = append(w.terms, alternatives{{words: hosts, prefix: true}})
		}
		exact, args = " AND actor.host <> '' AND lower(actor.name) = ? AND substr(actor.host, 1, ?) = ?", []any{q.Name, utf8.RuneCountInString(q.Host), q.Host}
	}
	args = append([]any{r.match(w, part), namesConsidered}, args...)
	return `FROM (SELECT rowid AS id FROM actor_search WHERE ` + r.matching("actor_search") + ` ORDER BY rowid DESC LIMIT ?) AS named
		JOIN actors AS actor ON actor.id = named.id LEFT JOIN accounts ON accounts.actor_id = actor.id
		WHERE actor.id > 0` + exact + mentionable(q, unlimited) + " ORDER BY actor.id DESC LIMIT ?", append(args, q.Viewer, q.Viewer, q.Limit)
}

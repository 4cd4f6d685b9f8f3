package storage

import (
	"context"
	"reflect"
	"sync"

	"portevoix/forum"
)

// readsForum is the condition that an account reads a forum for members: it is one,
// keeps order in it, or administers the server. Both are expressions of SQL; an
// account that is an argument is taken three times.
func readsForum(account, forumID string) string {
	return "(EXISTS (SELECT 1 FROM memberships WHERE memberships.forum_id = " + forumID + " AND memberships.account_id = " + account + " AND memberships.state = 'member')" +
		" OR EXISTS (SELECT 1 FROM moderators WHERE moderators.forum_id = " + forumID + " AND moderators.actor_id = " + account + ")" +
		" OR EXISTS (SELECT 1 FROM accounts AS admins WHERE admins.actor_id = " + account + " AND admins.role = 'admin'))"
}

// mayRead says whether the reader of a context may read a forum for members.
func (r reader) mayRead(ctx context.Context, forumID forum.ID) (bool, error) {
	account, bounded := forum.ReaderOf(ctx)
	if !bounded {
		return true, nil
	}
	if account == 0 {
		return false, nil
	}
	return r.exists(ctx, "SELECT 1 FROM actors WHERE actors.id = ? AND "+readsForum("?", "actors.id"), forumID, account, account, account)
}

// guard leaves out of the rows that were read into dest those that the reader of the
// context may not read: whatever is, or stands in, a forum for members. All rows of a
// struct come through here. One row that is left out is NotFound, as one that does
// not exist is.
//
// Lists leave out by their conditions what no list shows; this is for what is looked
// up by its ID, and for what a list forgot.
func (r reader) guard(ctx context.Context, dest any) error {
	if _, bounded := forum.ReaderOf(ctx); !bounded {
		return nil
	}
	rows := reflect.ValueOf(dest).Elem()
	row, many := rows.Type(), rows.Kind() == reflect.Slice
	if many {
		row = row.Elem()
	}
	if row.Kind() != reflect.Struct {
		return nil
	}
	marks := marksOf(row)
	if len(marks) == 0 {
		return nil
	}
	readable := map[forum.ID]bool{}
	may := func(v reflect.Value) (bool, error) {
		for _, m := range marks {
			if !v.FieldByIndex(m.private).Bool() {
				continue
			}
			id := forum.ID(v.FieldByIndex(m.forum).Int())
			may, known := readable[id]
			if !known {
				var err error
				if may, err = r.mayRead(ctx, id); err != nil {
					return false, err
				}
				readable[id] = may
			}
			if !may {
				return false, nil
			}
		}
		return true, nil
	}
	if !many {
		ok, err := may(rows)
		if err == nil && !ok {
			rows.SetZero()
			err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
		}
		return err
	}
	kept := 0
	for i := range rows.Len() {
		ok, err := may(rows.Index(i))
		if err != nil {
			return err
		}
		if ok {
			if kept != i {
				rows.Index(kept).Set(rows.Index(i))
			}
			kept++
		}
	}
	rows.SetLen(kept)
	return nil
}

// mark is where a row says that it is of a forum for members, and of which.
type mark struct{ private, forum []int }

// closedPost is what a row says of a post that it shows only parts of.
type closedPost struct {
	Private bool
	ForumID forum.ID
}

// marked are the parts of rows that say so, with the name of the field that holds
// the forum's ID.
var marked = map[reflect.Type]string{
	reflect.TypeFor[postRow](): "ForumID", reflect.TypeFor[closedPost](): "ForumID", reflect.TypeFor[bylineRow](): "ID", reflect.TypeFor[actorRow](): "ID",
}

var marksKnown sync.Map // reflect.Type to []mark

func marksOf(row reflect.Type) []mark {
	if known, ok := marksKnown.Load(row); ok {
		return known.([]mark)
	}
	var list []mark
	var look func(t reflect.Type, at []int)
	look = func(t reflect.Type, at []int) {
		if id, ok := marked[t]; ok {
			private, _ := t.FieldByName("Private")
			place, _ := t.FieldByName(id)
			list = append(list, mark{private: append(at[:len(at):len(at)], private.Index...), forum: append(at[:len(at):len(at)], place.Index...)})
			return
		}
		if t.PkgPath() != row.PkgPath() && t.PkgPath() != "" && t.Name() != "" {
			return
		}
		for i := range t.NumField() {
			if f := t.Field(i); f.Type.Kind() == reflect.Struct {
				look(f.Type, append(at[:len(at):len(at)], i))
			}
		}
	}
	look(row, nil)
	marksKnown.Store(row, list)
	return list
}

// happens notes what is told to whoever is looking; of what only the members of a
// forum read, nothing is.
func (t *tx) happens(p *forum.Post, e forum.Event) {
	if !p.Private {
		t.events = append(t.events, e)
	}
}

// countPost moves the count of what somebody wrote, which everybody sees.
func (t *tx) countPost(ctx context.Context, p *forum.Post, by int) error {
	if p.Private {
		return nil
	}
	_, err := t.exec(ctx, "UPDATE actors SET posts = posts + ? WHERE id = ?", by, p.AuthorID)
	return err
}

package forumtest

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// testDirectory lists forums in every order, page by page.
func testDirectory(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("banks")
	w.Forum("telecoms")
	w.Must(w.Service.UpdateForum(w.Ctx(), forum.Operator(), "telecoms", forum.ForumDetails{Title: "Opérateurs télécoms", Language: "fr"}))
	w.Remote(forum.Group, "Airlines", "b.example")
	for _, by := range []*forum.Account{lea, maxim} {
		_, err := w.Service.Follow(w.Ctx(), by, "banks")
		w.Must(err)
	}
	_, err := w.Service.Follow(w.Ctx(), lea, "telecoms")
	w.Must(err)
	w.Clock.Advance(time.Hour)
	w.Thread(lea, "telecoms", "one")
	listed := func(q forum.ForumQuery, want string) {
		t.Helper()
		q.Limit = 1
		var names []string
		for range 10 {
			page, err := w.Store.Directory(w.Ctx(), q)
			w.Must(err)
			for _, c := range page.Forums {
				names = append(names, c.Handle())
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%+v: %q, want %q", q, got, want)
		}
	}
	listed(forum.ForumQuery{Sort: forum.ForumsNamed}, "Airlines@b.example banks telecoms")
	listed(forum.ForumQuery{Sort: forum.ForumsMembers}, "banks telecoms Airlines@b.example")
	listed(forum.ForumQuery{Sort: "cats", Origin: forum.LocalForums}, "telecoms banks")
	listed(forum.ForumQuery{Origin: forum.ForumsFromOthers}, "Airlines@b.example")
	listed(forum.ForumQuery{Language: "fr"}, "telecoms")
	listed(forum.ForumQuery{Words: "TELE"}, "telecoms")
	listed(forum.ForumQuery{Words: "operateur", Sort: forum.ForumsNamed}, "telecoms")
	listed(forum.ForumQuery{Words: "telecoms airlines"}, "")
	listed(forum.ForumQuery{Words: "airl from:x"}, "")
	listed(forum.ForumQuery{Words: "!", Origin: forum.LocalForums}, "telecoms banks")
	page, err := w.Store.Directory(w.Ctx(), forum.ForumQuery{Words: "banks", Viewer: maxim.ID, Limit: 5})
	w.Must(err)
	if len(page.Forums) != 1 || page.Forums[0].Followed != forum.FollowAccepted {
		t.Errorf("to a member: %+v", page)
	}
	for _, sort := range forum.ForumSorts {
		_, err := w.Store.Directory(w.Ctx(), forum.ForumQuery{Sort: sort, After: "x", Limit: 5})
		w.Refused(err, forum.Invalid, "CursorUnreadable")
	}
}

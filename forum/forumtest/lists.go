package forumtest

import (
	"slices"
	"testing"

	"portevoix/forum"
)

// testLists chooses among what an account follows, and reads the choice apart.
func testLists(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max, eve := w.Person("lea"), w.Person("max"), w.Person("eve")
	telecoms, banks := w.Forum("telecoms"), w.Forum("banks")
	for _, who := range []string{"telecoms", "banks", "max"} {
		_, err := w.Service.Follow(w.Ctx(), lea, who)
		w.Must(err)
	}
	_, err := w.Service.AddList(w.Ctx(), nil, "x")
	w.Refused(err, forum.Unauthenticated, "SignInFirst")
	_, err = w.Service.AddList(w.Ctx(), lea, " ")
	w.Refused(err, forum.Invalid, "ListTitleMissing")
	mine, err := w.Service.AddList(w.Ctx(), lea, "Work")
	w.Must(err)
	put := func(by *forum.Account, on bool, actors ...forum.ID) error {
		return w.Service.SetListMembers(w.Ctx(), by, mine.ID, actors, on)
	}
	w.Refused(put(eve, true, telecoms.ID), forum.NotFound, "")
	w.Refused(put(lea, true, eve.ID), forum.Invalid, "ListNotFollowed")
	w.Must(put(lea, true, telecoms.ID, max.ID))
	w.Must(put(lea, true, telecoms.ID))

	in := w.Thread(eve, "telecoms", "in the forum")
	by := w.Thread(max, "banks", "by the person")
	out := w.Thread(eve, "banks", "neither")
	holds := func(want ...forum.ID) {
		t.Helper()
		for _, sort := range []forum.ThreadSort{forum.SortNew, forum.SortActive} {
			page, err := w.Store.Home(w.Ctx(), forum.HomeQuery{Viewer: lea.ID, List: mine.ID, Sort: sort, Limit: 10})
			w.Must(err)
			var got []forum.ID
			for _, th := range page.Threads {
				got = append(got, th.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("by %s the list holds %v, not %v", sort, got, want)
			}
		}
		refs, err := w.Store.StatusRefs(w.Ctx(), forum.StatusQuery{List: forum.StatusesListed, Of: mine.ID, Viewer: lea.ID, Span: forum.Span{Limit: 10}})
		w.Must(err)
		if len(refs) != len(want) {
			t.Errorf("apps are shown %v, not %v", refs, want)
		}
	}
	holds(by.ID, in.ID)
	w.Must(put(lea, true, banks.ID))
	holds(out.ID, by.ID, in.ID)
	w.Must(put(lea, false, banks.ID))
	holds(by.ID, in.ID)
	first, err := w.Store.Home(w.Ctx(), forum.HomeQuery{Viewer: lea.ID, List: mine.ID, Sort: forum.SortNew, Limit: 1})
	w.Must(err)
	rest, err := w.Store.Home(w.Ctx(), forum.HomeQuery{Viewer: lea.ID, List: mine.ID, Sort: forum.SortNew, Limit: 1, After: first.Next})
	w.Must(err)
	if len(rest.Threads) != 1 || rest.Threads[0].ID != in.ID || rest.Next != "" {
		t.Errorf("the second page is %+v", rest)
	}
	if home, err := w.Store.Home(w.Ctx(), forum.HomeQuery{Viewer: lea.ID, Sort: forum.SortNew, Limit: 10}); err != nil || len(home.Threads) != 3 {
		t.Errorf("home holds %d threads, %v", len(home.Threads), err)
	}

	lists, err := w.Store.Lists(w.Ctx(), lea.ID, max.ID)
	w.Must(err)
	if len(lists) != 1 || lists[0].Title != "Work" {
		t.Errorf("max is on %v", lists)
	}
	// Who is not followed any more is on no list.
	w.Must(w.Service.Unfollow(w.Ctx(), lea, "max"))
	holds(in.ID)
	_, err = w.Service.RenameList(w.Ctx(), eve, mine.ID, "Stolen")
	w.Refused(err, forum.NotFound, "")
	renamed, err := w.Service.RenameList(w.Ctx(), lea, mine.ID, "  Phones ")
	w.Must(err)
	if renamed.Title != "Phones" {
		t.Errorf("it is called %q", renamed.Title)
	}
	w.Refused(w.Service.DeleteList(w.Ctx(), eve, mine.ID), forum.NotFound, "")
	w.Must(w.Service.DeleteList(w.Ctx(), lea, mine.ID))
	_, err = w.Service.OwnList(w.Ctx(), lea, mine.ID)
	w.Refused(err, forum.NotFound, "")
	kept, err := w.Service.AddList(w.Ctx(), eve, "Hers")
	w.Must(err)
	w.Must(w.Service.LeaveAccount(w.Ctx(), w.fresh("eve"), forum.Departure{Confirmation: "correct horse", Name: "eve"}))
	_, err = w.Store.List(w.Ctx(), kept.ID)
	w.Refused(err, forum.NotFound, "")
}

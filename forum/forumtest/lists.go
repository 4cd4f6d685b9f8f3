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
	_, err := w.Service.AddList(w.Ctx(), nil, forum.ListChange{})
	w.Refused(err, forum.Unauthenticated, "SignInFirst")
	_, err = w.Service.AddList(w.Ctx(), lea, forum.ListChange{Title: new(" ")})
	w.Refused(err, forum.Invalid, "ListTitleMissing")
	mine, err := w.Service.AddList(w.Ctx(), lea, forum.ListChange{Title: new("Work")})
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

	// Whom an exclusive list holds is not in home; what they write in a forum that is
	// followed is.
	apart := func(on bool, want ...forum.ID) {
		t.Helper()
		_, err := w.Service.ChangeList(w.Ctx(), lea, mine.ID, forum.ListChange{Exclusive: &on, Replies: new("followed")})
		w.Must(err)
		for _, sort := range []forum.ThreadSort{forum.SortNew, forum.SortActive} {
			home, err := w.Store.Home(w.Ctx(), forum.HomeQuery{Viewer: lea.ID, Sort: sort, Limit: 10})
			w.Must(err)
			var got []forum.ID
			for _, th := range home.Threads {
				got = append(got, th.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("exclusive %v: home holds %v, not %v", on, got, want)
			}
		}
		refs, err := w.Store.StatusRefs(w.Ctx(), forum.StatusQuery{List: forum.StatusesHome, Viewer: lea.ID, Span: forum.Span{Limit: 10}})
		w.Must(err)
		if len(refs) != len(want) {
			t.Errorf("exclusive %v: apps are shown %v at home", on, refs)
		}
		for actor, atHome := range map[forum.ID]bool{telecoms.ID: !on, banks.ID: true, eve.ID: false} {
			if got, err := w.Store.FollowsAtHome(w.Ctx(), lea.ID, []forum.ID{actor}); err != nil || got != atHome {
				t.Errorf("exclusive %v: %v is read at home: %v, %v", on, actor, got, err)
			}
		}
	}
	apart(true, out.ID, by.ID)
	holds(by.ID, in.ID)
	apart(false, out.ID, by.ID, in.ID)
	_, err = w.Service.ChangeList(w.Ctx(), lea, mine.ID, forum.ListChange{Replies: new("all")})
	w.Refused(err, forum.Invalid, "ListReplies")
	if l, err := w.Service.OwnList(w.Ctx(), lea, mine.ID); err != nil || l.Replies != "followed" || l.Title != "Work" {
		t.Errorf("the list is %+v, %v", l, err)
	}
	if on, err := w.Store.OnList(w.Ctx(), mine.ID, []forum.ID{eve.ID, max.ID}); err != nil || !on {
		t.Errorf("max is on the list: %v, %v", on, err)
	}
	if on, err := w.Store.OnList(w.Ctx(), mine.ID, []forum.ID{eve.ID}); err != nil || on {
		t.Errorf("eve is on the list: %v, %v", on, err)
	}

	lists, err := w.Store.Lists(w.Ctx(), lea.ID, max.ID)
	w.Must(err)
	if len(lists) != 1 || lists[0].Title != "Work" {
		t.Errorf("max is on %v", lists)
	}
	// Who is not followed any more is on no list.
	w.Must(w.Service.Unfollow(w.Ctx(), lea, "max"))
	holds(in.ID)
	_, err = w.Service.ChangeList(w.Ctx(), eve, mine.ID, forum.ListChange{Title: new("Stolen")})
	w.Refused(err, forum.NotFound, "")
	renamed, err := w.Service.ChangeList(w.Ctx(), lea, mine.ID, forum.ListChange{Title: new("  Phones ")})
	w.Must(err)
	if renamed.Title != "Phones" {
		t.Errorf("it is called %q", renamed.Title)
	}
	w.Refused(w.Service.DeleteList(w.Ctx(), eve, mine.ID), forum.NotFound, "")
	w.Must(w.Service.DeleteList(w.Ctx(), lea, mine.ID))
	_, err = w.Service.OwnList(w.Ctx(), lea, mine.ID)
	w.Refused(err, forum.NotFound, "")
	kept, err := w.Service.AddList(w.Ctx(), eve, forum.ListChange{Title: new("Hers")})
	w.Must(err)
	w.Must(w.Service.LeaveAccount(w.Ctx(), w.fresh("eve"), forum.Departure{Confirmation: "correct horse", Name: "eve"}))
	_, err = w.Store.List(w.Ctx(), kept.ID)
	w.Refused(err, forum.NotFound, "")
}

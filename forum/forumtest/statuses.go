package forumtest

import (
	"slices"
	"testing"
	"time"

	"portevoix/forum"
)

func testStatuses(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max := w.Person("lea"), w.Person("max")
	telecoms := w.Forum("telecoms")
	w.Forum("banks")
	at := func() { w.Clock.Advance(time.Second) }
	start := func(by *forum.Account, in, title, body string) *forum.Thread {
		t.Helper()
		at()
		thread, err := w.Service.StartThread(w.Ctx(), by, forum.NewThread{Forum: in, Title: title, Body: body})
		w.Must(err)
		return thread
	}
	first := start(lea, "telecoms", "first", "text of first #fibre")
	second := start(max, "banks", "second", "text of second")
	third := start(lea, "banks", "third", "text of third, @max")
	at()
	reply := w.Reply(max, first.ID, 0, "an answer")
	at()
	deeper := w.Reply(lea, first.ID, reply.ID, "and another")

	names := map[forum.ID]string{first.ID: "first", second.ID: "second", third.ID: "third", reply.ID: "reply", deeper.ID: "deeper"}
	named := func(ids []forum.ID) []string {
		var list []string
		for _, id := range ids {
			list = append(list, names[id])
		}
		return list
	}
	lists := func(q forum.StatusQuery, want ...string) []forum.StatusRef {
		t.Helper()
		if q.Limit == 0 {
			q.Limit = 10
		}
		refs, err := w.Store.StatusRefs(w.Ctx(), q)
		w.Must(err)
		var ids []forum.ID
		for _, ref := range refs {
			ids = append(ids, ref.ID)
		}
		if got := named(ids); !slices.Equal(got, want) {
			t.Errorf("%s %+v lists %v, want %v", q.List, q.Span, got, want)
		}
		return refs
	}
	lists(forum.StatusQuery{List: forum.StatusesPublic}, "third", "second", "first")
	lists(forum.StatusQuery{List: forum.StatusesPublic, Local: true}, "third", "second", "first")
	lists(forum.StatusQuery{List: forum.StatusesPublic, Remote: true})
	lists(forum.StatusQuery{List: forum.StatusesPublic, OnlyMedia: true})
	lists(forum.StatusQuery{List: forum.StatusesPublic, Span: forum.Span{Max: third.ID, Limit: 1}}, "second")
	lists(forum.StatusQuery{List: forum.StatusesPublic, Span: forum.Span{Min: first.ID, Limit: 1}}, "second")
	lists(forum.StatusQuery{List: forum.StatusesPublic, Span: forum.Span{Since: first.ID, Limit: 1}}, "third")
	lists(forum.StatusQuery{List: forum.StatusesIn, Actor: telecoms.ID}, "first")
	lists(forum.StatusQuery{List: forum.StatusesTagged, Tag: "Fibre"}, "first")
	lists(forum.StatusQuery{List: forum.StatusesBy, Actor: lea.ID}, "deeper", "third", "first")
	lists(forum.StatusQuery{List: forum.StatusesBy, Actor: lea.ID, RootsOnly: true}, "third", "first")

	lists(forum.StatusQuery{List: forum.StatusesHome, Viewer: max.ID}, "second")
	_, err := w.Service.Follow(w.Ctx(), max, "telecoms")
	w.Must(err)
	lists(forum.StatusQuery{List: forum.StatusesHome, Viewer: max.ID}, "second", "first")
	_, err = w.Service.Follow(w.Ctx(), max, "lea")
	w.Must(err)
	lists(forum.StatusQuery{List: forum.StatusesHome, Viewer: max.ID}, "third", "second", "first")
	lists(forum.StatusQuery{List: forum.StatusesHome, Viewer: max.ID, Span: forum.Span{Max: third.ID, Limit: 1}}, "second")
	lists(forum.StatusQuery{List: forum.StatusesHome, Viewer: max.ID, Span: forum.Span{Min: first.ID, Limit: 1}}, "second")
	ada := w.Person("ada")
	w.Must(w.Service.FollowTag(w.Ctx(), ada, "fibre", true))
	lists(forum.StatusQuery{List: forum.StatusesHome, Viewer: ada.ID}, "first")
	w.Must(w.Service.MuteThread(w.Ctx(), max, first.ID, true))
	lists(forum.StatusQuery{List: forum.StatusesHome, Viewer: max.ID}, "third", "second")
	w.Must(w.Service.Block(w.Ctx(), max, "lea"))
	lists(forum.StatusQuery{List: forum.StatusesPublic, Viewer: max.ID}, "second")
	w.Must(w.Service.Unblock(w.Ctx(), max, "lea"))

	w.Must(w.Service.Support(w.Ctx(), max, first.ID, true))
	at()
	w.Must(w.Service.Support(w.Ctx(), max, third.ID, true))
	refs := lists(forum.StatusQuery{List: forum.StatusesSupported, Viewer: max.ID}, "third", "first")
	lists(forum.StatusQuery{List: forum.StatusesSupported, Viewer: max.ID, Span: forum.Span{Max: refs[0].Place}}, "first")
	w.Must(w.Service.Bookmark(w.Ctx(), max, deeper.ID, true))
	w.Must(w.Service.Bookmark(w.Ctx(), max, deeper.ID, true))
	lists(forum.StatusQuery{List: forum.StatusesBookmarks, Viewer: max.ID}, "deeper")
	w.Must(w.Service.Pin(w.Ctx(), lea, third.ID, true))
	lists(forum.StatusQuery{List: forum.StatusesPinned, Actor: lea.ID}, "third")

	above, err := w.Store.Ancestors(w.Ctx(), deeper.ID, 10)
	w.Must(err)
	below, err := w.Store.Descendants(w.Ctx(), first.ID, 10)
	w.Must(err)
	under, err := w.Store.Descendants(w.Ctx(), reply.ID, 10)
	w.Must(err)
	if got := [][]string{named(above), named(below), named(under)}; !slices.Equal(got[0], []string{"first", "reply"}) || !slices.Equal(got[1], []string{"reply", "deeper"}) || !slices.Equal(got[2], []string{"deeper"}) {
		t.Errorf("above and below are %v", got)
	}
	views, err := w.Store.Statuses(w.Ctx(), []forum.ID{first.ID, deeper.ID, third.ID, 12}, max.ID)
	w.Must(err)
	for _, v := range views {
		switch v.ID {
		case first.ID:
			if !v.Supported || !v.Muted || !v.FollowsForum || v.ReplyCount != 2 || v.Forum.Name != "telecoms" || v.ParentAuthor != 0 {
				t.Errorf("the first thread is %+v", v)
			}
		case deeper.ID:
			if !v.Bookmarked || v.ParentAuthor != max.ID || v.Author.Name != "lea" {
				t.Errorf("the deeper reply is %+v", v)
			}
		case third.ID:
			if !v.Pinned || v.FollowsForum || v.Muted {
				t.Errorf("the third thread is %+v", v)
			}
		}
	}
	mentions, err := w.Store.MentionsIn(w.Ctx(), []forum.ID{first.ID, third.ID})
	w.Must(err)
	if len(views) != 3 || len(mentions[third.ID]) != 1 || mentions[third.ID][0].Name != "max" || len(mentions[first.ID]) != 0 {
		t.Errorf("%d views; mentioned are %v", len(views), mentions)
	}
	cards, err := w.Store.ActorCards(w.Ctx(), []forum.ID{telecoms.ID, lea.ID})
	w.Must(err)
	for _, c := range cards {
		if c.Name == "telecoms" && c.Threads != 1 || c.LastPostAt.IsZero() {
			t.Errorf("a card is %+v", c)
		}
	}
	tags, err := w.Store.ActiveTags(w.Ctx(), forum.FirstID(w.Clock.Now().Add(-time.Hour)), 5)
	w.Must(err)
	if len(tags) != 1 || tags[0].Label != "fibre" {
		t.Errorf("active hashtags are %v", tags)
	}
}

func testRelationships(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max, ada := w.Person("lea"), w.Person("max"), w.Person("ada")
	telecoms := w.Forum("telecoms")
	for _, handle := range []string{"max", "telecoms"} {
		_, err := w.Service.Follow(w.Ctx(), lea, handle)
		w.Must(err)
	}
	_, err := w.Service.Follow(w.Ctx(), ada, "telecoms")
	w.Must(err)
	w.Must(w.Service.Block(w.Ctx(), ada, "lea"))
	w.Must(w.Service.Mute(w.Ctx(), lea, "max"))
	w.Must(w.Service.NoteOn(w.Ctx(), lea, max.ID, "met in March"))
	w.Refused(w.Service.NoteOn(w.Ctx(), lea, 12, "nobody"), forum.NotFound, "")
	list, err := w.Store.Relationships(w.Ctx(), lea.ID, []forum.ID{telecoms.ID, max.ID, ada.ID, 12})
	w.Must(err)
	if len(list) != 3 || list[0].ID != telecoms.ID || list[0].Following != forum.FollowAccepted || !list[1].Muting || list[1].Note != "met in March" || !list[2].BlockedBy || list[2].Blocking {
		t.Errorf("lea stands so: %+v", list)
	}
	followers, err := w.Store.FollowersIn(w.Ctx(), telecoms.ID, forum.Span{Limit: 10})
	w.Must(err)
	followed, err := w.Store.FollowedIn(w.Ctx(), lea.ID, forum.Span{Max: telecoms.ID, Limit: 10})
	w.Must(err)
	if !slices.Equal(followers, []forum.ID{ada.ID, lea.ID}) || !slices.Equal(followed, []forum.ID{max.ID}) {
		t.Errorf("followers are %v, followed %v", followers, followed)
	}

	thread := w.Thread(lea, "telecoms", "first")
	w.Reply(max, thread.ID, 0, "muted")
	w.Must(w.Service.Unmute(w.Ctx(), lea, "max"))
	w.Reply(max, thread.ID, 0, "heard")
	w.Must(w.Service.Support(w.Ctx(), max, thread.ID, true))
	kinds := []forum.NotificationKind{forum.NotifyReply, forum.NotifySupport}
	notices := func(q forum.NotificationSpan) []forum.NotificationView {
		t.Helper()
		q.AccountID, q.Kinds, q.Limit = lea.ID, kinds, 10
		list, err := w.Store.NotificationsIn(w.Ctx(), q)
		w.Must(err)
		return list
	}
	all := notices(forum.NotificationSpan{})
	if len(all) != 2 || all[0].Kind != forum.NotifySupport || all[1].Kind != forum.NotifyReply || all[1].ActorID != max.ID {
		t.Fatalf("lea is told %+v", all)
	}
	if one := notices(forum.NotificationSpan{Span: forum.Span{Min: all[1].ID}}); len(one) != 1 || one[0].ID != all[0].ID {
		t.Errorf("newer is %+v", one)
	}
	w.Must(w.Service.Mark(w.Ctx(), lea, "notifications", all[0].ID))
	w.Must(w.Service.Mark(w.Ctx(), lea, "notifications", all[1].ID)) // never back
	w.Refused(w.Service.Mark(w.Ctx(), lea, "other", 1), forum.NotFound, "")
	markers, err := w.Store.Markers(w.Ctx(), lea.ID)
	w.Must(err)
	account, err := w.Store.Account(w.Ctx(), lea.ID)
	w.Must(err)
	if len(markers) != 1 || markers[0].LastID != all[0].ID || markers[0].Version != 1 || account.Unread != 0 {
		t.Errorf("markers %+v, %d unread", markers, account.Unread)
	}
	w.Must(w.Service.ForgetNotifications(w.Ctx(), max, all[1].ID)) // another's
	w.Must(w.Service.ForgetNotifications(w.Ctx(), lea, all[1].ID))
	if rest := notices(forum.NotificationSpan{}); len(rest) != 1 || rest[0].ID != all[0].ID {
		t.Errorf("left are %+v", rest)
	}
	w.Must(w.Service.KeepSent(w.Ctx(), lea, "key", thread.ID))
	w.Must(w.Service.KeepSent(w.Ctx(), lea, "key", 12))
	for by, want := range map[*forum.Account]forum.ID{lea: thread.ID, max: 0} {
		if got, err := w.Service.Sent(w.Ctx(), by, "key"); err != nil || got != want {
			t.Errorf("sent by %s: %d, %v", by.Name, got, err)
		}
	}
}

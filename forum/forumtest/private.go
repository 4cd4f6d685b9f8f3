package forumtest

import (
	"context"
	"slices"
	"testing"
	"time"

	"portevoix/forum"
)

// readsAs is the test's context with somebody's eyes; 0 are a visitor's.
func (w *World) readsAs(account forum.ID) context.Context { return forum.ReadAs(w.Ctx(), account) }

// testPrivateForums holds the one rule on who reads what stands in a forum for
// members, wherever it is looked for.
func testPrivateForums(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	ada, mia, lea, max, noor := w.Admin("ada"), w.Person("mia"), w.Person("lea"), w.Person("max"), w.Person("noor")
	rosa := w.Admin("rosa")
	w.Remote(forum.Person, "ole", "there.example")
	_, err := w.Service.CreateForum(w.Ctx(), ada, "house", forum.ForumDetails{Title: "House", Private: true}, []string{"ole@there.example"})
	w.Refused(err, forum.Invalid, "ModeratorElsewhere")
	f, err := w.Service.CreateForum(w.Ctx(), ada, "house", forum.ForumDetails{Title: "House", Private: true, Guests: forum.GuestsAllowed}, []string{"mia"})
	w.Must(err)
	if !f.Private || !f.LocalOnly || f.Guests != forum.GuestsRefused {
		t.Fatalf("made %+v", f)
	}
	w.Must(w.Service.UpdateForum(w.Ctx(), mia, "house", forum.ForumDetails{Title: "House"}))
	if f, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "house"}); err != nil || !f.Private || !f.LocalOnly {
		t.Fatalf("changing the forum opened it: %+v, %v", f, err)
	}
	for _, name := range []string{"lea", "max"} {
		w.Must(w.Service.InviteMember(w.readsAs(mia.ID), mia, "house", name))
	}
	for _, who := range []*forum.Account{lea, max} {
		state, err := w.Service.JoinForum(w.readsAs(who.ID), who, "house", "")
		w.Must(err)
		if state != forum.MemberJoined {
			t.Errorf("%s is %q", who.Name, state)
		}
	}

	_, err = w.Service.StartThread(w.readsAs(lea.ID), lea, forum.NewThread{Forum: "house", Kind: forum.Review, Title: "Bad", Body: "x", Case: &forum.NewCase{Company: "Acme", ExperiencedOn: w.Clock.Now().AddDate(0, 0, -2).Format(time.DateOnly)}})
	w.Refused(err, forum.Invalid, "CasesArePublic")
	start := func(who *forum.Account) (*forum.Thread, error) {
		return w.Service.StartThread(w.readsAs(who.ID), who, forum.NewThread{Forum: "house", Title: "Quiet plan", Body: "Secret words, #secrettag, @noor", Kind: forum.Discussion})
	}
	_, err = start(noor)
	w.Refused(err, forum.NotFound, "ForumUnknown")
	th, err := start(lea)
	w.Must(err)
	reply, err := w.Service.Reply(w.readsAs(max.ID), max, forum.NewReply{ThreadID: th.ID, Body: "Quiet answer for @noor"})
	w.Must(err)
	_, err = w.Service.Edit(w.readsAs(lea.ID), lea, th.ID, forum.Edit{Title: "Quiet plan", Body: "Other secret words, #secrettag"})
	w.Must(err)
	_, err = w.Service.Reply(w.readsAs(noor.ID), noor, forum.NewReply{ThreadID: th.ID, Body: "May I?"})
	w.Refused(err, forum.NotFound, "NothingHere")
	w.Refused(w.Service.Pin(w.readsAs(lea.ID), lea, th.ID, true), forum.Forbidden, "PinPrivate")
	_, err = w.Service.Follow(w.readsAs(lea.ID), lea, "house")
	w.Refused(err, forum.Forbidden, "MembersDoNotFollow")
	_, err = w.Service.Follow(w.readsAs(noor.ID), noor, "house")
	w.Refused(err, forum.NotFound, "NothingHere")
	w.Must(w.Service.Bookmark(w.readsAs(max.ID), max, th.ID, true))
	w.Must(w.Service.Support(w.readsAs(max.ID), max, th.ID, true))

	// found is what of the forum somebody finds, by way.
	found := func(who forum.ID) map[string]bool {
		ctx := w.readsAs(who)
		got := map[string]bool{}
		one := func(way string, err error) {
			if err != nil && forum.CodeOf(err) != forum.NotFound {
				t.Fatalf("%s: %v", way, err)
			}
			got[way] = err == nil
		}
		count := func(way string, n int, err error) {
			w.Must(err)
			got[way] = n > 0
		}
		_, err := w.Store.Thread(ctx, th.ID)
		one("thread", err)
		_, err = w.Store.ThreadView(ctx, th.ID, who)
		one("thread view", err)
		_, _, err = w.Store.ThreadWithReplies(ctx, forum.ReplyQuery{ThreadID: th.ID, Viewer: who, Limit: 10, Depth: 5, PerPage: 50})
		one("thread with replies", err)
		_, err = w.Store.Post(ctx, reply.ID)
		one("post", err)
		_, err = w.Store.PostByURI(ctx, reply.URI)
		one("post by uri", err)
		_, err = w.Store.PostView(ctx, reply.ID, who)
		one("post view", err)
		_, err = w.Store.Forum(ctx, forum.Handle{Name: "house"})
		one("forum", err)
		_, err = w.Store.Actor(ctx, f.ID)
		one("actor", err)
		_, err = w.Store.ActorByHandle(ctx, forum.Handle{Name: "house"})
		one("actor by handle", err)
		_, err = w.Store.ActorByURI(ctx, f.URI)
		one("actor by uri", err)
		actors, err := w.Store.ActorsByURI(ctx, []string{f.URI})
		count("actors by uri", len(actors), err)
		posts, err := w.Store.Posts(ctx, []forum.ID{th.ID, reply.ID}, who)
		count("posts", len(posts), err)
		statuses, err := w.Store.Statuses(ctx, []forum.ID{th.ID, reply.ID}, who)
		count("statuses", len(statuses), err)
		flat, err := w.Store.RepliesFlat(ctx, forum.FlatQuery{ThreadID: th.ID, Viewer: who, Limit: 10})
		count("flat", len(flat.Posts), err)
		recent, err := w.Store.RecentReplies(ctx, th.ID, who, 10)
		count("recent replies", len(recent), err)
		inside, err := w.Store.Threads(ctx, forum.ThreadQuery{ForumID: f.ID, Inside: true, Viewer: who, Limit: 10})
		count("its list", len(inside.Threads), err)
		forums, err := w.Store.Forums(ctx, who)
		count("forums", len(slices.DeleteFunc(forums, func(c forum.ForumCard) bool { return c.ID != f.ID })), err)
		cards, err := w.Store.ActorCards(ctx, []forum.ID{f.ID})
		count("actor cards", len(cards), err)
		return got
	}
	for _, reader := range []forum.ID{lea.ID, max.ID, mia.ID, ada.ID, rosa.ID} {
		for way, ok := range found(reader) {
			if !ok {
				t.Errorf("%s finds nothing by %s", reader, way)
			}
		}
	}
	stranger := func(who forum.ID) {
		t.Helper()
		for way, ok := range found(who) {
			if ok {
				t.Errorf("%s finds something by %s", who, way)
			}
		}
	}
	stranger(0)
	stranger(noor.ID)

	// No list that others see shows it, not even to members.
	for _, who := range []forum.ID{0, noor.ID, lea.ID} {
		ctx := w.readsAs(who)
		for _, q := range []forum.ThreadQuery{{}, {ForumID: f.ID}, {AuthorID: lea.ID}, {Tag: "secrettag"}, {Sort: forum.SortHot}, {Sort: forum.SortActive}, {Sort: forum.SortTop}} {
			q.Viewer, q.Limit = who, 10
			if page, err := w.Store.Threads(ctx, q); err != nil || len(page.Threads) != 0 {
				t.Errorf("%+v lists %+v, %v", q, page.Threads, err)
			}
		}
		if list, _, err := w.Store.RepliesBy(ctx, max.ID, who, "", 10); err != nil || len(list) != 0 {
			t.Errorf("his replies: %+v, %v", list, err)
		}
		for _, terms := range []string{"quiet", "secret", "house"} {
			for _, kind := range []forum.SearchKind{forum.SearchPosts, forum.SearchThreads, forum.SearchReplies, forum.SearchForums} {
				page, err := w.Store.Search(ctx, forum.SearchQuery{Kind: kind, Search: forum.Search{Terms: []forum.SearchTerm{{Text: terms}}}, Viewer: who, Limit: 10})
				if err != nil || len(page.Findings) != 0 {
					t.Errorf("searching %s for %q found %+v, %v", kind, terms, page.Findings, err)
				}
			}
		}
		if tags, err := w.Store.TagsBeginning(ctx, "secret", 10); err != nil || len(tags) != 0 {
			t.Errorf("tags %v, %v", tags, err)
		}
		if tags, err := w.Store.ActiveTags(ctx, 0, 10); err != nil || len(tags) != 0 {
			t.Errorf("active tags %v, %v", tags, err)
		}
		if words, err := w.Store.Respell(ctx, "secrettga"); err != nil || len(words) != 0 {
			t.Errorf("the dictionary says %v, %v", words, err)
		}
		if page, err := w.Store.Directory(ctx, forum.ForumQuery{Viewer: who, Limit: 10}); err != nil || len(page.Forums) != 0 {
			t.Errorf("the directory lists %+v, %v", page.Forums, err)
		}
		if list, err := w.Store.ActorsBeginning(ctx, forum.CompletionQuery{Name: "hou", Viewer: who, Limit: 10}); err != nil || len(list) != 0 {
			t.Errorf("completed to %+v, %v", list, err)
		}
		if list, err := w.Store.SitemapThreads(ctx, 0, 10); err != nil || len(list) != 0 {
			t.Errorf("the sitemap lists %+v, %v", list, err)
		}
		if list, err := w.Store.Similar(ctx, forum.SimilarQuery{Title: "Quiet plan", Viewer: who, Limit: 10}); err != nil || len(list) != 0 {
			t.Errorf("similar are %+v, %v", list, err)
		}
	}
	stats, err := w.Store.Statistics(w.Ctx(), w.Clock.Now())
	w.Must(err)
	if stats.Threads+stats.Replies+stats.Forums != 0 {
		t.Errorf("counted %+v", stats)
	}
	if a, err := w.Store.Actor(w.Ctx(), lea.ID); err != nil || a.Posts != 0 {
		t.Errorf("she wrote %d, %v", a.Posts, err)
	}
	// In their home feed members find it, and nobody else does.
	for _, who := range []*forum.Account{lea, max, mia, noor, rosa} {
		member := who != noor && who != rosa
		for _, sort := range []forum.ThreadSort{forum.SortNew, forum.SortActive} {
			page, err := w.Store.Home(w.readsAs(who.ID), forum.HomeQuery{Viewer: who.ID, Sort: sort, Limit: 10})
			if err != nil || (len(page.Threads) == 1 && page.Threads[0].ID == th.ID) != member {
				t.Errorf("%s is at home with %+v, %v", who.Name, page.Threads, err)
			}
		}
		refs, err := w.Store.StatusRefs(w.readsAs(who.ID), forum.StatusQuery{List: forum.StatusesHome, Viewer: who.ID, Span: forum.Span{Limit: 10}})
		if err != nil || (len(refs) == 1 && refs[0].ID == th.ID) != member {
			t.Errorf("%s’s app shows %+v, %v", who.Name, refs, err)
		}
	}
	// Who is mentioned and reads nothing of it is not told; members are.
	told := func(who *forum.Account) []forum.NotificationKind {
		page, err := w.Store.Notifications(w.readsAs(who.ID), forum.NotificationQuery{AccountID: who.ID, Limit: 20})
		w.Must(err)
		var kinds []forum.NotificationKind
		for _, g := range page.Groups {
			kinds = append(kinds, g.Kind)
		}
		slices.Sort(kinds)
		return kinds
	}
	if got := told(noor); len(got) != 0 {
		t.Errorf("noor was told %v", got)
	}
	if got := told(lea); !slices.Equal(got, []forum.NotificationKind{forum.NotifyInvited, forum.NotifyReply, forum.NotifySupport}) {
		t.Errorf("lea was told %v", got)
	}

	// A public post that names it leads nowhere.
	w.Forum("banks")
	public, err := w.Service.StartThread(w.readsAs(lea.ID), lea, forum.NewThread{Forum: "banks", Title: "Open", Body: "as we said in @house, @noor"})
	w.Must(err)
	if named, err := w.Store.Mentions(w.Ctx(), public.ID); err != nil || len(named) != 1 || named[0].ID != noor.ID {
		t.Errorf("mentioned are %+v, %v", named, err)
	}
	w.Must(w.Service.Delete(w.readsAs(lea.ID), lea, public.ID, ""))

	// What is removed and restored, and what leaves and comes back, stays inside.
	w.Must(w.Service.Delete(w.readsAs(mia.ID), mia, th.ID, "not now"))
	if page, err := w.Store.Threads(w.readsAs(lea.ID), forum.ThreadQuery{ForumID: f.ID, Inside: true, Limit: 10}); err != nil || len(page.Threads) != 0 {
		t.Errorf("a removed thread is listed: %+v, %v", page, err)
	}
	w.Must(w.Service.Restore(w.readsAs(mia.ID), mia, th.ID))
	w.Must(w.Store.Write(w.Ctx(), func(ctx context.Context, tx forum.Tx) error {
		return tx.SetDeparture(ctx, lea.ID, w.Clock.Now())
	}))
	if page, err := w.Store.Threads(w.readsAs(max.ID), forum.ThreadQuery{ForumID: f.ID, Inside: true, Limit: 10}); err != nil || len(page.Threads) != 0 {
		t.Errorf("a thread whose author is leaving is listed: %+v, %v", page, err)
	}
	w.Must(w.Store.Write(w.Ctx(), func(ctx context.Context, tx forum.Tx) error {
		return tx.SetDeparture(ctx, lea.ID, time.Time{})
	}))
	if page, err := w.Store.Threads(w.readsAs(max.ID), forum.ThreadQuery{ForumID: f.ID, Inside: true, Limit: 10}); err != nil || len(page.Threads) != 1 {
		t.Errorf("the thread did not come back: %+v, %v", page, err)
	}
	if page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{Limit: 10}); err != nil || len(page.Threads) != 0 {
		t.Errorf("it came back outside: %+v, %v", page, err)
	}
	if f, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "house"}); err != nil || f.Threads != 1 {
		t.Errorf("it has %d threads, %v", f.Threads, err)
	}

	// Who is removed reads nothing any more, and what they were told is gone.
	w.Must(w.Service.RemoveMember(w.readsAs(mia.ID), mia, "house", "max"))
	stranger(max.ID)
	if page, err := w.Store.Home(w.Ctx(), forum.HomeQuery{Viewer: max.ID, Limit: 10}); err != nil || len(page.Threads) != 0 {
		t.Errorf("he is at home with %+v, %v", page.Threads, err)
	}
	if got := told(max); len(got) != 0 {
		t.Errorf("max still has %v", got)
	}
	for _, list := range []forum.StatusList{forum.StatusesBookmarks, forum.StatusesSupported} {
		refs, err := w.Store.StatusRefs(w.readsAs(max.ID), forum.StatusQuery{List: list, Viewer: max.ID, Span: forum.Span{Limit: 10}})
		w.Must(err)
		ids := make([]forum.ID, len(refs))
		for i, ref := range refs {
			ids[i] = ref.ID
		}
		if views, err := w.Store.Statuses(w.readsAs(max.ID), ids, max.ID); err != nil || len(views) != 0 {
			t.Errorf("%s: %+v, %v", list, views, err)
		}
	}
}

// testMemberships holds who is let into a forum for members, and by whom.
func testMemberships(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	ada, mia, lea, max, noor := w.Admin("ada"), w.Person("mia"), w.Person("lea"), w.Person("max"), w.Person("noor")
	w.Remote(forum.Person, "ole", "there.example")
	w.Forum("banks")
	f, err := w.Service.CreateForum(w.Ctx(), ada, "house", forum.ForumDetails{Title: "House", Private: true}, []string{"mia"})
	w.Must(err)
	state := func(who *forum.Account) forum.MembershipState {
		t.Helper()
		m, err := w.Store.Membership(w.Ctx(), f.ID, who.ID)
		if forum.CodeOf(err) == forum.NotFound {
			return ""
		}
		w.Must(err)
		return m.State
	}
	wants := func(who *forum.Account, want forum.MembershipState) {
		t.Helper()
		if got := state(who); got != want {
			t.Errorf("%s is %q, want %q", who.Name, got, want)
		}
	}
	wants(ada, forum.MemberJoined)
	wants(mia, forum.MemberJoined)

	// It is not there for who may not ask.
	_, err = w.Service.JoinForum(w.Ctx(), noor, "house", "please")
	w.Refused(err, forum.NotFound, "NothingHere")
	_, _, err = w.Service.Door(w.Ctx(), noor, "house")
	w.Refused(err, forum.NotFound, "NothingHere")
	w.Refused(w.Service.LeaveForum(w.Ctx(), noor, "house"), forum.NotFound, "NothingHere")
	for _, do := range []func(*forum.Account, string) error{
		func(by *forum.Account, whom string) error { return w.Service.InviteMember(w.Ctx(), by, "house", whom) },
		func(by *forum.Account, whom string) error { return w.Service.AcceptMember(w.Ctx(), by, "house", whom) },
		func(by *forum.Account, whom string) error { return w.Service.RemoveMember(w.Ctx(), by, "house", whom) },
	} {
		w.Refused(do(noor, "noor"), forum.NotFound, "NothingHere")
		w.Refused(do(nil, "noor"), forum.Unauthenticated, "SignInFirst")
	}
	_, _, err = w.Service.Members(w.Ctx(), noor, "house", forum.MembershipQuery{State: forum.MemberJoined, Limit: 10})
	w.Refused(err, forum.NotFound, "NothingHere")
	_, err = w.Service.JoinForum(w.Ctx(), noor, "banks", "")
	w.Refused(err, forum.NotFound, "NothingHere")

	// Invited, declined, invited again, joined.
	w.Refused(w.Service.InviteMember(w.Ctx(), mia, "house", "nobody"), forum.NotFound, "AccountUnknown")
	w.Refused(w.Service.InviteMember(w.Ctx(), mia, "house", "ole@there.example"), forum.NotFound, "AccountUnknown")
	w.Refused(w.Service.InviteMember(w.Ctx(), mia, "house", "banks"), forum.NotFound, "AccountUnknown")
	w.Must(w.Service.InviteMember(w.Ctx(), mia, "house", "lea"))
	w.Must(w.Service.InviteMember(w.Ctx(), mia, "house", "lea"))
	wants(lea, forum.MemberInvited)
	if f, m, err := w.Service.Door(w.Ctx(), lea, "house"); err != nil || f.Label() != "House" || m.State != forum.MemberInvited {
		t.Errorf("the door shows %+v, %+v, %v", f, m, err)
	}
	if _, err := w.Store.Forum(forum.ReadAs(w.Ctx(), lea.ID), forum.Handle{Name: "house"}); forum.CodeOf(err) != forum.NotFound {
		t.Errorf("who is only invited reads it: %v", err)
	}
	w.Must(w.Service.LeaveForum(w.Ctx(), lea, "house"))
	wants(lea, "")
	w.Must(w.Service.InviteMember(w.Ctx(), mia, "house", "lea"))
	_, err = w.Service.JoinForum(w.Ctx(), lea, "house", "")
	w.Must(err)
	wants(lea, forum.MemberJoined)
	w.Refused(w.Service.InviteMember(w.Ctx(), mia, "house", "lea"), forum.Conflict, "MemberAlready")
	w.Refused(w.Service.InviteMember(w.Ctx(), lea, "house", "noor"), forum.Forbidden, "ModeratorsOnly")

	// Asked, refused, asked again, let in.
	w.Must(w.Service.UpdateForum(w.Ctx(), mia, "house", forum.ForumDetails{Title: "House", Joinable: true}))
	for _, who := range []*forum.Account{noor, max} {
		got, err := w.Service.JoinForum(w.Ctx(), who, "house", " I know\nlea ")
		w.Must(err)
		if got != forum.MemberAsked {
			t.Errorf("%s is %q", who.Name, got)
		}
	}
	if _, page, err := w.Service.Members(w.Ctx(), mia, "house", forum.MembershipQuery{State: forum.MemberAsked, Limit: 1}); err != nil || len(page.List) != 1 || page.Next == "" || page.List[0].Reason != "I know lea" {
		t.Errorf("asked: %+v, %v", page, err)
	}
	_, _, err = w.Service.Members(w.Ctx(), lea, "house", forum.MembershipQuery{State: forum.MemberAsked, Limit: 1})
	w.Refused(err, forum.Forbidden, "ModeratorsOnly")
	if _, page, err := w.Service.Members(w.Ctx(), lea, "house", forum.MembershipQuery{State: forum.MemberJoined, Limit: 10}); err != nil || len(page.List) != 3 {
		t.Errorf("members: %+v, %v", page, err)
	}
	if page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: mia.ID, Limit: 10}); err != nil || len(page.Groups) != 1 || page.Groups[0].Kind != forum.NotifyAsked || page.Groups[0].Count != 2 || page.Groups[0].Path() != "/f/house/members" {
		t.Errorf("the moderator was told %+v, %v", page, err)
	}
	w.Must(w.Service.RemoveMember(w.Ctx(), mia, "house", "noor"))
	wants(noor, "")
	w.Refused(w.Service.AcceptMember(w.Ctx(), mia, "house", "noor"), forum.NotFound, "MemberNotAsking")
	w.Must(w.Service.AcceptMember(w.Ctx(), mia, "house", "max"))
	w.Must(w.Service.AcceptMember(w.Ctx(), mia, "house", "max"))
	wants(max, forum.MemberJoined)
	_, err = w.Service.JoinForum(w.Ctx(), noor, "house", "")
	w.Must(err)
	w.Must(w.Service.InviteMember(w.Ctx(), mia, "house", "noor"))
	wants(noor, forum.MemberJoined)

	// Moderators stay; whoever leaves is out.
	w.Refused(w.Service.LeaveForum(w.Ctx(), mia, "house"), forum.Conflict, "ModeratorsStay")
	w.Refused(w.Service.RemoveMember(w.Ctx(), ada, "house", "mia"), forum.Conflict, "ModeratorsStay")
	w.Must(w.Service.LeaveForum(w.Ctx(), noor, "house"))
	wants(noor, "")
	w.Must(w.Service.SetModerator(w.Ctx(), ada, "house", "noor", true))
	wants(noor, forum.MemberJoined)

	// What was held for the forum is not published by who left it meanwhile.
	draft, err := w.Service.HoldThread(w.Ctx(), max, forum.NewThread{Forum: "house", Kind: forum.Discussion, Title: "Late", Body: "x"}, w.Clock.Now().Add(time.Hour))
	w.Must(err)
	w.Must(w.Service.LeaveForum(w.Ctx(), max, "house"))
	w.Clock.Advance(time.Hour)
	w.Must(w.Service.WorkPublish(w.Ctx(), due(draft)))
	if page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{ForumID: f.ID, Inside: true, Limit: 10}); err != nil || len(page.Threads) != 0 {
		t.Errorf("published %+v, %v", page, err)
	}
}

package forumtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

func testStartThread(t *testing.T, open func(*testing.T) Store) {
	w := NewWorldWith(t, open(t), forum.Options{Limits: forum.Limits{Title: 20, Body: 100, Mentions: 2, Depth: 3}})
	lea := w.Person("lea")
	w.Person("max")
	w.Person("ines")
	w.Person("sam")
	w.Forum("telecoms")
	good := forum.NewThread{Forum: "telecoms", Kind: forum.Grievance, Case: &forum.NewCase{ExperiencedOn: "2026-03-01"}, Title: "Box never came", Body: "I ordered it. @max", Language: "en"}
	suspended := w.Person("troll")
	w.Must(w.Service.Suspend(w.Ctx(), forum.Operator(), "troll", "insults"))
	suspended, err := w.Store.Account(w.Ctx(), suspended.ID)
	w.Must(err)
	// A page that still holds the account from before the suspension.
	stale := *suspended
	stale.SuspendedAt = time.Time{}

	for _, c := range []struct {
		name   string
		by     *forum.Account
		change func(*forum.NewThread)
		code   forum.Code
		key    string
	}{
		{"nobody", nil, func(*forum.NewThread) {}, forum.Unauthenticated, "SignInFirst"},
		{"suspended", suspended, func(*forum.NewThread) {}, forum.Forbidden, "AccountSuspended"},
		{"suspended a moment ago", &stale, func(*forum.NewThread) {}, forum.Forbidden, "AccountSuspended"},
		{"no title", lea, func(n *forum.NewThread) { n.Title = " \t\u200b\u2060" }, forum.Invalid, "TitleMissing"},
		{"long title", lea, func(n *forum.NewThread) { n.Title = strings.Repeat("é", 21) }, forum.Invalid, "TitleTooLong"},
		{"no text", lea, func(n *forum.NewThread) { n.Body = "\n \n" }, forum.Invalid, "BodyMissing"},
		{"long text", lea, func(n *forum.NewThread) { n.Body = strings.Repeat("é", 101) }, forum.Invalid, "TextTooLong"},
		{"unknown kind", lea, func(n *forum.NewThread) { n.Kind = "rant" }, forum.Invalid, "KindUnknown"},
		{"odd language", lea, func(n *forum.NewThread) { n.Language = "klingon!" }, forum.Invalid, "LanguageUnknown"},
		{"no forum", lea, func(n *forum.NewThread) { n.Forum = "" }, forum.Invalid, "ForumMissing"},
		{"unknown forum", lea, func(n *forum.NewThread) { n.Forum = "nowhere" }, forum.NotFound, "ForumUnknown"},
		{"a person is no forum", lea, func(n *forum.NewThread) { n.Forum = "max" }, forum.NotFound, "ForumUnknown"},
		{"too many mentions", lea, func(n *forum.NewThread) { n.Body = "@max @ines @sam" }, forum.Invalid, "TooManyMentions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := *w
			w.T = t
			n := good
			c.change(&n)
			_, err := w.Service.StartThread(w.Ctx(), c.by, n)
			w.Refused(err, c.code, c.key)
		})
	}
	_, err = w.Service.StartThread(w.Ctx(), lea, forum.NewThread{Forum: "telecoms"})
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != 2 {
		t.Errorf("both troubles should be told at once: %v", err)
	}

	th, err := w.Service.StartThread(w.Ctx(), lea, good)
	w.Must(err)
	got, err := w.Store.ThreadView(w.Ctx(), th.ID, lea.ID)
	w.Must(err)
	want := fmt.Sprintf("https://here.example/t/%d", th.ID)
	if got.Title != "Box never came" || got.Body != "I ordered it. @max" || got.Kind != forum.Grievance || got.URI != want ||
		got.Author.Name != "lea" || got.Forum.Name != "telecoms" || got.State() != "open" || got.AnnounceID == 0 || got.CreateID == 0 || got.ContextURI != want+"/context" {
		t.Errorf("stored thread %+v", got)
	}
	f, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "telecoms"})
	w.Must(err)
	author, err := w.Store.Account(w.Ctx(), lea.ID)
	w.Must(err)
	if f.Threads != 1 || author.Posts != 1 || !f.LastActiveAt.Equal(w.Clock.Now()) {
		t.Errorf("counters: forum %d threads at %v, author %d posts", f.Threads, f.LastActiveAt, author.Posts)
	}
}

func testReply(t *testing.T, open func(*testing.T) Store) {
	w := NewWorldWith(t, open(t), forum.Options{Limits: forum.Limits{Title: 200, Body: 100, Mentions: 5, Depth: 3}})
	lea, maxim, mod := w.Person("lea"), w.Person("max"), w.Person("mod")
	w.Forum("telecoms", "mod")
	th := w.Thread(lea, "telecoms", "one")
	other := w.Thread(lea, "telecoms", "two")
	first := w.Reply(maxim, th.ID, 0, "first")
	second := w.Reply(lea, th.ID, first.ID, "second")
	third := w.Reply(maxim, th.ID, second.ID, "third")
	if third.Depth != 3 || third.BranchID != first.ID || first.BranchID != first.ID || first.ForumID != th.ForumID {
		t.Errorf("place in the tree: %+v", third)
	}
	got, err := w.Store.ThreadView(w.Ctx(), th.ID, 0)
	w.Must(err)
	if got.ReplyCount != 3 || got.Children != 1 || !got.ActiveAt.Equal(third.PublishedAt) {
		t.Errorf("thread counts %d replies, %d direct, active at %v", got.ReplyCount, got.Children, got.ActiveAt)
	}
	reply := func(by *forum.Account, thread, parent forum.ID, body string) error {
		_, err := w.Service.Reply(w.Ctx(), by, forum.NewReply{ThreadID: thread, ParentID: parent, Body: body})
		return err
	}
	w.Refused(reply(maxim, th.ID, third.ID, "too deep"), forum.Invalid, "TooDeep")
	w.Refused(reply(maxim, th.ID, 0, ""), forum.Invalid, "BodyMissing")
	w.Refused(reply(maxim, th.ID, 0, strings.Repeat("x", 101)), forum.Invalid, "TextTooLong")
	w.Refused(reply(maxim, other.ID, first.ID, "elsewhere"), forum.Invalid, "ParentElsewhere")
	w.Refused(reply(maxim, 42, 0, "nowhere"), forum.NotFound, "")
	w.Refused(reply(maxim, th.ID, 42, "nowhere"), forum.NotFound, "")
	w.Refused(reply(maxim, first.ID, 0, "a reply is no thread"), forum.NotFound, "")
	w.Refused(reply(nil, th.ID, 0, "x"), forum.Unauthenticated, "SignInFirst")

	w.Refused(w.Service.LockThread(w.Ctx(), lea, th.ID, true), forum.Forbidden, "ModeratorsOnly")
	w.Must(w.Service.LockThread(w.Ctx(), mod, th.ID, true))
	w.Refused(reply(maxim, th.ID, 0, "late"), forum.Forbidden, "ThreadLocked")
	_, err = w.Service.Edit(w.Ctx(), maxim, first.ID, forum.Edit{Body: "late edit"})
	w.Refused(err, forum.Forbidden, "ThreadLocked")
	w.Must(w.Service.LockThread(w.Ctx(), mod, th.ID, false))
	w.Must(reply(maxim, th.ID, 0, "in time"))

	w.Must(w.Service.Delete(w.Ctx(), maxim, first.ID, ""))
	w.Refused(reply(lea, th.ID, first.ID, "to a ghost"), forum.Gone, "ParentDeleted")
}

func testReplyTree(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	var firsts []*forum.Post
	for i := range 7 {
		firsts = append(firsts, w.Reply(lea, th.ID, 0, fmt.Sprintf("r%d", i)))
	}
	w.Must(w.Service.Support(w.Ctx(), maxim, firsts[3].ID, true))
	w.Must(w.Service.Boost(w.Ctx(), maxim, firsts[5].ID, true))
	for i := range 12 {
		w.Reply(maxim, th.ID, firsts[3].ID, fmt.Sprintf("r3.%d", i))
	}
	deep := w.Reply(maxim, th.ID, firsts[0].ID, "r0.0")
	deeper := w.Reply(lea, th.ID, deep.ID, "r0.0.0")
	deepest := w.Reply(maxim, th.ID, deeper.ID, "r0.0.0.0")
	w.Must(w.Service.Delete(w.Ctx(), lea, firsts[1].ID, "")) // nothing under it: gone from the page
	w.Must(w.Service.Delete(w.Ctx(), lea, firsts[0].ID, "")) // holds its branch together

	query := func(q forum.ReplyQuery) []string {
		t.Helper()
		q.ThreadID, q.Viewer, q.Depth, q.PerPage = th.ID, maxim.ID, max(q.Depth, 3), 100
		if q.Limit == 0 {
			q.Limit = 3
		}
		var seen []string
		for page := 0; ; page++ {
			_, p, err := w.Store.ThreadWithReplies(w.Ctx(), q)
			w.Must(err)
			for _, b := range p.Branches {
				seen = append(seen, outline(b))
			}
			if p.Next == "" || page > 10 {
				return seen
			}
			q.After = p.Next
		}
	}
	want := map[forum.ReplySort][]string{
		forum.SortBest:   {"r5", "r3(+12)", "r6", "r4", "r2", "×(r0.0(r0.0.0+1))"},
		forum.SortNewest: {"r6", "r5", "r4", "r3(+12)", "r2", "×(r0.0(r0.0.0+1))"},
		forum.SortOldest: {"×(r0.0(r0.0.0+1))", "r2", "r3(+12)", "r4", "r5", "r6"},
	}
	for sort, expected := range want {
		got := query(forum.ReplyQuery{Sort: sort})
		for i := range got {
			if strings.HasPrefix(got[i], "r3(") { // its twelve replies are there; say so briefly
				if n := strings.Count(got[i], "r3."); n != 12 {
					t.Errorf("%s: %d of 12 replies under r3", sort, n)
				}
				got[i] = "r3(+12)"
			}
		}
		if !slices.Equal(got, expected) {
			t.Errorf("%s\n got %q\nwant %q", sort, got, expected)
		}
	}
	if got := query(forum.ReplyQuery{Under: deeper.ID}); !slices.Equal(got, []string{"r0.0.0(r0.0.0.0)"}) {
		t.Errorf("under a reply: %q", got)
	}
	_, p, err := w.Store.ThreadWithReplies(w.Ctx(), forum.ReplyQuery{ThreadID: th.ID, Viewer: maxim.ID, Sort: forum.SortBest, Limit: 2, Depth: 3, PerPage: 10})
	w.Must(err)
	if !p.Branches[0].Boosted || !p.Branches[1].Supported || p.Branches[0].Supported {
		t.Error("what the reader did is not shown")
	}
	if b := p.Branches[1]; len(b.Replies) != 10 || b.More != 2 {
		t.Errorf("a long branch shows %d and %d more", len(b.Replies), b.More)
	}
	_, _, err = w.Store.ThreadWithReplies(w.Ctx(), forum.ReplyQuery{ThreadID: th.ID, Limit: 2, Depth: 3, PerPage: 10, After: "rubbish"})
	w.Refused(err, forum.Invalid, "CursorUnreadable")

	var flat []forum.ID
	after := ""
	for {
		page, err := w.Store.RepliesFlat(w.Ctx(), forum.FlatQuery{ThreadID: th.ID, After: after, Limit: 4})
		w.Must(err)
		for _, r := range page.Posts {
			flat = append(flat, r.ID)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if len(flat) != 22 || !slices.IsSorted(flat) || flat[21] != deepest.ID {
		t.Errorf("flat list has %d replies: %v", len(flat), flat)
	}
	for _, c := range []struct {
		q    forum.FlatQuery
		want []forum.ID
		more bool
	}{
		{forum.FlatQuery{NewerThan: flat[3], Limit: 3}, flat[4:7], true},
		{forum.FlatQuery{NewerThan: flat[18], Limit: 3}, flat[19:], false},
		{forum.FlatQuery{NewerThan: flat[21], Limit: 3}, nil, false},
		{forum.FlatQuery{OlderThan: flat[5], Limit: 3}, flat[2:5], true},
		{forum.FlatQuery{OlderThan: flat[2], Limit: 3}, flat[:2], true},
		{forum.FlatQuery{OlderThan: flat[0], Limit: 3}, nil, false},
		{forum.FlatQuery{NewerThan: flat[3], OlderThan: flat[6], Limit: 3}, flat[4:6], false},
	} {
		c.q.ThreadID = th.ID
		page, err := w.Store.RepliesFlat(w.Ctx(), c.q)
		w.Must(err)
		var got []forum.ID
		for _, r := range page.Posts {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, c.want) || (page.Next != "") != c.more {
			t.Errorf("%+v: got %v, next %q, want %v", c.q, got, page.Next, c.want)
		}
	}
	mine, _, err := w.Store.RepliesBy(w.Ctx(), maxim.ID, 0, "", 5)
	w.Must(err)
	if len(mine) != 5 || mine[0].ID != deepest.ID || mine[0].ThreadTitle != "one" || mine[0].Forum.Name != "telecoms" {
		t.Errorf("replies by max: %+v", mine)
	}
}

// testTombstones deletes replies with others under them: what somebody else wrote
// stays where it was, however many tombstones it takes to get there.
func testTombstones(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	gone := func(parent forum.ID, body string) *forum.Post {
		t.Helper()
		return w.Reply(maxim, th.ID, parent, body)
	}
	var all []*forum.Post // by max, all to be deleted
	add := func(p *forum.Post) forum.ID {
		all = append(all, p)
		return p.ID
	}
	a := w.Reply(lea, th.ID, 0, "a")
	w.Reply(lea, th.ID, add(gone(a.ID, "a.0")), "a.0.0")
	w.Reply(lea, th.ID, add(gone(add(gone(0, "b")), "b.0")), "b.0.0")
	add(gone(add(gone(0, "c")), "c.0")) // nothing but tombstones
	d := w.Reply(lea, th.ID, 0, "d")
	add(gone(d.ID, "d.0"))
	list := func(sort forum.ReplySort) string {
		t.Helper()
		_, page, err := w.Store.ThreadWithReplies(w.Ctx(), forum.ReplyQuery{ThreadID: th.ID, Sort: sort, Limit: 10, Depth: 6, PerPage: 100})
		w.Must(err)
		var seen []string
		for _, b := range page.Branches {
			seen = append(seen, outline(b))
		}
		return strings.Join(seen, " ")
	}
	if got := list(forum.SortOldest); got != "a(a.0(a.0.0)) b(b.0(b.0.0)) c(c.0) d(d.0)" {
		t.Errorf("before: %s", got)
	}
	for _, p := range all {
		w.Must(w.Service.Delete(w.Ctx(), maxim, p.ID, ""))
	}
	if got := list(forum.SortOldest); got != "a(×(a.0.0)) ×(×(b.0.0)) d" {
		t.Errorf("after, oldest first: %s", got)
	}
	if got := list(forum.SortNewest); got != "d ×(×(b.0.0)) a(×(a.0.0))" {
		t.Errorf("after, newest first: %s", got)
	}
}

// outline writes a branch as text(children)+hidden; a tombstone is ×.
func outline(b *forum.Branch) string {
	s := b.Body
	if b.Post.Hidden() {
		s = "×"
	}
	if len(b.Replies) > 0 {
		var inner []string
		for _, r := range b.Replies {
			inner = append(inner, outline(r))
		}
		s += "(" + strings.Join(inner, " ") + ")"
	}
	if b.More > 0 {
		s += fmt.Sprintf("+%d", b.More)
	}
	return s
}

func testEdit(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("telecoms", "max")
	th := w.Thread(lea, "telecoms", "one")
	reply := w.Reply(lea, th.ID, 0, "first text")

	_, err := w.Service.Edit(w.Ctx(), maxim, reply.ID, forum.Edit{Body: "not mine"})
	w.Refused(err, forum.Forbidden, "AuthorOnly") // not even a moderator
	_, err = w.Service.Edit(w.Ctx(), lea, th.ID, forum.Edit{Body: "text"})
	w.Refused(err, forum.Invalid, "TitleMissing")
	_, err = w.Service.Edit(w.Ctx(), lea, reply.ID, forum.Edit{Body: "first text"})
	w.Must(err)
	if r, err := w.Store.Revisions(w.Ctx(), reply.ID); err != nil || len(r) != 0 {
		t.Fatalf("an edit that changes nothing left %v, %v", r, err)
	}
	for _, text := range []string{"second text", "third text"} {
		w.Clock.Advance(time.Minute)
		_, err = w.Service.Edit(w.Ctx(), lea, reply.ID, forum.Edit{Body: text, Title: "ignored", Note: " spoils the\nend of " + text})
		w.Must(err)
	}
	got, err := w.Store.Post(w.Ctx(), reply.ID)
	w.Must(err)
	if got.Body != "third text" || got.Title != "" || got.ContentNote != "spoils the end of third text" || !got.EditedAt.Equal(w.Clock.Now()) {
		t.Errorf("edited post %+v", got)
	}
	r, err := w.Store.Revisions(w.Ctx(), reply.ID)
	w.Must(err)
	if len(r) != 2 || r[0].Body != "second text" || r[0].Note != "spoils the end of second text" || r[1].Note != "" || r[1].Body != "first text" {
		t.Errorf("revisions %+v", r)
	}
	_, err = w.Service.Edit(w.Ctx(), lea, th.ID, forum.Edit{Title: "new title", Body: "text of one @max"})
	w.Must(err)
	if got, err := w.Store.ThreadView(w.Ctx(), th.ID, 0); err != nil || got.Title != "new title" {
		t.Errorf("edited thread %+v, %v", got, err)
	}
	n, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: maxim.ID, Limit: 10})
	w.Must(err)
	if len(n.Groups) != 1 || n.Groups[0].Kind != forum.NotifyMention {
		t.Errorf("a mention added by an edit: %+v", n.Groups)
	}
}

func testDelete(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim, mod := w.Person("lea"), w.Person("max"), w.Person("mod")
	w.Forum("telecoms", "mod")
	th := w.Thread(lea, "telecoms", "one")
	reply := w.Reply(maxim, th.ID, 0, "insult")
	own := w.Reply(maxim, th.ID, 0, "second thoughts")

	w.Refused(w.Service.Delete(w.Ctx(), lea, reply.ID, "x"), forum.Forbidden, "AuthorOrModerator")
	w.Refused(w.Service.Delete(w.Ctx(), nil, reply.ID, "x"), forum.Unauthenticated, "SignInFirst")
	w.Refused(w.Service.Delete(w.Ctx(), mod, reply.ID, " "), forum.Invalid, "ReasonMissing")
	w.Must(w.Service.Delete(w.Ctx(), mod, reply.ID, "an insult"))
	w.Must(w.Service.Delete(w.Ctx(), mod, reply.ID, "an insult")) // twice
	got, err := w.Store.Post(w.Ctx(), reply.ID)
	w.Must(err)
	if !got.Hidden() || got.Body != "insult" || got.RemovedReason != "an insult" {
		t.Errorf("a removed post keeps its text for an appeal: %+v", got)
	}
	n, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: maxim.ID, Limit: 10})
	w.Must(err)
	if len(n.Groups) != 1 || n.Groups[0].Kind != forum.NotifyRemoval || n.Groups[0].Newest[0].Reason != "an insult" || n.Groups[0].Newest[0].Actor != nil {
		t.Errorf("the author reads why, and not who: %+v", n.Groups)
	}
	w.Must(w.Service.Delete(w.Ctx(), maxim, own.ID, ""))
	got, err = w.Store.Post(w.Ctx(), own.ID)
	w.Must(err)
	if !got.Hidden() || got.Body != "" || got.Content != "" {
		t.Errorf("a deleted post is wiped: %+v", got)
	}
	view, err := w.Store.ThreadView(w.Ctx(), th.ID, 0)
	w.Must(err)
	if view.ReplyCount != 0 || view.Children != 0 {
		t.Errorf("%d replies, %d direct", view.ReplyCount, view.Children)
	}
	w.Refused(w.Service.Support(w.Ctx(), lea, own.ID, true), forum.Gone, "PostDeleted")
	_, err = w.Service.Edit(w.Ctx(), maxim, own.ID, forum.Edit{Body: "back"})
	w.Refused(err, forum.Gone, "PostDeleted")

	w.Must(w.Service.Delete(w.Ctx(), lea, th.ID, ""))
	page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{Limit: 10})
	w.Must(err)
	f, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "telecoms"})
	w.Must(err)
	if len(page.Threads) != 0 || f.Threads != 0 {
		t.Errorf("a deleted thread is in lists: %d, %d", len(page.Threads), f.Threads)
	}
}

func testThreadLists(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	w.Forum("banks")
	var ids []forum.ID
	for i := range 9 {
		name := "telecoms"
		if i%3 == 0 {
			name = "banks"
		}
		ids = append(ids, w.Thread(lea, name, fmt.Sprintf("t%d", i)).ID)
	}
	w.Must(w.Service.Support(w.Ctx(), maxim, ids[2], true))
	w.Must(w.Service.Boost(w.Ctx(), maxim, ids[4], true))
	w.Reply(maxim, ids[0], 0, "back to this one")

	titles := func(q forum.ThreadQuery) string {
		t.Helper()
		var list []string
		q.Limit = 2
		for range 10 {
			page, err := w.Store.Threads(w.Ctx(), q)
			w.Must(err)
			for _, th := range page.Threads {
				list = append(list, th.Title)
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		return strings.Join(list, " ")
	}
	banks, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "banks"})
	w.Must(err)
	for _, c := range []struct {
		name string
		q    forum.ThreadQuery
		want string
	}{
		{"new", forum.ThreadQuery{Sort: forum.SortNew}, "t8 t7 t6 t5 t4 t3 t2 t1 t0"},
		{"hot", forum.ThreadQuery{Sort: forum.SortHot}, "t4 t2 t0 t8 t7 t6 t5 t3 t1"},
		{"active", forum.ThreadQuery{Sort: forum.SortActive}, "t0 t8 t7 t6 t5 t4 t3 t2 t1"},
		{"of a forum", forum.ThreadQuery{Sort: forum.SortNew, ForumID: banks.ID}, "t6 t3 t0"},
		{"of a forum, hot", forum.ThreadQuery{Sort: forum.SortHot, ForumID: banks.ID}, "t0 t6 t3"},
		{"of an author", forum.ThreadQuery{Sort: forum.SortNew, AuthorID: maxim.ID}, ""},
		{"of a kind", forum.ThreadQuery{Sort: forum.SortNew, Kind: forum.Grievance}, ""},
		{"local", forum.ThreadQuery{Sort: forum.SortActive, Local: true}, "t0 t8 t7 t6 t5 t4 t3 t2 t1"},
		{"older than one", forum.ThreadQuery{Sort: forum.SortNew, OlderThan: ids[4]}, "t3 t2 t1 t0"},
		{"of a forum, older than one", forum.ThreadQuery{Sort: forum.SortNew, ForumID: banks.ID, OlderThan: ids[6]}, "t3 t0"},
	} {
		if got := titles(c.q); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	for newer, want := range map[int]string{0: "t2 t1", 5: "t7 t6", 7: "t8", 8: ""} {
		page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{Sort: forum.SortNew, NewerThan: ids[newer], Limit: 2})
		w.Must(err)
		var got []string
		for _, th := range page.Threads {
			got = append(got, th.Title)
		}
		if strings.Join(got, " ") != want || (page.Next != "") != (want != "") {
			t.Errorf("newer than t%d: got %v, next %q, want %s", newer, got, page.Next, want)
		}
	}
	_, err = w.Store.Threads(w.Ctx(), forum.ThreadQuery{Limit: 2, After: "x"})
	w.Refused(err, forum.Invalid, "CursorUnreadable")
}

func testRollback(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Forum("telecoms")
	before, err := w.Store.Account(w.Ctx(), lea.ID)
	w.Must(err)
	boom := errors.New("boom")
	err = w.Store.Write(w.Ctx(), rollback(before, boom))
	if !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	after, err := w.Store.Account(w.Ctx(), lea.ID)
	w.Must(err)
	if after.DisplayName != before.DisplayName {
		t.Error("a change that failed left something behind")
	}
}

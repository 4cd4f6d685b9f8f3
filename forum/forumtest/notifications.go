package forumtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// groups lists an account's groups of notifications, newest first, as
// "kind count" with a star for those that are unread.
func (w *World) groups(q forum.NotificationQuery) string {
	w.T.Helper()
	q.Limit = 100
	page, err := w.Store.Notifications(w.Ctx(), q)
	w.Must(err)
	var list []string
	for _, g := range page.Groups {
		one := fmt.Sprintf("%s %d", g.Kind, g.Count)
		if g.ReadAt.IsZero() {
			one += "*"
		}
		list = append(list, one)
	}
	return strings.Join(list, ", ")
}

func testNotificationGroups(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mod := w.Person("lea"), w.Person("mod")
	people := []*forum.Account{w.Person("ann"), w.Person("bob"), w.Person("cat"), w.Person("dan"), w.Person("eve")}
	w.Forum("telecoms", "mod")
	th, other := w.Thread(lea, "telecoms", "one"), w.Thread(lea, "telecoms", "two")
	expect := func(what, want string, unread int) {
		t.Helper()
		if got := w.groups(forum.NotificationQuery{AccountID: lea.ID}); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
		a, err := w.Store.Account(w.Ctx(), lea.ID)
		w.Must(err)
		if a.Unread != unread {
			t.Errorf("%s: %d unread, want %d", what, a.Unread, unread)
		}
	}
	for _, p := range people {
		w.Must(w.Service.Support(w.Ctx(), p, th.ID, true))
	}
	w.Must(w.Service.Support(w.Ctx(), people[0], other.ID, true))
	w.Must(w.Service.Boost(w.Ctx(), people[1], th.ID, true))
	expect("five supports of one thread, one of another, one boost", "boost 1*, support 1*, support 5*", 3)
	page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, Limit: 10})
	w.Must(err)
	five := page.Groups[2]
	if len(five.Newest) != 2 || five.Newest[0].Actor.Name != "eve" || five.Newest[1].Actor.Name != "dan" || five.SubjectID != th.ID || five.LatestID != five.Newest[0].ID || five.Newest[0].ThreadTitle != "one" {
		t.Errorf("the group of five: %+v", five)
	}
	half, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, Limit: 2})
	w.Must(err)
	rest, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, Limit: 2, After: half.Next})
	w.Must(err)
	if len(half.Groups) != 2 || len(rest.Groups) != 1 || rest.Groups[0].ID != five.ID || rest.Next != "" {
		t.Errorf("page by page: %+v, %+v", half, rest)
	}

	w.Must(w.Service.ReadNotificationGroup(w.Ctx(), lea, five.ID))
	w.Must(w.Service.ReadNotificationGroup(w.Ctx(), lea, five.ID))
	w.Must(w.Service.ReadNotificationGroup(w.Ctx(), mod, page.Groups[0].ID)) // not theirs
	w.Refused(w.Service.ReadNotificationGroup(w.Ctx(), nil, five.ID), forum.Unauthenticated, "SignInFirst")
	expect("one read", "boost 1*, support 1*, support 5", 2)
	w.Must(w.Service.Support(w.Ctx(), mod, th.ID, true))
	expect("what comes later begins another group", "support 1*, boost 1*, support 1*, support 5", 3)
	for filter, want := range map[string]string{"unread": "support 1*, boost 1*, support 1*", "boosts": "boost 1*", "votes": "support 1*, boost 1*, support 1*, support 5"} {
		q := forum.NotificationQuery{AccountID: lea.ID, Unread: filter == "unread"}
		switch filter {
		case "boosts":
			q.Kinds = []forum.NotificationKind{forum.NotifyBoost}
		case "votes":
			q.Kinds = []forum.NotificationKind{forum.NotifyBoost, forum.NotifySupport}
		}
		if got := w.groups(q); got != want {
			t.Errorf("%s: %q, want %q", filter, got, want)
		}
	}
	w.Must(w.Service.ReadNotifications(w.Ctx(), lea, forum.FirstID(w.Clock.Now().Add(time.Millisecond))))
	expect("all read", "support 1, boost 1, support 1, support 5", 0)

	first := w.Reply(people[0], th.ID, 0, "first")
	w.Reply(people[1], th.ID, 0, "second")
	w.Reply(people[2], other.ID, 0, "elsewhere")
	expect("replies", "reply 1*, reply 2*, support 1, boost 1, support 1, support 5", 2)
	w.Must(w.Service.Delete(w.Ctx(), people[0], first.ID, ""))
	expect("one of two deleted", "reply 1*, reply 1*, support 1, boost 1, support 1, support 5", 2)
	w.Delete(people[1])
	expect("an account closed", "reply 1*, support 1, support 1, support 4", 1)
	w.Must(w.Service.Delete(w.Ctx(), lea, other.ID, ""))
	expect("a thread deleted", "reply 1*, support 1, support 4", 1)
}

func testFollowers(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim, troll := w.Person("lea"), w.Person("max"), w.Person("troll")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	var followers []*forum.Account
	for i := range 25 { // more than are told at once
		p := w.Person(fmt.Sprintf("p%d", i))
		w.Must(w.Service.FollowThread(w.Ctx(), p, th.ID, true))
		followers = append(followers, p)
	}
	notices := func(by *forum.Account) string { return w.groups(forum.NotificationQuery{AccountID: by.ID}) }
	reply := w.Reply(maxim, th.ID, 0, "hey @p0")
	told := func() (n int) {
		for _, p := range followers[1:] {
			if notices(p) == "thread 1*" {
				n++
			}
		}
		return n
	}
	if n := told(); n == 0 || n >= 24 {
		t.Errorf("%d told by the reply's own transaction", n)
	}
	for range 2 { // again is the same
		w.Must(w.Service.WorkFollowers(w.Ctx(), forum.FollowersJob{Post: reply.ID}))
	}
	if n := told(); n != 24 {
		t.Errorf("%d told after the job, want 24", n)
	}
	for p, want := range map[*forum.Account]string{lea: "reply 1*", followers[0]: "mention 1*", maxim: "", troll: ""} {
		if got := notices(p); got != want {
			t.Errorf("%s is told %q, want %q", p.Name, got, want)
		}
	}
	one, two, three := followers[1], followers[2], followers[3]
	w.Must(w.Service.MuteThread(w.Ctx(), two, th.ID, true))
	w.Must(w.Service.Block(w.Ctx(), three, "troll"))
	again := w.Reply(troll, th.ID, reply.ID, "ha")
	w.Must(w.Service.WorkFollowers(w.Ctx(), forum.FollowersJob{Post: again.ID}))
	for p, want := range map[*forum.Account]string{one: "thread 2*", two: "thread 1*", three: "thread 1*", maxim: "reply 1*"} {
		if got := notices(p); got != want {
			t.Errorf("after a second reply %s is told %q, want %q", p.Name, got, want)
		}
	}
	_, err := w.Service.VisitThread(w.Ctx(), one, th.ID)
	w.Must(err)
	if got := notices(one); got != "thread 2" {
		t.Errorf("who looked at the thread has unread news of it: %q", got)
	}
	if a, err := w.Store.Account(w.Ctx(), one.ID); err != nil || a.Unread != 0 {
		t.Errorf("%d unread, %v", a.Unread, err)
	}
	w.Must(w.Service.Delete(w.Ctx(), troll, again.ID, ""))
	if got := notices(one); got != "thread 1" {
		t.Errorf("after the second reply was deleted: %q", got)
	}
	w.Must(w.Service.WorkFollowers(w.Ctx(), forum.FollowersJob{Post: again.ID}))
	if got := notices(followers[5]); got != "thread 1*" {
		t.Errorf("told of a deleted reply: %q", got)
	}
}

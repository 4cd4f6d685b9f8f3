package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestSources has forums of two servers follow each other, in a circle, and a
// Mastodon follow one of them: a thread shows in both, under the name of where it
// stands, is passed on once, and is one thread with one list of replies.
func TestSources(t *testing.T) {
	t.Parallel()
	home, away := newProcess(t).start(), newProcess(t).start()
	lea, max := home.person("lea"), away.person("max")
	home.must("forum", "create", "telecoms", "--title", "Telecoms", "--moderator", "lea")
	away.must("forum", "create", "fibre", "--title", "Fibre", "--moderator", "max")
	telecoms, fibre := "telecoms@"+home.addr, "fibre@"+away.addr
	reader := newPeer(t, "mastodon")
	group := "http://" + away.addr + "/f/fibre"
	reader.accepted(group+"/inbox", reader.activity("Follow", group))
	reader.await("Accept", 1)

	old := lea.startThread("telecoms", "Before", "It was there.")
	sourceOf := func(u *person, name, source string) {
		t.Helper()
		if page := u.submit("/f/"+name+"/sources", url.Values{"source": {source}}); !strings.Contains(page, source) {
			t.Fatalf("%s does not list %s:\n%s", name, source, page)
		}
		forumtest.Eventually(t, patience, "the Accept of "+source, func() bool {
			list := u.list("/forums/" + name + "/sources")
			return len(list) == 1 && list[0]["state"] == "accepted"
		})
	}
	sourceOf(max, "fibre", telecoms)
	sourceOf(lea, "telecoms", fibre)
	in := func(u *person, name string, thread map[string]any) map[string]any {
		return byURI(u.list("/threads?forum="+name), thread)
	}
	forumtest.Eventually(t, patience, "what was there before", func() bool { return in(max, "fibre", old) != nil })
	thread := lea.startThread("telecoms", "Enel: double bill", "It was billed twice.")
	forumtest.Eventually(t, patience, "the thread in the other forum", func() bool { return in(max, "fibre", thread) != nil })
	if th := in(max, "fibre", thread); th["forum"] != telecoms {
		t.Errorf("it stands in %v", th["forum"])
	}
	if page := max.page("/f/fibre"); !strings.Contains(page, "!"+telecoms) || !strings.Contains(page, "Leave out") {
		t.Errorf("the page does not say where it is from:\n%s", page)
	}
	announce := reader.await("Announce", 1)[0]
	if announce["actor"] != group || announce["object"] != thread["uri"] {
		t.Errorf("passed on as %v", announce)
	}
	if _, a := object(t, announce["id"].(string)); a["type"] != "Announce" || a["actor"] != group {
		t.Errorf("at its own address: %v", a)
	}
	// A reply written at the follower joins the thread at home, and is seen there
	// and here once.
	copied := in(max, "fibre", thread)
	if status, out := max.api(http.MethodPost, "/threads/"+text(copied, "id")+"/replies", map[string]any{"body": "Here too."}); status != http.StatusCreated {
		t.Fatalf("reply: %d %v", status, out)
	}
	forumtest.Eventually(t, patience, "the reply at home", func() bool { return number(in(lea, "telecoms", thread), "replies") == 1 })

	// A thread of the other one goes the other way round the circle, once.
	second := max.startThread("fibre", "Cut off", "For a week.")
	forumtest.Eventually(t, patience, "the other thread", func() bool { return in(lea, "telecoms", second) != nil })
	reader.await("Announce", 2)
	for _, name := range []string{"telecoms", telecoms} {
		u := map[bool]*person{true: lea, false: max}[name == "telecoms"]
		if th := in(u, name, thread); th == nil || number(th, "boosts") != 0 {
			t.Errorf("%s: %v", name, th)
		}
	}

	// An edit reaches whoever was told by the follower; the end of it all takes
	// the links, and nothing else.
	lea.submit("/t/"+text(thread, "id")+"/edit", url.Values{"title": {"Enel: paid"}, "body": {"At last."}, "language": {"en"}})
	forumtest.Eventually(t, patience, "the edit", func() bool { return in(max, "fibre", thread)["title"] == "Enel: paid" })
	max.submit("/f/fibre/sources/leave-out", url.Values{"thread": {text(copied, "id")}})
	if undo := reader.await("Undo", 1)[0]; undo["object"].(map[string]any)["id"] != announce["id"] {
		t.Errorf("taken back as %v", undo)
	}
	if in(max, "fibre", thread) != nil || in(max, telecoms, thread) == nil {
		t.Error("it was not left out, or from too much")
	}
	max.submit("/f/fibre/sources/remove", url.Values{"source": {telecoms}})
	if list := max.list("/threads?forum=fibre"); len(list) != 1 || list[0]["title"] != "Cut off" {
		t.Errorf("left in the list: %v", list)
	}
	forumtest.Eventually(t, patience, "the end of the follow at home", func() bool {
		_, f := lea.api(http.MethodGet, "/forums/telecoms", nil)
		return number(f, "followers") == 0
	})
	if n := len(reader.of("Announce")); n != 2 {
		t.Errorf("%d announces of two threads", n)
	}
}

// TestLemmySource has a forum here follow a community as Lemmy serves it.
func TestLemmySource(t *testing.T) {
	t.Parallel()
	home := startInProcess(t, nil)
	home.forum("telecoms")
	c := newCommunity(t, home, "featured")
	c.announces(c.act("Create", c.member, c.page("Before"), nil))
	state, err := home.service.FollowForum(t.Context(), forum.Operator(), "telecoms", "cars@"+strings.TrimPrefix(c.host, "http://"))
	if err != nil || state != forum.FollowPending {
		t.Fatal(state, err)
	}
	group := home.base + "/f/telecoms"
	if status, _, problem := c.says(c.uri, c.act("Accept", c.uri, map[string]any{"type": "Follow", "actor": group, "object": c.uri}, nil)); status != 202 {
		t.Fatalf("%d %s", status, problem)
	}
	home.settle()
	page := c.page("The brakes fail")
	c.announces(c.act("Create", c.member, page, nil))
	f, err := home.store.Forum(t.Context(), forum.Handle{Name: "telecoms"})
	if err != nil {
		t.Fatal(err)
	}
	titles := func() (list []string) {
		threads, err := home.store.Threads(t.Context(), forum.ThreadQuery{ForumID: f.ID, Linked: f.Following > 0, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for i := range threads.Threads {
			list = append(list, threads.Threads[i].Title+" in "+threads.Threads[i].Forum.Name)
		}
		return list
	}
	if got := strings.Join(titles(), ", "); got != "The brakes fail in cars, Before in cars" {
		t.Errorf("shows %s", got)
	}
	// Its moderators decide about it.
	c.announces(c.act("Delete", c.owner, page["id"], map[string]any{"summary": "Off topic."}))
	if got := titles(); len(got) != 1 {
		t.Errorf("shows %v", got)
	}
}

package forumtest

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

func testReceivePosts(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	f := w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	group := w.Remote(forum.Group, "cars", "lemmy.example")

	receive := func(in forum.Inbound, r forum.RemotePost) forum.Outcome {
		t.Helper()
		outcome, err := w.Service.ReceivePost(w.Ctx(), in, r)
		w.Must(err)
		return outcome
	}
	// A reply joins the thread though it addresses nobody.
	reply := w.RemotePost(ines, "me too <script>")
	reply.ParentID = th.ID
	in := w.Inbound(ines)
	if o := receive(in, reply); !o.Done {
		t.Fatal(o)
	}
	got, err := w.Store.PostByURI(w.Ctx(), reply.URI)
	w.Must(err)
	if got.Content != "me too " || got.ThreadID != th.ID || got.Depth != 1 {
		t.Errorf("stored reply %+v", got)
	}
	if o := receive(in, reply); o.Done || !strings.Contains(o.Reason, "already") {
		t.Errorf("the same activity again: %+v", o)
	}
	if o := receive(w.Inbound(ines), reply); o.Done {
		t.Errorf("the same post by another activity: %+v", o)
	}
	view, err := w.Store.ThreadView(w.Ctx(), th.ID, 0)
	w.Must(err)
	if view.ReplyCount != 1 {
		t.Errorf("%d replies", view.ReplyCount)
	}
	if n, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, Limit: 5}); err != nil || len(n.Groups) != 1 || n.Groups[0].Newest[0].Actor.Host != "mastodon.example" {
		t.Errorf("the author is told: %+v %v", n, err)
	}
	// What is not public is not for a forum.
	private := w.RemotePost(ines, "secret")
	private.ParentID, private.Public = th.ID, false
	if o := receive(w.Inbound(ines), private); o.Done {
		t.Error("a private reply was published")
	}
	// A mention of a forum opens a thread; its title is the first line.
	opening := w.RemotePost(ines, "Double bill\nand no answer")
	opening.Addressed = []string{f.URI, lea.URI}
	if o := receive(w.Inbound(ines), opening); !o.Done {
		t.Fatal(o)
	}
	page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{ForumID: f.ID, Sort: forum.SortNew, Limit: 1})
	w.Must(err)
	if th := page.Threads[0]; th.Title != "Double bill" || th.Author.Name != "ines" || th.URI != opening.URI || th.AnnounceID == 0 {
		t.Errorf("thread by mention %+v", th)
	}
	untitled := w.RemotePost(ines, "")
	untitled.Addressed = []string{f.URI}
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(ines), untitled)
	w.Refused(err, forum.Invalid, "TitleMissing")
	// A post to nobody we know is none of our business.
	if o := receive(w.Inbound(ines), w.RemotePost(ines, "breakfast")); o.Done {
		t.Error("an unrelated post was stored")
	}
	// A thread of a remote forum comes through that forum only.
	claimed := w.RemotePost(ines, "A car\nbroke")
	claimed.Addressed = []string{group.URI}
	if o := receive(w.Inbound(ines), claimed); o.Done {
		t.Error("a post claimed a place in a remote forum")
	}
	via := w.Inbound(ines)
	via.Via = group
	if o := receive(via, claimed); !o.Done {
		t.Errorf("passed on by the forum: %+v", o)
	}
	// And a forum speaks for its own threads only.
	foreign := w.RemotePost(ines, "reply by way of another forum")
	foreign.ParentID = th.ID
	via = w.Inbound(ines)
	via.Via = group
	_, err = w.Service.ReceivePost(w.Ctx(), via, foreign)
	w.Refused(err, forum.Forbidden, "OtherForum")
	// Locked threads stay closed to all.
	w.Must(w.Service.LockThread(w.Ctx(), w.Admin("boss"), th.ID, true))
	late := w.RemotePost(ines, "late")
	late.ParentID = th.ID
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(ines), late)
	w.Refused(err, forum.Forbidden, "ThreadLocked")
	// A suspended actor stays out.
	w.Must(w.Service.Suspend(w.Ctx(), forum.Operator(), "ines@mastodon.example", "spam"))
	ines, err = w.Store.Actor(w.Ctx(), ines.ID)
	w.Must(err)
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(ines), opening)
	w.Refused(err, forum.Forbidden, "AccountSuspended")
}

func testReceiveEdits(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	eve := w.Remote(forum.Person, "eve", "evil.example")
	reply := w.RemotePost(ines, "first text")
	reply.ParentID = th.ID
	_, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(ines), reply)
	w.Must(err)

	w.Clock.Advance(time.Minute)
	edited := reply
	edited.Content, edited.UpdatedAt = "second text", w.Clock.Now()
	outcome, err := w.Service.ReceiveEdit(w.Ctx(), w.Inbound(ines), edited)
	w.Must(err)
	got, err := w.Store.PostByURI(w.Ctx(), reply.URI)
	w.Must(err)
	if !outcome.Done || got.Content != "second text" || !got.EditedAt.Equal(w.Clock.Now()) {
		t.Errorf("after the edit %+v", got)
	}
	if r, err := w.Store.Revisions(w.Ctx(), got.ID); err != nil || len(r) != 1 || r[0].Content != "first text" {
		t.Errorf("revisions %+v %v", r, err)
	}
	stale := edited
	stale.Content, stale.UpdatedAt = "older text", w.Clock.Now().Add(-30*time.Second)
	if o, err := w.Service.ReceiveEdit(w.Ctx(), w.Inbound(ines), stale); err != nil || o.Done {
		t.Errorf("older news: %v %v", o, err)
	}
	forged := edited
	forged.Author, forged.Content, forged.UpdatedAt = eve, "forged", w.Clock.Now().Add(time.Second)
	_, err = w.Service.ReceiveEdit(w.Ctx(), w.Inbound(eve), forged)
	w.Refused(err, forum.Forbidden, "AuthorOnly")
	_, err = w.Service.ReceiveDelete(w.Ctx(), w.Inbound(eve), reply.URI, "")
	w.Refused(err, forum.Forbidden, "AuthorOnly")

	_, err = w.Service.ReceiveDelete(w.Ctx(), w.Inbound(ines), reply.URI, "")
	w.Must(err)
	got, err = w.Store.PostByURI(w.Ctx(), reply.URI)
	w.Must(err)
	if !got.Hidden() || got.Content != "" {
		t.Errorf("after the Delete %+v", got)
	}
	// A Delete that overtakes its Create.
	ghost := w.RemotePost(ines, "never mind")
	ghost.ParentID = th.ID
	_, err = w.Service.ReceiveDelete(w.Ctx(), w.Inbound(ines), ghost.URI, "")
	w.Must(err)
	if o, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(ines), ghost); err != nil || o.Done {
		t.Errorf("a deleted post came back: %v %v", o, err)
	}
	// Nobody buries what is not on their own server.
	other := w.RemotePost(ines, "still here")
	other.ParentID = th.ID
	_, err = w.Service.ReceiveDelete(w.Ctx(), w.Inbound(eve), other.URI, "")
	w.Must(err)
	if o, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(ines), other); err != nil || !o.Done {
		t.Errorf("a stranger's Delete counted: %v %v", o, err)
	}
}

func testReceiveVotes(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	f := w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	sam := w.Remote(forum.Person, "sam", "lemmy.example")
	counts := func(supports, boosts int) {
		t.Helper()
		got, err := w.Store.ThreadView(w.Ctx(), th.ID, 0)
		w.Must(err)
		if got.Supports != supports || got.Boosts != boosts {
			t.Fatalf("%d supports and %d boosts, want %d and %d", got.Supports, got.Boosts, supports, boosts)
		}
	}
	must := func(_ forum.Outcome, err error) {
		t.Helper()
		w.Must(err)
	}
	must(w.Service.ReceiveSupport(w.Ctx(), w.Inbound(ines), th.URI, false))
	must(w.Service.ReceiveSupport(w.Ctx(), w.Inbound(ines), th.URI, false))
	counts(1, 0)
	must(w.Service.ReceiveSupport(w.Ctx(), w.Inbound(sam), th.URI, true)) // a downvote is not shown
	counts(1, 0)
	must(w.Service.ReceiveSupport(w.Ctx(), w.Inbound(ines), th.URI, true)) // it takes a Like back
	counts(0, 0)
	must(w.Service.ReceiveSupport(w.Ctx(), w.Inbound(ines), th.URI, false))
	counts(1, 0)
	must(w.Service.ReceiveBoost(w.Ctx(), w.Inbound(ines), th.URI, w.Clock.Now()))
	must(w.Service.ReceiveBoost(w.Ctx(), w.Inbound(ines), th.URI, w.Clock.Now()))
	counts(1, 1)
	own, err := w.Store.Actor(w.Ctx(), f.ID)
	w.Must(err)
	if o, err := w.Service.ReceiveBoost(w.Ctx(), w.Inbound(own), th.URI, w.Clock.Now()); err != nil || o.Done {
		t.Errorf("the forum's own announce counted: %v %v", o, err)
	}
	if o, err := w.Service.ReceiveSupport(w.Ctx(), w.Inbound(ines), "https://here.example/t/1", false); err != nil || o.Done {
		t.Errorf("a vote for nothing: %v %v", o, err)
	}
}

func testReceiveUndo(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	f := w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	eve := w.Remote(forum.Person, "eve", "evil.example")
	for _, c := range []struct {
		name string
		do   func() (string, error) // returns the URI of what is done
		typ  string
		obj  string
		gone func() bool
	}{
		{"follow", func() (string, error) {
			in := w.Inbound(ines)
			_, err := w.Service.ReceiveFollow(w.Ctx(), in, f.URI)
			return in.URI, err
		}, "Follow", f.URI, func() bool {
			a, err := w.Store.Actor(w.Ctx(), f.ID)
			w.Must(err)
			return a.Followers == 0
		}},
		{"like", func() (string, error) {
			in := w.Inbound(ines)
			_, err := w.Service.ReceiveSupport(w.Ctx(), in, th.URI, false)
			return in.URI, err
		}, "Like", th.URI, func() bool { v, err := w.Store.Thread(w.Ctx(), th.ID); w.Must(err); return v.Supports == 0 }},
		{"boost", func() (string, error) {
			in := w.Inbound(ines)
			_, err := w.Service.ReceiveBoost(w.Ctx(), in, th.URI, w.Clock.Now())
			return in.URI, err
		}, "Announce", th.URI, func() bool { v, err := w.Store.Thread(w.Ctx(), th.ID); w.Must(err); return v.Boosts == 0 }},
		{"block", func() (string, error) {
			in := w.Inbound(ines)
			_, err := w.Service.ReceiveBlock(w.Ctx(), in, lea.URI)
			return in.URI, err
		}, "Block", lea.URI, func() bool { b, err := w.Store.Blocked(w.Ctx(), ines.ID, lea.ID); w.Must(err); return !b }},
	} {
		for how, undone := range map[string]func(uri string) forum.Undone{
			"by URI": func(uri string) forum.Undone { return forum.Undone{URI: uri} },
			"by object": func(string) forum.Undone {
				return forum.Undone{URI: "https://mastodon.example/other", Type: c.typ, Object: c.obj}
			},
			"by both": func(uri string) forum.Undone { return forum.Undone{URI: uri, Type: c.typ, Object: c.obj} },
		} {
			uri, err := c.do()
			w.Must(err)
			if c.gone() {
				t.Fatalf("%s did not take effect", c.name)
			}
			if o, err := w.Service.ReceiveUndo(w.Ctx(), w.Inbound(eve), undone(uri)); err != nil || o.Done {
				t.Fatalf("%s %s undone by a stranger: %v %v", c.name, how, o, err)
			}
			o, err := w.Service.ReceiveUndo(w.Ctx(), w.Inbound(ines), undone(uri))
			w.Must(err)
			if !o.Done || !c.gone() {
				t.Errorf("%s %s was not undone: %+v", c.name, how, o)
			}
		}
	}
	// An Undo that overtakes what it undoes.
	late := w.Inbound(ines)
	if o, err := w.Service.ReceiveUndo(w.Ctx(), w.Inbound(ines), forum.Undone{URI: late.URI, Type: "Like", Object: th.URI}); err != nil || o.Done {
		t.Fatal(o, err)
	}
	if o, err := w.Service.ReceiveSupport(w.Ctx(), late, th.URI, false); err != nil || o.Done {
		t.Errorf("undone before it came, and yet it counts: %v %v", o, err)
	}
}

func testReceiveFollow(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	f := w.Forum("telecoms")
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	in := w.Inbound(ines)
	_, err := w.Service.ReceiveFollow(w.Ctx(), in, f.URI)
	w.Must(err)
	again := w.Inbound(ines)
	_, err = w.Service.ReceiveFollow(w.Ctx(), again, f.URI)
	w.Must(err)
	if got := w.Delivered("mastodon.example", forum.Microblog); len(got) != 2 || !strings.Contains(got[0], "Accept") || !strings.Contains(got[1], "Accept") {
		t.Errorf("answers %q", got)
	}
	a, err := w.Store.Actor(w.Ctx(), f.ID)
	w.Must(err)
	if a.Followers != 1 {
		t.Errorf("%d followers", a.Followers)
	}
	_, err = w.Service.ReceiveFollow(w.Ctx(), w.Inbound(ines), "https://here.example/f/nowhere")
	w.Refused(err, forum.NotFound, "NobodyHere")
	_, err = w.Service.ReceiveFollow(w.Ctx(), w.Inbound(ines), ines.URI)
	w.Refused(err, forum.NotFound, "NobodyHere")

	eve := w.Remote(forum.Person, "eve", "evil.example")
	w.Must(w.Service.Block(w.Ctx(), lea, "eve@evil.example"))
	_, err = w.Service.ReceiveFollow(w.Ctx(), w.Inbound(eve), lea.URI)
	w.Must(err)
	if got := w.Delivered("evil.example", forum.Microblog); len(got) != 2 || !strings.Contains(got[1], "Reject") {
		t.Errorf("answer to a blocked follower %q", got)
	}
}

func testAudience(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mod := w.Person("lea"), w.Person("mod")
	f := w.Forum("telecoms", "mod")
	hosts := map[string]string{"mastodon.example": "mastodon", "lemmy.example": "lemmy", "discourse.example": "discourse", "unknown.example": ""}
	followers := map[string]*forum.Actor{}
	for host, software := range hosts {
		followers[host] = w.Remote(forum.Person, "fan", host)
		if software != "" {
			w.Must(w.Store.SavePeerSoftware(w.Ctx(), host, software, "1", w.Clock.Now()))
		}
		_, err := w.Service.ReceiveFollow(w.Ctx(), w.Inbound(followers[host]), f.URI)
		w.Must(err)
	}
	family := func(host string) forum.Family { return forum.FamilyOf(hosts[host]) }
	told := func(host string) string {
		t.Helper()
		list := w.Delivered(host, family(host))
		var kinds []string
		for _, body := range list {
			for _, kind := range []string{"Accept", "Relay", "Undo", "Announce", "Create", "Update", "Delete", "Like"} {
				if strings.HasSuffix(body, `"type":"`+kind+`"}`) {
					kinds = append(kinds, kind)
				}
			}
		}
		return strings.Join(kinds, " ")
	}
	expect := func(what string, want map[string]string) {
		t.Helper()
		for host := range hosts {
			if got := told(host); got != want[host] {
				t.Errorf("%s: %s is told %q, want %q", what, host, got, want[host])
			}
		}
		w.deliverAll(hosts)
	}
	expect("follow", map[string]string{"mastodon.example": "Accept", "lemmy.example": "Accept", "discourse.example": "Accept", "unknown.example": "Accept"})

	th := w.Thread(lea, "telecoms", "one")
	expect("thread", map[string]string{"mastodon.example": "Announce", "lemmy.example": "Relay", "discourse.example": "Announce", "unknown.example": "Announce"})

	reply := w.Reply(lea, th.ID, 0, "a reply")
	expect("reply", map[string]string{"lemmy.example": "Relay", "discourse.example": "Announce"})

	w.Must(w.Service.Support(w.Ctx(), mod, th.ID, true))
	expect("support", map[string]string{"lemmy.example": "Relay"})

	_, err := w.Service.Edit(w.Ctx(), lea, th.ID, forum.Edit{Title: "one", Body: "edited"})
	w.Must(err)
	expect("edit of a thread", map[string]string{"mastodon.example": "Update", "lemmy.example": "Relay", "discourse.example": "Update", "unknown.example": "Update"})

	_, err = w.Service.Edit(w.Ctx(), lea, reply.ID, forum.Edit{Body: "edited"})
	w.Must(err)
	expect("edit of a reply", map[string]string{"lemmy.example": "Relay"})

	// A reply from Mastodon reaches the group-aware servers, and so does what is
	// said to it: directly, because it is an answer to someone there.
	fan := followers["mastodon.example"]
	remote := w.RemotePost(fan, "from mastodon")
	remote.ParentID = th.ID
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(fan), remote)
	w.Must(err)
	expect("reply from mastodon", map[string]string{"lemmy.example": "Relay", "discourse.example": "Announce"})
	received, err := w.Store.PostByURI(w.Ctx(), remote.URI)
	w.Must(err)
	w.Reply(lea, th.ID, received.ID, "to you")
	expect("answer to mastodon", map[string]string{"mastodon.example": "Create", "lemmy.example": "Relay", "discourse.example": "Announce"})

	w.Must(w.Service.Delete(w.Ctx(), mod, received.ID, "spam"))
	expect("removal of a remote reply", map[string]string{"lemmy.example": "Relay"})

	opening := w.RemotePost(fan, "Title\ntext")
	opening.Addressed = []string{f.URI}
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(fan), opening)
	w.Must(err)
	expect("thread from mastodon", map[string]string{"mastodon.example": "Announce", "lemmy.example": "Relay", "discourse.example": "Announce", "unknown.example": "Announce"})
	opened, err := w.Store.PostByURI(w.Ctx(), opening.URI)
	w.Must(err)
	w.Must(w.Service.Delete(w.Ctx(), mod, opened.ID, "spam"))
	expect("removal of a remote thread", map[string]string{"mastodon.example": "Undo", "lemmy.example": "Relay", "discourse.example": "Undo", "unknown.example": "Undo"})

	w.Must(w.Service.Delete(w.Ctx(), lea, th.ID, ""))
	expect("deletion of a thread", map[string]string{"mastodon.example": "Delete", "lemmy.example": "Relay", "discourse.example": "Delete", "unknown.example": "Delete"})
}

package forumtest

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// testTagSources has forums follow hashtags, and people elsewhere write under them.
func testTagSources(t *testing.T, open func(t *testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mia, boss := w.Person("lea"), w.Person("mia"), w.Admin("boss")
	a, b := w.Forum("aa", "mia"), w.Forum("bb", "mia")
	follow := func(f, tag string) error {
		w.Clock.Advance(time.Second)
		_, err := w.Service.FollowForum(w.Ctx(), mia, f, tag)
		return err
	}
	_, err := w.Service.FollowForum(w.Ctx(), lea, "aa", "#energy")
	w.Refused(err, forum.Forbidden, "ModeratorsOnly")
	w.Refused(follow("aa", "#"), forum.Invalid, "TagUnknown")
	w.Refused(follow("aa", "#a b"), forum.Invalid, "TagUnknown")
	for name, details := range map[string]forum.ForumDetails{"inside": {Title: "Inside", LocalOnly: true}, "secret": {Title: "Secret", Private: true}} {
		_, err := w.Service.CreateForum(w.Ctx(), forum.Operator(), name, details, []string{"mia"})
		w.Must(err)
		w.Refused(follow(name, "#energy"), forum.Forbidden, "Source")
	}
	w.Must(follow("aa", " #Énergie"))
	w.Must(follow("aa", "#energie")) // the same
	w.Must(follow("aa", "#bills"))
	w.Must(follow("bb", "#ENERGIE"))
	sources := func(f *forum.Forum, want string) {
		t.Helper()
		list, err := w.Store.TagSources(w.Ctx(), f.ID)
		w.Must(err)
		var labels []string
		for _, s := range list {
			labels = append(labels, s.Label)
		}
		if got := strings.Join(labels, " "); got != want {
			t.Errorf("%s follows %q, want %q", f.Name, got, want)
		}
	}
	sources(a, "bills Énergie")
	sources(b, "ENERGIE")

	follower := w.Remote(forum.Person, "max", "far.example")
	for _, f := range []*forum.Forum{a, b} {
		_, err := w.Service.ReceiveFollow(w.Ctx(), w.Inbound(follower), f.URI)
		w.Must(err)
	}
	w.deliverAll(map[string]string{"far.example": ""})
	findable := func(name, host string) *forum.Actor {
		uri := "https://" + host + "/users/" + name
		actor, err := w.Service.ReceiveActor(w.Ctx(), &forum.Actor{Kind: forum.Person, Name: name, Host: host, URI: uri, URL: uri, Inbox: uri + "/inbox", Findable: true}, nil)
		w.Must(err)
		return actor
	}
	ines, zoe := findable("ines", "x.example"), w.Remote(forum.Person, "zoe", "x.example")
	says := func(by *forum.Actor, title string, tags ...string) forum.RemotePost {
		w.Clock.Advance(time.Second)
		p := w.RemotePost(by, title+"\ntext of "+title)
		p.Tags = tags
		return p
	}
	receive := func(p forum.RemotePost, in forum.Inbound, want bool) {
		t.Helper()
		outcome, err := w.Service.ReceivePost(w.Ctx(), in, p)
		w.Must(err)
		if outcome.Done != want {
			t.Errorf("%s: %+v", p.Content, outcome)
		}
	}
	boosts := func(want ...string) {
		t.Helper()
		got := w.Delivered("far.example", forum.Microblog)
		if len(got) != len(want) {
			t.Errorf("passed on %q", got)
		}
		for i := range min(len(got), len(want)) {
			if !strings.Contains(got[i], `"Announce"`) && !strings.Contains(got[i], `"Undo"`) || !strings.Contains(got[i], want[i]) {
				t.Errorf("passed on %q, want %q", got[i], want[i])
			}
		}
		w.deliverAll(map[string]string{"far.example": ""})
	}

	first := says(ines, "meter", "#énergie", "#bills")
	receive(first, w.Inbound(ines), true)
	receive(first, w.Inbound(ines), false) // it comes by every relay
	w.shows(a, "meter")
	w.shows(b, "meter")
	post, err := w.Store.PostByURI(w.Ctx(), first.URI)
	w.Must(err)
	thread, err := w.Store.Thread(w.Ctx(), post.ID)
	w.Must(err)
	if thread.ForumID != a.ID || thread.FoundBy != "Énergie" {
		t.Errorf("it stands in %d, found by %q", thread.ForumID, thread.FoundBy)
	}
	boosts(first.URI, first.URI) // by each forum, once

	// What was written before is shown, and not passed on.
	old := says(ines, "old", "bills")
	old.PublishedAt = w.Clock.Now().Add(-time.Hour)
	receive(old, w.Inbound(ines), true)
	w.shows(a, "meter old")
	boosts()

	// What is not for it.
	reply := says(ines, "reply", "#bills")
	reply.ParentID = post.ID
	receive(reply, w.Inbound(ines), true)
	private := says(ines, "private", "#bills")
	private.Public = false
	receive(private, w.Inbound(ines), false)
	receive(says(ines, "other", "#cats"), w.Inbound(ines), false)
	silent := says(ines, "", "#bills")
	silent.Content = ""
	receive(silent, w.Inbound(ines), false)
	receive(says(zoe, "hidden", "#bills"), w.Inbound(zoe), false) // she does not want to be found
	asked := w.Inbound(ines)
	asked.Asked = true
	receive(says(ines, "read", "#bills"), asked, false)
	group := w.Remote(forum.Group, "cars", "lemmy.example")
	elsewhere := says(ines, "elsewhere", "#bills")
	elsewhere.Addressed = []string{group.URI}
	receive(elsewhere, w.Inbound(ines), false)
	limited := findable("kim", "limited.example")
	_, err = w.Service.SetPeerRule(w.Ctx(), boss, forum.PeerRule{Host: "limited.example", Severity: forum.SeverityLimit})
	w.Must(err)
	receive(says(limited, "limited", "#bills"), w.Inbound(limited), false)
	w.shows(a, "meter old")

	// Meant for a forum, it is a thread like any.
	meant := says(ines, "meant", "#bills")
	meant.Addressed = []string{b.URI}
	receive(meant, w.Inbound(ines), true)
	w.shows(a, "meter old")
	w.shows(b, "meant meter")
	w.deliverAll(map[string]string{"far.example": ""})

	// Moderators decide: about one thread, its author, the hashtag.
	w.Must(w.Service.LeaveOut(w.Ctx(), mia, "bb", thread.ID, true))
	w.shows(b, "meant")
	boosts(first.URI)
	w.Must(w.Service.Delete(w.Ctx(), mia, thread.ID, "Off topic"))
	w.shows(a, "old")
	w.Must(w.Service.Restore(w.Ctx(), mia, thread.ID))
	w.shows(a, "meter old")
	w.deliverAll(map[string]string{"far.example": ""})
	w.Must(w.Service.Ban(w.Ctx(), mia, forum.NewBan{Forum: "aa", Whom: ines.Handle(), Reason: "Spam"}))
	banned := says(ines, "banned", "#energie")
	receive(banned, w.Inbound(ines), true)
	w.shows(b, "banned meant")
	if strings.Contains(w.listed(a, forum.ThreadQuery{Sort: forum.SortNew}), "banned") {
		t.Error("aa shows what somebody banned from it wrote")
	}
	w.Must(w.Service.UnfollowForum(w.Ctx(), mia, "bb", "#énergie"))
	sources(b, "")
	receive(says(ines, "late", "#energie"), w.Inbound(ines), false)
	w.shows(b, "banned meant")
}

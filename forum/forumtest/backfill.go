package forumtest

import (
	"testing"
	"time"

	"portevoix/forum"
)

func testBackfill(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	telecoms := w.Forum("telecoms")
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	cars := w.Remote(forum.Group, "cars", "lemmy.example")
	jobs := func() int {
		t.Helper()
		n, err := w.Store.PendingJobs(w.Ctx())
		w.Must(err)
		return n
	}
	receive := func(group *forum.Actor, age time.Duration, answered bool) *forum.Post {
		t.Helper()
		r := w.RemotePost(ines, "A title\ntext")
		r.Answered, r.PublishedAt, r.Tally = answered, w.Clock.Now().Add(-age), forum.Tally{Supports: 7, Boosts: 1 << 60, Replies: -1}
		in := w.Inbound(ines)
		if group != nil {
			in.Via = group
		} else {
			r.Addressed = []string{telecoms.URI}
		}
		o, err := w.Service.ReceivePost(w.Ctx(), in, r)
		if err != nil || !o.Done {
			t.Fatal(o, err)
		}
		p, err := w.Store.PostByURI(w.Ctx(), r.URI)
		w.Must(err)
		return p
	}
	state := func(id forum.ID) forum.Backfill {
		t.Helper()
		b, err := w.Store.Backfill(w.Ctx(), id)
		w.Must(err)
		return b
	}

	// Which threads are read when they are seen for the first time. relateJob and
	// others come with every thread.
	plain := jobs()
	receive(cars, time.Hour, false)
	usual := jobs() - plain
	for _, c := range []struct {
		name  string
		group *forum.Actor
		age   time.Duration
		asked forum.BackfillState
		jobs  int
	}{
		{"old, of a remote forum", cars, time.Hour, forum.BackfillWaiting, 1},
		{"fresh, of a remote forum", cars, time.Minute, "", 0},
		{"old, of a forum here", nil, time.Hour, forum.BackfillWaiting, 1},
		{"fresh, of a forum here", nil, time.Minute, "", 1}, // later
	} {
		before := jobs()
		p := receive(c.group, c.age, true)
		if got := state(p.ID); got.State != c.asked || jobs()-before != usual+c.jobs {
			t.Errorf("%s: %q with %d jobs", c.name, got.State, jobs()-before-usual)
		}
	}

	// On demand.
	p := receive(cars, time.Minute, true)
	w.Refused(w.Service.FetchReplies(w.Ctx(), nil, p.ID), forum.Unauthenticated, "SignInFirst")
	w.Must(w.Service.FetchReplies(w.Ctx(), lea, p.ID))
	w.Refused(w.Service.FetchReplies(w.Ctx(), lea, p.ID), forum.Conflict, "RepliesJustFetched")
	b := state(p.ID)
	b.State, b.Read, b.Added, b.Known = forum.BackfillRunning, 5, 2, 9
	b.Missing = []forum.MissingPosts{{Host: "gone.example", Count: 3, URL: "https://gone.example/1", Reason: forum.MissingUnreachable}}
	w.Must(w.Service.BackfillGoesOn(w.Ctx(), b, forum.BackfillJob{Subject: p.ID}))
	if got := state(p.ID); !got.UnderWay(w.Clock.Now()) || got.Read != 5 || len(got.Missing) != 1 || got.Missing[0] != b.Missing[0] {
		t.Errorf("under way: %+v", got)
	}
	before := jobs()
	b.State = forum.BackfillDone
	w.Must(w.Service.BackfillGoesOn(w.Ctx(), b, forum.BackfillJob{Subject: p.ID}))
	if got := state(p.ID); got.UnderWay(w.Clock.Now()) || got.Due(w.Clock.Now()) || jobs() != before {
		t.Errorf("done: %+v", got)
	}
	w.Refused(w.Service.FetchReplies(w.Ctx(), lea, p.ID), forum.Conflict, "RepliesJustFetched")
	w.Clock.Advance(forum.BackfillPause)
	w.Must(w.Service.FetchReplies(w.Ctx(), lea, p.ID))
	if got := state(p.ID); got.Read != 0 || got.Known != 9 || len(got.Missing) != 0 {
		t.Errorf("begun anew: %+v", got)
	}
	// What a limit stopped goes on by itself, but not for ever.
	b.Missing[0].Reason = forum.MissingLimit
	for again, want := range []int{1, 1, 1, 0} {
		before := jobs()
		w.Must(w.Service.BackfillGoesOn(w.Ctx(), b, forum.BackfillJob{Subject: p.ID, Again: again}))
		if got := jobs() - before; got != want {
			t.Errorf("stopped %d times before: %d jobs", again, got)
		}
	}
	// One whose process was killed may be asked for again.
	b.State = forum.BackfillRunning
	w.Must(w.Service.BackfillGoesOn(w.Ctx(), b, forum.BackfillJob{Subject: p.ID}))
	w.Clock.Advance(2 * time.Hour)
	w.Must(w.Service.FetchReplies(w.Ctx(), lea, p.ID))

	// Following a remote forum has its threads read, once a day at most; who
	// moderates it is read each time.
	for i, want := range []int{2, 1} {
		person := w.Person([]string{"max", "zoe"}[i])
		_, err := w.Service.Follow(w.Ctx(), person, "cars@lemmy.example")
		w.Must(err)
		before := jobs()
		_, err = w.Service.ReceiveAnswer(w.Ctx(), w.Inbound(cars), "", person.URI, true)
		w.Must(err)
		if got := jobs() - before; got != want {
			t.Errorf("follower %d: %d jobs", i, got)
		}
	}

	// Counts of the post's own server are shown and do not rank.
	view, err := w.Store.ThreadView(w.Ctx(), p.ID, 0)
	w.Must(err)
	if view.ShownSupports() != 7 || view.Supports != 0 || view.ShownBoosts() != 10_000_000 || view.Tally.Replies != 0 {
		t.Errorf("tally %+v", view.Tally)
	}
	w.Must(w.Service.ReceiveTally(w.Ctx(), p.ID, forum.Tally{Supports: 8}))
	if view, err = w.Store.ThreadView(w.Ctx(), p.ID, 0); err != nil || view.ShownSupports() != 8 {
		t.Errorf("tally %+v %v", view.Tally, err)
	}

	// A vote that is taken back is none of them.
	w.Must(w.Service.Support(w.Ctx(), lea, p.ID, true))
	w.Must(w.Service.Support(w.Ctx(), lea, p.ID, false))
	if view, err = w.Store.ThreadView(w.Ctx(), p.ID, 0); err != nil || view.ShownSupports() != 7 {
		t.Errorf("tally %+v %v", view.Tally, err)
	}

	for _, tag := range []string{"", `W/"1"`, `W/"2"`} {
		if tag != "" {
			w.Must(w.Service.CollectionRead(w.Ctx(), "https://lemmy.example/context/1", tag))
		}
		if got, err := w.Store.CollectionTag(w.Ctx(), "https://lemmy.example/context/1"); err != nil || got != tag {
			t.Errorf("tag %q %v, want %q", got, err, tag)
		}
	}
}

package forumtest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portevoix/forum"
)

func testPolls(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	ines := w.Remote(forum.Person, "ines", "mastodon.example")

	start := func(p *forum.NewPoll) (*forum.Thread, error) {
		return w.Service.StartThread(w.Ctx(), lea, forum.NewThread{Forum: "telecoms", Title: "Who?", Body: "Say.", Poll: p})
	}
	for _, c := range []struct {
		name  string
		poll  forum.NewPoll
		error string
	}{
		{"one choice", forum.NewPoll{Choices: []string{"yes", " "}, Lasts: time.Hour}, "PollChoices"},
		{"nine choices", forum.NewPoll{Choices: strings.Fields("1 2 3 4 5 6 7 8 9"), Lasts: time.Hour}, "PollChoices"},
		{"the same twice", forum.NewPoll{Choices: []string{"yes", " yes "}, Lasts: time.Hour}, "PollChoiceTwice"},
		{"a long one", forum.NewPoll{Choices: []string{"yes", strings.Repeat("n", 101)}, Lasts: time.Hour}, "PollChoiceTooLong"},
		{"no time", forum.NewPoll{Choices: []string{"yes", "no"}}, "PollLasts"},
		{"two years", forum.NewPoll{Choices: []string{"yes", "no"}, Lasts: 2 * 366 * 24 * time.Hour}, "PollLasts"},
	} {
		if _, err := start(&c.poll); forum.CodeOf(err) != forum.Invalid || !strings.Contains(err.Error(), c.error) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if th, err := start(&forum.NewPoll{Choices: []string{"", " "}}); err != nil || th.Poll != nil {
		t.Errorf("a poll without choices is none: %v", err)
	}

	th, err := start(&forum.NewPoll{Choices: []string{"yes", "", "no"}, Lasts: time.Hour})
	w.Must(err)
	poll := func(id forum.ID, reader forum.ID) *forum.Poll {
		t.Helper()
		view, err := w.Store.ThreadView(w.Ctx(), id, reader)
		w.Must(err)
		w.Must(forum.ReadPolls(w.Ctx(), w.Store, reader, &view.Post))
		return view.Poll
	}
	counts := func(id forum.ID) string {
		t.Helper()
		p := poll(id, 0)
		text := fmt.Sprintf("%d:", p.Voters)
		for _, c := range p.Choices {
			text += fmt.Sprintf(" %s %d", c.Title, c.Votes)
		}
		return text
	}
	if p := poll(th.ID, 0); len(p.Choices) != 2 || p.Multiple || !p.ClosesAt.Equal(w.Clock.Now().Add(time.Hour).Truncate(time.Second)) {
		t.Errorf("poll %+v", p)
	}

	// Votes of people here.
	w.Refused(w.Service.Vote(w.Ctx(), nil, th.ID, []int{0}), forum.Unauthenticated, "SignInFirst")
	w.Refused(w.Service.Vote(w.Ctx(), max, th.ID, nil), forum.Invalid, "PollNothing")
	w.Refused(w.Service.Vote(w.Ctx(), max, th.ID, []int{0, 1}), forum.Invalid, "PollOne")
	w.Refused(w.Service.Vote(w.Ctx(), max, th.ID, []int{2}), forum.Invalid, "PollUnknown")
	w.Refused(w.Service.Vote(w.Ctx(), max, th.ID, []int{-1}), forum.Invalid, "PollUnknown")
	w.Refused(w.Service.Vote(w.Ctx(), max, w.Thread(lea, "telecoms", "no poll").ID, []int{0}), forum.NotFound, "PollNone")
	w.Must(w.Service.Vote(w.Ctx(), max, th.ID, []int{1, 1}))
	w.Refused(w.Service.Vote(w.Ctx(), max, th.ID, []int{0}), forum.Conflict, "PollVoted")
	if got := counts(th.ID); got != "1: yes 0 no 1" {
		t.Errorf("counts %s", got)
	}
	if p := poll(th.ID, max.ID); !slices.Equal(p.Chosen, []int{1}) {
		t.Errorf("what max chose: %v", p.Chosen)
	}

	// Votes from elsewhere.
	vote := func(by *forum.Actor, uri, choice string) string {
		t.Helper()
		o, err := w.Service.ReceivePollVote(w.Ctx(), w.Inbound(by), uri, []string{choice})
		w.Must(err)
		return o.Reason
	}
	for choice, want := range map[string]string{"perhaps": "no such choice", "": "no such choice"} {
		if got := vote(ines, th.URI, choice); !strings.Contains(got, want) {
			t.Errorf("vote for %q: %q", choice, got)
		}
	}
	if got := vote(ines, th.URI, "yes"); got != "" {
		t.Errorf("vote: %q", got)
	}
	if got := vote(ines, th.URI, "no"); got != "voted before" {
		t.Errorf("second vote: %q", got)
	}
	eve := w.Remote(forum.Person, "eve", "evil.example")
	w.Must(w.Service.Block(w.Ctx(), lea, "eve@evil.example"))
	if _, err := w.Service.ReceivePollVote(w.Ctx(), w.Inbound(eve), th.URI, []string{"yes"}); forum.CodeOf(err) != forum.Forbidden {
		t.Errorf("vote of one who is blocked: %v", err)
	}
	if got := counts(th.ID); got != "2: yes 1 no 1" {
		t.Errorf("counts %s", got)
	}

	// Several choices, and many at once.
	several, err := start(&forum.NewPoll{Choices: []string{"a", "b", "c"}, Multiple: true, Lasts: time.Hour})
	w.Must(err)
	w.Must(w.Service.Vote(w.Ctx(), max, several.ID, []int{2, 0}))
	var wait sync.WaitGroup
	for i := range 8 {
		voter := w.Remote(forum.Person, fmt.Sprintf("voter%d", i), "mastodon.example")
		first, second := w.Inbound(voter), w.Inbound(voter)
		wait.Go(func() {
			_, err := w.Service.ReceivePollVote(w.Ctx(), first, several.URI, []string{"a"})
			if err == nil {
				_, err = w.Service.ReceivePollVote(w.Ctx(), second, several.URI, []string{"a", "b", "b"})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if got := counts(several.ID); got != "9: a 9 b 8 c 1" {
		t.Errorf("counts %s", got)
	}

	// Others are told once in a while, and of the end.
	told := func(host, software string) int {
		t.Helper()
		w.Must(w.Store.SavePeerSoftware(w.Ctx(), host, software, "1", w.Clock.Now()))
		n := 0
		for _, body := range w.Delivered(host, forum.FamilyOf(software)) {
			if strings.Contains(body, "Update") {
				n++
			}
		}
		return n
	}
	w.Must(w.Service.WorkPoll(w.Ctx(), forum.PollJob{Post: th.ID}))
	if n := told("mastodon.example", "mastodon"); n != 1 {
		t.Errorf("a voter's server was told %d times", n)
	}
	w.Must(w.Service.WorkPoll(w.Ctx(), forum.PollJob{Post: th.ID, End: true})) // too early
	if n := told("mastodon.example", "mastodon"); n != 1 || !poll(th.ID, 0).ClosedAt.IsZero() {
		t.Errorf("the end was told before it came")
	}
	w.Clock.Advance(time.Hour)
	w.Refused(w.Service.Vote(w.Ctx(), lea, th.ID, []int{0}), forum.Conflict, "PollClosed")
	if got := vote(w.Remote(forum.Person, "late", "mastodon.example"), th.URI, "yes"); !strings.Contains(got, "closed") {
		t.Errorf("late vote: %q", got)
	}
	w.Must(w.Service.WorkPoll(w.Ctx(), forum.PollJob{Post: th.ID, End: true}))
	w.Must(w.Service.WorkPoll(w.Ctx(), forum.PollJob{Post: th.ID, End: true}))
	if n := told("mastodon.example", "mastodon"); n != 2 || poll(th.ID, 0).ClosedAt.IsZero() {
		t.Errorf("told %d times at the end", n)
	}
	w.Delete(max)
	if got := counts(th.ID); got != "2: yes 1 no 1" {
		t.Errorf("counts after a voter has gone: %s", got)
	}
}

func testRemotePolls(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	telecoms := w.Forum("telecoms")
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	r := w.RemotePost(ines, "Which?\nSay.")
	r.Addressed = []string{telecoms.URI}
	question := func(a, b int) *forum.Poll {
		return &forum.Poll{Choices: []forum.PollChoice{{Title: "a", Votes: a}, {Title: "b", Votes: b}}, ClosesAt: w.Clock.Now().Add(time.Hour)}
	}
	r.Poll = question(3, -1)
	if o, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(ines), r); err != nil || !o.Done {
		t.Fatal(o, err)
	}
	p, err := w.Store.PostByURI(w.Ctx(), r.URI)
	w.Must(err)
	if p.Poll.Voters != 3 || p.Poll.Choices[1].Votes != 0 {
		t.Errorf("poll %+v", p.Poll)
	}
	w.Must(w.Service.Vote(w.Ctx(), lea, p.ID, []int{1}))
	if got := w.Delivered("mastodon.example", forum.Microblog); len(got) == 0 || !strings.Contains(got[len(got)-1], `"Vote b"`) {
		t.Errorf("the author is told %q", got)
	}
	if o, err := w.Service.ReceivePollVote(w.Ctx(), w.Inbound(w.Remote(forum.Person, "max", "lemmy.example")), r.URI, []string{"a"}); err != nil || o.Done {
		t.Errorf("a vote for somebody else's poll: %v %v", o, err)
	}
	edit := func(poll *forum.Poll) *forum.Post {
		t.Helper()
		r.Poll = poll
		_, err := w.Service.ReceiveEdit(w.Ctx(), w.Inbound(ines), r)
		w.Must(err)
		p, err := w.Store.PostByURI(w.Ctx(), r.URI)
		w.Must(err)
		w.Must(forum.ReadPolls(w.Ctx(), w.Store, lea.ID, p))
		return p
	}
	p = edit(question(3, 1))
	if p.Poll.Voters != 4 || p.Poll.Choices[1].Votes != 1 || !slices.Equal(p.Poll.Chosen, []int{1}) || !p.EditedAt.IsZero() {
		t.Errorf("after new counts: %+v, edited %v", p.Poll, p.EditedAt)
	}
	other := question(0, 0)
	other.Choices[1].Title = "c"
	if p = edit(other); len(p.Poll.Chosen) != 0 {
		t.Errorf("a vote for a choice that is gone stands: %+v", p.Poll)
	}
	w.Must(w.Service.Vote(w.Ctx(), lea, p.ID, []int{0}))
	closed := question(1, 0)
	closed.Choices[1].Title, closed.ClosedAt = "c", w.Clock.Now()
	edit(closed)
	w.Refused(w.Service.Vote(w.Ctx(), w.Person("zoe"), p.ID, []int{0}), forum.Conflict, "PollClosed")
}

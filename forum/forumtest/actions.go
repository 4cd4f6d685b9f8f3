package forumtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// actionNamed reads an action of this server.
func (w *World) actionNamed(name string) *forum.Action {
	w.T.Helper()
	a, err := w.Store.Action(w.Ctx(), forum.Handle{Name: name})
	w.Must(err)
	return a
}

func testActions(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Person("max")
	w.Forum("telecoms", "max")
	for _, c := range []struct {
		name   string
		change func(*forum.NewAction)
		key    string
	}{
		{"kind", func(n *forum.NewAction) { n.Kind = "riot" }, "ActionKindUnknown"},
		{"title", func(n *forum.NewAction) { n.Title = " " }, "TitleMissing"},
		{"text", func(n *forum.NewAction) { n.Text = " " }, "BodyMissing"},
		{"goal", func(n *forum.NewAction) { n.Goal = -1 }, "GoalRange"},
		{"milestone", func(n *forum.NewAction) { n.Milestones = []int{0} }, "GoalRange"},
		{"deadline", func(n *forum.NewAction) { n.ClosesOn = "" }, "DeadlineMissing"},
		{"past", func(n *forum.NewAction) { n.ClosesOn = "2026-03-13" }, "DeadlinePast"},
		{"far", func(n *forum.NewAction) { n.ClosesOn = "2028-01-01" }, "DeadlineFar"},
		{"company", func(n *forum.NewAction) { n.Company = "about_nobody" }, "GroupUnknown"},
		{"a forum is no company", func(n *forum.NewAction) { n.Company = "telecoms" }, "GroupUnknown"},
		{"letter", func(n *forum.NewAction) { n.Kind = forum.FormalLetter }, "RecipientMissing"},
		{"gathering", func(n *forum.NewAction) { n.Kind = forum.Gathering }, "StartMissing"},
		{"video", func(n *forum.NewAction) { n.Kind = forum.VideoAction; n.Details.VideoURL = "javascript:x" }, "PageUnreadable"},
	} {
		n := forum.NewAction{Kind: forum.Petition, Title: "T", Text: "x", ClosesOn: "2026-05-31"}
		c.change(&n)
		if _, err := w.Service.StartAction(w.Ctx(), lea, n, false); err == nil || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s: %v, want %s", c.name, err, c.key)
		}
	}
	n := forum.NewAction{Kind: forum.Petition, Title: "Refund", Text: "Now.  \r\nPlease.", ClosesOn: "2026-05-31", Forum: "telecoms"}
	a, err := w.Service.StartAction(w.Ctx(), lea, n, true)
	w.Must(err)
	if a.Name != "refund" || a.URI != "https://here.example/a/refund" || a.Text != "Now.\nPlease." || a.SHA256 != forum.TextHash("Refund\n\nNow.\nPlease.") {
		t.Errorf("draft %+v", a)
	}
	other, err := w.Service.StartAction(w.Ctx(), lea, n, true)
	w.Must(err)
	if other.Name != "refund_2" {
		t.Errorf("second name %s", other.Name)
	}
	w.Must(w.Service.DropAction(w.Ctx(), lea, "refund_2"))
	if list, err := w.Store.ActorsBeginning(w.Ctx(), forum.CompletionQuery{Name: "refu", Limit: 5}); err != nil || len(list) != 0 {
		t.Errorf("completion finds drafts: %v %v", list, err)
	}
	n.Text, n.Goal = "Later.", 20
	_, err = w.Service.EditAction(w.Ctx(), lea, "refund", n)
	w.Must(err)
	w.Refused(w.Service.SponsorAction(w.Ctx(), w.Person("ines"), "refund", true), forum.NotFound, "")
	w.Must(w.Service.AskSponsors(w.Ctx(), lea, "refund", true))
	_, err = w.Service.EditAction(w.Ctx(), lea, "refund", n)
	w.Refused(err, forum.Conflict, "ActionFrozen")
	w.Refused(w.Service.SponsorAction(w.Ctx(), lea, "refund", true), forum.Forbidden, "SponsorOwn")
	w.Refused(w.Service.PublishAction(w.Ctx(), lea, "refund"), forum.Forbidden, "SponsorsMissing")
	for i := range forum.DefaultSponsors {
		p := w.Person(fmt.Sprintf("sponsor%d", i))
		for range 2 { // twice is once
			w.Must(w.Service.SponsorAction(w.Ctx(), p, "refund", true))
		}
	}
	page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, Limit: 10})
	w.Must(err)
	if len(page.Groups) != 1 || page.Groups[0].Kind != forum.NotifySponsored || page.Groups[0].Path() != "/a/refund" {
		t.Errorf("notifications %+v", page.Groups)
	}
	w.Refused(w.Service.PublishAction(w.Ctx(), w.Person("eve"), "refund"), forum.Forbidden, "ActionAuthorOnly")
	w.Must(w.Service.PublishAction(w.Ctx(), lea, "refund"))
	w.Refused(w.Service.PublishAction(w.Ctx(), lea, "refund"), forum.Conflict, "ActionState")
	a = w.actionNamed("refund")
	if a.State != forum.ActionPublished || a.Sponsors != forum.DefaultSponsors || a.BallotID == 0 || a.Goal != 20 || a.Text != "Later." {
		t.Errorf("published %+v", a)
	}
	view, err := w.Store.ThreadView(w.Ctx(), a.BallotID, 0)
	w.Must(err)
	if view.URI != "https://here.example/a/refund/v1" || !view.Featured || view.Poll == nil || len(view.Poll.Choices) != 3 || !view.Poll.ClosesAt.Equal(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("ballot %+v", view.Post)
	}
	if list, err := w.Store.ActorsBeginning(w.Ctx(), forum.CompletionQuery{Name: "refu", Limit: 5}); err != nil || len(list) != 1 {
		t.Errorf("completion finds what is published: %v %v", list, err)
	}
	if list, err := w.Store.Forums(w.Ctx(), 0); err != nil || len(list) != 1 {
		t.Errorf("an action among the forums: %d %v", len(list), err)
	}
	testActionCourse(w, lea, a)
}

// testActionCourse takes a published action to its end.
func testActionCourse(w *World, lea *forum.Account, a *forum.Action) {
	t := w.T
	for _, c := range []struct {
		change forum.NewVersion
		key    string
	}{
		{forum.NewVersion{Text: "Later."}, "ChangeMissing"},
		{forum.NewVersion{Text: "Later. \r\n", Change: "nothing"}, "VersionSame"},
		{forum.NewVersion{Change: "x"}, "BodyMissing"},
	} {
		if _, err := w.Service.AddActionVersion(w.Ctx(), lea, a.Name, c.change); err == nil || !strings.Contains(err.Error(), c.key) {
			t.Errorf("version %+v: %v, want %s", c.change, err, c.key)
		}
	}
	w.Clock.Advance(time.Hour)
	v, err := w.Service.AddActionVersion(w.Ctx(), lea, a.Name, forum.NewVersion{Text: "At once.", Change: "Sooner."})
	w.Must(err)
	if v.Number != 2 || v.SHA256 != forum.TextHash("Refund\n\nAt once.") {
		t.Errorf("version %+v", v)
	}
	former, err := w.Store.PostByURI(w.Ctx(), "https://here.example/a/refund/v1")
	w.Must(err)
	if former.Poll.ClosedAt.IsZero() {
		t.Error("the ballot of the former text is still open")
	}
	list, err := w.Store.ActionVersions(w.Ctx(), a.ID)
	w.Must(err)
	if len(list) != 2 || list[0].Text != "At once." || list[1].Text != "Later." || list[1].PostID != former.ID {
		t.Errorf("versions %+v", list)
	}
	w.Clock.Advance(time.Second)
	update, err := w.Service.PostUpdate(w.Ctx(), lea, a.Name, "They answered", "With nothing.")
	w.Must(err)
	if update.AuthorID != a.ID {
		t.Errorf("the news are by %d", update.AuthorID)
	}
	th := w.Thread(lea, "telecoms", "no case")
	w.Refused(w.Service.AttachCase(w.Ctx(), lea, a.Name, th.ID, true), forum.Invalid, "CaseOnly")
	w.Refused(w.Service.StopAction(w.Ctx(), lea, a.Name, "spite"), forum.Forbidden, "ModeratorsOnly")
	w.Refused(w.Service.CloseAction(w.Ctx(), lea, a.Name, " "), forum.Invalid, "OutcomeMissing")

	// The deadline ends it.
	w.Clock.Advance(80 * 24 * time.Hour)
	w.Must(w.Service.WorkAction(w.Ctx(), forum.ActionJob{Action: a.ID, End: true}))
	if a = w.actionNamed(a.Name); a.State != forum.ActionClosed || a.EndedAt.IsZero() {
		t.Errorf("after the deadline %+v", a)
	}
	w.Must(w.Service.CloseAction(w.Ctx(), lea, a.Name, "They paid."))
	if a = w.actionNamed(a.Name); a.Outcome != "They paid." || a.State != forum.ActionClosed {
		t.Errorf("outcome %+v", a)
	}
	for _, q := range []forum.ActionQuery{{}, {Sort: forum.ActionsSigned}, {State: forum.ActionClosed}, {Kind: forum.Petition}, {AuthorID: lea.ID, Own: true}} {
		q.Limit, q.Now = 10, w.Clock.Now()
		page, err := w.Store.Actions(w.Ctx(), q)
		w.Must(err)
		if len(page.Actions) != 1 || page.Actions[0].Home == nil || page.Actions[0].Author.Name != "lea" {
			t.Errorf("list %+v: %+v", q, page)
		}
	}
	page, err := w.Store.Actions(w.Ctx(), forum.ActionQuery{Sort: forum.ActionsEnding, Limit: 10, Now: w.Clock.Now()})
	w.Must(err)
	if len(page.Actions) != 0 {
		t.Errorf("what is over ends soon: %+v", page)
	}
}

// testRemoteActions shows what another server says of an action of its own.
func testRemoteActions(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	group := w.Remote(forum.Group, "refund", "there.example")
	group.GroupRole = forum.RoleAction
	group, err := w.Service.ReceiveActor(w.Ctx(), group, nil)
	w.Must(err)
	group.Followers = 1
	ballot := w.RemotePost(group, "<p>Now.</p>")
	ballot.Title, ballot.Source = "Refund", "Now."
	ballot.Poll = &forum.Poll{Choices: []forum.PollChoice{{Title: "✍ I sign"}}}
	facts := forum.RemoteAction{Kind: forum.Petition, Goal: 100, SHA256: forum.TextHash("Refund\n\nNow."), Version: 1, ClosesAt: w.Clock.Now().Add(time.Hour), State: forum.ActionPublished,
		Tally: forum.TierTally{Email: 3, Local: 2, Invalidated: 1}}
	forged := ballot
	f := facts
	f.SHA256 = forum.TextHash("Refund\n\nNever.")
	forged.Action = &f
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(group), forged)
	w.Refused(err, forum.Forbidden, "TextHashWrong")
	good := facts
	ballot.Action = &good
	o, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(group), ballot)
	w.Must(err)
	if !o.Done {
		t.Fatal(o.Reason)
	}
	a, err := w.Store.ActionView(w.Ctx(), forum.Handle{Name: "refund", Host: "there.example"})
	w.Must(err)
	if a.Told == nil || a.Told.Signed() != 5 || a.Goal != 100 || a.Text != "Now." {
		t.Errorf("kept %+v", a)
	}
	// New counts under the same text.
	more := facts
	more.Tally.Known = 4
	ballot.Action = &more
	_, err = w.Service.ReceiveEdit(w.Ctx(), w.Inbound(group), ballot)
	w.Must(err)
	a, err = w.Store.ActionView(w.Ctx(), forum.Handle{Name: "refund", Host: "there.example"})
	w.Must(err)
	if a.Told.Signed() != 9 || a.Signed != 9 {
		t.Errorf("after new counts %+v", a.Told)
	}
}

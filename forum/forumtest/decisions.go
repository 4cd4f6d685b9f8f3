package forumtest

import (
	"context"
	"slices"
	"testing"
	"time"

	"portevoix/forum"
)

// logged is what the log says, the newest first, in short.
func (w *World) logged() []forum.DecisionView {
	w.T.Helper()
	page, err := w.Service.Decisions(w.Ctx(), forum.Operator(), forum.DecisionQuery{Peers: true, Limit: 50})
	w.Must(err)
	return page.Decisions
}

func kindsOf(list []forum.DecisionView) []forum.DecisionKind {
	kinds := make([]forum.DecisionKind, len(list))
	for i := range list {
		kinds[i] = list[i].Kind
	}
	return kinds
}

// testDecisions has moderators decide, and looks at what the log says of it.
func testDecisions(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mia, ada, max := w.Person("lea"), w.Person("mia"), w.Admin("ada"), w.Person("max")
	f := w.Forum("telecoms", "mia")
	th := w.Case(lea, "telecoms", "one", facts())
	other := w.Case(max, "telecoms", "two", facts())
	reply, own := w.Reply(max, th.ID, 0, "rude"), w.Reply(max, th.ID, 0, "never mind")
	w.Must(w.Service.Delete(w.Ctx(), max, own.ID, ""))
	_, err := w.Service.Join(w.Ctx(), max, th.ID, forum.RoutePage, forum.ParticipationDetails{})
	w.Must(err)

	// What is refused, or changes nothing, is not logged.
	until := w.Clock.Now().Add(time.Hour)
	ban := forum.NewBan{Forum: "telecoms", Whom: "max", Reason: "Rude.", Until: until}
	rule := forum.InvalidationRule{Kind: forum.CoClaim, Subject: th.ID, Name: "max"}
	block := forum.PeerRule{Host: "spam.example", Severity: forum.SeverityBlock, Reason: "Spam."}
	w.Refused(w.Service.Delete(w.Ctx(), lea, reply.ID, "No."), forum.Forbidden, "AuthorOrModerator")
	w.Refused(w.Service.Delete(w.Ctx(), mia, reply.ID, " "), forum.Invalid, "ReasonMissing")
	w.Refused(w.Service.Ban(w.Ctx(), lea, ban), forum.Forbidden, "ModeratorsOnly")
	w.Refused(w.Service.Ban(w.Ctx(), mia, forum.NewBan{Forum: "telecoms", Whom: "ada", Reason: "No."}), forum.Forbidden, "BanModerator")
	w.Refused(w.Service.Suspend(w.Ctx(), mia, "max", "No."), forum.Forbidden, "AdminsOnly")
	w.Refused(w.Service.LiftPeerRule(w.Ctx(), ada, "spam.example"), forum.NotFound, "NoPeerRule")
	w.Must(w.Service.LockThread(w.Ctx(), mia, th.ID, false))
	w.Must(w.Service.Feature(w.Ctx(), mia, th.ID, false))
	w.Must(w.Service.Restore(w.Ctx(), mia, reply.ID))
	w.Must(w.Service.Unban(w.Ctx(), mia, "telecoms", "max"))
	w.Must(w.Service.UnmergeCase(w.Ctx(), mia, th.ID))
	w.Must(w.Service.Suspend(w.Ctx(), ada, "max", ""))
	if list := w.logged(); len(list) != 0 {
		t.Fatalf("nothing was decided, and the log says %v", kindsOf(list))
	}

	// Each decision, twice, and what takes it back.
	twice := func(decide func() error) {
		t.Helper()
		for range 2 {
			w.Must(decide())
		}
	}
	var invalidation forum.ID
	for _, c := range []struct {
		kind, undo forum.DecisionKind
		subject    forum.DecisionSubject
		id, forum  forum.ID
		reason     string
		decide     func() error
		takeBack   func() error
	}{
		{forum.DecisionRemoved, forum.DecisionRestored, forum.AboutPost, reply.ID, f.ID, "Rude.",
			func() error { return w.Service.Delete(w.Ctx(), mia, reply.ID, " Rude. ") },
			func() error { return w.Service.Restore(w.Ctx(), mia, reply.ID) }},
		{forum.DecisionLocked, forum.DecisionUnlocked, forum.AboutPost, th.ID, f.ID, "",
			func() error { return w.Service.LockThread(w.Ctx(), mia, th.ID, true) },
			func() error { return w.Service.LockThread(w.Ctx(), mia, th.ID, false) }},
		{forum.DecisionPinned, forum.DecisionUnpinned, forum.AboutPost, th.ID, f.ID, "",
			func() error { return w.Service.Feature(w.Ctx(), mia, th.ID, true) },
			func() error { return w.Service.Feature(w.Ctx(), mia, th.ID, false) }},
		{forum.DecisionMerged, forum.DecisionUnmerged, forum.AboutPost, other.ID, f.ID, "",
			func() error { return w.Service.MergeCases(w.Ctx(), mia, other.ID, th.ID) },
			func() error { return w.Service.UnmergeCase(w.Ctx(), mia, other.ID) }},
		{forum.DecisionSuspended, forum.DecisionUnsuspended, forum.AboutAccount, max.ID, 0, "Spam.",
			func() error { return w.Service.Suspend(w.Ctx(), ada, "max", "Spam.") },
			func() error { return w.Service.Suspend(w.Ctx(), ada, "max", "") }},
		{forum.DecisionInvalidated, forum.DecisionCounted, forum.AboutPost, th.ID, f.ID, "A farm.",
			func() error {
				if invalidation != 0 {
					return nil
				}
				i, err := w.Service.Invalidate(w.Ctx(), mia, rule, "A farm.")
				invalidation = i.ID
				return err
			},
			func() error { return w.Service.UndoInvalidation(w.Ctx(), mia, forum.CoClaim, th.ID, invalidation) }},
	} {
		w.Clock.Advance(time.Minute)
		before := len(w.logged())
		twice(c.decide)
		list := w.logged()
		if len(list) != before+1 {
			t.Errorf("%s is logged %d times", c.kind, len(list)-before)
			continue
		}
		by := mia.ID
		if c.forum == 0 {
			by = ada.ID
		}
		if d := list[0]; d.Kind != c.kind || d.SubjectKind != c.subject || d.SubjectID != c.id || d.ForumID != c.forum || d.Reason != c.reason || d.ByID != by || !d.At.Equal(w.Clock.Now()) || d.Automatic || d.Undoes != 0 {
			t.Errorf("%s is logged as %+v", c.kind, d.Decision)
		}
		w.Clock.Advance(time.Minute)
		twice(c.takeBack)
		if list = w.logged(); len(list) != before+2 || list[0].Kind != c.undo || list[0].Undoes != list[1].ID || list[1].UndoneBy != list[0].ID {
			t.Errorf("%s is taken back as %+v", c.kind, list[0].Decision)
		}
	}

	// Bans, also changed ones.
	w.Must(w.Service.Ban(w.Ctx(), mia, ban))
	if d := w.logged()[0]; d.Kind != forum.DecisionBanned || !d.Until.Equal(until) || d.SubjectID != max.ID || d.ForumID != f.ID || d.Reason != "Rude." {
		t.Errorf("a ban is logged as %+v", d.Decision)
	}
	ban.Until = time.Time{}
	w.Must(w.Service.Ban(w.Ctx(), mia, ban))
	w.Must(w.Service.Ban(w.Ctx(), ada, forum.NewBan{Whom: "max", Reason: "Spam."}))
	twice(func() error { return w.Service.Unban(w.Ctx(), mia, "telecoms", "max") })
	list := w.logged()
	if !slices.Equal(kindsOf(list[:4]), []forum.DecisionKind{"unbanned", "banned", "banned", "banned"}) || list[0].Undoes != list[2].ID || list[1].ForumID != 0 {
		t.Errorf("bans are logged as %v", list[:4])
	}
	w.Must(w.Service.WorkRemoval(w.Ctx(), forum.RemovalJob{Author: max.ID, By: ada.ID, Reason: "Spam."}))
	for _, d := range w.logged()[:2] {
		if d.Kind != forum.DecisionRemoved || d.ByID != ada.ID || d.Reason != "Spam." || d.ForumID != f.ID {
			t.Errorf("what a ban removes is logged as %+v", d.Decision)
		}
	}

	// Servers.
	rules := func(r forum.PeerRule) {
		t.Helper()
		_, err := w.Service.SetPeerRule(w.Ctx(), ada, r)
		w.Must(err)
	}
	rules(forum.PeerRule{Host: "spam.example", VotesOff: true})
	rules(block)
	rules(block)                                                 // says nothing new
	rules(forum.PeerRule{Host: "friend.example", Allowed: true}) // takes nothing away
	w.Must(w.Service.LiftPeerRule(w.Ctx(), ada, "spam.example"))
	list = w.logged()
	if !slices.Equal(kindsOf(list[:3]), []forum.DecisionKind{"peer_lifted", "peer_blocked", "peer_limited"}) || list[0].Undoes != list[1].ID || list[1].Host != "spam.example" || list[1].Reason != "Spam." {
		t.Errorf("rules for servers are logged as %+v", list[:3])
	}
}

// testRemoteDecisions takes decisions by moderators elsewhere.
func testRemoteDecisions(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	f := w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	ines := w.Remote(forum.Person, "ines", "mbin.example")
	w.Must(w.Store.Write(w.Ctx(), func(ctx context.Context, tx forum.Tx) error { return tx.SetModerator(ctx, f.ID, ines.ID, true) }))

	// About a forum here.
	w.done(w.Service.ReceiveLock(w.Ctx(), w.Inbound(ines), th.URI, true))
	w.done(w.Service.ReceiveFeature(w.Ctx(), w.Inbound(ines), th.URI, f.Featured, true))
	w.done(w.Service.ReceiveBan(w.Ctx(), w.Inbound(ines), &f.Actor, forum.InboundBan{Whom: &lea.Actor, Reason: "Rude."}))
	w.done(w.Service.ReceiveUnban(w.Ctx(), w.Inbound(ines), &f.Actor, &lea.Actor))
	w.done(w.Service.ReceiveDelete(w.Ctx(), w.Inbound(ines), th.URI, "Off topic."))
	w.done(w.Service.ReceiveRestore(w.Ctx(), w.Inbound(ines), th.URI))
	list := w.logged()
	if !slices.Equal(kindsOf(list), []forum.DecisionKind{"restored", "removed", "unbanned", "banned", "pinned", "locked"}) || list[0].Undoes != list[1].ID || list[2].Undoes != list[3].ID || list[1].Reason != "Off topic." || list[5].ByID != ines.ID {
		t.Errorf("the log says %+v", list)
	}

	// About a forum elsewhere, and by a server about its own people.
	g := w.group(lea)
	w.done(w.Service.ReceiveLock(w.Ctx(), w.via(g, g.moderator), g.thread.URI, true))
	w.done(w.Service.ReceiveBan(w.Ctx(), w.via(g, g.moderator), g.Actor, forum.InboundBan{Whom: g.author, Reason: "Rude."}))
	w.done(w.Service.ReceiveDelete(w.Ctx(), w.via(g, g.moderator), g.thread.URI, "No."))
	w.done(w.Service.ReceiveBan(w.Ctx(), w.Inbound(g.moderator), nil, forum.InboundBan{Whom: g.author, Reason: "Spam."}))
	if after := w.logged(); len(after) != len(list) {
		t.Errorf("what others decide is logged as %v", kindsOf(after[:len(after)-len(list)]))
	}
}

// testDecisionsRead reads the log as different people, and after accounts are gone.
func testDecisionsRead(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mia, ada, max, noor := w.Person("lea"), w.Person("mia"), w.Admin("ada"), w.Person("max"), w.Person("noor")
	w.Admin("rosa") // an administrator stays
	f := w.Forum("telecoms", "mia")
	th := w.Thread(lea, "telecoms", "one")
	reply := w.Reply(max, th.ID, 0, "rude")
	_, err := w.Service.CreateForum(w.Ctx(), ada, "house", forum.ForumDetails{Title: "House", Private: true}, []string{"mia"})
	w.Must(err)
	house, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "house"})
	w.Must(err)
	inside, err := w.Service.StartThread(w.readsAs(mia.ID), mia, forum.NewThread{Forum: "house", Title: "Quiet", Body: "x", Kind: forum.Discussion})
	w.Must(err)
	action := w.published(lea)

	w.Must(w.Service.LockThread(w.Ctx(), mia, inside.ID, true))
	w.Must(w.Service.LockThread(w.Ctx(), mia, th.ID, true))
	w.Must(w.Service.Delete(w.Ctx(), mia, reply.ID, "Rude."))
	w.Must(w.Service.Ban(w.Ctx(), mia, forum.NewBan{Forum: "telecoms", Whom: "max", Reason: "Again."}))
	w.Must(w.Service.Suspend(w.Ctx(), ada, "noor", "Spam."))
	w.Must(w.Service.StopAction(w.Ctx(), ada, action.Name, "It names a person."))
	_, err = w.Service.SetPeerRule(w.Ctx(), ada, forum.PeerRule{Host: "badserver.example", Severity: forum.SeverityBlock, Obfuscate: true})
	w.Must(err)

	read := func(by *forum.Account, q forum.DecisionQuery) []forum.DecisionView {
		t.Helper()
		var id forum.ID
		if by != nil {
			id = by.ID
		}
		q.Limit = 50
		page, err := w.Service.Decisions(w.readsAs(id), by, q)
		w.Must(err)
		return page.Decisions
	}
	all := []forum.DecisionKind{"stopped", "suspended", "banned", "removed", "locked"}
	for _, by := range []*forum.Account{nil, lea, mia} {
		list := read(by, forum.DecisionQuery{})
		if !slices.Equal(kindsOf(list), all) {
			t.Fatalf("the log says %v", kindsOf(list))
		}
		if list[0].Whom.Name != action.Name || list[4].Title != "one" || list[3].Title != "one" || !list[3].Reply || list[3].ThreadID != th.ID {
			t.Errorf("it is about %+v", list)
		}
		for _, d := range list {
			named := by == mia && d.ForumID == f.ID
			if (d.By.ID != 0) != named || (d.ByID != 0) != named || d.SubjectKind == forum.AboutAccount && ((d.Whom.ID != 0) != named || (d.SubjectID != 0) != named) {
				t.Errorf("%+v is told of %s as %+v", by, d.Kind, d)
			}
		}
	}
	if list := read(ada, forum.DecisionQuery{}); len(list) != len(all)+1 || list[0].Host != "badserver.example" || list[2].Whom.Name != "noor" || list[2].By.Name != "ada" {
		t.Errorf("an administrator is told %+v", list)
	}
	if list := read(lea, forum.DecisionQuery{Peers: true, Kind: forum.DecisionPeerBlocked}); len(list) != 1 || list[0].Host != "ba*******.example" {
		t.Errorf("of a server is told %+v", list)
	}

	// A forum for members: by itself only, and to them.
	for _, q := range []forum.DecisionQuery{{ForumID: house.ID}, {PostID: inside.ID}} {
		if list := read(mia, q); len(list) != 1 || list[0].Title != "Quiet" {
			t.Errorf("who is in is told %+v", list)
		}
		for _, by := range []*forum.Account{nil, lea} {
			if list := read(by, q); len(list) != 0 {
				t.Errorf("who is not is told %+v", list)
			}
		}
	}
	secret := read(mia, forum.DecisionQuery{ForumID: house.ID})[0].ID
	_, err = w.Service.Decision(w.readsAs(lea.ID), lea, secret, true)
	w.Refused(err, forum.NotFound, "NothingHere")

	// Pages, each beginning where the last one ended.
	var got []forum.DecisionKind
	for q := (forum.DecisionQuery{Limit: 2}); ; {
		page, err := w.Service.Decisions(w.readsAs(0), nil, q)
		w.Must(err)
		got = append(got, kindsOf(page.Decisions)...)
		if q.Before = page.Next; page.Next == 0 {
			break
		}
	}
	if !slices.Equal(got, all) {
		t.Errorf("page by page it says %v", got)
	}

	// Who is gone is not named any more; nor is the title of what is.
	w.Must(w.Service.Delete(w.Ctx(), lea, th.ID, ""))
	for _, who := range []*forum.Account{max, noor, ada} {
		account, err := w.Store.Account(w.Ctx(), who.ID)
		w.Must(err)
		w.Delete(account)
	}
	rosa, err := w.Store.AccountByName(w.Ctx(), "rosa")
	w.Must(err)
	list := read(rosa, forum.DecisionQuery{})
	if len(list) != len(all)+1 || list[3].Whom.ID != 0 || list[3].SubjectID != 0 || list[3].Reason != "" || list[3].By.Name != "mia" || list[2].Whom.ID != 0 || list[2].ByID != 0 || list[4].Reason != "Rude." || list[4].Title != "" {
		t.Errorf("afterwards it says %+v", list)
	}
}

package forumtest

import (
	"context"
	"testing"

	"portevoix/forum"
)

// testLocalForums holds that other servers hear nothing of a forum that is for
// this one only, whatever happens in it, and cannot take part.
func testLocalForums(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, ada := w.Person("lea"), w.Admin("ada")
	w.Person("mia")
	ole := w.Remote(forum.Person, "ole", "there.example")
	_, err := w.Service.CreateForum(w.Ctx(), ada, "inside", forum.ForumDetails{Title: "Inside", LocalOnly: true}, []string{"ole@there.example"})
	w.Refused(err, forum.Invalid, "ModeratorElsewhere")
	f, err := w.Service.CreateForum(w.Ctx(), ada, "inside", forum.ForumDetails{Title: "Inside", LocalOnly: true}, []string{"mia"})
	w.Must(err)
	w.Refused(w.Service.SetModerator(w.Ctx(), ada, "inside", "ole@there.example", true), forum.Invalid, "ModeratorElsewhere")
	w.Must(w.Service.UpdateForum(w.Ctx(), ada, "inside", forum.ForumDetails{Title: "Inside"}))
	if f, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "inside"}); err != nil || !f.LocalOnly {
		t.Fatalf("changing the forum opened it: %+v, %v", f, err)
	}
	w.Must(w.Store.SavePeerSoftware(w.Ctx(), "there.example", "lemmy", "1", w.Clock.Now()))
	w.done(w.Service.ReceiveFollow(w.Ctx(), w.Inbound(ole), lea.URI))
	w.deliverAll(map[string]string{"there.example": ""})

	th := w.Thread(lea, "inside", "one")
	reply := w.Reply(lea, th.ID, 0, "hello @ole@there.example")
	for _, c := range []struct {
		name string
		do   func() error
	}{
		{"write", func() error { return nil }},
		{"edit", func() error {
			_, err := w.Service.Edit(w.Ctx(), lea, th.ID, forum.Edit{Title: "two", Body: "@ole@there.example"})
			return err
		}},
		{"support", func() error { return w.Service.Support(w.Ctx(), ada, th.ID, true) }},
		{"boost", func() error { return w.Service.Boost(w.Ctx(), lea, th.ID, true) }},
		{"pin", func() error { return w.Service.Pin(w.Ctx(), lea, th.ID, true) }},
		{"lock", func() error { return w.Service.LockThread(w.Ctx(), ada, th.ID, true) }},
		{"unlock", func() error { return w.Service.LockThread(w.Ctx(), ada, th.ID, false) }},
		{"feature", func() error { return w.Service.Feature(w.Ctx(), ada, th.ID, true) }},
		{"ban", func() error {
			return w.Service.Ban(w.Ctx(), ada, forum.NewBan{Forum: "inside", Whom: "ole@there.example", Reason: "x"})
		}},
		{"report", func() error {
			return w.Service.Report(w.Ctx(), ada, forum.NewReport{PostID: th.ID, Words: "x", Forward: true})
		}},
		{"remove", func() error { return w.Service.Delete(w.Ctx(), ada, reply.ID, "x") }},
		{"restore", func() error { return w.Service.Restore(w.Ctx(), ada, reply.ID) }},
		{"delete", func() error { return w.Service.Delete(w.Ctx(), lea, reply.ID, "") }},
	} {
		w.Must(c.do())
		if got := w.Delivered("there.example", forum.AllFamilies); len(got) != 0 {
			t.Errorf("%s: sent %q", c.name, got)
		}
	}
	outbox, ok := w.Store.(interface {
		PostsBy(ctx context.Context, author, before forum.ID, limit int) ([]forum.ID, error)
	})
	if !ok {
		t.Fatal("the store has no outbox")
	}
	if ids, err := outbox.PostsBy(w.Ctx(), lea.ID, 0, 10); err != nil || len(ids) != 0 {
		t.Errorf("her outbox lists %v, %v", ids, err)
	}

	// Nobody elsewhere finds it.
	_, err = w.Service.ReceiveFollow(w.Ctx(), w.Inbound(ole), f.URI)
	w.Refused(err, forum.NotFound, "NobodyHere")
	answer := w.RemotePost(ole, "me too")
	answer.ParentID = th.ID
	opening := w.RemotePost(ole, "mine\ntext")
	opening.Addressed = []string{f.URI}
	for name, do := range map[string]func() (forum.Outcome, error){
		"reply":  func() (forum.Outcome, error) { return w.Service.ReceivePost(w.Ctx(), w.Inbound(ole), answer) },
		"thread": func() (forum.Outcome, error) { return w.Service.ReceivePost(w.Ctx(), w.Inbound(ole), opening) },
		"like":   func() (forum.Outcome, error) { return w.Service.ReceiveSupport(w.Ctx(), w.Inbound(ole), th.URI, false) },
		"boost": func() (forum.Outcome, error) {
			return w.Service.ReceiveBoost(w.Ctx(), w.Inbound(ole), th.URI, w.Clock.Now())
		},
		"lock": func() (forum.Outcome, error) { return w.Service.ReceiveLock(w.Ctx(), w.Inbound(ole), th.URI, true) },
		"report": func() (forum.Outcome, error) {
			return w.Service.ReceiveReport(w.Ctx(), w.Inbound(ole), []string{th.URI, f.URI}, "x")
		},
		"restore": func() (forum.Outcome, error) { return w.Service.ReceiveRestore(w.Ctx(), w.Inbound(ole), th.URI) },
	} {
		if o, err := do(); err != nil || o.Done {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	// What stands elsewhere goes out as ever.
	w.Forum("outside")
	w.Thread(lea, "outside", "one")
	if got := w.Delivered("there.example", forum.AllFamilies); len(got) != 1 {
		t.Errorf("sent %q", got)
	}
}

package storage_test

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
	"portevoix/storage/storagetest"
)

// TestRightOfReply replies by right where guests are not welcome and the thread is
// closed: a moderator is reminded, publishes, and the reply stands first.
func TestRightOfReply(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			clock := forumtest.NewClock()
			store := storagetest.OpenWith(t, driver, clock)
			w := forumtest.NewWorldWith(t, store, forum.Options{Guests: forum.GuestsRefused, Clock: clock})
			work(w, store)
			rightOfReply(t, w)
		})
	}
}

func rightOfReply(t *testing.T, w *forumtest.World) {
	lea, mod, max := w.Person("lea"), w.Person("mod"), w.Person("max")
	w.Forum("banks", "mod")
	th := w.Thread(lea, "banks", "Mr Dupont took my money")
	w.Must(w.Service.LockThread(w.Ctx(), mod, th.ID, true))
	stamp, err := w.Service.StampForm(w.Ctx())
	w.Must(err)
	w.Clock.Advance(time.Minute)
	reply := forum.NewGuestReply{ThreadID: th.ID, Name: "A. Dupont", Email: "dupont@mail.example", Body: "I paid it back.", Stamp: stamp, Locale: "fr", Capacity: forum.CapacityPerson, Passage: "Mr Dupont took my money"}
	send := func(change func(*forum.NewGuestReply)) error {
		r := reply
		change(&r)
		return w.Service.ReplyAsGuest(w.Ctx(), r)
	}
	for key, change := range map[string]func(*forum.NewGuestReply){
		"CapacityUnknown": func(r *forum.NewGuestReply) { r.Capacity = "king" }, "PassageMissing": func(r *forum.NewGuestReply) { r.Passage = " " },
		"TextTooLong": func(r *forum.NewGuestReply) { r.Body = strings.Repeat("x", 3501) },
	} {
		w.Refused(send(change), forum.Invalid, key)
	}
	w.Refused(send(func(r *forum.NewGuestReply) { r.Capacity = "" }), forum.Forbidden, "GuestsRefused")

	token := func(change func(*forum.NewGuestReply)) string {
		t.Helper()
		before := len(w.Mailer.Sent())
		w.Must(send(change))
		link := ""
		forumtest.Eventually(t, 30*time.Second, "the mailed link", func() bool {
			for _, m := range w.Mailer.Sent()[before:] {
				if m.Template == forum.MailGuestReply {
					link = m.Link
				}
			}
			return link != ""
		})
		return strings.TrimPrefix(link, "https://here.example/guest/")
	}
	same := func(*forum.NewGuestReply) {}
	post, err := w.Service.ConfirmGuestReply(w.Ctx(), token(same))
	w.Must(err)
	if post != nil {
		t.Fatal("a reply by right is published unseen")
	}
	held := func() []forum.GuestReplyView {
		t.Helper()
		list, err := w.Store.HeldReplies(w.Ctx(), nil, true)
		w.Must(err)
		return list
	}
	list := held()
	if len(list) != 1 || list[0].Capacity != forum.CapacityPerson || list[0].Passage != reply.Passage || !list[0].Due().Equal(w.Clock.Now().Add(3*24*time.Hour)) {
		t.Fatalf("held is %+v", list)
	}
	notices := func() int {
		t.Helper()
		page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: mod.ID, Kinds: []forum.NotificationKind{forum.NotifyHeld}, Limit: 10})
		w.Must(err)
		n := 0
		for _, g := range page.Groups {
			n += g.Count
		}
		return n
	}
	before := notices()
	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	if notices() != before {
		t.Error("moderators are told again at once")
	}
	w.Clock.Advance(49 * time.Hour)
	for range 2 {
		w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	}
	if n := notices(); n != before+1 {
		t.Errorf("as the time runs out moderators are told %d times", n-before)
	}
	w.Refused(w.Service.DecideGuestReply(w.Ctx(), max, list[0].ID, true, ""), forum.Forbidden, "ModeratorsOnly")
	w.Must(w.Service.DecideGuestReply(w.Ctx(), mod, list[0].ID, true, ""))
	rights, err := w.Store.RightsOfReply(w.Ctx(), th.ID, 0, 10)
	w.Must(err)
	if len(rights) != 1 || rights[0].Passage != reply.Passage || rights[0].Post.Author.DisplayName != "A. Dupont" || !rights[0].Post.Author.Guest {
		t.Fatalf("the replies by right are %+v", rights)
	}
	guest, err := w.Store.Account(w.Ctx(), rights[0].Post.Author.ID)
	w.Must(err)
	w.Must(w.Service.Delete(w.Ctx(), guest, rights[0].PostID, ""))
	if rights, err = w.Store.RightsOfReply(w.Ctx(), th.ID, 0, 10); err != nil || len(rights) != 0 {
		t.Errorf("after its author deleted it: %+v, %v", rights, err)
	}

	// A member may too, and a refusal is explained by mail.
	stamp, err = w.Service.StampForm(w.Ctx())
	w.Must(err)
	w.Clock.Advance(time.Minute)
	reply.Stamp, reply.Email = stamp, max.Email
	_, err = w.Service.ConfirmGuestReply(w.Ctx(), token(same))
	w.Must(err)
	list = held()
	if len(list) != 1 || list[0].AccountID != max.ID {
		t.Fatalf("held of a member is %+v", list)
	}
	w.Refused(w.Service.DecideGuestReply(w.Ctx(), mod, list[0].ID, false, " "), forum.Invalid, "ReasonMissing")
	w.Must(w.Service.DecideGuestReply(w.Ctx(), mod, list[0].ID, false, "It names others."))
	if len(held()) != 0 {
		t.Error("what was refused is held on")
	}
}

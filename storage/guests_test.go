package storage_test

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
	"portevoix/storage/storagetest"
)

// TestGuests follows replies without an account: to the mailed link, to a moderator,
// and to an account.
func TestGuests(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			clock := forumtest.NewClock()
			store := storagetest.OpenWith(t, driver, clock)
			w := forumtest.NewWorldWith(t, store, forum.Options{Guests: forum.GuestsAllowed, Clock: clock})
			settle := work(w, store)
			lea, mod := w.Person("lea"), w.Person("mod")
			banks := w.Forum("banks")
			w.Must(w.Service.SetModerator(t.Context(), forum.Operator(), "banks", "mod", true))
			th := w.Thread(lea, "banks", "Fees")
			shown := func() string {
				t.Helper()
				stamp, err := w.Service.StampForm(t.Context())
				w.Must(err)
				return stamp
			}
			reply := forum.NewGuestReply{ThreadID: th.ID, Name: " Ann  Onyme ", Email: "Ann@mail.example", Body: "Me *too*", Stamp: shown()}
			send := func(r forum.NewGuestReply) error { return w.Service.ReplyAsGuest(t.Context(), r) }
			last := func() forum.Mail {
				t.Helper()
				settle()
				sent := w.Mailer.Sent()
				return sent[len(sent)-1]
			}
			token := func() string { return strings.TrimPrefix(last().Link, "https://here.example/guest/") }
			confirm := func(token string) *forum.Post {
				t.Helper()
				p, err := w.Service.ConfirmGuestReply(t.Context(), token)
				w.Must(err)
				return p
			}
			guests := func(policy forum.GuestPolicy) {
				t.Helper()
				w.Must(w.Service.UpdateForum(t.Context(), mod, "banks", forum.ForumDetails{Title: "Banks", Guests: policy}))
			}

			// What is refused, and what a program sends.
			w.Refused(send(reply), forum.Invalid, "FormTooFast")
			w.Clock.Advance(4 * time.Second)
			for key, change := range map[string]func(*forum.NewGuestReply){
				"GuestNameMissing": func(r *forum.NewGuestReply) { r.Name = " " }, "EmailMissing": func(r *forum.NewGuestReply) { r.Email = "" },
				"EmailShape": func(r *forum.NewGuestReply) { r.Email = "ann" }, "FormTooOld": func(r *forum.NewGuestReply) { r.Stamp = "1." + r.Stamp },
			} {
				bad := reply
				change(&bad)
				w.Refused(send(bad), forum.Invalid, key)
			}
			trapped := reply
			trapped.Trap = "https://spam.example"
			w.Must(send(trapped))
			settle()
			if sent := w.Mailer.Sent(); len(sent) != 0 {
				t.Errorf("mail to a program: %+v", sent)
			}

			// A reply, held until its link is used, once.
			w.Must(send(reply))
			if m := last(); m.To != reply.Email || m.Template != forum.MailGuestReply || m.Text != reply.Body || m.Name != "Ann Onyme" {
				t.Errorf("mail %+v", m)
			}
			if now, err := w.Store.Thread(t.Context(), th.ID); err != nil || now.ReplyCount != 0 {
				t.Errorf("published before it is confirmed: %+v %v", now, err)
			}
			first := token()
			p := confirm(first)
			view, err := w.Store.PostView(t.Context(), p.ID, 0)
			w.Must(err)
			if !view.Author.Guest || view.Author.Label() != "Ann Onyme" || !strings.HasPrefix(view.Author.Name, "guest_") || view.Depth != 1 {
				t.Errorf("published as %+v", view.Author)
			}
			_, err = w.Service.ConfirmGuestReply(t.Context(), first)
			w.Refused(err, forum.NotFound, "LinkUsed")

			// The same address is the same guest, however it is written.
			reply.Email, reply.Name, reply.ParentID = "ann@MAIL.example", "Somebody", p.ID
			w.Must(send(reply))
			if again := confirm(token()); again.AuthorID != p.AuthorID || again.ParentID != p.ID {
				t.Errorf("again: %+v", again)
			}

			// What is discarded or expires is gone, and not more than a few wait.
			w.Must(send(reply))
			w.Must(w.Service.DiscardGuestReply(t.Context(), token()))
			for range 5 {
				w.Must(send(reply))
			}
			w.Refused(send(reply), forum.TooMany, "GuestTooMany")
			late := token()
			w.Clock.Advance(49 * time.Hour)
			_, err = w.Service.ConfirmGuestReply(t.Context(), late)
			w.Refused(err, forum.NotFound, "LinkUsed")
			w.Must(store.Sweep(t.Context()))
			w.Refused(send(reply), forum.Invalid, "FormTooOld")
			reply.Stamp = shown()
			w.Clock.Advance(time.Minute)

			// An address with an account gets its text back, and publishes nothing.
			member := reply
			member.Email = lea.Email
			w.Must(send(member))
			if m := last(); m.Template != forum.MailGuestMember || m.Link != th.URI || m.Text != reply.Body {
				t.Errorf("mail to a member: %+v", m)
			}

			// Moderators look first where the forum says so.
			guests(forum.GuestsHeld)
			for range 2 {
				w.Must(send(reply))
				if held := confirm(token()); held != nil {
					t.Errorf("published: %+v", held)
				}
			}
			held, err := w.Store.HeldReplies(t.Context(), []forum.ID{banks.ID}, false)
			w.Must(err)
			if none, err := w.Store.HeldReplies(t.Context(), []forum.ID{th.ID}, false); err != nil || len(none) != 0 || len(held) != 2 || held[0].ThreadTitle != "Fees" {
				t.Fatalf("held: %+v, %+v %v", held, none, err)
			}
			notices, err := w.Store.Notifications(t.Context(), forum.NotificationQuery{AccountID: mod.ID, Limit: 5})
			w.Must(err)
			if g := notices.Groups; len(g) != 1 || g[0].Kind != forum.NotifyHeld || g[0].Count != 2 || g[0].Path() != "/moderation" {
				t.Errorf("moderators are told: %+v", g)
			}
			decide := func(by *forum.Account, i int, publish bool, reason string) error {
				return w.Service.DecideGuestReply(t.Context(), by, held[i].ID, publish, reason)
			}
			w.Refused(decide(lea, 0, true, ""), forum.Forbidden, "ModeratorsOnly")
			w.Refused(decide(mod, 0, false, " "), forum.Invalid, "ReasonMissing")
			w.Must(store.Sweep(t.Context()))
			w.Must(decide(mod, 0, true, ""))
			if m := last(); m.Template != forum.MailGuestPublished || !strings.EqualFold(m.To, reply.Email) {
				t.Errorf("mail %+v", m)
			}
			w.Must(decide(mod, 1, false, "Names a person."))
			if m := last(); m.Template != forum.MailGuestRefused || m.Text != "Names a person." {
				t.Errorf("mail %+v", m)
			}
			w.Refused(decide(mod, 1, true, ""), forum.NotFound, "NothingHere")
			if now, err := w.Store.Thread(t.Context(), th.ID); err != nil || now.ReplyCount != 3 {
				t.Errorf("replies: %+v %v", now, err)
			}
			guests(forum.GuestsRefused)
			w.Refused(send(reply), forum.Forbidden, "GuestsRefused")
			guests("")

			// A guest takes part as one until they make it an account.
			guest, err := w.Store.Account(t.Context(), p.AuthorID)
			w.Must(err)
			_, err = w.Service.Reply(t.Context(), guest, forum.NewReply{ThreadID: th.ID, Body: "x"})
			w.Refused(err, forum.Forbidden, "GuestOnly")
			w.Refused(w.Service.ClaimGuest(t.Context(), lea, "", ""), forum.Conflict, "NoGuest")
			w.Refused(w.Service.ClaimGuest(t.Context(), guest, "short", ""), forum.Invalid, "PasswordTooShort")
			w.Must(send(reply))
			late = token()
			w.Must(w.Service.ClaimGuest(t.Context(), guest, "correct horse", ""))
			_, err = w.Service.ConfirmGuestReply(t.Context(), late)
			w.Refused(err, forum.Conflict, "GuestMember")
			guest, err = w.Store.Account(t.Context(), p.AuthorID)
			w.Must(err)
			_, err = w.Service.Reply(t.Context(), guest, forum.NewReply{ThreadID: th.ID, Body: "x"})
			w.Must(err)
			w.Delete(guest)
		})
	}
}

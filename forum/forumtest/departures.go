package forumtest

import (
	"strings"
	"testing"

	"portevoix/forum"
)

// testDepartures has somebody delete an account, think better of it, and delete
// it again for good.
func testDepartures(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max := w.Person("lea"), w.Person("max")
	telecoms := w.Forum("telecoms")
	ole := w.Remote(forum.Person, "ole", "there.example")
	_, err := w.Service.ReceiveFollow(w.Ctx(), w.Inbound(ole), lea.URI)
	w.Must(err)
	own := w.Thread(lea, "telecoms", "hers")
	other := w.Thread(max, "telecoms", "his")
	gone := w.Thread(lea, "telecoms", "deleted before")
	w.Must(w.Service.Delete(w.Ctx(), lea, gone.ID, ""))
	reply := w.Reply(lea, other.ID, 0, "hers too")
	w.deliverAll(map[string]string{"there.example": ""})
	entry, err := w.Service.SignIn(w.Ctx(), "lea", "correct horse")
	w.Must(err)

	shown := func(threads int, text string) {
		t.Helper()
		page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{ForumID: telecoms.ID, Sort: forum.SortNew, Limit: 10})
		w.Must(err)
		f, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "telecoms"})
		w.Must(err)
		if len(page.Threads) != threads || f.Threads != threads {
			t.Errorf("%d threads are listed and %d counted, want %d", len(page.Threads), f.Threads, threads)
		}
		for _, id := range []forum.ID{own.ID, reply.ID} {
			p, err := w.Store.PostView(w.Ctx(), id, 0)
			w.Must(err)
			if p.Hidden() != (text == "") || !strings.Contains(p.Content, text) || text == "" && p.Content+p.Title+p.Body != "" {
				t.Errorf("post %d is shown as %q, %q", id, p.Title, p.Content)
			}
		}
	}
	mentioned := func(text string) { // where others come across it
		t.Helper()
		found, err := w.Service.Search(w.Ctx(), forum.SearchRequest{Words: "hers", Limit: 10})
		w.Must(err)
		people := w.found(forum.SearchRequest{Words: "lea", Kind: forum.SearchPeople})
		news, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: max.ID, Limit: 10})
		w.Must(err)
		if n := news.Groups[0].Newest[0]; (len(found.Findings) == 2) != (text != "") || (people == "@lea") != (text != "") || !strings.Contains(n.Excerpt, text) || text == "" && n.Excerpt != "" {
			t.Errorf("found are %d posts and %q; max is told %q", len(found.Findings), people, n.Excerpt)
		}
	}
	shown(2, "hers")
	mentioned("hers")
	_, err = w.Service.SaveDraft(w.Ctx(), max, forum.Draft{ThreadID: own.ID, ParentID: own.ID, Body: "begun"}, nil)
	w.Must(err)
	draftIn := func(title string) {
		t.Helper()
		if d, err := w.Store.DraftFor(w.Ctx(), max.ID, "", own.ID); err != nil || d.ThreadTitle != title {
			t.Errorf("the draft is in %q: %v", d.ThreadTitle, err)
		}
	}
	draftIn("hers")
	w.Refused(w.Service.LeaveAccount(w.Ctx(), lea, forum.Departure{Confirmation: "wrong"}), forum.Invalid, "PasswordWrong")
	w.Refused(w.Service.LeaveAccount(w.Ctx(), lea, forum.Departure{Confirmation: "correct horse", Name: "max"}), forum.Invalid, "NameWrong")
	w.Must(w.Service.LeaveAccount(w.Ctx(), lea, forum.Departure{Confirmation: "correct horse"}))
	shown(1, "")
	mentioned("")
	draftIn("")
	_, err = w.Service.AccountOfSession(w.Ctx(), entry.Session)
	w.Refused(err, forum.NotFound, "")
	if got := w.Delivered("there.example", forum.Microblog); len(got) != 0 {
		t.Errorf("others are told too early: %s", got)
	}
	w.Must(w.Service.WorkMail(w.Ctx(), forum.MailJob{Account: lea.ID, Template: forum.MailLeaving}))
	sent := w.Mailer.Sent()
	if m := sent[len(sent)-1]; m.Template != forum.MailLeaving || !m.LeavesAt.Equal(w.Clock.Now().Add(forum.DefaultGrace)) || m.To != lea.Email {
		t.Errorf("the mail is %+v", m)
	}
	w.Clock.Advance(forum.DefaultGrace - 1)
	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))

	entry, err = w.Service.SignIn(w.Ctx(), "lea", "correct horse")
	w.Must(err)
	_, err = w.Service.Reply(w.Ctx(), entry.Account, forum.NewReply{ThreadID: other.ID, Body: "x"})
	w.Refused(err, forum.Forbidden, "AccountLeaving")
	w.Must(w.Service.KeepAccount(w.Ctx(), entry.Account))
	w.Must(w.Service.KeepAccount(w.Ctx(), entry.Account))
	shown(2, "hers")
	mentioned("hers")
	w.Clock.Advance(forum.DefaultGrace)
	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	shown(2, "hers")
	mentioned("hers")
	w.Must(w.Service.WorkMail(w.Ctx(), forum.MailJob{Account: lea.ID, Template: forum.MailLeaving}))
	if len(w.Mailer.Sent()) != len(sent) {
		t.Error("a mail says that an account goes which stays")
	}

	w.Must(w.Service.LeaveAccount(w.Ctx(), w.fresh("lea"), forum.Departure{Confirmation: "correct horse"}))
	w.Must(w.Service.Delete(w.Ctx(), w.Admin("ada"), own.ID, "spam")) // a moderator meanwhile
	shown(1, "")
	w.Clock.Advance(forum.DefaultGrace)
	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	shown(1, "")
	_, err = w.Service.SignIn(w.Ctx(), "lea", "correct horse")
	w.Refused(err, forum.Unauthenticated, "SignInWrong")
	if got := strings.Join(w.Delivered("there.example", forum.Microblog), "\n"); !strings.Contains(got, `"object":"`+lea.URI+`","type":"Delete"`) {
		t.Errorf("others are told %s", got)
	}
	w.Must(w.Service.LeaveAccount(w.Ctx(), max, forum.Departure{Confirmation: "correct horse", Name: "max"}))
	if a, err := w.Store.Actor(w.Ctx(), max.ID); err != nil || a.DeletedAt.IsZero() {
		t.Errorf("with the name the account is not deleted at once: %+v, %v", a, err)
	}
	w.Refused(w.Service.LeaveAccount(w.Ctx(), w.fresh("ada"), forum.Departure{Confirmation: "correct horse"}), forum.Conflict, "LastAdmin")
}

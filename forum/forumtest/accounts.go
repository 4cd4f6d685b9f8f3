package forumtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

func testAccounts(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	operator := forum.Operator()

	for _, c := range []struct {
		name string
		new  forum.NewAccount
		code forum.Code
		key  string
	}{
		{"no name", forum.NewAccount{Email: "a@here.example"}, forum.Invalid, "NameMissing"},
		{"upper case", forum.NewAccount{Name: "Lea", Email: "a@here.example"}, forum.Invalid, "NameShape"},
		{"hyphen", forum.NewAccount{Name: "le-a", Email: "a@here.example"}, forum.Invalid, "NameShape"},
		{"long", forum.NewAccount{Name: strings.Repeat("a", 21), Email: "a@here.example"}, forum.Invalid, "NameTooLong"},
		{"reserved", forum.NewAccount{Name: "admin", Email: "a@here.example"}, forum.Invalid, "NameReserved"},
		{"a company's", forum.NewAccount{Name: "about_x", Email: "a@here.example"}, forum.Invalid, "NameReserved"},
		{"taken", forum.NewAccount{Name: "lea", Email: "a@here.example"}, forum.Conflict, "NameTaken"},
		{"no address", forum.NewAccount{Name: "max"}, forum.Invalid, "EmailMissing"},
		{"no address at all", forum.NewAccount{Name: "max", Email: "max"}, forum.Invalid, "EmailShape"},
		{"address with a name", forum.NewAccount{Name: "max", Email: "Max <max@here.example>"}, forum.Invalid, "EmailShape"},
		{"address taken in capitals", forum.NewAccount{Name: "max", Email: "LEA@here.example"}, forum.Conflict, "EmailTaken"},
		{"short password", forum.NewAccount{Name: "max", Email: "a@here.example", Password: "short"}, forum.Invalid, "PasswordTooShort"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := *w
			w.T = t
			_, err := w.Service.CreateAccount(w.Ctx(), operator, c.new, forum.Member)
			w.Refused(err, c.code, c.key)
		})
	}

	_, err := w.Service.CreateAccount(w.Ctx(), lea, forum.NewAccount{Name: "max", Email: "m@here.example"}, forum.Member)
	w.Refused(err, forum.Forbidden, "AdminsOnly")

	w.Must(w.Service.UpdateProfile(w.Ctx(), lea, forum.Profile{DisplayName: " Léa \n B. ", Summary: "hello"}))
	got, err := w.Store.AccountByName(w.Ctx(), "lea")
	w.Must(err)
	if got.DisplayName != "Léa B." || got.Summary != "<p>hello</p>" || got.Email != "lea@here.example" || !got.CreatedAt.Equal(w.Clock.Now()) {
		t.Errorf("stored account %+v", got)
	}
	w.Must(w.Service.UpdatePreferences(w.Ctx(), lea, forum.Preferences{Locale: "fr", Theme: forum.DarkTheme}))
	w.Refused(w.Service.UpdatePreferences(w.Ctx(), lea, forum.Preferences{Theme: "pink"}), forum.Invalid, "ThemeUnknown")

	w.Must(w.Service.SetRole(w.Ctx(), operator, "lea", forum.Admin))
	w.Refused(w.Service.SetRole(w.Ctx(), operator, "lea", forum.Member), forum.Conflict, "LastAdmin")
	w.Refused(w.Service.SetRole(w.Ctx(), operator, "nobody", forum.Member), forum.NotFound, "AccountUnknown")
}

func testSignIn(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	for _, who := range []string{"lea", "@lea", "LEA", "lea@here.example", "Lea@Here.Example"} {
		entry, err := w.Service.SignIn(w.Ctx(), who, "correct horse")
		w.Must(err)
		if entry.Account.ID != lea.ID {
			t.Fatalf("%s signed in as %s", who, entry.Account.Name)
		}
		got, err := w.Service.AccountOfSession(w.Ctx(), entry.Session)
		w.Must(err)
		if got.ID != lea.ID {
			t.Fatalf("session of %s", got.Name)
		}
		w.Must(w.Service.SignOut(w.Ctx(), entry.Session))
		_, err = w.Service.AccountOfSession(w.Ctx(), entry.Session)
		w.Refused(err, forum.NotFound, "")
	}
	_, err := w.Service.SignIn(w.Ctx(), "lea", "wrong")
	w.Refused(err, forum.Unauthenticated, "SignInWrong")
	_, err = w.Service.SignIn(w.Ctx(), "nobody", "correct horse")
	w.Refused(err, forum.Unauthenticated, "SignInWrong")

	one, err := w.Service.SignIn(w.Ctx(), "lea", "correct horse")
	w.Must(err)
	other, err := w.Service.SignIn(w.Ctx(), "lea", "correct horse")
	w.Must(err)
	w.Refused(w.Service.ChangePassword(w.Ctx(), lea, one.Session, "wrong", "a new password"), forum.Invalid, "PasswordWrong")
	w.Must(w.Service.ChangePassword(w.Ctx(), lea, one.Session, "correct horse", "a new password"))
	if _, err := w.Service.AccountOfSession(w.Ctx(), one.Session); err != nil {
		t.Error("the session that changed the password ended")
	}
	if _, err := w.Service.AccountOfSession(w.Ctx(), other.Session); err == nil {
		t.Error("another session survived the change of password")
	}
	w.Clock.Advance(forum.SessionLifetime - time.Hour)
	_, err = w.Service.AccountOfSession(w.Ctx(), one.Session)
	w.Must(err)
	w.Clock.Advance(forum.SessionLifetime - time.Hour) // being seen prolonged it
	_, err = w.Service.AccountOfSession(w.Ctx(), one.Session)
	w.Must(err)
	w.Clock.Advance(forum.SessionLifetime + time.Hour)
	_, err = w.Service.AccountOfSession(w.Ctx(), one.Session)
	w.Refused(err, forum.NotFound, "")
}

// linkIn returns the secret of the link in the last mail.
func (w *World) linkIn(template forum.MailTemplate) string {
	w.T.Helper()
	sent := w.Mailer.Sent()
	if len(sent) == 0 || sent[len(sent)-1].Template != template {
		w.T.Fatalf("no mail %s among %+v", template, sent)
	}
	_, token, _ := strings.Cut(sent[len(sent)-1].Link, "/link/")
	return token
}

func testLinks(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Must(w.Service.WorkMail(w.Ctx(), forum.MailJob{Account: lea.ID, Template: forum.MailSignIn}))
	token := w.linkIn(forum.MailSignIn)
	_, err := w.Service.PeekLink(w.Ctx(), token) // a mail scanner looks at it
	w.Must(err)
	entry, err := w.Service.UseLink(w.Ctx(), token)
	w.Must(err)
	if entry.Account.ID != lea.ID || entry.Session == "" {
		t.Fatalf("link signed in %+v", entry)
	}
	_, err = w.Service.UseLink(w.Ctx(), token)
	w.Refused(err, forum.NotFound, "LinkUsed")

	w.Must(w.Service.WorkMail(w.Ctx(), forum.MailJob{Account: lea.ID, Template: forum.MailSignIn}))
	w.Clock.Advance(31 * time.Minute)
	_, err = w.Service.UseLink(w.Ctx(), w.linkIn(forum.MailSignIn))
	w.Refused(err, forum.NotFound, "LinkUsed")

	other, err := w.Service.SignIn(w.Ctx(), "lea", "correct horse")
	w.Must(err)
	w.Must(w.Service.WorkMail(w.Ctx(), forum.MailJob{Account: lea.ID, Template: forum.MailSignIn}))
	entry, err = w.Service.ForgetPassword(w.Ctx(), w.linkIn(forum.MailSignIn))
	w.Must(err)
	if _, err := w.Service.AccountOfSession(w.Ctx(), other.Session); err == nil {
		t.Error("a session survived the password that opened it")
	}
	_, err = w.Service.SignIn(w.Ctx(), "lea", "correct horse")
	w.Refused(err, forum.Unauthenticated, "SignInWrong")
	w.Must(w.Service.ChangePassword(w.Ctx(), entry.Account, entry.Session, "", "another horse"))
	if _, err := w.Service.SignIn(w.Ctx(), "lea", "another horse"); err != nil {
		t.Errorf("the new password does not open: %v", err)
	}

	w.Must(w.Service.WorkMail(w.Ctx(), forum.MailJob{Account: lea.ID, Template: forum.MailNewAddress, Email: "new@here.example"}))
	if to := w.Mailer.Sent()[len(w.Mailer.Sent())-1].To; to != "new@here.example" {
		t.Errorf("mailed to %s", to)
	}
	entry, err = w.Service.UseLink(w.Ctx(), w.linkIn(forum.MailNewAddress))
	w.Must(err)
	if entry.Account.Email != "new@here.example" {
		t.Errorf("address is %s", entry.Account.Email)
	}
}

func testRegistration(t *testing.T, open func(*testing.T) Store) {
	w := NewWorldWith(t, open(t), forum.Options{Registration: forum.RegistrationApproval})
	setup, err := w.Service.SetupLink(w.Ctx())
	w.Must(err)
	_, _, err = w.Service.SetUp(w.Ctx(), "wrong", forum.NewAccount{Name: "boss", Email: "boss@here.example", Password: "correct horse"})
	w.Refused(err, forum.NotFound, "LinkUsed")
	_, boss, err := w.Service.SetUp(w.Ctx(), setup, forum.NewAccount{Name: "boss", Email: "boss@here.example", Password: "correct horse"})
	w.Must(err)
	if !boss.IsAdmin() || boss.MayWrite() != nil {
		t.Fatalf("first administrator %+v", boss)
	}
	_, _, err = w.Service.SetUp(w.Ctx(), setup, forum.NewAccount{Name: "boss2", Email: "boss2@here.example", Password: "correct horse"})
	w.Refused(err, forum.NotFound, "LinkUsed")
	if again, err := w.Service.SetupLink(w.Ctx()); err != nil || again != "" {
		t.Fatalf("a second setup link %q, %v", again, err)
	}

	w.Refused(w.Service.Register(w.Ctx(), forum.NewAccount{Name: "max", Email: "max@here.example"}), forum.Invalid, "ApplicationMissing")
	w.Must(w.Service.Register(w.Ctx(), forum.NewAccount{Name: "max", Email: "max@here.example", Application: "let me in"}))
	maxim, err := w.Store.AccountByName(w.Ctx(), "max")
	w.Must(err)
	w.Refused(maxim.MayWrite(), forum.Forbidden, "EmailNotConfirmed")
	w.Must(w.Service.WorkMail(w.Ctx(), forum.MailJob{Account: maxim.ID, Template: forum.MailConfirm}))
	entry, err := w.Service.UseLink(w.Ctx(), w.linkIn(forum.MailConfirm))
	w.Must(err)
	maxim = entry.Account
	w.Refused(maxim.MayWrite(), forum.Forbidden, "AccountNotApproved")
	pending, err := w.Store.PendingAccounts(w.Ctx())
	w.Must(err)
	if len(pending) != 1 || pending[0].Application != "let me in" {
		t.Fatalf("pending accounts %+v", pending)
	}
	w.Refused(w.Service.Decide(w.Ctx(), maxim, "max", true), forum.Forbidden, "AdminsOnly")
	w.Must(w.Service.Decide(w.Ctx(), boss, "max", true))
	w.Refused(w.Service.Decide(w.Ctx(), boss, "max", true), forum.Conflict, "AlreadyDecided")
	maxim, err = w.Store.AccountByName(w.Ctx(), "max")
	w.Must(err)
	w.Must(maxim.MayWrite())

	// An address that is known gets the same answer, and no second account; a
	// taken name is refused whatever the address.
	w.Must(w.Service.Register(w.Ctx(), forum.NewAccount{Name: "maxime", Email: "MAX@here.example", Application: "again"}))
	if _, err := w.Store.AccountByName(w.Ctx(), "maxime"); forum.CodeOf(err) != forum.NotFound {
		t.Error("a second account for one address")
	}
	w.Refused(w.Service.Register(w.Ctx(), forum.NewAccount{Name: "boss", Email: "max@here.example", Application: "x"}), forum.Conflict, "NameTaken")

	invited := NewWorldWith(t, open(t), forum.Options{Registration: forum.RegistrationInvite})
	invitation, err := invited.Service.Invite(w.Ctx(), forum.Operator())
	w.Must(err)
	w.Refused(invited.Service.Register(w.Ctx(), forum.NewAccount{Name: "ines", Email: "i@here.example"}), forum.Forbidden, "InvitationNeeded")
	w.Must(invited.Service.Register(w.Ctx(), forum.NewAccount{Name: "ines", Email: "i@here.example", Invitation: invitation}))
	w.Refused(invited.Service.Register(w.Ctx(), forum.NewAccount{Name: "sam", Email: "s@here.example", Invitation: invitation}), forum.Forbidden, "InvitationNeeded")

	closed := NewWorldWith(t, open(t), forum.Options{Registration: forum.RegistrationClosed})
	w.Refused(closed.Service.Register(w.Ctx(), forum.NewAccount{Name: "ines", Email: "i@here.example"}), forum.Forbidden, "RegistrationClosed")
}

func testTokens(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	_, err := w.Service.NewAccessToken(w.Ctx(), forum.Operator(), "lea", "script", []forum.Scope{"everything"})
	w.Refused(err, forum.Invalid, "ScopeUnknown")
	_, err = w.Service.NewAccessToken(w.Ctx(), forum.Operator(), "nobody", "script", []forum.Scope{forum.ScopeRead})
	w.Refused(err, forum.NotFound, "AccountUnknown")
	secret, err := w.Service.NewAccessToken(w.Ctx(), forum.Operator(), "lea", "script", []forum.Scope{forum.ScopeRead})
	w.Must(err)
	account, token, err := w.Service.AccountOfToken(w.Ctx(), secret)
	w.Must(err)
	if account.ID != lea.ID || !token.Allows(forum.ScopeRead) || token.Allows(forum.ScopeWrite) {
		t.Errorf("token %+v of %s", token, account.Name)
	}
	_, _, err = w.Service.AccountOfToken(w.Ctx(), secret+"x")
	w.Refused(err, forum.Unauthenticated, "TokenUnknown")
	_, _, err = w.Store.AccessToken(w.Ctx(), secret)
	if forum.CodeOf(err) != forum.NotFound {
		t.Error("the secret itself is stored")
	}
	w.Must(w.Service.Suspend(w.Ctx(), forum.Operator(), "lea", "spam"))
	_, _, err = w.Service.AccountOfToken(w.Ctx(), secret)
	w.Refused(err, forum.Forbidden, "AccountSuspended")
}

func testErase(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	remote := w.Remote(forum.Person, "ines", "there.example")
	hers := w.Thread(lea, "telecoms", "hers")
	his := w.Thread(maxim, "telecoms", "his")
	reply := w.Reply(lea, his.ID, 0, "a reply by lea")
	under := w.Reply(maxim, his.ID, reply.ID, "under it")
	w.Must(w.Service.Support(w.Ctx(), lea, his.ID, true))
	w.Must(w.Service.Boost(w.Ctx(), lea, his.ID, true))
	_, err := w.Service.Follow(w.Ctx(), lea, "telecoms")
	w.Must(err)
	_, err = w.Service.Edit(w.Ctx(), lea, reply.ID, forum.Edit{Body: "edited"})
	w.Must(err)

	w.Refused(w.Service.LeaveAccount(w.Ctx(), lea, forum.Departure{Confirmation: "wrong", Name: "lea"}), forum.Invalid, "PasswordWrong")
	w.Delete(lea)

	_, err = w.Store.AccountByName(w.Ctx(), "lea")
	w.Refused(err, forum.NotFound, "")
	actor, err := w.Store.Actor(w.Ctx(), lea.ID)
	w.Must(err)
	if actor.DeletedAt.IsZero() || actor.DisplayName != "" {
		t.Errorf("actor after the end %+v", actor)
	}
	_, err = w.Service.CreateAccount(w.Ctx(), forum.Operator(), forum.NewAccount{Name: "lea", Email: "other@here.example"}, forum.Member)
	w.Refused(err, forum.Conflict, "NameTaken")
	view, err := w.Store.ThreadView(w.Ctx(), his.ID, 0)
	w.Must(err)
	if view.Supports != 0 || view.Boosts != 0 || view.ReplyCount != 1 {
		t.Errorf("counts after the end: %d supports, %d boosts, %d replies", view.Supports, view.Boosts, view.ReplyCount)
	}
	for _, id := range []forum.ID{hers.ID, reply.ID} {
		p, err := w.Store.Post(w.Ctx(), id)
		w.Must(err)
		if !p.Hidden() || p.Body != "" || p.Content != "" || p.Title != "" {
			t.Errorf("post after the end %+v", p)
		}
	}
	if r, err := w.Store.Revisions(w.Ctx(), reply.ID); err != nil || len(r) != 0 {
		t.Errorf("revisions left: %v %v", r, err)
	}
	if p, err := w.Store.Post(w.Ctx(), under.ID); err != nil || p.Hidden() {
		t.Errorf("another's reply: %+v %v", p, err)
	}
	f, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "telecoms"})
	w.Must(err)
	if f.Threads != 1 || f.Followers != 0 {
		t.Errorf("forum has %d threads and %d followers", f.Threads, f.Followers)
	}
	if got := w.Delivered("there.example", forum.Microblog); len(got) != 1 || !strings.Contains(got[0], "Delete") {
		t.Errorf("told the known server %q", got)
	}

	// The same end, told by another server.
	post := w.RemotePost(remote, "remote reply")
	post.ParentID = his.ID
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(remote), post)
	w.Must(err)
	_, err = w.Service.ReceiveDelete(w.Ctx(), w.Inbound(remote), remote.URI, "")
	w.Must(err)
	p, err := w.Store.PostByURI(w.Ctx(), post.URI)
	w.Must(err)
	if !p.Hidden() || p.Content != "" {
		t.Errorf("post of a remote account after its end %+v", p)
	}

	_ = w.Store.Write(w.Ctx(), func(ctx context.Context, tx forum.Tx) error {
		admins, err := tx.Admins(ctx)
		if err != nil || len(admins) != 0 {
			t.Errorf("admins %v %v", admins, err)
		}
		return nil
	})
}

package forumtest

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

func testCompletion(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Person("mademoiselle")
	w.Must(w.Service.UpdateProfile(w.Ctx(), maxim, forum.Profile{DisplayName: "Édouard Mätz"}))
	w.Must(w.Service.Register(w.Ctx(), forum.NewAccount{Name: "maxime", Email: "m@here.example", Password: "correct horse"})) // and has not confirmed
	w.Forum("macif")
	w.Remote(forum.Person, "Ma_Rie", "b.example")
	w.Remote(forum.Person, "max", "c.example")
	w.Remote(forum.Group, "macif", "c.example")
	w.Remote(forum.Application, "maker", "c.example")
	completes := func(begun, want string) {
		t.Helper()
		found, err := w.Service.Complete(w.Ctx(), lea, begun)
		w.Must(err)
		var list []string
		for _, f := range found {
			list = append(list, f.Text)
		}
		if got := strings.Join(list, " "); got != want {
			t.Errorf("%s\n got %q\nwant %q", begun, got, want)
		}
	}
	_, err := w.Service.Complete(w.Ctx(), nil, "@ma")
	w.Refused(err, forum.Unauthenticated, "SignInFirst")

	// Who is here goes first, then the newest from elsewhere.
	completes("@ma", "@macif @mademoiselle @max @macif@c.example @max@c.example @Ma_Rie@b.example")
	completes("@MAX", "@max @max@c.example")
	completes("!ma", "!macif !macif@c.example")
	completes("@ma_r", "@Ma_Rie@b.example")
	completes("@edou", "@max")
	completes("@mät", "@max")
	completes("@max@", "@max@c.example")
	completes("@max@c.e", "@max@c.example")
	completes("@max@b", "")
	completes("@ma@c", "") // a name that is followed by its server is whole
	for _, none := range []string{"", "@", "#", "max", "@%", "@_", "@max@c@", "@'", `@"`, "#%", "# ", "@" + strings.Repeat("m", 100)} {
		completes(none, "")
	}

	// Whom one follows goes before, and who is blocked, suspended or leaves is not
	// offered at all.
	_, err = w.Service.Follow(w.Ctx(), lea, "Ma_Rie@b.example")
	w.Must(err)
	w.Must(w.Service.Block(w.Ctx(), maxim, "lea"))
	completes("@ma", "@Ma_Rie@b.example @macif @mademoiselle @macif@c.example @max@c.example")
	w.Must(w.Service.Unblock(w.Ctx(), maxim, "lea"))
	w.Must(w.Service.Suspend(w.Ctx(), w.Admin("boss"), "mademoiselle", "spam"))
	w.Must(w.Service.LeaveAccount(w.Ctx(), maxim, forum.Departure{Confirmation: "correct horse"}))
	completes("@ma", "@Ma_Rie@b.example @macif @macif@c.example @max@c.example")
	if got := w.found(forum.SearchRequest{Words: "max", Kind: forum.SearchPeople}); got != "@max@c.example" {
		t.Errorf("people called max: %s", got)
	}

	// Hashtags: those of most threads first, as they were written last.
	for _, body := range []string{"#telecom", "#Téléphone #tele2", "#téléphone", "#tèlé", "#zzz"} {
		w.Clock.Advance(time.Second)
		_, err := w.Service.StartThread(w.Ctx(), lea, forum.NewThread{Forum: "macif", Title: body, Body: body})
		w.Must(err)
	}
	completes("#tel", "#téléphone #tèlé #tele2 #telecom")
	completes("#TÉLÉ", "#téléphone #tèlé #tele2 #telecom")
	completes("#telep", "#téléphone")
	completes("#x", "")
	page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{Tag: "zzz", Sort: forum.SortNew, Limit: 1})
	w.Must(err)
	completes("#z", "#zzz")
	w.Must(w.Service.Delete(w.Ctx(), lea, page.Threads[0].ID, ""))
	completes("#z", "")
}

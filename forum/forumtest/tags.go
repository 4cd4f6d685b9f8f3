package forumtest

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

func testTags(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	banks := w.Forum("banks")
	w.Forum("telecoms")
	start := func(by *forum.Account, in, title, body string) *forum.Thread {
		t.Helper()
		w.Clock.Advance(time.Second)
		th, err := w.Service.StartThread(w.Ctx(), by, forum.NewThread{Forum: in, Title: title, Body: body})
		w.Must(err)
		return th
	}
	tagged := func(q forum.ThreadQuery) string {
		t.Helper()
		q.Limit = 1
		var titles []string
		for range 10 {
			page, err := w.Store.Threads(w.Ctx(), q)
			w.Must(err)
			for _, th := range page.Threads {
				titles = append(titles, th.Title)
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		return strings.Join(titles, " ")
	}
	one := start(lea, "banks", "one", "They took it #Réclamation #fees #FEES #42")
	start(maxim, "telecoms", "two", "Late #reclamation")
	three := start(maxim, "banks", "three", "nothing")
	th, err := w.Store.Thread(w.Ctx(), one.ID)
	w.Must(err)
	if got := strings.Join(th.Tags, " "); got != "Réclamation fees" {
		t.Errorf("the tags of a thread: %q", got)
	}
	for _, sort := range []forum.ThreadSort{forum.SortNew, forum.SortHot, forum.SortActive, forum.SortTop} {
		if got := tagged(forum.ThreadQuery{Tag: "RECLAMATION", Sort: sort}); got != "two one" {
			t.Errorf("%s: %q", sort, got)
		}
	}
	if got := tagged(forum.ThreadQuery{Tag: "réclamation", ForumID: banks.ID}) + tagged(forum.ThreadQuery{Tag: "!"}); got != "one" {
		t.Errorf("in a forum: %q", got)
	}
	label := func(tag string, viewer forum.ID, label string, followed bool) {
		t.Helper()
		got, err := w.Store.Tag(w.Ctx(), tag, viewer)
		w.Must(err)
		if got.Name != "reclamation" || got.Label != label || got.Followed != followed {
			t.Errorf("%q is %+v", tag, got)
		}
	}
	label("Réclamation", 0, "reclamation", false)
	_, err = w.Store.Tag(w.Ctx(), "42", 0)
	w.Refused(err, forum.NotFound, "NothingHere")

	// Following one brings its threads into the home feed.
	home := func() string {
		t.Helper()
		var titles []string
		for _, sort := range []forum.ThreadSort{forum.SortActive, forum.SortNew} {
			page, err := w.Store.Home(w.Ctx(), forum.HomeQuery{Viewer: lea.ID, Sort: sort, Limit: 5})
			w.Must(err)
			for _, th := range page.Threads {
				titles = append(titles, th.Title)
			}
		}
		return strings.Join(titles, " ")
	}
	for range 2 {
		w.Must(w.Service.FollowTag(w.Ctx(), lea, "#reclamation", true))
	}
	label("réclamation", lea.ID, "reclamation", true)
	label("réclamation", maxim.ID, "reclamation", false)
	if got := home(); got != "two one two one" {
		t.Errorf("home: %q", got)
	}
	followed, err := w.Store.TagsFollowed(w.Ctx(), lea.ID)
	w.Must(err)
	if len(followed) != 1 || followed[0].Name != "reclamation" {
		t.Errorf("followed: %+v", followed)
	}
	for _, tag := range []string{"", "#", "42", "a b", strings.Repeat("a", 61)} {
		w.Refused(w.Service.FollowTag(w.Ctx(), lea, tag, true), forum.Invalid, "TagUnknown")
	}
	w.Refused(w.Service.FollowTag(w.Ctx(), nil, "a", true), forum.Unauthenticated, "SignInFirst")

	// Edits, deletions and what comes from elsewhere.
	_, err = w.Service.Edit(w.Ctx(), maxim, three.ID, forum.Edit{Title: "three", Body: "#Reclamation"})
	w.Must(err)
	_, err = w.Service.Edit(w.Ctx(), lea, one.ID, forum.Edit{Title: "one", Body: "no more"})
	w.Must(err)
	label("reclamation", lea.ID, "Reclamation", true)
	zoe := w.Remote(forum.Person, "zoe", "b.example")
	post := w.RemotePost(zoe, "four\ntext")
	post.Addressed, post.Tags = []string{banks.URI}, []string{"#RÉCLAMATION", "#banks", "#", "a b"}
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(zoe), post)
	w.Must(err)
	if got := tagged(forum.ThreadQuery{Tag: "reclamation"}) + "|" + tagged(forum.ThreadQuery{Tag: "banks"}); got != "four three two|" {
		t.Errorf("after edits and a thread from elsewhere: %q", got)
	}
	w.Must(w.Service.Delete(w.Ctx(), maxim, three.ID, ""))
	w.Must(w.Service.FollowTag(w.Ctx(), lea, "Réclamation", false))
	label("reclamation", lea.ID, "RÉCLAMATION", false)
	if got := home() + tagged(forum.ThreadQuery{Tag: "reclamation"}); got != "four two" {
		t.Errorf("after a deletion and unfollowing: %q", got)
	}
	w.Must(w.Service.FollowTag(w.Ctx(), maxim, "x", true))
	w.Delete(maxim) // takes what it follows along
	if got := tagged(forum.ThreadQuery{Tag: "reclamation"}); got != "four" {
		t.Errorf("after the end of an account: %q", got)
	}
}

package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestHomePage follows from an empty home feed to forums, and back to a feed
// with something in it.
func TestHomePage(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	v.max.get("/home").is(200).shows("You follow nothing yet", `href="/forums"`)
	v.max.post("/f/telecoms/follow", url.Values{"on": {"true"}}).is(303)
	v.max.get("/home").shows(">Léa’s bill: twice!<", ">other<", ">telecoms<").lacks("You follow nothing yet")
	v.max.get("/home?sort=new").shows(">other<")
	v.max.get("/").shows(`href="/home"`)
	v.visitor.get("/").lacks(`href="/home"`)

	thread := "/t/" + v.thread
	v.max.get(thread).is(200)
	r := v.lea.post(thread+"/reply", url.Values{"body": {"news"}}).is(303).header.Get("Location")
	_, reply, _ := strings.Cut(r, "#")
	v.max.get("/home").shows(">1 new<")
	v.max.get(thread).shows(`id="`+reply+`"`, ">1 new since your last visit<")

	v.max.get(thread).shows(`action="` + thread + `/follow"`)
	v.max.post(thread+"/follow", url.Values{"on": {"true"}, "back": {thread}}).leadsTo(thread)
	v.max.get(thread).shows("Stop following this thread", "You follow this thread")
	v.max.post(thread+"/mute", url.Values{"on": {"true"}, "back": {thread}}).leadsTo(thread)
	v.max.get(thread).shows("Unmute thread", "no more notifications")
	v.max.get("/home").lacks("Léa’s bill")
	v.max.post(thread+"/mute", url.Values{"on": {"false"}, "back": {thread}}).leadsTo(thread)
	v.max.get(thread).shows("Stop following this thread")
	v.max.post(thread+"/follow", url.Values{"on": {"false"}}).is(303)
	v.max.get(thread).lacks("Stop following this thread")
	v.lea.get(thread).shows("Stop following this thread") // its author
	v.visitor.get(thread).lacks("/follow", "/mute")
	v.max.post("/t/"+v.reply+"/follow", url.Values{"on": {"true"}}).is(404)
}

// TestAPIHome reads the home feed, and follows and mutes threads, as a program.
func TestAPIHome(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.account("max")
	s.forum("telecoms")
	one, two := s.thread(lea, "telecoms", "one"), s.thread(lea, "telecoms", "two")
	s.thread(lea, "telecoms", "three")
	program := s.program("max", forum.ScopeRead, forum.ScopeWrite)
	home := func(path string) (titles []string, next string) {
		t.Helper()
		a := program.do(http.MethodGet, path, nil)
		if a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", a.what, a.status, a.body)
		}
		for _, th := range a.list {
			titles = append(titles, text(th, "title"))
		}
		return titles, a.link("next")
	}
	if titles, _ := home("/home"); len(titles) != 0 {
		t.Errorf("follows nothing, and reads %q", titles)
	}
	program.do(http.MethodPost, "/forums/telecoms/follow", nil)
	titles, next := home("/home?limit=2")
	if !slices.Equal(titles, []string{"three", "two"}) || next == "" {
		t.Errorf("the first page is %q, the next %q", titles, next)
	}
	if titles, next = home(next); !slices.Equal(titles, []string{"one"}) || next != "" {
		t.Errorf("the second page is %q, the next %q", titles, next)
	}
	for _, c := range []struct {
		method, path     string
		following, muted bool
	}{
		{http.MethodPost, "/follow", true, false}, {http.MethodPost, "/mute", true, true}, {http.MethodDelete, "/mute", true, false},
		{http.MethodDelete, "/follow", false, false}, {http.MethodPost, "/mute", false, true},
	} {
		a := program.do(c.method, "/threads/"+two.ID.String()+c.path, nil)
		if th := a.object; a.status != http.StatusOK || th["following"] != c.following || th["muted"] != c.muted {
			t.Errorf("%s: %d %s", a.what, a.status, a.body)
		}
	}
	if _, err := s.service.Reply(t.Context(), lea, forum.NewReply{ThreadID: one.ID, Body: "x"}); err != nil {
		t.Fatal(err)
	}
	if titles, _ := home("/home?sort=active"); !slices.Equal(titles, []string{"one", "three"}) {
		t.Errorf("by activity: %q", titles)
	}
	s.program("").do(http.MethodGet, "/home", nil).is(http.StatusUnauthorized)
	s.program("max", forum.ScopeWrite).do(http.MethodGet, "/home", nil).is(http.StatusForbidden)
	s.program("max", forum.ScopeRead).do(http.MethodPost, "/threads/"+one.ID.String()+"/mute", nil).is(http.StatusForbidden)
	program.do(http.MethodGet, "/home?max_id="+one.ID.String(), nil).is(http.StatusUnprocessableEntity)
	program.do(http.MethodPost, "/threads/42/follow", nil).is(http.StatusNotFound)
}

// TestNotificationCentre reads what came together, narrows the list and marks
// entries as read.
func TestNotificationCentre(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	thread := "/t/" + v.thread
	for i, b := range []*textBrowser{v.mia, v.ada, v.max} {
		b.post(thread+"/support", url.Values{"on": {"true"}}).is(303)
		b.post(thread+"/reply", url.Values{"body": {fmt.Sprint("word ", i)}}).is(303)
	}
	v.mia.post("/t/"+v.other+"/boost", url.Values{"on": {"true"}}).is(303)
	v.lea.get("/").shows("3 unread notifications")
	all := v.lea.get("/notifications").is(200).
		shows("max, ada and 1 other support your post", "3 replies to your post, the latest from max", "mia boosted your post", "word 2", `href="`+thread+`?sort=new#replies"`).
		lacks("word 1")
	v.lea.header.Set("Accept-Language", "fr")
	v.lea.get("/notifications").shows("max, ada et 1 autre soutiennent votre message", "3 réponses à votre message, la dernière de max")
	v.lea.header.Del("Accept-Language")
	v.lea.get("/notifications?kind=boost").shows("mia boosted").lacks("support your post", "replies to your post")
	v.lea.get("/notifications?kind=mention").shows("Nothing of this kind.")
	group := regexp.MustCompile(`name="read" value="(\d+)"`).FindStringSubmatch(all.body) // the newest: the boost
	if group == nil {
		t.Fatal("nothing can be marked as read")
	}
	const unread = "/notifications?unread=1"
	v.max.post("/notifications", url.Values{"read": {group[1]}}).is(303) // not his
	v.lea.post("/notifications", url.Values{"read": {group[1]}, "back": {unread}}).leadsTo(unread)
	v.lea.get(unread).shows("support your post", "2 unread notifications").lacks("mia boosted")
	v.lea.get("/notifications").shows("mia boosted")
	v.lea.post("/notifications", url.Values{"read": {"rubbish"}}).is(404)

	v.ada.get("/notifications").shows("max replied in a thread you follow", ">1 unread notification<") // she wrote there
	v.ada.get(thread).is(200)
	v.ada.get("/notifications").shows("max replied in a thread you follow").lacks("unread notification<")
}

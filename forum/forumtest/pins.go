package forumtest

import (
	"slices"
	"strings"
	"testing"

	"portevoix/forum"
)

func testPins(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	ole := w.Remote(forum.Person, "ole", "there.example")
	_, err := w.Service.ReceiveFollow(w.Ctx(), w.Inbound(ole), lea.URI)
	w.Must(err)
	w.deliverAll(map[string]string{"there.example": ""})
	thread := w.Thread(lea, "telecoms", "first")
	reply := w.Reply(lea, thread.ID, 0, "and more")
	pinned := func(actor forum.ID) []string {
		t.Helper()
		list, err := w.Store.Pinned(w.Ctx(), actor, 0)
		w.Must(err)
		var titles []string
		for _, p := range list {
			if p.ThreadTitle != "first" && p.ThreadTitle != "second" || p.Forum.Name != "telecoms" {
				t.Errorf("pinned in %q of %q", p.ThreadTitle, p.Forum.Name)
			}
			titles = append(titles, p.Title+p.Body)
		}
		return titles
	}
	w.deliverAll(map[string]string{"there.example": ""})
	w.Must(w.Service.Pin(w.Ctx(), lea, thread.ID, true))
	w.Clock.Advance(1)
	w.Must(w.Service.Pin(w.Ctx(), lea, reply.ID, true))
	w.Must(w.Service.Pin(w.Ctx(), lea, reply.ID, true))
	if got := pinned(lea.ID); len(got) != 2 {
		t.Errorf("pinned are %q", got)
	}
	w.Must(w.Service.Pin(w.Ctx(), lea, reply.ID, false))
	w.Must(w.Service.Pin(w.Ctx(), lea, reply.ID, false))
	if got := pinned(lea.ID); !slices.Equal(got, []string{"firsttext of first"}) {
		t.Errorf("pinned are %q", got)
	}
	var kinds []string
	for _, body := range w.Delivered("there.example", forum.Microblog) {
		for _, kind := range []string{"Add", "Remove"} {
			if strings.Contains(body, `"`+kind+`"`) {
				kinds = append(kinds, kind)
			}
		}
	}
	if !slices.Equal(kinds, []string{"Add", "Add", "Remove"}) {
		t.Errorf("followers are told %v", kinds)
	}
	w.Refused(w.Service.Pin(w.Ctx(), max, thread.ID, true), forum.Forbidden, "PinOwnOnly")
	w.Refused(w.Service.Pin(w.Ctx(), nil, thread.ID, true), forum.Unauthenticated, "SignInFirst")
	w.Refused(w.Service.Pin(w.Ctx(), lea, 12, true), forum.NotFound, "")
	second := w.Thread(max, "telecoms", "second")
	var last forum.ID
	for range forum.MaxPins - 1 {
		last = w.Reply(lea, second.ID, 0, "me too").ID
		w.Must(w.Service.Pin(w.Ctx(), lea, last, true))
	}
	w.Refused(w.Service.Pin(w.Ctx(), lea, reply.ID, true), forum.Conflict, "TooManyPins")
	w.Must(w.Service.Delete(w.Ctx(), lea, last, "")) // and with it its pin
	w.Must(w.Service.Pin(w.Ctx(), lea, reply.ID, true))
	w.Refused(w.Service.Pin(w.Ctx(), lea, last, true), forum.Gone, "PostDeleted")

	// Somebody elsewhere.
	theirs := w.RemotePost(ole, "from there")
	theirs.ParentID = second.ID
	outcome, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(ole), theirs)
	w.Must(err)
	if !outcome.Done {
		t.Fatal(outcome.Reason)
	}
	for _, c := range []struct {
		uri  string
		on   bool
		done bool
		left int
	}{{theirs.URI, true, true, 1}, {theirs.URI, true, true, 1}, {second.URI, true, false, 1}, {"https://there.example/unknown", true, false, 1}, {theirs.URI, false, true, 0}} {
		outcome, err := w.Service.ReceivePin(w.Ctx(), w.Inbound(ole), c.uri, c.on)
		w.Must(err)
		if got := pinned(ole.ID); outcome.Done != c.done || len(got) != c.left {
			t.Errorf("%s, %v: %+v, pinned are %q", c.uri, c.on, outcome, got)
		}
	}
	w.Delete(lea)
	if got := pinned(lea.ID); got != nil {
		t.Errorf("a deleted account has pinned %q", got)
	}
}

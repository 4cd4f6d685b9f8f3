package forumtest

import (
	"strings"
	"testing"

	"portevoix/forum"
)

// testVotesWaiting votes on a post of a server that cannot be reached: once it can,
// it hears the last word of each person, and of each kind.
func testVotesWaiting(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("maxim")
	w.Forum("banks")
	const host = "mastodon.example"
	ole := w.Remote(forum.Person, "ole", host)
	th := w.Thread(lea, "banks", "Fees")
	in := w.RemotePost(ole, "<p>Me too</p>")
	in.ParentID = th.ID
	if outcome, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(ole), in); err != nil || !outcome.Done {
		t.Fatal(outcome, err)
	}
	reply, err := w.Store.PostByURI(w.Ctx(), in.URI)
	w.Must(err)
	w.deliverAll(map[string]string{host: ""})
	waiting := func() string {
		var list []string
		for _, body := range w.Delivered(host, forum.Microblog) {
			for _, kind := range []string{"Undo", "Like", "Announce"} {
				if strings.Contains(strings.ReplaceAll(body, `\`, ""), `"type":"`+kind+`"`) {
					list = append(list, kind)
					break
				}
			}
		}
		pending, err := w.Store.PendingDeliveries(w.Ctx())
		w.Must(err)
		if pending != len(list) {
			t.Errorf("%d deliveries are counted, %d wait", pending, len(list))
		}
		return strings.Join(list, " ")
	}
	for _, on := range []bool{true, false, true} {
		w.Must(w.Service.Support(w.Ctx(), lea, reply.ID, on))
		w.Must(w.Service.Boost(w.Ctx(), lea, reply.ID, on))
		w.Must(w.Service.Support(w.Ctx(), maxim, reply.ID, on))
	}
	if got := waiting(); got != "Like Announce Like" {
		t.Errorf("after a change of mind, %q waits", got)
	}
	w.Must(w.Service.Support(w.Ctx(), lea, reply.ID, false))
	if got := waiting(); got != "Announce Like Undo" {
		t.Errorf("after another one, %q waits", got)
	}
}

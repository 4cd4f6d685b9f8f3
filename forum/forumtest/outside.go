package forumtest

import (
	"sync"
	"sync/atomic"
	"testing"

	"portevoix/forum"
)

// testReceiveTwice has the same post come several ways at the same moment.
func testReceiveTwice(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	const posts, ways = 10, 6
	var wait sync.WaitGroup
	var done atomic.Int64
	for range posts {
		reply := w.RemotePost(ines, "me too")
		reply.ParentID = th.ID
		for range ways {
			in := w.Inbound(ines)
			wait.Go(func() {
				o, err := w.Service.ReceivePost(w.Ctx(), in, reply)
				if err != nil {
					t.Error(err)
				}
				if o.Done {
					done.Add(1)
				}
			})
		}
	}
	wait.Wait()
	view, err := w.Store.ThreadView(w.Ctx(), th.ID, 0)
	w.Must(err)
	if done.Load() != posts || view.ReplyCount != posts {
		t.Errorf("%d of %d posts took effect, %d are counted", done.Load(), posts, view.ReplyCount)
	}
}

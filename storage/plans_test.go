package storage_test

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"portevoix/forum"
	"portevoix/forum/forumtest"
	"portevoix/storage"
	"portevoix/storage/storagetest"
)

// large are the tables that grow with what people write, by the names that
// statements give them.
var large = regexp.MustCompile(`^SCAN (posts|child|notifications|pictures|follows|deliveries|supports|boosts|visits|accounts)\b`)

// TestPlans holds that what is done all the time walks through no large table from
// end to end: SQLite uses an index of some rows only where the statement says that
// it means those.
func TestPlans(t *testing.T) {
	store := storagetest.Open(t, storage.SQLite)
	w := forumtest.NewWorld(t, store)
	lea, maxim := w.Person("lea"), w.Person("maxim")
	w.Forum("banks")
	ole := w.Remote(forum.Person, "ole", "mastodon.example")
	var mu sync.Mutex
	said := map[string]bool{}
	store.Record(func(query string) {
		mu.Lock()
		defer mu.Unlock()
		said[query] = true
	})
	th := w.Thread(lea, "banks", "Fees")
	first := w.Reply(maxim, th.ID, 0, "Me too")
	second := w.Reply(lea, th.ID, first.ID, "Since when?")
	in := w.RemotePost(ole, "<p>Here as well</p>")
	in.ParentID = second.ID
	if _, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(ole), in); err != nil {
		t.Fatal(err)
	}
	w.Must(w.Service.Support(w.Ctx(), maxim, th.ID, true))
	w.Must(w.Service.Boost(w.Ctx(), maxim, first.ID, true))
	_, err := w.Service.Edit(w.Ctx(), lea, second.ID, forum.Edit{Body: "Since when, please?"})
	w.Must(err)
	for _, viewer := range []forum.ID{0, lea.ID} {
		for _, under := range []forum.ID{0, first.ID} {
			_, _, err := store.ThreadWithReplies(w.Ctx(), forum.ReplyQuery{ThreadID: th.ID, Under: under, Viewer: viewer, Sort: forum.SortBest, Limit: 30, Depth: 6, PerPage: 200})
			w.Must(err)
		}
		_, err := store.Threads(w.Ctx(), forum.ThreadQuery{Viewer: viewer, Limit: 20})
		w.Must(err)
	}
	_, err = store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: lea.ID, Limit: 20})
	w.Must(err)
	_, err = store.FollowByURI(w.Ctx(), "https://mastodon.example/follows/1")
	if forum.CodeOf(err) != forum.NotFound {
		t.Fatal(err)
	}
	w.Must(w.Service.Delete(w.Ctx(), maxim, first.ID, ""))
	if len(said) < 50 {
		t.Errorf("only %d statements were seen", len(said))
	}
	for query := range said {
		plan, err := store.Plan(query)
		if err != nil {
			continue // pragmas, savepoints
		}
		for _, step := range plan {
			if large.MatchString(step) {
				t.Errorf("%s:\n%s", step, query)
			}
		}
	}
}

// TestDecisionPlans holds that every part of the moderation log is read along an
// index, the newest first.
func TestDecisionPlans(t *testing.T) {
	store := storagetest.Open(t, storage.SQLite)
	for index, q := range map[string]forum.DecisionQuery{
		"SCAN decisions":                         {Peers: true},
		"decisions_kind (kind=? AND id<?)":       {Kind: forum.DecisionBanned, Before: 7, Peers: true},
		"decisions_forum (forum_id=? AND id<?)":  {ForumID: 1, Before: 7, Peers: true},
		"decisions_forum_kind (forum_id=? AND k": {ForumID: 1, Kind: forum.DecisionBanned, Peers: true},
		"decisions_subject (subject_id=?)":       {PostID: 1, Peers: true},
	} {
		var said []string
		store.Record(func(query string) { said = append(said, query) })
		q.Limit = 10
		if _, err := store.Decisions(t.Context(), q); err != nil || len(said) != 1 {
			t.Fatalf("%v: %q", err, said)
		}
		store.Record(func(string) {})
		plan, err := store.Plan(said[0])
		if steps := strings.Join(plan, "\n"); err != nil || !strings.Contains(steps, index) || !strings.Contains(steps, "decisions_undone") || strings.Contains(steps, "TEMP B-TREE") {
			t.Errorf("%+v: %v\n%s", q, err, steps)
		}
	}
}

package storage_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
	"portevoix/storage"
	"portevoix/storage/storagetest"
)

// TestSearchBacklog has threads and people from before the index: they are found
// after a while, and what is hidden is not.
func TestSearchBacklog(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			store := storagetest.Open(t, driver)
			w := forumtest.NewWorld(t, store)
			lea := w.Person("lea")
			w.Forum("banks")
			kept := w.Thread(lea, "banks", "Licorne")
			w.Reply(lea, kept.ID, 0, "une licorne")
			w.Must(w.Service.Delete(t.Context(), lea, w.Thread(lea, "banks", "Licorne effacée").ID, ""))
			for _, query := range []string{"DELETE FROM post_search", "DELETE FROM actor_search",
				"INSERT INTO search_backlog (what, up_to) VALUES ('posts', 0), ('actors', 0)"} {
				w.Must(store.Exec(t.Context(), query))
			}
			count := func(kind forum.SearchKind, words string) int {
				page, err := w.Service.Search(t.Context(), forum.SearchRequest{Words: words, Kind: kind, Limit: 10})
				w.Must(err)
				return len(page.Findings)
			}
			if n := count(forum.SearchPosts, "licorne"); n != 0 {
				t.Fatalf("%d findings without an index", n)
			}
			w.Must(store.StartJobs(t.Context(), store.NewWorkers()))
			t.Cleanup(func() {
				stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				defer cancel()
				if err := store.StopJobs(stop); err != nil {
					t.Error(err)
				}
			})
			forumtest.Eventually(t, 30*time.Second, "the index to be filled", func() bool {
				return count(forum.SearchPosts, "licornes") == 2 && count(forum.SearchPeople, "lea") == 1 && count(forum.SearchForums, "banks") == 1
			})
		})
	}
}

// FuzzSearch holds that whatever is written is a search that SQLite understands.
func FuzzSearch(f *testing.F) {
	store := storagetest.Open(f, storage.SQLite)
	for _, s := range []string{`a "b c" -d`, "NEAR(a b, 2)", "title:x*", "'\"“«", "^a + b", "été-là", "東京"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		search, err := forum.ParseSearch(s)
		if err != nil {
			return
		}
		for _, kind := range []forum.SearchKind{forum.SearchPosts, forum.SearchPeople} {
			if _, err := store.Search(t.Context(), forum.SearchQuery{Search: search, Kind: kind, Limit: 2}); err != nil {
				t.Fatalf("%q: %v", s, err)
			}
		}
	})
}

// TestSearchUsesIndexes holds that a search begins at the index of words.
func TestSearchUsesIndexes(t *testing.T) {
	store := storagetest.Open(t, storage.SQLite)
	plan, err := store.ExplainSearch(t.Context(), forum.SearchQuery{Search: forum.Search{Terms: []forum.SearchTerm{{Text: "box"}}, Since: time.Now()}, Viewer: 7})
	if err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(plan, "\n"); !strings.Contains(first, "post_search VIRTUAL TABLE INDEX") || strings.Contains(plan, "TEMP B-TREE") {
		t.Errorf("the plan of a search:\n%s", plan)
	}
}

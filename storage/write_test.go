package storage_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
	"portevoix/storage"
	"portevoix/storage/storagetest"
)

func bury(store *storage.Store, uri string, result error) error {
	return store.Write(context.Background(), func(ctx context.Context, tx forum.Tx) error {
		if err := tx.Bury(ctx, uri, forum.SystemClock{}.Now()); err != nil {
			return err
		}
		return result
	})
}

// Changes that share a commit fail and succeed each for itself.
func TestWritesAreIndependent(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			store := storagetest.Open(t, driver)
			odd := errors.New("odd")
			var wait sync.WaitGroup
			for i := range 200 {
				wait.Go(func() {
					var want error
					if i%2 == 1 {
						want = odd
					}
					if err := bury(store, fmt.Sprintf("https://x.example/%d", i), want); !errors.Is(err, want) {
						t.Errorf("write %d returned %v", i, err)
					}
				})
			}
			wait.Wait()
			for i := range 200 {
				got, err := store.Tombstoned(t.Context(), fmt.Sprintf("https://x.example/%d", i))
				if err != nil {
					t.Fatal(err)
				}
				if got != (i%2 == 0) {
					t.Errorf("write %d: stored is %v", i, got)
				}
			}
		})
	}
}

// A change may read beside its transaction, as what signs does, while others wait
// for the same row: many more than there are connections.
func TestWritesThatRead(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			store := storagetest.Open(t, driver)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var wait sync.WaitGroup
			for range 8 * max(6, 2*runtime.NumCPU()) {
				wait.Go(func() {
					err := store.Write(ctx, func(ctx context.Context, tx forum.Tx) error {
						if _, err := tx.Remember(ctx, "https://x.example/same", forum.SystemClock{}.Now()); err != nil {
							return err
						}
						_, err := store.Received(ctx, "https://x.example/other")
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
		})
	}
}

// Foreign text may hold a NUL, which no statement can.
func TestTextWithNUL(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			store := storagetest.Open(t, driver)
			if err := bury(store, "https://x.example/\x00'1", nil); err != nil {
				t.Fatal(err)
			}
			if gone, err := store.Tombstoned(t.Context(), "https://x.example/'1"); err != nil || !gone {
				t.Errorf("stored is %v, %v", gone, err)
			}
			a := &forum.Actor{ID: 1, Kind: forum.Person, Name: "ines", Host: "x.example", URI: "https://x.example/ines", DisplayName: "In\x00ès"}
			err := store.Write(t.Context(), func(ctx context.Context, tx forum.Tx) error { return tx.SaveRemoteActor(ctx, a, nil) })
			if err != nil {
				t.Fatal(err)
			}
			found, err := store.ActorByHandle(t.Context(), forum.Handle{Name: "ines\x00", Host: "x.example"})
			if err != nil || found.DisplayName != "Inès" {
				t.Errorf("found %+v, %v", found, err)
			}
		})
	}
}

// A panic in one change is that change's error on SQLite, where it would
// otherwise end the only writer.
func TestPanicInAWrite(t *testing.T) {
	store := storagetest.Open(t, storage.SQLite)
	err := store.Write(t.Context(), func(context.Context, forum.Tx) error { panic("boom") })
	if err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("got %v", err)
	}
	if err := bury(store, "https://x.example/after", nil); err != nil {
		t.Errorf("the next write failed: %v", err)
	}
}

// What was answered is there after opening the file again, and a closed store
// refuses.
func TestReopen(t *testing.T) {
	o := storage.Options{Driver: storage.SQLite, DSN: filepath.Join(t.TempDir(), "a b%c.db")}
	first, err := storage.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	applied, err := first.Migrate(t.Context())
	if err != nil || len(applied) == 0 {
		t.Fatalf("applied %v, %v", applied, err)
	}
	if err := bury(first, "https://x.example/1", nil); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := bury(first, "https://x.example/2", nil); err == nil {
		t.Error("a closed store took a write")
	}
	second, err := storage.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if again, err := second.Migrate(t.Context()); err != nil || len(again) != 0 {
		t.Errorf("migrated again: %v, %v", again, err)
	}
	if ok, err := second.Tombstoned(t.Context(), "https://x.example/1"); err != nil || !ok {
		t.Errorf("lost: %v, %v", ok, err)
	}
}

// Every order of threads and replies runs along an index: no sorting, no scan of
// a whole table.
func TestListsUseIndexes(t *testing.T) {
	store := storagetest.Open(t, storage.SQLite)
	for _, q := range []forum.ThreadQuery{
		{Sort: forum.SortHot}, {Sort: forum.SortNew}, {Sort: forum.SortActive}, {Sort: forum.SortTop}, {Sort: forum.SortTop, ForumID: 1, After: "3_5"},
		{Sort: forum.SortHot, ForumID: 1}, {Sort: forum.SortNew, ForumID: 1}, {Sort: forum.SortActive, ForumID: 1},
		{Sort: forum.SortNew, AuthorID: 1}, {Sort: forum.SortHot, After: "1_5"}, {Sort: forum.SortNew, NewerThan: 5}, {Sort: forum.SortNew, ForumID: 1, NewerThan: 5, OlderThan: 9}, {Sort: forum.SortHot, ForumID: 1, After: "1.5_5"},
	} {
		plan, err := store.ExplainThreads(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "SCAN posts") || !strings.Contains(plan, "threads_") {
			t.Errorf("%+v:\n%s", q, plan)
		}
	}
	for _, sort := range []forum.ThreadSort{forum.SortHot, forum.SortNew, forum.SortActive, forum.SortTop} { // what a forum shows from others
		plan, err := store.ExplainThreads(t.Context(), forum.ThreadQuery{Sort: sort, ForumID: 1, Linked: true, After: "3_5"})
		if err != nil || strings.Contains(plan, "TEMP B-TREE") || !strings.Contains(plan, "thread_links_"+string(sort)) {
			t.Errorf("linked, %s: %v\n%s", sort, err, plan)
		}
	}
	for _, sort := range []forum.ThreadSort{forum.SortActive, forum.SortNew} {
		plan, err := store.ExplainHome(t.Context(), forum.HomeQuery{Viewer: 1, Sort: sort, After: "1_5"})
		if err != nil {
			t.Fatal(err)
		}
		// Only what was collected is sorted, and the bounded newest of each hashtag; each
		// forum and person is read along its index.
		if strings.Count(plan, "TEMP B-TREE FOR ORDER BY") > 2 || strings.Contains(plan, "SCAN t") || !strings.Contains(plan, "threads_forum_"+string(sort)) || !strings.Contains(plan, "threads_author") {
			t.Errorf("home, %s:\n%s", sort, plan)
		}
	}
	plan, err := store.ExplainMailings(t.Context())
	if err != nil || !strings.Contains(plan, "notification_settings_due") || !strings.Contains(plan, "notification_groups_account") && !strings.Contains(plan, "notification_groups_unread") && !strings.Contains(plan, "notification_groups_kind") || strings.Contains(plan, "SCAN") {
		t.Errorf("mailings: %v\n%s", err, plan)
	}
	for _, sort := range []forum.ReplySort{forum.SortBest, forum.SortNewest, forum.SortOldest} {
		plan, err := store.ExplainReplies(t.Context(), forum.ReplyQuery{ThreadID: 1, Sort: sort, After: "1_5", Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "SCAN posts") {
			t.Errorf("%s:\n%s", sort, plan)
		}
	}
	for _, sort := range forum.ForumSorts {
		plan, err := store.ExplainDirectory(t.Context(), forum.ForumQuery{Sort: sort, After: "1_5", Language: "fr", Origin: forum.LocalForums})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "SCAN actor") || strings.Contains(plan, "SCAN forums") {
			t.Errorf("directory, %s:\n%s", sort, plan)
		}
	}
	for name, explain := range map[string]func(context.Context) (string, error){"recent replies": store.ExplainRecentReplies, "sitemap": store.ExplainSitemap, "related": store.ExplainRelated, "alike": store.ExplainAlike} {
		plan, err := explain(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "SCAN posts") || strings.Contains(plan, "SCAN actors") {
			t.Errorf("%s:\n%s", name, plan)
		}
	}
}

// The two lists of migrations are in step.
func TestMigrationsAreInStep(t *testing.T) {
	var names [2][]string
	for i, driver := range drivers {
		o := storage.Options{Driver: driver, DSN: filepath.Join(t.TempDir(), "x.db")}
		if driver == storage.Postgres {
			o.DSN = storagetest.PostgresDSN(t)
		}
		store, err := storage.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		if names[i], err = store.Pending(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(names[i]) == 0 {
			t.Errorf("%s: an empty database has nothing pending", driver)
		}
		if _, err := store.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left, err := store.Pending(t.Context()); err != nil || len(left) != 0 {
			t.Errorf("%s: pending after migrating: %v, %v", driver, left, err)
		}
	}
	if fmt.Sprint(names[0]) != fmt.Sprint(names[1]) {
		t.Errorf("sqlite has %v, postgres has %v", names[0], names[1])
	}
}

// BenchmarkWrites shows what sharing commits brings: writes per second of one
// and of many writers, on a disk that is really flushed.
func BenchmarkWrites(b *testing.B) {
	for _, writers := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			store, err := storage.Open(b.Context(), storage.Options{Driver: storage.SQLite, DSN: filepath.Join(b.TempDir(), "x.db")})
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close()
			if _, err := store.Migrate(b.Context()); err != nil {
				b.Fatal(err)
			}
			next := make(chan int)
			var wait sync.WaitGroup
			for range writers {
				wait.Go(func() {
					for i := range next {
						if err := bury(store, fmt.Sprintf("https://x.example/%d", i), nil); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ResetTimer()
			for i := range b.N {
				next <- i
			}
			close(next)
			wait.Wait()
		})
	}
}

var _ forumtest.Store = (*storage.Store)(nil)

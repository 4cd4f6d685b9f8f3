package storage_test

import (
	"path/filepath"
	"testing"

	"portevoix/forum"
	"portevoix/storage"
	"portevoix/storage/storagetest"
)

// A database of the first version, with something in it, comes up to date and
// keeps what it had.
func TestMigrateWithData(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			o := storage.Options{Driver: driver, DSN: filepath.Join(t.TempDir(), "x.db")}
			if driver == storage.Postgres {
				o.DSN = storagetest.PostgresDSN(t)
			}
			store, err := storage.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			if err := store.MigrateTo(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			for _, query := range []string{
				`INSERT INTO actors (id, kind, name, uri, created_at) VALUES (1, 'Group', 'banks', 'https://here.example/f/banks', 1), (2, 'Person', 'lea', 'https://here.example/u/lea', 1)`,
				`INSERT INTO forums (actor_id, threads) VALUES (1, 2)`,
				`INSERT INTO posts (id, thread_id, forum_id, author_id, uri, title, content, published_at, supports, merit) VALUES
					(10, 10, 1, 2, 'https://here.example/t/10', 'Loved', '<p>Text</p>', 1, 5, 5), (11, 11, 1, 2, 'https://here.example/t/11', 'Plain', '<p>Text</p>', 2, 0, 0)`,
				`INSERT INTO threads (post_id, forum_id, author_id, kind, active_at, score) VALUES (10, 1, 2, 'grievance', 1, 1), (11, 1, 2, 'question', 2, 2)`,
			} {
				if err := store.Exec(t.Context(), query); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := store.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			page, err := store.Threads(t.Context(), forum.ThreadQuery{Sort: forum.SortTop, Limit: 5})
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Threads) != 2 || page.Threads[0].Title != "Loved" || page.Threads[0].Supports != 5 {
				t.Errorf("the top threads after the migration: %+v", page.Threads)
			}
		})
	}
}

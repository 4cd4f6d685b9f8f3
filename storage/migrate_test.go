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
				`INSERT INTO accounts (actor_id, email, email_key, role, unread) VALUES (2, 'lea@mail.example', 'lea@mail.example', 'member', 4)`,
				`INSERT INTO posts (id, thread_id, parent_id, branch_id, depth, forum_id, author_id, uri, published_at) VALUES (12, 10, 10, 12, 1, 1, 2, 'https://here.example/p/12', 1), (13, 10, 10, 13, 1, 1, 2, 'https://here.example/p/13', 1)`,
				`INSERT INTO notifications (id, account_id, kind, actor_id, post_id, created_at, read_at) VALUES
					(1, 2, 'support', 1, 10, 1, 5), (2, 2, 'support', 3, 10, 1, 0), (3, 2, 'support', 4, 10, 2, 0), (4, 2, 'reply', 3, 12, 1, 0), (5, 2, 'reply', 3, 13, 1, 0)`,
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
			notices, err := store.Notifications(t.Context(), forum.NotificationQuery{AccountID: 2, Limit: 5})
			if err != nil {
				t.Fatal(err)
			}
			account, err := store.Account(t.Context(), 2)
			if err != nil {
				t.Fatal(err)
			}
			g := notices.Groups
			if account.Unread != 2 || len(g) != 3 || g[0].Kind != forum.NotifyReply || g[0].Count != 2 || g[0].SubjectID != 10 || g[1].Count != 2 || len(g[1].Newest) != 2 || g[2].Count != 1 || g[2].ReadAt.IsZero() {
				t.Errorf("%d unread of the groups %+v after the migration", account.Unread, g)
			}
		})
	}
}

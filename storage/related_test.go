package storage_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
	"portevoix/storage"
	"portevoix/storage/storagetest"
)

func titles(list []forum.ThreadView) string {
	var out []string
	for _, t := range list {
		out = append(out, t.Title)
	}
	return strings.Join(out, " | ")
}

// work does the jobs that were enqueued, and those that come meanwhile, until the
// end of the test.
func work(w *forumtest.World, store *storage.Store) (settle func()) {
	t := w.T
	t.Helper()
	workers := store.NewWorkers()
	storage.AddWorker(workers, w.Service.WorkFollowers)
	storage.AddWorker(workers, w.Service.WorkMail)
	if err := store.StartJobs(t.Context(), workers); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := store.StopJobs(stop); err != nil {
			t.Error(err)
		}
	})
	return func() {
		t.Helper()
		forumtest.Eventually(t, 30*time.Second, "jobs to finish", func() bool {
			n, err := store.PendingJobs(t.Context())
			return err == nil && n == 0
		})
	}
}

// TestRelated finds threads that are alike, in the same order on both databases,
// and follows what becomes of them.
func TestRelated(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			store := storagetest.Open(t, driver)
			w := forumtest.NewWorld(t, store)
			settle := work(w, store)
			lea, maxim := w.Person("lea"), w.Person("max")
			w.Forum("telecoms")
			w.Forum("banks")
			start := func(by *forum.Account, in, title, body string) *forum.Thread {
				t.Helper()
				w.Clock.Advance(time.Second)
				th, err := w.Service.StartThread(t.Context(), by, forum.NewThread{Forum: in, Title: title, Body: body})
				w.Must(err)
				return th
			}
			related := func(of *forum.Thread, viewer forum.ID, want string) {
				t.Helper()
				list, err := store.Related(t.Context(), forum.RelatedQuery{ThreadID: of.ID, Viewer: viewer, Limit: 5})
				w.Must(err)
				if got := titles(list); got != want {
					t.Errorf("related to %q:\n got %s\nwant %s", of.Title, got, want)
				}
			}
			similar := func(title, in string, viewer forum.ID, want string) {
				t.Helper()
				list, err := w.Service.Similar(t.Context(), forum.SimilarRequest{Title: title, Forum: in, Viewer: viewer, Limit: 5})
				w.Must(err)
				if got := titles(list); got != want {
					t.Errorf("similar to %q:\n got %s\nwant %s", title, got, want)
				}
			}
			start(lea, "telecoms", "Plus d’internet", "La livebox est en panne depuis des semaines.")
			box := start(lea, "telecoms", "Ma Livebox en panne depuis trois semaines", "Rien. #fibre")
			fibre := start(maxim, "banks", "Travaux", "Ils ont coupé. #Fibre")
			again := start(maxim, "banks", "Panne de livebox", "Encore")
			start(lea, "banks", "Frais de tenue de compte", "Trop")
			settle()
			related(box, 0, "Panne de livebox | Plus d’internet | Travaux")
			related(again, 0, "Ma Livebox en panne depuis trois semaines | Plus d’internet")
			related(fibre, 0, "Ma Livebox en panne depuis trois semaines")
			similar("Livebox en pannes", "", 0, "Panne de livebox | Ma Livebox en panne depuis trois semaines | Plus d’internet")
			similar("LIVEBOX en panné", "telecoms", 0, "Ma Livebox en panne depuis trois semaines | Panne de livebox | Plus d’internet")
			similar("frais", "nowhere", 0, "Frais de tenue de compte")
			for _, none := range []string{"", " ", "de la", "pastèque", `"title : (`, "é'\\"} {
				similar(none, "", 0, "")
			}
			w.Must(w.Service.Block(t.Context(), lea, "max"))
			related(box, lea.ID, "Plus d’internet")
			similar("Livebox en panne", "", lea.ID, "Ma Livebox en panne depuis trois semaines | Plus d’internet")

			_, err := w.Service.Edit(t.Context(), maxim, again.ID, forum.Edit{Title: "Frais de compte en hausse", Body: "Trop"})
			w.Must(err)
			settle()
			related(box, 0, "Plus d’internet | Travaux")
			related(again, 0, "Frais de tenue de compte")
			w.Must(w.Service.Delete(t.Context(), maxim, fibre.ID, ""))
			related(box, 0, "Plus d’internet")
			// Of many that are alike the newest are kept.
			for i := range 12 {
				start(maxim, "banks", fmt.Sprintf("Livebox en panne, numéro %d", i), "Non")
			}
			settle()
			related(box, 0, "Livebox en panne, numéro 11 | Livebox en panne, numéro 10 | Livebox en panne, numéro 9 | Livebox en panne, numéro 8 | Livebox en panne, numéro 7")
			all, err := store.Related(t.Context(), forum.RelatedQuery{ThreadID: box.ID, Limit: 100})
			w.Must(err)
			if len(all) != 10 {
				t.Errorf("%d are kept", len(all))
			}
			w.Delete(maxim)
			settle()
			related(box, 0, "")
		})
	}
}

// TestRelatedBacklog relates threads that an older version left.
func TestRelatedBacklog(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			store := storagetest.Open(t, driver)
			w := forumtest.NewWorld(t, store)
			lea := w.Person("lea")
			w.Forum("banks")
			one := w.Thread(lea, "banks", "Frais de compte")
			w.Thread(lea, "banks", "Compte et frais")
			for _, query := range []string{"DELETE FROM river_job", "DELETE FROM post_search", "INSERT INTO search_backlog (what, up_to) VALUES ('posts', 0), ('related', 0)"} {
				w.Must(store.Exec(t.Context(), query))
			}
			work(w, store)()
			list, err := store.Related(t.Context(), forum.RelatedQuery{ThreadID: one.ID, Limit: 5})
			w.Must(err)
			if got := titles(list); got != "Compte et frais" {
				t.Errorf("related: %q", got)
			}
		})
	}
}

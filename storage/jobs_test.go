package storage_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"portevoix/forum/forumtest"
	"portevoix/storage"
)

// TestResumeJobs has a process go away in the middle of a job: the next one does
// it at once, not when the time for any job has passed.
func TestResumeJobs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "portevoix.db")
	start := func(work func(context.Context, countJob) error) *storage.Store {
		store, err := storage.Open(t.Context(), storage.Options{Driver: storage.SQLite, DSN: file, Synchronous: "OFF"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := store.StopJobs(stop); err != nil {
				t.Error(err)
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
		if _, err := store.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		workers := store.NewWorkers()
		storage.AddWorker(workers, work)
		if err := store.StartJobs(t.Context(), workers); err != nil {
			t.Fatal(err)
		}
		return store
	}
	// The one that goes away is busy with as many jobs as it can take: it is still
	// there in this test, and would take the resumed ones itself.
	begun, never, done := make(chan struct{}, storage.JobWorkers), make(chan struct{}), make(chan struct{}, storage.JobWorkers)
	killed := start(func(context.Context, countJob) error {
		begun <- struct{}{}
		<-never
		return nil
	})
	t.Cleanup(func() { close(never) })
	for range storage.JobWorkers {
		if err := killed.EnqueueJob(t.Context(), countJob{}); err != nil {
			t.Fatal(err)
		}
	}
	for range storage.JobWorkers {
		<-begun
	}
	start(func(context.Context, countJob) error {
		done <- struct{}{}
		return nil
	})
	forumtest.Eventually(t, 90*time.Second, "the jobs to be done again", func() bool { return len(done) == storage.JobWorkers })
}

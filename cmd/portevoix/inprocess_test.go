package main

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
	"portevoix/storage"
	"portevoix/storage/storagetest"
)

// shiftedClock is the machine's clock, and some more.
type shiftedClock struct {
	mu    sync.Mutex
	shift time.Duration
}

func (c *shiftedClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return forum.SystemClock{}.Now().Add(c.shift)
}

func (c *shiftedClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shift += d
}

// inProcess is a whole server in this process, for tests that look inside it.
type inProcess struct {
	*server
	t       testing.TB
	base    string
	clock   *shiftedClock
	printed *logBuffer // log and mail
}

// startInProcess starts a server with doors, jobs and deliveries.
func startInProcess(t testing.TB, change func(*config.Config)) *inProcess {
	t.Helper()
	addr := freeAddress(t)
	cfg := config.Default()
	cfg.Server.Listen, cfg.Server.BaseURL, cfg.Server.DataDir = addr, "http://"+addr, filepath.Join(t.TempDir(), "data")
	cfg.Federation.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	cfg.Storage.Synchronous = "OFF"
	cfg.Posting.UndoSeconds = 0 // what is sent is there
	if change != nil {
		change(&cfg)
	}
	if file := filepath.Join(cfg.Server.DataDir, "portevoix.db"); cfg.Storage.Driver == "sqlite" && cfg.Storage.DSN == "" {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) { // else a server begins anew
			if err := os.MkdirAll(cfg.Server.DataDir, 0o700); err != nil {
				t.Fatal(err)
			}
			storagetest.WriteSQLite(t, file)
		}
	}
	clock, printed := &shiftedClock{}, &logBuffer{}
	a, err := newApp(context.Background(), &cfg, printed, clock)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newServer(context.Background(), a)
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return &inProcess{server: s, t: t, base: cfg.Server.BaseURL, clock: clock, printed: printed}
}

// host is the server's, with its port.
func (s *inProcess) host() string { return s.service.Addresses().Host() }

// account opens a confirmed account.
func (s *inProcess) account(name string) *forum.Account {
	s.t.Helper()
	a, err := s.service.CreateAccount(s.t.Context(), forum.Operator(), forum.NewAccount{Name: name, Email: name + "@mail.example"}, forum.Member)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// forum opens a forum.
func (s *inProcess) forum(name string, moderators ...string) *forum.Forum {
	s.t.Helper()
	f, err := s.service.CreateForum(s.t.Context(), forum.Operator(), name, forum.ForumDetails{Title: name}, moderators)
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}

// thread opens a thread.
func (s *inProcess) thread(by *forum.Account, name, title string) *forum.Thread {
	s.t.Helper()
	th, err := s.service.StartThread(s.t.Context(), by, forum.NewThread{Forum: name, Title: title, Body: "Text of " + title})
	if err != nil {
		s.t.Fatal(err)
	}
	return th
}

// queries is how many statements it takes to answer a request, without what the
// server does by itself meanwhile.
func (s *inProcess) queries(r *http.Request) int64 {
	s.t.Helper()
	var n atomic.Int64
	answer := httptest.NewRecorder()
	s.http.Handler.ServeHTTP(answer, r.WithContext(storage.CountQueries(r.Context(), &n)))
	if answer.Code >= http.StatusBadRequest {
		s.t.Fatalf("%s %s: %d %s", r.Method, r.URL, answer.Code, answer.Body)
	}
	return n.Load()
}

// settle waits until no job is left.
func (s *inProcess) settle() {
	s.t.Helper()
	forumtest.Eventually(s.t, patience, "jobs to finish", func() bool {
		n, err := s.store.PendingJobs(s.t.Context())
		return err == nil && n == 0
	})
}

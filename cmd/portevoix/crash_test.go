package main

import (
	"database/sql"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portevoix/forum/forumtest"
	"portevoix/storage/storagetest"
)

// TestCrash kills the server hard in the middle of everything, several times.
// What it acknowledged is there afterwards; what other servers are due is
// delivered, and nothing is told twice in other words.
func TestCrash(t *testing.T) {
	home := newProcess(t).start()
	crash(t, home, 4, func() {})
}

// TestCrashPostgres is TestCrash with the other database, which goes on running.
func TestCrashPostgres(t *testing.T) {
	dsn := storagetest.PostgresDSN(t)
	home := newProcess(t, "PORTEVOIX_STORAGE_DRIVER=postgres", "PORTEVOIX_STORAGE_DSN="+dsn).start()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	// Several processes may share the work there, so what a dead one held is
	// taken over after a while; here the while is over at once.
	crash(t, home, 2, func() {
		for _, query := range []string{"UPDATE peers SET leased_until = 0", "UPDATE river_job SET state = 'available' WHERE state = 'running'"} {
			if _, err := db.Exec(query); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestCrashOfTwo lets two processes share the work on one database, and kills one of
// them in the middle of it: the other takes over what it held, nothing is lost, and
// nothing is delivered again but what was under way.
func TestCrashOfTwo(t *testing.T) {
	dsn := storagetest.PostgresDSN(t)
	database := []string{"PORTEVOIX_STORAGE_DRIVER=postgres", "PORTEVOIX_STORAGE_DSN=" + dsn}
	home := newProcess(t, database...).start()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := startTraffic(t, home)
	// one waits for a name that is none of those known, as who does the work.
	one := func(what, query string, known ...any) string {
		t.Helper()
		var name string
		forumtest.Eventually(t, patience, what, func() bool { return db.QueryRow(query, known...).Scan(&name) == nil })
		return name
	}
	const leased, worked = "SELECT leased_by FROM peers WHERE leased_by <> '' AND leased_by <> $1 LIMIT 1", "SELECT attempted_by[array_upper(attempted_by, 1)] FROM river_job WHERE attempted_by IS NOT NULL AND attempted_by[array_upper(attempted_by, 1)] <> $1 LIMIT 1"
	deliverer, worker := one("a lease", leased, ""), one("a job", worked, "")
	second := newProcess(t, append(database, "PORTEVOIX_SERVER_BASE_URL=http://"+home.addr)...)
	const kills = 2
	for range kills {
		c.mark()
		second.start()
		one("a lease of the second process", leased, deliverer)
		until := c.answered.Load() + 60
		forumtest.Eventually(t, patience, "traffic", func() bool { return c.answered.Load() >= until })
		second.kill()
		// What it held is taken over after a while; here the while is over at once.
		for query, own := range map[string]string{
			"UPDATE peers SET leased_until = 0 WHERE leased_by <> $1":                                                               deliverer,
			"UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] <> $1": worker,
		} {
			if _, err := db.Exec(query, own); err != nil {
				t.Error(err)
			}
		}
	}
	c.stop()
	c.check()
	if repeats := c.repeats(); repeats > kills*len(c.sides)*64 {
		t.Errorf("%d deliveries were repeated", repeats)
	}
}

// crash kills the server so many times under full traffic, and then looks for
// everything.
func crash(t *testing.T, home *process, times int, expire func()) {
	c := startTraffic(t, home)
	for range times {
		// Two marks: what was under way at the last kill is settled by now, so
		// this one cannot make the same activity arrive a third time.
		c.mark()
		c.mark()
		until := c.answered.Load() + 40 + rand.Int64N(120)
		forumtest.Eventually(t, patience, "traffic", func() bool { return c.answered.Load() >= until })
		c.down()
		home.kill()
		expire()
		home.start()
		c.back()
	}
	c.stop()
	c.check()
	if repeats := c.repeats(); repeats > times*len(c.sides)*64 {
		t.Errorf("%d deliveries were repeated", repeats)
	}
}

// TestStop ends the server in the middle of everything, but gracefully.
func TestStop(t *testing.T) {
	home := newProcess(t).start()
	c := startTraffic(t, home)
	c.mark()
	t.Run("a second server on the database", func(t *testing.T) {
		second := newProcess(t, "PORTEVOIX_SERVER_DATA_DIR="+filepath.Join(home.dir, "data"))
		if _, err := second.run("", "serve"); err == nil || !strings.Contains(err.Error(), "exit status 1") || !strings.Contains(err.Error(), "another server is running on this database") {
			t.Errorf("was not refused: %v", err)
		}
	})
	until := c.answered.Load() + 40
	forumtest.Eventually(t, patience, "traffic", func() bool { return c.answered.Load() >= until })
	c.down()
	if code := home.stop(); code != exitOK {
		t.Errorf("stopped with code %d", code)
	}
	if left, err := os.Stat(filepath.Join(home.dir, "data", "portevoix.db-wal")); err == nil && left.Size() > 0 {
		t.Errorf("the write-ahead log was left with %d bytes", left.Size())
	}
	home.start()
	c.back()
	c.stop()
	c.check()
	if repeats := c.repeats(); repeats != 0 {
		t.Errorf("%d deliveries were repeated after a graceful stop", repeats)
	}
}

// check looks for everything that was acknowledged and everything that is due.
func (c *traffic) check() {
	c.t.Helper()
	for _, one := range c.sent {
		if !one.arrived {
			forumtest.Eventually(c.t, patience, "an activity to be taken that was sent again", func() bool { return c.deliver(one) && one.arrived })
		}
	}
	forumtest.Eventually(c.t, patience, "jobs and deliveries to be done", func() bool {
		out, err := c.home.run("", "doctor")
		return err == nil && strings.Contains(out, " 0 jobs are waiting") && strings.Contains(out, " 0 deliveries are waiting")
	})
	threads, replies := c.stored()
	for id, title := range c.threads {
		if threads[id] == nil || threads[id]["title"] != title {
			c.t.Errorf("acknowledged thread %s (%s) is not there", id, title)
		}
	}
	byID := map[string]map[string]any{}
	for _, r := range replies {
		byID[text(r, "id")] = r
	}
	for id, thread := range c.replies {
		if byID[id] == nil || byID[id]["thread_id"] != thread {
			c.t.Errorf("acknowledged reply %s in %s is not there", id, thread)
		}
	}
	c.checkReceived(threads, replies)
	c.checkDelivered(threads, replies)
	c.t.Logf("%d threads, %d replies, %d activities received, %d deliveries repeated", len(threads), len(replies), len(c.sent), c.repeats())
}

// stored reads all threads, by id, and all replies, by address.
func (c *traffic) stored() (threads, replies map[string]map[string]any) {
	threads, replies = map[string]map[string]any{}, map[string]map[string]any{}
	c.lea.all("/threads?forum=telecoms&limit=100", func(t map[string]any) {
		threads[text(t, "id")] = t
	})
	for id := range threads {
		c.lea.all("/threads/"+id+"/replies?limit=100", func(r map[string]any) {
			if replies[text(r, "uri")] != nil {
				c.t.Errorf("%s is there twice", r["uri"])
			}
			replies[text(r, "uri")] = r
		})
	}
	return threads, replies
}

// all visits every entry of a list of the API, page after page.
func (u *person) all(path string, visit func(map[string]any)) {
	u.p.t.Helper()
	for address := "http://" + u.p.addr + "/api/portevoix/v1" + path; address != ""; {
		response, err := http.Get(address)
		if err != nil {
			u.p.t.Fatal(err)
		}
		var page []map[string]any
		err = json.NewDecoder(response.Body).Decode(&page)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			u.p.t.Fatalf("GET %s: %s %v", address, response.Status, err)
		}
		for _, one := range page {
			visit(one)
		}
		address = linkTo(response, "next")
	}
}

// linkTo is the address of the page with a relation to this one (RFC 8288), ""
// when there is none.
func linkTo(response *http.Response, relation string) string {
	for _, link := range strings.Split(response.Header.Get("Link"), ", ") {
		if address, ok := strings.CutSuffix(link, `>; rel="`+relation+`"`); ok {
			return strings.TrimPrefix(address, "<")
		}
	}
	return ""
}

// checkReceived compares what other servers sent with what became of it. All of
// it was acknowledged by now.
func (c *traffic) checkReceived(threads, replies map[string]map[string]any) {
	likes, follows := map[string]int{}, 0
	for _, one := range c.sent {
		switch one.activity["type"] {
		case "Follow":
			follows++
		case "Like":
			likes[one.thread]++
		case "Create":
			uri := one.activity["object"].(map[string]any)["id"].(string)
			if r := replies[uri]; r == nil || r["thread_id"] != one.thread {
				c.t.Errorf("acknowledged reply %s is not there", uri)
			}
			if one.fetch != "" && replies[one.fetch] == nil {
				c.t.Errorf("reply %s, under which an acknowledged one stands, is not there", one.fetch)
			}
		}
	}
	for id, t := range threads {
		if n := number(t, "supports"); n != likes[id] {
			c.t.Errorf("thread %s has %d supports for %d Likes", id, n, likes[id])
		}
	}
	if _, f := c.lea.api(http.MethodGet, "/forums/telecoms", nil); number(f, "followers") != follows {
		c.t.Errorf("%d followers after %d Follows", number(f, "followers"), follows)
	}
}

// checkDelivered wants everything due to have arrived, under one id each, and
// each id at most twice.
func (c *traffic) checkDelivered(threads, replies map[string]map[string]any) {
	microblog, lemmy := c.sides[0], c.sides[1]
	want := func(s *side, what string) {
		if !s.has(what) {
			c.t.Errorf("%s did not get %s", s.software, what)
		}
	}
	for _, t := range threads {
		want(microblog, "Announce "+text(t, "uri"))
		want(lemmy, "Announce Create "+text(t, "uri"))
	}
	fetched := map[string]bool{} // these came without a Create that could be passed on
	for _, one := range c.sent {
		fetched[one.fetch] = true
		switch id := one.activity["id"].(string); one.activity["type"] {
		case "Follow":
			want(one.side, "Accept Follow "+id)
		case "Like":
			want(lemmy, "Announce Like "+id)
		}
	}
	for uri := range replies {
		if !fetched[uri] {
			want(lemmy, "Announce Create "+uri)
		}
		if microblog.has("Announce Create "+uri) || microblog.has("Announce "+uri) {
			c.t.Errorf("a microblog got the reply %s", uri)
		}
	}
	for _, s := range c.sides {
		for what, ids := range s.ids {
			if len(ids) != 1 {
				c.t.Errorf("%s got %s as %v", s.software, what, ids)
			}
		}
		for id, n := range s.times {
			if n > 2 {
				c.t.Errorf("%s got %s %d times", s.software, id, n)
			}
		}
	}
}

// repeats counts deliveries that arrived again, under the same id.
func (c *traffic) repeats() int {
	repeats := 0
	for _, s := range c.sides {
		for _, n := range s.times {
			repeats += n - 1
		}
	}
	return repeats
}

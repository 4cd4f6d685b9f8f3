package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

const importFixtures = "importing/testdata/"

// terminal runs commands on the data of a server that runs.
func (s *inProcess) terminal() *terminal {
	return &terminal{t: s.t.(*testing.T), environ: []string{
		"PORTEVOIX_SERVER_DATA_DIR=" + s.config.Server.DataDir, "PORTEVOIX_SERVER_LISTEN=" + s.config.Server.Listen, "PORTEVOIX_SERVER_BASE_URL=" + s.base,
		"PORTEVOIX_FEDERATION_ALLOW_NETWORKS=127.0.0.0/8", "PORTEVOIX_STORAGE_SYNCHRONOUS=OFF",
	}}
}

// TestImport brings a fixture of each format while the server runs and somebody
// elsewhere follows the forum, and looks at the pages.
func TestImport(t *testing.T) {
	t.Parallel()
	home, far := startInProcess(t, nil), startInProcess(t, nil)
	home.forum("energy")
	zoe := far.account("zoe")
	if _, err := far.service.Follow(t.Context(), zoe, "energy@"+home.host()); err != nil {
		t.Fatal(err)
	}
	forumtest.Eventually(t, patience, "the follower", func() bool {
		f, err := home.store.Forum(t.Context(), forum.Handle{Name: "energy"})
		return err == nil && f.Followers == 1
	})
	c := home.terminal()
	c.steps([]step{
		{line: "import lemmy " + importFixtures + "lemmy --forum energy", out: `(?s)Read \(kB\): \d+\nBrought: 7\nBrought from old.example into !energy: 2 authors, 1 threads, 3 replies.\n\nWhat could not be brought.*1  deleted post\n`},
		{line: "import phpbb " + importFixtures + "phpbb.sql --forum energy", code: exitFailed, out: `(?m)^3 +Moderators +1 +behind a password$`, errs: `name the forums that everybody may read with --category`},
		{line: "import phpbb " + importFixtures + "phpbb.sql --forum energy --category 2", out: `Brought from board.example into !energy: 3 authors, 2 threads, 2 replies`},
		{line: "import discourse " + importFixtures + "discourse.sql --forum energy", code: exitFailed, errs: `name it with --from`},
		{line: "import discourse " + importFixtures + "discourse.sql --forum energy --from talk.example", out: `Brought from talk.example into !energy: 3 authors, 1 threads, 3 replies`},
		{line: "import lemmy " + importFixtures + "lemmy --forum energy", out: `0 authors, 0 threads, 0 replies.\n4 posts were brought before`},
		{line: "import lemmy " + importFixtures + "lemmy --forum nowhere", code: exitFailed, errs: `nowhere`},
		{line: "import lemmy " + importFixtures + "lemmy --forum energy --category 77", code: exitFailed, errs: `category "77"`},
		{line: "import phpbb " + importFixtures + "piefed.json --forum energy", code: exitFailed, errs: `no table of phpBB`},
	})
	visitor := home.textBrowser("")
	visitor.get("/f/energy").is(200).shows("The meter runs by itself", "Cut off &#34;by mistake&#34;", "A fee from nowhere")
	lemmy := home.importedThread(t, "The meter runs by itself")
	visitor.get("/t/"+lemmy.ID.String()).shows("marie", "Luc", "imported from old.example", "Since <strong>when</strong>?", "2023-08-01", `href="https://old.example/pictrs/image/bill.png"`)
	if lemmy.ReplyCount != 3 || !lemmy.Locked() || !lemmy.PublishedAt.Equal(time.Date(2023, 8, 1, 18, 15, 42, 162e6, time.UTC)) {
		t.Errorf("the thread is %+v", lemmy)
	}
	visitor.get("/t/"+home.importedThread(t, `Cut off "by mistake"`).ID.String()).shows("<strong>warning</strong>", "<li>one</li>", "O&#39;Brien", "2 * 3 &lt; 7", "As a guest", "2006-05-04")
	for path, want := range map[string]string{"/u/old_marie": `"publicKeyPem"`, "/t/" + lemmy.ID.String(): `"attributedTo":"` + home.base + `/u/old_marie"`} {
		if answer := home.get(path, "Accept", "application/activity+json"); answer.status != 200 || !strings.Contains(answer.body, want) {
			t.Errorf("%s for other servers is %d %s", path, answer.status, answer.body)
		}
	}
	visitor.get("/u/old_marie").is(200).shows("imported from old.example")
	visitor.get("/search?q=meter").shows("The <mark>meter</mark> runs by itself")
	home.settle()
	far.settle()
	if n, err := home.store.PendingDeliveries(t.Context()); err != nil || n != 0 {
		t.Errorf("%d deliveries wait: %v", n, err)
	}
	page, err := far.store.Threads(t.Context(), forum.ThreadQuery{Limit: 10})
	if err != nil || len(page.Threads) != 0 {
		t.Errorf("the follower's server has %d threads: %v", len(page.Threads), err)
	}

	// Nobody signs in as an imported author, until an administrator says who it is.
	c.steps([]step{
		{line: "account reset old_marie", code: exitFailed, errs: `no account “old_marie”`},
		{line: "account claim old_marie --email marie@mail.example", out: `^old_marie has an account now`},
		{line: "account claim old_marie --email marie@mail.example", code: exitFailed, errs: `old_marie was not imported`},
		{line: "account reset old_marie", out: `/link/`},
	})
	home.textBrowser("old_marie").get("/").is(200)
}

// importedThread finds a thread by its title.
func (s *inProcess) importedThread(t *testing.T, title string) forum.ThreadView {
	t.Helper()
	page, err := s.store.Threads(t.Context(), forum.ThreadQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, th := range page.Threads {
		if th.Title == title {
			return th
		}
	}
	t.Fatalf("no thread is called %q", title)
	return forum.ThreadView{}
}

// TestImportDryRun holds that a dry run changes nothing and says what an import
// then does.
func TestImportDryRun(t *testing.T) {
	t.Parallel()
	c := newTerminal(t)
	c.steps([]step{{line: "forum create energy --title Energy"}})
	before := c.contents()
	report := filepath.Join(t.TempDir(), "report.json")
	c.steps([]step{
		{line: "import lemmy " + importFixtures + "lemmy --forum energy --dry-run --report " + report,
			out: `(?s)CATEGORY +NAME +THREADS.*3 +Energy +2 *\n.*Nothing was written. An import would bring from old.example into !energy: 2 authors, 1 threads, 3 replies.`},
		{line: "import phpbb " + importFixtures + "phpbb.sql --forum energy --dry-run", out: `3 authors, 2 threads, 2 replies`},
		{line: "import discourse " + importFixtures + "discourse.sql --forum energy --from talk.example --dry-run", out: `3 authors, 1 threads, 3 replies`},
	})
	if after := c.contents(); after != before {
		t.Errorf("a dry run changed the database from\n%s\nto\n%s", before, after)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var result importResult
	if err := json.Unmarshal(text, &result); err != nil || !result.DryRun || result.Threads != 1 || len(result.Lost) != 5 || result.Lost[0].Examples == nil {
		t.Errorf("the report is %s: %v", text, err)
	}
	plain := filepath.Join(t.TempDir(), "report.txt")
	c.steps([]step{
		{line: "import lemmy " + importFixtures + "lemmy --forum energy --report " + plain, out: `Brought from old.example`},
		{line: "import lemmy " + importFixtures + "lemmy --forum energy --dry-run", out: `0 authors, 0 threads, 0 replies.\n4 posts were brought before`},
	})
	if text, err := os.ReadFile(plain); err != nil || !regexp.MustCompile(`1  deleted post\n +https://old.example/post/21\n`).Match(text) {
		t.Errorf("the report is %s: %v", text, err)
	}
}

// contents counts the rows of all tables.
func (c *terminal) contents() string {
	c.t.Helper()
	dir, _ := strings.CutPrefix(c.environ[0], "PORTEVOIX_SERVER_DATA_DIR=")
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "portevoix.db")+"?mode=ro")
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	var tables string
	if err := db.QueryRow("SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name)").Scan(&tables); err != nil {
		c.t.Fatal(err)
	}
	var list strings.Builder
	for table := range strings.FieldsSeq(tables) {
		n := 0
		if err := db.QueryRow(`SELECT count(*) FROM "` + table + `"`).Scan(&n); err != nil {
			c.t.Fatal(err)
		}
		fmt.Fprintf(&list, "%s %d\n", table, n)
	}
	return list.String()
}

// TestImportInterrupted stops an import in its middle, and goes on with it.
func TestImportInterrupted(t *testing.T) {
	t.Parallel()
	home := startInProcess(t, nil)
	f := home.forum("energy")
	file := filepath.Join(t.TempDir(), "posts.json")
	var posts []string
	const all = importBatch + 12
	for i := 1; i <= all; i++ { // the second batch is by many authors, whose keys take a while
		posts = append(posts, fmt.Sprintf(`{"post": {"id": %d, "name": "Thread %d", "body": "x", "published": "2023-01-01T00:00:%02dZ", "ap_id": "https://old.example/post/%d"},
			"creator": {"id": %d, "name": "author", "actor_id": "https://old.example/u/author%d"}, "community": {"id": 1, "name": "c", "actor_id": "https://old.example/c/c"}}`,
			1000+i, i, i%60, i, max(i, importBatch), max(i, importBatch)))
	}
	if err := os.WriteFile(file, []byte(`{"posts": [`+strings.Join(posts, ",")+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	threads := func() int {
		fresh, err := home.store.Threads(t.Context(), forum.ThreadQuery{ForumID: f.ID, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return len(fresh.Threads)
	}
	c := home.terminal()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int)
	var out, errs bytes.Buffer
	args := []string{"import", "lemmy", file, "--forum", "energy"}
	go func() {
		ended <- run(ctx, args, &console{in: strings.NewReader(""), out: &out, err: &errs, environ: c.environ})
	}()
	forumtest.Eventually(t, patience, "the first threads", func() bool { return threads() > 0 })
	stop()
	if code := <-ended; code != exitFailed || !strings.Contains(errs.String(), "the same command goes on from here") || !strings.Contains(out.String(), "1 authors, 50 threads") {
		t.Errorf("it ended with %d: %s%s", code, &out, &errs)
	}
	if n := threads(); n != importBatch {
		t.Errorf("%d threads were brought before it was interrupted", n)
	}
	c.steps([]step{{line: strings.Join(args, " "), out: `12 authors, 12 threads, 0 replies.\n50 posts were brought before`}})
	if n := threads(); n != all {
		t.Errorf("%d threads in the end", n)
	}
}

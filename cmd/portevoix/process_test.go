package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"portevoix/forum/forumtest"
)

// patience is how long tests wait for something that should take moments.
const patience = 90 * time.Second

// atEnd undoes, after all tests, what was done once for all of them.
var atEnd struct {
	mu   sync.Mutex
	list []func()
}

func whenAllIsDone(f func()) {
	atEnd.mu.Lock()
	defer atEnd.mu.Unlock()
	atEnd.list = append(atEnd.list, f)
}

func TestMain(m *testing.M) {
	if err := names.start(); err != nil {
		panic(err)
	}
	code := m.Run()
	for _, f := range atEnd.list {
		f()
	}
	os.Exit(code)
}

// binary is the program that tests start as real processes, built once; with the
// race detector where the tests are.
var binary = sync.OnceValues(func() (string, error) { return build(raceDetector) })

// plainBinary is binary without the race detector.
var plainBinary = sync.OnceValues(func() (string, error) {
	if !raceDetector {
		return binary()
	}
	return build(false)
})

func build(race bool) (string, error) {
	dir, err := os.MkdirTemp("", "portevoix-test")
	if err != nil {
		return "", err
	}
	whenAllIsDone(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "portevoix")
	args := []string{"build", "-o", path}
	if race {
		// SQLite, which is C in Go's clothes, goes unwatched, as in .ci/run.
		args = append(args, "-race", "-gcflags=modernc.org/sqlite/lib=-race=false", "-gcflags=modernc.org/libc=-race=false", "-gcflags=modernc.org/memory=-race=false")
	}
	out, err := exec.Command("go", append(args, ".")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// process is a Portevoix server running as a process of its own on loopback.
type process struct {
	t      testing.TB
	binary func() (string, error)
	dir    string
	addr   string // host:port
	env    []string
	cmd    *exec.Cmd
	log    *logBuffer
}

// logBuffer collects what a process prints.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// nextPort is where freeAddress looks next. It begins anywhere, for other runs on
// the same machine, and stays below the ports that connections take (on Linux
// from 32768 on): a server that is down for a moment finds its own free again.
var nextPort = func() *atomic.Int32 {
	n := &atomic.Int32{}
	n.Store(12000 + rand.Int32N(18000))
	return n
}()

// freeAddress is a loopback address that nobody listens on, given out once.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", nextPort.Add(1))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// newProcess prepares a server in a directory of its own; extra are further
// environment variables.
func newProcess(t testing.TB, extra ...string) *process {
	t.Helper()
	p := &process{t: t, binary: binary, dir: t.TempDir(), addr: freeAddress(t), log: &logBuffer{}}
	p.env = append(cleanEnvironment(),
		"PORTEVOIX_SERVER_LISTEN="+p.addr,
		"PORTEVOIX_SERVER_BASE_URL=http://"+p.addr,
		"PORTEVOIX_SERVER_DATA_DIR="+filepath.Join(p.dir, "data"),
		"PORTEVOIX_FEDERATION_ALLOW_NETWORKS=127.0.0.0/8",
		"PORTEVOIX_LIMITS_WRITES_PER_MINUTE=0",
		"PORTEVOIX_POSTING_UNDO_SECONDS=0", // what is sent is there
		"PORTEVOIX_LOG_LEVEL=debug",
	)
	p.env = append(p.env, extra...)
	return p
}

// cleanEnvironment is this process's without the variables that would configure
// a server.
func cleanEnvironment() []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "PORTEVOIX_") {
			env = append(env, e)
		}
	}
	return env
}

// start runs the server and waits until it answers.
func (p *process) start() *process {
	p.t.Helper()
	path, err := p.binary()
	if err != nil {
		p.t.Fatal(err)
	}
	p.cmd = exec.Command(path, "serve")
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = p.dir, p.env, p.log, p.log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		p.kill()
		if p.t.Failed() {
			p.t.Logf("log of %s:\n%s", p.addr, tail(p.log.String(), 60))
		}
		if strings.Contains(p.log.String(), "DATA RACE") {
			p.t.Errorf("data race in %s:\n%s", p.addr, p.log.String())
		}
	})
	forumtest.Eventually(p.t, patience, p.addr+" to answer", func() bool {
		response, err := http.Get("http://" + p.addr + "/readyz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return p
}

func tail(s string, lines int) string {
	all := slices.DeleteFunc(strings.Split(strings.TrimSpace(s), "\n"), func(l string) bool { return strings.Contains(l, "path=/api/portevoix") })
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// kill ends the process at once, as a power cut would.
func (p *process) kill() {
	if p.cmd != nil && p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// stop ends the process gracefully and returns its exit code.
func (p *process) stop() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

// run does a command on the server's data and returns what it printed.
func (p *process) run(stdin string, args ...string) (string, error) {
	path, err := p.binary()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = p.dir, p.env, strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("portevoix %s: %w\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String(), nil
}

// must is run for commands that have to succeed.
func (p *process) must(args ...string) string {
	p.t.Helper()
	out, err := p.run("correct horse battery\n", args...)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// person opens an account and returns a browser that is signed in and a client
// of the API, both for it.
func (p *process) person(name string, args ...string) *person {
	p.t.Helper()
	p.must(append([]string{"account", "create", name, "--email", name + "@" + "mail.example", "--password-stdin"}, args...)...)
	token := strings.TrimSpace(p.must("account", "token", name, "--scope", "read", "--scope", "write"))
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	one := &person{p: p, name: name, token: token, browser: &http.Client{Jar: jar, Timeout: patience}}
	if page := one.submit("/login", url.Values{"name": {name}, "password": {"correct horse battery"}}); !strings.Contains(page, "/logout") {
		p.t.Fatalf("%s is not signed in:\n%s", name, page)
	}
	return one
}

// person is somebody who uses a server.
type person struct {
	p       *process
	name    string
	token   string
	browser *http.Client
}

// page reads a page.
func (u *person) page(path string) string {
	u.p.t.Helper()
	response, err := u.browser.Get("http://" + u.p.addr + path)
	if err != nil {
		u.p.t.Fatal(err)
	}
	return readPage(u.p.t, response)
}

// submit sends a form and returns the page it leads to.
func (u *person) submit(path string, form url.Values) string {
	u.p.t.Helper()
	response, err := u.browser.PostForm("http://"+u.p.addr+path, form)
	if err != nil {
		u.p.t.Fatal(err)
	}
	return readPage(u.p.t, response)
}

func readPage(t testing.TB, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode >= 500 {
		t.Fatalf("%s %s: %s\n%s", response.Request.Method, response.Request.URL, response.Status, body)
	}
	return string(body)
}

// api calls the API and returns the status and the decoded answer.
func (u *person) api(method, path string, in any) (int, map[string]any) {
	u.p.t.Helper()
	status, body, err := u.call(method, path, in)
	if err != nil {
		u.p.t.Fatal(err)
	}
	var out map[string]any
	if len(body) > 0 && body[0] == '{' {
		if err := json.Unmarshal(body, &out); err != nil {
			u.p.t.Fatal(err)
		}
	}
	return status, out
}

// list calls the API for a list.
func (u *person) list(path string) []map[string]any {
	u.p.t.Helper()
	status, body, err := u.call(http.MethodGet, path, nil)
	if err != nil || status != http.StatusOK {
		u.p.t.Fatalf("GET %s: %d %v", path, status, err)
	}
	var out []map[string]any
	if err := json.Unmarshal(body, &out); err != nil {
		u.p.t.Fatal(err)
	}
	return out
}

func (u *person) call(method, path string, in any) (int, []byte, error) {
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return 0, nil, err
		}
		body = bytes.NewReader(encoded)
	}
	r, err := http.NewRequest(method, "http://"+u.p.addr+"/api/portevoix/v1"+path, body)
	if err != nil {
		return 0, nil, err
	}
	if u.token != "" {
		r.Header.Set("Authorization", "Bearer "+u.token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	out, err := io.ReadAll(response.Body)
	return response.StatusCode, out, err
}

// startThread opens a thread and returns it as the API shows it.
func (u *person) startThread(forum, title, body string) map[string]any {
	u.p.t.Helper()
	status, t := u.api(http.MethodPost, "/threads", map[string]any{"forum": forum, "kind": "grievance", "case": map[string]any{"experienced_on": "2026-03-01"}, "title": title, "body": body, "language": "en"})
	if status != http.StatusCreated {
		u.p.t.Fatalf("POST /threads: %d %v", status, t)
	}
	return t
}

// text is a string field of an API answer.
func text(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

// number is a count of an API answer.
func number(m map[string]any, key string) int {
	counts, _ := m["counts"].(map[string]any)
	n, _ := counts[key].(float64)
	return int(n)
}

// object reads a document as another server would.
func object(t testing.TB, address string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/activity+json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		t.Fatalf("%s: %s: %v", address, response.Status, err)
	}
	if ct := response.Header.Get("Content-Type"); response.StatusCode < 300 && ct != "application/activity+json" {
		t.Errorf("%s is served as %s", address, ct)
	}
	return response.StatusCode, out
}

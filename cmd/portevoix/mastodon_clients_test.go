package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/storage/storagetest"
)

// Clients made for Mastodon, as Debian and npm bring them, against a server of ours.

// authorized lets an app act for the owner of a browser, and returns the code that
// is to be carried over by hand.
func (b *textBrowser) authorized(address string) string {
	t := b.s.t
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	asked := b.get(u.RequestURI())
	if to := asked.header.Get("Location"); asked.status == http.StatusPermanentRedirect {
		asked = b.get(to)
	}
	asked.is(200)
	form := u.Query()
	form.Set("answer", "allow")
	answer := b.post("/oauth/authorize", form)
	if to := answer.header.Get("Location"); to != "" {
		back, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		return back.Query().Get("code")
	}
	_, rest, _ := strings.Cut(answer.is(200).body, `id="code" value="`)
	code, _, _ := strings.Cut(rest, `"`)
	return code
}

// clientTown is a server with a forum, and with people who have met.
func clientTown(t *testing.T) *inProcess {
	t.Helper()
	s := startInProcess(t, nil)
	s.account("lea")
	max := s.account("max")
	s.forum("telecoms")
	thread := s.thread(s.accountNamed("lea"), "telecoms", "An earlier thread")
	if _, err := s.service.Reply(t.Context(), max, forum.NewReply{ThreadID: thread.ID, Body: "Max answers"}); err != nil {
		t.Fatal(err)
	}
	if err := s.service.Delete(t.Context(), s.accountNamed("lea"), thread.ID, ""); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestMastodonPy runs Mastodon.py (Debian's python3-mastodon).
func TestMastodonPy(t *testing.T) {
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import mastodon").Run() != nil {
		storagetest.Skip(t, "needs python3-mastodon")
	}
	s := clientTown(t)
	png := filepath.Join(t.TempDir(), "square.png")
	if err := os.WriteFile(png, drawn(t), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "testdata/mastodon_client.py", s.base, png)
	s.converse(cmd, "AUTHORIZE ", "DONE", func(string) {})
}

// converse runs a client that prints an address where it is to be allowed, gives it
// the code, hears what it says, and wants it to say in the end that all is well.
func (s *inProcess) converse(cmd *exec.Cmd, asks, done string, said func(line string)) {
	t := s.t
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	finished := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		if address, ok := strings.CutPrefix(line, asks); ok {
			if _, err := in.Write([]byte(s.textBrowser("lea").authorized(address) + "\n")); err != nil {
				t.Fatal(err)
			}
		}
		said(line)
		finished = finished || line == done
	}
	if err := cmd.Wait(); err != nil || !finished {
		t.Errorf("%v\n%s", err, errs.String())
		for line := range strings.SplitSeq(s.printed.String(), "\n") {
			if strings.Contains(line, "level=ERROR") {
				t.Log(line)
			}
		}
	}
}

// mastoModules is where npm put masto and ws, by the environment; tests that need
// them are skipped without.
func mastoModules(t *testing.T) string {
	t.Helper()
	modules := os.Getenv("PORTEVOIX_TEST_MASTO")
	if _, err := os.Stat(filepath.Join(modules, "masto")); modules == "" || err != nil {
		storagetest.Skip(t, "needs masto: npm install masto ws, and PORTEVOIX_TEST_MASTO=…/node_modules")
	}
	return modules
}

// TestMasto listens to streams, and acts, with masto from npm.
func TestMasto(t *testing.T) {
	modules := mastoModules(t)
	s := clientTown(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "testdata/masto_client.mjs", s.base, modules)
	cmd.Env = append(os.Environ(), "PICTURE="+base64.StdEncoding.EncodeToString(drawn(t)))
	said := func(line string) {
		if id, ok := strings.CutPrefix(line, "OPENED "); ok {
			thread, err := forum.ParseID(id)
			if err == nil {
				_, err = s.service.Reply(t.Context(), s.accountNamed("max"), forum.NewReply{ThreadID: thread, Body: "Here too, @lea"})
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	s.converse(cmd, "AUTHORIZE ", "DONE", said)
}

// TestToot runs Debian's toot.
func TestToot(t *testing.T) {
	toot, err := exec.LookPath("toot")
	if err != nil {
		storagetest.Skip(t, "needs toot")
	}
	s := clientTown(t)
	home := t.TempDir()
	run := func(input string, args ...string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, toot, append(args, "--no-color")...)
		cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "BROWSER=true", "PYTHONWARNINGS=ignore")
		cmd.Stdin = strings.NewReader(input)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("toot %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	wants := func(out string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !strings.Contains(out, text) {
				t.Errorf("toot does not say %q\n%s", text, out)
			}
		}
	}
	s.tootSignIn(toot, home)
	wants(run("", "whoami"), "lea")
	wants(run("", "follow", "telecoms"), "telecoms")
	opened := run("", "post", "@telecoms Fibre is late\n\nThree weeks now.")
	id := opened[strings.LastIndex(strings.TrimSpace(opened), "/")+1:]
	id = strings.TrimSpace(id)
	thread, err := forum.ParseID(id)
	if err != nil {
		t.Fatalf("no thread in %q", opened)
	}
	run("", "post", "--reply-to", id, "Four by now.")
	if _, err := s.service.Reply(t.Context(), s.accountNamed("max"), forum.NewReply{ThreadID: thread, Body: "Here too, @lea"}); err != nil {
		t.Fatal(err)
	}
	wants(run("", "thread", id), "Fibre is late", "Four by now.", "Here too")
	wants(run("", "timeline", "--once"), "Fibre is late")
	wants(run("", "timeline", "--once", "--public", "--local"), "Fibre is late")
	wants(run("", "notifications"), "max", "mentioned")
	wants(run("", "search", "telecoms"), "@telecoms")
	wants(run("", "favourite", id), "favourited")
	wants(run("", "reblog", id), "reblogged")
	wants(run("", "reblogged_by", id), "@lea")
	wants(run("", "bookmark", id), "bookmarked")
	wants(run("", "bookmarks", "--once"), "Fibre is late")
	wants(run("", "instance", "--disable-https", s.host()), s.host())
	png := filepath.Join(home, "box.png")
	if err := os.WriteFile(png, drawn(t), 0o600); err != nil {
		t.Fatal(err)
	}
	wants(run("", "post", "@telecoms The box\n\nAs it came.", "--media", png, "--description", "A box"), "/t/")
	wants(run("", "delete", id), "deleted")
}

// tootSignIn signs lea in to toot, which prints where she is to allow it.
func (s *inProcess) tootSignIn(toot, home string) {
	t := s.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience/3)
	defer cancel()
	cmd := exec.CommandContext(ctx, toot, "login", "--disable-https", "-i", s.host(), "--no-color")
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "BROWSER=true", "PYTHONUNBUFFERED=1", "PYTHONWARNINGS=ignore")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, "n\n"); err != nil { // open a browser?
		t.Fatal(err)
	}
	said := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		said += line + "\n"
		if i := strings.Index(line, s.base+"/oauth/authorize"); i >= 0 {
			if _, err := io.WriteString(in, s.textBrowser("lea").authorized(strings.Fields(line[i:])[0])+"\n"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("toot login: %v\n%s%s", err, said, errs.String())
	}
}

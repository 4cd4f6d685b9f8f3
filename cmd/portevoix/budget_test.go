package main

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// firstVisit is what a first visit may weigh, in bytes on the wire, without
// media; fonts are the reader's own.
const firstVisit = 60_000

// TestPageWeight adds up what a browser that was never here loads.
func TestPageWeight(t *testing.T) {
	s := startInProcess(t, nil)
	path := fillForum(s, 60, 60)
	transport := &http.Transport{DisableCompression: true} // to see the bytes on the wire
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: patience}
	load := func(address string) (int, *http.Response) {
		r, err := http.NewRequest(http.MethodGet, s.base+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v", address, response.Status, err)
		}
		return len(body), response
	}
	for _, page := range []string{"/", "/f/banks", path, "/about", "/register"} {
		weight, response := load(page)
		if response.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s is not compressed", page)
		}
		text := s.textBrowser("").get(page).body
		seen := map[string]bool{}
		for _, file := range regexp.MustCompile(`(?:href|src)="(/static/[^"#]+)`).FindAllStringSubmatch(text, -1) {
			if address := strings.ReplaceAll(file[1], "&amp;", "&"); !seen[address] {
				seen[address] = true
				n, _ := load(address)
				weight += n
			}
		}
		if weight > firstVisit {
			t.Errorf("a first visit of %s weighs %d bytes, more than %d", page, weight, firstVisit)
		}
	}
}

// fillForum opens a forum with threads, and one of them with replies, nested as
// they come; it returns that thread's address.
func fillForum(s *inProcess, threads, replies int) string {
	s.t.Helper()
	if _, err := s.store.AccountByName(s.t.Context(), "lea"); err != nil {
		s.account("lea")
		s.account("max")
		s.forum("banks")
	}
	lea, err := s.store.AccountByName(s.t.Context(), "lea")
	if err != nil {
		s.t.Fatal(err)
	}
	var th *forum.Thread
	for i := range threads {
		th = s.thread(lea, "banks", fmt.Sprintf("Thread %d about a bank and its fees", i))
	}
	parent := forum.ID(0)
	for i := range replies {
		p, err := s.service.Reply(s.t.Context(), lea, forum.NewReply{ThreadID: th.ID, ParentID: parent, Body: strings.Repeat(fmt.Sprintf("Reply %d. ", i), 20)})
		if err != nil {
			s.t.Fatal(err)
		}
		if parent = p.ID; i%4 == 0 {
			parent = 0
		}
	}
	return "/t/" + th.ID.String()
}

// TestQueriesPerPage counts what pages ask of the database: few things, and as
// many with three hundred posts as with thirty. What opens and closes a thread
// page's snapshot counts as two.
func TestQueriesPerPage(t *testing.T) {
	s := startInProcess(t, nil)
	path := fillForum(s, 10, 20)
	visitor, member := s.textBrowser(""), s.textBrowser("max")
	visitor.header.Set("Cache-Control", "no-cache") // what is kept costs none
	pages := []struct {
		path            string
		visitor, member int64 // at most
	}{
		{"/", 3, 5}, {"/?sort=top", 3, 5}, {"/forums", 2, 4}, {"/f/banks", 5, 11}, {path, 6, 13}, {path + "?sort=new", 6, 13}, // one of them what it is related to, which a job has found, and one a member's draft of a reply
		{"/u/lea", 3, 6},                                                         // one of them what she pinned
		{"/u/lea?show=replies", 2, 5}, {"/notifications", 0, 4}, {"/home", 0, 7}, // one of them one's lists
		{"/about", 4, 6}, {"/tags/fees", 2, 5}, {"/?tag=fees", 3, 5}, {"/search?q=thread", 7, 10}, {"/search?q=thread&kind=question", 4, 7}, // nothing is found: one looks for another spelling
	}
	count := func(b *textBrowser, path string) int64 {
		b.get(path) // what is kept for a while is there afterwards
		s.settle()
		return b.queries(path)
	}
	small := map[string][2]int64{}
	for _, p := range pages {
		small[p.path] = [2]int64{count(visitor, p.path), count(member, p.path)}
		if got := small[p.path]; got[0] > p.visitor || got[1] > p.member || got[1] == 0 {
			t.Errorf("%s takes %d queries for a visitor and %d for a member; at most %d and %d", p.path, got[0], got[1], p.visitor, p.member)
		}
	}
	fillForum(s, 50, 0)
	lea, err := s.store.AccountByName(t.Context(), "lea")
	if err != nil {
		t.Fatal(err)
	}
	id, err := forum.ParseID(strings.TrimPrefix(path, "/t/"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if _, err := s.service.Reply(t.Context(), lea, forum.NewReply{ThreadID: id, Body: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range pages {
		if visits, visit := count(visitor, p.path), count(member, p.path); visits > small[p.path][0] || visit > small[p.path][1] {
			t.Errorf("%s takes %d and %d queries with many posts, %v with few", p.path, visits, visit, small[p.path])
		}
	}
}

// TestUnchangedPages holds that a page is not sent again to who has it, compressed
// or not, and that streams and pictures are not compressed.
func TestUnchangedPages(t *testing.T) {
	s := startInProcess(t, nil)
	path := fillForum(s, 30, 5)
	for _, accept := range []string{"text/html", "application/activity+json"} {
		for _, encoding := range []string{"gzip", "zstd", "identity"} {
			get := func(tag string) *http.Response {
				r, err := http.NewRequest(http.MethodGet, s.base+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Accept-Encoding", encoding)
				r.Header.Set("Accept", accept)
				r.Header.Set("If-None-Match", tag)
				response, err := http.DefaultTransport.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				return response
			}
			first := get("")
			tag := first.Header.Get("ETag")
			if first.StatusCode != http.StatusOK || tag == "" || !strings.Contains(strings.Join(first.Header.Values("Vary"), ","), "Accept-Encoding") {
				t.Errorf("%s %s: %s, ETag %q, Vary %q", accept, encoding, first.Status, tag, first.Header.Values("Vary"))
			}
			// Jobs that the posts have left, related threads say, may change the page once more.
			forumtest.Eventually(t, patience, accept+" "+encoding+" that has not changed", func() bool {
				again := get(tag)
				tag = again.Header.Get("ETag")
				return again.StatusCode == http.StatusNotModified
			})
			if other := get(`W/"other"`); other.StatusCode != http.StatusOK {
				t.Errorf("%s %s: asked with another tag: %s", accept, encoding, other.Status)
			}
		}
	}
}

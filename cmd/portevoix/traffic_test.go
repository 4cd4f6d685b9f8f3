package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// traffic is everything a server has to do at once, as fast as it can: a program
// and a browser write, two other servers follow the forum and send replies,
// votes and follows. It remembers what the server acknowledged, and what it sent
// itself, so that both can be looked for after the server was killed.
type traffic struct {
	t     *testing.T
	home  *process
	lea   *person
	form  *http.Client // max's browser, which shows redirects instead of following them
	sides []*side

	workers  sync.WaitGroup
	stopping atomic.Bool
	answered atomic.Int64 // operations that the server acknowledged

	mu      sync.Mutex
	up      chan struct{}     // closed while the server is meant to run
	newest  [2]string         // id and address of the thread acknowledged last
	threads map[string]string // acknowledged: id to title
	replies map[string]string // acknowledged: id to the thread's
	sent    []*sentActivity
}

// side is one of the two other servers: the activities it sent and received.
type side struct {
	*peer
	mu     sync.Mutex
	people int
	times  map[string]int             // how often each activity arrived
	ids    map[string]map[string]bool // of which activities each thing was the object
}

// sentActivity is something another server sent, and whether it was told that it
// arrived. Like any server, it sends again what it was not told about.
type sentActivity struct {
	side     *side
	by       string
	activity map[string]any
	thread   string // id of the thread it is about, "" for follows
	fetch    string // post that has to be read to understand it
	arrived  bool
}

// startTraffic opens a server's forum, has both sides follow it, and begins.
func startTraffic(t *testing.T, home *process) *traffic {
	t.Helper()
	c := &traffic{t: t, home: home, lea: home.person("lea"), up: make(chan struct{}), threads: map[string]string{}, replies: map[string]string{}}
	close(c.up)
	browser := *home.person("max").browser
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.form = &browser
	home.must("forum", "create", "telecoms", "--title", "Telecoms")
	for _, software := range []string{"mastodon", "lemmy"} {
		s := &side{peer: newPeer(t, software), times: map[string]int{}, ids: map[string]map[string]bool{}}
		s.answer = func(_ *http.Request, activity map[string]any) int {
			s.record(activity)
			return http.StatusAccepted
		}
		c.sides = append(c.sides, s)
		if !c.deliver(&sentActivity{side: s, by: s.actor(), activity: s.activity("Follow", c.group())}) {
			t.Fatalf("%s cannot follow", software)
		}
	}
	c.apiStep(0)
	work := func(step func(n int) bool) {
		c.workers.Go(func() {
			for n := 0; !c.stopping.Load(); n++ {
				if !step(n) { // the server is gone: wait until it is back
					<-c.running()
				}
			}
		})
	}
	work(c.apiStep)
	work(c.formStep)
	for _, s := range c.sides {
		work(func(n int) bool { return c.sideStep(s, n) })
	}
	return c
}

func (c *traffic) group() string { return "http://" + c.home.addr + "/f/telecoms" }

// running is closed while the server is meant to run.
func (c *traffic) running() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.up
}

// down tells that the server is about to go; up that it is back.
func (c *traffic) down() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.up = make(chan struct{})
}

func (c *traffic) back() { close(c.up) }

// stop ends the traffic; the server must be running.
func (c *traffic) stop() {
	c.stopping.Store(true)
	c.workers.Wait()
}

func (c *traffic) target() (id, uri string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.newest[0], c.newest[1]
}

func (c *traffic) acknowledgeThread(id, title string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.threads[id], c.newest = title, [2]string{id, "http://" + c.home.addr + "/t/" + id}
	c.answered.Add(1)
}

func (c *traffic) acknowledgeReply(id, thread string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replies[id] = thread
	c.answered.Add(1)
}

// apiStep opens a thread or replies to the newest, through the API. It reports
// false when there was no answer.
func (c *traffic) apiStep(n int) bool {
	path, in := "/threads", map[string]any{"forum": "telecoms", "kind": "grievance", "case": map[string]any{"experienced_on": "2026-03-01"}, "title": fmt.Sprintf("API %d", n), "body": "Text."}
	thread, _ := c.target()
	if n%4 != 0 {
		path, in = "/threads/"+thread+"/replies", map[string]any{"body": fmt.Sprintf("Reply %d.", n)}
	}
	status, body, err := c.lea.call(http.MethodPost, path, in)
	if err != nil {
		return false
	}
	var out map[string]any
	if status != http.StatusCreated || json.Unmarshal(body, &out) != nil {
		c.t.Errorf("POST %s: %d %s", path, status, body)
		return true
	}
	if n%4 != 0 {
		c.acknowledgeReply(text(out, "id"), thread)
	} else {
		c.acknowledgeThread(text(out, "id"), text(out, "title"))
	}
	return true
}

// formStep is apiStep with the forms of pages.
func (c *traffic) formStep(n int) bool {
	title := fmt.Sprintf("Form %d", n)
	path, form := "/new", url.Values{"forum": {"telecoms"}, "kind": {"question"}, "title": {title}, "body": {"Text."}}
	thread, _ := c.target()
	if n%4 != 0 {
		path, form = "/t/"+thread+"/reply", url.Values{"body": {fmt.Sprintf("Reply %d.", n)}}
	}
	response, err := c.form.PostForm("http://"+c.home.addr+path, form)
	if err != nil {
		return false
	}
	response.Body.Close()
	to := response.Header.Get("Location")
	if response.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/t/") {
		c.t.Errorf("POST %s: %s, to %s", path, response.Status, to)
		return true
	}
	if n%4 != 0 {
		_, id, _ := strings.Cut(to, "#p")
		c.acknowledgeReply(id, thread)
		return true
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(to, "/t/"), "-")
	c.acknowledgeThread(id, title)
	return true
}

// sideStep is a new person on another server who follows the forum, likes the
// newest thread, replies to it, and replies to a reply that nobody sent.
func (c *traffic) sideStep(s *side, n int) bool {
	thread, uri := c.target()
	one := &sentActivity{side: s, by: s.newcomer(n / 4), thread: thread}
	switch n % 4 {
	case 0:
		one.activity, one.thread = s.by(one.by, s.activity("Follow", c.group())), ""
	case 1:
		one.activity = s.by(one.by, s.activity("Like", uri))
	case 2:
		one.activity = s.by(one.by, s.activity("Create", s.by(one.by, s.note("<p>Known</p>", uri))))
	case 3:
		unknown := s.by(one.by, s.note("<p>Unknown</p>", uri))
		one.fetch = unknown["id"].(string)
		one.activity = s.by(one.by, s.activity("Create", s.by(one.by, s.note("<p>Under it</p>", one.fetch))))
	}
	return c.deliver(one)
}

// deliver sends an activity and remembers it. It reports false when there was no
// answer.
func (c *traffic) deliver(one *sentActivity) bool {
	c.mu.Lock()
	if !slices.Contains(c.sent, one) {
		c.sent = append(c.sent, one)
	}
	c.mu.Unlock()
	status, err := one.side.postAs(one.by, "http://"+c.home.addr+"/inbox", one.activity, forum.DraftCavage)
	if err != nil {
		return false
	}
	switch {
	case status < 300:
		c.mu.Lock()
		one.arrived = true
		c.mu.Unlock()
		c.answered.Add(1)
	case status < 500:
		c.t.Errorf("%v was answered %d", one.activity, status)
	}
	return true
}

// mark has one thread and one vote go all the way to both sides. Whatever waited
// to be delivered before has then been delivered too.
func (c *traffic) mark() {
	c.t.Helper()
	if !c.apiStep(0) {
		c.t.Fatal("the server does not answer")
	}
	thread, uri := c.target()
	lemmy := c.sides[1]
	like := &sentActivity{side: lemmy, by: lemmy.newcomer(-1), thread: thread}
	like.activity = lemmy.by(like.by, lemmy.activity("Like", uri))
	forumtest.Eventually(c.t, patience, "the Like to be taken", func() bool { return c.deliver(like) && like.arrived })
	forumtest.Eventually(c.t, patience, "a thread and a vote on the other side", func() bool {
		return c.sides[0].has("Announce "+uri) && lemmy.has("Announce Create "+uri) && lemmy.has("Announce Like "+like.activity["id"].(string))
	})
}

// newcomer is the n-th person of a side; negative ones are new each time.
func (s *side) newcomer(n int) string {
	s.mu.Lock()
	s.people++
	name := fmt.Sprintf("p%d", n)
	if n < 0 {
		name = fmt.Sprintf("q%d", s.people)
	}
	s.mu.Unlock()
	id := s.url("/users/" + name)
	s.publish(map[string]any{
		"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
		"id":       id, "type": "Person", "preferredUsername": name, "inbox": id + "/inbox", "outbox": id + "/outbox",
		"endpoints": map[string]any{"sharedInbox": s.url("/inbox")},
		"publicKey": map[string]any{"id": id + "#main-key", "owner": id, "publicKeyPem": s.publicKey()},
	})
	return id
}

// by makes a post or an activity someone else's.
func (s *side) by(actor string, document map[string]any) map[string]any {
	changed := maps.Clone(document)
	if changed["actor"] != nil {
		changed["actor"] = actor
		return changed
	}
	changed["attributedTo"] = actor
	return s.publish(changed)
}

// record keeps what arrived.
func (s *side) record(activity map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, what := activity["id"].(string), whatOf(activity)
	s.times[id]++
	if s.ids[what] == nil {
		s.ids[what] = map[string]bool{}
	}
	s.ids[what][id] = true
}

// whatOf says what an activity is about, whatever its own id is.
func whatOf(activity map[string]any) string {
	kind, _ := activity["type"].(string)
	inner, ok := activity["object"].(map[string]any)
	switch {
	case !ok:
		return fmt.Sprint(kind, " ", activity["object"])
	case inner["type"] == "Create":
		return kind + " " + whatOf(inner)
	case inner["actor"] != nil:
		return fmt.Sprint(kind, " ", inner["type"], " ", inner["id"])
	}
	return fmt.Sprint(kind, " ", inner["id"])
}

func (s *side) has(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ids[what]) > 0
}

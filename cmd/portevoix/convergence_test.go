package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"portevoix/forum/forumtest"
)

// convergenceSteps is how much happens; the test stays below a minute.
const convergenceSteps = 70

// meeting is three servers with a forum on two of them, and people on all, who
// follow everything.
type meeting struct {
	t       *testing.T
	random  *rand.Rand
	servers []*process
	people  []*person // one on each server
	keepers []*person // who keep order, on the servers with a forum
	forums  []string  // name@host
	down    int       // the server that is out of reach; -1: none
	failed  bool      // one was, since all was quiet
	serial  int
	silent  map[string]bool // banned people, by forum and name
	log     []string
	views   []string // what the servers showed last
}

// TestConvergence lets three servers take in everything that people on them do
// at the same time, some of it while one of them is away or killed: when all is
// quiet, they show the same threads.
func TestConvergence(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("PORTEVOIX_TEST_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("PORTEVOIX_TEST_SEED=%d", seed)
	m := &meeting{t: t, random: rand.New(rand.NewPCG(seed, 0)), down: -1, silent: map[string]bool{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d:\n%s\n%s", seed, strings.Join(m.log, "\n"), m.differences())
		}
	})
	m.begin()
	for step := range convergenceSteps {
		switch {
		case step%30 == 29: // bans come between: what is under way would be refused at one end only
			m.quiet()
			m.bans()
		case step%15 == 7:
			m.outage()
		default:
			m.happens()
		}
	}
	m.quiet()
}

// begin starts the servers and has everybody follow everything.
func (m *meeting) begin() {
	for i, name := range []string{"lea", "max", "ines"} {
		p := newProcess(m.t, "PORTEVOIX_STORAGE_SYNCHRONOUS=OFF", "PORTEVOIX_LIMITS_API_PER_MINUTE=0").start()
		m.servers, m.people = append(m.servers, p), append(m.people, p.person(name))
		if i < 2 {
			forumName := []string{"banks", "phones"}[i]
			p.must("forum", "create", forumName, "--title", forumName)
			m.keepers, m.forums = append(m.keepers, p.person("boss", "--role", "admin")), append(m.forums, forumName+"@"+p.addr)
		}
	}
	for i, u := range m.people {
		for _, handle := range m.forums {
			m.follows(u, handle)
		}
		for j, other := range m.people {
			if i != j {
				m.follows(u, other.name+"@"+other.p.addr)
			}
		}
	}
}

func (m *meeting) follows(u *person, handle string) {
	handle = strings.TrimSuffix(handle, "@"+u.p.addr)
	if status, out := u.api(http.MethodPost, "/forums/"+handle+"/follow", nil); status != http.StatusOK {
		m.t.Fatalf("%s follows %s: %d %v", u.name, handle, status, out)
	}
	forumtest.Eventually(m.t, patience, handle+" to accept "+u.name, func() bool {
		_, out := u.api(http.MethodPost, "/forums/"+handle+"/follow", nil)
		return out["state"] == "accepted"
	})
}

// does calls the API for somebody and notes it. What is refused because of what
// happened meanwhile is refused.
func (m *meeting) does(u *person, method, path string, in any) {
	m.t.Helper()
	status, out := u.api(method, path, in)
	m.log = append(m.log, fmt.Sprintf("%s %s %s: %d", u.name, method, path, status))
	if status >= 500 {
		m.t.Fatalf("%s %s: %d %v", method, path, status, out)
	}
}

// happens is one thing that somebody does.
func (m *meeting) happens() {
	u := m.people[m.random.IntN(len(m.people))]
	if m.down >= 0 && u.p == m.servers[m.down] {
		return
	}
	handle := m.forums[m.random.IntN(len(m.forums))]
	if m.silent[handle+u.name] {
		return
	}
	local := strings.TrimSuffix(handle, "@"+u.p.addr)
	threads := u.list("/threads?forum=" + local + "&limit=40")
	m.serial++
	body := fmt.Sprintf("Text %d by %s", m.serial, u.name)
	if len(threads) < 2 || m.random.IntN(8) == 0 {
		m.does(u, http.MethodPost, "/threads", map[string]any{"forum": local, "kind": "discussion", "title": fmt.Sprint("Thread ", m.serial), "body": body})
		return
	}
	thread := threads[m.random.IntN(len(threads))]
	replies := u.list("/threads/" + text(thread, "id") + "/replies?limit=40")
	path, post := "/threads/"+text(thread, "id"), thread
	if n := m.random.IntN(len(replies) + 1); n < len(replies) {
		post = replies[n]
		path = "/replies/" + text(post, "id")
	}
	own := post["author"].(map[string]any)["handle"] == u.name
	switch n := m.random.IntN(10); {
	case n < 4:
		in := map[string]any{"body": body}
		if path != "/threads/"+text(thread, "id") {
			in["parent_id"] = post["id"]
		}
		m.does(u, http.MethodPost, "/threads/"+text(thread, "id")+"/replies", in)
	case n < 6 && own:
		in := map[string]any{"body": body}
		if post["title"] != nil && strings.HasPrefix(path, "/threads") {
			in["title"] = fmt.Sprint("Edited ", m.serial)
		}
		m.does(u, http.MethodPatch, path, in)
	case n == 6 && own:
		m.does(u, http.MethodDelete, path, nil)
	case n < 8:
		m.does(u, []string{http.MethodPost, http.MethodPost, http.MethodDelete}[m.random.IntN(3)], path+"/support", nil)
	default:
		m.does(u, []string{http.MethodPost, http.MethodPost, http.MethodDelete}[m.random.IntN(3)], path+"/boost", nil)
	}
}

// outage begins one, ends one, or kills and restarts a server.
func (m *meeting) outage() {
	if m.down >= 0 {
		m.back()
		return
	}
	m.failed = true
	i := m.random.IntN(len(m.servers))
	if m.random.IntN(2) == 0 {
		m.log = append(m.log, "killed: "+m.people[i].name+"'s")
		m.servers[i].kill()
		m.servers[i].start()
		return
	}
	m.log = append(m.log, "away: "+m.people[i].name+"'s")
	m.servers[i].stop()
	m.down = i
}

// back ends an outage.
func (m *meeting) back() {
	if m.down >= 0 {
		m.log = append(m.log, "back: "+m.people[m.down].name+"'s")
		m.servers[m.down].start()
		m.down = -1
	}
	if !m.failed {
		return
	}
	m.failed = false
	for _, p := range m.servers { // rather than wait for the next attempt
		for _, other := range m.servers {
			if p != other {
				p.must("peer", "retry", other.addr)
			}
		}
	}
}

// bans has a keeper ban somebody from their forum and remove what they wrote, or
// lift that, and waits until everybody knows.
func (m *meeting) bans() {
	i := m.random.IntN(len(m.keepers))
	whom := m.people[(i+1+m.random.IntN(2))%3]
	name := strings.Split(m.forums[i], "@")[0]
	key := m.forums[i] + whom.name
	if m.silent[key] {
		m.does(m.keepers[i], http.MethodDelete, "/forums/"+name+"/bans/"+whom.name+"@"+whom.p.addr, nil)
	} else {
		m.does(m.keepers[i], http.MethodPost, "/forums/"+name+"/bans", map[string]any{"handle": whom.name + "@" + whom.p.addr, "reason": "rude", "remove_posts": m.random.IntN(2) == 0})
	}
	m.silent[key] = !m.silent[key]
	m.quiet()
}

// quiet waits until all servers show the same.
func (m *meeting) quiet() {
	m.t.Helper()
	m.back()
	forumtest.Eventually(m.t, patience, "all servers to show the same", func() bool {
		m.views = nil
		for i := range m.servers {
			m.views = append(m.views, m.view(i))
		}
		return m.views[0] == m.views[1] && m.views[0] == m.views[2]
	})
	m.log = append(m.log, fmt.Sprintf("quiet, with %d lines", strings.Count(m.views[0], "\n")))
}

// standing are the replies that were not deleted, and those that they hang under. A
// server that was away while one was written and deleted need not know of it.
func standing(replies []map[string]any) []map[string]any {
	parents, needed := map[any]any{}, map[any]bool{}
	for _, r := range replies {
		parents[r["id"]] = r["parent_id"]
	}
	for _, r := range replies {
		for id := r["id"]; r["deleted"] != true && id != nil && !needed[id]; id = parents[id] {
			needed[id] = true
		}
	}
	return slices.DeleteFunc(replies, func(r map[string]any) bool { return !needed[r["id"]] })
}

// differences are the lines that not all servers showed last.
func (m *meeting) differences() string {
	shown := map[string]int{}
	for _, view := range m.views {
		for line := range strings.Lines(view) {
			shown[line]++
		}
	}
	var b strings.Builder
	for i, view := range m.views {
		fmt.Fprintf(&b, "only with %s or one other:\n", m.people[i].name)
		for line := range strings.Lines(view) {
			if shown[line] < len(m.views) {
				b.WriteString(line)
			}
		}
	}
	return b.String()
}

// view is what a server shows of everything, in a form to compare.
func (m *meeting) view(i int) string {
	u := m.people[i]
	var b strings.Builder
	for _, handle := range m.forums {
		threads := u.list("/threads?forum=" + strings.TrimSuffix(handle, "@"+u.p.addr) + "&sort=new&limit=100")
		slices.SortFunc(threads, func(a, b map[string]any) int { return cmp.Compare(text(a, "uri"), text(b, "uri")) })
		for _, t := range threads {
			line := func(p map[string]any, parent string) string {
				if p["deleted"] == true { // votes that come later do not count
					return fmt.Sprintf("%s under %s: deleted\n", p["uri"], parent)
				}
				return fmt.Sprintf("%s under %s: %q %q, %d supports, %d boosts\n", p["uri"], parent, text(p, "title"), text(p, "content"), number(p, "supports"), number(p, "boosts"))
			}
			fmt.Fprintf(&b, "%s in %s, %d replies: %s", t["uri"], handle, number(t, "replies"), line(t, ""))
			uris := map[any]string{t["id"]: text(t, "uri")}
			replies := standing(u.list("/threads/" + text(t, "id") + "/replies?limit=100"))
			for _, r := range replies {
				uris[r["id"]] = text(r, "uri")
			}
			var lines []string
			for _, r := range replies {
				lines = append(lines, "\t"+line(r, uris[r["parent_id"]]))
			}
			slices.Sort(lines)
			b.WriteString(strings.Join(lines, ""))
		}
	}
	return b.String()
}

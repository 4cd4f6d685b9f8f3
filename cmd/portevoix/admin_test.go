package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
	"portevoix/storage/storagetest"
)

// TestMetrics reads the figures of a server that cannot reach another one.
func TestMetrics(t *testing.T) {
	t.Parallel()
	admin := freeAddress(t)
	v := newVillage(t, func(c *config.Config) { c.Server.AdminListen = admin })
	get := func(url string) (int, string) {
		t.Helper()
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	p := newPeer(t, "mastodon")
	p.accepted(v.base+"/inbox", p.activity("Follow", v.base+"/f/telecoms"))
	p.await("Accept", 1)
	p.mu.Lock()
	p.answer = func(*http.Request, map[string]any) int { return http.StatusBadGateway }
	p.mu.Unlock()
	lea, err := v.store.AccountByName(t.Context(), "lea")
	if err != nil {
		t.Fatal(err)
	}
	v.inProcess.thread(lea, "telecoms", "Undeliverable")
	forumtest.Eventually(t, patience, "the failure", func() bool {
		peer, err := v.store.PeerView(t.Context(), p.host(), v.clock.Now())
		return err == nil && !peer.FailingSince.IsZero()
	})
	v.clock.advance(time.Minute)
	status, body := get("http://" + admin + "/metrics")
	host := regexp.QuoteMeta(p.host())
	for _, want := range []string{
		`portevoix_build_info\{version="dev"\} 1`, `portevoix_deliveries_pending 1`, `portevoix_jobs_pending \d`, `portevoix_accounts 4`, `portevoix_threads 3`,
		`portevoix_peer_deliveries_pending\{host="` + host + `"\} 1`, `portevoix_peer_lag_seconds\{host="` + host + `"\} 6\d`, `portevoix_peer_failing_seconds\{host="` + host + `"\} 6\d`,
		`portevoix_delivery_lag_seconds 6\d`, `portevoix_request_duration_seconds_count\{kind="inbox"\} [1-9]`, `process_resident_memory_bytes \d`, `go_goroutines \d`,
	} {
		if !regexp.MustCompile(`(?m)^` + want).MatchString(body) {
			t.Errorf("%d: %s is not in\n%s", status, want, body)
		}
	}
	if status, _ := get("http://" + admin + "/debug/pprof/goroutine?debug=1"); status != http.StatusOK {
		t.Errorf("profiles are answered %d", status)
	}
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		if status, _ := get(v.base + path); status != http.StatusNotFound {
			t.Errorf("%s is answered %d to everybody", path, status)
		}
	}
}

// TestQuotas has a program and another server do more than they may.
func TestQuotas(t *testing.T) {
	t.Parallel()
	v := newVillage(t, func(c *config.Config) { c.Limits.APIPerMinute, c.Limits.InboxPerMinute = 3, 3 })
	lea, max := v.program("lea", forum.ScopeRead), v.program("max", forum.ScopeRead)
	forumtest.Eventually(t, 2*time.Minute, "a minute in which all of it fits", func() bool { return time.Now().Second() < 50 })
	for left := range 3 {
		a := lea.do("GET", "/forums", nil).is(200)
		if got := a.header.Get("X-RateLimit-Remaining"); a.header.Get("X-RateLimit-Limit") != "3" || got != []string{"2", "1", "0"}[left] {
			t.Errorf("call %d: %v", left, a.header)
		}
	}
	a := lea.do("GET", "/forums", nil).is(429)
	if at, err := time.Parse(time.RFC3339, a.header.Get("X-RateLimit-Reset")); err != nil || time.Until(at) > time.Minute || a.header.Get("Retry-After") == "" {
		t.Errorf("refused with %v", a.header)
	}
	max.do("GET", "/forums", nil).is(200)
	v.program("").do("GET", "/forums", nil).is(200)

	p, other := newPeer(t, "mastodon"), newPeer(t, "mastodon")
	for range 3 {
		p.accepted(v.base+"/inbox", p.activity("Like", v.base+"/t/"+v.thread))
	}
	if status := p.send(v.base+"/inbox", p.activity("Like", v.base+"/t/"+v.thread)); status != http.StatusServiceUnavailable {
		t.Errorf("one activity too many is answered %d", status)
	}
	other.accepted(v.base+"/inbox", other.activity("Like", v.base+"/t/"+v.thread))
}

// TestBench measures next to nothing, to see that every figure is there.
func TestBench(t *testing.T) {
	t.Parallel()
	dsn := storagetest.PostgresDSN(t)
	tests := map[string]struct {
		more   []string
		scales []int // posts
	}{
		"sqlite":   {[]string{"--posts", "100", "--posts", "200"}, []int{100, 200}},
		"postgres": {[]string{"--posts", "100", "--dsn", dsn}, []int{100}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProcess(t)
			p.binary = plainBinary
			file := filepath.Join(t.TempDir(), "figures.json")
			args := []string{"bench", "--duration", "100ms", "--clients", "2", "--replies", "20", "--peers", "5", "--threads", "2", "--json", file}
			out, err := p.run("", append(args, test.more...)...)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			checkFigures(t, file, test.scales)
		})
	}
	p := newProcess(t)
	p.binary = plainBinary
	if _, err := p.run("", "bench", "--posts", "100", "--posts", "200", "--dsn", dsn); err == nil || !strings.Contains(err.Error(), "--posts once") {
		t.Errorf("two sizes in one database: %v", err)
	}
}

func checkFigures(t *testing.T, file string, scales []int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report benchReport
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Floors) != 4 || len(report.Scales) != len(scales) {
		t.Fatalf("%+v", report)
	}
	for i, scale := range report.Scales {
		if len(scale.Measured) != 17 || scale.Posts != scales[i] {
			t.Errorf("%d figures of %d posts: %+v", len(scale.Measured), scale.Posts, scale.Measured)
		}
		for _, m := range scale.Measured {
			// What so few leave behind may fit into pages that were there.
			if m.Value <= 0 && m.Unit != "bytes each" || m.Floor > 0 && m.Ratio <= 0 {
				t.Errorf("%+v", m)
			}
		}
	}
}
